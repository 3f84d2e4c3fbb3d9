"""`copiste access …` and `copiste deputies …`: who reads what, who read it, who stands in for whom."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.terminal import HOME, Home, Json, Who, actor, answer, practice, reader

if TYPE_CHECKING:
    from pipeline.practice import Practice

app = typer.Typer(help="Accès : restreindre, ouvrir par exception, savoir qui a consulté.", no_args_is_help=True)
deputies = typer.Typer(help="Remplaçants et internes : pour qui, jusqu'à quand.", no_args_is_help=True)
Document = Annotated[str, typer.Argument(metavar="ID", help="Identifiant du document.")]
DAYS = ["%d/%m/%Y", "%Y-%m-%d"]


@app.command()
def restrict(
    document: Document,
    readers: Annotated[list[str] | None, typer.Option("--reader", help="Compte qui peut le lire (répétable).")] = None,
    lift: Annotated[bool, typer.Option("--lift", help="Lever la restriction.")] = False,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Garder un document pour son médecin et les comptes nommés (ils remplacent les précédents)."""
    from pipeline import restriction

    place = practice(home)
    person = actor(place, who, role="doctor")
    if lift:
        restriction.unrestrict(place, person, document)
        said = "accès rouvert"
    else:
        restriction.restrict(place, person, document, readers=readers or ())
        said = "accès restreint"
    data = {"id": document, "restricted": not lift, "readers": [] if lift else readers or []}
    answer(data, as_json=as_json, text=f"Document {document} : {said}.")


@app.command("readers")
def list_readers(document: Document, who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Les comptes qui peuvent lire un document restreint, outre son médecin."""
    from pipeline import restriction

    place = practice(home)
    found = restriction.readers(place, actor(place, who, role="doctor"), document)
    answer(found, as_json=as_json, text="\n".join(f"{one['login']}  {one['name']}" for one in found) or "Personne.")


@app.command("break")
def break_glass(
    patient: Annotated[str, typer.Argument(metavar="PATIENT", help="Identifiant du patient.")],
    reason: Annotated[str, typer.Option(help="Motif, lu par les médecins du patient.")],
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Lire par exception, pendant quelques heures, tout ce qui concerne un patient."""
    from pipeline import glass

    place = practice(home)
    opened = glass.open_for(place, actor(place, who, role="doctor"), patient, reason=reason)
    until = f"{opened.until.astimezone(place.settings.zone):%d/%m/%Y à %H:%M}"
    text = f"Patient {patient} : documents ouverts en lecture jusqu'au {until}. Ses médecins en sont avertis."
    answer(opened.as_json(), as_json=as_json, text=text)


@app.command("log")
def show_log(
    document: Annotated[str, typer.Option(help="Identifiant d'un document.")] = "",
    patient: Annotated[str, typer.Option(help="Identifiant d'un patient.")] = "",
    account: Annotated[str, typer.Option(help="Compte de qui a consulté.")] = "",
    since: Annotated[datetime | None, typer.Option(help="Depuis quel jour.", formats=DAYS)] = None,
    breaks: Annotated[bool, typer.Option("--breaks", help="Les accès exceptionnels seulement.")] = False,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Qui a consulté quoi : tout pour le responsable de l'archive, ses documents pour un médecin."""
    from pipeline import glass, trace

    place = practice(home)
    person = actor(place, who, role="archivist")
    day = since.replace(tzinfo=place.settings.zone) if since else None
    if breaks:
        found = [
            one.as_json()
            for one in glass.breaks(place, person, since=day)
            if patient in ("", one.patient) and account in ("", one.account)
        ]
        lines = [
            f"{_moment(place, one)}  {one['account']} · patient {one['patient']} · {one['reason']}" for one in found
        ]
    else:
        found = trace.log(place, person, document=document, patient=patient, account=account, since=day)
        lines = [
            f"{_moment(place, one)}  {one['account']} · {trace.label(one['action'])}"
            + (f" · {one['subject']}" if one["subject"] else "")
            for one in found
        ]
    answer(found, as_json=as_json, text="\n".join(lines) or "Aucune consultation.")


def _moment(place: "Practice", line: dict[str, Any]) -> str:
    return f"{datetime.fromisoformat(line['at']).astimezone(place.settings.zone):%d/%m/%Y %H:%M}"


@deputies.command("add")
def add_deputy(
    deputy: Annotated[str, typer.Argument(metavar="REMPLAÇANT", help="Identifiant, nom ou dossier du remplaçant.")],
    principal: Annotated[str, typer.Option("--for", help="Identifiant, nom ou dossier du médecin remplacé.")],
    until: Annotated[datetime, typer.Option(help="Dernier jour, inclus.", formats=DAYS)],
    begins: Annotated[datetime | None, typer.Option("--from", help="Premier jour (aujourd'hui).", formats=DAYS)] = None,
    signs: Annotated[bool, typer.Option("--signs", help="Peut signer à la place du médecin.")] = False,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Laisser un remplaçant ou un interne travailler pour un médecin, jusqu'à un jour donné."""
    from pipeline import store
    from pipeline.people import deputies as standing_in
    from pipeline.people.doctors import named

    place = practice(home)
    person = actor(place, who, role="doctor")
    with place.look() as connection:
        one, other = (str(named(connection, said)["id"]) for said in (deputy, principal))
    today = store.now().astimezone(place.settings.zone).date()
    first, last = begins.date() if begins else today, until.date()
    key = standing_in.add(place, person, deputy=one, principal=other, begins=first, until=last, signs=signs)
    text = f"Remplacement {key} : du {first:%d/%m/%Y} au {last:%d/%m/%Y}" + (", avec signature." if signs else ".")
    answer({"id": key}, as_json=as_json, text=text)


@deputies.command("list")
def list_deputies(who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Qui remplace qui, ou apprend auprès de qui, et jusqu'à quand."""
    from pipeline.people import deputies as standing_in

    place = practice(home)
    found = standing_in.listing(place, reader(place, who))
    lines = [
        f"{one['id']}  {one['deputy_name']} pour {one['principal_name']}, du {one['begins']} au {one['until']}"
        + (", signe" if one["signs"] else "")
        + (" · en cours" if one["running"] else " · à venir" if one["to_come"] else " · terminé")
        for one in found
    ]
    answer(found, as_json=as_json, text="\n".join(lines) or "Aucun remplacement.")


@deputies.command("end")
def end_deputy(
    delegation: Annotated[str, typer.Argument(metavar="ID", help="Identifiant du remplacement.")],
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Mettre fin à un remplacement, tout de suite."""
    from pipeline.people import deputies as standing_in

    place = practice(home)
    standing_in.end(place, actor(place, who, role="doctor"), delegation)
    answer({"id": delegation, "ended": True}, as_json=as_json, text=f"Remplacement {delegation} : terminé.")
