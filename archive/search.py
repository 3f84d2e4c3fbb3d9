"""Finding filed documents: by patient as people remember them, by kind, by date, each with its retention.

People who resemble each other are shown apart, the best match first. Knows nothing of files.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from archive import deposit, events, holds, patients
from archive.records import ArchiveRecord, Patient, Retention
from archive.retention import compute
from archive.schedules import schedule

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

Keep = Callable[[Sequence[ArchiveRecord]], Sequence[ArchiveRecord]]
"""Which of some records whoever asks may see."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecord:
    """A filed document that answers a search. `label` is its patient as shown, told apart from any other one found."""

    record: ArchiveRecord
    patient: Patient
    label: str
    retention: Retention

    def as_json(self) -> dict[str, Any]:
        """Give what `copiste archive find --json` prints of it: a contract, to the field name."""
        until = self.retention.until
        return {
            "id": self.record.id,
            "patient": self.label,
            "kind": self.record.kind,
            "date": self.record.date.isoformat(),
            "author": self.record.author,
            "title": self.record.title,
            "retention": {
                "until": until.isoformat() if until else None,
                "rule": self.retention.rule,
                "held": self.retention.held,
            },
            "sha256": self.record.sha256,
        }


def find(
    connection: "Connection",
    *,
    patient: str | None = None,
    kind: str | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: int = 50,
    today: date | None = None,
    keep: Keep | None = None,
) -> list[FoundRecord]:
    """Find filed documents; `since` and `until` bound the document's date, both included.

    `patient` is free words (see `patients.find`). The best matching patient comes first, then the latest document.
    `today` is the practice's civil date (this machine's unless given). What `keep` leaves out is as if it were not
    there: it neither counts against `limit` nor shows in how namesakes are told apart.
    """
    from archive.tables import record

    bounds = ((record.c.kind.__eq__, kind), (record.c.date.__ge__, since), (record.c.date.__le__, until))
    conditions = [condition(asked) for condition, asked in bounds if asked is not None]
    if patient is None or not patient.strip():
        return _present(connection, _latest(connection, conditions, keep, limit), today or date.today())
    people = patients.find(connection, patient, limit=500)
    rank = {one.id: place for place, one in enumerate(people)}
    found = deposit.read(connection, *conditions, record.c.patient_id.in_(rank))
    ranked = sorted(found, key=lambda one: rank[one.patient_id])
    return _present(connection, _kept(ranked, keep, limit), today or date.today())


def _latest(connection: "Connection", conditions: Sequence[Any], keep: Keep | None, limit: int) -> list[ArchiveRecord]:
    """The latest records that may be kept: more are read only when some were left out."""
    asked = limit
    while True:
        found = deposit.read(connection, *conditions, limit=asked)
        kept = _kept(found, keep, limit)
        if len(kept) >= limit or len(found) < asked:
            return kept
        asked *= 8


def _kept(found: Sequence[ArchiveRecord], keep: Keep | None, limit: int) -> list[ArchiveRecord]:
    """The first records that may be kept, looked at a few hundred at a time."""
    if keep is None:
        return list(found[:limit])
    kept: list[ArchiveRecord] = []
    for start in range(0, len(found), _AT_ONCE):
        kept += keep(found[start : start + _AT_ONCE])
        if len(kept) >= limit:
            break
    return kept[:limit]


def show(connection: "Connection", record_id: str, *, today: date | None = None) -> FoundRecord:
    """Give one filed document with its patient and its retention; raise RecordUnknown."""
    return _present(connection, [deposit.get(connection, record_id)], today or date.today())[0]


def _present(connection: "Connection", records: Sequence[ArchiveRecord], today: date) -> list[FoundRecord]:
    people = {one: patients.get(connection, one) for one in {record.patient_id for record in records}}
    labels = _labels(people.values())
    happened = events.of(connection, people)
    held = holds.standing(connection, records)
    return [
        FoundRecord(
            record=record,
            patient=people[record.patient_id],
            label=labels[record.patient_id],
            retention=compute(
                happened.get(record.patient_id, []),
                birth=people[record.patient_id].birth_date,
                schedule=schedule(record.schedule, record.schedule_version),
                today=today,
                held=bool(held[record.id]),
            ),
        )
        for record in records
    ]


def _labels(people: Iterable[Patient]) -> dict[str, str]:
    """Write each patient as shown; those who would read the same also bear their file's number."""
    people = list(people)
    written = [one.label for one in people]
    return {one.id: one.label + (f" (dossier {one.id})" if written.count(one.label) > 1 else "") for one in people}
