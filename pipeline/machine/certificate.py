"""The certificate of the pages on a local network: an authority of the practice, and this machine's certificate.

The authority is trusted once on each post; so that its key, if it were stolen, could not stand for the rest of the
internet, it may only vouch for the names it was made for, and only for web pages. Renewing keeps the authority as
long as it holds for the names asked. Knows nothing of how the pages are served.
"""

import ipaddress
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import store
from pipeline.errors import CopisteError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

FOLDER = "tls"
AUTHORITY, AUTHORITY_KEY = "autorite.crt", "autorite.key"
SERVER, SERVER_KEY = "copiste.crt", "copiste.key"
AUTHORITY_DAYS = 3653
SERVER_DAYS = 397
"""Thirteen months: browsers refuse a longer life."""
RENEW_DAYS = 30
ALWAYS = ("localhost", "127.0.0.1")
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


class CertificateRefused(CopisteError):
    """The certificate of the pages cannot be made, or cannot be used."""

    code = "E121"
    exit_code = 121
    advice = (
        "Le certificat des pages ne peut pas être utilisé : refaites-le avec « copiste certificate --name NOM », "
        "puis vérifiez [web] certificate et certificate_key."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What `make` left in the folder."""

    authority: Path
    certificate: Path
    key: Path
    names: tuple[str, ...]
    until: datetime
    new_authority: bool
    """The posts must be told to trust the authority: it is not the one they know."""


def make(home: Path, names: Sequence[str], *, at: datetime | None = None) -> Made:
    """Make, or renew, the certificate of this machine under these names (its own are added); 0600 keys in `tls/`.

    Without names, those of the certificate that is there. CertificateRefused when a name is not one.
    """
    now = at or store.now()
    folder = home / FOLDER
    wanted = _names(names or _names_of(folder / SERVER))
    folder.mkdir(mode=0o700, exist_ok=True)
    authority, key, new = _authority(folder, wanted, now)
    certificate, server_key = _server(authority, key, wanted, now)
    _write(folder / SERVER_KEY, _key_pem(server_key))
    _write(folder / SERVER, _pem(certificate) + _pem(authority), mode=0o644)
    return Made(
        authority=folder / AUTHORITY, certificate=folder / SERVER, key=folder / SERVER_KEY, names=wanted,
        until=certificate.not_valid_after_utc, new_authority=new,
    )  # fmt: skip


def expiry(certificate: Path) -> datetime:
    """When a certificate ends; CertificateRefused when it cannot be read."""
    return _load(certificate).not_valid_after_utc


def is_loopback(host: str) -> bool:
    """Whether this address is reached from this machine only; a name that is not « localhost » may be anything."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def settings_lines(made: Made) -> list[str]:
    """What to write in the settings, under [web]."""
    names = ", ".join(f'"{name}"' for name in made.names)
    return ['host = "0.0.0.0"', f"names = [{names}]", f'certificate = "{FOLDER}/{SERVER}"',
            f'certificate_key = "{FOLDER}/{SERVER_KEY}"']  # fmt: skip


def trusting(made: Made) -> list[str]:
    """How each post is told to trust the authority, in French."""
    file = made.authority.name
    return [
        f"Sur chaque poste, copiez le seul fichier {made.authority} (jamais les fichiers .key), puis :",
        f"  Windows : double-clic sur {file}, « Installer un certificat… », « Ordinateur local », magasin « Autorités "
        "de certification racines de confiance ».",
        f"  macOS : double-clic sur {file} (trousseau « Système »), puis « Se fier » : « Toujours approuver ».",
        "  Firefox : Paramètres, « Vie privée et sécurité », « Afficher les certificats… », « Autorités », "
        "« Importer… », cocher « Confirmer cette AC pour identifier des sites web ».",
        f"  Linux (Debian, Ubuntu) : sudo cp {file} /usr/local/share/ca-certificates/ && sudo update-ca-certificates ; "
        "pour Chromium : Paramètres, « Gérer les certificats », « Autorités », « Importer ».",
    ]


# --- the authority and the machine's certificate ------------------------------------------------------------------


def _authority(
    folder: Path, names: Sequence[str], now: datetime
) -> "tuple[x509.Certificate, ec.EllipticCurvePrivateKey, bool]":
    """The authority that is there if it may vouch for these names for one more certificate, else a new one."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    if (folder / AUTHORITY).is_file() and (folder / AUTHORITY_KEY).is_file():
        known = _load(folder / AUTHORITY)
        key = serialization.load_pem_private_key((folder / AUTHORITY_KEY).read_bytes(), password=None)
        lasting = known.not_valid_after_utc >= now + timedelta(days=SERVER_DAYS)
        pair = known.public_key() == key.public_key()  # not what a kill between the two files leaves
        if lasting and pair and isinstance(key, ec.EllipticCurvePrivateKey) and set(names) <= _allowed(known):
            return known, key, False
    made, made_key = _new_authority(names, now)
    _write(folder / AUTHORITY_KEY, _key_pem(made_key))
    _write(folder / AUTHORITY, _pem(made), mode=0o644)
    return made, made_key, True


def _new_authority(names: Sequence[str], now: datetime) -> "tuple[x509.Certificate, ec.EllipticCurvePrivateKey]":
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    itself = _subject(f"Copiste, autorité de {names[0]}")
    builder = _dated(x509.CertificateBuilder(), now, AUTHORITY_DAYS).subject_name(itself).issuer_name(itself)
    builder = builder.public_key(key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    builder = builder.add_extension(_constraints(names), critical=True)
    builder = builder.add_extension(_pages_only(), critical=False)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return builder.sign(key, hashes.SHA256()), key


def _server(
    authority: "x509.Certificate", authority_key: "ec.EllipticCurvePrivateKey", names: Sequence[str], now: datetime
) -> "tuple[x509.Certificate, ec.EllipticCurvePrivateKey]":
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    builder = _dated(x509.CertificateBuilder(), now, SERVER_DAYS).subject_name(_subject(names[0][:64]))
    builder = builder.issuer_name(authority.subject).public_key(key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(authority=False), critical=True)
    builder = builder.add_extension(_pages_only(), critical=False)
    builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return builder.add_extension(issuer, critical=False).sign(authority_key, hashes.SHA256()), key


def _constraints(names: Sequence[str]) -> "x509.NameConstraints":
    """Only these names and addresses; both forms are always named, since a form that is not is not constrained."""
    from cryptography import x509

    permitted: list[x509.GeneralName] = []
    for name in names:
        address = _address(name)
        permitted.append(x509.IPAddress(ipaddress.ip_network(address)) if address else x509.DNSName(name))
    return x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None)


def _allowed(authority: "x509.Certificate") -> set[str]:
    from cryptography import x509

    try:
        found = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or ()
    except x509.ExtensionNotFound:
        return set()
    return {str(one.value).partition("/")[0] for one in found}


# --- names, dates, files ------------------------------------------------------------------------------------------


def _names(asked: Sequence[str]) -> tuple[str, ...]:
    """The names asked for, in order, then this machine's own."""
    wanted = [_clean(name) for name in asked]
    if not wanted:
        raise CertificateRefused(
            "no name", advice="Dites sous quel nom ou quelle adresse les postes appellent cette machine : « --name »."
        )
    return tuple(dict.fromkeys([*wanted, *ALWAYS]))


def _clean(name: str) -> str:
    plain = name.strip().lower().rstrip(".")
    if address := _address(plain):
        return str(address)
    if not _NAME.fullmatch(plain) or plain.replace(".", "").isdigit():
        raise CertificateRefused(
            "not a name", advice=f"« {name} » n'est ni un nom de machine ni une adresse (exemples : cabinet.local, "
            "192.168.1.10)."
        )  # fmt: skip
    return plain


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _names_of(certificate: Path) -> list[str]:
    from cryptography import x509

    if not certificate.is_file():
        return []
    names = _load(certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(one.value) for one in names]


def _general(name: str) -> "x509.GeneralName":
    from cryptography import x509

    address = _address(name)
    return x509.IPAddress(address) if address else x509.DNSName(name)


def _subject(name: str) -> "x509.Name":
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])


def _usage(*, authority: bool) -> "x509.KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _pages_only() -> "x509.ExtendedKeyUsage":
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    return x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def _dated(builder: "x509.CertificateBuilder", now: datetime, days: int) -> "x509.CertificateBuilder":
    """Valid from the day before: the clocks of the posts are not this machine's."""
    from cryptography import x509

    day = now.astimezone(UTC).replace(microsecond=0)
    dated = builder.not_valid_before(day - timedelta(days=1)).not_valid_after(day + timedelta(days=days - 1))
    return dated.serial_number(x509.random_serial_number())


def _load(path: Path) -> "x509.Certificate":
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CertificateRefused("the certificate cannot be read") from error


def _pem(certificate: "x509.Certificate") -> bytes:
    from cryptography.hazmat.primitives import serialization

    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: "ec.EllipticCurvePrivateKey") -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Put a file in place whole: the pages may be starting at this moment."""
    temporary = path.with_name(f".{path.name}.part")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
