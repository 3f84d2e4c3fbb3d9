"""What a browser sends, received in pieces: a file goes to the disk as it comes, and is never whole in memory.

Each file is private, in clear for as long as it takes, under a name that says nothing, and gone at the end whatever
happened; nothing is given on before all that was announced has come. Parsing and writing are done in a thread. Knows
nothing of dictations.
"""

import errno
import hashlib
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, ExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import anyio
import anyio.to_thread
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from pipeline import clear, inbox
from pipeline.web.failures import BadRequest

AT_ONCE, EACH_AT_ONCE = 12, 4
"""How many sendings are received at the same time: in all, and from one person."""
TURN_SECONDS = 120.0
"""How long a sending waits for its turn."""
STALL_SECONDS = 30.0
"""How long nothing at all may come."""
SETTLED_SECONDS, LEAST_BYTES_A_SECOND = 60.0, 1000
"""After this long, a sending slower than this (a bad mobile network carries ten times more) gives up its turn."""
MOST_FILES, MOST_FIELDS, MOST_FIELD_BYTES = 50, 20, 10_000
"""In one sending. Each file is held open until its form is done with, and a process may open about a thousand."""
LONGEST_NAME = 200
_BLOCK = 1 << 18


class SendingRefused(BadRequest):
    """What was sent did not come whole, or cannot come now: nothing of it is kept."""

    code = "E186"
    exit_code = 186
    advice = "L'envoi s'est interrompu : rien n'a été pris. Recommencez."


BUSY = "Trop d'envois arrivent en même temps : rien n'a été pris. Recommencez dans une minute."
SLOW = "La connexion est trop lente ou s'est arrêtée : rien n'a été pris. Recommencez dès qu'elle est meilleure."
FULL = (
    "Il n'y a presque plus de place sur le disque du cabinet : rien n'a été pris. Gardez cet enregistrement, prévenez "
    "la personne qui s'occupe de la machine, et recommencez quand de la place aura été libérée."
)
MANY = f"Envoyez {MOST_FILES} fichiers au plus à la fois : rien n'a été pris."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A file that came whole."""

    name: str
    """As its sender calls it, made readable: for people, never for a path or a log."""
    path: Path
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What was sent with a page: its fields, and its files in their order."""

    fields: dict[str, str]
    files: tuple[Sent, ...]


class Turns:
    """Whose sending is received now: a few at a time, so that slow senders hold up neither others nor the disk."""

    def __init__(self) -> None:
        self._all = anyio.CapacityLimiter(AT_ONCE)
        self._each: dict[str, anyio.CapacityLimiter] = {}

    @asynccontextmanager
    async def turn(self, person: str) -> AsyncIterator[None]:
        """Wait for one's turn, and keep it until the context ends; SendingRefused when it does not come."""
        own = self._each.setdefault(person, anyio.CapacityLimiter(EACH_AT_ONCE))
        async with AsyncExitStack() as held:
            try:
                with anyio.fail_after(TURN_SECONDS):
                    await held.enter_async_context(own)
                    await held.enter_async_context(self._all)
            except TimeoutError:
                raise SendingRefused("no turn", advice=BUSY, status=503) from None
            yield


@asynccontextmanager
async def received(request: Request, folder: Path) -> AsyncIterator[Form]:
    """Receive a form and its files in this folder; they are there until the context ends, unless moved before.

    Raises SendingRefused when it stops short, comes too slowly or cannot be read, and when the disk fills up.
    """
    with ExitStack() as files:
        try:
            parts = _Parts(_boundary(request), folder, files)
            async with aclosing(_blocks(request)) as blocks:
                async for block in blocks:
                    await anyio.to_thread.run_sync(parts.feed, block)
            form = parts.form()
        except FormParserError:
            raise SendingRefused("not a form") from None
        yield form


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise SendingRefused("not a form with files", status=415)
    return options[b"boundary"]


