"""kill -9 in every stretch of the story, at random moments and at chosen ones, then: was anything lost or doubled?

Real `copiste run`, or `copiste watch` and `copiste work`; real stretches from the sound to the archive; the recogniser
recites (see `reciter`) and the people answer at once (see `scene`). Files are dropped as long as the kills last, some
of them twice. Knows nothing of how work is taken over.
"""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from bench import crew, dictated, reciter, scene, verdict
from bench.crew import Crew, Hand
from bench.scene import Scene
from pipeline import tables

AIMS = ("listen", "prepare", "watch", "file", "draft", "any")
"""Whom each kill is for, in turn: the worker that listens or is anywhere in this stretch, the watcher,
any worker at any moment."""
AIM_SECONDS = 20.0
"""After so long without the occasion, any worker is killed."""
SPREAD = {"listen": 0.8, "draft": 3.0, "prepare": 0.15, "file": 0.03, "watch": 0.6, "any": 2.0}
"""At most so many seconds between the occasion and the kill: about as long as the stretch lasts."""
PATIENCE = 120.0
"""Without any progress for so long, what is not filed never will be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What is asked of a campaign."""

    name: str
    parts: tuple[str, ...]
    """The commands at work: `run` alone, or `watch` and one `work` or more."""
    kills: int
    seed: int
    ahead: int = 5
    """Dictations under way for the kills to hit, besides one for each worker."""
    seconds: float = 1.0
    """How long the recogniser takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What was done, and what became of it."""

    name: str
    kills: int
    aimed: dict[str, int]
    """Kills by whom they were for."""
    struck: dict[str, int]
    """Stretches that were begun and not ended in the slot of the process killed."""
    begun_again: int
    """Transcriptions begun more than once: the price of a kill."""
    resumed: int
    """Dictations and documents that a person had to take up again (killed five times over)."""
    seconds: float
    verdict: verdict.Verdict


@dataclass(slots=True, kw_only=True)
class _Run:
    """A campaign under way."""

    crew: Crew
    orders: Orders
    chance: random.Random
    dropped: list[int] = field(default_factory=list)
    filed: int = 0
    aimed: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def scene(self) -> Scene:
        return self.crew.scene


def campaign(place: Scene, orders: Orders, *, told: Callable[[str], None]) -> Campaign:
    """Work under kills in this practice until each dictation dropped is filed, or nothing moves any more."""
    begun = time.monotonic()
    with crew.crew(place, orders.parts, seconds=orders.seconds) as made:
        run = _Run(crew=made, orders=orders, chance=random.Random(orders.seed))
        people = threading.Thread(target=_people, args=(run,))
        people.start()
        try:
            _kill_again_and_again(run, told)
            _to_the_end(run)
        finally:
            run.over.set()
            people.join()
        ended = made.stop()
    judged = verdict.judge(place.practice, run.dropped)
    listened = Counter(line.number for line in reciter.lines(place.ledger) if line.event == "begun")
    return Campaign(
        name=orders.name, kills=run.aimed.total(), aimed=dict(run.aimed), struck=dict(run.struck),
        begun_again=sum(count - 1 for count in listened.values()),
        resumed=place.acts["resumed"] + place.acts["proofread again"], seconds=round(time.monotonic() - begun, 1),
        verdict=verdict.with_faults(judged, [*judged.faults, *_processes(place, ended)]),
    )  # fmt: skip


def _kill_again_and_again(run: _Run, told: Callable[[str], None]) -> None:
    for aim in itertools.islice(itertools.cycle(AIMS), run.orders.kills):
        _feed(run)
        target, slot = _occasion(run, aim)
        time.sleep(run.chance.uniform(0, SPREAD[aim]))
        run.crew.kill(target)
        interrupted = [one.stretch for one in crew.begun(run.scene) if slot and one.slot == slot]
        run.struck.update(interrupted)
        run.aimed[aim] += 1
        run.crew.start(target.part)
        told(f"{run.aimed.total()} kills, {run.filed}/{len(run.dropped)} filed, {aim}: {' '.join(interrupted) or '-'}")


def _occasion(run: _Run, aim: str) -> tuple[Hand, str]:
    """The process to kill, and its slot if it has one: wait until one is doing what is aimed at."""
    if aim == "watch":
        _drop(run)
        return run.crew.watcher(), ""
    found: list[Hand] = []

    def look() -> bool:
        _feed(run)
        found.extend(_doing(run, aim))
        return bool(found)

    if aim == "any" or not crew.until(look, seconds=AIM_SECONDS, every=0.01):
        found = [run.chance.choice(run.crew.workers())]
    return found[0], crew.slot_of(run.scene, found[0])


def _doing(run: _Run, aim: str) -> list[Hand]:
    """The workers that are doing what is aimed at."""
    if aim == "listen":
        return crew.transcribing(run.crew)
    slots = {one.slot for one in crew.begun(run.scene) if one.stretch == aim}
    return [hand for slot in sorted(slots) if (hand := crew.holder(run.crew, slot))]


def _feed(run: _Run) -> None:
    """Keep some dictations under way, never fewer."""
    while len(run.dropped) - run.filed < run.orders.ahead + len(run.crew.workers()):
        _drop(run)


def _drop(run: _Run) -> None:
    """One more file; every fifth comes a second time under another name, as a dictaphone emptied twice."""
    number = len(run.dropped)
    run.dropped.append(number)
    scene.drop(run.scene, number)
    if number % 5 == 4:
        scene.drop(run.scene, number - 2, name=f"copie de {number - 2}.wav")


def _people(run: _Run) -> None:
    """The secretary and the doctor, round after round, whatever happens to the processes."""
    while not run.over.wait(0.5):
        numbers = {dictated.sha256(number): number for number in tuple(run.dropped)}
        scene.act(run.scene, numbers)
        run.filed = _filed(run.scene)


def _filed(place: Scene) -> int:
    """How many dictations have all their letters in the archive."""
    table = tables.document
    query = (
        sa.select(tables.dictation.c.id)
        .join(table, table.c.dictation == tables.dictation.c.id)
        .group_by(tables.dictation.c.id)
        .having(sa.func.count() == sa.func.sum(sa.case((table.c.state == "filed", 1), else_=0)))
    )
    with place.practice.look() as connection:
        return len(connection.execute(query).all())


def _to_the_end(run: _Run) -> None:
    """Wait until all is filed, or nothing has moved for a long time."""
    seen, since = run.filed, time.monotonic()
    while run.filed < len(run.dropped) and time.monotonic() - since < PATIENCE:
        time.sleep(0.2)
        if run.filed != seen:
            seen, since = run.filed, time.monotonic()


def _processes(place: Scene, ended: list[int]) -> list[str]:
    """What the processes themselves should not have done."""
    orphans = [] if crew.until(lambda: not crew.listening(place), seconds=5) else crew.listening(place)
    wrong = [code for code in ended if code]
    return [
        *(f"process {pid}: still listening after its worker died" for pid in orphans),
        *(f"a process asked to stop ended with {code}" for code in wrong),
    ]
