"""What a practice hands over: a file, a folder or a zip, read within limits and turned into text and rows.

Knows encodings (UTF-8, else cp1252, which also reads ISO-8859-1 text), line ends and sizes; says in French, with the
line, what cannot be read. Does not know what any nomenclature holds.
"""

import hashlib
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

FILE_LIMIT = 64 * 1024 * 1024
"""Bytes of one file, once unpacked: the largest official file is 4 MB, a zip bomb is far above."""
_FEW_ENOUGH = 2000
_DAMAGES = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, NotImplementedError, EOFError, OSError,
            ValueError, struct.error)  # fmt: skip
_CONTROLS = frozenset(map(chr, range(32))) - set("\t\n\r\f\x0b")


class NomenclatureError(Exception):
    """What was handed over cannot be imported; nothing was written. `advice` says why, in French, with the line.

    `file` and `line` (0 when it is the whole file) say where; neither text quotes the content of a line.
    """

    code = "V010"

    def __init__(self, message: str, *, file: str, advice: str, line: int = 0) -> None:
        where = f"{file}, line {line}" if line else file
        super().__init__(f"{where}: {message}")
        place = f"{file}, ligne {line}" if line else file
        self.file, self.line, self.advice = file, line, f"{place} : {advice} Rien n'a été importé."


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One file that was handed over; `read` gives its bytes."""

    name: str
    read: Callable[[], bytes]


def opened(path: Path) -> tuple[Given, ...]:
    """The files of what was handed over: itself, those of the folder, or those of the zip, by name."""
    if path.is_dir():
        return _of_folder(path)
    if not path.is_file():
        raise NomenclatureError("no such file", file=path.name, advice="ce fichier n'existe pas.")
    if zipfile.is_zipfile(path):
        return _of_zip(path)
    return (Given(name=path.name, read=lambda: _bounded(path)),)


def _of_folder(folder: Path) -> tuple[Given, ...]:
    def one(file: Path) -> Given:
        return Given(name=file.name, read=lambda: _bounded(file))

    return tuple(one(file) for file in sorted(folder.iterdir())[:_FEW_ENOUGH] if file.is_file())


def _of_zip(path: Path) -> tuple[Given, ...]:
    def one(name: str) -> Given:
        return Given(name=PurePosixPath(name).name, read=lambda: _unpacked(path, name))

    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
    except _DAMAGES as error:
        raise _damaged(path) from error
    if len(members) > _FEW_ENOUGH:
        raise NomenclatureError("too many files", file=path.name, advice="cette archive contient trop de fichiers.")
    return tuple(one(member.filename) for member in members)


def _bounded(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return _within(stream.read(FILE_LIMIT + 1), file.name)
    except OSError as error:
        raise NomenclatureError("unreadable", file=file.name, advice="ce fichier ne peut pas être lu.") from error


def _unpacked(path: Path, name: str) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
            return _within(stream.read(FILE_LIMIT + 1), PurePosixPath(name).name)
    except _DAMAGES as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> NomenclatureError:
    advice = "cette archive est abîmée ou protégée par un mot de passe."
    return NomenclatureError("unreadable zip", file=path.name, advice=advice)


def _within(data: bytes, name: str) -> bytes:
    if len(data) > FILE_LIMIT:
        raise NomenclatureError(
            "too large",
            file=name,
            advice=f"ce fichier dépasse {FILE_LIMIT // 2**20} Mo, ce n'est pas une nomenclature.",
        )
    return data


def fingerprint(files: tuple[tuple[str, bytes], ...]) -> str:
    """SHA-256 of the bytes: of the one file, or of the list of names and hashes when there are several."""
    hashes = sorted((name, hashlib.sha256(data).hexdigest()) for name, data in files)
    if len(hashes) == 1:
        return hashes[0][1]
    return hashlib.sha256("\n".join(f"{name} {one}" for name, one in hashes).encode()).hexdigest()


def text(data: bytes, name: str) -> str:
    """The text of a file: UTF-16 when it says so, UTF-8 when it is, else cp1252. Refused when empty or not a text."""
    if not data.strip():
        raise NomenclatureError("empty file", file=name, advice="ce fichier est vide.")
    decoded = _decoded(data)
    if decoded is None or not _CONTROLS.isdisjoint(decoded):
        raise NomenclatureError("not a text", file=name, advice="ce n'est pas un fichier de texte.")
    if not decoded.strip():
        raise NomenclatureError("empty file", file=name, advice="ce fichier est vide.")
    return decoded


def _decoded(data: bytes) -> str | None:
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def lines(written: str) -> Iterator[tuple[int, str]]:
    """The lines that hold something, with their number; only a line feed ends one, carriage returns are dropped."""
    for number, line in enumerate(written.split("\n"), start=1):
        if kept := line.strip("\r"):
            yield number, kept


def rows(data: bytes, name: str, *, separator: str, columns: int) -> Iterator[tuple[int, list[str]]]:
    """The rows of a file that has exactly this many columns everywhere: another count is refused, with its line."""
    for number, line in lines(text(data, name)):
        cells = [cell.strip() for cell in line.split(separator)]
        if len(cells) != columns:
            advice = (
                f"{columns} colonnes attendues, {len(cells)} trouvées ; ce n'est pas le fichier prévu ou il est abîmé."
            )
            raise NomenclatureError("wrong number of columns", file=name, line=number, advice=advice)
        yield number, cells
