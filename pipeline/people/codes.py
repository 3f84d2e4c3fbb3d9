"""A doctor's signing code: changed with the one they have, or replaced with a new key when it is lost.

What was signed stays valid either way: a signature holds its own certificate, and the practice still vouches for it.
Every change is a line of the archive's journal, so that nobody can give themselves a doctor's signature unseen.
"""

from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from archive import journal
from archive.errors import ArchiveError
from pipeline import accounts, store, tables
from pipeline.access import Actor, require
from pipeline.errors import SigningRefused
from pipeline.people import doctors, signing
from pipeline.practice import Practice
from pipeline.sign import DoctorKey, recoded


def change(practice: Practice, actor: Actor, doctor: str, *, code: str, new_code: str) -> str:
    """Close the doctor's key by another code, given the present one; gives the doctor's id.

    A wrong code counts as one given to sign: five make the account wait. SigningRefused, or BadCode when too short.
    """
    signing.require_code(new_code)
    with practice.look() as connection:
        row = _own(connection, actor, doctor)
    if not row["signing_key"]:
        raise SigningRefused("no signing key", advice="Ce médecin n'a pas encore de clé de signature.")
    old = DoctorKey(
        certificate_pem=row["certificate"].encode(), encrypted_key_pem=practice.objects.get(row["signing_key"])
    )
    with accounts.trying_code(practice.database, actor.id):
        closed = recoded(old, code=code, new_code=new_code)
    _replace(practice, actor, row, closed, action="doctor-code")
    return str(row["id"])


def renew(practice: Practice, actor: Actor, doctor: str, *, new_code: str) -> str:
    """Give the doctor a new key and certificate, when the code is lost or the name has changed; gives their id."""
    signing.require_code(new_code)
    with practice.look() as connection:
        row = _own(connection, actor, doctor)
    made = signing.new_key(practice, doctors.printed(row["title"], row["name"]), new_code)
    _replace(practice, actor, row, made, action="doctor-key")
    return str(row["id"])


def _own(connection: sa.Connection, actor: Actor, doctor: str) -> sa.RowMapping:
    """The doctor, if this is that very person, or whoever keeps the machine."""
    row = doctors.named(connection, doctor, active=True)
    require(actor, "doctors.code", row)
    return row


def _replace(practice: Practice, actor: Actor, row: Any, key: DoctorKey, *, action: str) -> None:
    """Keep the key that was made in place of the one that was read, and destroy that one: its code opens nothing."""
    address = practice.objects.put(key.encrypted_key_pem)
    table, certificate = tables.doctor, key.certificate_pem
    with practice.begin() as connection:
        changed = connection.execute(
            table.update()
            .where(table.c.id == row["id"], table.c.signing_key == row["signing_key"])
            .values(signing_key=address, certificate=certificate.decode())
        )
        if changed.rowcount != 1:
            raise SigningRefused("changed meanwhile", advice="Ce code vient d'être changé ailleurs : recommencez.")
        store.record(connection, actor=actor.id, action=action, subject=row["id"])
        details = {"certificate": signing.fingerprint(certificate)}
        journal.append(connection, actor=actor.id, action=action, subject=row["id"], details=details)
    with suppress(ArchiveError):
        if row["signing_key"]:
            practice.objects.destroy(row["signing_key"])
