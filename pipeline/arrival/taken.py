"""The originals in `taken/`: they leave once their days are over, each only when its copy was proven kept.

A file is found again by its name, which is made from what it holds: nothing is hashed but what came or was written to
lately, and what is about to go. A writer that still had it open may have changed it: such a file is taken again.
"""

import hashlib
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from archive.errors import ArchiveError
from pipeline import inbox, store, tables
from pipeline.practice import Practice

SYSTEM = "copiste"
"""Who the journal says did it: the program."""
UNFINISHED_SECONDS = 86_400.0
"""No copy takes a day: a kill left it."""
PATIENCE_SECONDS = 3600.0
"""A file that was written to since may not be whole yet."""
LOOK_BACK_SECONDS = 2 * 3600.0
"""Writes that did not change the size are looked for among those of the last two rounds."""
log = logging.getLogger(__name__)


class Again(Protocol):
    """Takes a file of `taken/` as a new recording of the same doctor; of nobody yet, when no row says whose it is."""

    def __call__(self, path: Path, row: sa.RowMapping | None, *, patient: bool) -> inbox.Outcome:
        """As `inbox.take`."""


def tidy(practice: Practice, *, again: Again | None) -> int:
    """Remove what may go, take again (`again`) what changed; gives how many files left `taken/`, and `refused/`.

    Harmless when several processes do it: a file that another one removed meanwhile is passed over, as is one that
    its disk cannot read. Of `refused/`, only what a kill left.
    """
    places = (practice.place("taken").iterdir(), practice.place("refused").glob(".*"))
    files = [path for path in chain(*places) if path.is_file() and not path.is_symlink()]
    with practice.look() as connection:
        rows = _rows(connection)
    oldest = store.now() - timedelta(days=practice.settings.intake.taken_days)
    gone = 0
    for path in files:
        try:
            gone += _handled(practice, path, rows.get(path.stem), oldest=oldest, again=again)
        except FileNotFoundError:
            continue
        except OSError as error:
            log.warning("a file of taken/ cannot be looked at: %s %s", type(error).__name__, error.errno or "")
    return gone


def _handled(
    practice: Practice, path: Path, row: sa.RowMapping | None, *, oldest: datetime, again: Again | None
) -> bool:
    """What is due for one file; whether it is gone."""
    if path.name.startswith("."):
        return _is_left_by_a_kill(path) and _cleared(practice, path, again)
    if row is None:
        return False
    if _changed(path, row):
        return again is not None and _taken_again(path, row, again)
    return bool(row["received"] < oldest) and _removed_if_kept(practice, path, row)


def _rows(connection: sa.Connection) -> Mapping[str, sa.RowMapping]:
    """The dictations whose recording is kept, by the name of their copy in `taken/`."""
    table = tables.dictation
    wanted = (table.c.id, table.c.sha256, table.c.audio, table.c.size, table.c.received, table.c.doctor, table.c.name)
    rows = connection.execute(sa.select(*wanted).where(table.c.audio != "")).mappings()
    return {inbox.stem(row["sha256"]): row for row in rows}


# --- what was written to after it was taken ---------------------------------------------------------------------------


def _changed(path: Path, row: sa.RowMapping) -> bool:
    """Whether it no longer is what was taken; rows of older versions do not say how long it was."""
    status = path.stat()
    if row["size"] is not None and status.st_size != row["size"]:
        return True
    recent = time.time() - LOOK_BACK_SECONDS < status.st_mtime <= time.time()
    return recent and _sha256(path) != row["sha256"]


def _taken_again(path: Path, row: sa.RowMapping | None, again: Again) -> bool:
    young = path.stat().st_mtime > time.time() - PATIENCE_SECONDS
    try:
        outcome = again(path, row, patient=young)
    except Exception as error:  # whatever it is, the other files have nothing to do with it; in an hour, again
        log.warning("a file changed after it was taken, and cannot be taken again yet: %s", type(error).__name__)
        return False
    log.warning("a file changed after it was taken: taken again, %s", outcome.state)
    return outcome.state in ("taken", "known", "refused")


# --- what may go ------------------------------------------------------------------------------------------------------


def _is_left_by_a_kill(path: Path) -> bool:
    status = path.stat()
    return max(status.st_mtime, status.st_ctime) < time.time() - UNFINISHED_SECONDS


def _cleared(practice: Practice, path: Path, again: Again | None) -> bool:
    """An unfinished copy (`.part`) goes, its original was in the inbox; anything else goes once it is proven kept.

    A file that was never received is taken: it had taken the place of the original that was being moved.
    """
    if path.suffix == ".part":
        path.unlink(missing_ok=True)
        return True
    with practice.look() as connection:
        row = store.dictation_of(connection, _sha256(path))
    if row is not None:
        return _removed_if_kept(practice, path, row)
    return again is not None and _taken_again(path, None, again)


def _removed_if_kept(practice: Practice, path: Path, row: sa.RowMapping) -> bool:
    with suppress(ArchiveError):
        kept = hashlib.sha256(practice.objects.get(row["audio"])).hexdigest()
        if kept == row["sha256"] == _sha256(path):
            path.unlink(missing_ok=True)
            return True
    return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
