"""A PostgreSQL server of one's own, on a free port of this machine, thrown away at the end; and databases in it.

Made from the programs that Debian installs (`postgresql`). Knows nothing of Copiste but the form of its addresses.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

GIVEN = "COPISTE_TEST_POSTGRES"
"""Names the address of a server that is there already, without a database: it is used, and never stopped."""
ACCOUNT = "postgres"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that runs: its address without a database, its programs and its folder."""

    url: str
    programs: Path
    folder: Path
    port: int


def programs() -> Path | None:
    """Where PostgreSQL's programs are; None when it is not installed here."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


@contextmanager
def address() -> Iterator[str | None]:
    """The address of the server that the environment names, else of one made for this; None when there is neither."""
    if given := os.environ.get(GIVEN):
        yield given
    elif programs() is None:
        yield None
    else:
        with serving() as server:
            yield server.url


@contextmanager
def serving() -> Iterator[Server]:
    """Start a server of our own and stop it at the end; RuntimeError when PostgreSQL is not installed."""
    if (found := programs()) is None:
        raise RuntimeError("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="copiste-pg-", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), _free_port()
        if _as_root():  # PostgreSQL refuses to run as root
            shutil.chown(folder, ACCOUNT)
        made = Server(url=f"postgresql+psycopg://{ACCOUNT}@127.0.0.1:{port}", programs=found, folder=folder, port=port)
        _run(made, "initdb", "-U", ACCOUNT, "-A", "trust", "-E", "UTF8", "--no-locale")
        start(made)
        try:
            yield made
        finally:
            stop(made)


def start(server: Server) -> None:
    """Start the server and wait until it answers."""
    options = f"-c listen_addresses=127.0.0.1 -p {server.port} -k {server.folder}"
    _run(server, "pg_ctl", "-w", "-l", str(server.folder / "log"), "-o", options, "start")


def stop(server: Server) -> None:
    """Stop the server at once, as a machine that fails does: what was not committed is gone."""
    _run(server, "pg_ctl", "-w", "-m", "immediate", "stop")


@contextmanager
def databases(url: str, *, count: int = 2) -> Iterator[tuple[str, ...]]:
    """Addresses of empty databases of that server, dropped at the end whoever still uses them."""
    import sqlalchemy as sa

    names = tuple(f"copiste_{uuid.uuid4().hex[:10]}" for _ in range(count))
    server = sa.create_engine(f"{url}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        for name in names:
            connection.execute(sa.text(f"create database {name}"))
    try:
        yield tuple(f"{url}/{name}" for name in names)
    finally:
        with server.connect() as connection:
            for name in names:
                connection.execute(sa.text(f"drop database if exists {name} with (force)"))


def _run(server: Server, program: str, *words: str) -> None:
    whole = [str(server.programs / program), "-D", str(server.folder / "data"), *words]
    if _as_root():
        whole = ["runuser", "-u", ACCOUNT, "--", *whole]
    subprocess.run(whole, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=server.folder)


def _as_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
