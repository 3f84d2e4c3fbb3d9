"""`copiste keys …`: the practice key, its recovery sheets, its change, and the drill."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.terminal import HOME, Home, Json, answer, counted, practice

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.safekeeping.drill import Drilled
    from pipeline.safekeeping.sheets import Checked, Printed
    from pipeline.safekeeping.words import SheetMisread

app = typer.Typer(help="Clé du cabinet : feuilles de secours, changement, exercice.", no_args_is_help=True)
Sheets = Annotated[
    list[Path] | None,
    typer.Option(
        "--sheet", metavar="FICHIER", help="Feuille en fichier (mots tapés, ou le PDF). Deux fois ; sinon on les tape."
    ),
]
To = Annotated[Path | None, typer.Option("--to", help="Dossier des feuilles. D'ordinaire exports/ du cabinet.")]
STANDINGS = {
    "current": "Ces deux feuilles donnent bien la clé actuelle du cabinet.",
    "retired": "Ces deux feuilles donnent une ancienne clé du cabinet, remplacée le {retired:%d/%m/%Y}. "
    "Elles n'ouvrent que les sauvegardes faites avant ce jour.",
    "other": "Ces deux feuilles vont ensemble, mais leur clé n'a jamais été celle de ce cabinet.",
    "unknown": "Ces deux feuilles vont ensemble et donnent une clé. Aucun cabinet n'est ici pour la comparer : "
    "vérifiez que l'empreinte ci-dessous est celle qui est imprimée en bas des feuilles.",
}
PRINT = (
    "Imprimez-les maintenant, sans passer par une autre machine, puis effacez ces fichiers.\n"
    "Gardez chaque feuille dans un endroit différent, jamais avec une sauvegarde. Deux des trois suffisent."
)


@app.command("sheets")
def make_sheets(
    to: To = None,
    delete_after: Annotated[
        bool, typer.Option("--delete-after", help="Attendre que tout soit imprimé, puis effacer les fichiers.")
    ] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Préparer les trois feuilles de secours, à imprimer : deux d'entre elles redonnent la clé du cabinet."""
    from pipeline.safekeeping import sheets

    made = sheets.make(practice(home), to=to)
    answer(_printed_json(made), as_json=as_json, text=_printed_text(made))
    if delete_after:
        typer.prompt("Entrée quand les trois feuilles sont imprimées", default="", show_default=False, err=True)
        sheets.wipe(made.files)
        typer.echo("Fichiers effacés.", err=True)


def _printed_json(made: "Printed") -> dict[str, Any]:
    from pipeline.safekeeping.sheets import fingerprint

    return {"files": [str(file) for file in made.files], "set": made.set, "fingerprint": fingerprint(made.public)}


def _printed_text(made: "Printed") -> str:
    from pipeline.safekeeping.sheets import fingerprint

    files = "\n".join(str(file) for file in made.files)
    return f"{files}\nJeu {made.set}, empreinte de la clé {fingerprint(made.public)}.\n{PRINT}"


@app.command()
def check(sheet: Sheets = None, home: Home = HOME, as_json: Json = False) -> None:
    """Vérifier deux feuilles : vont-elles ensemble, et sont-elles de ce cabinet ? Rien n'est changé."""
    from pipeline.safekeeping import sheets

    found = sheets.check(home, typed(sheet))
    answer(_checked_json(found), as_json=as_json, text=_checked_text(found))
    if found.standing in ("retired", "other"):
        raise typer.Exit(sheets.SheetsOfOldKey.exit_code)


def _checked_json(found: "Checked") -> dict[str, Any]:
    return {
        "standing": found.standing, "fingerprint": found.fingerprint, "public": found.public,
        "retired": found.retired.isoformat() if found.retired else None,
    }  # fmt: skip


def _checked_text(found: "Checked") -> str:
    said = STANDINGS[found.standing].format(retired=found.retired and found.retired.astimezone())
    return f"{said}\nEmpreinte de la clé : {found.fingerprint}"


