"""A recogniser that recites: `[speech] transcriber = "bench.reciter:Reciter"`.

The listening process is the product's own, started, watched and killed as every day; only what would be heard in the
sound is replaced by what `dictated` says of it, after as long as the environment asks. It writes in a ledger which
process began and ended which dictation, and when. Some numbers are poison: their listening kills its worker, or never
ends.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import dictated
from pipeline import transcribe
from pipeline.settings import Settings
from pipeline.sound import audio
from pipeline.transcribe import listener
from pipeline.types import Model, Stretch, Transcript, Word

LEDGER = "COPISTE_BENCH_LEDGER"
SECONDS = "COPISTE_BENCH_SECONDS"
TIMEOUT = "COPISTE_BENCH_TIMEOUT"
POISON, DEAF = 9_000, 9_500
"""From these numbers on, listening kills the worker; never ends."""
MODEL = Model(name="recital", sha256="0" * 64)
_WORD_SECONDS = 0.3


class Reciter(transcribe.WhisperTranscriber):
    """The product's transcriber, over a listening process that recites."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            Path(os.environ[LEDGER]),
            model=MODEL,
            timeout=float(os.environ.get(TIMEOUT, "120")),
            timeout_factor=settings.speech.timeout_factor,
            program=(sys.executable, "-m", "bench.reciter"),
        )

    def hear_again(self, path: Path, stretches: Sequence[Stretch], *, pace: float) -> tuple[str, ...]:
        """No second ear."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the ledger: this worker began or ended this dictation."""

    worker: int
    """The worker's process, not the listening one's."""
    number: int
    event: str
    at: float
    """Seconds since 1970."""


def lines(ledger: Path) -> Iterator[Line]:
    """What is written so far; a line that a kill cut short is no line."""
    with suppress(FileNotFoundError):
        for text in ledger.read_text(encoding="ascii").splitlines():
            words = text.split()
            if len(words) == 4:
                yield Line(worker=int(words[0]), number=int(words[1]), event=words[2], at=float(words[3]))


def note(number: int, event: str) -> None:
    """Add a line: one write, so that two processes never mix theirs."""
    line = f"{os.getppid()} {number} {event} {time.time():.3f}\n"
    descriptor = os.open(os.environ[LEDGER], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, line.encode("ascii"))
    os.close(descriptor)


def recite(
    _recogniser: object, samples: Any, *, context: Sequence[str], model: Model, report: Callable[..., None]
) -> Transcript:
    """What `listener.listen` gives, from the number that the length of the sound says."""
    number = dictated.number(len(samples))
    report(audio=len(samples) / audio.RATE)
    note(number, "begun")
    if number >= DEAF:
        time.sleep(3600)
    if number >= POISON:
        os.kill(os.getppid(), 9)
    time.sleep(float(os.environ.get(SECONDS, "1")))
    note(number, "ended")
    return transcript(dictated.said(number), model=model)


def transcript(text: str, *, model: Model = MODEL) -> Transcript:
    """A transcript of this text, its words one after the other."""
    words = tuple(
        Word(text=f" {word}", start=i * _WORD_SECONDS, end=(i + 1) * _WORD_SECONDS, probability=0.97)
        for i, word in enumerate(text.split())
    )
    end = words[-1].end
    return Transcript(
        raw_text=text, words=words, speech=((0.0, end),), audio_seconds=end, decode_seconds=0.1, model=model
    )


def main() -> int:
    """Listen as the product does, with nothing to load and a text to recite."""
    substitutes = {"_load": lambda *_, **__: None, "listen": recite}
    for name, substitute in substitutes.items():
        setattr(listener, name, substitute)
    return listener.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
