"""What happened to a patient, as far as retention counts from it: visits, death, transfusions, suspensions.

An event is added, never changed; each says where it is known from. Knows no rule of retention.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from archive import journal, patients
from archive.records import PatientEvent

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def add(connection: "Connection", patient_id: str, event: PatientEvent, *, actor: str) -> None:
    """Write down an event in the caller's transaction, with its journal line. Harmless when repeated."""
    patients.get(connection, patient_id)
    if number := note(connection, patient_id, event):
        journal.append(connection, actor=actor, action="event-added", subject=patient_id, details={"event": number})


def note(connection: "Connection", patient_id: str, event: PatientEvent) -> int | None:
    """Write down an event without a journal line (the caller writes one); None when it was there already."""
    import sqlalchemy as sa

    from archive.tables import patient_event as table

    same = (table.c.patient_id == patient_id, table.c.kind == event.kind)
    query = sa.select(table.c.id).where(*same, table.c.date == event.date, table.c.source == event.source)
    if connection.scalar(query) is not None:
        return None
    values = {"patient_id": patient_id, "kind": event.kind, "date": event.date, "end": event.end}
    values |= {"source": event.source, "created_at": datetime.now(UTC)}
    return int(connection.execute(table.insert().values(values).returning(table.c.id)).scalar_one())


def of(connection: "Connection", patient_ids: Iterable[str]) -> dict[str, list[PatientEvent]]:
    """Give the events of each of these patients, oldest first."""
    from archive.tables import patient_event as table

    found: dict[str, list[PatientEvent]] = defaultdict(list)
    query = table.select().where(table.c.patient_id.in_(list(patient_ids))).order_by(table.c.date, table.c.id)
    for row in connection.execute(query):
        found[row.patient_id].append(PatientEvent(kind=row.kind, date=row.date, end=row.end, source=row.source))
    return found
