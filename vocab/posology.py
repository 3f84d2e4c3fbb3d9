"""Quantities as they are written: « 2,5 mg », « 40 à 80 mg », « 500/125 mg », « 5 mg/kg/j », « 20 unités le soir ».

Knows numbers, units of dose and what a dose is counted by (a day, a kilo, a litre). Knows no medicine.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from vocab.folding import fold

Measure = Literal["mass", "units", "wrong", "other"]
Per = Literal["", "day", "week", "kg", "m2", "rate"]

MILLIGRAMS = {"µg": 0.001, "mg": 1.0, "g": 1000.0}
"""How many milligrams a unit of mass holds."""
_SPACE = r"[ \u00a0\u202f\u2009]"
_NUMBER = rf"\d{{1,3}}(?:{_SPACE}\d{{3}})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?|(?<![\d.,])[.,]\d+"
_UNIT = (
    r"milligrammes?|microgrammes?|kilogrammes?|grammes?|kilos?|kilomètres?|centimètres?|millimètres?|mètres?|litres?"
    r"|millions?\s+d['’](?:unités|UI)|unités?(?:\s+internationales)?|millimoles?"
    r"|mg|mcg|[µμ]g|gammas?|γ|kg|km|g|MUI|U\.I\.|UI|IU|U|mmol|mEq|ml|mL|cl|dl|l|L|cc|c\.c\.|cm|mm|m|%"
)
_QUANTITY = re.compile(
    rf"(?<![\w,.])(?P<numbers>(?:{_NUMBER})(?:{_SPACE}*(?:/|-|–|à|ou|puis){_SPACE}*(?:{_NUMBER}))*)"
    rf"{_SPACE}*(?P<unit>{_UNIT})(?![\w²³])"
)
_PLAIN = re.compile(_NUMBER)
_PER = re.compile(
    r"\s*(?:/\s*|par\s+)(?P<per>kilogrammes?|kilos?|kg|mètres?\s+carrés?|m²|m2|litres?|l|dl|ml|mL|L|heures?|h|minutes?|min"
    r"|(?:24|48|72)\s*(?:h|heures?)|mmol|jours?|j|semaines?|sem)(?![\w²])"
)
_DAILY = re.compile(r"\s*(?:par\s+jour|/\s?jour|/\s?j\b|/\s?24\s?h|quotidien|(?:de|en)\s+dose\s+totale)")
_SYMBOLS = {
    "microgramme": "µg", "mcg": "µg", "µg": "µg", "μg": "µg", "gamma": "µg", "γ": "µg", "milligramme": "mg",
    "gramme": "g", "kilogramme": "kg", "kilo": "kg", "litre": "l", "kilometre": "km", "centimetre": "cm",
    "millimetre": "mm", "metre": "m", "cc": "ml", "c.c.": "ml",
}  # fmt: skip
_WRONG = frozenset({"kg", "km", "l", "cm", "m", "mm"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """An amount with its unit, where it stands, and what it is counted by."""

    start: int
    end: int
    """After the unit; what it is counted by follows."""
    values: tuple[float, ...]
    """One, or several: « 40 à 80 mg », « 500/125 mg »."""
    unit: str
    """A symbol: mg, g, µg, unités, ml…"""
    said: str
    """The unit as it is written."""
    measure: Measure
    per: Per = ""

    @property
    def value(self) -> float:
        """The last of its values."""
        return self.values[-1]

    @property
    def milligrams(self) -> tuple[float, ...]:
        """Its values in milligrams; nothing when it is no mass."""
        scale = MILLIGRAMS.get(self.unit)
        return tuple(value * scale for value in self.values) if scale else ()


def quantities(text: str) -> tuple[Quantity, ...]:
    """The amounts of a text, in reading order; a number without a unit is none."""
    return tuple(_read(text))


def _read(text: str) -> Iterator[Quantity]:
    for found in _QUANTITY.finditer(text):
        said = found["unit"]
        unit, scale = _unit(said)
        values = tuple(scale * number(one[0]) for one in _PLAIN.finditer(found["numbers"]))
        yield Quantity(
            start=found.start(), end=found.end(), values=values, unit=unit, said=said,
            measure=_measure(unit), per=_per(text, found.end()),
        )  # fmt: skip


def number(text: str) -> float:
    """The value of a number as French writes it: « 1 000 », « 2,5 », « ,5 »."""
    return float(re.sub(_SPACE, "", text).replace(",", "."))


def _unit(said: str) -> tuple[str, float]:
    plain = fold(said)
    if plain.startswith("million") or plain == "mui":
        return "unités", 1e6
    if plain.startswith("unite") or plain in ("u", "ui", "u.i.", "u.i", "iu"):
        return "unités", 1.0
    plain = plain if plain in _SYMBOLS else plain.removesuffix("s")
    return _SYMBOLS.get(plain, plain), 1.0


def _measure(unit: str) -> Measure:
    if unit in MILLIGRAMS:
        return "mass"
    if unit == "unités":
        return "units"
    return "wrong" if unit in _WRONG else "other"


def _per(text: str, end: int) -> Per:
    found = _PER.match(text, end)
    if not found:
        return "day" if _DAILY.match(text, end) else ""
    per = fold(found["per"])
    if per.startswith(("kg", "kilo")):
        return "kg"
    if per.startswith("m") and not per.startswith(("mi", "ml", "mm")):
        return "m2"
    if per.startswith("sem"):
        return "week"
    return "day" if per.startswith(("j", "24")) else "rate"
