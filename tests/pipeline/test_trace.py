"""Who saw what: every reading path leaves its line before anything is shown, and shows nothing when it cannot."""

import inspect
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from archive import patients
from pipeline import glass, register, review, shelves, store, tables, trace
from pipeline.access import OPERATOR, Actor
from pipeline.errors import AccessDenied, NotFound
from pipeline.practice import Practice
from pipeline.types import CheckedText, Identity, Letter, Review
from tests.fakes import People
from tests.pipeline.cast import document, join, lines, now, patient
from tests.pipeline.shelved import filed

Reading = Callable[[Practice, Actor, str], object]
READINGS: dict[str, tuple[str, Reading]] = {
    "review.listing": ("review.list", lambda place, who, key: review.listing(place, who)),
    "review.show": ("review.show", lambda place, who, key: review.show(place, who, key)),
    "review.listen": ("review.listen", lambda place, who, key: review.listen(place, who, key)),
    "review.pdf": ("document.read", lambda place, who, key: review.pdf(place, who, key)),
    "shelves.find": ("archive.find", lambda place, who, key: shelves.find(place, who, patient="martin")),
    "shelves.show": ("archive.show", lambda place, who, key: shelves.show(place, who, key)),
    "shelves.export": ("archive.export", lambda place, who, key: shelves.export(place, who, key)),
    "register.find_patients": ("patients.find", lambda place, who, key: register.find_patients(place, who, "martin")),
    "register.expected": ("agenda.show", lambda place, who, key: register.expected(place, who)),
}
"""Each function that shows something of a patient, the action its line bears, and how to call it."""
NOT_READINGS = {
    "review": {
        "take", "save", "choose_patient", "choose_doctor", "finish", "give_back", "sign", "sign_instead",
    },
    "shelves": {"verify", "hold", "release"},
    "register": {"add_patient", "import_patients", "import_agenda"},
}  # fmt: skip
"""Acts: they change something, and give back nothing of a patient that was not sent to them."""


@pytest.fixture
def key(practice: Practice, people: People) -> str:
    return filed(practice, people.lambert)


def test_every_act_on_documents_is_known_as_a_reading_or_not():
    """A new function given a practice and an actor must be put in one of the two lists above."""
    for module in (review, shelves, register):
        name = module.__name__.rpartition(".")[2]
        found = {
            function
            for function, value in vars(module).items()
            if inspect.isfunction(value) and value.__module__ == module.__name__ and not function.startswith("_")
            if list(inspect.signature(value).parameters)[:2] == ["practice", "actor"]
        }
        read = {one.rpartition(".")[2] for one in READINGS if one.startswith(f"{name}.")}
        assert found == read | NOT_READINGS[name], name


@pytest.mark.parametrize("reading", sorted(READINGS))
def test_each_reading_leaves_a_line(practice: Practice, people: People, key: str, reading: str):
    action, read = READINGS[reading]
    read(practice, people.lambert, key)
    left = lines(practice, action=action)
    assert [line[0] for line in left] == [people.lambert.id]
    if action not in ("review.list", "agenda.show"):
        with practice.look() as connection:
            (one,) = patients.find(connection, "martin")
        assert left[0][3] == one.id


@pytest.mark.parametrize("reading", sorted(READINGS))
def test_nothing_is_shown_when_the_line_cannot_be_written(practice: Practice, people: People, key: str, reading: str):
    with practice.begin() as connection:
        connection.execute(
            sa.text("CREATE TRIGGER full BEFORE INSERT ON access_log BEGIN SELECT RAISE(ABORT, 'full'); END")
        )
    with pytest.raises(trace.NotTraced) as refused:
        READINGS[reading][1](practice, people.lambert, key)
    assert "Martin" not in str(refused.value) + refused.value.advice
    assert not any(practice.place("exports").iterdir())


def test_what_is_refused_leaves_no_line_and_shows_nothing(practice: Practice, people: People, key: str):
    for reading in ("review.show", "review.listen", "review.pdf"):
        with pytest.raises((NotFound, AccessDenied)):
            READINGS[reading][1](practice, people.garnier, key)
    assert lines(practice) == []


