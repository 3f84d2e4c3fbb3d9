"""The dictaphones of the doctors: the author each writes in its files, and the passwords that open what they protect.

An author names one doctor. A password is an encrypted object (see `pipeline.locked`): it is never shown again.
"""

from typing import Any

import sqlalchemy as sa

from archive.ids import new_id
from pipeline import locked, store, tables
from pipeline.access import Actor, may, require
from pipeline.errors import CopisteError, NotFound, ReviewRefused, WrongPassword
from pipeline.locked import passwords
from pipeline.people import doctors
from pipeline.practice import Practice, Submit
from pipeline.routing import FACTORY, folded

__all__ = ["BadDictaphone", "add", "listing", "passwords", "remove", "unlock"]
LONGEST_AUTHOR, LONGEST_PASSWORD = 40, 64
"""Characters; a dictaphone writes 16 at most."""


class BadDictaphone(CopisteError):
    """A dictaphone cannot be kept as asked."""

    code = "E181"
    exit_code = 181
    advice = "Ce dictaphone ne peut pas être enregistré : donnez l'auteur qu'il écrit, son mot de passe, ou les deux."


def add(
    practice: Practice, actor: Actor, *, doctor: str, author: str = "", password: str = "", submit: Submit
) -> tuple[str, int]:
    """Keep what a doctor's dictaphone writes and what opens its recordings; those that waited for it go on.

    `doctor` is an id, a folder or a name, and may have several authors and several passwords. Gives its id (that of the
    one known already when nothing is new) and how many recordings go on.
    """
    with practice.look() as connection:
        whose = doctors.named(connection, doctor, active=True)["id"]
    require(actor, "dictaphones.manage", {"doctor": whose})
    signed = folded(author)
    if not (signed or password) or max(len(signed) - LONGEST_AUTHOR, len(password) - LONGEST_PASSWORD) > 0:
        raise BadDictaphone("neither author nor password, or too long")
    _require_own(practice, signed)
    key = _keep(practice, actor, whose, signed, password)
    return key, locked.take_up_all(practice, submit, doctor=whose, by=actor.id)


def listing(practice: Practice, actor: Actor) -> list[dict[str, Any]]:
    """The dictaphones, by doctor; never a password, only whether there is one."""
    require(actor, "dictaphones.see")
    machine, doctor = tables.dictaphone, tables.doctor
    query = (
        sa.select(machine, doctor.c.title, doctor.c.name)
        .join(doctor, machine.c.doctor == doctor.c.id)
        .where(machine.c.active)
        .order_by(doctor.c.name, machine.c.author, machine.c.id)
    )
    with practice.look() as connection:
        return [
            {
                "id": row["id"], "doctor": row["doctor"], "doctor_name": doctors.printed(row["title"], row["name"]),
                "author": row["author"], "password": bool(row["password"]),
            }
            for row in connection.execute(query).mappings()
        ]  # fmt: skip


def remove(practice: Practice, actor: Actor, key: str) -> None:
    """Forget a dictaphone and its password; recordings that were opened with it stay open. Again changes nothing."""
    table = tables.dictaphone
    with practice.begin() as connection:
        row = connection.execute(sa.select(table).where(table.c.id == key)).mappings().first()
        if row is None:
            raise NotFound("no such dictaphone", advice="Dictaphone introuvable : voyez « copiste dictaphones list ».")
        require(actor, "dictaphones.manage", row)
        if row["active"]:
            connection.execute(table.update().where(table.c.id == key).values(active=False, password=""))
            store.record(connection, actor=actor.id, action="dictaphone-removed", subject=key)
    if row["password"]:
        practice.discard(row["password"])


