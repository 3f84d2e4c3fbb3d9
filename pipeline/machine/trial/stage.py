"""Where one scene plays: a sub-folder of its own, contents that no other has, and a pace that the folder can follow."""

import itertools
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.machine.trial.ledger import Ledger
from pipeline.machine.trial.recordings import Form, recording
from pipeline.machine.trial.share import Share
from pipeline.machine.trial.writers import Writer

_seeds = itertools.count(1)


class Stopped(Exception):
    """The trial is being stopped: a writer ends where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a trial goes, in seconds: the settings of its watchers, and the stalls of its writers."""

    stable: float = 0.8
    patience: float = 6.0
    rescan: float = 0.5
    short: float = 1.9
    """A stall that makes a file look done with: longer than `stable`, `rescan` and what a watcher waits for a burst of
    signals to end (half a second)."""
    long: float = 3.0
    """One that makes it look forgotten; shorter than the patience."""
    idle: float = 25.0
    """How long nothing may happen before the trial stops waiting for what was not taken."""


def paced(share: Share) -> Pace:
    """The pace that a folder can follow: on a stick that keeps dates by two seconds, a file looks still for longer."""
    known = Pace()
    slower = max(1.0, (share.date_step or 0.0) / known.stable)
    times = {name: getattr(known, name) * slower for name in ("stable", "patience", "short", "long")}
    return replace(known, **times)


@dataclass(slots=True, kw_only=True)
class Stage:
    """What a scene is given to play with."""

    scene: str
    """Its name, that of its sub-folder."""
    folder: Path
    outside: Path
    """A folder of the same share that is not watched."""
    ledger: Ledger
    pace: Pace
    stop: threading.Event
    faults: int = 0
    """How many were injected so far."""
    refused: list[str] = field(default_factory=list)
    """What the folder did not let be done, in French."""
    stays: list[Path] = field(default_factory=list)
    """What must still be there at the end."""
    _reading: list[Callable[[], object]] = field(default_factory=list)

    def content(self, form: Form = "wav", *, seconds: float = 2.0) -> bytes:
        """A recording that was never dropped."""
        return recording(next(_seeds), form=form, seconds=seconds)

    def drop(self, path: Path, content: bytes, writer: Writer | None = None, *, lasting: bool = True) -> str:
        """Write a whole recording, that must be taken if it is `lasting`; gives its SHA-256."""
        way = writer or Writer()
        sha256 = self.ledger.may(self.scene, content)
        self.faults += way.faults
        way.write(path, content, wait=self.wait)
        return self.ledger.must(self.scene, content) if lasting else sha256

    def received(self, sha256: str) -> None:
        """Wait until a content was taken, or is taken too late to wait any longer."""
        for _ in range(int(self.pace.idle)):
            if self.stop.is_set() or self.ledger.wait_for(sha256, seconds=1.0):
                break
        self.wait(0)

    def wait(self, seconds: float) -> None:
        """Let time pass; Stopped when the trial is being stopped."""
        if self.stop.wait(seconds):
            raise Stopped

    def while_read(self, action: Callable[[], object]) -> None:
        """Do something at the worst moment: the next time that a file of this folder was copied and not yet kept."""
        self._reading.append(action)

    def being_read(self) -> None:
        """A file of this folder was copied: do what was to be done then, once."""
        with suppress(IndexError, OSError):
            self._reading.pop()()

    def allowed(self, what: str, act: Callable[[], object]) -> bool:
        """Try something that a share may refuse; says whether it did not."""
        try:
            act()
        except (OSError, ValueError, NotImplementedError):
            self.refused.append(what)
            return False
        return True

    def touched(self) -> int:
        """How many of the things that must stay are gone."""
        return sum(not os.path.lexists(path) for path in self.stays)
