"""What no one speaks of any more is removed: objects that an interrupted step left, files that a kill left in `tmp/`.

Only what is a week old, and older than every stretch of work that is not finished: the engine remembers the objects
of a stretch under way, which no row names yet. Never while a backup is being made, nor when the clock may have jumped
ahead, which makes what was written a moment ago look old.
"""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from archive.errors import ArchiveError
from archive.tables import object_key
from pipeline import clear, clock, store, tables
from pipeline.practice import Practice
from pipeline.safekeeping import proof
from pipeline.safekeeping.upgrade import BEFORE

AGE = timedelta(days=7)
LEFT = timedelta(days=2)
"""Files in `tmp/` are in use for less than that: the longest recording takes hours."""
COPY_AGE = timedelta(days=30)
"""The copies made before an upgrade go then: a document that is destroyed must not survive in them."""
_MARGIN = timedelta(hours=1)
_UNFINISHED = {tables.dictation: ("received", "transcribing"), tables.document: ("preparing", "signed")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How many objects, files of `tmp/`, and copies made before an upgrade were removed."""

    objects: int
    files: int
    copies: int


def sweep(practice: Practice) -> Swept:
    """Remove what nothing speaks of; harmless when several processes do it at once."""
    with practice.look() as connection:
        if clock.leapt(connection):
            return Swept(objects=0, files=0, copies=0)
    return Swept(objects=_objects(practice), files=_files(practice), copies=_copies(practice))


def _objects(practice: Practice) -> int:
    """Objects that no row names. They are listed before the rows are read: what a row begins to name stays."""
    with practice.look() as connection:
        before = min(store.now() - AGE, _oldest_unfinished(connection) - _MARGIN)
    with practice.vault.connect().execution_options(reading=True) as connection:
        old = set(connection.scalars(sa.select(object_key.c.address).where(object_key.c.created_at < before)))
    with practice.look() as connection:
        unwanted = old - proof.named(connection)
    if not unwanted or practice.is_being_copied():
        return 0
    return sum(_destroyed(practice, address) for address in unwanted)


def _oldest_unfinished(connection: sa.Connection) -> datetime:
    oldest = [
        connection.scalar(sa.select(sa.func.min(table.c.since)).where(table.c.state.in_(states)))
        for table, states in _UNFINISHED.items()
    ]
    return min(filter(None, oldest), default=store.now())


def _destroyed(practice: Practice, address: str) -> bool:
    try:
        practice.objects.destroy(address)
    except ArchiveError:  # the store is away: another day will do
        return False
    return True


def _files(practice: Practice) -> int:
    """Sounds in clear, and the workshop of a backup, that a kill left behind."""
    tmp, oldest = practice.place("tmp"), (store.now() - LEFT).timestamp()
    workshops = sum(_removed(path) for path in tmp.glob("backup-*") if _age(path) < oldest)
    return workshops + clear.remove_left(tmp)


def _copies(practice: Practice) -> int:
    folder, oldest = practice.home / BEFORE, (store.now() - COPY_AGE).timestamp()
    return sum(_removed(path) for path in (folder.iterdir() if folder.is_dir() else ()) if _age(path) < oldest)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _removed(path: Path) -> bool:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    return not path.exists()
