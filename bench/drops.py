"""Families of faults that lie in what is dropped: how it is written, what it is called, what it is, how many times.

Each plays on the real watch process (see `dock`); the writers play on the naive twin too. Knows nothing of kills.
"""

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from pathlib import Path

from bench import crew, recordings
from bench.dock import Dock, Found, dock, found
from bench.ledger import Ledger
from pipeline.machine.trial.writers import TENTHS, Writer

STALL = 0.9
"""Longer than a watcher waits for a file to be stable, shorter than its patience."""
AT_ONCE = 12
"""Slow writers at work together: few enough for a watcher to look at each while it stalls."""
OLD = 1_000_000_000.0
ADRIFT = (sys.executable, "-m", "bench.adrift")
MANNERS = {
    "in place": Writer(),
    "copy then append": Writer(held=False),
    "rename into place": Writer(how="renamed"),
    "preallocated": Writer(how="preallocated"),
    "preallocated, then closed": Writer(how="preallocated", held=False),
    "zeroed": Writer(how="zeroed"),
    "zeroed, then closed": Writer(how="zeroed", held=False),
    "header last": Writer(how="header last"),
    "date kept": Writer(held=False, date=OLD),
}
HOSTILE = (
    "é composé.wav", "e\u0301 décomposé.wav", "🩺 dictée.wav", "  espaces  .wav", "-rf.wav", "$(touch x).wav",
    "'; drop table dictation; --.wav", "retour\nligne.wav", "tab\tulation.wav", "\u202egro.wav", "\u200binvisible.wav",
    "CON.wav", "aux", "nul.wav.wav", "sans suffixe", "MAJUSCULES.WAV", "dictée.WaV", "point.final.", "%s%n%x.wav",
    "\u2028séparateur.wav", "wav..wav", "\udcff\udcfe.wav", "caf\udce9.wav", "a" * 251 + ".wav",
    "é" * 125 + ".wav", "<b>gras</b>.wav", "\\retour\\.wav", "deux:points|barre?.wav", "\x01\x1b[31mrouge.wav",
    "日本語.wav", "ʹ܀.wav", "~mi.wav", "#ancre&x=1.wav", "null\u2400.wav",
)  # fmt: skip
"""Names of files. `\\udcXX` is a byte that is no UTF-8."""
FOLDERS = ("lambert/sous dossier", "LAMBERT", "inconnu", "é/🩺", "\udcff", "a" * 255, "x.wav",
           "1/2/3/4/5/6", "$HOME", "-")  # fmt: skip


def writers(told: Callable[[str], None], *, forms: Sequence[str], tenths: Sequence[float] = TENTHS) -> Found:
    """Every manner of writing × every form × a stall at each tenth of the file."""
    with dock(told) as made:
        made.faults = write_slowly(made.inbox, made.ledger, forms=forms, tenths=tenths)
        return found(made)


def write_slowly(
    folder: Path, ledger: Ledger, *, forms: Sequence[str], tenths: Sequence[float], manners: Sequence[str] = ()
) -> int:
    """Drop recordings that stall once each; gives how many. Does not wait until they are taken."""
    plans = list(product(manners or MANNERS, forms, tenths))
    with ThreadPoolExecutor(AT_ONCE) as hands:
        list(hands.map(lambda numbered: _write(folder, ledger, *numbered), enumerate(plans)))
    return len(plans)


def _write(folder: Path, ledger: Ledger, number: int, plan: tuple[str, str, float]) -> None:
    manner, form, tenth = plan
    content = recordings.recording(form, number)
    path = folder / f"{manner} {number:04d}{recordings.suffix(form)}"
    with contextlib.suppress(FileNotFoundError):  # taken under the writer's hand: it stays dropped in the ledger
        replace(MANNERS[manner], stalls=(tenth,), pause=STALL).write(path, content)
    ledger.whole(content)


def names(told: Callable[[str], None]) -> Found:
    """Hostile and Unicode names of files and of folders: each file is taken once, whatever it is called."""
    with dock(told) as made:
        places = [made.inbox / name for name in HOSTILE] + [made.roots[0] / folder / "a.wav" for folder in FOLDERS]
        for path in places:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                made.drop(path, made.content())
                made.faults += 1
            except OSError:
                made.not_run.append("a name that this file system refuses")
        return found(made)


def strange(told: Callable[[str], None]) -> Found:
    """What is no plain file with one name is left alone, and keeps nothing else from being taken."""
    with dock(told) as made:
        outside = made.scene.folder / "outside"
        outside.mkdir()
        made.roots.append(outside)
        for make in (_link, _loop, _folder_link, _second_name, _pipe, _socket, _device, _folder, _under_way):
            try:
                make(made, outside)
                made.faults += 1
            except OSError:
                made.not_run.append(make.__doc__ or "")
            made.feed(2)
        time.sleep(3)  # several looks at them
        return found(made)


