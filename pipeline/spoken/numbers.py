"""One number at a place in the pieces: in digits, in words, with its decimals.

Knows the decimal comma said aloud, the recogniser's own separators (« 4.000 » is four thousand, « 2.6 » is doubtful)
and the numbers it cuts in parts (« 4 20 12 »). Every reading that is not the only one carries a doubt. Knows no unit.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.spoken import splices, units
from pipeline.spoken.heard import Doubt, Piece
from pipeline.spoken.numerals import integer, rebuilt, year

_POINTED = "Nombre entendu avec un point : réécoutez."
_REBUILT = "Nombre entendu en plusieurs morceaux : réécoutez."
_THOUSANDTHS = "Mille ou virgule zéro ? Réécoutez."
_TIGHT = ("sur", "/", "pour", "a", "ou", "et", "x", "par")
_MOST_PARTS = 7


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


def doubtful(reason: str, *readings: str, severity: Literal["block", "look"] = "look") -> Doubt:
    """A doubt on a number, with its possible readings."""
    return Doubt(kind="number", reason=reason, severity=severity, suggestions=readings)


def number(pieces: Sequence[Piece], at: int) -> Number | None:
    """The number that begins at this place, or None."""
    if at >= len(pieces) or pieces[at].mark or pieces[at].unit:
        return None
    head = _head(pieces, at)
    if head is None or not head.plain or head.separated:
        return head
    return _with_decimals(pieces, head) or _halved(pieces, head) or _assembled(pieces, at) or head


def _head(pieces: Sequence[Piece], at: int) -> Number | None:
    key = pieces[at].key
    if key[:1].isdecimal() and not key.isdecimal():
        return _separated(key, at)
    if key in ("un", "une") and not _counts(pieces, at):
        return None
    keys = _run(pieces, at)
    read = integer(keys)
    if read is None:
        return None
    if keys[0].isdecimal() and read[1] == 1:
        return _grouped(pieces, at) or Number(
            text=keys[0], end=at + 1, doubt=splices.doubt(pieces, at, at + 1, int(keys[0]))
        )
    shorter = splices.cut(pieces, at, at + read[1])
    read = (shorter and integer(keys[: shorter - at])) or read
    doubt = splices.doubt(pieces, at, at + read[1], read[0])
    return Number(text=str(read[0]), end=at + read[1], worded=not keys[0].isdecimal(), doubt=doubt)


def _separated(key: str, at: int) -> Number | None:
    if re.fullmatch(r"\d{1,3}(\.\d{3})+", key) and not key.startswith("0"):
        return Number(text=key.replace(".", ""), end=at + 1, separated=True)
    if re.fullmatch(r"[1-9]\d*\.0", key):
        whole = key.partition(".")[0]
        return Number(text=whole, end=at + 1, doubt=doubtful(_POINTED, whole, f"{whole},0"))
    if re.fullmatch(r"\d+\.\d+", key):
        text = key.replace(".", ",")
        return Number(text=text, end=at + 1, doubt=doubtful(_POINTED, text))
    if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+", key):
        text = key.replace(".", "")
        return Number(text=text, end=at + 1, separated=True, doubt=doubtful(_POINTED, grouped(text), severity="block"))
    if re.fullmatch(r"\d{1,3},000", key) and not key.startswith("0"):
        whole = key.partition(",")[0]
        doubt = doubtful(_THOUSANDTHS, f"{whole} 000", whole, severity="block")
        return Number(text=key, end=at + 1, doubt=doubt)
    if re.fullmatch(r"\d+,\d+", key):
        return Number(text=key, end=at + 1)
    return None


def _grouped(pieces: Sequence[Piece], at: int) -> Number | None:
    """« 47 218 »: thousands written apart; a number and another of three digits may also be two numbers."""
    key, end = pieces[at].key, at + 1
    if len(key) > 3 or key.startswith("0"):
        return None
    while end < len(pieces) and re.fullmatch(r"\d{3}", pieces[end].key) and _follows(pieces, end):
        end += 1
    if end == at + 1:
        return None
    groups = [piece.key for piece in pieces[at:end]]
    certain = groups[-1] == "000" or len(groups) > 2
    apart = " ".join(groups)
    doubt = None if certain else doubtful("Un nombre ou deux ? Réécoutez.", apart, " puis ".join(groups))
    if groups[1:] == ["100"] and 2 <= int(key) <= 9:
        doubt = doubtful("Cent ou mille ? Réécoutez.", apart, f"{key}00")
    return Number(text="".join(groups), end=end, separated=True, doubt=doubt)


def _follows(pieces: Sequence[Piece], at: int) -> bool:
    """Whether nothing but a space stands between this piece and the one before."""
    return not pieces[at].mark and not pieces[at].unit and pieces[at].glue == " " and not pieces[at - 1].after


def _assembled(pieces: Sequence[Piece], at: int) -> Number | None:
    """« 4 20 12 ans » is 92: a French numeral that the recogniser wrote in parts, when what follows completes it."""
    end = at
    while end < len(pieces) and end - at < _MOST_PARTS and _part(pieces, end, first=end == at):
        end += 1
    for stop in range(end, at + 1, -1):
        read = rebuilt([_value(piece) for piece in pieces[at:stop]])
        if read and read[1] == stop - at and _completed(pieces, stop, read[0], pieces[at].key):
            apart = " ".join(piece.text for piece in pieces[at:stop])
            return Number(text=str(read[0]), end=stop, doubt=doubtful(_REBUILT, str(read[0]), apart))
    return None


def _part(pieces: Sequence[Piece], at: int, *, first: bool) -> bool:
    piece = pieces[at]
    if piece.mark or piece.unit or not (piece.key.isdecimal() or piece.key in ("mille", "cent", "cents")):
        return False
    return (first or _follows(pieces, at)) and not (len(piece.key) > 1 and piece.key.startswith("0"))


def _value(piece: Piece) -> int:
    return {"mille": 1000, "cent": 100, "cents": 100}.get(piece.key) or int(piece.key)


def _completed(pieces: Sequence[Piece], at: int, value: int, first: str) -> bool:
    if units.counted(pieces, at):
        return True
    return first in ("1000", "mille") and year(value)


def _counts(pieces: Sequence[Piece], at: int) -> bool:
    """« un » is a number before a unit, a decimal comma or another number, an article otherwise."""
    follows = pieces[at + 1] if at + 1 < len(pieces) else None
    if follows is None or pieces[at].after:
        return False
    if follows.mark == ",":
        return at + 2 < len(pieces) and not follows.after and _decimals_follow(pieces, at + 2)
    if follows.key in ("zero", "million", "millions"):
        return True
    unit = units.said(pieces, at + 1)
    return unit is not None and (not unit.word or unit.sign == "l") and len(follows.key) > 1


def _decimals_follow(pieces: Sequence[Piece], at: int) -> bool:
    if pieces[at].key.isdecimal():
        return True
    return pieces[at].key not in ("un", "une") and integer(_run(pieces, at)) is not None


def _run(pieces: Sequence[Piece], at: int) -> list[str]:
    """The keys that may belong to one number: no mark, no punctuation of the recogniser's own between them."""
    keys: list[str] = []
    for piece in pieces[at : at + 10]:
        if piece.mark or piece.unit or (keys and piece.key[:1].isdecimal() and not _mixes(keys)):
            break
        keys.append(piece.key)
        if piece.after:
            break
    return keys


