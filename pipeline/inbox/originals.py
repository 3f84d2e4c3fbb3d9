"""The original of a file whose copy is safe: taken out of the folder it was dropped in, and never another in its place.

Knows nothing of why it is removed.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from pipeline import disk

Identity = tuple[int, int, int, int]
"""Device, inode, size and date of a file: what must not change while it is taken."""


def identity(status: os.stat_result) -> Identity:
    """Tell a file and its content from another by what the system knows of it."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def is_on_disk(descriptor: int) -> bool:
    """Force an original to the disk, so that it may replace its copy; False where that cannot be done."""
    try:
        os.fsync(descriptor)
    except OSError:
        return False
    return True


def is_removed(path: Path, before: os.stat_result, *, kept: Path, movable: bool) -> bool:
    """Remove an original; False when it could not be. `before` is what it was when `kept`, its copy, was made.

    When another content took its place meanwhile, that one stays: it will be taken in its turn. A `movable`
    original replaces its copy: what a program that still has it open writes late is then kept, and shows by its size.
    Nothing is forced to the disk: an original that comes back after a power cut is known by its content.
    """
    if not kept.exists():
        return False
    try:
        if _is_still(path, before) and not (movable and _is_moved(path, before, kept)):
            path.unlink()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _is_still(path: Path, before: os.stat_result) -> bool:
    """Whether a path still is the file that was copied; on a share, inodes may change by themselves."""
    now = os.lstat(path)
    if disk.is_network(path.parent):
        return stat.S_ISREG(now.st_mode) and identity(now)[2:] == identity(before)[2:]
    return identity(now) == identity(before)


def _is_moved(path: Path, before: os.stat_result, kept: Path) -> bool:
    """Move an original over its copy when both are on one disk of this machine; False when it cannot be.

    It passes by a name of its own: what takes its place at that very instant, another file or another content of this
    one, is given back, not lost.
    """
    if os.stat(kept).st_dev != before.st_dev or disk.is_network(kept.parent):
        return False
    aside = kept.with_name(f".{secrets.token_hex(4)}.moved")
    try:
        os.rename(path, aside)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    try:
        if same := identity(os.lstat(aside)) == identity(before):
            _settle(aside, kept)
    except BaseException:
        _give_back(aside, path)
        raise
    if not same:
        _give_back(aside, path)
    return True


def _settle(aside: Path, kept: Path) -> None:
    with suppress(OSError):  # another account's file: the folder is closed to the others anyway
        aside.chmod(0o600)
        os.utime(aside)
    os.replace(aside, kept)


def _give_back(aside: Path, path: Path) -> None:
    """Put a file back where it lay, under another name when that one is taken by now."""
    with suppress(FileNotFoundError):
        os.rename(aside, path.with_name(aside.stem.lstrip(".") + path.suffix) if os.path.lexists(path) else path)
