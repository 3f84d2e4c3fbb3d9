"""Times of day and long durations: « huit heures trente » → 8 h 30; « toutes les huit heures » stays a duration."""

from collections.abc import Sequence

from pipeline.spoken import units
from pipeline.spoken.grammar import Reading, ends, key, keyed, made
from pipeline.spoken.heard import Piece
from pipeline.spoken.numbers import number

_HOURS = ("h", "heure", "heures")
_AT = frozenset({"a", "vers", "des", "jusqu'a", "avant"})
_PARTS = ((("et", "demie"), 30), (("et", "demi"), 30), (("et", "quart"), 15), (("moins", "le", "quart"), -15),
          (("trois", "quarts"), 45))  # fmt: skip


def read_time(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """A time of day, or hours and minutes."""
    hour = number(pieces, at)
    one = pieces[at].key in ("un", "une") and key(pieces, at + 1) in _HOURS
    if not one and (not hour or not hour.plain or int(hour.text) > 24 or hour.end >= len(pieces)):
        return None
    value, end = (1, at + 1) if one or hour is None else (int(hour.text), hour.end)
    clock = bool(written) and written[-1].key in _AT and not written[-1].mark
    colon = _with_colon(pieces, at, end, value)
    if colon or key(pieces, end) not in _HOURS:
        return colon
    return _with_minutes(pieces, at, end + 1, value, clock=clock) or _round(pieces, at, end + 1, value, clock=clock)


def _with_colon(pieces: Sequence[Piece], at: int, end: int, value: int) -> Reading | None:
    """« 10:15 »."""
    if pieces[end - 1].after != ":" or end >= len(pieces) or not pieces[end].key.isdecimal():
        return None
    minutes = pieces[end].key
    if len(minutes) != 2 or int(minutes) > 59:
        return None
    return made(pieces, at, end + 1, f"{value} h {minutes}", unit="time", value=f"{value} h {minutes}")


def _with_minutes(pieces: Sequence[Piece], at: int, end: int, value: int, *, clock: bool) -> Reading | None:
    if pieces[end - 1].after:
        return None
    for words, minutes in _PARTS:
        if clock and keyed(pieces, end, words):
            shown = f"{value} h {minutes}" if minutes > 0 else f"{value - 1} h {60 + minutes}"
            return made(pieces, at, end + len(words), shown, unit="time", value=shown)
    found = number(pieces, end)
    if not found or not found.plain or int(found.text) > 59 or _counts_something(pieces, found.end):
        return None
    if key(pieces, found.end) == "a" and found.worded and int(found.text) < 5 and not ends(pieces, found.end):
        return None
    shown = f"{value} h {found.text.zfill(2)}"
    named = key(pieces, found.end) in ("minute", "minutes", "min")
    return made(pieces, at, found.end + named, shown, unit="time", value=shown)


def _round(pieces: Sequence[Piece], at: int, end: int, value: int, *, clock: bool) -> Reading | None:
    if key(pieces, end - 1) != "h" and not (clock and value > 4):
        return None
    return made(pieces, at, end, f"{value} h", unit="time", value=str(value))


def _counts_something(pieces: Sequence[Piece], at: int) -> bool:
    """Whether the number before belongs to something else: « 2 heures 3 fois par jour », « 8 h 30 mg »."""
    if key(pieces, at) in ("minute", "minutes", "min"):
        return False
    return units.counted(pieces, at) or key(pieces, at) in ("fois", "par")
