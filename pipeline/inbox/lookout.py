"""Watch over one folder, and hand over each file when it has stopped changing.

What the system says of changes only wakes it up; every decision is made by looking. Times are those of a clock that
never jumps. Knows nothing of what taking a file means: it is given a function that does it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.errors import DamagedLeft, FolderLeft, RootAway, RootClosed, UnreadableLeft, UnremovedLeft
from pipeline.inbox import Outcome, readable
from pipeline.inbox.footing import Footing
from pipeline.inbox.listing import Found, Listing, Signature, listed, signature

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
"""Between two looks at a folder that tells nothing."""
_LONGEST_PAUSE = 300.0
_LONGEST_WAIT = 60.0
_DAY = 86_400.0
_IDLE_SHARE, _BUSY_SHARE, _WALL_SHARE = 0.01, 0.05, 0.1
"""The part of a processor that looking may take when nothing happens, when something does; the part of the time."""
_TRIED_AGAIN = frozenset(kind.code for kind in (UnreadableLeft, DamagedLeft, UnremovedLeft))
"""What a person may set right without touching the file."""
_UNREAD: Signature = (0, 0, 0, 0)
"""Of a sub-folder that cannot be read: it has no mode, and never changes."""
_GONE: Signature = (-1, 0, 0, 0)
"""Of a file that was taken: what lies in its place afterwards is another one, even if it looks the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A watched folder."""

    path: Path
    polling: Literal["auto"] | bool = "auto"
    """Look at it regularly, wait for the system's signals, or find out which."""
    folder: str = ""
    """Put before the sub-folders, for a root that is one doctor's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long things are waited for, in seconds."""

    stable: float
    """Without a change before a file is tried."""
    patience: float
    """Without a change before what is not whole is refused."""
    rescan: float
    """Between two looks when the system tells of changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a root looked like at the last look."""

    path: Path
    mode: Literal["native", "polling"]
    waiting: int
    """Files that are there and not taken yet."""
    problem: str = ""
    """The code of an error when it is away, or when files cannot be removed from it."""


@dataclass(slots=True, kw_only=True)
class _Candidate:
    """A file that is there, since when it has not changed, and when to try it next."""

    folder: str
    signature: Signature
    since: float
    due: float
    failures: int = 0
    done: bool = False
    left: str = ""
    """The code that people were told of, when it was left there."""

    def begin(self, now: float, *, stable: float) -> None:
        """It changed, or may have: wait again."""
        self.since, self.due, self.failures, self.done = now, now + stable, 0, False


