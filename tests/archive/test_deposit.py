import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from archive import deposit, events, journal, patients
from archive.errors import (
    AlreadyFiled,
    AlreadyReplaced,
    ArchiveError,
    DepositRefused,
    ObjectMissing,
    PatientConflict,
    PatientUnknown,
    RecordUnknown,
    ScheduleUnknown,
)
from archive.objects import Objects
from archive.records import Patient
from archive.tables import journal as lines
from archive.tables import object_, patient_event, record
from archive.verify import verify
from tests.archive.conftest import PDF, letter


def count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_filed_document_can_be_read_back_with_all_that_it_was_made_from(
    connection: sa.Connection, objects: Objects, jean: Patient
) -> None:
    sound = objects.put(b"RIFF")
    filed = deposit.deposit(connection, objects, letter(jean, sound=sound))

    assert filed == deposit.get(connection, "7K3MZ9QF2A")
    assert objects.get(filed.pdf) == PDF
    assert (filed.schedule, filed.schedule_version, filed.patient_id) == ("trente", 1, jean.id)
    assert filed.sound == sound
    assert datetime.now(UTC) - filed.filed_at < timedelta(minutes=5)
    media = dict(connection.execute(sa.select(object_.c.address, object_.c.media_type)).all())
    assert media[filed.pdf] == "application/pdf"
    assert set(media) == {filed.pdf, filed.master, filed.sound, filed.text}


def test_filing_counts_as_a_visit_and_is_written_in_the_journal_without_a_name(
    connection: sa.Connection, objects: Objects, jean: Patient
) -> None:
    deposit.deposit(connection, objects, letter(jean))

    visits = [(event.kind, event.date, event.source) for event in events.of(connection, [jean.id])[jean.id]]
    assert visits == [("visit", date(2026, 3, 2), "record:7K3MZ9QF2A")]
    line = connection.execute(lines.select().where(lines.c.action == "filed")).one()
    assert (line.subject, line.actor) == ("7K3MZ9QF2A", "TEST")
    assert not any(word in line.details for word in ("Lefèvre", "DUPONT", "consultation"))
    assert journal.check(connection) is None


def test_the_same_deposit_again_gives_the_same_record_and_writes_nothing(
    connection: sa.Connection, objects: Objects, jean: Patient
) -> None:
    first = deposit.deposit(connection, objects, letter(jean))
    before = [count(connection, table) for table in (record, lines, object_, patient_event)]
    stored = set(objects.addresses())

    by_address = letter(jean, pdf=objects.put(PDF))
    assert deposit.deposit(connection, objects, letter(jean)) == first
    assert deposit.deposit(connection, objects, by_address) == first
    assert deposit.deposit(connection, objects, letter(jean, schedule="cabinet")) == first

    assert [count(connection, table) for table in (record, lines, object_, patient_event)] == before
    assert set(objects.addresses()) == stored | {by_address.pdf}


@pytest.mark.parametrize(
    "changes",
    [
        {"pdf": PDF + b" "},
        {"master": None},
        {"text": b"autre"},
        {"sound": b"RIFF"},
        {"title": "Ordonnance"},
        {"author": "Dr Autre"},
        {"kind": "ordonnance"},
        {"date": date(2026, 3, 3)},
    ],
)
def test_anything_else_under_the_same_id_is_refused(
    connection: sa.Connection, objects: Objects, jean: Patient, changes: dict[str, Any]
) -> None:
    first = deposit.deposit(connection, objects, letter(jean))

    with pytest.raises(AlreadyFiled):
        deposit.deposit(connection, objects, letter(jean, **changes))

    assert deposit.get(connection, first.id) == first


def test_a_document_filed_for_one_patient_is_never_filed_for_another(
    connection: sa.Connection, objects: Objects, jean: Patient
) -> None:
    other = patients.add(connection, family_name="DUPOND", given_name="Jeanne", actor="TEST")
    first = deposit.deposit(connection, objects, letter(jean))

    with pytest.raises(PatientConflict):
        deposit.deposit(connection, objects, letter(other))
    with pytest.raises(PatientConflict):
        deposit.deposit(connection, objects, letter(other, "BBBBBBBBBB", replaces=first.id))

    assert deposit.get(connection, first.id).patient_id == jean.id
    assert other.id not in events.of(connection, [other.id])


def test_a_new_version_names_the_one_it_replaces_which_stays_as_it_was(
    connection: sa.Connection, objects: Objects, jean: Patient
) -> None:
    first = deposit.deposit(connection, objects, letter(jean))
    second = deposit.deposit(connection, objects, letter(jean, "BBBBBBBBBB", pdf=PDF + b"v2", replaces=first.id))

    assert second.replaces == first.id
    assert deposit.get(connection, first.id) == first
    with pytest.raises(AlreadyReplaced):
        deposit.deposit(connection, objects, letter(jean, "CCCCCCCCCC", replaces=first.id))
    with pytest.raises(RecordUnknown):
        deposit.deposit(connection, objects, letter(jean, "CCCCCCCCCC", replaces="0000000000"))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"pdf": b"PK\x03\x04 a Word document"}, DepositRefused),
        ({"pdf": b""}, DepositRefused),
        ({"id": "../../etc"}, DepositRefused),
        ({"pdf": "f" * 64}, ObjectMissing),
        ({"patient_id": "0000000000"}, PatientUnknown),
        ({"schedule": "dix"}, ScheduleUnknown),
    ],
)
def test_a_deposit_that_is_refused_files_nothing(
    connection: sa.Connection, objects: Objects, jean: Patient, changes: dict[str, Any], error: type[ArchiveError]
) -> None:
    before = count(connection, lines)

    with pytest.raises(error):
        deposit.deposit(connection, objects, replace(letter(jean), **changes))

    assert list(objects.addresses()) == []
    assert [count(connection, table) for table in (record, object_, patient_event)] == [0, 0, 0]
    assert count(connection, lines) == before


def test_a_transaction_that_is_undone_leaves_only_untracked_objects_and_can_be_done_again(
    engine: sa.Engine, objects: Objects
) -> None:
    with engine.begin() as connection:
        patient = patients.add(connection, family_name="DUPONT", given_name="Jean", actor="TEST")
    with engine.connect() as connection:
        deposit.deposit(connection, objects, letter(patient))
        connection.rollback()
    with engine.begin() as connection:
        seen = verify(connection, objects)
        assert seen.ok
        assert len(seen.untracked) == 3
        assert deposit.deposit(connection, objects, letter(patient)).id == "7K3MZ9QF2A"
        assert verify(connection, objects).ok


def test_the_same_document_offered_many_times_at_once_is_filed_once(engine: sa.Engine, objects: Objects) -> None:
    with engine.begin() as connection:
        patient = patients.add(connection, family_name="DUPONT", given_name="Jean", actor="TEST")
    outcomes: list[object] = []

    def offer() -> None:
        try:
            with engine.begin() as connection:
                outcomes.append(deposit.deposit(connection, objects, letter(patient)))
        except Exception as error:
            outcomes.append(error)

    threads = [threading.Thread(target=offer) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with engine.begin() as connection:
        assert outcomes == [deposit.get(connection, "7K3MZ9QF2A")] * 6
        assert count(connection, record) == 1
        assert verify(connection, objects).ok
