"""Objects: bytes that are written once, each encrypted with its own key, and found by the hash of what is stored.

A folder or an S3 bucket holds them under names that say nothing. An object that no row speaks of is harmless: it is
what a step that was interrupted, or done twice, leaves behind. Knows nothing of what the bytes are.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import ObjectAltered, ObjectMissing, StoreFailed
from archive.vault import Vault, load_practice_key, make_practice_key, sync_folder

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = [
    "Objects",
    "Vault",
    "address_of",
    "is_address",
    "load_practice_key",
    "make_practice_key",
    "path_of",
    "register",
]

_ADDRESS = re.compile(r"[0-9a-f]{64}")


class Objects:
    """A store of objects, in a folder or at an `s3://` URL. Safe to use from several threads and processes."""

    def __init__(self, location: str | Path, vault: Vault, **options: str) -> None:
        from obstore.store import LocalStore, from_url

        self._vault = vault
        self._folder = None if "://" in str(location) else Path(location).absolute()
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._store = LocalStore(self._folder)
        else:
            self._store = from_url(str(location), **options)  # type: ignore[call-overload]

    def put(self, data: bytes) -> str:
        """Store bytes and return their address, once they and their key are on the disk.

        The same bytes stored twice are two objects with two keys: destroying one never destroys the other.
        """
        import pyrage

        key = pyrage.x25519.Identity.generate()
        stored = pyrage.encrypt(data, [key.to_public()])
        address = hashlib.sha256(stored).hexdigest()
        self._vault.keep(address, key)
        try:
            self._write(address, stored)
        except StoreFailed:
            self._vault.drop(address)
            raise
        return address

    def get(self, address: str) -> bytes:
        """Read bytes back, proven to be those that were stored.

        Raise ObjectMissing, ObjectAltered, KeyMissing or KeyUnusable; never give back doubtful bytes.
        """
        import pyrage

        stored = self._read(address)
        if hashlib.sha256(stored).hexdigest() != address:
            raise ObjectAltered(f"object {address} is not what was stored")
        key = self._vault.key(address)
        try:
            return bytes(pyrage.decrypt(stored, [key]))
        except pyrage.DecryptError as error:
            raise ObjectAltered(f"object {address} and its key do not match") from error

    def destroy(self, address: str) -> None:
        """Make an object unreadable for ever, then remove it. Harmless when repeated."""
        if not is_address(address):
            raise ObjectMissing("this is not the address of an object")
        self._vault.drop(address)
        with suppress(FileNotFoundError), _store_errors():
            if self._folder and os.name == "nt":
                (self._folder / path_of(address)).chmod(0o600)
            self._store.delete(path_of(address))
        if self._folder and (holder := (self._folder / path_of(address)).parent).is_dir():
            sync_folder(holder)

    def paths(self) -> Iterator[str]:
        """List all that the store holds, as paths inside it, files that have no business there included."""
        with _store_errors():
            for page in self._store.list():
                yield from (str(entry["path"]) for entry in page)

    def addresses(self) -> Iterator[str]:
        """List the addresses of the objects that the store holds."""
        return (address for path in self.paths() if (address := address_of(path)))

    def _write(self, address: str, stored: bytes) -> None:
        with _store_errors():
            self._store.put(path_of(address), stored, mode="create")
            if self._folder:
                _settle(self._folder / path_of(address), self._folder)

    def _read(self, address: str) -> bytes:
        if not is_address(address):
            raise ObjectMissing("this is not the address of an object")
        try:
            with _store_errors():
                return bytes(self._store.get(path_of(address)).bytes())
        except FileNotFoundError:
            raise ObjectMissing(f"object {address} is not in the store") from None


def register(connection: "Connection", address: str, *, plain: bytes, media_type: str) -> None:
    """Write down, in the caller's transaction, that the archive answers for this object. Harmless when repeated."""
    import sqlalchemy as sa

    from archive.tables import object_

    if connection.scalar(sa.select(object_.c.address).where(object_.c.address == address)) is None:
        connection.execute(
            object_.insert().values(
                address=address,
                plain_sha256=hashlib.sha256(plain).hexdigest(),
                size=len(plain),
                media_type=media_type,
                created_at=datetime.now(UTC),
            )
        )


def is_address(text: str) -> bool:
    """Tell whether this text has the form of an address."""
    return _ADDRESS.fullmatch(text) is not None


def path_of(address: str) -> str:
    """Tell where an object lies in the store: two levels of folders, then its address."""
    return f"{address[:2]}/{address[2:4]}/{address}"


def address_of(path: str) -> str | None:
    """Tell which object lies at this path of the store, or None when it is no place for one."""
    address = path.rpartition("/")[2]
    return address if is_address(address) and path == path_of(address) else None


def _settle(file: Path, root: Path) -> None:
    """Bring a file and its folders to the disk (obstore's own write is whole or absent, but not flushed)."""
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    file.chmod(0o400)
    for folder in (file.parent, file.parent.parent, root):
        sync_folder(folder)


@contextmanager
def _store_errors() -> Iterator[None]:
    """Turn the store's failures into StoreFailed, except that what is not there stays FileNotFoundError."""
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        raise StoreFailed(f"the store failed: {type(error).__name__}") from error
