"""Who the practice cares for: the patients of its register, and who is expected by the agenda."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from archive import patients
from archive.errors import PatientConflict
from archive.names import key as name_key
from archive.names import plain
from archive.records import Patient, Sex
from pipeline import agenda, store, trace
from pipeline.access import Actor, require
from pipeline.agenda import files
from pipeline.errors import CopisteError
from pipeline.practice import Practice

_SEXES: dict[str, Sex] = {
    "f": "F", "femme": "F", "feminin": "F", "fille": "F", "mme": "F", "madame": "F", "mlle": "F",
    "m": "M", "h": "M", "homme": "M", "masculin": "M", "garcon": "M", "mr": "M", "monsieur": "M",
}  # fmt: skip


class BadPatient(CopisteError):
    """A person cannot be added to the register as asked."""

    code = "E064"
    exit_code = 64
    advice = "Ce patient ne peut pas être ajouté : indiquez son nom de famille."


def add_patient(
    practice: Practice,
    actor: Actor,
    *,
    family_name: str,
    given_name: str,
    birth_date: date | None,
    sex: Sex | None = None,
    apart: bool = False,
) -> Patient:
    """Add a person to the register; a homonym born the same day must be said to be someone else (`apart`)."""
    require(actor, "patients.add")
    if not name_key(family_name):
        raise BadPatient("no family name")
    with practice.begin() as connection:
        return patients.add(
            connection, family_name=family_name, given_name=given_name, birth_date=birth_date, actor=actor.id,
            sex=sex, apart=apart,
        )  # fmt: skip


def find_patients(practice: Practice, actor: Actor, words: str) -> list[Patient]:
    """People of the register whose name or birth date is like this, best match first."""
    require(actor, "patients.find")
    with practice.look() as connection:
        found = patients.find(connection, words)
    trace.saw_each(practice, actor, "patients.find", [(one.id, one.id) for one in found])
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of the lines of a file of patients."""

    added: int
    known: int
    left: tuple[int, ...]
    """Lines of homonyms that only a person can tell apart: not added."""


def import_patients(practice: Practice, actor: Actor, file: Path) -> Imported:
    """Add the people of a CSV (`nom;prénom;né le;sexe`), all or none; those already there stay as they are.

    A homonym whose birth date, or theirs, is not known is left out and its line given. BadAgenda when a line is wrong.
    """
    require(actor, "patients.add")
    rows = files.table(file)
    people = [(line, row, files.born_on(row, line)) for line, row in rows]
    counts, left = {"added": 0, "known": 0}, list[int]()
    with practice.begin() as connection:
        for line, row, born in people:
            what = _import_one(connection, actor, row, born)
            counts[what] = counts.get(what, 0) + 1
            left += [line] if what == "left" else []
    return Imported(added=counts["added"], known=counts["known"], left=tuple(left))


def _import_one(connection: sa.Connection, actor: Actor, row: Mapping[str, str], born: date | None) -> str:
    names = (row["family_name"], row.get("given_name", ""))
    if any(one.exact for one in patients.same_person(connection, *names, born)):
        return "known"
    try:
        patients.add(
            connection, family_name=names[0], given_name=names[1], birth_date=born, actor=actor.id,
            sex=_SEXES.get(plain(row.get("sex", ""))),
        )  # fmt: skip
    except PatientConflict:
        return "left"
    return "added"


def import_agenda(practice: Practice, actor: Actor, file: Path, *, doctor: str = "") -> int:
    """Keep the appointments of a CSV or ICS in place of those of the same doctors and days; gives how many.

    `doctor` (an id, a name or a folder) is whose agenda it is, when the file does not say. BadAgenda when a line is
    wrong, or names a doctor who is not of this practice or for whom this person does not work.
    """
    require(actor, "patients.add")
    found = files.read(file, zone=practice.settings.zone)
    named = {doctor} if doctor else {one.doctor for one in found}
    with practice.begin() as connection:
        whose = {said: _doctor_called(connection, actor, said) for said in named}
        count = agenda.keep(connection, [replace(one, doctor=whose[doctor or one.doctor]) for one in found])
        store.record(connection, actor=actor.id, action="agenda", subject=whose.get(doctor, ""), detail=str(count))
    return count


def _doctor_called(connection: sa.Connection, actor: Actor, said: str) -> str:
    """The id of the doctor so called; nothing for nobody in particular, if this person works for everyone."""
    if not said and _works_for(actor, ""):
        return ""
    found = store.doctors_called(connection, said) if said else ()
    if len(found) != 1 or not _works_for(actor, found[0]):
        raise files.BadAgenda("unknown doctor", advice="Un médecin de ce fichier n'est pas connu : précisez --doctor.")
    return found[0]


def _works_for(actor: Actor, doctor: str) -> bool:
    """Whether this person sees that doctor's work; a doctor may see who is expected by nobody in particular."""
    return actor.doctors is None or doctor in actor.doctors or (not doctor and actor.doctor is not None)


def expected(practice: Practice, actor: Actor, *, day: date | None = None) -> list[dict[str, str]]:
    """Who is expected that day (today by default), by all the doctors this person may see."""
    require(actor, "patients.find")
    zone = practice.settings.zone
    asked = day or store.now().astimezone(zone).date()
    trace.saw(practice, actor, "agenda.show")
    with practice.look() as connection:
        found = agenda.expected(connection, None, asked)
    return [
        {
            "time": f"{one.at.astimezone(zone):%H:%M}" if one.at else "", "family_name": one.family_name,
            "given_name": one.given_name, "birth_date": f"{one.birth_date:%d/%m/%Y}" if one.birth_date else "",
            "doctor": one.doctor,
        }
        for one in found
        if _works_for(actor, one.doctor)
    ]  # fmt: skip
