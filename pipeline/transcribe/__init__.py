"""From a sound to what was heard: `Transcriber` is one of the three places where the product can be extended.

`WhisperTranscriber` keeps the recogniser in a process of its own (`listener`): a file that makes it hang or crash costs
that file a new try, never the worker. Knows nothing of what the words mean.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from pipeline.child import Child, Stopped
from pipeline.errors import CopisteError, FileRefused, ModelMissing, TranscriptionStopped
from pipeline.types import Model, Stretch, Transcript, Word


class Transcriber(Protocol):
    """What listens to a recording."""

    def transcribe(self, path: Path, *, context: Sequence[str] = ()) -> Transcript:
        """Return what is heard; `context` lists the words most likely to be said, most likely first."""
        ...

    def hear_again(self, path: Path, stretches: Sequence[Stretch], *, pace: float) -> tuple[str, ...]:
        """Return what is written of each stretch when the sound is played at `pace`; an empty answer is no second
        ear, and then nothing is compared."""
        ...

    def close(self) -> None:
        """Let go of the recogniser."""
        ...


class WhisperTranscriber:
    """Whisper in a child process that is started when needed, kept between files, and killed when it hangs.

    A file may take `timeout` seconds plus `timeout_factor` times its own length. `progress` is called, from
    the calling thread, with the seconds of sound transcribed so far. One file at a time: calls wait for each other.
    """

    def __init__(
        self,
        folder: Path,
        *,
        model: Model,
        threads: int = 0,
        timeout: float = 120.0,
        timeout_factor: float = 10.0,
        progress: Callable[[float], None] | None = None,
        program: Sequence[str] = (sys.executable, "-m", "pipeline.transcribe.listener"),
    ) -> None:
        self.progress = progress
        self._timeout = timeout
        self._timeout_factor = timeout_factor
        options = ["--name", model.name, "--sha256", model.sha256, "--threads", str(threads)]
        self._command = [*program, str(folder), *options]
        self._child: Child | None = None
        self._turn = threading.Lock()
        self._closed = False

    def transcribe(self, path: Path, *, context: Sequence[str] = ()) -> Transcript:
        """Return what the recogniser hears.

        Raises TranscriptionStopped when it hangs, dies or answers nonsense (the next call starts a fresh one),
        ModelMissing when its files were altered, and the errors of `audio.decode`.
        """
        answer = self._ask({"path": str(path), "context": list(context)}, "transcript")
        return _transcript(answer)

    def hear_again(self, path: Path, stretches: Sequence[Stretch], *, pace: float) -> tuple[str, ...]:
        """Return what the recogniser writes of each stretch. Raises as `transcribe` does."""
        if not stretches:
            return ()
        asked = {"path": str(path), "stretches": [asdict(stretch) for stretch in stretches], "pace": pace}
        return _readings(self._ask(asked, "readings"), len(stretches))

    def _ask(self, request: dict[str, Any], wanted: str) -> Any:
        with self._turn:
            if self._closed:
                raise TranscriptionStopped("the recogniser was closed")
            if self._child is None:
                self._child = Child(self._command, environment={"HF_HUB_OFFLINE": "1"})
            try:
                self._child.ask(request)
                return self._answer(self._child, wanted)
            except (FileRefused, ModelMissing):
                raise
            except Stopped as error:
                self._drop()
                raise TranscriptionStopped(f"the recogniser {error}") from error
            except BaseException:
                self._drop()
                raise

    def close(self) -> None:
        """End the child process."""
        self._closed = True
        if (child := self._child) is not None:
            child.kill()  # a transcription under way must not hold up the stop: it is done again at the next start
        with self._turn:
            self._drop()

    def _drop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None

    def _answer(self, child: Child, wanted: str) -> Any:
        deadline = time.monotonic() + self._timeout
        while True:
            message = child.next_message(deadline)
            if "audio" in message:
                deadline += self._timeout_factor * _seconds(message["audio"])
            elif "progress" in message:
                done = _seconds(message["progress"])
                if self.progress is not None:
                    self.progress(done)
            elif wanted in message:
                return message[wanted]
            else:
                raise _error(message)


def _transcript(said: Any) -> Transcript:
    """Build the transcript from the child's answer; anything unexpected in it is a stop, not a guess."""
    try:
        return Transcript(
            raw_text=str(said["raw_text"]),
            words=tuple(Word(**word) for word in said["words"]),
            speech=tuple((float(start), float(end)) for start, end in said["speech"]),
            audio_seconds=float(said["audio_seconds"]),
            decode_seconds=float(said["decode_seconds"]),
            model=Model(**said["model"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TranscriptionStopped("the recogniser's answer is malformed") from error


def _readings(said: Any, number: int) -> tuple[str, ...]:
    if not isinstance(said, list) or len(said) != number:
        raise TranscriptionStopped("the recogniser's answer is malformed")
    return tuple(str(text) for text in said)


def _error(message: dict[str, Any]) -> CopisteError:
    kinds: list[type[CopisteError]] = [ModelMissing, FileRefused, *FileRefused.__subclasses__()]
    kind = {kind.code: kind for kind in kinds}.get(str(message.get("error")), TranscriptionStopped)
    return kind(str(message.get("message", "the recogniser answered nonsense")))


def _seconds(value: Any) -> float:
    if isinstance(value, int | float) and 0 <= value < float("inf"):
        return float(value)
    raise TranscriptionStopped("the recogniser answered nonsense")
