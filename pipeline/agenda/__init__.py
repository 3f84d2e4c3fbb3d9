"""Who is expected on which day: kept from the practice's agenda, to recognise who is spoken of in a dictation.

Knows appointments; `files` reads them from a CSV or an ICS. An appointment is no proof of anything: it never files a
document, it only says which names are likely.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from archive.ids import new_id
from archive.names import key as name_key
from pipeline import store, tables

DAYS_BEFORE = 3
"""A letter is dictated the same day or within days: « la hanche d'hier »."""
FORGET_AFTER = 60
"""Days after which an appointment serves nobody: who came when is not kept for its own sake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """Someone expected; `at` is None when only the day is known."""

    day: date
    family_name: str
    given_name: str = ""
    birth_date: date | None = None
    at: datetime | None = None
    doctor: str = ""
    """As the file names the doctor; the id of the doctor once kept."""
    correspondent: str = ""


def keep(connection: sa.Connection, appointments: Iterable[Appointment]) -> int:
    """Keep these appointments, whose `doctor` is an id or empty, in place of the same doctors' on the same days.

    Importing the same file twice therefore keeps it once, and a cancelled appointment goes. Old ones are forgotten.
    """
    kept = list(dict.fromkeys(appointments))
    if kept:
        oldest = min(store.now().date(), *(one.day for one in kept)) - timedelta(days=FORGET_AFTER)
        connection.execute(tables.appointment.delete().where(tables.appointment.c.day < oldest))
    for doctor, day in {(one.doctor or None, one.day) for one in kept}:
        table = tables.appointment
        connection.execute(table.delete().where(table.c.day == day, table.c.doctor.is_not_distinct_from(doctor)))
    for one in kept:
        row = {
            "id": new_id(), "doctor": one.doctor or None, "day": one.day, "at": one.at, "family_name": one.family_name,
            "given_name": one.given_name, "birth_date": one.birth_date, "correspondent": one.correspondent,
        }  # fmt: skip
        connection.execute(tables.appointment.insert().values(row))
    return len(kept)


def expected(
    connection: sa.Connection, doctor: str | None, day: date, *, days_before: int = 0
) -> tuple[Appointment, ...]:
    """Who was expected by this doctor (or by nobody in particular) that day or up to so many days before, latest first.

    Without a doctor, everyone expected in the practice.
    """
    table = tables.appointment
    query = sa.select(table).where(table.c.day.between(day - timedelta(days=days_before), day))
    if doctor:
        query = query.where(sa.or_(table.c.doctor == doctor, table.c.doctor.is_(None)))
    rows = connection.execute(query.order_by(table.c.day.desc(), table.c.at, table.c.id)).mappings()
    return tuple(
        Appointment(
            day=row["day"], at=row["at"], doctor=row["doctor"] or "", family_name=row["family_name"],
            given_name=row["given_name"], birth_date=row["birth_date"], correspondent=row["correspondent"],
        )
        for row in rows
    )  # fmt: skip


def names(connection: sa.Connection, doctor: str | None, day: date) -> tuple[str, ...]:
    """The names likely to be said in a dictation of that doctor on that day: patients, then correspondents."""
    found = expected(connection, doctor, day, days_before=DAYS_BEFORE)
    patients = [name for one in found for name in (_shown(one.family_name), one.given_name)]
    return _once([*patients, *(one.correspondent for one in found)])


def _shown(family: str) -> str:
    """DUPONT is written Dupont: a recogniser spells words in capitals letter by letter."""
    return " ".join("-".join(part.capitalize() for part in word.split("-")) for word in family.split())


def _once(words: Sequence[str]) -> tuple[str, ...]:
    best: dict[str, str] = {}
    for word in words:
        if name_key(word):
            best.setdefault(name_key(word), word)
    return tuple(best.values())
