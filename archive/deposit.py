"""Filing: a signed document enters the archive, once, and never changes again.

The bytes are on the disk before any row speaks of them; the record, the visit it proves and its journal line are one
transaction, the caller's. Offering a document again gives back the same record; offering something else under the same
id is refused. Knows nothing of how the document came to be.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from archive import events, journal, patients
from archive.errors import AlreadyFiled, AlreadyReplaced, DepositRefused, PatientConflict, RecordUnknown
from archive.ids import is_id
from archive.objects import Objects, register
from archive.records import ArchiveRecord, Deposit, PatientEvent
from archive.schedules import schedule

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

PARTS = {
    "pdf": "application/pdf",
    "master": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "sound": "application/octet-stream",
    "text": "text/plain;charset=utf-8",
}
"""The parts of a filed document and the media type of each."""
_TOLD = ("id", "patient_id", "kind", "title", "author", "date", "replaces")


def deposit(connection: "Connection", objects: Objects, offered: Deposit) -> ArchiveRecord:
    """File a signed document and return its record.

    Raise DepositRefused (not a PDF), AlreadyFiled, PatientConflict, PatientUnknown, RecordUnknown, AlreadyReplaced,
    or what the store raises; then nothing was filed. Give parts as addresses to keep the caller's transaction short.
    """
    plain = _plain(objects, offered)
    if filed := _filed_already(connection, offered, plain):
        return filed
    _check(connection, offered)
    addresses = {
        part: value if isinstance(value := getattr(offered, part), str) else objects.put(data)
        for part, data in plain.items()
    }
    journal.hold_pen(connection)
    if filed := _filed_already(connection, offered, plain):
        return filed
    _write(connection, offered, plain, addresses)
    record = get(connection, offered.id)
    details = seal(record, parts_of(connection, record))
    journal.append(connection, actor=offered.actor, action="filed", subject=record.id, details=details)
    return record


def get(connection: "Connection", record_id: str) -> ArchiveRecord:
    """Give the record that has this id; raise RecordUnknown."""
    from archive.tables import record

    for found in read(connection, record.c.id == record_id):
        return found
    raise RecordUnknown(f"no record {record_id}" if is_id(record_id) else "this is not a record's id")


def read(connection: "Connection", *conditions: Any, limit: int | None = None) -> list[ArchiveRecord]:
    """Read the records that meet these conditions on the table `record`, the latest document first."""
    import sqlalchemy as sa

    from archive.tables import object_, record

    query = (
        sa.select(record, object_.c.plain_sha256)
        .join(object_, object_.c.address == record.c.pdf_address)
        .where(*conditions)
        .order_by(record.c.date.desc(), record.c.filed_at.desc(), record.c.id)
        .limit(limit)
    )
    return [_record(dict(row._mapping)) for row in connection.execute(query)]


def fingerprint(record: ArchiveRecord | Deposit, hashes: Mapping[str, str]) -> str:
    """Hash what a document is, whenever it is offered: all it says and the plain hash of each of its parts."""
    told = {name: getattr(record, name) for name in _TOLD}
    told["date"] = record.date.isoformat()
    return hashlib.sha256(journal.canonical(told | {"parts": dict(hashes)}).encode()).hexdigest()


def seal(record: ArchiveRecord, hashes: Mapping[str, str]) -> dict[str, str]:
    """Give what the journal seals of a record at filing, without naming anyone."""
    chosen = f"{record.schedule}/{record.schedule_version}"
    return {"fingerprint": fingerprint(record, hashes), "patient": record.patient_id, "schedule": chosen}


def parts_of(connection: "Connection", record: ArchiveRecord) -> dict[str, str]:
    """Give the plain hash of each part of a record."""
    import sqlalchemy as sa

    from archive.tables import object_

    addresses = {part: address for part in PARTS if (address := getattr(record, part))}
    query = sa.select(object_.c.address, object_.c.plain_sha256).where(object_.c.address.in_(addresses.values()))
    known = {row.address: row.plain_sha256 for row in connection.execute(query)}
    return {part: known.get(address, "") for part, address in addresses.items()}


def _plain(objects: Objects, offered: Deposit) -> dict[str, bytes]:
    """Read every part in clear: what cannot be read back is not filed."""
    given = {part: value for part in PARTS if (value := getattr(offered, part)) is not None}
    plain = {part: objects.get(value) if isinstance(value, str) else value for part, value in given.items()}
    if not is_id(offered.id) or not plain["pdf"].startswith(b"%PDF-"):
        raise DepositRefused("a deposit needs an id and a PDF")
    return plain


def _filed_already(connection: "Connection", offered: Deposit, plain: Mapping[str, bytes]) -> ArchiveRecord | None:
    try:
        filed = get(connection, offered.id)
    except RecordUnknown:
        return None
    if filed.patient_id != offered.patient_id:
        raise PatientConflict(f"record {filed.id} was filed for another patient")
    if fingerprint(filed, parts_of(connection, filed)) != fingerprint(offered, _hashes(plain)):
        raise AlreadyFiled(f"record {filed.id} was filed with other content")
    return filed


def _check(connection: "Connection", offered: Deposit) -> None:
    from archive.tables import record

    patients.get(connection, offered.patient_id)
    schedule(offered.schedule)
    if offered.replaces is None:
        return
    if get(connection, offered.replaces).patient_id != offered.patient_id:
        raise PatientConflict(f"record {offered.id} would replace a document of another patient")
    if read(connection, record.c.replaces == offered.replaces):
        raise AlreadyReplaced(f"record {offered.replaces} was replaced already")


def _write(
    connection: "Connection", offered: Deposit, plain: Mapping[str, bytes], addresses: Mapping[str, str]
) -> None:
    from archive.tables import record

    for part, address in addresses.items():
        register(connection, address, plain=plain[part], media_type=PARTS[part])
    chosen = schedule(offered.schedule)
    values = {name: getattr(offered, name) for name in _TOLD} | {"filed_at": datetime.now(UTC)}
    values |= {f"{part}_address": address for part, address in addresses.items()}
    values |= {"schedule": chosen.name, "schedule_version": chosen.version}
    connection.execute(record.insert().values(values))
    visit = PatientEvent(kind="visit", date=offered.date, source=f"record:{offered.id}")
    events.note(connection, offered.patient_id, visit)


def _hashes(plain: Mapping[str, bytes]) -> dict[str, str]:
    return {part: hashlib.sha256(data).hexdigest() for part, data in plain.items()}


def _record(values: dict[str, Any]) -> ArchiveRecord:
    values |= {part: values.pop(f"{part}_address") for part in PARTS}
    return ArchiveRecord(sha256=values.pop("plain_sha256"), **values)
