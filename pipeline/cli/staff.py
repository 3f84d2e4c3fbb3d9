"""`copiste doctors …` and `copiste sites …`: who dictates, and where they work."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.terminal import HOME, Home, Json, Who, actor, answer, counted, keeper, practice, reader, secret

if TYPE_CHECKING:
    from pipeline.access import Actor
    from pipeline.people.leaving import Departure
    from pipeline.practice import Practice

doctors = typer.Typer(help="Médecins.", no_args_is_help=True)
sites = typer.Typer(help="Lieux d'exercice.", no_args_is_help=True)
Delay = Annotated[
    float | None,
    typer.Option("--delay", metavar="HEURES", help="Délai de frappe de ses courriers ; 0 : celui de chaque modèle."),
]
Doctor = Annotated[str, typer.Argument(metavar="MÉDECIN", help="Identifiant, sous-dossier ou nom.")]


@doctors.command("add")
def add_doctor(
    name: Annotated[str, typer.Argument(metavar="NOM", help="Prénom et nom, tels qu'imprimés.")],
    folder: Annotated[str, typer.Option(help="Son sous-dossier de la boîte de dépôt.")],
    code: Annotated[
        str, typer.Option(prompt="Code de signature", hide_input=True, confirmation_prompt=True, envvar="COPISTE_CODE")
    ],
    title: Annotated[str, typer.Option(help="Titre.")] = "Dr",
    specialty: Annotated[str, typer.Option(help="Spécialité.")] = "",
    rpps: Annotated[str, typer.Option(help="Numéro RPPS.")] = "",
    delay: Delay = None,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Ajouter un médecin, son sous-dossier et sa clé de signature."""
    from pipeline.people import doctors as people

    place = practice(home)
    kept = people.add(
        place, keeper(place, who, role="technical"), name=name, folder=folder, code=code, title=title,
        specialty=specialty, rpps=rpps, delay_hours=delay,
    )  # fmt: skip
    told = f"{people.printed(title, name)} : dossier inbox/{folder}, identifiant {kept.id}."
    answer({"id": kept.id, "notes": list(kept.notes)}, as_json=as_json, text="\n".join((told, *kept.notes)))


