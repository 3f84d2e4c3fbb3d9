"""People who use the pages and the commands: accounts, passwords (Argon2id), sessions.

Knows nothing of what they may do: that is access.py; nor of whom they reach: that is reach.py. Whatever narrows an
account (closed, another password, another role or scope) ends its sessions in the same transaction.
"""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

import sqlalchemy as sa

from archive.ids import new_id
from pipeline import reach, store, tables
from pipeline.access import CARE, Actor, RoleName
from pipeline.errors import CopisteError, NotFound, SigningRefused
from pipeline.settings import Settings

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_PASSWORD = 10
FAILURES_BEFORE_PAUSE = 5
PAUSE = timedelta(minutes=5)


class BadAccount(CopisteError):
    """An account cannot be made as asked."""

    code = "E062"
    exit_code = 62
    advice = "Ce compte ne peut pas être créé."


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


def new_password() -> str:
    """A password that can be read aloud: five groups of three letters and digits without look-alikes."""
    return "-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(3)) for _ in range(5))


def add(
    connection: sa.Connection, *, login: str, name: str, role: str, password: str, doctor: str | None = None,
    everyone: bool = True,
) -> str:  # fmt: skip
    """Make an account and give its id; a secretary's works for `everyone` or for nobody until a scope is added.

    BadAccount says in French what is wrong.
    """
    _check_role(connection, role, doctor)
    hashed, key = _hashed(password), new_id()
    added = store.insert_once(
        connection, tables.user, id=key, login=login.strip().lower(), name=name, role=role, doctor=doctor,
        password_hash=hashed, everyone=everyone,
    )  # fmt: skip
    if not added:
        raise BadAccount("login taken", advice="Cet identifiant de connexion est déjà pris.")
    return key


def _check_role(connection: sa.Connection, role: str, doctor: str | None) -> None:
    if role not in get_args(RoleName):
        raise BadAccount("unknown role", advice=f"Rôle inconnu. Rôles : {', '.join(get_args(RoleName))}.")
    if (role in CARE) != (doctor is not None):
        said = "Un compte de médecin, de remplaçant ou d'interne désigne un médecin ; les autres comptes, aucun."
        raise BadAccount("doctor account", advice=said)
    known = sa.select(tables.doctor.c.id).where(tables.doctor.c.id == doctor)
    if doctor is not None and connection.scalar(known) is None:
        raise NotFound("no such doctor", advice="Médecin introuvable : voyez « copiste doctors list ».")


def _hashed(password: str) -> str:
    if len(password) < MIN_PASSWORD:
        raise BadAccount("short password", advice=f"Le mot de passe doit avoir au moins {MIN_PASSWORD} caractères.")
    return _hasher().hash(password)


# --- who acts ---------------------------------------------------------------------------------------------------------


def actor(connection: sa.Connection, login: str, *, settings: Settings | None = None) -> Actor:
    """The active account of that login, as an actor; NotFound otherwise. Without settings, nothing is shared."""
    row = _row(connection, login)
    if row is None or not row["active"]:
        raise NotFound("no such account", advice="Ce compte n'existe pas ou n'est plus actif.")
    return reach.actor(connection, row, settings)


def only(connection: sa.Connection, *, role: str, doctor: str | None = None, settings: Settings | None = None) -> Actor:
    """The one active account of that role (and doctor); NotFound when there is none, or several to choose from.

    « doctor » stands here for whoever signs: the account of a doctor's row is found whatever its role.
    """
    roles = CARE if role == "doctor" and doctor is not None else {role}
    query = sa.select(tables.user).where(tables.user.c.role.in_(roles), tables.user.c.active)
    if doctor is not None:
        query = query.where(tables.user.c.doctor == doctor)
    rows = connection.execute(query).mappings().all()
    if len(rows) != 1:
        raise NotFound(f"{len(rows)} {role} accounts", advice="Dites au nom de quel compte agir : --as COMPTE.")
    return reach.actor(connection, rows[0], settings)


# --- what becomes of an account ---------------------------------------------------------------------------------------


def close(connection: sa.Connection, login: str) -> None:
    """Shut an account and its sessions: its past acts keep its name, nobody acts for it any more."""
    _change(connection, login, active=False)


def reopen(connection: sa.Connection, login: str) -> None:
    """Open again an account that was closed; its failures are forgotten."""
    _change(connection, login, active=True, failures=0, locked_until=None)


def change_password(connection: sa.Connection, login: str, password: str) -> None:
    """Give an account another password; whoever was logged in with the old one is out.

    It opens no signing key: that asks for the doctor's own code.
    """
    _change(connection, login, password_hash=_hashed(password), failures=0, locked_until=None)


def change_role(connection: sa.Connection, login: str, role: str, *, doctor: str | None = None) -> None:
    """Give an account another role (and the doctor it is, for one who cares for patients); its scope is emptied."""
    _check_role(connection, role, doctor)
    key = _change(connection, login, role=role, doctor=doctor, everyone=False)
    connection.execute(tables.user_scope.delete().where(tables.user_scope.c.user == key))


def work_for_everyone(connection: sa.Connection, login: str, *, everyone: bool) -> None:
    """Whether a secretary works for every doctor; if not, for those of her scope, and for nobody if it is empty."""
    _change(connection, login, everyone=everyone)


def add_scope(connection: sa.Connection, login: str, *, doctor: str | None = None, site: str | None = None) -> None:
    """Make a secretary work for this doctor, or for the doctors of this site; from then on, for those only."""
    key = _change(connection, login, everyone=False)
    table = tables.user_scope
    there = _scope_of(key, doctor, site)
    if connection.scalar(sa.select(table.c.id).where(there)) is None:
        connection.execute(table.insert().values(id=new_id(), user=key, doctor=doctor, site=site))


