"""Take what is dropped in a watched folder, once, and only when it is whole: nothing is lost, nothing is doubled.

`take` handles one file, in an order that can be interrupted anywhere and begun again: a verified copy, then the
row and the job (`receive`, one transaction of the caller), then only the original is removed. The copy is named
after its content, so taking again overwrites it with itself. `Watcher` decides when a file is ripe; what the system
tells it of changes is only a hint, a rescan alone finds everything.

Knows nothing of doctors, of the database, or of what the sound says.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import tempfile
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from archive.ids import new_id as random_id
from pipeline import audio
from pipeline.errors import FileRefused

Identity = tuple[int, int, int, int]
"""Device, inode, size and date of a file: what must not change while it is taken."""

State = Literal["taken", "known", "refused", "waiting", "left"]

_CHUNK = 1 << 20
_SUFFIX = re.compile(r"\.(wav|mp3|m4a|mp4|3gp|aac|amr|og[ga]|opus|flac|wma|asf|aiff?|au|caf|webm|dss|ds2)", re.ASCII)


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
    """The sub-folder it was dropped in, which names a doctor; empty at the top of the root."""
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
    yet, or it changed meanwhile; *left*: not a plain file of its own, or its original could not be removed.
    """

    state: State
    name: str = ""
    folder: str = ""
    reason: str = ""
    """In French, for people."""
    id: str = ""


def take(
    path: Path,
    *,
    taken: Path,
    refused: Path,
    receive: Callable[[Received], bool],
    refuse: Callable[[Refusal], None],
    inspect: Callable[[Path], audio.Recording] = audio.inspect,
    new_id: Callable[[], str] = random_id,
    folder: str = "",
    patient: bool = False,
) -> Outcome:
    """Take one file of a watched folder, which stays there until everything else has succeeded.

    `receive` writes the row and the job in one transaction and says whether these bytes are new; `refuse` writes
    the row of a refused file. Both may be called again with the same bytes after a crash: neither may double.
    `patient`: a file that would be refused is left where it is, for it may still be arriving.
    Raises whatever a step raises (a full disk, a database that is away): the file is then where it was.
    """
    drop = _Drop(path=path, name=readable(path.name), folder=readable(folder))
    try:
        source = _open(path)
    except FileNotFoundError:
        return drop.outcome("waiting")
    if isinstance(source, str):
        return drop.outcome("left", reason=source)
    with os.fdopen(source, "rb", buffering=0) as file, _Draft(taken) as draft:
        before = identity(os.fstat(file.fileno()))
        sha256 = draft.fill(file.fileno())
        if identity(os.fstat(file.fileno())) != before or draft.size != before[2]:
            return drop.outcome("waiting")
        try:
            recording = inspect(draft.path)
        except FileRefused as error:
            if patient:
                return drop.outcome("waiting", reason=error.advice)
            refusal = _refusal(drop, draft, error, sha256=sha256, into=refused)
            refuse(refusal)
            outcome = drop.outcome("refused", reason=error.advice, id=refusal.id)
        else:
            received = _received(drop, draft, recording, sha256=sha256, id=new_id())
            outcome = drop.outcome("taken", id=received.id) if receive(received) else drop.outcome("known")
    return _removed(drop, before, outcome)


def identity(status: os.stat_result) -> Identity:
    """Tell a file and its content from another by what the system knows of it."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def readable(name: str) -> str:
    """Make a file's name fit to be shown and stored: valid Unicode, composed, without control characters."""
    text = unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", "replace"))
    return "".join(c for c in text if c.isprintable())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drop:
    """A file as it was dropped: where it is, and what people call it."""

    path: Path
    name: str
    folder: str

    def outcome(self, state: State, *, reason: str = "", id: str = "") -> Outcome:
        return Outcome(state=state, name=self.name, folder=self.folder, reason=reason, id=id)


