"""Who the practice works with: patients of its register, doctors and their signing keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from archive import patients
from archive.errors import PatientConflict
from archive.ids import new_id
from archive.names import key as name_key
from archive.names import plain
from archive.records import Patient, Sex
from pipeline import agenda, store, tables
from pipeline.access import Actor, require
from pipeline.agenda import files
from pipeline.errors import CopisteError
from pipeline.practice import Practice

if TYPE_CHECKING:
    from pipeline.sign import Authority


_SEXES: dict[str, Sex] = {
    "f": "F", "femme": "F", "feminin": "F", "fille": "F", "mme": "F", "madame": "F", "mlle": "F",
    "m": "M", "h": "M", "homme": "M", "masculin": "M", "garcon": "M", "mr": "M", "monsieur": "M",
}  # fmt: skip
MIN_CODE = 6
"""A code of four digits is guessed in an afternoon by whoever holds the key and the vault."""


class BadPatient(CopisteError):
    """A person cannot be added to the register as asked."""

    code = "E064"
    exit_code = 64
    advice = "Ce patient ne peut pas être ajouté : indiquez son nom de famille."


class BadDoctor(CopisteError):
    """A doctor cannot be added as asked."""

    code = "E063"
    exit_code = 63
    advice = "Ce médecin ne peut pas être ajouté : ce sous-dossier est déjà celui d'un autre, ou son nom est vide."


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
    with practice.begin() as connection:
        return patients.find(connection, words)


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
    wrong or names a doctor who is not of this practice.
    """
    require(actor, "patients.add")
    found = files.read(file, zone=practice.settings.zone)
    with practice.begin() as connection:
        known = connection.execute(sa.select(tables.doctor)).mappings().all()
        whose = {
            said: _doctor_called(known, said)
            for said in ({doctor} if doctor else {one.doctor for one in found})
            if said
        }
        count = agenda.keep(connection, [replace(one, doctor=whose.get(doctor or one.doctor, "")) for one in found])
        store.record(connection, actor=actor.id, action="agenda", subject=whose.get(doctor, ""), detail=str(count))
    return count


def _doctor_called(known: Sequence[sa.RowMapping], said: str) -> str:
    """The id of the doctor of that id, folder or name; a family name alone will do when it is one doctor's."""
    asked = set(plain(said).split()) - {"dr", "docteur", "pr", "professeur"}
    found = [
        row["id"]
        for row in known
        if said in (row["id"], row["folder"]) or (asked and asked <= set(plain(row["name"]).split()))
    ]
    if len(found) != 1:
        raise files.BadAgenda("unknown doctor", advice="Un médecin de ce fichier n'est pas connu : précisez --doctor.")
    return str(found[0])


def expected(practice: Practice, actor: Actor, *, day: date | None = None) -> list[dict[str, str]]:
    """Who is expected that day (today by default), by all the doctors this person may see."""
    require(actor, "patients.find")
    zone = practice.settings.zone
    asked = day or store.now().astimezone(zone).date()
    with practice.look() as connection:
        found = agenda.expected(connection, actor.doctor, asked)
    return [
        {
            "time": f"{one.at.astimezone(zone):%H:%M}" if one.at else "", "family_name": one.family_name,
            "given_name": one.given_name, "birth_date": f"{one.birth_date:%d/%m/%Y}" if one.birth_date else "",
            "doctor": one.doctor,
        }
        for one in found
    ]  # fmt: skip


def add_doctor(
    practice: Practice, *, name: str, folder: str, code: str, title: str = "Dr", specialty: str = "", rpps: str = ""
) -> str:
    """Add a doctor with a signing key of their own, encrypted by their code, and give the doctor's id."""
    if len(code.strip()) < MIN_CODE:
        raise BadDoctor("short code", advice=f"Le code de signature doit avoir au moins {MIN_CODE} caractères.")
    if not name.strip() or not folder.strip() or "/" in folder or folder.startswith("."):
        raise BadDoctor("bad doctor")
    from pipeline.sign import new_doctor_key

    made = new_doctor_key(_authority(practice), f"{title} {name}".strip(), code)
    key, kept = new_id(), practice.objects.put(made.encrypted_key_pem)
    with practice.begin() as connection:
        added = store.insert_once(
            connection, tables.doctor, id=key, name=name.strip(), title=title, specialty=specialty, rpps=rpps,
            folder=folder.strip(), certificate=made.certificate_pem.decode(), signing_key=kept,
        )  # fmt: skip
    if not added:
        raise BadDoctor("folder taken")
    (practice.place("inbox") / folder.strip()).mkdir(mode=0o700, exist_ok=True)
    return key


def _authority(practice: Practice) -> "Authority":
    """The practice's authority, made with its first doctor."""
    from pipeline.sign import Authority, new_authority

    with practice.look() as connection:
        row = connection.execute(sa.select(tables.authority)).mappings().one_or_none()
    if row is None:
        made = new_authority(practice.settings.practice.name)
        address, certificate = practice.objects.put(made.key_pem), made.certificate_pem.decode()
        with practice.begin() as connection:
            store.insert_once(connection, tables.authority, id=1, certificate=certificate, key=address)
            row = connection.execute(sa.select(tables.authority)).mappings().one()
    return Authority(certificate_pem=row["certificate"].encode(), key_pem=practice.objects.get(row["key"]))


def doctors(practice: Practice) -> list[dict[str, Any]]:
    """The doctors, without their keys."""
    table = tables.doctor
    columns = (table.c.id, table.c.title, table.c.name, table.c.specialty, table.c.rpps, table.c.folder)
    with practice.look() as connection:
        return [dict(row) for row in connection.execute(sa.select(*columns).order_by(table.c.name)).mappings()]
