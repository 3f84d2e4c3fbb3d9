import os
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline import presence
from pipeline.slots import FileLocks, PostgresLocks, Slots, first_free

SERVER = os.environ.get("COPISTE_TEST_POSTGRES", "")


def slots(folder: Path, pending: list[str], taken: list[str]) -> Slots:
    return Slots(FileLocks(folder), pending=lambda: pending, recover=taken.append)


def test_each_worker_has_a_slot_of_its_own_and_gives_it_back(tmp_path: Path):
    first, second = slots(tmp_path, [], []), slots(tmp_path, [], [])
    assert first.hold() == "worker-1"
    assert second.hold() == "worker-2"
    first.release()
    assert slots(tmp_path, [], []).hold() == "worker-1"


def test_a_dead_slot_is_taken_over_after_two_looks_and_a_live_one_never(tmp_path: Path):
    taken: list[str] = []
    alive, dead = slots(tmp_path, [], []), slots(tmp_path, [], [])
    watcher = slots(tmp_path, ["worker-1", "worker-2", "worker-3"], taken)
    alive.hold()
    dead.hold()
    watcher.hold()
    dead.release()
    watcher.look()
    assert taken == []
    watcher.look()
    assert taken == ["worker-2"]


def test_a_slot_seen_free_once_only_is_left_alone(tmp_path: Path):
    taken: list[str] = []
    other = slots(tmp_path, [], [])
    other.hold()
    watcher = slots(tmp_path, ["worker-1"], taken)
    watcher.hold()
    other.release()
    watcher.look()
    back = slots(tmp_path, [], [])
    assert back.hold() == "worker-1"
    watcher.look()
    back.release()
    watcher.look()
    assert taken == []


class Server:
    """Locks of a server that may restart, which drops them all."""

    looks = 2

    def __init__(self) -> None:
        self.owners: dict[str, object] = {}

    def take(self, slot: str) -> "Hold | None":
        if slot in self.owners:
            return None
        self.owners[slot] = hold = Hold(self, slot)
        return hold

    def held(self) -> frozenset[str]:
        return frozenset(self.owners)

    def is_held(self, slot: str) -> bool:
        return slot in self.owners


class Hold:
    def __init__(self, server: Server, slot: str) -> None:
        self.server, self.slot = server, slot

    def alive(self) -> bool:
        return self.server.owners.get(self.slot) is self

    def release(self) -> None:
        if self.alive():
            del self.server.owners[self.slot]


def test_after_a_restart_of_the_server_live_workers_keep_their_slots_and_their_work():
    server, taken = Server(), list[str]()
    workers = [Slots(server, pending=lambda: ["worker-1", "worker-2"], recover=taken.append) for _ in range(2)]
    assert [worker.hold() for worker in workers] == ["worker-1", "worker-2"]
    server.owners.clear()
    workers[0].look()  # before the other has noticed
    for worker in workers:
        assert worker.keep()
    for worker in workers * 2:
        worker.look()
    assert taken == []
    assert server.held() == {"worker-1", "worker-2"}


def test_a_slot_that_another_had_meanwhile_is_taken_back_with_what_that_one_left():
    server, taken = Server(), list[str]()
    worker = Slots(server, pending=lambda: [], recover=taken.append)
    worker.hold()
    server.owners.clear()
    other = server.take("worker-1")
    assert other
    assert not worker.keep()
    assert taken == []
    other.release()
    assert worker.keep()
    assert worker.keep()
    assert taken == ["worker-1"]


def test_who_holds_a_slot_is_seen_without_taking_it(tmp_path: Path):
    locks = FileLocks(tmp_path)
    lock = locks.take("watch-1")
    assert lock
    other = locks.take("diary-1")
    assert other
    assert locks.held() == {"watch-1"}
    assert locks.is_held("watch-1")
    lock.release()
    assert locks.held() == frozenset()
    assert not locks.is_held("serve-1")
    assert not (tmp_path / "serve-1.slot").exists()
    other.release()


def test_a_worker_whose_slot_file_is_removed_takes_it_again(tmp_path: Path):
    locks = FileLocks(tmp_path)
    worker = Slots(locks, pending=lambda: [], recover=lambda _: None)
    worker.hold()
    (tmp_path / "worker-1.slot").unlink()
    assert worker.keep()
    assert locks.held() == {"worker-1"}
    worker.release()
    assert locks.held() == frozenset()


@pytest.mark.postgres
@pytest.mark.skipif(not SERVER, reason="PostgreSQL is optional: COPISTE_TEST_POSTGRES names no server")
def test_on_a_server_every_machine_sees_who_is_at_work_and_upkeep_is_alone():
    name = f"copiste_slots_{uuid.uuid4().hex[:8]}"
    server = sa.create_engine(f"{SERVER}/postgres", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f"create database {name}"))
    url = f"{SERVER}/{name}"
    here, elsewhere = PostgresLocks(url), PostgresLocks(url)
    assert presence.at_work(url) == ()
    (_, serve), (_, work), (slot, again) = (
        first_free(here, "serve"),
        first_free(elsewhere, "work"),
        first_free(here, "work"),
    )
    assert slot == "work-2"
    assert presence.at_work(url) == ("serve", "work", "work")
    with pytest.raises(presence.PracticeBusy), presence.alone(url, wait_seconds=0):
        pytest.fail("three were at work")
    with server.connect() as connection:  # what a machine that loses its power leaves, once the server notices
        connection.execute(
            sa.text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :d"), {"d": name}
        )
    assert not work.alive()
    with presence.alone(url, wait_seconds=0):
        assert here.is_held("upkeep-1")
        assert elsewhere.take("upkeep-1") is None
    for lock in (serve, work, again):
        lock.release()
    with server.connect() as connection:
        connection.execute(sa.text(f"drop database {name} with (force)"))
    server.dispose()
