"""Run the story durably, on one machine or on many. The only module that imports DBOS.

A job is written in the same transaction as the row it is about. Each worker holds a slot; the work of a worker that
died is taken over by another within a few seconds. What a step gives is an id or an address, stored as JSON in the
database, so no text of a dictation is ever in the engine's tables.

Measured reasons for what follows (own database engine for DBOS, fixed version, five recoveries at most, priority =
due time): DBOS turns our transactions off if it shares our engine; an automatic version would leave old work behind;
a poison file must not be tried a hundred times; earliest due first is also ageing. The settings of a queue live in the
database and every worker obeys them, so no setting of a machine is written there: a stronger one has more processes.
"""

import dataclasses
import logging
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, SQLAlchemyDatasource
from dbos import error as dbos_error

from archive.errors import StoreAway
from pipeline import slots, store
from pipeline.discretion import Withheld, withheld
from pipeline.errors import CopisteError, NotFound, WorkAbandoned
from pipeline.practice import Practice, database_url
from pipeline.settings import plugged
from pipeline.types import Job

if TYPE_CHECKING:
    from pipeline.story import Means

T = TypeVar("T")
log = logging.getLogger(__name__)

APPLICATION = "copiste"
VERSION = "story-1"
"""Raised only when a stretch's steps change, and always with a migration of the database, be it an empty one: by it
`copiste upgrade` sees that there is something to do. It waits for what is in flight, then calls `adopt`."""
RETRY_SECONDS = 2.0
"""Before the second try; three times longer before the third."""
QUEUES = {"draft": "transcription", "prepare": "paper", "file": "paper"}
CONCURRENCY = {"transcription": 1, "paper": 4}
"""Jobs of a queue that one process does at a time."""
POLL_SECONDS = 1.0
AWAY_SECONDS = 1.0
"""Between two tries of a step whose database is away."""
UNFINISHED = ("ENQUEUED", "DELAYED", "PENDING")
STOPPED = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
"""A job that ended without having said so: a failure that was told is a success for DBOS."""


class Engine(Protocol):
    """Runs jobs durably."""

    def submit(self, connection: sa.Connection, job: Job) -> None:
        """Queue a job inside the caller's transaction; a job already known is left as it is."""

    def work(self, means: "Means") -> AbstractContextManager[None]:
        """Run jobs until the context ends."""


def prepare(url: str) -> None:
    """Make or upgrade the engine's own tables."""
    DBOS.migrate(url)


def open_engine(practice: Practice, *, poll_seconds: float = POLL_SECONDS) -> Engine:
    """The engine that the settings name."""
    if practice.settings.engine == "dbos":
        return DurableEngine(practice, poll_seconds=poll_seconds)
    chosen: Engine = plugged(practice.settings.engine)(practice)
    return chosen


