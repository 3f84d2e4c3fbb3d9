"""Words that no one says, hidden in what a practice must not let out, and failures that quote them on purpose.

Run as `python -m tests.canaries COMMAND…` it is `copiste COMMAND…`, in which each step of the road fails the first
time with an error whose message holds a canary.
"""

import logging
import os
import sqlite3
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipeline.types import Stretch, Transcript

MARK = "zyqu"
PATIENT, DICTATED, NOTE, FILE, REASON, ADDED = (
    f"{MARK}{name}" for name in ("patient", "dictee", "remarque", "fichier", "motif", "ajoute")
)
SPOKEN = (
    f"Compte rendu de consultation patient {PATIENT} Paul né le 4 mai 1960 point à la ligne "
    f"Cher confrère virgule à la ligne HTA équilibrée virgule {DICTATED} virgule ramipril 5 mg le matin point à la "
    "ligne Bien confraternellement point"
)
STEPS = (
    "pipeline.sound.decoding:shared", "pipeline.reading:checked_letters", "pipeline.draft:fill",
    "pipeline.render:render", "pipeline.gate:check", "pipeline.story:deposit", "pipeline.arrival:receive",
    "pipeline.review:listing", "pipeline.shelves:find", "pipeline.arrival:tidy", "pipeline.arrival:refuse",
    "pipeline.locked:inspect",
)  # fmt: skip
"""What fails once in each process: steps of the engine, a commit, the watcher, a page, a command, housekeeping."""


class Ears:
    """A transcriber that fails once, then hears the canaries."""

    def __init__(self, settings: object) -> None:
        self.failed = False

    def transcribe(self, path: Path, *, context: Sequence[str] = ()) -> Transcript:
        from tests.fakes import recited

        if not self.failed:
            self.failed = True
            raise RuntimeError(f"heard {DICTATED} of {PATIENT} in {path}")
        return recited(SPOKEN)

    def hear_again(self, path: Path, stretches: Sequence[Stretch], *, pace: float) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        warnings.warn(f"closing after {PATIENT}", stacklevel=1)


def provoke() -> None:
    """Make each step fail the first time, and say canaries by every way a library has."""
    from pipeline import engine

    engine.RETRY_SECONDS = 0.1
    for place in STEPS:
        name, _, attribute = place.partition(":")
        module = import_module(name)
        setattr(module, attribute, _failing_once(getattr(module, attribute)))
    threading.Timer(1.0, _say_it_all).start()


def _failing_once(function: Callable[..., Any]) -> Callable[..., Any]:
    left = [1]

    @wraps(function)
    def failing(*arguments: Any, **named: Any) -> Any:
        if left.pop() if left else 0:
            try:
                raise ValueError(f"{DICTATED} of {PATIENT}")
            except ValueError as error:
                row = f"INSERT INTO patient VALUES ('{PATIENT}')"
                raise sa.exc.IntegrityError(row, {"name": PATIENT}, Exception(f"DETAIL: ({PATIENT})")) from error
        return function(*arguments, **named)

    return failing


def _say_it_all() -> None:
    """What libraries do: a formatted line, a line with arguments, a warning, a thread that dies."""
    for name in ("dbos", "fontTools.subset", "uvicorn.error", "alembic", "pyhanko.sign", "sqlalchemy.engine", "other"):
        log = logging.getLogger(name)
        log.error(f"about {PATIENT}")
        log.error("about %s", PATIENT)
        log.error("it fell", exc_info=RuntimeError(f"about {PATIENT}"))
    warnings.warn(f"about {PATIENT}", stacklevel=1)
    logging.getLogger("pipeline.somewhere").error("stopped: %s", RuntimeError(f"about {PATIENT}"))
    raise RuntimeError(f"about {PATIENT}")


# --- looking for them ---------------------------------------------------------------------------------------------


def holds(data: bytes) -> bool:
    """Whether bytes hold a canary, in the encodings that a text may take."""
    plain = data.lower()
    return any(MARK.encode(encoding) in plain for encoding in ("utf-8", "utf-16-le", "utf-32-le"))


def files(root: Path) -> Iterator[str]:
    """What holds a canary under a folder, by its name or in its bytes, as paths from it."""
    for path in sorted(root.rglob("*")):
        below = path.relative_to(root)
        if MARK in str(below).lower():
            yield f"name: {below}"
        if path.is_file() and not path.is_symlink() and holds(path.read_bytes()):
            yield f"bytes: {below}"


def columns(database: Path) -> set[str]:
    """The columns of a database that hold a canary, as `table.column`."""
    found = set()
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            rows = connection.execute(f'select * from "{table}"')
            for row in rows:
                for column, value in zip(rows.description, row, strict=True):
                    data = value if isinstance(value, bytes) else str(value).encode()
                    if holds(data):
                        found.add(f"{table}.{column[0]}")
    finally:
        connection.close()
    return found


if __name__ == "__main__":
    from tests import canaries

    if os.environ.get("CANARIES", "1") == "1":
        canaries.provoke()
    from pipeline.cli import main

    sys.argv[0] = "copiste"
    main()
