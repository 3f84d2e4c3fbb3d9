"""The engine, on the real DBOS, with a story of its own."""

import sqlite3
import sys
import time
import types
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import pipeline
from pipeline import engine as engines
from pipeline import store, tables
from pipeline.errors import NotAudio, TranscriptionStopped
from pipeline.practice import Practice
from pipeline.types import Job
from tests.pipeline.test_store import add_dictation

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = "D000000001"
SECRET = "apixaban"


class Story(types.ModuleType):
    """What the engine calls: each stretch does what the test says."""

    def __init__(self) -> None:
        super().__init__("pipeline.story")
        self.done: list[str] = []
        self.failures: list[tuple[str, str, str]] = []
        self.draft = self.prepare = self.file = lambda subject, means, do: self.done.append(subject)

    def failed(self, connection: Any, stretch: str, subject: str, code: str) -> None:
        self.failures.append((stretch, subject, code))


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Story:
    made = Story()
    monkeypatch.setitem(sys.modules, "pipeline.story", made)
    monkeypatch.setattr(pipeline, "story", made, raising=False)
    return made


@pytest.fixture
def engine(practice: Practice) -> engines.DurableEngine:
    return engines.DurableEngine(practice, poll_seconds=0.05)


def submit(practice: Practice, engine: engines.DurableEngine, *jobs: Job) -> None:
    with practice.begin() as connection:
        for job in jobs:
            engine.submit(connection, job)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "the engine did not get there"
        time.sleep(0.02)


def job(subject: str = KEY, **changes: Any) -> Job:
    return Job(**{"stretch": "draft", "subject": subject, "due": NOON, **changes})


def test_jobs_run_once_earliest_due_first(practice: Practice, engine: engines.DurableEngine, story: Story):
    late = [job(f"L{i}", due=NOON + timedelta(hours=1, minutes=i)) for i in range(3)]
    submit(practice, engine, *late, *late, job("URGENT"))
    with engine.work(object()):
        until(lambda: len(story.done) == 4)
    assert story.done == ["URGENT", "L0", "L1", "L2"]


def test_a_job_is_queued_with_its_row_or_not_at_all(practice: Practice, engine: engines.DurableEngine, story: Story):
    def interrupted() -> None:
        with practice.begin() as connection:
            add_dictation(connection)
            engine.submit(connection, job("lost"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    submit(practice, engine, job("kept"))
    with engine.work(object()):
        until(lambda: bool(story.done))
    assert story.done == ["kept"]


def test_a_commit_is_done_in_one_transaction(practice: Practice, engine: engines.DurableEngine, story: Story):
    with practice.begin() as connection:
        add_dictation(connection)

    def draft(subject: str, means: object, do: Any) -> None:
        address = do.step("transcribe", lambda: "a" * 64)
        do.commit("drafted", store.move_dictation, subject, "drafted")
        story.done.append(address)

    story.draft = draft
    submit(practice, engine, job())
    with engine.work(object()):
        until(lambda: bool(story.done))
    with practice.begin() as connection:
        assert store.one(connection, tables.dictation, KEY)["state"] == "drafted"
    assert story.done == ["a" * 64]


def test_a_refused_file_is_not_tried_again_and_its_code_is_told(
    practice: Practice, engine: engines.DurableEngine, story: Story
):
    tries = []

    def refuse() -> str:
        tries.append(1)
        raise NotAudio

    story.draft = lambda subject, means, do: do.step("transcribe", refuse)
    submit(practice, engine, job())
    with engine.work(object()):
        until(lambda: bool(story.failures))
    assert story.failures == [("draft", KEY, "E022")]
    assert len(tries) == 1


def test_what_may_pass_is_tried_three_times(
    practice: Practice, engine: engines.DurableEngine, story: Story, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(engines, "RETRY_SECONDS", 0.01)
    tries = []

    def stop() -> str:
        tries.append(1)
        raise TranscriptionStopped

    story.draft = lambda subject, means, do: do.step("transcribe", stop)
    submit(practice, engine, job())
    with engine.work(object()):
        until(lambda: bool(story.failures))
    assert story.failures == [("draft", KEY, "E031")]
    assert len(tries) == 3


def test_an_unforeseen_error_is_told_too_and_its_words_are_not_logged(
    practice: Practice, engine: engines.DurableEngine, story: Story, caplog: pytest.LogCaptureFixture
):
    def draft(subject: str, means: object, do: Any) -> None:
        raise ValueError(f"patient DUPONT {SECRET}")

    story.draft = draft
    submit(practice, engine, job())
    with engine.work(object()):
        until(lambda: bool(story.failures))
    assert story.failures == [("draft", KEY, "E000")]
    assert SECRET not in caplog.text


def test_a_job_begun_by_a_process_that_died_is_done_by_the_next(
    practice: Practice, engine: engines.DurableEngine, story: Story
):
    steps = []

    def draft(subject: str, means: object, do: Any) -> None:
        do.step("transcribe", lambda: steps.append("transcribe") or "address")
        do.step("write", lambda: steps.append("write") or "address")
        story.done.append(subject)

    story.draft = draft
    submit(practice, engine, job())
    with engine.work(object()):
        until(lambda: bool(story.done))
    # What a kill leaves: the workflow begun, its first step recorded, the rest not.
    path = practice.home / "copiste.db"
    with sqlite3.connect(path) as database:
        database.execute("update workflow_status set status = 'PENDING', output = null, completed_at = null")
        database.execute("delete from operation_outputs where function_name = 'write'")
    database.close()
    story.done.clear()
    with engine.work(object()):
        until(lambda: bool(story.done))
    assert steps == ["transcribe", "write", "write"]


def test_the_engine_s_tables_hold_no_text(practice: Practice, engine: engines.DurableEngine, story: Story):
    story.draft = lambda subject, means, do: do.step("t", lambda: practice.objects.put(SECRET.encode())) and None
    submit(practice, engine, job())
    with engine.work(object()):
        until(lambda: not any(w.status in ("ENQUEUED", "PENDING") for w in engine.client.list_workflows()))
    practice.database.dispose()
    assert not any(SECRET.encode() in path.read_bytes() for path in practice.home.glob("copiste.db*"))


def test_what_killed_its_worker_too_often_is_told(practice: Practice, engine: engines.DurableEngine, story: Story):
    submit(practice, engine, job())
    with sqlite3.connect(practice.home / "copiste.db") as database:
        database.execute("update workflow_status set status = 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'")
    database.close()
    with engine.work(object()):
        assert story.failures == [("draft", KEY, "E031")]
    assert story.done == []
