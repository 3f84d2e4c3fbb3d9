"""Whom a person reaches now: the doctors of their scope, the delegations that run, what was opened to them.

Reads the tables when an Actor is made, so that a delegation that ended yesterday or a scope that was taken away is felt
at the next request. Knows nothing of what may be done: that is access.py.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from pipeline import store, tables
from pipeline.access import CARE, Actor, Deputized
from pipeline.settings import Settings

STRICT = Settings.model_validate({"access": {"doctors_share_archive": False}})
"""The rules when a caller gives none: nothing is shared."""


def actor(connection: sa.Connection, account: sa.RowMapping, settings: Settings | None = None) -> Actor:
    """That account as someone who asks, with all it reaches by the practice's settings and civil date."""
    rules = settings or STRICT
    if account["role"] in CARE:
        return _carer(connection, account, rules)
    doctors = _scope(connection, account) if account["role"] == "secretary" else frozenset()
    return Actor(
        id=account["id"], name=account["name"], role=account["role"],
        doctors=doctors, archive=None if account["role"] == "archivist" else doctors,
        reads=_named(connection, account["id"]),
    )  # fmt: skip


def _scope(connection: sa.Connection, account: sa.RowMapping) -> frozenset[str] | None:
    """Whom a secretary works for: everyone, else the doctors named and those of the sites named, as they are now."""
    if account["everyone"]:
        return None
    scope, there = tables.user_scope, tables.doctor_site
    mine = scope.c.user == account["id"]
    named = sa.select(scope.c.doctor).where(mine, scope.c.doctor.is_not(None))
    placed = sa.select(there.c.doctor).join(scope, scope.c.site == there.c.site).where(mine)
    return frozenset(connection.scalars(named.union(placed)))


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


def runs(delegation: dict[str, Any], day: date) -> bool:
    """Whether a delegation runs that day; one that was ended runs no more, at once."""
    return delegation["ended"] is None and delegation["begins"] <= day <= delegation["until"]


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
