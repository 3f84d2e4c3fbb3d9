from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from archive import patients
from archive.errors import PatientConflict, PatientUnknown
from archive.records import Patient
from archive.tables import journal, patient_word

CAST = [
    ("LEFÈVRE-NUÑEZ", "Hélène", date(1961, 7, 4)),
    ("Lefebvre", "Jean-Pierre", date(1948, 1, 30)),
    ("DUPOND", "Jeanne", date(1954, 3, 21)),
    ("de La Fontaine", "Anne", date(1990, 12, 1)),
    ("Le Goff", "Yann", date(1972, 5, 5)),
    ("Œuvrard", "Chloé", date(2019, 2, 28)),
    ("Martin", "Jean", None),
    ("THIBAULT", "Gérard", date(1939, 11, 11)),
    ("Zucca", "Luz", date(1985, 8, 9)),
]


@pytest.fixture
def cast(connection: sa.Connection) -> dict[str, Patient]:
    return {
        family: patients.add(connection, family_name=family, given_name=given, birth_date=birth, actor="TEST")
        for family, given, birth in CAST
    }


def first(connection: sa.Connection, query: str) -> str | None:
    return next((one.family_name for one in patients.find(connection, query)), None)


@pytest.mark.parametrize(
    ("query", "family"),
    [
        ("lefevre nunez helene", "LEFÈVRE-NUÑEZ"),
        ("Hélène LEFEBVRE", "LEFÈVRE-NUÑEZ"),
        ("nunez", "LEFÈVRE-NUÑEZ"),
        ("lefevre jean pierre", "Lefebvre"),
        ("JEANPIERRE LEFEVRE", "Lefebvre"),
        ("Dupont Jeanne", "DUPOND"),
        ("dup", "DUPOND"),
        ("Delafontaine", "de La Fontaine"),
        ("fontaine anne", "de La Fontaine"),
        ("anne de la fontaine", "de La Fontaine"),
        ("legof", "Le Goff"),
        ("goff yann", "Le Goff"),
        ("oeuvrard", "Œuvrard"),
        ("Tibo", "THIBAULT"),
        ("thibaud gerard 11/11/1939", "THIBAULT"),
        ("Tihbault Gérard", "THIBAULT"),
        ("zuc", "Zucca"),
        ("luz", "Zucca"),
        ("04/07/1961", "LEFÈVRE-NUÑEZ"),
        ("1961-07-04", "LEFÈVRE-NUÑEZ"),
        ("lefevre 4.7.1961", "LEFÈVRE-NUÑEZ"),
    ],
)
def test_a_patient_is_found_by_what_people_remember(
    connection: sa.Connection, cast: dict[str, Patient], query: str, family: str
) -> None:
    assert first(connection, query) == family


@pytest.mark.parametrize(
    "query", ["", "   ", "Bernard", "martin sophie", "dupond jeanne 01/01/2001", "31/02/1954", "%"]
)
def test_nobody_is_found_rather_than_someone_else(
    connection: sa.Connection, cast: dict[str, Patient], query: str
) -> None:
    assert patients.find(connection, query) == []


def test_a_birth_date_with_a_slip_or_a_swap_still_finds_but_after_the_right_one(connection: sa.Connection) -> None:
    for birth in (date(1954, 12, 3), date(1954, 3, 12), date(1954, 3, 13), None, date(1980, 6, 6)):
        patients.add(connection, family_name="Dupont", given_name="Jean", birth_date=birth, actor="TEST", apart=True)

    found = patients.find(connection, "dupont jean 12/03/1954")

    assert found[0].birth_date == date(1954, 3, 12)
    assert {one.birth_date for one in found[1:]} == {date(1954, 12, 3), date(1954, 3, 13), None}


def test_a_patient_is_found_by_id(connection: sa.Connection, cast: dict[str, Patient]) -> None:
    wanted = cast["Martin"]

    assert patients.find(connection, wanted.id) == [wanted]
    assert patients.get(connection, wanted.id) == wanted


