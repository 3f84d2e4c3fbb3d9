"""How long a dictation waits when the worker that listened to it is killed: until another, alive, begins it again.

Two workers that have both worked before (their vocabulary is loaded); one listens, it is killed, nobody is started in
its place until the other has begun. Both moments are read where they happen: the kill here, the beginning in the
recogniser's ledger.
"""

import random
import time

import sqlalchemy as sa

from archive.ids import new_id
from bench import crew, dictated, reciter
from bench.crew import Crew, Hand
from bench.scene import Scene
from pipeline import store, tables
from pipeline.types import Job

SECONDS = 2.0
"""How long each listening lasts: the kill comes in its first half."""
PATIENCE = 90.0
COLD = 60.0


class NeverTaken(RuntimeError):
    """No other worker began again what the dead one had begun."""


def takeovers(place: Scene, *, trials: int, seed: int) -> list[float]:
    """Seconds from each kill to the moment when the other worker begins the same dictation again."""
    chance = random.Random(seed)
    with crew.crew(place, ("work", "work"), seconds=SECONDS) as made:
        return [_trial(made, chance) for _ in range(trials)]


def _trial(made: Crew, chance: random.Random) -> float:
    place = made.scene
    warm(made)
    (number,) = hand_in(place, 1)
    holder = _listener(made, number)
    time.sleep(chance.uniform(0.0, SECONDS / 2))
    killed = time.time()
    made.kill(holder)
    others = {pid for hand in made.workers() for pid in hand.family()}

    def again() -> list[float]:
        return [line.at for line in _begun(place, number) if line.worker in others and line.at > killed]

    if not crew.until(lambda: bool(again()), seconds=PATIENCE):
        raise NeverTaken(f"not begun again within {PATIENCE:.0f} s")
    made.start("work")
    return min(again()) - killed


def warm(made: Crew) -> None:
    """Let every worker do something once; NeverTaken when one does not in a minute."""
    place = made.scene
    end = time.monotonic() + COLD
    while cold := _cold(made):
        if time.monotonic() > end:
            raise NeverTaken(f"{cold} workers never began")
        hand_in(place, len(made.workers()))
        crew.until(lambda: drafted(place), seconds=COLD)


def _cold(made: Crew) -> int:
    worked = {line.worker for line in reciter.lines(made.scene.ledger) if line.event == "ended"}
    return sum(not worked & set(hand.family()) for hand in made.workers())


def _listener(made: Crew, number: int) -> Hand:
    """The worker that listens to this dictation, once one does."""
    if crew.until(lambda: bool(_begun(made.scene, number)), seconds=PATIENCE):
        pid = _begun(made.scene, number)[0].worker
        for hand in made.workers():
            if pid in hand.family():
                return hand
    raise NeverTaken(f"dictation {number} was never begun")


def _begun(place: Scene, number: int) -> list[reciter.Line]:
    return [line for line in reciter.lines(place.ledger) if line.number == number and line.event == "begun"]


def drafted(place: Scene) -> bool:
    """Whether nothing waits to be heard."""
    with place.practice.look() as connection:
        return not store.dictations(connection, states=("received", "transcribing"))


def hand_in(place: Scene, count: int) -> list[int]:
    """Queue the next dictations, rows and jobs in one transaction; gives their numbers."""
    practice = place.practice
    with practice.look() as connection:
        first = connection.scalar(sa.select(sa.func.count()).select_from(tables.dictation)) or 0
    numbers = list(range(first, first + count))
    kept = [practice.objects.put(dictated.sound(number)) for number in numbers]
    with practice.begin() as connection:
        for number, address in zip(numbers, kept, strict=True):
            enqueue(place, connection, sha256=dictated.sha256(number), address=address)
    return numbers


def enqueue(place: Scene, connection: sa.Connection, *, sha256: str, address: str) -> None:
    """The row of a dictation and its job, as the inbox leaves them."""
    key, now = new_id(), store.now()
    store.insert_once(
        connection, tables.dictation, id=key, sha256=sha256, audio=address, name="x.wav", doctor=place.doctor.doctor,
        received=now, due=now, state="received", since=now,
    )  # fmt: skip
    place.engine.submit(connection, Job(stretch="draft", subject=key, due=now))
