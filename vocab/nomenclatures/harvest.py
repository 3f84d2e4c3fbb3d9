"""What an import brings: rows of our own tables, and how they are written to the practice's folder.

Knows the form of `terms.tsv`, `drugs.tsv`, `abbreviations.tsv` and `lookalikes.tsv`. Does not know
where rows come from.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_HEADERS = {
    "terms": "term\tkind\tforms\tsaid\tsource",
    "drugs": "term\tkind\tsubstance\tstrengths\tpresentations\tweight\tsaid\tsource",
    "abbreviations": "abbreviation\texpansions\tdomain\tflags\tsaid\tsource",
    "lookalikes": "one\tother\twhy\tsource",
}
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """Rows of our tables, and how many rows of the source they come from."""

    rows: int
    terms: tuple[Row, ...] = ()
    drugs: tuple[Row, ...] = ()
    abbreviations: tuple[Row, ...] = ()
    lookalikes: tuple[Row, ...] = ()
    warnings: tuple[str, ...] = ()
    """What a person should know, in French."""

    @property
    def entries(self) -> int:
        """How many words and expressions it adds."""
        return len(self.terms) + len(self.drugs) + len(self.abbreviations)


def replace_folder(folder: Path, harvest: Harvest, *, remark: str) -> None:
    """Write the tables of a harvest in place of what this folder held, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".import-", dir=folder.parent.parent))
    try:
        for name, header in _HEADERS.items():
            if found := getattr(harvest, name):
                _write(fresh / f"{name}.tsv", header, found, remark=remark)
        _swap(folder, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap(folder: Path, fresh: Path) -> None:
    old = fresh.with_name(fresh.name + "-old")
    if folder.exists():
        os.replace(folder, old)
    os.replace(fresh, folder)
    shutil.rmtree(old, ignore_errors=True)


def write_rows(file: Path, table: str, found: Iterable[Row], *, remark: str) -> None:
    """Write one of our tables in place of the file, whole or not at all."""
    fresh = file.with_name(f".{file.name}.new")
    _write(fresh, _HEADERS[table], found, remark=remark)
    os.replace(fresh, file)


def _write(file: Path, header: str, found: Iterable[Row], *, remark: str) -> None:
    body = "".join("\t".join(map(cell, row)).rstrip("\t") + "\n" for row in found)
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(f"# {cell(remark)}\n# {header}\n{body}")
        stream.flush()
        os.fsync(stream.fileno())


def cell(value: str) -> str:
    """A value that can stand in a cell: on one line, without a tabulation, not taken for a remark."""
    return re.sub(r"\s+", " ", value).strip().lstrip("#").strip()


def joined(values: Sequence[str]) -> str:
    """Several values in one cell."""
    return "|".join(dict.fromkeys(value.replace("|", " ") for value in values if value))
