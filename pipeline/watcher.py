"""Watch folders, and hand over each file when it has stopped changing.

What the system says of changes only wakes the watcher up; every decision is made by looking. Times are those of a
clock that never jumps. Knows nothing of what taking a file means: it is given a function that does it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.inbox import Identity, Outcome, identity

log = logging.getLogger(__name__)

_IGNORED_SUFFIXES = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".opdownload", "~")
_IGNORED_NAMES = frozenset({"thumbs.db", "desktop.ini"})
_WAKING = frozenset({"created", "modified", "moved", "closed"})
_LONGEST_PAUSE = 300.0
_POLL = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A watched folder; `polling` looks at it regularly, for network shares that tell nothing of changes."""

    path: Path
    polling: Literal["auto"] | bool = "auto"


@dataclass(slots=True, kw_only=True)
class _Candidate:
    """A file that is there, since when it has not changed, and when to try it next."""

    signature: tuple[Identity, int]
    since: float
    due: float
    failures: int = 0
    done: bool = False


class Watcher:
    """The files of some folders, each tried when it has not changed for `stable_seconds`.

    `take` is called as `take(path, folder=…, patient=…)`, as `inbox.take` with the rest filled in. A file that is
    stable but not whole waits until it has not changed for `patience_seconds`, then is refused. A file that cannot
    be taken now (any exception) is tried again later, less and less often. `told` hears every outcome but *waiting*.
    """

    def __init__(
        self,
        roots: Sequence[Root],
        take: Callable[..., Outcome],
        *,
        stable_seconds: float = 5.0,
        patience_seconds: float = 60.0,
        rescan_seconds: float = 30.0,
        told: Callable[[Outcome], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._roots = tuple(roots)
        self._take = take
        self._stable = stable_seconds
        self._patience = max(stable_seconds, patience_seconds)
        self._rescan = rescan_seconds
        self._told = told
        self._clock = clock
        self._candidates: dict[Path, _Candidate] = {}
        self._scanning = threading.Lock()
        self._hint = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._observers: list[Any] = []

    def start(self) -> None:
        """Watch in a thread of its own until `stop`."""
        self._stopping.clear()
        self._observers = [observer for root in self._roots if (observer := self._observer(root)) is not None]
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching, once the file being taken is done with."""
        self._stopping.set()
        self._hint.set()
        if self._thread is not None:
            self._thread.join()
        for observer in self._observers:
            observer.stop()
            observer.join()

    def scan(self) -> list[Outcome]:
        """Look at every root once, try what is ripe, and say what became of it."""
        with self._scanning:
            outcomes = []
            seen: set[Path] = set()
            for root in self._roots:
                for path, folder, signature in _files(root.path):
                    seen.add(path)
                    outcome = self._look(path, folder, signature)
                    if outcome is not None:
                        outcomes.append(outcome)
            self._candidates = {path: c for path, c in self._candidates.items() if path in seen}
            return outcomes

    def _look(self, path: Path, folder: str, signature: tuple[Identity, int]) -> Outcome | None:
        now = self._clock()
        candidate = self._candidates.get(path)
        if candidate is None or candidate.signature != signature:
            candidate = _Candidate(signature=signature, since=now, due=now + self._stable)
            self._candidates[path] = candidate
        if candidate.done or now < candidate.due:
            return None
        return self._try(path, folder, candidate, now)

    def _try(self, path: Path, folder: str, candidate: _Candidate, now: float) -> Outcome | None:
        last_chance = candidate.since + self._patience
        try:
            outcome = self._take(path, folder=folder, patient=now < last_chance)
        except Exception as error:
            candidate.failures += 1
            candidate.due = now + min(_LONGEST_PAUSE, max(1.0, self._stable) * 2**candidate.failures)
            log.warning("a file could not be taken: %s %s", type(error).__name__, getattr(error, "errno", "") or "")
            return None
        if outcome.state == "waiting":
            candidate.due = last_chance if now < last_chance else now + max(1.0, self._stable)
            return None
        candidate.done = True
        if self._told is not None:
            self._told(outcome)
        return outcome

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._hint.clear()
            try:
                self.scan()
            except Exception as error:
                log.error("a scan failed: %s", type(error).__name__)
            if self._hint.wait(timeout=self._pause()):
                self._stopping.wait(min(0.5, self._stable))

    def _pause(self) -> float:
        now = self._clock()
        due = [candidate.due - now for candidate in self._candidates.values() if not candidate.done]
        return min(self._rescan, max(0.05, min(due, default=self._rescan)))

    def _observer(self, root: Root) -> Any:
        """Ask to be told of changes; a root that cannot tell (absent, too many folders) has its rescans."""
        from watchdog.events import FileSystemEvent, FileSystemEventHandler
        from watchdog.observers import Observer
        from watchdog.observers.polling import PollingObserver

        hint = self._hint

        class Waker(FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                if event.event_type in _WAKING:
                    hint.set()

        observer = PollingObserver(timeout=min(_POLL, self._rescan)) if root.polling is True else Observer()
        try:
            observer.schedule(Waker(), str(root.path), recursive=True)
            observer.start()
        except OSError as error:
            log.warning("a watched folder does not tell of changes: %s %s", type(error).__name__, error.errno or "")
            return None
        return observer


def _files(root: Path) -> Iterator[tuple[Path, str, tuple[Identity, int]]]:
    """List what is in a root that may be a recording: its path, its sub-folder of the root, its signature."""
    waiting = [(root, "")]
    while waiting:
        parent, folder = waiting.pop()
        try:
            with os.scandir(parent) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            log.warning("a watched folder cannot be read: %s %s", type(error).__name__, error.errno or "")
            continue
        for entry in entries:
            path = Path(entry.path)
            if is_ignored(entry.name):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((path, folder or entry.name))
                    continue
                status = os.lstat(path)
            except OSError:
                continue
            yield path, folder, (identity(status), status.st_nlink)


def is_ignored(name: str) -> bool:
    """Say whether a name is that of a hidden file, of one still being transferred, or of the system's own."""
    low = name.lower()
    return low.startswith((".", "~$")) or low.endswith(_IGNORED_SUFFIXES) or low in _IGNORED_NAMES
