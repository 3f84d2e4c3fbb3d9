"""Is this PDF signed, by whom, when, and is it still what was signed? Checked offline, with the certificates given.

A signature alone does not prove that a file is intact: the few bytes that hold the signature itself are not covered
by it. The archive's own hash is compared as well (`objects`, `verify`). Knows nothing of how documents are signed.
"""

import asyncio
import io
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature. `signer` is the name in its certificate, `signed_at` the time it declares.

    *intact*: what it covers was not changed, and the signature is its own. *trusted*: its certificate leads to one
    that is trusted, and was valid at the moment asked about. *whole*: it covers the file to its last byte.
    """

    signer: str
    signed_at: datetime | None
    intact: bool
    trusted: bool
    whole: bool
    allowed: bool
    """What was added to the file after it is nothing that it forbids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureReport:
    """What the signatures of a PDF prove. `reason` says in French what is wrong; it is empty when nothing is."""

    signatures: tuple[Signature, ...]
    reason: str

    @property
    def ok(self) -> bool:
        """Tell whether the PDF is signed, trusted, and unchanged to its last byte."""
        return not self.reason

    @property
    def signer(self) -> str:
        """The name of the last to sign; empty when nobody did."""
        return self.signatures[-1].signer if self.signatures else ""

    @property
    def signed_at(self) -> datetime | None:
        """When the last signature says it was made."""
        return self.signatures[-1].signed_at if self.signatures else None


def check(pdf: bytes, *, trusted: Iterable[bytes | str], at: datetime | None = None) -> SignatureReport:
    """Check every signature of a PDF against trusted certificates (PEM). Blocking: never call it in an event loop.

    `at` is a moment when the document is known to have existed (when it was filed): a certificate that has expired
    since then still counts. Without it, certificates must be valid now. An unreadable PDF is a report, not an error.
    """
    roots = [_certificate(one) for one in trusted]
    with closing(_check_all(pdf, roots, at)) as work:
        signatures = asyncio.run(work)
    if signatures is None:
        return SignatureReport(signatures=(), reason="Ce PDF ne peut pas être lu, ou sa signature est endommagée.")
    return SignatureReport(signatures=signatures, reason=_reason(signatures))


async def _check_all(pdf: bytes, roots: list[Any], at: datetime | None) -> tuple[Signature, ...] | None:
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        return tuple([await _check_one(one, roots, at) for one in reader.embedded_regular_signatures])
    except Exception:  # a hostile or damaged file may break its reader in any way: it is not a signed document
        return None


async def _check_one(embedded: "EmbeddedPdfSignature", roots: list[Any], at: datetime | None) -> Signature:
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    context = ValidationContext(
        trust_roots=roots, allow_fetching=False, moment=at, best_signature_time=at, revocation_mode="soft-fail"
    )
    status = await async_validate_pdf_signature(embedded, context)
    stamp = status.timestamp_validity
    return Signature(
        signer=status.signing_cert.subject.native.get("common_name", ""),
        signed_at=status.signer_reported_dt,
        intact=status.intact and status.valid,
        trusted=status.trusted and (stamp is None or bool(stamp.valid and stamp.intact and stamp.trusted)),
        whole=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        allowed=status.modification_level is None or bool(status.docmdp_ok),
    )


def _certificate(pem: bytes | str) -> Any:
    from asn1crypto import pem as armour
    from asn1crypto import x509

    _, _, data = armour.unarmor(pem.encode() if isinstance(pem, str) else pem)
    return x509.Certificate.load(data)


def _reason(signatures: tuple[Signature, ...]) -> str:
    """Say what is wrong, the gravest first. Earlier signatures may be followed by later ones; the last covers all."""
    if not signatures:
        return "Ce PDF ne porte aucune signature."
    if not all(one.intact for one in signatures):
        return "Ce PDF a été modifié après sa signature."
    if not signatures[-1].whole or not all(one.allowed for one in signatures):
        return "Quelque chose a été ajouté à ce PDF après sa signature."
    if not all(one.trusted for one in signatures):
        return "Le certificat de signature n'est pas reconnu, ou n'était pas valable à cette date."
    return ""
