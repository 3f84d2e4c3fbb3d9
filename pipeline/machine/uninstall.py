"""Take the program off a machine and leave the archive, with a page that says how to read it without the program.

What goes: the service, the copy of the recogniser. What stays: the whole practice folder, since the law wants its
documents for decades. Knows nothing of how the program itself was installed.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from pipeline import settings as settings_file
from pipeline import store
from pipeline.errors import CopisteError
from pipeline.machine import service
from pipeline.machine.service import Command
from pipeline.settings import Settings

PAGE = "LISEZ-MOI-ARCHIVE.txt"


class StillAtWork(CopisteError):
    """The practice is at work: what it is doing would be cut short."""

    code = "E123"
    exit_code = 123
    advice = "Copiste travaille encore sur ce dossier. Arrêtez-le, attendez quelques secondes, puis recommencez."


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What went, what stays, and the commands that are left to a person."""

    units: tuple[Path, ...]
    cache: Path | None
    page: Path
    commands: tuple[str, ...]


def uninstall(home: Path, *, cache: Path, root: Path = service.ROOT, command: Command | None = None) -> Removed:
    """Remove the service and the recogniser's copy (`cache`), and write the page in the practice folder.

    The page comes first: should anything fail, the archive can be read. StillAtWork when the service was stopped and
    the practice is nonetheless at work.
    """
    settings = settings_file.load(home)
    page = write_page(home, settings)
    done = service.remove(home, root=root, command=command)
    _require_rest(home, settings)
    gone = cache if cache.is_dir() else None
    if gone:
        shutil.rmtree(cache)
    return Removed(units=done.units, cache=gone, page=page, commands=done.commands)


def _require_rest(home: Path, settings: Settings) -> None:
    from pipeline import presence
    from pipeline.practice import database_url

    url = database_url(home, settings)
    if url.startswith("sqlite") and presence.at_work(url):  # on a server, those at work may be other machines
        raise StillAtWork


def write_page(home: Path, settings: Settings) -> Path:
    """Write the page that says how the archive is read without this program."""
    path = home / PAGE
    temporary = path.with_name(f".{PAGE}.part")
    temporary.write_text(page(home, settings), encoding="utf-8")
    temporary.chmod(0o600)
    os.replace(temporary, path)
    return path


def page(home: Path, settings: Settings) -> str:
    """The page: what must be kept, and the steps, with programs that anyone can have (age, sqlite3)."""
    return "\n".join([*_head(home, settings.zone), *_kept(settings), *_with_copiste(), *_without(settings), ""])


def _head(home: Path, zone: tzinfo) -> list[str]:
    return [
        "COMMENT LIRE CETTE ARCHIVE",
        "==========================",
        f"Écrit le {store.now().astimezone(zone):%d/%m/%Y}, quand Copiste a été retiré de cette machine.",
        f"Le dossier du cabinet est resté entier : {home}",
        "",
        "Il contient des documents médicaux que la loi demande de garder pendant des années (20 ans dans la plupart",
        "des cas, souvent davantage). Ne l'effacez pas, ne le donnez pas, ne jetez pas la machine sans l'avoir copié.",
        "",
    ]


def _kept(settings: Settings) -> list[str]:
    """What must be kept together, or apart."""
    storage = settings.storage
    return [
        "1. CE QU'IL FAUT GARDER",
        "-----------------------",
        "Sans l'un de ces éléments, plus aucun document ne peut être lu, par personne :",
        "  - practice.key      la clé du cabinet ; ou deux des trois feuilles de secours imprimées, qui la redonnent ;",
        f"  - {_named(storage.vault, 'keys.db'):<17} la clé de chaque document, elle-même chiffrée ;",
        f"  - {_named(storage.store, 'store/'):<17} les documents chiffrés ;",
        f"  - {_named(storage.database, 'copiste.db'):<17} quel document est à quel patient, et quand il a été signé.",
        "Gardez la clé (ou les feuilles) ailleurs que le reste : ensemble, ils livrent tout.",
        "",
    ]


