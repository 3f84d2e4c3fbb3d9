"""`copiste archive …`: find, show, verify, export, hold, release."""

from typing import Annotated

import typer

from pipeline.cli.terminal import HOME, Home, Json, Who, actor, answer, practice, reader

app = typer.Typer(help="Archive : chercher, vérifier, extraire, geler.", no_args_is_help=True)
FINDINGS = {
    "changed": "Modifiés",
    "missing": "Manquants",
    "untracked": "Sans notice (laissés par une étape interrompue, sans danger)",
}
Record = Annotated[str, typer.Argument(metavar="ID", help="Identifiant du document classé.")]


@app.command()
def find(
    who: Who = "",
    patient: Annotated[str, typer.Argument(metavar="PATIENT", help="Nom, prénom ou date de naissance.")] = "",
    named: Annotated[str, typer.Option("--patient", help="Le même, pour un programme.")] = "",
    kind: Annotated[str, typer.Option(help="Genre de document.")] = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Chercher un document par patient, sans accents, sans casse, par l'oreille."""
    from pipeline import shelves

    place = practice(home)
    found = shelves.find(place, reader(place, who), patient=f"{patient} {named}".strip(), kind=kind)
    lines = [
        f"{one['id']}  {one['date']}  {one['title']} · {one['patient']} · {one['author']} · {_kept(one['retention'])}"
        for one in found
    ]
    answer(found, as_json=as_json, text="\n".join(lines) or "Aucun document.")


def _kept(retention: dict[str, str]) -> str:
    return f"à conserver jusqu'au {retention['until']}" if retention["until"] else retention["rule"]


@app.command()
def show(record: Record, who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """La notice d'un document classé."""
    from pipeline import shelves

    place = practice(home)
    found = shelves.show(place, reader(place, who), record)
    lines = [
        f"{found['title']} ({found['kind']}), {found['date']}, {found['author']}",
        f"Patient : {found['patient']}",
        f"Conservation : {_kept(found['retention'])}" + (", gelé" if found["retention"]["held"] else ""),
        f"Empreinte du PDF signé (SHA-256) : {found['sha256']}",
    ]
    answer(found, as_json=as_json, text="\n".join(lines))


@app.command()
def verify(who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Relire chaque objet et chaque ligne du journal, et dire ce qui a changé ou manque."""
    from pipeline import shelves

    place = practice(home)
    found = shelves.verify(place, reader(place, who))
    state = "Tout est intact" if found["ok"] else "L'archive est atteinte"
    journal = "journal intact" if found["journal"] == "ok" else f"journal rompu ({found['journal']})"
    lines = [f"{state} : {found['objects']} objets relus, {journal}."]
    lines += [f"{label} : {', '.join(found[name])}" for name, label in FINDINGS.items() if found[name]]
    answer(found, as_json=as_json, text="\n".join(lines))
    if not found["ok"]:
        raise typer.Exit(91)


@app.command()
def export(
    record: Record,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Extraire le PDF signé et le Word d'un document vers exports/."""
    from pipeline import shelves

    place = practice(home)
    paths = shelves.export(place, reader(place, who), record)
    answer({"files": [str(path) for path in paths]}, as_json=as_json, text="\n".join(str(path) for path in paths))


@app.command()
def hold(
    record: Record,
    reason: Annotated[str, typer.Option(help="Motif : numéro de dossier contentieux, réclamation…")],
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Geler un document : il sera conservé quoi que dise le calendrier."""
    from pipeline import shelves

    place = practice(home)
    key = shelves.hold(place, actor(place, who, role="archivist"), record, reason=reason)
    answer({"hold": key}, as_json=as_json, text=f"Document {record} gelé ; gel {key}.")


@app.command()
def release(
    hold: Annotated[str, typer.Argument(metavar="GEL", help="Identifiant du gel.")],
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Lever un gel."""
    from pipeline import shelves

    place = practice(home)
    shelves.release(place, actor(place, who, role="archivist"), hold)
    answer({"released": hold}, as_json=as_json, text=f"Gel {hold} levé.")
