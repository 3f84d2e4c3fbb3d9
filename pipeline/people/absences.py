"""Absences: a secretary is away from a day to a day, and a colleague may cover for her.

On those days the cover reaches all that the absent reaches on her own (reach.py says exactly what); nothing is closed
to the absent. Days are those of the practice's time zone, the last one included; none is written after the event.
"""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from archive.ids import new_id
from pipeline import reach, store, tables
from pipeline.access import Actor, require
from pipeline.errors import CopisteError, NotFound
from pipeline.practice import Practice

LONGEST = timedelta(days=366)
"""How far ahead an absence may end: a cover opens doctors that the archivist did not say, so never for good."""


class BadAbsence(CopisteError):
    """An absence cannot be written as asked."""

    code = "E184"
    exit_code = 184
    advice = "Cette absence ne peut pas être enregistrée."


def add(practice: Practice, actor: Actor, *, user: str, begins: date, until: date, cover: str = "") -> str:
    """Write that a secretary is away between two days, included, and who covers for her; gives the absence's id.

    `user` and `cover` are accounts' ids; without a cover, her pools go on without her.
    """
    require(actor, "absences.manage", {"user": user})
    today = store.now().astimezone(practice.settings.zone).date()
    _check_days(begins, until, today)
    with practice.begin() as connection:
        _check_people(connection, user, cover)
        _check_free(connection, user, cover, begins, until)
        key = new_id()
        row = {"id": key, "user": user, "cover": cover or None, "begins": begins, "until": until, "by": actor.id}
        connection.execute(tables.absence.insert().values(**row))
        store.record(connection, actor=actor.id, action="absence", subject=key, detail=cover)
    return key


def end(practice: Practice, actor: Actor, key: str) -> None:
    """End an absence and its cover at once, or cancel one to come; one that is over stays as it is."""
    require(actor, "absences.manage")
    with practice.begin() as connection:
        row = connection.execute(sa.select(tables.absence).where(tables.absence.c.id == key)).mappings().first()
        if row is None:
            raise NotFound("no such absence", advice="Absence introuvable : voyez « copiste absences list ».")
        require(actor, "absences.manage", row)
        today = store.now().astimezone(practice.settings.zone).date()
        if row["ended"] is None and row["until"] >= today:
            _end(connection, actor, key)


def end_all_of(practice: Practice, connection: sa.Connection, actor: Actor, user: str) -> None:
    """End what an account is away for and what it covers, in the caller's transaction: it is a secretary's no more."""
    today, table = store.now().astimezone(practice.settings.zone).date(), tables.absence
    theirs = sa.or_(table.c.user == user, table.c.cover == user)
    query = sa.select(table.c.id).where(theirs, table.c.ended.is_(None), table.c.until >= today)
    for key in connection.scalars(query.order_by(table.c.id)).all():
        _end(connection, actor, key)


def listing(practice: Practice, actor: Actor) -> list[dict[str, Any]]:
    """The absences, the latest first, in the form of `copiste absences list --json`."""
    require(actor, "absences.see")
    today = store.now().astimezone(practice.settings.zone).date()
    with practice.look() as connection:
        query = sa.select(tables.user.c.id, tables.user.c.login, tables.user.c.name)
        known = {row["id"]: row for row in connection.execute(query).mappings()}
        found = reach.absences(connection)
    away = {one["user"] for one in found if reach.runs(one, today)}
    return [_told(one, known, away, today) for one in found]


def possible(connection: sa.Connection) -> list[dict[str, Any]]:
    """Who may be away or cover for someone: the secretaries whose account is open, by name."""
    user = tables.user
    query = sa.select(user.c.id, user.c.login, user.c.name).where(user.c.active, user.c.role == "secretary")
    return [dict(row) for row in connection.execute(query.order_by(user.c.name, user.c.id)).mappings()]


def _told(one: dict[str, Any], known: dict[str, sa.RowMapping], away: set[str], today: date) -> dict[str, Any]:
    who, cover = known[one["user"]], known.get(one["cover"])
    return {
        "id": one["id"],
        "user": one["user"],
        "login": who["login"],
        "name": who["name"],
        "cover": cover["login"] if cover else "",
        "cover_name": cover["name"] if cover else "",
        "cover_away": one["cover"] in away,
        "begins": one["begins"].isoformat(),
        "until": one["until"].isoformat(),
        "running": reach.runs(one, today),
        "to_come": one["ended"] is None and one["begins"] > today,
        "ended": one["ended"].isoformat() if one["ended"] else None,
    }


def _end(connection: sa.Connection, actor: Actor, key: str) -> None:
    connection.execute(tables.absence.update().where(tables.absence.c.id == key).values(ended=store.now()))
    store.record(connection, actor=actor.id, action="absence-ended", subject=key)


def _check_days(begins: date, until: date, today: date) -> None:
    if until < today:
        raise BadAbsence("over already", advice="Cette absence serait déjà finie : vérifiez les dates.")
    if until < begins:
        raise BadAbsence("ends before it begins", advice="Le dernier jour ne peut pas venir avant le premier.")
    if begins < today:
        raise BadAbsence("begins in the past", advice="Une absence commence aujourd'hui ou plus tard.")
    if until > today + LONGEST:
        advice = (
            "Une absence se note pour un an au plus : au-delà, le responsable de l'archive confie ses médecins "
            "à une collègue ou à un pool."
        )
        raise BadAbsence("too long", advice=advice)


def _check_people(connection: sa.Connection, user: str, cover: str) -> None:
    if cover == user:
        raise BadAbsence("oneself", advice="On ne se remplace pas soi-même.")
    there = {one["id"] for one in possible(connection)}
    if user not in there:
        raise BadAbsence("not a secretary at work", advice="Seules les absences des secrétaires se notent ici.")
    if cover and cover not in there:
        advice = "Celle ou celui qui remplace doit être une secrétaire du cabinet dont le compte est ouvert."
        raise BadAbsence("no such cover", advice=advice)


def _check_free(connection: sa.Connection, user: str, cover: str, begins: date, until: date) -> None:
    """One absence at a time for each, and no cover who is away: their days are written one after the other."""
    table = tables.absence
    there = (table.c.ended.is_(None), table.c.begins <= until, table.c.until >= begins)
    away = set(connection.scalars(sa.select(table.c.user).where(*there, table.c.user.in_((user, cover)))))
    if user in away:
        advice = "Une absence est déjà notée ces jours-là : mettez-y fin avant d'en noter une autre."
        raise BadAbsence("away already", advice=advice)
    if cover in away:
        advice = "Cette personne est elle-même absente l'un de ces jours : choisissez quelqu'un d'autre."
        raise BadAbsence("cover is away", advice=advice)