@doctors.command("list")
def list_doctors(who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Les médecins, leurs sous-dossiers et leurs lieux d'exercice."""
    from pipeline.people import doctors as people

    place = practice(home)
    found = people.listing(place, reader(place, who))
    lines = [
        f"{one['id']}  {people.printed(one['title'], one['name'])} · inbox/{one['folder']}"
        + "".join(f" · {part}" for part in (one["specialty"], ", ".join(one["sites"]), _promise(one)) if part)
        + ("" if one["active"] else " · parti")
        for one in found
    ]
    answer(found, as_json=as_json, text="\n".join(lines) or "Aucun médecin.")


def _promise(one: dict[str, Any]) -> str:
    """« courriers sous 24 h », when the doctor was promised that."""
    return f"courriers sous {one['delay_hours']:g} h".replace(".", ",") if one["delay_hours"] else ""


@doctors.command("change")
def change_doctor(
    doctor: Doctor,
    name: Annotated[str | None, typer.Option(help="Prénom et nom, tels qu'imprimés.")] = None,
    title: Annotated[str | None, typer.Option(help="Titre.")] = None,
    specialty: Annotated[str | None, typer.Option(help="Spécialité.")] = None,
    rpps: Annotated[str | None, typer.Option(help="Numéro RPPS.")] = None,
    folder: Annotated[str | None, typer.Option(help="Son sous-dossier de la boîte de dépôt.")] = None,
    delay: Delay = None,
    returns: Annotated[bool, typer.Option("--returns", help="Il revient après un départ.")] = False,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Changer ce que l'on sait d'un médecin ; les courriers déjà faits ne changent pas."""
    from pipeline.people import doctors as people
    from pipeline.people import leaving

    place = practice(home)
    person, notes = keeper(place, who, role="technical"), list[str]()
    asked = {"name": name, "title": title, "specialty": specialty, "rpps": rpps, "folder": folder}
    key = leaving.come_back(place, person, doctor) if returns else ""
    if not returns or any(value is not None for value in (*asked.values(), delay)):
        kept = people.change(place, person, key or doctor, delay_hours=delay, **asked)
        key, notes = kept.id, list(kept.notes)
    notes += ["Son compte reste fermé : « copiste users open » le rouvre."] if returns else []
    answer({"id": key, "notes": notes}, as_json=as_json, text="\n".join((f"Médecin {key} : enregistré.", *notes)))


@doctors.command("code")
def change_code(
    doctor: Doctor,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Code perdu ou nom changé : une autre clé, un autre certificat.")
    ] = False,
    code: Annotated[str, typer.Option(help="Code actuel.", envvar="COPISTE_CODE", show_default=False)] = "",
    new_code: Annotated[str, typer.Option(help="Nouveau code.", envvar="COPISTE_NEW_CODE", show_default=False)] = "",
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Changer le code de signature d'un médecin ; ce qui est signé reste valable."""
    from pipeline.people import codes

    place = practice(home)
    if new_key:
        person = keeper(place, who, role="technical")
        key = codes.renew(place, person, doctor, new_code=_new_code(new_code))
        told = "nouvelle clé de signature ; ce qui est signé reste valable"
    else:
        person = _doctor_self(place, who, doctor)
        present = secret(code, asked="Code de signature actuel")
        key = codes.change(place, person, doctor, code=present, new_code=_new_code(new_code))
        told = "nouveau code de signature"
    answer({"id": key}, as_json=as_json, text=f"Médecin {key} : {told}.")


def _new_code(said: str) -> str:
    return secret(said, asked="Nouveau code de signature", confirmed=True)


def _doctor_self(place: "Practice", who: str, doctor: str) -> "Actor":
    """Whoever has the present code is the doctor: the only account of theirs, unless another is named."""
    from pipeline.people.doctors import named

    with place.look() as connection:
        key = named(connection, doctor)["id"]
    return actor(place, who, role="doctor", doctor=key)


@doctors.command("leave")
def leave(
    doctor: Doctor,
    to: Annotated[str, typer.Option(help="Médecin qui prend la suite de ce qui est en cours.")] = "",
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Un médecin quitte le cabinet : comptes et sous-dossier fermés ; ses documents et l'archive restent."""
    from dataclasses import asdict

    from pipeline.people import leaving

    place = practice(home)
    done = leaving.leave(place, keeper(place, who, role="technical"), doctor, to=to)
    answer(asdict(done), as_json=as_json, text="\n".join(_departure(done)))


def _departure(done: "Departure") -> list[str]:
    lines = [f"Médecin {done.doctor} : parti."]
    lines += [f"Comptes fermés : {', '.join(done.closed)}."] if done.closed else []
    lines += [f"Passés au médecin qui prend la suite : {', '.join(done.taken)}."] if done.taken else []
    left = (*done.documents, *done.dictations)
    if left:
        lines += [f"Reste en cours à son nom : {counted(len(left), 'document')} ({', '.join(left)})."]
        lines += [f"Pour les confier à un autre médecin : copiste doctors leave {done.doctor} --to MÉDECIN"]
    return [*lines, f"Pour lui remettre ses documents : copiste doctors export {done.doctor}"]


@doctors.command("export")
def export(doctor: Doctor, who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Extraire pour un médecin qui part tous ses documents classés, dans un dossier chiffré d'exports/."""
    from pipeline.safekeeping import departure

    place = practice(home)
    done = departure.export(place, keeper(place, who, role="archivist"), doctor)
    lines = [
        f"{counted(done.documents, 'document')} dans {done.folder}",
        f"Mot de passe, à donner à part (il ne sera plus montré) : {done.password}",
    ]
    lines += [f"À l'accès restreint, laissés : {done.restricted}."] if done.restricted else []
    data = {"folder": str(done.folder), "password": done.password, "documents": done.documents}
    answer(data | {"restricted": done.restricted}, as_json=as_json, text="\n".join(lines))


@sites.command("add")
def add_site(
    name: Annotated[str, typer.Argument(metavar="NOM")],
    address: Annotated[str, typer.Option(help="Adresse.")] = "",
    phone: Annotated[str, typer.Option(help="Téléphone.")] = "",
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Ajouter un lieu d'exercice."""
    from pipeline.people import sites as people

    place = practice(home)
    key = people.add(place, keeper(place, who, role="archivist"), name=name, address=address, phone=phone)
    answer({"id": key}, as_json=as_json, text=f"{name} : identifiant {key}.")


@sites.command("list")
def list_sites(who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Les lieux d'exercice, et qui y travaille."""
    from dataclasses import asdict

    from pipeline.people import doctors as people
    from pipeline.people import sites as places

    place = practice(home)
    person = reader(place, who)
    called = {one["id"]: people.printed(one["title"], one["name"]) for one in people.listing(place, person)}
    found = places.listing(place, person)
    lines = [f"{one.id}  {one.name} · {', '.join(called[key] for key in one.doctors) or 'personne'}" for one in found]
    answer([asdict(one) for one in found], as_json=as_json, text="\n".join(lines) or "Aucun lieu.")


@sites.command("assign")
def assign(
    doctor: Doctor,
    site: Annotated[str, typer.Argument(metavar="LIEU", help="Identifiant ou nom du lieu.")],
    leaves: Annotated[bool, typer.Option("--leaves", help="Il n'y travaille plus.")] = False,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Dire qu'un médecin travaille dans un lieu, ou n'y travaille plus."""
    from pipeline.people import sites as people

    place = practice(home)
    key, where = people.assign(place, keeper(place, who, role="archivist"), doctor, site, leaves=leaves)
    told = "n'y travaille plus" if leaves else "y travaille"
    answer({"doctor": key, "site": where}, as_json=as_json, text=f"Lieu {where} : le médecin {key} {told}.")
