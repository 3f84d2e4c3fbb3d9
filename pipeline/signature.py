"""A doctor's signature with the doctor's code: what the pages and the command hand to `review.sign`."""

from collections.abc import Callable

import sqlalchemy as sa

from pipeline import plugs, store, tables
from pipeline.errors import SigningRefused
from pipeline.practice import Practice
from pipeline.types import SignedDocument


def with_code(practice: Practice, code: str) -> Callable[[bytes, sa.RowMapping], SignedDocument]:
    """A function that signs a PDF with the key of the doctor's row, opened by `code`."""

    def signature(pdf: bytes, doctor: sa.RowMapping) -> SignedDocument:
        with practice.look() as connection:
            authority = connection.scalar(sa.select(tables.authority.c.certificate)) or ""
        if not doctor["signing_key"]:
            raise SigningRefused("no signing key", advice="Ce médecin n'a pas encore de clé de signature.")
        key = practice.objects.get(doctor["signing_key"])
        signer = plugs.signer(practice.settings, doctor, key=key, authority=authority.encode())
        return signer.sign(pdf, code=code, at=store.now())

    return signature
