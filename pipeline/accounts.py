"""People who use the pages and the commands: accounts, passwords (Argon2id), sessions.

Knows nothing of what they may do: that is access.py.
"""

import hashlib
import secrets
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, get_args

import sqlalchemy as sa

from archive.ids import new_id
from pipeline import store, tables
from pipeline.access import Actor, RoleName
from pipeline.errors import CopisteError, NotFound, SigningRefused

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
    connection: sa.Connection, *, login: str, name: str, role: str, password: str, doctor: str | None = None
) -> str:
    """Make an account and give its id. BadAccount says in French what is wrong."""
    if role not in get_args(RoleName):
        raise BadAccount("unknown role", advice=f"Rôle inconnu. Rôles : {', '.join(get_args(RoleName))}.")
    if len(password) < MIN_PASSWORD:
        raise BadAccount("short password", advice=f"Le mot de passe doit avoir au moins {MIN_PASSWORD} caractères.")
    if (role == "doctor") != (doctor is not None):
        raise BadAccount("doctor account", advice="Un compte de médecin désigne un médecin, et lui seul.")
    known = sa.select(tables.doctor.c.id).where(tables.doctor.c.id == doctor)
    if doctor is not None and connection.scalar(known) is None:
        raise NotFound("no such doctor", advice="Médecin introuvable : voyez « copiste doctors list ».")
    key = new_id()
    added = store.insert_once(
        connection, tables.user, id=key, login=login.strip().lower(), name=name, role=role, doctor=doctor,
        password_hash=_hasher().hash(password),
    )  # fmt: skip
    if not added:
        raise BadAccount("login taken", advice="Cet identifiant de connexion est déjà pris.")
    return key


def actor(connection: sa.Connection, login: str) -> Actor:
    """The active account of that login, as an actor; NotFound otherwise."""
    row = _row(connection, login)
    if row is None or not row["active"]:
        raise NotFound("no such account", advice="Ce compte n'existe pas ou n'est plus actif.")
    return _actor(row)


def only(connection: sa.Connection, *, role: str, doctor: str | None = None) -> Actor:
    """The one active account of that role (and doctor); NotFound when there is none, or several to choose from."""
    query = sa.select(tables.user).where(tables.user.c.role == role, tables.user.c.active)
    if doctor is not None:
        query = query.where(tables.user.c.doctor == doctor)
    rows = connection.execute(query).mappings().all()
    if len(rows) != 1:
        raise NotFound(f"{len(rows)} {role} accounts", advice="Dites au nom de quel compte agir : --as COMPTE.")
    return _actor(rows[0])


def close(connection: sa.Connection, login: str) -> None:
    """Shut an account: its past acts keep its name, nobody acts for it any more."""
    connection.execute(tables.user.update().where(tables.user.c.login == login).values(active=False))


def log_in(connection: sa.Connection, *, login: str, password: str, hours: float) -> str | None:
    """A session token when the password is right, else None; five failures make that account wait five minutes.

    The token is given once; only its hash is kept. The answer takes as long for a login that does not exist.
    """
    from argon2.exceptions import VerificationError

    row = _row(connection, login)
    if row is not None and row["locked_until"] and row["locked_until"] > store.now():
        return None
    try:
        _hasher().verify(row["password_hash"] if row else _decoy(), password)
    except VerificationError:
        if row is not None:
            _count_failure(connection, row)
        return None
    if row is None or not row["active"]:
        return None
    return _open_session(connection, row["id"], hours)


def who(connection: sa.Connection, token: str) -> Actor | None:
    """Whose session this token opens, if it is still open."""
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
    return _actor(row) if row else None


def log_out(connection: sa.Connection, token: str) -> None:
    """Close a session."""
    connection.execute(tables.session.delete().where(tables.session.c.token_hash == _hash(token)))


def require_unpaused(connection: sa.Connection, key: str) -> None:
    """SigningRefused while an account waits after too many wrong passwords or signing codes."""
    row = store.one(connection, tables.user, key)
    if row["locked_until"] and row["locked_until"] > store.now():
        raise SigningRefused("too many wrong codes", advice="Trop d'essais : attendez cinq minutes.")


def wrong_code(connection: sa.Connection, key: str) -> None:
    """Count a wrong signing code: five make the account wait, as five wrong passwords do."""
    _count_failure(connection, store.one(connection, tables.user, key))


def _row(connection: sa.Connection, login: str) -> sa.RowMapping | None:
    query = sa.select(tables.user).where(tables.user.c.login == login.strip().lower())
    return connection.execute(query).mappings().one_or_none()


def _actor(row: sa.RowMapping) -> Actor:
    return Actor(id=row["id"], name=row["name"], role=row["role"], doctor=row["doctor"])


def _count_failure(connection: sa.Connection, row: sa.RowMapping) -> None:
    failures = row["failures"] + 1
    pause = store.now() + PAUSE if failures % FAILURES_BEFORE_PAUSE == 0 else None
    connection.execute(
        tables.user.update().where(tables.user.c.id == row["id"]).values(failures=failures, locked_until=pause)
    )


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