@app.command()
def recover(
    folder: Annotated[Path | None, typer.Argument(metavar="DOSSIER", help="Dossier du cabinet.")] = None,
    sheet: Sheets = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Remettre le fichier practice.key à sa place à partir de deux feuilles, jamais par-dessus une autre clé."""
    from pipeline.safekeeping import sheets

    done = sheets.recover(folder or home, typed(sheet))
    what = "La clé était déjà là" if done.was_there else "La clé a été remise"
    compared = "" if done.checked.standing == "current" else f"\n{STANDINGS['unknown']}"
    answer(
        {"file": str(done.file), "was_there": done.was_there, **_checked_json(done.checked)},
        as_json=as_json,
        text=f"{what} : {done.file}\nEmpreinte de la clé : {done.checked.fingerprint}{compared}",
    )


@app.command()
def rotate(
    to: To = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ne pas demander confirmation.")] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Changer la clé du cabinet, si quelqu'un a pu la copier ou si une personne qui l'avait s'en va."""
    from pipeline.safekeeping import rotation
    from pipeline.safekeeping.sheets import fingerprint

    place = practice(home)
    if not yes:
        typer.confirm(
            "Copiste sera arrêté le temps du changement. Il faudra imprimer de nouvelles feuilles et refaire une "
            "sauvegarde aussitôt. Continuer ?",
            abort=True,
            err=True,
        )
    done = rotation.rotate(place, to=to)
    answer(
        {"before": fingerprint(done.before), "secrets": done.secrets, **_printed_json(done.sheets)},
        as_json=as_json,
        text="La clé du cabinet a été changée. Ses nouvelles feuilles :\n"
        f"{_printed_text(done.sheets)}\n"
        "Faites une sauvegarde dès maintenant : copiste backup DOSSIER\n"
        "Les anciennes feuilles n'ouvrent plus que les anciennes sauvegardes : gardez-les aussi longtemps, toujours "
        "dans un autre endroit, et détruisez le tout en même temps.\n"
        "Si d'autres machines servent ce cabinet, copiez-y le nouveau fichier practice.key avant de les relancer.",
    )


@app.command()
def status(home: Home = HOME, as_json: Json = False) -> None:
    """Quelle est la clé du cabinet, depuis quand, et quand ses feuilles ont été imprimées."""
    from pipeline.safekeeping import sheets

    place = practice(home)
    found = sheets.status(place)

    def day(moment: "datetime") -> str:
        return f"{moment.astimezone(place.settings.zone):%d/%m/%Y}"

    current = found.current
    lines = [f"Clé du cabinet {found.fingerprint}, depuis le {day(current.since)}."]
    lines.append(
        f"Feuilles de secours préparées le {day(current.sheets_at)}."
        if current.sheets_at
        else "Aucune feuille de secours pour cette clé : si cette machine est perdue, tout est perdu. "
        "Lancez « copiste keys sheets »."
    )
    lines += [f"Fichier de feuille à effacer, une fois imprimé : {file}" for file in found.left]
    lines += [
        f"Ancienne clé {sheets.fingerprint(one.public)}, jusqu'au {day(one.retired)}."
        for one in found.before
        if one.retired
    ]
    answer(_status_json(found), as_json=as_json, text="\n".join(lines))


def _status_json(found: Any) -> dict[str, Any]:
    from pipeline.safekeeping.sheets import fingerprint

    return {
        "fingerprint": found.fingerprint,
        "public": found.current.public,
        "since": found.current.since.isoformat(),
        "sheets_at": found.current.sheets_at.isoformat() if found.current.sheets_at else None,
        "before": [fingerprint(one.public) for one in found.before],
        "left": [str(file) for file in found.left],
    }


@app.command()
def drill(
    sheet: Sheets = None,
    backup: Annotated[Path | None, typer.Option("--backup", help="Dossier d'une sauvegarde à éprouver aussi.")] = None,
    keys: Annotated[Path | None, typer.Option("--keys", help="Dossier de la copie des clés, s'il est à part.")] = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Exercice de clé perdue : prouver que deux feuilles suffiraient à tout rouvrir. Rien n'est changé."""
    from pipeline.safekeeping import drill as drills

    done = drills.drill(home, typed(sheet), backup=backup, keys=keys)
    answer(_drilled_json(done), as_json=as_json, text=_drilled_text(done))


def _drilled_json(done: "Drilled") -> dict[str, Any]:
    from dataclasses import asdict

    return {
        **_checked_json(done.checked), "here": done.here, "documents": list(done.documents),
        "backup": asdict(done.backup) | {"ok": done.backup.ok} if done.backup else None,
    }  # fmt: skip


def _drilled_text(done: "Drilled") -> str:
    lines = [_checked_text(done.checked)]
    if done.documents:
        lines.append(
            f"Avec elles seules, le plus ancien et le plus récent document de l'archive ont été ouverts et relus en "
            f"entier : {', '.join(done.documents)}."
        )
    elif done.here:
        lines.append("Le coffre des clés s'ouvre avec elles. L'archive ne contient encore aucun document à ouvrir.")
    if done.backup:
        lines.append(
            f"La sauvegarde {done.backup.stamp} s'ouvre avec elles : "
            f"{counted(done.backup.records, 'document classé')}, {counted(done.backup.objects, 'objet')}, "
            f"rien ne manque, {done.backup.decrypted} lus et déchiffrés, journal intact."
        )
    return "\n".join([*lines, "L'exercice est réussi : rien n'a été modifié."])


# --- typing sheets ---------------------------------------------------------------------------------------------------


def typed(files: list[Path] | None) -> list[str]:
    """The words of the sheets: from files, else asked for, a few words a line, each line looked at as it comes."""
    from pipeline.safekeeping import words

    if files:
        return [words.from_file(file) for file in files]
    return [_asked(number) for number in range(1, words.NEEDED + 1)]


def _asked(number: int) -> str:
    from pipeline.safekeeping import words

    typer.echo(f"Feuille n° {number} : tapez ses {words.COUNT} mots dans l'ordre, plusieurs par ligne.", err=True)
    found: list[str] = []
    while len(found) < words.COUNT:
        line = typer.prompt(f"  à partir du mot n° {len(found) + 1}", prompt_suffix=" : ", err=True)
        try:
            found += words.known(line, first=len(found) + 1)
        except words.SheetMisread as error:
            _show_or_stop(error)
    return " ".join(_corrected(found, number))


def _corrected(found: list[str], number: int) -> list[str]:
    """The words of a sheet whose sum is right: a misread word is typed again alone, not the whole sheet."""
    from pipeline.safekeeping import words

    while True:
        try:
            words.read(" ".join(found), name=f"Feuille n° {number}")
        except words.SheetMisread as error:
            _show_or_stop(error)
        else:
            return found
        wrong = min(max(typer.prompt("  Numéro du mot à retaper", type=int, err=True), 1), len(found))
        try:
            found[wrong - 1 : wrong] = words.known(typer.prompt(f"  mot n° {wrong}", err=True), first=wrong)
        except words.SheetMisread as error:
            _show_or_stop(error)


def _show_or_stop(error: "SheetMisread") -> None:
    """On a terminal the person tries again; a program's answers do not get better."""
    if not sys.stdin.isatty():
        raise error
    typer.echo(f"  {error.advice}", err=True)