class DurableEngine:
    """The engine on DBOS: SQLite for one machine, PostgreSQL for many, the same code."""

    def __init__(self, practice: Practice, *, poll_seconds: float = POLL_SECONDS) -> None:
        self.practice = practice
        self.poll_seconds = poll_seconds
        self.url = database_url(practice.home, practice.settings)
        _quiet()
        # Made at once: it looks at the database, which must not happen inside a caller's transaction.
        self.client = DBOSClient(
            system_database_engine=practice.database,
            application_name=APPLICATION,
            serializer=DBOSPortableJSONSerializer(),
            retry_connection_errors=False,  # those who watch over slots must never be held up
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
        """Run jobs until the context ends: one transcription at a time, four papers.

        At the end no new job is begun, and those under way have the time of the setting `work.stop_seconds`; the rest
        goes back to its queue, for another worker or the next start, and the stop is not counted as a failure.
        """
        guard = slots.Slots(slots.locks(self.url), pending=self._pending_slots, recover=_take_over)
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
        work = _Work(means, self._datasource())
        _at_work.append(work)
        try:
            DBOS.launch()
            self._declare_queues()
            self._tell_stopped()
            guard.watch(also=self._tell_stopped)
            yield
        finally:
            guard.rest()
            patience = int(self.practice.settings.work.stop_seconds) if self._is_busy(guard.name) else 0
            DBOS.destroy(workflow_completion_timeout_sec=patience)
            work.leaving.set()
            self._give_back(guard.name)
            guard.release()
            _at_work.clear()

    def adopt(self) -> int:
        """Queue anew what the rows wait for and no unfinished job of this version will do; see `adopt` below."""
        unfinished = self._jobs(status=UNFINISHED)
        known = {(job.name, _subject(job)) for job in unfinished if job.app_version == VERSION}
        with self.practice.begin() as connection:
            missing = [job for job in _waiting(connection) if (job.stretch, job.subject) not in known]
            for job in missing:  # under a key of its own: what an unfinished try left must not be taken for this one's
                self.submit(connection, dataclasses.replace(job, round=store.another_round()))
        if old := [job.workflow_id for job in unfinished if job.app_version != VERSION]:
            self.client.cancel_workflows(old)
        return len(missing)

    def _declare_queues(self) -> None:
        """Every worker writes the same values; a test or the demonstration, in a hurry, only where there are none."""
        ours: Literal["always_update", "never_update"]
        ours = "always_update" if self.poll_seconds == POLL_SECONDS else "never_update"
        for queue, number in CONCURRENCY.items():
            DBOS.register_queue(
                queue, worker_concurrency=number, polling_interval_sec=self.poll_seconds, on_conflict=ours
            )

    def _jobs(self, *, status: Sequence[str] = (), prefix: str = "") -> list[Any]:
        """What the engine knows of our jobs, in one of these states or whose key begins so."""
        return self.client.list_workflows(
            name=list(QUEUES), status=list(status) or None, workflow_id_prefix=prefix or None
        )

    def _pending_slots(self) -> set[str]:
        pending = self.client.list_workflows(status="PENDING", load_input=False, load_output=False)
        return {workflow.executor_id for workflow in pending if workflow.executor_id}

    def _is_busy(self, slot: str) -> bool:
        """Whether that worker has begun what it has not finished."""
        try:
            return bool(self.client.list_workflows(status="PENDING", executor_id=slot, limit=1))
        except sa.exc.SQLAlchemyError:
            return True

    def _tell_stopped(self) -> None:
        """Say of each job that ended without a word that it stopped, and why.

        DBOS gives up in silence on what killed its worker too many times. Once told, its own record is of no more use.
        """
        from pipeline import story

        for job in self._jobs(status=STOPPED):
            subject = _subject(job)
            rivals = [rival.created_at for rival in self._jobs(prefix=f"{job.name}-{subject}-")]
            if subject and job.created_at >= max(rivals, default=0):  # not one that was asked anew since
                code = _code(job.error) if job.error else WorkAbandoned.code
                log.error("%s of %s stopped: %s", job.name, subject, code)
                with suppress(NotFound), self.practice.begin() as connection:
                    story.failed(connection, job.name, subject, code)
            self.client.delete_workflow(job.workflow_id)

    def _give_back(self, slot: str) -> None:
        """Put back in its queue what was under way; being stopped is no fault of a file, so it is not counted."""
        engine = self.client._sys_db  # the public resume forgets how often a file was tried
        jobs = engine.tables.workflow_status
        mine = (jobs.c.status == "PENDING", jobs.c.executor_id == slot, jobs.c.application_version == VERSION)
        back = {"status": "ENQUEUED", "owner_xid": None, "started_at_epoch_ms": None}
        try:
            with engine.engine.begin() as connection:
                connection.execute(
                    jobs.update().where(*mine).values(recovery_attempts=jobs.c.recovery_attempts - 1, **back)
                )
        except sa.exc.SQLAlchemyError as error:  # others take it over, or the next start does
            log.warning("jobs not given back: %s", type(error).__name__)

    def _datasource(self) -> SQLAlchemyDatasource:
        return SQLAlchemyDatasource.create(
            self.url, engine=self.practice.database, serializer=DBOSPortableJSONSerializer()
        )


def adopt(practice: Practice) -> int:
    """Queue what the rows wait for, after an upgrade or a restore; gives how many jobs were queued.

    Jobs of another version of the story are cancelled, since their steps are no longer the ones they began, and begun
    again from the state of their dictation or document. A database restored without the engine's tables gets them.
    What is queued already stays as it is: called twice, the second call does nothing. No worker may be running.
    """
    if practice.settings.engine == "dbos":
        prepare(database_url(practice.home, practice.settings))
        return DurableEngine(practice).adopt()
    engine = open_engine(practice)
    with practice.begin() as connection:
        jobs = _waiting(connection)
        for job in jobs:
            engine.submit(connection, job)
    return len(jobs)


def _waiting(connection: sa.Connection) -> list[Job]:
    """The jobs that the rows' states call for, whatever the engine knows."""
    drafts = store.dictations(connection, states=("received", "transcribing"))
    jobs = [Job(stretch="draft", subject=row["id"], due=row["due"]) for row in drafts]
    for row in store.documents(connection, states=("preparing", "signed")):
        stretch: Literal["prepare", "file"] = "prepare" if row["state"] == "preparing" else "file"
        jobs.append(Job(stretch=stretch, subject=row["id"], due=row["due"], round=row["version"]))
    return jobs


def _subject(job: Any) -> str:
    """What a job of the engine is about."""
    arguments = job.input["args"] if job.input else ()
    return arguments[0] if arguments and isinstance(arguments[0], str) else ""


class _Work:
    """What this process works with while it works, and how its steps are run."""

    def __init__(self, means: "Means", datasource: SQLAlchemyDatasource) -> None:
        self.means = means
        self.datasource = datasource
        self.leaving = threading.Event()

    def step(self, name: str, function: Callable[..., T], *arguments: Any) -> T:
        options: Any = {"name": name, "retries_allowed": True, "max_attempts": 3, "interval_seconds": RETRY_SECONDS,
                        "backoff_rate": 3.0, "should_retry": _worth_a_retry}  # fmt: skip
        # What a step raises is written in the engine's tables: a library's message may quote a letter.
        done: T = DBOS.run_step(options, withheld(self._patiently), function, *arguments)
        return done

    def commit(self, name: str, function: Callable[..., T], *arguments: Any) -> T:
        def body() -> T:
            if self.leaving.is_set():
                raise _Left
            return function(self.datasource.sql_session().connection(), *arguments)

        careful = withheld(body, but=(sa.exc.OperationalError,))  # DBOS tries these again, and they quote no row
        options: Any = {"name": name}
        if self.datasource.engine.dialect.name == "postgresql":
            # As every other transaction of ours: who waits for the journal's pen must then see its last line, where a
            # stricter one would see an older one, and fail on whatever a person wrote there meanwhile.
            options["isolation_level"] = "READ COMMITTED"
        done: T = self.datasource.run_tx_step(options, careful)
        return done

    def _patiently(self, function: Callable[..., T], *arguments: Any) -> T:
        """Do a step, and do it again for as long as its database or its store is away: that is no fault of a file."""
        while True:
            try:
                return function(*arguments)
            except (sa.exc.DBAPIError, StoreAway) as error:
                if isinstance(error, sa.exc.DBAPIError) and not _is_away(error):
                    raise
                self.leaving.wait(AWAY_SECONDS)
            finally:
                if self.leaving.is_set():
                    raise _Left


class _Left(BaseException):
    """This process stops, and what it was doing went back to its queue: nothing more may be said of it from here.

    Not an Exception, so that DBOS neither records it nor tries again.
    """


def _worth_a_retry(error: BaseException) -> bool:
    return error.retry if isinstance(error, CopisteError) else True


def _is_away(error: sa.exc.DBAPIError) -> bool:
    """Whether the server cannot be reached, or is stopping or starting; a file's database is never away."""
    if type(error.orig).__module__.partition(".")[0] != "psycopg":
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return error.connection_invalidated or isinstance(error, sa.exc.OperationalError)
    return str(state).startswith(("08", "57P"))


_at_work: list[_Work] = []
"""DBOS calls workflows by name, so what they work with is this process's, not an argument."""


def _run(stretch: str, subject: str) -> None:
    from pipeline import story  # a process that only queues has no use for the steps

    work = _at_work[-1]
    try:
        getattr(story, stretch)(subject, work.means, work)
    except dbos_error.DBOSMaxStepRetriesExceeded as error:
        last = error.errors[-1] if error.errors else error
        log.error("%s of %s stopped: %s", stretch, subject, _told(last))
        work.commit("failed", story.failed, stretch, subject, _code(last))
    except dbos_error.DBOSException:
        raise
    except Exception as error:
        log.error("%s of %s stopped: %s", stretch, subject, _told(error))
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


def _code(error: BaseException) -> str:
    """The stable code of an error; after a crash an error comes back as text, whose beginning is its code."""
    found = re.search(r"\[([A-Z]\d{3})\]", str(error))
    return found[1] if found else CopisteError.code


def _told(error: BaseException) -> str:
    """What the log says of it: its code, and where it arose when nobody foresaw it."""
    return f"{_code(error)} ({error})" if isinstance(error, Withheld) else _code(error)


def _take_over(slot: str) -> None:
    # Private in DBOS, and pinned: the public resume forgets how often a poison file was tried.
    DBOS._recover_pending_workflows([slot])


@cache
def _quiet() -> None:
    logging.getLogger("dbos").setLevel(logging.ERROR)