async def _blocks(request: Request) -> AsyncGenerator[bytes, None]:
    """The body, in pieces worth a thread's time."""
    begun, total, block = time.monotonic(), 0, bytearray()
    async with aclosing(request.stream()) as stream:
        while piece := await _next(stream):
            total += len(piece)
            block += piece
            lasted = time.monotonic() - begun
            if lasted > SETTLED_SECONDS and total < lasted * LEAST_BYTES_A_SECOND:
                raise SendingRefused("too slow", advice=SLOW, status=408)
            if len(block) >= _BLOCK:
                yield bytes(block)
                block.clear()
    yield bytes(block)


async def _next(stream: AsyncIterator[bytes]) -> bytes:
    """The next piece, empty at the end."""
    try:
        with anyio.fail_after(STALL_SECONDS):
            return await anext(stream, b"")
    except TimeoutError:
        raise SendingRefused("stalled", advice=SLOW, status=408) from None
    except ClientDisconnect:
        raise SendingRefused("broken off") from None


class _Parts:
    """Hears what the parser finds: a field is remembered, a file is written as it comes."""

    def __init__(self, boundary: bytes, folder: Path, files: ExitStack) -> None:
        self._folder, self._opened = folder, files
        self._fields: list[tuple[str, bytearray]] = []
        self._files: list[_Arriving] = []
        self._into: bytearray | _Arriving = bytearray()
        self._header = self._value = self._disposition = b""
        self._ended = False
        names = ("part_data", "part_end", "header_field", "header_value", "header_end", "headers_finished", "end")
        heard: Any = {f"on_{name}": getattr(self, f"_{name}") for name in names}
        self._parser = MultipartParser(boundary, heard)

    def feed(self, block: bytes) -> None:
        try:
            self._parser.write(block)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise SendingRefused("no room left", advice=FULL, status=507) from error

    def form(self) -> Form:
        if not self._ended:
            raise SendingRefused("stopped short")
        sent = tuple(file.sent() for file in self._files)
        fields = {name: bytes(value).decode("utf-8", "replace") for name, value in self._fields}
        return Form(fields=fields, files=tuple(file for file in sent if file.name or file.size))

    # what the parser calls

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _headers_finished(self) -> None:
        _, said = parse_options_header(self._disposition)
        self._disposition = b""
        if b"filename" in said:
            self._into = self._file(said[b"filename"])
        elif len(self._fields) < MOST_FIELDS:
            self._into = bytearray()
            self._fields.append((said.get(b"name", b"").decode("utf-8", "replace"), self._into))
        else:
            raise FormParserError("too many fields")

    def _file(self, name: bytes) -> "_Arriving":
        if len(self._files) >= MOST_FILES:
            raise SendingRefused("too many files", advice=MANY, status=413)
        file = self._opened.enter_context(clear.arriving(self._folder))
        self._files.append(_Arriving(called(name), file))
        return self._files[-1]

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if isinstance(self._into, _Arriving):
            self._into.write(data[start:end])
            return
        self._into += data[start:end]
        if len(self._into) > MOST_FIELD_BYTES:
            raise FormParserError("field too long")

    def _part_end(self) -> None:
        if isinstance(self._into, _Arriving):
            self._into.close()

    def _end(self) -> None:
        self._ended = True


class _Arriving:
    """A file being written, its content known by its SHA-256."""

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self._name, self._file = name, file
        self._size, self._digest = 0, hashlib.sha256()

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._size += len(data)
        self._digest.update(data)

    def close(self) -> None:
        """It is whole: nobody writes it any more."""
        self._file.close()

    def sent(self) -> Sent:
        self.close()
        return Sent(name=self._name, path=Path(self._file.name), size=self._size, sha256=self._digest.hexdigest())


def called(name: bytes) -> str:
    """A file's name as its sender calls it: readable, without the folders some browsers put before it."""
    written = name.decode("utf-8", "replace").replace("%22", '"').replace("\\", "/")
    return inbox.readable(written.rsplit("/", 1)[-1]).strip()[:LONGEST_NAME]
