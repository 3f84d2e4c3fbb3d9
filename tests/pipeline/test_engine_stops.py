"""The engine when something stops: a worker, a recogniser, a database, a version of the program."""

import dataclasses
import json
import sqlite3
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline import engine as engines
from pipeline import errors, settings, slots, store, tables
from pipeline import story as stories
from pipeline.practice import Practice
from pipeline.transcribe import WhisperTranscriber
from pipeline.types import Model
from tests.fakes import recited
from tests.pipeline.stage import KEY, NOON, Story, job, jobs, submit, until
from tests.pipeline.test_store import add_dictation, add_document


def test_an_end_without_a_word_is_told_while_others_work_and_only_for_the_last_try(
    practice: Practice, engine: engines.DurableEngine, story: Story
):
    def silent(subject: str, means: object, do: Any) -> None:
        raise engines.dbos_error.DBOSException("steps changed")

    story.draft = silent
    with engine.work(object()):
        submit(practice, engine, job())
        until(lambda: bool(story.failures))
        assert story.failures == [("draft", KEY, "E000")]
        assert engine.client.list_workflows() == []
    # An older try that died must not refuse a file that someone has asked to try again.
    submit(practice, engine, job(), job("OTHER"))
    with sqlite3.connect(practice.home / "copiste.db") as database:
        database.execute("update workflow_status set status = 'ERROR', created_at = 1")
    database.close()
    story.failures.clear()
    story.draft = lambda subject, means, do: story.done.append(subject)
    submit(practice, engine, job(round=2))
    with engine.work(object()):
        until(lambda: story.done == [KEY])
        until(lambda: len(engine.client.list_workflows()) == 1)
    assert story.failures == [("draft", "OTHER", "E016")]


def test_what_is_under_way_at_a_stop_goes_back_to_its_queue_and_the_stop_is_not_counted(
    practice: Practice, engine: engines.DurableEngine, story: Story
):
    engine.practice = dataclasses.replace(practice, settings=settings.parse({"work": {"stop_seconds": 0}}))
    begun, over = threading.Event(), threading.Event()

    def endless(subject: str, means: object, do: Any) -> None:
        do.step("transcribe", lambda: begun.set() or (over.wait(30) and "address"))

    story.draft = endless
    submit(practice, engine, job())
    with engine.work(object()):
        assert begun.wait(30)
    assert jobs(practice.home, "status, queue_name, recovery_attempts") == [("ENQUEUED", "transcription", 0)]
    over.set()
    story.draft = lambda subject, means, do: story.done.append(subject)
    with engine.work(object()):
        until(lambda: bool(story.done))
    assert story.failures == []


def test_what_ends_in_the_time_that_is_left_ends(practice: Practice, engine: engines.DurableEngine, story: Story):
    begun, over = threading.Event(), threading.Event()

    def long(subject: str, means: object, do: Any) -> None:
        do.step("transcribe", lambda: begun.set() or (over.wait(30) and "address"))
        story.done.append(subject)

    story.draft = long
    submit(practice, engine, job())
    with engine.work(object()):
        assert begun.wait(30)
        threading.Timer(0.5, over.set).start()
    assert story.done == [KEY]
    assert [one.status for one in engine.client.list_workflows()] == ["SUCCESS"]


def waiting(practice: Practice) -> dict[str, str]:
    """Rows in each state that waits for the engine; gives what should be done for each of them."""
    wanted = {}
    with practice.begin() as connection:
        for key, state in (("D000000001", "received"), ("D000000002", "transcribing"), ("D000000003", "drafted")):
            add_dictation(connection, key=key)
            store.move_dictation(connection, key, state)
            wanted[key] = "draft"
        del wanted["D000000003"]
        for key, state, stretch in (
            ("C000000001", "preparing", "prepare"),
            ("C000000002", "signed", "file"),
            ("C000000003", "to-review", ""),
            ("C000000004", "filed", ""),
        ):
            add_document(connection, key=key, state=state, dictation="D000000003", position=int(key[-1]))
            wanted |= {key: stretch} if stretch else {}
    return wanted


