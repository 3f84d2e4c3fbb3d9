"""Which process is alive: one lock per process, that the system drops the instant its process dies.

On one machine the lock is a file's; on PostgreSQL it is the session's. It says who is dead, nothing else: what to do
with a dead worker's jobs is the engine's business. A slot found free twice running is dead: once could be a database
that has just restarted, whose live workers take their slots back within a beat.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import sqlalchemy as sa

log = logging.getLogger(__name__)

BEAT_SECONDS = 0.5
"""How often a worker makes sure of its own slot."""
BEATS_A_LOOK = 3
"""It looks at the others every so many beats: a dead worker is replaced after two looks, at most three seconds."""
KINDS = ("worker", "run", "watch", "work", "serve", "crew", "upkeep")
"""What holds a slot. Their order is written in PostgreSQL's locks: new ones go at the end."""
ADVISORY_CLASS = 7301
"""Namespace of our PostgreSQL advisory locks, one number a kind from here."""


class Lock(Protocol):
    """A lock that is held."""

    def release(self) -> None:
        """Let it go."""

    def alive(self) -> bool:
        """Whether it is still held."""


class Locks(Protocol):
    """Where slots are locked. A slot is a kind and a number: worker-1."""

    looks: int
    """How many looks running must find a slot free before its process is dead."""

    def take(self, slot: str) -> Lock | None:
        """The lock of a slot, or None when another process holds it."""

    def held(self) -> frozenset[str]:
        """Every slot that a process holds."""

    def is_held(self, slot: str) -> bool:
        """Whether a process holds that slot."""


def locks(url: str) -> Locks:
    """The locks of whoever works on this database: beside the file of SQLite, in PostgreSQL itself."""
    if not url.startswith("sqlite"):
        return PostgresLocks(url)
    import sqlalchemy as sa

    return FileLocks(Path(sa.make_url(url).database or "").parent / "tmp")


def first_free(locks: Locks, kind: str) -> tuple[str, Lock]:
    """Take the first free slot of a kind: one process per slot, ever."""
    number = 1
    while (lock := locks.take(f"{kind}-{number}")) is None:
        number += 1
    return f"{kind}-{number}", lock


