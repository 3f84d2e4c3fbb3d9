"""What people do with a document, in which state, and who may: take, save, finish, send back, sign.

Each act is one function: it checks the right, does its work outside the transaction, then changes the row at the
version that was read, with the job it calls for, in one transaction. Knows nothing of pages or commands.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from archive import patients
from archive.errors import ArchiveError, KeyMissing, ObjectMissing
from archive.patients import Candidate
from archive.records import Patient
from pipeline import accounts, clock, proofread, reach, store, tables, trace
from pipeline.access import CARE, Actor, may, require
from pipeline.errors import AccessDenied, HeldByOther, NotFound, Outdated, ReviewRefused
from pipeline.practice import Practice, Submit
from pipeline.types import Job, Review, SignedDocument
from pipeline.typography import typed

TO_REVIEW = ("to-review", "in-review", "waiting", "to-correct")
OPEN_STATES = (*TO_REVIEW, "preparing", "to-sign", "paper", "signed")


class NoDoctor(ReviewRefused):
    """Nobody knows who dictated this: the recording came in a folder that is no doctor's."""

    code = "E056"
    exit_code = 56
    advice = "Choisissez le médecin qui a dicté avant de terminer la relecture."


class InAnotherName(ReviewRefused):
    """The page that was prepared says that someone else signs."""

    code = "E162"
    exit_code = 162
    advice = (
        "La page annonce la signature d'un autre médecin. Faites d'abord préparer le document à votre nom, "
        "relisez la page, puis signez."
    )


