"""The rows of the BDPM as medicines on the market, each with what it holds.

Knows the columns of the official files (format note of 27/08/2025, checked on the files of May 2026: fractions are
coded FT there, ST in the note) and that homeopathy and herbal registrations are not prescribed by name. Does not know
how names become vocabulary.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from vocab.nomenclatures.given import NomenclatureError, rows
from vocab.nomenclatures.strengths import Quantity, quantities, sold
from vocab.nomenclatures.substances import spoken_name

COLUMNS = {
    "cis_bdpm.txt": 12,
    "cis_compo_bdpm.txt": 8,
    "cis_gener_bdpm.txt": 5,
    "cis_cip_bdpm.txt": 13,
    "cis_mitm.txt": 4,
}
"""The official files and their columns; the first two are needed, the others are checked when they are there."""
NEEDED = ("cis_bdpm.txt", "cis_compo_bdpm.txt")
_CODE = re.compile(r"\d{8}")
_CODE_COLUMN = {"cis_gener_bdpm.txt": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """An active substance in a product: its spoken name, and how much one unit holds."""

    name: str
    quantities: frozenset[Quantity]


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product on the market."""

    name: str
    form: str
    routes: str
    holders: str
    actives: tuple[Active, ...]


def tables(files: Mapping[str, tuple[str, bytes]]) -> dict[str, list[list[str]]]:
    """The rows of each official file that was handed over, all checked: columns, and the product's 8-digit code."""
    return {key: _table(key, name, data) for key, (name, data) in files.items()}


def _table(key: str, name: str, data: bytes) -> list[list[str]]:
    found = []
    at = _CODE_COLUMN.get(key, 0)
    for number, cells in rows(data, name, separator="\t", columns=COLUMNS[key]):
        if not _CODE.fullmatch(cells[at]):
            advice = "un code CIS de 8 chiffres est attendu ; ce n'est pas le fichier de la BDPM qui porte ce nom."
            raise NomenclatureError("no product code", file=name, line=number, advice=advice)
        found.append(cells)
    return found


def products(found: Mapping[str, list[list[str]]]) -> tuple[Product, ...]:
    """The products on the market; homeopathic and herbal registrations are left out, and homeopathy sold otherwise."""
    held: dict[str, dict[str, list[list[str]]]] = {}
    for cells in found["cis_compo_bdpm.txt"]:
        held.setdefault(cells[0], {}).setdefault(cells[7], []).append(cells)
    return tuple(
        Product(
            name=cells[1], form=cells[2], routes=cells[3], holders=cells[10],
            actives=_actives(held.get(cells[0], {}), cells[1]),
        )
        for cells in found["cis_bdpm.txt"]
        if cells[6] == "Commercialisée"
        and not cells[5].startswith("Enreg")
        and not _homeopathic(held.get(cells[0], {}))
    )  # fmt: skip


def _homeopathic(held: Mapping[str, list[list[str]]]) -> bool:
    return any("HOMÉOPAT" in cells[3].upper() for linked in held.values() for cells in linked)


def _actives(held: Mapping[str, list[list[str]]], name: str) -> tuple[Active, ...]:
    """What a product holds: for one link number, the therapeutic fraction names what the salt is of."""
    found: dict[str, Active] = {}
    for linked in held.values():
        named = max(linked, key=lambda cells: cells[6] != "SA")
        spoken = spoken_name(named[3])
        both = frozenset().union(*(quantities(cells[4]) for cells in linked)) if _says(name) else quantities(named[4])
        quantity = sold(both, named[5], name, alone=len(held) == 1)
        before = found[spoken].quantities if spoken in found else frozenset()
        found[spoken] = Active(name=spoken, quantities=before | quantity)
    return tuple(found.values())


def _says(name: str) -> bool:
    return bool(quantities(name))
