"""What is still wrong, one by one: the fact, what stands in its place in the letter, what was heard there.

For whoever must say why a figure falls short. Knows the reference of one dictation; draws no figure.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.facts import CATEGORIES, Category, Facts, left_over, missing
from bench.places import align, place, warned
from bench.score import Written

_AROUND = 3
"""Words shown on each side of what was heard: commands and hesitations make its place less sure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Residue:
    """One fact that the letter does not hold."""

    category: Category
    fact: str
    written: str
    """What the letter has in its place, a word more on each side."""
    heard: str
    """What the listenings kept thereabouts, before any grammar."""
    warned: bool
    """Whether a stop sends a person to look there."""


def residues(written: Written, reference: str, facts: Facts) -> Iterator[Residue]:
    """Every critical fact and negation that is wrong, in the order of the categories."""
    letter, ears = align(reference, written.text), align(reference, written.heard)
    stops = [flag for flag in written.flags if flag.severity in {"block", "look"}]
    absent = missing(facts, written.text)
    flagged, there, sounded = set[tuple[int, int]](), set[tuple[int, int]](), set[tuple[int, int]]()
    for category in CATEGORIES:
        for fact in absent[category]:
            yield Residue(
                category=category,
                fact=fact,
                written=_cut(written.text, place(fact, letter, seen=there)),
                heard=_cut(written.heard, place(fact, ears, seen=sounded, margin=_AROUND)),
                warned=warned(fact, letter, stops, seen=flagged),
            )


def lines(name: str, written: Written, reference: str, facts: Facts) -> Iterator[str]:
    """The same for people, with what should not be in the letter and is."""
    for one in residues(written, reference, facts):
        seen = "flagged " if one.warned else "UNFLAGGED"
        yield f"{name[:24]:24} {one.category:10} {seen:9} {one.fact} | written: {one.written} | heard: {one.heard}"
    for fact in left_over(facts, written.text):
        yield f"{name[:24]:24} left over            {fact}"


def _cut(text: str, where: tuple[int, int] | None) -> str:
    return " ".join(text[slice(*where)].split()) if where else "–"
