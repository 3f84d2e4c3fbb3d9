"""The same practice on PostgreSQL: same tables, same engine, same road."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline import accounts, arrival, opening, register, store, tables
from pipeline import engine as engines
from pipeline import story as stories
from pipeline.practice import Practice, open_practice
from tests.fakes import CODE, PASSWORD, OnTheSpot, Reciter, received
from tests.test_chain import until

SERVER = os.environ.get("COPISTE_TEST_POSTGRES", "")
SOUND = (Path(__file__).parent / "data" / "00_courte.flac").read_bytes()
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(not SERVER, reason="PostgreSQL is optional: COPISTE_TEST_POSTGRES names no server"),
]


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Practice]:
    names = {part: f"copiste_{part}_{uuid.uuid4().hex[:8]}" for part in ("database", "vault")}
    server = sa.create_engine(f"{SERVER}/postgres", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for name in names.values():
            connection.execute(sa.text(f"create database {name}"))
    storage = "\n".join(f'{part} = "{SERVER}/{name}"' for part, name in names.items())
    place = opening.new_practice(tmp_path / "h", name="Hôpital d'essai", settings_text=f"[storage]\n{storage}\n")
    yield place
    place.close()
    with server.connect() as connection:
        for name in names.values():
            connection.execute(sa.text(f"drop database {name} with (force)"))
    server.dispose()


def test_a_dictation_is_drafted_by_the_engine(hospital: Practice):
    engine = engines.DurableEngine(hospital, poll_seconds=0.05)
    key = received(hospital, engine, SOUND, doctor=None)
    with engine.work(stories.Means(practice=hospital, transcriber=Reciter())):
        until(lambda: drafted(hospital), seconds=60)
    with hospital.begin() as connection:
        assert store.one(connection, tables.dictation, key)["state"] == "drafted"
        (document,) = store.documents(connection)
    assert document["state"] == "to-review"


def test_a_file_that_is_dropped_is_taken_once_with_its_job(hospital: Practice):
    doctor = register.add_doctor(hospital, name="Anne Petit", folder="petit", code=CODE)
    with hospital.begin() as connection:
        accounts.add(connection, login="petit", name="Dr", role="doctor", password=PASSWORD, doctor=doctor)
    path = hospital.place("inbox") / "petit" / "d.flac"
    engine = OnTheSpot(hospital)
    for state, jobs in (("taken", 1), ("known", 1)):
        path.write_bytes(SOUND)
        assert arrival.taker(hospital, engine.submit)(path, folder="petit").state == state
        assert len(engine.jobs) == jobs


def drafted(practice: Practice) -> bool:
    with practice.begin() as connection:
        return bool(store.documents(connection))


def test_a_practice_is_opened_again_and_upgraded_without_change(hospital: Practice):
    opening.upgrade(hospital.home)
    again = open_practice(hospital.home)
    with again.begin() as connection:
        assert store.dictations(connection) == []
    again.close()


def test_two_workers_hold_two_slots(hospital: Practice):
    from pipeline.practice import database_url
    from pipeline.slots import PostgresLocks

    locks = PostgresLocks(database_url(hospital.home, hospital.settings))
    first, again, second = locks.take("worker-1"), locks.take("worker-1"), locks.take("worker-2")
    assert first
    assert again is None
    assert second
    assert first.alive()
    first.release()
    second.release()
