"""Doctors' signing keys as they are made: the practice's authority, a key closed by a code, what names a certificate.

Knows nothing of doctors beyond the name that a certificate bears; which key is whose is in doctors.py and codes.py.
"""

from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline import store, tables
from pipeline.errors import CopisteError
from pipeline.practice import Practice

if TYPE_CHECKING:
    from pipeline.sign import Authority, DoctorKey

MIN_CODE = 6
"""A code of four digits is guessed in an afternoon by whoever holds the key and the vault."""


class BadCode(CopisteError):
    """A signing code that would keep nothing."""

    code = "E160"
    exit_code = 160
    advice = f"Le code de signature doit avoir au moins {MIN_CODE} caractères."


def require_code(code: str) -> None:
    """BadCode when it is too short."""
    if len(code.strip()) < MIN_CODE:
        raise BadCode("short code")


def new_key(practice: Practice, name: str, code: str) -> "DoctorKey":
    """A new key for whoever bears this name, vouched for by the practice and closed by their code."""
    from pipeline.sign import new_doctor_key

    return new_doctor_key(_authority(practice), name, code)


def fingerprint(certificate: bytes) -> str:
    """What names a certificate in the journal: the SHA-256 of its bytes, as every reader of certificates shows it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    return x509.load_pem_x509_certificate(certificate).fingerprint(hashes.SHA256()).hex()


def _authority(practice: Practice) -> "Authority":
    """The practice's authority, made with its first doctor."""
    from pipeline.sign import Authority, new_authority

    with practice.look() as connection:
        row = connection.execute(sa.select(tables.authority)).mappings().one_or_none()
    if row is None:
        made = new_authority(practice.settings.practice.name)
        address, certificate = practice.objects.put(made.key_pem), made.certificate_pem.decode()
        with practice.begin() as connection:
            store.insert_once(connection, tables.authority, id=1, certificate=certificate, key=address)
            row = connection.execute(sa.select(tables.authority)).mappings().one()
    return Authority(certificate_pem=row["certificate"].encode(), key_pem=practice.objects.get(row["key"]))
