"""The words that a practice adds one by one, in its own `terms.tsv` and `drugs.tsv`.

Keeps what a person wrote there by hand, remarks included. Does not import lists (see the package).
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vocab.folding import fold
from vocab.lexicon import Lexicon
from vocab.nomenclatures.harvest import cell, write_rows
from vocab.nomenclatures.lists import KINDS, other_medicine, unusable

_DRUGS = ("substance", "brand")
_TABLES = ("terms.tsv", "drugs.tsv")
_REMARK = "Mots ajoutés par le cabinet."


class NotAdded(Exception):
    """A word cannot be added or removed; `advice` says why, in French."""

    def __init__(self, message: str, *, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A word of the practice's own."""

    text: str
    kind: str = "term"
    said: tuple[str, ...] = ()
    substance: str = ""
    """For a brand: its active substance."""
    strengths: tuple[str, ...] = ()
    """For a medicine, as « 5 mg »."""

    @property
    def row(self) -> tuple[str, ...]:
        """Its row in our table."""
        said = "|".join(map(cell, self.said))
        if self.kind not in _DRUGS:
            return self.text, self.kind, "", said, ""
        substance = self.substance or (self.text if self.kind == "substance" else "")
        return self.text, self.kind, substance, "|".join(self.strengths), "", "", said, ""


def add(folder: Path, addition: Addition, *, known: Lexicon) -> None:
    """Add a word, in place of the one written alike. NotAdded when it cannot be, or would write another medicine."""
    _check(addition, known)
    table = _TABLES[addition.kind in _DRUGS]
    remove(folder, addition.text, missing_ok=True)
    file = folder / table
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_rows(file, table.removesuffix(".tsv"), (), remark=_REMARK)
    kept = file.read_text(encoding="utf-8-sig")
    line = "\t".join(cell(value) for value in addition.row).rstrip("\t")
    _replace(file, kept + ("" if kept.endswith("\n") or not kept else "\n") + line + "\n")


def remove(folder: Path, text: str, *, missing_ok: bool = False) -> None:
    """Remove a word of the practice's own; NotAdded when it has none written so."""
    found = False
    for file in (folder / table for table in _TABLES):
        lines = list(_lines(file))
        kept = [line for line in lines if line.startswith("#") or fold(line.split("\t")[0].strip()) != fold(text)]
        if len(kept) < len(lines):
            found = True
            _replace(file, "".join(line + "\n" for line in kept))
    if not found and not missing_ok:
        raise NotAdded("no such word", advice="Ce mot n'est pas dans le vocabulaire du cabinet.")


def additions(folder: Path) -> tuple[Addition, ...]:
    """The words of the practice's own, as its files have them."""
    return tuple(
        _addition(line.split("\t"), drug=table == "drugs.tsv")
        for table in _TABLES
        for line in _lines(folder / table)
        if line.strip() and not line.startswith("#")
    )


def _addition(cells: list[str], *, drug: bool) -> Addition:
    cells = [one.strip() for one in cells] + [""] * 8
    if not drug:
        return Addition(text=cells[0], kind=cells[1] or "term", said=_several(cells[3]))
    return Addition(
        text=cells[0], kind=cells[1], substance=cells[2], strengths=_several(cells[3]), said=_several(cells[6])
    )


def _several(value: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in value.split("|") if one.strip())


def _check(addition: Addition, known: Lexicon) -> None:
    problem = unusable(addition.text)
    if problem:
        raise NotAdded("unusable term", advice=problem[0].upper() + problem[1:])
    if addition.kind not in KINDS or addition.kind == "abbreviation":
        named = ", ".join(kind for kind in KINDS if kind != "abbreviation")
        raise NotAdded("unknown kind", advice=f"Genre inconnu. Genres possibles : {named}.")
    for way in addition.said:
        said = known.find(way)
        if said and fold(said.text) != fold(addition.text) and other_medicine(said, known.find(addition.text)):
            advice = "Cette prononciation est le nom d'un autre médicament : jamais l'un n'est écrit pour l'autre."
            raise NotAdded("another medicine", advice=advice)
    for strength in addition.strengths:
        _check_strength(strength)


def _check_strength(strength: str) -> None:
    value, _, unit = strength.partition(" ")
    try:
        usable = float(value.replace(",", ".")) > 0 and unit in ("mg", "g", "µg", "UI", "ml")
    except ValueError:
        usable = False
    if not usable:
        raise NotAdded("unusable strength", advice="Un dosage s'écrit « 5 mg », « 0,5 g », « 25 µg » ou « 100 UI ».")


def _lines(file: Path) -> Iterator[str]:
    if file.is_file():
        yield from (line.rstrip("\r") for line in file.read_text(encoding="utf-8-sig").split("\n") if line.strip("\r"))


def _replace(file: Path, body: str) -> None:
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(body, encoding="utf-8")
    os.replace(fresh, file)
