"""A child process that answers in JSON lines: the parent's end (`Child`) and the child's own (`serve`).

The parent gives one request a line; the child answers any number of lines, the last of which closes the request.
What a child does is its own matter: this module knows nothing of sounds or words.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TextIO


class Stopped(Exception):
    """The child could not be started, died, took too long or answered nonsense: `str` says which, in English."""


# --- the parent's end --------------------------------------------------------------------------------------------


class Child:
    """A process that answers, and the thread that started it and reads its answers. One request at a time."""

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> None:
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._process: subprocess.Popen[str] | None = None
        started = threading.Event()
        wanted = {**os.environ, **(environment or {}), "PYTHONIOENCODING": "utf-8"}
        threading.Thread(target=self._live, args=(list(command), wanted, started), daemon=True).start()
        started.wait()

    @property
    def pid(self) -> int | None:
        """Its number; None when it could not be started."""
        return self._process.pid if self._process else None

    def is_alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process is not None and self._process.poll() is None

    def ask(self, request: Mapping[str, Any]) -> None:
        """Give it a request. Raises Stopped."""
        try:
            if self._process is None or self._process.stdin is None:
                raise Stopped("could not be started")
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as error:  # ValueError: another thread ended it, and closed its input
            raise Stopped("had died") from error

    def next_message(self, deadline: float) -> dict[str, Any]:
        """Wait for its next line, until this moment of the monotonic clock. Raises Stopped."""
        try:
            line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise Stopped("took too long") from None
        if line is None:
            raise Stopped("could not be started" if self._process is None else f"died{self._how()}")
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            raise Stopped("answered nonsense")
        return message

    def kill(self) -> None:
        """End it at once. Harmless when repeated."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdin is not None:
                _close_quietly(self._process.stdin)

    def _live(self, command: list[str], environment: Mapping[str, str], started: threading.Event) -> None:
        """Start the process and read it to its end: on Linux it is tied to the life of this very thread."""
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                errors="replace",
                env=environment,
                start_new_session=True,  # Ctrl+C is for the program, which ends its child itself
            )
        except OSError:
            self._lines.put(None)
            return
        finally:
            started.set()
        if self._process.stdout is not None:
            with self._process.stdout as answers:
                for line in answers:
                    self._lines.put(line)
        self._lines.put(None)

    def _how(self) -> str:
        if self._process is None:
            return ""
        try:
            return f" (exit {self._process.wait(timeout=5)})"
        except subprocess.TimeoutExpired:
            return ""


def _close_quietly(stream: Any) -> None:
    try:
        stream.close()
    except OSError:
        return


# --- the child's end ---------------------------------------------------------------------------------------------

Say = Callable[[Mapping[str, Any]], None]


def serve(answer: Callable[[dict[str, Any], Say], None]) -> None:
    """Call `answer` with each request and the way to answer it, until standard input closes or the parent ends.

    Standard output is for answers alone: what a library prints goes to standard error. The system's request to stop
    is left to the parent, which may still want an answer and ends its child itself.
    """
    _die_with_parent()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    answers = _private_output()

    def say(message: Mapping[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    for request in _requests(sys.stdin):
        answer(request, say)


def _private_output() -> TextIO:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _requests(lines: TextIO) -> Iterator[dict[str, Any]]:
    """Read requests beside the work, so that the end of the parent is noticed in the middle of it."""
    waiting: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in lines:
            waiting.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield json.loads(waiting.get())


def _die_with_parent() -> None:
    """On Linux, ask the system to end this process with the thread that started it; elsewhere, stdin closing does."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
