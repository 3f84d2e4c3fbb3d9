"""Open recordings in a process of their own (`decoder`): a hostile file ends that process, never the program.

`shared()` gives the one of this process, kept between files: starting a Python for each would cost half a second.
What it answers is what `audio.inspect` and `audio.render` answer.
"""

from __future__ import annotations

import atexit
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from pipeline.child import Child, Stopped
from pipeline.errors import CopisteError, DecodingFailed, FileRefused
from pipeline.sound import audio, decoder

T = TypeVar("T")

MEGABYTES = 1500
"""Memory left to the reading of one file, everything included: FFmpeg and numpy take 300 of them by themselves."""
START_SECONDS = 60.0
BASE_SECONDS = 60.0
"""A file may take this long, and more in proportion to its size and to what was read of it."""
SECONDS_A_MEGABYTE = 2.0
SLOWEST = 10.0
"""Seconds of sound that must be read each second: a machine of ten years ago reads 300."""
FILES = 500
"""After so many files the process is started anew: what a library leaks is given back."""
LANES = 2
"""So many files at a time: a recording of four hours must not hold up the short one behind it."""
_TRIES = 2
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
"""Threads and arenas reserve memory that is never used, and the limit counts it."""


class DecoderAway(CopisteError):
    """The process that opens recordings cannot be started, or is being closed: the file has nothing to do with it."""

    code = "E177"
    exit_code = 177
    retry = True
    advice = (
        "Copiste ne parvient pas à lire les enregistrements sur cette machine pour l'instant : ils seront repris "
        "d'eux-mêmes. Si cela dure, prévenez votre assistance."
    )


class _Failed(Exception):
    """The process did not answer as it should: perhaps because of the file."""


class Decoder:
    """Processes that open recordings, started when needed, kept between files, replaced when one fails.

    Threads may share it. A file on which the process fails twice (too long, too much memory, dead) is refused.
    """

    def __init__(
        self,
        *,
        program: Sequence[str] = (sys.executable, "-m", "pipeline.sound.decoder"),
        base_seconds: float = BASE_SECONDS,
        files: int = FILES,
    ) -> None:
        self._program = tuple(program)
        self._base_seconds = base_seconds
        self._files = files
        self._room = threading.Semaphore(LANES)
        self._lock = threading.Lock()
        self._idle: list[tuple[Child, int]] = []
        self._busy: set[Child] = set()
        self._closed = False

    def inspect(
        self,
        path: Path,
        *,
        limits: audio.Limits = audio.NO_LIMITS,
        passwords: Sequence[str] = (),
        memory_megabytes: int = MEGABYTES,
    ) -> audio.Recording:
        """What `audio.inspect` says of a file. Raises as it does, and DecodingFailed, DecoderAway or OSError."""
        request = {
            "do": "inspect", "path": str(path.absolute()), "limits": asdict(limits), "passwords": list(passwords),
            "megabytes": memory_megabytes,
        }  # fmt: skip
        return self._ask(request, path, "recording", decoder.from_json)

    def sound(
        self,
        path: Path,
        into: Path,
        *,
        buckets: int,
        password: str | None = None,
        memory_megabytes: int = MEGABYTES,
    ) -> tuple[float, ...]:
        """What `audio.render` does: the sound as a WAV in `into`, and its outline. Raises as `inspect` does."""
        request = {
            "do": "sound", "path": str(path.absolute()), "into": str(into.absolute()), "buckets": buckets,
            "password": password, "megabytes": memory_megabytes,
        }  # fmt: skip
        return self._ask(request, path, "peaks", lambda said: tuple(float(peak) for peak in said))

    @property
    def is_closed(self) -> bool:
        """Whether it answers no more."""
        return self._closed

    def close(self) -> None:
        """End the processes; what one is reading is not refused for it (DecoderAway)."""
        with self._lock:
            self._closed = True
            ending = [*self._busy, *(child for child, _ in self._idle)]
            self._idle.clear()
        for child in ending:
            child.kill()

    def _ask(self, request: dict[str, Any], path: Path, wanted: str, made: Callable[[Any], T]) -> T:
        allowed = self._base_seconds + SECONDS_A_MEGABYTE * path.stat().st_size / 1_000_000
        problem = ""
        for attempt in range(_TRIES):
            try:
                with self._room:
                    return self._once(request, wanted, made, allowed=allowed, fresh=attempt > 0)
            except _Failed as failure:
                problem = str(failure)
                if self._closed:
                    raise DecoderAway("the decoder was closed") from None
        raise DecodingFailed(problem)

    def _once(
        self, request: dict[str, Any], wanted: str, made: Callable[[Any], T], *, allowed: float, fresh: bool
    ) -> T:
        child, done = self._child(fresh=fresh)
        kept = False
        try:
            child.ask(request)
            answer = made(_answer(child, wanted, allowed))
            kept = True
            return answer
        except (Stopped, TypeError, ValueError, KeyError, AttributeError) as error:
            raise _Failed(f"the decoder {error}" if isinstance(error, Stopped) else "malformed answer") from error
        except (FileRefused, OSError):
            kept = True
            raise
        finally:
            self._put_back(child, done + 1, kept=kept)

    def _child(self, *, fresh: bool) -> tuple[Child, int]:
        with self._lock:
            while self._idle and not fresh:
                child, done = self._idle.pop()
                if child.is_alive():
                    self._busy.add(child)
                    return child, done
                child.kill()
        return self._started(), 0

    def _started(self) -> Child:
        child = Child(self._program, environment=_ENVIRONMENT)
        with self._lock:
            self._busy.add(child)
        try:
            if self._closed:
                raise Stopped("was closed")
            child.ask({"do": "start"})
            if not child.next_message(time.monotonic() + START_SECONDS).get("ready"):
                raise Stopped("answered nonsense")
        except Stopped as error:
            self._put_back(child, 0, kept=False)
            raise DecoderAway(f"the decoder {error}") from error
        return child

    def _put_back(self, child: Child, done: int, *, kept: bool) -> None:
        with self._lock:
            self._busy.discard(child)
            kept = kept and done < self._files and not self._closed
            if kept:
                self._idle.append((child, done))
        if not kept:
            child.kill()


def _answer(child: Child, wanted: str, allowed: float) -> Any:
    """The answer, however many lines of progress come before it: each gives more time."""
    begun, read = time.monotonic(), 0.0
    while True:
        message = child.next_message(begun + allowed + read / SLOWEST)
        if "progress" in message:
            read = min(max(read, float(message["progress"])), float(1 << 20))
        elif wanted in message:
            return message[wanted]
        elif "errno" in message:
            raise OSError(int(message["errno"]), "the recording cannot be read, or its sound not written")
        elif "error" in message:
            raise _refusal(message)
        else:
            raise Stopped(f"failed ({str(message.get('failed', 'nonsense'))[:40]})")


def _refusal(message: dict[str, Any]) -> FileRefused:
    kinds = {kind.code: kind for kind in _kinds(FileRefused)}
    return kinds.get(str(message["error"]), DecodingFailed)(str(message.get("message", "")))


def _kinds(kind: type[FileRefused]) -> list[type[FileRefused]]:
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in _kinds(child))]


_shared: Decoder | None = None
_making = threading.Lock()


def shared() -> Decoder:
    """The decoder of this process, made when first needed and closed with it."""
    global _shared
    with _making:
        if _shared is None or _shared.is_closed:
            _shared = Decoder()
            atexit.register(_shared.close)
        return _shared
