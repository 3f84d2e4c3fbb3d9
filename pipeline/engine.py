"""Run the story durably, on one machine or on many. The only module that imports DBOS.

A job is written in the same transaction as the row it is about. Each worker holds a slot; the work of a worker that
died is taken over by another within a few seconds. What a step gives is an id or an address, stored as JSON in the
database, so no text of a dictation is ever in the engine's tables.

Measured reasons for what follows (own database engine for DBOS, fixed version, five recoveries at most, priority =
due time): DBOS turns our transactions off if it shares our engine; an automatic version would leave old work behind;
a poison file must not be tried a hundred times; earliest due first is also ageing.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, SQLAlchemyDatasource
from dbos import error as dbos_error

from pipeline import slots, store, tables
from pipeline.errors import CopisteError, TranscriptionStopped
from pipeline.practice import Practice, database_url
from pipeline.settings import plugged
from pipeline.types import Job

if TYPE_CHECKING:
    from pipeline.story import Means

T = TypeVar("T")
log = logging.getLogger(__name__)

APPLICATION = "copiste"
VERSION = "story-1"
"""Raised only when a stretch's steps change; the upgrade drains what is in flight first."""
RETRY_SECONDS = 2.0
"""Before the second try; three times longer before the third."""
QUEUES = {"draft": "transcription", "prepare": "paper", "file": "paper"}


class Engine(Protocol):
    """Runs jobs durably."""

    def submit(self, connection: sa.Connection, job: Job) -> None:
        """Queue a job inside the caller's transaction; a job already known is left as it is."""

    def work(self, means: "Means") -> AbstractContextManager[None]:
        """Run jobs until the context ends."""


def prepare(url: str) -> None:
    """Make or upgrade the engine's own tables."""
    DBOS.migrate(url)


def open_engine(practice: Practice, *, poll_seconds: float = 1.0) -> Engine:
    """The engine that the settings name."""
    if practice.settings.engine == "dbos":
        return DurableEngine(practice, poll_seconds=poll_seconds)
    chosen: Engine = plugged(practice.settings.engine)(practice)
    return chosen


class DurableEngine:
    """The engine on DBOS: SQLite for one machine, PostgreSQL for many, the same code."""

    def __init__(self, practice: Practice, *, poll_seconds: float = 1.0) -> None:
        self.practice = practice
        self.poll_seconds = poll_seconds
        self.url = database_url(practice.home, practice.settings)
        _quiet()
        # Made at once: it looks at the database, which must not happen inside a caller's transaction.
        self.client = DBOSClient(
            system_database_engine=practice.database,
            application_name=APPLICATION,
            serializer=DBOSPortableJSONSerializer(),
        )

    def submit(self, connection: sa.Connection, job: Job) -> None:
        """Queue a job inside the caller's transaction; a job already known is left as it is."""
        self.client.enqueue_in_transaction(
            connection,
            {
                "workflow_name": job.stretch,
                "queue_name": QUEUES[job.stretch],
                "workflow_id": job.key,
                "priority": store.priority(job.due),
                "app_version": VERSION,
            },
            job.subject,
        )

    @contextmanager
    def work(self, means: "Means") -> Iterator[None]:
        """Run jobs until the context ends: one transcription at a time, four papers."""
        guard = slots.Slots(self._locks(), pending=_pending_slots, recover=_take_over)
        DBOS(
            config={
                "name": APPLICATION,
                "system_database_url": self.url,
                "executor_id": guard.hold(),
                "application_version": VERSION,
                "serializer": DBOSPortableJSONSerializer(),
                "log_level": "ERROR",
            }
        )
        _at_work.append(_Work(means, self._datasource()))
        try:
            DBOS.launch()
            DBOS.register_queue("transcription", worker_concurrency=1, polling_interval_sec=self.poll_seconds)
            DBOS.register_queue("paper", worker_concurrency=4, polling_interval_sec=self.poll_seconds)
            guard.watch()
            self._tell_abandoned()
            yield
        finally:
            DBOS.destroy(workflow_completion_timeout_sec=10)
            guard.release()
            _at_work.clear()

    def _tell_abandoned(self) -> None:
        """Say of what killed its worker too many times that it stopped: DBOS gives up on it without a word."""
        from pipeline import story

        for workflow in DBOS.list_workflows(status="MAX_RECOVERY_ATTEMPTS_EXCEEDED", load_output=False):
            subject = workflow.input["args"][0] if workflow.input else None
            if isinstance(subject, str) and workflow.name in QUEUES:
                with self.practice.begin() as connection:
                    if workflow.name == "draft" or _is_latest(connection, workflow.workflow_id, subject):
                        story.failed(connection, workflow.name, subject, TranscriptionStopped.code)

    def _locks(self) -> slots.Locks:
        if self.url.startswith("sqlite"):
            return slots.FileLocks(Path(sa.make_url(self.url).database or "").parent / "tmp")
        return slots.PostgresLocks(self.url)

    def _datasource(self) -> SQLAlchemyDatasource:
        return SQLAlchemyDatasource.create(
            self.url, engine=self.practice.database, serializer=DBOSPortableJSONSerializer()
        )


