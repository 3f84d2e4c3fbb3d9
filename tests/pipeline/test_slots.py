from pathlib import Path

from pipeline.slots import FileLocks, Slots


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
