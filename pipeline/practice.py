"""The practice folder, opened: its settings, its database, its encrypted objects, its places on disk."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic import TypeAdapter

from archive.objects import Objects
from archive.vault import Vault, load_practice_key, make_practice_key
from pipeline import settings as settings_file
from pipeline import store
from pipeline.errors import FolderError
from pipeline.migrations import history
from pipeline.settings import Settings
from pipeline.types import Job

T = TypeVar("T")
Submit = Callable[[sa.Connection, Job], None]
"""Hands a job to the engine inside the caller's transaction: row and job are written together or not at all."""

PLACES = ("inbox", "taken", "signed", "received", "refused", "templates", "vocab", "exports", "logs", "tmp")
KEY_FILE = "practice.key"


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
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in PLACES:
        (home / name).mkdir(mode=0o700)
    (home / settings_file.FILE_NAME).write_text(settings_text or settings_file.commented(), encoding="utf-8")
    make_practice_key(home / KEY_FILE)
    settings = settings_file.load(home)
    upgrade(home, settings)
    return open_practice(home)


def upgrade(home: Path, settings: Settings) -> None:
    """Bring both databases to this program's version."""
    parts: dict[history.Part, str] = {"work": database_url(home, settings), "vault": vault_url(home, settings)}
    for part, url in parts.items():
        database = store.database(url)
        history.upgrade(database, part=part)
        database.dispose()


def require_practice(home: Path) -> None:
    """FolderError unless this is a practice's folder."""
    if not (home / settings_file.FILE_NAME).is_file() or not (home / KEY_FILE).is_file():
        raise FolderError("not a practice folder")


def open_practice(home: Path) -> Practice:
    """Open a practice folder; FolderError when there is none, or when its database is of another version."""
    require_practice(home)
    settings = settings_file.load(home)
    database = store.database(database_url(home, settings))
    vault = store.database(vault_url(home, settings))
    for engine in (database, vault):
        history.require_current(engine)
    key = load_practice_key(home / KEY_FILE)
    objects = Objects(settings.storage.store or str(home / "store"), Vault(vault, key))
    return Practice(home=home, settings=settings, database=database, vault=vault, objects=objects)
