"""Units of measure and of counting: how each is written, how it is said, and which writings of it are dangerous.

Knows `data/units.tsv` and how « par » joins two units into one (« milligramme par kilo et par jour » → mg/kg/j).
Does not know numbers, nor which unit a medicine or an analysis is measured in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from vocab import inflection
from vocab.folding import fold
from vocab.tables import made, several, shipped

_PER = re.compile(r"\s+(?:et\s+)?par\s+|\s*/\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit, as it is written after a number."""

    symbol: str
    """A sign, or a word in the singular."""
    spoken: tuple[str, ...]
    """How it is said, and what a recogniser writes for it, in the singular and in the plural."""
    kind: str
    """What it measures: mass, volume, length, amount, activity, pressure, time, count, concentration, dose…"""
    ucum: str
    """Its code in the Unified Code for Units of Measure; between braces when UCUM has none."""
    dangerous: tuple[str, ...] = ()
    """Writings that have killed or that are read wrong: never written, and pointed out (OMEDIT, ISMP)."""

    @property
    def word(self) -> bool:
        """Whether it is written as a word (« comprimé », « unité »), that agrees with its number."""
        return self.symbol in self.spoken and len(self.symbol) > 1

    def written(self, *, many: bool) -> str:
        """After a number: a sign never changes, a word agrees with it (from two up, in French)."""
        if not self.word:
            return self.symbol
        return inflection.plural(self.symbol) if many else self.symbol


@cache
def units() -> tuple[Unit, ...]:
    """All the units, the usual one first when two are said alike (« degrés »: of temperature, then of angle)."""
    return tuple(made(shipped("units.tsv"), _unit, needed=4))


def find(said: str) -> Unit | None:
    """The unit said or written so, whatever its case and accents; two units joined by « par » make one.

    A sign keeps its case: « Mg » is not « mg ». None when any part is not a unit, and for words: « comprimés par jour »
    stays as it is.
    """
    found = alike(said)
    return found[0] if found else _joined(said)


def alike(said: str) -> tuple[Unit, ...]:
    """All the units said or written so, the usual one first; none for two units joined by « par » unless listed."""
    return _by_symbol().get(said) or _by_sound().get(_key(said), ())


def dangerous(writing: str) -> Unit | None:
    """The unit that this writing stands for dangerously: « cc » is the millilitre, « U » the unit."""
    return _by_danger().get(writing)


@cache
def _by_symbol() -> dict[str, tuple[Unit, ...]]:
    return _index((one.symbol, one) for one in units())


@cache
def _by_sound() -> dict[str, tuple[Unit, ...]]:
    return _index((_key(said), one) for one in units() for said in one.spoken)


@cache
def _by_danger() -> dict[str, Unit]:
    return {writing: one for one in reversed(units()) for writing in one.dangerous}


def _index(pairs: Iterator[tuple[str, Unit]]) -> dict[str, tuple[Unit, ...]]:
    index: dict[str, tuple[Unit, ...]] = {}
    for key, one in pairs:
        index[key] = (*index.get(key, ()), *([one] if one not in index.get(key, ()) else []))
    return index


def _key(said: str) -> str:
    return " ".join(fold(said).replace("-", " ").split())


def _joined(said: str) -> Unit | None:
    parts = [alike(part)[:1] for part in _PER.split(said.strip())]
    if len(parts) < 2 or not all(parts):
        return None
    ones = [part[0] for part in parts]
    if ones[0].word or any("/" in one.symbol for one in ones[1:]):
        return None
    return Unit(
        symbol="/".join(one.symbol for one in ones),
        spoken=(said,),
        kind="rate",
        ucum="/".join(one.ucum for one in ones),
    )


def _unit(row: list[str]) -> Unit:
    symbol, spoken, kind, ucum, risky = row[:5]
    said = several(spoken)
    return Unit(
        symbol=symbol,
        spoken=tuple(dict.fromkeys(form for one in said for form in (one, inflection.plural(one)))),
        kind=kind,
        ucum=ucum,
        dangerous=several(risky),
    )
