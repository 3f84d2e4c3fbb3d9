"""What a departing doctor takes away: files a person can read with nothing but a browser and a PDF reader.

Knows the pages and lists of that folder and how to give it as one zip, a document at a time, so that memory stays
bounded whatever its size. Knows nothing of who may have it nor of how it is closed.
"""

import csv
import hashlib
import html
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from archive.records import ArchiveRecord, Patient
from archive.signatures import SignatureReport

COLUMNS = ("Patient", "Prénom", "Né(e) le", "Date du document", "Titre", "Auteur", "Signature", "Fichier", "Remplace")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run instead of showing."""
_STYLE = (
    "body{font-family:sans-serif;margin:2em}table{border-collapse:collapse;width:100%}"
    "th,td{border-bottom:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A filed document, with what it holds in clear and what its signatures prove."""

    record: ArchiveRecord
    patient: Patient
    parts: tuple[tuple[str, bytes], ...]
    """(suffix, bytes): `.pdf` first."""
    report: SignatureReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What the folder says of itself."""

    practice: str
    doctor: str
    made: datetime
    certificates: tuple[tuple[str, bytes], ...]
    """(name, PEM) of the certificates that the signatures lead to."""


def zipped(cover: Cover, entries: Iterable[Entry]) -> Iterator[bytes]:
    """The folder as the bytes of a zip, piece by piece."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for name, data in _files(cover, entries):
            info = zipfile.ZipInfo(name, cover.made.timetuple()[:6])
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            archive.writestr(info, data)
            yield sink.taken()
    yield sink.taken()


class _Sink:
    """Takes what a zip writes, until it is asked for."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        held = bytes(self._held)
        self._held.clear()
        return held


def _files(cover: Cover, entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
    """Each file with its name: documents as they come, then the lists of them, then the sums of everything."""
    rows: list[tuple[str, ...]] = []
    signatures: list[tuple[str, ...]] = [_SIGNATURE_COLUMNS]
    sums: list[str] = []

    def summed(name: str, data: bytes) -> tuple[str, bytes]:
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
        return name, data

    for entry in entries:
        rows.append(_row(entry))
        signatures += _signature_rows(entry)
        for suffix, data in entry.parts:
            yield summed(f"documents/{entry.record.id}{suffix}", data)
    for name, data in cover.certificates:
        yield summed(f"certificats/{name}", data)
    yield summed("index.csv", _table([COLUMNS, *rows]))
    yield summed("index.html", _page(cover, rows))
    yield summed("signatures.csv", _table(signatures))
    yield summed("LISEZ-MOI.txt", _read_me(cover, len(rows)).encode())
    yield "empreintes-sha256.txt", "".join(sums).encode()


def _row(entry: Entry) -> tuple[str, ...]:
    record, patient = entry.record, entry.patient
    return (
        patient.family_name,
        patient.given_name,
        f"{patient.birth_date:%d/%m/%Y}" if patient.birth_date else "",
        f"{record.date:%d/%m/%Y}",
        record.title,
        record.author,
        "vérifiée" if entry.report.ok else entry.report.reason,
        f"documents/{record.id}.pdf",
        f"documents/{record.replaces}.pdf" if record.replaces else "",
    )


_SIGNATURE_COLUMNS = ("Fichier", "Signataire", "Date de signature", "Intacte", "Certificat reconnu", "Conclusion")


def _signature_rows(entry: Entry) -> list[tuple[str, ...]]:
    """The report of each signature, as it was checked when the folder was made."""
    name, said = f"documents/{entry.record.id}.pdf", entry.report.reason or "Signature vérifiée."
    found: list[tuple[str, ...]] = [
        (
            name, one.signer, one.signed_at.isoformat(timespec="seconds") if one.signed_at else "",
            "oui" if one.intact and one.whole and one.allowed else "non", "oui" if one.trusted else "non", said,
        )
        for one in entry.report.signatures
    ]  # fmt: skip
    return found or [(name, "", "", "non", "non", said)]


def _table(rows: Iterable[tuple[str, ...]]) -> bytes:
    """A CSV that a French spreadsheet opens as it is: semicolons, and a mark that says UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows([[_inert(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _page(cover: Cover, rows: Iterable[tuple[str, ...]]) -> bytes:
    def cells(row: tuple[str, ...], tag: str) -> str:
        return "".join(f"<{tag}>{_shown(cell)}</{tag}>" for cell in row)

    title = html.escape(f"Documents de {cover.doctor}")
    body = "\n".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return (
        f'<!doctype html>\n<html lang="fr"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"</head><body><h1>{title}</h1><p>{html.escape(cover.practice)}, {cover.made:%d/%m/%Y}</p>\n"
        f"<table><thead><tr>{cells(COLUMNS, 'th')}</tr></thead><tbody>\n{body}\n</tbody></table></body></html>\n"
    ).encode()


def _shown(cell: str) -> str:
    return f'<a href="{cell}">{cell}</a>' if cell.startswith("documents/") else html.escape(cell)


def _read_me(cover: Cover, count: int) -> str:
    return f"""Documents signés par {cover.doctor}
{cover.practice}, export du {cover.made:%d/%m/%Y à %H:%M}

Ce dossier contient {count} document(s) de l'archive du cabinet, qui garde tous les originaux.

index.html             la liste, à ouvrir dans un navigateur ; index.csv, la même pour un tableur
documents/             le PDF signé de chaque document (.pdf), son modèle Word (.docx) et son texte (.txt)
signatures.csv         ce que prouve chaque signature, vérifiée le jour de l'export
certificats/           les certificats qui permettent de vérifier les signatures à nouveau
empreintes-sha256.txt  de quoi vérifier que rien n'a changé (commande : sha256sum -c empreintes-sha256.txt)

Les fichiers portent un numéro, jamais un nom : le nom du patient est dans la liste.
Ces documents sont couverts par le secret médical. Gardez ce dossier chiffré ; effacez ce que vous n'utilisez plus.
"""
