"""The trial's own hidden folder in a user's folder: made, and removed whatever happens.

Nothing else there is opened, renamed or removed. Watchers of Copiste pass over names that begin with a dot.
"""

import secrets
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pipeline import disk
from pipeline.errors import CopisteError

PREFIX = ".copiste-essai-"
ROOM = 100 * disk.MEGABYTE
"""What a trial must find free, here and on this machine: it uses a tenth of it."""
_TRIES = 10


class TrialRefused(CopisteError):
    """No trial can be made in this folder."""

    code = "E188"
    exit_code = 188

    def __init__(self, message: str, *, found: str, advice: str) -> None:
        super().__init__(message, advice=advice)
        self.found = found


class Place:
    """A hidden folder of the trial's own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.removed = False


def leftovers(folder: Path) -> list[Path]:
    """The hidden folders of trials that did not end, or of one that is being made now."""
    return sorted(path for path in folder.glob(f"{PREFIX}*") if path.is_dir())


@contextmanager
def own_place(folder: Path) -> Iterator[Place]:
    """A hidden folder of one's own, removed at the end, also when the program is asked to stop.

    Raises TrialRefused when the folder is not there, cannot be written, or has no room.
    """
    with _told_to_stop():
        place = Place(folder / f"{PREFIX}{secrets.token_hex(4)}")
        try:
            _make(place.path)
            _require_removal(place.path)
            yield place
        finally:
            with _undisturbed():
                place.removed = _removed(place.path)


def _make(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        advice = "Branchez le disque ou le partage, ou précisez un autre dossier."
        raise TrialRefused("no such folder", found=f"{folder} n'existe pas ou n'est pas accessible.", advice=advice)
    for where in (folder, Path(tempfile.gettempdir())):
        if disk.free(where) < ROOM:
            raise _no_room(where)
    try:
        path.mkdir()
    except OSError as error:
        raise _unwritable(folder) from error


def _no_room(where: Path) -> TrialRefused:
    found = f"il n'y a pas assez de place pour un essai ({ROOM // disk.MEGABYTE} Mo) dans {where}."
    return TrialRefused("no room", found=found, advice="Libérez de la place, puis relancez l'essai.")


def _unwritable(folder: Path) -> TrialRefused:
    advice = (
        "Donnez au compte de Copiste le droit d'y écrire et d'en retirer des fichiers : sans lui, les dictées y "
        "seraient prises, mais y resteraient."
    )
    return TrialRefused("not writable", found=f"ce compte ne peut rien écrire dans {folder}.", advice=advice)


def _require_removal(path: Path) -> None:
    """TrialRefused when a file, or this very folder, can be made here and not removed: nothing else is then made."""
    probe = path / "essai"
    try:
        probe.write_bytes(b"x")
    except OSError as error:
        raise _unwritable(path.parent) from error
    try:
        probe.unlink()
        path.rmdir()  # a folder may be emptied, and the one that holds it not
        path.mkdir()
    except OSError as error:
        found = f"ce compte peut écrire dans {path.parent}, mais rien en retirer ; {path.name} y est resté."
        advice = "Donnez au compte de Copiste le droit de retirer des fichiers de ce dossier, et retirez celui-là."
        raise TrialRefused("not removable", found=found, advice=advice) from error


def _removed(path: Path) -> bool:
    """Remove the hidden folder; a share may keep a name for a moment after its file was closed."""
    for _ in range(_TRIES):
        with suppress(OSError):
            shutil.rmtree(path)
        if not path.exists():
            return True
        time.sleep(0.3)
    return False


# --- being asked to stop ------------------------------------------------------------------------------------------


@contextmanager
def _told_to_stop() -> Iterator[None]:
    """Be asked to stop as by Ctrl+C, whether it is by the system, by a closed terminal or by a person."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    with _signals(stop, "SIGTERM", "SIGHUP"):
        yield


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Finish tidying up, even when asked to stop a second time."""
    with _signals(signal.SIG_IGN, "SIGINT", "SIGTERM", "SIGHUP"):
        yield


@contextmanager
def _signals(handler: Any, *names: str) -> Iterator[None]:
    """Another answer to some signals for a while; only the main thread may change it, elsewhere nothing is changed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
