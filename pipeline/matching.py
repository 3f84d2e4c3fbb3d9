"""Who of the register and of the day's agenda the spoken patient may be: candidates, each with its reason.

Knows that names are compared by ear and that a recogniser breaks years more than days and months. Chooses nobody unless
name and birth date both agree and nobody else comes near: homonyms are given together, for a person to choose.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import sqlalchemy as sa

from archive import patients
from archive.records import Patient
from pipeline import agenda
from pipeline.agenda import Appointment
from pipeline.types import Identity
from vocab import names

Birth = Literal["same", "year", "swapped", "unknown", "other"]
"""The same day; the same day and month of another year; day and month swapped; not known; another day."""
LIKE, SAME_BY_EAR = 0.8, 0.94
_WORTH: dict[Birth, float] = {"same": 1.0, "year": 0.85, "swapped": 0.6, "unknown": 0.5, "other": 0.0}
CERTAIN = 0.99
"""The confidence of an identity that the register confirms."""
_MARGIN = 0.06
_FEWEST = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Someone who may be the spoken patient."""

    family_name: str
    given_name: str
    birth_date: date | None
    patient: str | None
    """The id in the register; None for someone of the agenda who is not in it."""
    likeness: float
    """How alike the names sound, 0 to 1."""
    birth: Birth
    expected: bool
    """In the agenda of that doctor, that day or the days before."""

    @property
    def score(self) -> float:
        """How likely, to rank."""
        return round(0.55 * self.likeness + 0.35 * _WORTH[self.birth] + 0.1 * self.expected, 4)

    @property
    def certain(self) -> bool:
        """Name by ear and full birth date agree."""
        return self.patient is not None and self.likeness >= SAME_BY_EAR and self.birth == "same"

    @property
    def identity(self) -> Identity:
        """As the register or the agenda writes it."""
        return Identity(family_name=self.family_name.upper(), given_name=self.given_name, birth_date=self.birth_date)

    @property
    def reason(self) -> str:
        """Why, in French."""
        name = "même nom à l'oreille" if self.likeness >= SAME_BY_EAR else "nom proche"
        birth = {
            "same": "même date de naissance", "year": "mêmes jour et mois de naissance, autre année",
            "swapped": "jour et mois de naissance inversés", "unknown": "date de naissance non comparée",
            "other": "autre date de naissance",
        }[self.birth]  # fmt: skip
        return f"{name}, {birth}{', attendu ce jour-là' if self.expected else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What may be done of the matches: one sure person, one to propose, or several between whom a person chooses."""

    chosen: Match | None = None
    """Name and birth date agree, nobody else comes near: may be linked."""
    proposed: Match | None = None
    """One stands out: to be shown, not linked."""
    rivals: tuple[Match, ...] = ()
    """Two or more are as likely."""


def matches(
    connection: sa.Connection, spoken: Identity, *, doctor: str | None = None, day: date | None = None
) -> tuple[Match, ...]:
    """Everyone who may be the spoken patient, likeliest first. With a `day`, the doctor's agenda counts."""
    due = agenda.expected(connection, doctor, day, days_before=agenda.DAYS_BEFORE) if day else ()
    known = {one.id: one for one in _registered(connection, spoken)}
    for appointment in due:
        for candidate in patients.same_person(
            connection, appointment.family_name, appointment.given_name, appointment.birth_date
        ):
            if candidate.name == "same" and candidate.birth in ("same", "unknown"):
                known.setdefault(candidate.patient.id, candidate.patient)
    found = [_match(one, spoken, due) for one in known.values()]
    found += [_expected(one, spoken) for one in due if not any(_is(patient, one) for patient in known.values())]
    kept = [one for one in found if _worth(one, spoken)]
    best: dict[tuple[str | None, str, str, date | None], Match] = {}
    for one in sorted(kept, key=lambda match: (-match.score, match.patient or "~", match.family_name)):
        best.setdefault((one.patient, one.family_name.upper(), one.given_name, one.birth_date), one)
    return tuple(best.values())


