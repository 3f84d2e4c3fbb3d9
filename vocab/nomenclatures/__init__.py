"""The official nomenclatures and the lists that a practice adds to its vocabulary.

Knows which importer reads what, and where what is imported is kept: `imported/<name>/` in the practice's vocabulary
folder, in our own tables, replaced whole at each import, with a dated record. What cannot be read is refused before
anything is written. Names sort so that medicines are read last: a word of a diagnosis never hides a medicine.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from vocab.folding import fold
from vocab.lexicon import Lexicon, load
from vocab.nomenclatures import bdpm, ccam, cim10, dictionaries, harvest, lists, products, records
from vocab.nomenclatures.given import Given, fingerprint, opened
from vocab.nomenclatures.given import NomenclatureError as NomenclatureError
from vocab.nomenclatures.harvest import Harvest
from vocab.nomenclatures.records import Record

Kind = Literal["bdpm", "cim10", "ccam", "csv", "dic"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_NAMES = {"ccam": "actes-ccam", "cim10": "diagnostics-cim10", "bdpm": "medicaments-bdpm"}
_LABELS = {
    "bdpm": "la base publique des médicaments (dossier ou archive avec CIS_bdpm.txt et CIS_COMPO_bdpm.txt)",
    "cim10": "la CIM-10 (LIBCIM10MULTI.TXT)",
    "ccam": "la CCAM (fichier CSV de la CNAM)",
    "csv": "une liste (.csv : terme ; catégorie ; prononciation ; remplacement)",
    "dic": "un dictionnaire (.dic)",
}
_SNIFFED = 4096

Files = Mapping[str, tuple[str, bytes]]
"""Files by their lower-case name: the name as given, and the bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did: its record, and what a person should know."""

    record: Record
    warnings: tuple[str, ...] = ()


def import_source(path: Path, *, folder: Path, kind: Kind | None = None, now: datetime) -> Imported:
    """Read a nomenclature or a list and put its words in the vocabulary folder, in place of its previous import.

    `kind` is recognised from the names and the content when it is not said. NomenclatureError, with nothing written,
    when the file is not what it should be. `now` dates the record.
    """
    handed = opened(path)
    if kind is None:
        kind = _recognised(path, handed)
        _refuse_prose(handed, kind)
    files = _read(path, handed, kind)
    name = _NAMES.get(kind) or f"{'liste' if kind == 'csv' else 'dictionnaire'}-{_slug(path)}"
    found = _harvest(kind, files, _known(folder, kind))
    record = Record(
        kind=kind, name=name, file=path.name, date=now.isoformat(timespec="seconds"),
        sha256=fingerprint(tuple(files.values())), rows=found.rows, entries=found.entries,
    )  # fmt: skip
    warning = records.fewer(record, records.last(folder, name))
    remark = f"Importé le {now:%d/%m/%Y} de {path.name} ({found.rows} lignes). Remplacé à chaque import."
    harvest.replace_folder(folder / "imported" / name, found, remark=remark)
    records.keep(folder, record)
    return Imported(record=record, warnings=tuple(one for one in (warning, *found.warnings) if one))


def _refuse_prose(handed: Sequence[Given], kind: Kind) -> None:
    """A text full of sentences is no list: its lines would become words of the vocabulary."""
    line = lists.prose(handed[0].name, handed[0].read()) if kind == "csv" else 0
    if line:
        advice = "cette ligne est une phrase, pas un terme. Si c'est bien une liste, ajoutez « --as csv »."
        raise NomenclatureError("a sentence", file=handed[0].name, line=line, advice=advice)


def imports(folder: Path) -> tuple[Record, ...]:
    """The imports in use in a vocabulary folder."""
    current = {one.name: one for one in records.records(folder)}
    return tuple(one for name, one in sorted(current.items()) if (folder / "imported" / name).is_dir())


def stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells that a vocabulary folder has changed: a loaded vocabulary is as good as its stamp."""
    tables = [file for file in sorted(folder.rglob("*.tsv")) if not file.name.startswith(".")]
    return tuple((str(file.relative_to(folder)), *_state(file)) for file in tables)


def _state(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:  # replaced while it was looked at
        return 0, 0
    return found.st_mtime_ns, found.st_size


def withdraw(folder: Path, name: str) -> bool:
    """Take an import out of the vocabulary; whether there was one of that name or kind."""
    found = next((one for one in imports(folder) if name in (one.name, one.kind)), None)
    if found is None:
        return False
    shutil.rmtree(folder / "imported" / found.name)
    records.forget(folder, found.name)
    return True


def _known(folder: Path, kind: Kind) -> Lexicon:
    """What makes a word not worth importing: the shipped vocabulary and the imported medicines, never its own words."""
    medicines = folder / "imported" / _NAMES["bdpm"]
    return load(() if kind == "bdpm" or not medicines.is_dir() else (medicines,))


def _harvest(kind: Kind, files: Files, known: Lexicon) -> Harvest:
    if kind == "bdpm":
        return bdpm.read(files, known)
    name, data = next(iter(files.values()))
    readers = {"cim10": cim10.read, "ccam": ccam.read, "csv": lists.read, "dic": dictionaries.read}
    return readers[kind](name, data, known)


def _read(path: Path, handed: Sequence[Given], kind: Kind) -> Files:
    """The files that this kind needs, among those that were handed over."""
    if kind == "bdpm":
        files = {one.name.lower(): one for one in handed if one.name.lower() in products.COLUMNS}
        for needed in products.NEEDED:
            if needed not in files:
                raise NomenclatureError("file missing", file=path.name, advice=f"le fichier {needed} manque.")
        return {key: (one.name, one.read()) for key, one in files.items()}
    fitting = [one for one in handed if _fits(one, kind)] if len(handed) > 1 else list(handed)
    if len(fitting) != 1:
        raise NomenclatureError("not one file", file=path.name, advice=f"on attend {_LABELS[kind]}.")
    return {fitting[0].name.lower(): (fitting[0].name, fitting[0].read())}


def _fits(one: Given, kind: Kind) -> bool:
    name = one.name.lower()
    if kind == "cim10":
        return name.startswith("libcim10")
    return name.endswith(".dic" if kind == "dic" else ".csv")


def _recognised(path: Path, handed: Sequence[Given]) -> Kind:
    names = [one.name.lower() for one in handed]
    if any(name in products.NEEDED for name in names):
        return "bdpm"
    if any(name.startswith("libcim10") for name in names):
        return "cim10"
    if len(handed) == 1 and (kind := _by_content(handed[0])):
        return kind
    expected = " ; ".join(_LABELS.values())
    raise NomenclatureError("unknown source", file=path.name, advice=f"ce n'est rien de connu. On attend {expected}.")


def _by_content(one: Given) -> Kind | None:
    start, name = one.read()[:_SNIFFED], one.name.lower()
    if re.match(rb"[A-Z]\d{2}[^|\n]{0,10}(?:\|[^|\n]*){5}\r?\n", start):
        return "cim10"
    if b"CCAM" in start.split(b"\n", 1)[0]:
        return "ccam"
    if name.endswith(".dic"):
        return "dic"
    return "csv" if name.endswith((".csv", ".tsv", ".txt")) else None


def _slug(path: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(path.stem)).strip("-")[:40] or "sans-nom"
