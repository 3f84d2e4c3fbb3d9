"""A name as it was heard, read as a family name and given names: « merci en Toine » is MERCIER Antoine.

Knows the lists of names by their sound, and that a recogniser cuts words where no speaker does: the sounds of all the
words are cut anew wherever two names of the lists are found. Every other likely reading is kept, to be proposed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from vocab import names
from vocab.folding import fold
from vocab.names import Named

PARTICLES = frozenset(
    [
        "de",
        "du",
        "des",
        "le",
        "la",
        "d'",
        "l'",
        "el",
        "ben",
        "bel",
        "ait",
        "van",
        "von",
        "da",
        "dos",
        "das",
        "di",
        "del",
        "della",
        "al",
        "abd",
        "abdel",
        "saint",
        "sainte",
    ]
)
_UNLISTED_FAMILY, _UNLISTED_GIVEN = 0.66, 0.4
_CAPITAL = 0.22
"""The recogniser took it for a name."""
_FAMILY_FLOOR, _GIVEN_FLOOR = 0.78, 0.74
_NO_GIVEN = 0.3
_AT_A_WORD = 0.05
_ORDER = 0.08
_USUAL, _RARE = 0.04, 0.03
_FEWEST = 2
_MOST_SOUNDS = 26
_OPENED = {"I": "in", "O": "on", "A": "an"}
"""What a nasal vowel becomes before a vowel."""
_VOWELS = "aeiouy2@AOI"
_FEMININE = (
    ("in", "ine"), ("el", "elle"), ("el", "èle"), ("on", "one"), ("on", "onne"), ("en", "enne"), ("an", "ane"),
    ("ois", "oise"), ("is", "ise"), ("ard", "arde"), ("ent", "ence"), ("", "e"),
)  # fmt: skip

Gender = Literal["m", "f", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A reading of what was heard."""

    family: str
    """In capitals, as a secretary types it."""
    given: str
    score: float
    """How well it sounds, how usual its parts are and their order; above 1 for a name heard as it is written."""
    family_known: bool = False
    given_known: bool = False
    exact: bool = False
    """Both parts are written as they were heard."""


def readings(words: Sequence[str], *, gender: Gender = "", family_first: bool = True) -> tuple[Name, ...]:
    """The ways to read these words as one person's name, likeliest first; empty when there are none."""
    said = [word for word in words if fold(word)]
    if not said:
        return ()
    found = [*_by_words(said, family_first=family_first), *_by_sounds(said, family_first=family_first)]
    even = 0.0 if family_first else _ORDER
    agreed = [_agreed(replace(one, score=round(one.score + even, 4)), gender) for one in found]
    best: dict[tuple[str, str], Name] = {}
    for one in sorted(agreed, key=lambda name: (-name.score, not name.exact, name.family)):
        best.setdefault((fold(one.family), fold(one.given)), one)
    return tuple(best.values())


def _by_words(said: Sequence[str], *, family_first: bool) -> Iterator[Name]:
    """Names cut where the recogniser cut them; a name that is in no list is kept as it was heard."""
    for cut in range(1, len(said) + 1):
        family, given = said[:cut], said[cut:]
        yield from _paired(_families(family), _givens(given), bonus=_AT_A_WORD + _ORDER * family_first)
        if given:
            yield from _paired(_families(given), _givens(family), bonus=_AT_A_WORD)


def _by_sounds(said: Sequence[str], *, family_first: bool) -> Iterator[Name]:
    """Names cut anywhere in what was said; both must then be in the lists."""
    for parts in _run_together([names.said(word) for word in said]):
        yield from _cut_anywhere(parts, family_first=family_first)


def _run_together(parts: Sequence[str]) -> Iterator[list[str]]:
    """The sounds of the words as they are, and as one word has them: « Martin aux » is martino."""
    yield list(parts)
    linked = [
        _OPENED[part[-1]].join((part[:-1], "")) if part[-1:] in _OPENED and after[:1] in _VOWELS and after else part
        for part, after in zip(parts, [*parts[1:], ""], strict=True)
    ]
    if linked != list(parts):
        yield linked


def _cut_anywhere(parts: Sequence[str], *, family_first: bool) -> Iterator[Name]:
    sounds = "".join(parts)
    edges, at = set[int](), 0
    for part in parts:
        at += len(part)
        edges.add(at)
    if len(sounds) > _MOST_SOUNDS:
        return
    for cut in range(_FEWEST, len(sounds) - 1):
        bonus = _AT_A_WORD if cut in edges else 0.0
        yield from _paired(
            _sounding(sounds[:cut], "family"), _sounding(sounds[cut:], "given"), bonus=bonus + _ORDER * family_first
        )
        if not family_first:
            yield from _paired(_sounding(sounds[cut:], "family"), _sounding(sounds[:cut], "given"), bonus=bonus)


@dataclass(frozen=True, slots=True)
class _Part:
    """A family name or a given name read from some of the sounds."""

    text: str
    score: float
    size: int
    known: bool
    exact: bool
    rank: int = 0


