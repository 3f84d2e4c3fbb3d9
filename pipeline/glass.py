"""Exceptional access: someone who cares for a patient opens, for some hours and for a reason, what is closed to them.

It opens reading, never changing or signing, of everything that concerns that one patient, restricted documents
included. It is never silent: a line in the archive's journal, one in the access log, and the doctors of those documents
are told on their work list. Knows nothing of pages or commands.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from archive import journal, patients
from archive.errors import ArchiveError
from archive.ids import new_id
from pipeline import store, tables
from pipeline.access import Actor, require
from pipeline.errors import CopisteError, NotFound
from pipeline.practice import Practice

LEAST_REASON = 10
LONGEST_REASON = 500
TOLD_FOR = timedelta(days=30)
"""How long the doctors concerned are told on their work list; the log keeps it for years."""


class NoReason(CopisteError):
    """Exceptional access asks for a reason that a person can judge."""

    code = "E167"
    exit_code = 167
    advice = f"Dites pourquoi, en {LEAST_REASON} caractères au moins : le médecin concerné lira ce motif."


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One exceptional access, as the doctor concerned is told of it."""

    id: str
    name: str
    """Who opened."""
    account: str
    patient: str
    """The patient's id."""
    label: str
    """The patient as shown."""
    reason: str
    at: datetime
    until: datetime

    def as_json(self) -> dict[str, Any]:
        """Give what `copiste access log --breaks --json` prints of it: no name of a patient."""
        return {
            "id": self.id, "account": self.account, "name": self.name, "patient": self.patient, "reason": self.reason,
            "at": self.at.isoformat(), "until": self.until.isoformat(),
        }  # fmt: skip


def open_for(practice: Practice, actor: Actor, patient: str, *, reason: str) -> Break:
    """Open what concerns this patient to who asks, for the hours of the settings; NoReason when it is too short.

    What is opened is felt when the person is next recognised: each request, each command.
    """
    require(actor, "access.break")
    said = " ".join(reason.split())[:LONGEST_REASON]
    if len(said) < LEAST_REASON:
        raise NoReason("reason too short")
    at = store.now()
    until = at + timedelta(hours=practice.settings.access.glass_hours)
    key = new_id()
    with practice.begin() as connection:
        known = _known(connection, patient)
        connection.execute(
            tables.glass.insert().values(id=key, user=actor.id, patient=patient, reason=said, at=at, until=until)
        )
        line = {"at": at, "actor": actor.id, "action": "access.break", "subject": key, "patient": patient}
        connection.execute(tables.access_log.insert().values(line))
        journal.append(connection, actor=actor.id, action="glass-opened", subject=patient, details={"glass": key})
        login = store.one(connection, tables.user, actor.id)["login"]
    return Break(id=key, name=actor.name, account=login, patient=patient, label=known, reason=said, at=at, until=until)


def _known(connection: sa.Connection, patient: str) -> str:
    try:
        return patients.get(connection, patient).label
    except ArchiveError:
        raise NotFound("no such patient", advice="Patient introuvable : cherchez-le d'abord dans le fichier.") from None


def breaks(practice: Practice, actor: Actor, *, since: datetime | None = None) -> tuple[Break, ...]:
    """Exceptional accesses, the latest first: all for the archivist, else one's own and those to one's documents."""
    require(actor, "access.log")
    with practice.look() as connection:
        conditions = [] if actor.role == "archivist" else [sa.or_(tables.glass.c.user == actor.id, _mine(actor))]
        conditions += [tables.glass.c.at >= since] if since else []
        return _read(connection, *conditions)


def told(practice: Practice, actor: Actor) -> tuple[Break, ...]:
    """What a doctor must know: who else lately opened what concerns a patient of theirs."""
    if actor.doctor is None:
        return ()
    recent = tables.glass.c.at > store.now() - TOLD_FOR
    with practice.look() as connection:
        return _read(connection, recent, tables.glass.c.user != actor.id, _mine(actor))


def standing(practice: Practice, actor: Actor) -> tuple[Break, ...]:
    """What this person has opened and is still open."""
    with practice.look() as connection:
        return _read(connection, tables.glass.c.user == actor.id, tables.glass.c.until > store.now())


def opened(connection: sa.Connection, actor: Actor, patient: str) -> list[dict[str, Any]]:
    """The documents of a patient that the glass opens, in progress and filed, latest first; none once it is closed."""
    if patient not in actor.glass:
        return []
    document, doctor = tables.document, tables.doctor
    query = (
        sa.select(document, doctor.c.name.label("doctor_name"))
        .outerjoin(doctor, document.c.doctor == doctor.c.id)
        .where(document.c.patient == patient, document.c.state != "replaced")
        .order_by(document.c.written.desc(), document.c.id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _mine(actor: Actor) -> sa.ColumnElement[bool]:
    """Of patients this doctor has written about."""
    document = tables.document
    if actor.doctor is None:
        return sa.false()
    return tables.glass.c.patient.in_(
        sa.select(document.c.patient).where(document.c.doctor == actor.doctor, document.c.patient.is_not(None))
    )


def _read(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> tuple[Break, ...]:
    glass, user = tables.glass, tables.user
    query = (
        sa.select(glass, user.c.login, user.c.name)
        .join(user, user.c.id == glass.c.user)
        .where(*conditions)
        .order_by(glass.c.at.desc(), glass.c.id)
    )
    return tuple(
        Break(
            id=row["id"], name=row["name"], account=row["login"], patient=row["patient"],
            label=patients.get(connection, row["patient"]).label, reason=row["reason"], at=row["at"],
            until=row["until"],
        )
        for row in connection.execute(query).mappings()
    )  # fmt: skip
