"""The lost-key drill: the day it is needed, would two sheets be enough?

Takes two sheets and nothing else that is secret: the practice's own key file is never read. Opens with them the oldest
and the newest document of the archive, and, when a backup is given, proves that it could be restored. Changes nothing.
"""

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from archive import deposit
from archive.errors import ArchiveError, StoreFailed, StoreUnusable
from archive.objects import Objects
from archive.records import ArchiveRecord
from archive.tables import object_key, record
from archive.vault import Vault
from pipeline import settings as settings_file
from pipeline.errors import CopisteError
from pipeline.practice import database_url, vault_url
from pipeline.safekeeping import proof, sheets, shelf
from pipeline.safekeeping.proof import Proof
from pipeline.safekeeping.sheets import Checked

if TYPE_CHECKING:
    from pyrage.x25519 import Identity


class DrillFailed(CopisteError):
    """What is held would not be enough to open the archive again."""

    code = "E107"
    exit_code = 107
    advice = (
        "L'exercice a échoué : avec ces feuilles, tout ne pourrait pas être rouvert. Lancez « copiste diagnostic » et "
        "« copiste archive verify », et imprimez de nouvelles feuilles avec « copiste keys sheets »."
    )


class NothingToProve(CopisteError):
    """There is neither a practice nor a backup to try the sheets on."""

    code = "E108"
    exit_code = 108
    advice = (
        "Il n'y a ici ni cabinet ni sauvegarde à ouvrir. Donnez --home, ou --backup avec le dossier d'une sauvegarde."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """What was proven. `documents`: ids of the oldest and the newest, read in full with the recovered key."""

    checked: Checked
    here: bool
    """Whether a practice was there to try the sheets on."""
    documents: tuple[str, ...] = ()
    backup: Proof | None = None


def drill(home: Path, typed: list[str], *, backup: Path | None = None, keys: Path | None = None) -> Drilled:
    """Prove that two sheets open the practice of this folder, and a backup when one is given.

    Raise what reading sheets raises, DrillFailed, NothingToProve, or what opening a backup raises.
    """
    identity = sheets.recovered(typed)
    checked = sheets.check(home, typed)
    if backup is None:
        sheets.require_ours(checked)
    found = _found_here(home, identity) if checked.standing == "current" else None
    if found is None and backup is None:
        raise NothingToProve
    proven = _proven(home, identity, backup, keys) if backup else None
    return Drilled(checked=checked, here=found is not None, documents=found or (), backup=proven)


def _proven(home: Path, identity: "Identity", backup: Path, keys: Path | None) -> Proof:
    scratch = home / "tmp"
    found = proof.prove(
        backup, identity, keys=shelf.keys_folder(backup, keys), scratch=scratch if scratch.is_dir() else None
    )
    if not found.ok:
        raise DrillFailed(f"backup {found.stamp}: {len(found.wanting)} objects wanting, journal {found.journal}")
    return found


def _found_here(home: Path, identity: "Identity") -> tuple[str, ...] | None:
    """The documents opened in the practice of this folder; None when its databases are not there."""
    settings = settings_file.load(home)
    with ExitStack() as opened:
        database = opened.enter_context(sheets.opened(database_url(home, settings)))
        vault = opened.enter_context(sheets.opened(vault_url(home, settings)))
        if database is None or vault is None:
            return None
        keys = Vault(vault, identity)
        objects = Objects(settings.storage.store or str(home / "store"), keys)
        try:
            _open_any(vault, keys)
            return tuple(one.id for one in _ends(database) if _is_whole(objects, one))
        except (StoreFailed, StoreUnusable):  # the sheets have nothing to do with it
            raise
        except ArchiveError as error:
            raise DrillFailed(str(error)) from error


def _open_any(vault: sa.Engine, keys: Vault) -> None:
    """One secret of the vault, opened: a practice that has not filed anything yet has its doctors' keys."""
    with vault.connect().execution_options(reading=True) as connection:
        address = connection.scalar(sa.select(object_key.c.address).limit(1))
    if address is not None:
        keys.key(address)


def _ends(database: sa.Engine) -> list[ArchiveRecord]:
    """The oldest and the newest document; one when there is only one."""
    with database.connect().execution_options(reading=True) as connection:
        ends = {connection.scalar(sa.select(record.c.id).order_by(order, record.c.id).limit(1)) for order in _orders()}
        found = [deposit.get(connection, one) for one in ends if one]
    return sorted(found, key=lambda one: one.filed_at)


def _orders() -> tuple[Any, Any]:
    return record.c.filed_at.asc(), record.c.filed_at.desc()


def _is_whole(objects: Objects, filed: ArchiveRecord) -> bool:
    """Every part is read and decrypted; the signed PDF is what the archive says it is."""
    for address in (filed.master, filed.sound, filed.text):
        if address:
            objects.get(address)
    if hashlib.sha256(objects.get(filed.pdf)).hexdigest() != filed.sha256:
        raise DrillFailed(f"record {filed.id} is not what was signed")
    return True
