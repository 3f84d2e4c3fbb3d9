"""The vault: the key of every object, itself encrypted to the practice key, in a database of its own.

Dropping a key is what destroys a document, copies and backups of the object included. So the vault is backed up
apart, latest copies only. Knows nothing of the objects themselves.
"""

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import KeyMissing, KeyUnusable, PracticeKeyExposed, PracticeKeyMissing

if TYPE_CHECKING:
    from pyrage.x25519 import Identity
    from sqlalchemy.engine import Engine


class Vault:
    """Keeps and gives back the key of each object. Safe to use from several threads and processes.

    The engine's database has the table `object_key`, and its commits reach the disk before they return.
    """

    def __init__(self, engine: "Engine", practice: "Identity") -> None:
        self._engine = engine
        self._practice = practice

    def keep(self, address: str, key: "Identity") -> None:
        """Write an object's key, and return once it is on the disk."""
        import pyrage

        from archive.tables import object_key

        secret = pyrage.encrypt(str(key).encode(), [self._practice.to_public()])
        with self._engine.begin() as connection:
            connection.execute(object_key.insert().values(address=address, secret=secret, created_at=datetime.now(UTC)))

    def key(self, address: str) -> "Identity":
        """Read an object's key back; raise KeyMissing or KeyUnusable."""
        import pyrage
        import sqlalchemy as sa

        from archive.tables import object_key

        query = sa.select(object_key.c.secret).where(object_key.c.address == address)
        with self._engine.connect() as connection:
            secret = connection.scalar(query)
        if secret is None:
            raise KeyMissing(f"no key for object {address}")
        try:
            return pyrage.x25519.Identity.from_str(pyrage.decrypt(secret, [self._practice]).decode())
        except (pyrage.DecryptError, pyrage.IdentityError, UnicodeDecodeError) as error:
            raise KeyUnusable(f"the practice key does not open the key of object {address}") from error

    def drop(self, address: str) -> None:
        """Forget an object's key for good: nothing of it stays in the database's files. Harmless when repeated."""
        from archive.tables import object_key

        in_file = self._engine.dialect.name == "sqlite"
        with self._engine.begin() as connection:
            if in_file:
                connection.exec_driver_sql("PRAGMA secure_delete=ON")
            connection.execute(object_key.delete().where(object_key.c.address == address))
        if in_file:
            with closing(self._engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def make_practice_key(path: Path) -> "Identity":
    """Draw the practice key and write it, for this account only, in the form that the `age` command reads.

    An existing file is never overwritten (FileExistsError): every document ever stored depends on it.
    """
    import pyrage

    practice = pyrage.x25519.Identity.generate()
    text = f"# created: {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n# public key: {practice.to_public()}\n{practice}\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
    return practice


def load_practice_key(path: Path) -> "Identity":
    """Read the practice key; raise PracticeKeyMissing, or PracticeKeyExposed when other accounts may read it.

    Windows keeps its rights elsewhere: there, this does not look at them.
    """
    import pyrage

    if not path.is_file():
        raise PracticeKeyMissing("there is no practice key file")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise PracticeKeyExposed("the practice key file can be read by other accounts")
    lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    try:
        return pyrage.x25519.Identity.from_str(next(line for line in lines if line.startswith("AGE-SECRET-KEY-")))
    except (StopIteration, pyrage.IdentityError):
        raise PracticeKeyMissing("the practice key file holds no usable key") from None


def sync_folder(folder: Path) -> None:
    """Make sure that a folder's list of files is on the disk (Windows does so by itself)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
