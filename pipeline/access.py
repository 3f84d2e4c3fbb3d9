"""Who may do what: one table, one function, everything not written here is refused. Pure: it reads no database.

Roles: *secretary* types and proofreads for the doctors of her scope; *doctor* corrects and signs; *locum* and *intern*
are doctors who stand in for another or learn beside one, each with a folder and a key of their own; *archivist* finds,
holds, verifies, and opens accounts; *technical* keeps the machine running and never sees a patient. *operator* is no
account: it is whoever types a command on the machine without naming one, who can read the folder and its keys anyway;
that role looks and verifies, nothing more.

An Actor says whom it reaches at the moment it was made (`reach` computes it); a subject is the row of a document, of a
dictation, of an account or of a doctor. A restricted document is its doctor's, and of those the doctor named.

No account has everything: the technical one keeps doctors and keys but opens no account that reads a patient; the
archivist opens those, but neither a technical account nor a signing code. A signature asks for both, the doctor's
session and the code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

from pipeline.errors import AccessDenied

RoleName = Literal["secretary", "doctor", "locum", "intern", "archivist", "technical"]
Subject = Mapping[Any, Any]

CARE = frozenset({"doctor", "locum", "intern"})
"""Roles of those who care for patients: each is a doctor's row, with a folder and a key."""
_DESK = CARE | {"secretary"}
_FILES = _DESK | {"archivist"}
_STAFF = _FILES | {"technical"}
_OPERATOR = frozenset({"operator"})

RULES: dict[str, frozenset[str]] = {
    "review.list": _DESK | _OPERATOR,
    "review.show": _DESK | _OPERATOR,
    "review.listen": _DESK,
    "review.take": _DESK,
    "review.save": _DESK,
    "review.finish": _DESK,
    "review.return": _DESK,
    "dictation.resume": _DESK,
    "dictation.dismiss": _DESK,
    "dictation.drop": _DESK,
    "dictaphones.see": _STAFF | _OPERATOR,
    "dictaphones.manage": _DESK | {"technical"},
    "pools.see": _STAFF | _OPERATOR,
    "pools.manage": frozenset({"archivist"}),
    "absences.see": _STAFF | _OPERATOR,
    "absences.manage": frozenset({"secretary", "archivist"}),
    "document.sign": CARE,
    "document.read": _DESK,
    "patients.find": _FILES | _OPERATOR,
    "patients.add": _DESK,
    "correspondents.find": _FILES | _OPERATOR,
    "correspondents.manage": _FILES,
    "archive.find": _FILES | _OPERATOR,
    "archive.show": _FILES | _OPERATOR,
    "archive.export": _FILES | _OPERATOR,
    "archive.verify": frozenset({"archivist", "technical"}) | _OPERATOR,
    "archive.hold": frozenset({"archivist"}),
    "access.restrict": CARE,
    "access.break": CARE,
    "access.log": CARE | {"archivist"},
    "deputies.see": _STAFF | _OPERATOR,
    "deputies.manage": frozenset({"doctor"}),
    "deputies.end": frozenset({"doctor", "archivist"}),
    "doctors.see": _STAFF | _OPERATOR,
    "doctors.manage": frozenset({"technical", "archivist"}),
    "doctors.code": CARE | {"technical"},
    "doctors.export": frozenset({"doctor", "archivist"}),
    "sites.see": _STAFF | _OPERATOR,
    "sites.manage": frozenset({"archivist"}),
    "users.see": frozenset({"archivist", "technical"}) | _OPERATOR,
    "users.manage": frozenset({"archivist", "technical"}),
    "users.close": frozenset({"archivist", "technical"}),
    "users.password": _STAFF,
    "status.see": _DESK | {"technical"} | _OPERATOR,
}
"""Each action and the roles that may do it. A route or a command without a line here is refused to everyone."""

_WHILE_HERE = frozenset({"patients.find", "patients.add", "access.break"})
"""What opens the patients of the whole practice: closed to a locum or an intern whose days are over, or to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deputized:
    """Days during which a deputy's documents were written for this actor, who is their principal."""

    doctor: str
    """The deputy."""
    since: date
    until: date
    """Last day, included."""
    signed_here: bool = False
    """Whether the principal signs them: an intern's, not a locum's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Someone who asks, and whom they reach at this moment; what is not said reaches nobody."""

    id: str
    name: str
    role: str
    doctor: str | None = None
    doctors: frozenset[str] | None = frozenset()
    """Doctors whose work in progress they see; None: everyone's, and that of no known doctor."""
    archive: frozenset[str] | None = frozenset()
    """Doctors whose filed documents they see; None: everyone's."""
    signs_for: frozenset[str] = frozenset()
    """Doctors whose documents they may sign."""
    deputies: tuple[Deputized, ...] = ()
    reads: frozenset[str] = frozenset()
    """Restricted documents whose doctor named them."""
    glass: frozenset[str] = frozenset()
    """Patients whose documents they opened for a while, giving a reason: to be read only."""
    away: bool = False
    """A locum or an intern who works for nobody today: only what they wrote themselves is left to them."""


OPERATOR = Actor(id="operator", name="Commande", role="operator", doctors=None, archive=None)
"""Who a command acts for when it names no account."""


def may(actor: Actor, action: str, subject: Subject | None = None) -> bool:
    """Whether `actor` may do `action` (to that row, if it concerns one).

    Without a subject, only the role is looked at: enough for a page to answer, never enough to show a document.
    """
    if actor.role not in RULES.get(action, frozenset()) or (actor.away and action in _WHILE_HERE):
        return False
    return subject is None or _REACH.get(action, _nobody)(actor, subject)


