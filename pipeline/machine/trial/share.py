"""What a folder can do: tell of changes, keep dates and names, give back what was removed, say who is writing.

Everything is measured in a folder of the trial's own, from this machine: what another machine would see of it cannot
be known from here.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from pipeline import disk

T = TypeVar("T")
Lease = Literal["tells", "blind", "unknown"]
"""Whether the system says that a file is still open for writing: it does, it does not, or it cannot be asked."""

EVENT_SECONDS = 3.0
"""How long an own change may take to be told, before it is held never to be."""
_SILENCE = 0.2
"""How long the rest of what was told is listened to: watchdog grumbles when it is stopped in the middle of it."""
LISTED = 100
"""How many files are listed to know what a listing costs."""
_DATE = 1_500_000_001_123_456_789
_STEPS = (1, 100, 1000, 1_000_000, 10_000_000, 1_000_000_000, 2_000_000_000)
"""How finely file systems keep dates, in nanoseconds: the last one is a USB stick's."""
_CACHES = ("actimeo", "acregmin")
"""Mount options that let this machine see late what another changes in a file, in seconds."""
_LATE = {"nfs": 3.0, "nfs4": 3.0, "cifs": 1.0, "smb3": 1.0}
"""What they are when a share was mounted without saying: nfs(5), mount.cifs(8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What was measured; None where the folder did not let it be."""

    network: bool
    kind: str
    """The kind of file system, as the system calls it; empty when it does not say."""
    late: float
    """How late this machine may see another's changes, in seconds, as it was mounted."""
    free: int
    """Bytes."""
    event: float | None
    """Seconds before an own change is told; None: it is not told."""
    listing: float | None
    """Seconds to list `LISTED` files and their dates."""
    date_step: float | None
    """How finely dates are kept, in seconds."""
    clock_offset: float | None
    """How far the dates that the folder gives are from this machine's clock, in seconds; above 0: they are ahead."""
    sensitive: bool | None
    """Whether « A » and « a » are two names."""
    replaces: bool | None
    """Whether a file can be renamed over another."""
    syncs: bool | None
    """Whether a file can be forced to the disk."""
    lease: Lease
    longest_name: int | None
    """Bytes."""


def measured(folder: Path) -> Share:
    """Measure a folder in which files may be made and removed; leaves nothing in it. Never raises OSError."""
    kind, late = _mounted(folder)
    return Share(
        network=disk.is_network(folder),
        kind=kind,
        late=late,
        free=disk.free(folder),
        event=_event(folder),
        listing=_or_none(_listing, folder),
        date_step=_or_none(_date_step, folder),
        clock_offset=_or_none(_clock_offset, folder),
        sensitive=_or_none(_sensitive, folder),
        replaces=_or_none(_replaces, folder) is True,
        syncs=_or_none(_syncs, folder) is True,
        lease=_or_none(_lease, folder) or "unknown",
        longest_name=_or_none(_longest_name, folder),
    )


def _or_none(measure: Callable[[Path], T], folder: Path) -> T | None:
    try:
        return measure(folder)
    except OSError:
        return None


@contextmanager
def _file(folder: Path, name: str = "mesure", content: bytes = b"x") -> Iterator[Path]:
    """A file that is removed at the end."""
    path = folder / name
    try:
        path.write_bytes(content)
        yield path
    finally:
        with suppress(OSError):
            path.unlink()


# --- where it is --------------------------------------------------------------------------------------------------


def _mounted(folder: Path) -> tuple[str, float]:
    """The kind of file system, and how many seconds late it may show another machine's changes."""
    kind, listed = disk.mounted(folder)
    options = dict(option.partition("=")[::2] for option in listed)
    said = (float(value) for key in _CACHES if (value := options.get(key, "")).isdigit())
    return kind, next(said, _LATE.get(kind, 0.0))


# --- what it tells ------------------------------------------------------------------------------------------------


def _event(folder: Path) -> float | None:
    """How long the system takes to tell of a file that this machine writes."""
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers import Observer

    heard = threading.Event()

    class Listener(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            if os.fsdecode(event.src_path).endswith("signal"):
                heard.set()

    observer: Any = Observer()
    try:
        observer.schedule(Listener(), str(folder), recursive=False)
        observer.start()
    except OSError:
        return None
    begun = time.monotonic()
    try:
        (folder / "signal").write_bytes(b"x")
        return time.monotonic() - begun if heard.wait(EVENT_SECONDS) else None
    except OSError:
        return None
    finally:
        time.sleep(_SILENCE)
        observer.stop()
        observer.join()
        with suppress(OSError):
            (folder / "signal").unlink()


def _listing(folder: Path) -> float:
    """What a look at a full folder costs."""
    inside = folder / "liste"
    inside.mkdir()
    try:
        for number in range(LISTED):
            (inside / f"{number}").touch()
        begun = time.monotonic()
        with os.scandir(inside) as entries:
            for entry in entries:
                os.lstat(entry.path)
        return time.monotonic() - begun
    finally:
        for path in inside.iterdir():
            path.unlink()
        inside.rmdir()


# --- dates and names ----------------------------------------------------------------------------------------------


def _date_step(folder: Path) -> float:
    """How finely a date is kept: one is given, and read again."""
    with _file(folder) as path:
        os.utime(path, ns=(_DATE, _DATE))
        kept = path.stat().st_mtime_ns
    step = next((step for step in _STEPS if _DATE - kept < step), _STEPS[-1])
    return step / 1e9


def _clock_offset(folder: Path) -> float:
    before = time.time()
    with _file(folder) as path:
        given = path.stat().st_mtime
    return given - (before + time.time()) / 2


def _sensitive(folder: Path) -> bool:
    with _file(folder, "casse"):
        return not (folder / "CASSE").exists()


def _longest_name(folder: Path) -> int:
    """The longest name that is kept as it was given, of those that matter: 255 bytes is what a disk allows."""
    for length in (255, 200, 143, 120, 60):  # 143: an encrypted home folder
        with suppress(OSError), _file(folder, "n" * length):
            if any(len(path.name) == length for path in folder.iterdir()):
                return length
    return 0


# --- what it does -------------------------------------------------------------------------------------------------


def _replaces(folder: Path) -> bool:
    with _file(folder, "ancien", b"ancien") as old, _file(folder, "nouveau", b"nouveau") as new:
        os.replace(new, old)
        return old.read_bytes() == b"nouveau"


def _syncs(folder: Path) -> bool:
    with _file(folder) as path:
        descriptor = os.open(path, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return True


def _lease(folder: Path) -> Lease:
    """Whether asking for a lease tells a file that is being written from one that no one has open."""
    try:
        import fcntl

        ask = fcntl.F_SETLEASE
    except (ImportError, AttributeError):
        return "unknown"
    with _file(folder) as path:
        if not _granted(path, ask):
            return "unknown"  # it refuses whatever the file: nothing can be known from it
        with path.open("ab"):
            return "blind" if _granted(path, ask) else "tells"


def _granted(path: Path, ask: int) -> bool:
    import fcntl

    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.fcntl(descriptor, ask, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, ask, fcntl.F_UNLCK)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
