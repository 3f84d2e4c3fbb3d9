"""Where, in a text that may be wrong, a fact of the reference should have been: what a flag must cover to warn of it.

The two texts are aligned word by word. Knows nothing of what makes a fact right.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bench.tokens import without_accents
from vocab.flag import Flag

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Two texts, word against word."""

    reference: tuple[str, ...]
    places: tuple[Span, ...]
    """The words of the text, as code points."""
    changes: tuple[Any, ...]
    """rapidfuzz's operations from the reference to the text."""


def plain(text: str) -> str:
    """Without case, accents or ligatures."""
    return without_accents(text.replace("’", "'").replace("œ", "oe").lower())


def align(reference: str, text: str) -> Alignment:
    """Align a text on its reference at the least cost in words."""
    from rapidfuzz.distance import Levenshtein

    wanted, here = _words(reference), _words(text)
    changes = Levenshtein.opcodes([word for word, _ in wanted], [word for word, _ in here])
    return Alignment(
        reference=tuple(word for word, _ in wanted), places=tuple(span for _, span in here), changes=tuple(changes)
    )


def warned(fact: str, alignment: Alignment, flags: Iterable[Flag], *, seen: set[Span]) -> bool:
    """Whether a flag touches the place of the fact, one word more on each side.

    `seen` keeps the places of the reference already used: a fact listed twice has two places.
    """
    where = place(fact, alignment, seen=seen)
    return where is not None and any(flag.start < where[1] and flag.end > where[0] for flag in flags)


def place(fact: str, alignment: Alignment, *, seen: set[Span], margin: int = 1) -> Span | None:
    """Where the fact should be in the text, `margin` words more on each side; None when nothing stands for it."""
    span = _in_reference(fact, alignment.reference, seen)
    across = None if span is None else _across(span, alignment.changes)
    if across is None:
        return None
    first, last = max(0, across[0] - margin), min(len(alignment.places), across[1] + margin)
    return (alignment.places[first][0], alignment.places[last - 1][1]) if first < last else None


def word_count(text: str) -> int:
    """How many words the text has, as they are aligned."""
    return len(_words(text))


def _words(text: str) -> list[tuple[str, Span]]:
    return [(plain(found[0]), found.span()) for found in re.finditer(r"\w+(?:[.,]\d+)?|[%°/]", text)]


def _in_reference(fact: str, reference: tuple[str, ...], seen: set[Span]) -> Span | None:
    """The stretch of the reference that holds most words of the fact, the first of the best."""
    wanted = [word for word, _ in _words(fact)]
    best: tuple[int, Span] | None = None
    for start in range(len(reference) - len(wanted) + 1):
        span = start, start + len(wanted)
        equal = sum(word == here for word, here in zip(wanted, reference[slice(*span)], strict=True))
        if span not in seen and (best is None or equal > best[0]):
            best = equal, span
    if best is None or not best[0]:
        return None
    seen.add(best[1])
    return best[1]


def _across(span: Span, changes: Iterable[Any]) -> Span | None:
    """The words of the text that stand for these words of the reference; an empty stretch where they were lost."""
    stretches = [_landing(span, change) for change in changes if _touches(span, change)]
    return (min(start for start, _ in stretches), max(end for _, end in stretches)) if stretches else None


def _touches(span: Span, change: Any) -> bool:
    if change.src_start == change.src_end:
        return bool(span[0] <= change.src_start < span[1])
    return bool(change.src_end > span[0] and change.src_start < span[1])


def _landing(span: Span, change: Any) -> Span:
    if change.tag != "equal":
        return change.dest_start, change.dest_end
    shift = change.dest_start - change.src_start
    return max(span[0], change.src_start) + shift, min(span[1], change.src_end) + shift
