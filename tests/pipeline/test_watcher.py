import os
import threading
import time
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline import disk, inbox
from pipeline.inbox import Outcome, footing, lookout, signals
from pipeline.inbox.watcher import Root, Sight, Watcher, is_ignored
from tests.pipeline import sounds
from tests.pipeline.test_inbox import Desk, close


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
    assert bench.after(0) == []
    assert bench.after(6) + bench.after(55) == ["taken"], "at once when it proves that it is whole"
    assert [row.size for row in desk.rows.values()] == [len(data)]
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
        ("c.wav", "dr-petit/2026"),
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
    monkeypatch.setattr(signals, "believable", lambda *_, **__: None)
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


# --- what is found ------------------------------------------------------------------------------------------------


def test_a_root_that_is_one_doctor_s_puts_its_folder_before_the_others(desk):
    desk.drop(sounds.wav(seed=1), "a.wav")
    desk.drop(sounds.wav(seed=2), "urgences/b.wav")
    bench = Bench(desk, roots=[Root(path=desk.inbox, folder="lambert")])

    bench.after(0)
    bench.after(6)

    assert sorted(row.folder for row in desk.rows.values()) == ["lambert", "lambert/urgences"]


def test_a_folder_named_as_a_recording_is_a_folder(desk):
    desk.drop(sounds.wav(), "DICT.wav/a.wav")
    bench = Bench(desk)

    assert [bench.after(0), bench.after(6)] == [[], ["taken"]]
    assert [row.folder for row in desk.rows.values()] == ["DICT.wav"]


@pytest.mark.parametrize("name", ["#recycle", "@eaDir", "$RECYCLE.BIN", "System Volume Information", ".Trash-1000"])
def test_what_a_share_keeps_of_what_was_deleted_does_not_come_back(desk, name):
    desk.drop(sounds.wav(), f"{name}/a.wav")
    bench = Bench(desk)

    assert [bench.after(0), bench.after(99)] == [[], []]


@pytest.mark.skipif(os.name == "nt", reason="names of bytes")
def test_hostile_names_are_found_and_taken(desk):
    names = [b"\xff\xfe.wav", "\u202egpj.wav".encode(), b"CON", b"a\nb.wav", "🩺.wav".encode(), b"x" * 251 + b".wav"]
    names += ["e\u0301.wav".encode(), "é.wav".encode(), b" .wav", b"NUL.dss "]
    for number, name in enumerate(names):
        folder = os.fsencode(desk.inbox) + b"/" + name[:200] + b"-dir"
        os.mkdir(folder)
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(sounds.wav(0.1, seed=number))
    bench = Bench(desk)

    assert [bench.after(0), bench.after(6)] == [[], ["taken"] * len(names)]
    for row in desk.rows.values():
        (row.folder + row.name).encode("utf-8")


def test_files_are_taken_in_the_order_in_which_they_were_recorded(desk):
    dates = {"c.wav": 1_000, "b.wav": 2_000, "d.wav": 2_000, "a.wav": 4_000_000_000}
    for number, (name, date) in enumerate(dates.items()):
        path = desk.drop(sounds.wav(0.1, seed=number), name)
        os.utime(path, (date, date))
    order = []
    bench = Bench(desk, lambda path, **options: order.append(path.name) or desk.take(path, **options))

    bench.after(0)
    bench.after(6)

    assert order == ["c.wav", "b.wav", "d.wav", "a.wav"]


@pytest.mark.parametrize("date", [0, 1_000, 4_070_908_800])
def test_no_date_of_a_file_and_no_jump_of_the_clock_holds_it_back(desk, monkeypatch, date):
    os.utime(desk.drop(sounds.wav()), (date, date))
    bench = Bench(desk)
    years = iter((20, -20, 20, -20, 20, -20))
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + next(years, 0) * 31_556_952)

    assert [bench.after(0), bench.after(4), bench.after(2)] == [[], [], ["taken"]]


