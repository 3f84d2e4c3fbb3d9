"""The engine, on the real DBOS, with a story of its own."""

import dataclasses
import sqlite3
from datetime import timedelta
from typing import Any

import pytest

from pipeline import engine as engines
from pipeline import settings, store, tables
from pipeline.errors import NotAudio, TranscriptionStopped
from pipeline.practice import Practice
from tests.pipeline.stage import KEY, NOON, Story, job, jobs, submit, until
from tests.pipeline.test_store import add_dictation

SECRET = "apixaban"


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
        assert story.failures == [("draft", KEY, "E016")]
    assert story.done == []


def test_no_worker_changes_the_queues_of_another(practice: Practice, story: Story):
    def written() -> list[Any]:
        return jobs(practice.home, "name, concurrency, worker_concurrency, polling_interval_sec", table="queues")

    ordinary = [("paper", None, 4, 1.0), ("transcription", None, 1, 1.0)]
    with engines.DurableEngine(practice).work(object()):
        assert written() == ordinary
    other = {"work": {"processes": 8}, "speech": {"threads": 16, "model": "large-v3"}}
    strong = dataclasses.replace(practice, settings=settings.parse(other))
    for poll in (1.0, 0.05):
        with engines.DurableEngine(strong, poll_seconds=poll).work(object()):
            assert written() == ordinary
