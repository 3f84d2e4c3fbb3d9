"""`copiste users …`: accounts, their roles, whom they work for."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.terminal import HOME, Home, Json, Who, answer, counted, keeper, practice, reader

if TYPE_CHECKING:
    from datetime import tzinfo

    from pipeline.access import Actor
    from pipeline.people.members import Member
    from pipeline.practice import Practice

app = typer.Typer(help="Comptes.", no_args_is_help=True)
Login = Annotated[str, typer.Argument(metavar="COMPTE")]
Password = Annotated[
    str, typer.Option(prompt="Mot de passe", hide_input=True, confirmation_prompt=True, envvar="COPISTE_PASSWORD")
]
ROLES = "secretary, doctor, locum (remplaçant), intern (interne), archivist ou technical."


@app.command("add")
def add(
    login: Login,
    name: Annotated[str, typer.Argument(metavar="NOM")],
    role: Annotated[str, typer.Option(help=ROLES)],
    password: Password,
    doctor: Annotated[
        str, typer.Option(help="Pour un médecin, un remplaçant ou un interne : lequel (identifiant, dossier ou nom).")
    ] = "",
    limited: Annotated[
        bool, typer.Option("--limited", help="Secrétaire : ne voit rien avant « copiste users scope ».")
    ] = False,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Ouvrir un compte."""
    from pipeline.opening import role_label
    from pipeline.people import members

    place = practice(home)
    key = members.add(
        place, keeper(place, who, role=members.keeper_of(role)), login=login, name=name, role=role,
        password=password, doctor=doctor, everyone=not limited,
    )  # fmt: skip
    answer({"id": key}, as_json=as_json, text=f"Compte {login} ouvert ({role_label(role)}).")


@app.command("list")
def list_(who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Les comptes : rôle, médecin, pour qui, ouverts ou fermés."""
    from dataclasses import asdict

    from pipeline.people import members

    place = practice(home)
    found = members.listing(place, reader(place, who))
    data = [asdict(one) | {"waits_until": one.waits_until.isoformat() if one.waits_until else None} for one in found]
    lines = [_line(one, place.settings.zone) for one in found]
    answer(data, as_json=as_json, text="\n".join(lines) or "Aucun compte.")


def _line(one: "Member", zone: "tzinfo") -> str:
    from datetime import UTC, datetime

    from pipeline.opening import role_label

    parts = [one.login, one.name, role_label(one.role), one.doctor, _scope(one)]
    parts += [counted(one.failures, "essai manqué") if one.failures else ""]
    waits = one.waits_until and one.waits_until > datetime.now(UTC)
    parts += [f"attend jusqu'à {one.waits_until.astimezone(zone):%H h %M}" if waits and one.waits_until else ""]
    return " · ".join(part for part in (*parts, "" if one.active else "fermé") if part)


def _scope(one: "Member") -> str:
    if one.role != "secretary":
        return ""
    return (
        "tous les médecins"
        if one.everyone
        else f"pour {', '.join((*one.doctors, *one.sites, *one.pools)) or 'personne'}"
    )


@app.command("close")
def close(login: Login, who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Fermer un compte et ses connexions ; ses actes passés gardent son nom."""
    from pipeline.people import members

    place = practice(home)
    members.close(place, _keeper(place, who, login), login)
    answer({"login": login, "active": False}, as_json=as_json, text=f"Compte {login} fermé.")


@app.command("open")
def open_(login: Login, who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Rouvrir un compte fermé, ou qui attend après trop d'essais ; son mot de passe ne change pas."""
    from pipeline.people import members

    place = practice(home)
    members.reopen(place, _keeper(place, who, login), login)
    answer({"login": login, "active": True}, as_json=as_json, text=f"Compte {login} ouvert.")


@app.command("password")
def password(login: Login, password: Password, who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Changer un mot de passe, le sien ou celui d'un compte que l'on tient ; ses connexions sont fermées."""
    from pipeline.people import members

    place = practice(home)
    members.change_password(place, _keeper(place, who, login), login, password=password)
    answer({"login": login}, as_json=as_json, text=f"Mot de passe de {login} changé.")


@app.command("role")
def role(
    login: Login,
    role: Annotated[str, typer.Argument(metavar="RÔLE", help=ROLES)],
    doctor: Annotated[str, typer.Option(help="Pour un médecin, un remplaçant ou un interne : lequel.")] = "",
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Changer le rôle d'un compte ; une secrétaire ne voit plus rien avant « copiste users scope »."""
    from pipeline.opening import role_label
    from pipeline.people import members

    place = practice(home)
    members.change_role(place, _keeper(place, who, login), login, role=role, doctor=doctor)
    answer({"login": login, "role": role}, as_json=as_json, text=f"Compte {login} : {role_label(role)}.")


@app.command("scope")
def scope(
    login: Login,
    everyone: Annotated[bool, typer.Option("--everyone", help="Travaille pour tous les médecins.")] = False,
    doctor: Annotated[list[str] | None, typer.Option(help="Médecin pour qui elle travaille (répétable).")] = None,
    site: Annotated[list[str] | None, typer.Option(help="Lieu dont elle sert tous les médecins (répétable).")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Ne travaille plus pour personne.")] = False,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Dire pour quels médecins une secrétaire travaille ; remplace ce qui était dit."""
    from pipeline.people import members

    if [everyone, nobody, bool(doctor or site)].count(True) != 1:
        raise typer.BadParameter("--everyone, --nobody, ou des --doctor et --site")
    place = practice(home)
    of, at = tuple(doctor or ()), tuple(site or ())
    members.change_scope(place, keeper(place, who, role="archivist"), login, everyone=everyone, of=of, at=at)
    told = "tous les médecins" if everyone else ", ".join((*of, *at)) or "personne"
    data = {"login": login, "everyone": everyone, "doctors": list(of), "sites": list(at)}
    answer(data, as_json=as_json, text=f"Compte {login} : travaille pour {told}.")


def _keeper(place: "Practice", who: str, login: str) -> "Actor":
    """Who acts on this account when nobody is named: the only one whose it is to keep."""
    from pipeline.people import members

    return keeper(place, who, role=members.kept_by(place, login))