def test_a_file_that_takes_the_place_of_one_being_taken_is_taken_though_it_looks_the_same(desk, tmp_path):
    path = desk.drop(sounds.wav(seed=1))
    first = path.stat()

    def receive(received):
        if not desk.rows:
            other = tmp_path / "other.wav"
            other.write_bytes(sounds.wav(seed=2))
            other.chmod(first.st_mode & 0o777)
            os.utime(other, ns=(first.st_atime_ns, first.st_mtime_ns))
            other.replace(path)
        return desk.receive(received)

    bench = Bench(desk, partial(desk.take, receive=receive))
    assert [bench.after(0), bench.after(6), bench.after(0), bench.after(6)] == [[], ["taken"], [], ["taken"]]
    assert len(desk.rows) == 2
    assert not path.exists()


def test_a_file_that_changes_while_others_are_taken_waits_again(desk):
    first, second = desk.drop(sounds.wav(seed=1), "a.wav"), desk.drop(sounds.wav(seed=2), "b.wav")
    os.utime(first, (1, 1))
    tried = []

    def take(path, **options):
        tried.append(path.name)
        if path == first:
            second.write_bytes(sounds.wav(seed=2)[:20_000])
        return desk.take(path, **options)

    bench = Bench(desk, take)
    bench.after(0)

    assert bench.after(6) == ["taken"]
    assert tried == ["a.wav"]
    second.write_bytes(sounds.wav(seed=3))
    assert [bench.after(1), bench.after(6)] == [[], ["taken"]]


def test_stopping_does_not_wait_for_a_whole_heap(desk):
    for number in range(50):
        desk.drop(sounds.wav(0.1, seed=number), f"{number}.wav")
    began, may_go_on = threading.Event(), threading.Event()

    def take(path, **options):
        began.set()
        may_go_on.wait(30)
        return desk.take(path, **options)

    watcher = Watcher([Root(path=desk.inbox, polling=True)], take, stable_seconds=0)
    watcher.start()
    assert began.wait(30)
    stopping = threading.Thread(target=watcher.stop)
    stopping.start()
    while not watcher._stopping.is_set():
        time.sleep(0.01)
    may_go_on.set()
    stopping.join(30)

    assert not stopping.is_alive()
    assert len(desk.rows) == 1


# --- sub-folders that cannot be read ------------------------------------------------------------------------------


def shut(monkeypatch, *folders: Path) -> None:
    """Let nobody list these folders; also for the tests run by root."""
    real = os.scandir

    def scan(path):
        if Path(path) in folders:
            raise PermissionError(13, "no")
        return real(path)

    monkeypatch.setattr(os, "scandir", scan)


def test_a_sub_folder_that_may_not_be_read_is_told_after_a_while_and_once_and_its_files_are_not_gone(
    desk, monkeypatch, tmp_path
):
    (tmp_path / "ailleurs").write_bytes(b"")
    desk.drop(sounds.wav(seed=1), "a.wav")
    (desk.inbox / "lambert").mkdir()
    (desk.inbox / "lambert" / "lien.wav").symlink_to(tmp_path / "ailleurs")
    bench = Bench(desk)
    assert [bench.after(0), sorted(bench.after(6))] == [[], ["left", "taken"]]

    with monkeypatch.context() as patch:
        shut(patch, desk.inbox / "lambert")
        assert [bench.after(0), bench.after(6), bench.after(55), bench.after(99)] == [[], [], ["left"], []]
        assert (bench.told[-1].code, bench.told[-1].name) == ("E179", "lambert")
    assert bench.after(1) == ["gone"]
    assert bench.told[-1].code == "E179"
    assert bench.after(99) == []


class Entry:
    """What a folder says of a file that it lets nobody ask about."""

    def __init__(self, real: os.DirEntry[str]) -> None:
        self.name, self.path, self.is_dir = real.name, real.path, real.is_dir

    def stat(self, **_: object) -> os.stat_result:
        raise PermissionError(13, "no")


