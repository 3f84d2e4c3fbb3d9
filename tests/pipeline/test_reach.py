"""Whom an account reaches, read when it acts: scopes, sites, delegations of a day to a day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from archive.ids import new_id
from pipeline import accounts, reach, store, tables
from pipeline.access import may
from pipeline.people import deputies
from pipeline.practice import Practice
from pipeline.settings import Settings
from tests.fakes import People
from tests.pipeline.cast import document, join, now, patient, row


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(store, "now", lambda: moment)


def test_a_secretary_of_everyone_sees_what_has_no_doctor_and_a_scoped_one_sees_nobody_at_first(practice: Practice):
    join(practice, "anne", "secretary", everyone=False)
    assert now(practice, "claire").doctors is None
    assert now(practice, "anne").doctors == frozenset()


def test_a_scope_is_doctors_and_sites_as_they_are_now_and_its_end_leaves_nothing(practice: Practice, people: People):
    first, second = str(people.lambert.doctor), str(people.garnier.doctor)
    with practice.begin() as connection:
        connection.execute(tables.site.insert().values(id="S", name="Nord"))
        accounts.add_scope(connection, "claire", doctor=first)
        accounts.add_scope(connection, "claire", doctor=first)
        accounts.add_scope(connection, "claire", site="S")
    assert now(practice, "claire").doctors == {first}
    with practice.begin() as connection:
        connection.execute(tables.doctor_site.insert().values(doctor=second, site="S"))
    assert now(practice, "claire").doctors == {first, second} == now(practice, "claire").archive
    with practice.begin() as connection:
        accounts.remove_scope(connection, "claire", site="S")
        accounts.remove_scope(connection, "claire", doctor=first)
    assert now(practice, "claire").doctors == frozenset()


def test_a_delegation_runs_from_its_first_day_to_its_last_in_the_practice_s_time_zone(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    locum = join(practice, "remi", "locum")
    principal = str(people.lambert.doctor)
    at(monkeypatch, datetime(2026, 5, 1, tzinfo=UTC))
    deputies.add(
        practice, people.lambert, deputy=str(locum.doctor), principal=principal, begins=date(2026, 5, 4),
        until=date(2026, 5, 8), signs=True,
    )  # fmt: skip
    expected = {
        datetime(2026, 5, 3, 21, 59, tzinfo=UTC): False,  # 23 h 59 in Paris, the day before
        datetime(2026, 5, 3, 22, 0, tzinfo=UTC): True,
        datetime(2026, 5, 8, 21, 59, tzinfo=UTC): True,
        datetime(2026, 5, 8, 22, 0, tzinfo=UTC): False,
    }
    for moment, reached in expected.items():
        at(monkeypatch, moment)
        assert (principal in (now(practice, "remi").doctors or ())) == reached, moment
        assert (principal in now(practice, "remi").signs_for) == reached, moment
        assert str(locum.doctor) in now(practice, "remi").signs_for


def test_a_delegation_that_is_ended_closes_at_once(practice: Practice, people: People):
    locum, today = join(practice, "remi", "locum"), store.now().date()
    key = deputies.add(
        practice, people.lambert, deputy=str(locum.doctor), principal=str(people.lambert.doctor), begins=today,
        until=today + timedelta(days=9),
    )  # fmt: skip
    assert now(practice, "remi").doctors == {locum.doctor, people.lambert.doctor}
    assert now(practice, "remi").signs_for == {locum.doctor}
    deputies.end(practice, people.lambert, key)
    assert now(practice, "remi").doctors == {locum.doctor}


def test_what_an_intern_wrote_for_a_doctor_stays_theirs_to_sign_after_the_intern_has_gone(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    intern, today = join(practice, "ines", "intern"), store.now().date()
    deputies.add(
        practice, people.lambert, deputy=str(intern.doctor), principal=str(people.lambert.doctor), begins=today,
        until=today,
    )  # fmt: skip
    during = row(practice, document(practice, intern.doctor, written=today))
    after = row(practice, document(practice, intern.doctor, written=today + timedelta(days=1)))
    later = store.now() + timedelta(days=40)
    at(monkeypatch, later)
    principal = now(practice, "lambert")
    assert may(principal, "document.sign", during)
    assert not may(principal, "review.show", after)
    assert not may(now(practice, "garnier"), "review.show", during)


def test_the_archive_is_shared_among_doctors_unless_the_setting_says_otherwise(practice: Practice, people: People):
    strict = Settings.model_validate({"access": {"doctors_share_archive": False}})
    with practice.look() as connection:
        assert accounts.actor(connection, "lambert", settings=practice.settings).archive is None
        assert accounts.actor(connection, "lambert", settings=strict).archive == {people.lambert.doctor}
        assert accounts.actor(connection, "lambert").archive == {people.lambert.doctor}  # nothing said: nothing shared


def test_a_locum_reads_the_shared_archive_while_standing_in_for_someone_only(practice: Practice, people: People):
    locum, today = join(practice, "remi", "locum"), store.now().date()
    assert locum.archive == {locum.doctor}
    deputies.add(
        practice, people.lambert, deputy=str(locum.doctor), principal=str(people.lambert.doctor), begins=today,
        until=today,
    )  # fmt: skip
    assert now(practice, "remi").archive is None


def test_a_glass_and_a_name_count_while_they_stand(practice: Practice, people: People):
    key = document(practice, people.lambert.doctor)
    moment = store.now()
    one = patient(practice)
    with practice.begin() as connection:
        for until in (moment + timedelta(hours=1), moment - timedelta(seconds=1)):
            values = {"id": new_id(), "user": people.garnier.id, "patient": one.id, "reason": "x", "at": moment}
            connection.execute(tables.glass.insert().values(until=until, **values))
        connection.execute(tables.document_reader.insert().values(document=key, user=people.garnier.id))
    found = now(practice, "garnier")
    assert (found.glass, found.reads) == ({one.id}, {key})
    with practice.begin() as connection:
        connection.execute(tables.glass.update().values(until=moment))
    assert now(practice, "garnier").glass == frozenset()


def test_only_a_doctor_all_of_whose_accounts_are_an_intern_s_is_an_intern(practice: Practice, people: People):
    intern = join(practice, "ines", "intern")
    with practice.look() as connection:
        assert reach.is_intern(connection, str(intern.doctor))
        assert not reach.is_intern(connection, str(people.lambert.doctor))
        assert not reach.is_intern(connection, "NOBODY")
