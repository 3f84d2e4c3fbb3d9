"""Transcribers that stand between the bench and the recogniser: one listens to nothing twice, one is told nothing.

Built on the Protocol alone, so that the product needs no switch to be measured without one of its parts. Knows nothing
of letters or of figures.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from pipeline.transcribe import Transcriber
from pipeline.types import Stretch, Transcript


class Remembered:
    """A recogniser asked each question once: the same sound, pace and expected words get the same answer.

    `saved` is the time, in seconds, that the answers given from memory took when they were first given: added to a
    clock, it makes a run from memory cost what it would have cost alone.
    """

    def __init__(self, ear: Transcriber) -> None:
        self.saved = 0.0
        self._ear = ear
        self._answers: dict[Hashable, tuple[Any, float]] = {}

    def transcribe(self, path: Path, *, context: Sequence[str] = ()) -> Transcript:
        """Return what is heard in the whole sound."""
        told = tuple(context)
        answer: Transcript = self._once((path, told), lambda: self._ear.transcribe(path, context=told))
        return answer

    def hear_again(self, path: Path, stretches: Sequence[Stretch], *, pace: float) -> tuple[str, ...]:
        """Return what is heard in each stretch at this pace."""
        asked = tuple(stretches)
        answer: tuple[str, ...] = self._once((path, asked, pace), lambda: self._ear.hear_again(path, asked, pace=pace))
        return answer

    def close(self) -> None:
        """Let go of the recogniser; what was heard stays known."""
        self._ear.close()

    def _once(self, question: Hashable, ask: Callable[[], Any]) -> Any:
        if question in self._answers:
            answer, seconds = self._answers[question]
            self.saved += seconds
            return answer
        begun = monotonic()
        answer = ask()
        self._answers[question] = answer, monotonic() - begun
        return answer


class Untold:
    """The same recogniser, told nothing of what to expect when it listens again."""

    def __init__(self, ear: Transcriber) -> None:
        self._ear = ear

    def transcribe(self, path: Path, *, context: Sequence[str] = ()) -> Transcript:
        """Return what is heard in the whole sound."""
        return self._ear.transcribe(path)

    def hear_again(self, path: Path, stretches: Sequence[Stretch], *, pace: float) -> tuple[str, ...]:
        """Return what is heard in each stretch at this pace."""
        return self._ear.hear_again(path, [replace(stretch, expected=()) for stretch in stretches], pace=pace)

    def close(self) -> None:
        """Let go of the recogniser."""
        self._ear.close()
