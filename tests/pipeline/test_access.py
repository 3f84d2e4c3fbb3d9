from typing import get_args

import pytest

from pipeline.access import OPERATOR, RULES, Actor, RoleName, may, require
from pipeline.errors import AccessDenied

ROLES = (*get_args(RoleName), "operator")


def person(role: str, doctor: str | None = None) -> Actor:
    return Actor(id="U", name="U", role=role, doctor=doctor)


def test_what_is_not_written_is_refused_to_everyone():
    assert not any(may(person(role), "something.new") for role in ROLES)
    assert not may(person("root"), "review.list")


def test_every_rule_names_known_roles():
    assert all(roles and roles <= set(ROLES) for roles in RULES.values())


@pytest.mark.parametrize("action", sorted(RULES))
def test_each_role_may_do_what_its_line_says_and_no_more(action: str):
    assert {role for role in ROLES if may(person(role), action)} == RULES[action]


def test_a_doctor_reaches_their_own_documents_only():
    mine, other, nobody = {"doctor": "D1"}, {"doctor": "D2"}, {"doctor": None}
    doctor = person("doctor", "D1")
    assert may(doctor, "review.show", mine)
    assert not may(doctor, "review.show", other)
    assert not may(doctor, "document.sign", nobody)
    assert not may(person("doctor", None), "review.show", nobody)


def test_the_technical_role_never_sees_a_patient():
    technical = person("technical")
    seen = {action for action in RULES if may(technical, action)}
    assert seen == {"archive.verify", "status.see", "users.manage"}


def test_require_raises_with_advice():
    with pytest.raises(AccessDenied) as denied:
        require(person("secretary"), "document.sign")
    assert denied.value.advice.startswith("Vous n'avez pas")


def test_the_operator_of_the_machine_looks_and_changes_nothing():
    seen = {action for action in RULES if may(OPERATOR, action)}
    assert seen == {
        "review.list", "review.show", "patients.find", "archive.find", "archive.show", "archive.verify", "status.see",
    }  # fmt: skip
