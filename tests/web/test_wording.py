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


@pytest.mark.parametrize(
    ("recorded", "job", "words"),
    [
        (datetime(2025, 11, 20, 17, 2, tzinfo=UTC), 98, "le 20 novembre à 18 h 02, n° 98"),
        (datetime(2025, 11, 20, 17, 0, tzinfo=UTC), None, "le 20 novembre à 18 h"),
        (None, 98, "n° 98"),
        (None, None, ""),
        (None, 0, ""),
    ],
)
def test_when_it_was_dictated_is_told_with_the_dictaphone_s_number(recorded, job, words: str):
    assert wording.dictated(recorded, job, zone=PARIS) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (0.2, "1 s"), (45, "45 s"), (59.6, "1 min"), (125, "2 min 05"), (600, "10 min"), (3720, "1 h 02")],
)
def test_a_length_is_told_as_people_say_it(seconds, words: str):
    assert wording.length(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (20, "prête dans un instant"),
        (120, "prête vers 10 h 05"),
        (301, "prête vers 10 h 10"),
        (3600, "prête vers 11 h"),
        (15 * 3600, "prête demain vers 1 h"),
        (14 * 3600, "prête demain vers 0 h"),
        (4 * 86400, "prête samedi vers 10 h"),
    ],
)
def test_an_estimate_is_no_more_precise_than_it_is_worth_nor_early(seconds, words: str):
    assert wording.ready(seconds, now=NOW, zone=PARIS) == words
