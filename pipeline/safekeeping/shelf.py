"""The folder that holds a practice's backups: which ones, where each part of them is, and whose they are.

`objects/` holds the objects of all of them; `states/` one encrypted bundle per backup, with a label in clear that says
what a person must know to choose (a date, a size, which key opens it), never who or what is inside; the keys' folder,
elsewhere if the practice wishes, the last copies of the vault. A label is sealed with the practice key: whoever can
write in the folder could close a bundle of their own to the practice, its public half being no secret, but not seal it.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from pipeline.safekeeping import sealed
from pipeline.safekeeping.faults import BackupMissing, DiskAway, FolderUnfit

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

MARK = "copiste-backup.json"
STAMP = "%Y%m%dT%H%M%SZ"
KEYS_KEPT = 2
"""Copies of the vault: no more, for a document that was destroyed must not survive in old ones."""
UNPROVEN_KEPT = 3
"""Backups kept of those that the last proof found wanting: they are newer, and may hold nearly all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What is known of a backup without opening it."""

    stamp: str
    key: str
    """Public half of the practice key that opens it."""
    sha256: str
    """Of the encrypted bundle."""
    objects: int
    schema: str
    proven: bool = False
    """Whether it was opened again after it was made, and nothing was wanting."""
    seal: str = ""
    """Of all the rest, by the practice key that opens it."""

    @property
    def at(self) -> datetime:
        """When it was made, UTC."""
        return datetime.strptime(self.stamp, STAMP).replace(tzinfo=UTC)


def states(root: Path) -> Path:
    """Where the encrypted bundles are."""
    return root / "states"


def bundle(root: Path, stamp: str) -> Path:
    """Where the bundle of a backup is."""
    return states(root) / f"{stamp}.age"


def keys_file(keys: Path, stamp: str) -> Path:
    """Where the copy of the vault made with a backup is."""
    return keys / f"keys-{stamp}.age"


def keys_folder(root: Path, chosen: str | Path | None) -> Path:
    """Where the copies of the vault are: where it was asked, else beside the rest."""
    return Path(chosen) if chosen else root / "keys"


def prepare(root: Path, keys: Path, *, practice: str) -> None:
    """Make the folders, for this practice only: FolderUnfit when another practice's backups are there."""
    marked = {"format": 1, "practice": practice, "keys": str(keys)}
    for place in dict.fromkeys((root, keys)):  # in this order: a parent made on the way would be open to all
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_mine(place, practice=practice)
        sealed.write_bytes(place / MARK, json.dumps(marked).encode() + b"\n")
    states(root).mkdir(mode=0o700, exist_ok=True)


def require_there(root: Path, keys: Path, *, used: bool) -> None:
    """DiskAway when a folder that was prepared is no longer: its disk is not plugged in, the system's would be filled.

    `used`: backups were made there before.
    """
    if used and not (root / MARK).is_file():
        raise DiskAway("the folder of the backups lost its mark")
    if _read(root / MARK).get("keys") == str(keys) and not (keys / MARK).is_file():
        raise DiskAway("the folder of the copies of the vault lost its mark")


def require_mine(place: Path, *, practice: str) -> None:
    """FolderUnfit when a folder is marked as another practice's. `practice`: the public half of its first key."""
    if (place / MARK).is_file() and _read(place / MARK).get("practice") != practice:
        raise FolderUnfit("the backups of another practice")


def new_stamp(root: Path, now: datetime) -> str:
    """A name for a backup made now, after all the others even when the clock went back meanwhile."""
    moment = now.astimezone(UTC).replace(microsecond=0)
    if known := labels(root):
        moment = max(moment, known[-1].at + timedelta(seconds=1))
    return moment.strftime(STAMP)


def label(root: Path, written: Label, *, by: "Identity") -> None:
    """Say that a bundle is whole, sealed by the practice key: without a label it does not count."""
    told = asdict(replace(written, seal=_seal(written, by)))
    sealed.write_bytes(states(root) / f"{written.stamp}.json", json.dumps(told, indent=1).encode() + b"\n")


def is_genuine(found: Label, identity: "Identity") -> bool:
    """Whether a label was written by a program that had this practice key."""
    return hmac.compare_digest(found.seal, _seal(found, identity))


def _seal(written: Label, identity: "Identity") -> str:
    told = json.dumps(asdict(replace(written, seal="")), sort_keys=True)
    return hmac.new(str(identity).encode(), told.encode(), hashlib.sha256).hexdigest()


def labels(root: Path) -> tuple[Label, ...]:
    """Every backup of a folder that was finished, oldest first."""
    found = []
    for path in states(root).glob("*.json"):
        if bundle(root, path.stem).is_file():
            with suppress(ValueError, OSError):
                one = _LABEL.validate_json(path.read_bytes())
                if one.stamp == path.stem and one.at:  # neither a copy under another name, nor a name that is no moment
                    found.append(one)
    return tuple(sorted(found, key=lambda one: one.stamp))


_LABEL = TypeAdapter(Label)


def chosen(root: Path, at: str = "") -> Label:
    """The backup whose name begins so; the last one when nothing is asked. BackupMissing."""
    found = [one for one in labels(root) if one.stamp.startswith(at)]
    if not found:
        raise BackupMissing("no such backup" if at else "no backup there")
    return found[-1]


def keys_of(keys: Path, stamp: str) -> Path:
    """The copy of the vault made with a backup if it is still kept, else the last one. BackupMissing."""
    copies = sorted(keys.glob("keys-*.age"))
    if not copies:
        raise BackupMissing(
            "no copy of the vault",
            advice="La copie des clés ne se trouve pas dans ce dossier. Indiquez-le avec « --keys DOSSIER ».",
        )
    return keys_file(keys, stamp) if keys_file(keys, stamp) in copies else copies[-1]


def prune(root: Path, keys: Path, *, keep: int, every_key: bool = False) -> None:
    """Keep the last proven backups, what was made since, and the last two copies of the vault.

    `every_key`: keys are missing from the vault itself, so older copies may be all that is left of them. What an
    interrupted backup left is removed.
    """
    known = labels(root)
    proven = [one.stamp for one in known if one.proven]
    since = [one.stamp for one in known if not one.proven and one.stamp > max(proven, default="")]
    wanted = {*proven[-keep:], *since[-UNPROVEN_KEPT:]}
    for path in states(root).iterdir():
        if path.suffix in (".age", ".json", ".part") and path.stem not in wanted:
            path.unlink(missing_ok=True)
    for path in sorted(keys.glob("keys-*.age"))[: 0 if every_key else -KEYS_KEPT]:
        path.unlink(missing_ok=True)
    for path in keys.glob(".keys-*.part"):
        path.unlink(missing_ok=True)


def _read(path: Path) -> Mapping[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