def remove_scope(connection: sa.Connection, login: str, *, doctor: str | None = None, site: str | None = None) -> None:
    """Take a doctor or a site out of a secretary's scope; when the last one goes, she works for nobody."""
    key = _change(connection, login, everyone=False)
    connection.execute(tables.user_scope.delete().where(_scope_of(key, doctor, site)))


def _scope_of(key: str, doctor: str | None, site: str | None) -> sa.ColumnElement[bool]:
    table = tables.user_scope
    return sa.and_(
        table.c.user == key, table.c.doctor.is_not_distinct_from(doctor), table.c.site.is_not_distinct_from(site)
    )


def _change(connection: sa.Connection, login: str, **values: Any) -> str:
    """Change an account, end its sessions, give its id; NotFound when there is none of that login."""
    row = _row(connection, login)
    if row is None:
        raise NotFound("no such account", advice="Ce compte n'existe pas.")
    connection.execute(tables.user.update().where(tables.user.c.id == row["id"]).values(**values))
    connection.execute(tables.session.delete().where(tables.session.c.user == row["id"]))
    return str(row["id"])


# --- logging in -------------------------------------------------------------------------------------------------------


def log_in(database: sa.Engine, *, login: str, password: str, hours: float) -> str | None:
    """A session token when the password is right, else None; five failures make that account wait five minutes.

    The token is given once; only its hash is kept. The answer takes as long for a login that does not exist. The
    password is checked between two short transactions: Argon2 is slow on purpose, and nobody else waits for it.
    """
    with database.connect() as connection:
        row = _row(connection.execution_options(reading=True), login)
        connection.rollback()
    right = _is_right(None if row is None or _waits(row) else row, password)
    with database.begin() as connection:
        return _after_check(connection, row, right=right, hours=hours) if row is not None else None


def _is_right(row: sa.RowMapping | None, password: str) -> bool:
    from argon2.exceptions import VerificationError

    try:
        return _hasher().verify(row["password_hash"] if row else _decoy(), password) and row is not None
    except VerificationError:
        return False


def _after_check(connection: sa.Connection, seen: sa.RowMapping, *, right: bool, hours: float) -> str | None:
    """The session, unless the account was closed, made to wait or given another password during the check."""
    row = store.one(connection, tables.user, seen["id"])
    if _waits(row):
        return None
    if not right:
        _count_failure(connection, row["id"])
        return None
    if not row["active"] or row["password_hash"] != seen["password_hash"]:
        return None
    return _open_session(connection, row["id"], hours)


def _waits(row: sa.RowMapping) -> bool:
    return row["locked_until"] is not None and row["locked_until"] > store.now()


def who(connection: sa.Connection, token: str, *, settings: Settings | None = None) -> Actor | None:
    """Whose session this token opens, if it is still open. Without settings, nothing is shared."""
    query = (
        sa.select(tables.user)
        .join(tables.session, tables.session.c.user == tables.user.c.id)
        .where(
            tables.session.c.token_hash == _hash(token),
            tables.session.c.expires > store.now(),
            tables.user.c.active,
        )
    )
    row = connection.execute(query).mappings().one_or_none()
    return reach.actor(connection, row, settings) if row else None


def log_out(connection: sa.Connection, token: str) -> None:
    """Close a session."""
    connection.execute(tables.session.delete().where(tables.session.c.token_hash == _hash(token)))


@contextmanager
def trying_code(database: sa.Engine, key: str) -> Iterator[None]:
    """One try at a signing code; SigningRefused while the account waits after five wrong codes or passwords.

    The try is counted before the code is looked at, and given back unless the code was wrong: however many come at
    once, no more than five are looked at.
    """
    with database.begin() as connection:
        if _waits(_count_failure(connection, key)):
            raise SigningRefused("too many wrong codes", advice="Trop d'essais : attendez cinq minutes.")
    wrong = False
    try:
        yield
    except SigningRefused:
        wrong = True
        raise
    finally:
        if not wrong:
            with database.begin() as connection:
                _uncount_failure(connection, key)


def _row(connection: sa.Connection, login: str) -> sa.RowMapping | None:
    query = sa.select(tables.user).where(tables.user.c.login == login.strip().lower())
    return connection.execute(query).mappings().one_or_none()


def _count_failure(connection: sa.Connection, key: str) -> sa.RowMapping:
    """One failure more, the fifth of which makes the account wait; gives whether it waited already."""
    user = tables.user
    counting = user.update().where(user.c.id == key).values(failures=user.c.failures + 1)
    row = connection.execute(counting.returning(user.c.failures, user.c.locked_until)).mappings().one()
    if row["failures"] % FAILURES_BEFORE_PAUSE == 0:
        connection.execute(user.update().where(user.c.id == key).values(locked_until=store.now() + PAUSE))
    return row


def _uncount_failure(connection: sa.Connection, key: str) -> None:
    user = tables.user
    made_it_wait = user.c.failures % FAILURES_BEFORE_PAUSE == 0
    connection.execute(user.update().where(user.c.id == key, made_it_wait).values(locked_until=None))
    connection.execute(user.update().where(user.c.id == key).values(failures=user.c.failures - 1))


def _open_session(connection: sa.Connection, key: str, hours: float) -> str:
    token = secrets.token_urlsafe(32)
    connection.execute(tables.session.delete().where(tables.session.c.expires <= store.now()))
    connection.execute(tables.user.update().where(tables.user.c.id == key).values(failures=0, locked_until=None))
    expires = store.now() + timedelta(hours=hours)
    connection.execute(tables.session.insert().values(token_hash=_hash(token), user=key, expires=expires))
    return token


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _decoy() -> str:
    return _hasher().hash(secrets.token_hex(16))
