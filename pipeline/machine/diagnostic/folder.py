"""The practice folder: whether it is one, who may read it, how much room is left, what it watches."""

import getpass
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from pipeline import disk
from pipeline import settings as settings_file
from pipeline.errors import CopisteError
from pipeline.inbox import roots as watched_roots
from pipeline.machine.diagnostic.findings import Finding, Ground, fix, watch, well

SECRETS = ("practice.key", "tls/autorite.key", "tls/copiste.key")
"""Closed by themselves, besides the folder being closed: one of these copied with its rights must stay closed."""
GIGABYTE = 1_000_000_000


def is_practice(ground: Ground) -> Iterator[Finding]:
    """Whether this is a practice's folder, and its settings can be read."""
    from pipeline.practice import KEY_FILE, PLACES

    about, home = "Dossier du cabinet", ground.home
    if not home.is_dir():
        yield fix(about, f"{home} n'existe pas.", "Créez-le avec « copiste init DOSSIER », ou précisez --home.")
        return
    if not (home / settings_file.FILE_NAME).is_file():
        todo = "Créez un dossier de cabinet avec « copiste init DOSSIER », ou précisez --home."
        yield fix(about, f"{home} n'est pas un dossier de cabinet : {settings_file.FILE_NAME} manque.", todo)
        return
    if not (home / KEY_FILE).is_file():
        yield fix(about, "la clé du cabinet (practice.key) manque : rien de ce qui est archivé ne peut être lu.", (
            "Ne créez rien de neuf ici. Remettez la clé avec « copiste keys recover » et deux feuilles de secours."
        ))  # fmt: skip
    if absent := [name for name in PLACES if not (home / name).is_dir()]:
        yield fix(about, f"sous-dossiers absents : {', '.join(absent)}.", "Recréez-les, vides.")
    else:
        yield well(about, f"{home} est celui d'un cabinet.")
    yield _settings(ground)


def _settings(ground: Ground) -> Finding:
    about = "Réglages"
    if ground.settings is not None:
        return well(about, f"{settings_file.FILE_NAME} est lisible.")
    try:
        settings_file.load(ground.home)
    except CopisteError as error:
        return fix(about, f"{settings_file.FILE_NAME} ne peut pas être utilisé.", error.advice)
    return fix(about, f"{settings_file.FILE_NAME} ne peut pas être lu.", "Vérifiez les droits de ce fichier.")


def rights(ground: Ground) -> Iterator[Finding]:
    """Whether other accounts may read the folder and its secrets, and whether this account owns them."""
    about = "Droits d'accès"
    if os.name != "posix":
        yield watch(about, "ils ne sont pas examinés sur ce système.", "Réservez le dossier au compte de Copiste.")
        return
    wanted = {ground.home: 0o700} | {ground.home / name: 0o600 for name in SECRETS}
    seen = {path: path.stat() for path in wanted if path.exists()}
    open_to_others = [path for path, found in seen.items() if stat.S_IMODE(found.st_mode) & ~wanted[path] & 0o077]
    for path in open_to_others:
        yield fix(about, f"d'autres comptes de la machine peuvent lire {path}.", f"chmod {wanted[path]:o} '{path}'")
    if strangers := {_name(found.st_uid) for found in seen.values() if found.st_uid != os.geteuid()}:
        todo = "Lancez Copiste sous ce compte, ou donnez-lui le dossier avec « chown -R COMPTE: DOSSIER »."
        yield watch(about, f"le dossier est à {', '.join(sorted(strangers))} et non à {_name(os.geteuid())}.", todo)
    if not open_to_others and seen:
        yield well(about, "le dossier et ses clés ne sont lisibles que par leur compte.")


def _name(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return getpass.getuser() if uid == os.geteuid() else f"l'utilisateur n° {uid}"


def room(ground: Ground) -> Iterator[Finding]:
    """Room left and file system, wherever the practice writes."""
    about = "Place sur le disque"
    reserve = ground.settings.storage.reserve_megabytes * disk.MEGABYTE if ground.settings else GIGABYTE
    for path in _disks(ground):
        free = disk.free(path)
        found = f"{free / GIGABYTE:.1f} Go libres pour {path}.".replace(".", ",", 1)
        if free < reserve:
            yield fix(about, f"{found} Plus aucun fichier n'est pris.", "Libérez de la place sur ce disque.")
        elif free < 5 * reserve:
            yield watch(about, found, "Prévoyez de la place : sous la réserve, plus aucun fichier n'est pris.")
        else:
            yield well(about, found)
    if disk.is_network(ground.home):
        yield _shared(ground)


def _disks(ground: Ground) -> list[Path]:
    store = ground.settings.storage.store if ground.settings else ""
    return [ground.home, Path(store)] if store and "://" not in store else [ground.home]


def _shared(ground: Ground) -> Finding:
    storage = ground.settings.storage if ground.settings else None
    if storage and storage.database and storage.vault:
        return well("Partage réseau", "le dossier est sur un partage réseau ; les bases sont ailleurs.")
    return fix("Partage réseau", "le dossier est sur un partage réseau, où une base peut être abîmée.", disk.SHARE)


def roots(ground: Ground) -> Iterator[Finding]:
    """Whether each watched folder can be read and emptied, and none holds what the practice writes, nor another."""
    about = "Dossiers surveillés"
    if ground.settings is None:
        return
    for root in watched_roots.watched(ground.home, ground.settings):
        yield from _watched(about, root.path)
        if root.polling is False and root.path.is_dir() and disk.is_network(root.path):
            todo = 'Réglez polling = "auto" pour ce dossier surveillé : un partage ne signale pas ce qui y arrive.'
            yield fix(about, f"{root.path} est un partage réseau.", todo)
    for overlap in watched_roots.overlaps(ground.home, ground.settings):
        yield fix(about, overlap, watched_roots.SEPARATE)


def _watched(about: str, path: Path) -> Iterator[Finding]:
    if not path.is_dir():
        yield fix(about, f"{path} n'existe pas ou n'est pas accessible.", "Branchez le disque, ou corrigez [intake].")
    elif not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        todo = "Donnez au compte de Copiste le droit d'y lire et d'y écrire : un fichier pris en est retiré."
        yield fix(about, f"{path} ne peut pas être lu et vidé par ce compte.", todo)
    else:
        yield well(about, f"{path} peut être lu et vidé.")
