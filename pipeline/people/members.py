"""Accounts as they are kept: who has one, what for and for whom; opened, closed, given another role or password.

Knows neither sessions nor what a password is worth (accounts.py), nor who may do this (access.py): each act asks with
the account's row as it is and, where that changes, as it is to be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline import accounts, store, tables
from pipeline.access import CARE, Actor, require
from pipeline.accounts import BadAccount
from pipeline.errors import NotFound
from pipeline.people import absences, doctors, pools, sites
from pipeline.practice import Practice
from pipeline.settings import Settings

NEEDED = ("technical", "archivist")
"""Roles of which a practice keeps one: without them nobody keeps the machine, or opens accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An account, as a list shows it."""

    id: str
    login: str
    name: str
    role: str
    doctor: str
    """The id of the doctor whose account it is; empty for the others."""
    active: bool
    everyone: bool
    """Works for every doctor; else for `doctors` and those of `sites` only (a secretary)."""
    doctors: tuple[str, ...]
    sites: tuple[str, ...]
    pools: tuple[str, ...]
    """Names of the pools whose doctors they type for."""
    failures: int
    """Wrong passwords or codes since the last login."""
    waits_until: datetime | None
    """Until when it is kept waiting after too many of them."""


def acting(connection: sa.Connection, settings: Settings, *, role: str) -> Actor:
    """Who a command on accounts acts for when it names nobody: the only account of that role.

    While the practice has none, whoever holds its folder stands in for it: someone opens the first account.
    """
    if _count(connection, role):
        return accounts.only(connection, role=role, settings=settings)
    return stand_in(role)


def stand_in(role: str) -> Actor:
    """Whoever holds the folder, in a role that nobody of the practice has yet; reaches nobody's work."""
    return Actor(id="operator", name="Commande", role=role)


def kept_by(practice: Practice, login: str) -> str:
    """The role that keeps this account: technical accounts are the technical one's, all others the archivist's."""
    with practice.look() as connection:
        return keeper_of(_named(connection, login)["role"])


def keeper_of(role: str) -> str:
    """The role that keeps accounts of that role."""
    return "technical" if role == "technical" else "archivist"


def add(
    practice: Practice,
    actor: Actor,
    *,
    login: str,
    name: str,
    role: str,
    password: str,
    doctor: str = "",
    everyone: bool = True,
) -> str:
    """Open an account and give its id; one that is not for `everyone` sees nobody's work until its scope is said."""
    require(actor, "users.manage", {"id": None, "role": role})
    with practice.begin() as connection:
        whose = doctors.named(connection, doctor, active=True)["id"] if doctor else None
        key = accounts.add(
            connection, login=login, name=name, role=role, password=password, doctor=whose, everyone=everyone
        )
        store.record(connection, actor=actor.id, action="account-opened", subject=key, detail=role)
    return key


def listing(practice: Practice, actor: Actor) -> tuple[Member, ...]:
    """Every account, closed ones included, in the order of their logins."""
    require(actor, "users.see")
    with practice.look() as connection:
        rows = connection.execute(sa.select(tables.user).order_by(tables.user.c.login)).mappings().all()
        scopes = connection.execute(sa.select(tables.user_scope)).mappings().all()
        pooled = _pools(connection)
    return tuple(
        _member(row, [scope for scope in scopes if scope["user"] == row["id"]], pooled.get(row["id"], ()))
        for row in rows
    )


def close(practice: Practice, actor: Actor, login: str) -> None:
    """Shut an account and log it out; its past acts keep its name. BadAccount for the last one of a needed role."""
    with practice.begin() as connection:
        row = _named(connection, login)
        require(actor, "users.close", row)
        _require_another(connection, row)
        _close(connection, actor, row)
        absences.end_all_of(practice, connection, actor, row["id"])


def close_all_of(connection: sa.Connection, actor: Actor, doctor: str) -> tuple[str, ...]:
    """Shut the accounts of a doctor who leaves, in the caller's transaction; gives their logins."""
    theirs = (tables.user.c.doctor == doctor, tables.user.c.active)
    rows = connection.execute(sa.select(tables.user).where(*theirs).order_by(tables.user.c.login)).mappings().all()
    for row in rows:
        _close(connection, actor, row)
    return tuple(row["login"] for row in rows)


