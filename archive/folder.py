"""Objects in a folder of this machine: each written whole, once, and on the disk before anything counts on it.

Knows paths and bytes; not what they are, nor how they are encrypted.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.errors import StoreFailed
from archive.vault import sync_folder


class Folder:
    """A store in a folder. Safe to use from several threads and processes."""

    def __init__(self, root: Path) -> None:
        from obstore.store import LocalStore

        self._root = root.absolute()
        self._root.mkdir(parents=True, exist_ok=True)
        self._store = LocalStore(self._root)

    def put(self, path: str, data: bytes) -> None:
        """Write bytes and return once they are on the disk; FileExistsError when something is there already."""
        with _told():
            self._store.put(path, data, mode="create")
            _settle(self._root / path, self._root)

    def get(self, path: str) -> bytes:
        """Read bytes; FileNotFoundError when there are none."""
        with _told():
            return bytes(self._store.get(path).bytes())

    def delete(self, path: str) -> bool:
        """Remove; harmless when there is nothing. True: a folder keeps nothing of what it removes."""
        file = self._root / path
        with _told():
            if os.name == "nt" and file.exists():
                file.chmod(0o600)
            file.unlink(missing_ok=True)
            if file.parent.is_dir():
                sync_folder(file.parent)
        return True

    def paths(self) -> Iterator[str]:
        """List all files, those that have no business there included."""
        with _told():
            for page in self._store.list():
                yield from (str(entry["path"]) for entry in page)


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
def _told() -> Iterator[None]:
    """Turn failures into StoreFailed, except that what is there, or is not, stays said as Python says it."""
    from obstore.exceptions import AlreadyExistsError, BaseError

    try:
        yield
    except (FileNotFoundError, FileExistsError):
        raise
    except AlreadyExistsError:
        raise FileExistsError("an object is there already") from None
    except (BaseError, OSError) as error:
        raise StoreFailed(f"the store failed: {type(error).__name__}") from error
