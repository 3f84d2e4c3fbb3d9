from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.records import EventKind, PatientEvent, Retention
from archive.retention import add_years, compute
from archive.schedules import schedule

D = date
NAMES = ("trente", "cabinet", "etablissement")
TODAY = D(2026, 6, 1)
BORN = D(1940, 1, 1)


def event(kind: EventKind, day: date, end: date | None = None) -> PatientEvent:
    return PatientEvent(kind=kind, date=day, end=end)


def visits(*days: date) -> list[PatientEvent]:
    return [event("visit", day) for day in days]


def until(
    events: Iterable[PatientEvent], birth: date | None = BORN, name: str = "cabinet", today: date = TODAY
) -> date | None:
    return compute(events, birth=birth, schedule=schedule(name), today=today).until


@pytest.mark.parametrize(
    ("last", "birth", "end"),
    [
        (D(2024, 2, 29), D(1980, 1, 1), D(2044, 2, 29)),
        (D(2080, 2, 29), D(1980, 1, 1), D(2100, 3, 1)),  # 2100 has no 29 February: never shorter
        (D(2023, 3, 1), D(2020, 5, 5), D(2048, 5, 5)),  # a child: 28th birthday
        (D(2023, 3, 1), D(2015, 3, 1), D(2043, 3, 1)),  # eight years old that day: both the same
        (D(2023, 3, 1), D(2015, 3, 2), D(2043, 3, 2)),
        (D(2020, 1, 10), D(2019, 2, 28), D(2047, 2, 28)),
        (D(2023, 3, 1), D(2020, 2, 29), D(2048, 2, 29)),
        (D(2023, 3, 1), D(2023, 3, 1), D(2051, 3, 1)),
    ],
)
def test_twenty_years_after_the_last_visit_or_the_28th_birthday(last: date, birth: date, end: date) -> None:
    for name in ("cabinet", "etablissement"):
        assert until(visits(last), birth, name) == end


def test_the_practices_own_thirty_years() -> None:
    assert until(visits(D(2026, 3, 2)), name="trente") == D(2056, 3, 2)
    assert until(visits(D(2024, 2, 29)), name="trente") == D(2054, 3, 1)


def test_the_last_visit_counts_for_all() -> None:
    assert until(visits(D(2001, 5, 1), D(2019, 5, 1), D(2010, 5, 1))) == D(2039, 5, 1)


def test_a_visit_the_day_after_29_february_does_not_bring_the_end_forward_by_one_day() -> None:
    suit = event("suspension", D(2000, 1, 1), D(2001, 1, 1))
    first = until([*visits(D(2000, 2, 29)), suit], name="trente")
    assert first == D(2030, 3, 1) + (D(2001, 1, 1) - D(2000, 2, 29))
    assert until([*visits(D(2000, 2, 29), D(2000, 3, 1)), suit], name="trente") == first


def test_a_death_soon_after_the_last_visit_replaces_in_an_establishment_and_only_lengthens_elsewhere() -> None:
    events = [*visits(D(2020, 1, 10)), event("death", D(2021, 1, 1))]
    assert until(events, name="etablissement") == D(2031, 1, 1)
    assert until(events, name="cabinet") == D(2040, 1, 10)
    child = D(2018, 1, 1)
    assert until(events, child, "etablissement") == D(2031, 1, 1)  # « dans tous les cas »: the 28th birthday too
    assert until(events, child, "cabinet") == D(2046, 1, 1)


def test_a_death_ten_years_after_the_last_visit_changes_nothing() -> None:
    for day, end in ((D(2030, 1, 9), D(2040, 1, 9)), (D(2030, 1, 10), D(2040, 1, 10))):
        assert until([*visits(D(2020, 1, 10)), event("death", day)], name="etablissement") == end


def test_a_letter_written_after_the_death_counts_from_the_letter() -> None:
    events = [*visits(D(2020, 1, 10), D(2021, 6, 1)), event("death", D(2021, 5, 1))]
    assert until(events, name="etablissement") == D(2031, 6, 1)


