"""The stretches of a sound to listen to again."""

from dataclasses import replace

from pipeline.reading import stretches
from pipeline.types import Word
from tests.fakes import recited
from vocab.lexicon import load

LEXICON = load()


def words(text: str) -> tuple[Word, ...]:
    return recited(text, probability=0.9).words


def test_a_long_recording_is_cut_in_stretches_of_less_than_half_a_minute_that_cover_every_word() -> None:
    heard = words("tension artérielle stable " * 100)
    asked = stretches.cut(heard, lexicon=LEXICON, seconds=heard[-1].end)
    assert all(0 < one.end - one.start <= stretches.LONGEST + 1 for one in asked)
    assert all(any(one.start <= (w.start + w.end) / 2 <= one.end for one in asked) for w in heard)
    assert sum(one.words for one in asked) == len(heard)


def test_a_recording_is_cut_where_the_doctor_paused() -> None:
    first, second = words("un deux trois quatre " * 15), words("cinq six sept huit " * 15)
    later = tuple(replace(word, start=word.start + 22, end=word.end + 22) for word in second)
    asked = stretches.cut((*first, *later), lexicon=LEXICON, seconds=45.0)
    assert [one.words for one in asked] == [60, 60]


def test_the_words_that_a_stretch_sounds_like_are_expected_in_it_after_those_of_the_context() -> None:
    heard = words("traitement par bise au prolole le matin")
    (asked,) = stretches.cut(heard, lexicon=LEXICON, seconds=heard[-1].end, context=("Lefèvre",))
    assert asked.expected[0] == "Lefèvre"
    assert "bisoprolol" in asked.expected[:4]


def test_a_silent_recording_has_nothing_to_listen_to_again() -> None:
    assert stretches.cut((), lexicon=LEXICON, seconds=3.0) == ()
