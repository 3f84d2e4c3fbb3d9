"""What people do with a document, in which state, and who may: take, save, finish, send back, sign.

Each act is one function: it checks the right, does its work outside the transaction, then changes the row at the
version that was read, with the job it calls for, in one transaction. Knows nothing of pages or commands.
"""

import re
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from archive import patients
from archive.errors import ArchiveError, KeyMissing, ObjectMissing
from archive.names import plain
from archive.patients import Candidate
from archive.records import Patient
from pipeline import accounts, align, store, tables
from pipeline.access import Actor, may, require
from pipeline.errors import HeldByOther, NotFound, Outdated, ReviewRefused, SigningRefused, StillToCheck
from pipeline.practice import Practice, Submit
from pipeline.types import Job, Review, Settled, SignedDocument
from pipeline.typography import typed

TO_REVIEW = ("to-review", "in-review", "waiting", "to-correct")
OPEN_STATES = (*TO_REVIEW, "preparing", "to-sign", "paper", "signed")


class WrongPatient(ReviewRefused):
    """The text names someone else than the patient chosen."""

    code = "E054"
    exit_code = 54
    advice = "Le patient choisi et l'identité écrite dans le texte ne sont pas les mêmes. Vérifiez l'un et l'autre."


class NoPatient(ReviewRefused):
    """A document is filed under a patient."""

    code = "E055"
    exit_code = 55
    advice = "Choisissez le patient avant de terminer la relecture."


class NoDoctor(ReviewRefused):
    """Nobody knows who dictated this: the recording came in a folder that is no doctor's."""

    code = "E056"
    exit_code = 56
    advice = "Choisissez le médecin qui a dicté avant de terminer la relecture."


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
    holder: str
    """Who proofreads it now; empty when it is free to take."""

    @property
    def stops(self) -> tuple[int, ...]:
        """Flags that still ask for a person, in the order of the text: those that block or are worth a look."""
        flags = self.review.checked.flags
        return tuple(i for i, at in enumerate(self.places) if at and flags[i].severity != "hint")


def listing(practice: Practice, actor: Actor, *, states: Sequence[str] = OPEN_STATES) -> list[dict[str, Any]]:
    """The documents this person may see, earliest due first, in the form of `copiste review list --json`."""
    require(actor, "review.list")
    with practice.look() as connection:
        rows = [row for row in store.documents(connection, states=states) if may(actor, "review.show", row)]
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
        doctor = store.one(connection, tables.doctor, row["doctor"]) if row["doctor"] else None
        holder = store.one(connection, tables.user, row["held_by"])["name"] if _is_held(row) else ""
    review = practice.read(row["review"], Review)
    spoken = review.checked.letter.patient
    with practice.look() as connection:
        found = patients.same_person(connection, spoken.family_name, spoken.given_name, spoken.birth_date)
    return Opened(
        row=row, review=review, places=places(review), patient=patient, candidates=found, recording=recording,
        doctor=f"{doctor['title']} {doctor['name']}".strip() if doctor else "", holder=holder,
    )  # fmt: skip


def listen(practice: Practice, actor: Actor, key: str) -> bytes:
    """The dictation's sound, in a form that browsers play."""
    with practice.look() as connection:
        row = visible(connection, actor, "review.listen", key)
        recording = store.one(connection, tables.dictation, row["dictation"])
    if not recording["playable"]:
        raise NotFound(f"no playable sound for document {key!r}")
    return practice.objects.get(recording["playable"])


def pdf(practice: Practice, actor: Actor, key: str) -> bytes:
    """The PDF as it stands: signed if it is, else as it was prepared."""
    with practice.look() as connection:
        row = visible(connection, actor, "document.read", key)
    address = row["signed"] or row["pdf"]
    if not address:
        raise NotFound(f"no PDF of document {key!r}")
    return practice.objects.get(address)


def places(review: Review) -> tuple[tuple[int, int] | None, ...]:
    """Where each flag of the checked text stands in the text now; None once settled or once its words changed."""
    done = {settled.flag for settled in review.settled if settled.how == "heard"}
    moved = align.moved(review.checked.flags, before=review.checked.text, after=review.text)
    return tuple(None if i in done else at for i, at in enumerate(moved))


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
    review = settle(practice.read(row["review"], Review), text=typed(text), heard=heard, by=actor.id, at=store.now())
    address = practice.keep(review)
    with practice.begin() as connection:
        new = store.change_document(
            connection, key, version=version, review=address, to_check=open_stops(review), held_until=_lease(practice)
        )
    with suppress(ArchiveError):  # what was typed is kept: the object it replaces may wait for a sweep
        practice.objects.destroy(row["review"])
    return new


