"""A backup of a practice, made while it works, and proven by opening it again.

In this order, which is what makes it whole: a row says that a backup is under way, so that no text which is replaced
meanwhile is destroyed; the database is read at one moment; the objects which that names are copied; then the vault,
which by then has all their keys; the bundle; and its label last, without which it does not count. A kill or a full
disk at any moment leaves the backups that were there as they were.

The practice key is never in a backup: the recovery sheets are for that. And only the last two copies of the vault are
kept, because a document that is destroyed must not survive in an old one: two backups later its object means nothing
to anyone, in any backup. So the last two backups give back everything, and an older one all but what was destroyed.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from archive.ids import new_id
from archive.practice_key import load_practice_key
from archive.tables import object_key, practice_key
from pipeline import disk, slots, store, tables
from pipeline import settings as settings_file
from pipeline.errors import SettingsError
from pipeline.migrations import history
from pipeline.practice import KEY_FILE, Practice, database_url
from pipeline.safekeeping import contents, proof, replica, sealed, shelf, snapshot
from pipeline.safekeeping.faults import BackupDamaged, BackupFailed, BackupRunning, FolderUnfit, WrongKey
from pipeline.safekeeping.proof import Proof

_LOCK = "upkeep-2"
"""One backup at a time; it is no reason for anyone to stop working, unlike `upkeep-1`."""
_TRIES = 2
"""A backup that its proof refuses is mended once: copies that are not whole are made anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A backup that was made and proven."""

    stamp: str
    at: datetime
    folder: Path
    keys: Path
    added: int
    """Objects that the backups of this folder had not."""
    size: int
    """Bytes that this backup added."""
    proof: Proof
    previous: datetime | None
    """When the last backup before this one was made."""

    def as_json(self) -> dict[str, Any]:
        """What `copiste backup --json` prints."""
        found = asdict(self) | {"at": self.at.isoformat(), "folder": str(self.folder), "keys": str(self.keys)}
        return found | {"previous": self.previous and self.previous.isoformat(), "verified": self.proof.ok}


def backup(
    practice: Practice, folder: Path | None = None, *, keys: Path | None = None, full: bool = False, new: bool = False
) -> Saved:
    """Back a practice up to a folder (by default the settings'), and prove that it could be restored from there.

    `full` decrypts every object; `new`: a person says that the disk was replaced. Raise BackupRunning, DiskShort,
    FolderUnfit, DiskAway, SettingsError (nothing restores what cannot be read), BackupFailed (the disk: nothing that
    was there is lost), or BackupDamaged when the proof finds something wanting.
    """
    root, vault_copies = places(practice, folder, keys)
    settings_file.load(practice.home)
    practice.require_room()
    if not new:
        shelf.require_there(root, vault_copies, used=_was_used(practice, root))
    with _alone(practice):
        try:
            return _made(practice, root, vault_copies, full=full)
        except sa.exc.OperationalError:
            with disk.told_when_full():
                raise
        except OSError as error:
            raise BackupFailed(f"the disk refused: {type(error).__name__} {error.errno or ''}") from error


def places(practice: Practice, folder: Path | None, keys: Path | None) -> tuple[Path, Path]:
    """Where backups go, and the copies of the vault; SettingsError when nothing says where."""
    chosen = practice.settings.backup
    if folder is None and not chosen.folder:
        raise SettingsError(
            "no folder for backups",
            advice="Dites où sauvegarder : « copiste backup DOSSIER », ou le réglage [backup] folder.",
        )
    root = (folder or Path(chosen.folder)).expanduser().absolute()
    vault_copies = shelf.keys_folder(root, keys or chosen.keys_folder).expanduser().absolute()
    for place in (root, vault_copies):
        if place.resolve().is_relative_to(practice.home.resolve()):
            raise FolderUnfit("inside the practice", advice=_INSIDE)
    return root, vault_copies


_INSIDE = (
    "Ce dossier est dans celui du cabinet : une panne du disque emporterait les deux. "
    "Choisissez un dossier d'un autre disque."
)


def _was_used(practice: Practice, root: Path) -> bool:
    """Whether a backup was made and proven in that folder."""
    with practice.look() as connection:
        proven = tables.backup.c.verified.is_not(None)
        there = sa.exists().where(proven, tables.backup.c.place == str(root))
        return _is_noted(connection) and bool(connection.scalar(sa.select(there)))


def last(practice: Practice) -> datetime | None:
    """When the last backup that was proven was made, wherever it is.

    One dated in days to come was made while the clock was ahead: it does not count, or none would be due for years.
    """
    with practice.look() as connection:
        if not _is_noted(connection):
            return None
        proven = (tables.backup.c.verified.is_not(None), tables.backup.c.at <= store.now())
        made: datetime | None = connection.scalar(sa.select(sa.func.max(tables.backup.c.at)).where(*proven))
    return made


def is_due(practice: Practice) -> bool:
    """Whether the settings ask for a backup now."""
    if not practice.settings.backup.folder:
        return False
    labels, now = shelf.labels(Path(practice.settings.backup.folder).expanduser()), store.now()
    tried = [one.at for one in labels if one.at <= now]
    made = max(filter(None, (last(practice), *tried)), default=None)
    return made is None or now - made >= timedelta(hours=practice.settings.backup.every_hours)


def when_due(practice: Practice) -> Saved | None:
    """Make the backup that the settings ask for; None when it is not time, or another process is making it."""
    if not is_due(practice):
        return None
    try:
        return backup(practice)
    except BackupRunning:
        return None


def _made(practice: Practice, root: Path, keys: Path, *, full: bool) -> Saved:
    identity = load_practice_key(practice.home / KEY_FILE)
    shelf.prepare(root, keys, practice=whose(practice))
    previous = last(practice)
    now = store.now()
    stamp = shelf.new_stamp(root, now)
    with _noted(practice, root, now) as note:
        added, size = _written(practice, root, keys, stamp, by=identity)
        found = _proven(practice, root, keys, stamp, added=added, full=full)
        shelf.prune(root, keys, keep=practice.settings.backup.keep, every_key=bool(found.keyless))
        if not found.ok:
            raise BackupDamaged(f"{len(found.wanting)} objects wanting, journal {found.journal}", advice=_WANTING)
        replica.remove(root, _keyless(practice, root, keys))
        note.update(objects=found.objects, size=size, verified=store.now())
    return Saved(
        stamp=stamp, at=now, folder=root, keys=keys, added=len(added), size=size, proof=found, previous=previous
    )


def whose(practice: Practice) -> str:
    """What tells a practice from another for ever: the public half of its first key."""
    if not sa.inspect(practice.vault).has_table(practice_key.name):  # an older version
        return str(load_practice_key(practice.home / KEY_FILE).to_public())
    with practice.vault.connect().execution_options(reading=True) as connection:
        return str(connection.scalar(sa.select(practice_key.c.public).order_by(practice_key.c.since).limit(1)))


def _written(practice: Practice, root: Path, keys: Path, stamp: str, *, by: Any) -> tuple[frozenset[str], int]:
    """Write every part of a backup; gives the objects it brought, and the bytes it added in all."""
    to = by.to_public()
    with tempfile.TemporaryDirectory(prefix="backup-", dir=practice.place("tmp")) as scratch:
        database, vault = Path(scratch) / "copiste.db", Path(scratch) / "keys.db"
        snapshot.take(practice.database, database, part="work")
        with proof.reading(database) as connection:
            addresses, schema = proof.named(connection), history.current(connection) or ""
        brought = replica.add(root, addresses, practice.objects.stored)
        snapshot.take(practice.vault, vault, part="vault")
        sealed.close_file(vault, shelf.keys_file(keys, stamp), to=to)
        digest = sealed.close_bundle(contents.packer(practice.home, database), shelf.bundle(root, stamp), to=to)
    label = shelf.Label(stamp=stamp, key=str(to), sha256=digest, objects=len(addresses), schema=schema)
    shelf.label(root, label, by=by)
    parts = (shelf.bundle(root, stamp), shelf.keys_file(keys, stamp))
    return brought.addresses, brought.size + sum(part.stat().st_size for part in parts)


def _proven(practice: Practice, root: Path, keys: Path, stamp: str, *, added: frozenset[str], full: bool) -> Proof:
    """The proof of the backup just written, noted on its label; copies that are not whole are made anew, once."""
    identity = load_practice_key(practice.home / KEY_FILE)
    for _ in range(_TRIES):
        found = _forgiving(
            practice,
            proof.prove(root, identity, keys=keys, at=stamp, scratch=practice.place("tmp"), full=full, new=added),
        )
        bad = {*found.missing, *found.damaged}
        if found.ok or not replica.add(root, bad, practice.objects.stored, anew=bad).addresses:
            break
    if found.ok:
        shelf.label(root, replace(shelf.chosen(root, stamp), proven=True), by=identity)
    return found


_WANTING = (
    "La sauvegarde a été faite et gardée, mais sa vérification a trouvé des manques : tout ne pourrait pas être "
    "retrouvé. Les précédentes sont intactes. Lancez « copiste archive verify » et prévenez le responsable."
)


def _forgiving(practice: Practice, found: Proof) -> Proof:
    """What was destroyed on purpose while the backup was being made is not wanting from it."""
    if not found.wanting:
        return found
    with practice.look() as connection:
        still = proof.named(connection)

    def kept(addresses: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(address for address in addresses if address in still)

    return replace(
        found, missing=kept(found.missing), damaged=kept(found.damaged), keyless=kept(found.keyless),
        unreadable=kept(found.unreadable),
    )  # fmt: skip


def _keyless(practice: Practice, root: Path, keys: Path) -> frozenset[str]:
    """Objects of the backups that no one can read any more: their key is neither in the vault nor in a kept copy of it.

    Called after a proof that found the key of everything that rows speak of: a vault that lost keys stops before this.
    None when a kept copy cannot be read (the practice key has just been changed, or it rots): it will be gone in time.
    """
    left = set(replica.addresses(root))
    with practice.vault.connect().execution_options(reading=True) as connection:
        left.difference_update(_with_key(connection))
    for copy in sorted(keys.glob("keys-*.age")) if left else ():
        with tempfile.TemporaryDirectory(prefix="backup-", dir=practice.place("tmp")) as scratch:
            opened = Path(scratch) / "keys.db"
            try:
                sealed.open_file(copy, opened, identity=load_practice_key(practice.home / KEY_FILE))
            except (WrongKey, BackupDamaged):
                return frozenset()
            with proof.reading(opened) as connection:
                left.difference_update(_with_key(connection))
    return frozenset(left)


def _with_key(vault: sa.Connection) -> Iterator[str]:
    yield from vault.execution_options(yield_per=10_000).scalars(sa.select(object_key.c.address))


@contextmanager
def _alone(practice: Practice) -> Iterator[None]:
    lock = slots.locks(database_url(practice.home, practice.settings)).take(_LOCK)
    if lock is None:
        raise BackupRunning("another process is backing this practice up")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _noted(practice: Practice, root: Path, now: datetime) -> Iterator[dict[str, Any]]:
    """The row of this backup, which keeps from being destroyed what it may name; its end is told, or it is removed.

    A kill leaves the row, which then holds for a day at most, and until the next backup begins.
    """
    key, note = new_id(), dict[str, Any]()
    with practice.begin() as connection:
        noted = _is_noted(connection)
        if noted:
            connection.execute(tables.backup.delete().where(tables.backup.c.verified.is_(None)))
            row = {"id": key, "at": now, "place": str(root), "objects": 0, "size": 0}
            connection.execute(tables.backup.insert().values(row))
    try:
        yield note
    finally:
        if noted:
            mine = tables.backup.c.id == key
            with practice.begin() as connection:
                ending = tables.backup.update().values(note) if note else tables.backup.delete()
                connection.execute(ending.where(mine))


def _is_noted(connection: sa.Connection) -> bool:
    """Whether this database has a place for backups: one of an older version, about to be upgraded, has none."""
    return bool(sa.inspect(connection).has_table(tables.backup.name))
