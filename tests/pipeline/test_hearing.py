"""Several readings of one sound: cut, laid along the first, and made into one."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.reading import hearing
from pipeline.types import Stretch, Word
from tests.fakes import recited
from vocab.lexicon import load

LEXICON = load()


def words(text: str, *, probability: float = 0.9) -> tuple[Word, ...]:
    return recited(text, probability=probability).words


def text(read: tuple[Word, ...]) -> str:
    return " ".join(word.text.strip() for word in read)


def kept(*readings: str) -> str:
    first = words(readings[0])
    whole = Stretch(start=0.0, end=first[-1].end if first else 0.0)
    later = [hearing.placed([one], [whole], first) for one in readings[1:]]
    return text(hearing.kept([first, *later], lexicon=LEXICON))


def test_a_later_reading_takes_the_times_of_the_first() -> None:
    first = words("traitement par bise au prolole le matin")
    read = hearing.placed(["traitement par bisoprolol le matin"], [Stretch(start=0.0, end=first[-1].end)], first)
    assert text(read) == "traitement par bisoprolol le matin"
    drug = read[2]
    assert (drug.start, drug.end) == pytest.approx((first[2].start, first[4].end), abs=0.01)
    assert read[-1].end == first[-1].end


def test_a_reading_that_has_nothing_to_do_with_what_was_heard_is_left_out() -> None:
    first = words("l'échographie abdominale est normale")
    read = hearing.placed(["la la la la la la la la la"], [Stretch(start=0.0, end=9.0)], first)
    assert read == first


@settings(deadline=None)
@given(st.lists(st.text("abcdéè 0123456789,.", min_size=1, max_size=12), max_size=12), st.text(max_size=60))
def test_whatever_is_read_again_the_words_stay_in_order_and_within_the_sound(said: list[str], again: str) -> None:
    first = words(" ".join(said))
    end = first[-1].end if first else 0.0
    read = hearing.placed([again], [Stretch(start=0.0, end=end)], first)
    out = hearing.kept([first, read], lexicon=LEXICON)
    assert all(0.0 <= word.start <= word.end <= end + 1e-6 for word in (*read, *out))
    assert all(one.start <= two.start + 1e-6 for one, two in pairwise(read))


def test_the_reading_that_makes_sense_is_kept() -> None:
    assert kept("traitement par bise au prolole le matin", "traitement par bisoprolol le matin") == (
        "traitement par bisoprolol le matin"
    )


def test_a_word_that_sounds_like_nothing_that_was_heard_is_not_kept() -> None:
    assert kept("je le revois lundi prochain", "je le revois métoprolol prochain") == "je le revois lundi prochain"


def test_a_number_follows_the_majority() -> None:
    assert kept("poids 94 kg ce jour", "poids 84 kg ce jour", "poids 84 kg ce jour") == "poids 84 kg ce jour"


def test_without_a_majority_the_first_number_stays() -> None:
    assert kept("poids 94 kg ce jour", "poids 84 kg ce jour") == "poids 94 kg ce jour"
    assert kept("poids 94 kg ce jour", "poids 84 kg ce jour", "poids 74 kg ce jour") == "poids 94 kg ce jour"


def test_a_negation_or_a_side_is_not_lost_to_a_prettier_reading() -> None:
    assert kept("pas de lésion", "nodule de lésion") == "pas de lésion"
    assert kept("genou droit douloureux", "genou gauche douloureux") == "genou droit douloureux"


def test_numbers_in_figures_and_in_words_are_the_same() -> None:
    assert hearing.grave("trois comprimés") == hearing.grave("3 comprimés") == ("3",)
    assert hearing.grave("pas de douleur à droite") == ("non", "D")


def test_one_reading_alone_is_kept_as_it_is() -> None:
    assert kept("poids 94 kg") == "poids 94 kg"