def test_an_unknown_patient_is_refused_without_repeating_what_was_asked(connection: sa.Connection) -> None:
    with pytest.raises(PatientUnknown) as refused:
        patients.get(connection, "DUPONT Jean")
    assert "DUPONT" not in str(refused.value)


def test_the_same_name_and_birth_date_is_a_question_for_a_person(connection: sa.Connection, jean: Patient) -> None:
    again: dict[str, Any] = {"family_name": "Dupont", "given_name": "JEAN", "actor": "TEST"}
    for birth in (date(1954, 3, 12), None):
        with pytest.raises(PatientConflict):
            patients.add(connection, birth_date=birth, **again)

    twin = patients.add(connection, birth_date=date(1954, 3, 12), **again, apart=True)
    other = patients.add(connection, birth_date=date(1981, 9, 9), **again)

    assert len({jean.id, twin.id, other.id}) == 3


def test_homonyms_are_given_apart_with_what_makes_them_alike(connection: sa.Connection, jean: Patient) -> None:
    younger = patients.add(
        connection, family_name="Dupont", given_name="Jean", birth_date=date(1981, 9, 9), actor="TEST"
    )
    by_ear = patients.add(
        connection, family_name="Dupond", given_name="Jan", birth_date=date(1954, 3, 12), actor="TEST"
    )
    patients.add(connection, family_name="Dupond", given_name="Jean", birth_date=date(1999, 1, 1), actor="TEST")
    patients.add(connection, family_name="Martin", given_name="Luc", birth_date=date(1954, 3, 12), actor="TEST")

    found = patients.same_person(connection, "dupont", "jean", date(1954, 3, 12))

    assert [(one.patient, one.name, one.birth) for one in found] == [
        (jean, "same", "same"),
        (younger, "same", "other"),
        (by_ear, "close", "same"),
    ]
    assert [one.exact for one in found] == [True, False, False]
    assert found[0].why == "même nom et même prénom, même date de naissance"


def test_family_and_given_name_taken_one_for_the_other_are_still_alike(
    connection: sa.Connection, jean: Patient
) -> None:
    found = patients.same_person(connection, "Jean", "Dupont", date(1954, 3, 12))

    assert [(one.patient, one.name) for one in found] == [(jean, "close")]


def test_a_name_only_half_said_gives_those_who_may_bear_it(connection: sa.Connection, jean: Patient) -> None:
    assert [one.patient for one in patients.same_person(connection, "Dupont", "")] == [jean]
    assert patients.same_person(connection, "", "") == ()


def test_no_name_reaches_the_journal(connection: sa.Connection, jean: Patient) -> None:
    lines = [" ".join(map(str, line)) for line in connection.execute(journal.select())]

    assert lines
    assert not any("dupont" in line.casefold() or "1954-03" in line for line in lines)  # a hash may hold 1954


def test_a_label_reads_as_people_write_it(jean: Patient) -> None:
    assert jean.label == "DUPONT Jean, né le 12/03/1954"
    assert Patient(id="", family_name="Œuvrard", given_name="Chloé", sex="F").label == "ŒUVRARD Chloé"
    unknown = Patient(id="", family_name="Roy", given_name="Camille", birth_date=date(2000, 1, 2))
    assert unknown.label == "ROY Camille, né(e) le 02/01/2000"


def test_names_are_kept_as_written_and_indexed_without_accents(connection: sa.Connection) -> None:
    added = patients.add(connection, family_name=" Le\u0301vy  Noël ", given_name="", actor="TEST")
    words = set(connection.scalars(sa.select(patient_word.c.word)))

    assert patients.get(connection, added.id).family_name == "L\u00e9vy Noël"
    assert words == {"levy", "noel", "levynoel"}
    with pytest.raises(ValueError, match="family name"):
        patients.add(connection, family_name=" - ", given_name="Jean", actor="TEST")


def test_people_born_on_a_day_and_month_are_found_whatever_the_year(
    connection: sa.Connection, cast: dict[str, Patient]
) -> None:
    found = patients.born_like(connection, date(1999, 3, 21))
    assert [one.family_name for one in found] == ["DUPOND"]
    assert patients.born_like(connection, date(1999, 3, 22)) == []