def outcome(found: Sequence[Match], spoken: Identity) -> Outcome:
    """What these matches allow; nothing when nobody is alike."""
    if not found:
        return Outcome()
    first, *others = found
    rivals = [one for one in others if first.score - one.score < _MARGIN and _as_likely(first, one)]
    if rivals:
        return Outcome(rivals=(first, *rivals))
    if first.certain:
        return Outcome(chosen=first)
    named = bool(spoken.family_name)
    likely = first.likeness >= LIKE and first.birth in ("same", "year", "swapped") if named else first.birth == "same"
    partial = named and spoken.birth_date is None and first.expected and first.likeness >= LIKE
    return Outcome(proposed=first) if likely or partial else Outcome()


def _as_likely(first: Match, other: Match) -> bool:
    """Someone born quite another day, or when nobody knows, is no rival of a certain match; someone of the same name
    born that day of another year is: years are misheard."""
    return not first.certain or other.birth == "same" or (other.birth == "year" and other.likeness >= SAME_BY_EAR)


def _registered(connection: sa.Connection, spoken: Identity) -> Iterable[Patient]:
    if spoken.family_name or spoken.given_name:
        for one in patients.same_person(connection, spoken.family_name, spoken.given_name, spoken.birth_date):
            yield one.patient
        if spoken.family_name:
            yield from patients.find(connection, spoken.family_name, limit=50)
    if spoken.birth_date:
        yield from patients.born_like(connection, spoken.birth_date)


def _match(patient: Patient, spoken: Identity, due: Sequence[Appointment]) -> Match:
    return Match(
        family_name=patient.family_name, given_name=patient.given_name, birth_date=patient.birth_date,
        patient=patient.id, likeness=_alike(spoken, patient.family_name, patient.given_name),
        birth=_births(spoken.birth_date, patient.birth_date), expected=any(_is(patient, one) for one in due),
    )  # fmt: skip


def _expected(one: Appointment, spoken: Identity) -> Match:
    return Match(
        family_name=one.family_name, given_name=one.given_name, birth_date=one.birth_date, patient=None,
        likeness=_alike(spoken, one.family_name, one.given_name), birth=_births(spoken.birth_date, one.birth_date),
        expected=True,
    )  # fmt: skip


def _is(patient: Patient, one: Appointment) -> bool:
    """Whether an appointment is this very person's, as far as the agenda says."""
    from archive.names import key

    named = (key(patient.family_name), key(patient.given_name)) == (key(one.family_name), key(one.given_name))
    return named and (one.birth_date is None or patient.birth_date is None or one.birth_date == patient.birth_date)


def _alike(spoken: Identity, family: str, given: str) -> float:
    """How alike the names that were said sound, in either order."""
    straight = _pair(spoken.family_name, spoken.given_name, family, given)
    return max(straight, _pair(spoken.given_name, spoken.family_name, family, given) - 0.05)


def _pair(family: str, given: str, known_family: str, known_given: str) -> float:
    one = names.alike(family, known_family) if family else 0.0
    other = names.alike(given, known_given) if given and known_given else 0.0
    if family and given and known_given:
        return round(min(0.6 * one + 0.4 * other, one + 0.15, other + 0.3), 3)
    return round(one if family else other * 0.7, 3)


def _births(spoken: date | None, known: date | None) -> Birth:
    if spoken is None or known is None:
        return "unknown"
    if spoken == known:
        return "same"
    if (spoken.month, spoken.day) == (known.month, known.day):
        return "year"
    swapped = (spoken.year, spoken.month, spoken.day) == (known.year, known.day, known.month)
    return "swapped" if swapped else "other"


def _worth(one: Match, spoken: Identity) -> bool:
    """Whether someone is alike enough to be shown."""
    if not (spoken.family_name or spoken.given_name):
        return one.birth == "same"
    if one.birth == "other":
        return False
    return one.likeness >= (_FEWEST if one.birth == "same" else LIKE if one.birth == "unknown" else 0.7)


def as_registered(spoken: Identity, match: Match) -> Identity:
    """The identity as the register writes it, with the confidence that a second source gives."""
    sure = CERTAIN if match.certain else min(max(spoken.confidence, 0.6), CERTAIN - 0.04)
    return replace(match.identity, confidence=sure, birth_date=match.birth_date or spoken.birth_date)


def said_of(match: Match) -> str:
    """Who it is and why, in French: « DUPONT Jean, 12/03/1954 (même nom à l'oreille…) »."""
    born = f", {match.birth_date:%d/%m/%Y}" if match.birth_date else ""
    return f"{match.identity.family_name} {match.given_name}{born} ({match.reason})"
