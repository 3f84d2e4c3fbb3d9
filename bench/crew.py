"""The processes of a practice at work, started as a user starts them, killed as a power cut does, and who does what.

`copiste work` and `copiste watch`, real ones. Which process holds a job is read where a person could read it: in the
engine's table of what is begun, and in the locks that the processes hold. Knows nothing of what is being measured.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import sqlalchemy as sa

from bench import reciter
from bench.scene import Scene
from pipeline import slots

PROGRAM = (sys.executable, "-c", "from pipeline.cli import main; main()")
STOP_SECONDS = 30
SLOT = "worker-"
"""How the slots of workers are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A stretch of work that a worker has begun and not ended."""

    stretch: str
    key: str
    slot: str


@dataclass(slots=True, kw_only=True)
class Hand:
    """A process of the practice."""

    part: str
    process: "subprocess.Popen[bytes]"
    slot: str = ""
    """Known once it was looked for while the process held it."""

    def family(self) -> list[int]:
        """Its process number, then those of the processes it started."""
        found = [self.process.pid]
        with suppress(psutil.Error):
            found += [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]
        return found


@dataclass(slots=True, kw_only=True)
class Crew:
    """The processes at work for a scene."""

    scene: Scene
    seconds: float
    """How long the recogniser takes for each dictation."""
    timeout: float = 120.0
    """How long the recogniser may be silent, in seconds."""
    hands: list[Hand] = field(default_factory=list)
    program: tuple[str, ...] = PROGRAM
    """What is started in place of `copiste`."""

    def start(self, part: str) -> Hand:
        """Start `copiste work`, `copiste watch`, or `copiste run` which is both and the pages."""
        scene = self.scene
        asked = {reciter.LEDGER: scene.ledger, reciter.SECONDS: self.seconds, reciter.TIMEOUT: self.timeout}
        environment = {**os.environ, **{name: str(value) for name, value in asked.items()}}
        with (scene.folder / f"{part}.txt").open("ab") as told:
            process = subprocess.Popen(
                [*self.program, part, "--home", str(scene.practice.home)], env=environment, stdout=told, stderr=told
            )
        hand = Hand(part=part, process=process)
        self.hands.append(hand)
        return hand

    def workers(self) -> list[Hand]:
        """Those that transcribe and file."""
        return [hand for hand in self.hands if hand.part in ("work", "run")]

    def watcher(self) -> Hand:
        """The one that takes what is dropped."""
        return next(hand for hand in self.hands if hand.part in ("watch", "run"))

    def kill(self, hand: Hand) -> None:
        """kill -9, and wait until the system has buried it."""
        hand.process.kill()
        hand.process.wait()
        self.hands.remove(hand)

    def stop(self) -> list[int]:
        """Ask all to stop, as a service's stop does; gives how each ended (0: as asked)."""
        for hand in self.hands:
            hand.process.terminate()
        ended = [_end(hand.process) for hand in self.hands]
        self.hands.clear()
        return ended


@contextmanager
def crew(
    scene: Scene, parts: Sequence[str], *, seconds: float = 1.0, timeout: float = 120.0,
    program: tuple[str, ...] = PROGRAM,
) -> Iterator[Crew]:  # fmt: skip
    """Processes at work until the end, when none is left: one for each part."""
    made = Crew(scene=scene, seconds=seconds, timeout=timeout, program=program)
    try:
        for part in parts:
            made.start(part)
        yield made
    finally:
        for hand in list(made.hands):
            made.kill(hand)


def begun(scene: Scene) -> list[Begun]:
    """What is begun and not ended, whoever holds it."""
    schema = "" if _is_sqlite(scene) else "dbos."
    query = f"select name, workflow_uuid, executor_id from {schema}workflow_status where status = 'PENDING'"
    with scene.practice.look() as connection:
        rows = connection.execute(sa.text(query)).all()
    return [Begun(stretch=row[0], key=row[1], slot=row[2] or "") for row in rows]


def transcribing(crew: Crew) -> list[Hand]:
    """Workers that listen to a dictation at this moment, as the recogniser's ledger says."""
    last = {line.worker: line.event for line in reciter.lines(crew.scene.ledger)}
    return [hand for hand in crew.workers() if any(last.get(pid) == "begun" for pid in hand.family())]


def slot_of(scene: Scene, hand: Hand) -> str:
    """The slot that this process holds; empty while it holds none."""
    if not hand.slot:
        with suppress(psutil.Error):
            held = set(_held(scene, psutil.Process(hand.process.pid)))
            hand.slot = held.pop() if len(held) == 1 else ""  # it holds two while it looks after a dead one's
    return hand.slot


def holder(crew: Crew, slot: str) -> Hand | None:
    """The process that holds this slot."""
    return next((hand for hand in crew.workers() if slot_of(crew.scene, hand) == slot), None)


def until(condition: Callable[[], bool], *, seconds: float, every: float = 0.05) -> bool:
    """Wait for something; False when it did not come in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def listening(scene: Scene) -> list[int]:
    """Listening processes of this scene that are alive: each must have gone with its worker."""
    mine = str(scene.ledger)
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if mine in (process.info["cmdline"] or ()) and process.status() != psutil.STATUS_ZOMBIE
    ]


def _end(process: "subprocess.Popen[bytes]") -> int:
    try:
        return process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _held(scene: Scene, process: psutil.Process) -> Iterator[str]:
    """Slots that this process or one that it started holds."""
    family = [process, *process.children(recursive=True)]
    if _is_sqlite(scene):
        for one in family:
            yield from (name for file in one.open_files() if (name := Path(file.path).stem).startswith(SLOT))
        return
    ports = {link.laddr.port for one in family for link in one.net_connections(kind="tcp")}
    yield from (name for name, port in _sessions(scene) if port in ports)


def _sessions(scene: Scene) -> list[tuple[str, int]]:
    """Slots held on PostgreSQL, each with the port of the session that holds it."""
    query = sa.text(
        "select l.objid::bigint, a.client_port from pg_locks l join pg_stat_activity a on a.pid = l.pid "
        "where l.locktype = 'advisory' and l.classid = :workers and l.granted "
        "and l.database = (select oid from pg_database where datname = current_database())"
    )
    with scene.practice.look() as connection:
        rows = connection.execute(query, {"workers": slots.ADVISORY_CLASS + slots.KINDS.index(SLOT[:-1])}).all()
    return [(f"{SLOT}{number}", port) for number, port in rows]


def _is_sqlite(scene: Scene) -> bool:
    return scene.practice.database.dialect.name == "sqlite"
