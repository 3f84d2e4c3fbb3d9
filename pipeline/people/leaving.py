"""A doctor leaves the practice: nothing new comes to them, nothing of theirs is lost, what is unfinished finds someone.

Their documents and the archive stay as they are, under their name. Knows nothing of the copy they may take with them.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from pipeline import store, tables
from pipeline.access import Actor, require
from pipeline.people import doctors, members
from pipeline.practice import Practice
from pipeline.review import OPEN_STATES

_IN_HAND = frozenset({"preparing", "signed"})
"""States in which the program is at work on a document: it is left alone until it is done."""
_READ_AGAIN = frozenset({"to-sign", "paper"})
"""States in which a page in the doctor's name is ready: in another's name it must be proofread and laid out anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """What a departure leaves: ids and logins only."""

    doctor: str
    closed: tuple[str, ...]
    """Logins of the accounts that were shut."""
    documents: tuple[str, ...]
    """Documents still in progress under the doctor's name."""
    dictations: tuple[str, ...]
    """Recordings not typed yet."""
    taken: tuple[str, ...] = ()
    """Documents and recordings that the colleague named now has."""


def leave(practice: Practice, actor: Actor, doctor: str, *, to: str = "") -> Departure:
    """Shut the doctor's accounts and folder; `to` a colleague goes what is unfinished. May be asked again later.

    A page that was ready to sign in the doctor's name goes back to be proofread; one that is being laid out or filed
    stays: it is in `documents` still, and asking again a moment later finds it.
    """
    require(actor, "doctors.manage")
    with practice.begin() as connection:
        row = doctors.named(connection, doctor)
        heir = doctors.named(connection, to, active=True)["id"] if to else ""
        if heir == row["id"]:
            raise doctors.BadDoctor("own heir", advice="Choisissez un autre médecin pour prendre la suite.")
        if row["active"]:
            _shut(connection, actor, row["id"])
        closed = members.close_all_of(connection, actor, row["id"])
        taken = _hand_over(connection, actor, row["id"], heir) if heir else ()
        return Departure(
            doctor=row["id"], closed=closed, documents=_documents(connection, row["id"]),
            dictations=_dictations(connection, row["id"]), taken=taken,
        )  # fmt: skip


def come_back(practice: Practice, actor: Actor, doctor: str) -> str:
    """Undo a departure: the folder is the doctor's again; their account is opened apart. Gives the doctor's id."""
    require(actor, "doctors.manage")
    with practice.begin() as connection:
        row = doctors.named(connection, doctor)
        connection.execute(tables.doctor.update().where(tables.doctor.c.id == row["id"]).values(active=True))
        store.record(connection, actor=actor.id, action="doctor-back", subject=row["id"])
    return str(row["id"])


def _shut(connection: sa.Connection, actor: Actor, doctor: str) -> None:
    connection.execute(tables.doctor.update().where(tables.doctor.c.id == doctor).values(active=False))
    theirs = (tables.delegation.c.deputy == doctor, tables.delegation.c.ended.is_(None))
    connection.execute(tables.delegation.update().where(*theirs).values(ended=store.now()))
    store.record(connection, actor=actor.id, action="doctor-left", subject=doctor)


def _hand_over(connection: sa.Connection, actor: Actor, doctor: str, heir: str) -> tuple[str, ...]:
    """Give what is unfinished to a colleague, who reads it again before signing: the page names who answers for it."""
    rows = connection.execute(_open_documents(doctor)).mappings().all()
    moved = [row["id"] for row in rows if row["state"] not in _IN_HAND]
    for row in rows:
        if row["state"] in _IN_HAND:
            continue
        again = {"state": "to-correct"} if row["state"] in _READ_AGAIN else {}
        store.change_document(connection, row["id"], version=row["version"], doctor=heir, signatory=None, **again)
    waiting = _dictations(connection, doctor)
    connection.execute(tables.dictation.update().where(tables.dictation.c.id.in_(waiting)).values(doctor=heir))
    for key in (*moved, *waiting):
        store.record(connection, actor=actor.id, action="doctor", subject=key, detail=heir)
    return (*moved, *waiting)


def _open_documents(doctor: str) -> sa.Select[tuple[str, str, int]]:
    table = tables.document
    mine = (table.c.doctor == doctor, table.c.state.in_(OPEN_STATES))
    return sa.select(table.c.id, table.c.state, table.c.version).where(*mine).order_by(table.c.due, table.c.id)


def _documents(connection: sa.Connection, doctor: str) -> tuple[str, ...]:
    return tuple(row.id for row in connection.execute(_open_documents(doctor)))


def _dictations(connection: sa.Connection, doctor: str) -> tuple[str, ...]:
    table = tables.dictation
    mine = (table.c.doctor == doctor, table.c.state.in_(store.WORKING))
    return tuple(connection.scalars(sa.select(table.c.id).where(*mine).order_by(table.c.received, table.c.id)))
