"""Who is at work on a practice, on whatever machine, and how upkeep comes to be alone with it.

Each process at work holds a slot that dies with it. Upkeep (upgrade, restore, rotation of keys) takes a slot that
all of them look at: they leave when it is held, and none enters until it is free. Each side takes its own slot before
it looks at the other's, so that at least one of the two sees the other.

Knows nothing of what the processes do, nor of what upkeep does.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import sqlalchemy as sa

from pipeline import slots
from pipeline.errors import CopisteError
from pipeline.practice import Practice, database_url
from pipeline.slots import Lock, Locks

log = logging.getLogger(__name__)

Part = Literal["run", "watch", "work", "serve", "crew"]
LOOK_SECONDS = 2.0
"""How often a process at work looks whether it must leave."""
PATIENCE_SECONDS = 30.0
"""How long a process that starts waits for upkeep to end, and upkeep for processes beyond the time they may take."""
_UPKEEP = "upkeep-1"
_SAID = {"run": "tout-en-un", "watch": "surveillance des dossiers", "work": "transcription", "serve": "pages"}


class PracticeBusy(CopisteError):
    """Upkeep must be alone, and something else is at work."""

    code = "E013"
    exit_code = 13
    advice = "Une autre opération d'entretien est en cours sur ce cabinet. Attendez sa fin, puis recommencez."


class UpkeepUnderWay(CopisteError):
    """Nothing may work on the practice while it is being looked after; a service starts again by itself."""

    code = "E014"
    exit_code = 14
    advice = "Une opération d'entretien est en cours sur ce cabinet. Relancez Copiste quand elle sera finie."


class Presence:
    """The slot of a process at work."""

    def __init__(self, locks: Locks, slot: str, lock: Lock) -> None:
        self.locks = locks
        self.slot = slot
        self._lock = lock
        self._away = False

    def must_leave(self) -> bool:
        """Whether upkeep waits for this process to stop; to be asked every `LOOK_SECONDS`."""
        try:
            if not self._lock.alive():  # the database restarted and dropped it; another may have its number since
                self.slot, self._lock = slots.first_free(self.locks, self.slot.rpartition("-")[0])
            wanted, self._away = self.locks.is_held(_UPKEEP), False
        except (sa.exc.SQLAlchemyError, OSError) as error:  # the database is away: no one can be looking after it
            if not self._away:  # said once for each time it goes
                log.warning("presence: %s", type(error).__name__)
            wanted, self._away = False, True
        return wanted

    def end(self) -> None:
        """Give the slot back."""
        self._lock.release()


@contextmanager
def present(practice: Practice, part: Part, *, wait_seconds: float = PATIENCE_SECONDS) -> Iterator[Presence]:
    """Be at work on a practice; UpkeepUnderWay when it is being looked after and still is after `wait_seconds`."""
    locks = slots.locks(_url(practice))
    end = time.monotonic() + wait_seconds
    while (here := _entered(locks, part)) is None:
        if time.monotonic() >= end:
            raise UpkeepUnderWay
        time.sleep(min(LOOK_SECONDS, wait_seconds / 10))
    try:
        yield here
    finally:
        here.end()


def _entered(locks: Locks, part: Part) -> Presence | None:
    slot, lock = slots.first_free(locks, part)
    try:
        if not locks.is_held(_UPKEEP):
            return Presence(locks, slot, lock)
    except BaseException:
        lock.release()
        raise
    lock.release()
    return None


@contextmanager
def alone(place: Practice | str, *, wait_seconds: float | None = None) -> Iterator[None]:
    """Be the only one at work, once those who were have left: they are asked to, and stop as at a service's stop.

    `place` is a practice, or its work database's URL when the practice cannot be opened yet (an older version).
    `wait_seconds` is by default what a job under way is given to end, and half a minute. PracticeBusy when other
    upkeep is under way, or when a process is still at work after that time: nothing has been touched then.
    """
    locks = slots.locks(_url(place))
    patience = PATIENCE_SECONDS if isinstance(place, str) else place.settings.work.stop_seconds + PATIENCE_SECONDS
    upkeep = _upkeep(locks)
    try:
        _wait_for_all(locks, seconds=patience if wait_seconds is None else wait_seconds)
        yield
    finally:
        upkeep.release()


def _upkeep(locks: Locks) -> Lock:
    """The slot of upkeep; tried for a second, since those who look at a file hold it for an instant."""
    for _ in range(10):
        if lock := locks.take(_UPKEEP):
            return lock
        time.sleep(0.1)
    raise PracticeBusy("upkeep is under way")


def _wait_for_all(locks: Locks, *, seconds: float) -> None:
    end, quiet = time.monotonic() + seconds, 0
    while True:
        count = _processes(locks.held())
        quiet = 0 if count else quiet + 1
        if quiet >= locks.looks:
            return
        if count and time.monotonic() >= end:
            raise PracticeBusy(f"{count} still at work", advice=_still(count))
        # Where a restarted database drops slots, a process has the time of a look to take its own again.
        time.sleep(0.2 if count else LOOK_SECONDS * 1.25)


def _still(count: int) -> str:
    who = "Un programme travaille" if count == 1 else f"{count} programmes travaillent"
    return f"{who} encore sur ce cabinet. Arrêtez Copiste sur toutes les machines, puis recommencez."


def at_work(place: Practice | str) -> tuple[Part, ...]:
    """The parts that run, one for each process, whatever its machine: ("serve", "work", "work")."""
    kinds = sorted(slot.rpartition("-")[0] for slot in slots.locks(_url(place)).held())
    parts: tuple[Part, ...] = ("run", "watch", "work", "serve")
    return tuple(part for kind in kinds for part in parts if part == kind)


def sentence(parts: tuple[Part, ...]) -> str:
    """Who is at work, in French."""
    if not parts:
        return "Copiste ne travaille pas en ce moment : lancez « copiste run »."
    named = [_said(part, number) for part, number in Counter(parts).items()]
    return f"Au travail : {', '.join(named)}."


def _said(part: Part, number: int) -> str:
    return _SAID[part] if number == 1 else f"{_SAID[part]} ({number})"


def _processes(held: frozenset[str]) -> int:
    """How many processes those slots are: a worker has a slot of its own beside its process's.

    A program older than this one has only its worker's slot, and must be seen too.
    """
    kinds = Counter(slot.rpartition("-")[0] for slot in held)
    workers = kinds.pop("worker", 0)
    kinds.pop("upkeep", None)
    return max(kinds.total(), workers)


def _url(place: Practice | str) -> str:
    return place if isinstance(place, str) else database_url(place.home, place.settings)
