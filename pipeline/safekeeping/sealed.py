"""Files closed to the practice's public key, whole or absent, as `age` itself would read them.

What is written goes through memory by pieces, to a hidden name, to the disk, and only then to its own name: a full
disk or a kill leaves what was there before. Knows nothing of what is inside, except that a bundle is a tar.
"""

import errno
import hashlib
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from archive.practice_key import sync_folder
from pipeline.errors import CopisteError
from pipeline.safekeeping.faults import BackupDamaged, WrongKey

if TYPE_CHECKING:
    from pyrage.x25519 import Identity, Recipient

PIECE = 1 << 20


@contextmanager
def drafted(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its name once it is whole and on the disk; what had that name before stays till then."""
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        sync(path.parent)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def sync(folder: Path) -> None:
    """Make sure that a folder's list of files is on the disk, where its file system knows how: a USB disk may not."""
    try:
        sync_folder(folder)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):
            raise


def write_bytes(path: Path, data: bytes) -> None:
    """Write a small file in clear, whole or not at all."""
    with drafted(path) as file:
        file.write(data)


def close_file(source: Path, path: Path, *, to: "Recipient") -> str:
    """Encrypt a file; gives the SHA-256 of what was written."""
    with source.open("rb") as plain:
        return _encrypt(plain, path, to)


def open_file(path: Path, into: Path, *, identity: "Identity") -> None:
    """Decrypt a file; WrongKey or BackupDamaged leave nothing of use."""
    descriptor = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as plain:
        _decrypt(path, plain, identity)


def close_bundle(members: Callable[[tarfile.TarFile], None], path: Path, *, to: "Recipient") -> str:
    """Encrypt the tar that `members` writes, without the tar ever being on a disk; gives the SHA-256 of the result."""
    reading, writing = os.pipe()

    def pack() -> None:
        with os.fdopen(writing, "wb") as pipe, tarfile.open(fileobj=pipe, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            members(tar)

    with ThreadPoolExecutor(max_workers=1) as beside, drafted(path) as file:
        packed = beside.submit(pack)
        digest = hashlib.sha256()
        try:
            with os.fdopen(reading, "rb") as pipe:
                _encrypt_to(pipe, _Told(file, digest), to)
        except Exception:
            raise _cause(packed) or OSError("the bundle could not be encrypted") from None
        packed.result()  # before the file takes its name: a tar cut short is no bundle
        return digest.hexdigest()


def open_bundle(path: Path, into: Path, *, identity: "Identity") -> Mapping[str, str]:
    """Decrypt a bundle into a folder; gives the SHA-256 of each of its files by name. WrongKey, BackupDamaged."""
    reading, writing = os.pipe()
    with ThreadPoolExecutor(max_workers=1) as beside:
        unpacked = beside.submit(_unpack, reading, into)
        try:
            with os.fdopen(writing, "wb") as pipe:
                _decrypt(path, pipe, identity)
        except Exception as error:
            raise _cause(unpacked) or error from None
        try:
            return unpacked.result()
        except tarfile.TarError as error:
            raise BackupDamaged("a bundle is not a whole tar") from error


def _cause(beside: "Future[Any]") -> Exception | None:
    """What was refused on the other side of a pipe: the true reason, of which a broken pipe is only the echo."""
    error = beside.exception()
    return error if isinstance(error, OSError | CopisteError) and not isinstance(error, BrokenPipeError) else None


def _unpack(pipe: int, into: Path) -> Mapping[str, str]:
    found: dict[str, str] = {}
    with os.fdopen(pipe, "rb") as file, tarfile.open(fileobj=file, mode="r|") as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content is None or not is_plain(member.name) or member.name in found:
                raise BackupDamaged("a bundle holds what no backup puts there")
            target = into.joinpath(*PurePosixPath(member.name).parts)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with target.open("xb") as plain:
                target.chmod(0o600)
                digest = hashlib.sha256()
                while piece := content.read(PIECE):
                    digest.update(piece)
                    plain.write(piece)
            found[member.name] = digest.hexdigest()
        while file.read(PIECE):  # the padding: the other side must be able to finish
            pass
    return found


def is_whole(path: Path, sha256: str) -> bool:
    """Whether a file, read again from the disk, has that hash."""
    with path.open("rb") as file:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # the disk's word, not the memory's
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def is_plain(name: str) -> bool:
    """Whether a name stays inside the folder it is put in."""
    parts = PurePosixPath(name).parts
    foreign = os.name == "nt" and ("\\" in name or ":" in name)
    return bool(parts) and not name.startswith("/") and ".." not in parts and not foreign


class _Told:
    """A file to write to, of which all that is written is told to a digest."""

    def __init__(self, file: BinaryIO, digest: Any) -> None:
        self.file = file
        self.digest = digest

    def write(self, piece: bytes) -> int:
        self.digest.update(piece)
        return self.file.write(piece)

    def flush(self) -> None:
        self.file.flush()


def _encrypt(plain: BinaryIO, path: Path, to: "Recipient") -> str:
    digest = hashlib.sha256()
    with drafted(path) as file:
        _encrypt_to(plain, _Told(file, digest), to)
    return digest.hexdigest()


def _encrypt_to(plain: BinaryIO, file: _Told, to: "Recipient") -> None:
    import pyrage

    try:
        pyrage.encrypt_io(plain, file, [to])
    except pyrage.EncryptError as error:  # what the disk said is in its text only
        raise OSError(str(error)) from error


def _decrypt(path: Path, plain: BinaryIO, identity: "Identity") -> None:
    import pyrage

    try:
        with path.open("rb") as file:
            pyrage.decrypt_io(file, plain, [identity])
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise WrongKey("this key does not open the backup") from error
        raise BackupDamaged("an encrypted file is not whole") from error
    except OSError as error:
        if error.errno is None:  # not the disk's word: the decryption's own
            raise BackupDamaged("an encrypted file is not whole") from error
        raise
