"""Recovery sheets: the practice key on three sheets of paper, two of which give it back.

Knows how the key becomes words (32 bytes behind `AGE-SECRET-KEY-1`, shared out by SLIP-39) and what two sheets may do:
say whose key they are, or put the key file back. Knows nothing of how the page is laid out (`paper`) nor of how words
are typed (`words`). Needs neither the practice key nor a practice to read sheets: that is the day they are for.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from archive.errors import PracticeKeyMissing
from archive.practice_key import (
    KnownKey,
    known_keys,
    load_practice_key,
    note_sheets,
    sync_folder,
    write_practice_key,
)
from pipeline import settings as settings_file
from pipeline import store
from pipeline.errors import CopisteError
from pipeline.practice import KEY_FILE, Practice, vault_url
from pipeline.safekeeping import words
from pipeline.safekeeping.words import NEEDED, Sheet, SheetsRefused

if TYPE_CHECKING:
    import sqlalchemy as sa
    from pyrage.x25519 import Identity

_PREFIX = "age-secret-key-"
NAME = "feuille-de-secours"
"""What the files of sheets begin with."""


class SheetsNotKept(CopisteError):
    """The sheets must not be written there, or cannot be read back from what was written."""

    code = "E103"
    exit_code = 103
    advice = "Les feuilles n'ont pas pu être préparées. Choisissez un autre dossier avec --to."


class SheetsOfOldKey(SheetsRefused):
    """Two sheets that go together, but of a key that is no longer used, or of another practice."""

    code = "E104"
    exit_code = 104
    advice = "Ces feuilles sont celles d'une autre clé que celle de ce cabinet. Cherchez celles de ce cabinet."


class KeyAlreadyThere(CopisteError):
    """A key file is there already: it is never overwritten."""

    code = "E105"
    exit_code = 105
    advice = (
        "Un fichier practice.key est déjà dans ce dossier, avec une autre clé ou illisible : il n'a pas été touché. "
        "Mettez-le de côté sans l'effacer, puis recommencez."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """Three sheets as files to print, then to delete."""

    files: tuple[Path, ...]
    set: str
    public: str
    made: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What two sheets open: the practice's key in use, one it had before, another practice's, or who knows."""

    fingerprint: str
    public: str
    standing: Literal["current", "retired", "other", "unknown"]
    """*unknown*: no vault is at hand to compare with; the fingerprint printed on the sheets is all there is."""
    retired: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The key file that two sheets gave back; `was_there` when the same key was there already."""

    file: Path
    was_there: bool
    checked: Checked


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStatus:
    """Which key a practice uses, and the sheet files that still lie in its exports folder."""

    current: KnownKey
    fingerprint: str
    before: tuple[KnownKey, ...]
    left: tuple[Path, ...]


def fingerprint(public: str) -> str:
    """The short form of a public key that people compare: « 3F2A 91C7 0B44 D1E8 »."""
    short = hashlib.sha256(public.encode("ascii")).hexdigest()[:16].upper()
    return " ".join(short[i : i + 4] for i in range(0, 16, 4))


# --- making them -----------------------------------------------------------------------------------------------------


def make(practice: Practice, *, to: Path | None = None) -> Printed:
    """Write the three sheets of the practice key as PDF files, readable by this account only, in `exports/` or `to`.

    Sheets made before stay good. SheetsNotKept when `to` is where backups are, or cannot be written.
    """
    printed = written_for(practice, load_practice_key(practice.home / KEY_FILE), to=to)
    note_sheets(practice.vault, printed.public, at=printed.made)
    return printed


def written_for(practice: Practice, identity: "Identity", *, to: Path | None = None) -> Printed:
    """`make` for a key that may not be in use yet: nothing is remembered.

    Each file is read back and each pair of sheets proven to give the key; otherwise none is left (SheetsNotKept).
    """
    folder = require_folder(practice, to)
    public, made = str(identity.to_public()), store.now().astimezone(practice.settings.zone)
    shared = words.split(secret_of(identity))
    files = _written(folder, shared, practice, public=public, made=made)
    try:
        _prove(files, identity)
    except SheetsRefused:
        wipe(files)
        raise SheetsNotKept("the sheets cannot be read back from their files") from None
    return Printed(files=files, set=shared[0].set, public=public, made=made)


def wipe(files: Sequence[Path]) -> None:
    """Delete sheet files, after writing over what they held (as far as the disk allows)."""
    for file in files:
        with suppress(FileNotFoundError):
            size = file.stat().st_size
            with file.open("r+b") as open_file:
                open_file.write(b"\0" * size)
                open_file.flush()
                os.fsync(open_file.fileno())
            file.unlink()
            sync_folder(file.parent)


def require_folder(practice: Practice, to: Path | None) -> Path:
    """The folder where sheets go; SheetsNotKept when it is one of the backups', or cannot be written."""
    folder = to or practice.place("exports")
    chosen = practice.settings.backup
    for place in (chosen.folder, chosen.keys_folder):
        if place and folder.resolve().is_relative_to(Path(place).resolve()):
            raise SheetsNotKept(
                "sheets beside the backups",
                advice="Ce dossier est celui des sauvegardes. Les feuilles et les sauvegardes ensemble ouvrent tout : "
                "choisissez un autre dossier.",
            )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SheetsNotKept("no such folder can be made") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SheetsNotKept("the folder cannot be written")
    return folder


def _written(
    folder: Path, shared: Sequence[Sheet], practice: Practice, *, public: str, made: datetime
) -> tuple[Path, ...]:
    from pipeline.safekeeping import paper

    name, short = practice.settings.practice.name, fingerprint(public)
    files: list[Path] = []
    try:
        for sheet in shared:
            page = paper.draw(sheet, practice=name, fingerprint=short, public=public, made=made)
            files.append(folder / f"{NAME}-{sheet.set}-{sheet.number}-sur-{len(shared)}.pdf")
            _write(files[-1], page)
    except OSError as error:
        wipe(files)
        raise SheetsNotKept("the sheets cannot be written") from error
    return tuple(files)


