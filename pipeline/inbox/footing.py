"""Where a watched root stands: there or away, the same as before or another, its signals believed or not."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from pipeline.errors import RootAway
from pipeline.inbox import signals

log = logging.getLogger(__name__)

UNTOLD_SECONDS = 5.0
"""How late the signal of a new file may be before the signals of its folder are believed no more."""


class Footing:
    """One root, from look to look. `polling` as in the settings; `wake` is called at each signal."""

    def __init__(self, path: Path, *, polling: Literal["auto"] | bool, wake: Callable[[], None]) -> None:
        self.away = False
        self._path = path
        self._polling = polling
        self._wake = wake
        self._wanted = False
        self._mounted = False
        self._here: tuple[int, int] | None = None
        self._untold: dict[str, float] = {}
        self._signals: signals.Signals | None = None

    def begin(self) -> None:
        """Have signals listened to from the next arrival: a single look needs none."""
        self._wanted, self._here = True, None

    @property
    def mode(self) -> Literal["native", "polling"]:
        """How changes are learnt of."""
        return "polling" if self._signals is None else "native"

    def arrive(self) -> Literal["same", "new", "back"]:
        """Be where the root is now: *back* when it was away or is another disk, *new* when signals begin again.

        Raises OSError when it is not there, RootAway when it was a mounted disk or share and no longer is: what
        shows then is the empty folder under it.
        """
        status, mounted = os.stat(self._path), os.path.ismount(self._path)
        if self._mounted and not mounted:
            raise RootAway("unmounted")
        here, before = (status.st_dev, status.st_ino), self._here
        back = self.away or before is None or before[0] != here[0]
        if self.away and before is not None:
            log.info("a watched folder is there again")
        self._here, self._mounted, self.away = here, mounted, False
        deaf = self._signals is not None and not self._signals.is_alive()
        if back or before != here or deaf:
            self._listen()
            return "back" if back else "new"
        return "same"

    def leave(self, error: Exception) -> None:
        """The root cannot be looked at; said once in the log."""
        if not self.away:
            log.warning("a watched folder is away: %s %s", type(error).__name__, getattr(error, "errno", "") or "")
        self.away = True
        self.close()

    def drained(self) -> frozenset[str]:
        """What was told of since the last time."""
        return self._signals.drained() if self._signals is not None else frozenset()

    def doubt(self, new: Iterable[str], told: frozenset[str], *, now: float) -> None:
        """Believe the signals no more once a new file stays untold. `now` is of a clock that never jumps."""
        if self._signals is None or self._polling is False:
            return
        untold, root = self._untold | dict.fromkeys(new, now), str(self._path)
        self._untold = {path: at for path, at in untold.items() if not signals.was_told(path, told, root=root)}
        if any(now - at >= UNTOLD_SECONDS for at in self._untold.values()):
            log.info("a watched folder does not tell of every change: it is looked at regularly")
            self.close()

    def close(self) -> None:
        """Listen no more."""
        self._untold.clear()
        if self._signals is not None:
            self._signals.close()
            self._signals = None

    def _listen(self) -> None:
        self.close()
        if self._wanted and self._polling is not True:
            self._signals = signals.believable(self._path, self._wake, tried=self._polling == "auto")
