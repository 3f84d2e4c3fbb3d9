import asyncio
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from archive.signatures import check

NOW = datetime.now(UTC).replace(microsecond=0)
DOCTOR = "Dr Hélène Lefèvre-Nuñez"


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def certificate(common: str, key: Any, issuer: str, issuer_key: Any, *, authority: bool, days: int = 900) -> Any:
    usage = dict.fromkeys(
        ("data_encipherment", "key_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    usage |= {"digital_signature": not authority, "content_commitment": not authority}
    usage |= {"key_cert_sign": authority, "crl_sign": authority}
    return (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    key: Any
    certificate: Any
    authority: bytes


def doctor(common: str = DOCTOR) -> Doctor:
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = certificate("Cabinet d'essai", root_key, "Cabinet d'essai", root_key, authority=True, days=9000)
    own = certificate(common, key, "Cabinet d'essai", root_key, authority=False)
    return Doctor(key=key, certificate=own, authority=root.public_bytes(serialization.Encoding.PEM))


@pytest.fixture(scope="module")
def helene() -> Doctor:
    return doctor()


@pytest.fixture(scope="module")
def blank() -> bytes:
    made, written = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    made.save(written)
    return written.getvalue()


@pytest.fixture(scope="module")
def signed(helene: Doctor, blank: bytes) -> bytes:
    return sign(blank, helene)


def sign(pdf: bytes, by: Doctor, field: str = "Signature1") -> bytes:
    from asn1crypto import keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    key = by.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    registry: Any = SimpleCertificateStore
    signer = SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(by.certificate.public_bytes(serialization.Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(key),
        cert_registry=registry(),
    )
    metadata = PdfSignatureMetadata(field_name=field, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    return bytes(sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), metadata, signer).getbuffer())


def test_a_signed_document_names_its_signer_and_the_time(signed: bytes, helene: Doctor) -> None:
    report = check(signed, trusted=[helene.authority])

    assert report.ok, report.reason
    assert report.signer == DOCTOR
    assert report.signed_at is not None
    assert abs(report.signed_at - NOW) < timedelta(hours=1)
    assert check(signed, trusted=[helene.authority.decode()]).ok


def test_a_document_that_nobody_signed_is_a_failure(blank: bytes, helene: Doctor) -> None:
    report = check(blank, trusted=[helene.authority])

    assert not report.ok
    assert report.reason == "Ce PDF ne porte aucune signature."
    assert (report.signer, report.signed_at) == ("", None)


def test_a_signer_of_another_practice_is_not_trusted_whatever_the_name(signed: bytes) -> None:
    report = check(signed, trusted=[doctor().authority])

    assert not report.ok
    assert report.signatures[0].intact
    assert not report.signatures[0].trusted
    assert not check(signed, trusted=[]).ok


def test_a_change_anywhere_that_the_signature_covers_is_found(signed: bytes, helene: Doctor) -> None:
    hole = signed.index(b"/Contents <")
    for place in [*range(0, hole, 97), *range(len(signed) - 40, len(signed), 9)]:
        changed = signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]
        assert not check(changed, trusted=[helene.authority]).ok, place


def test_a_document_that_still_reads_but_was_changed_says_so(signed: bytes, helene: Doctor) -> None:
    assert b" 612 " in signed

    report = check(signed.replace(b" 612 ", b" 613 "), trusted=[helene.authority])

    assert report.reason == "Ce PDF a été modifié après sa signature."


def test_anything_added_after_the_signature_is_found(signed: bytes, helene: Doctor) -> None:
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer: Any = IncrementalPdfFileWriter(io.BytesIO(signed))
    edited = io.BytesIO()
    writer.root["/Foo"] = generic.pdf_string("ajout")
    writer.update_root()
    writer.write(edited)

    for changed in (signed + b"\n% ajout\n", edited.getvalue(), signed[:-30]):
        report = check(changed, trusted=[helene.authority])
        assert not report.ok
        assert report.reason


def test_two_doctors_may_sign_one_after_the_other(signed: bytes, helene: Doctor) -> None:
    second = doctor("Dr Paul Petit")
    both = sign(signed, second, "Signature2")

    report = check(both, trusted=[helene.authority, second.authority])

    assert report.ok, report.reason
    assert [one.signer for one in report.signatures] == [DOCTOR, "Dr Paul Petit"]
    assert not check(both, trusted=[helene.authority]).ok


def test_a_certificate_that_expired_since_the_filing_still_counts_at_that_time(signed: bytes, helene: Doctor) -> None:
    assert check(signed, trusted=[helene.authority], at=NOW + timedelta(hours=1)).ok
    assert not check(signed, trusted=[helene.authority], at=NOW + timedelta(days=1200)).ok


@pytest.mark.parametrize("damaged", [b"", b"%PDF-1.7", b"PK\x03\x04", b"%PDF-1.7\nstartxref\n99999\n%%EOF"])
def test_what_cannot_be_read_is_a_report_and_not_an_error(damaged: bytes, helene: Doctor) -> None:
    report = check(damaged, trusted=[helene.authority])

    assert not report.ok
    assert "ne peut pas être lu" in report.reason


def test_checking_inside_an_event_loop_is_refused_and_never_taken_for_a_bad_signature(
    signed: bytes, helene: Doctor
) -> None:
    async def inside() -> None:
        check(signed, trusted=[helene.authority])

    with pytest.raises(RuntimeError, match="event loop"):
        asyncio.run(inside())
