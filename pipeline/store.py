"""Work in progress: dictations, documents, people. Tables and the queries on them.

Every function takes the caller's connection, so that a row and the job it calls for are written in one transaction.
Ids, states and addresses of encrypted objects only: what was said is never in these tables, except who the patient
is (in the archive's own tables) and the file name a doctor gave.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from archive.tables import NAMES, UtcDateTime, patient
from pipeline.errors import NotFound, Outdated

metadata = sa.MetaData(naming_convention=NAMES)


def _id(**kwargs: Any) -> sa.Column[str]:
    return sa.Column("id", sa.String(10), primary_key=True, **kwargs)


doctor = sa.Table(
    "doctor",
    metadata,
    # The key is an encrypted object besides being closed by the doctor's code: a short code alone would not keep it.
    _id(),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("title", sa.String, nullable=False, server_default="Dr"),
    sa.Column("specialty", sa.String, nullable=False, server_default=""),
    sa.Column("rpps", sa.String(11), nullable=False, server_default=""),
    sa.Column("folder", sa.String, unique=True),
    sa.Column("certificate", sa.Text, nullable=False, server_default=""),
    sa.Column("signing_key", sa.String(64), nullable=False, server_default=""),
)

authority = sa.Table(
    "authority",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("certificate", sa.Text, nullable=False),
    sa.Column("key", sa.String(64), nullable=False),
    comment="The one certificate that vouches for the doctors' keys; its own key is an encrypted object.",
)

user = sa.Table(
    "user_account",
    metadata,
    _id(),
    sa.Column("login", sa.String, nullable=False, unique=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("role", sa.String, nullable=False),
    sa.Column("doctor", sa.ForeignKey("doctor.id")),
    sa.Column("password_hash", sa.String, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("locked_until", UtcDateTime),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("user", sa.ForeignKey("user_account.id"), nullable=False),
    sa.Column("expires", UtcDateTime, nullable=False),
)

dictation = sa.Table(
    "dictation",
    metadata,
    _id(),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("audio", sa.String(64), nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("doctor", sa.ForeignKey("doctor.id")),
    sa.Column("kind", sa.String),
    sa.Column("urgent", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("seconds", sa.Float),
    sa.Column("received", UtcDateTime, nullable=False),
    sa.Column("due", UtcDateTime, nullable=False),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("reason", sa.String, nullable=False, server_default=""),
    sa.Column("transcript", sa.String(64)),
    sa.Column("playable", sa.String(64)),
    sa.Column("peaks", sa.Text, nullable=False, server_default="[]"),
    sa.Column("work_seconds", sa.Float),
)

document = sa.Table(
    "document",
    metadata,
    _id(),
    sa.Column("dictation", sa.ForeignKey("dictation.id"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("reason", sa.String, nullable=False, server_default=""),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("doctor", sa.ForeignKey("doctor.id")),
    sa.Column("patient", sa.ForeignKey(patient.c.id)),
    sa.Column("urgent", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("due", UtcDateTime, nullable=False),
    sa.Column("to_check", sa.Integer, nullable=False, server_default="0"),
    sa.Column("held_by", sa.ForeignKey("user_account.id")),
    sa.Column("held_until", UtcDateTime),
    sa.Column("review", sa.String(64), nullable=False),
    sa.Column("docx", sa.String(64)),
    sa.Column("pdf", sa.String(64)),
    sa.Column("signed", sa.String(64)),
    sa.Column("signed_at", UtcDateTime),
    sa.Column("written", sa.Date, nullable=False),
    sa.UniqueConstraint("dictation", "position"),
)

recording_part = sa.Table(
    "recording_part",
    metadata,
    sa.Column("dictation", sa.ForeignKey("dictation.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("part", sa.ForeignKey("dictation.id"), nullable=False, index=True),
    sa.Column("start", sa.Float, nullable=False, comment="Second of the joined sound where this part begins."),
    comment="What a dictation joined from several recordings is made of, in order.",
)

appointment = sa.Table(
    "appointment",
    metadata,
    _id(),
    sa.Column("doctor", sa.ForeignKey("doctor.id")),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("at", UtcDateTime),
    sa.Column("family_name", sa.Text, nullable=False),
    sa.Column("given_name", sa.Text, nullable=False, server_default=""),
    sa.Column("birth_date", sa.Date),
    sa.Column("correspondent", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_appointment_day_doctor", "day", "doctor"),
    comment="Who is expected: from the practice's agenda, to recognise who is spoken of. Never filed.",
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String, nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("subject", sa.String(10), nullable=False, index=True),
    sa.Column("detail", sa.String, nullable=False, server_default=""),
)

WORKING = ("received", "transcribing", "refused-file")
"""States in which a dictation itself waits for something; once drafted, its documents speak for it."""


def now() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)


def database(url: str) -> sa.Engine:
    """Open a database; on SQLite: write-ahead log, full sync, real transactions that take the write lock at once."""
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = sa.create_engine(url, hide_parameters=True)  # an error must not quote a row
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _begin_sqlite(connection: sa.Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def insert_once(connection: sa.Connection, table: sa.Table, **values: Any) -> bool:
    """Insert a row unless one with the same key is there; True when it was inserted."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    adding = insert(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(adding).first() is not None  # PostgreSQL's driver counts no rows for this


