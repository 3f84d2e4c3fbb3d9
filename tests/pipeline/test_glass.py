"""Exceptional access: reading only, for a while, for a reason, and never silent."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from archive.tables import journal
from pipeline import glass, register, restriction, review, shelves, store, tables, trace
from pipeline.access import Actor
from pipeline.errors import AccessDenied, NotFound
from pipeline.people import deputies
from pipeline.practice import Practice
from pipeline.review import SoundShared
from tests.fakes import People
from tests.pipeline.cast import document, join, lines, now, patient, row
from tests.pipeline.shelved import filed

WHY = "Patient reçu en urgence, allergies inconnues."


def test_it_opens_reading_of_that_patient_restricted_documents_included_and_nothing_more(
    practice: Practice, people: People
):
    one, other = patient(practice), patient(practice, "Durand")
    draft = document(practice, people.lambert.doctor, patient=one.id, text="Cher confrère, tout va bien.")
    ready = document(
        practice, people.lambert.doctor, patient=one.id, state="to-sign", pdf=practice.objects.put(b"%PDF")
    )
    elsewhere = document(practice, people.lambert.doctor, patient=other.id)
    restriction.restrict(practice, people.lambert, draft)
    with pytest.raises(NotFound):
        review.show(practice, people.garnier, draft)
    glass.open_for(practice, people.garnier, one.id, reason=WHY)
    breaker = now(practice, "garnier")
    assert review.show(practice, breaker, draft).review.text == "Cher confrère, tout va bien."
    assert review.listen(practice, breaker, draft)
    assert review.pdf(practice, breaker, ready) == b"%PDF"
    with pytest.raises(NotFound):
        review.show(practice, breaker, elsewhere)
    with pytest.raises(AccessDenied):
        review.take(practice, breaker, draft)
    with pytest.raises(AccessDenied):
        review.give_back(practice, breaker, ready)
    with pytest.raises(AccessDenied):
        review.sign(practice, breaker, ready, signature=None, submit=None)
    with pytest.raises(AccessDenied):
        review.sign_instead(practice, breaker, ready, submit=None)
    with pytest.raises(AccessDenied):
        restriction.restrict(practice, breaker, ready)
    assert review.listing(practice, breaker) == []
    with practice.look() as connection:
        opened = glass.opened(connection, breaker, one.id)
        assert glass.opened(connection, breaker, other.id) == []
    assert {found["id"] for found in opened} == {draft, ready}


def lent(practice: Practice, principal: Actor, deputy: Actor) -> Actor:
    """The deputy, who stands in for that doctor today."""
    today = store.now().astimezone(practice.settings.zone).date()
    deputies.add(
        practice, principal, deputy=str(deputy.doctor), principal=str(principal.doctor), begins=today, until=today
    )
    return now(practice, deputy.name.lower())


def test_it_does_not_open_the_other_letters_of_the_same_recording(practice: Practice, people: People):
    one, other = patient(practice), patient(practice, "Durand")
    key = document(practice, people.lambert.doctor, patient=one.id)
    beside = document(
        practice, people.lambert.doctor, patient=other.id, dictation=row(practice, key)["dictation"], position=1
    )
    glass.open_for(practice, people.garnier, one.id, reason=WHY)
    assert review.show(practice, now(practice, "garnier"), key)
    with pytest.raises(SoundShared):
        review.listen(practice, now(practice, "garnier"), key)
    glass.open_for(practice, people.garnier, other.id, reason=WHY)
    assert review.listen(practice, now(practice, "garnier"), key)
    assert review.listen(practice, people.lambert, beside)


@pytest.mark.parametrize("role", ["locum", "intern"])
def test_a_deputy_whose_days_are_over_opens_nothing_and_searches_no_register(
    practice: Practice, people: People, role: str
):
    one, deputy = patient(practice), join(practice, "remi", role)
    key = document(practice, people.lambert.doctor, patient=one.id)
    working = lent(practice, people.garnier, deputy)
    assert register.find_patients(practice, working, "martin") == [one]
    glass.open_for(practice, working, one.id, reason=WHY)
    assert review.show(practice, now(practice, "remi"), key)
    with practice.begin() as connection:
        connection.execute(tables.delegation.update().values(ended=store.now()))
    gone = now(practice, "remi")
    with pytest.raises(NotFound):
        review.show(practice, gone, key)
    for act in (
        lambda: glass.open_for(practice, gone, one.id, reason=WHY),
        lambda: register.find_patients(practice, gone, "martin"),
        lambda: register.expected(practice, gone),
        lambda: register.add_patient(practice, gone, family_name="Martin", given_name="Paul", birth_date=None),
    ):
        with pytest.raises(AccessDenied):
            act()


def test_it_opens_the_archive_of_that_patient(practice: Practice, people: People):
    key = filed(practice, people.lambert, restricted=True)
    locum = join(practice, "remi", "locum")
    assert shelves.find(practice, locum, patient="martin") == []
    locum = lent(practice, people.garnier, locum)
    glass.open_for(practice, locum, row(practice, key)["patient"], reason=WHY)
    breaker = now(practice, "remi")
    assert [one["id"] for one in shelves.find(practice, breaker, patient="martin")] == [key]
    assert shelves.show(practice, breaker, key)["id"] == key


def test_it_closes_by_itself(practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch):
    one = patient(practice)
    key = document(practice, people.lambert.doctor, patient=one.id)
    opened = glass.open_for(practice, people.garnier, one.id, reason=WHY)
    assert opened.until - opened.at == timedelta(hours=practice.settings.access.glass_hours)
    monkeypatch.setattr(store, "now", lambda: opened.until)
    assert glass.standing(practice, now(practice, "garnier")) == ()
    with pytest.raises(NotFound):
        review.show(practice, now(practice, "garnier"), key)


@pytest.mark.parametrize("reason", ["", "          ", "urgence !", "a \n\n\t     b"])
def test_it_asks_for_a_reason_that_can_be_judged(practice: Practice, people: People, reason: str):
    with pytest.raises(glass.NoReason):
        glass.open_for(practice, people.garnier, patient(practice).id, reason=reason)
    assert glass.breaks(practice, people.archives) == ()


@pytest.mark.parametrize("login", ["claire", "archives", "technique"])
def test_only_those_who_care_for_patients_may(practice: Practice, people: People, login: str):
    with pytest.raises(AccessDenied):
        glass.open_for(practice, getattr(people, login), patient(practice).id, reason=WHY)


def test_an_unknown_patient_opens_nothing(practice: Practice, people: People):
    with pytest.raises(NotFound):
        glass.open_for(practice, people.garnier, "ZZZZZZZZZZ", reason=WHY)


def test_it_is_written_in_the_journal_and_in_the_log_by_ids_only(practice: Practice, people: People):
    one = patient(practice)
    opened = glass.open_for(practice, people.garnier, one.id, reason=WHY)
    with practice.look() as connection:
        (line,) = connection.execute(sa.select(journal).where(journal.c.action == "glass-opened")).mappings()
    assert (line["actor"], line["subject"]) == (people.garnier.id, one.id)
    assert "urgence" not in str(dict(line))
    assert "Martin" not in str(dict(line))
    assert lines(practice, action="access.break") == [(people.garnier.id, "access.break", opened.id, one.id)]


def test_nothing_is_opened_when_it_cannot_be_written(practice: Practice, people: People):
    with practice.begin() as connection:
        connection.execute(sa.text("DROP TABLE access_log"))
    with pytest.raises(sa.exc.SQLAlchemyError):
        glass.open_for(practice, people.garnier, patient(practice).id, reason=WHY)
    with practice.look() as connection:
        assert connection.execute(sa.select(tables.glass)).all() == []


def test_the_doctors_of_that_patient_are_told_and_no_others(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    one = patient(practice)
    document(practice, people.lambert.doctor, patient=one.id)
    glass.open_for(practice, people.garnier, one.id, reason=WHY)
    (told,) = glass.told(practice, people.lambert)
    assert (told.name, told.reason, told.patient) == ("Garnier", WHY, one.id)
    assert glass.told(practice, people.garnier) == ()
    assert glass.told(practice, people.claire) == ()
    assert [one.id for one in glass.breaks(practice, people.archives)] == [told.id]
    assert [one.id for one in glass.breaks(practice, people.lambert)] == [told.id]
    assert glass.breaks(practice, now(practice, "garnier"))
    assert glass.breaks(practice, join(practice, "remi", "locum")) == ()
    with pytest.raises(AccessDenied):
        glass.breaks(practice, people.claire)
    later = store.now() + glass.TOLD_FOR + timedelta(seconds=1)
    monkeypatch.setattr(store, "now", lambda: later)
    assert glass.told(practice, people.lambert) == ()


def test_it_is_in_the_log_of_those_it_concerns(practice: Practice, people: People):
    one, other = patient(practice), patient(practice, "Durand")
    document(practice, people.lambert.doctor, patient=one.id)
    for opened in (one, other):
        glass.open_for(practice, people.garnier, opened.id, reason=WHY)
    assert [line["action"] for line in trace.log(practice, people.archives, patient=one.id)] == ["access.break"]
    assert [line["patient"] for line in trace.log(practice, people.lambert)] == [one.id]
