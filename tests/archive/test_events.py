from datetime import date

import pytest
import sqlalchemy as sa

from archive import events, journal
from archive.errors import PatientUnknown
from archive.records import Patient, PatientEvent
from archive.tables import journal as lines

VISIT = PatientEvent(kind="visit", date=date(2026, 3, 2), source="user:TEST")


def test_an_event_is_kept_once_however_often_it_is_told(connection: sa.Connection, jean: Patient) -> None:
    for _ in range(2):
        events.add(connection, jean.id, VISIT, actor="TEST")

    assert events.of(connection, [jean.id]) == {jean.id: [VISIT]}
    assert len(connection.execute(lines.select().where(lines.c.action == "event-added")).all()) == 1
    assert journal.check(connection) is None


def test_events_come_oldest_first_and_only_those_asked_for(connection: sa.Connection, jean: Patient) -> None:
    suit = PatientEvent(kind="suspension", date=date(2020, 1, 1), end=date(2021, 1, 1), source="user:TEST")
    for event in (VISIT, suit):
        events.add(connection, jean.id, event, actor="TEST")

    assert events.of(connection, [jean.id])[jean.id] == [suit, VISIT]
    assert events.of(connection, []) == {}


def test_an_event_needs_a_patient(connection: sa.Connection) -> None:
    with pytest.raises(PatientUnknown):
        events.add(connection, "0000000000", VISIT, actor="TEST")