def one(connection: sa.Connection, table: sa.Table, key: str) -> sa.RowMapping:
    """The row of that id, or NotFound."""
    row = connection.execute(sa.select(table).where(table.c.id == key)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no {table.name} {key!r}")
    return row


def record(connection: sa.Connection, *, actor: str, action: str, subject: str, detail: str = "") -> None:
    """Remember who did what to which dictation or document: ids and codes only."""
    connection.execute(event.insert().values(at=now(), actor=actor, action=action, subject=subject, detail=detail))


def move_dictation(connection: sa.Connection, key: str, state: str, **values: Any) -> None:
    """Put a dictation in another state."""
    changed = connection.execute(
        dictation.update().where(dictation.c.id == key).values(state=state, since=now(), **values)
    )
    if changed.rowcount != 1:
        raise NotFound(f"no dictation {key!r}")


def change_document(connection: sa.Connection, key: str, *, version: int, **values: Any) -> int:
    """Change a document that was read at `version`; Outdated when someone changed it since. Gives the new version."""
    if "state" in values:
        values.setdefault("since", now())
        values.setdefault("reason", "")
    changed = connection.execute(
        document.update()
        .where(document.c.id == key, document.c.version == version)
        .values(version=version + 1, **values)
    )
    if changed.rowcount != 1:
        raise Outdated(f"document {key} is no longer at version {version}")
    return version + 1


def documents(
    connection: sa.Connection, *, states: Sequence[str] = (), dictation_id: str = ""
) -> Sequence[sa.RowMapping]:
    """Documents, earliest due first, with the names of their doctor and of who holds them."""
    query = (
        sa.select(document, doctor.c.name.label("doctor_name"), user.c.name.label("holder"))
        .outerjoin(doctor, document.c.doctor == doctor.c.id)
        .outerjoin(user, document.c.held_by == user.c.id)
        .order_by(document.c.due, document.c.id)
    )
    if states:
        query = query.where(document.c.state.in_(states))
    if dictation_id:
        query = query.where(document.c.dictation == dictation_id)
    return connection.execute(query).mappings().all()


def next_position(connection: sa.Connection, dictation_id: str) -> int:
    """The place of one more document of a dictation."""
    last = connection.scalar(sa.select(sa.func.max(document.c.position)).where(document.c.dictation == dictation_id))
    return 0 if last is None else int(last) + 1


def dictations(connection: sa.Connection, *, states: Sequence[str] = WORKING) -> Sequence[sa.RowMapping]:
    """Dictations in those states, oldest first, with their doctor's name."""
    query = (
        sa.select(dictation, doctor.c.name.label("doctor_name"))
        .outerjoin(doctor, dictation.c.doctor == doctor.c.id)
        .where(dictation.c.state.in_(states))
        .order_by(dictation.c.received, dictation.c.id)
    )
    return connection.execute(query).mappings().all()


def failed_dictation(connection: sa.Connection, sha256: str) -> str | None:
    """The dictation of these bytes, if it was set aside or dismissed: dropping the file again tries again."""
    failed = sa.and_(dictation.c.sha256 == sha256, dictation.c.state.in_(("refused-file", "replaced")))
    return connection.scalar(sa.select(dictation.c.id).where(failed))


def doctor_of_folder(connection: sa.Connection, folder: str) -> str | None:
    """The doctor whose inbox sub-folder this is; None asks a person."""
    return connection.scalar(sa.select(doctor.c.id).where(doctor.c.folder == folder))


def due(received: datetime, *, urgent: bool, urgent_minutes: int, delay_hours: float) -> datetime:
    """When a dictation should be typed: earliest due first is also what keeps old work from starving."""
    return received + (timedelta(minutes=urgent_minutes) if urgent else timedelta(hours=delay_hours))


def priority(due: datetime) -> int:
    """The place in the queue: minutes of the due time, so that the earliest due comes first."""
    return max(1, int(due.timestamp() // 60))


def addresses(connection: sa.Connection) -> frozenset[str]:
    """Every object that work in progress speaks of."""
    columns = (
        *(dictation.c[name] for name in ("audio", "transcript", "playable")),
        *(document.c[name] for name in ("review", "docx", "pdf", "signed")),
        authority.c.key,
        doctor.c.signing_key,
    )
    found = sa.union(*(sa.select(column).where(column.is_not(None), column != "") for column in columns))
    return frozenset(connection.scalars(found))
