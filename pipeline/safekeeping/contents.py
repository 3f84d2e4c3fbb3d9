"""What the bundle of a backup holds besides the database: the settings, and the folders whose files are nowhere else.

`taken/` is not in it, its files being objects already; neither are `exports/`, `logs/` and `tmp/`, nor the inbox, whose
files have not been received yet. The practice key never is.
"""

import hashlib
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pipeline import settings
from pipeline.safekeeping.proof import DATABASE, MANIFEST

FOLDERS = ("templates", "vocab", "refused", "signed", "received", "tls")


def packer(home: Path, database: Path) -> Callable[[tarfile.TarFile], None]:
    """What writes a bundle's files to a tar: the copy of the database, the practice's own files, and their hashes."""

    def pack(tar: tarfile.TarFile) -> None:
        parts: dict[str, str] = {}
        for name, path in ((DATABASE, database), (settings.FILE_NAME, home / settings.FILE_NAME), *_files(home)):
            if digest := _add(tar, name, path):
                parts[name] = digest
        written = json.dumps({"format": 1, "parts": parts}, ensure_ascii=False).encode(errors="surrogateescape")
        tar.addfile(_described(MANIFEST, len(written)), BytesIO(written))

    return pack


def _files(home: Path) -> Iterator[tuple[str, Path]]:
    """Plain files only: neither shortcuts nor what is still being written."""
    for folder in FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            unfinished = path.name.startswith(".") and path.suffix == ".part"
            if path.is_file() and not path.is_symlink() and not unfinished:
                yield path.relative_to(home).as_posix(), path


def _add(tar: tarfile.TarFile, name: str, path: Path) -> str:
    """Write a file as long as it was when it was opened; gives its SHA-256, nothing when it has just been removed."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return ""
    with file:
        told = _Told(file)
        tar.addfile(_described(name, os.fstat(file.fileno()).st_size), told)
        return told.digest.hexdigest()


def _described(name: str, size: int) -> tarfile.TarInfo:
    described = tarfile.TarInfo(name)
    described.size = size
    described.mode = 0o600
    return described


class _Told:
    """A file that is read, all of which is told to a digest."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(size)
        self.digest.update(piece)
        return piece
