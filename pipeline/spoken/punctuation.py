"""Whose punctuation is written: the doctor's when it is dictated, else the recogniser's.

Knows how to tell a doctor who says « point » from one who leaves it to the machine, mark by mark: who says the stops
but not the commas keeps the recogniser's commas. Long silences of a doctor who dictates no mark begin a paragraph.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.spoken.heard import Mark, Piece, Stream

SILENCE = 1.8
"""Seconds without a word after which a new paragraph begins, when the doctor says none."""
_OWN: tuple[Mark, ...] = (".", "?", "!", ":", ";", "…", ",")
_LINES = ("line", "paragraph", "item")
_ENOUGH_WORDS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Habits:
    """What this doctor says aloud."""

    marks: bool
    commas: bool
    lines: bool
    items: bool


def dictates_punctuation(pieces: Sequence[Piece]) -> bool:
    """Whether the doctor says the punctuation: at least two marks, and one for sixty words."""
    marks = sum(1 for piece in pieces if piece.mark in (".", ",", ":", "line", "paragraph"))
    return marks >= 2 and marks * 60 >= len(pieces)


def punctuate(stream: Stream) -> Stream:
    """The recogniser's own punctuation kept as marks when the doctor dictates none, else only where a mark was lost."""
    habits = _habits(stream.pieces)
    out: list[Piece] = []
    for index, piece in enumerate(stream.pieces):
        out.append(piece)
        follows = stream.pieces[index + 1] if index + 1 < len(stream.pieces) else None
        sign = _own_mark(piece, follows, habits)
        if sign:
            out.append(_bare(piece, sign))
        if sign == "." and not habits.lines and follows is not None and not follows.mark and _silent(piece, follows):
            out.append(_bare(piece, "paragraph"))
    return stream.keeping(out)


def _habits(pieces: Sequence[Piece]) -> _Habits:
    stops = any(piece.mark == "." for piece in pieces)
    return _Habits(
        marks=dictates_punctuation(pieces),
        commas=any(piece.mark == "," for piece in pieces) or not stops or len(pieces) < _ENOUGH_WORDS,
        lines=any(piece.mark in ("line", "paragraph") for piece in pieces),
        items=any(piece.mark == "item" for piece in pieces),
    )


def _bare(piece: Piece, mark: Mark) -> Piece:
    return replace(piece, text="", key="", mark=mark, after="", heard="", doubt=None, unit="", value="")


def _silent(piece: Piece, follows: Piece) -> bool:
    return follows.seconds[0] - piece.seconds[1] >= SILENCE


def _own_mark(piece: Piece, follows: Piece | None, habits: _Habits) -> Mark:
    sign: Mark = next((one for one in _OWN if one in piece.after), "")
    if not sign or piece.mark:
        return ""
    if not habits.marks:
        return sign
    if follows is None:
        return "." if sign in (".", "?", "!", "…") else ""
    if follows.mark in _LINES:
        return "" if (habits.items and sign == ",") or follows.mark == "item" else "."
    if sign == "," and not habits.commas and not follows.mark:
        return ","
    lost = sign == "." and not follows.mark and (follows.heard or follows.text)[:1].isupper()
    return "." if lost else ""
