"""The practice at work: watching folders, doing jobs, serving pages, in one process or in three."""

import logging
import logging.handlers
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from pipeline import arrival, plugs, story
from pipeline.engine import Engine, open_engine
from pipeline.errors import CopisteError
from pipeline.inbox import Outcome
from pipeline.practice import Practice
from pipeline.signature import with_code
from pipeline.story import Means
from pipeline.watcher import Root, Watcher

TIDY_SECONDS = 3600.0
START_SECONDS = 20.0
STOP_SECONDS = 5
log = logging.getLogger(__name__)


class PortTaken(CopisteError):
    """The pages cannot be opened: another program listens there."""

    code = "E012"
    exit_code = 11
    advice = (
        "Les pages ne peuvent pas s'ouvrir : ce port est déjà pris (Copiste tourne peut-être déjà). Voyez [web] port."
    )


def run(practice: Practice, *, watch: bool = False, work: bool = False, serve: bool = False) -> None:
    """Do what is asked until the program is told to stop (Ctrl+C, or a service's stop)."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    log_to_files(practice)
    engine = open_engine(practice)
    with ExitStack() as at_work:
        if work:
            at_work.enter_context(working(practice, engine))
        if watch:
            at_work.enter_context(watching(practice, engine))
        if serve:
            print(f"Pages ouvertes sur {at_work.enter_context(serving(practice, engine))} (Ctrl+C pour arrêter).")
        _housekeeping(practice, engine)
        while not stop.wait(TIDY_SECONDS):
            _housekeeping(practice, engine)
        print("Arrêt en cours, quelques secondes…", flush=True)


def _housekeeping(practice: Practice, engine: Engine) -> None:
    """Originals whose days are over, signed documents whose filing failed; neither waits for the other."""
    for task in (partial(arrival.tidy, practice), partial(story.file_again, practice, engine.submit)):
        try:
            task()
        except Exception as error:  # another process tidies too; nothing here is worth stopping the practice
            log.warning("housekeeping: %s", type(error).__name__)


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


@contextmanager
def serving(practice: Practice, engine: Engine) -> Iterator[str]:
    """Serve the pages in a thread; gives their address."""
    import uvicorn

    from pipeline.web.app import application

    pages = application(practice, submit=engine.submit, signature=lambda code: with_code(practice, code))
    web = practice.settings.web
    server = uvicorn.Server(
        uvicorn.Config(
            pages,
            host=web.host,
            port=web.port,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
    )
    thread = threading.Thread(target=server.run, name="pages", daemon=True)
    thread.start()
    if not _started(server, thread):
        raise PortTaken(f"port {web.port}")
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://{web.host}:{port}/"
    finally:
        server.should_exit = True
        thread.join()


def _started(server: "object", thread: threading.Thread) -> bool:
    waited = threading.Event()
    for _ in range(int(START_SECONDS * 20)):
        if getattr(server, "started", False):
            return True
        if not thread.is_alive():
            return False
        waited.wait(0.05)
    return False


def log_to_files(practice: Practice) -> None:
    """Log to `logs/`, by turns: ids and codes only, never what was said."""
    handler = logging.handlers.RotatingFileHandler(
        practice.place("logs") / "copiste.log", maxBytes=2_000_000, backupCount=5, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
