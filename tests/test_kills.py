"""The whole story with real processes that are killed: the short form of `python -m bench.chain`, and two bad files."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import campaign, crew, dictated, reciter, takeover
from bench.scene import Scene, scene
from pipeline import engine as engines
from pipeline import plugs, store
from pipeline.errors import reason
from pipeline.story import Means

RESTARTED = """
import os, signal, sys
from pathlib import Path
from pipeline import reading, running
from pipeline.practice import open_practice
home = Path(sys.argv[1])
reading.lexicon((home / "vocab",))
signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
for _ in range(20):
    if (child := os.fork()) == 0:
        running.run(open_practice(home), work=True)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        break
"""
"""A worker that starts again at once when it is killed, as a service does; what takes long to load is loaded once."""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path) as made:
        yield made


@pytest.mark.timeout(180)
def test_processes_killed_in_every_stretch_lose_nothing_and_double_nothing(place: Scene):
    orders = campaign.Orders(name="test", parts=("run",), kills=4, seed=1, ahead=1, seconds=0.5)
    done = campaign.campaign(place, orders, told=lambda line: None)
    assert done.verdict.clean, done.verdict
    assert done.kills == 4
    assert done.struck.keys() >= {"draft"}


@pytest.mark.timeout(180)
def test_a_file_that_kills_its_worker_is_set_aside_with_its_reason_and_the_next_is_done(place: Scene):
    poison, sound = reciter.POISON, 1
    hand_in(place, poison, sound)
    environment = {**os.environ, reciter.LEDGER: str(place.ledger), reciter.SECONDS: "0.1"}
    with subprocess.Popen([sys.executable, "-c", RESTARTED, str(place.practice.home)], env=environment) as worker:
        try:
            assert crew.until(lambda: takeover.drafted(place), seconds=120), states(place)
        finally:
            worker.send_signal(signal.SIGTERM)
    assert states(place) == {poison: "refused-file", sound: "drafted"}
    begun = [line.worker for line in reciter.lines(place.ledger) if (line.number, line.event) == (poison, "begun")]
    assert 2 <= len(set(begun)) <= 7
    assert reason_of(place, poison)


def test_a_recogniser_that_never_answers_is_freed_for_the_next_file(place: Scene, monkeypatch: pytest.MonkeyPatch):
    settings = place.practice.settings
    quick = settings.model_copy(update={"speech": settings.speech.model_copy(update={"timeout_factor": 0.1})})
    monkeypatch.setattr(engines, "RETRY_SECONDS", 0.01)
    for name, value in ((reciter.LEDGER, place.ledger), (reciter.SECONDS, 0.01), (reciter.TIMEOUT, 3.0)):
        monkeypatch.setenv(name, str(value))
    hand_in(place, reciter.DEAF, 1)
    transcriber = plugs.transcriber(quick)
    engine = engines.DurableEngine(place.practice, poll_seconds=0.1)
    try:
        with engine.work(Means(practice=place.practice, transcriber=transcriber)):
            assert crew.until(lambda: takeover.drafted(place), seconds=50), states(place)
    finally:
        transcriber.close()
    assert states(place) == {reciter.DEAF: "refused-file", 1: "drafted"}
    assert "transcription" in reason_of(place, reciter.DEAF).lower()


def hand_in(place: Scene, *numbers: int) -> None:
    practice = place.practice
    for number in numbers:
        address = practice.objects.put(dictated.sound(number))
        with practice.begin() as connection:
            takeover.enqueue(place, connection, sha256=dictated.sha256(number), address=address)


def states(place: Scene) -> dict[int, str]:
    return {number: row["state"] for number, row in rows(place).items()}


def reason_of(place: Scene, number: int) -> str:
    """What the secretary reads."""
    return reason(rows(place)[number]["reason"])


def rows(place: Scene):
    numbers = {dictated.sha256(number): number for number in (1, reciter.POISON, reciter.DEAF)}
    with place.practice.look() as connection:
        found = store.dictations(connection, states=(*store.WORKING, "drafted"))
    return {numbers[row["sha256"]]: row for row in found}
