import os
import threading
import time
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline import inbox
from pipeline.inbox import Outcome
from pipeline.watcher import Root, Watcher, is_ignored
from tests.pipeline import sounds
from tests.pipeline.test_inbox import Desk


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


class Clock:
    """A clock that moves when told."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A watcher of a desk's inbox, on a clock of our own."""

    def __init__(self, desk: Desk, take=None, **options) -> None:
        self.clock = Clock()
        self.told: list[Outcome] = []
        roots = options.pop("roots", [Root(path=desk.inbox)])
        options = {"stable_seconds": 5, "patience_seconds": 60} | options
        self.watcher = Watcher(roots, take or desk.take, told=self.told.append, clock=self.clock, **options)

    def after(self, seconds: float) -> list[str]:
        self.clock.now += seconds
        return [outcome.state for outcome in self.watcher.scan()]


def test_a_file_is_taken_when_it_has_not_changed_for_a_while_even_if_it_was_there_at_the_start(desk):
    desk.drop(sounds.wav())
    bench = Bench(desk)

    assert [bench.after(0), bench.after(4.9), bench.after(0.2), bench.after(100)] == [[], [], ["taken"], []]
    assert [outcome.state for outcome in bench.told] == ["taken"]


def test_a_slow_writer_is_waited_for(desk):
    data = sounds.wav()
    path = desk.drop(b"")
    bench = Bench(desk)
    states = bench.after(0)
    for tenth in range(1, 11):
        with path.open("ab") as writer:
            writer.write(data[len(data) * (tenth - 1) // 10 : len(data) * tenth // 10])
        states += bench.after(4)
    assert states == []

    assert bench.after(5) == ["taken"]
    assert [row.size for row in desk.rows.values()] == [len(data)]


@pytest.mark.parametrize("data", [sounds.wav(), sounds.ds2(), sounds.encoded("flac", "flac")])
@pytest.mark.parametrize("tenth", range(10))
def test_a_writer_that_stalls_at_any_tenth_is_waited_for(desk, data, tenth):
    path = desk.drop(data[: len(data) * tenth // 10])
    bench = Bench(desk)

    assert [bench.after(0), bench.after(6), bench.after(20), bench.after(30)] == [[], [], [], []]

    path.write_bytes(data)
    assert [bench.after(0), bench.after(6)] == [[], ["taken"]]
    assert not desk.refusals


def test_what_never_becomes_whole_is_refused_in_the_end_and_once(desk):
    desk.drop(sounds.wav()[:20_000])
    bench = Bench(desk)

    assert [bench.after(0), bench.after(6), bench.after(50), bench.after(10), bench.after(99)] == [
        [],
        [],
        [],
        ["refused"],
        [],
    ]


def test_a_file_renamed_into_place_is_taken_and_its_temporary_name_is_ignored(desk):
    path = desk.drop(sounds.wav(), "DICT0001.wav.part")
    bench = Bench(desk)
    assert [bench.after(0), bench.after(99)] == [[], []]

    path.rename(desk.inbox / "DICT0001.wav")

    assert [bench.after(0), bench.after(6)] == [[], ["taken"]]


@pytest.mark.parametrize("name", [".DS_Store", "a.part", "a.WAV.CRDOWNLOAD", "a.tmp", "a.wav~", "~$a", "Thumbs.db"])
def test_names_of_transfers_and_of_the_system_are_ignored(name):
    assert is_ignored(name)


@pytest.mark.parametrize("name", ["a.wav", "DICT0001.DS2", "sans suffixe", "partition.wav", "tmp.mp3"])
def test_other_names_are_not_ignored(name):
    assert not is_ignored(name)


def test_the_sub_folder_says_whose_dictation_it_is(desk):
    desk.drop(sounds.wav(seed=1), "a.wav")
    desk.drop(sounds.wav(seed=2), "dr-martin/b.wav")
    (desk.inbox / "dr-petit" / "2026").mkdir(parents=True)
    desk.drop(sounds.wav(seed=3), "dr-petit/2026/c.wav")
    bench = Bench(desk)

    bench.after(0)
    bench.after(6)

    assert sorted((row.name, row.folder) for row in desk.rows.values()) == [
        ("a.wav", ""),
        ("b.wav", "dr-martin"),
        ("c.wav", "dr-petit"),
    ]


def test_several_roots_are_watched_and_one_that_vanished_stops_nothing(desk, tmp_path):
    other = tmp_path / "partage"
    desk.drop(sounds.wav())
    bench = Bench(desk, roots=[Root(path=other, polling=True), Root(path=desk.inbox)])

    assert [bench.after(0), bench.after(6)] == [[], ["taken"]]

    other.mkdir()
    (other / "b.wav").write_bytes(sounds.wav(seed=2))
    assert [bench.after(0), bench.after(6)] == [[], ["taken"]]


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_link_to_a_folder_is_not_followed(desk, tmp_path):
    (tmp_path / "ailleurs").mkdir()
    (tmp_path / "ailleurs" / "secret.wav").write_bytes(sounds.wav())
    (desk.inbox / "lien").symlink_to(tmp_path / "ailleurs")
    bench = Bench(desk)

    assert [bench.after(0), bench.after(6), bench.after(99)] == [[], ["left"], []]
    assert (tmp_path / "ailleurs" / "secret.wav").exists()


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_file_left_for_its_second_name_is_taken_once_it_has_one(desk, tmp_path):
    path = desk.drop(sounds.wav())
    second = tmp_path / "second"
    second.hardlink_to(path)
    bench = Bench(desk)
    assert [bench.after(0), bench.after(6)] == [[], ["left"]]

    second.unlink()

    assert [bench.after(0), bench.after(6)] == [[], ["taken"]]


def test_a_fault_is_tried_again_less_and_less_often_and_no_name_is_logged(desk, caplog):
    tries = []

    def fail(path, **_):
        tries.append(bench.clock.now)
        raise OSError(28, "No space left on device", str(path))

    desk.drop(sounds.wav(), "Dupont Jean.wav")
    bench = Bench(desk, fail)
    for _ in range(600):
        bench.after(1)

    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps == [10, 20, 40, 80, 160]
    assert "OSError 28" in caplog.text
    assert "Dupont" not in caplog.text


def test_one_file_that_cannot_be_taken_does_not_stop_the_others(desk):
    def take(path, **options):
        if path.name == "a.wav":
            raise RuntimeError
        return desk.take(path, **options)

    desk.drop(sounds.wav(seed=1), "a.wav")
    desk.drop(sounds.wav(seed=2), "b.wav")
    bench = Bench(desk, take)

    assert [bench.after(0), bench.after(6)] == [[], ["taken"]]


@pytest.mark.parametrize("polling", [False, True])
def test_a_running_watcher_takes_what_is_dropped(desk, polling):
    took = threading.Event()
    watcher = Watcher(
        [Root(path=desk.inbox, polling=polling)],
        partial(inbox.take, taken=desk.taken, refused=desk.refused, receive=desk.receive, refuse=desk.refuse),
        stable_seconds=0.2,
        rescan_seconds=600.0,
        told=lambda _: took.set(),
    )
    watcher.start()
    try:
        desk.drop(sounds.wav())
        assert took.wait(30)
    finally:
        watcher.stop()

    assert len(desk.rows) == 1


def test_a_rescan_alone_finds_everything(desk, monkeypatch):
    monkeypatch.setattr(Watcher, "_observer", lambda *_: None)
    took = threading.Event()
    watcher = Watcher(
        [Root(path=desk.inbox)], desk.take, stable_seconds=0.1, rescan_seconds=0.2, told=lambda _: took.set()
    )
    watcher.start()
    try:
        time.sleep(0.3)
        desk.drop(sounds.wav())
        assert took.wait(30)
    finally:
        watcher.stop()


def test_watching_a_root_that_does_not_exist_yet_is_no_error(desk, tmp_path):
    watcher = Watcher([Root(path=tmp_path / "absent")], desk.take)

    watcher.start()
    watcher.stop()


def test_two_watchers_of_one_folder_receive_each_file_once(desk):
    for seed in range(30):
        desk.drop(sounds.wav(0.1, seed=seed), f"{seed}.wav")
    watchers = [Watcher([Root(path=desk.inbox)], desk.take, stable_seconds=0) for _ in range(2)]
    scans = [threading.Thread(target=watcher.scan) for watcher in watchers for _ in range(2)]
    for scan in scans:
        scan.start()
    for scan in scans:
        scan.join()

    assert len(desk.rows) == 30
    assert not list(desk.inbox.iterdir())
    assert all(row.path.exists() for row in desk.rows.values())
    assert not list(Path(desk.taken).glob(".*"))
