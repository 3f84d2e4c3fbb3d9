"""Dates, as said and as written.

Knows months, years said in words, in digits or in part (« vingt-six »), and what a recogniser does to them (« 2020 6 »,
« 960 »). Writes dates in prose (« 5 novembre 2025 »); the letter writes them in figures where its own lines want it.
Knows no clock: a year of two digits is always doubted.
"""

import re
from collections.abc import Sequence
from datetime import date

from pipeline.days import MONTHS
from pipeline.spoken import units
from pipeline.spoken.grammar import Reading, key, made
from pipeline.spoken.heard import Doubt, Piece
from pipeline.spoken.numbers import doubtful, number
from pipeline.spoken.numerals import integer, rebuilt
from vocab.folding import fold

_KEYS = {fold(month): index for index, month in enumerate(MONTHS, start=1)}
_FIRST = {"premier", "1er"}
_DATED = frozenset({"le", "du", "au", "date", "nee", "ne", "depuis", "lundi", "mardi", "mercredi", "jeudi", "vendredi",
                    "samedi", "dimanche"})  # fmt: skip
_INCOMPLETE = "Année incomplète ou douteuse : réécoutez."
_REBUILT = "Année entendue en deux morceaux : réécoutez."
_CENTURY = "Année dite en deux chiffres : vérifiez le siècle."
_IMPOSSIBLE = "Cette date n'existe pas : réécoutez."
_LAST_DAY, _NO_LONGER_A_DAY = 31, 100
_UNTIL = "« au » a peut-être été entendu « août » : réécoutez."
_LAST_OF_CENTURY = 40
"""« vingt-six » is 2026, « quarante et un » 1941, unless a person says otherwise."""


