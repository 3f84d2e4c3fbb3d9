"""How fast files are taken, how long a look at a full folder lasts, and what a watcher costs that has nothing to do.

Knows nothing of faults.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench import crew
from bench.dock import AT_REST, Dock, Found, dock, found
from pipeline.inbox import Outcome
from pipeline.inbox.watcher import Root, Watcher

RESCAN_LIMIT_SECONDS = 5.0
IDLE_LIMIT_PERCENT = 2.0
SETTLED_SECONDS = 120.0
"""At most so long until the files that lie there were all looked at."""
DEFAULTS = {"auto": "\n", "polling": "\npolling = true\n"}
"""The settings of a practice that changed nothing, but how it looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Many files at once."""

    files: int
    per_second: float
    found: Found


def many(told: Callable[[str], None], *, files: int) -> Pace:
    """So many small files dropped at once, before the watcher: each taken once."""
    with dock(told) as made:
        made.crew.stop()
        made.feed(files)
        begun = time.monotonic()
        made.crew.start("watch")
        left = files
        moved = begun
        while left and made.alive() and time.monotonic() - moved < AT_REST:
            time.sleep(files / 2000)
            before, left = left, made.lying()
            moved = time.monotonic() if left < before else moved
            told(f"{left} files wait")
        seconds = moved - begun
        return Pace(files=files, per_second=round((files - left) / seconds, 1), found=found(made))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """A folder where many files lie that were all dealt with, looked at regularly."""

    look_seconds: float
    percent: float | None
    """Of a core, taken by a watcher that looks at nothing else; None when it was not measured."""


def lying(*, files: int, seconds: float) -> Lying:
    """What it costs to look at so many files: once, then for so many seconds (0: not measured)."""
    with TemporaryDirectory(prefix="copiste-intake-") as name:
        root = Path(name)
        for number in range(files):
            (root / f"dictée {number:05d}.wav").touch()
        left = Outcome(state="left", name="", reason="")
        watcher = Watcher([Root(path=root, polling=True)], lambda *_, **__: left, stable_seconds=0.0)
        for _ in range(2):
            watcher.scan()
        begun = time.perf_counter()
        watcher.scan()
        look = time.perf_counter() - begun
        return Lying(look_seconds=look, percent=_looking(watcher, seconds) if seconds else None)


def _looking(watcher: Watcher, seconds: float) -> float:
    watcher.start()
    try:
        before, begun = time.process_time(), time.monotonic()
        time.sleep(seconds)
        return 100 * (time.process_time() - before) / (time.monotonic() - begun)
    finally:
        watcher.stop()


def idle_percent(told: Callable[[str], None], *, files: int, seconds: float, intake: str) -> float:
    """Share of one core that a watch process takes, with the settings of a new practice, while files lie there.

    They are hard links, which are told and left where they are.
    """
    with dock(told, intake=intake) as made:
        made.crew.stop()
        _links(made, files)
        made.crew.start("watch")
        crew.until(lambda: _percent(made, 2.0) > 5.0, seconds=30)
        crew.until(lambda: _percent(made, 6.0) < 5.0, seconds=SETTLED_SECONDS)
        return _percent(made, seconds)


def _links(made: Dock, files: int) -> None:
    outside = made.scene.folder / "outside"
    outside.mkdir()
    for number in range(files):
        path = outside / f"{number}.wav"
        path.write_bytes(b"RIFF")
        os.link(path, made.inbox / f"dictée {number:05d}.wav")


def _percent(made: Dock, seconds: float) -> float:
    before, begun = _cpu(made), time.monotonic()
    time.sleep(seconds)
    return 100 * (_cpu(made) - before) / (time.monotonic() - begun)


def _cpu(made: Dock) -> float:
    """Seconds of processor that the watch process and its children took so far."""
    whole = psutil.Process(made.watcher().process.pid)
    times = [one.cpu_times() for one in (whole, *whole.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))
