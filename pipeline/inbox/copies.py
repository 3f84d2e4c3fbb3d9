"""Copies that can be relied on: hidden until they are whole, forced to the disk, read back before they count.

Knows nothing of recordings, nor of why a copy is made.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_CHUNK = 1 << 20


class ReadFault(OSError):
    """The original cannot be read; the copy's own disk is not at fault."""


class Draft:
    """A copy being made: hidden, under a name of its own, until it is settled under its final name or discarded."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
        os.close(descriptor)
        self.path = Path(name)
        self.size = 0

    def fill(self, source: int) -> str:
        """Copy a whole file, force it to the disk, read it back; return the SHA-256 both agree on.

        Raises ReadFault when the source cannot be read, OSError when the copy cannot be written or differs.
        """
        digest = hashlib.sha256()
        with self.path.open("wb", buffering=0) as target:
            for block in _blocks(source):
                digest.update(block)
                self.size += write_all(target.fileno(), block)
            os.fsync(target.fileno())
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(target.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        with self.path.open("rb") as copy:
            if hashlib.file_digest(copy, "sha256").hexdigest() != digest.hexdigest():
                raise OSError(errno.EIO, "the copy differs from its original")
        return digest.hexdigest()

    def settle(self, name: str) -> Path:
        """Give the copy its name, for good."""
        final = self.path.with_name(name)
        os.replace(self.path, final)
        sync_folder(final.parent)
        return final

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(FileNotFoundError):
            self.path.unlink()


def _blocks(source: int) -> Iterator[bytes]:
    """What an open file holds, from its beginning."""
    try:
        os.lseek(source, 0, os.SEEK_SET)
        while block := os.read(source, _CHUNK):
            yield block
    except OSError as error:
        raise ReadFault(error.errno, "the original cannot be read") from error


def write_all(target: int, block: bytes) -> int:
    """Write a block whole: the system may take less at a time, near the end of a disk."""
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(target, rest) :]
    return len(block)


def write_text(folder: Path, name: str, text: str) -> None:
    """Write a small text file whole, or not at all."""
    with Draft(folder) as draft:
        with draft.path.open("wb", buffering=0) as file:
            write_all(file.fileno(), text.encode())
            os.fsync(file.fileno())
        draft.settle(name)


def sync_folder(folder: Path) -> None:
    """Make a name in a folder survive a power cut, where the system knows how."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