def test_one_file_that_nobody_may_look_at_does_not_make_its_folder_unreadable(desk, monkeypatch):
    """A share does so of a file that is being removed, or that another program keeps for itself."""
    for number, name in enumerate(("a.wav", "b.wav")):
        desk.drop(sounds.wav(seed=number), name)
    real = os.scandir

    @contextmanager
    def scan(path):
        with real(path) as entries:
            yield [Entry(entry) if entry.name == "a.wav" else entry for entry in entries]

    monkeypatch.setattr(os, "scandir", scan)
    sights = []
    bench = Bench(desk, seen=sights.append)
    assert [bench.after(0), bench.after(6), bench.after(60)] == [[], ["taken"], ["left"]]
    assert (sights[-1].problem, bench.told[-1].name) == ("", "a.wav")


def test_a_folder_that_lies_too_deep_is_told(desk):
    deep = desk.inbox.joinpath(*"abcdefghijklmnopqrst")
    deep.mkdir(parents=True)
    (deep / "x.wav").write_bytes(sounds.wav())
    bench = Bench(desk)

    assert [bench.after(0), bench.after(61)] == [[], ["left"]]
    assert (bench.told[0].code, bench.told[0].name) == ("E179", "q")
    assert bench.told[0].folder == "/".join("abcdefghijklmnop")


# --- what is left -------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_people_are_told_once_of_what_is_left_and_once_more_when_it_is_gone(desk, tmp_path):
    (desk.inbox / "lambert").mkdir()
    link = desk.inbox / "lambert" / "lien.wav"
    link.symlink_to(tmp_path)
    bench = Bench(desk)
    for _ in range(5):
        bench.after(10)
    link.unlink()
    for _ in range(3):
        bench.after(10)

    assert [(one.state, one.code, one.name, one.folder) for one in bench.told] == [
        ("left", "E171", "lien.wav", "lambert"),
        ("gone", "E171", "lien.wav", "lambert"),
    ]


def test_a_file_that_could_not_be_read_is_taken_once_its_rights_are_set_right_though_it_did_not_change(desk):
    allowed = []

    def take(path, **options):
        if not allowed and not options["patient"]:
            return Outcome(state="left", name=path.name, code="E174")
        return desk.take(path, **options) if allowed else Outcome(state="waiting")

    desk.drop(sounds.wav())
    bench = Bench(desk, take)
    states = [state for _ in range(100) for state in bench.after(10)]
    allowed.append(True)
    states += [state for _ in range(1000) for state in bench.after(10)]

    assert states.count("left") < 6
    assert states[-2:] == ["taken", "gone"]
    assert [one.state for one in bench.told] == ["left", "taken", "gone"]


def test_a_folder_that_can_only_be_read_is_told_once_its_files_are_taken_and_not_read_over_and_over(desk, monkeypatch):
    for number in range(5):
        desk.drop(sounds.wav(0.1, seed=number), f"{number}.wav")
    reads, sights = [], []
    bench = Bench(
        desk,
        lambda path, **options: reads.append(path) or desk.take(path, **options),
        roots=[Root(path=desk.inbox, polling=True)],
        seen=sights.append,
    )
    with monkeypatch.context() as patch:
        close(patch, desk.inbox)
        bench.after(0)
        assert bench.after(6) == ["left"] * 5
        for _ in range(20):
            bench.after(10)
        assert len(reads) == 5
        assert len(desk.rows) == 5
        assert [(one.state, one.code) for one in bench.told] == [("left", "E175")]
        assert (sights[-1].problem, sights[-1].waiting) == ("E190", 0)
        for _ in range(400):
            bench.after(10)
        assert len(reads) < 30
        assert len(bench.told) == 1

    for _ in range(1000):
        bench.after(10)
    assert not list(desk.inbox.iterdir())
    assert sights[-1].problem == ""
    assert [one.state for one in bench.told].count("gone") == 5
    assert len(desk.rows) == 5


# --- who hears ----------------------------------------------------------------------------------------------------


