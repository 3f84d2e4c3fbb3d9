"""What was dropped, and what was made of it: the memory of a trial, in place of a practice's database.

`receive` and `refuse` are what `inbox.take` is given. What is received is read again at once, from the copy: that is
what a practice would keep. Any number of threads write here; `verdict` reads it once all is over.
"""

import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.inbox import Outcome, Received, Refusal
from pipeline.inbox.watcher import Sight

Fate = Literal["due", "free", "never"]
"""*due*: must be taken. *free*: may be, for another replaced it or it was removed. *never*: must be left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """A whole content that was dropped, or was going to be."""

    scene: str
    sha256: str
    fate: Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """A content that was handed over as a whole one."""

    scene: str
    id: str
    """The dictation that it would be."""
    told: str
    """The SHA-256 that was announced."""
    kept: str
    """That of the copy, read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a watcher said had become of a file."""

    scene: str
    state: str
    code: str
    id: str


class Ledger:
    """Written by those who drop and by those who take."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._drops: dict[str, Drop] = {}
        self._receptions: list[Reception] = []
        self._ids: dict[str, str] = {}
        self._told: list[Told] = []
        self._aside: list[str] = []
        self._mode: Literal["native", "polling"] | None = None

    # --- by those who drop ----------------------------------------------------------------------------------------

    def may(self, scene: str, content: bytes) -> str:
        """Say that a whole content begins to arrive: from now on it may be taken. Gives its SHA-256."""
        return self._note(scene, content, "free")

    def must(self, scene: str, content: bytes) -> str:
        """Say that a whole content is there for good, and must be taken. Gives its SHA-256."""
        return self._note(scene, content, "due")

    def never(self, scene: str, content: bytes) -> str:
        """Say that a whole content must be left alone, though something leads to it. Gives its SHA-256."""
        return self._note(scene, content, "never")

    def _note(self, scene: str, content: bytes, fate: Fate) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        with self._changed:
            if fate != "free" or sha256 not in self._drops:  # what must be taken stays so, dropped again or not
                self._drops[sha256] = Drop(scene=scene, sha256=sha256, fate=fate)
        return sha256

    # --- by those who take ----------------------------------------------------------------------------------------

    def receive(self, received: Received) -> str:
        """Keep a content; gives the id of the dictation that these bytes are."""
        with received.path.open("rb") as file:
            kept = hashlib.file_digest(file, "sha256").hexdigest()
        with self._changed:
            id = self._ids.setdefault(kept, received.id)
            row = Reception(scene=scene_of(received.folder), id=received.id, told=received.sha256, kept=kept)
            self._receptions.append(row)
            self._changed.notify_all()
        return id

    def refuse(self, refusal: Refusal) -> None:
        """Keep a refused content in mind."""
        with self._changed:
            self._aside.append(refusal.sha256)
            self._changed.notify_all()

    def hear(self, outcome: Outcome) -> None:
        """Keep in mind what a watcher says."""
        told = Told(scene=scene_of(outcome.folder), state=outcome.state, code=outcome.code, id=outcome.id)
        with self._changed:
            self._told.append(told)
            self._changed.notify_all()

    def see(self, sight: Sight) -> None:
        """Keep in mind how a watcher that may choose looks at the folder."""
        with self._changed:
            self._mode = sight.mode

    # --- by those who read ----------------------------------------------------------------------------------------

    def wait_for(self, sha256: str, *, seconds: float) -> bool:
        """Wait until a content was received; says whether it was."""
        with self._changed:
            return self._changed.wait_for(lambda: sha256 in self._ids, timeout=seconds)

    def changes(self) -> int:
        """A number that grows whenever something is received, refused or told."""
        with self._changed:
            return len(self._receptions) + len(self._aside) + len(self._told)

    def waiting(self) -> int:
        """How many contents that must be taken were neither received nor set aside."""
        with self._changed:
            done = {*self._ids, *self._aside}
            return sum(drop.fate == "due" and drop.sha256 not in done for drop in self._drops.values())

    @property
    def mode(self) -> Literal["native", "polling"] | None:
        """How a watcher that may choose looked at the folder at the end: with its signals, or regularly."""
        with self._changed:
            return self._mode

    @property
    def drops(self) -> tuple[Drop, ...]:
        """Every whole content."""
        with self._changed:
            return tuple(self._drops.values())

    @property
    def receptions(self) -> tuple[Reception, ...]:
        """In the order in which they came."""
        with self._changed:
            return tuple(self._receptions)

    @property
    def told(self) -> tuple[Told, ...]:
        """In the order in which it was said."""
        with self._changed:
            return tuple(self._told)

    @property
    def aside(self) -> frozenset[str]:
        """The SHA-256 of what was refused."""
        with self._changed:
            return frozenset(self._aside)


def scene_of(folder: str) -> str:
    """The scene that a sub-folder belongs to: its first part."""
    return folder.partition("/")[0]


def contents(folder: Path) -> dict[str, list[Path]]:
    """The SHA-256 of every plain file under a folder, with where it lies; what cannot be read is passed over."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        try:
            if path.is_symlink() or not path.is_file():
                continue
            with path.open("rb") as file:
                found.setdefault(hashlib.file_digest(file, "sha256").hexdigest(), []).append(path)
        except OSError:
            continue
    return found
