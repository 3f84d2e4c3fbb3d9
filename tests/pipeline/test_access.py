"""The policy, row by row: what is not written is refused, and each role reaches only what it was given."""

from datetime import date
from typing import Any, get_args

import pytest

from pipeline.access import OPERATOR, RULES, Actor, Deputized, RoleName, may, require
from pipeline.errors import AccessDenied

ROLES = (*get_args(RoleName), "operator")
READING = ("review.show", "review.listen", "document.read")
CHANGING = ("review.take", "review.save", "review.finish", "review.return")
FILED = ("archive.find", "archive.show", "archive.export")
DAY = date(2026, 5, 4)


def person(role: str, doctor: str | None = None, **more: Any) -> Actor:
    return Actor(id="U", name="U", role=role, doctor=doctor, **more)


def document(doctor: str | None, **more: Any) -> dict[str, Any]:
    row = {"id": "DOC", "doctor": doctor, "patient": "P", "restricted": False, "signatory": None, "signed": None}
    return row | {"written": DAY} | more


def doing(actor: Actor, subject: dict[str, Any]) -> set[str]:
    acts = (*READING, *CHANGING, *FILED, "review.list", "document.sign", "access.restrict")
    return {action for action in acts if may(actor, action, subject)}


def doctor(key: str = "D1", role: str = "doctor", **more: Any) -> Actor:
    own = frozenset({key})
    return person(role, key, **({"doctors": own, "archive": own, "signs_for": own} | more))


def test_what_is_not_written_is_refused_to_everyone():
    assert not any(may(person(role), "something.new") for role in ROLES)
    assert not may(person("root"), "review.list")


def test_an_action_that_is_about_no_row_is_refused_on_any_row():
    assert may(person("archivist"), "archive.verify")
    assert not may(person("archivist"), "archive.verify", document("D1"))


def test_every_rule_names_known_roles():
    assert all(roles and roles <= set(ROLES) for roles in RULES.values())


@pytest.mark.parametrize("action", sorted(RULES))
def test_each_role_may_do_what_its_line_says_and_no_more(action: str):
    assert {role for role in ROLES if may(person(role), action)} == RULES[action]


@pytest.mark.parametrize("role", ROLES)
def test_an_actor_of_whom_nothing_is_said_reaches_nobody(role: str):
    assert not doing(person(role), document("D1"))
    assert not doing(person(role), document(None))


def test_a_doctor_reaches_their_own_documents_only():
    mine = doctor("D1")
    assert {*READING, *CHANGING, *FILED, "document.sign", "access.restrict"} <= doing(mine, document("D1"))
    assert not doing(mine, document("D2"))
    assert not doing(mine, document(None))
    assert not may(person("doctor", None), "review.show", document(None))


def test_a_secretary_works_for_the_doctors_of_her_scope_and_for_no_other():
    scoped = person("secretary", doctors=frozenset({"D1"}), archive=frozenset({"D1"}))
    everyone = person("secretary", doctors=None, archive=None)
    assert {*READING, *CHANGING, *FILED} <= doing(scoped, document("D1"))
    assert not doing(scoped, document("D2"))
    assert not doing(scoped, document(None))  # only who works for everyone sees what has no doctor yet
    assert {*READING, *CHANGING} <= doing(everyone, document(None))
    assert "document.sign" not in doing(everyone, document("D1"))


def test_sharing_the_archive_opens_what_is_filed_and_nothing_else():
    assert doing(doctor("D1", archive=None), document("D2")) == set(FILED)


def test_a_locum_signs_their_own_and_for_a_principal_only_when_lent_the_signature():
    both = frozenset({"L", "D1"})
    looking = doctor("L", "locum", doctors=both)
    signing = doctor("L", "locum", doctors=both, signs_for=both)
    assert may(looking, "document.sign", document("L"))
    assert may(looking, "review.save", document("D1"))
    assert not may(looking, "document.sign", document("D1"))
    assert may(signing, "document.sign", document("D1"))
    assert not may(signing, "access.restrict", document("D1"))


def test_an_intern_alone_signs_nothing_and_the_principal_signs_what_was_written_for_them():
    intern = doctor("I", "intern", signs_for=frozenset())
    assert may(intern, "review.save", document("I"))
    assert not may(intern, "document.sign", document("I"))
    days = Deputized(doctor="I", since=date(2026, 5, 1), until=date(2026, 5, 4), signed_here=True)
    principal = doctor("D1", deputies=(days,))
    assert may(principal, "document.sign", document("I"))
    assert not doing(principal, document("I", written=date(2026, 5, 5)))
    assert not doing(principal, document("I", written=date(2026, 4, 30)))


def test_a_locum_s_documents_are_seen_by_the_principal_and_signed_by_the_locum():
    days = Deputized(doctor="L", since=DAY, until=DAY)
    principal = doctor("D1", deputies=(days,))
    assert may(principal, "review.show", document("L"))
    assert not may(principal, "document.sign", document("L"))


def test_who_signed_a_document_reads_it_for_ever_but_who_was_to_sign_does_not():
    deputy = doctor("L", "locum")
    assert set(READING) <= doing(deputy, document("D1", signatory="L", signed="x"))
    assert not doing(deputy, document("D1", signatory="L"))


