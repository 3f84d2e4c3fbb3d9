"""The machine's clock against what was already dated: documents are kept for decades by their dates.

A clock that goes back would file a letter before the visit it speaks of; one that jumps ahead would make a file look
old. Back by more than ten minutes, nothing is signed nor filed until it is right, or until a person says that it is
(it had been ahead before). Ahead, it is only told: after a holiday, that is how it looks. Civil dates are read in the
practice's time zone; what is stored is in UTC. Knows nothing of who signs or files.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Literal

import sqlalchemy as sa

from archive import journal
from archive.errors import ClockWentBack
from archive.tables import journal as lines
from pipeline import store, tables
from pipeline.practice import Practice

AHEAD = timedelta(days=1)
"""A gap since the last trace that is worth a look."""
LEAP = timedelta(days=5)
"""A gap between two traces from which what was just written may look old enough to be removed."""
_LATELY = 50
"""How many of the last traces have no such gap before anything is removed for its age."""
_TRACES = 200
"""How many of the last traces are looked at: a clock that went back shows in the first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The machine's clock, and the last moment that was written down; both UTC."""

    now: datetime
    last: datetime | None

    @property
    def verdict(self) -> Literal["right", "back", "ahead"]:
        """*back*: nothing is signed nor filed; *ahead*: long after the last trace, which a holiday explains too."""
        if self.last is None:
            return "right"
        if self.last - self.now > journal.STEP:
            return "back"
        return "ahead" if self.now - self.last > AHEAD else "right"


def read(connection: sa.Connection) -> Reading:
    """What the clock says, and what was written last."""
    return Reading(now=store.now(), last=_last(connection))


def require_right(connection: sa.Connection) -> None:
    """ClockWentBack when the clock is behind what was already dated: to be called before anything is signed."""
    if read(connection).verdict == "back":
        raise ClockWentBack("the clock is behind the last trace")


def leapt(connection: sa.Connection) -> bool:
    """Whether the clock may have jumped ahead of late: nothing is to be removed for its age then.

    A holiday looks the same, and what is to be removed can wait.
    """
    query = sa.select(tables.event.c.at).order_by(tables.event.c.seq.desc()).limit(_LATELY)
    moments = [store.now(), *connection.scalars(query)]
    return any(after - before > LEAP for after, before in pairwise(moments))


def today(connection: sa.Connection, zone: tzinfo) -> date:
    """The practice's civil date, never before that of the journal's last line: what retention is computed with."""
    last = _journal(connection)
    now = store.now()
    return max(now, last or now).astimezone(zone).date()


def say_right(practice: Practice, *, actor: str) -> Reading:
    """Take a person's word that the clock is right now, and date what follows from it; gives what was found.

    The journal keeps who said so. Nothing is written when the clock was not behind.
    """
    with practice.begin() as connection:
        found = read(connection)
        if found.verdict == "back":
            details = {"last": found.last.isoformat()} if found.last else {}
            journal.append(connection, actor=actor, action=journal.CLOCK_RIGHT, subject="practice", details=details)
            store.record(connection, actor=actor, action=journal.CLOCK_RIGHT, subject="practice")
            trace = {"at": found.now, "actor": actor, "action": journal.CLOCK_RIGHT, "subject": "practice"}
            connection.execute(tables.access_log.insert().values(trace))
    return found


def sentence(found: Reading, zone: tzinfo) -> str:
    """What a clock's reading means, in French, and what to do."""
    said = _said(found.now, zone)
    if found.last is None or found.verdict == "right":
        return f"L'horloge est en ordre ({said})."
    last = _said(found.last, zone)
    if found.verdict == "ahead":
        return f"L'horloge indique le {said} ; la dernière trace est du {last}. Si ce n'est pas aujourd'hui, réglez-la."
    return f"L'horloge indique le {said}, alors que la dernière trace est du {last}. {ClockWentBack.advice}"


def findings(practice: Practice) -> tuple[Reading, ...]:
    """What a diagnostic has to say of the clock: nothing when it is right."""
    with practice.look() as connection:
        found = read(connection)
    return () if found.verdict == "right" else (found,)


def _said(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime("%d/%m/%Y à %H h %M")


def _last(connection: sa.Connection) -> datetime | None:
    traces = (_journal(connection), _trace(connection, tables.event), _trace(connection, tables.access_log))
    return max(filter(None, traces), default=None)


def _journal(connection: sa.Connection) -> datetime | None:
    written = connection.scalar(sa.select(lines.c.at).order_by(lines.c.seq.desc()).limit(1))
    try:
        return datetime.fromisoformat(written) if written else None
    except ValueError:  # a line that was altered, which a verification tells
        return None


def _trace(connection: sa.Connection, table: sa.Table) -> datetime | None:
    """The latest moment among the last traces; those before a person said that the clock is right do not count."""
    rows = connection.execute(sa.select(table.c.at, table.c.action).order_by(table.c.seq.desc()).limit(_TRACES))
    moments = []
    for at, action in rows:
        moments.append(at)
        if action == journal.CLOCK_RIGHT:
            break
    return max(moments, default=None)


class Watch:
    """Whether the clock jumps ahead while a program runs, told by a clock of the system that nobody sets."""

    def __init__(
        self, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC), steady: Callable[[], float] | None = None
    ) -> None:
        self._clock = clock
        self._steady = steady or _since_start
        self._then = (clock(), self._steady())

    def jump(self) -> timedelta:
        """By how much the clock gained since the last call; negative when it lost."""
        before, self._then = self._then, (self._clock(), self._steady())
        return self._then[0] - before[0] - timedelta(seconds=self._then[1] - before[1])


def _since_start() -> float:
    """Seconds that a machine asleep counts too, where the system knows them."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)
