"""Whom a person reaches now: the doctors of their scope, the delegations that run, what was opened to them.

Reads the tables when an Actor is made, so that a delegation that ended yesterday or a scope that was taken away is felt
at the next request. Knows nothing of what may be done: that is access.py.

A secretary reaches the doctors of her own scope and those of her pools. While she covers for a colleague who is away,
she also reaches all that this colleague reaches so, « every doctor » included; not what the colleague was covering
herself, nor the restricted documents that were opened to her by name: a cover is lent by one person, for her own work.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

import sqlalchemy as sa

from pipeline import store, tables
from pipeline.access import CARE, Actor, Deputized
from pipeline.settings import Settings

Way = Literal["own", "pool", "cover"]
"""How a secretary reaches a doctor: her own scope, a pool, or a colleague she covers for."""
WAYS: tuple[Way, ...] = get_args(Way)
STRICT = Settings.model_validate({"access": {"doctors_share_archive": False}})
"""The rules when a caller gives none: nothing is shared."""


def actor(connection: sa.Connection, account: sa.RowMapping, settings: Settings | None = None) -> Actor:
    """That account as someone who asks, with all it reaches by the practice's settings and civil date."""
    rules = settings or STRICT
    if account["role"] in CARE:
        return _carer(connection, account, rules)
    today = store.now().astimezone(rules.zone).date()
    doctors = _scope(connection, account, today) if account["role"] == "secretary" else frozenset()
    return Actor(
        id=account["id"], name=account["name"], role=account["role"],
        doctors=doctors, archive=None if account["role"] == "archivist" else doctors,
        reads=_named(connection, account["id"]),
    )  # fmt: skip


def _scope(connection: sa.Connection, account: sa.RowMapping, today: date) -> frozenset[str] | None:
    """Whom a secretary works for today, alone and for those she covers for; None: everyone."""
    absents = [absence["user"] for absence in absences(connection, day=today) if absence["cover"] == account["id"]]
    lent = _secretaries(connection, absents) if absents else []
    if any(one["everyone"] for one in (account, *lent)):
        return None
    ways = _ways(connection, [account["id"], *(one["id"] for one in lent)])
    return frozenset(doctor for _, doctor, _ in ways)


def _secretaries(connection: sa.Connection, only: Collection[str] | None = None) -> Sequence[sa.RowMapping]:
    """The secretaries whose account is open, in the order of their names: nobody works for one that was closed."""
    table = tables.user
    query = sa.select(table.c.id, table.c.login, table.c.name, table.c.everyone)
    query = query.where(table.c.role == "secretary", table.c.active).order_by(table.c.name, table.c.id)
    return connection.execute(query if only is None else query.where(table.c.id.in_(only))).mappings().all()


def _ways(connection: sa.Connection, users: Collection[str]) -> list[tuple[str, str, Way]]:
    """(secretary, doctor, how) for doctors named, those of the sites named and those of the pools, as they are now."""
    scope, there, member, served = tables.user_scope, tables.doctor_site, tables.pool_member, tables.pool_doctor
    own, pool = sa.literal("own").label("way"), sa.literal("pool").label("way")
    named = sa.select(scope.c.user, scope.c.doctor, own).where(scope.c.doctor.is_not(None))
    placed = sa.select(scope.c.user, there.c.doctor, own).join(there, scope.c.site == there.c.site)
    pooled = sa.select(member.c.user, served.c.doctor, pool).join(served, member.c.pool == served.c.pool)
    found = sa.union(named, placed, pooled).subquery()
    return [
        (row.user, row.doctor, row.way) for row in connection.execute(sa.select(found).where(found.c.user.in_(users)))
    ]


def absences(connection: sa.Connection, *, day: date | None = None) -> list[dict[str, Any]]:
    """The absences of secretaries, the latest first; with `day`, those that run that day."""
    table = tables.absence
    query = sa.select(table).order_by(table.c.begins.desc(), table.c.id)
    if day is not None:
        query = query.where(table.c.ended.is_(None), table.c.begins <= day, table.c.until >= day)
    return [dict(row) for row in connection.execute(query).mappings()]


def _carer(connection: sa.Connection, account: sa.RowMapping, rules: Settings) -> Actor:
    own = frozenset({account["doctor"]}) - {None}
    today = store.now().astimezone(rules.zone).date()
    given = _running(delegations(connection, deputy=account["doctor"]), today) if own else []
    principals = frozenset(row["principal"] for row in given)
    signing = frozenset(row["principal"] for row in given if row["signs"])
    away = account["role"] != "doctor" and not principals
    shared = rules.access.doctors_share_archive and not away
    # an intern alone signs nothing; whoever is trusted with a principal's signature may sign their own letters too
    signs_own = own if account["role"] != "intern" or signing else frozenset[str]()
    return Actor(
        id=account["id"], name=account["name"], role=account["role"], doctor=account["doctor"],
        doctors=own | principals, archive=None if shared else own | principals, signs_for=signs_own | signing,
        deputies=_deputies(connection, account["doctor"], today, rules) if account["role"] == "doctor" else (),
        reads=_named(connection, account["id"]), glass=frozenset() if away else _glass(connection, account["id"]),
        away=away,
    )  # fmt: skip


