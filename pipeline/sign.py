"""A doctor's electronic signature on a PDF (PAdES).

Knows keys, codes and signatures; does not know what the document says nor who may sign it. The practice is its own
small authority: a certificate that vouches for one key per doctor. That makes a signature that proves the file has not
changed since this doctor's code was given (*simple* in the sense of eIDAS, not *qualified*): a card or an outside
service is another `Signer`.

The signature shows nothing of its own: what is read on the page (« Signature électronique : Dr … ») was laid out by the
template before signing, so that the doctor signs the very page that was seen; the moment is in the signature.
"""

import asyncio
import io
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pipeline.errors import SigningRefused
from pipeline.types import SignedDocument

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

AUTHORITY_YEARS = 30
DOCTOR_YEARS = 10
_FIELD = "Signature"
_T = TypeVar("_T")


class Signer(Protocol):
    """Whoever can sign for a doctor: the practice's own keys, a card, an outside service."""

    def sign(self, pdf: bytes, *, code: str, at: datetime) -> SignedDocument:
        """Sign with the doctor's code at this moment (aware); SigningRefused when the code is wrong."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """The practice's authority. `key_pem` is not encrypted: whoever keeps it must (it is used for new doctors only)."""

    certificate_pem: bytes
    key_pem: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorKey:
    """A doctor's certificate, and the key that only the doctor's signing code opens.

    PKCS#8 encrypted by what scrypt makes of the code (the first line of the PEM is its salt), because the derivation of
    plain PKCS#8 is far too quick for a code of a few digits. A short code is still short: keep this in the vault.
    """

    certificate_pem: bytes
    encrypted_key_pem: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSigner:
    """Signs with a key kept by the practice, PAdES B-B, and certifies that nothing may change afterwards."""

    name: str
    """The signer, as written in the signature: « Dr Hélène LEFÈVRE »."""
    key: DoctorKey
    authority_pem: bytes
    reason: str = "Document relu et signé"

    def sign(self, pdf: bytes, *, code: str, at: datetime) -> SignedDocument:
        """Sign, then check what was produced as a reader will; may be called while an event loop runs."""
        if at.tzinfo is None:
            raise ValueError("the moment of a signature needs a time zone")
        private = _open_key(self.key, code)

        def make() -> bytes:
            signed = _signed(self, pdf, private, at)
            _verify(self, signed, at)
            return signed

        return SignedDocument(pdf=_outside_loop(make), signer=self.name, signed_at=at)


def new_authority(name: str, *, at: datetime | None = None) -> Authority:
    """A new authority for a practice, valid 30 years."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    builder = _certificate(name, f"Autorité de {name}", key, at=at, years=AUTHORITY_YEARS)
    builder = builder.issuer_name(_subject(name, f"Autorité de {name}"))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return Authority(certificate_pem=_pem(_sign_certificate(builder, key)), key_pem=_key_pem(key, code=None))


def new_doctor_key(authority: Authority, doctor_name: str, code: str, *, at: datetime | None = None) -> DoctorKey:
    """A new key for a doctor, vouched for by the practice and encrypted by the doctor's signing code."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    if not code.strip():
        raise SigningRefused("empty signing code", advice="Le code de signature ne peut pas être vide.")
    issuer = x509.load_pem_x509_certificate(authority.certificate_pem)
    issuer_key: Any = serialization.load_pem_private_key(authority.key_pem, password=None)
    practice = str(issuer.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)[0].value)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _certificate(practice, doctor_name, key, at=at, years=DOCTOR_YEARS).issuer_name(issuer.subject)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(authority=False), critical=True)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
    )
    certificate = _sign_certificate(builder, issuer_key)
    return DoctorKey(certificate_pem=_pem(certificate), encrypted_key_pem=_key_pem(key, code=code))


def recoded(key: DoctorKey, *, code: str, new_code: str) -> DoctorKey:
    """The same key and certificate, closed by another code; SigningRefused when `code` does not open it."""
    if not new_code.strip():
        raise SigningRefused("empty signing code", advice="Le code de signature ne peut pas être vide.")
    closed = _key_pem(_private_key(key, code), code=new_code)
    return DoctorKey(certificate_pem=key.certificate_pem, encrypted_key_pem=closed)


def _open_key(key: DoctorKey, code: str) -> Any:
    """The doctor's key in asn1crypto's form, only ever in memory."""
    from asn1crypto.keys import PrivateKeyInfo
    from cryptography.hazmat.primitives import serialization

    der = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return PrivateKeyInfo.load(_private_key(key, code).private_bytes(*der))


