"""What every command shares: the folder, the person who asks, and how an answer is printed."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pipeline.access import Actor
    from pipeline.practice import Practice

Home = Annotated[Path, typer.Option("--home", envvar="COPISTE_HOME", help="Dossier du cabinet.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Réponse pour un programme.")]
Who = Annotated[str, typer.Option("--as", envvar="COPISTE_USER", help="Compte au nom duquel agir.", show_default=False)]
HOME = Path.home() / "copiste"


def practice(home: Path) -> "Practice":
    """The practice of this folder."""
    from pipeline.practice import open_practice

    return open_practice(home)


def reader(place: "Practice", login: str) -> "Actor":
    """The person a command looks for: their rights apply; without an account, the operator of the machine."""
    from pipeline.access import OPERATOR

    return actor(place, login, role="") if login else OPERATOR


def actor(place: "Practice", login: str, *, role: str, doctor: str | None = None) -> "Actor":
    """The person a command acts for; without an account, the only one of that role."""
    from pipeline import accounts

    with place.begin() as connection:
        if login:
            return accounts.actor(connection, login, settings=place.settings)
        return accounts.only(connection, role=role, doctor=doctor, settings=place.settings)


def keeper(place: "Practice", login: str, *, role: str) -> "Actor":
    """The person a command on people acts for: as `actor`, or whoever types it while nobody has that role yet."""
    from pipeline.people import members

    if login:
        return actor(place, login, role=role)
    with place.begin() as connection:
        return members.acting(connection, place.settings, role=role)


def secret(said: str, *, asked: str, confirmed: bool = False) -> str:
    """A code or a password: what was given, else asked for without being shown."""
    return said or str(typer.prompt(asked, hide_input=True, confirmation_prompt=confirmed))


def answer(data: Any, *, as_json: bool, text: str) -> None:
    """Print the answer: one JSON document, or French for people."""
    if as_json:
        json.dump(data, sys.stdout, ensure_ascii=False)
        sys.stdout.write("\n")
    else:
        print(text)


def counted(count: int, words: str) -> str:
    """« 1 patient ajouté », « 2 patients ajoutés »: with none or one, French has no plural."""
    if count < 2 or words.startswith("déjà"):
        return f"{count} {words}{'s' if count > 1 else ''}"
    return f"{count} {' '.join(f'{word}s' for word in words.split())}"
