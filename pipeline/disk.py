"""The disks the practice lies on: whether one is a network share, and how much room is left.

SQLite loses data on a network share, whose locks do not hold from one machine to another: such a share is refused.
A kind of file system that is not known passes. Knows nothing of what is written.
"""

import errno
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from pipeline.errors import CopisteError, FolderError

NETWORK = frozenset((
    "9p", "acfs", "afpfs", "afs", "beegfs", "ceph", "cephfs", "cifs", "coda", "davfs", "drvfs", "glusterfs", "gpfs",
    "lustre", "ncpfs", "nfs", "nfs3", "nfs4", "prl_fs", "rclone", "s3fs", "smb", "smb2", "smb3", "smbfs", "sshfs",
    "vboxsf", "vmhgfs", "vmhgfs-fuse", "webdav", "webdavfs", "gvfsd-fuse",
))  # fmt: skip
"""Kinds of file system that are reached over a network, or through a virtual machine's window on its host."""
SHARE = (
    "Ce dossier est sur un partage réseau, où la base de données pourrait être abîmée. "
    "Choisissez un dossier d'un disque de cette machine, ou réglez [storage] database sur un serveur PostgreSQL."
)
MEGABYTE = 1_000_000


class DiskShort(CopisteError):
    """Too little room is left on a disk to begin anything."""

    code = "E110"
    exit_code = 110
    retry = True
    advice = (
        "Il n'y a presque plus de place sur le disque. Les fichiers déposés restent où ils sont et seront pris dès "
        "que de la place sera libérée. Videz la corbeille, ou déplacez ce qui n'est pas utile."
    )


def refuse_share(folder: Path) -> None:
    """FolderError when this folder, which may not exist yet, is on a network share."""
    if is_network(folder):
        raise FolderError("on a network share", advice=SHARE)


def is_network(folder: Path) -> bool:
    """Whether a folder is reached over a network; False when the system does not say."""
    if str(folder).startswith(("\\\\", "//")):
        return True
    kind, options = mounted(folder)
    return "remote" in options or kind in NETWORK or kind.removeprefix("fuse.") in NETWORK


def free(folder: Path) -> int:
    """Bytes free for us where a folder is, or will be."""
    return shutil.disk_usage(_existing(folder)).free


def is_short(folders: Iterable[Path], *, reserve_megabytes: int) -> bool:
    """Whether one of these folders has less room than the reserve. A disk that does not answer is not short of room."""
    return any(_free_or_plenty(folder) < reserve_megabytes * MEGABYTE for folder in folders)


def require_room(folders: Iterable[Path], *, reserve_megabytes: int) -> None:
    """DiskShort when one of these folders has less room than the reserve."""
    if is_short(folders, reserve_megabytes=reserve_megabytes):
        raise DiskShort("less room than the reserve")


@contextmanager
def told_when_full() -> Iterator[None]:
    """DiskShort instead of what the system, or SQLite, says when a disk has no room left."""
    from sqlalchemy.exc import OperationalError

    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF not in _SQLITE_FULL:
            raise
        raise DiskShort("the database's disk is full") from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskShort("the disk is full") from error


_SQLITE_FULL = (10, 13)
"""SQLITE_IOERR, which a log that cannot grow gives, and SQLITE_FULL."""


def _free_or_plenty(folder: Path) -> float:
    try:
        return free(folder)
    except OSError:  # what is done next will say what is wrong, better than a lack of room
        return float("inf")


def _existing(folder: Path) -> Path:
    """The nearest folder above that is there."""
    whole = folder.expanduser().absolute()
    return next(path for path in (whole, *whole.parents) if path.exists())


def mounted(folder: Path) -> tuple[str, frozenset[str]]:
    """The kind of the file system that holds a folder, and the options it is mounted with; empty when unknown."""
    place = _existing(folder).resolve()
    return _kind(place, _device(place))


def _device(place: Path) -> int:
    return place.stat().st_dev


@cache
def _kind(place: Path, _device: int) -> tuple[str, frozenset[str]]:
    """The device is part of the question: a share may be mounted later on a folder that was looked at before."""
    import psutil

    best, found = -1, ("", frozenset[str]())
    for part in psutil.disk_partitions(all=True):
        mount = Path(part.mountpoint)
        if place.is_relative_to(mount) and len(mount.parts) >= best:  # of two mounts on one place, the last one shows
            best, found = len(mount.parts), (part.fstype.lower(), frozenset(part.opts.lower().split(",")))
    return found