def test_a_transfusion_is_kept_thirty_years_from_the_act_even_after_a_death() -> None:
    events = [*visits(D(2010, 6, 1)), event("transfusion", D(2009, 5, 5))]
    assert until(events) == D(2039, 5, 5)
    assert until([*events, event("death", D(2011, 1, 1))], name="etablissement") == D(2039, 5, 5)


def test_a_lawsuit_stops_the_clock_for_the_days_it_lasts() -> None:
    last = visits(D(2000, 1, 1))
    assert until([*last, event("suspension", D(2019, 1, 1), D(2021, 1, 1))]) == D(2020, 1, 1) + timedelta(days=731)
    assert until([*last, event("suspension", D(1990, 1, 1), D(1991, 1, 1))]) == D(2020, 1, 1)
    assert until([*last, event("suspension", D(2020, 1, 1), D(2025, 1, 1))]) == D(2020, 1, 1)  # it had ended already


def test_lawsuits_that_overlap_count_once_and_one_may_fall_in_the_time_another_gave() -> None:
    last = visits(D(2000, 1, 1))
    overlapping = [event("suspension", D(2005, 1, 1), D(2007, 1, 1)), event("suspension", D(2006, 1, 1), D(2008, 1, 1))]
    assert until(last + overlapping) == D(2020, 1, 1) + (D(2008, 1, 1) - D(2005, 1, 1))
    inside = event("suspension", D(2006, 1, 1), D(2006, 6, 1))
    assert until([*last, *overlapping, inside]) == until(last + overlapping)
    later = event("suspension", D(2021, 1, 1), D(2022, 1, 1))  # falls in the three years that the first ones added
    assert until([*last, *overlapping, later]) == D(2020, 1, 1) + timedelta(days=1095 + 365)


def test_while_a_lawsuit_is_open_no_end_can_be_told() -> None:
    events = [*visits(D(2000, 1, 1)), event("suspension", D(2019, 6, 1))]
    seen = compute(events, birth=None, schedule=schedule("cabinet"), today=TODAY)
    assert (seen.until, seen.held, seen.status) == (None, True, "Conservation prolongée")
    assert "recours en cours" in seen.rule


def test_a_lawsuit_opened_after_the_end_still_prevents_elimination() -> None:
    events = [*visits(D(2000, 1, 1)), event("suspension", D(2020, 6, 1))]
    seen = compute(events, birth=D(1940, 1, 1), schedule=schedule("cabinet"), today=TODAY)
    assert (seen.until, seen.held, seen.status) == (D(2020, 1, 1), True, "Conservation prolongée")


def test_an_unknown_birth_date_is_the_latest_it_can_be() -> None:
    assert until(visits(D(2001, 4, 4), D(2002, 4, 4)), None) == D(2029, 4, 4)
    assert until(visits(D(2001, 4, 4), D(2019, 4, 4)), None) == D(2039, 4, 4)


@pytest.mark.parametrize(
    "events",
    [
        [],
        [event("death", D(2001, 1, 1))],
        [event("transfusion", D(1970, 1, 1))],
        [*visits(D(1980, 1, 1)), event("death", D(1981, 1, 1)), event("death", D(1982, 1, 1))],
        visits(D(1939, 1, 1)),
        [*visits(D(1980, 1, 1)), event("suspension", D(1981, 1, 1), D(1980, 1, 1))],
    ],
)
def test_what_is_unknown_or_contradicts_itself_is_for_a_person_to_decide(events: Sequence[PatientEvent]) -> None:
    seen = compute(events, birth=D(1940, 1, 1), schedule=schedule("etablissement"), today=D(2200, 1, 1))
    assert (seen.until, seen.status) == (None, "À trancher")
    assert "une personne doit trancher" in seen.rule


def test_status_and_hold_from_day_to_day() -> None:
    def on(today: date, *, held: bool = False) -> Retention:
        return compute(visits(D(2000, 1, 1)), birth=D(1940, 1, 1), schedule=schedule("cabinet"), today=today, held=held)

    assert on(D(2019, 12, 31)).status == "À conserver"
    assert on(D(2020, 1, 1)).status == "Éliminable"
    assert on(D(2020, 1, 1), held=True).status == "Conservation prolongée"
    assert on(D(2020, 1, 1), held=True).until == D(2020, 1, 1)
    assert "gel en cours" in on(D(2019, 1, 1), held=True).rule


