"""A recording in clear, for as long as it is listened to or received; what a kill left of one goes within the hour.

The file is private, under a name that says nothing, and locked by the process that uses it: the system drops the
lock with the process, so that what nobody locks any more is nobody's. Knows nothing of what the recording is.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

PREFIX = "sound-"
YOUNG_SECONDS = 60.0
"""A file is made, then locked: one this young is left alone."""


@contextmanager
def sound(folder: Path, data: bytes) -> Iterator[Path]:
    """The recording as a file of this folder, until the context ends."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=PREFIX) as file:
        _lock(file.fileno())
        file.write(data)
        file.flush()
        yield Path(file.name)


@contextmanager
def arriving(folder: Path) -> Iterator[IO[bytes]]:
    """An empty file of this folder for a recording that arrives; removed when the context ends, if it is still there.

    Its `name` is its path. Once it is whole, close it: what is still open to be written is not whole yet (inbox.py).
    """
    with (
        ExitStack() as after,
        tempfile.NamedTemporaryFile(dir=folder, prefix=PREFIX, buffering=0, delete=False) as file,
    ):
        after.callback(Path(file.name).unlink, missing_ok=True)
        with Path(file.name).open("rb") as held:  # apart from the writing, which ends first
            _lock(held.fileno())
            yield file


def remove_left(folder: Path) -> int:
    """Remove the recordings in clear that no living process reads; gives how many. Harmless when repeated."""
    oldest = time.time() - YOUNG_SECONDS
    return sum(_removed(path, oldest) for path in folder.glob(f"{PREFIX}*"))


def _removed(path: Path, oldest: float) -> bool:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mtime > oldest or not _lock(file.fileno()):
                return False
            path.unlink()
    except OSError:  # gone meanwhile; or still open, on a system that then refuses to remove it
        return False
    return True


def _lock(descriptor: int) -> bool:
    """Lock a file until it is closed, or its process ends; False when another has it. Nothing to do on Windows."""
    if os.name != "posix":
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
