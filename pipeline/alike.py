"""What must be the same on every machine of a practice: templates, vocabulary, common settings, program.

Each machine tells the common database what it has, as hashes, when it starts and once a day; a difference is shown,
it stops nothing: during an update the machines differ for a moment. Knows nothing of what the files mean.
"""

import hashlib
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import sqlalchemy as sa

from pipeline import store, tables
from pipeline.practice import Practice
from pipeline.settings import Settings

PARTS: Mapping[str, str] = {
    "templates": "les modèles Word (dossier templates/)",
    "vocab": "le vocabulaire (dossier vocab/)",
    "settings": "les réglages communs (fuseau, conservation, cabinet, relecture, accès)",
    "program": "la version de Copiste",
}
"""What is compared, as people read it."""
_COMMON = {"timezone", "schedule", "signer", "practice", "review", "access"}
_ACTION = "machine"
_AGAIN = timedelta(days=1)
_FORGOTTEN = timedelta(days=7)
"""A machine that has said nothing for this long is no longer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Different:
    """Another machine that does not have the same as this one."""

    machine: str
    """The name of the machine on the network."""
    parts: tuple[str, ...]
    """Keys of PARTS."""

    @property
    def sentence(self) -> str:
        """What a person reads."""
        listed = " ; ".join(PARTS[part] for part in self.parts)
        return f"La machine {self.machine} n'a pas la même chose que celle-ci : {listed}."


def described(home: Path, settings: Settings) -> dict[str, str]:
    """What this machine has, part by part, as short hashes (the program: its version)."""
    common = settings.model_dump_json(include=_COMMON)
    return {
        "templates": _folder(home / "templates"),
        "vocab": _folder(home / "vocab"),
        "settings": hashlib.sha256(common.encode()).hexdigest()[:16],
        "program": _program(),
    }


def announce(practice: Practice) -> None:
    """Tell the common database what this machine has, unless it was told less than a day ago; nothing on SQLite."""
    if practice.database.dialect.name == "sqlite":
        return
    subject = _subject(practice.home)
    told = json.dumps({"machine": socket.gethostname(), **described(practice.home, practice.settings)}, sort_keys=True)
    event = tables.event
    last = sa.select(event).where(event.c.subject == subject, event.c.action == _ACTION).order_by(event.c.seq.desc())
    with practice.begin() as connection:
        before = connection.execute(last.limit(1)).mappings().one_or_none()
        if before is None or before["detail"] != told or before["at"] < store.now() - _AGAIN:
            store.record(connection, actor="copiste", action=_ACTION, subject=subject, detail=told)


def differences(practice: Practice) -> tuple[Different, ...]:
    """The other machines of the last days that do not have the same as this one."""
    mine, me = described(practice.home, practice.settings), _subject(practice.home)
    event = tables.event
    recent = sa.and_(event.c.action == _ACTION, event.c.at > store.now() - _FORGOTTEN)
    with practice.look() as connection:
        rows = connection.execute(sa.select(event.c.subject, event.c.detail).where(recent).order_by(event.c.seq)).all()
    found = []
    for subject, detail in {row.subject: row.detail for row in rows}.items():
        theirs = json.loads(detail)
        parts = tuple(part for part in PARTS if theirs.get(part) != mine[part])
        if subject != me and parts:
            found.append(Different(machine=theirs["machine"], parts=parts))
    return tuple(found)


def _subject(home: Path) -> str:
    """This machine's place in the common table: two folders on one machine are two."""
    whole = f"{socket.gethostname()}\0{home.absolute()}".encode()
    return hashlib.blake2b(whole, digest_size=5).hexdigest()


def _folder(folder: Path) -> str:
    """The hash of a folder's files, names and contents; those an editor leaves open beside are not counted."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith((".", "~")):
            digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _program() -> str:
    try:
        return version("copiste")
    except PackageNotFoundError:
        return "?"
