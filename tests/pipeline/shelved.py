"""A document in the archive, as the story leaves it, without laying one out."""

from datetime import date
from typing import Any

from archive import deposit, patients
from archive.records import Deposit
from pipeline import store
from pipeline.access import Actor
from pipeline.practice import Practice
from tests.pipeline.cast import document

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


def filed(practice: Practice, author: Actor, *, family_name: str = "Martin", **values: Any) -> str:
    """The id of a filed document of that doctor."""
    pdf = practice.objects.put(PDF + family_name.encode() + str(author.doctor).encode())
    with practice.begin() as connection:
        one = patients.add(
            connection, family_name=family_name, given_name="Paul", birth_date=date(1960, 5, 4), actor="test"
        )
    row = {"state": "filed", "patient": one.id, "pdf": pdf, "signed": pdf, "signed_at": store.now()}
    key = document(practice, author.doctor, **(row | values))
    with practice.begin() as connection:
        offered = Deposit(
            id=key, patient_id=one.id, kind="courrier", title="Courrier", author="Dr X", date=date(2026, 5, 4),
            pdf=pdf, actor="test", schedule="trente",
        )  # fmt: skip
        deposit.deposit(connection, practice.objects, offered)
    return key
