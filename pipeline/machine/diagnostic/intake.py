"""A folder that dictations are to arrive in: what a trial of it showed, and how to set it."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

from pipeline.machine.diagnostic.findings import Finding, Ground, fix, watch, well
from pipeline.machine.trial import Share, Trial, Verdict
from pipeline.machine.trial.share import LISTED
from pipeline.machine.trial.verdict import KINDS, Kind
from pipeline.settings import Intake, Polling

ABOUT = "Dossier essayé"
SETTINGS = "Réglages conseillés"
DROPS = "Essai de dépôts"
GIGABYTE = 1_000_000_000
CLOCK = 60.0
"""Seconds between two clocks above which a person must know: peers' file servers drift by a few."""
SHORT_NAME = 100
MARGIN = 2.0
"""Seconds more than what a share may hide, before a file is held to be done with."""
SAYS: dict[Kind, str] = {
    "lost": "perdu",
    "half_read": "lu avant d'être entier",
    "doubled": "pris deux fois",
    "wrong": "pris ou retiré alors qu'il fallait le laisser",
    "aside": "mis de côté à tort",
    "stuck": "jamais pris",
    "unremoved": "pris, mais pas retiré",
}
BROKEN = (
    "Ne confiez pas de dictées à ce dossier. Déposez-les plutôt dans un dossier d'un disque de cette machine, et "
    "envoyez ce qui précède à qui s'occupe de Copiste : aucun patient n'y figure."
)


def findings(trial: Trial, ground: Ground) -> Iterator[Finding]:
    """What a trial showed, the folder first, then what was done to it, then the settings it needs."""
    yield from _folder(trial)
    yield from _changes(trial)
    yield from _dates(trial.share)
    yield from _files(trial.share)
    yield from _names(trial)
    yield from _drops(trial.verdict)
    yield from _settings(trial, ground)


def _folder(trial: Trial) -> Iterator[Finding]:
    share = trial.share
    where = (
        f"partage réseau ({share.kind})" if share.network else f"disque de cette machine ({share.kind or 'inconnu'})"
    )
    room = f"{share.free / GIGABYTE:.1f} Go libres".replace(".", ",")
    yield well(ABOUT, f"{trial.folder} : {where}, {room}, où ce compte peut écrire et retirer.")
    if not trial.removed:
        todo = "Supprimez le dossier caché dont le nom commence par .copiste-essai- ; il ne contient aucune dictée."
        yield watch(ABOUT, "l'essai n'a pas pu tout retirer.", todo)
    if trial.leftovers:
        todo = f"S'il n'est plus en cours, supprimez : {', '.join(trial.leftovers)}."
        yield watch(ABOUT, "un autre essai y est en cours, ou s'est arrêté sans pouvoir ranger.", todo)


def _changes(trial: Trial) -> Iterator[Finding]:
    """How Copiste comes to know that a file arrived."""
    about, share = "Arrivée des fichiers", trial.share
    full = share.listing and _milliseconds(share.listing * 1000 / LISTED)
    cost = f" Le lire prend {full} pour 1 000 fichiers." if full else ""
    if share.network:
        told = "ce que d'autres postes déposent sur un partage n'est pas signalé"
    elif share.event is None:
        told = "ce dossier ne signale pas ce qui y arrive"
    elif trial.verdict.polled:
        told = "ce dossier ne signale pas tout ce qui y arrive"
    else:
        yield well(about, f"signalée en {_milliseconds(share.event)}.{cost}")
        return
    yield well(about, f"{told} : Copiste le regardera régulièrement.{cost}")


def _milliseconds(seconds: float) -> str:
    return f"{max(1, round(seconds * 1000))} ms" if seconds < 1 else f"{seconds:.1f} s".replace(".", ",")


def _dates(share: Share) -> Iterator[Finding]:
    about, offset = "Dates des fichiers", share.clock_offset
    step = share.date_step
    if step is None or offset is None:
        yield watch(about, "ce dossier n'a pas laissé donner de date à un fichier.", (
            "Rien à faire : Copiste attend seulement plus longtemps quand la date ne change pas."
        ))  # fmt: skip
    elif abs(offset) > CLOCK:
        which = "en avance" if offset > 0 else "en retard"
        found = f"l'horloge de ce dossier est {which} de {_duration(abs(offset))} sur celle de cette machine."
        yield watch(about, found, "Réglez l'heure du serveur : l'ordre des dictées suit les dates des fichiers.")
    else:
        fine = f"à {step:g} s près" if step >= 1 else "finement"
        yield well(about, f"gardées {fine}, à la même heure que cette machine.")


