"""`copiste backup`, `restore`, `upgrade`, `clock`: what keeps a practice from being lost, and its dates right."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.terminal import HOME, Home, Json, answer, counted, practice

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from pyrage.x25519 import Identity

    from pipeline.safekeeping.backup import Saved
    from pipeline.safekeeping.proof import Proof
    from pipeline.safekeeping.restore import Restored

Keys = Annotated[
    Path | None, typer.Option("--keys", metavar="DOSSIER", help="Dossier de la copie des clés, s'il est à part.")
]


def register(app: typer.Typer) -> None:
    """Put these commands at the top level."""
    for command in (backup, restore, upgrade, clock):
        app.command()(command)


def backup(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DOSSIER]", help="Où sauvegarder. D'ordinaire, le réglage backup.folder.")
    ] = None,
    keys: Keys = None,
    full: Annotated[bool, typer.Option("--full", help="Déchiffrer chaque objet, et non quelques-uns.")] = False,
    new: Annotated[bool, typer.Option("--new", help="Le disque de sauvegarde a été remplacé par un neuf.")] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Sauvegarder le cabinet pendant qu'il travaille, et prouver que la sauvegarde pourrait être restaurée."""
    from pipeline.safekeeping import backup as backups

    place = practice(home)
    saved = backups.backup(place, folder, keys=keys, full=full, new=new)
    answer(saved.as_json(), as_json=as_json, text=_saved(saved, place.settings.zone))


def _saved(saved: "Saved", zone: "tzinfo") -> str:
    proof = saved.proof
    before = (
        f"La précédente était du {_moment(saved.previous, zone)}."
        if saved.previous
        else "C'est la première sauvegarde vérifiée de ce cabinet."
    )
    lines = [
        f"Sauvegarde {saved.stamp} faite et vérifiée, dans {saved.folder}.",
        f"Elle contient {_held(proof)} et {counted(proof.objects, 'objet')} "
        f"({saved.added} en plus, {_size(saved.size)} de plus sur le disque).",
        f"Relue depuis le disque : {counted(proof.read_again, 'objet conforme')}, toutes les clés présentes, "
        f"{counted(proof.decrypted, 'objet déchiffré')}, journal intact.",
        f"Copie des clés : {saved.keys}.",
        before,
        "Elle ne s'ouvre qu'avec la clé du cabinet ou deux feuilles de secours : « copiste keys status ».",
    ]
    return "\n".join(lines)