def unlock(practice: Practice, actor: Actor, dictation: str, password: str, submit: Submit) -> int:
    """Open a recording that waits with a password that a person gives; gives how many recordings go on.

    The password is kept for the doctor of the recording, and opens their others. WrongPassword when it opens nothing;
    ReviewRefused when the recording does not wait for one, or still waits for something else once it is open.
    """
    row = _waiting(practice, actor, dictation)
    if not password or len(password) > LONGEST_PASSWORD:
        raise WrongPassword("no password", advice="Saisissez le mot de passe du dictaphone.")
    code = locked.take_up(practice, submit, row, [password], by=actor.id)
    if code in locked.CODES:
        raise WrongPassword(
            "that password does not open it",
            advice="Ce mot de passe n'ouvre pas cet enregistrement : vérifiez-le auprès du médecin.",
        )
    others = 0
    if row["doctor"]:
        _keep(practice, actor, row["doctor"], _own_author(practice, row), password)
        others = locked.take_up_all(practice, submit, doctor=row["doctor"], by=actor.id)
    if code:
        raise ReviewRefused(f"open, and still {code}", advice=_open_but(code))
    return 1 + others


def _open_but(code: str) -> str:
    from pipeline import errors

    return f"Le mot de passe est le bon et il est gardé. {errors.advice(code)}"


def _waiting(practice: Practice, actor: Actor, key: str) -> sa.RowMapping:
    with practice.look() as connection:
        row = store.one(connection, tables.dictation, key)
    if not may(actor, "review.list", row):
        raise NotFound(f"no dictation {key!r} for {actor.id}")
    require(actor, "dictaphones.manage", row)
    if row["state"] != "refused-file" or row["reason"] not in locked.CODES or not row["audio"]:
        raise ReviewRefused("no password is waited for", advice="Cet enregistrement n'attend pas de mot de passe.")
    return row


def _require_own(practice: Practice, signed: str) -> None:
    """BadDictaphone when several dictaphones of the practice may write this author: a letter would change hands."""
    with practice.look() as connection:
        several = locked.are_several(connection)
    if several and signed in FACTORY:
        raise BadDictaphone("an author of the factory", advice=(
            f"« {signed.upper()} » est l'auteur réglé d'usine, le même pour plusieurs dictaphones : "
            "donnez d'abord à celui-ci un auteur qui n'est qu'à lui."
        ))  # fmt: skip


def _own_author(practice: Practice, row: sa.RowMapping) -> str:
    """The author of a recording, unless it is another doctor's, or anyone's: then only the password is kept."""
    signed = folded(row["author"])
    if signed in FACTORY:
        return ""
    with practice.look() as connection:
        return signed if _owner(connection, signed) in (None, row["doctor"]) else ""


def _keep(practice: Practice, actor: Actor, doctor: str, signed: str, password: str) -> str:
    """A row for what is new; the id of one that says it already."""
    with practice.look() as connection:
        known = _same(practice, connection, doctor, signed, password)
    if known:
        return known
    key, address = new_id(), practice.objects.put(password.encode()) if password else ""
    with practice.begin() as connection:
        if _owner(connection, signed) not in (None, doctor):
            raise BadDictaphone("another doctor's", advice=(
                "Cet auteur est déjà celui d'un autre médecin : deux dictaphones doivent en écrire de différents."
            ))  # fmt: skip
        connection.execute(tables.dictaphone.insert().values(id=key, doctor=doctor, author=signed, password=address))
        store.record(connection, actor=actor.id, action="dictaphone", subject=key, detail=doctor)
    return key


def _owner(connection: sa.Connection, signed: str) -> str | None:
    table = tables.dictaphone
    theirs = sa.select(table.c.doctor).where(table.c.author == signed, table.c.active)
    return connection.scalar(theirs.limit(1)) if signed else None


def _same(practice: Practice, connection: sa.Connection, doctor: str, signed: str, password: str) -> str:
    """The dictaphone of this doctor, author and password (or of this author, when no password is given)."""
    table = tables.dictaphone
    rows = connection.execute(
        sa.select(table).where(table.c.doctor == doctor, table.c.author == signed, table.c.active).order_by(table.c.id)
    ).mappings()
    kept = {row["id"]: row["password"] for row in rows}
    if not password:
        return next(iter(kept), "")
    return next((key for key, at in kept.items() if at and password in locked.read(practice, at)), "")