def _named(place: str, ordinary: str) -> str:
    """Where something is; an address may hold a password, which no page must repeat."""
    if not place:
        return ordinary
    return "un seau S3" if place.startswith("s3") else "un serveur" if "://" in place else place


def _with_copiste() -> list[str]:
    return [
        "2. LE PLUS SIMPLE : RÉINSTALLER COPISTE",
        "---------------------------------------",
        "  pip install copiste",
        "  copiste upgrade --home DOSSIER",
        "  copiste archive find DUPONT --home DOSSIER",
        "  copiste archive export IDENTIFIANT --home DOSSIER     (le PDF signé et le Word, dans exports/)",
        "Si practice.key a disparu : « copiste keys recover », avec deux feuilles de secours.",
        "",
    ]


QUERY = """SELECT patient.family_name, patient.given_name, patient.birth_date, record.date, record.title, record.author,
       record.pdf_address, record.master_address
FROM record JOIN patient ON patient.id = record.patient_id
WHERE patient.family_name LIKE 'DUPONT' ORDER BY record.date;"""
KEY_QUERY = "SELECT hex(secret) FROM object_key WHERE address = 'ADRESSE';"


def _without(settings: Settings) -> list[str]:
    server = settings.storage.database or settings.storage.vault
    return [
        "3. SANS COPISTE, AVEC DES PROGRAMMES LIBRES",
        "-------------------------------------------",
        "Il faut : sqlite3 (https://sqlite.org), age (https://age-encryption.org), et xxd, présent partout."
        + (" Vos bases sont sur un serveur PostgreSQL : les mêmes requêtes s'y posent avec psql." if server else ""),
        "",
        "a) Trouver le document. Chaque ligne donne un patient, une date, un titre, et deux adresses de 64 signes :",
        "   celle du PDF signé, et celle du document Word.",
        "",
        "   sqlite3 copiste.db",
        *(f"   {line}" for line in QUERY.splitlines()),
        "",
        "b) Sortir la clé de ce document (elle est chiffrée pour la clé du cabinet), et l'ouvrir :",
        "",
        f'   sqlite3 keys.db "{KEY_QUERY}" | xxd -r -p > cle.age'
        + (" (PostgreSQL : encode(secret, 'hex'))" if server else ""),
        "   age --decrypt --identity practice.key cle.age > cle.txt",
        "",
        "c) Ouvrir le document. Il est dans store/, rangé par les quatre premiers signes de son adresse : l'adresse",
        "   abcd1234… est le fichier store/ab/cd/abcd1234…",
        "",
        "   age --decrypt --identity cle.txt store/AB/CD/ADRESSE > document.pdf",
        "",
        "d) Vérifier que le fichier est bien celui qui a été classé : l'adresse est l'empreinte SHA-256 du fichier",
        "   chiffré, et la table « object » de copiste.db donne celle du fichier en clair (plain_sha256).",
        "",
        "   sha256sum store/AB/CD/ADRESSE",
        "",
        "e) Effacer cle.txt et document.pdf quand vous avez fini : ils sont en clair.",
        "",
        "Le PDF signé se vérifie avec tout lecteur qui connaît les signatures PAdES ; le certificat du médecin est",
        "dans la table « doctor », celui du cabinet dans la table « authority ».",
    ]


def sentences(home: Path, removed: Removed) -> list[str]:
    """What a person is told at the end, in French."""
    lines = [f"Service retiré : {path}" for path in removed.units] or ["Aucun service n'était installé."]
    lines += [f"Copie du modèle de reconnaissance effacée : {removed.cache}"] if removed.cache else []
    lines += _left(removed.commands)
    return [
        *lines,
        "",
        f"Le dossier du cabinet est intact : {home}",
        "Gardez-le, avec practice.key ou deux feuilles de secours : la loi demande de conserver ces documents.",
        f"Comment le relire, même sans Copiste : {removed.page}",
        "Pour retirer le programme lui-même : pip uninstall copiste",
    ]


def _left(commands: Sequence[str]) -> list[str]:
    return ["Il reste à lancer, systemd n'ayant pas répondu :", *(f"  {one}" for one in commands)] if commands else []