def test_the_rule_is_a_french_sentence_that_names_its_source_and_version() -> None:
    seen = compute(visits(D(2026, 3, 2)), birth=D(1954, 3, 12), schedule=schedule("trente"), today=TODAY)
    assert seen.rule == (
        "30 ans après le dernier passage (02/03/2026) : durée choisie par le cabinet, jamais inférieure à celle de "
        "l'article R. 1112-7 du code de la santé publique."
    )
    assert seen.rules == ("last-visit", "birthday")
    assert seen.schedule == "trente/1"
    child = compute(visits(D(2026, 3, 2)), birth=D(2024, 3, 12), schedule=schedule("cabinet"), today=TODAY)
    assert child.rule.startswith("Jusqu'au 28e anniversaire")
    assert child.rules[0] == "birthday"


days = st.dates(D(1930, 1, 1), D(2090, 12, 31))
spans = st.tuples(days, st.integers(0, 3000)).map(
    lambda pair: event("suspension", pair[0], pair[0] + timedelta(days=pair[1]))
)
births = st.none() | st.dates(D(1900, 1, 1), D(1929, 12, 31)) | st.just(D(1930, 1, 1))
seen_days = st.lists(days, min_size=1, max_size=4)
deaths = st.lists(days.map(lambda day: event("death", day)), max_size=1)
transfusions = st.lists(days.map(lambda day: event("transfusion", day)), max_size=2)
histories = st.tuples(seen_days.map(lambda some: visits(*some)), transfusions, st.lists(spans, max_size=3)).map(
    lambda parts: parts[0] + parts[1] + parts[2]
)


@given(histories, deaths, births)
@settings(max_examples=300, deadline=None)
def test_the_practices_thirty_years_are_never_less_than_the_law(
    history: list[PatientEvent], death: list[PatientEvent], birth: date | None
) -> None:
    ends = {name: until(history + death, birth, name) or D.max for name in NAMES}
    assert ends["trente"] >= ends["cabinet"] >= ends["etablissement"]


@given(histories, deaths, births, days, st.sampled_from(("trente", "cabinet")))
@settings(max_examples=300, deadline=None)
def test_a_later_visit_never_brings_the_end_forward(
    history: list[PatientEvent], death: list[PatientEvent], birth: date | None, day: date, name: str
) -> None:
    last = max(one.date for one in history if one.kind == "visit")
    later = event("visit", max(last, day))
    assert (until([*history, *death, later], birth, name) or D.max) >= (until(history + death, birth, name) or D.max)


@given(histories, births, days)
@settings(max_examples=300, deadline=None)
def test_nor_in_an_establishment_for_a_living_patient(
    history: list[PatientEvent], birth: date | None, day: date
) -> None:
    last = max(one.date for one in history if one.kind == "visit")
    later = [*history, event("visit", max(last, day))]
    assert (until(later, birth, "etablissement") or D.max) >= (until(history, birth, "etablissement") or D.max)


@given(histories, deaths, births, spans | days.map(lambda day: event("transfusion", day)), st.sampled_from(NAMES))
@settings(max_examples=300, deadline=None)
def test_a_lawsuit_or_a_transfusion_never_brings_the_end_forward(
    history: list[PatientEvent], death: list[PatientEvent], birth: date | None, more: PatientEvent, name: str
) -> None:
    assert (until([*history, *death, more], birth, name) or D.max) >= (until(history + death, birth, name) or D.max)


@given(histories, deaths, births, st.sampled_from(NAMES), days, st.randoms())
@settings(max_examples=200, deadline=None)
def test_the_end_depends_neither_on_the_day_it_is_asked_nor_on_the_order_of_what_is_known(
    history: list[PatientEvent], death: list[PatientEvent], birth: date | None, name: str, today: date, random: object
) -> None:
    known = history + death
    shuffled = sorted(known, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert until(known, birth, name) == until(shuffled, birth, name, today)


@given(st.dates(D(1900, 1, 1), D(2150, 1, 1)), st.integers(1, 40))
def test_years_are_never_shorter_than_said(day: date, years: int) -> None:
    end = add_years(day, years)
    assert (end.year, end.month, end.day) >= (day.year + years, day.month, day.day)
