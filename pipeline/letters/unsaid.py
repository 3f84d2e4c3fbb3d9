"""A second letter begun without a word: a title and another patient's whole identity after the end of a letter.

Cuts only where someone else is presented with a whole name and a birth date, right after the end of a letter (closing
or ending words, a copy) or after a title; the cut must then be settled by a person. Anything less is not cut: it is
said at the place.
"""

from collections.abc import Sequence
from dataclasses import replace

from pipeline import identity
from pipeline.letters.boundaries import Stretch
from pipeline.letters.kinds import TITLES, KindLike, closest
from pipeline.letters.tail import ends_letter
from pipeline.spoken import read
from pipeline.spoken.heard import Piece
from pipeline.types import Identity

_STEP = 60
_LONGEST_TITLE = 24
_PAUSE = 1.2
_ENDS = (".", "line", "paragraph", "item")


def unannounced(stretch: Stretch, kinds: Sequence[KindLike]) -> tuple[Stretch, ...]:
    """The stretch, cut where a second letter clearly begins though nobody said so; its parts know that nobody did."""
    pieces = read(stretch.words).pieces
    at = _second_letter(pieces, [title for kind in kinds for title in kind.titles])
    if at is None:
        return (stretch,)
    since = pieces[at].seconds[0]
    words = [word for word in stretch.words if (word.start + word.end) / 2 < since]
    rest = stretch.words[len(words) :]
    if not words or not rest:
        return (stretch,)
    begins = rest[0].start
    first = replace(stretch, words=tuple(words), doubts=tuple(one for one in stretch.doubts if one.seconds[0] < begins))
    second = Stretch(
        words=rest, change="unsaid", doubts=tuple(one for one in stretch.doubts if one.seconds[0] >= begins)
    )
    return (first, *unannounced(second, kinds))


def _second_letter(pieces: Sequence[Piece], titles: Sequence[str]) -> int | None:
    """Where a second letter begins: its title, or its identity when it has none."""
    known: Identity | None = None
    at = 0
    while at < len(pieces):
        found = identity.find(pieces, since=at, undated=False)
        if found is None:
            at += _STEP
            continue
        if found.relative:
            pass  # « sa fille Dupont Marie née le… » begins no letter
        elif known is None:
            known = found.identity
        elif _another(known, found.identity):
            begin = _beginning(pieces, found.start, titles)
            if begin and _ended_before(pieces, begin, found.start, titles):
                return begin
        at = max(found.end, at + 1)
    return None


def _another(known: Identity, found: Identity) -> bool:
    """A whole identity that is not the same person's as one with a name."""
    whole = bool(found.family_name and found.given_name and found.birth_date and known.family_name)
    return whole and not identity.same(known, found)


def _beginning(pieces: Sequence[Piece], start: int, titles: Sequence[str]) -> int:
    """The first word after the last stop before the identity, or before the title that is a sentence of its own."""
    at = _sentence(pieces, start)
    if at == start or not _words(pieces, at, start):
        before = _sentence(pieces, _back(pieces, at))
        if _titled(pieces, before, at, titles):
            return before
    return at


def _sentence(pieces: Sequence[Piece], end: int) -> int:
    """Where the sentence that goes up to here begins; `end` when it is too long for a title."""
    at = end
    while at > max(0, end - _LONGEST_TITLE) and not (at < end and _paused(pieces, at)):
        before = pieces[at - 1]
        if before.mark in _ENDS or (at < end and not before.mark and before.after[:1] in (".", "!", "?")):
            break
        at -= 1
    return at if at > end - _LONGEST_TITLE else end


def _back(pieces: Sequence[Piece], at: int) -> int:
    """Before the stops that precede this place."""
    while at and pieces[at - 1].mark:
        at -= 1
    return at


def _words(pieces: Sequence[Piece], start: int, end: int) -> list[str]:
    return [piece.text for piece in pieces[start:end] if not piece.mark]


def _paused(pieces: Sequence[Piece], at: int) -> bool:
    return bool(at) and pieces[at].seconds[0] - pieces[at - 1].seconds[1] >= _PAUSE


def _titled(pieces: Sequence[Piece], begin: int, end: int, titles: Sequence[str]) -> bool:
    """Whether these words begin like a title of several words that any practice announces."""
    said = _words(pieces, begin, end)
    known = (*TITLES, *titles)
    if len(said) == 1:
        return bool(closest(said[0], [title for title in known if " " not in title], above=0.95)[0])
    names = [title for title in known if " " in title]
    return any(closest(" ".join(said[:size]), names, above=0.85)[0] for size in range(2, 7) if len(said) >= size)


def _ended_before(pieces: Sequence[Piece], begin: int, start: int, titles: Sequence[str]) -> bool:
    """Whether a letter ended just before: its last sentences close it, or another title is announced."""
    return ends_letter(pieces[max(0, begin - 30) : begin]) or _titled(pieces, begin, start, titles)
