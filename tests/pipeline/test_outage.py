"""What the store stopped begins again; what a file or a person stopped does not."""

from datetime import date
from pathlib import Path

import pytest

from archive.errors import StoreAway
from pipeline import outage, register, store, tables
from pipeline.practice import Practice
from pipeline.types import Job
from tests.fakes import OnTheSpot, People, Reciter, received
from tests.test_chain import proofread

DATA = Path(__file__).parent.parent / "data"
SOUND = (DATA / "00_courte.flac").read_bytes()
TEXT = (DATA / "00_courte.written.txt").read_text(encoding="utf-8").strip()


@pytest.fixture
def engine(practice: Practice) -> OnTheSpot:
    return OnTheSpot(practice)


def stopped(practice: Practice, engine: OnTheSpot, people: People, code: str) -> str:
    """A dictation that was set aside for this reason."""
    key = received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.jobs.clear()
    with practice.begin() as connection:
        store.move_dictation(connection, key, "refused-file", reason=code)
    return key


def test_a_dictation_the_store_stopped_is_drafted_once_it_answers(
    practice: Practice, people: People, engine: OnTheSpot
) -> None:
    key = stopped(practice, engine, people, StoreAway.code)

    assert outage.begin_again(practice, engine.submit) == 1
    assert outage.begin_again(practice, engine.submit) == 0

    (job,) = engine.jobs
    assert (job.stretch, job.subject) == ("draft", key)
    assert job.key != Job(stretch="draft", subject=key, due=job.due).key, "the engine does a job only once"
    with practice.begin() as connection:
        row = store.one(connection, tables.dictation, key)
    assert (row["state"], row["reason"]) == ("received", "")


@pytest.mark.parametrize("code", ["E031", "E022", "A011"])
def test_a_dictation_that_is_at_fault_waits_for_a_person(
    practice: Practice, people: People, engine: OnTheSpot, code: str
) -> None:
    stopped(practice, engine, people, code)

    assert outage.begin_again(practice, engine.submit) == 0
    assert engine.jobs == []


def test_two_machines_that_look_at_once_queue_it_once(practice: Practice, people: People, engine: OnTheSpot) -> None:
    key = stopped(practice, engine, people, StoreAway.code)
    with practice.look() as connection:
        (row,) = store.dictations(connection, states=("refused-file",))
    assert row["id"] == key

    assert outage._draft(practice, row, engine.submit)
    assert not outage._draft(practice, row, engine.submit)

    assert len(engine.jobs) == 1


@pytest.mark.parametrize(("code", "again"), [(StoreAway.code, 1), ("E041", 0), ("Revoir la posologie.", 0)])
def test_a_letter_the_store_stopped_is_laid_out_and_one_to_correct_is_left(
    practice: Practice, people: People, engine: OnTheSpot, code: str, again: int
) -> None:
    received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.run(Reciter())
    with practice.begin() as connection:
        (row,) = store.documents(connection)
    patient = register.add_patient(
        practice, people.claire, family_name="Martin", given_name="Paul", birth_date=date(1960, 5, 4)
    )
    proofread(practice, people, row["id"], text=TEXT, patient=patient.id, submit=engine.submit)
    engine.jobs.clear()
    with practice.begin() as connection:
        version = store.one(connection, tables.document, row["id"])["version"]
        store.change_document(connection, row["id"], version=version, state="to-correct", reason=code)

    assert outage.begin_again(practice, engine.submit) == again

    engine.run(Reciter())
    with practice.begin() as connection:
        state = store.one(connection, tables.document, row["id"])["state"]
    assert state == ("to-sign" if again else "to-correct")
