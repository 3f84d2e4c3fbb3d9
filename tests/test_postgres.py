"""The same practice on PostgreSQL: same tables, same engine, same road; killed workers, a server that restarts."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive import journal
from bench import crew, dictated, reciter, scene, server, takeover, verdict
from pipeline import accounts, arrival, opening, store, tables
from pipeline import engine as engines
from pipeline import story as stories
from pipeline.people import doctors, members
from pipeline.practice import Practice, open_practice
from pipeline.safekeeping import upgrade
from tests.bench.test_campaign import ByNumber
from tests.fakes import CODE, PASSWORD, OnTheSpot, Reciter, received
from tests.test_chain import until

SOUND = (Path(__file__).parent / "data" / "00_courte.flac").read_bytes()
pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with server.address() as found:
        if found is None:
            pytest.skip("PostgreSQL is optional, and neither a server nor its programs are here")
        yield found


@pytest.fixture
def databases(address: str) -> Iterator[tuple[str, ...]]:
    with server.databases(address) as made:
        yield made


@pytest.fixture
def hospital(databases: tuple[str, ...], tmp_path: Path) -> Iterator[Practice]:
    storage = "".join(f'{part} = "{url}"\n' for part, url in zip(("database", "vault"), databases, strict=True))
    place = opening.new_practice(tmp_path / "h", name="Hôpital d'essai", settings_text=f"[storage]\n{storage}")
    yield place
    place.close()


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
    doctor = doctors.add(hospital, members.stand_in("technical"), name="Anne Petit", folder="petit", code=CODE).id
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
    upgrade.upgrade(hospital.home)
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


def test_a_row_and_its_job_are_written_together_or_not_at_all(databases: tuple[str, ...], tmp_path: Path):
    with scene.scene(tmp_path, databases=databases) as place:

        def interrupted() -> None:
            with place.practice.begin() as connection:
                takeover.enqueue(place, connection, sha256="a" * 64, address="b" * 64)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            interrupted()
        assert rows_and_jobs(place) == (0, 0)
        takeover.hand_in(place, 2)
        assert rows_and_jobs(place) == (2, 2)


@pytest.mark.timeout(180)
def test_the_work_of_a_worker_that_is_killed_is_taken_over_by_the_other(databases: tuple[str, ...], tmp_path: Path):
    with scene.scene(tmp_path, databases=databases) as place:
        assert takeover.takeovers(place, trials=1, seed=1)


@pytest.mark.timeout(240)
def test_a_server_that_restarts_during_work_loses_nothing_and_doubles_nothing(tmp_path: Path):
    if server.programs() is None:
        pytest.skip("PostgreSQL is optional, and its programs are not here")
    numbers = {dictated.sha256(number): number for number in range(4)}
    with (
        server.serving() as own,
        server.databases(own.url) as urls,
        scene.scene(tmp_path, databases=urls) as place,
        crew.crew(place, ("watch", "work", "work"), seconds=2.0) as made,
    ):
        for number in numbers.values():
            scene.drop(place, number)
        until(lambda: crew.transcribing(made), seconds=60)
        restart(own)
        until(lambda: waits_for_people(place), seconds=60)
        scene.act(place, numbers)
        restart(own)
        until(lambda: at_rest(place, numbers), seconds=90)
        assert made.stop() == [0, 0, 0]
        found = verdict.judge(place.practice, tuple(numbers.values()))
        assert found.clean, found
        heard = {(line.number, line.worker) for line in reciter.lines(place.ledger)}
        assert len(heard) == len(numbers), "a live worker's dictation was given to another"


def restart(own: server.Server) -> None:
    server.stop(own)
    server.start(own)


def rows_and_jobs(place: scene.Scene) -> tuple[int, int]:
    with place.practice.look() as connection:
        return len(store.dictations(connection)), len(place.engine.client.list_workflows())


def waits_for_people(place: scene.Scene) -> bool:
    with place.practice.look() as connection:
        return bool(store.documents(connection, states=("to-review",)))


def at_rest(place: scene.Scene, numbers: dict[str, int]) -> bool:
    scene.act(place, numbers)
    with place.practice.look() as connection:
        documents = store.documents(connection)
    wanted = sum(dictated.letters(number) for number in numbers.values())
    return len(documents) == wanted and all(row["state"] == "filed" for row in documents)


def test_a_filing_is_not_stopped_by_whoever_writes_in_the_journal_meanwhile(
    databases: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    numbers = {dictated.sha256(number): number for number in range(3)}
    pen = journal.hold_pen

    def another_first(connection: sa.Connection) -> None:
        monkeypatch.setattr(journal, "hold_pen", pen)  # once, when the filing has already looked at the database
        with place.practice.begin() as theirs:
            journal.append(theirs, actor="x", action="added", subject="P")
        pen(connection)

    with scene.scene(tmp_path, databases=databases) as place:
        here = OnTheSpot(place.practice)
        on_the_spot = replace(place, engine=here)
        takeover.hand_in(on_the_spot, len(numbers))
        here.run(ByNumber())
        scene.act(on_the_spot, numbers)
        here.run()
        scene.act(place, numbers)
        monkeypatch.setattr(journal, "hold_pen", another_first)
        with place.engine.work(stories.Means(practice=place.practice, transcriber=Reciter())):
            until(lambda: not place.engine.client.list_workflows(status=["ENQUEUED", "PENDING"]), seconds=60)
        with place.practice.look() as connection:
            documents = store.documents(connection)
    assert len(documents) == 4
    assert {(row["state"], row["reason"]) for row in documents} == {("filed", "")}
