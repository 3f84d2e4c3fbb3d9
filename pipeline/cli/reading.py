"""`copiste transcribe`, `copiste check`, `copiste templates`: words, without a practice folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.terminal import HOME, Home, Json, answer

if TYPE_CHECKING:
    from vocab.flag import Flag

templates = typer.Typer(help="Modèles Word.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Put these commands at the top level."""
    app.command()(transcribe)
    app.command()(check)


def transcribe(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="Enregistrement à transcrire.")],
    doctor: Annotated[str, typer.Option(help="Médecin qui dicte.")] = "",
    kind: Annotated[str, typer.Option(help="Genre de document, s'il est connu.")] = "",
    password: Annotated[
        str,
        typer.Option(
            envvar="COPISTE_DICTATION_PASSWORD",
            help="Mot de passe du dictaphone, pour une dictée DS2 protégée. La variable d'environnement ne laisse pas "
            "de trace dans la liste des programmes.",
        ),
    ] = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Un enregistrement, du son au texte vérifié. Sans base ; avec le vocabulaire du cabinet s'il y en a un."""
    from pipeline.contracts import reading_json
    from pipeline.reading import read

    reading = read(file, doctor=doctor, kind=kind, vocabulary=_vocabulary(home), password=password)
    data = reading_json(
        reading.documents,
        coverage=reading.coverage,
        transcript=reading.transcript,
        total_seconds=reading.total_seconds,
    )
    lines = []
    for document in reading.documents:
        lines += [
            document.text,
            "",
            *(f"à vérifier : « {f.text} », {f.reason}" for f in document.flags if f.severity != "hint"),
        ]
    answer(data, as_json=as_json, text="\n".join(lines))


def check(
    file: Annotated[Path, typer.Argument(metavar="FICHIER.txt", help="Texte à vérifier.")],
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Vérifier les mots, les abréviations et les doses d'un texte."""
    from pipeline.contracts import flag_json
    from pipeline.reading import check_text

    text, flags = check_text(file, vocabulary=_vocabulary(home))
    lines = [_line(flag) for flag in flags]
    answer(
        {"text": text, "flags": [flag_json(flag) for flag in flags]},
        as_json=as_json,
        text="\n".join(lines) or "Aucun passage signalé : cela ne veut pas dire sans erreur.",
    )


def _vocabulary(home: Path) -> tuple[Path, ...]:
    """The practice's own words, when there is a practice."""
    folder = home / "vocab"
    return (folder,) if folder.is_dir() else ()


def _line(flag: "Flag") -> str:
    instead = f" Peut-être : {', '.join(flag.suggestions)}." if flag.suggestions else ""
    return f"« {flag.text} » : {flag.reason}{instead}"


@templates.command("list")
def list_templates(home: Home = HOME, as_json: Json = False) -> None:
    """Les modèles, fournis et du cabinet."""
    from pipeline import kinds

    found = kinds.usable([home / "templates"])
    answer(
        [{"name": kind.name, "label": kind.label} for kind in found],
        as_json=as_json,
        text="\n".join(f"{kind.name} : {kind.label}" for kind in found),
    )


@templates.command("check")
def check_templates(home: Home = HOME) -> None:
    """Vérifier que chaque modèle peut être rempli."""
    from pipeline import kinds

    for name, problems in kinds.report([home / "templates"]).items():
        print("\n".join(f"{name} : {problem}" for problem in problems or ["en ordre"]))
