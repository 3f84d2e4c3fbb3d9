"""`copiste diagnostic`, `certificate`, `service …`, `uninstall`: the machine that the practice runs on."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.terminal import HOME, Home, Json, answer

if TYPE_CHECKING:
    from pipeline.machine.diagnostic import Report
    from pipeline.machine.service import Done, Part

service = typer.Typer(help="Démarrage avec la machine : installer, voir, retirer.", no_args_is_help=True)
_Part = Annotated[str, typer.Option("--part", help="run (tout en un), watch, work ou serve.")]
INTERRUPTED = 130
"""A trial that was interrupted: as for a calibration."""
_OFF = "Les pages ne s'ouvrent sur le réseau qu'après ces lignes dans copiste.toml, sous [web] :"


def register(app: typer.Typer) -> None:
    """Put these commands at the top level."""
    for command in (diagnostic, certificate, uninstall):
        app.command()(command)
    app.add_typer(service, name="service")


def diagnostic(
    intake: Annotated[
        Path | None, typer.Option("--intake", help="Essayer ce dossier de dépôt, pendant une minute.", metavar="DIR")
    ] = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Ce qui ne va pas sur cette machine et dans ce cabinet, et quoi faire."""
    from pipeline.machine.diagnostic import EXIT_CODE, examine

    report = examine(home) if intake is None else _tried(home, intake)
    answer(report.plain(), as_json=as_json, text="\n".join(report.lines()))
    if not report.ok:
        raise typer.Exit(EXIT_CODE)


def _tried(home: Path, folder: Path) -> "Report":
    from pipeline.machine.diagnostic import examine_intake

    try:
        return examine_intake(home, folder, said=lambda line: print(line, file=sys.stderr, flush=True))
    except KeyboardInterrupt:
        print(f"Essai arrêté avant la fin ; {_left_behind(folder)}", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


def _left_behind(folder: Path) -> str:
    from pipeline.machine.trial import leftovers

    names = ", ".join(path.name for path in leftovers(folder.expanduser()))
    return f"supprimez dans ce dossier : {names}." if names else "rien n'en est resté dans ce dossier."


def certificate(
    names: Annotated[list[str] | None, typer.Option("--name", help="Nom ou adresse de cette machine.")] = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Le certificat qui chiffre les pages sur le réseau : le faire, ou le renouveler."""
    from pipeline.machine import certificate as certificates
    from pipeline.practice import require_practice

    require_practice(home)
    made = certificates.make(home, names or [])
    lines = [f"Certificat de {', '.join(made.names)}, jusqu'au {made.until:%d/%m/%Y} : {made.certificate}", ""]
    lines += [_OFF, *(f"  {line}" for line in certificates.settings_lines(made)), ""]
    lines += certificates.trusting(made) if made.new_authority else ["Les postes lui font déjà confiance."]
    lines += ["", "Redémarrez ensuite Copiste."]
    data = {
        "authority": str(made.authority), "certificate": str(made.certificate), "key": str(made.key),
        "names": list(made.names), "until": made.until.isoformat(), "new_authority": made.new_authority,
    }  # fmt: skip
    answer(data, as_json=as_json, text="\n".join(lines))


@service.command("install")
def install_service(
    part: _Part = "run",
    user: Annotated[str, typer.Option("--user", help="Compte du service.")] = "",
    own: Annotated[
        bool | None, typer.Option("--own/--system", help="Service de votre compte, ou de la machine.")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Montrer le service sans l'installer.")] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Démarrer Copiste avec la machine, et le relancer s'il tombe."""
    from pipeline import settings
    from pipeline.machine import service as services
    from pipeline.practice import require_practice

    require_practice(home)
    unit = services.planned(home, settings.load(home), part=_part(part), user=user, own=own)
    if show:
        answer({"path": str(unit.path), "unit": unit.text}, as_json=as_json, text=f"# {unit.path}\n{unit.text}")
        return
    done = services.install(unit, home=home)
    lines = [f"Service installé : {unit.path}", *_left(done)]
    if unit.own:
        lines.append("Pour qu'il tourne sans que vous soyez connecté : loginctl enable-linger")
    answer(_plain(done), as_json=as_json, text="\n".join(lines))


@service.command("remove")
def remove_service(home: Home = HOME, as_json: Json = False) -> None:
    """Arrêter Copiste et ne plus le démarrer avec la machine."""
    from pipeline.machine import service as services

    done = services.remove(home)
    lines = [f"Service retiré : {path}" for path in done.units] or ["Aucun service de ce cabinet n'est installé."]
    answer(_plain(done), as_json=as_json, text="\n".join([*lines, *_left(done)]))


@service.command("status")
def service_status(home: Home = HOME, as_json: Json = False) -> None:
    """Les services de ce cabinet et leur état."""
    from pipeline.machine import service as services

    found = [{"unit": str(unit.path), "state": services.state(unit)} for unit in services.installed(home)]
    lines = [f"{one['unit']} : {one['state']}" for one in found] or ["Aucun service de ce cabinet n'est installé."]
    answer(found, as_json=as_json, text="\n".join(lines))


def uninstall(
    home: Home = HOME,
    yes: Annotated[bool, typer.Option("--yes", help="Ne pas demander de confirmation.")] = False,
    as_json: Json = False,
) -> None:
    """Retirer Copiste de cette machine en laissant l'archive, avec de quoi la relire."""
    from pipeline.machine import uninstall as uninstalling
    from pipeline.plugs import cache_folder
    from pipeline.practice import require_practice

    require_practice(home)
    if not yes and not _agreed(home):
        raise typer.Exit(1)
    removed = uninstalling.uninstall(home.expanduser().absolute(), cache=cache_folder())
    data = {
        "units": [str(path) for path in removed.units], "cache": str(removed.cache or ""), "page": str(removed.page),
        "commands": list(removed.commands),
    }  # fmt: skip
    answer(data, as_json=as_json, text="\n".join(uninstalling.sentences(home.absolute(), removed)))


def _agreed(home: Path) -> bool:
    asked = (
        f"Retirer le service et le modèle de cette machine, en gardant le dossier {home} ? Un autre cabinet de ce "
        "compte aurait à réinstaller le modèle. (oui/non)"
    )
    return str(typer.prompt(asked, err=True)).strip().lower() in ("oui", "o")


def _part(said: str) -> "Part":
    from pipeline.machine.service import PARTS

    if said not in PARTS:
        raise typer.BadParameter(f"{said} : run, watch, work ou serve.")
    return said


def _left(done: "Done") -> list[str]:
    if not done.commands:
        return []
    return ["Systemd n'a pas répondu ici. Il reste à lancer :", *(f"  {command}" for command in done.commands)]


def _plain(done: "Done") -> dict[str, Any]:
    return {"units": [str(path) for path in done.units], "commands": list(done.commands)}
