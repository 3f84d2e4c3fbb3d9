"""What the system says of changes in a watched folder, and whether it can be believed.

A signal only wakes up whoever looks. A network share tells nothing of what other machines write, and what this one
writes there raises signals all the same: a trial by writing would prove nothing, so a share is never believed.
"""

from __future__ import annotations

import logging
import os
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import disk
from pipeline.inbox.listing import is_ignored

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver

log = logging.getLogger(__name__)

TRIAL_SECONDS = 3.0
"""How long the signal of a trial file is waited for; local disks give it at once."""
_STOP_SECONDS = 2.0


class Signals:
    """The signals of one folder, until `close`; raises OSError when the system cannot give any."""

    def __init__(self, folder: Path, wake: Callable[[], None]) -> None:
        self._folder = folder
        self._wake = wake
        self._told: set[str] = set()
        self._heard = threading.Condition()
        self._observer = self._listening()

    def _listening(self) -> BaseObserver:
        from watchdog import events
        from watchdog.observers import Observer

        # It names folders in what it says, and complains while it stops; what it could not tell shows by itself.
        logging.getLogger("watchdog").setLevel(logging.CRITICAL)
        heard = self._note

        class Handler(events.FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                heard(event)

        observer = Observer()
        observer.schedule(Handler(), str(self._folder), recursive=True, event_filter=[
            events.FileCreatedEvent, events.FileModifiedEvent, events.FileMovedEvent, events.FileClosedEvent,
            events.DirCreatedEvent, events.DirMovedEvent,
        ])  # fmt: skip
        observer.start()
        return observer

    def _note(self, event: FileSystemEvent) -> None:
        paths = [os.fsdecode(path) for path in (event.src_path, event.dest_path) if path]
        with self._heard:
            self._told.update(paths)
            self._heard.notify_all()
        if not all(is_ignored(os.path.basename(path)) for path in paths):
            self._wake()

    def drained(self) -> frozenset[str]:
        """The files and the new folders that were told of since the last time."""
        with self._heard:
            told = frozenset(self._told)
            self._told.clear()
        return told

    def answer(self) -> bool:
        """Whether the writing of a trial file, hidden and removed at once, is told of; raises OSError."""
        descriptor, path = tempfile.mkstemp(prefix=".copiste-", suffix=".tmp", dir=self._folder)
        try:
            os.close(descriptor)
            with self._heard:
                return self._heard.wait_for(lambda: path in self._told, timeout=TRIAL_SECONDS)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(path)

    def is_alive(self) -> bool:
        """Whether signals still come: they end with the folder, even when another takes its name."""
        return self._observer.is_alive() and all(emitter.is_alive() for emitter in self._observer.emitters)

    def close(self) -> None:
        """Listen no more. Ending waits for threads that may never end: whoever takes files does not wait for it."""
        ending = threading.Thread(target=self._end, name="signals-end", daemon=True)
        ending.start()
        ending.join(_STOP_SECONDS)

    def _end(self) -> None:
        with suppress(OSError, RuntimeError):
            self._observer.stop()
            self._observer.join()


def believable(folder: Path, wake: Callable[[], None], *, tried: bool = True) -> Signals | None:
    """Listen to a folder if its signals can be believed; None when it must be looked at regularly.

    `tried`: find out first, by where it lies and by writing in it; otherwise believe them without a trial.
    """
    if tried and disk.is_network(folder):
        return None
    signals = None
    try:
        signals = Signals(folder, wake)
        if not tried or signals.answer():
            return signals
    except OSError as error:  # too many folders, or one that cannot be written
        log.info("a watched folder is looked at regularly: %s %s", type(error).__name__, error.errno or "")
    if signals is not None:
        signals.close()
    return None


def was_told(path: str, told: frozenset[str], *, root: str) -> bool:
    """Whether a file was told of, or a folder of the root that came with it."""
    while len(path) > len(root):
        if path in told:
            return True
        path = os.path.dirname(path)
    return False
