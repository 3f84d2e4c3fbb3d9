"""Holds: orders to keep a record, or a patient's whole file, until a person releases them.

Several may cover the same record; it is held while one of them stands. Knows no rule of retention.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from archive import journal, patients
from archive.errors import HoldUnknown, RecordUnknown
from archive.ids import new_id
from archive.records import ArchiveRecord, Hold

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Row


def hold(
    connection: "Connection", *, record_id: str | None = None, patient_id: str | None = None, reason: str, by: str
) -> Hold:
    """Order that a record, or a patient's whole file, be kept. Exactly one of the two is named."""
    from archive.tables import hold as table

    if (record_id is None) == (patient_id is None):
        raise ValueError("a hold is on a record or on a patient")
    _must_exist(connection, record_id, patient_id)
    placed = Hold(
        id=new_id(), record_id=record_id, patient_id=patient_id, reason=reason, by=by, since=datetime.now(UTC)
    )
    connection.execute(table.insert().values({name: getattr(placed, name) for name in Hold.__slots__}))
    subject = str(record_id or patient_id)
    journal.append(connection, actor=by, action="held", subject=subject, details={"hold": placed.id})
    return placed


def release(connection: "Connection", hold_id: str, *, by: str) -> Hold:
    """End a hold; the others that cover the same record still stand. Raise HoldUnknown when it does not stand."""
    from archive.tables import hold as table

    this = table.c.id == hold_id
    released = {"released_at": datetime.now(UTC), "released_by": by}
    if connection.execute(table.update().where(this, table.c.released_at.is_(None)).values(released)).rowcount != 1:
        raise HoldUnknown("no such hold stands")
    ended = _hold(connection.execute(table.select().where(this)).one())
    subject = str(ended.record_id or ended.patient_id)
    journal.append(connection, actor=by, action="released", subject=subject, details={"hold": hold_id})
    return ended


def standing(connection: "Connection", records: Iterable[ArchiveRecord]) -> dict[str, list[Hold]]:
    """Give, for each of these records, the holds that cover it now, on itself or on its patient's file."""
    import sqlalchemy as sa

    from archive.tables import hold as table

    records = list(records)
    on_record = table.c.record_id.in_([record.id for record in records])
    on_patient = table.c.patient_id.in_([record.patient_id for record in records])
    rows = connection.execute(table.select().where(table.c.released_at.is_(None), sa.or_(on_record, on_patient)))
    holds = [_hold(row) for row in rows]
    return {
        record.id: [one for one in holds if record.id == one.record_id or record.patient_id == one.patient_id]
        for record in records
    }


def _must_exist(connection: "Connection", record_id: str | None, patient_id: str | None) -> None:
    import sqlalchemy as sa

    from archive.tables import record

    if patient_id is not None:
        patients.get(connection, patient_id)
    elif connection.scalar(sa.select(record.c.id).where(record.c.id == record_id)) is None:
        raise RecordUnknown("a hold needs a record that exists")


def _hold(row: "Row[Any]") -> Hold:
    return Hold(**row._mapping)
