"""Work in progress: the queries on dictations and documents.

Every function takes the caller's connection, so that a row and the job it calls for are written in one transaction.
"""

import sqlite3
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from archive.names import plain
from pipeline.errors import NotFound, Outdated
from pipeline.tables import authority, dictaphone, dictation, doctor, document, document_reader, event, user

WORKING = ("received", "transcribing", "refused-file")
"""States in which a dictation itself waits for something; once drafted, its documents speak for it."""

BUSY_SECONDS = 30
"""How long one who opens or writes a file of SQLite waits for those who write it."""

PATIENCE = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""Seconds (and tries) after which a PostgreSQL server that does not answer is away, rather than slow."""


def now() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)


def another_round() -> int:
    """The number of a job that is asked once more: the millisecond, as a person may ask twice within a second."""
    return time.time_ns() // 1_000_000


def database(url: str) -> sa.Engine:
    """Open a database; on SQLite: write-ahead log, full sync, real transactions that take the write lock at once."""
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=PATIENCE)
    engine = sa.create_engine(url, hide_parameters=True)  # an error must not quote a row
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _begin_sqlite(connection: sa.Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    _keep_a_log(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _keep_a_log(connection: Any) -> None:
    """Have the file write ahead in a log: the one change for which SQLite does not wait for others by itself."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= end:
                raise
        time.sleep(0.02)


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


def move_unchanged(connection: sa.Connection, row: sa.RowMapping, state: str, **values: Any) -> bool:
    """Put a dictation in another state if it is still as it was read; False when someone moved it since."""
    same = (dictation.c.id == row["id"], dictation.c.state == row["state"], dictation.c.since == row["since"])
    changed = connection.execute(dictation.update().where(*same).values(state=state, since=now(), **values))
    return changed.rowcount == 1


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


def copy_readers(connection: sa.Connection, document_id: str, other: str) -> None:
    """Whoever may read a restricted document may read this other one, which was made from it."""
    readers = document_reader
    connection.execute(readers.delete().where(readers.c.document == other))
    named = sa.select(sa.literal(other), readers.c.user).where(readers.c.document == document_id)
    connection.execute(readers.insert().from_select(["document", "user"], named))


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


def dictation_of(connection: sa.Connection, sha256: str) -> sa.RowMapping | None:
    """The dictation of these bytes, if they were received before."""
    return connection.execute(sa.select(dictation).where(dictation.c.sha256 == sha256)).mappings().first()


def doctor_of_folder(connection: sa.Connection, folder: str) -> str | None:
    """The doctor whose inbox sub-folder this is; None, as for one who has left, asks a person."""
    return connection.scalar(sa.select(doctor.c.id).where(doctor.c.folder == folder, doctor.c.active))


def doctors_called(connection: sa.Connection, said: str) -> tuple[str, ...]:
    """The ids of the doctors of that id, folder or name; a family name alone will do when it is one doctor's."""
    asked = set(plain(said).split()) - {"dr", "docteur", "pr", "professeur"}
    rows = connection.execute(sa.select(doctor.c.id, doctor.c.folder, doctor.c.name)).all()
    exact = tuple(row.id for row in rows if said in (row.id, row.folder))
    return exact or tuple(row.id for row in rows if asked and asked <= set(plain(row.name).split()))


def due(received: datetime, *, urgent: bool, urgent_minutes: int, delay_hours: float) -> datetime:
    """When a dictation should be typed: earliest due first is also what keeps old work from starving."""
    return received + (timedelta(minutes=urgent_minutes) if urgent else timedelta(hours=delay_hours))


def priority(due: datetime) -> int:
    """The place in the queue: minutes of the due time, so that the earliest due comes first."""
    return max(1, int(due.timestamp() // 60))


def addresses(connection: sa.Connection) -> frozenset[str]:
    """Every object that work in progress speaks of, in a database of this version or of an older one."""
    columns = (
        *(dictation.c[name] for name in ("audio", "transcript", "playable", "password")),
        *(document.c[name] for name in ("review", "docx", "pdf", "signed")),
        authority.c.key,
        doctor.c.signing_key,
        dictaphone.c.password,
    )
    there = _columns(connection, {column.table.name for column in columns})
    known = [column for column in columns if column.name in there.get(column.table.name, ())]
    found = sa.union(*(sa.select(column).where(column.is_not(None), column != "") for column in known))
    return frozenset(connection.scalars(found))


def _columns(connection: sa.Connection, tables: Collection[str]) -> dict[str, frozenset[str]]:
    """The columns of those tables that are there: a backup is proven before the upgrade that it protects from."""
    seen = sa.inspect(connection)
    names = frozenset(seen.get_table_names()) & frozenset(tables)
    return {name: frozenset(column["name"] for column in seen.get_columns(name)) for name in names}