def _paired(families: Sequence[_Part], givens: Sequence[_Part], *, bonus: float) -> Iterator[Name]:
    for family in families:
        for given in givens or (_Part("", _NO_GIVEN, 4, known=False, exact=True),):
            size = family.size + given.size
            score = (family.score * family.size + given.score * given.size) / max(1, size)
            usual = _USUAL * max(0.0, 1 - family.rank / 2500) if family.known else 0.0
            usual -= _RARE * given.rank
            yield Name(
                family=family.text, given=given.text, score=round(score + bonus + usual, 4), family_known=family.known,
                given_known=given.known, exact=family.exact and given.exact,
            )  # fmt: skip


def _families(words: Sequence[str]) -> list[_Part]:
    heard = family_as_heard(words)
    sounds = "".join(names.said(word) for word in words)
    found = [
        _Part(
            one.name.upper(), one.likeness, len(sounds), known=True, exact=fold(one.name) == fold(heard), rank=one.rank
        )
        for one in names.family_like(" ".join(words), above=_FAMILY_FLOOR)
    ]
    penalty = 0.12 * max(0, len(words) - 1 - sum(word.lower() in PARTICLES for word in words))
    lower = all(word.islower() for word in words)
    score = _UNLISTED_FAMILY + (0.0 if lower else _CAPITAL) - penalty
    return [*found, _Part(heard, score, max(1, len(sounds)), known=False, exact=True)]


def _givens(words: Sequence[str]) -> list[_Part]:
    if not words:
        return []
    heard = " ".join(_capital(word) for word in words)
    sounds = "".join(names.said(word) for word in words)
    found = [
        _Part(one.name, one.likeness, len(sounds), known=True, exact=fold(one.name) == fold(heard), rank=one.rank)
        for one in names.given_like(" ".join(words), above=_GIVEN_FLOOR)
    ]
    composed = _composed(words)
    if composed and not any(one.text == composed for one in found):
        found.append(_Part(composed, 0.97, len(sounds), known=True, exact=True))
    score = _UNLISTED_GIVEN + (0.15 if words[0][:1].isupper() else 0.0) - 0.1 * (len(words) - 1)
    return [*found, _Part(heard, score, max(1, len(sounds)), known=False, exact=True)]


def _composed(words: Sequence[str]) -> str:
    """« Jean Marc » and « Marie Claire »: given names of the list one after the other."""
    if len(words) < 2 or not all(fold(word) in names.given_names() for word in words):
        return ""
    joint = "-" if words[0].lower() in ("jean", "marie", "anne", "pierre") else " "
    return joint.join(names.given_names()[fold(word)].name for word in words)


@lru_cache(maxsize=4096)
def _sounding(sounds: str, which: Literal["family", "given"]) -> tuple[_Part, ...]:
    near: tuple[Named, ...]
    if which == "family":
        near = names.family_sounding(sounds, above=_FAMILY_FLOOR, limit=2)
    else:
        near = names.given_sounding(sounds, above=_GIVEN_FLOOR, limit=2)
    return tuple(
        _Part(
            one.name.upper() if which == "family" else one.name, one.likeness - 0.02, len(sounds), known=True,
            exact=False, rank=one.rank,
        )
        for one in near
    )  # fmt: skip


def family_as_heard(words: Sequence[str]) -> str:
    """The family name as it was heard, in capitals; a particle without capital is joined to a name without one."""
    out = ""
    for word in words:
        text = word.upper()
        if not out:
            out = text
        elif out.endswith("'"):
            out += text
        else:
            out += (" " if word[:1].isupper() or out not in ("LE", "LA", "DU", "DES", "DE") else "") + text
    return out


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _agreed(name: Name, gender: Gender) -> Name:
    """The name with its given name of the right gender, when one that sounds nearly the same exists."""
    known = names.gender(name.given) if name.given else ""
    if not gender or known in ("", "e", gender):
        return name
    other = of_gender(name.given, gender)
    if other:
        return Name(
            family=name.family, given=other, score=name.score - 0.03, family_known=name.family_known, given_known=True
        )
    return Name(
        family=name.family, given=name.given, score=name.score - 0.05, family_known=name.family_known,
        given_known=name.given_known, exact=name.exact,
    )  # fmt: skip


def of_gender(given: str, gender: Gender) -> str:
    """The given name of that gender that is this one but for its ending: Martin gives Martine, Simone gives Simon."""
    text = given.lower()
    pairs = _FEMININE if gender == "f" else [(new, old) for old, new in _FEMININE]
    for ending, other in pairs:
        if text.endswith(ending):
            changed = fold(text[: len(text) - len(ending)] + other)
            known = names.given_names().get(changed)
            if known and known.gender == gender and changed != fold(text):
                return known.name
    return ""


def words_of(text: str) -> list[str]:
    """The words of a name: hyphens part them, an elision stays at the end of its own."""
    return [word for word in re.split(r"[\s\-]+|(?<=['’])", text) if word]


def given_at_end(words: Sequence[str]) -> str:
    """The given name that these words end with by their sound: « séquiendrait » ends with André; else nothing."""
    sounds = "".join(names.said(word) for word in words)
    best = ("", 0.0)
    for start in range(len(sounds) - 2):
        for part in _sounding(sounds[start:], "given"):
            if part.score >= 0.85 and part.score * part.size > best[1]:
                best = (part.text, part.score * part.size)
    return best[0]
