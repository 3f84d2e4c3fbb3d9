"""Whose a recording is, how urgent, by when: read from its place, its name, its dictaphone and the practice's rules."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.routing import Clues, Doctor, Route, Staff, matches, problems, recorded, route, shortest
from pipeline.settings import IntakeRule
from pipeline.sound.dss import DssHeader

PARIS = ZoneInfo("Europe/Paris")
LAMBERT, GARNIER, GONE = (
    Doctor(id="L", folder="lambert", delay_hours=12.0),
    Doctor(id="G", folder="garnier"),
    Doctor(id="P", folder="parti", active=False),
)
STAFF = Staff(
    doctors=(LAMBERT, GARNIER, GONE, Doctor(id="N", folder="")),
    authors={"dr-lamb": "L", "dr garn": "G", "dr-parti": "P"},
)


def header(**values: object) -> DssHeader:
    return DssHeader(**{"format": "ds2", "variant": 3, "encrypted": False, **values})  # type: ignore[arg-type]


def routed(
    *rules: IntakeRule, name: str = "d.ds2", folder: str = "", chosen: str | None = None, **written: object
) -> Route:
    clues = Clues(name=name, folder=folder, chosen=chosen, header=header(**written) if written else None)
    return route(clues, staff=STAFF, rules=rules)


@pytest.mark.parametrize(
    ("folder", "doctor"),
    [
        ("lambert", "L"), ("lambert/urgences", "L"), ("Lambert", "L"), ("garnier/a/b", "G"), ("", None),
        ("inconnu", None), ("parti", None), ("urgences/lambert", None), ("lambertine", None),
    ],
)  # fmt: skip
def test_the_first_part_of_the_folder_names_the_doctor(folder: str, doctor: str | None):
    assert routed(folder=folder) == Route(doctor=doctor, delay_hours=12.0 if doctor == "L" else None)


@pytest.mark.parametrize("author", ["DR-LAMB", "dr-lamb", " Dr-Lamb "])
def test_the_dictaphone_names_the_doctor_of_what_lies_at_the_top(author: str):
    assert routed(author=author).doctor == "L"
    assert routed(author=author, folder="urgences").doctor == "L"


def test_two_that_disagree_leave_it_to_a_person():
    for found in (
        routed(folder="lambert", author="DR GARN"),
        routed(folder="lambert", chosen="G", author="dr-lamb"),
        routed(IntakeRule(name="*g*", doctor="garnier"), folder="lambert", name="g.wav"),
        routed(folder="parti", author="DR-LAMB"),
        routed(folder="lambert", author="dr-parti"),
    ):
        assert (found.doctor, found.remarks) == (None, ("two-doctors",))
        assert found.delay_hours is None
    assert routed(folder="lambert", author="DR-LAMB") == Route(doctor="L", delay_hours=12.0)
    assert routed(folder="lambert", author="QUELQU'UN").doctor == "L"


def test_who_was_chosen_on_the_page_takes_the_place_of_the_folder():
    assert routed(chosen="G", folder="lambert").doctor == "G"
    assert routed(chosen="P").doctor is None
    assert routed(chosen=None, author="dr garn").doctor == "G"


@pytest.mark.parametrize(("priority", "urgent"), [(None, False), (0, False), (1, True), (5, True)])
def test_a_priority_of_the_dictaphone_is_urgent(priority: int | None, urgent: bool):
    assert routed(author="x", priority=priority).urgent is urgent


def test_a_rule_wins_over_the_priority_of_the_dictaphone_and_a_later_rule_over_an_earlier_one():
    never, always = IntakeRule(author="dr*", urgent=False), IntakeRule(name="*urgent*", urgent=True)
    assert not routed(never, author="DR-LAMB", priority=3).urgent
    assert routed(never, author="autre", priority=3).urgent
    assert routed(always, name="Urgent 12.wav").urgent
    assert routed(never, always, author="DR-LAMB", name="urgent.ds2").urgent
    assert not routed(always, never, author="DR-LAMB", name="urgent.ds2").urgent


def test_later_rules_complete_earlier_ones():
    found = routed(
        IntakeRule(folder="lambert*", kind="consultation", delay_hours=48.0, urgent=True),
        IntakeRule(name="cr*", kind="operatoire"),
        IntakeRule(name="lettre*", kind="lettre"),
        name="CR 12.wav", folder="lambert/bloc",
    )  # fmt: skip
    assert found == Route(doctor="L", kind="operatoire", urgent=True, delay_hours=12.0)


def test_all_the_conditions_of_a_rule_must_hold():
    rule = IntakeRule(name="*.wav", folder="*/sorties*", author="dr-*", kind="sortie")
    assert routed(rule, name="A.WAV", folder="lambert/Sorties du jour", author="DR-LAMB").kind == "sortie"
    assert routed(rule, name="a.mp3", folder="lambert/sorties", author="DR-LAMB").kind is None
    assert routed(rule, name="a.wav", folder="lambert/entrées", author="DR-LAMB").kind is None
    assert routed(rule, name="a.wav", folder="lambert/sorties").kind is None


def test_a_rule_may_name_the_doctor_and_the_shortest_delay_is_kept():
    assert routed(IntakeRule(name="gl*", doctor="garnier", delay_hours=2.0), name="GL1.wav") == Route(
        doctor="G", delay_hours=2.0
    )
    assert routed(IntakeRule(delay_hours=72.0), folder="lambert").delay_hours == 12.0
    assert routed(IntakeRule(delay_hours=1.5), folder="lambert").delay_hours == 1.5
    assert routed(IntakeRule(doctor="nobody")).doctor is None
    assert shortest(None, None) is None


@pytest.mark.parametrize(
    ("pattern", "text", "said"),
    [
        ("*", "", True), ("*urgent*", "Très URGENT.wav", True), ("*été*", "L'ETE.wav", True),
        ("cœur*", "COEUR 1", True),
        ("a?c", "abc", True), ("a?c", "ac", False), ("[ab]*", "a.wav", False), ("[ab]*", "[AB].wav", True),
        ("*.dss", "x.ds2", False), ("e\u0301te*", "éte.wav", True), ("a.c", "abc", False), ("lambert/sorties*",
        "Lambert/Sorties 2026", True),
    ],
)  # fmt: skip
def test_patterns_are_blind_to_case_and_accents_and_know_only_star_and_question_mark(
    pattern: str, text: str, said: bool
):
    assert matches(pattern, text) is said


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_written_a_text_matches_itself_without_its_wildcards(text: str, other: str):
    bare = text.replace("*", "").replace("?", "").strip()
    assert matches(bare, bare)
    assert matches("*" + bare + "*", other + bare + other) or not bare


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "moment"),
    [
        (datetime(2026, 11, 21, 9, 5), None, datetime(2026, 11, 21, 8, 5, tzinfo=UTC)),
        (datetime(2026, 10, 24, 23, 30), None, datetime(2026, 10, 24, 21, 30, tzinfo=UTC)),  # still summer time
        (datetime(2026, 11, 21, 13, 9), None, datetime(2026, 11, 21, 12, 9, tzinfo=UTC)),  # a clock 9 minutes ahead
        (datetime(2026, 11, 21, 13, 11), None, None),
        (datetime(2027, 11, 20, 9), None, None),
        (datetime(2000, 1, 1, 0, 1), None, None),
        (datetime(2026, 10, 20, 9), None, None),
        (datetime(2026, 11, 20, 9), datetime(2026, 11, 20, 9, 3), datetime(2026, 11, 20, 8, tzinfo=UTC)),
        (datetime(2026, 11, 20, 9), datetime(2026, 11, 20, 8, 59), None),
        (None, datetime(2026, 11, 20, 9), None),
    ],
)
def test_the_dictaphones_clock_is_believed_when_it_can_be_right(
    start: datetime | None, end: datetime | None, moment: datetime | None
):
    assert recorded(header(start=start, end=end), received=NOON, zone=PARIS) == moment
    assert recorded(None, received=NOON, zone=PARIS) is None


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2089, 12, 31)))
def test_what_was_recorded_is_never_long_before_nor_after_the_arrival(start: datetime):
    moment = recorded(header(start=start), received=NOON, zone=PARIS)
    assert moment is None or timedelta(minutes=-10) <= NOON - moment <= timedelta(days=31)


def test_a_rule_that_names_nobody_or_no_kind_is_told_in_french():
    rules = (
        IntakeRule(name="*"), IntakeRule(doctor="lambart"), IntakeRule(doctor="Lambert", kind="sortie"),
        IntakeRule(doctor="parti", kind="sortia"),
    )  # fmt: skip
    told = problems(rules, staff=STAFF, kinds={"sortie"})
    assert len(told) == 3
    expected = (("n° 2", "« lambart »"), ("n° 4", "a quitté le cabinet"), ("n° 4", "« sortia » n'existe pas"))
    assert all(part in one for one, parts in zip(told, expected, strict=True) for part in parts), told