def delegations(
    connection: sa.Connection, *, deputy: str | None = None, principal: str | None = None
) -> list[dict[str, Any]]:
    """The delegations of a deputy or of a principal (all of them without either), the latest first."""
    table = tables.delegation
    query = sa.select(table).order_by(table.c.begins.desc(), table.c.id)
    if deputy is not None:
        query = query.where(table.c.deputy == deputy)
    if principal is not None:
        query = query.where(table.c.principal == principal)
    return [dict(row) for row in connection.execute(query).mappings()]


def runs(lent: Mapping[Any, Any], day: date) -> bool:
    """Whether a delegation or an absence runs that day; one that was ended runs no more, at once."""
    return lent["ended"] is None and bool(lent["begins"] <= day <= lent["until"])


def _running(found: Iterable[dict[str, Any]], day: date) -> list[dict[str, Any]]:
    return [one for one in found if runs(one, day)]


def is_intern(connection: sa.Connection, doctor: str) -> bool:
    """Whether this doctor's row is an intern's: all its accounts are."""
    return _roles(connection, doctor) == {"intern"}


def _roles(connection: sa.Connection, doctor: str) -> set[str]:
    return set(connection.scalars(sa.select(tables.user.c.role).where(tables.user.c.doctor == doctor)))


def principals(connection: sa.Connection, deputy: str, day: date) -> tuple[str, ...]:
    """For whom a deputy works that day."""
    return tuple(dict.fromkeys(one["principal"] for one in _running(delegations(connection, deputy=deputy), day)))


def _deputies(connection: sa.Connection, principal: str | None, today: date, rules: Settings) -> tuple[Deputized, ...]:
    """Who wrote for this doctor, and when: what an intern leaves behind is still the principal's to sign.

    A colleague who stands in goes on writing for their own patients: naming one must open nothing of theirs.
    """
    if principal is None:
        return ()
    return tuple(
        Deputized(
            doctor=one["deputy"],
            since=one["begins"],
            until=min(one["until"], one["ended"].astimezone(rules.zone).date()) if one["ended"] else one["until"],
            signed_here=is_intern(connection, one["deputy"]),
        )
        for one in delegations(connection, principal=principal)
        if one["begins"] <= today and "doctor" not in _roles(connection, one["deputy"])
    )


def _named(connection: sa.Connection, account: str) -> frozenset[str]:
    table = tables.document_reader
    return frozenset(connection.scalars(sa.select(table.c.document).where(table.c.user == account)))


def _glass(connection: sa.Connection, account: str) -> frozenset[str]:
    table = tables.glass
    still = sa.select(table.c.patient).where(table.c.user == account, table.c.until > store.now())
    return frozenset(connection.scalars(still))


# --- the other way round: who types for each doctor -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Typist:
    """A secretary who is there and types for a doctor."""

    id: str
    login: str
    name: str
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A doctor, and the secretaries who type for them that day; none: nobody does."""

    doctor: str
    name: str
    """As letters say: « Dr Hélène Lambert »."""
    typists: tuple[Typist, ...]


def served(connection: sa.Connection, day: date) -> tuple[Served, ...]:
    """For each doctor who has not left, the secretaries who are there that day and reach them, by name."""
    doctors, secretaries, running = _doctors(connection), _secretaries(connection), absences(connection, day=day)
    ways = {(one["id"], row["id"], "own") for one in secretaries if one["everyone"] for row in doctors}
    ways |= set(_ways(connection, [one["id"] for one in secretaries]))
    covers = {(gone["cover"], doctor, "cover") for gone in running for who, doctor, _ in ways if who == gone["user"]}
    away = {gone["user"] for gone in running}
    there = [one for one in secretaries if one["id"] not in away]
    return tuple(
        Served(
            doctor=row["id"], name=f"{row['title']} {row['name']}".strip(),
            typists=_typists(row["id"], there, ways | covers),
        )
        for row in doctors
    )  # fmt: skip


def orphans(connection: sa.Connection, day: date) -> tuple[Served, ...]:
    """The doctors nobody types for that day: each secretary who reaches them is away, or none does.

    Empty in a practice that has no secretary: its doctors type. A locum or an intern counts while they work here.
    """
    if not _secretaries(connection):
        return ()
    return tuple(one for one in served(connection, day) if not one.typists and not _is_off(connection, one.doctor, day))


def _doctors(connection: sa.Connection) -> Sequence[sa.RowMapping]:
    table = tables.doctor
    query = sa.select(table.c.id, table.c.title, table.c.name).where(table.c.active)
    return connection.execute(query.order_by(table.c.name, table.c.id)).mappings().all()


def _typists(doctor: str, there: Iterable[sa.RowMapping], ways: Collection[tuple[str, str, str]]) -> tuple[Typist, ...]:
    found = [
        Typist(
            id=one["id"], login=one["login"], name=one["name"],
            ways=tuple(way for way in WAYS if (one["id"], doctor, way) in ways),
        )
        for one in there
    ]  # fmt: skip
    return tuple(one for one in found if one.ways)


def _is_off(connection: sa.Connection, doctor: str, day: date) -> bool:
    """Whether this is a locum or an intern who works for nobody that day."""
    roles = _roles(connection, doctor)
    return bool(roles) and "doctor" not in roles and not principals(connection, doctor, day)
