"""Who may do what: one table, one function, everything not written here is refused.

Roles: *secretary* types and proofreads, *doctor* corrects and signs, *archivist* finds, holds and verifies,
*technical* keeps the machine running and never sees a patient. Of work in progress a doctor sees their own documents
only; the archive is the practice's, shared by its doctors. *operator* is no account: it is whoever types a command on
the machine without naming one, who can read the folder and its keys anyway; that role looks and verifies, nothing more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.errors import AccessDenied

RoleName = Literal["secretary", "doctor", "archivist", "technical"]

RULES: dict[str, frozenset[str]] = {
    "review.list": frozenset({"secretary", "doctor", "operator"}),
    "review.show": frozenset({"secretary", "doctor", "operator"}),
    "review.listen": frozenset({"secretary", "doctor"}),
    "review.take": frozenset({"secretary", "doctor"}),
    "review.save": frozenset({"secretary", "doctor"}),
    "review.finish": frozenset({"secretary", "doctor"}),
    "review.return": frozenset({"secretary", "doctor"}),
    "dictation.resume": frozenset({"secretary", "doctor"}),
    "dictation.dismiss": frozenset({"secretary", "doctor"}),
    "document.sign": frozenset({"doctor"}),
    "document.read": frozenset({"secretary", "doctor"}),
    "patients.find": frozenset({"secretary", "doctor", "archivist", "operator"}),
    "patients.add": frozenset({"secretary", "doctor"}),
    "archive.find": frozenset({"secretary", "doctor", "archivist", "operator"}),
    "archive.show": frozenset({"secretary", "doctor", "archivist", "operator"}),
    "archive.verify": frozenset({"archivist", "technical", "operator"}),
    "archive.hold": frozenset({"archivist"}),
    "status.see": frozenset({"secretary", "doctor", "technical", "operator"}),
    "users.manage": frozenset({"technical"}),
}
"""Each action and the roles that may do it. A route or a command without a line here is refused to everyone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Someone who asks: a person with an account, or the operator of the machine."""

    id: str
    name: str
    role: str
    doctor: str | None = None


OPERATOR = Actor(id="operator", name="Commande", role="operator")
"""Who a command acts for when it names no account."""


def may(actor: Actor, action: str, subject: Mapping[Any, Any] | None = None) -> bool:
    """Whether `actor` may do `action` (to that document or dictation row, if it concerns one)."""
    if actor.role not in RULES.get(action, frozenset()):
        return False
    if actor.role == "doctor" and subject is not None:
        return subject["doctor"] is not None and subject["doctor"] == actor.doctor
    return True


def require(actor: Actor, action: str, subject: Mapping[Any, Any] | None = None) -> None:
    """AccessDenied unless `may`."""
    if not may(actor, action, subject):
        raise AccessDenied(f"{actor.role} {actor.id} may not {action}")
