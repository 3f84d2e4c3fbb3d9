"""Pools: secretaries who type together for the same doctors.

Whoever is in a pool works for its doctors besides those of her own scope (reach.py adds them up); a doctor or a
secretary may be in several. Knows nothing of rights but who may change a pool.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from archive.ids import new_id
from archive.names import key as name_key
from pipeline import reach, store, tables
from pipeline.access import Actor, require
from pipeline.errors import CopisteError, NotFound
from pipeline.people import doctors
from pipeline.practice import Practice


class BadPool(CopisteError):
    """A pool cannot be added, changed or removed as asked."""

    code = "E183"
    exit_code = 183
    advice = "Ce pool ne peut pas être ajouté : son nom est vide, ou c'est celui d'un autre pool."


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool with all who are in it; a doctor who has left and an account that is closed keep their place."""

    id: str
    name: str
    doctors: tuple[dict[str, Any], ...] = ()
    """Each with its id, its name as letters say, and whether it is active."""
    secretaries: tuple[dict[str, Any], ...] = ()
    """Each with its login, its name, and whether its account is active."""


def add(practice: Practice, actor: Actor, *, name: str) -> str:
    """Add a pool and give its id; BadPool when its name is empty or, but for accents and case, another's."""
    require(actor, "pools.manage")
    name, key = " ".join(name.split()), new_id()
    with practice.begin() as connection:
        known = connection.scalars(sa.select(tables.pool.c.name)).all()
        if not name_key(name) or name_key(name) in map(name_key, known):
            raise BadPool("no name, or taken")
        connection.execute(tables.pool.insert().values(id=key, name=name))
        store.record(connection, actor=actor.id, action="pool-added", subject=key)
    return key


def remove(practice: Practice, actor: Actor, pool: str, *, even_full: bool = False) -> str:
    """Remove a pool and give its id; BadPool when someone is in it, unless `even_full`."""
    require(actor, "pools.manage")
    with practice.begin() as connection:
        key = named(connection, pool)
        links = (tables.pool_doctor, tables.pool_member)
        if not even_full and any(_holds_any(connection, link, key) for link in links):
            advice = "Ce pool sert encore : retirez-en médecins et secrétaires, ou confirmez avec --yes."
            raise BadPool("not empty", advice=advice)
        for link in links:
            connection.execute(link.delete().where(link.c.pool == key))
        connection.execute(tables.pool.delete().where(tables.pool.c.id == key))
        store.record(connection, actor=actor.id, action="pool-removed", subject=key)
    return key


def assign(
    practice: Practice,
    actor: Actor,
    pool: str,
    *,
    of: Sequence[str] = (),
    to: Sequence[str] = (),
    leaves: bool = False,
) -> str:
    """Put doctors (`of`) and secretaries (`to`, by login) in a pool, or take them out; gives the pool's id.

    Felt at the next page or command of each secretary of the pool.
    """
    require(actor, "pools.manage")
    with practice.begin() as connection:
        key = named(connection, pool)
        whose = [str(doctors.named(connection, one, active=not leaves)["id"]) for one in of]
        who = [_member(connection, one, joins=not leaves) for one in to]
        for link, column, found in ((tables.pool_doctor, "doctor", whose), (tables.pool_member, "user", who)):
            for one in found:
                _link(connection, link, {"pool": key, column: one}, leaves=leaves)
                action = "pool-left" if leaves else "pool-joined"
                store.record(connection, actor=actor.id, action=action, subject=one, detail=key)
    return key


def leave_all(connection: sa.Connection, actor: Actor, user: str) -> None:
    """Take an account out of every pool, in the caller's transaction: whom it works for must be said again."""
    link = tables.pool_member
    for pool in connection.scalars(sa.select(link.c.pool).where(link.c.user == user)).all():
        _link(connection, link, {"pool": pool, "user": user}, leaves=True)
        store.record(connection, actor=actor.id, action="pool-left", subject=user, detail=pool)


def listing(practice: Practice, actor: Actor) -> tuple[Pool, ...]:
    """The pools in the order of their names, each with its doctors and its secretaries."""
    require(actor, "pools.see")
    with practice.look() as connection:
        rows = connection.execute(sa.select(tables.pool).order_by(tables.pool.c.name)).mappings().all()
        served, members = _doctors(connection), _secretaries(connection)
    return tuple(
        Pool(
            **row,
            doctors=tuple(one for pool, one in served if pool == row["id"]),
            secretaries=tuple(one for pool, one in members if pool == row["id"]),
        )
        for row in rows
    )


def today(practice: Practice, actor: Actor) -> tuple[reach.Served, ...]:
    """Who types for whom today: each doctor with the secretaries who are there, from `copiste pools who`."""
    require(actor, "pools.see")
    day = store.now().astimezone(practice.settings.zone).date()
    with practice.look() as connection:
        return reach.served(connection, day)


def named(connection: sa.Connection, said: str) -> str:
    """The id of the pool of that id or name, without accents or case; NotFound."""
    rows = connection.execute(sa.select(tables.pool.c.id, tables.pool.c.name)).all()
    found = [row.id for row in rows if said == row.id or (name_key(said) and name_key(row.name) == name_key(said))]
    if len(found) != 1:
        raise NotFound(f"{len(found)} pools", advice="Pool introuvable : voyez « copiste pools list ».")
    return str(found[0])


def account(connection: sa.Connection, login: str) -> sa.RowMapping:
    """The account of that login, whatever its role; NotFound."""
    query = sa.select(tables.user).where(tables.user.c.login == login.strip().lower())
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound("no such account", advice="Ce compte n'existe pas : voyez « copiste users list ».")
    return row


def _member(connection: sa.Connection, login: str, *, joins: bool) -> str:
    row = account(connection, login)
    if joins and not (row["role"] == "secretary" and row["active"]):
        advice = "Seules des secrétaires dont le compte est ouvert font partie d'un pool."
        raise BadPool("not a secretary at work", advice=advice)
    return str(row["id"])


def _link(connection: sa.Connection, link: sa.Table, values: dict[str, str], *, leaves: bool) -> None:
    if leaves:
        connection.execute(link.delete().where(*(link.c[name] == value for name, value in values.items())))
    else:
        store.insert_once(connection, link, **values)


def _holds_any(connection: sa.Connection, link: sa.Table, pool: str) -> bool:
    return connection.execute(sa.select(link.c.pool).where(link.c.pool == pool)).first() is not None


def _doctors(connection: sa.Connection) -> list[tuple[str, dict[str, Any]]]:
    link, doctor = tables.pool_doctor, tables.doctor
    query = sa.select(link.c.pool, doctor.c.id, doctor.c.title, doctor.c.name, doctor.c.active).join_from(link, doctor)
    return [
        (row.pool, {"id": row.id, "name": doctors.printed(row.title, row.name), "active": row.active})
        for row in connection.execute(query.order_by(doctor.c.name, doctor.c.id))
    ]


def _secretaries(connection: sa.Connection) -> list[tuple[str, dict[str, Any]]]:
    link, user = tables.pool_member, tables.user
    query = sa.select(link.c.pool, user.c.login, user.c.name, user.c.active).join_from(link, user)
    return [
        (row.pool, {"login": row.login, "name": row.name, "active": row.active})
        for row in connection.execute(query.order_by(user.c.name, user.c.login))
    ]