def test_a_player_that_asks_again_writes_one_line_in_five_minutes(
    practice: Practice, people: People, key: str, monkeypatch: pytest.MonkeyPatch
):
    for _ in range(3):
        review.listen(practice, people.lambert, key)
    assert len(lines(practice)) == 1
    later = store.now() + trace.AGAIN + timedelta(seconds=1)
    monkeypatch.setattr(store, "now", lambda: later)
    review.listen(practice, people.lambert, key)
    assert len(lines(practice)) == 2


def test_namesakes_shown_beside_a_letter_leave_a_line_each(practice: Practice, people: People):
    shown = patient(practice)
    letter = Letter(text="x", blocks=(), spans=(), patient=Identity(family_name="Martin", given_name="Paul"))
    address = practice.keep(Review(checked=CheckedText(letter=letter, flags=()), text="x"))
    key = document(practice, people.lambert.doctor)
    with practice.begin() as connection:
        connection.execute(tables.document.update().where(tables.document.c.id == key).values(review=address))
    assert [one.patient.id for one in review.show(practice, people.lambert, key).candidates] == [shown.id]
    assert (people.lambert.id, "patients.find", shown.id, shown.id) in lines(practice)


def test_a_search_leaves_the_patients_it_showed_and_none_of_its_words(practice: Practice, people: People):
    first, second = patient(practice, "Martin"), patient(practice, "Martinez")
    register.find_patients(practice, people.claire, "martin")
    assert {line[3] for line in lines(practice)} >= {first.id}
    assert {line[2] for line in lines(practice)} <= {first.id, second.id}
    register.find_patients(practice, people.claire, "zzzz introuvable")
    assert (people.claire.id, "patients.find", "", None) in lines(practice)


def test_the_operator_leaves_lines_too(practice: Practice, key: str):
    shelves.show(practice, OPERATOR, key)
    assert lines(practice) == [("operator", "archive.show", key, lines(practice)[0][3])]


def test_the_archivist_reads_every_line_and_a_doctor_those_of_their_documents(
    practice: Practice, people: People, key: str
):
    theirs = document(practice, people.garnier.doctor)
    review.show(practice, people.claire, key)
    review.show(practice, people.claire, theirs)
    review.show(practice, people.garnier, theirs)
    assert {one["subject"] for one in trace.log(practice, people.archives)} == {key, theirs}
    assert {one["subject"] for one in trace.log(practice, people.lambert)} == {key}
    assert [one["account"] for one in trace.log(practice, people.lambert)] == ["claire"]
    with pytest.raises(AccessDenied):
        trace.log(practice, people.claire)
    with pytest.raises(AccessDenied):
        trace.log(practice, people.technique)


def test_the_log_is_asked_by_document_patient_account_and_day(practice: Practice, people: People, key: str):
    review.show(practice, people.claire, key)
    review.pdf(practice, people.lambert, key)
    archives = people.archives
    assert len(trace.log(practice, archives, document=key)) == 2
    assert trace.log(practice, archives, document="ZZZZZZZZZZ") == []
    (one,) = trace.log(practice, archives, account="claire")
    assert (one["name"], one["action"]) == ("Claire", "review.show")
    assert len(trace.log(practice, archives, patient=one["patient"])) == 2
    assert trace.log(practice, archives, since=store.now() + timedelta(days=1)) == []


def test_lines_are_forgotten_after_the_years_of_the_settings(
    practice: Practice, people: People, key: str, monkeypatch: pytest.MonkeyPatch
):
    review.show(practice, people.claire, key)
    glass.open_for(practice, people.garnier, lines(practice)[0][3] or "", reason="Patient reçu en urgence.")
    assert trace.forget(practice) == 0
    later = store.now() + timedelta(days=365.25 * practice.settings.access.log_years + 1)
    monkeypatch.setattr(store, "now", lambda: later)
    assert trace.forget(practice) == 2
    with practice.look() as connection:
        assert connection.execute(sa.select(tables.glass)).all() == []


def test_an_account_that_was_closed_keeps_its_name_in_the_log(practice: Practice, people: People, key: str):
    join(practice, "anne", "secretary")
    review.show(practice, now(practice, "anne"), key)
    with practice.begin() as connection:
        connection.execute(tables.user.update().where(tables.user.c.login == "anne").values(active=False))
    assert [one["name"] for one in trace.log(practice, people.archives, account="anne")] == ["Anne"]