def restore(
    folder: Annotated[Path, typer.Argument(metavar="SAUVEGARDE", help="Dossier des sauvegardes.")],
    into: Annotated[Path, typer.Argument(metavar="DOSSIER", help="Dossier vide où refaire le cabinet.")],
    keys: Keys = None,
    sheet: Annotated[
        list[Path] | None,
        typer.Option("--sheet", metavar="FICHIER", help="Feuille en fichier, deux fois ; sinon on les tape."),
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FICHIER", help="Le fichier practice.key, à la place des feuilles.")
    ] = None,
    at: Annotated[
        str, typer.Option("--at", metavar="DATE", help="Une sauvegarde plus ancienne : début de son nom, AAAAMMJJ….")
    ] = "",
    database: Annotated[
        str, typer.Option("--database", metavar="URL", help="Base de travail à remplir, au lieu de celle des réglages.")
    ] = "",
    vault: Annotated[
        str, typer.Option("--vault", metavar="URL", help="Base des clés à remplir, au lieu de celle des réglages.")
    ] = "",
    store: Annotated[
        str, typer.Option("--store", metavar="ADRESSE", help="Stockage des objets, au lieu de celui des réglages.")
    ] = "",
    former_sheet: Annotated[
        list[Path] | None,
        typer.Option("--former-sheet", metavar="FICHIER", help="Feuille de la clé d'avant son changement, deux fois."),
    ] = None,
    former_key: Annotated[
        Path | None, typer.Option("--former-key", metavar="FICHIER", help="Le fichier de la clé d'avant.")
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="Tout mettre dans le dossier : ni serveur de base, ni stockage distant.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Refaire un cabinet, sur une machine nue, à partir d'une sauvegarde et de deux feuilles de secours."""
    from pipeline.safekeeping import restore as restoring

    chosen = {name: url for name, url in (("database", database), ("vault", vault), ("store", store)) if url}
    storage = {**(restoring.LOCAL if local else {}), **chosen}
    former = _identity(former_key, former_sheet) if former_key or former_sheet else None
    identity = _identity(key, sheet)
    found = restoring.restore(folder, into, identity, former=former, keys=keys, at=at, storage=storage)
    answer(found.as_json(), as_json=as_json, text=_restored(found))
    if not found.ok:
        raise typer.Exit(112)


def _identity(key: Path | None, sheets: list[Path] | None) -> "Identity":
    if key:
        from archive.practice_key import load_practice_key

        return load_practice_key(key)
    from pipeline.cli.keys import typed
    from pipeline.safekeeping.sheets import recovered

    return recovered(typed(sheets))


def _held(found: "Proof | Restored") -> str:
    """« 3 dictées, 2 documents dont 1 classé »."""
    documents = f"{counted(found.documents, 'document')} dont {counted(found.records, 'classé')}"
    return f"{counted(found.dictations, 'dictée')}, {documents}"


def _restored(found: "Restored") -> str:
    from pipeline import settings

    zone = settings.load(found.home).zone
    lines = [
        f"Cabinet refait dans {found.home}, tel qu'il était le {_moment(found.at, zone)}.",
        f"{_held(found)} ; {counted(found.objects, 'objet')} à nouveau en place, chacun relu et déchiffré.",
        f"Travaux remis en attente : {found.jobs}.",
    ]
    if found.wanting:
        lines += [
            f"{counted(len(found.wanting), 'objet')} en moins (abîmés, ou détruits depuis cette sauvegarde) : "
            "« copiste archive verify » dit lesquels.",
        ]
    if found.journal != "ok":
        lines.append(f"Le journal est rompu ({found.journal}) : prévenez le responsable de l'archive.")
    lines += [
        "Ce qui a été fait après cette date n'y est pas : reprenez les dictées des dictaphones.",
        "Avant de lancer « copiste run », assurez-vous que l'ancienne machine est arrêtée, et relisez copiste.toml : "
        "les dossiers surveillés sont ceux de l'ancienne machine.",
    ]
    if found.backups:
        lines.append(
            f"Les sauvegardes d'office sont arrêtées : les siennes se faisaient dans {found.backups}. Si l'ancienne "
            "machine ne s'en sert plus, écrivez ce dossier, ou un autre, dans [backup] folder."
        )
    return "\n".join(lines)


def upgrade(
    wait: Annotated[
        float, typer.Option("--wait", min=0, metavar="SECONDES", help="Attendre que le travail en cours se termine.")
    ] = 120.0,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Mettre le cabinet à la version de ce programme, après une sauvegarde."""
    from pipeline.safekeeping import upgrade as upgrades

    done = upgrades.upgrade(home, wait_seconds=wait)
    text = (
        f"Cabinet mis à jour (de {done.before} à {done.now}). Copie d'avant : {done.copy}\n"
        f"Travaux remis en attente : {done.jobs}. Relancez Copiste sur toutes les machines."
        if done.changed
        else "Le cabinet est déjà à jour."
    )
    answer(done.as_json(), as_json=as_json, text=text)


def clock(
    right: Annotated[
        bool, typer.Option("--right", help="Confirmer que la machine est à l'heure, si elle avançait auparavant.")
    ] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Comparer l'horloge de la machine à ce qui a déjà été daté."""
    from pipeline import clock as clocks

    place = practice(home)
    if right:
        found = clocks.say_right(place, actor="operator")
        text = "C'est noté au journal : signatures et classements reprennent." if found.verdict == "back" else ""
    else:
        with place.look() as connection:
            found = clocks.read(connection)
        text = ""
    answer(
        {"now": found.now.isoformat(), "last": found.last and found.last.isoformat(), "verdict": found.verdict},
        as_json=as_json,
        text=text or clocks.sentence(found, place.settings.zone),
    )


def _moment(moment: "datetime", zone: "tzinfo") -> str:
    return moment.astimezone(zone).strftime("%d/%m/%Y à %H h %M")


def _size(size: int) -> str:
    """« 12,3 Mo »."""
    number, unit = (size / 1e9, "Go") if size >= 1e9 else (size / 1e6, "Mo") if size >= 1e6 else (size / 1e3, "Ko")
    return f"{number:.1f} {unit}".replace(".", ",")
