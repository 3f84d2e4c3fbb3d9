"""`copiste pools …` and `copiste absences …`: which secretaries type for whom, and who covers for whom."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.terminal import HOME, Home, Json, Who, answer, keeper, practice, reader

if TYPE_CHECKING:
    from pipeline.people.pools import Pool
    from pipeline.reach import Served

pools = typer.Typer(help="Pools : secrétaires qui travaillent ensemble pour les mêmes médecins.", no_args_is_help=True)
absences = typer.Typer(help="Absences des secrétaires, et qui les remplace.", no_args_is_help=True)
Named = Annotated[str, typer.Argument(metavar="POOL", help="Identifiant ou nom du pool.")]
DAYS = ["%d/%m/%Y", "%Y-%m-%d"]
HOW = {"own": "", "pool": " (pool)", "cover": " (remplace)"}


@pools.command("add")
def add_pool(
    name: Annotated[str, typer.Argument(metavar="NOM")],
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Ajouter un pool, encore vide."""
    from pipeline.people import pools as people

    place = practice(home)
    key = people.add(place, keeper(place, who, role="archivist"), name=name)
    answer({"id": key}, as_json=as_json, text=f"{name} : identifiant {key}.")


@pools.command("assign")
def assign(
    pool: Named,
    doctor: Annotated[list[str] | None, typer.Option(help="Médecin que sert ce pool (répétable).")] = None,
    secretary: Annotated[list[str] | None, typer.Option(help="Compte d'une secrétaire du pool (répétable).")] = None,
    leaves: Annotated[bool, typer.Option("--remove", help="Les retirer du pool.")] = False,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Mettre des médecins et des secrétaires dans un pool, ou les en retirer."""
    from pipeline.people import pools as people

    if not (doctor or secretary):
        raise typer.BadParameter("--doctor ou --secretary")
    place = practice(home)
    of, to = tuple(doctor or ()), tuple(secretary or ())
    key = people.assign(place, keeper(place, who, role="archivist"), pool, of=of, to=to, leaves=leaves)
    told = "sortis du pool" if leaves else "dans le pool"
    data = {"pool": key, "doctors": list(of), "secretaries": list(to), "removed": leaves}
    answer(data, as_json=as_json, text=f"Pool {key} : {', '.join((*of, *to))} {told}.")


@pools.command("list")
def list_pools(who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Les pools : leurs médecins, leurs secrétaires."""
    from dataclasses import asdict

    from pipeline.people import pools as people

    place = practice(home)
    found = people.listing(place, reader(place, who))
    text = "\n".join(_pool(one) for one in found) or "Aucun pool."
    answer([asdict(one) for one in found], as_json=as_json, text=text)


def _pool(one: "Pool") -> str:
    whose = [row["name"] + ("" if row["active"] else " (parti)") for row in one.doctors]
    staff = [row["name"] + ("" if row["active"] else " (compte fermé)") for row in one.secretaries]
    return f"{one.id}  {one.name} · pour {_all(whose)} · {_all(staff)}"


def _all(names: list[str]) -> str:
    return ", ".join(names) or "personne"


@pools.command("remove")
def remove_pool(
    pool: Named,
    yes: Annotated[bool, typer.Option("--yes", help="Même s'il sert encore.")] = False,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Supprimer un pool ; ses secrétaires ne voient plus ses médecins, sauf s'ils sont aussi les leurs."""
    from pipeline.people import pools as people

    place = practice(home)
    key = people.remove(place, keeper(place, who, role="archivist"), pool, even_full=yes)
    answer({"id": key, "removed": True}, as_json=as_json, text=f"Pool {key} : supprimé.")


@pools.command("who")
def who_types(who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Qui travaille pour qui aujourd'hui, absences et remplacements compris."""
    from dataclasses import asdict

    from pipeline.people import pools as people

    place = practice(home)
    found = people.today(place, reader(place, who))
    text = "\n".join(_served(one) for one in found) or "Aucun médecin."
    answer([asdict(one) for one in found], as_json=as_json, text=text)


def _served(one: "Served") -> str:
    typists = ", ".join(typist.name + HOW[typist.ways[0]] for typist in one.typists)
    return f"{one.name} : {typists or 'personne'}"


@absences.command("add")
def add_absence(
    login: Annotated[str, typer.Argument(metavar="COMPTE", help="Compte de la secrétaire absente.")],
    until: Annotated[datetime, typer.Option(help="Dernier jour, inclus.", formats=DAYS)],
    begins: Annotated[datetime | None, typer.Option("--from", help="Premier jour (aujourd'hui).", formats=DAYS)] = None,
    cover: Annotated[str, typer.Option(help="Compte de la secrétaire qui la remplace.")] = "",
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Noter une absence : d'ici là, qui la remplace travaille aussi pour ses médecins."""
    from pipeline import store
    from pipeline.people import absences as away
    from pipeline.people.pools import account

    place = practice(home)
    person = keeper(place, who, role="archivist")
    with place.look() as connection:
        user, other = str(account(connection, login)["id"]), str(account(connection, cover)["id"]) if cover else ""
    today = store.now().astimezone(place.settings.zone).date()
    first, last = begins.date() if begins else today, until.date()
    key = away.add(place, person, user=user, begins=first, until=last, cover=other)
    text = f"Absence {key} : {login}, du {first:%d/%m/%Y} au {last:%d/%m/%Y}"
    answer({"id": key}, as_json=as_json, text=text + (f", remplacement : {cover}." if cover else "."))


@absences.command("list")
def list_absences(who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Qui est absent, de quand à quand, et qui remplace."""
    from pipeline.people import absences as away

    place = practice(home)
    found = away.listing(place, reader(place, who))
    answer(found, as_json=as_json, text="\n".join(map(_absence, found)) or "Aucune absence.")


def _absence(one: dict[str, Any]) -> str:
    days = " au ".join(f"{date.fromisoformat(one[name]):%d/%m/%Y}" for name in ("begins", "until"))
    cover = f", remplacement : {one['cover_name']}" if one["cover"] else ""
    state = "en cours" if one["running"] else "à venir" if one["to_come"] else "terminée"
    return f"{one['id']}  {one['name']}, du {days}{cover} · {state}"


@absences.command("end")
def end_absence(
    absence: Annotated[str, typer.Argument(metavar="ID", help="Identifiant de l'absence.")],
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Mettre fin à une absence et à son remplacement, tout de suite."""
    from pipeline.people import absences as away

    place = practice(home)
    away.end(place, keeper(place, who, role="archivist"), absence)
    answer({"id": absence, "ended": True}, as_json=as_json, text=f"Absence {absence} : terminée.")