def require(actor: Actor, action: str, subject: Subject | None = None) -> None:
    """AccessDenied unless `may`."""
    if not may(actor, action, subject):
        raise AccessDenied(f"{actor.role} {actor.id} may not {action}")


def owns(actor: Actor, subject: Subject) -> bool:
    """Whether this is the work of the doctor who asks."""
    return actor.doctor is not None and subject["doctor"] == actor.doctor


# --- whom an act reaches ----------------------------------------------------------------------------------------------


def _nobody(actor: Actor, subject: Subject) -> bool:
    return False


def _works(actor: Actor, subject: Subject) -> bool:
    """In the ordinary course of work: their own, their principal's, their deputies', or in a secretary's scope."""
    return _reaches(actor, subject, actor.doctors)


def _lists(actor: Actor, subject: Subject) -> bool:
    """Their work, and the restricted documents that were opened to them by name; never what the glass opens."""
    return _works(actor, subject) or _was_named(actor, subject)


def _reads(actor: Actor, subject: Subject) -> bool:
    return _lists(actor, subject) or _broke(actor, subject)


def _reads_filed(actor: Actor, subject: Subject) -> bool:
    return _reaches(actor, subject, actor.archive) or _was_named(actor, subject) or _broke(actor, subject)


def _reaches(actor: Actor, subject: Subject, whose: frozenset[str] | None) -> bool:
    if owns(actor, subject) or _signed_it(actor, subject):
        return True
    if subject.get("restricted") and not (_was_named(actor, subject) or _is_to_sign(actor, subject)):
        return False
    return whose is None or subject["doctor"] in whose or _written_for(actor, subject) is not None


def _signs(actor: Actor, subject: Subject) -> bool:
    if not _works(actor, subject):
        return False
    written = _written_for(actor, subject)
    return subject["doctor"] in actor.signs_for or (written is not None and written.signed_here)


def _is_to_sign(actor: Actor, subject: Subject) -> bool:
    return actor.doctor is not None and subject.get("signatory") == actor.doctor


def _signed_it(actor: Actor, subject: Subject) -> bool:
    """Who signed a document may read again what they signed."""
    return bool(subject.get("signed")) and _is_to_sign(actor, subject)


def _was_named(actor: Actor, subject: Subject) -> bool:
    return bool(subject.get("restricted")) and subject["id"] in actor.reads


def _broke(actor: Actor, subject: Subject) -> bool:
    """Only those who care for patients break the glass; a patient who is not known opens nothing."""
    patient = subject.get("patient")
    return actor.role in CARE and patient is not None and patient in actor.glass


def _written_for(actor: Actor, subject: Subject) -> Deputized | None:
    """Under which delegation a deputy wrote this for the doctor who asks, if any."""
    day = subject.get("written")
    if actor.role != "doctor" or day is None:
        return None
    found = (one for one in actor.deputies if one.doctor == subject["doctor"] and one.since <= day <= one.until)
    return max(found, key=lambda one: one.signed_here, default=None)


# --- accounts and doctors ---------------------------------------------------------------------------------------------


def _manages(actor: Actor, account: Subject) -> bool:
    """The technical role keeps technical accounts and the archivist all others; nobody, what their own account may do.

    Each being unable to open or reset the other's, neither can lend itself what it lacks. To change a role, ask with
    the row as it is and again with the role it is to have.
    """
    return account.get("id") != actor.id and (actor.role == "technical") == (account["role"] == "technical")


def _closes(actor: Actor, account: Subject) -> bool:
    return account.get("id") != actor.id


def _resets(actor: Actor, account: Subject) -> bool:
    return account.get("id") == actor.id or may(actor, "users.manage", account)


def _own_doctor(actor: Actor, doctor: Subject) -> bool:
    return actor.role not in CARE or (actor.doctor is not None and doctor["id"] == actor.doctor)


def _grants(actor: Actor, delegation: Subject) -> bool:
    """A doctor lends their own signature; the archivist only ends what was lent."""
    return actor.role == "archivist" or (actor.doctor is not None and delegation["principal"] == actor.doctor)


_REACH: Mapping[str, Callable[[Actor, Subject], bool]] = MappingProxyType(
    {
        **dict.fromkeys(("review.show", "review.listen", "document.read"), _reads),
        "review.list": _lists,
        **dict.fromkeys(("review.take", "review.save", "review.finish", "review.return"), _works),
        **dict.fromkeys(("dictation.resume", "dictation.dismiss", "dictation.drop"), _works),
        "dictaphones.manage": lambda actor, machine: actor.role == "technical" or _works(actor, machine),
        "absences.manage": lambda actor, absence: actor.role == "archivist" or absence["user"] == actor.id,
        **dict.fromkeys(("archive.find", "archive.show", "archive.export"), _reads_filed),
        "document.sign": _signs,
        "access.restrict": owns,
        "access.log": lambda actor, subject: actor.role == "archivist" or owns(actor, subject),
        **dict.fromkeys(("deputies.manage", "deputies.end"), _grants),
        **dict.fromkeys(("doctors.code", "doctors.export"), _own_doctor),
        "users.manage": _manages,
        "users.close": _closes,
        "users.password": _resets,
    }
)
"""How each action looks at the row it is about. An action without a line here is about no row."""
