import hashlib
from datetime import date

import pytest
import sqlalchemy as sa

from archive import deposit, patients
from archive.errors import RecordUnknown
from archive.objects import Objects
from archive.records import Patient
from archive.search import find, show
from tests.archive.conftest import PDF, letter

TODAY = date(2026, 6, 1)


@pytest.fixture
def filed(connection: sa.Connection, objects: Objects, jean: Patient) -> dict[str, Patient]:
    younger = patients.add(
        connection, family_name="Dupont", given_name="Jean", birth_date=date(1981, 9, 9), actor="TEST"
    )
    helene = patients.add(
        connection,
        family_name="LEFÈVRE",
        given_name="Hélène",
        birth_date=date(2020, 2, 1),
        sex="F",
        actor="TEST",
    )
    for id, patient, kind, day in (
        ("A000000001", jean, "consultation", date(2020, 1, 1)),
        ("A000000002", jean, "courrier", date(2026, 3, 2)),
        ("A000000003", younger, "consultation", date(2025, 5, 5)),
        ("A000000004", helene, "operatoire", date(2026, 4, 4)),
    ):
        deposit.deposit(connection, objects, letter(patient, id, kind=kind, date=day))
    return {"jean": jean, "younger": younger, "helene": helene}


def ids(connection: sa.Connection, **asked: object) -> list[str]:
    return [found.record.id for found in find(connection, today=TODAY, **asked)]  # type: ignore[arg-type]


def test_the_answer_is_the_contract_to_the_field_name(
    connection: sa.Connection, objects: Objects, jean: Patient
) -> None:
    deposit.deposit(connection, objects, letter(jean))

    assert [found.as_json() for found in find(connection, patient="dupond jean", today=TODAY)] == [
        {
            "id": "7K3MZ9QF2A",
            "patient": "DUPONT Jean, né le 12/03/1954",
            "kind": "consultation",
            "date": "2026-03-02",
            "author": "Dr Hélène Lefèvre",
            "title": "Compte rendu de consultation",
            "retention": {
                "until": "2056-03-02",
                "rule": "30 ans après le dernier passage (02/03/2026) : durée choisie par le cabinet, jamais "
                "inférieure à celle de l'article R. 1112-7 du code de la santé publique.",
                "held": False,
            },
            "sha256": hashlib.sha256(PDF).hexdigest(),
        }
    ]


def test_homonyms_come_apart_each_with_their_own_documents(
    connection: sa.Connection, filed: dict[str, Patient]
) -> None:
    found = find(connection, patient="DUPONT Jean", today=TODAY)

    assert [one.record.id for one in found] == ["A000000002", "A000000001", "A000000003"]
    assert [one.label for one in found] == [
        "DUPONT Jean, né le 12/03/1954",
        "DUPONT Jean, né le 12/03/1954",
        "DUPONT Jean, né(e) le 09/09/1981",
    ]
    assert ids(connection, patient="dupont jean 09/09/1981") == ["A000000003"]
    assert ids(connection, patient=filed["younger"].id) == ["A000000003"]


def test_two_people_who_would_read_the_same_bear_the_number_of_their_file(
    connection: sa.Connection, objects: Objects, jean: Patient
) -> None:
    twin = patients.add(
        connection,
        family_name="DUPONT",
        given_name="Jean",
        birth_date=jean.birth_date,
        sex="M",
        actor="TEST",
        apart=True,
    )
    deposit.deposit(connection, objects, letter(jean, "A000000001"))
    deposit.deposit(connection, objects, letter(twin, "A000000002"))

    labels = {found.record.id: found.label for found in find(connection, patient="dupont jean", today=TODAY)}

    assert labels == {
        "A000000001": f"DUPONT Jean, né le 12/03/1954 (dossier {jean.id})",
        "A000000002": f"DUPONT Jean, né le 12/03/1954 (dossier {twin.id})",
    }


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ({}, ["A000000004", "A000000002", "A000000003", "A000000001"]),
        ({"patient": "lefebvre helene"}, ["A000000004"]),
        ({"patient": "  "}, ["A000000004", "A000000002", "A000000003", "A000000001"]),
        ({"patient": "inconnu"}, []),
        ({"kind": "consultation"}, ["A000000003", "A000000001"]),
        ({"patient": "dupont", "kind": "courrier"}, ["A000000002"]),
        ({"since": date(2025, 5, 5), "until": date(2026, 3, 2)}, ["A000000002", "A000000003"]),
        ({"limit": 2}, ["A000000004", "A000000002"]),
        ({"patient": "dupont", "limit": 1}, ["A000000002"]),
    ],
)
def test_a_search_may_ask_for_a_patient_a_kind_and_dates(
    connection: sa.Connection, filed: dict[str, Patient], asked: dict[str, object], answer: list[str]
) -> None:
    assert ids(connection, **asked) == answer


def test_a_new_document_moves_the_end_for_all_of_the_patients_documents(
    connection: sa.Connection, objects: Objects, jean: Patient
) -> None:
    deposit.deposit(connection, objects, letter(jean, "A000000001", date=date(2001, 5, 1), schedule="cabinet"))
    assert show(connection, "A000000001", today=TODAY).retention.status == "Éliminable"

    deposit.deposit(connection, objects, letter(jean, "A000000002", date=date(2026, 5, 1), schedule="cabinet"))

    retention = show(connection, "A000000001", today=TODAY).retention
    assert (retention.until, retention.status) == (date(2046, 5, 1), "À conserver")


def test_a_child_is_kept_until_the_28th_birthday(connection: sa.Connection, filed: dict[str, Patient]) -> None:
    seen = show(connection, "A000000004", today=TODAY)

    assert seen.label == "LEFÈVRE Hélène, née le 01/02/2020"
    assert seen.retention.until == date(2056, 4, 4)


def test_an_unknown_record_says_so_without_repeating_what_was_asked(connection: sa.Connection) -> None:
    with pytest.raises(RecordUnknown) as refused:
        show(connection, "DUPONT")
    assert "DUPONT" not in str(refused.value)
