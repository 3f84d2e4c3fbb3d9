"""A practice made again, on a bare machine, from a backup and the practice key that two recovery sheets give.

Everything is written into an empty folder, the settings file last: without it the folder is no practice, so that a
restoration that was interrupted cannot be mistaken for a whole one. What is wanting from the backup is told and does
not keep the rest from coming back. Jobs are queued anew from the state of each row; sessions are closed.

The practice it comes from may still be at work: this one neither shares its objects unless a person says so, nor
makes backups by itself where the other's are.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from archive.errors import ArchiveError, ObjectAltered, StoreFailed
from archive.objects import Objects, Vault
from archive.practice_key import write_practice_key
from archive.tables import record
from pipeline import disk, engine, store, tables
from pipeline import practice as practices
from pipeline import settings as settings_file
from pipeline.errors import FolderError
from pipeline.migrations import history
from pipeline.practice import KEY_FILE, Practice, database_url, make_places, vault_url
from pipeline.safekeeping import contents, proof, replica, sealed, shelf, snapshot
from pipeline.safekeeping.faults import RestoreRefused, WrongKey
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

LOCAL: Mapping[str, str] = {"database": "", "vault": "", "store": ""}
"""Everything in the practice's folder, whatever the settings said: what a machine alone needs."""
_TAKEN = (
    "La base indiquée n'est pas vide : rien ne doit être écrasé. Indiquez une base vide avec « --database », "
    "ou « --local » pour tout mettre dans le dossier."
)
_SHARED = (
    "Le stockage des réglages contient déjà des objets : un cabinet en marche s'en sert peut-être encore, et ce que "
    "l'un détruirait le serait pour l'autre. Si l'ancienne machine est perdue, redonnez son adresse avec « --store » ; "
    "sinon, indiquez un stockage vide, ou « --local » pour tout mettre dans le dossier."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came back, as it was at `at`; what was done later was not in the backup."""

    home: Path
    stamp: str
    at: datetime
    dictations: int
    documents: int
    records: int
    objects: int
    jobs: int
    """How many stretches of work were queued again."""
    wanting: tuple[str, ...]
    """Addresses of the objects that did not come back, or cannot be read."""
    journal: str
    backups: str = ""
    """Where the practice it comes from makes its backups by itself; this one does not, until its settings say where."""

    @property
    def ok(self) -> bool:
        """Whether everything came back."""
        return not self.wanting and self.journal == "ok"

    def as_json(self) -> dict[str, Any]:
        """What `copiste restore --json` prints."""
        return asdict(self) | {"home": str(self.home), "at": self.at.isoformat(), "ok": self.ok}


def restore(
    root: Path, home: Path, identity: "Identity", *, former: "Identity | None" = None, keys: Path | None = None,
    at: str = "", storage: Mapping[str, str] | None = None,
) -> Restored:  # fmt: skip
    """Make a practice again in an empty folder, from the last backup or the one whose name begins by `at`.

    `former` opens a backup made before the practice key was changed, the copy of the vault being closed to the new one.
    `storage` takes the place of what the settings say of `database`, `vault` and `store`. Raise RestoreRefused when the
    folder, a database that is a server's, or the settings' own store, is not empty; FolderError when the backup is of
    a newer version; BackupMissing, WrongKey, BackupDamaged.
    """
    root, home = root.expanduser().absolute(), home.expanduser().absolute()
    label = shelf.chosen(root, at)
    if history.is_newer(label.schema):
        raise FolderError(f"a backup at {label.schema}", advice=history.NEWER)
    copies = shelf.keys_of(shelf.keys_folder(root, keys), label.stamp)
    if home.exists() and any(home.iterdir()):
        raise RestoreRefused("the folder is not empty")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = [one for one in (identity, former) if one]
    with disk.told_when_full(), tempfile.TemporaryDirectory(prefix=".restoring-", dir=home) as scratch:
        opened = Path(scratch)
        proof.unseal(root, label, opened, identity=_opener(label, held))
        current = _open_vault(copies, opened / "keys.db", held)
        text = (opened / settings_file.FILE_NAME).read_text(encoding="utf-8")
        backups = settings_file.read(text).backup.folder
        text = _with(_with(text, "storage", storage or {}), "backup", {"folder": ""} if backups else {})
        with _made(home, settings_file.read(text), current) as place:
            _require_own_store(place, storage or {})
            _databases(place, opened)
            _files(home, opened)
            found = replace(_settled(root, place, label), backups=backups)
    write_practice_key(home / KEY_FILE, current)
    sealed.write_bytes(home / settings_file.FILE_NAME, text.encode())
    return found


def _opener(label: shelf.Label, held: "Sequence[Identity]") -> "Identity":
    return next((one for one in held if str(one.to_public()) == label.key), held[0])


def _open_vault(copy: Path, into: Path, held: "Sequence[Identity]") -> "Identity":
    """Open the copy of the vault; gives the key that does, which is the one its secrets are closed to."""
    *others, last = held
    for one in others:
        with suppress(WrongKey):
            sealed.open_file(copy, into, identity=one)
            return one
        into.unlink()
    sealed.open_file(copy, into, identity=last)
    return last


def _with(text: str, section: str, values: Mapping[str, str]) -> str:
    """A settings file in which a section says something else; its other lines, comments included, stay."""
    for name, value in values.items():
        line = f"{name} = {settings_file.written(value)}"
        found = re.search(rf"(?ms)^\[{section}\][ \t]*(?:#[^\n]*)?$(.*?)(?=^\[|\Z)", text)
        if found is None:
            text = f"{text.rstrip()}\n\n[{section}]\n{line}\n"
            continue
        body, done = re.subn(rf"(?m)^[ \t]*{name}[ \t]*=.*$", lambda _, line=line: line, found[1])
        text = text[: found.start(1)] + (body if done else f"\n{line}{body}") + text[found.end(1) :]
    return text


@contextmanager
def _made(home: Path, chosen: Settings, identity: "Identity") -> Iterator[Practice]:
    """The practice that is being made: its files are not all there yet, so that it cannot be opened."""
    practices.refuse_share(home, chosen)
    make_places(home)
    database, vault = store.database(database_url(home, chosen)), store.database(vault_url(home, chosen))
    objects = Objects(chosen.storage.store or str(home / "store"), Vault(vault, identity))
    place = Practice(home=home, settings=chosen, database=database, vault=vault, objects=objects)
    try:
        yield place
    finally:
        place.close()


def _require_own_store(place: Practice, storage: Mapping[str, str]) -> None:
    """RestoreRefused when the settings' own store holds objects, unless a person named that store again."""
    if place.settings.storage.store and "store" not in storage and any(True for _ in place.objects.paths()):
        raise RestoreRefused("the store is not empty", advice=_SHARED)


def _databases(place: Practice, opened: Path) -> None:
    """Put both databases where the settings say, then bring them to this program's version."""
    parts: tuple[tuple[history.Part, str, sa.Engine], ...] = (
        ("work", proof.DATABASE, place.database), ("vault", "keys.db", place.vault)
    )  # fmt: skip
    for _, _, target in parts:
        if not snapshot.is_empty(target):
            raise RestoreRefused("the database is not empty", advice=_TAKEN)
    for part, name, target in parts:
        snapshot.pour(opened / name, target, part=part)
        target.dispose()  # what a connection remembers of the tables of an older version
    practices.upgrade(place.home, place.settings)


def _files(home: Path, opened: Path) -> None:
    for folder in contents.FOLDERS:
        if (opened / folder).is_dir():
            for path in sorted((opened / folder).rglob("*")):
                if path.is_file():
                    target = home / path.relative_to(opened)
                    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    path.replace(target)


def _settled(root: Path, place: Practice, label: shelf.Label) -> Restored:
    """Bring the objects back, look for all that the rows name, and make the practice ready to work."""
    with place.look() as connection:
        addresses = proof.named(connection)
        folders = connection.scalars(sa.select(tables.doctor.c.folder)).all()
    for folder in filter(None, folders):
        (place.place("inbox") / folder).mkdir(mode=0o700, exist_ok=True)
    _objects(root, place, addresses)
    wanting, journal = _found(place, addresses)
    jobs = _ready(place)
    with place.look() as connection:
        counts = [proof.count(connection, table) for table in (tables.dictation, tables.document, record)]
    return Restored(
        home=place.home, stamp=label.stamp, at=label.at, dictations=counts[0], documents=counts[1], records=counts[2],
        objects=len(addresses) - len(wanting), jobs=jobs, wanting=wanting, journal=journal,
    )  # fmt: skip


def _objects(root: Path, place: Practice, addresses: frozenset[str]) -> None:
    """Put the objects in the store; what the backup has not, or has damaged, is left to be told missing."""
    for address in sorted(addresses):
        with suppress(FileNotFoundError, ObjectAltered):
            _put_back(place, address, replica.read(root, address))


def _put_back(place: Practice, address: str, stored: bytes) -> None:
    """Store an object again; ObjectAltered when a store that was kept has it with other bytes."""
    try:
        place.objects.put_back(address, stored)
    except StoreFailed:
        place.objects.stored(address)
        raise


def _ready(place: Practice) -> int:
    """Close the sessions, forget the backup that was under way, and queue the work that the rows wait for."""
    with place.begin() as connection:
        connection.execute(tables.session.delete())
        connection.execute(tables.backup.delete().where(tables.backup.c.verified.is_(None)))
        store.record(connection, actor="operator", action="restore", subject="practice")
    return engine.adopt(place)


def _found(place: Practice, addresses: frozenset[str]) -> tuple[tuple[str, ...], str]:
    """The objects that cannot be read, every one having been, and the state of the journal."""
    from archive import journal

    wanting = []
    for address in sorted(addresses):
        try:
            place.objects.get(address)
        except ArchiveError:
            wanting.append(address)
    with place.look() as connection:
        broken = journal.check(connection)
    return tuple(wanting), "ok" if broken is None else f"broken at {broken}"
