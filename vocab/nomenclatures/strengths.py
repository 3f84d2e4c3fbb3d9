"""Quantities in which a medicine is sold, read from official wordings (« 7,50 mg », « 0.5 mg », « 1 M UI »).

Knows units and the trailing zeros of the official files. A concentration (« 10 mg/ml », « 2 % ») is not a strength: a
dose of it cannot be judged by multiples.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

_UNITS = {
    "mg": "mg", "g": "g", "µg": "µg", "mcg": "µg", "microgramme": "µg", "microgrammes": "µg", "microg": "µg",
    "ui": "UI", "ul": "UI", "u.i.": "UI", "u": "UI", "unité": "UI", "unités": "UI",
    "unites": "UI", "unite": "UI", "m ui": "MUI", "mui": "MUI", "m.u.i.": "MUI", "millions ui": "MUI",
}  # fmt: skip
_QUANTITY = re.compile(
    r"(?<![\w,.])(\d{1,3}(?:[\u00a0\u202f ]\d{3})+|\d+)(?:[,.](\d+))?\s*"
    r"(" + "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True)) + r")(?![\w%])"
    r"(?:\s+internationales?)?(?:\s+anti-?\s?xa)?(?=(?P<per>\s*(?:/|par)\s*(?:\d+(?:[,.]\d+)?\s*)?\w+)?)",
    re.IGNORECASE,
)
_VOLUME = re.compile(r"(?:/|par)\s*(?P<value>\d+(?:[,.]\d+)?)\s*ml$", re.IGNORECASE)
_ANOTHER = re.compile(r"(?:/|par)\s*\d+(?:[,.]\d+)?\s*(?:mg|g|µg|microg\w*|ui)$", re.IGNORECASE)
_MILLIGRAMS = {"mg": Decimal(1), "g": Decimal(1000), "µg": Decimal("0.001"), "UI": Decimal(1), "MUI": Decimal(10**6)}
_LIQUID = re.compile(r"^[\d,. ]+\s*(?:m?l|g|kg|litre)\b", re.IGNORECASE)
_FIGURE = re.compile(r"\d\s*(?:%|POUR CENT|mg|g\b|µg|microg|UI|unit)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Quantity:
    """A value in mg or UI: two wordings of one quantity are equal, `micro` only remembers how it was written."""

    unit: str
    value: Decimal
    micro: bool = field(default=False, compare=False)


def quantities(wording: str) -> frozenset[Quantity]:
    """The quantities that a wording names; « 160 mg/8 ml » is what a vial holds, « 10 mg/ml » is left out."""
    return frozenset(_quantity(found) for found in _QUANTITY.finditer(wording) if not _each(found.group("per") or ""))


def _each(per: str) -> bool:
    """Whether a quantity is for each millilitre, dose or kilo: only what a named volume holds is a quantity."""
    per = per.strip()
    volume = _VOLUME.search(per)
    return (
        bool(per) and not _ANOTHER.search(per) and (volume is None or Decimal(volume["value"].replace(",", ".")) == 1)
    )


def _quantity(found: re.Match[str]) -> Quantity:
    whole, decimals, written = found.group(1, 2, 3)
    unit = _UNITS[written.lower()]
    value = Decimal(re.sub(r"\s", "", whole) + (f".{decimals}" if decimals else "")) * _MILLIGRAMS[unit]
    return Quantity("UI" if unit in ("UI", "MUI") else "mg", value.normalize(), unit == "µg")


def sold(held: frozenset[Quantity], reference: str, name: str, *, alone: bool) -> frozenset[Quantity]:
    """What one unit holds of a substance, from the composition and the product's name.

    The name speaks where it says a figure, as doctors do: compositions also give salts converted to odd figures and
    contents of 100 ml. With several substances, the composition tells which figure is whose.
    """
    named = quantities(name)
    if named:
        return named if alone else frozenset(one for one in named if one in held)
    return frozenset() if _LIQUID.match(reference) or _FIGURE.search(name) else held


def written(found: Iterable[Quantity]) -> tuple[str, ...]:
    """Quantities as our tables write them, smallest first, without trailing zeros; odd conversions are left out."""
    return tuple(text for one in sorted(found) if (text := _written(one)))


def _written(one: Quantity) -> str:
    value, unit = one.value, one.unit
    if unit == "mg" and (one.micro or value < Decimal("0.1")) and value < 5:
        value, unit = value * 1000, "µg"
    value = value.normalize()
    exponent = value.as_tuple().exponent
    odd = isinstance(exponent, int) and exponent < -2
    return "" if odd or not value else f"{format(value, 'f')} {unit}".replace(".", ",")
