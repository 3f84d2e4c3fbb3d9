"""The practice at work: watching folders, doing jobs, serving pages, in one process or in three. Start here."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from pipeline import arrival, plugs
from pipeline.engine import Engine, open_engine
from pipeline.inbox import Outcome
from pipeline.practice import Practice
from pipeline.running import logs
from pipeline.running.housekeeping import tidy
from pipeline.running.serving import serving
from pipeline.story import Means
from pipeline.watcher import Root, Watcher

TIDY_SECONDS = 3600.0
log = logging.getLogger(__name__)


def run(practice: Practice, *, watch: bool = False, work: bool = False, serve: bool = False) -> None:
    """Do what is asked until the program is told to stop (Ctrl+C, or a service's stop)."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    logs.to_files(practice, name=_name(watch=watch, work=work, serve=serve))
    engine = open_engine(practice)
    with ExitStack() as at_work:
        if work:
            at_work.enter_context(working(practice, engine))
        if watch:
            at_work.enter_context(watching(practice, engine))
        if serve:
            print(f"Pages ouvertes sur {at_work.enter_context(serving(practice, engine))} (Ctrl+C pour arrêter).")
        tidy(practice, engine.submit)
        while not stop.wait(TIDY_SECONDS):
            tidy(practice, engine.submit)
        print("Arrêt en cours, quelques secondes…", flush=True)


def _name(**parts: bool) -> str:
    """What this process is called in `logs/`: several processes never write to one file."""
    asked = [part for part, wanted in parts.items() if wanted]
    return asked[0] if len(asked) == 1 else "run"


@contextmanager
def watching(practice: Practice, engine: Engine, *, told: Callable[[Outcome], None] | None = None) -> Iterator[None]:
    """Watch the inbox and the other roots of the settings."""
    intake = practice.settings.intake
    roots = [Root(path=practice.place("inbox"), polling=intake.polling)]
    roots += [Root(path=root.path, polling=root.polling) for root in intake.roots]
    watcher = Watcher(
        roots,
        arrival.taker(practice, engine.submit),
        stable_seconds=intake.stable_seconds,
        patience_seconds=intake.patience_seconds,
        rescan_seconds=intake.rescan_seconds,
        told=told or _note,
    )
    watcher.start()
    try:
        yield
    finally:
        watcher.stop()


def _note(outcome: Outcome) -> None:
    """Something in the log for what leaves no row: a recording dropped again was not lost, it was already there."""
    if outcome.state == "known":
        log.info("a recording that was dropped had been received before")
    elif outcome.state == "left":
        log.warning("a file was left in a watched folder")


@contextmanager
def working(practice: Practice, engine: Engine, *, progress: Callable[[float], None] | None = None) -> Iterator[None]:
    """Do the engine's jobs with the recogniser of the settings."""
    transcriber = plugs.transcriber(practice.settings, progress=progress)
    try:
        with engine.work(Means(practice=practice, transcriber=transcriber)):
            yield
    finally:
        transcriber.close()