class Lookout:
    """Looks at one root, and tries what is ripe in it: `take(path, folder=…, patient=…)`, as `inbox.take`.

    `told` hears every outcome but *waiting*, `seen` what the root looked like: what they raise stops nothing.
    """

    def __init__(
        self,
        root: Root,
        take: Callable[..., Outcome],
        *,
        pace: Pace,
        told: Callable[[Outcome], None] | None,
        seen: Callable[[Sight], None] | None,
        clock: Callable[[], float],
    ) -> None:
        self.root = root
        self._take = take
        self._pace = pace
        self._told = told
        self._seen = seen
        self._clock = clock
        self._hint = threading.Event()
        self._footing = Footing(root.path, polling=root.polling, wake=self._hint.set)
        self._looking = threading.Lock()
        self._candidates: dict[str, _Candidate] = {}
        self._waiting = 0
        self._closed: set[str] = set()
        """Folders from which nothing can be removed."""
        self._to_tell: deque[Outcome] = deque(maxlen=10_000)
        self._unheard = False
        self._cost = 0.0

    # --- looking --------------------------------------------------------------------------------------------------

    def look(self, *, stopping: threading.Event | None = None) -> list[Outcome]:
        """Look at the root once, try what is ripe in the order of its dates, and say what became of it."""
        with self._looking:
            try:
                outcomes, ripe = self._seen_there()
            except (RootAway, OSError) as error:
                self._footing.leave(error)
                self._report()
                return []
            self._report()
            for found in ripe:
                if stopping is not None and stopping.is_set():
                    break
                outcomes += self._try(found)
                self._report()
            return outcomes

    def _seen_there(self) -> tuple[list[Outcome], list[Found]]:
        """What went, and what is ripe; measures what looking costs."""
        begun, spent = time.monotonic(), time.thread_time()
        arrived = self._footing.arrive()
        if arrived == "back":  # what waits may have been half copied when the root went
            now = self._clock()
            for candidate in self._candidates.values():
                if not candidate.done:
                    candidate.begin(now, stable=self._pace.stable)
        told = self._footing.drained()
        listing = listed(self.root.path, folder=self.root.folder)
        gone = self._forget(listing)
        new, ripe = self._compare(listing)
        self._footing.doubt(new if arrived == "same" else (), told, now=self._clock())
        self._closed = {folder for folder in self._closed if not os.access(folder, os.W_OK)}
        wall = (time.monotonic() - begun) * _IDLE_SHARE / _WALL_SHARE
        self._cost = max(time.thread_time() - spent, wall)
        return gone, ripe

    def _compare(self, listing: Listing) -> tuple[list[str], list[Found]]:
        """Bring the candidates up to date; gives the new ones, and those to try now, oldest first."""
        now = self._clock()
        new: list[str] = []
        ripe: list[Found] = []
        for found in _all(listing):
            candidate = self._candidates.get(found.path)
            if candidate is None:
                candidate = _Candidate(folder=found.folder, signature=found.signature, since=now, due=now)
                candidate.begin(now, stable=self._pace.stable)
                self._candidates[found.path] = candidate
                new.append(found.path)
            elif candidate.signature != found.signature:
                candidate.signature = found.signature
                candidate.begin(now, stable=self._pace.stable)
            if not candidate.done and now >= candidate.due:
                ripe.append(found)
        self._waiting = sum(not (candidate.done or candidate.left) for candidate in self._candidates.values())
        return new, sorted(ripe, key=lambda found: (found.signature[3], found.path))

    def _forget(self, listing: Listing) -> list[Outcome]:
        """Drop what is no longer there; people had been told of some of it, and are told that it went."""
        there = {found.path for found in listing.files} | listing.unread.keys()
        away = [path for path in self._candidates if path not in there and not listing.may_hold(path)]
        outcomes = []
        for path in away:
            candidate = self._candidates.pop(path)
            if candidate.left:
                name, folder = readable(os.path.basename(path)), readable(candidate.folder)
                outcomes.append(Outcome(state="gone", name=name, folder=folder, code=candidate.left))
        self._to_tell += outcomes
        return outcomes

    # --- trying ---------------------------------------------------------------------------------------------------

    def _try(self, found: Found) -> list[Outcome]:
        """Try one file, whose turn may have come long after it was looked at."""
        candidate, now = self._candidates[found.path], self._clock()
        if found.signature == _UNREAD:
            return self._unread(found, candidate, now)
        if not _is_same(found):
            candidate.begin(now, stable=self._pace.stable)
            return []
        try:
            patient = now < candidate.since + self._pace.patience
            outcome = self._take(Path(found.path), folder=found.folder, patient=patient)
        except Exception as error:  # whatever it is (a database away, a full disk), the file stays and is tried again
            self._failed(candidate, error, now)
            return []
        if outcome.state == "waiting":
            self._wait(candidate, now)
            return []
        return self._settle(found, candidate, outcome, now)

    def _wait(self, candidate: _Candidate, now: float) -> None:
        last_chance = candidate.since + self._pace.patience
        if now < last_chance:
            candidate.due = last_chance
        else:
            candidate.due = now + min(_LONGEST_WAIT, self._backed_off(candidate))
            candidate.failures += 1

    def _failed(self, candidate: _Candidate, error: Exception, now: float) -> None:
        candidate.failures += 1
        candidate.due = now + min(_LONGEST_PAUSE, self._backed_off(candidate))
        log.warning("a file could not be taken: %s %s", type(error).__name__, getattr(error, "errno", "") or "")

    def _backed_off(self, candidate: _Candidate) -> float:
        return max(1.0, self._pace.stable) * 2.0 ** min(candidate.failures, 20)

    def _settle(self, found: Found, candidate: _Candidate, outcome: Outcome, now: float) -> list[Outcome]:
        """Have people told, once; what a person may set right is tried again, less and less often."""
        self._waiting -= not candidate.left
        told_already = outcome.state == "left" and (
            candidate.left == outcome.code or self._is_closed(os.path.dirname(found.path), outcome.code)
        )
        candidate.left = outcome.code if outcome.state == "left" else candidate.left
        candidate.done = outcome.state != "left" or outcome.code not in _TRIED_AGAIN
        candidate.signature = _GONE if outcome.state in ("taken", "known") else candidate.signature
        candidate.due = now + min(_DAY, _LONGEST_PAUSE * 2.0 ** min(candidate.failures, 20))
        candidate.failures += 1
        if not told_already:
            self._to_tell.append(outcome)
        return [outcome]

    def _is_closed(self, folder: str, code: str) -> bool:
        """Whether nothing can be removed from this folder, and people were told so of another file of it."""
        if code != UnremovedLeft.code or os.access(folder, os.W_OK):
            return False
        known = folder in self._closed
        self._closed.add(folder)
        return known

    def _unread(self, found: Found, candidate: _Candidate, now: float) -> list[Outcome]:
        """A sub-folder that could not be read for so long is told, once: looking will tell when it can be."""
        candidate.due = candidate.since + self._pace.patience
        if now < candidate.due:
            return []
        name, folder = readable(os.path.basename(found.path)), readable(found.folder)
        outcome = Outcome(state="left", name=name, folder=folder, reason=FolderLeft.advice, code=FolderLeft.code)
        return self._settle(found, candidate, outcome, now)

    # --- what others hear -----------------------------------------------------------------------------------------

    def _report(self) -> None:
        """Say what the root looks like, and tell, in order, what is to be told; the rest is told at the next look."""
        problem = RootAway.code if self._footing.away else RootClosed.code if self._closed else ""
        sight = Sight(path=self.root.path, mode=self._footing.mode, waiting=self._waiting, problem=problem)
        heard = self._seen is None or self._guarded(self._seen, sight)
        while heard and self._to_tell:
            heard = self._told is None or self._guarded(self._told, self._to_tell[0])
            if heard:
                self._to_tell.popleft()
        self._unheard = not heard

    def _guarded(self, hearer: Callable[[Any], None], heard: object) -> bool:
        try:
            hearer(heard)
        except Exception as error:  # taking files never depends on who is told of it; they are told again
            if not self._unheard:  # said once for each time it begins
                log.warning("what was seen in a watched folder could not be told: %s", type(error).__name__)
            return False
        return True

    # --- its own thread -------------------------------------------------------------------------------------------

    def watch(self, stopping: threading.Event) -> None:
        """Look until told to stop, when the system says that something changed and when the time has come."""
        self._footing.begin()
        try:
            while not stopping.is_set():
                self._hint.clear()
                self._look_safely(stopping)
                if self._hint.wait(timeout=self._pause()):
                    stopping.wait(max(min(0.5, self._pace.stable), self._cost / _BUSY_SHARE))
        finally:
            with self._looking:
                self._footing.close()

    def _look_safely(self, stopping: threading.Event) -> None:
        try:
            self.look(stopping=stopping)
        except Exception as error:  # a thread that ended would leave this folder unwatched; the next look begins anew
            log.error("a look at a watched folder failed: %s", type(error).__name__)

    def wake(self) -> None:
        """Look at once."""
        self._hint.set()

    def _pause(self) -> float:
        """Until the next look: a file's turn, or the time that keeps an idle folder from costing anything."""
        now = self._clock()
        turn = min((one.due for one in self._candidates.values() if not one.done), default=now + _LONGEST_PAUSE) - now
        idle = self._pace.rescan if self._footing.mode == "native" else min(POLL_SECONDS, self._pace.rescan)
        idle = max(idle, min(_LONGEST_PAUSE, self._cost / _IDLE_SHARE))
        return max(0.05, min(_LONGEST_PAUSE, self._cost / _BUSY_SHARE), min(idle, turn))


def _all(listing: Listing) -> Iterator[Found]:
    """What was found, and sub-folders that cannot be read among the rest."""
    yield from listing.files
    for path, place in listing.unread.items():
        yield Found(path, place, _UNREAD)


def _is_same(found: Found) -> bool:
    """Whether a file still is as it was when it was looked at."""
    try:
        return signature(os.lstat(found.path)) == found.signature
    except OSError:
        return False