def read_date(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« treize janvier deux mille vingt-six », « 12/03/1954 »: a date, whole or without its year."""
    return _figures(pieces, at, written) or _worded(pieces, at, written) or _no_day(pieces, at, written)


def _no_day(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« le 32 mars »: no month has such a day; the numbers stay, and must be settled."""
    found = number(pieces, at)
    if not found or not found.plain or not _LAST_DAY < int(found.text) < _NO_LONGER_A_DAY or not written:
        return None
    dated = written[-1].key in _DATED and not written[-1].mark and not pieces[found.end - 1].after
    if not dated or key(pieces, found.end) not in _KEYS:
        return None
    return made(pieces, at, found.end, found.text, unit="n", value="", doubt=doubtful(_IMPOSSIBLE, severity="block"))


def _worded(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    day, after = _day(pieces, at)
    if not day or after >= len(pieces) or pieces[after].key not in _KEYS:
        return None
    month, end = _KEYS[pieces[after].key], after + 1
    if month == 8 and not pieces[after].after and _day_and_month(pieces, end):
        until = doubtful(_UNTIL, f"{day} au", f"{day} août")
        return made(pieces, at, end, f"{day} au", unit="n", value=str(day), doubt=until)
    apart = pieces[after].after and not (pieces[after].after == "," and _four_digits(pieces, end))
    year, end, doubt = (None, end, None) if apart else _year(pieces, end)
    text = f"{'1er' if day == 1 else day} {MONTHS[month - 1]}" + (f" {year}" if year else "")
    if year and not _whole(year):
        return made(pieces, at, end, text, unit="date", value="", doubt=doubt)
    value = f"{year or '0000'}-{month:02d}-{day:02d}"
    if (year and not _exists(value)) or day > (29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31):
        doubt, value = doubtful(_IMPOSSIBLE, severity="block"), ""
    return made(pieces, at, end, text, unit="date", value=value, doubt=doubt)


def _day_and_month(pieces: Sequence[Piece], at: int) -> bool:
    """« du 22 août 30 septembre »: two dates in a row are a beginning and an end."""
    if at >= len(pieces):
        return False
    day, after = _day(pieces, at)
    return bool(day) and after < len(pieces) and pieces[after].key in _KEYS


def read_month(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« mars deux mille vingt-quatre »: a month and its year."""
    if pieces[at].key not in _KEYS or pieces[at].after or pieces[at].unit:
        return None
    year, end, doubt = _year(pieces, at + 1)
    if not year or not _whole(year) or len(key(pieces, at + 1)) == 2:
        return None
    return made(pieces, at, end, f"{MONTHS[_KEYS[pieces[at].key] - 1]} {year}", unit="month", value=year, doubt=doubt)


def _whole(year: str) -> bool:
    return len(year) == 4 and year.isdecimal()


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
    if value in (19, 20):
        tail = number(pieces, end)
        if tail and tail.plain and 10 <= int(tail.text) <= 99:
            return f"{value}{tail.text}", tail.end, doubtful(_REBUILT, f"{value}{tail.text}")
    if 10 <= value <= 99 and len(found.text) == 2 and not units.counted(pieces, end):
        return _of_two_digits(found.text), end, _century(found.text)
    if 300 <= value <= 999:
        return found.text, end, doubtful(_INCOMPLETE, f"1{found.text}", severity="block")
    if not 1900 <= value <= 2100:
        return None, at, None
    return _completed(pieces, end, value) or (found.text, end, found.doubt)


def _of_two_digits(said: str) -> str:
    return ("20" if int(said) <= _LAST_OF_CENTURY else "19") + said


def _century(said: str) -> Doubt:
    return doubtful(_CENTURY, _of_two_digits(said), ("19" if int(said) <= _LAST_OF_CENTURY else "20") + said)


def _completed(pieces: Sequence[Piece], end: int, value: int) -> tuple[str, int, Doubt] | None:
    """« 2020 6 » is 2026, « 1900 54 » is 1954; « 1969-62 » cannot be known."""
    tail = number(pieces, end)
    if not tail or not tail.plain or pieces[end - 1].after:
        return None
    broken = pieces[end].glue == "-" or len(tail.text) == 3
    if broken and _stands_alone(pieces, tail.end):
        text = f"{value}-{tail.text}"
        return text, tail.end, doubtful(_INCOMPLETE, str(value), severity="block")
    rest, after = _tail(pieces, end)
    whole = _joined(value, rest) if rest is not None and _stands_alone(pieces, after) else None
    return (str(whole), after, doubtful(_REBUILT, str(whole), str(value))) if whole else None


def _joined(value: int, rest: int) -> int | None:
    if value in (2000, 2010, 2020) and 0 < rest < 10:
        return value + rest
    if value in (1900, 2000) and 10 <= rest <= 99:
        return value + rest
    if value % 10 == 0 and 2000 + rest // 10 * 10 == value and 20 < rest < 40:
        return 2000 + rest
    return None


def _tail(pieces: Sequence[Piece], at: int) -> tuple[int | None, int]:
    """The number after a year's beginning: « 54 », or « 80 4 »."""
    values, end = list[int](), at
    while end < len(pieces) and end - at < 3 and pieces[end].key.isdecimal() and not pieces[end].mark:
        values.append(int(pieces[end].key))
        end += 1
        if pieces[end - 1].after:
            break
    read = rebuilt(values) if len(values) > 1 else None
    if read:
        return read[0], at + read[1]
    tail = number(pieces, at)
    return (int(tail.text), tail.end) if tail and tail.plain else (None, at)


def _stands_alone(pieces: Sequence[Piece], at: int) -> bool:
    return not units.counted(pieces, at) and key(pieces, at) != "h"


def _figures(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« 12/03/1954 », « 12.03.1954 », « douze trois cinquante-quatre » after « le »."""
    parts, end, spaced = _parts(pieces, at)
    if not parts or (spaced and not (written and written[-1].key in _DATED and not written[-1].mark)):
        return None
    day, month, said = parts
    if len(said) not in (2, 4):
        return None
    if not 1 <= int(day) <= 31 or not 1 <= int(month) <= 12:
        return _impossible(pieces, at, end, parts)
    if spaced and (units.counted(pieces, end) or key(pieces, end) == "fois"):
        return None
    year = said if len(said) == 4 else _of_two_digits(said)
    value = f"{year}-{int(month):02d}-{int(day):02d}"
    if not 1880 <= int(year) <= 2100:
        return None
    doubt = None if len(said) == 4 else _century(said)
    if not _exists(value):
        doubt, value = doubtful(_IMPOSSIBLE, severity="block"), ""
    text = f"{'1er' if int(day) == 1 else int(day)} {MONTHS[int(month) - 1]} {year}"
    return made(pieces, at, end, text, unit="date", value=value, doubt=doubt)


def _impossible(pieces: Sequence[Piece], at: int, end: int, parts: tuple[str, str, str]) -> Reading | None:
    """« du 15/13/2026 »: written as heard, and to be settled; short years are too little to call it a date."""
    if len(parts[2]) != 4 or not 1880 <= int(parts[2]) <= 2100 or max(map(int, parts[:2])) > 99:
        return None
    text = "/".join(part.zfill(2) for part in parts)
    return made(pieces, at, end, text, unit="date", value="", doubt=doubtful(_IMPOSSIBLE, severity="block"))


def _parts(pieces: Sequence[Piece], at: int) -> tuple[tuple[str, str, str] | None, int, bool]:
    """Day, month and year as digits, where they end, and whether only spaces stood between them."""
    dotted = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})", pieces[at].key)
    if dotted:
        return (dotted[1], dotted[2], dotted[3]), at + 1, False
    keys = [piece.key for piece in pieces[at : at + 5]]
    if len(keys) == 5 and keys[1] in ("/", "slash", "barre") and keys[3] == keys[1] and _decimal(keys[::2]):
        return (keys[0], keys[2], keys[4]), at + 5, False
    if len(keys) >= 3 and _decimal(keys[:3]) and pieces[at + 1].glue == pieces[at + 2].glue == "-":
        return (keys[0], keys[1], keys[2]), at + 3, False
    return _spaced(pieces, at)


def _spaced(pieces: Sequence[Piece], at: int) -> tuple[tuple[str, str, str] | None, int, bool]:
    said, end = list[str](), at
    while len(said) < 3:
        if said and (end >= len(pieces) or pieces[end - 1].after):
            return None, at, True
        zero = key(pieces, end) == "zero" and not pieces[end].after
        digit = integer([key(pieces, end + 1)]) if zero and len(said) < 2 else None
        if digit and 0 < digit[0] < 10:  # « zéro trois mille neuf cent… »: the month is one figure
            said, end = [*said, str(digit[0])], end + 2
            continue
        found = number(pieces, end + zero)
        if not found or not found.plain or found.doubt or found.separated:
            return None, at, True
        said.append(found.text)
        end = found.end
    return (said[0], said[1], said[2]), end, True


def _decimal(keys: Sequence[str]) -> bool:
    return all(one.isdecimal() for one in keys)


def figures(value: str) -> str:
    """AAAA-MM-JJ as JJ/MM/AAAA; empty when the date is not whole."""
    year, _, rest = value.partition("-")
    if not rest or year == "0000":
        return ""
    month, day = rest.split("-")
    return f"{day}/{month}/{year}"
