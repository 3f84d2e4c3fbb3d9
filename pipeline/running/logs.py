"""What the program writes of its own work in `logs/`, by turns: ids and codes only, never what was said.

One file per process: two processes that turned the same file's pages would lose lines. What may be written of a
record is `pipeline.discretion`'s business.
"""

import logging
import logging.handlers
import os
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline import discretion
from pipeline.discretion import Hooks
from pipeline.practice import Practice
from pipeline.settings import Logs
from pipeline.slots import FileLocks, Lock

OUTSIDERS = ("dbos", "uvicorn", "uvicorn.error", "uvicorn.access", "asyncio", "alembic", "pyhanko", "fontTools")
"""Libraries whose loggers bring a handler of their own, or say much at their ordinary level."""
counts: Counter[str] = Counter()
"""How many records of each level this process wrote: the only thing of the logs that leaves them."""


class File(logging.handlers.RotatingFileHandler):
    """A log of one process: turned when it is full, read by this account only, kept from other processes by a lock."""

    def __init__(self, path: Path, *, rules: Logs, lock: Lock, before: Hooks) -> None:
        self._lock = lock
        self.before = before
        super().__init__(
            path, maxBytes=int(rules.megabytes * 1_000_000), backupCount=rules.files, encoding="utf-8", errors="replace"
        )
        self.setLevel(rules.level)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        self.path = path

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record and count it."""
        counts[record.levelname] += 1
        super().emit(record)

    def close(self) -> None:
        """Close the file and leave it to another process."""
        super().close()
        self._lock.release()

    def _open(self) -> Any:
        def private(name: str, flags: int) -> int:
            return os.open(name, flags, 0o600)

        return open(self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=private)


def to_files(practice: Practice, *, name: str) -> File:
    """Log to a file of `logs/` that no other process writes: `name.log`, or `name-2.log` when another one runs.

    Holds this process to `discretion` until `stop`; the command line had held it already, and until its very end.
    """
    before = discretion.install()
    handler = _first_free(practice.place("logs"), locks=FileLocks(practice.place("tmp")), name=name,
                          rules=practice.settings.logs, before=before)  # fmt: skip
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(practice.settings.logs.level)
    for outsider in OUTSIDERS:
        logger = logging.getLogger(outsider)
        logger.setLevel(max(logging.WARNING, root.level))
    dbos = logging.getLogger("dbos")  # it writes to the terminal unless it already has a handler, and tells no parent
    dbos.handlers[:], dbos.propagate = [logging.NullHandler()], True
    return handler


def stop(handler: File) -> None:
    """Write to that file no more."""
    logging.getLogger().removeHandler(handler)
    handler.close()
    discretion.restore(handler.before)


def _first_free(folder: Path, *, locks: FileLocks, name: str, rules: Logs, before: Hooks) -> File:
    number = 1
    while (lock := locks.take(f"log-{name}-{number}")) is None:
        number += 1
    return File(
        folder / (f"{name}.log" if number == 1 else f"{name}-{number}.log"), rules=rules, lock=lock, before=before
    )