class FileLocks:
    """Slots of one machine: a locked file each."""

    looks = 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def take(self, slot: str) -> Lock | None:
        """The lock of a slot, or None when another process holds it."""
        from filelock import FileLock, Timeout

        file = self.folder / f"{slot}.slot"
        lock = FileLock(file, is_singleton=False, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return None
        return _FileHold(file, lock.release)

    def held(self) -> frozenset[str]:
        """Every slot of `KINDS` that a process holds; other locks may lie in the same folder."""
        files = [path.stem for path in self.folder.glob("*.slot") if path.stem.rpartition("-")[0] in KINDS]
        return frozenset(slot for slot in files if self.is_held(slot))

    def is_held(self, slot: str) -> bool:
        """Whether a process holds that slot: another that looks at the same instant is not mistaken for it."""
        if not (self.folder / f"{slot}.slot").exists():
            return False
        for _ in range(5):
            if lock := self.take(slot):
                lock.release()
                return False
            time.sleep(0.02)
        return True


class _FileHold:
    def __init__(self, file: Path, release: Callable[[], None]) -> None:
        self.file, self.release = file, release
        self._inode = self._seen()

    def alive(self) -> bool:
        """Whether others look at that very file: one that a person removed with the rest of `tmp/` keeps no one out."""
        return self._seen() == self._inode

    def _seen(self) -> int:
        try:
            return self.file.stat().st_ino
        except OSError:
            return 0


class PostgresLocks:
    """Slots of many machines: a session-level advisory lock each. Needs a session of its own (no pgbouncer)."""

    looks = 2

    def __init__(self, url: str) -> None:
        import sqlalchemy as sa

        watched = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
        self.engine = sa.create_engine(
            url,
            poolclass=sa.NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args={"connect_timeout": 5, **watched},
        )

    def take(self, slot: str) -> Lock | None:
        """The lock of a slot, or None when another session holds it."""
        import sqlalchemy as sa

        kind, number = _numbers(slot)
        connection = self.engine.connect()
        try:
            connection.execute(sa.text(_SESSION))
            if connection.scalar(sa.text("select pg_try_advisory_lock(:k, :n)"), {"k": kind, "n": number}):
                return _SessionHold(connection)
        except BaseException:
            connection.close()
            raise
        connection.close()
        return None

    def held(self) -> frozenset[str]:
        """Every slot that a session holds, whatever its machine."""
        import sqlalchemy as sa

        with self.engine.connect() as connection:
            found = connection.execute(
                sa.text(
                    "select classid::bigint, objid::bigint from pg_locks where locktype = 'advisory' and granted "
                    "and objsubid = 2 and classid between :first and :last and database = "
                    "(select oid from pg_database where datname = current_database())"
                ),
                {"first": ADVISORY_CLASS, "last": ADVISORY_CLASS + len(KINDS) - 1},
            )
            return frozenset(f"{KINDS[kind - ADVISORY_CLASS]}-{number}" for kind, number in found)

    def is_held(self, slot: str) -> bool:
        """Whether a session holds that slot."""
        return slot in self.held()


_SESSION = """select set_config(wanted.name, wanted.value, false) from pg_settings join (values
('tcp_keepalives_idle', '5'), ('tcp_keepalives_interval', '2'), ('tcp_keepalives_count', '3'),
('idle_session_timeout', '0')) as wanted (name, value) on wanted.name = pg_settings.name"""
"""A machine that lost its power is noticed by the server in seconds, and an idle session is never closed."""


def _numbers(slot: str) -> tuple[int, int]:
    kind, _, number = slot.rpartition("-")
    return ADVISORY_CLASS + KINDS.index(kind), int(number)


class _SessionHold:
    def __init__(self, connection: "sa.Connection") -> None:
        self.connection = connection

    def release(self) -> None:
        self.connection.close()

    def alive(self) -> bool:
        import sqlalchemy as sa

        try:
            self.connection.execute(sa.text("select 1"))
        except sa.exc.SQLAlchemyError:
            self.connection.close()
            return False
        return True


class Slots:
    """This worker's own slot, and a watch over the others'."""

    def __init__(
        self, locks: Locks, *, pending: Callable[[], Collection[str]], recover: Callable[[str], object]
    ) -> None:
        self.locks = locks
        self.pending = pending
        """Slots that have begun work not finished."""
        self.recover = recover
        """Take over a dead slot's work."""
        self.name = ""
        self._mine: Lock | None = None
        self._was_taken = False
        self._suspects: set[str] = set()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def hold(self) -> str:
        """Take the first free slot and give its name."""
        self.name, self._mine = first_free(self.locks, "worker")
        return self.name

    def watch(self, *, also: Callable[[], object] = lambda: None) -> None:
        """Look after the other slots until `rest`; `also` is called at each look."""
        self._thread = threading.Thread(target=self._watch, args=(also,), name="slots", daemon=True)
        self._thread.start()

    def rest(self) -> None:
        """Stop watching; the slot is still held."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def release(self) -> None:
        """Stop watching and give the slot back."""
        self.rest()
        if self._mine:
            self._mine.release()

    def _watch(self, also: Callable[[], object]) -> None:
        beat, away = 0, False
        while not self._stop.wait(BEAT_SECONDS):
            beat += 1
            try:
                if self.keep() and beat % BEATS_A_LOOK == 0:
                    self.look()
                    also()
                away = False
            except Exception as error:
                if not away:  # once for each time the database goes away
                    log.warning("slots: %s", type(error).__name__)
                away = True

    def keep(self) -> bool:
        """Whether the slot is still this worker's; one that a restarted database dropped is taken again.

        When another process had it meanwhile, what that one left unfinished under the same name is taken over too.
        """
        if self._mine is not None and self._mine.alive():
            return True
        self._suspects = set()
        self._mine = self.locks.take(self.name)
        if self._mine is None:
            self._was_taken = True
        elif self._was_taken:
            self._was_taken = False
            self.recover(self.name)
        return self._mine is not None

    def look(self) -> None:
        """Take over the work of every slot found free twice running."""
        free = set(self.pending()) - {self.name} - self.locks.held()
        for slot in free & self._suspects:
            if lock := self.locks.take(slot):
                try:
                    self.recover(slot)
                finally:
                    lock.release()
        self._suspects = free
