"""An engine on the real DBOS with a story of the test's own, and what the engine's tables say of it."""

import sqlite3
import sys
import time
import types
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline import engine as engines
from pipeline.practice import Practice
from pipeline.types import Job

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = "D000000001"


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


def jobs(home: Path, columns: str, *, table: str = "workflow_status") -> list[Any]:
    """What the engine's own tables say."""
    with sqlite3.connect(home / "copiste.db") as database:
        found = database.execute(f"select {columns} from {table} order by 1").fetchall()
    database.close()
    return found
