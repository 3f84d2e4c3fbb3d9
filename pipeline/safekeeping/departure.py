"""A departing doctor's export: what the archive holds of them, in clear for them, closed for everyone else.

One folder in `exports/`: `dossier.zip.age` (everything), `cle.age` (what opens it, closed by a password that is told
once) and a page that says how. It leaves the practice, so it is encrypted as the `age` command reads it, without
Copiste. The archive keeps everything. Knows who may, what is in it, and that it opens; `dossier` knows its pages.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from archive import deposit, journal, patients, signatures
from archive.ids import new_id
from archive.practice_key import sync_folder
from archive.records import ArchiveRecord, Patient
from archive.tables import record as record_table
from pipeline import accounts, store, tables, trace
from pipeline.access import Actor, may, require
from pipeline.errors import CopisteError
from pipeline.people import doctors
from pipeline.practice import Practice
from pipeline.safekeeping import dossier, sealed

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

ACTION = "doctors.export"
_TRIES = 3
_BATCH = 100
_SUFFIXES = {"pdf": ".pdf", "master": ".docx", "text": ".txt"}
CLOSED, KEY, READ_ME = "dossier.zip.age", "cle.age", "LISEZ-MOI.txt"


class ExportFailed(CopisteError):
    """The export could not be written whole, or does not open again."""

    code = "E106"
    exit_code = 106
    advice = (
        "L'export n'a pas pu être fait en entier : rien n'a été laissé. Vérifiez la place du disque et recommencez."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A doctor's export: its folder, its password (never shown again), and how many documents it holds."""

    folder: Path
    password: str = field(repr=False)
    documents: int
    restricted: int
    """Restricted documents left out: only their doctor, or someone they named, takes them away."""


def export(practice: Practice, actor: Actor, doctor: str) -> Exported:
    """Write a doctor's export; `doctor` is an id, a folder or a name, and the actor the archivist or that doctor.

    Each document is in the access log and the archive's journal before it is read. ExportFailed leaves nothing.
    """
    require(actor, ACTION)
    with practice.look() as connection:
        row = doctors.named(connection, doctor)
        require(actor, ACTION, row)
        wanted, restricted = _wanted(connection, actor, row["id"])
        cover = _cover(connection, practice, row)
    folder = practice.place("exports") / f"depart-{row['id']}-{cover.made:%Y%m%d}-{new_id()}"
    password = accounts.new_password()
    draft = folder.with_name(f"{folder.name}.en-cours")
    try:
        _write_folder(draft, cover, _entries(practice, actor, wanted, cover), password)
        draft.rename(folder)
    except BaseException as error:
        shutil.rmtree(draft, ignore_errors=True)
        if isinstance(error, OSError):
            raise ExportFailed(type(error).__name__) from error
        raise
    sync_folder(folder.parent)
    return Exported(folder=folder, password=password, documents=len(wanted), restricted=restricted)


def opened(folder: Path, *, password: str, to: Path) -> Path:
    """Open an export with its password: the zip, in clear, at `to` (FileExistsError when something is there)."""
    import pyrage

    identity = _unlocked((folder / KEY).read_bytes(), password)
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as clear, (folder / CLOSED).open("rb") as closed:
        pyrage.decrypt_io(closed, clear, [identity])
    return to


def _wanted(connection: sa.Connection, actor: Actor, doctor: str) -> tuple[list[str], int]:
    """Ids of the doctor's filed documents that this person may take, oldest first, and how many they may not."""
    query = (
        sa.select(tables.document)
        .join(record_table, record_table.c.id == tables.document.c.id)
        .where(tables.document.c.doctor == doctor)
        .order_by(record_table.c.date, record_table.c.id)
    )
    allowed, refused = list[str](), 0
    for row in connection.execute(query, execution_options={"yield_per": _BATCH}).mappings():
        if may(actor, "archive.export", row):
            allowed.append(row["id"])
        else:
            refused += 1
    return allowed, refused


def _cover(connection: sa.Connection, practice: Practice, doctor: sa.RowMapping) -> dossier.Cover:
    authority = connection.scalar(sa.select(tables.authority.c.certificate)) or ""
    given = {"autorite.pem": authority, "medecin.pem": doctor["certificate"]}
    return dossier.Cover(
        practice=practice.settings.practice.name,
        doctor=doctors.printed(doctor["title"], doctor["name"]),
        made=store.now().astimezone(practice.settings.zone),
        certificates=tuple((name, pem.encode()) for name, pem in given.items() if pem),
    )


