"""`copiste correspondents …`: the people letters are sent to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.terminal import HOME, Home, Json, Who, actor, answer, counted, practice, reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.people.correspondents import Correspondent

app = typer.Typer(help="Correspondants : à qui l'on écrit.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(metavar="ID", help="Identifiant du correspondant.")]
GivenName = Annotated[str | None, typer.Option(help="Prénom.")]
Title = Annotated[str | None, typer.Option(help="Titre : Dr, Pr, Mme…")]
Specialty = Annotated[str | None, typer.Option(help="Spécialité ou métier.")]
Rpps = Annotated[str | None, typer.Option(help="Numéro RPPS.")]
Address = Annotated[list[str] | None, typer.Option(help="Ligne d'adresse (répétable, dans l'ordre).")]
Phone = Annotated[str | None, typer.Option(help="Téléphone.")]
Mail = Annotated[str | None, typer.Option(help="Courriel.")]
SecureMail = Annotated[str | None, typer.Option(help="Adresse MSSanté.")]


@app.command("add")
def add(
    family_name: Annotated[str, typer.Argument(metavar="NOM")],
    given_name: Annotated[str, typer.Argument(metavar="PRÉNOM")] = "",
    title: Title = None,
    specialty: Specialty = None,
    rpps: Rpps = None,
    address: Address = None,
    phone: Phone = None,
    email: Mail = None,
    secure_email: SecureMail = None,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Ajouter un correspondant."""
    from pipeline.people import correspondents

    place = practice(home)
    said = _said(
        title=title, specialty=specialty, rpps=rpps, phone=phone, email=email, secure_email=secure_email,
        address=_lines(address),
    )  # fmt: skip
    person = actor(place, who, role="secretary")
    added = correspondents.add(place, person, family_name=family_name, given_name=given_name, **said)
    _answer(added, as_json=as_json)


@app.command("change")
def change(
    correspondent: Key,
    family_name: Annotated[str | None, typer.Option("--name", help="Nom.")] = None,
    given_name: GivenName = None,
    title: Title = None,
    specialty: Specialty = None,
    rpps: Rpps = None,
    address: Address = None,
    phone: Phone = None,
    email: Mail = None,
    secure_email: SecureMail = None,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Changer un correspondant, ou remettre dans la liste celui qui en avait été retiré."""
    from pipeline.people import correspondents

    place = practice(home)
    said = _said(
        family_name=family_name, given_name=given_name, title=title, specialty=specialty, rpps=rpps, phone=phone,
        email=email, secure_email=secure_email, address=_lines(address),
    )  # fmt: skip
    _answer(correspondents.change(place, actor(place, who, role="secretary"), correspondent, **said), as_json=as_json)


def _said(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _lines(address: "Sequence[str] | None") -> str | None:
    return "\n".join(address) if address else None


def _answer(one: "Correspondent", *, as_json: bool) -> None:
    from pipeline.people.rpps import doubt

    note = doubt(one.rpps)
    answer(_data(one) | {"notes": [note] if note else []}, as_json=as_json, text=f"{_line(one)}\n{note}".strip())


def _data(one: "Correspondent") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(one)


def _line(one: "Correspondent") -> str:
    parts = (one.label, one.address.replace("\n", ", "), one.phone, one.secure_email or one.email)
    return f"{one.id}  " + " · ".join(part for part in (*parts, "" if one.active else "retiré") if part)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="CSV : nom;prénom;titre;spécialité;RPPS;adresse…")],
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Ajouter les correspondants d'un fichier CSV, tous ou aucun ; ceux qui sont déjà là restent comme ils sont."""
    from dataclasses import asdict

    from pipeline.people import addressbook

    place = practice(home)
    done = addressbook.read(place, actor(place, who, role="secretary"), file)
    lines = [f"{counted(done.added, 'correspondant ajouté')}, {counted(done.known, 'déjà connu')}."]
    for told, where in (("Retirés auparavant, laissés", done.removed), ("Numéro RPPS à vérifier", done.doubtful)):
        lines += [f"{told}, lignes : {', '.join(map(str, where))}."] if where else []
    answer(asdict(done), as_json=as_json, text="\n".join(lines))


@app.command("list")
def list_(
    removed: Annotated[bool, typer.Option("--removed", help="Avec ceux qui ont été retirés.")] = False,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Tous les correspondants."""
    from pipeline.people import correspondents

    place = practice(home)
    _answer_all(correspondents.listing(place, reader(place, who), removed=removed), as_json=as_json)


@app.command("find")
def find(
    words: Annotated[str, typer.Argument(metavar="RECHERCHE", help="Nom, prénom, spécialité, ville.")],
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Chercher un correspondant, sans accents ni casse, et par l'oreille."""
    from pipeline.people import correspondents

    place = practice(home)
    _answer_all(correspondents.search(place, reader(place, who), words), as_json=as_json)


def _answer_all(found: "Sequence[Correspondent]", *, as_json: bool) -> None:
    text = "\n".join(_line(one) for one in found) or "Aucun correspondant."
    answer([_data(one) for one in found], as_json=as_json, text=text)


@app.command("remove")
def remove(correspondent: Key, who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Ne plus proposer un correspondant ; les courriers qu'il a reçus gardent son nom."""
    from pipeline.people import correspondents

    place = practice(home)
    correspondents.remove(place, actor(place, who, role="secretary"), correspondent)
    answer({"id": correspondent, "active": False}, as_json=as_json, text=f"Correspondant {correspondent} : retiré.")
