"""Correspondents read from a file: the address book of another program, as CSV, all of it or nothing.

Columns go by their name, in any order: `nom;prénom;titre;spécialité;RPPS;adresse;code postal;ville;téléphone;
courriel;MSSanté`; of these only the name is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline import store
from pipeline.access import Actor, require
from pipeline.agenda import files
from pipeline.people import correspondents
from pipeline.people import rpps as numbers
from pipeline.people.correspondents import BadCorrespondent
from pipeline.practice import Practice

_EXPECTED = "nom;prénom;titre;spécialité;RPPS;adresse;code postal;ville;téléphone;courriel;MSSanté"
_COLUMNS: files.Columns = {
    "family_name": ("nom", "nom de famille", "nom d exercice", "nom exercice", "nom correspondant", "nom usuel"),
    "given_name": ("prenom", "prenoms", "prenom d exercice", "prenom exercice"),
    "title": ("titre", "civilite", "civilite d exercice"),
    "specialty": ("specialite", "profession", "discipline", "libelle savoir faire", "libelle profession"),
    "rpps": ("rpps", "numero rpps", "n rpps", "no rpps", "identifiant rpps", "identifiant pp"),
    "street": ("adresse", "adresse 1", "rue", "voie", "adresse postale"),
    "street_more": ("adresse 2", "complement", "complement d adresse", "complement adresse"),
    "postcode": ("code postal", "cp"),
    "town": ("ville", "commune", "localite"),
    "phone": ("telephone", "tel", "telephone 1", "tel professionnel", "telephone professionnel"),
    "email": ("courriel", "email", "e mail", "mail", "adresse electronique", "adresse mail", "adresse e mail"),
    "secure_email": ("mssante", "adresse mssante", "mail securise", "messagerie securisee", "adresse bal mssante"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of the lines of a file of correspondents."""

    added: int
    known: int
    """Lines of people who are in the list already: they stay as they are."""
    removed: tuple[int, ...]
    """Lines of people who had been removed, and are not brought back."""
    doubtful: tuple[int, ...]
    """Lines whose RPPS number seems wrong; they were taken."""


def read(practice: Practice, actor: Actor, file: Path) -> Imported:
    """Add the people of a CSV, all or none. BadAgenda, with the line, when one of them cannot be used."""
    require(actor, "correspondents.manage")
    lines = [(line, _values(row, line)) for line, row in files.table(file, columns=_COLUMNS, expected=_EXPECTED)]
    added, removed = 0, list[int]()
    with practice.begin() as connection:
        known = correspondents.index(connection)
        for line, values in lines:
            there = correspondents.same(known, values)
            if there is None:
                correspondents.note(known, correspondents.insert(connection, values))
                added += 1
            elif not there.active:
                removed.append(line)
        store.record(connection, actor=actor.id, action="correspondents-imported", subject="", detail=str(added))
    return Imported(
        added=added, known=len(lines) - added - len(removed), removed=tuple(removed),
        doubtful=tuple(line for line, values in lines if numbers.doubt(values["rpps"])),
    )  # fmt: skip


def _values(row: Mapping[str, str], line: int) -> dict[str, str]:
    town = f"{row.get('postcode', '')} {row.get('town', '')}".strip()
    address = "\n".join(part for part in (row.get("street", ""), row.get("street_more", ""), town) if part)
    try:
        return correspondents.checked({**row, "address": address})
    except BadCorrespondent as error:
        raise files.bad(line, error.advice[0].lower() + error.advice[1:].rstrip(".")) from None
