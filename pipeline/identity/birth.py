"""A birth date as it was heard, whole or garbled: « 4 mai 960 » is 4 May 1960, to be confirmed.

Knows how a recogniser breaks years (« 1969-62 », « 1900 », « 1000 9 100 52 ») and months (« 8 ou 984 »). What it
rebuilds is always said to be rebuilt. Does not know what day it is, unless told.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.days import MONTHS
from pipeline.spoken.heard import Piece
from vocab import phonetics
from vocab.folding import fold

_REACH = 120
_CLEAR = 60
"""Numbers below are heard right: those above are made of several words."""
_LETTERS_SINCE = 2015
EARLIEST = 1912
"""Nobody alive was born before."""
_KEYS = {fold(name): number for number, name in enumerate(MONTHS, start=1)}
_HEARD = {"ou": 8, "out": 8, "aout": 8, "hou": 8, "mais": 5, "met": 5, "mes": 5, "mar": 3, "jun": 6, "join": 6}
_WORD = re.compile(r"\d+|[^\W\d_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """A birth date, and how far it may be trusted."""

    day: date | None = None
    rebuilt: bool = False
    """It was not heard as it is written here, or the letter itself contradicts it."""
    others: tuple[date, ...] = ()
    """What else it may be."""


def read(pieces: Sequence[Piece]) -> Birth:
    """The date these pieces say; without a day when it was not understood."""
    cut = len(pieces) == 2 and pieces[0].value.startswith("1900") and pieces[1].value.isdecimal()
    if cut and 10 <= int(pieces[1].value) <= 99:  # « mille neuf cent, soixante et un »
        whole = _made(int(pieces[0].value[8:]), int(pieces[0].value[5:7]), 1900 + int(pieces[1].value))
        return Birth(day=whole, rebuilt=True)
    return _said(pieces)


def _said(pieces: Sequence[Piece]) -> Birth:
    whole = pieces[0] if len(pieces) == 1 and pieces[0].unit == "date" else None
    if whole and whole.value and not whole.value.startswith("0000"):
        day = date.fromisoformat(whole.value)
        return Birth(day=day, rebuilt=whole.doubt is not None or day.year < EARLIEST)
    return _rebuilt(" ".join(piece.text for piece in pieces))


def _rebuilt(heard: str) -> Birth:
    words = _WORD.findall(heard)
    if len(words) < 3:
        return Birth()
    day, words = (1, words[1:]) if fold(words[0]) in ("premier", "1er") else (_number(words[0]), words[1:])
    if words and fold(words[0]) == "er":
        words = words[1:]
    which, spent = (month(words[0]), 1) if words else (0, 1)
    if not which and len(words) > 1:
        which, spent = month(words[0] + words[1]), 2
    years = _years([word for word in words[spent:] if fold(word) not in ("et", "de", "mille", "cent")])
    found = [made for year in years if (made := _made(day, which, year))]
    return Birth(day=found[0], rebuilt=True, others=tuple(found[1:])) if found else Birth()


def _number(word: str) -> int:
    if word.isdecimal():
        return int(word)
    from pipeline.spoken.numerals import integer

    found = integer([fold(word)])
    return found[0] if found else 0


def month(word: str) -> int:
    """The number of the month this word sounds like; 0 when it is none."""
    key = fold(word)
    if key in _KEYS or key in _HEARD:
        return _KEYS.get(key) or _HEARD[key]
    if len(key) < 4:
        return 0
    heard = phonetics.phrase(word)
    likely = {number: phonetics.likeness(heard, phonetics.phrase(MONTHS[number - 1])) for number in _KEYS.values()}
    best = max(likely, key=lambda number: likely[number])
    return best if likely[best] >= 0.85 else 0


def _years(words: Sequence[str]) -> list[int]:
    """The years these numbers may mean, likeliest first."""
    numbers = [_number(word) for word in words if _number(word)]
    if not numbers:
        return []
    head, tail = numbers[0], numbers[-1]
    if len(numbers) == 1:
        if 900 <= head <= 999:
            return [1000 + head]
        return [head] if 1900 <= head <= 2100 else []
    if 1900 <= head <= 1999 and tail < 100:
        return [1900 + tail, head] if tail >= 10 else [head]
    if 1900 <= head <= 1999 and 1900 <= tail <= 2100:
        return [tail, head]
    if 100 <= tail <= 199 and (1900 <= head <= 1999 or 2000 <= head <= 2009):
        return [1800 + tail]
    if head in (1000, 9, 19, 900, 100) and 10 <= tail <= 99:
        return [1900 + tail]
    if head in (2000, 2) and tail < 100:
        return [2000 + tail]
    return []


def _made(day: int, which: int, year: int) -> date | None:
    try:
        return date(year, which, day)
    except ValueError:
        return None


def aged(pieces: Sequence[Piece], since: int) -> int | None:
    """The patient's age as the letter says it: « âgé de 71 ans »; None when it does not."""
    for at in range(since, min(len(pieces) - 2, since + _REACH)):
        if fold(pieces[at].text) in ("age", "agee", "ages", "agees") and pieces[at + 1].key in ("de", "d'"):
            said = re.match(r"(\d{1,3})\b", pieces[at + 2].value or pieces[at + 2].text)
            follows = pieces[at + 3].key if at + 3 < len(pieces) else ""
            years = (
                pieces[at + 2].unit in ("an", "ans") or "ans" in pieces[at + 2].text or follows in ("an", "ans", "en")
            )
            return int(said[1]) if said and years else None
    return None


def written_on(pieces: Sequence[Piece], born: date) -> date | None:
    """The day of the letter: the first whole date at its head that is not the birth date."""
    for piece in pieces[:_REACH]:
        whole = piece.unit == "date" and piece.value and not piece.value.startswith("0000")
        day = date.fromisoformat(piece.value) if whole else None
        if day and day != born and day.year > born.year and day.year >= _LETTERS_SINCE:
            return day
    return None


def told_by_age(birth: Birth, pieces: Sequence[Piece], since: int) -> Birth:
    """The birth date with the year that the age said in the letter gives, when the two contradict each other.

    Years from 1960 on are often heard in another decade (soixante-dix, quatre-vingts), ages below 60 are not: then the
    age is believed. Both stay proposed, and a person decides.
    """
    if birth.day is None:
        return birth
    age, on = aged(pieces, since), written_on(pieces, birth.day)
    if age is None or on is None:
        return birth
    year = year_of(age, born=birth.day, on=on)
    other = _made(birth.day.day, birth.day.month, year)
    if other is None or other == birth.day or abs(year - birth.day.year) <= 1:
        return birth
    believed = age < _CLEAR and (birth.rebuilt or birth.day.year % 100 >= _CLEAR)
    first, second = (other, birth.day) if believed else (birth.day, other)
    return Birth(day=first, rebuilt=True, others=tuple(dict.fromkeys((second, *birth.others))))


def year_of(age: int, *, born: date, on: date) -> int:
    """The year of birth of someone of that age on that day, whose day and month of birth are known."""
    passed = (on.month, on.day) >= (born.month, born.day)
    return on.year - age - (0 if passed else 1)
