"""Deputies: a locum or an intern who works for a doctor from a day to a day, and may sign for them or not.

The doctor lends their own name; the archivist may only end what was lent. Days are those of the practice's time zone,
the last one included. Knows nothing of what a delegation opens: that is access.py and reach.py.
"""

from datetime import date
from typing import Any

import sqlalchemy as sa

from archive.ids import new_id
from pipeline import reach, store, tables
from pipeline.access import CARE, Actor, require
from pipeline.errors import CopisteError, NotFound
from pipeline.practice import Practice


class BadDeputy(CopisteError):
    """A delegation cannot be made as asked."""

    code = "E165"
    exit_code = 165
    advice = "Ce remplacement ne peut pas être enregistré."


def add(
    practice: Practice, actor: Actor, *, deputy: str, principal: str, begins: date, until: date, signs: bool = False
) -> str:
    """Let a doctor's deputy (both are doctors' ids) work for them between two days, included; gives its id."""
    require(actor, "deputies.manage", {"principal": principal})
    _check_days(practice, begins, until)
    with practice.begin() as connection:
        _check_deputy(connection, deputy, principal)
        key = new_id()
        row = {"id": key, "deputy": deputy, "principal": principal, "begins": begins, "until": until, "signs": signs}
        connection.execute(tables.delegation.insert().values(by=actor.id, **row))
        store.record(connection, actor=actor.id, action="deputy", subject=key, detail="signs" if signs else "")
    return key


def end(practice: Practice, actor: Actor, key: str) -> None:
    """End a delegation at once; ending it again changes nothing."""
    with practice.begin() as connection:
        row = connection.execute(sa.select(tables.delegation).where(tables.delegation.c.id == key)).mappings().first()
        if row is None:
            raise NotFound("no such delegation", advice="Remplacement introuvable : voyez « copiste deputies list ».")
        require(actor, "deputies.end", row)
        if row["ended"] is None:
            connection.execute(
                tables.delegation.update().where(tables.delegation.c.id == key).values(ended=store.now())
            )
            store.record(connection, actor=actor.id, action="deputy-ended", subject=key)


def listing(practice: Practice, actor: Actor) -> list[dict[str, Any]]:
    """The delegations, the latest first, in the form of `copiste deputies list --json`."""
    require(actor, "deputies.see")
    today = store.now().astimezone(practice.settings.zone).date()
    with practice.look() as connection:
        names = {
            row["id"]: f"{row['title']} {row['name']}".strip()
            for row in connection.execute(sa.select(tables.doctor)).mappings()
        }
        return [
            {
                "id": one["id"],
                "deputy": one["deputy"],
                "deputy_name": names[one["deputy"]],
                "principal": one["principal"],
                "principal_name": names[one["principal"]],
                "begins": one["begins"].isoformat(),
                "until": one["until"].isoformat(),
                "signs": one["signs"],
                "running": reach.runs(one, today),
                "to_come": one["ended"] is None and one["begins"] > today,
                "ended": one["ended"].isoformat() if one["ended"] else None,
            }
            for one in reach.delegations(connection)
        ]


def possible(connection: sa.Connection, principal: str | None) -> list[dict[str, Any]]:
    """Who could stand in for a doctor: the active doctors, locums and interns but themself, each with an account."""
    doctor, user = tables.doctor, tables.user
    query = (
        sa.select(doctor.c.id, doctor.c.title, doctor.c.name, user.c.role)
        .join(user, user.c.doctor == doctor.c.id)
        .where(doctor.c.active, user.c.active, user.c.role.in_(CARE), doctor.c.id != principal)
        .order_by(doctor.c.name)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _check_days(practice: Practice, begins: date, until: date) -> None:
    today = store.now().astimezone(practice.settings.zone).date()
    if until < begins:
        raise BadDeputy("ends before it begins", advice="Le dernier jour ne peut pas venir avant le premier.")
    if until < today:
        raise BadDeputy("over already", advice="Ce remplacement serait déjà fini : vérifiez les dates.")
    if begins < today:  # it would open what the deputy wrote then for someone else
        raise BadDeputy("begins in the past", advice="Un remplacement commence aujourd'hui ou plus tard.")


def _check_deputy(connection: sa.Connection, deputy: str, principal: str) -> None:
    if deputy == principal:
        raise BadDeputy("oneself", advice="On ne se remplace pas soi-même.")
    known = {one["id"] for one in possible(connection, principal)}
    if deputy not in known:
        advice = "Le remplaçant doit être un médecin en activité du cabinet, avec son propre compte."
        raise BadDeputy("no such deputy", advice=advice)
    if not store.one(connection, tables.doctor, principal)["active"]:
        raise BadDeputy("principal has left", advice="Ce médecin a quitté le cabinet.")
