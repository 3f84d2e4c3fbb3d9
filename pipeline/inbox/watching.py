"""What each watched folder looks like, kept in a table: status and the pages say it on whatever machine.

Knows nothing of files. A database that is away stops nothing: the next sight is written once it is back.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from archive.ids import new_id
from pipeline import store
from pipeline.inbox import readable
from pipeline.inbox.lookout import Sight
from pipeline.practice import Practice
from pipeline.tables import watched

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
"""How often a folder in which nothing new is seen is written again."""
FORGOTTEN_DAYS = 30
"""After which a folder that no machine looked at is no longer said."""


class Watching:
    """Writes what this machine sees of its roots; may be called from several threads."""

    def __init__(self, practice: Practice, *, machine: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._practice = practice
        self._machine = machine or socket.gethostname()
        self._clock = clock
        self._written: dict[Path, tuple[Sight, float]] = {}
        self._away = False
        self._lock = threading.Lock()

    def begin(self, roots: Iterable[Path]) -> None:
        """Forget the folders that this machine watches no longer, and those that nobody has for long.

        A practice whose database is a file has one machine: another name is the one this machine had before.
        """
        kept = [_said(path) for path in roots]
        mine = sa.and_(watched.c.machine == self._machine, watched.c.path.not_in(kept))
        old = watched.c.looked < store.now() - timedelta(days=FORGOTTEN_DAYS)
        if self._practice.database.dialect.name == "sqlite":
            old |= watched.c.machine != self._machine
        self._safely(lambda connection: connection.execute(watched.delete().where(mine | old)))

    def __call__(self, sight: Sight) -> None:
        """Write a sight when it says something new, else once a minute; the count of files alone is no news."""
        now = self._clock()
        with self._lock:
            before, at = self._written.get(sight.path, (None, 0.0))
            known = before is not None and (before.mode, before.problem) == (sight.mode, sight.problem)
            if known and now - at < EVERY_SECONDS:
                return
            self._written[sight.path] = (sight, now)
        if not self._safely(lambda connection: self._write(connection, sight)):
            with self._lock:  # to be tried again soon, not at each file
                self._written[sight.path] = (sight, now - EVERY_SECONDS * 0.9)

    def _write(self, connection: sa.Connection, sight: Sight) -> None:
        now, path = store.now(), _said(sight.path)
        facts = {"mode": sight.mode, "looked": now, "waiting": sight.waiting, "problem": sight.problem}
        since = now if sight.problem else None
        new = store.insert_once(
            connection, watched, id=new_id(), machine=self._machine, path=path, since=since, **facts
        )
        if new:
            return
        same = sa.case(
            (watched.c.problem == sight.problem, watched.c.since), else_=sa.literal(since, watched.c.since.type)
        )
        this = (watched.c.machine == self._machine, watched.c.path == path)
        connection.execute(watched.update().where(*this).values(since=same, **facts))

    def _safely(self, write: Callable[[sa.Connection], object]) -> bool:
        try:
            with self._practice.begin() as connection:
                write(connection)
        except (sa.exc.SQLAlchemyError, OSError) as error:
            if not self._away:  # said once for each time the database goes
                log.warning("watched folders: %s", type(error).__name__)
            self._away = True
            return False
        self._away = False
        return True


def _said(path: Path) -> str:
    return readable(str(path))
