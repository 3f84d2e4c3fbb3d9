"""`copiste dictaphones …`: what each doctor's dictaphone writes in its files, and the passwords that open them."""

import os
from typing import Annotated

import typer

from pipeline.cli.terminal import HOME, Home, Json, Who, answer, counted, keeper, practice, reader, secret

app = typer.Typer(help="Dictaphones : auteurs et mots de passe.", no_args_is_help=True)
PASSWORD = "COPISTE_DICTAPHONE_PASSWORD"  # the name of a variable, not a password
"""Gives the password to a program; a person types it unseen."""


@app.command("add")
def add(
    doctor: Annotated[str, typer.Argument(metavar="MÉDECIN", help="Identifiant, sous-dossier ou nom.")],
    author: Annotated[str, typer.Option(help="Auteur que le dictaphone écrit dans ses fichiers.")] = "",
    password: Annotated[
        bool, typer.Option("--password", help=f"Demander son mot de passe, sans l'afficher ({PASSWORD} le donne).")
    ] = False,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Noter l'auteur ou le mot de passe du dictaphone d'un médecin ; ce qui attendait ce mot de passe repart."""
    from pipeline.engine import open_engine
    from pipeline.people import dictaphones

    place = practice(home)
    person = keeper(place, who, role="technical")
    opens = os.environ.get(PASSWORD, "")
    if password and not opens:
        opens = secret("", asked="Mot de passe du dictaphone")
    key, again = dictaphones.add(
        place, person, doctor=doctor, author=author, password=opens, submit=open_engine(place).submit
    )
    told = f"Dictaphone {key} : enregistré."
    told += f" {counted(again, 'enregistrement')} en attente de ce mot de passe : pris." if again else ""
    answer({"id": key, "opened": again}, as_json=as_json, text=told)


@app.command("list")
def listing(who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Les dictaphones connus ; jamais leurs mots de passe."""
    from pipeline.people import dictaphones

    place = practice(home)
    found = dictaphones.listing(place, reader(place, who))
    lines = [
        f"{one['id']}  {one['doctor_name']}"
        + (f" · auteur {one['author']}" if one["author"] else "")
        + (" · mot de passe connu" if one["password"] else "")
        for one in found
    ]
    answer(found, as_json=as_json, text="\n".join(lines) or "Aucun dictaphone.")


@app.command("remove")
def remove(
    dictaphone: Annotated[str, typer.Argument(metavar="DICTAPHONE", help="Identifiant.")],
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Oublier un dictaphone et son mot de passe ; ce qui est déjà ouvert le reste."""
    from pipeline.people import dictaphones

    place = practice(home)
    dictaphones.remove(place, keeper(place, who, role="technical"), dictaphone)
    answer({"id": dictaphone}, as_json=as_json, text=f"Dictaphone {dictaphone} : oublié.")
