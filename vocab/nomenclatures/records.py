"""The dated record of what was imported: `imports.json` in the practice's vocabulary folder.

Each import is kept, the last one of a name is the one in use. Holds no content, only names, counts and hashes.
"""

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

FILE = "imports.json"
_FEWER = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One import: what was read, when, and what it brought."""

    kind: str
    name: str
    """The folder of `imported/` that holds what it brought."""
    file: str
    """The name of what was handed over, without its folder."""
    date: str
    """When, in ISO form."""
    sha256: str
    rows: int
    entries: int


def records(folder: Path) -> tuple[Record, ...]:
    """All the imports of a vocabulary folder, oldest first; none when the record is missing or unreadable."""
    try:
        kept = json.loads((folder / FILE).read_text(encoding="utf-8"))["imports"]
        names = {field.name for field in fields(Record)}
        return tuple(Record(**{key: one[key] for key in names}) for one in kept)
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def last(folder: Path, name: str) -> Record | None:
    """The import in use under this name."""
    return next((one for one in reversed(records(folder)) if one.name == name), None)


def fewer(record: Record, previous: Record | None) -> str:
    """A warning, in French, when an import has less than nine tenths of the rows of the one it replaces."""
    if previous is None or record.rows >= previous.rows * _FEWER:
        return ""
    return (
        f"{record.rows} lignes au lieu de {previous.rows} à l'import précédent : vérifiez que le fichier est complet."
    )


def keep(folder: Path, record: Record) -> None:
    """Add an import to the record."""
    _write(folder, (*records(folder), record))


def forget(folder: Path, name: str) -> None:
    """Take the imports of a name out of the record."""
    _write(folder, tuple(one for one in records(folder) if one.name != name))


def _write(folder: Path, kept: tuple[Record, ...]) -> None:
    fresh = folder / f".{FILE}.new"
    body = json.dumps({"imports": [asdict(one) for one in kept]}, ensure_ascii=False, indent=1)
    fresh.write_text(body + "\n", encoding="utf-8")
    os.replace(fresh, folder / FILE)
