"""A report of an error that nobody foresaw: kinds, places in the code and versions, never a message nor a value.

Left in the practice's `logs/` for whoever helps. Knows nothing of the command: its words may hold a patient's name.
"""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from pipeline import discretion

KEPT = 20
"""Reports kept; older ones go."""
PACKAGES = ("copiste", "dbos", "sqlalchemy", "alembic", "faster-whisper", "ctranslate2", "spacy", "typst", "pyhanko",
            "pikepdf", "cryptography", "pyrage", "uvicorn", "starlette", "obstore", "psycopg")  # fmt: skip


def told(error: BaseException, *, words: Sequence[str]) -> str:
    """The French sentence of an unforeseen error, its report being written if the practice has a folder for it."""
    path = report(error, folder=home(words) / "logs")
    if path is None:
        return f"Une erreur inattendue est survenue ({discretion.where(error)})."
    return (
        "Une erreur inattendue est survenue. Recommencez ; si cela se répète, transmettez ce rapport, "
        f"qui ne contient aucune donnée de patient : {path}"
    )


def report(error: BaseException, *, folder: Path) -> Path | None:
    """Write a report in this folder and give its path; None when it cannot be written."""
    path = folder / f"crash-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("\n".join([*discretion.chain(error), "", *_versions(), ""]))
        for old in sorted(folder.glob("crash-*.txt"))[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path


def home(words: Sequence[str]) -> Path:
    """The practice folder that a command line names: the command itself may not have lived long enough to say."""
    from pipeline.cli.terminal import HOME

    named = os.environ.get("COPISTE_HOME", "")
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--home":
            named = following
        elif word.startswith("--home="):
            named = word.removeprefix("--home=")
    return Path(named) if named else HOME


def _versions() -> list[str]:
    lines = [f"{platform.system()} {platform.release()} {platform.machine()}", f"Python {platform.python_version()}"]
    installed = {name: version for name in PACKAGES if (version := _version(name))}
    return [*lines, *(f"{name} {version}" for name, version in installed.items())]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
