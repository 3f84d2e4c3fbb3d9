"""The pages, served in a thread of the process that was asked to; never in clear beyond this machine.

Knows nothing of what the pages show. A machine of the network reaches them through a certificate of the settings, or
through an establishment's own server that encrypts in front; anything else is refused before a port is opened.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.engine import Engine
from pipeline.errors import CopisteError
from pipeline.machine.certificate import CertificateRefused, expiry, is_loopback
from pipeline.practice import Practice
from pipeline.settings import Web
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


class Exposed(CopisteError):
    """The pages would travel in clear over a network."""

    code = "E120"
    exit_code = 120
    advice = (
        "Les pages seraient lisibles par tout le réseau : elles ne s'ouvrent au-delà de cette machine qu'avec un "
        "certificat. Lancez « copiste certificate --name NOM » et suivez ce qu'il dit, remettez [web] host à "
        "127.0.0.1, ou réglez behind_proxy si un serveur de l'établissement chiffre devant Copiste."
    )


@contextmanager
def serving(practice: Practice, engine: Engine) -> Iterator[str]:
    """Serve the pages in a thread; gives their address.

    Raises Exposed, CertificateRefused or PortTaken when they cannot be opened.
    """
    import uvicorn

    from pipeline.web.app import application

    web = practice.settings.web
    encryption = secured(web, home=practice.home)
    pages = application(practice, submit=engine.submit, signature=lambda code: with_code(practice, code))
    server = uvicorn.Server(
        uvicorn.Config(
            pages,
            host=web.host,
            port=web.port,
            log_config=None,  # else uvicorn writes to the terminal by itself
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=web.behind_proxy,  # it says that the browser's side is encrypted: the cookie depends on it
            forwarded_allow_ips="*" if web.behind_proxy else None,
            timeout_graceful_shutdown=STOP_SECONDS,
            **encryption,
        )
    )
    thread = threading.Thread(target=_serve, args=(server,), name="pages", daemon=True)
    thread.start()
    if not _started(server, thread):
        raise PortTaken(f"port {web.port}")
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"{'https' if encryption else 'http'}://{_called(web)}:{port}/"
    finally:
        server.should_exit = True
        thread.join()


def secured(web: Web, *, home: Path) -> dict[str, Any]:
    """How uvicorn is told to encrypt: nothing on this machine alone, or behind a server that does it.

    Exposed when the pages would be in clear on a network; CertificateRefused when the certificate cannot be used.
    """
    if web.certificate or web.certificate_key:
        files = {"ssl_certfile": home / web.certificate, "ssl_keyfile": home / web.certificate_key}
        if not web.certificate or not web.certificate_key or not _match(**files):
            raise CertificateRefused("the certificate and its key cannot be used")
        expiry(files["ssl_certfile"])
        return {name: str(path) for name, path in files.items()}
    if not is_loopback(web.host) and not web.behind_proxy:
        raise Exposed(f"listening on {web.host} without a certificate")
    return {}


def _match(*, ssl_certfile: Path, ssl_keyfile: Path) -> bool:
    import ssl

    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(ssl_certfile, ssl_keyfile)
    except (OSError, ssl.SSLError):
        return False
    return True


def _called(web: Web) -> str:
    """The name under which a person can open the pages: « every address » is none."""
    everywhere = web.host in ("0.0.0.0", "::")
    return web.names[0] if everywhere and web.names else "localhost" if everywhere else web.host


def _serve(server: Any) -> None:
    """A port that is taken ends uvicorn's start with SystemExit: the thread ends, and `serving` says so."""
    try:
        server.run()
    except SystemExit:
        return


def _started(server: "object", thread: threading.Thread) -> bool:
    waited = threading.Event()
    for _ in range(int(START_SECONDS * 20)):
        if getattr(server, "started", False):
            return True
        if not thread.is_alive():
            return False
        waited.wait(0.05)
    return False