def _outside(made: Dock, outside: Path) -> Path:
    """A recording that was never dropped: it must stay where it is."""
    path = outside / f"{next(made.seeds)}.wav"
    made.drop(path, made.content(), fate="stays")
    return path


def _link(made: Dock, outside: Path) -> None:
    """a symbolic link"""
    (made.inbox / "lien.wav").symlink_to(_outside(made, outside))


def _loop(made: Dock, _outside: Path) -> None:
    """a symbolic link to itself"""
    (made.inbox / "boucle.wav").symlink_to(made.inbox / "boucle.wav")


def _folder_link(made: Dock, outside: Path) -> None:
    """a symbolic link to a folder"""
    _outside(made, outside)
    (made.roots[0] / "dehors").symlink_to(outside)


def _second_name(made: Dock, outside: Path) -> None:
    """a hard link"""
    path = made.inbox / "deux noms.wav"
    os.link(_outside(made, outside), path)
    made.stays.add(path)


def _pipe(made: Dock, _outside: Path) -> None:
    """a named pipe"""
    os.mkfifo(made.inbox / "tuyau.wav")


def _socket(made: Dock, _outside: Path) -> None:
    """a socket"""
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(made.inbox / "prise.wav"))


def _device(made: Dock, _outside: Path) -> None:
    """a device that never ends"""
    os.mknod(made.inbox / "zéro.wav", 0o600 | 0o020000, os.makedev(1, 5))


def _folder(made: Dock, _outside: Path) -> None:
    """a folder called as a recording"""
    (made.inbox / "dossier.wav").mkdir()
    made.drop(made.inbox / "dossier.wav" / "dictée.wav", made.content())


def _under_way(made: Dock, _outside: Path) -> None:
    """names that are ignored"""
    for name in (".caché.wav", "~$dictée.wav", "dictée.crdownload", "Thumbs.db"):
        made.drop(made.inbox / name, made.content(), fate="stays")


def again(told: Callable[[str], None], *, times: int) -> Found:
    """The same content many times, in several folders and at once; and new contents under a name already used."""
    root = "autre"
    with dock(told) as made:
        (made.roots[0] / root).mkdir()
        content = made.content()
        with ThreadPoolExecutor(8) as hands:
            list(hands.map(lambda place: made.drop(place, content), _copies(made, root, times)))
        made.faults += times - 1
        _same_name(made, times // 5)
        _replaced(made, times // 5)
        _meanwhile(made, times // 5)
        return found(made)


def _copies(made: Dock, root: str, times: int) -> list[Path]:
    folders = (made.inbox, made.roots[0], made.roots[0] / root)
    places = [folders[number % 3] / f"copie {number}.wav" for number in range(times)]
    made.chance.shuffle(places)
    return places


def _same_name(made: Dock, times: int) -> None:
    """Each is taken before the next comes under the same name."""
    path = made.inbox / "DSS_0001.wav"
    for _ in range(times):
        made.drop(path, made.content())
        made.faults += 1
        if not crew.until(lambda: not path.exists(), seconds=20, every=0.02):
            made.notes.append("a file was not taken within 20 seconds")
            return


def _replaced(made: Dock, times: int) -> None:
    """The next comes under the same name at any moment, by a rename: the first may be gone, the last may not."""
    for number in range(times):
        path, draft = made.inbox / f"remplacé {number}.wav", made.inbox / f"{number}.part"
        made.drop(path, made.content(), fate="free")
        time.sleep(made.chance.uniform(0, 0.5))
        content = made.content()
        draft.write_bytes(content)
        draft.replace(path)
        made.ledger.whole(content)
        made.faults += 1


def _meanwhile(made: Dock, times: int) -> None:
    """Removed by the user at any moment: nothing is owed, but never half of it."""

    def one(number: int) -> None:
        path = made.inbox / f"retiré {number}.wav"
        made.drop(path, made.content(seconds=2.0), fate="free")
        time.sleep(made.chance.uniform(0.1, 0.5))
        path.unlink(missing_ok=True)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made.faults += times


def dates(told: Callable[[str], None], *, files: int) -> Found:
    """Files dated 1970, 2099 and otherwise absurd, taken by a process whose wall clock jumps by twenty years."""
    absurd = (0.0, -1.0, 4_070_908_800.0, 2**31 + 0.5, time.time() + 30.0, time.time() - 86_400.0)
    with dock(told, program=ADRIFT) as made:
        for number in range(files):
            writer = Writer(date=absurd[number % len(absurd)], stalls=(0.5,), pause=0.3)
            made.drop(made.inbox / f"datée {number}.wav", made.content(), writer=writer)
            made.faults += 1
        return found(made)