def reopen(practice: Practice, actor: Actor, login: str) -> None:
    """Open a closed account again with the password it had, or let one in that waits after too many wrong ones."""
    with practice.begin() as connection:
        row = _named(connection, login)
        require(actor, "users.manage", row)
        if row["doctor"]:
            doctors.named(connection, row["doctor"], active=True)
        accounts.reopen(connection, row["login"])
        store.record(connection, actor=actor.id, action="account-opened", subject=row["id"], detail=row["role"])


def change_password(practice: Practice, actor: Actor, login: str, *, password: str) -> None:
    """Give an account another password, and log it out everywhere; one's own, or that of an account one keeps."""
    with practice.begin() as connection:
        row = _named(connection, login)
        require(actor, "users.password", row)
        accounts.change_password(connection, row["login"], password)
        store.record(connection, actor=actor.id, action="password", subject=row["id"])


def change_role(practice: Practice, actor: Actor, login: str, *, role: str, doctor: str = "") -> None:
    """Give an account another role, and log it out; `doctor` is whose account it becomes, for those who care.

    A secretary's scope, pools and absences are emptied: whom she works for must be said again.
    """
    with practice.begin() as connection:
        row = _named(connection, login)
        for asked in (row, row | {"role": role}):
            require(actor, "users.manage", asked)
        if role != row["role"]:
            _require_another(connection, row)
        whose = doctors.named(connection, doctor, active=True)["id"] if doctor else None
        accounts.change_role(connection, row["login"], role, doctor=whose or (row["doctor"] if role in CARE else None))
        pools.leave_all(connection, actor, row["id"])
        absences.end_all_of(practice, connection, actor, row["id"])
        store.record(connection, actor=actor.id, action="role", subject=row["id"], detail=role)


def change_scope(
    practice: Practice,
    actor: Actor,
    login: str,
    *,
    everyone: bool,
    of: Sequence[str] = (),
    at: Sequence[str] = (),
) -> None:
    """Say whom a secretary works for: everyone, or only these doctors (`of`) and those of these sites (`at`)."""
    with practice.begin() as connection:
        row = _named(connection, login)
        require(actor, "users.manage", row)
        if row["role"] != "secretary":
            raise BadAccount("not a secretary", advice="Seul un compte de secrétaire travaille pour des médecins.")
        connection.execute(tables.user_scope.delete().where(tables.user_scope.c.user == row["id"]))
        accounts.work_for_everyone(connection, row["login"], everyone=everyone)
        for one in of:
            accounts.add_scope(connection, row["login"], doctor=doctors.named(connection, one)["id"])
        for one in at:
            accounts.add_scope(connection, row["login"], site=sites.named(connection, one))
        store.record(connection, actor=actor.id, action="scope", subject=row["id"])


def _pools(connection: sa.Connection) -> dict[str, tuple[str, ...]]:
    """The names of the pools of each account."""
    link, pool = tables.pool_member, tables.pool
    found: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(sa.select(link.c.user, pool.c.name).join_from(link, pool).order_by(pool.c.name)):
        found[row.user] = (*found.get(row.user, ()), row.name)
    return found


def _member(row: sa.RowMapping, scopes: list[Any], pooled: tuple[str, ...]) -> Member:
    return Member(
        id=row["id"], login=row["login"], name=row["name"], role=row["role"], doctor=row["doctor"] or "",
        active=row["active"], everyone=row["everyone"], failures=row["failures"], waits_until=row["locked_until"],
        doctors=tuple(one["doctor"] for one in scopes if one["doctor"]),
        sites=tuple(one["site"] for one in scopes if one["site"]),
        pools=pooled,
    )  # fmt: skip


def _named(connection: sa.Connection, login: str) -> dict[str, Any]:
    query = sa.select(tables.user).where(tables.user.c.login == login.strip().lower())
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound("no such account", advice="Ce compte n'existe pas : voyez « copiste users list ».")
    return dict(row)


def _require_another(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    if row["active"] and row["role"] in NEEDED and _count(connection, row["role"]) == 1:
        raise BadAccount("last account", advice="C'est le dernier compte de ce rôle : ouvrez-en d'abord un autre.")


def _count(connection: sa.Connection, role: str) -> int:
    query = sa.select(sa.func.count()).select_from(tables.user)
    return int(connection.scalar(query.where(tables.user.c.role == role, tables.user.c.active)) or 0)


def _close(connection: sa.Connection, actor: Actor, row: Mapping[Any, Any]) -> None:
    accounts.close(connection, row["login"])
    store.record(connection, actor=actor.id, action="account-closed", subject=row["id"])
