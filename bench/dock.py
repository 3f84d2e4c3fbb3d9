"""A practice at whose folders files are dropped while things go wrong, and what became of them all at the end.

The real `copiste watch`, one process or more; no recogniser, for nothing is listened to. Knows the ledger and the
judge; knows nothing of the faults themselves.
"""

import itertools
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import crew, holding, recordings, server
from bench.crew import Crew, Hand
from bench.holding import Verdict
from bench.ledger import Fate, Ledger
from bench.scene import FOLDER, Scene, scene
from pipeline.inbox.watcher import is_ignored
from pipeline.machine.trial.writers import Writer
from pipeline.presence import at_work

STABLE, PATIENCE = 0.2, 4.0
INTAKE = f"""
stable_seconds = {STABLE}
patience_seconds = {PATIENCE}
rescan_seconds = 0.5
"""
POLLING = f"{INTAKE}polling = true\n"
AT_A_STROKE = Writer()
AS_ASKED = (0, -signal.SIGTERM)
"""How a process ends that is asked to: the second, when it was asked before it could listen."""
WARM_SECONDS = 60.0
_making = threading.Lock()
"""One practice is made at a time: Alembic keeps what it does in globals."""
AT_REST = 60.0
"""Without a file less in the folders for so long, what lies there will never be taken."""


class NotAtWork(Exception):
    """The watch processes that were started take nothing."""


@dataclass(slots=True, kw_only=True)
class Dock:
    """A practice, its watch processes, its folders, and the ledger of what is dropped there."""

    scene: Scene
    crew: Crew
    roots: list[Path]
    chance: random.Random
    told: Callable[[str], None]
    ledger: Ledger = field(default_factory=Ledger)
    stays: set[Path] = field(default_factory=set)
    """Files that are not to be taken."""
    faults: int = 0
    notes: list[str] = field(default_factory=list)
    """What was not as it must be, besides what the judge finds."""
    not_run: list[str] = field(default_factory=list)
    """What this machine does not allow, in words."""
    seeds: Iterator[int] = field(default_factory=itertools.count)

    @property
    def inbox(self) -> Path:
        """The doctor's folder."""
        return self.roots[0] / FOLDER

    def content(self, form: str = "wav", *, seconds: float = 0.3) -> bytes:
        """A whole recording unlike all those before."""
        return recordings.recording(form, next(self.seeds), seconds=seconds)

    def drop(self, path: Path, content: bytes, *, fate: Fate = "taken", writer: Writer = AT_A_STROKE) -> None:
        """Write a file and note in the ledger that it is whole."""
        writer.write(path, content)
        self.ledger.whole(content, fate=fate)
        if fate == "stays":
            self.stays.add(path)

    def feed(self, count: int) -> None:
        """So many new files in the doctor's folder."""
        for _ in range(count):
            content = self.content()
            self.drop(self.inbox / f"dictée {self.chance.getrandbits(48):012x}.wav", content)

    def lying(self) -> int:
        """How many files are still to be taken."""
        return sum(path not in self.stays and not is_ignored(path.name) for path in holding.plain_files(self.roots))

    def watcher(self) -> Hand:
        """The watch process."""
        return self.crew.watcher()

    def alive(self) -> bool:
        """Whether a watch process is there."""
        return any(hand.process.poll() is None for hand in self.crew.hands)

    def restart(self) -> None:
        """Start `copiste watch` again, once the one before is dead."""
        for hand in list(self.crew.hands):
            if hand.process.poll() is not None:
                self.crew.kill(hand)
                self.crew.start("watch")

    def warm(self) -> None:
        """Wait until every watch process is at work: before, nothing that is done can strike it.

        Raises NotAtWork when it never comes.
        """
        watchers = len(self.crew.hands)
        self.feed(1)
        up = crew.until(lambda: at_work(self.scene.practice).count("watch") >= watchers, seconds=WARM_SECONDS)
        if not up or not self.until_fewer(1, seconds=WARM_SECONDS):
            raise NotAtWork(f"{watchers} watch processes are not at work")

    def until_fewer(self, count: int, *, seconds: float = 30.0) -> bool:
        """Wait until fewer files than this are lying; False when it did not come."""
        crew.until(lambda: self.lying() < count or not self.alive(), seconds=seconds, every=0.05)
        return self.lying() < count

    def settle(self) -> None:
        """Wait until every file is taken, or nothing moves any more."""
        left, since = self.lying(), time.monotonic()
        while left and self.alive() and time.monotonic() - since < AT_REST:
            time.sleep(0.2)
            if (now := self.lying()) != left:
                left, since = now, time.monotonic()


@contextmanager
def dock(
    told: Callable[[str], None], *, url: str | None = None, intake: str = INTAKE, more_roots: Sequence[Path] = (),
    watchers: int = 1, home: Path | None = None, program: tuple[str, ...] = crew.PROGRAM, seed: int = 1,
) -> Iterator[Dock]:  # fmt: skip
    """A practice at work in a temporary folder (or `home`), on SQLite or on two new databases of this server."""
    settings = "".join(f'\n[[intake.roots]]\npath = "{root}"\n' for root in more_roots)
    with ExitStack() as stack:
        folder = home or Path(stack.enter_context(TemporaryDirectory(prefix="copiste-intake-")))
        databases = stack.enter_context(server.databases(url)) if url else ()
        with _making:
            place = stack.enter_context(scene(folder, databases=databases, settings=settings, intake=intake))
        hands = stack.enter_context(crew.crew(place, ("watch",) * watchers, program=program))
        roots = [place.practice.place("inbox"), *more_roots]
        made = Dock(scene=place, crew=hands, roots=roots, chance=random.Random(seed), told=told)
        made.warm()
        yield made


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a family of faults found."""

    faults: int
    verdict: Verdict | None
    """None when this machine does not allow the family."""
    notes: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()


def found(made: Dock) -> Found:
    """Let everything be taken, stop the processes, and judge."""
    made.settle()
    ended = [code for code in made.crew.stop() if code not in AS_ASKED]
    notes = [*made.notes, *(f"a watch process asked to stop ended with {code}" for code in ended)]
    judged = holding.judge(made.ledger, holding.of_practice(made.scene.practice, made.roots))
    return Found(faults=made.faults, verdict=judged, notes=tuple(notes), not_run=tuple(made.not_run))
