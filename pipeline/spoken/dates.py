"""Dates and times of day, as said and as written.

Knows months, years said in words or in digits, and what a recogniser does to them (« 2020 6 », « 960 »). Writes
dates in
prose (« 5 novembre 2025 »); the letter writes them in figures where its own lines want it.
"""

from collections.abc import Sequence
from datetime import date

from pipeline.days import MONTHS
from pipeline.spoken.heard import Doubt, Piece, merged
from pipeline.spoken.numbers import number

_KEYS = {
    m: i + 1
    for i, m in enumerate(
        [
            "janvier",
            "fevrier",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "aout",
            "septembre",
            "octobre",
            "novembre",
            "decembre",
        ]
    )
}
_FIRST = {"premier", "1er"}
_YEAR = Doubt(kind="number", reason="Année incomplète ou douteuse : réécoutez.", severity="block")
_REBUILT = Doubt(kind="number", reason="Année entendue en deux morceaux : réécoutez.")

Reading = tuple[Piece, int]


def read_date(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« treize janvier deux mille vingt-six », « 12/03/1954 »: a date, whole or without its year."""
    figures = _figures(pieces, at)
    if figures:
        return figures
    day, after = _day(pieces, at)
    if not day or after >= len(pieces) or pieces[after].key not in _KEYS:
        return None
    month, end = _KEYS[pieces[after].key], after + 1
    apart = pieces[after].after and not (pieces[after].after == "," and _four_digits(pieces, end))
    year, end, doubt = (None, end, None) if apart else _year(pieces, end)
    text = f"{'1er' if day == 1 else day} {MONTHS[month - 1]}" + (f" {year}" if year else "")
    if year and doubt is _YEAR:
        return merged(pieces[at:end], text, unit="date", value="", doubt=doubt), end - at
    value = f"{year or '0000'}-{month:02d}-{day:02d}"
    if year and not _exists(value):
        doubt = Doubt(kind="number", reason="Cette date n'existe pas : réécoutez.", severity="block")
        value = ""
    return merged(pieces[at:end], text, unit="date", value=value, doubt=doubt), end - at


def _exists(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _four_digits(pieces: Sequence[Piece], at: int) -> bool:
    return at < len(pieces) and len(pieces[at].key) == 4 and pieces[at].key[:2] in ("19", "20")


def _day(pieces: Sequence[Piece], at: int) -> tuple[int, int]:
    if pieces[at].key in _FIRST:
        return 1, at + 1
    if pieces[at].key == "1" and at + 1 < len(pieces) and pieces[at + 1].key == "er":
        return 1, at + 2
    found = number(pieces, at)
    if found and found.plain and 1 <= int(found.text) <= 31:
        return int(found.text), found.end
    return 0, at


def _year(pieces: Sequence[Piece], at: int) -> tuple[str | None, int, Doubt | None]:
    found = number(pieces, at)
    if not found or not found.plain:
        return None, at, None
    value, end = int(found.text), found.end
    if value == 19 or value == 20:
        tail = number(pieces, end)
        if tail and tail.plain and 10 <= int(tail.text) <= 99:
            return f"{value}{tail.text}", tail.end, _REBUILT
    if 300 <= value <= 999:
        return found.text, end, _YEAR
    if not 1900 <= value <= 2100:
        return None, at, None
    tail = number(pieces, end)
    loose = tail is not None and tail.plain and not pieces[end - 1].after and pieces[end].glue != "-"
    if tail and loose and value in (2000, 2010, 2020) and len(tail.text) == 1 and _stands_alone(pieces, tail.end):
        return str(value + int(tail.text)), tail.end, _REBUILT
    if (
        tail
        and tail.plain
        and value % 10 == 0
        and 2000 + int(tail.text) // 10 * 10 == value
        and 20 < int(tail.text) < 40
    ):
        return str(2000 + int(tail.text)), tail.end, _REBUILT
    junk = tail is not None and tail.plain and (pieces[end].glue == "-" or len(tail.text) == 3)
    if tail and junk and _stands_alone(pieces, tail.end):
        return f"{found.text}-{tail.text}", tail.end, _YEAR
    return found.text, end, found.doubt


def _stands_alone(pieces: Sequence[Piece], at: int) -> bool:
    from pipeline.spoken.units import SIGNS, WORDS

    follows = pieces[at].key if at < len(pieces) else ""
    return follows not in SIGNS and follows not in WORDS and follows != "h"


def _figures(pieces: Sequence[Piece], at: int) -> Reading | None:
    if at + 4 >= len(pieces) or [pieces[at + 1].key, pieces[at + 3].key] != ["/", "/"]:
        return None
    day, month, year = (pieces[at + step].key for step in (0, 2, 4))
    if not (day + month + year).isdecimal() or len(year) != 4 or not _exists(f"{year}-{month.zfill(2)}-{day.zfill(2)}"):
        return None
    text = f"{int(day)} {MONTHS[int(month) - 1]} {year}"
    return merged(pieces[at : at + 5], text, unit="date", value=f"{year}-{month.zfill(2)}-{day.zfill(2)}"), 5


def read_time(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« huit heures trente » → 8 h 30; « toutes les huit heures » stays a duration."""
    hour = number(pieces, at)
    if not hour or not hour.plain or int(hour.text) > 24 or hour.end >= len(pieces):
        return None
    if pieces[hour.end].key not in ("h", "heure", "heures"):
        return None
    end = hour.end + 1
    minutes = None if pieces[hour.end].after else number(pieces, end)
    if minutes and minutes.plain and int(minutes.text) < 60 and not _minute_is_counted(pieces, minutes.end):
        text = f"{int(hour.text)} h {minutes.text.zfill(2)}"
        return merged(pieces[at : minutes.end], text, unit="time", value=text), minutes.end - at
    clock = pieces[hour.end].key == "h" or (written and written[-1].key in ("a", "vers", "des") and int(hour.text) > 4)
    if not clock:
        return None
    return merged(pieces[at:end], f"{int(hour.text)} h", unit="time", value=hour.text), end - at


def _minute_is_counted(pieces: Sequence[Piece], at: int) -> bool:
    from pipeline.spoken.units import SIGNS, WORDS

    follows = pieces[at].key if at < len(pieces) else ""
    return follows in SIGNS or (follows in WORDS and not follows.startswith("minute"))


def figures(value: str) -> str:
    """AAAA-MM-JJ as JJ/MM/AAAA; empty when the date is not whole."""
    year, _, rest = value.partition("-")
    if not rest or year == "0000":
        return ""
    month, day = rest.split("-")
    return f"{day}/{month}/{year}"
