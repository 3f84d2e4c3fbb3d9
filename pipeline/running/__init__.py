"""The practice at work: watching folders, doing jobs, serving pages, in one process or in several. Start here."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from pipeline import arrival, plugs, presence
from pipeline.engine import Engine, open_engine
from pipeline.inbox import Outcome, roots
from pipeline.inbox.watcher import Watcher
from pipeline.inbox.watching import Watching
from pipeline.practice import Practice
from pipeline.presence import Part, Presence, UpkeepUnderWay
from pipeline.running import heartbeat, housekeeping, logs, metrics
from pipeline.running.serving import serving
from pipeline.story import Means

TIDY_SECONDS = 3600.0
TIDY_STOP_SECONDS = 5.0
"""What is left to housekeeping when the program stops: each of its tasks can be cut short."""
log = logging.getLogger(__name__)


def run(
    practice: Practice,
    *,
    watch: bool = False,
    work: bool = False,
    serve: bool = False,
    stop: threading.Event | None = None,
) -> None:
    """Do what is asked until the program is told to stop: by `stop`, else by Ctrl+C or a service's stop.

    UpkeepUnderWay when the practice is being looked after, at the start or later: a service then starts it again.
    """
    stop = stop or stopped_by_signal()
    part = _part(watch=watch, work=work, serve=serve)
    written = logs.to_files(practice, name=part)
    try:
        with presence.present(practice, part) as here, ExitStack() as at_work:
            engine = open_engine(practice)
            at_work.enter_context(metrics.serving(practice))
            if work:
                at_work.enter_context(working(practice, engine))
            if watch:
                at_work.enter_context(watching(practice, engine))
            if serve:
                print(f"Pages ouvertes sur {at_work.enter_context(serving(practice, engine))} (Ctrl+C pour arrêter).")
            at_work.enter_context(tidying(practice, engine))
            upkeep = stay(here, stop)
            heartbeat.leaving()
            print("Arrêt en cours, quelques secondes…", flush=True)
    finally:
        logs.stop(written)
    if upkeep:
        raise UpkeepUnderWay


def stopped_by_signal() -> threading.Event:
    """An event that Ctrl+C or a service's stop sets; said twice, it ends the program at once, which is safe."""
    stop = threading.Event()

    def asked(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, asked)
    return stop


def stay(here: Presence, stop: threading.Event) -> bool:
    """Wait for the stop, saying that all is well; True when it is upkeep that asks for the place."""
    heartbeat.ready()
    while not stop.wait(presence.LOOK_SECONDS):
        heartbeat.beat()
        if here.must_leave():
            log.info("leaving for upkeep")
            return True
    return False


def _part(**parts: bool) -> Part:
    """What this process is called in `logs/` and among those at work."""
    asked: list[Part] = [part for part in ("watch", "work", "serve") if parts[part]]
    return asked[0] if len(asked) == 1 else "run"


@contextmanager
def tidying(practice: Practice, engine: Engine) -> Iterator[None]:
    """Do every hour what a practice does by itself, beside the rest: a long task must not look like a hung program."""
    stop = threading.Event()

    def tidy() -> None:
        while True:
            try:
                housekeeping.tidy(practice, engine.submit)
            except Exception as error:
                log.warning("housekeeping: %s", type(error).__name__)
            if stop.wait(TIDY_SECONDS):
                return

    thread = threading.Thread(target=tidy, name="housekeeping", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(TIDY_STOP_SECONDS)


@contextmanager
def watching(practice: Practice, engine: Engine, *, told: Callable[[Outcome], None] | None = None) -> Iterator[None]:
    """Watch the inbox and the other roots of the settings; SettingsError when what is written lies in one of them."""
    intake = practice.settings.intake
    roots.require_apart(practice.home, practice.settings)
    watched, seen = roots.watched(practice.home, practice.settings), Watching(practice)
    watcher = Watcher(
        watched,
        arrival.taker(practice, engine.submit),
        stable_seconds=intake.stable_seconds,
        patience_seconds=intake.patience_seconds,
        rescan_seconds=intake.rescan_seconds,
        told=partial(_note, practice, told),
        seen=seen,
    )
    seen.begin(root.path for root in watched)
    watcher.start()
    try:
        yield
    finally:
        watcher.stop()


def _note(practice: Practice, also: Callable[[Outcome], None] | None, outcome: Outcome) -> None:
    """A row for what was left, and something in the log for what leaves none: a recording dropped again is not lost."""
    arrival.told(practice, outcome)  # first: while the database is away this is called again and again
    if outcome.state == "known":
        log.info("a recording that was dropped had been received before")
    elif outcome.state == "left":
        log.warning("something was left in a watched folder: %s", outcome.code)
    if also is not None:
        also(outcome)


@contextmanager
def working(practice: Practice, engine: Engine, *, progress: Callable[[float], None] | None = None) -> Iterator[None]:
    """Do the engine's jobs with the recogniser of the settings."""
    transcriber = plugs.transcriber(practice.settings, progress=progress)
    try:
        with engine.work(Means(practice=practice, transcriber=transcriber)):
            yield
    finally:
        transcriber.close()