def test_what_could_not_be_told_is_told_later_in_order_and_stops_nothing(desk, tmp_path, caplog):
    away, told = [True], []

    def tell(outcome):
        if away:
            raise ConnectionError("Dupont")
        told.append(outcome.name)

    for name in ("a.wav", "b.wav"):
        (desk.inbox / name).symlink_to(tmp_path)
    desk.drop(sounds.wav(), "c.wav")
    clock = Clock()
    watcher = Watcher([Root(path=desk.inbox)], desk.take, stable_seconds=5, told=tell, clock=clock)
    for _ in range(5):
        watcher.scan()
        clock.now += 6
    assert len(desk.rows) == 1
    assert caplog.text.count("ConnectionError") == 1
    assert "Dupont" not in caplog.text

    away.clear()
    watcher.scan()
    assert sorted(told) == ["a.wav", "b.wav", "c.wav"]
    watcher.scan()
    assert len(told) == 3


def test_what_a_root_looks_like_is_seen_at_each_look(desk):
    sights: list[Sight] = []
    bench = Bench(desk, lambda *_, **__: Outcome(state="waiting"), seen=sights.append)
    bench.after(0)
    desk.drop(sounds.wav(seed=1), "a.wav")
    desk.drop(sounds.wav(seed=2), "b.wav")
    bench.after(1)
    bench.after(70)

    assert [(one.waiting, one.problem, one.path) for one in (sights[0], sights[1], sights[-1])] == [
        (0, "", desk.inbox),
        (2, "", desk.inbox),
        (2, "", desk.inbox),
    ]


def test_files_that_wait_for_room_are_asked_for_less_and_less_often_but_at_least_each_minute(desk):
    tries = []
    desk.drop(sounds.wav())
    bench = Bench(desk, lambda *_, **__: tries.append(bench.clock.now) or Outcome(state="waiting"), patience_seconds=5)
    for _ in range(600):
        bench.after(1)

    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps[:4] == [5, 10, 20, 40]
    assert set(gaps[4:]) == {60}


# --- signals, or looking regularly --------------------------------------------------------------------------------


class Running:
    """A watcher in its own threads."""

    def __init__(self, desk: Desk, *roots: Root, take=None, **options) -> None:
        self.told: list[Outcome] = []
        self.sights: dict[Path, Sight] = {}
        options = {"stable_seconds": 0.1, "patience_seconds": 1.0, "rescan_seconds": 600.0} | options
        self.watcher = Watcher(
            roots or [Root(path=desk.inbox)], take or desk.take, told=self.told.append,
            seen=lambda sight: self.sights.__setitem__(sight.path, sight), **options,
        )  # fmt: skip

    def __enter__(self) -> "Running":
        self.watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.watcher.stop()

    def until(self, condition) -> None:
        end = time.monotonic() + 45
        while not condition():
            assert time.monotonic() < end, f"{self.sights} {self.told}"
            time.sleep(0.02)

    def until_mode(self, path: Path, mode: str) -> None:
        self.until(lambda: path in self.sights and self.sights[path].mode == mode)


def test_a_local_disk_is_believed_after_a_trial_that_leaves_nothing(desk):
    with Running(desk) as running:
        running.until_mode(desk.inbox, "native")
        assert not list(desk.inbox.iterdir())
        desk.drop(sounds.wav())
        running.until(lambda: len(desk.rows) == 1)


@pytest.mark.parametrize("why", ["share", "deaf", "read-only", "no more watches", "asked"])
def test_a_folder_that_cannot_be_believed_is_looked_at_regularly(desk, monkeypatch, why):
    def refuse(*_, **__):
        raise OSError(28, "no more watches")

    root = Root(path=desk.inbox, polling=True if why == "asked" else "auto")
    match why:
        case "share":
            monkeypatch.setattr(disk, "is_network", lambda _: True)
        case "deaf":
            monkeypatch.setattr(signals, "TRIAL_SECONDS", 0.1)
            monkeypatch.setattr(signals.Signals, "_note", lambda *_: None)
        case "read-only":
            monkeypatch.setattr(signals.Signals, "answer", refuse)
        case "no more watches":
            monkeypatch.setattr(signals.Signals, "_listening", refuse)
    monkeypatch.setattr(lookout, "POLL_SECONDS", 0.1)
    with Running(desk, root) as running:
        running.until_mode(desk.inbox, "polling")
        desk.drop(sounds.wav())
        running.until(lambda: running.told)


