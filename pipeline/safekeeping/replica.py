"""The objects of a backup: the same encrypted files as in the practice's store, under the same names, copied once.

An object never changes and needs no key to be copied, so each backup only adds what the last one has not. Knows
nothing of what the objects are.
"""

import os
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archive.objects import address_of, path_of
from pipeline.safekeeping import sealed

READ_AGAIN = 20_000_000_000
"""Bytes that each backup reads again from end to end; beyond, it reads its new objects and a share of the others."""
DAYS = 30
"""How many days it takes for each object of a very large backup to have been read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What a backup brought to the objects that were there."""

    addresses: frozenset[str]
    size: int


def folder(root: Path) -> Path:
    """Where the objects of the backups of this folder are."""
    return root / "objects"


def add(root: Path, addresses: Collection[str], read: Callable[[str], bytes], *, anew: Collection[str] = ()) -> Added:
    """Copy what is not there yet, and over what is there for `anew`; `read` gives an object, proven whole.

    Objects that `read` does not find are left out: the proof that follows says what that means.
    """
    from archive.errors import ObjectAltered, ObjectMissing

    added: set[str] = set()
    size = 0
    for address in sorted(addresses):
        if address not in anew and _file(root, address).exists():
            continue
        with suppress(ObjectMissing, ObjectAltered):
            stored = read(address)
            _write(root, address, stored)
            added.add(address)
            size += len(stored)
    return Added(addresses=frozenset(added), size=size)


def read(root: Path, address: str) -> bytes:
    """The bytes of an object of the backup, as they are."""
    return _file(root, address).read_bytes()


def is_there(root: Path, address: str) -> bool:
    """Whether the backup has a file for this object."""
    return _file(root, address).is_file()


def is_whole(root: Path, address: str) -> bool:
    """Whether the backup's copy of an object, read again from the disk, is what it should be."""
    try:
        return sealed.is_whole(_file(root, address), address)
    except OSError:
        return False


def to_read_again(root: Path, addresses: Collection[str], *, new: Collection[str], day: int) -> frozenset[str]:
    """Which objects a backup reads again from end to end: all of them, unless that would take a night."""
    sizes = {address: _size(root, address) for address in addresses}
    if sum(sizes.values()) <= READ_AGAIN:
        return frozenset(addresses)
    share = {address for address in addresses if int(address[:4], 16) % DAYS == day % DAYS}
    return frozenset(share | (set(new) & set(addresses)))


def damaged(root: Path, addresses: Collection[str]) -> tuple[str, ...]:
    """Those of these objects whose copy is not whole."""
    ordered = sorted(addresses)
    with ThreadPoolExecutor(max_workers=2) as readers:  # hashing and reading side by side
        whole = readers.map(lambda address: is_whole(root, address), ordered)
        return tuple(address for address, good in zip(ordered, whole, strict=True) if not good)


def addresses(root: Path) -> Iterator[str]:
    """Every object that the backup has."""
    base = folder(root)
    for path in base.glob("??/??/*") if base.is_dir() else ():
        if address := address_of(path.relative_to(base).as_posix()):
            yield address


def remove(root: Path, unwanted: Collection[str]) -> None:
    """Remove objects whose key is gone: no one could read them any more."""
    for address in unwanted:
        file = _file(root, address)
        if os.name == "nt":
            file.chmod(0o600)
        file.unlink(missing_ok=True)


def _file(root: Path, address: str) -> Path:
    return folder(root) / path_of(address)


def _size(root: Path, address: str) -> int:
    with suppress(OSError):
        return _file(root, address).stat().st_size
    return 0


def _write(root: Path, address: str, stored: bytes) -> None:
    file = _file(root, address)
    fresh = not file.parent.is_dir()
    for place in (folder(root), file.parent.parent, file.parent):  # `parents=True` would forget the mode
        place.mkdir(mode=0o700, exist_ok=True)
    if os.name == "nt" and file.exists():
        file.chmod(0o600)
    with sealed.drafted(file) as draft:
        draft.write(stored)
    with suppress(OSError):  # some disks know no rights
        file.chmod(0o400)
    if fresh:
        for above in (file.parent.parent, folder(root)):
            sealed.sync(above)
