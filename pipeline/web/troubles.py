"""What intake could not do by itself: files to check, and recordings dropped again; each with what a person can do.

What a file is worth to the practice is `arrival`'s business; here is only what people read of it.
"""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from pipeline import status, store
from pipeline.access import Actor, may
from pipeline.errors import advice
from pipeline.practice import Practice
from pipeline.states import label
from pipeline.web import wording

Act = Literal["password", "anyway", "again", ""]
ACTS: dict[str, Act] = {"E024": "password", "E027": "password", "E026": "anyway", "E028": "anyway"}
"""What can be done with a recording that is kept, by the code of its refusal; any other can be tried again."""
SHOWN = 100
"""Lines that the page shows of each; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A file that could not be taken as it is, and what to do."""

    id: str
    name: str
    doctor: str
    when: str
    sentence: str
    act: Act
    """Besides taking it off the list: give its password, have it transcribed all the same, try it again, or nothing."""
    kept: bool
    """Whether the recording is kept: taking it off the list then gives up a dictation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrop:
    """A recording dropped again, that was not taken twice."""

    id: str
    name: str
    sentence: str


def files(practice: Practice, actor: Actor) -> list[Trouble]:
    """The files to check that this person may list, the oldest first."""
    with practice.look() as connection:
        rows = store.dictations(connection, states=("refused-file",))
    return [_trouble(practice, actor, row) for row in rows if may(actor, "review.list", row)]


def _trouble(practice: Practice, actor: Actor, row: sa.RowMapping) -> Trouble:
    return Trouble(
        id=row["id"],
        name=row["name"],
        doctor=row["doctor_name"] or "",
        when=wording.moment(row["received"], zone=practice.settings.zone),
        sentence=advice(row["reason"]),
        act=_act(actor, row),
        kept=bool(row["audio"]),
    )


def _act(actor: Actor, row: sa.RowMapping) -> Act:
    act = ACTS.get(row["reason"], "again") if row["audio"] else ""
    right = "dictaphones.manage" if act == "password" else "dictation.resume"
    return act if may(actor, right, row) else ""


def redrops(practice: Practice, actor: Actor) -> list[Redrop]:
    """Recordings dropped again that nobody has seen yet, for those who reach either doctor; as `arrival.seen`.

    Those after the first `SHOWN` have no sentence: each asks the database what became of its dictation.
    """
    with practice.look() as connection:
        rows = [row for row in status.redrops(connection) if _concerns(actor, row)]
        return [
            Redrop(
                id=row["id"],
                name=row["name"],
                sentence=_told(connection, practice, actor, row) if place < SHOWN else "",
            )
            for place, row in enumerate(rows)
        ]


def _concerns(actor: Actor, row: sa.RowMapping) -> bool:
    whom = [row["doctor"], row["again"]] if row["again"] else [row["doctor"]]
    return any(may(actor, "dictation.dismiss", {"id": row["dictation"], "doctor": doctor}) for doctor in whom)


def _told(connection: sa.Connection, practice: Practice, actor: Actor, row: sa.RowMapping) -> str:
    again, first = (wording.moment(row[name], zone=practice.settings.zone) for name in ("at", "received"))
    became = ", ".join(_became(connection, actor, row))
    return (
        f"déposé {again}{_for(row['again_name'])}, est la dictée déjà reçue {first}{_for(row['doctor_name'])}"
        f"{f' ({became})' if became else ''} ; elle n'a pas été doublée."
    )


def _became(connection: sa.Connection, actor: Actor, row: sa.RowMapping) -> list[str]:
    """Where that dictation stands: its own state while the machine has it, then those of its documents one may see."""
    if row["state"] in store.WORKING:
        return [label(row["state"]).lower()]
    made = store.documents(connection, dictation_id=row["dictation"])
    return sorted({label(one["state"]).lower() for one in made if may(actor, "review.list", one)})


def _for(doctor: str | None) -> str:
    return f" pour {doctor}" if doctor else ""
