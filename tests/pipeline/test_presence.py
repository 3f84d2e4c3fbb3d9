"""Who is at work, and upkeep alone: with real processes, which are killed."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from pipeline import presence
from pipeline.practice import Practice

PROGRAM = """
import sys
from pathlib import Path
from pipeline import presence
from pipeline.practice import open_practice
practice = open_practice(Path(sys.argv[1]))
with presence.present(practice, sys.argv[2]) as here:
    print("here", flush=True)
    if sys.argv[3] == "stubborn":
        sys.stdin.read()
    while not here.must_leave():
        pass
"""
Start = Callable[..., AbstractContextManager["subprocess.Popen[str]"]]


@pytest.fixture
def start(practice: Practice) -> Start:
    @contextmanager
    def started(part: str, manner: str = "stubborn") -> Iterator["subprocess.Popen[str]"]:
        command = [sys.executable, "-c", PROGRAM, str(practice.home), part, manner]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            assert process.stdout.readline() == "here\n"
            yield process
            process.kill()

    return started


def test_those_at_work_are_named_and_forgotten_the_instant_they_die(practice: Practice, start: Start):
    assert presence.at_work(practice) == ()
    with presence.present(practice, "serve"), presence.present(practice, "work"), start("work") as other:
        assert presence.at_work(practice) == ("serve", "work", "work")
        other.kill()
        other.wait()
        assert presence.at_work(practice) == ("serve", "work")
    assert presence.at_work(practice) == ()


def test_upkeep_asks_those_at_work_to_leave_and_waits_for_them(practice: Practice, start: Start):
    with start("watch", "polite") as process, presence.alone(practice, wait_seconds=30):
        assert process.wait() == 0
        assert presence.at_work(practice) == ()


def test_upkeep_says_how_many_would_not_leave(practice: Practice, start: Start):
    refused = pytest.raises(presence.PracticeBusy, match="2 still at work")
    with start("run"), start("serve"), refused as error, presence.alone(practice, wait_seconds=0.1):
        pytest.fail("two processes were still at work")
    assert "2 programmes" in error.value.advice
    with presence.alone(practice, wait_seconds=0.1):
        pass


def test_a_worker_of_an_older_version_is_seen_too(practice: Practice):
    from pipeline import slots

    locks = slots.FileLocks(practice.place("tmp"))
    _, lock = slots.first_free(locks, "worker")
    with pytest.raises(presence.PracticeBusy), presence.alone(practice, wait_seconds=0.1):
        pytest.fail("a worker was still at work")
    lock.release()


def test_one_upkeep_at_a_time(practice: Practice):
    with presence.alone(practice), pytest.raises(presence.PracticeBusy) as refused, presence.alone(practice):
        pytest.fail("two at once")
    assert "entretien" in refused.value.advice


def test_no_one_enters_during_upkeep_and_everyone_after(practice: Practice):
    refused = pytest.raises(presence.UpkeepUnderWay)
    with presence.alone(practice), refused, presence.present(practice, "run", wait_seconds=0):
        pytest.fail("entered during upkeep")
    with presence.present(practice, "run", wait_seconds=0) as here:
        assert not here.must_leave()


def test_upkeep_that_is_killed_leaves_the_place_free(practice: Practice):
    program = (
        "import sys; from pathlib import Path; from pipeline import presence\n"
        "home = Path(sys.argv[1])\n"
        "with presence.alone(f'sqlite:///{home}/copiste.db'):\n"
        "    print('alone', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(practice.home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "alone\n"
        with pytest.raises(presence.UpkeepUnderWay), presence.present(practice, "run", wait_seconds=0):
            pytest.fail("entered during upkeep")
        process.kill()
    with presence.present(practice, "run", wait_seconds=0):
        pass


def test_a_process_whose_number_another_took_is_still_seen(practice: Practice):
    with presence.present(practice, "work") as here:
        (practice.place("tmp") / "work-1.slot").unlink()  # a careless hand here, the restart of a server elsewhere
        with presence.present(practice, "work"):
            assert not here.must_leave()
            assert presence.at_work(practice) == ("work", "work")


def test_an_outage_is_said_once_in_the_log_and_keeps_no_one_from_working(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def away(kind: str) -> bool:
        raise OSError

    with presence.present(practice, "work") as here:
        for _ in range(2):
            with monkeypatch.context() as outage:
                outage.setattr(here.locks, "is_held", away)
                assert not any(here.must_leave() for _ in range(5))
            assert not here.must_leave()
    assert len(caplog.records) == 2


def test_other_locks_of_the_folder_are_not_people_at_work(practice: Practice):
    from pipeline import slots

    lock = slots.FileLocks(practice.place("tmp")).take("log-run-1")
    assert lock
    with presence.alone(practice, wait_seconds=0):
        assert presence.at_work(practice) == ()
    lock.release()


def test_who_is_at_work_is_said_in_french():
    assert presence.sentence(()).startswith("Copiste ne travaille pas")
    assert presence.sentence(("serve", "work", "work")) == "Au travail : pages, transcription (2)."
