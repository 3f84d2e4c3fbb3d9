"""The dictations that wait for the machine, in the order in which it takes them, and about when each will be ready.

Knows nothing of what was dictated. Who is at work is asked of the system, which takes a moment: once for ten seconds.
"""

import time
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa

from pipeline import presence, status, store
from pipeline.access import Actor, may
from pipeline.practice import Practice, database_url
from pipeline.web import wording

LONGEST = 50
"""Lines shown; a whole dock of dictaphones emptied at once is counted."""
AT_WORK_SECONDS = 10
LABELS = {"received": "Attend son tour", "transcribing": "En cours d'écoute"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A dictation in the queue, as people read it."""

    id: str
    state: str
    label: str
    name: str
    doctor: str
    length: str
    dictated: str
    urgent: bool
    ready: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What this person sees of the queue."""

    lines: tuple[Waiting, ...] = ()
    others: int = 0
    """How many more wait after those shown."""
    last: str = ""
    """When the last of those others will be ready."""

    @property
    def count(self) -> int:
        """How many wait in all."""
        return len(self.lines) + self.others


def shown(practice: Practice, actor: Actor) -> Queue:
    """The part of the queue that this person may list; the whole queue counts for its times."""
    now, zone = store.now(), practice.settings.zone
    with practice.look() as connection:
        rows = status.queue(store.dictations(connection, states=status.TO_LISTEN))
        ready = status.estimates(connection, rows, workers=at_work(practice), now=now) if rows else {}
    mine = [row for row in rows if may(actor, "review.list", row)]
    others = mine[LONGEST:]

    def told(row: sa.RowMapping) -> str:
        return wording.ready(ready.get(row["id"]), now=now, zone=zone)

    return Queue(
        lines=tuple(_line(practice, row, told(row)) for row in mine[:LONGEST]),
        others=len(others),
        last=told(others[-1]) if others else "",
    )


def _line(practice: Practice, row: sa.RowMapping, told: str) -> Waiting:
    return Waiting(
        id=row["id"],
        state=row["state"],
        label=LABELS[row["state"]],
        name=row["name"],
        doctor=row["doctor_name"] or "",
        length=wording.length(row["seconds"]),
        dictated=wording.dictated(row["recorded"], row["job"], zone=practice.settings.zone),
        urgent=row["urgent"],
        ready=told,
    )


def at_work(practice: Practice) -> tuple[presence.Part, ...]:
    """The parts of Copiste that run, as they were at most `AT_WORK_SECONDS` ago."""
    return _at_work(database_url(practice.home, practice.settings), int(time.monotonic() / AT_WORK_SECONDS))


@lru_cache(maxsize=1)
def _at_work(url: str, moment: int) -> tuple[presence.Part, ...]:
    return presence.at_work(url)