def _duration(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h".replace(".", ",") if seconds >= 3600 else f"{seconds / 60:.0f} min"


def _files(share: Share) -> Iterator[Finding]:
    """What the folder does with files: renaming, writing for good, saying who still writes."""
    about = "Fichiers de ce dossier"
    if not share.replaces:
        yield watch(about, "un fichier n'y remplace pas un autre en étant renommé.", (
            "Réglez le logiciel du dictaphone pour qu'il donne un nom nouveau à chaque dictée."
        ))  # fmt: skip
    if not share.syncs:
        yield watch(about, "rien n'y assure qu'un fichier écrit survit à une coupure de courant.", (
            "Gardez les dictées sur le dictaphone jusqu'à ce qu'elles soient prises : Copiste, lui, en garde une copie "
            "sûre avant de retirer la leur."
        ))  # fmt: skip
    known = {
        "tells": "le système dit si un programme de cette machine y écrit encore",
        "blind": "le système ne dit pas si un fichier est encore en cours d'écriture",
        "unknown": "le système ne dit pas si un fichier est encore en cours d'écriture",
    }[share.lease]
    others = " Ce que d'autres postes ont encore ouvert ne peut pas être su d'ici : Copiste attend que rien ne change."
    yield well(about, f"{known}.{others}")


def _names(trial: Trial) -> Iterator[Finding]:
    about, share = "Noms de fichiers", trial.share
    if trial.verdict.refused:
        found = f"ce dossier n'accepte pas tout : {', '.join(trial.verdict.refused)}."
        yield well(about, f"{found} Rien à faire si vos dictaphones n'en ont pas besoin.")
    if share.longest_name is not None and share.longest_name < SHORT_NAME:
        yield watch(about, f"pas plus de {share.longest_name} caractères.", "Donnez des noms courts aux dictées.")
    elif not trial.verdict.refused:
        yield well(about, "tous ceux qui ont été essayés sont acceptés.")
    if share.sensitive is False:
        yield well(about, "« A » et « a » y sont le même nom.")


# --- what was done to it ------------------------------------------------------------------------------------------


def _drops(verdict: Verdict) -> Iterator[Finding]:
    """What became of what was dropped: each trouble with the way of dropping that shows it."""
    if verdict.ok:
        found = f"{verdict.faults} incidents provoqués, {verdict.due} enregistrements déposés : chacun a été pris une "
        yield well(DROPS, f"{found}seule fois, entier.")
        return
    yield fix(DROPS, f"{_counted(verdict)} ({verdict.faults} incidents provoqués, {verdict.due} enregistrements).", (
        "\n".join([*_troubles(verdict), BROKEN])
    ))  # fmt: skip


def _counted(verdict: Verdict) -> str:
    counts = [f"{SAYS[kind]} : {count}" for kind in KINDS if (count := verdict.count(kind))]
    return ", ".join(counts) or f"des dépôts n'ont pas pu être faits : {len(verdict.failed)}"


def _troubles(verdict: Verdict) -> list[str]:
    """One line for each kind of trouble and way of dropping, and for what an error of the folder stopped."""
    lines = [f"{trouble.about} : {SAYS[trouble.kind]}." for trouble in verdict.troubles]
    told = {trouble.about for trouble in verdict.troubles}
    lines += [
        f"{about} : le dossier a arrêté la copie par une erreur." for about in verdict.failed if about not in told
    ]
    return list(dict.fromkeys(lines))


# --- how to set it ------------------------------------------------------------------------------------------------


def _settings(trial: Trial, ground: Ground) -> Iterator[Finding]:
    """The lines of [intake] that this folder needs, and whether the practice has them."""
    intake = ground.settings.intake if ground.settings else Intake()
    stable = max(Intake().stable_seconds, stable_seconds(trial.share))
    polled = trial.verdict.polled or trial.share.network or trial.share.event is None
    short = intake.stable_seconds < stable
    polling = _polling(trial.folder, ground)
    if short:
        found = f"ce dossier peut montrer un changement avec retard, et stable_seconds vaut {intake.stable_seconds:g}."
        yield watch(SETTINGS, found, f"Dans copiste.toml, sous [intake] : stable_seconds = {stable:g}")
    if polled and polling is False:
        found = "ce dossier est réglé pour attendre un signal qui ne viendra pas."
        yield fix(SETTINGS, found, "Dans copiste.toml, pour ce dossier : polling = true")
    elif polling is None:
        found = "pour le faire surveiller, ajoutez ces lignes à la fin de copiste.toml."
        yield Finding(about=SETTINGS, state="ok", found=found, todo=_lines(trial.folder, polled=polled))
    elif not short:
        yield well(SETTINGS, "ceux de ce cabinet conviennent à ce dossier.")


def stable_seconds(share: Share) -> float:
    """How long a file must not change before it is taken, for what this share may hide: whole seconds."""
    return math.ceil(max(share.late, 2 * (share.date_step or 0.0)) + MARGIN)


def _polling(folder: Path, ground: Ground) -> Polling | None:
    """How the practice watches this folder; None when it does not."""
    if ground.settings is None:
        return None
    intake = ground.settings.intake
    watched = {ground.home / "inbox": intake.polling} | {root.path.expanduser(): root.polling for root in intake.roots}
    return {path.resolve(): polling for path, polling in watched.items()}.get(folder.resolve())


def _lines(folder: Path, *, polled: bool) -> str:
    path = json.dumps(str(folder), ensure_ascii=False)  # a TOML string is written as a JSON one
    return f"[[intake.roots]]\npath = {path}" + ("\npolling = true" if polled else "")