def _is_latest(connection: sa.Connection, key: str, document: str) -> bool:
    """Whether this job is the one the document waits for: an older one was told, and mended, long ago."""
    return key.endswith(f"-{store.one(connection, tables.document, document)['version']}")


class _Work:
    """What this process works with while it works, and how its steps are run."""

    def __init__(self, means: "Means", datasource: SQLAlchemyDatasource) -> None:
        self.means = means
        self.datasource = datasource

    def step(self, name: str, function: Callable[..., T], *arguments: Any) -> T:
        options: Any = {"name": name, "retries_allowed": True, "max_attempts": 3, "interval_seconds": RETRY_SECONDS,
                        "backoff_rate": 3.0, "should_retry": _worth_a_retry}  # fmt: skip
        done: T = DBOS.run_step(options, function, *arguments)
        return done

    def commit(self, name: str, function: Callable[..., T], *arguments: Any) -> T:
        def body() -> T:
            return function(self.datasource.sql_session().connection(), *arguments)

        done: T = self.datasource.run_tx_step({"name": name}, body)
        return done


_at_work: list[_Work] = []
"""DBOS calls workflows by name, so what they work with is this process's, not an argument."""


def _run(stretch: str, subject: str) -> None:
    from pipeline import story  # a process that only queues has no use for the steps

    work = _at_work[-1]
    try:
        getattr(story, stretch)(subject, work.means, work)
    except dbos_error.DBOSMaxStepRetriesExceeded as error:
        work.commit("failed", story.failed, stretch, subject, _code(error.errors[-1] if error.errors else error))
    except dbos_error.DBOSException:
        raise
    except Exception as error:
        log.error("%s of %s stopped: %s", stretch, subject, _code(error))
        work.commit("failed", story.failed, stretch, subject, _code(error))


@DBOS.workflow(name="draft", max_recovery_attempts=5)
def _draft(subject: str) -> None:
    _run("draft", subject)


@DBOS.workflow(name="prepare", max_recovery_attempts=5)
def _prepare(subject: str) -> None:
    _run("prepare", subject)


@DBOS.workflow(name="file", max_recovery_attempts=5)
def _file(subject: str) -> None:
    _run("file", subject)


def _worth_a_retry(error: BaseException) -> bool:
    return error.retry if isinstance(error, CopisteError) else True


def _code(error: BaseException) -> str:
    """The stable code of an error; after a crash an error comes back as text, whose beginning is its code."""
    found = re.search(r"\[([A-Z]\d{3})\]", str(error))
    return found[1] if found else CopisteError.code


def _pending_slots() -> set[str]:
    pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    return {workflow.executor_id for workflow in pending if workflow.executor_id}


def _take_over(slot: str) -> None:
    # Private in DBOS, and pinned: the public resume forgets how often a poison file was tried.
    DBOS._recover_pending_workflows([slot])


@cache
def _quiet() -> None:
    logging.getLogger("dbos").setLevel(logging.ERROR)
