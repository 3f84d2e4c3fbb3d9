"""Signed documents in the archive, without the road that leads there."""

import io
from datetime import date
from typing import Any

import pikepdf

from archive import patients
from archive.deposit import deposit
from archive.ids import new_id
from archive.records import Deposit, Patient
from pipeline import store, tables
from pipeline.practice import Practice
from pipeline.signature import with_code
from tests.fakes import CODE


def a_patient(practice: Practice, *, family: str = "DUPONT", given: str = "Jean") -> Patient:
    with practice.begin() as connection:
        return patients.add(
            connection, family_name=family, given_name=given, birth_date=date(1954, 3, 12), actor="TEST"
        )


def signed_pdf(practice: Practice, doctor: str) -> bytes:
    blank = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(blank)
    with practice.look() as connection:
        row = store.one(connection, tables.doctor, doctor)
    return with_code(practice, CODE)(blank.getvalue(), row).pdf


def filed(
    practice: Practice, doctor: str, patient: Patient, *, pdf: bytes, restricted: bool = False, **changes: Any
) -> str:
    """A document of that doctor, in the archive with its Word document and its text; gives its id."""
    key, sound, now = new_id(), new_id(), store.now()
    address = practice.objects.put(pdf)
    with practice.begin() as connection:
        store.insert_once(
            connection, tables.dictation, id=sound, sha256=f"{sound:0>64}", audio=address, name="x.flac",
            doctor=doctor, received=now, due=now, state="drafted", since=now,
        )  # fmt: skip
        store.insert_once(
            connection, tables.document, id=key, dictation=sound, position=0, state="filed", since=now, due=now,
            kind="consultation", doctor=doctor, signatory=doctor, patient=patient.id, review=address, signed=address,
            restricted=restricted, written=date(2026, 3, 2),
        )  # fmt: skip
        values: dict[str, Any] = {
            "id": key, "patient_id": patient.id, "kind": "consultation", "title": "Compte rendu de consultation",
            "author": "Dr Hélène Lambert", "date": date(2026, 3, 2), "pdf": address, "master": b"docx",
            "text": "Œdème des membres inférieurs.".encode(), "actor": "TEST",
        }  # fmt: skip
        deposit(connection, practice.objects, Deposit(**values | changes))
    return key
