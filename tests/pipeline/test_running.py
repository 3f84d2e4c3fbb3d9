"""The practice at work: it leaves when asked, several processes are one crew, a service manager is told."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline import presence, running, tables
from pipeline.engine import open_engine
from pipeline.inbox import Outcome
from pipeline.practice import Practice
from pipeline.running import crew, heartbeat

ROOT = Path(__file__).parents[2]
MEMBER = """
import os, signal, sys, time
from pathlib import Path
signal.signal(signal.SIGTERM, lambda *_: (Path(sys.argv[1], f"{os.getpid()}.stopped").touch(), os._exit(0)))
Path(sys.argv[1], f"{os.getpid()}.started").touch()
time.sleep(1000)
"""


def until(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + 45
    while not (found := condition()):
        assert time.monotonic() < end, "it did not get there"
        time.sleep(0.05)
    return found


@contextmanager
def beside(function: Callable[..., None], *arguments: Any, **options: Any) -> Iterator[list[BaseException]]:
    """Run in a thread; gives what it raised, once it has ended."""
    raised: list[BaseException] = []

    def body() -> None:
        try:
            function(*arguments, **options)
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    yield raised
    thread.join(60)
    assert not thread.is_alive()


def pids(folder: Path, what: str) -> list[int]:
    return [int(path.stem) for path in folder.glob(f"*.{what}")]


def test_a_process_at_work_is_seen_and_stops_when_told(practice: Practice):
    stop = threading.Event()
    with beside(running.run, practice, watch=True, stop=stop) as raised:
        until(lambda: presence.at_work(practice) == ("watch",))
        stop.set()
    assert raised == []
    assert presence.at_work(practice) == ()


def test_a_process_at_work_leaves_when_upkeep_asks_and_says_so_to_its_service(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.05)
    with beside(running.run, practice, watch=True, stop=threading.Event()) as raised:
        until(lambda: presence.at_work(practice) == ("watch",))
        with presence.alone(practice, wait_seconds=30):
            assert presence.at_work(practice) == ()
    (refused,) = raised
    assert isinstance(refused, presence.UpkeepUnderWay)
    assert refused.exit_code == 14


def test_a_process_of_the_crew_that_dies_is_replaced_and_all_stop_together(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(crew, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.05)
    stop, program = threading.Event(), (sys.executable, "-c", MEMBER, str(tmp_path))
    with beside(crew.lead, practice, processes=2, program=program, stop=stop) as raised:
        first = until(lambda: len(found := pids(tmp_path, "started")) == 2 and found)
        os.kill(first[0], signal.SIGKILL)
        until(lambda: len(pids(tmp_path, "started")) == 3)
        stop.set()
    assert raised == []
    assert sorted(pids(tmp_path, "stopped")) == sorted(set(pids(tmp_path, "started")) - {first[0]})


def test_a_crew_tries_again_when_the_machine_has_no_room_for_one_more_process(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(crew, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.05)
    start, refusals = crew._start, [OSError("no memory")]

    def starting(member: Any, program: Sequence[str]) -> None:
        if refusals:
            raise refusals.pop()
        start(member, program)

    monkeypatch.setattr(crew, "_start", starting)
    stop, program = threading.Event(), (sys.executable, "-c", MEMBER, str(tmp_path))
    with beside(crew.lead, practice, processes=2, program=program, stop=stop) as raised:
        until(lambda: len(pids(tmp_path, "started")) == 2)
        stop.set()
    assert raised == []


def test_what_a_watched_folder_looks_like_and_what_is_left_in_it_are_kept_for_status(
    practice: Practice, tmp_path: Path
):
    engine = open_engine(practice)
    left = practice.place("inbox") / "lambert" / "lien.wav"
    left.parent.mkdir(exist_ok=True)
    left.symlink_to(tmp_path)
    heard: list[Outcome] = []

    def row(table: sa.Table) -> sa.RowMapping | None:
        with practice.look() as connection:
            return connection.execute(sa.select(table)).mappings().first()

    with running.watching(practice, engine, told=heard.append):
        aside = until(lambda: row(tables.dictation))
        assert (aside["state"], aside["reason"], aside["name"]) == ("refused-file", "E171", "lambert/lien.wav")
        until(lambda: row(tables.watched)["mode"] == "native")
        assert row(tables.watched)["path"] == str(practice.place("inbox"))
        left.unlink()
        until(lambda: row(tables.dictation)["state"] == "replaced")
    assert [one.state for one in heard] == ["left", "gone"]


def test_what_cannot_be_kept_while_the_database_is_away_does_not_fill_the_log(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    left = Outcome(state="left", name="lien.wav", code="E171")

    def away(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.arrival.told", away)
        for _ in range(3):
            with pytest.raises(ConnectionError):
                running._note(practice, None, left)
    assert caplog.text.count("E171") == 0
    running._note(practice, None, left)
    assert caplog.text.count("E171") == 1


def refuses(code: int) -> Sequence[str]:
    return (sys.executable, "-c", f"raise SystemExit({code})")


def test_a_crew_that_cannot_work_stops_instead_of_starting_for_ever(practice: Practice):
    with beside(crew.lead, practice, processes=2, program=refuses(30), stop=threading.Event()) as raised:
        pass
    assert [type(error) for error in raised] == [crew.CrewStopped]


def test_a_crew_leaves_for_upkeep(practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.05)
    program = (sys.executable, "-c", MEMBER, str(tmp_path))
    with beside(crew.lead, practice, processes=1, program=program, stop=threading.Event()) as raised:
        until(lambda: pids(tmp_path, "started"))
        with presence.alone(practice, wait_seconds=30):
            assert len(pids(tmp_path, "stopped")) == 1
    assert [type(error) for error in raised] == [presence.UpkeepUnderWay]


def test_the_processes_of_a_crew_die_with_their_head(practice: Practice):
    settings = practice.home / "copiste.toml"
    settings.write_text(settings.read_text() + '[speech]\ntranscriber = "tests.fakes:Reciter"\n')
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "work", "--processes", "2"]
    with subprocess.Popen([*command, "--home", str(practice.home)], cwd=ROOT) as head:
        until(lambda: presence.at_work(practice) == ("work", "work"))
        head.kill()
    until(lambda: presence.at_work(practice) == ())
    with presence.alone(practice, wait_seconds=0):
        pass


def test_a_service_manager_is_told_that_the_process_is_ready_alive_and_leaving(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.01)
    heartbeat.ready()  # no manager: nothing happens
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "s"))
        manager.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "s"))
        stop = threading.Event()
        with beside(running.run, practice, watch=True, stop=stop):
            assert manager.recv(100) == b"READY=1"
            assert manager.recv(100) == b"WATCHDOG=1"
            stop.set()
            until(lambda: manager.recv(100) == b"STOPPING=1")


def test_a_crew_shares_the_processor(practice: Practice, monkeypatch: pytest.MonkeyPatch):
    ran: list[Practice] = []
    monkeypatch.setattr(crew, "run", lambda place, **_: ran.append(place))
    monkeypatch.setattr(crew, "_die_with_head", lambda: None)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    crew.follow(practice, processes=4)
    assert ran[0].settings.speech.threads == 2
