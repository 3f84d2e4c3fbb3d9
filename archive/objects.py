"""Objects: bytes that are written once, each encrypted with its own key, and found by the hash of what is stored.

A folder or an S3 bucket holds them under names that say nothing. An object that no row speaks of is harmless: it is
what a step that was interrupted, or done twice, leaves behind. Knows nothing of what the bytes are.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archive.bucket import Bucket, Patience, is_bucket
from archive.errors import ObjectAltered, ObjectMissing, StoreFailed
from archive.folder import Folder
from archive.vault import Vault, load_practice_key, make_practice_key

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
    """A store of objects, in a folder or at an `s3://` address. Safe to use from several threads and processes."""

    def __init__(self, location: str | Path, vault: Vault, *, patience: Patience | None = None) -> None:
        self._vault = vault
        named = str(location)
        self._place: Folder | Bucket = Bucket(named, patience=patience) if is_bucket(named) else Folder(Path(location))

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

        stored = self.stored(address)
        key = self._vault.key(address)
        try:
            return bytes(pyrage.decrypt(stored, [key]))
        except pyrage.DecryptError as error:
            raise ObjectAltered(f"object {address} and its key do not match") from error

    def stored(self, address: str) -> bytes:
        """Read an object as it is stored, encrypted, proven whole: what a backup keeps. No key is needed.

        Raise ObjectMissing or ObjectAltered.
        """
        stored = self._read(address)
        if hashlib.sha256(stored).hexdigest() != address:
            raise ObjectAltered(f"object {address} is not what was stored")
        return stored

    def put_back(self, address: str, stored: bytes) -> None:
        """Store again, under its own address, what `stored` gave: what a restoration does. Harmless when repeated.

        Raise ObjectAltered for bytes that are not those of this address.
        """
        if not is_address(address) or hashlib.sha256(stored).hexdigest() != address:
            raise ObjectAltered("these bytes are not those of this address")
        self._write(address, stored)

    def destroy(self, address: str) -> bool:
        """Make an object unreadable for ever, then remove it. Harmless when repeated.

        Dropping the key is what destroys: copies, and versions that a bucket keeps, become noise. False when the store
        lets nobody remove anything (an S3 Object Lock): the bytes stay, unreadable.
        """
        if not is_address(address):
            raise ObjectMissing("this is not the address of an object")
        self._vault.drop(address)
        return self._place.delete(path_of(address))

    def paths(self) -> Iterator[str]:
        """List all that the store holds, as paths inside it, files that have no business there included."""
        return self._place.paths()

    def addresses(self) -> Iterator[str]:
        """List the addresses of the objects that the store holds."""
        return (address for path in self.paths() if (address := address_of(path)))

    def _write(self, address: str, stored: bytes) -> None:
        try:
            self._place.put(path_of(address), stored)
        except FileExistsError:  # our own write, whose answer was lost: nothing else has this hash
            if self._read(address) != stored:
                raise StoreFailed(f"object {address} is there with other bytes") from None

    def _read(self, address: str) -> bytes:
        if not is_address(address):
            raise ObjectMissing("this is not the address of an object")
        try:
            return self._place.get(path_of(address))
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
