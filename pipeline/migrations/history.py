"""Bring a database to this program's version, or say that it is not there yet.

Two databases follow the one history: `work` (dictations, documents, the archive's records) and `vault` (keys of
objects), each with its own mark of where it stands.
"""

from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pipeline.errors import FolderError

OLDER = "Ce dossier vient d'une version plus ancienne. Lancez « copiste upgrade »."
NEWER = "Ce dossier vient d'une version plus récente de Copiste. Mettez Copiste à jour."
Part = Literal["work", "vault"]


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


def upgrade(engine: sa.Engine, *, part: Part) -> None:
    """Bring a database to this program's version. Two processes at once: the second finds nothing left to do."""
    with engine.begin() as connection:
        if _is_newer(current(connection)):
            raise FolderError("newer database", advice=NEWER)
        command.upgrade(_config(connection, part=part), "head")


def require_current(engine: sa.Engine) -> None:
    """FolderError unless the database is exactly at this program's version."""
    with engine.begin() as connection:
        found = current(connection)
    if found == head():
        return
    raise FolderError(f"database at {found}", advice=NEWER if _is_newer(found) else OLDER)


def _is_newer(found: str | None) -> bool:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return found is not None and found not in known
