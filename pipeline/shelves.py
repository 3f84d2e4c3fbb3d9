"""The archive as the practice's people reach it: each act checks the right first. The archive itself knows no roles.

A filed document bears the id of the document it was in progress, whose row says whose it is and whether it is
restricted; a record without such a row belongs to no known doctor. What someone may not see answers as what is not
there.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from archive import deposit, holds, journal, search
from archive import verify as verification
from archive.errors import RecordUnknown
from archive.records import ArchiveRecord
from pipeline import clock, store, tables, trace
from pipeline.access import Actor, may, require
from pipeline.practice import Practice


def find(practice: Practice, actor: Actor, *, patient: str = "", kind: str = "") -> list[dict[str, Any]]:
    """Filed documents, best match first, in the form of `copiste archive find --json`."""
    require(actor, "archive.find")
    with practice.look() as connection:

        def keep(records: Sequence[ArchiveRecord]) -> list[ArchiveRecord]:
            rows = _subjects(connection, records)
            return [one for one in records if may(actor, "archive.find", rows[one.id])]

        found = search.find(connection, patient=patient or None, kind=kind or None, today=_today(practice), keep=keep)
    trace.saw_each(practice, actor, "archive.find", [(one.patient.id, one.patient.id) for one in found])
    return [one.as_json() for one in found]


def _subjects(connection: sa.Connection, records: Sequence[ArchiveRecord]) -> dict[str, dict[str, Any]]:
    """What the policy looks at for each record: its document's row, and the patient it is filed under."""
    document = tables.document
    ids = [one.id for one in records]
    found = connection.execute(sa.select(document).where(document.c.id.in_(ids))).mappings()
    rows = {row["id"]: dict(row) for row in found}
    unknown = {"doctor": None, "restricted": False}
    return {one.id: rows.get(one.id, {"id": one.id, **unknown}) | {"patient": one.patient_id} for one in records}


def _visible(connection: sa.Connection, actor: Actor, action: str, key: str) -> ArchiveRecord:
    """The record, if this person may; someone else's answers as one that does not exist."""
    require(actor, action)
    record = deposit.get(connection, key)
    if not may(actor, action, _subjects(connection, [record])[key]):
        raise RecordUnknown(f"no record {key}")
    return record


def show(practice: Practice, actor: Actor, record: str) -> dict[str, Any]:
    """One filed document: what `find` says of it."""
    with practice.look() as connection:
        filed = _visible(connection, actor, "archive.show", record)
        found = search.show(connection, record, today=_today(practice)).as_json()
    trace.saw(practice, actor, "archive.show", subject=record, patient=filed.patient_id)
    return found


def verify(practice: Practice, actor: Actor) -> dict[str, Any]:
    """Everything read again, in the form of `copiste archive verify --json`; work in progress counts as known."""
    require(actor, "archive.verify")
    with practice.look() as connection:
        then = store.addresses(connection)
        found = verification.verify(connection, practice.objects, elsewhere=then)
    with practice.look() as connection:  # a text saved meanwhile has replaced the one before: nothing is missing
        gone = then - store.addresses(connection)
    return replace(found, missing=tuple(one for one in found.missing if one not in gone)).as_json()


def export(practice: Practice, actor: Actor, record: str) -> tuple[Path, ...]:
    """The signed PDF and its Word document as files in `exports/`, named by id only."""
    with practice.look() as connection:
        filed = _visible(connection, actor, "archive.export", record)
    trace.saw(practice, actor, "archive.export", subject=record, patient=filed.patient_id)
    with practice.begin() as connection:
        journal.append(connection, actor=actor.id, action="exported", subject=record)
    parts = {".pdf": filed.pdf, ".docx": filed.master}
    return tuple(
        _written(practice.place("exports") / f"{record}{suffix}", practice.objects.get(address))
        for suffix, address in parts.items()
        if address
    )


def hold(practice: Practice, actor: Actor, record: str, *, reason: str) -> str:
    """Keep a document whatever its schedule says; gives the hold's id."""
    require(actor, "archive.hold")
    with practice.begin() as connection:
        return holds.hold(connection, record_id=record, reason=reason, by=actor.id).id


def release(practice: Practice, actor: Actor, key: str) -> None:
    """End a hold."""
    require(actor, "archive.hold")
    with practice.begin() as connection:
        holds.release(connection, key, by=actor.id)


def _written(path: Path, data: bytes) -> Path:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return path


def _today(practice: Practice) -> Any:
    with practice.look() as connection:
        return clock.today(connection, practice.settings.zone)
