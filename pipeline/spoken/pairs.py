"""Parentheses, brackets and quotation marks: what is opened is closed, and said when the doctor did not close it."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.spoken.heard import Doubt, Mark, Piece

UNCLOSED = "entre"
"""The value of an opening that nobody closes (« entre guillemets »): it is closed at the next mark."""
_CLOSING: dict[str, Mark] = {"(": ")", "[": "]", "«": "»"}
_OPENING: dict[str, Mark] = {")": "(", "]": "[", "»": "«"}
_STOPS = (".", "?", "!", "line", "paragraph", "item")
_CLOSED = Doubt(kind="writing", reason="Parenthèse ou guillemet fermé à la fin de la phrase : vérifiez.")
_NEVER_OPENED = Doubt(kind="writing", reason="Parenthèse ou guillemet fermé sans avoir été ouvert : vérifiez.")


def toggled(opening: str, out: Sequence[Piece]) -> Mark:
    """« parenthèse » alone opens, or closes what is open."""
    return _CLOSING[opening] if _open(out) == opening else opening  # type: ignore[return-value]


def _open(out: Sequence[Piece]) -> str:
    for piece in reversed(out):
        if piece.mark in _CLOSING:
            return piece.mark
        if piece.mark in _OPENING or piece.mark in _STOPS:
            return ""
    return ""


def closed(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with every opening closed: what was not is closed at the next stop, and looked at."""
    out: list[Piece] = []
    opened, asked = "", False
    for index, piece in enumerate(pieces):
        if opened and _must_close(pieces, index, opened, asked=asked):
            out.append(_closing(piece, opened))
            opened = ""
        if piece.mark in _CLOSING:
            opened, asked = piece.mark, piece.value == UNCLOSED
            piece = replace(piece, value="")
        elif piece.mark in _OPENING:
            if _OPENING[piece.mark] != opened:
                piece = replace(piece, doubt=_NEVER_OPENED)
            opened = ""
        out.append(piece)
    if opened:
        out.append(_closing(out[-1], opened))
    return out


def _closing(piece: Piece, opened: str) -> Piece:
    return replace(piece, text="", key="", mark=_CLOSING[opened], doubt=_CLOSED, unit="", value="", heard="", after="")


def _must_close(pieces: Sequence[Piece], at: int, opened: str, *, asked: bool) -> bool:
    mark = pieces[at].mark
    if mark in _STOPS or mark in _CLOSING:
        return True
    return asked and mark in (",", ";", ":") and not _closes_later(pieces, at, opened)


def _closes_later(pieces: Sequence[Piece], at: int, opened: str) -> bool:
    for piece in pieces[at:]:
        if piece.mark == _CLOSING[opened]:
            return True
        if piece.mark in _STOPS or piece.mark in _CLOSING:
            return False
    return False