def settle(review: Review, *, text: str, heard: Collection[int], by: str, at: datetime) -> Review:
    """The review with this text and these flags said right; who settled what, and when, is kept."""
    flags = review.checked.flags
    if not all(0 <= index < len(flags) for index in heard):
        raise ReviewRefused("no such flag")
    kept = tuple(s for s in review.settled if s.how == "heard" and s.flag in heard)
    known = {s.flag for s in kept}
    new = tuple(Settled(flag=i, how="heard", by=by, at=at) for i in sorted(set(heard) - known))
    before = {s.flag: s for s in review.settled if s.how == "changed"}
    moved = align.moved(flags, before=review.checked.text, after=text)
    changed = tuple(
        before.get(i, Settled(flag=i, how="changed", by=by, at=at))
        for i, at_place in enumerate(moved)
        if at_place is None and i not in heard
    )
    return replace(review, text=text, settled=(*kept, *new, *changed))


def open_stops(review: Review) -> int:
    """How many places still ask for a person."""
    return sum(1 for i, at in enumerate(places(review)) if at and review.checked.flags[i].severity != "hint")


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
        if row["doctor"] is not None and actor.role == "doctor":
            raise ReviewRefused(f"document {key} has a doctor")
        store.one(connection, tables.doctor, doctor)
        store.record(connection, actor=actor.id, action="doctor", subject=key, detail=doctor)
        return store.change_document(connection, key, version=version, doctor=doctor)


def finish(practice: Practice, actor: Actor, key: str, *, version: int, submit: Submit) -> int:
    """End the proofreading: every blocking place settled, the patient chosen and the same as in the text."""
    with practice.begin() as connection:
        row = held(connection, actor, "review.finish", key, version)
        if row["doctor"] is None:
            raise NoDoctor()
        patient = patients.get(connection, row["patient"]) if row["patient"] else None
    review = practice.read(row["review"], Review)
    _nothing_blocks(review)
    _same_patient(review, patient)
    with practice.begin() as connection:
        new = store.change_document(
            connection, key, version=version, state="preparing", held_by=None, held_until=None, to_check=0
        )
        store.record(connection, actor=actor.id, action="finish", subject=key, detail=f"{open_stops(review)} open")
        submit(connection, Job(stretch="prepare", subject=key, due=row["due"], round=new))
    return new


def _nothing_blocks(review: Review) -> None:
    flags = review.checked.flags
    blocking = [i for i, at in enumerate(places(review)) if at and flags[i].severity == "block"]
    if blocking:
        count = "Il reste 1 passage" if len(blocking) == 1 else f"Il reste {len(blocking)} passages"
        raise StillToCheck(f"{len(blocking)} open", advice=f"{count} à vérifier avant de terminer la relecture.")


def _same_patient(review: Review, patient: Patient | None) -> None:
    """The archive files under a patient, so every document has one; the text must name the same person."""
    if patient is None:
        raise NoPatient()
    lines = " ".join(_identity_lines(review.text))
    if not lines:
        return
    written = f" {plain(lines)} "
    given = plain(patient.given_name).split()
    named = f" {plain(patient.family_name)} " in written
    named = named and (not given or any(f" {name} " in written for name in given))
    born = patient.birth_date is None or patient.birth_date.strftime("%d/%m/%Y") in lines
    if not (named and born):
        raise WrongPatient()


def _identity_lines(text: str) -> list[str]:
    """The lines above the greeting that name the patient, as they are written now."""
    head = [line for part in text.split("\n\n")[:3] for line in part.splitlines()]
    return [line for line in head if re.match(r"Patiente? :|.*\bnée? le\b", line)]


def give_back(practice: Practice, actor: Actor, key: str, *, reason: str = "") -> int:
    """Put a document back: a proofreader leaves it in the list; a doctor who will not sign sends it to be corrected."""
    with practice.begin() as connection:
        row = visible(connection, actor, "review.return", key)
        if row["state"] == "to-sign" and actor.role == "doctor":
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
    """The doctor signs the PDF that was prepared; the signed bytes are kept, then filed by the engine.

    `version` is that of the document the doctor has read: Outdated when another one was prepared since.
    """
    with practice.begin() as connection:
        row = visible(connection, actor, "document.sign", key)
        _in_state(row, ("to-sign",))
        if version is not None and row["version"] != version:
            raise Outdated(f"document {key} is at version {row['version']}")
        signatory = store.one(connection, tables.doctor, row["doctor"])
    signed = _signed(practice, actor, lambda: signature(practice.objects.get(row["pdf"]), signatory))
    address = practice.objects.put(signed.pdf)
    with practice.begin() as connection:
        version = store.change_document(
            connection, key, version=row["version"], state="signed", signed=address, signed_at=signed.signed_at
        )
        store.record(connection, actor=actor.id, action="sign", subject=key)
        submit(connection, Job(stretch="file", subject=key, due=row["due"], round=version))
    return signed


def _signed(practice: Practice, actor: Actor, make: Callable[[], SignedDocument]) -> SignedDocument:
    """The signature, unless too many wrong codes were tried; a refused one counts."""
    with practice.look() as connection:
        accounts.require_unpaused(connection, actor.id)
    try:
        return make()
    except SigningRefused:
        with practice.begin() as connection:
            accounts.wrong_code(connection, actor.id)
        raise


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
