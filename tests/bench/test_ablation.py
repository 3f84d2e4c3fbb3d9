"""The product with some of its parts only: each part that is taken away is missed, and only it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bench import ablation, ears, writers
from bench.ears import Remembered
from bench.score import Written
from pipeline import reading
from pipeline.types import Model, Stretch, Transcript, Word
from vocab.lexicon import Entry, Lexicon

SOUND = Path("dictée.wav")
FIRST = "Le patient prend du rami prile 5 mg virgule sans douleur."
AGAIN = "Le patient prend du {} 10 mg virgule sans douleur."


class Recogniser:
    """Hears « rami prile 5 mg », then ramipril if it is told the word, and 10 mg in any case."""

    def __init__(self) -> None:
        self.asked = 0

    def transcribe(self, path: Path, *, context: Sequence[str] = ()) -> Transcript:
        self.asked += 1
        words = tuple(
            Word(text=text, start=at * 0.5, end=at * 0.5 + 0.4, probability=0.9)
            for at, text in enumerate(FIRST.split())
        )
        return Transcript(
            raw_text=FIRST, words=words, speech=((0.0, 6.0),), audio_seconds=6.0, decode_seconds=0.1,
            model=Model(name="essai", sha256=""),
        )  # fmt: skip

    def hear_again(self, path: Path, stretches: Sequence[Stretch], *, pace: float) -> tuple[str, ...]:
        self.asked += 1
        return tuple(AGAIN.format("ramipril" if "ramipril" in one.expected else "rami prile") for one in stretches)

    def close(self) -> None: ...


@pytest.fixture
def recogniser() -> Recogniser:
    return Recogniser()


@pytest.fixture
def written(recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch) -> dict[str, Written]:
    everyday = frozenset({"le", "patient", "prend", "du", "sans", "douleur", "virgule", "mg"})
    words = Lexicon(entries=(Entry(text="ramipril", kind="substance"),), general=everyday)
    monkeypatch.setattr(reading, "lexicon", lambda folders: words)
    ear = Remembered(recogniser)
    parts = {name: part.writer for name, part in ablation.techniques(ear).items()}
    return {name: writer(SOUND) for name, writer in ({"copiste": writers.copiste(ear)} | parts).items()}


def stops(one: Written) -> set[str]:
    return {flag.kind for flag in one.flags}


def test_each_distinct_question_is_asked_once_for_all_techniques(written: dict[str, Written], recogniser: Recogniser):
    assert len(written) == 8 + len(reading.PACES)
    assert recogniser.asked <= 3 * len(reading.PACES)  # once; each pace told, untold; each pace but the first alone


def test_without_lexicon_nor_second_ear_what_was_heard_is_written(written: dict[str, Written]):
    assert "rami prile 5 mg, sans" in written["grammar"].text
    assert "ramipril" not in written["less words"].heard


def test_the_words_expected_are_what_makes_the_second_ear_right(written: dict[str, Written]):
    assert "ramipril" in written["copiste"].heard
    assert "ramipril" not in written["less choice"].heard


def test_without_the_other_readings_nothing_says_that_they_part(written: dict[str, Written]):
    assert "number" in stops(written["copiste"])
    assert "number" in stops(written["less choice"])
    assert "number" not in stops(written["less doubts"]) | stops(written["+ lexicon"])


def test_without_grammar_commands_stay_words(written: dict[str, Written]):
    assert "virgule" in written["less grammar"].text
    assert written["less grammar"].text == written["copiste"].heard
    assert "virgule" not in written["copiste"].text


def test_what_is_remembered_is_counted_as_if_it_had_not_been(recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(writers, "monotonic", lambda: 0.0)
    monkeypatch.setattr(ears, "monotonic", iter([10.0, 17.0]).__next__)
    ear = Remembered(recogniser)
    writer = writers.composed(ear, hear=ear.transcribe, write=lambda heard: ())
    ear.transcribe(SOUND)
    assert writer(SOUND).seconds == 7.0
    assert writer(SOUND).heard == FIRST
