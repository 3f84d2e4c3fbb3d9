"""`copiste init`, `run`, `watch`, `work`, `serve`, `status`, `config`, `demo`: the practice at work."""

from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli.terminal import HOME, Home, Json, Who, answer, practice, reader


def register(app: typer.Typer) -> None:
    """Put these commands at the top level."""
    for command in (init, demo, run, watch, work, serve, status, config):
        app.command()(command)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DOSSIER", help="Dossier à créer.")],
    name: Annotated[str, typer.Option(help="Nom du cabinet.")] = "Cabinet médical",
    settings: Annotated[
        typer.FileText | None,
        typer.Option(help="copiste.toml déjà écrit : bases, stockage…"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Créer le dossier d'un cabinet : réglages commentés, clés, premiers comptes."""
    from pipeline.opening import first_accounts, new_practice

    place = new_practice(folder, name=name, settings_text=settings.read() if settings else "")
    accounts = first_accounts(place)
    lines = [
        f"Cabinet créé dans {folder}.",
        "",
        "Premiers comptes (notez les mots de passe, ils ne seront plus montrés) :",
    ]
    lines += [f"  {one.login} ({one.role_label}) : {one.password}" for one in accounts]
    lines += [
        "",
        "Ensuite : « copiste doctors add » et « copiste users add » pour chaque médecin, « copiste keys sheets » pour "
        "les feuilles de secours, « copiste backup DOSSIER » sur un autre disque, puis « copiste run ».",
    ]
    data = {"home": str(folder), "accounts": [{"login": one.login, "password": one.password} for one in accounts]}
    answer(data, as_json=as_json, text="\n".join(lines))


def demo(home: Home = Path("demo")) -> None:
    """Deux dictées d'essai, du son à l'archive, sans une question, avec le vrai modèle."""
    from pipeline.demo import play

    play(home)


def run(home: Home = HOME) -> None:
    """Tout en un : surveiller les dossiers, transcrire, ouvrir les pages."""
    from pipeline import running

    running.run(practice(home), watch=True, work=True, serve=True)


def watch(home: Home = HOME) -> None:
    """Surveiller les dossiers seulement."""
    from pipeline import running

    running.run(practice(home), watch=True)


def work(
    home: Home = HOME,
    processes: Annotated[
        int, typer.Option(min=0, max=32, help="Transcriptions menées de front ; 0 : le réglage work.processes.")
    ] = 0,
    crew: Annotated[int, typer.Option(hidden=True)] = 0,
) -> None:
    """Transcrire et mettre en forme seulement, une ou plusieurs dictées à la fois."""
    from pipeline import running
    from pipeline.running import crew as crews

    place = practice(home)
    number = processes or place.settings.work.processes
    if crew:
        crews.follow(place, processes=crew)
    elif number > 1:
        crews.lead(place, processes=number)
    else:
        running.run(place, work=True)


def serve(home: Home = HOME) -> None:
    """Ouvrir les pages seulement."""
    from pipeline import running

    running.run(practice(home), serve=True)


def status(who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Où en est chaque dictée, ce qui attend et pourquoi, et vers quelle heure elle sera prête."""
    from pipeline import presence
    from pipeline.access import require
    from pipeline.states import label
    from pipeline.status import status as look

    place = practice(home)
    asks = reader(place, who)
    require(asks, "status.see")
    found = look(place, asks)
    lines = [f"{label(state)} : {count}" for state, count in found["counts"].items()]
    lines += found["notices"]
    set_aside = {one["id"]: one for one in found["files"]}
    lines += [_line(one, set_aside.get(one["id"]), place.settings.zone) for one in found["items"]]
    text = [*(lines or ["Rien en cours."]), presence.sentence(found["workers"])]
    answer(found, as_json=as_json, text="\n".join(text))


def _line(item: dict[str, Any], file: dict[str, Any] | None, zone: tzinfo) -> str:
    """What waits: since when, for which doctor, why, when it will be ready, and on whose work list a file is."""
    from pipeline.states import label

    parts = [f"{item['id']}  {label(item['state'])} depuis le {_moment(item['since'], zone)}"]
    parts += [file["name"]] if file and file["name"] else []
    parts += [item["doctor"], item["reason"], _soon(item["estimate_seconds"])]
    parts += [f"sur la liste de {', '.join(file['readers']) or 'personne'}"] if file else []
    return " · ".join(part for part in parts if part)


def _soon(seconds: float | None) -> str:
    """About how long until it can be proofread: « prête dans 12 min environ »."""
    if seconds is None:
        return ""
    minutes = max(1, round(seconds / 60))
    return f"prête dans {minutes} min environ" if minutes < 90 else f"prête dans {round(minutes / 60)} h environ"


def _moment(written: str, zone: tzinfo) -> str:
    return datetime.fromisoformat(written).astimezone(zone).strftime("%d/%m/%Y à %H h %M")


def config(home: Home = HOME, as_json: Json = False) -> None:
    """Les réglages en vigueur, et ce que chacun veut dire."""
    from pipeline import settings

    chosen = settings.load(home).model_dump(mode="json")
    lines = [f"{name} = {settings.value(chosen, name)!r}\n    {sentence}" for name, _, sentence in settings.every()]
    answer(chosen, as_json=as_json, text="\n".join(lines))
