from dataclasses import replace

import pytest

from pipeline.letters import compose
from pipeline.reading.coverage import account, flagged
from pipeline.types import CheckedText
from tests.pipeline.speech import transcript

SAID = "examen normal virgule pas de fièvre point à la ligne merci point"


def test_speech_that_is_all_written_or_removed_is_accounted_for() -> None:
    heard = transcript(SAID)
    found = account(heard, compose(heard))
    assert found.unaccounted == ()
    assert found.speech_seconds == pytest.approx(heard.words[-1].end, abs=0.02)
    assert {one.reason for one in found.removed} == {"commande dictée"}
    assert 0 < found.in_text < found.speech_seconds


def test_speech_without_words_is_unaccounted_for_and_flagged_where_it_was() -> None:
    heard = transcript(SAID)
    end = heard.words[-1].end
    heard = replace(heard, speech=((0.0, end), (end + 3, end + 8)), audio_seconds=end + 8)
    letters = compose(heard)
    found = account(heard, letters)
    assert found.unaccounted == ((round(end + 3, 2), round(end + 8, 2)),)
    checked = flagged(CheckedText(letter=letters[0], flags=()), found)
    (flag,) = checked.flags
    assert (flag.kind, flag.severity, flag.seconds) == ("coverage", "block", found.unaccounted[0])
    assert checked.text[flag.start : flag.end] == "Merci"


def test_speech_of_which_nothing_came_is_flagged_on_an_empty_text() -> None:
    heard = replace(transcript(""), speech=((0.0, 4.0),), audio_seconds=4.0)
    letters = compose(heard)
    found = account(heard, letters)
    assert found.in_text == 0.0
    assert flagged(CheckedText(letter=letters[0], flags=()), found).flags[0].kind == "coverage"


def test_two_seconds_of_speech_lost_between_words_are_told() -> None:
    heard = transcript(SAID)
    end = heard.words[-1].end
    heard = replace(heard, speech=((0.0, end), (end + 0.2, end + 2.2)), audio_seconds=end + 3)
    assert account(heard, compose(heard)).unaccounted == ((round(end + 0.2, 2), round(end + 2.2, 2)),)
