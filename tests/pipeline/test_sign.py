import asyncio
import io
from datetime import datetime, timedelta
from typing import Any

import pytest

from pipeline import sign as signing
from pipeline.errors import SigningRefused
from pipeline.render import render
from pipeline.sign import DoctorKey, LocalSigner, Signer, new_authority, new_doctor_key
from tests.pipeline.letters_to_lay_out import AT, drafted

CODE = "œillet-4812"
NAME = "Dr Hélène LEFÈVRE-NUÑEZ"


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return render(drafted().docx, at=AT)


@pytest.fixture(scope="module")
def signer() -> LocalSigner:
    authority = new_authority("Cabinet des Trois-Œillets", at=AT)
    key = new_doctor_key(authority, NAME, CODE, at=AT)
    return LocalSigner(name=NAME, key=key, authority_pem=authority.certificate_pem)


def status(pdf: bytes, signer: LocalSigner) -> Any:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    (embedded,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    roots = [signing._loaded(signer.authority_pem)]
    return validate_pdf_signature(embedded, ValidationContext(trust_roots=roots, allow_fetching=False, moment=AT))


def test_a_signed_document_verifies_and_says_who_and_when(pdf: bytes, signer: LocalSigner) -> None:
    one: Signer = signer
    signed = one.sign(pdf, code=CODE, at=AT)
    assert (signed.signer, signed.signed_at) == (NAME, AT)
    assert signed.pdf.startswith(pdf)
    found = status(signed.pdf, signer)
    assert found.bottom_line
    assert found.signing_cert.subject.native["common_name"] == NAME
    assert found.signer_reported_dt == AT


def test_the_signed_file_is_still_what_pdf_a_was_checked_with(pdf: bytes, signer: LocalSigner) -> None:
    import pikepdf
    from pikepdf import pdfa

    signed = signer.sign(pdf, code=CODE, at=AT).pdf
    assert not pdfa.validate_written(io.BytesIO(signed), "2b").violations
    with pikepdf.open(io.BytesIO(pdf)) as before, pikepdf.open(io.BytesIO(signed)) as after:
        assert before.Root.Metadata.read_bytes() == after.Root.Metadata.read_bytes()
        assert len(before.pages) == len(after.pages)
        assert "/Version" not in after.Root


@pytest.mark.parametrize("code", ["", " ", "œillet-4813", CODE + " ", CODE.upper()])
def test_a_wrong_code_signs_nothing(pdf: bytes, signer: LocalSigner, code: str) -> None:
    with pytest.raises(SigningRefused, match="wrong signing code"):
        signer.sign(pdf, code=code, at=AT)


def test_a_doctor_s_key_cannot_have_an_empty_code() -> None:
    with pytest.raises(SigningRefused):
        new_doctor_key(new_authority("Cabinet"), NAME, "  ")


def test_the_key_at_rest_is_encrypted_and_never_twice_the_same(signer: LocalSigner) -> None:
    assert b"ENCRYPTED PRIVATE KEY" in signer.key.encrypted_key_pem
    authority = new_authority("Cabinet")
    assert b"BEGIN PRIVATE KEY" in authority.key_pem
    keys = {new_doctor_key(authority, NAME, CODE).encrypted_key_pem.split(b"\n")[0] for _ in range(2)}
    assert len(keys) == 2


def test_signing_works_while_an_event_loop_runs(pdf: bytes, signer: LocalSigner) -> None:
    async def page() -> bytes:
        return signer.sign(pdf, code=CODE, at=AT).pdf

    assert status(asyncio.run(page()), signer).bottom_line


def test_one_byte_changed_after_signing_is_seen(pdf: bytes, signer: LocalSigner) -> None:
    signed = bytearray(signer.sign(pdf, code=CODE, at=AT).pdf)
    place = signed.index(b"stream") + 20
    signed[place] ^= 1
    assert not status(bytes(signed), signer).intact


def test_a_document_is_signed_once(pdf: bytes, signer: LocalSigner) -> None:
    signed = signer.sign(pdf, code=CODE, at=AT).pdf
    with pytest.raises(SigningRefused):
        signer.sign(signed, code=CODE, at=AT)


def test_what_is_not_a_pdf_is_refused(signer: LocalSigner) -> None:
    with pytest.raises(SigningRefused, match="not a PDF"):
        signer.sign(b"%PDF-1.7 rien", code=CODE, at=AT)


def test_a_certificate_that_another_authority_vouches_for_is_not_handed_back(pdf: bytes, signer: LocalSigner) -> None:
    other = LocalSigner(name=NAME, key=signer.key, authority_pem=new_authority("Autre", at=AT).certificate_pem)
    with pytest.raises(SigningRefused, match="does not verify"):
        other.sign(pdf, code=CODE, at=AT)


def test_a_key_that_is_not_the_certificate_s_is_not_handed_back(pdf: bytes, signer: LocalSigner) -> None:
    stranger = new_doctor_key(new_authority("Cabinet", at=AT), "Dr Autre", CODE, at=AT)
    mixed = DoctorKey(certificate_pem=signer.key.certificate_pem, encrypted_key_pem=stranger.encrypted_key_pem)
    with pytest.raises(SigningRefused, match="does not verify"):
        LocalSigner(name=NAME, key=mixed, authority_pem=signer.authority_pem).sign(pdf, code=CODE, at=AT)


def test_an_expired_certificate_signs_nothing(pdf: bytes, signer: LocalSigner) -> None:
    with pytest.raises(SigningRefused, match="does not verify"):
        signer.sign(pdf, code=CODE, at=AT + timedelta(days=366 * 11))


def test_a_moment_without_a_time_zone_is_a_mistake(pdf: bytes, signer: LocalSigner) -> None:
    with pytest.raises(ValueError, match="time zone"):
        signer.sign(pdf, code=CODE, at=datetime(2025, 11, 21))
