"""Take what is dropped in a watched folder, once, and only when it is whole: nothing is lost, nothing is doubled.

`take` handles one file, in an order that can be interrupted anywhere and begun again: a verified copy, then the
row and the job (`receive`, one transaction of the caller), then only the original leaves. The copy is named after
its content, so taking again overwrites it with itself. The watcher decides when a file is ripe; what the system
tells it of changes is only a hint, a rescan alone finds everything.

Knows nothing of doctors, of the database, or of what the sound says.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from archive.ids import new_id as random_id
from pipeline import disk
from pipeline.errors import (
    DamagedLeft,
    FileRefused,
    LeftBehind,
    LinkLeft,
    NotAFileLeft,
    OtherNameLeft,
    UnreadableLeft,
    UnremovedLeft,
)
from pipeline.inbox import originals, unfinished
from pipeline.inbox.copies import Draft, ReadFault, write_text
from pipeline.sound import audio

State = Literal["taken", "known", "refused", "waiting", "left", "gone"]

_SUFFIX = re.compile(r"\.(wav|mp3|m4a|mp4|3gp|aac|amr|og[ga]|opus|flac|wma|asf|aiff?|au|caf|webm|dss|ds2)", re.ASCII)
_COPIES = 2
"""Times a file's size that a take may write: the copy, then the encrypted one or the one set aside."""
_HELD_BY_ANOTHER = 32
"""What Windows answers while another program keeps a file for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A recording of which a verified copy is in `taken/`."""

    id: str
    """Drawn for the dictation this may become."""
    sha256: str
    size: int
    path: Path
    """The copy."""
    name: str
    """The file's name as dropped, made readable: for people, never for a path or a log."""
    folder: str
    """The sub-folders it was dropped in, as "lambert/urgences": the first one names a doctor. Empty at the top."""
    recording: audio.Recording
    source: str = ""
    """Where the file lay, as a short hash of its place, name, size and date: the same drop always has the same one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A file that could not be taken, of which a verified copy is in `refused/` with its reason beside it."""

    id: str
    """The same for the same content dropped under the same name in the same place."""
    sha256: str
    size: int
    path: Path
    name: str
    folder: str
    code: str
    advice: str
    """Why, and what to do, in French."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a file.

    *taken*; *known*: these bytes had been received before, the original is removed; *refused*; *waiting*: not whole
    yet, or it changed meanwhile; *left*: not a plain file of its own, or its original could not be removed; *gone*:
    what had been left is no longer there.
    """

    state: State
    name: str = ""
    folder: str = ""
    reason: str = ""
    """In French, for people."""
    code: str = ""
    """Of the error that says why, when there is one."""
    id: str = ""
    """The dictation these bytes are, or the refusal."""


def take(
    path: Path,
    *,
    taken: Path,
    refused: Path,
    receive: Callable[[Received], str],
    refuse: Callable[[Refusal], None],
    inspect: Callable[[Path, str], audio.Recording] = lambda copy, _folder: audio.inspect(copy),
    new_id: Callable[[], str] = random_id,
    folder: str = "",
    name: str = "",
    patient: bool = False,
) -> Outcome:
    """Take one file of a watched folder, which stays there until everything else has succeeded.

    `receive` writes the row and the job in one transaction and gives the id of the dictation these bytes are: its
    own when they are new. `refuse` writes the row of a refused file. Both may be called again with the same bytes
    after a crash: neither may double. `inspect` is given the copy and the folder. `name`: what people called the
    file, when its path does not say it. `patient`: a file that would be refused, or that nothing proves whole, is
    left where it is, for it may still be arriving.
    Raises whatever a step raises (a full disk, a database that is away): the file is then where it was.
    """
    drop = _Drop(path=path, name=readable(name or path.name), folder=readable(folder), patient=patient)
    house = _House(taken=taken, refused=refused, receive=receive, refuse=refuse, inspect=inspect, new_id=new_id)
    try:
        source = _open(path)
    except FileNotFoundError:
        return drop.outcome("waiting")
    except LeftBehind as error:
        return drop.left(error)
    with os.fdopen(source, "rb", buffering=0) as file:
        before = os.fstat(file.fileno())
        outcome, kept = _handled(drop, house, file.fileno(), before)
        durable = kept is not None and originals.is_on_disk(file.fileno())
    if kept is None or originals.is_removed(path, before, kept=kept, movable=durable):
        return outcome
    # What is wrong with a refused file matters more than where it still lies.
    return outcome if outcome.state == "refused" else drop.left(UnremovedLeft("not removed"), id=outcome.id)


def readable(name: str) -> str:
    """Make a file's name fit to be shown and stored: valid Unicode, composed, without control characters."""
    text = unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", "replace"))
    return "".join(c for c in text if c.isprintable())