def _private_key(key: DoctorKey, code: str) -> Any:
    from cryptography.hazmat.primitives import serialization

    salt, _, pem = key.encrypted_key_pem.partition(b"\n")
    try:
        return serialization.load_pem_private_key(pem, password=_stretched(code, bytes.fromhex(salt.decode())))
    except (ValueError, TypeError):
        raise SigningRefused("wrong signing code", advice="Ce code de signature n'est pas le bon.") from None


def _signed(signer: LocalSigner, pdf: bytes, private: Any, at: datetime) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign import PdfSignatureMetadata, fields, signers
    from pyhanko.sign.general import SigningError
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    store: Any = SimpleCertificateStore
    chain = store()
    chain.register(_loaded(signer.authority_pem))
    certificate = _loaded(signer.key.certificate_pem)
    metadata = PdfSignatureMetadata(
        field_name=_FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        name=signer.name,
        reason=signer.reason,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    simple = signers.SimpleSigner(signing_cert=certificate, signing_key=private, cert_registry=chain)
    output = io.BytesIO()
    try:
        writer: Any = IncrementalPdfFileWriter(io.BytesIO(pdf))
        _leave_as_is(writer)
        _dated(signers.PdfSigner(metadata, signer=simple), at).sign_pdf(writer, output=output)
    except (PdfError, SigningError) as error:
        raise SigningRefused(
            f"not a PDF that can be signed ({type(error).__name__})",
            advice="Ce PDF ne peut pas être signé. Refaites la mise en forme du document.",
        ) from error
    return output.getvalue()


def _leave_as_is(writer: Any) -> None:
    """Keep the XMP packet and the version that PDF/A was checked with: a signature adds itself and nothing else."""
    writer._update_meta = lambda: None
    writer.ensure_output_version = lambda version: None


def _dated(pdf_signer: Any, at: datetime) -> Any:
    """The same signer, whose signature bears this moment rather than the clock's."""
    begin = pdf_signer.init_signing_session

    def session(*args: Any, **kwargs: Any) -> Any:
        started = begin(*args, **kwargs)
        started.system_time = at
        return started

    pdf_signer.init_signing_session = session
    return pdf_signer


def _verify(signer: LocalSigner, pdf: bytes, at: datetime) -> None:
    """Refuse to hand back a signature that a reader would not accept."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    embedded = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
    if len(embedded) != 1:
        raise SigningRefused(f"{len(embedded)} signatures instead of one")
    context = ValidationContext(trust_roots=[_loaded(signer.authority_pem)], allow_fetching=False, moment=at)
    status = validate_pdf_signature(embedded[0], context)
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    right = status.signing_cert.dump() == _loaded(signer.key.certificate_pem).dump()
    if not (status.bottom_line and whole and right):
        raise SigningRefused("the signature that was made does not verify")


def _outside_loop(make: Callable[[], _T]) -> _T:
    """Run what uses asyncio.run: in a thread of its own when this one already runs a loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return make()
    with ThreadPoolExecutor(max_workers=1) as one:
        return one.submit(make).result()


def _certificate(
    practice: str, name: str, key: "EllipticCurvePrivateKey", *, at: datetime | None, years: int
) -> "x509.CertificateBuilder":
    from cryptography import x509

    now = (at or datetime.now(UTC)).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(_subject(practice, name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _subject(practice: str, name: str) -> "x509.Name":
    from cryptography import x509

    pairs = ((x509.NameOID.COUNTRY_NAME, "FR"), (x509.NameOID.ORGANIZATION_NAME, practice[:64]))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in (*pairs, (x509.NameOID.COMMON_NAME, name[:64]))])


def _usage(*, authority: bool) -> "x509.KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _sign_certificate(builder: "x509.CertificateBuilder", key: "EllipticCurvePrivateKey") -> "x509.Certificate":
    from cryptography.hazmat.primitives import hashes

    return builder.sign(key, hashes.SHA256())


def _pem(certificate: "x509.Certificate") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: "EllipticCurvePrivateKey", *, code: str | None) -> bytes:
    from cryptography.hazmat.primitives import serialization

    salt = os.urandom(16)
    closed: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if code is not None:
        closed = serialization.BestAvailableEncryption(_stretched(code, salt))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, closed)
    return pem if code is None else salt.hex().encode() + b"\n" + pem


def _stretched(code: str, salt: bytes) -> bytes:
    """What a code becomes after about a tenth of a second and 64 MB: each guess costs as much."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, n=2**16, r=8, p=1).derive(code.encode()).hex().encode()


def _loaded(certificate_pem: bytes) -> Any:
    from asn1crypto import pem, x509

    _, _, der = pem.unarmor(certificate_pem)
    return x509.Certificate.load(der)
