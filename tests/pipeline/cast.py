"""A practice with more people than two doctors: a locum, an intern, a scoped secretary; and documents of theirs."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from archive import patients
from archive.ids import new_id
from archive.records import Patient
from pipeline import accounts, store, tables
from pipeline.access import Actor
from pipeline.practice import Practice
from pipeline.types import CheckedText, Letter, Review
from tests.fakes import PASSWORD


def join(practice: Practice, login: str, role: str, *, everyone: bool = True) -> Actor:
    """One more account; a locum's or an intern's has a doctor of its own, whose signing key is Paul Garnier's."""
    with practice.begin() as connection:
        doctor = None
        if role in ("doctor", "locum", "intern"):
            model = connection.execute(sa.select(tables.doctor).where(tables.doctor.c.folder == "garnier")).one()
            doctor = new_id()
            values = {**model._mapping, "id": doctor, "name": login.capitalize(), "folder": login}
            connection.execute(tables.doctor.insert().values(values))
        accounts.add(
            connection, login=login, name=login.capitalize(), role=role, password=PASSWORD, doctor=doctor,
            everyone=everyone,
        )  # fmt: skip
    return now(practice, login)


def now(practice: Practice, login: str) -> Actor:
    """Someone, with what they reach at this moment."""
    with practice.look() as connection:
        return accounts.actor(connection, login, settings=practice.settings)


def patient(practice: Practice, family_name: str = "Martin") -> Patient:
    """Someone in the register."""
    with practice.begin() as connection:
        return patients.add(
            connection, family_name=family_name, given_name="Paul", birth_date=date(1960, 5, 4), actor="test"
        )


def document(practice: Practice, doctor: str | None, *, text: str = "Cher confrère.", **values: Any) -> str:
    """A document of that doctor, to review unless said otherwise, with its recording."""
    key, recording, moment = new_id(), new_id(), store.now()
    review = Review(checked=CheckedText(letter=Letter(text=text, blocks=(), spans=()), flags=()), text=text)
    sound = practice.objects.put(b"RIFF" + recording.encode())
    address = practice.keep(review)
    with practice.begin() as connection:
        store.insert_once(
            connection, tables.dictation, id=recording, sha256=recording, audio=sound, playable=sound, name="x.wav",
            doctor=doctor, received=moment, due=moment, since=moment, state="drafted", seconds=1.0,
        )  # fmt: skip
        row = {"state": "to-review", "written": moment.date(), "dictation": recording, "position": 0}
        row |= {"kind": "courrier", "doctor": doctor, "since": moment, "due": moment} | values
        store.insert_once(connection, tables.document, id=key, review=address, **row)
    return key


def row(practice: Practice, key: str) -> sa.RowMapping:
    """A document as it stands."""
    with practice.look() as connection:
        return store.one(connection, tables.document, key)


def lines(practice: Practice, **equal: str) -> list[tuple[str, str, str, str | None]]:
    """The access log, as (actor, action, subject, patient)."""
    table = tables.access_log
    with practice.look() as connection:
        query = sa.select(table).where(*(table.c[name] == value for name, value in equal.items()))
        return [(one.actor, one.action, one.subject, one.patient) for one in connection.execute(query)]