class Told:
    """Signals of our own."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.alive = True
        self.closed = False

    def drained(self) -> frozenset[str]:
        told, self.paths = frozenset(self.paths), set()
        return told

    def is_alive(self) -> bool:
        return self.alive

    def close(self) -> None:
        self.closed = True


def believing(monkeypatch, bench: "Bench") -> Told:
    """Have the bench's only root listen to signals of our own."""
    given = Told()
    monkeypatch.setattr(signals, "believable", lambda *_, **__: given)
    (only,) = bench.watcher._lookouts
    only._footing.begin()
    return given


def test_nobody_waits_for_the_threads_of_signals_that_do_not_end(desk, monkeypatch):
    given, for_ever = signals.Signals(desk.inbox, lambda: None), threading.Event()
    stop = given._observer.stop
    monkeypatch.setattr(given._observer, "stop", for_ever.wait)
    closing = threading.Thread(target=given.close, daemon=True)
    closing.start()
    closing.join(30)
    try:
        assert not closing.is_alive()
    finally:
        stop()
        for_ever.set()


def test_signals_are_believed_no_more_once_a_new_file_was_not_told_of(desk, monkeypatch):
    desk.drop(sounds.wav(seed=1), "there at the start.wav")
    sights: list[Sight] = []
    bench = Bench(desk, lambda *_, **__: Outcome(state="waiting"), seen=sights.append)
    given = believing(monkeypatch, bench)
    for _ in range(3):
        bench.after(10)
    assert sights[-1].mode == "native"

    desk.drop(sounds.wav(seed=2), "told.wav")
    given.paths.add(str(desk.inbox / "told.wav"))
    (desk.inbox / "lambert").mkdir()
    desk.drop(sounds.wav(seed=3), "lambert/came with its folder.wav")
    given.paths.add(str(desk.inbox / "lambert"))
    desk.drop(sounds.wav(seed=4), "late.wav")
    bench.after(10)
    given.paths.add(str(desk.inbox / "late.wav"))
    for _ in range(3):
        bench.after(10)
    assert sights[-1].mode == "native"

    desk.drop(sounds.wav(seed=5), "untold.wav")
    bench.after(10)
    assert sights[-1].mode == "native"
    (desk.inbox / "untold.wav").unlink()
    bench.after(10)
    assert sights[-1].mode == "polling"
    assert given.closed


