"""The folders a practice watches, and what would make it take what it writes itself, or one recording twice."""

import os
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.inbox.lookout import Root
from pipeline.practice import PLACES
from pipeline.settings import Settings

SEPARATE = "Choisissez dans [intake] des dossiers séparés, qui ne contiennent que des dictées à prendre."


def watched(home: Path, settings: Settings) -> tuple[Root, ...]:
    """The practice's inbox, then the roots of its settings; a path that is not absolute is one of the practice."""
    intake = settings.intake
    others = (Root(path=home / root.path.expanduser(), polling=root.polling, folder=_place(root.folder)) for root in (
        intake.roots
    ))  # fmt: skip
    return (Root(path=home / "inbox", polling=intake.polling), *others)


def require_apart(home: Path, settings: Settings) -> None:
    """SettingsError when a watched folder holds what the practice writes, or another watched folder."""
    if found := list(overlaps(home, settings)):
        raise SettingsError(f"{len(found)} watched folders overlap", advice="\n".join([*found, SEPARATE]))


def overlaps(home: Path, settings: Settings) -> Iterator[str]:
    """What is wrong with where the watched folders lie, one French sentence each."""
    paths = [root.path for root in watched(home, settings)]
    written = [home / name for name in PLACES if name != "inbox"] + list(_written_elsewhere(home, settings))
    for path in paths:
        inside = [str(place) for place in written if _is_inside(place, path)]
        if inside:
            yield f"Le dossier surveillé {path} contient {', '.join(inside)} : Copiste reprendrait ce qu'il écrit."
        elif around := [str(home / name) for name in PLACES if name != "inbox" and _is_inside(path, home / name)]:
            yield f"Le dossier surveillé {path} est dans {around[0]}, où Copiste écrit."
    for number, path in enumerate(paths):
        for other in paths[:number]:
            if _is_inside(path, other) and _is_inside(other, path):
                yield f"Le dossier {path} est surveillé deux fois."
            elif _is_inside(path, other) or _is_inside(other, path):
                inner, outer = (path, other) if _is_inside(path, other) else (other, path)
                yield f"Le dossier surveillé {inner} est dans un autre dossier surveillé, {outer}."


def _written_elsewhere(home: Path, settings: Settings) -> Iterator[Path]:
    """What the practice writes out of its own places: objects, backups, copies of the keys."""
    yield home / "store"
    for place in (settings.storage.store, settings.backup.folder, settings.backup.keys_folder):
        if place and "://" not in place:
            yield home / Path(place).expanduser()


def _is_inside(path: Path, top: Path) -> bool:
    """Whether a folder is another or lies in it, by whatever way they are written: links, cases, mounts."""
    path, top = path.resolve(), top.resolve()
    if Path(os.path.normcase(path)).is_relative_to(os.path.normcase(top)):
        return True
    try:
        there = os.stat(top)
    except OSError:
        return False
    return any(_is(one, there) for one in (path, *path.parents))


def _is(path: Path, there: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), there)
    except OSError:
        return False


def _place(folder: str) -> str:
    """A setting's sub-folder, as those that are found are written."""
    return "/".join(part for part in folder.replace("\\", "/").split("/") if part)
