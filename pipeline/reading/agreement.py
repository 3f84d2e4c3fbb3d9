"""Where the readings of one sound, each written as a letter, do not say the same.

Each listening is written by itself, as if three secretaries typed the same recording; their texts are compared word by
word with the letter that was kept. A number, a side, a negation or a medicine on which they differ must be settled by a
person, with what the others say there; for every word, the share of the readings that have it is kept. Pure.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise, takewhile
from typing import Literal

from pipeline.types import Letter, Span
from vocab.flag import Flag
from vocab.folding import fold
from vocab.grave import DENIALS, SIDES
from vocab.lexicon import Lexicon

_TOKEN = re.compile(r"\d+(?:(?:[ .,/:]|, )\d+)*|[^\W\d_]+|[%°]|[+±<>]")
_UNITS = frozenset(
    ["mg", "g", "kg", "µg", "microgrammes", "ml", "cl", "dl", "l", "ui", "unites", "mmol", "µmol", "mm", "cm", "m",
     "mmhg", "bpm", "j", "jours", "jour", "semaines", "semaine", "mois", "ans", "h", "heures", "min", "minutes", "%"]
)  # fmt: skip
_WORDED = ("deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")
_FIGURES = {name: str(value) for value, name in enumerate(_WORDED, start=2)}
_CLOSE = 2
"""Two grave places with this many words between them are one: a passage is listened to once."""
_LONGEST_SHOWN = 80
Grave = Literal["number", "laterality", "negation", "lookalike"]
_GRAVES: tuple[Grave, ...] = ("negation", "laterality", "lookalike", "number")
"""The gravest first."""
_REASONS: dict[Grave, str] = {
    "number": "Les écoutes ne donnent pas le même nombre",
    "laterality": "Les écoutes ne donnent pas le même côté",
    "negation": "Les écoutes ne s'accordent pas sur une négation",
    "lookalike": "Les écoutes ne donnent pas le même médicament",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    key: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """Tokens of the kept letter from `first` to `last`, and those of another reading in their place."""

    same: bool
    first: int
    last: int
    there: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """Another reading, laid along the kept letter."""

    text: str
    tokens: tuple[_Token, ...]
    steps: tuple[_Step, ...]


def doubted(letters: Sequence[Letter], others: Sequence[Sequence[Letter]], *, lexicon: Lexicon) -> tuple[Letter, ...]:
    """The letters, each with a doubt wherever one of the other readings says otherwise, and for each stretch the share
    of the readings that say the same.

    `others` are the letters made from each reading alone; they are compared as one text, for a reading may miss the
    place where a letter ends. Without them the letters are given back as they are.
    """
    if not others:
        return tuple(letters)
    whole = _whole(letters)
    ours = _tokens(whole)
    readings = [_laid(ours, _whole(other)) for other in others]
    flags = [_flag(whole, ours, first, last, kind, readings) for first, last, kind in _places(ours, readings, lexicon)]
    votes = Counter(at for one in readings for step in one.steps if step.same for at in range(step.first, step.last))
    shares = [(token, votes[at] / len(others)) for at, token in enumerate(ours)]
    return tuple(_told(letters, flags, shares))


def _whole(letters: Sequence[Letter]) -> str:
    return "\n\n".join(letter.text for letter in letters)


def _tokens(text: str) -> tuple[_Token, ...]:
    return tuple(_Token(key=_key(one[0]), start=one.start(), end=one.end()) for one in _TOKEN.finditer(text))


def _key(text: str) -> str:
    folded = fold(text).replace(" ", "")
    return _FIGURES.get(folded, folded)


def _laid(ours: Sequence[_Token], text: str) -> _Reading:
    from rapidfuzz.distance import Levenshtein

    theirs = _tokens(text)
    steps = (
        _Step(same=one.tag == "equal", first=one.src_start, last=one.src_end, there=one.dest_start, until=one.dest_end)
        for one in Levenshtein.opcodes([one.key for one in ours], [one.key for one in theirs])
    )
    return _Reading(text=text, tokens=theirs, steps=tuple(_blocks(steps)))


def _blocks(steps: Iterator[_Step]) -> Iterator[_Step]:
    """Steps that differ, one after the other, as one."""
    last: _Step | None = None
    for step in steps:
        if last is not None and not step.same and not last.same:
            last = replace(last, last=step.last, until=step.until)
            continue
        if last is not None:
            yield last
        last = step
    if last is not None:
        yield last


# --- the places that must be settled ---------------------------------------------------------------------------------


def _places(ours: Sequence[_Token], readings: Sequence[_Reading], lexicon: Lexicon) -> Iterator[tuple[int, int, Grave]]:
    """Where a reading differs gravely, as tokens of the letter; close ones together."""
    found = sorted(place for one in readings for place in _graves(ours, one, lexicon))
    current: tuple[int, int, Grave] | None = None
    for first, last, kind in found:
        if current and first <= current[1] + _CLOSE:
            kind = min(kind, current[2], key=_GRAVES.index)
            current = (current[0], max(current[1], last), kind)
            continue
        if current:
            yield current
        current = (first, last, kind)
    if current:
        yield current


def _graves(ours: Sequence[_Token], reading: _Reading, lexicon: Lexicon) -> Iterator[tuple[int, int, Grave]]:
    for step in reading.steps:
        mine, said = ours[step.first : step.last], reading.tokens[step.there : step.until]
        if step.same or "".join(one.key for one in mine) == "".join(one.key for one in said):
            continue
        kind = _grave(mine, said, lexicon)
        if kind and ours:
            first = step.first if mine else max(0, step.first - 1)
            yield first, max(step.last, first + 1), kind


def _grave(mine: Sequence[_Token], said: Sequence[_Token], lexicon: Lexicon) -> Grave | None:
    """What the two ways differ on that may hurt someone; None for ordinary words."""
    if _only(mine, DENIALS) != _only(said, DENIALS):
        return "negation"
    if _only(mine, SIDES) != _only(said, SIDES):
        return "laterality"
    if _numbers(mine) != _numbers(said):
        return "number"
    one, other = _drugs(mine, lexicon), _drugs(said, lexicon)
    return "lookalike" if one and other and one != other else None


def _only(tokens: Sequence[_Token], words: frozenset[str]) -> list[str]:
    return [token.key[:5] for token in tokens if token.key in words]


def _numbers(tokens: Sequence[_Token]) -> list[str]:
    numbers = [token.key for token in tokens if token.key[0].isdecimal()]
    units = [two.key for one, two in pairwise(tokens) if one.key[0].isdecimal() and two.key in _UNITS]
    return numbers + units


def _drugs(tokens: Sequence[_Token], lexicon: Lexicon) -> set[str]:
    found = (lexicon.find(token.key) for token in tokens)
    return {entry.text for entry in found if entry and entry.drug}


def _flag(text: str, ours: Sequence[_Token], first: int, last: int, kind: Grave, readings: Sequence[_Reading]) -> Flag:
    start, end = ours[first].start, ours[last - 1].end
    said = dict.fromkeys(_said(one, first, last) for one in readings)
    others = tuple(one for one in said if one and _plain(one) != _plain(text[start:end]) and len(one) < _LONGEST_SHOWN)
    shown = " : " + " ou ".join(f"« {one} »" for one in others) + " ?" if others else "."
    return Flag(
        start=start, end=end, kind=kind, text=text[start:end], severity="block", suggestions=others,
        reason=f"{_REASONS[kind]}{shown} Réécoutez.",
    )  # fmt: skip


def _said(reading: _Reading, first: int, last: int) -> str:
    """What a reading has in the place of these tokens, on one line."""
    there = [_there(step, first, last) for step in reading.steps if step.first < last and step.last > first]
    there += [(one.there, one.until) for one in reading.steps if one.first == one.last and first < one.first <= last]
    if not there:
        return ""
    begin, until = min(one[0] for one in there), max(one[1] for one in there)
    if begin >= until:
        return ""
    return " ".join(reading.text[reading.tokens[begin].start : reading.tokens[until - 1].end].split())


def _there(step: _Step, first: int, last: int) -> tuple[int, int]:
    if not step.same:
        return step.there, step.until
    return step.there + max(0, first - step.first), step.there + min(last, step.last) - step.first


def _plain(text: str) -> str:
    return "".join(token.key for token in _tokens(text))


# --- back to the letters ---------------------------------------------------------------------------------------------


def _told(letters: Sequence[Letter], flags: Sequence[Flag], shares: Sequence[tuple[_Token, float]]) -> Iterator[Letter]:
    at = 0
    for letter in letters:
        end = at + len(letter.text)
        own = [_within(flag, at, letter.text) for flag in flags if flag.start < end and flag.end > at]
        spans = tuple(replace(span, agreement=_share(span, at, shares)) for span in letter.spans)
        yield replace(letter, doubts=(*letter.doubts, *own), spans=spans)
        at = end + 2


def _within(flag: Flag, at: int, text: str) -> Flag:
    """The flag in its letter, cut at its edges."""
    start, end = max(0, flag.start - at), min(len(text), flag.end - at)
    return replace(flag, start=start, end=end, text=text[start:end])


def _share(span: Span, at: int, shares: Sequence[tuple[_Token, float]]) -> float:
    first = bisect_left(shares, at + span.start, key=lambda pair: pair[0].end)
    under = takewhile(lambda pair: pair[0].start < at + span.end, islice(shares, first, None))
    return min((share for token, share in under if token.end > at + span.start), default=1.0)
