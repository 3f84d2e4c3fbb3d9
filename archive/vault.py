"""The vault: the key of every object, itself encrypted to the practice key, in a database of its own.

Dropping a key is what destroys a document, copies and backups of the object included. So the vault is backed up
apart, latest copies only. Knows nothing of the objects themselves.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from archive.errors import KeyMissing, KeyUnusable
from archive.practice_key import (
    begin,
    forget_traces,
    load_practice_key,
    make_practice_key,
    open_practice_key,
    opened,
    require_current_key,
    require_still_current,
    sync_folder,
)

if TYPE_CHECKING:
    from pyrage.x25519 import Identity
    from sqlalchemy.engine import Engine

__all__ = [
    "Vault",
    "begin",
    "load_practice_key",
    "make_practice_key",
    "open_practice_key",
    "require_current_key",
    "sync_folder",
]


class Vault:
    """Keeps and gives back the key of each object. Safe to use from several threads and processes.

    The engine's database has the tables `object_key` and `practice_key`; its transactions take SQLite's write lock at
    once, and its commits reach the disk before they return.
    """

    def __init__(self, engine: "Engine", practice: "Identity") -> None:
        self._engine = engine
        self._practice = practice
        self._public = str(practice.to_public())

    def keep(self, address: str, key: "Identity") -> None:
        """Write an object's key, and return once it is on the disk.

        PracticeKeyChanged when the practice key was changed meanwhile: a secret encrypted to the old one could never
        be read again.
        """
        import pyrage

        from archive.tables import object_key

        secret = pyrage.encrypt(str(key).encode(), [self._practice.to_public()])
        with self._engine.begin() as connection:
            require_still_current(connection, self._public)
            connection.execute(object_key.insert().values(address=address, secret=secret, created_at=datetime.now(UTC)))

    def key(self, address: str) -> "Identity":
        """Read an object's key back; raise KeyMissing, KeyUnusable, or PracticeKeyChanged when that is why."""
        import pyrage
        import sqlalchemy as sa

        from archive.tables import object_key

        query = sa.select(object_key.c.secret).where(object_key.c.address == address)
        with self._engine.connect().execution_options(reading=True) as connection:
            secret = connection.scalar(query)
        if secret is None:
            raise KeyMissing(f"no key for object {address}")
        try:
            return pyrage.x25519.Identity.from_str(opened(secret, self._practice).decode())
        except (KeyUnusable, pyrage.IdentityError, UnicodeDecodeError) as error:
            with self._engine.begin() as connection:
                require_still_current(connection, self._public)
            raise KeyUnusable(f"the practice key does not open the key of object {address}") from error

    def drop(self, address: str) -> None:
        """Forget an object's key for good: nothing of it stays in the database's files. Harmless when repeated."""
        from archive.tables import object_key

        with self._engine.begin() as connection:
            if self._engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete=ON")
            connection.execute(object_key.delete().where(object_key.c.address == address))
        forget_traces(self._engine)