def stem(sha256: str) -> str:
    """The name, without its suffix, of the copy of a content in `taken/`: always the same, its hash is not shown."""
    return _opaque(sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drop:
    """A file as it was dropped: where it is, and what people call it."""

    path: Path
    name: str
    folder: str
    patient: bool

    def outcome(self, state: State, *, reason: str = "", code: str = "", id: str = "") -> Outcome:
        return Outcome(state=state, name=self.name, folder=self.folder, reason=reason, code=code, id=id)

    def left(self, error: LeftBehind, *, id: str = "") -> Outcome:
        """Left where it is; but what cannot be read yet may still be being copied."""
        held = getattr(error.__cause__, "winerror", None) == _HELD_BY_ANOTHER
        if held or (self.patient and isinstance(error, UnreadableLeft)):
            return self.outcome("waiting", reason=error.advice, code=error.code)
        return self.outcome("left", reason=error.advice, code=error.code, id=id)

    def source(self, before: os.stat_result) -> str:
        """Seconds only: two mounts of one share do not agree on the fraction."""
        facts = (self.folder, self.name, str(before.st_size), str(before.st_mtime_ns // 1_000_000_000))
        return _opaque("\0".join(facts))


@dataclass(frozen=True, slots=True, kw_only=True)
class _House:
    """Where copies go, and what is done with a recording."""

    taken: Path
    refused: Path
    receive: Callable[[Received], str]
    refuse: Callable[[Refusal], None]
    inspect: Callable[[Path, str], audio.Recording]
    new_id: Callable[[], str]


def _open(path: Path) -> int:
    """Open a plain file with one name, and nothing else; LeftBehind says why not."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO) or path.is_symlink():
            raise LinkLeft("not a file of its own") if path.is_symlink() else NotAFileLeft("a socket") from error
        if isinstance(error, PermissionError):
            raise UnreadableLeft("may not be read") from error
        raise
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
        return descriptor
    os.close(descriptor)
    raise OtherNameLeft("two names") if stat.S_ISREG(status.st_mode) else NotAFileLeft("not a file")


def _handled(drop: _Drop, house: _House, source: int, before: os.stat_result) -> tuple[Outcome, Path | None]:
    """What becomes of an open file, and the copy that was kept of it."""
    written = unfinished.is_being_written(source, drop.path)
    if drop.patient and (written or unfinished.looks_unfilled(source)):
        return drop.outcome("waiting"), None
    house.taken.mkdir(parents=True, exist_ok=True)
    if disk.free(house.taken) < _COPIES * before.st_size:
        return drop.outcome("waiting", reason=disk.DiskShort.advice, code=disk.DiskShort.code), None
    with Draft(house.taken) as draft:
        try:
            sha256 = draft.fill(source)
        except ReadFault as error:
            if drop.patient:
                raise
            return drop.left(DamagedLeft(type(error).__name__)), None
        if originals.identity(os.fstat(source)) != originals.identity(before) or draft.size != before.st_size:
            return drop.outcome("waiting"), None
        return _decided(drop, house, _Copy(draft=draft, sha256=sha256, source=drop.source(before)), written=written)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """A verified copy, not settled yet."""

    draft: Draft
    sha256: str
    source: str


def _decided(drop: _Drop, house: _House, copy: _Copy, *, written: bool) -> tuple[Outcome, Path | None]:
    """Receive or refuse what was copied, or wait for more of it. `written`: a program still has it open."""
    try:
        recording = house.inspect(copy.draft.path, drop.folder)
    except FileRefused as error:
        if drop.patient or written:
            return drop.outcome("waiting", reason=error.advice, code=error.code), None
        refusal = _refusal(drop, copy, error, into=house.refused)
        house.refuse(refusal)
        return drop.outcome("refused", reason=error.advice, code=error.code, id=refusal.id), refusal.path
    if not recording.proven and (drop.patient or written):
        return drop.outcome("waiting"), None
    received = _received(drop, copy, recording, id=house.new_id())
    known = house.receive(received)
    return drop.outcome("taken" if known == received.id else "known", id=known), received.path


def _received(drop: _Drop, copy: _Copy, recording: audio.Recording, *, id: str) -> Received:
    """Give the copy its name in `taken/`."""
    return Received(
        id=id,
        sha256=copy.sha256,
        size=copy.draft.size,
        path=copy.draft.settle(stem(copy.sha256) + _suffix(drop.name)),
        name=drop.name,
        folder=drop.folder,
        recording=recording,
        source=copy.source,
    )


def _refusal(drop: _Drop, copy: _Copy, error: FileRefused, *, into: Path) -> Refusal:
    """Keep a copy aside, with a text beside it that says why."""
    id = _opaque("\0".join((copy.sha256, drop.folder, drop.name)))
    with copy.draft.path.open("rb") as file, Draft(into) as second:
        second.fill(file.fileno())
        kept = second.settle(id + _suffix(drop.name))
    write_text(into, id + ".txt", _explanation(drop, error))
    return Refusal(
        id=id,
        sha256=copy.sha256,
        size=copy.draft.size,
        path=kept,
        name=drop.name,
        folder=drop.folder,
        code=error.code,
        advice=error.advice,
    )


def _explanation(drop: _Drop, error: FileRefused) -> str:
    where = f"Dossier : {drop.folder}\n" if drop.folder else ""
    when = datetime.now().strftime("%d/%m/%Y à %H:%M")
    return f"Fichier : {drop.name}\n{where}Mis de côté le {when}\n\n{error.advice}\n\n(code {error.code})\n"


def _opaque(content: str) -> str:
    """Name a thing after what it holds, without showing it: the same content always has the same name."""
    return hashlib.blake2b(content.encode(), digest_size=10, person=b"copiste-inbox").hexdigest()


def _suffix(name: str) -> str:
    """Keep the suffix of a sound file; any other is text of a user's, and does not go into a path."""
    suffix = Path(name).suffix.lower()
    return suffix if _SUFFIX.fullmatch(suffix) else ".bin"
