"""The recogniser as the bench listens with it: asked once, or told nothing."""

from collections.abc import Sequence
from pathlib import Path

from bench import ears
from bench.ears import Remembered, Untold
from pipeline.types import Model, Stretch, Transcript, Word

SOUND, OTHER = Path("un.wav"), Path("deux.wav")
ASKED = (Stretch(start=0.0, end=2.0, expected=("ramipril",), words=3),)


class Recogniser:
    """Says which questions it was really asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.closed = False

    def transcribe(self, path: Path, *, context: Sequence[str] = ()) -> Transcript:
        self.asked.append((path, tuple(context)))
        words = (Word(text=f"mot{len(self.asked)}", start=0.0, end=1.0, probability=0.9),)
        return Transcript(
            raw_text="", words=words, speech=(), audio_seconds=2.0, decode_seconds=0.1,
            model=Model(name="essai", sha256=""),
        )  # fmt: skip

    def hear_again(self, path: Path, stretches: Sequence[Stretch], *, pace: float) -> tuple[str, ...]:
        self.asked.append((path, tuple(stretches), pace))
        return tuple(f"{pace} {' '.join(stretch.expected)}".strip() for stretch in stretches)

    def close(self) -> None:
        self.closed = True


def test_the_same_question_is_asked_once():
    recogniser = Recogniser()
    ear = Remembered(recogniser)
    first = ear.transcribe(SOUND)
    assert ear.transcribe(SOUND) is first
    assert ear.hear_again(SOUND, ASKED, pace=0.94) == ear.hear_again(SOUND, list(ASKED), pace=0.94)
    assert len(recogniser.asked) == 2


def test_another_sound_pace_word_or_context_is_another_question():
    recogniser = Recogniser()
    ear = Remembered(recogniser)
    untold = (Stretch(start=0.0, end=2.0, words=3),)
    ear.transcribe(SOUND)
    ear.transcribe(OTHER)
    ear.transcribe(SOUND, context=("ramipril",))
    for stretches, pace in ((ASKED, 0.94), (ASKED, 1.06), (untold, 0.94)):
        ear.hear_again(SOUND, stretches, pace=pace)
    assert len(recogniser.asked) == 6


def test_what_is_remembered_costs_what_it_cost_when_it_was_asked(monkeypatch):
    clock = iter([10.0, 13.0])
    monkeypatch.setattr(ears, "monotonic", lambda: next(clock))
    ear = Remembered(Recogniser())
    ear.transcribe(SOUND)
    assert ear.saved == 0.0
    ear.transcribe(SOUND)
    ear.transcribe(SOUND)
    assert ear.saved == 6.0


def test_an_ear_told_nothing_hears_the_same_stretches_without_the_words_expected():
    recogniser = Recogniser()
    ear = Untold(recogniser)
    assert ear.hear_again(SOUND, ASKED, pace=0.94) == ("0.94",)
    ear.transcribe(SOUND, context=("ramipril",))
    assert recogniser.asked == [(SOUND, (Stretch(start=0.0, end=2.0, words=3),), 0.94), (SOUND, ())]


def test_closing_closes_the_recogniser():
    recogniser = Recogniser()
    Untold(Remembered(recogniser)).close()
    assert recogniser.closed
