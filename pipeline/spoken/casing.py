"""Capitals and small letters on demand: « majuscule », « en majuscules … fin des majuscules », « en minuscules ».

Knows which word is meant: the one before when a stop follows the command, else the one after.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.spoken.commands import separate
from pipeline.spoken.heard import Piece, Stream, keys, taken_out
from pipeline.spoken.marking import COMMAND
from pipeline.types import Removed

_CAPITAL, _UPPER, _LOWER, _END = "capital", "upper", "lower", "end"
_SAID = (
    (_END, "fin des majuscules|fin de majuscules|fin majuscules|fin des capitales|fin des minuscules"),
    (_CAPITAL, "avec une majuscule|avec majuscule|une majuscule à|m majuscule"),
    (_UPPER, "tout en majuscules|tout en majuscule|en lettres majuscules|en lettres capitales|en majuscules"
             "|en majuscule|en capitales|tout majuscules|tout majuscule|tout en capitales|verrouillage majuscules"
             "|début des majuscules"),
    (_LOWER, "tout en minuscules|tout en minuscule|en minuscules|en minuscule|en lettres minuscules"),
    (_CAPITAL, "majuscule|majuscules"),
)  # fmt: skip
_SPOKEN = tuple((what, keys(said)) for what, forms in _SAID for said in forms.split("|"))
_NOUNS = frozenset({"une", "la", "les", "des", "sans", "de"})
_REACH = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    what: str
    length: int


def case(stream: Stream) -> Stream:
    """The stream with its words in the letters that were asked, the commands taken out."""
    pieces, out, removed = stream.pieces, list[Piece](), list[Removed]()
    at, pending, upto = 0, "", -1
    while at < len(pieces):
        order = _order(pieces, at)
        if order is None:
            piece, pending = _cased(pieces[at], pending, ranged=at < upto)
            out.append(piece)
            at += 1
            continue
        removed.append(taken_out(pieces[at : at + order.length], COMMAND))
        end = at + order.length
        upto = _range_end(pieces, end) if order.what in (_UPPER, _LOWER) else -1
        pending = _applied(out, pieces, at, end, order.what, ranged=upto > 0)
        at = end
    return stream.keeping(out, *removed)


def _order(pieces: Sequence[Piece], at: int) -> _Order | None:
    for what, spoken in _SPOKEN:
        taken = pieces[at : at + len(spoken)]
        if tuple(piece.key for piece in taken) != spoken or any(piece.mark for piece in taken):
            continue
        if len(spoken) == 1 and at and pieces[at - 1].key in _NOUNS and not separate(pieces, at):
            return None
        return _Order(what=what, length=len(spoken))
    return None


def _range_end(pieces: Sequence[Piece], at: int) -> int:
    """Where « fin des majuscules » is said; -1 when it is not."""
    for index in range(at, min(len(pieces), at + _REACH)):
        order = _order(pieces, index)
        if order is not None:
            return index if order.what == _END else -1
    return -1


def _applied(out: list[Piece], pieces: Sequence[Piece], at: int, end: int, what: str, *, ranged: bool) -> str:
    """The order given to the word before when a stop follows; otherwise what is asked of the next word."""
    if what == _END:
        return ""
    if ranged:
        return what
    about_last = pieces[end - 1].key != "majuscule" or len(pieces[at:end]) > 1
    letter = bool(out) and len(out[-1].text) == 1 and not out[-1].mark
    stops = end >= len(pieces) or bool(pieces[end].mark) or bool(pieces[end - 1].after)
    if out and not out[-1].mark and (letter or (about_last and stops)):
        out[-1] = _cased(out[-1], what, ranged=False)[0]
        return ""
    return what


def _cased(piece: Piece, what: str, *, ranged: bool) -> tuple[Piece, str]:
    """The piece in the letters that were asked, and what is asked of the next one."""
    if not what or piece.mark:
        return piece, what
    text = piece.text
    written = text.upper() if what == _UPPER else text.lower() if what == _LOWER else text[:1].upper() + text[1:]
    return replace(piece, text=written, proper=True), what if ranged else ""
