"""Medicines whose names sound alike: pairs computed from a list of names, at each import.

Famous pairs that look alike without sounding alike are in `data/lookalikes.tsv`. Decides nothing.
"""

from collections.abc import Iterator, Sequence

from vocab import phonetics
from vocab.folding import fold
from vocab.nomenclatures.harvest import Row

LIKENESS = 0.85
_FIRST_LOOK = 65.0
_FEWEST_SOUNDS = 4
_BLOCK = 512

Named = tuple[str, str]
"""A name and its active substance."""


def alike(names: Sequence[Named], *, source: str) -> tuple[Row, ...]:
    """Pairs of names of different substances whose sounds are alike (`LIKENESS` or more), each pair once."""
    heard = [(name, substance, phonetics.phrase(name.lower())) for name, substance in names]
    heard = [one for one in heard if len(one[2]) >= _FEWEST_SOUNDS]
    rows = []
    for first, second in _near([sounds for _, _, sounds in heard]):
        (one, of_one, sounds), (other, of_other, others) = heard[first], heard[second]
        if not _same(one, of_one, other, of_other) and phonetics.likeness(sounds, others) >= LIKENESS:
            rows.append((one, other, "se prononcent presque de la même façon", source))
    return tuple(rows)


def _same(one: str, of_one: str, other: str, of_other: str) -> bool:
    """Whether two names are one medicine: one substance, or an association that holds it."""
    parts, others = set(fold(of_one).split("/")), set(fold(of_other).split("/"))
    return bool((parts & others) - {""}) or fold(one).startswith(fold(other)) or fold(other).startswith(fold(one))


def _near(sounds: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs worth a closer look, by a fast coarse comparison, a block of names at a time to bound memory."""
    from rapidfuzz import fuzz, process

    keys = [phonetics.coarse(one) for one in sounds]
    for start in range(0, len(keys), _BLOCK):
        block = keys[start : start + _BLOCK]
        scores = process.cdist(block, keys, scorer=fuzz.ratio, score_cutoff=_FIRST_LOOK)
        for row, column in zip(*scores.nonzero(), strict=True):
            if start + int(row) < int(column):
                yield start + int(row), int(column)
