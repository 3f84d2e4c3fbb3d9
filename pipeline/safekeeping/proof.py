"""The proof that a backup could be restored: it is opened again from where it lies, and everything is looked for.

The database is opened and its journal read line by line; every object that its rows name must be in the backup, and
its key in the copy of the vault, opened; objects are read again from the disk and compared with their address, and
some, or all, are decrypted. Changes nothing.
"""

import random
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from archive import journal
from archive.errors import ArchiveError, KeyUnusable
from archive.practice_key import opened
from archive.tables import object_, object_key
from pipeline import store, tables
from pipeline.safekeeping import replica, sealed, shelf
from pipeline.safekeeping.faults import BackupDamaged, WrongKey
from pipeline.safekeeping.shelf import Label
from pipeline.settings import FILE_NAME

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

SAMPLE = 20
"""Objects decrypted at each proof, drawn at random; all of them when it is full."""
DATABASE = "copiste.db"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was found in a backup. Objects are told by address.

    *missing*: the backup has not the object; *damaged*: it has other bytes; *keyless*: no key in the copy of the vault;
    *unreadable*: a key that the practice key does not open, or that does not open the object.
    """

    stamp: str
    dictations: int
    documents: int
    records: int
    objects: int
    read_again: int
    decrypted: int
    journal: str
    missing: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    keyless: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything would come back."""
        return self.journal == "ok" and not self.wanting

    @property
    def wanting(self) -> frozenset[str]:
        """Every object that would not come back."""
        return frozenset((*self.missing, *self.damaged, *self.keyless, *self.unreadable))


def prove(
    root: Path, identity: "Identity", *, keys: Path, at: str = "", scratch: Path | None = None, full: bool = False,
    new: Collection[str] | None = None,
) -> Proof:  # fmt: skip
    """Read a backup again, the last one or the one whose name begins by `at`, in a temporary folder under `scratch`.

    `new`: the objects that this backup brought, when a very large one is to be read by shares; None reads them all.
    Raise BackupMissing, WrongKey, or BackupDamaged when it cannot even be opened.
    """
    label = shelf.chosen(root, at)
    with tempfile.TemporaryDirectory(prefix="backup-", dir=scratch) as folder:
        into = Path(folder)
        unseal(root, label, into, identity=identity)
        sealed.open_file(shelf.keys_of(keys, label.stamp), into / "keys.db", identity=identity)
        with reading(into / DATABASE) as database, reading(into / "keys.db") as vault:
            return _examined(root, label, database, vault, identity, full=full, new=new)


def unseal(root: Path, label: Label, into: Path, *, identity: "Identity") -> None:
    """Open a backup's bundle into a folder, every part of it proven to be what this practice put there."""
    import json

    if label.key != str(identity.to_public()):
        raise WrongKey("this key does not open the backup")
    if not shelf.is_genuine(label, identity):
        raise BackupDamaged("a label that the practice key did not seal", advice=_FORGED)
    if not sealed.is_whole(shelf.bundle(root, label.stamp), label.sha256):
        raise BackupDamaged("a bundle has not the hash of its label")
    found = dict(sealed.open_bundle(shelf.bundle(root, label.stamp), into, identity=identity))
    if found.pop(MANIFEST, None) is None:
        raise BackupDamaged("a bundle without its manifest")
    wanted = json.loads((into / MANIFEST).read_text(encoding="utf-8", errors="surrogateescape"))["parts"]
    (into / MANIFEST).unlink()
    if wanted != found or not {DATABASE, FILE_NAME} <= found.keys():
        raise BackupDamaged("a bundle that is not what its manifest says")


_FORGED = (
    "Cette sauvegarde n'a pas été faite par ce cabinet, ou elle a été modifiée depuis. Ne l'utilisez pas : prenez-en "
    "une autre, et prévenez le responsable."
)


@contextmanager
def reading(path: Path) -> Iterator[sa.Connection]:
    """A SQLite file opened to be read."""
    engine = store.database(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            yield connection.execution_options(reading=True)
            connection.rollback()
    finally:
        engine.dispose()


def named(database: sa.Connection) -> frozenset[str]:
    """Every object that a practice's rows speak of."""
    return store.addresses(database) | frozenset(database.scalars(sa.select(object_.c.address)))


def count(database: sa.Connection, table: sa.Table) -> int:
    """How many rows a table has."""
    return database.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _examined(
    root: Path, label: Label, database: sa.Connection, vault: sa.Connection, identity: "Identity", *, full: bool,
    new: Collection[str] | None,
) -> Proof:  # fmt: skip
    from archive.tables import record

    broken = journal.check(database)
    addresses = named(database)
    missing = {address for address in addresses if not replica.is_there(root, address)}
    there = addresses - missing
    again = there if full or new is None else replica.to_read_again(root, there, new=new, day=_day())
    damaged = set(replica.damaged(root, again))
    keyless, unreadable = _without_key(vault, addresses, identity)
    able = sorted(there - damaged - keyless - unreadable)
    drawn = able if full else random.sample(able, min(SAMPLE, len(able)))
    unreadable |= {address for address in drawn if not _opens(root, vault, address, identity)}
    return Proof(
        stamp=label.stamp,
        dictations=count(database, tables.dictation),
        documents=count(database, tables.document),
        records=count(database, record),
        objects=len(addresses),
        read_again=len(again),
        decrypted=len(drawn),
        journal="ok" if broken is None else f"broken at {broken}",
        missing=tuple(sorted(missing)),
        damaged=tuple(sorted(damaged)),
        keyless=tuple(sorted(keyless - missing)),
        unreadable=tuple(sorted(unreadable - missing)),
    )


def _day() -> int:
    return datetime.now(UTC).toordinal()


def _without_key(vault: sa.Connection, addresses: Collection[str], identity: "Identity") -> tuple[set[str], set[str]]:
    """The objects whose key is not in the vault's copy, and those whose key does not open."""
    left, unreadable = set(addresses), set[str]()
    rows = vault.execution_options(yield_per=1000).execute(sa.select(object_key.c.address, object_key.c.secret))
    for address, secret in rows:
        if address in left:
            left.discard(address)
            if not _key_opens(secret, identity):
                unreadable.add(address)
    return left, unreadable


def _key_opens(secret: bytes, identity: "Identity") -> bool:
    try:
        opened(secret, identity)
    except KeyUnusable:
        return False
    return True


def _opens(root: Path, vault: sa.Connection, address: str, identity: "Identity") -> bool:
    import pyrage

    secret = vault.scalar(sa.select(object_key.c.secret).where(object_key.c.address == address))
    try:
        key = pyrage.x25519.Identity.from_str(opened(secret or b"", identity).decode())
        pyrage.decrypt(replica.read(root, address), [key])
    except (ArchiveError, pyrage.DecryptError, pyrage.IdentityError, UnicodeDecodeError, OSError):
        return False
    return True
