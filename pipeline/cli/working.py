"""`copiste init`, `run`, `watch`, `work`, `serve`, `status`, `config`, `demo`: the practice at work."""

from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated

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
    """Où en est chaque dictée, ce qui attend et pourquoi."""
    from pipeline import presence
    from pipeline.access import require
    from pipeline.states import label
    from pipeline.status import status as look

    place = practice(home)
    require(reader(place, who), "status.see")
    workers = presence.at_work(place)
    found = {**look(place), "workers": workers}
    lines = [f"{label(state)} : {count}" for state, count in found["counts"].items()]
    lines += found["notices"]
    lines += [
        f"{one['id']}  {label(one['state'])} depuis le {_moment(one['since'], place.settings.zone)}"
        + (f" · {one['reason']}" if one["reason"] else "")
        for one in found["items"]
    ]
    answer(found, as_json=as_json, text="\n".join([*(lines or ["Rien en cours."]), presence.sentence(workers)]))


def _moment(written: str, zone: tzinfo) -> str:
    return datetime.fromisoformat(written).astimezone(zone).strftime("%d/%m/%Y à %H h %M")


def config(home: Home = HOME, as_json: Json = False) -> None:
    """Les réglages en vigueur, et ce que chacun veut dire."""
    from pipeline import settings

    chosen = settings.load(home).model_dump(mode="json")
    lines = [f"{name} = {settings.value(chosen, name)!r}\n    {sentence}" for name, _, sentence in settings.every()]
    answer(chosen, as_json=as_json, text="\n".join(lines))
