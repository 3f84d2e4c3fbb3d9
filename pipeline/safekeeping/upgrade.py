"""An older practice brought up to this program's version: copied first, alone, and as it was should anything fail.

Whatever is at work is asked to leave and what is under way to end; a backup is made where the settings say, or a copy
in the practice's own folder; both databases are migrated, each all or nothing; the jobs that the rows wait for are
queued again for this version. Two upgrades at once: the second waits, then finds nothing left to do. Killed at any
moment, nothing opens the practice before it has been done again.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from archive.practice_key import load_practice_key, require_current_key
from pipeline import disk, engine, presence, store
from pipeline import practice as practices
from pipeline import settings as settings_file
from pipeline.errors import CopisteError
from pipeline.migrations import history
from pipeline.practice import KEY_FILE, UPGRADING, Practice, database_url, open_as_it_is, require_practice
from pipeline.presence import PracticeBusy
from pipeline.safekeeping import backup, proof, shelf, snapshot
from pipeline.safekeeping.faults import UpgradeFailed

BEFORE = "before-upgrade"
"""Folder of the copies made before an upgrade, when no folder is set for backups."""
KEPT = 3
PATIENCE_SECONDS = 120.0
"""How long another upgrade, and processes at work, are waited for."""
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded:
    """What an upgrade did. `before` and `now` are versions of the work database, the same when nothing was to do."""

    before: str
    now: str
    copy: Path | None
    """The backup's bundle, or the folder of the copies, made before anything was changed."""
    jobs: int
    """How many stretches of work were queued again."""

    @property
    def changed(self) -> bool:
        """Whether anything was to do."""
        return self.copy is not None

    def as_json(self) -> dict[str, Any]:
        """What `copiste upgrade --json` prints."""
        return asdict(self) | {"copy": self.copy and str(self.copy), "changed": self.changed}


def upgrade(home: Path, *, wait_seconds: float = PATIENCE_SECONDS) -> Upgraded:
    """Bring a practice up to date.

    Raise FolderError when there is none or when its database is of a newer version, PracticeBusy when something is
    still at work after `wait_seconds`, UpgradeFailed when nothing could be changed, or what the backup raises.
    """
    require_practice(home)
    url = database_url(home, settings_file.load(home))
    if not _is_to_do(home):
        return _nothing(home)
    with disk.told_when_full(), _alone(home, url, wait_seconds=wait_seconds):
        if not _is_to_do(home):  # another upgrade was being made
            return _nothing(home)
        before = _version(home)
        copy = _copied(home)
        (home / UPGRADING).touch(mode=0o600)
        _migrated(home)
        jobs = _adopted(home)
        (home / UPGRADING).unlink()
    return Upgraded(before=before, now=history.head(), copy=copy, jobs=jobs)


def _nothing(home: Path) -> Upgraded:
    """Nothing to do but for the engine's own tables, which follow the engine's version and not ours."""
    engine.prepare(database_url(home, settings_file.load(home)))
    return Upgraded(before=history.head(), now=history.head(), copy=None, jobs=0)


@contextmanager
def _alone(home: Path, url: str, *, wait_seconds: float) -> Iterator[None]:
    """Alone at work; another upgrade is waited for, as long as there is something left to upgrade."""
    end = time.monotonic() + wait_seconds
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(presence.alone(url, wait_seconds=max(0.0, end - time.monotonic())))
                break
            except PracticeBusy:
                if time.monotonic() >= end:
                    raise
                time.sleep(_LOOK_SECONDS)
        yield


def _is_to_do(home: Path) -> bool:
    """Whether a database is of an older version, or an upgrade was killed; FolderError when one is of a newer."""
    with _as_it_is(home) as place:
        current = [history.is_current(database) for database in (place.database, place.vault)]
    return (home / UPGRADING).exists() or not all(current)


def _version(home: Path) -> str:
    with _as_it_is(home) as place, place.look() as connection:
        return history.current(connection) or ""


@contextmanager
def _as_it_is(home: Path) -> Iterator[Practice]:
    place = open_as_it_is(home)
    try:
        yield place
    finally:
        place.close()


def _copied(home: Path) -> Path:
    """A backup where the settings say, else a copy in the folder; read again, either way, before anything changes."""
    with _as_it_is(home) as place:
        if place.settings.backup.folder:
            saved = backup.backup(place)
            return shelf.bundle(saved.folder, saved.stamp)
        return _copy(place)


def _copy(place: Practice) -> Path:
    """Both databases, copied beside the practice's other files as they lie there: in clear, for this account only."""
    place.require_room()
    folder = place.home / BEFORE / f"{store.now():%Y%m%dT%H%M%S%fZ}"
    folder.mkdir(mode=0o700, parents=True)
    try:
        _fill(place, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # it would take the place of one that is whole
        raise
    _forget_old(place.home / BEFORE)
    return folder


def _fill(place: Practice, folder: Path) -> None:
    parts: tuple[tuple[history.Part, sa.Engine, str], ...] = (
        ("work", place.database, proof.DATABASE), ("vault", place.vault, "keys.db")
    )  # fmt: skip
    for part, database, name in parts:
        snapshot.take(database, folder / name, part=part)
        with proof.reading(folder / name) as copied:
            if copied.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok" or not _same(database, copied):
                raise UpgradeFailed("the copy made before is not whole")


def _same(database: sa.Engine, copied: sa.Connection) -> bool:
    """Whether a copy has as many rows as its source in every table; nothing else is at work."""
    counting = [sa.select(sa.func.count()).select_from(sa.table(name)) for name in sa.inspect(copied).get_table_names()]
    with database.connect().execution_options(reading=True) as source:
        return all(source.scalar(query) == copied.scalar(query) for query in counting)


def _forget_old(folder: Path) -> None:
    """Keep the last copies only: a document that is destroyed must not survive in them for long."""
    for old in sorted(folder.iterdir())[:-KEPT]:
        shutil.rmtree(old)


def _migrated(home: Path) -> None:
    try:
        with disk.told_when_full():
            practices.upgrade(home, settings_file.load(home))
    except CopisteError:
        (home / UPGRADING).unlink()
        raise
    except Exception as error:  # both databases are migrated, or neither: they are as they were
        (home / UPGRADING).unlink()
        raise UpgradeFailed(f"a migration failed: {type(error).__name__}") from error


def _adopted(home: Path) -> int:
    with _as_it_is(home) as place:
        require_current_key(place.vault, load_practice_key(home / KEY_FILE))
        return engine.adopt(place)