def _entries(practice: Practice, actor: Actor, wanted: Sequence[str], cover: dossier.Cover) -> Iterator[dossier.Entry]:
    trusted = [pem for name, pem in cover.certificates if name == "autorite.pem"]
    for start in range(0, len(wanted), _BATCH):
        for record, patient in _noted(practice, actor, wanted[start : start + _BATCH]):
            parts = tuple(
                (suffix, practice.objects.get(address))
                for part, suffix in _SUFFIXES.items()
                if (address := getattr(record, part))
            )
            report = signatures.check(parts[0][1], trusted=trusted, at=record.filed_at)
            yield dossier.Entry(record=record, patient=patient, parts=parts, report=report)


def _noted(practice: Practice, actor: Actor, ids: Sequence[str]) -> list[tuple[ArchiveRecord, Patient]]:
    """Some records with their patients, once the access log and the journal say who takes them away."""
    with practice.look() as connection:
        found = {one.id: one for one in deposit.read(connection, record_table.c.id.in_(ids))}
        pairs = [(found[one], patients.get(connection, found[one].patient_id)) for one in ids]
    trace.saw_each(practice, actor, ACTION, [(record.id, record.patient_id) for record, _ in pairs])
    with practice.begin() as connection:
        for record, _ in pairs:
            journal.append(connection, actor=actor.id, action="exported", subject=record.id, details={"for": ACTION})
    return pairs


# --- closing it ------------------------------------------------------------------------------------------------------


def _write_folder(folder: Path, cover: dossier.Cover, entries: Iterator[dossier.Entry], password: str) -> None:
    """The closed zip, its key and how to open it; then the whole is opened again, in memory, to prove that it can be.

    A key of its own lets the zip be encrypted as it is made: a password alone would need all of it in memory.
    """
    import pyrage

    folder.mkdir(mode=0o700)
    identity = pyrage.x25519.Identity.generate()
    sent = _Reader(dossier.zipped(cover, entries))
    with sealed.drafted(folder / CLOSED) as file:
        try:
            pyrage.encrypt_io(sent, file, [identity.to_public()])
        except Exception as error:  # pyrage says in its own words what was raised while it read
            raise (sent.failed or ExportFailed(type(error).__name__)) from None
    sealed.write_bytes(folder / KEY, _locked(identity, password))
    sealed.write_bytes(folder / READ_ME, _how(cover).encode())
    proof = _Sum()
    with (folder / CLOSED).open("rb") as closed:
        pyrage.decrypt_io(closed, proof, [_unlocked((folder / KEY).read_bytes(), password)])
    if proof.sha256.digest() != sent.sha256.digest():
        raise ExportFailed("the export does not open as it was written")


def _locked(identity: "Identity", password: str) -> bytes:
    """The key of the zip, closed by the password (scrypt: some seconds, that whoever guesses must spend each time)."""
    import pyrage

    return bytes(pyrage.passphrase.encrypt(f"{identity}\n".encode(), password))


def _unlocked(locked: bytes, password: str) -> "Identity":
    """The key of the zip. Asked again when refused: age finds the work too long on a machine that is busy just then."""
    import pyrage

    for _ in range(_TRIES):
        with suppress(pyrage.DecryptError, pyrage.IdentityError):
            return pyrage.x25519.Identity.from_str(pyrage.passphrase.decrypt(locked, password.strip()).decode().strip())
    raise ExportFailed("wrong password", advice="Ce mot de passe n'ouvre pas cet export.")


class _Reader:
    """Reads pieces as they are made, and sums them."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._held = pieces, b""
        self.sha256 = hashlib.sha256()
        self.failed: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        while not self._held:
            try:
                piece = next(self._pieces, None)
            except Exception as error:
                self.failed = error
                raise
            if piece is None:
                return b""
            self.sha256.update(piece)
            self._held = piece
        given, self._held = (self._held, b"") if size < 0 else (self._held[:size], self._held[size:])
        return given


class _Sum:
    """Sums what is written, and keeps nothing."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        return len(data)

    def flush(self) -> None:
        pass


def _how(cover: dossier.Cover) -> str:
    return f"""Export des documents de {cover.doctor}, {cover.made:%d/%m/%Y}

Ce dossier est chiffré : il contient des documents couverts par le secret médical.
Le mot de passe vous a été donné à part. Ne le gardez pas avec ces fichiers.

Pour l'ouvrir, installez le logiciel libre « age » (https://age-encryption.org ; Windows, macOS, Linux), puis, dans ce
dossier :

    age -d -i {KEY} -o dossier.zip {CLOSED}

Il demande le mot de passe, puis écrit dossier.zip, qui s'ouvre comme tout fichier zip. Lisez alors LISEZ-MOI.txt.
"""
