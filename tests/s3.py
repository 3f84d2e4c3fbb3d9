"""An S3 bucket on this machine, and a line to it that can be cut, silenced, or made to answer what a test wants."""

import logging
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import boto3
import pytest
from moto.server import ThreadedMotoServer

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "essai", "AWS_SECRET_ACCESS_KEY": "essai", "AWS_REGION": "us-east-1"}
State = Literal["open", "cut", "silent", "deaf", "refusing", "torn"]


@dataclass
class Line:
    """A line to a service of this machine.

    *open*: all passes; *cut*: nothing is answered, connections end; *silent*: the question is taken and never answered;
    *deaf*: the question passes and its answer is lost, once; *refusing*: answered 403; *torn*: what is sent is cut in
    its middle.
    """

    upstream: int
    state: State = "open"
    seen: bytearray = field(default_factory=bytearray)
    """What was asked through it."""
    calls: int = 0
    """How often it was tried, whatever came of it."""

    def __post_init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._live: set[socket.socket] = set()
        threading.Thread(target=self._accept, name="line", daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def turn(self, state: State) -> None:
        """Change what the line does; connections that were kept open end with the old ways."""
        self.state = state
        for one in list(self._live):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.turn("cut")
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._server.accept()
            except OSError:
                return
            self.calls += 1
            threading.Thread(target=self._serve, args=(caller,), name="line", daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with caller, socket.create_connection(("127.0.0.1", self.upstream)) as called:
            self._live |= {caller, called}
            back = threading.Thread(target=self._bring_back, args=(called, caller), name="line", daemon=True)
            back.start()
            with suppress(OSError):
                self._carry(caller, called)
            for one in (caller, called):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            back.join()
            self._live -= {caller, called}

    def _carry(self, caller: socket.socket, called: socket.socket) -> None:
        while self.state != "cut" and (block := caller.recv(65536)):
            self.seen += block
            match self.state:
                case "open" | "deaf":
                    called.sendall(block)
                case "refusing":
                    caller.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    return
                case "torn":
                    called.sendall(block[: len(block) // 2])
                    return

    def _bring_back(self, called: socket.socket, caller: socket.socket) -> None:
        with suppress(OSError):
            while block := called.recv(65536):
                if self.state == "deaf":
                    self.state = "open"
                    caller.shutdown(socket.SHUT_RDWR)
                    return
                caller.sendall(block)
            caller.shutdown(socket.SHUT_WR)


@dataclass(frozen=True)
class Service:
    """The service, the line to it, and what an administrator would use to look into a bucket."""

    line: Line
    admin: Any

    def bucket(self, **options: Any) -> str:
        """A new bucket; gives its name."""
        name = f"copiste-{uuid.uuid4().hex[:12]}"
        self.admin.create_bucket(Bucket=name, **options)
        return name

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs in its environment to reach it."""
        return through(self.line)


def through(line: Line) -> dict[str, str]:
    """What a program needs in its environment to reach the service by this line."""
    return {**CREDENTIALS, "AWS_ENDPOINT": line.address}


@contextmanager
def serving() -> Iterator[Service]:
    """An S3 service on a free port of this machine."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    line = Line(port)
    admin = boto3.client(
        "s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
        aws_access_key_id="essai", aws_secret_access_key="essai", verify=False,
    )  # fmt: skip
    try:
        yield Service(line=line, admin=admin)
    finally:
        admin.close()
        line.close()
        server.stop()


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with serving() as made:
        yield made


@pytest.fixture
def environment(service: Service, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """This process, told where the service is; the line is open again whatever the test before did."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_CA_BUNDLE", "AWS_ALLOW_HTTP", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    service.line.turn("open")
    service.line.seen.clear()
    return service.environment