class SoundShared(AccessDenied):
    """The recording also holds a letter that this person may not read."""

    code = "E163"
    exit_code = 163
    advice = (
        "Cet enregistrement contient aussi un courrier qui vous est fermé : demandez au médecin qui l'a dicté, "
        "ou à qui travaille pour lui, de l'écouter pour vous."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A document as it stands: its row, its text under review, the places still open and its patient."""

    row: sa.RowMapping
    review: Review
    places: tuple[tuple[int, int] | None, ...]
    """For each flag, where it stands in the present text, or None once it is settled."""
    patient: Patient | None
    candidates: tuple[Candidate, ...]
    """People in the register who could be the one in the text: shown apart, never chosen for anyone."""
    recording: sa.RowMapping
    """The dictation it comes from."""
    doctor: str
    """The doctor as the letterhead says: « Dr Anne Martin »."""
    signatory: str
    """Who signs it, as the page says when it was prepared for someone else than the doctor; empty otherwise."""
    holder: str
    """Who proofreads it now; empty when it is free to take."""

    @property
    def stops(self) -> tuple[int, ...]:
        """Flags that still ask for a person, in the order of the text: those that block or are worth a look."""
        flags = self.review.checked.flags
        return tuple(i for i, at in enumerate(self.places) if at and flags[i].severity != "hint")


def listing(practice: Practice, actor: Actor, *, states: Sequence[str] = OPEN_STATES) -> list[dict[str, Any]]:
    """The documents this person works on, earliest due first, in the form of `copiste review list --json`.

    What exceptional access opens is not work: it is not in this list.
    """
    require(actor, "review.list")
    trace.saw(practice, actor, "review.list")
    with practice.look() as connection:
        rows = [row for row in store.documents(connection, states=states) if may(actor, "review.list", row)]
        return [_line(connection, row) for row in rows]


def _line(connection: sa.Connection, row: sa.RowMapping) -> dict[str, Any]:
    patient = patients.get(connection, row["patient"]) if row["patient"] else None
    return {
        "id": row["id"],
        "state": row["state"],
        "doctor": row["doctor_name"] or "",
        "patient": patient.label if patient else "",
        "kind": row["kind"],
        "due": row["due"].isoformat(),
        "to_check": row["to_check"],
        "held_by": row["holder"] or "" if _is_held(row) else "",
    }


def show(practice: Practice, actor: Actor, key: str) -> Opened:
    """The document, to be read."""
    try:
        return _shown(practice, actor, key)
    except (ObjectMissing, KeyMissing):  # saved anew between the row and the text: once more, from the new row
        return _shown(practice, actor, key)


def _shown(practice: Practice, actor: Actor, key: str) -> Opened:
    with practice.look() as connection:
        row = visible(connection, actor, "review.show", key)
        patient = patients.get(connection, row["patient"]) if row["patient"] else None
        recording = store.one(connection, tables.dictation, row["dictation"])
        doctor, signatory = (_doctor(connection, row[who]) for who in ("doctor", "signatory"))
        holder = store.one(connection, tables.user, row["held_by"])["name"] if _is_held(row) else ""
    trace.saw(practice, actor, "review.show", subject=key, patient=row["patient"])
    review = practice.read(row["review"], Review)
    spoken = review.checked.letter.patient
    with practice.look() as connection:
        found = patients.same_person(connection, spoken.family_name, spoken.given_name, spoken.birth_date)
    if namesakes := [(one.patient.id, one.patient.id) for one in found if one.patient.id != row["patient"]]:
        trace.saw_each(practice, actor, "patients.find", namesakes)
    return Opened(
        row=row, review=review, places=proofread.places(review), patient=patient, candidates=found, recording=recording,
        doctor=doctor, signatory=signatory if row["signatory"] != row["doctor"] else "", holder=holder,
    )  # fmt: skip


def _doctor(connection: sa.Connection, key: str | None) -> str:
    """A doctor as the letterhead says."""
    row = store.one(connection, tables.doctor, key) if key else None
    return f"{row['title']} {row['name']}".strip() if row else ""


def listen(practice: Practice, actor: Actor, key: str) -> bytes:
    """The dictation's sound, in a form that browsers play."""
    with practice.look() as connection:
        row = visible(connection, actor, "review.listen", key)
        recording = store.one(connection, tables.dictation, row["dictation"])
        closed = [one for one in _said_with(connection, recording["id"]) if not may(actor, "review.listen", one)]
    if not recording["playable"]:
        raise NotFound(f"no playable sound for document {key!r}")
    dictated_to_them = may(actor, "dictation.resume", recording)
    if any(one["restricted"] or not dictated_to_them for one in closed):
        raise SoundShared(f"document {key} shares its sound with another")
    trace.saw(practice, actor, "review.listen", subject=key, patient=row["patient"])
    return practice.objects.get(recording["playable"])


def _said_with(connection: sa.Connection, dictation: str) -> Sequence[sa.RowMapping]:
    """The documents that this sound says: those of its recordings, joined with others since or not."""
    table, document = tables.recording_part, tables.document
    parts = connection.scalars(sa.select(table.c.part).where(table.c.dictation == dictation)).all() or [dictation]
    joined = connection.scalars(sa.select(table.c.dictation).where(table.c.part.in_(parts))).all()
    there = document.c.dictation.in_({dictation, *parts, *joined})
    return connection.execute(sa.select(document).where(there, document.c.state != "replaced")).mappings().all()


def pdf(practice: Practice, actor: Actor, key: str) -> bytes:
    """The PDF as it stands: signed if it is, else as it was prepared."""
    with practice.look() as connection:
        row = visible(connection, actor, "document.read", key)
    address = row["signed"] or row["pdf"]
    if not address:
        raise NotFound(f"no PDF of document {key!r}")
    trace.saw(practice, actor, "document.read", subject=key, patient=row["patient"])
    return practice.objects.get(address)


def take(practice: Practice, actor: Actor, key: str, *, over: bool = False) -> int:
    """Start (or go on) proofreading; gives the version to save at. HeldByOther unless taken `over`."""
    with practice.begin() as connection:
        row = visible(connection, actor, "review.take", key)
        _in_state(row, TO_REVIEW)
        if not over:
            require_free(row, actor)
        version = store.change_document(
            connection, key, version=row["version"], state="in-review", reason=row["reason"],
            held_by=actor.id, held_until=_lease(practice),
        )  # fmt: skip
        store.record(connection, actor=actor.id, action="take", subject=key, detail="over" if over else "")
    return version


def save(practice: Practice, actor: Actor, key: str, *, version: int, text: str, heard: Collection[int] = ()) -> int:
    """Keep the text as it is now and the flags said « entendu, c'est juste »; gives the next version to save at."""
    with practice.begin() as connection:
        row = held(connection, actor, "review.save", key, version)
    review = proofread.settle(
        practice.read(row["review"], Review), text=typed(text), heard=heard, by=actor.id, at=store.now()
    )
    address = practice.keep(review)
    with practice.begin() as connection:
        new = store.change_document(
            connection,
            key,
            version=version,
            review=address,
            to_check=proofread.open_stops(review),
            held_until=_lease(practice),
        )
    with suppress(ArchiveError):  # what was typed is kept: the object it replaces may wait for a sweep
        practice.discard(row["review"])
    return new


def choose_patient(practice: Practice, actor: Actor, key: str, *, version: int, patient: str) -> int:
    """Say which patient of the register this document is about."""
    with practice.begin() as connection:
        held(connection, actor, "review.save", key, version)
        patients.get(connection, patient)
        store.record(connection, actor=actor.id, action="patient", subject=key, detail=patient)
        return store.change_document(connection, key, version=version, patient=patient)


def choose_doctor(practice: Practice, actor: Actor, key: str, *, version: int, doctor: str) -> int:
    """Say who dictated, when the folder did not or was the wrong one; a doctor gives no document of theirs away."""
    with practice.begin() as connection:
        row = held(connection, actor, "review.save", key, version)
        if row["doctor"] is not None and actor.role in CARE:
            raise ReviewRefused(f"document {key} has a doctor")
        if row["restricted"]:  # else someone named would open it to another, and close it to its doctor
            raise ReviewRefused("restricted", advice="Son médecin doit d'abord lever la restriction d'accès.")
        if not store.one(connection, tables.doctor, doctor)["active"]:
            raise ReviewRefused("doctor has left", advice="Ce médecin a quitté le cabinet : choisissez-en un autre.")
        store.record(connection, actor=actor.id, action="doctor", subject=key, detail=doctor)
        return store.change_document(connection, key, version=version, doctor=doctor, signatory=None)


def finish(practice: Practice, actor: Actor, key: str, *, version: int, submit: Submit) -> int:
    """End the proofreading: every blocking place settled, the patient chosen and the same as in the text."""
    with practice.begin() as connection:
        row = held(connection, actor, "review.finish", key, version)
        if row["doctor"] is None:
            raise NoDoctor()
        patient = patients.get(connection, row["patient"]) if row["patient"] else None
    review = practice.read(row["review"], Review)
    proofread.require_settled(review)
    proofread.require_same_patient(review, patient)
    with practice.begin() as connection:
        new = store.change_document(
            connection, key, version=version, state="preparing", held_by=None, held_until=None, to_check=0,
            signatory=_responsible(practice, connection, row),
        )  # fmt: skip
        store.record(
            connection, actor=actor.id, action="finish", subject=key, detail=f"{proofread.open_stops(review)} open"
        )
        submit(connection, Job(stretch="prepare", subject=key, due=row["due"], round=new))
    return new


def _responsible(practice: Practice, connection: sa.Connection, row: sa.RowMapping) -> str | None:
    """Who signs in place of the one who dictated: an intern's principal, when there is one and no other."""
    if not reach.is_intern(connection, row["doctor"]):
        return None
    today = store.now().astimezone(practice.settings.zone).date()
    found = reach.principals(connection, row["doctor"], today)
    return found[0] if len(found) == 1 else None


def give_back(practice: Practice, actor: Actor, key: str, *, reason: str = "") -> int:
    """Put a document back: a proofreader leaves it in the list; a doctor who will not sign sends it to be corrected."""
    with practice.begin() as connection:
        row = visible(connection, actor, "review.return", key)
        if row["state"] == "to-sign" and actor.role in CARE:
            state = "to-correct"
        elif row["state"] == "in-review" and row["held_by"] == actor.id:
            state = "to-review"
        else:
            raise ReviewRefused(f"document {key} is {row['state']}")
        version = store.change_document(
            connection, key, version=row["version"], state=state, reason=reason, held_by=None, held_until=None
        )
        store.record(connection, actor=actor.id, action="return", subject=key)
    return version


def sign(
    practice: Practice,
    actor: Actor,
    key: str,
    *,
    signature: Callable[[bytes, sa.RowMapping], SignedDocument],
    submit: Submit,
    version: int | None = None,
) -> SignedDocument:
    """Sign the PDF that was prepared, with the key of whom its page names; it is then filed by the engine.

    `version` is that of the document the doctor has read: Outdated when another one was prepared since. InAnotherName
    when the page says that someone else signs: who is printed is who signs.
    """
    with practice.begin() as connection:
        row = _to_sign(connection, actor, key, version)
        clock.require_right(connection)
        signatory = store.one(connection, tables.doctor, row["signatory"] or row["doctor"])
    if signatory["id"] != actor.doctor:
        raise InAnotherName(f"document {key} was prepared for another")
    with accounts.trying_code(practice.database, actor.id):
        signed = signature(practice.objects.get(row["pdf"]), signatory)
    address = practice.objects.put(signed.pdf)
    with practice.begin() as connection:
        version = store.change_document(
            connection, key, version=row["version"], state="signed", signed=address, signed_at=signed.signed_at,
            signatory=actor.doctor,
        )  # fmt: skip
        store.record(connection, actor=actor.id, action="sign", subject=key)
        submit(connection, Job(stretch="file", subject=key, due=row["due"], round=version))
    return signed


def sign_instead(practice: Practice, actor: Actor, key: str, *, version: int | None = None, submit: Submit) -> int:
    """Have a document that waits for a signature prepared in the name of who asks, so that they sign the page they saw.

    For a deputy whose principal is away, an intern's principal, or a doctor who takes back what was prepared for a
    deputy. Gives the next version.
    """
    with practice.begin() as connection:
        row = _to_sign(connection, actor, key, version)
        if (row["signatory"] or row["doctor"]) == actor.doctor:
            return int(row["version"])
        new = store.change_document(connection, key, version=row["version"], state="preparing", signatory=actor.doctor)
        store.record(connection, actor=actor.id, action="sign-instead", subject=key)
        submit(connection, Job(stretch="prepare", subject=key, due=row["due"], round=new))
    return new


def _to_sign(connection: sa.Connection, actor: Actor, key: str, version: int | None) -> sa.RowMapping:
    row = visible(connection, actor, "document.sign", key)
    _in_state(row, ("to-sign",))
    if version is not None and row["version"] != version:
        raise Outdated(f"document {key} is at version {row['version']}")
    return row


def visible(connection: sa.Connection, actor: Actor, action: str, key: str) -> sa.RowMapping:
    """The row, if this person may; someone else's document answers as one that does not exist."""
    row = store.one(connection, tables.document, key)
    if not may(actor, "review.show", row):
        raise NotFound(f"no document {key!r} for {actor.id}")
    require(actor, action, row)
    return row


def held(connection: sa.Connection, actor: Actor, action: str, key: str, version: int) -> sa.RowMapping:
    """The row of a draft that this person proofreads, at the version they have; HeldByOther or Outdated otherwise."""
    row = visible(connection, actor, action, key)
    _in_state(row, ("in-review",))
    if row["held_by"] != actor.id:
        raise HeldByOther(f"document {key} is held by another")
    if row["version"] != version:
        raise Outdated(f"document {key} is at version {row['version']}")
    return row


def require_free(row: sa.RowMapping, actor: Actor) -> None:
    """HeldByOther when someone else proofreads this draft now."""
    if _is_held(row) and row["held_by"] != actor.id:
        raise HeldByOther(f"document {row['id']} is held")


def _in_state(row: sa.RowMapping, states: Sequence[str]) -> None:
    if row["state"] not in states:
        raise ReviewRefused(f"document {row['id']} is {row['state']}")


def _is_held(row: sa.RowMapping) -> bool:
    return row["held_by"] is not None and row["held_until"] is not None and row["held_until"] > store.now()


def _lease(practice: Practice) -> datetime:
    return store.now() + timedelta(minutes=practice.settings.review.lease_minutes)