@pytest.mark.parametrize("left", ["an older version's jobs", "no engine tables"])
def test_what_the_rows_wait_for_is_queued_again_after_an_upgrade_or_a_restore(
    practice: Practice, story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, left: str
):
    done: list[tuple[str, str]] = []
    for stretch in ("draft", "prepare", "file"):
        setattr(story, stretch, lambda subject, means, do, stretch=stretch: done.append((stretch, subject)))
    wanted = waiting(practice)
    if left == "no engine tables":
        engines.prepare(f"sqlite:///{tmp_path / 'copiste.db'}")
        with sqlite3.connect(practice.home / "copiste.db") as database:
            for name, _ in jobs(tmp_path, "name, type", table="sqlite_master where type = 'table'"):
                database.execute(f"drop table {name}")
        database.close()
    else:
        with monkeypatch.context() as past:
            past.setattr(engines, "VERSION", "story-0")
            old = engines.DurableEngine(practice, poll_seconds=0.05)
            submit(practice, old, *(job(key, stretch=stretch) for key, stretch in wanted.items()))
        with sqlite3.connect(practice.home / "copiste.db") as database:
            database.execute(
                "update workflow_status set status = 'PENDING', executor_id = 'worker-1' where name = 'file'"
            )
        database.close()
    assert engines.adopt(practice) == len(wanted)
    assert engines.adopt(practice) == 0
    with engines.DurableEngine(practice, poll_seconds=0.05).work(object()):
        until(lambda: len(done) >= len(wanted))
    assert {key: stretch for stretch, key in done} == wanted
    assert len(done) == len(wanted)
    versions = jobs(practice.home, "distinct application_version, status")
    assert versions == [("story-0", "CANCELLED"), ("story-1", "SUCCESS")][2 - len(versions) :]


def test_a_job_that_is_queued_already_is_not_adopted(practice: Practice, engine: engines.DurableEngine, story: Story):
    with practice.begin() as connection:
        add_dictation(connection)
        engine.submit(connection, job())
    assert engines.adopt(practice) == 0
    assert jobs(practice.home, "workflow_uuid") == [(f"draft-{KEY}-1",)]


HANGS_THREE_TIMES = """
import json, sys, time
from pathlib import Path
asked = Path(sys.argv[1]) / "asked"
for line in sys.stdin:
    with asked.open("a") as file:
        file.write(".")
    if asked.stat().st_size <= 3:
        time.sleep(1000)
    print(Path(sys.argv[1], "answer").read_text(), flush=True)
"""


def test_a_recogniser_that_never_answers_is_freed_and_the_next_dictation_is_done(
    practice: Practice, engine: engines.DurableEngine, story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(engines, "RETRY_SECONDS", 0.01)
    (tmp_path / "answer").write_text(json.dumps({"transcript": dataclasses.asdict(recited("Bonjour."))}))
    program = (sys.executable, "-c", HANGS_THREE_TIMES)
    recogniser = WhisperTranscriber(tmp_path, model=Model(name="base", sha256="0"), timeout=0.5, program=program)

    def draft(subject: str, means: object, do: Any) -> None:
        do.step("transcribe", lambda: practice.keep(recogniser.transcribe(tmp_path / "sound")))
        story.done.append(subject)

    story.draft, story.failed = draft, stories.failed
    with practice.begin() as connection:
        add_dictation(connection)
        engine.submit(connection, job())
        engine.submit(connection, job("NEXT", due=NOON + timedelta(hours=1)))
    with engine.work(object()):
        until(lambda: story.done == ["NEXT"])
    recogniser.close()
    assert state(practice) == ("refused-file", "E031")
    assert (tmp_path / "asked").read_text() == "...."


def test_a_step_whose_database_is_away_waits_for_it(
    practice: Practice, engine: engines.DurableEngine, story: Story, monkeypatch: pytest.MonkeyPatch
):
    psycopg = pytest.importorskip("psycopg")
    monkeypatch.setattr(engines, "AWAY_SECONDS", 0.01)
    tries: list[int] = []

    def away() -> str:
        tries.append(1)
        if len(tries) < 10:
            raise sa.exc.OperationalError("select", {}, psycopg.OperationalError("the server closed the connection"))
        return "address"

    def draft(subject: str, means: object, do: Any) -> None:
        story.done.append(do.step("transcribe", away))

    story.draft = draft
    submit(practice, engine, job())
    with engine.work(object()):
        until(lambda: story.done == ["address"])
    assert story.failures == []


def test_a_file_that_ends_its_workers_is_set_aside_while_others_work(
    practice: Practice, engine: engines.DurableEngine, story: Story, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(slots, "BEAT_SECONDS", 0.02)
    story.failed = stories.failed
    with practice.begin() as connection:
        add_dictation(connection)
        engine.submit(connection, job())
    with sqlite3.connect(practice.home / "copiste.db") as database:  # what its sixth worker left when it died
        database.execute(
            "update workflow_status set status = 'PENDING', executor_id = 'worker-9', recovery_attempts = 6"
        )
    database.close()
    with engine.work(object()):
        until(lambda: state(practice) == ("refused-file", "E016"))
        submit(practice, engine, job("NEXT"))
        until(lambda: story.done == ["NEXT"])
    assert "plusieurs fois" in errors.advice("E016")


def state(practice: Practice) -> tuple[str, str]:
    with practice.begin() as connection:
        row = store.one(connection, tables.dictation, KEY)
    return row["state"], row["reason"]
