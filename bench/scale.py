"""How much more several workers do than one, and how many dictations can be received in a second.

The recogniser sleeps, so that what is measured is what Copiste adds (queue, database, store), not the machine's cores;
the clock runs from the moment when all the dictations are queued, every worker being warm, to the last draft, both
written by the database's users themselves. Receiving: first the row and its job alone, then the whole of what follows
a drop (encryption, vault, write to the disk).
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import sqlalchemy as sa

from bench import crew, dictated, server, takeover
from bench.scene import FOLDER, Scene, scene
from pipeline import arrival, store, tables
from pipeline.inbox import Received
from pipeline.sound import audio

EACH = 6
"""Dictations for each worker."""
SECONDS = 4.0
"""How long each listening lasts."""
PATIENCE = 300.0
ROUNDS = 3
T = TypeVar("T")


@contextmanager
def practice(url: str | None) -> Iterator[Scene]:
    """A practice of its own for a measure: on SQLite, or on two new databases of this server."""
    with TemporaryDirectory(prefix="copiste-bench-") as folder:
        if url is None:
            with scene(Path(folder)) as made:
                yield made
        else:
            with server.databases(url) as databases, scene(Path(folder), databases=databases) as made:
                yield made


def drafts_per_second(place: Scene, *, workers: int, each: int = EACH, listening: float = SECONDS) -> float:
    """Dictations drafted in a second by so many workers, `each` of them on average."""
    with crew.crew(place, ("work",) * workers, seconds=listening) as made:
        takeover.warm(made)
        count = workers * each
        numbers = takeover.hand_in(place, count)
        begun = store.now()
        if not crew.until(lambda: takeover.drafted(place), seconds=PATIENCE, every=0.5):
            raise takeover.NeverTaken("the drafts were never made")
    hashes = [dictated.sha256(number) for number in numbers]
    with place.practice.look() as connection:
        table = tables.dictation
        moments = connection.scalars(sa.select(table.c.since).where(table.c.sha256.in_(hashes))).all()
    seconds: float = (max(moments) - begun).total_seconds()
    return count / seconds


def enqueued_per_second(place: Scene, *, count: int) -> float:
    """Rows written with their job, a transaction for each, one after the other."""
    address = place.practice.objects.put(b"a sound")

    def add(number: int) -> None:
        with place.practice.begin() as connection:
            takeover.enqueue(place, connection, sha256=f"{number:064d}", address=address)

    return _best(range(count), add)


def received_per_second(place: Scene, *, count: int) -> float:
    """Recordings received whole: encrypted, on the disk, their key in the vault, their row with its job."""
    found = [_found(place, number) for number in range(count)]
    return _best(found, lambda one: arrival.receive(place.practice, place.engine.submit, one))


def _best(items: Sequence[T], do: Callable[[T], object]) -> float:
    """How many of these are done in a second, in the best of three thirds: the machine's other work is not ours."""
    size = len(items) // ROUNDS
    rates = []
    for start in range(0, size * ROUNDS, size):
        begun = time.perf_counter()
        for item in items[start : start + size]:
            do(item)
        rates.append(size / (time.perf_counter() - begun))
    return max(rates)


def _found(place: Scene, number: int) -> Received:
    """What the inbox says of a recording of which it holds a verified copy."""
    path = place.practice.place("taken") / f"{number}.wav"
    path.write_bytes(dictated.sound(number))
    data = path.read_bytes()
    return Received(
        id=f"R{number:09d}", sha256=hashlib.sha256(data).hexdigest(), size=len(data), path=path, name=path.name,
        folder=FOLDER, recording=audio.inspect(path),
    )  # fmt: skip
