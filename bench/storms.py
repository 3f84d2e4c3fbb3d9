"""Families of faults that strike whoever takes: kills, system calls that fail, two watchers, folders that go away.

Each plays on the real watch process (see `dock`). Knows nothing of how files are written.
"""

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from bench import crew, faults
from bench.dock import POLLING, Dock, Found, dock, found

ERRORS = ("ENOSPC", "EIO")
WRITING = ("write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "unlink", "unlinkat", "openat",
           "ftruncate")  # fmt: skip
NEVER_FAIL = ("fcntl",)
"""Releasing a lock never fails on a local disk, where the databases must be; SQLite would keep it for ever."""
DEATH_SECONDS = 3.0
"""A take is over long before: a kill that has not come by then will not."""


def kills(told: Callable[[str], None], *, times: int, url: str | None = None) -> Found:
    """kill -9 of the watch process at any moment of its takes, as soon as it is at work again."""
    with dock(told, url=url, seed=2) as made:
        for number in range(times):
            made.feed(4)
            made.until_fewer(made.lying())
            time.sleep(made.chance.uniform(0, 0.25))
            made.watcher().process.kill()
            made.watcher().process.wait()
            made.restart()
            made.faults += 1
            told(f"{number + 1} kills, {made.lying()} files wait")
        return found(made)


def steps(told: Callable[[str], None], *, calls: Sequence[str], most: int) -> Found:
    """kill -9 at each system call of a take: the first openat, the second… then the writes, the syncs, the renames."""
    if why := faults.why_not():
        return Found(faults=0, verdict=None, not_run=(why,))
    with dock(told) as made:
        for call in calls:
            for n in range(1, min(most, faults.STEPS[call]) + 1):
                if not _killed_at(made, call, n):
                    break
                made.faults += 1
            told(f"{call}: {made.faults} kills so far")
        return found(made)


def _killed_at(made: Dock, call: str, n: int) -> bool:
    process, log = made.watcher().process, made.scene.folder / "strace"
    with faults.injected(process.pid, [call], "signal=SIGKILL", when=str(n), log=log):
        made.feed(2)
        dead = crew.until(lambda: process.poll() is not None, seconds=DEATH_SECONDS)
    if dead:
        made.restart()
        made.warm()
    return dead


def errors(told: Callable[[str], None], *, rounds: int, single: int) -> Found:
    """ENOSPC and EIO at every n-th system call that writes or opens, for a while; then at the n-th of each, once."""
    if why := faults.why_not():
        return Found(faults=0, verdict=None, not_run=(why,))
    with dock(told) as made:
        for error in ERRORS:
            for n in range(1, rounds + 1):
                made.faults += _failing(made, WRITING, error, when=f"{n}+{n}", seconds=1.2)
                told(f"{error} every {n}: {made.faults} so far")
        for call, times in faults.STEPS.items():
            for n in range(1, min(0 if call in NEVER_FAIL else single, times) + 1):
                made.faults += _failing(made, (call,), ERRORS[n % 2], when=str(n), seconds=0.6)
        return found(made)


def _failing(made: Dock, calls: tuple[str, ...], error: str, *, when: str, seconds: float) -> int:
    log = made.scene.folder / "strace"
    with faults.injected(made.watcher().process.pid, calls, f"error={error}", when=when, log=log):
        made.feed(1)
        time.sleep(seconds)
    if made.watcher().process.poll() is not None:
        made.notes.append(f"the watch process died of {error}")
        made.restart()
        made.warm()
    return faults.count(log)


def race(told: Callable[[str], None], *, files: int, url: str | None) -> Found:
    """Two watch processes that look for themselves at one folder, where nothing tells them of changes."""
    with dock(told, url=url, intake=POLLING, watchers=2) as made:
        for _ in range(files // 10):
            made.feed(10)
            made.faults += 10
            time.sleep(0.05)
        return found(made)


def readers(told: Callable[[str], None], *, times: int) -> Found:
    """kill -9 of the process that decodes, in the middle of its files."""
    with dock(told) as made:
        if not _decoders(made):
            return Found(faults=0, verdict=None, not_run=("nothing decodes apart",))
        while made.faults < times and made.alive():
            made.feed(4)
            made.until_fewer(made.lying(), seconds=5)
            time.sleep(made.chance.uniform(0, 0.1))
            for child in _decoders(made):
                with suppress(psutil.NoSuchProcess):
                    child.send_signal(signal.SIGKILL)
                    made.faults += 1
        return found(made)


def _decoders(made: Dock) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        children = psutil.Process(made.watcher().process.pid).children(recursive=True)
        return [child for child in children if any("pipeline.sound.decoder" in word for word in child.cmdline())]
    return []


def vanishing(told: Callable[[str], None], *, folder: Path, times: int) -> Found:
    """A watched folder that goes away at any moment, as a stick that is pulled out, and comes back a second later."""
    root, away = folder / "share", folder / "away"
    root.mkdir()
    with dock(told, more_roots=[root]) as made:
        for _ in range(times):
            for _ in range(3):
                made.drop(root / f"{next(made.seeds)}.wav", made.content())
            time.sleep(made.chance.uniform(0, 0.5))
            os.rename(root, away)
            made.faults += 1
            time.sleep(0.8)
            os.rename(away, root)
            time.sleep(0.1)
        return found(made)
