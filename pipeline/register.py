"""Who the practice works with: patients of its register, doctors and their signing keys."""

from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from archive import patients
from archive.ids import new_id
from archive.names import key as name_key
from archive.records import Patient, Sex
from pipeline import store
from pipeline.access import Actor, require
from pipeline.errors import CopisteError
from pipeline.practice import Practice

if TYPE_CHECKING:
    from pipeline.sign import Authority


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
            connection, store.doctor, id=key, name=name.strip(), title=title, specialty=specialty, rpps=rpps,
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
        row = connection.execute(sa.select(store.authority)).mappings().one_or_none()
    if row is None:
        made = new_authority(practice.settings.practice.name)
        address, certificate = practice.objects.put(made.key_pem), made.certificate_pem.decode()
        with practice.begin() as connection:
            store.insert_once(connection, store.authority, id=1, certificate=certificate, key=address)
            row = connection.execute(sa.select(store.authority)).mappings().one()
    return Authority(certificate_pem=row["certificate"].encode(), key_pem=practice.objects.get(row["key"]))


def doctors(practice: Practice) -> list[dict[str, Any]]:
    """The doctors, without their keys."""
    table = store.doctor
    columns = (table.c.id, table.c.title, table.c.name, table.c.specialty, table.c.rpps, table.c.folder)
    with practice.look() as connection:
        return [dict(row) for row in connection.execute(sa.select(*columns).order_by(table.c.name)).mappings()]
