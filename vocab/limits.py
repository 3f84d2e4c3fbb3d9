"""What one dose, or one day, of a medicine hardly ever leaves: wide limits that catch a slip of the comma.

Knows `data/limits.tsv`. Knows neither the patient nor the indication: inside the limits a dose is possible, not right.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast, get_args

from vocab.folding import fold
from vocab.posology import MILLIGRAMS
from vocab.tables import made, shipped

Basis = Literal["day", "week", "units", "m2", "kg"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The least and the most of a medicine, in milligrams, or in units for the basis « units »."""

    substance: str
    basis: Basis
    least: float
    most: float


def limits(substances: Iterable[str], basis: Basis) -> Limits | None:
    """The widest limits of these substances on one basis; nothing when one of them is not in the table."""
    known = _table()
    found = [known.get((_head(one), basis)) or known.get((fold(one), basis)) for one in substances]
    if not found or not all(found):
        return None
    sure = [one for one in found if one]
    return Limits(
        substance=sure[0].substance,
        basis=basis,
        least=min(one.least for one in sure),
        most=max(one.most for one in sure),
    )


def _head(substance: str) -> str:
    """Insulins are one family, heparins too."""
    folded = fold(substance)
    for family in ("insuline", "heparine"):
        if folded.startswith(family):
            return family
    return folded


@cache
def _table() -> dict[tuple[str, Basis], Limits]:
    return {(fold(one.substance), one.basis): one for one in made(shipped("limits.tsv"), _limits, needed=4, width=5)}


def _limits(cells: list[str]) -> Limits:
    substance, basis, least, most = cells[:4]
    if basis not in get_args(Basis):
        raise ValueError(basis)
    return Limits(substance=substance, basis=cast(Basis, basis), least=_amount(least), most=_amount(most))


def _amount(text: str) -> float:
    value, _, unit = text.partition(" ")
    return float(value.replace(",", ".")) * (1.0 if unit == "unités" else MILLIGRAMS[unit])
