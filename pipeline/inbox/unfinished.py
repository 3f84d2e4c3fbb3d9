"""Signs that a file may still be arriving, besides its size and date: none is a proof, each calls for patience."""

import errno
import os
import signal
from contextlib import suppress
from pathlib import Path

from pipeline import disk

try:
    import fcntl
except ImportError:  # Windows, where a file being written cannot be opened in the first place
    fcntl = None  # type: ignore[assignment]

_TAIL = 512
"""Bytes at the end: 16 ms of a 16-bit recording at 16 kHz, shorter than any program's piece of a copy."""
_BLOCK = 512
"""What the system counts the room a file takes in."""


def is_being_written(descriptor: int, path: Path) -> bool:
    """Whether a program of this machine has this file open for writing; False when the system does not say.

    Linux grants a read lease only when nobody has. On a share it knows of this machine's programs alone, and CIFS
    refuses whenever its server grants no cache: it is not asked there. `descriptor` is one opened to read only.
    """
    if not hasattr(fcntl, "F_SETLEASE") or disk.is_network(path.parent):
        return False
    try:
        # Someone who opens the file while we hold the lease makes the system send a signal: by default one that kills.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    with suppress(OSError):
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def looks_unfilled(descriptor: int) -> bool:
    """Whether the end of a file looks like room reserved by a copy, not filled yet: a hole, or a tail of zeros.

    Windows reserves the whole size before it copies. A recording that ends in silence is only waited for longer.
    """
    status = os.fstat(descriptor)
    if status.st_size == 0:
        return False
    return _has_hole(descriptor, status) or _ends_in_zeros(descriptor, status.st_size)


def _has_hole(descriptor: int, status: os.stat_result) -> bool:
    if getattr(status, "st_blocks", None) is not None and status.st_blocks * _BLOCK < status.st_size:
        return True
    if hasattr(os, "SEEK_HOLE"):
        with suppress(OSError):  # a file system that does not tell holes
            return os.lseek(descriptor, 0, os.SEEK_HOLE) < status.st_size
    return False


def _ends_in_zeros(descriptor: int, size: int) -> bool:
    os.lseek(descriptor, max(0, size - _TAIL), os.SEEK_SET)
    return not any(os.read(descriptor, _TAIL))
