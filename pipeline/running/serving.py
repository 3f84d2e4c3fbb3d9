"""The pages, served in a thread of the process that was asked to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.engine import Engine
from pipeline.errors import CopisteError
from pipeline.practice import Practice
from pipeline.signature import with_code

START_SECONDS = 20.0
STOP_SECONDS = 5


class PortTaken(CopisteError):
    """The pages cannot be opened: another program listens there."""

    code = "E012"
    exit_code = 11
    advice = (
        "Les pages ne peuvent pas s'ouvrir : ce port est déjà pris (Copiste tourne peut-être déjà). Voyez [web] port."
    )


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