def test_a_root_that_went_is_said_and_watched_again_with_its_signals_when_it_is_back(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(lookout, "POLL_SECONDS", 0.1)
    share = tmp_path / "partage"
    share.mkdir()
    with Running(desk, Root(path=share), Root(path=desk.inbox), rescan_seconds=0.3) as running:
        running.until_mode(share, "native")
        for number in range(2):
            (share / "a.wav").write_bytes(sounds.wav(seed=number))
            running.until(lambda expected=number: len(desk.rows) == expected + 1 and not any(share.iterdir()))
            share.rmdir()
            running.until(lambda: running.sights[share].problem == "E176")
            assert running.sights[share].mode == "polling"
            share.mkdir()
            running.until_mode(share, "native")
            assert running.sights[share].problem == ""
    assert {one.state for one in running.told} == {"taken"}


def test_a_root_that_is_another_folder_of_the_same_name_is_listened_to_anew(desk, tmp_path):
    with Running(desk, rescan_seconds=1.0) as running:
        running.until_mode(desk.inbox, "native")
        (first,) = running.watcher._lookouts
        before = first._footing._signals
        desk.inbox.rename(tmp_path / "ailleurs")
        desk.inbox.mkdir()
        running.until(lambda: first._footing._signals not in (None, before))
        desk.drop(sounds.wav())
        running.until(lambda: len(desk.rows) == 1)


def test_what_is_in_a_root_that_went_is_not_gone_and_is_waited_for_again_when_it_is_back(desk, tmp_path):
    """A copy cut by the network: its size does not change while nobody can see it."""
    desk.drop(sounds.wav()[:20_000])
    (desk.inbox / "lien.wav").symlink_to(tmp_path)
    sights: list[Sight] = []
    bench = Bench(desk, seen=sights.append, patience_seconds=30)
    assert [bench.after(0), bench.after(6)] == [[], ["left"]]
    desk.inbox.rename(tmp_path / "away")
    assert [bench.after(10), bench.after(100)] == [[], []]
    assert (sights[-1].problem, sights[-1].waiting) == ("E176", 1)
    (tmp_path / "away").rename(desk.inbox)

    assert [bench.after(1), bench.after(20)] == [[], []]
    desk.drop(sounds.wav())
    assert [bench.after(1), bench.after(6)] == [[], ["taken"]]
    assert [one.state for one in bench.told] == ["left", "taken"]
    assert sights[-1].problem == ""


def test_the_empty_folder_under_a_share_that_is_no_longer_mounted_is_not_the_share(desk, tmp_path, monkeypatch):
    mounted = [True]
    monkeypatch.setattr(os.path, "ismount", lambda path: bool(mounted) and Path(path) == desk.inbox)
    (desk.inbox / "lien.wav").symlink_to(tmp_path)
    sights: list[Sight] = []
    bench = Bench(desk, seen=sights.append)
    bench.after(0)
    bench.after(6)
    (desk.inbox / "lien.wav").unlink()
    mounted.clear()

    assert bench.after(10) == []
    assert sights[-1].problem == "E176"
    mounted.append(True)
    assert bench.after(10) == ["gone"]


def test_a_share_that_hangs_keeps_no_other_folder_waiting_and_does_not_hold_the_stop(desk, tmp_path, monkeypatch):
    import pipeline.inbox.watcher

    share, hangs = tmp_path / "partage", threading.Event()
    share.mkdir()
    scan = os.scandir

    def hanging(path):
        if Path(path) == share:
            hangs.wait(60)
        return scan(path)

    monkeypatch.setattr(os, "scandir", hanging)
    monkeypatch.setattr(pipeline.inbox.watcher, "STOP_SECONDS", 0.2)
    try:
        with Running(desk, Root(path=share, polling=True), Root(path=desk.inbox)) as running:
            desk.drop(sounds.wav())
            running.until(lambda: len(desk.rows) == 1)
        assert not hangs.is_set()
    finally:
        hangs.set()


def test_looking_rests_all_the_longer_as_it_costs_more(desk):
    bench = Bench(desk, rescan_seconds=30)
    (only,) = bench.watcher._lookouts
    bench.after(0)
    only._cost = 0.001
    assert only._pause() == lookout.POLL_SECONDS
    only._cost = 0.4
    assert only._pause() == pytest.approx(40)
    desk.drop(sounds.wav())
    bench.after(0)
    only._cost = 0.4
    assert only._pause() == pytest.approx(8)
    only._cost = 100.0
    bench.clock.now += 1000
    assert only._pause() == 300


def test_a_watcher_can_be_started_again(desk):
    running = Running(desk)
    for number in range(2):
        with running:
            running.until_mode(desk.inbox, "native")
            desk.drop(sounds.wav(seed=number))
            running.until(lambda expected=number: len(desk.rows) == expected + 1)
            running.sights.clear()


def test_a_signal_of_a_file_still_hidden_does_not_wake_anyone(desk):
    heard = threading.Event()
    listening = signals.Signals(desk.inbox, heard.set)
    try:
        (desk.inbox / "a.wav.part").write_bytes(b"x")
        end = time.monotonic() + 30
        while str(desk.inbox / "a.wav.part") not in listening.drained():
            assert time.monotonic() < end
            time.sleep(0.02)
        assert not heard.is_set()
        (desk.inbox / "a.wav.part").rename(desk.inbox / "a.wav")
        assert heard.wait(30)
    finally:
        listening.close()
    assert footing.UNTOLD_SECONDS > 1.0
