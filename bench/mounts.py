"""Families of faults that need a disk of their own, mounted for the time of the measure: read-only, full, unplugged.

Where mounting is not allowed they are not run, and say so. Each plays on the real watch process (see `dock`).
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from bench import crew
from bench.dock import Dock, Found, dock, found
from pipeline import tables

SMALL, LARGE = "30m", "400m"


class NotAllowed(Exception):
    """The system does not let this account mount."""


@contextmanager
def disk(*, size: str = LARGE) -> Iterator[Path]:
    """A disk in memory of this size, unmounted at the end; NotAllowed."""
    with TemporaryDirectory(prefix="copiste-disk-", ignore_cleanup_errors=True) as name:
        if not _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", name):
            raise NotAllowed
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "-l", name], check=False, stderr=subprocess.DEVNULL)


@cache
def why_not() -> str:
    """Why no disk can be mounted on this machine; empty when one can."""
    if shutil.which("mount") is None:
        return "there is no mount command"
    try:
        with disk(size="1m"):
            return ""
    except NotAllowed:
        return "mounting is not allowed here"


def read_only(told: Callable[[str], None], *, files: int, seconds: float) -> Found:
    """A watched folder that can be read only: each file is taken once, and leaves once it can."""
    if why := why_not():
        return Found(faults=0, verdict=None, not_run=(why,))
    with disk() as root, dock(told, more_roots=[root]) as made:
        for number in range(files):
            path = root / f"{number}.wav"
            content = made.content()
            path.write_bytes(content)
            made.ledger.whole(content)
            made.stays.add(path)
            made.faults += 1
        _mount("-o", "remount,ro", str(root))
        crew.until(lambda: _rows(made) == files, seconds=60)
        time.sleep(seconds)  # several looks at what is left
        made.feed(1)
        made.until_fewer(1)
        _mount("-o", "remount,rw", str(root))
        made.stays.clear()
        made.crew.stop()
        made.crew.start("watch")  # one at work tries again too, five minutes later
        return found(made)


def full(told: Callable[[str], None], *, files: int, seconds: float) -> Found:
    """A practice whose disk fills up to the last byte while files arrive from another; then there is room again."""
    if why := why_not():
        return Found(faults=0, verdict=None, not_run=(why,))
    with (
        disk(size=SMALL) as home,
        TemporaryDirectory(prefix="copiste-intake-") as name,
        dock(told, home=home, more_roots=[Path(name)]) as made,
    ):
        for number in range(files):
            made.drop(Path(name) / f"{number}.wav", made.content(seconds=20.0))
        crew.until(lambda: _free(home) < 1_000_000, seconds=60)
        time.sleep(seconds)  # several tries
        made.faults = made.lying()
        told(f"{made.faults} files wait on a full disk")
        _mount("-o", f"remount,size={LARGE}", str(home))
        return found(made)


def unplugged(told: Callable[[str], None], *, times: int) -> Found:
    """A watched folder that is unmounted under the watcher, and mounted again with its files."""
    if why := why_not():
        return Found(faults=0, verdict=None, not_run=(why,))
    with disk() as stick, TemporaryDirectory(prefix="copiste-intake-") as name:
        root = Path(name)
        _mount("--bind", str(stick), name)
        try:
            with dock(told, more_roots=[root]) as made:
                for _ in range(times):
                    _pull(made, root, stick)
                return found(made)
        finally:
            subprocess.run(["umount", "-l", name], check=False, stderr=subprocess.DEVNULL)


def _pull(made: Dock, root: Path, stick: Path) -> None:
    for _ in range(3):
        made.drop(root / f"{next(made.seeds)}.wav", made.content())
    time.sleep(made.chance.uniform(0, 0.5))
    subprocess.run(["umount", "-l", str(root)], check=True)
    made.faults += 1
    time.sleep(0.8)
    _mount("--bind", str(stick), str(root))


def _mount(*words: str) -> bool:
    done = subprocess.run(["mount", *words], check=False, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return done.returncode == 0


def _free(path: Path) -> int:
    status = os.statvfs(path)
    return status.f_bavail * status.f_frsize


def _rows(made: Dock) -> int:
    with made.scene.practice.look() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(tables.dictation)) or 0