@pytest.mark.parametrize(
    "other",
    [
        person("secretary", doctors=None, archive=None),
        person("archivist", archive=None),
        doctor("D2", archive=None),
        doctor("L", "locum", doctors=frozenset({"L", "D1"}), signs_for=frozenset({"L", "D1"})),
        OPERATOR,
    ],
    ids=lambda one: one.role,
)
def test_a_restricted_document_is_its_doctor_s(other: Actor):
    row = document("D1", restricted=True)
    assert not doing(other, row)
    assert {*READING, *CHANGING, *FILED, "document.sign"} <= doing(doctor("D1"), row)


def test_who_is_named_reads_a_restricted_document_and_works_on_it_only_in_their_scope():
    row, named = document("D1", restricted=True), frozenset({"DOC"})
    assert doing(doctor("D2", reads=named), row) == {*READING, *FILED, "review.list"}
    assert set(CHANGING) <= doing(person("secretary", doctors=None, reads=named), row)
    assert not set(CHANGING) & doing(person("secretary", doctors=frozenset({"D2"}), reads=named), row)
    assert not doing(doctor("D2", reads=frozenset({"OTHER"})), row)


def test_who_is_to_sign_a_restricted_document_reads_it_while_they_may_sign_for_its_doctor():
    row, both = document("D1", restricted=True, signatory="L"), frozenset({"L", "D1"})
    assert may(doctor("L", "locum", doctors=both, signs_for=both), "document.sign", row)
    assert not doing(doctor("L", "locum"), row)


@pytest.mark.parametrize("role", ["doctor", "locum", "intern"])
def test_a_broken_glass_opens_reading_of_that_patient_and_nothing_else(role: str):
    breaker = doctor("D2", role, glass=frozenset({"P"}))
    assert doing(breaker, document("D1", restricted=True)) == {*READING, *FILED}
    assert not doing(breaker, document("D1", patient="Q"))
    assert not doing(breaker, document("D1", patient=None))


@pytest.mark.parametrize("role", ["secretary", "archivist", "technical", "operator"])
def test_only_those_who_care_for_patients_break_the_glass(role: str):
    assert not may(person(role), "access.break")
    assert not doing(person(role, glass=frozenset({"P"})), document("D1"))


def test_the_technical_role_never_sees_a_patient():
    technical = person("technical")
    assert {action for action in RULES if may(technical, action)} == {
        "archive.verify", "status.see", "users.manage", "users.see", "users.close", "users.password", "doctors.manage",
        "doctors.see", "doctors.code", "sites.see", "deputies.see", "dictaphones.see", "dictaphones.manage",
        "pools.see", "absences.see",
    }  # fmt: skip


@pytest.mark.parametrize("role", [role for role in get_args(RoleName) if role != "technical"])
def test_the_technical_role_opens_no_account_that_reads_patients_nor_resets_its_password(role: str):
    technical, account = person("technical"), {"id": "X", "role": role}
    assert not may(technical, "users.manage", account)
    assert not may(technical, "users.password", account)
    assert may(technical, "users.close", account)  # shuts out, shows nothing
    assert may(person("archivist"), "users.manage", account)


def test_the_archivist_opens_no_technical_account():
    account = {"id": "X", "role": "technical"}
    assert may(person("technical"), "users.manage", account)
    assert not may(person("archivist"), "users.manage", account)
    assert not may(person("archivist"), "users.password", account)


def test_nobody_changes_what_their_own_account_may_do_but_everyone_changes_their_password():
    for role in ("archivist", "technical"):
        assert not may(person(role), "users.manage", {"id": "U", "role": role})
        assert not may(person(role), "users.close", {"id": "U", "role": role})
    for role in get_args(RoleName):
        assert may(person(role), "users.password", {"id": "U", "role": role})
    assert not may(person("doctor", "D1"), "users.password", {"id": "X", "role": "secretary"})


def test_password_and_signing_code_are_in_two_hands():
    """A signature asks for the doctor's session and for the code: no role that resets the one touches the other."""
    account, row = {"id": "X", "role": "doctor"}, {"id": "D1"}
    hands = {r: (may(person(r), "users.password", account), may(person(r), "doctors.code", row)) for r in ROLES}
    assert [role for role, both in hands.items() if all(both)] == []
    assert may(person("doctor", "D1"), "doctors.code", row)
    assert not may(person("doctor", "D2"), "doctors.code", row)


def test_a_doctor_lends_their_own_signature_only_and_the_archivist_can_but_end_it():
    lent = {"principal": "D1"}
    assert may(person("doctor", "D1"), "deputies.manage", lent)
    assert not may(person("doctor", "D2"), "deputies.manage", lent)
    assert not may(person("locum", "D1"), "deputies.manage", lent)
    assert not may(person("archivist"), "deputies.manage", lent)
    assert may(person("archivist"), "deputies.end", lent)
    assert not may(person("doctor", "D2"), "deputies.end", lent)


def test_a_doctor_reads_the_log_of_their_own_documents():
    assert may(doctor("D1"), "access.log", document("D1"))
    assert not may(doctor("D1"), "access.log", document("D2"))
    assert may(person("archivist"), "access.log", document("D2", restricted=True))


def test_require_raises_with_advice():
    with pytest.raises(AccessDenied) as denied:
        require(person("secretary"), "document.sign")
    assert denied.value.advice.startswith("Vous n'avez pas")


def test_the_operator_of_the_machine_looks_and_changes_nothing():
    assert {action for action in RULES if may(OPERATOR, action)} == {
        "review.list", "review.show", "patients.find", "correspondents.find", "archive.find", "archive.show",
        "archive.export", "archive.verify", "status.see", "doctors.see", "sites.see", "users.see", "deputies.see",
        "dictaphones.see", "pools.see", "absences.see",
    }  # fmt: skip