def _open(path: Path) -> int | str:
    """Open a plain file with one name, and nothing else; a sentence says why not."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO) or path.is_symlink():
            return "Ceci est un raccourci, pas un enregistrement. Déposez le fichier lui-même."
        raise
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
        return descriptor
    os.close(descriptor)
    if stat.S_ISREG(status.st_mode):
        return "Ce fichier a un autre nom ailleurs sur le disque. Déposez-en une copie."
    return "Ceci n'est pas un fichier. Retirez-le du dossier."


def _removed(drop: _Drop, before: Identity, outcome: Outcome) -> Outcome:
    """Remove the original, unless another content took its place meanwhile: that one will be taken in its turn."""
    try:
        if identity(os.lstat(drop.path)) == before:
            drop.path.unlink()
            _sync_folder(drop.path.parent)
    except FileNotFoundError:
        return outcome
    except OSError:
        reason = "Ce fichier a bien été traité, mais il n'a pas pu être retiré du dossier de dépôt."
        return drop.outcome("left", reason=reason, id=outcome.id)
    return outcome


# --- copies -------------------------------------------------------------------------------------------------------


class _Draft:
    """A copy being made: hidden, under a name of its own, until it is settled under its final name or discarded."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
        os.close(descriptor)
        self.path = Path(name)
        self.size = 0

    def fill(self, source: int) -> str:
        """Copy a whole file, force it to the disk, read it back; return the SHA-256 both agree on."""
        digest = hashlib.sha256()
        os.lseek(source, 0, os.SEEK_SET)
        with self.path.open("wb", buffering=0) as target:
            while block := os.read(source, _CHUNK):
                digest.update(block)
                self.size += _write_all(target.fileno(), block)
            os.fsync(target.fileno())
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(target.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        with self.path.open("rb") as copy:
            if hashlib.file_digest(copy, "sha256").hexdigest() != digest.hexdigest():
                raise OSError(errno.EIO, "the copy differs from its original")
        return digest.hexdigest()

    def settle(self, name: str) -> Path:
        """Give the copy its name, for good."""
        final = self.path.with_name(name)
        os.replace(self.path, final)
        _sync_folder(final.parent)
        return final

    def __enter__(self) -> _Draft:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(FileNotFoundError):
            self.path.unlink()


def _write_all(target: int, block: bytes) -> int:
    """Write a block whole: the system may take less at a time, near the end of a disk."""
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(target, rest) :]
    return len(block)


def _received(drop: _Drop, draft: _Draft, recording: audio.Recording, *, sha256: str, id: str) -> Received:
    """Give the copy its name in `taken/`."""
    return Received(
        id=id,
        sha256=sha256,
        size=draft.size,
        path=draft.settle(_opaque(sha256) + _suffix(drop.path)),
        name=drop.name,
        folder=drop.folder,
        recording=recording,
    )


def _refusal(drop: _Drop, draft: _Draft, error: FileRefused, *, sha256: str, into: Path) -> Refusal:
    """Keep a copy aside, with a text beside it that says why."""
    id = _opaque("\0".join((sha256, drop.folder, drop.name)))
    with draft.path.open("rb") as file, _Draft(into) as copy:
        copy.fill(file.fileno())
        kept = copy.settle(id + _suffix(drop.path))
    _write_text(into, id + ".txt", _explanation(drop, error))
    return Refusal(
        id=id,
        sha256=sha256,
        size=draft.size,
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


def _write_text(folder: Path, name: str, text: str) -> None:
    with _Draft(folder) as draft:
        with draft.path.open("wb", buffering=0) as file:
            _write_all(file.fileno(), text.encode())
            os.fsync(file.fileno())
        draft.settle(name)


def _opaque(content: str) -> str:
    """Name a copy after what it holds, without showing its hash: the same content always has the same name."""
    return hashlib.blake2b(content.encode(), digest_size=10, person=b"copiste-inbox").hexdigest()


def _suffix(path: Path) -> str:
    """Keep the suffix of a sound file; any other is text of a user's, and does not go into a path."""
    suffix = path.suffix.lower()
    return suffix if _SUFFIX.fullmatch(suffix) else ".bin"


def _sync_folder(folder: Path) -> None:
    """Make a name in a folder survive a power cut, where the system knows how."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