def _write(file: Path, data: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as open_file:
        open_file.write(data)
        open_file.flush()
        os.fsync(open_file.fileno())


def _prove(files: Sequence[Path], identity: "Identity") -> None:
    texts = [words.from_file(file) for file in files]
    for left_out in range(len(texts)):
        if str(recovered(texts[:left_out] + texts[left_out + 1 :])) != str(identity):
            raise SheetsRefused("a pair of sheets gives another key")


# --- reading them ----------------------------------------------------------------------------------------------------


def recovered(typed: Sequence[str]) -> "Identity":
    """The practice key, from the words of two sheets as they were typed.

    SheetMisread names the sheet and the word to look at again, SheetsApart says why two sheets do not go together,
    SheetsRefused that there are not two of them.
    """
    if len(typed) != NEEDED:
        raise SheetsRefused(
            f"{len(typed)} sheets", advice=f"Il faut {NEEDED} feuilles, ni plus ni moins ; {len(typed)} données."
        )
    first, second = (words.read(text, name=f"Feuille donnée n° {i}") for i, text in enumerate(typed, start=1))
    return _identity(words.combined(first, second))


def secret_of(identity: "Identity") -> bytes:
    """The 32 bytes behind `AGE-SECRET-KEY-1…`."""
    import bech32

    _, data = bech32.bech32_decode(str(identity))
    return bytes(_regrouped(data or [], 5, 8, pad=False))


def _identity(secret: bytes) -> "Identity":
    import bech32
    from pyrage.x25519 import Identity

    text = bech32.bech32_encode(_PREFIX, _regrouped(secret, 8, 5, pad=True))
    return Identity.from_str(text.upper())


def _regrouped(data: Iterable[int], bits: int, into: int, *, pad: bool) -> list[int]:
    import bech32

    found = bech32.convertbits(data, bits, into, pad)
    if found is None:  # pyrage writes what bech32 reads
        raise ValueError("not a key in bech32")
    return found


def check(home: Path, typed: Sequence[str]) -> Checked:
    """What two sheets open, compared with the practice in this folder if there is one; nothing is changed."""
    return _compared(home, str(recovered(typed).to_public()))


def recover(folder: Path, typed: Sequence[str]) -> Recovered:
    """Put the practice key back in a folder, from two sheets.

    Never over another key (KeyAlreadyThere), never the key of another practice or one that was replaced, when the
    vault is there to tell (SheetsOfOldKey).
    """
    identity = recovered(typed)
    checked = _compared(folder, str(identity.to_public()))
    require_ours(checked)
    file = folder / KEY_FILE
    if os.path.lexists(file):
        return Recovered(file=file, was_there=_is_same(file, identity), checked=checked)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_practice_key(file, identity)
    return Recovered(file=file, was_there=False, checked=checked)


def require_ours(checked: Checked) -> None:
    """SheetsOfOldKey, saying which, unless the key is the one in use or nothing is there to tell."""
    if checked.standing == "retired" and checked.retired:
        day = f"{checked.retired.astimezone():%d/%m/%Y}"
        raise SheetsOfOldKey(
            "sheets of a retired key",
            advice=f"Ces feuilles sont celles d'une clé remplacée le {day}. Elles n'ouvrent que les sauvegardes faites "
            "avant ce jour. Cherchez les feuilles imprimées depuis.",
        )
    if checked.standing == "other":
        raise SheetsOfOldKey("sheets of another practice")


def _is_same(file: Path, identity: "Identity") -> bool:
    try:
        if str(load_practice_key(file)) == str(identity):
            return True
    except PracticeKeyMissing:
        pass
    raise KeyAlreadyThere("a key file is there already")


# --- which key this practice uses ------------------------------------------------------------------------------------


def status(practice: Practice) -> KeyStatus:
    """The key in use, those before it, and the sheet files that should have been deleted."""
    current, *before = known_keys(practice.vault)
    left = tuple(sorted(practice.place("exports").glob(f"{NAME}-*.pdf")))
    return KeyStatus(current=current, fingerprint=fingerprint(current.public), before=tuple(before), left=left)


def _compared(home: Path, public: str) -> Checked:
    short = fingerprint(public)
    known = _keys_of(home)
    if not known:
        return Checked(fingerprint=short, public=public, standing="unknown")
    for one in known:
        if one.public == public:
            return Checked(
                fingerprint=short, public=public, standing="retired" if one.retired else "current", retired=one.retired
            )
    return Checked(fingerprint=short, public=public, standing="other")


def _keys_of(home: Path) -> tuple[KnownKey, ...]:
    """The keys that the vault of this folder knows; none when there is no vault, or one that knows none yet."""
    import sqlalchemy as sa

    with vault_of(home) as vault:
        if vault is None or not sa.inspect(vault).has_table("practice_key"):
            return ()
        return known_keys(vault)


@contextmanager
def vault_of(home: Path) -> Iterator["sa.Engine | None"]:
    """The vault of a practice folder, opened without its key; None when the folder has none."""
    if not (home / settings_file.FILE_NAME).is_file():
        yield None
        return
    with opened(vault_url(home, settings_file.load(home))) as vault:
        yield vault


@contextmanager
def opened(url: str) -> Iterator["sa.Engine | None"]:
    """A database that is there already; None rather than a new, empty file."""
    if url.startswith("sqlite") and not Path(url.removeprefix("sqlite:///")).is_file():
        yield None
        return
    database = store.database(url)
    try:
        yield database
    finally:
        database.dispose()
