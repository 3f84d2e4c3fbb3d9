"""The sites of a practice: places where its doctors work, and who works where.

A secretary may work for all the doctors of a site (members.py). Knows nothing of rights but who may change a site.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from archive.ids import new_id
from archive.names import key as name_key
from pipeline import store, tables
from pipeline.access import Actor, require
from pipeline.errors import CopisteError, NotFound
from pipeline.people import doctors
from pipeline.practice import Practice


class BadSite(CopisteError):
    """A site cannot be added as asked."""

    code = "E069"
    exit_code = 69
    advice = "Ce lieu ne peut pas être ajouté : son nom est vide, ou c'est celui d'un autre lieu."


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place where doctors of the practice work."""

    id: str
    name: str
    address: str
    phone: str
    doctors: tuple[str, ...] = ()
    """The ids of those who work there and have not left."""


def add(practice: Practice, actor: Actor, *, name: str, address: str = "", phone: str = "") -> str:
    """Add a site and give its id; BadSite when its name is empty or, but for accents and case, another's."""
    require(actor, "sites.manage")
    name, key = " ".join(name.split()), new_id()
    with practice.begin() as connection:
        known = connection.scalars(sa.select(tables.site.c.name)).all()
        if not name_key(name) or name_key(name) in map(name_key, known):
            raise BadSite("no name, or taken")
        values = {"name": name, "address": address.strip(), "phone": phone.strip()}
        connection.execute(tables.site.insert().values(id=key, **values))
        store.record(connection, actor=actor.id, action="site-added", subject=key)
    return key


def listing(practice: Practice, actor: Actor) -> tuple[Site, ...]:
    """The sites in the order of their names, each with its doctors."""
    require(actor, "sites.see")
    link, there = tables.doctor_site, dict[str, list[str]]()
    with practice.look() as connection:
        present = sa.select(link).join(tables.doctor, link.c.doctor == tables.doctor.c.id).where(tables.doctor.c.active)
        for row in connection.execute(present.order_by(link.c.doctor)).mappings():
            there.setdefault(row["site"], []).append(row["doctor"])
        rows = connection.execute(sa.select(tables.site).order_by(tables.site.c.name)).mappings().all()
    return tuple(Site(**row, doctors=tuple(there.get(row["id"], ()))) for row in rows)


def assign(practice: Practice, actor: Actor, doctor: str, site: str, *, leaves: bool = False) -> tuple[str, str]:
    """Say that a doctor works at a site, or not any more (`leaves`); gives the ids of both.

    Whoever works for all the doctors of that site sees this doctor's work from then on, or sees it no more.
    """
    require(actor, "sites.manage")
    link = tables.doctor_site
    with practice.begin() as connection:
        who = doctors.named(connection, doctor, active=not leaves)["id"]
        where = named(connection, site)
        if leaves:
            connection.execute(link.delete().where(link.c.doctor == who, link.c.site == where))
        else:
            store.insert_once(connection, link, doctor=who, site=where)
        action = "site-left" if leaves else "site-joined"
        store.record(connection, actor=actor.id, action=action, subject=who, detail=where)
    return str(who), where


def named(connection: sa.Connection, said: str) -> str:
    """The id of the site of that id or name, without accents or case; NotFound."""
    rows = connection.execute(sa.select(tables.site.c.id, tables.site.c.name)).all()
    found = [row.id for row in rows if said == row.id or (name_key(said) and name_key(row.name) == name_key(said))]
    if len(found) != 1:
        raise NotFound(f"{len(found)} sites", advice="Lieu introuvable : voyez « copiste sites list ».")
    return str(found[0])
