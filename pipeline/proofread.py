"""What a proofread text still asks for: which places are open, who settled the others, whether it may be finished.

Pure: it knows a text under review and a patient, not who may do what, nor where a document is kept.
"""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from archive.names import plain
from archive.records import Patient
from pipeline import align
from pipeline.errors import ReviewRefused, StillToCheck
from pipeline.types import Review, Settled


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


def places(review: Review) -> tuple[tuple[int, int] | None, ...]:
    """Where each flag of the checked text stands in the text now; None once settled or once its words changed."""
    done = {settled.flag for settled in review.settled if settled.how == "heard"}
    moved = align.moved(review.checked.flags, before=review.checked.text, after=review.text)
    return tuple(None if i in done else at for i, at in enumerate(moved))


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


def require_settled(review: Review) -> None:
    """StillToCheck while a place that blocks is open."""
    flags = review.checked.flags
    blocking = [i for i, at in enumerate(places(review)) if at and flags[i].severity == "block"]
    if blocking:
        count = "Il reste 1 passage" if len(blocking) == 1 else f"Il reste {len(blocking)} passages"
        raise StillToCheck(f"{len(blocking)} open", advice=f"{count} à vérifier avant de terminer la relecture.")


def require_same_patient(review: Review, patient: Patient | None) -> None:
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
