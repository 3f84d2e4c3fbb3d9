from datetime import date

import pytest
import sqlalchemy as sa

from archive import deposit, holds, search
from archive.errors import HoldUnknown, PatientUnknown, RecordUnknown
from archive.objects import Objects
from archive.records import Patient
from tests.archive.conftest import letter


def held(connection: sa.Connection, record_id: str, today: date = date(2026, 6, 1)) -> tuple[bool, str]:
    retention = search.show(connection, record_id, today=today).retention
    return retention.held, retention.status


def test_a_hold_on_a_file_covers_all_its_records_until_every_hold_is_released(
    connection: sa.Connection, objects: Objects, jean: Patient
) -> None:
    one = deposit.deposit(connection, objects, letter(jean))
    other = deposit.deposit(connection, objects, letter(jean, "AAAAAAAAAA"))
    on_file = holds.hold(connection, patient_id=jean.id, reason="Expertise judiciaire", by="TEST")
    on_one = holds.hold(connection, record_id=one.id, reason="Demande du médecin", by="TEST")

    assert [held(connection, record.id)[0] for record in (one, other)] == [True, True]
    holds.release(connection, on_file.id, by="TEST")
    assert [held(connection, record.id)[0] for record in (one, other)] == [True, False]
    released = holds.release(connection, on_one.id, by="TEST")
    assert [held(connection, record.id)[0] for record in (one, other)] == [False, False]
    assert released.released_by == "TEST"


def test_a_hold_placed_after_the_end_still_prevents_elimination(
    connection: sa.Connection, objects: Objects, jean: Patient
) -> None:
    record = deposit.deposit(connection, objects, letter(jean))
    later = date(2090, 1, 1)
    assert held(connection, record.id, later) == (False, "Éliminable")

    holds.hold(connection, record_id=record.id, reason="Recours annoncé", by="TEST")

    assert held(connection, record.id, later) == (True, "Conservation prolongée")


def test_a_hold_is_released_only_once(connection: sa.Connection, jean: Patient) -> None:
    placed = holds.hold(connection, patient_id=jean.id, reason="", by="TEST")
    holds.release(connection, placed.id, by="TEST")

    for unknown in (placed.id, "0000000000"):
        with pytest.raises(HoldUnknown):
            holds.release(connection, unknown, by="TEST")


def test_a_hold_is_on_one_thing_that_exists(connection: sa.Connection, jean: Patient) -> None:
    with pytest.raises(RecordUnknown):
        holds.hold(connection, record_id="0000000000", reason="", by="TEST")
    with pytest.raises(PatientUnknown):
        holds.hold(connection, patient_id="0000000000", reason="", by="TEST")
    with pytest.raises(ValueError, match="a record or"):
        holds.hold(connection, reason="", by="TEST")
    with pytest.raises(ValueError, match="a record or"):
        holds.hold(connection, record_id="0000000000", patient_id=jean.id, reason="", by="TEST")
