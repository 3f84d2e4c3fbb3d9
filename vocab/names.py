"""The names of people: usual given names with their gender, frequent family names, and which of them sounds so.

Knows lists and sounds. Does not know any patient: a name that is in no list is as good as another.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from vocab import phonetics
from vocab.folding import fold
from vocab.tables import made, several, shipped

Gender = Literal["m", "f", "e", ""]
_SHORTEST = 2
_SILENT = re.compile(r"e?b(?=v)|(?<=oi|au|eu|ou|ai)x\b")
"""Letters that names keep and nobody says: Lefebvre sounds like Lefèvre, Delacroix ends like « croi »."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A row of a list of names."""

    name: str
    said: tuple[str, ...] = ()
    """How it is said, in plain French spelling, when reading the letters would mislead."""
    gender: Gender = ""
    rank: int = 0
    """For family names, its place: the commonest come first. For given names 0, or 1 when it is rare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A name of a list that sounds like what was heard."""

    name: str
    likeness: float
    """0 to 1; 1 when it sounds the same."""
    gender: Gender = ""
    rank: int = 0
    """As in `Listed`."""


@cache
def given_names() -> dict[str, Listed]:
    """Given names by their folded writing, with their gender (`e`: given to both)."""
    return {fold(one.name): one for one in made(shipped("given_names.tsv"), _given, needed=2)}


@cache
def family_names() -> dict[str, Listed]:
    """Family names by their folded writing, the commonest first."""
    rows = made(shipped("family_names.tsv"), lambda cells: (cells[0], several(cells[1])))
    out: dict[str, Listed] = {}
    for rank, (name, said_) in enumerate(rows):
        out.setdefault(fold(name), Listed(name=name, said=said_, rank=rank))
    return out


def _given(cells: list[str]) -> Listed:
    name, gender, said_, use = cells[:4]
    if gender not in ("m", "f", "e"):
        raise ValueError("gender")
    return Listed(name=name, gender=gender, said=several(said_), rank=int(use == "r"))  # type: ignore[arg-type]


def gender(name: str) -> Gender:
    """The gender of a given name, of its first part when it is compound; empty when it is not in the list."""
    folded = fold(name)
    for one in (folded, folded.replace(" ", "-"), folded.replace("-", " ").split(" ")[0]):
        if one in given_names():
            return given_names()[one].gender
    return ""


def given_like(heard: str, *, above: float = 0.8, limit: int = 4) -> tuple[Named, ...]:
    """Given names that sound like what was heard, best first; of two that sound the same the commoner."""
    return given_sounding(said(heard), above=above, limit=limit)


def given_sounding(sounds: str, *, above: float = 0.8, limit: int = 4) -> tuple[Named, ...]:
    """Given names that sound like these sounds (see `phonetics`), best first."""
    return _ranked(_nearest(sounds, "given", above), given_names(), limit)


def family_like(heard: str, *, above: float = 0.8, limit: int = 6) -> tuple[Named, ...]:
    """Family names that sound like what was heard, best first; of two that sound the same the commoner."""
    return family_sounding(said(heard), above=above, limit=limit)


def family_sounding(sounds: str, *, above: float = 0.8, limit: int = 6) -> tuple[Named, ...]:
    """Family names that sound like these sounds (see `phonetics`), best first."""
    return _ranked(_nearest(sounds, "family", above), family_names(), limit)


def _ranked(found: Iterable[tuple[str, float]], known: dict[str, Listed], limit: int) -> tuple[Named, ...]:
    best: dict[str, float] = {}
    for key, score in found:
        best[key] = max(score, best.get(key, 0.0))
    named = [
        Named(name=known[key].name, likeness=score, gender=known[key].gender, rank=known[key].rank)
        for key, score in best.items()
    ]
    return tuple(sorted(named, key=lambda one: (-round(one.likeness, 2), one.rank, one.name))[:limit])


def alike(one: str, other: str) -> float:
    """How alike two names sound, from 0 to 1; 1 when they are written the same but for accents and hyphens."""
    if fold(one).replace("-", " ") == fold(other).replace("-", " "):
        return 1.0
    return phonetics.likeness(said(one), said(other))


def spelled_like(letters: str, *, slips: int = 1) -> tuple[Named, ...]:
    """Family names whose letters differ from these by so many slips at most, fewest first."""
    from rapidfuzz.distance import Levenshtein

    asked = fold(letters).replace(" ", "")
    found = []
    for key, one in family_names().items():
        away = Levenshtein.distance(asked, key.replace(" ", ""), score_cutoff=slips)
        if away <= slips:
            found.append(Named(name=one.name, likeness=1 - away / max(1, len(asked)), rank=one.rank))
    return tuple(sorted(found, key=lambda one: (-one.likeness, one.rank)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sounds:
    """Folded names by their sound; the coarse sounds, in the same order, for a first, fast search."""

    sounds: tuple[str, ...]
    coarse: tuple[str, ...]
    names: dict[str, tuple[str, ...]]


@cache
def _given_sounds() -> _Sounds:
    return _by_sound(given_names())


@cache
def _family_sounds() -> _Sounds:
    return _by_sound(family_names())


def _by_sound(names: dict[str, Listed]) -> _Sounds:
    out: dict[str, tuple[str, ...]] = {}
    for key, one in names.items():
        for spoken in one.said or (one.name,):
            sounds = _read(spoken)
            out[sounds] = (*out.get(sounds, ()), key)
    return _Sounds(sounds=tuple(out), coarse=tuple(phonetics.coarse(one) for one in out), names=out)


@lru_cache(maxsize=16384)
def said(name: str) -> str:
    """How a name sounds, its parts run together; as the lists say it when they do."""
    key = fold(name)
    for known in (given_names(), family_names()):
        if key in known and known[key].said:
            return _read(known[key].said[0])
    return _read(name)


def _read(name: str) -> str:
    return phonetics.phrase(_SILENT.sub(_said_so, name.lower().replace("-", " ")))


def _said_so(silent: re.Match[str]) -> str:
    return "è" if silent[0].startswith("e") else ""


@lru_cache(maxsize=8192)
def _nearest(asked: str, which: Literal["given", "family"], above: float) -> tuple[tuple[str, float], ...]:
    """The folded names that sound so, with how alike."""
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    known = _given_sounds() if which == "given" else _family_sounds()
    if len(asked) < _SHORTEST:
        return ()
    near = process.extract(
        phonetics.coarse(asked), known.coarse, scorer=Levenshtein.normalized_similarity,
        score_cutoff=max(0.5, above - 0.2), limit=16,
    )  # fmt: skip
    scored = [(known.sounds[index], phonetics.likeness(asked, known.sounds[index])) for _, _, index in near]
    return tuple((key, score) for sounds, score in scored if score >= above for key in known.names[sounds])