def _mixes(keys: Sequence[str]) -> bool:
    return keys[-1] in ("mille", "et", "cent", "million", "millions")


def _with_decimals(pieces: Sequence[Piece], head: Number) -> Number | None:
    comma, at = head.end, head.end + 1
    if pieces[comma - 1].after or at >= len(pieces) or pieces[comma].mark != "," or pieces[comma].after:
        return None
    zeros = ""
    while at < len(pieces) and pieces[at].key in ("zero", "0") and not pieces[at].unit:
        zeros, at = zeros + "0", at + 1
        if pieces[at - 1].after:
            return Number(text=f"{head.text},{zeros}", end=at, worded=True)
    tail = integer(_run(pieces, at)) if at < len(pieces) and not pieces[at].mark and not pieces[at].unit else None
    lone = tail is not None and pieces[at].key in ("un", "une") and tail[1] == 1 and head.text != "0"
    if tail is None or tail[0] > 999 or (lone and not zeros and not _one_ends(pieces, at + 1)):
        return Number(text=f"{head.text},{zeros}", end=at, worded=True) if zeros else None
    digits = pieces[at].key if pieces[at].key.isdecimal() and tail[1] == 1 else str(tail[0])
    return Number(text=f"{head.text},{zeros}{digits}", end=at + tail[1], worded=True)


def _one_ends(pieces: Sequence[Piece], at: int) -> bool:
    """Whether « un » ends a number (« deux virgule un grammes ») and does not begin a noun (« virgule un kyste »)."""
    unit = units.said(pieces, at)
    measured = unit is not None and (not unit.word or unit.sign == "l")
    return measured or at >= len(pieces) or pieces[at].mark not in ("", "(")


def _halved(pieces: Sequence[Piece], head: Number) -> Number | None:
    at = head.end
    if pieces[at - 1].after or at + 1 >= len(pieces):
        return None
    if pieces[at].key == "et" and pieces[at + 1].key in ("demi", "demie"):
        return Number(text=f"{head.text},5", end=at + 2, worded=head.worded)
    return None


def doubted(found: Number, doubt: Doubt | None) -> Number:
    """The same number with a doubt, unless it has one."""
    return found if found.doubt or doubt is None else replace(found, doubt=doubt)


def grouped(text: str) -> str:
    """Thousands apart: 1000 → 1 000."""
    whole, _, decimals = text.partition(",")
    if len(whole) < 4 or not whole.isdecimal():
        return text
    return f"{int(whole):,}".replace(",", " ") + (f",{decimals}" if decimals else "")
