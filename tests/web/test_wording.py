"""What the pages say, in the practice's own time and words."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pipeline import errors
from pipeline.web import wording

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2025, 11, 18, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (datetime(2025, 11, 18, 16, 0, tzinfo=UTC), "pour aujourd'hui 17 h"),
        (datetime(2025, 11, 18, 23, 30, tzinfo=UTC), "pour demain 0 h 30"),
        (datetime(2025, 11, 21, 8, 5, tzinfo=UTC), "pour vendredi 9 h 05"),
        (datetime(2025, 11, 25, 8, 0, tzinfo=UTC), "pour le 25 novembre 9 h"),
        (datetime(2025, 11, 18, 8, 0, tzinfo=UTC), "en retard depuis 9 h"),
        (datetime(2025, 11, 17, 16, 0, tzinfo=UTC), "en retard depuis hier 17 h"),
        (datetime(2025, 11, 10, 16, 0, tzinfo=UTC), "en retard depuis le 10 novembre 17 h"),
    ],
)
def test_a_due_time_is_told_in_plain_words_of_the_practice_s_day(when: datetime, words: str):
    assert wording.due(when, now=NOW, zone=PARIS) == words


def test_the_night_the_clocks_change_is_told_right():
    saturday = datetime(2025, 10, 25, 12, 0, tzinfo=UTC)
    assert wording.due(saturday + timedelta(hours=24), now=saturday, zone=PARIS) == "pour demain 13 h"


def test_a_reason_that_is_a_code_is_told_as_its_advice():
    assert "n'est pas fidèle" in errors.reason("E041")
    assert errors.reason("Revoir la dose E041 mg") == "Revoir la dose E041 mg"


def test_a_name_and_its_birth_date_are_told_apart():
    assert wording.named("DUPONT Jean, né le 12/03/1954") == ("DUPONT Jean", "né le 12/03/1954")
    assert wording.named("DUPONT, Jean") == ("DUPONT, Jean", "")
    assert wording.born(date(1954, 3, 12)) == "12/03/1954"


def test_an_unknown_kind_or_state_keeps_its_name():
    assert wording.kind("imagerie", []) == "Imagerie"
    assert wording.state("in-review", "Claire") == "En relecture (Claire)"
    assert wording.state("to-sign", "Claire") == "À signer"
