"""Which worker is alive: one lock per worker, that the system drops the instant its process dies.

On one machine the lock is a file's; on PostgreSQL it is the session's. It says who is dead, nothing else: what to do
with a dead worker's jobs is the engine's business. A slot found free twice running is dead: once could be a database
that has just restarted.
"""

import logging
import threading
import zlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import sqlalchemy as sa

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
ADVISORY_CLASS = 7301
"""Namespace of our PostgreSQL advisory locks."""


class Lock(Protocol):
    """A lock that is held."""

    def release(self) -> None:
        """Let it go."""

    def alive(self) -> bool:
        """Whether it is still held."""


class Locks(Protocol):
    """Where slots are locked."""

    def take(self, slot: str) -> Lock | None:
        """The lock of a slot, or None when another process holds it."""


class FileLocks:
    """Slots of one machine: a locked file each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def take(self, slot: str) -> Lock | None:
        """The lock of a slot, or None when another process holds it."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.folder / f"{slot}.slot", is_singleton=False, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return None
        return _FileHold(lock.release)


class _FileHold:
    def __init__(self, release: Callable[[], None]) -> None:
        self.release = release

    def alive(self) -> bool:
        return True


class PostgresLocks:
    """Slots of many machines: a session-level advisory lock each."""

    def __init__(self, url: str) -> None:
        import sqlalchemy as sa

        self.engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")

    def take(self, slot: str) -> Lock | None:
        """The lock of a slot, or None when another session holds it."""
        import sqlalchemy as sa

        connection = self.engine.connect()
        key = zlib.crc32(slot.encode()) - 2**31
        if connection.scalar(sa.text("select pg_try_advisory_lock(:c, :k)"), {"c": ADVISORY_CLASS, "k": key}):
            return _SessionHold(connection)
        connection.close()
        return None


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
        self._suspects: set[str] = set()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def hold(self) -> str:
        """Take the first free slot and give its name: one process per slot, ever."""
        number = 1
        while (lock := self.locks.take(f"worker-{number}")) is None:
            number += 1
        self.name, self._mine = f"worker-{number}", lock
        return self.name

    def watch(self) -> None:
        """Look after the other slots until `release`."""
        self._thread = threading.Thread(target=self._watch, name="slots", daemon=True)
        self._thread.start()

    def release(self) -> None:
        """Stop watching and give the slot back."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        if self._mine:
            self._mine.release()

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                self.look()
            except Exception as error:
                log.warning("slots: %s", type(error).__name__)

    def look(self) -> None:
        """Take over the work of every slot found free twice running."""
        if self._mine is None or not self._mine.alive():
            self._mine, self._suspects = self.locks.take(self.name), set()
            return
        free = set()
        for slot in set(self.pending()) - {self.name}:
            if lock := self.locks.take(slot):
                free.add(slot)
                try:
                    if slot in self._suspects:
                        self.recover(slot)
                finally:
                    lock.release()
        self._suspects = free
