"""`copiste patients …` and `copiste agenda …`: who the documents are about."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.terminal import HOME, Home, Json, Who, actor, answer, counted, practice, reader

if TYPE_CHECKING:
    from archive.records import Sex

patients = typer.Typer(help="Fichier des patients.", no_args_is_help=True)
agenda = typer.Typer(help="Agenda : qui est attendu quel jour.", no_args_is_help=True)


@patients.command("add")
def add_patient(
    family_name: Annotated[str, typer.Argument(metavar="NOM")],
    given_name: Annotated[str, typer.Argument(metavar="PRÉNOM")],
    who: Who = "",
    born: Annotated[datetime | None, typer.Option(help="Date de naissance.", formats=["%d/%m/%Y", "%Y-%m-%d"])] = None,
    sex: Annotated[str, typer.Option(help="F ou M.")] = "",
    apart: Annotated[bool, typer.Option("--apart", help="C'est une autre personne que son homonyme.")] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Ajouter un patient. Les homonymes restent des personnes distinctes."""
    from pipeline import register
    from pipeline.contracts import patient_json

    place = practice(home)
    added = register.add_patient(
        place, actor(place, who, role="secretary"), family_name=family_name, given_name=given_name,
        birth_date=born.date() if born else None, sex=_sex(sex), apart=apart,
    )  # fmt: skip
    answer(patient_json(added), as_json=as_json, text=f"{added.id}  {added.label}")


def _sex(letter: str) -> "Sex | None":
    sexes: dict[str, Sex] = {"F": "F", "M": "M"}
    if letter and letter.upper() not in sexes:
        raise typer.BadParameter("F ou M")
    return sexes.get(letter.upper())


@patients.command("find")
def find_patient(
    words: Annotated[str, typer.Argument(metavar="RECHERCHE", help="Nom, prénom ou date de naissance.")],
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Chercher un patient, sans accents ni casse, et par l'oreille."""
    from pipeline import register
    from pipeline.contracts import patient_json

    place = practice(home)
    found = register.find_patients(place, reader(place, who), words)
    answer(
        [patient_json(one) for one in found],
        as_json=as_json,
        text="\n".join(f"{one.id}  {one.label}" for one in found) or "Aucun patient.",
    )


@patients.command("import")
def import_patients(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="CSV : nom;prénom;né le;sexe")],
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Ajouter les patients d'un fichier CSV ; ceux qui y sont déjà restent, les homonymes douteux sont laissés."""
    from pipeline import register

    place = practice(home)
    done = register.import_patients(place, actor(place, who, role="secretary"), file)
    lines = ", ".join(str(line) for line in done.left)
    left = f"\nHomonymes à ajouter à la main (copiste patients add --apart), lignes : {lines}." if lines else ""
    answer(
        {"added": done.added, "known": done.known, "left": list(done.left)}, as_json=as_json,
        text=f"{counted(done.added, 'patient ajouté')}, {counted(done.known, 'déjà connu')}.{left}",
    )  # fmt: skip


@agenda.command("import")
def import_agenda(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="CSV (date;heure;nom;prénom;né le;médecin) ou ICS.")],
    doctor: Annotated[str, typer.Option(help="Médecin (identifiant, nom ou dossier) de tous ces rendez-vous.")] = "",
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Lire l'agenda : il aide à reconnaître les patients dictés, il ne classe rien."""
    from pipeline import register

    place = practice(home)
    count = register.import_agenda(place, actor(place, who, role="secretary"), file, doctor=doctor)
    answer({"appointments": count}, as_json=as_json, text=f"{count} rendez-vous lus.")


@agenda.command("show")
def show_agenda(
    day: Annotated[datetime | None, typer.Option(help="Jour.", formats=["%d/%m/%Y", "%Y-%m-%d"])] = None,
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Qui est attendu un jour donné (aujourd'hui par défaut)."""
    from pipeline import register

    place = practice(home)
    found = register.expected(place, reader(place, who), day=day.date() if day else None)
    answer(found, as_json=as_json, text="\n".join(_expected(one) for one in found) or "Personne.")


def _expected(one: dict[str, str]) -> str:
    born = f", {one['birth_date']}" if one["birth_date"] else ""
    return f"{one['time'] or '--:--'}  {one['family_name']} {one['given_name']}{born}"
