"""The practice folder, opened: its settings, its database, its encrypted objects, its places on disk."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic import TypeAdapter

from archive.errors import PracticeKeyMissing
from archive.objects import Objects
from archive.practice_key import load_practice_key, make_practice_key, require_current_key, settle
from archive.vault import Vault
from pipeline import disk, store, tables
from pipeline import settings as settings_file
from pipeline.errors import FolderError
from pipeline.migrations import history
from pipeline.settings import Settings
from pipeline.types import Job

T = TypeVar("T")
Submit = Callable[[sa.Connection, Job], None]
"""Hands a job to the engine inside the caller's transaction: row and job are written together or not at all."""

PLACES = ("inbox", "taken", "signed", "received", "refused", "templates", "vocab", "exports", "logs", "tmp")
KEY_FILE = "practice.key"
UPGRADING = "tmp/upgrade-under-way"
"""There from before an upgrade changes anything until its jobs are queued: without them, some would wait for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """Everything a stretch of work needs of the place it works for."""

    home: Path
    settings: Settings
    database: sa.Engine
    vault: sa.Engine
    objects: Objects

    def place(self, name: str) -> Path:
        """One of the folders of the practice."""
        return self.home / name

    @property
    def disks(self) -> tuple[Path, ...]:
        """Folders that may lie on different disks, all of which need room for work to go on."""
        elsewhere = self.settings.storage.store
        return (self.home, Path(elsewhere)) if elsewhere and "://" not in elsewhere else (self.home,)

    def is_short_of_room(self) -> bool:
        """Whether a disk has less room left than the settings want kept: nothing new is begun then."""
        return disk.is_short(self.disks, reserve_megabytes=self.settings.storage.reserve_megabytes)

    def require_room(self) -> None:
        """DiskShort when a disk has less room left than the settings want kept."""
        disk.require_room(self.disks, reserve_megabytes=self.settings.storage.reserve_megabytes)

    def discard(self, address: str) -> None:
        """Destroy an object that no row speaks of any more.

        While a backup is being made it stays: the backup may have read the row that did speak of it. A sweep removes
        it later. Call it once the row has been changed, never before.
        """
        if not self.is_being_copied():
            self.objects.destroy(address)

    def is_being_copied(self) -> bool:
        """Whether a backup is under way: one that was begun a day ago or less, and neither ended nor gave up."""
        begun = tables.backup.c.at > store.now() - timedelta(days=1)
        with self.look() as connection:
            return bool(connection.scalar(sa.select(sa.exists().where(tables.backup.c.verified.is_(None), begun))))

    def close(self) -> None:
        """Close what was opened."""
        self.database.dispose()
        self.vault.dispose()

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """One transaction."""
        with self.database.begin() as connection:
            yield connection

    @contextmanager
    def look(self) -> Iterator[sa.Connection]:
        """One consistent view, to read only: it keeps no one else from writing."""
        with self.database.connect() as connection:
            one_view = {} if connection.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
            yield connection.execution_options(reading=True, **one_view)
            connection.rollback()

    def keep(self, value: object) -> str:
        """Keep frozen data as an encrypted object and give its address."""
        shape: Any = type(value)
        return self.objects.put(_adapter(shape).dump_json(value))

    def read(self, address: str, kind: type[T]) -> T:
        """Read back what `keep` kept."""
        shape: Any = kind
        value: T = _adapter(shape).validate_json(self.objects.get(address))
        return value


@lru_cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def database_url(home: Path, settings: Settings) -> str:
    """Where the work in progress and the archive's tables are."""
    return settings.storage.database or f"sqlite:///{home / 'copiste.db'}"


def vault_url(home: Path, settings: Settings) -> str:
    """Where the objects' keys are: never the same database, so that it can be backed up apart."""
    return settings.storage.vault or f"sqlite:///{home / 'keys.db'}"


def create(home: Path, *, settings_text: str = "") -> Practice:
    """Make a practice folder and open it; FolderError when the place already holds something else."""
    if home.exists() and any(home.iterdir()):
        raise FolderError("folder not empty", advice="Ce dossier contient déjà des fichiers. Choisissez-en un autre.")
    settings_text = settings_text or settings_file.commented()
    settings = settings_file.read(settings_text)
    refuse_share(home, settings)
    _require_new(home, settings)
    make_places(home)
    (home / settings_file.FILE_NAME).write_text(settings_text, encoding="utf-8")
    make_practice_key(home / KEY_FILE)
    upgrade(home, settings)
    return open_practice(home)


def _require_new(home: Path, settings: Settings) -> None:
    """FolderError when databases on a server are already those of a practice: its key is not ours to make."""
    for url in (database_url(home, settings), vault_url(home, settings)):
        if url.startswith("sqlite"):
            continue
        engine = store.database(url)
        try:
            with engine.connect() as connection:
                known = history.current(connection)
        finally:
            engine.dispose()
        if known is not None:
            raise FolderError("databases of a practice", advice=(
                "Ces bases sont déjà celles d'un cabinet. Pour une machine de plus : « copiste join »."
            ))  # fmt: skip


def make_places(home: Path) -> None:
    """Make the folders of a practice that are not there yet, for this account only."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in PLACES:
        (home / name).mkdir(mode=0o700, exist_ok=True)


def refuse_share(home: Path, settings: Settings) -> None:
    """FolderError when a database that is a file would lie on a network share."""
    for url in (database_url(home, settings), vault_url(home, settings)):
        if url.startswith("sqlite"):
            disk.refuse_share(Path(sa.make_url(url).database or home).parent)


def upgrade(home: Path, settings: Settings) -> None:
    """Bring both databases to this program's version, or neither."""
    urls: dict[history.Part, str] = {"work": database_url(home, settings), "vault": vault_url(home, settings)}
    databases = {part: store.database(url) for part, url in urls.items()}
    try:
        history.upgrade_together(databases)
    finally:
        for database in databases.values():
            database.dispose()


def require_practice(home: Path) -> None:
    """FolderError unless this is a practice's folder; PracticeKeyMissing when its key is not there any more."""
    if not (home / settings_file.FILE_NAME).is_file():
        raise FolderError("not a practice folder")
    if not (home / KEY_FILE).is_file():
        raise PracticeKeyMissing("there is no practice key file")


def open_practice(home: Path) -> Practice:
    """Open a practice folder; FolderError when there is none, or when it is of another version, or half upgraded."""
    place = open_as_it_is(home)
    try:
        if (home / UPGRADING).exists():
            raise FolderError("an upgrade was interrupted", advice=history.OLDER)
        for engine in (place.database, place.vault):
            history.require_current(engine)
        require_current_key(place.vault, load_practice_key(home / KEY_FILE))
    except BaseException:
        place.close()
        raise
    return place


def open_as_it_is(home: Path) -> Practice:
    """Open a practice folder whose databases may be of an older version: to copy it, before it is brought up to date.

    FolderError when this is no practice, or when a database that is a file lies on a network share.
    """
    require_practice(home)
    settings = settings_file.load(home)
    refuse_share(home, settings)
    vault = store.database(vault_url(home, settings))
    settle(home / KEY_FILE, vault)
    keys = Vault(vault, load_practice_key(home / KEY_FILE))
    objects = Objects(settings.storage.store or str(home / "store"), keys)
    database = store.database(database_url(home, settings))
    return Practice(home=home, settings=settings, database=database, vault=vault, objects=objects)
