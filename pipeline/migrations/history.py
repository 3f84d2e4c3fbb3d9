"""Bring a database to this program's version, or say that it is not there yet.

Two databases follow the one history: `work` (dictations, documents, the archive's records) and `vault` (keys of
objects), each with its own mark of where it stands.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pipeline.errors import FolderError

OLDER = "Ce dossier vient d'une version plus ancienne. Lancez « copiste upgrade »."
NEWER = "Ce dossier vient d'une version plus récente de Copiste. Mettez Copiste à jour."
HALF = "La mise à jour n'a pas pu se faire et rien n'a été changé. Gardez ce dossier tel quel et signalez-le."
Part = Literal["work", "vault"]
_LOCK = 0x636F706973746503


def _config(connection: sa.Connection | None = None, *, part: Part = "work") -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, part=part)
    return config


def head() -> str:
    """The version this program needs."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None  # the history is never empty
    return newest


def current(connection: sa.Connection) -> str | None:
    """The version of a database; None before anything was made in it."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: sa.Engine, *, part: Part, to: str = "head") -> None:
    """Bring a database to this program's version, all of it or, should anything fail, nothing.

    Two processes at once: the second waits, then finds nothing left to do.
    """
    upgrade_together({part: engine}, to=to)


def upgrade_together(engines: Mapping[Part, sa.Engine], *, to: str = "head") -> None:
    """Bring several databases to this program's version: nothing is kept of any before all of them are ready.

    Only a power cut between their last writes could leave one ahead of the other; doing it again then mends it.
    """
    with ExitStack() as ready:
        for part, engine in engines.items():
            connection = ready.enter_context(_alone(engine))
            if is_newer(current(connection)):
                raise FolderError("newer database", advice=NEWER)
            command.upgrade(_config(connection, part=part), to)
            if engine.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise FolderError("an upgrade would leave rows that speak of nothing", advice=HALF)


def is_current(engine: sa.Engine) -> bool:
    """Whether a database is exactly at this program's version; FolderError when it is of a newer one."""
    with engine.begin() as connection:
        found = current(connection)
    if is_newer(found):
        raise FolderError(f"database at {found}", advice=NEWER)
    return found == head()


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction that no other upgrade is in.

    SQLite changes a table by making it anew, which its foreign keys would refuse; they can only be put aside before
    the transaction begins, and are looked at before it ends.
    """
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            yield connection
            connection.commit()
            return
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def require_current(engine: sa.Engine) -> None:
    """FolderError unless the database is exactly at this program's version."""
    with engine.begin() as connection:
        found = current(connection)
    if found == head():
        return
    raise FolderError(f"database at {found}", advice=NEWER if is_newer(found) else OLDER)


def is_newer(found: str | None) -> bool:
    """Whether a version is one that this program does not know."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return found is not None and found not in known
