"""Watch folders, and hand over each file when it has stopped changing: one lookout for each folder.

Each has a thread of its own, so that a share that hangs keeps no other folder waiting.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from pipeline.inbox import Outcome
from pipeline.inbox.listing import is_ignored
from pipeline.inbox.lookout import Lookout, Pace, Root, Sight

__all__ = ["Root", "Sight", "Watcher", "is_ignored"]

STOP_SECONDS = 60.0
"""What a file being taken is given to end when the watcher stops; past it, it is taken again at the next start."""


class Watcher:
    """The files of some folders, each tried when it has not changed for `stable_seconds`.

    `take` is called as `take(path, folder=…, patient=…)`, as `inbox.take` with the rest filled in, from several
    threads at once when there are several roots. A file that is stable but not whole waits until it has not changed
    for `patience_seconds`, then is refused. A file that cannot be taken now (any exception) is tried again later,
    less and less often. `told` hears every outcome but *waiting*; `seen` hears what each root looked like.
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
        seen: Callable[[Sight], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        pace = Pace(
            stable=stable_seconds, patience=max(stable_seconds, patience_seconds), rescan=max(0.05, rescan_seconds)
        )
        self._lookouts = [Lookout(root, take, pace=pace, told=told, seen=seen, clock=clock) for root in roots]
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Watch in threads of its own until `stop`."""
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=lookout.watch, args=(self._stopping,), name=f"inbox-{number}", daemon=True)
            for number, lookout in enumerate(self._lookouts, start=1)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop watching, once the files being taken are done with; a share that hangs is not waited for for ever."""
        self._stopping.set()
        for lookout in self._lookouts:
            lookout.wake()
        end = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        self._threads = []

    def scan(self) -> list[Outcome]:
        """Look at every root once, try what is ripe, and say what became of it."""
        return [outcome for lookout in self._lookouts for outcome in lookout.look()]
