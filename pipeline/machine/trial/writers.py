"""How files arrive in a watched folder: slowly, by pieces, under another name, with an old date.

Each `Writer` is one way in which a copy, a dictaphone's software or a share's client really writes. Knows nothing of
what is written, nor of who watches: the trial on a user's share and the bench both use it.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from itertools import pairwise
from pathlib import Path
from typing import Literal

How = Literal["in place", "renamed", "preallocated", "zeroed", "header last"]
"""*renamed*: written as `.part`, then given its name. *preallocated*: the whole size first, as a hole (the Explorer on
a share). *zeroed*: the whole size first, as zeros. *header last*: what says how long it lasts is written at the end."""

Wait = Callable[[float], None]
"""Let this many seconds pass; whatever it raises stops the writer where it is."""

TENTHS = tuple(tenth / 10 for tenth in range(1, 10))
"""A stall at each 10 %."""
HEADER_BYTES = 512
"""What *header last* keeps for the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """One way for one file to arrive."""

    how: How = "in place"
    stalls: tuple[float, ...] = ()
    """Where it stops for a while: shares of the content, between 0 and 1, ascending."""
    pause: float = 0.0
    """How long it stops each time, in seconds."""
    held: bool = True
    """Whether the file stays open while it stops; otherwise it is closed, then opened again to go on."""
    date: float | None = None
    """The date that the file is given at the end, in seconds since 1970, by a copy that keeps dates."""

    @property
    def faults(self) -> int:
        """How many things it does that could make a naive watcher take half a file, or lose one."""
        return len(self.stalls) + (self.how != "in place") + (self.date is not None)

    def write(self, path: Path, content: bytes, *, wait: Wait = time.sleep) -> None:
        """Write the whole content at this place, replacing what is there; returns when the writer is done with it.

        Raises OSError as the share does, and whatever `wait` raises: nothing written is then removed, but a `.part`.
        """
        if self.how != "renamed":
            self._fill(path, content, wait)
            return
        draft = path.with_name(f"{secrets.token_hex(6)}.part")
        try:
            self._fill(draft, content, wait)
            os.replace(draft, path)
        finally:
            with suppress(OSError):
                draft.unlink()

    def _fill(self, path: Path, content: bytes, wait: Wait) -> None:
        file = path.open("wb", buffering=0)
        try:
            self._prepare(file, len(content))
            for number, (start, end) in enumerate(self._spans(len(content))):
                if number:
                    file = self._paused(file, path, wait)
                file.seek(start)
                _write_all(file, content[start:end])
        finally:
            file.close()
        if self.date is not None:
            os.utime(path, (self.date, self.date))

    def _prepare(self, file: FileIO, size: int) -> None:
        if self.how == "preallocated":
            file.truncate(size)
        elif self.how == "zeroed":
            _write_all(file, bytes(size))

    def _paused(self, file: FileIO, path: Path, wait: Wait) -> FileIO:
        """Stop for a while; gives the file to go on with."""
        if self.held:
            wait(self.pause)
            return file
        file.close()
        wait(self.pause)
        return path.open("r+b", buffering=0)

    def _spans(self, size: int) -> Iterator[tuple[int, int]]:
        """The stretches of the content in the order in which they are written, a stall between each two."""
        first = min(HEADER_BYTES, size) if self.how == "header last" else 0
        edges = [first, *(max(first, int(size * stall)) for stall in self.stalls), size]
        yield from ((start, end) for start, end in pairwise(edges))
        if first:
            yield 0, first


def _write_all(file: FileIO, content: bytes) -> None:
    """Write the whole of it: an unbuffered file may take less at a time."""
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]
