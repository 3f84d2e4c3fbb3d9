"""What lies in a watched folder: every file that may be a recording, and the sub-folders that cannot be read.

Only looks: one call of the system for each file, nothing is opened. Knows nothing of when a file is taken.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import RootAway

DEPTH = 16
"""Levels of sub-folders that are looked into."""
_IGNORED_SUFFIXES = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".opdownload", "~")
_IGNORED_NAMES = frozenset(
    {
        "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "recycler", "system volume information",
        "lost+found", "#recycle", "@recycle", "@eadir", "#snapshot", "@snapshot", "~snapshot",
        "network trash folder", "temporary items",
    }
)  # fmt: skip
"""Of Windows, of macOS, and of the makers of shares (Synology, QNAP, NetApp): what is deleted there must not return."""

Signature = tuple[int, int, int, int]
"""Mode, names, size and date of a file: as long as they are the same, it has not changed."""


class Found(NamedTuple):
    """A file that lies there. A plain tuple: a folder may hold tens of thousands."""

    path: str
    folder: str
    """Its sub-folders of the root, as "lambert/urgences"."""
    signature: Signature


@dataclass(slots=True, kw_only=True)
class Listing:
    """What lies in a root."""

    files: list[Found] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    """Sub-folders (or a file) that could not be read, and where each lies: what is in them may still be there."""

    def may_hold(self, path: str) -> bool:
        """Whether a file that was not seen may still be there."""
        return any(path.startswith(folder + os.sep) for folder in self.unread)


def signature(status: os.stat_result) -> Signature:
    """Tell a file that changed; not by its inode, which some shares change by themselves."""
    return (status.st_mode, status.st_nlink, status.st_size, status.st_mtime_ns)


def listed(root: Path, *, folder: str = "") -> Listing:
    """List a root whole; RootAway when it cannot be read. `folder` is put before the sub-folders."""
    listing = Listing()
    waiting = [(str(root), folder, 0)]
    while waiting:
        parent, place, depth = waiting.pop()
        try:
            for entry in _entries(parent):
                _sort(entry, place, depth, listing, waiting)
        except FileNotFoundError as error:
            if not depth:
                raise RootAway(type(error).__name__) from error
        except OSError as error:
            if not depth:
                raise RootAway(f"{type(error).__name__} {error.errno or ''}") from error
            listing.unread[parent] = place.rpartition("/")[0]
    return listing


def _entries(parent: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(parent) as found:
        yield from (entry for entry in found if not is_ignored(entry.name))


def _sort(
    entry: os.DirEntry[str], place: str, depth: int, listing: Listing, waiting: list[tuple[str, str, int]]
) -> None:
    """Put an entry where it belongs; raises OSError when its folder may be listed but not entered."""
    try:
        if entry.is_dir(follow_symlinks=False):
            inside = f"{place}/{entry.name}" if place else entry.name
            if depth < DEPTH:
                waiting.append((entry.path, inside, depth + 1))
            else:
                listing.unread[entry.path] = place
            return
        # Windows updates what a folder says of a file only when the file is closed: ask the file.
        status = os.lstat(entry.path) if os.name == "nt" else entry.stat(follow_symlinks=False)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM) and not os.access(os.path.dirname(entry.path), os.X_OK):
            raise
        if error.errno not in (errno.ENOENT, errno.ESTALE):  # removed meanwhile, for these
            listing.unread[entry.path] = place
        return
    listing.files.append(Found(entry.path, place, signature(status)))


def is_ignored(name: str) -> bool:
    """Say whether a name is that of a hidden file, of one still being transferred, or of the system's own."""
    low = name.lower()
    return low.startswith((".", "~$")) or low.endswith(_IGNORED_SUFFIXES) or low in _IGNORED_NAMES
