"""Absences: written by whoever is away or by the archivist, never after the event; what a colleague may then do."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from pipeline import accounts, review, store, tables
from pipeline.access import Actor
from pipeline.errors import AccessDenied, HeldByOther, NotFound
from pipeline.machine.diagnostic import people as looks
from pipeline.machine.diagnostic.findings import Ground
from pipeline.people import absences, members
from pipeline.people.absences import BadAbsence
from pipeline.practice import Practice
from tests.fakes import People
from tests.pipeline.cast import document, join, now
from tests.pipeline.test_reach import away


@pytest.fixture(autouse=True)
def karim(practice: Practice) -> Actor:
    """A colleague who works for nobody yet."""
    return join(practice, "karim", "secretary", everyone=False)


def rows(practice: Practice) -> int:
    with practice.look() as connection:
        return len(connection.execute(sa.select(tables.absence)).all())


def test_a_cover_proofreads_what_the_absent_was_holding_and_no_more_afterwards(practice: Practice, people: People):
    members.change_scope(practice, people.archives, "claire", everyone=False, of=["lambert"])
    mine, other = (document(practice, doctor.doctor) for doctor in (people.lambert, people.garnier))
    claire = now(practice, "claire")
    held = review.take(practice, claire, mine)
    with pytest.raises(NotFound):
        review.take(practice, now(practice, "karim"), mine, over=True)
    key = away(practice, claire, "claire", "karim")
    karim = now(practice, "karim")
    with pytest.raises(HeldByOther):
        review.take(practice, karim, mine)
    version = review.take(practice, karim, mine, over=True)
    version = review.save(practice, karim, mine, version=version, text="Cher confrère, bonjour.")
    with pytest.raises(HeldByOther):
        review.save(practice, claire, mine, version=held, text="Autre.")
    with pytest.raises(NotFound):
        review.take(practice, karim, other)
    absences.end(practice, claire, key)
    with pytest.raises(NotFound):
        review.save(practice, now(practice, "karim"), mine, version=version, text="Encore.")


def test_a_secretary_writes_her_own_and_nobody_else_s(practice: Practice, people: People, karim: Actor):
    """Nobody lends themself the doctors of a colleague by writing that she is away."""
    for other in (karim, people.lambert, people.technique):
        with pytest.raises(AccessDenied):
            away(practice, other, "claire", "karim")
    assert rows(practice) == 0
    key = away(practice, people.claire, "claire", "karim")
    for other in (karim, people.lambert, people.technique):
        with pytest.raises(AccessDenied):
            absences.end(practice, other, key)
    assert now(practice, "karim").doctors is None
    absences.end(practice, people.archives, key)
    assert now(practice, "karim").doctors == frozenset()
    away(practice, people.archives, "claire", "karim")
    assert now(practice, "karim").doctors is None


@pytest.mark.parametrize(
    ("begins", "days", "told"),
    [
        (3, -1, "avant le premier"),
        (-9, 8, "déjà finie"),
        (-1, 2, "aujourd'hui ou plus tard"),
        (0, 367, "un an au plus"),
    ],
)
def test_impossible_days_are_refused_and_none_is_written_afterwards(
    practice: Practice, people: People, begins: int, days: int, told: str
):
    with pytest.raises(BadAbsence) as refused:
        away(practice, people.claire, "claire", "karim", begins=begins, days=days)
    assert told in refused.value.advice
    assert rows(practice) == 0


def test_today_is_the_practice_s_day_and_a_year_is_not_too_long(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store, "now", lambda: datetime(2026, 5, 3, 22, 30, tzinfo=UTC))  # the 4th in Paris
    with pytest.raises(BadAbsence):
        away(practice, people.claire, "claire", begins=-1, days=3)
    away(practice, people.claire, "claire", days=366)
    assert absences.listing(practice, people.claire)[0]["begins"] == "2026-05-04"


def test_the_cover_is_another_secretary_at_work(practice: Practice, people: People):
    join(practice, "partie", "secretary")
    with practice.begin() as connection:
        accounts.close(connection, "partie")
        gone = connection.scalar(sa.select(tables.user.c.id).where(tables.user.c.login == "partie"))
    today = store.now().astimezone(practice.settings.zone).date()
    others = (people.claire, people.lambert, people.archives, people.technique)
    for cover in (*(one.id for one in others), gone, "ZZZZZZZZZZ"):
        with pytest.raises(BadAbsence):
            absences.add(practice, people.claire, user=people.claire.id, cover=cover, begins=today, until=today)
    for user in (people.lambert.id, people.technique.id, gone, "ZZZZZZZZZZ"):
        with pytest.raises(BadAbsence):
            absences.add(practice, people.archives, user=user, cover="", begins=today, until=today)
    assert rows(practice) == 0


def test_nobody_is_away_twice_and_nobody_covers_while_away(practice: Practice, people: People):
    first = away(practice, people.claire, "claire", begins=5, days=5)
    for begins, days in ((5, 0), (0, 5), (10, 9), (0, 30)):
        with pytest.raises(BadAbsence) as refused:
            away(practice, people.claire, "claire", "karim", begins=begins, days=days)
        assert "déjà notée" in refused.value.advice
        with pytest.raises(BadAbsence) as refused:
            away(practice, now(practice, "karim"), "karim", "claire", begins=begins, days=days)
        assert "elle-même absente" in refused.value.advice
    away(practice, now(practice, "karim"), "karim", "claire", begins=0, days=4)
    absences.end(practice, people.claire, first)
    away(practice, people.claire, "claire", "karim", begins=5, days=5)


def test_the_list_says_what_runs_and_ending_again_changes_nothing(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    key = away(practice, people.claire, "claire", "karim", days=2)
    later = away(practice, people.claire, "claire", begins=5)
    found = {one["id"]: one for one in absences.listing(practice, people.lambert)}
    assert (found[key]["name"], found[key]["cover_name"], found[key]["running"]) == ("Claire", "Karim", True)
    assert (found[later]["cover"], found[later]["running"], found[later]["to_come"]) == ("", False, True)
    absences.end(practice, people.claire, later)
    found = {one["id"]: one for one in absences.listing(practice, people.lambert)}
    ended = found[later]["ended"]
    assert (found[later]["to_come"], bool(ended)) == (False, True)
    absences.end(practice, people.claire, later)
    with pytest.raises(NotFound):
        absences.end(practice, people.claire, "ZZZZZZZZZZ")
    past = store.now() + timedelta(days=3)
    monkeypatch.setattr(store, "now", lambda: past)
    absences.end(practice, people.claire, key)  # over already: history is not rewritten
    found = {one["id"]: one for one in absences.listing(practice, people.lambert)}
    assert (found[later]["ended"], found[key]["ended"], found[key]["running"]) == (ended, None, False)


def test_a_cover_who_is_away_is_told(practice: Practice, people: People):
    key = away(practice, people.claire, "claire", "karim")
    away(practice, now(practice, "karim"), "karim")
    assert {one["id"]: one["cover_away"] for one in absences.listing(practice, people.claire)}[key]


def test_an_account_that_is_a_secretary_s_no_more_covers_nobody_and_is_covered_by_nobody(
    practice: Practice, people: People
):
    join(practice, "zoe", "secretary", everyone=False)
    away(practice, people.claire, "claire", "karim")
    away(practice, people.archives, "karim", "zoe", begins=1)
    away(practice, people.archives, "zoe", begins=20)
    with practice.begin() as connection:
        absences.end_all_of(practice, connection, people.archives, now(practice, "karim").id)
    ended = {one["login"]: bool(one["ended"]) for one in absences.listing(practice, people.claire)}
    assert ended == {"claire": True, "karim": True, "zoe": False}


def test_the_diagnostic_names_a_doctor_whom_nobody_there_types_for(practice: Practice, people: People):
    ground = Ground(home=practice.home, now=datetime.now(UTC), settings=practice.settings, practice=practice)
    assert all(one.state == "ok" for one in looks.accounts(ground))
    members.change_scope(practice, people.archives, "karim", everyone=False, of=["garnier"])
    away(practice, people.claire, "claire")
    (found,) = (one for one in looks.accounts(ground) if one.state != "ok")
    assert (found.about, found.state) == ("Secrétariat", "watch")
    assert "Dr Hélène Lambert" in found.found
