"""One number at a place in the pieces: in digits, in words, with its decimals.

Knows the decimal comma said aloud and the recogniser's own separators (« 4.000 » is four thousand, « 2.6 » is
doubtful).
Does not know units.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.spoken.heard import Doubt, Piece
from pipeline.spoken.numerals import integer

_POINTED = Doubt(kind="number", reason="Nombre entendu avec un point : réécoutez.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number read, and the position after it."""

    text: str
    """Digits, with a decimal comma."""
    end: int
    worded: bool = False
    """Said and heard in words."""
    separated: bool = False
    """Heard with a separator of thousands."""
    doubt: Doubt | None = None

    @property
    def plain(self) -> bool:
        """Whether it is whole."""
        return self.text.isdecimal()

    @property
    def decimal(self) -> str:
        """The number with a decimal point, for comparison."""
        return self.text.replace(",", ".")


def number(pieces: Sequence[Piece], at: int) -> Number | None:
    """The number that begins at this place, or None."""
    if at >= len(pieces) or pieces[at].mark or pieces[at].unit:
        return None
    head = _head(pieces, at)
    if head is None or not head.plain or head.separated:
        return head
    return _with_decimals(pieces, head) or _halved(pieces, head) or head


def _head(pieces: Sequence[Piece], at: int) -> Number | None:
    key = pieces[at].key
    if re.fullmatch(r"\d{1,3}(\.\d{3})+", key):
        return Number(text=key.replace(".", ""), end=at + 1, separated=True)
    if re.fullmatch(r"\d+\.\d+", key):
        return Number(text=key.replace(".", ","), end=at + 1, doubt=_POINTED)
    if re.fullmatch(r"\d+,\d+", key):
        return Number(text=key, end=at + 1)
    if key in ("un", "une") and not _counts(pieces, at):
        return None
    keys = _run(pieces, at)
    read = integer(keys)
    if read is None:
        return None
    digits = keys[0].isdecimal()
    text = keys[0] if digits and read[1] == 1 else str(read[0])
    return Number(text=text, end=at + read[1], worded=not digits)


def _counts(pieces: Sequence[Piece], at: int) -> bool:
    """« un » is a number before a unit, a decimal comma or another number, an article otherwise."""
    from pipeline.spoken.units import SIGNS

    follows = pieces[at + 1] if at + 1 < len(pieces) else None
    if follows is None or pieces[at].after:
        return False
    if follows.mark == ",":
        return at + 2 < len(pieces) and pieces[at + 2].key.isdecimal() and not follows.after
    return (follows.key in SIGNS and len(follows.key) > 1) or follows.key in ("zero", "gramme", "litre", "g", "l")


def _run(pieces: Sequence[Piece], at: int) -> list[str]:
    """The keys that may belong to one number: no mark, no punctuation of the recogniser's own between them."""
    keys: list[str] = []
    for piece in pieces[at : at + 8]:
        if piece.mark or piece.unit or (keys and piece.key[:1].isdecimal() and not _mixes(keys)):
            break
        keys.append(piece.key)
        if piece.after:
            break
    return keys


def _mixes(keys: Sequence[str]) -> bool:
    return keys[-1] in ("mille", "et", "cent")


def _with_decimals(pieces: Sequence[Piece], head: Number) -> Number | None:
    comma, at = head.end, head.end + 1
    if pieces[comma - 1].after or at >= len(pieces) or pieces[comma].mark != "," or pieces[comma].after:
        return None
    zeros = ""
    while at < len(pieces) and pieces[at].key in ("zero", "0"):
        zeros, at = zeros + "0", at + 1
    tail = integer(_run(pieces, at)) if at < len(pieces) and not pieces[at].mark else None
    if tail is None or tail[0] > 999 or (pieces[at].key in ("un", "une") and not zeros):
        return Number(text=f"{head.text},{zeros}", end=at, worded=True) if zeros else None
    return Number(text=f"{head.text},{zeros}{tail[0]}", end=at + tail[1], worded=True)


def _halved(pieces: Sequence[Piece], head: Number) -> Number | None:
    at = head.end
    if at + 1 < len(pieces) and pieces[at].key == "et" and pieces[at + 1].key in ("demi", "demie"):
        return Number(text=f"{head.text},5", end=at + 2, worded=head.worded)
    return None


def grouped(text: str) -> str:
    """Thousands apart: 1000 → 1 000."""
    whole, _, decimals = text.partition(",")
    if len(whole) < 4 or not whole.isdecimal():
        return text
    return f"{int(whole):,}".replace(",", " ") + (f",{decimals}" if decimals else "")
