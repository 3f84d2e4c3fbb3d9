"""The doctors of the practice: added, changed, gone; each with a folder, sites and a signing key of their own.

Knows who they are and what becomes of their work when they leave; does not know what they may do (access.py) nor how
a signature is made (sign.py). A doctor is never removed: what they signed names them for as long as the archive lasts.
"""

import unicodedata
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from archive import journal
from archive.ids import new_id
from pipeline import store, tables
from pipeline.access import Actor, require
from pipeline.errors import CopisteError, NotFound
from pipeline.people import rpps as numbers
from pipeline.people import signing
from pipeline.practice import Practice

LONGEST_FOLDER = 60
"""Characters: some systems refuse a path of more than 260."""
LONGEST_DELAY = 24.0 * 365
_FORBIDDEN = frozenset('/\\:*?"<>|')
"""What a folder's name may not hold somewhere: a practice's folder is often a share."""


class BadDoctor(CopisteError):
    """A doctor cannot be added or changed as asked."""

    code = "E063"
    exit_code = 63
    advice = "Ce médecin ne peut pas être enregistré : son nom est vide."


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A doctor as just written."""

    id: str
    notes: tuple[str, ...] = ()
    """What a person should look at, in French: nothing was refused for it."""


def add(
    practice: Practice,
    actor: Actor,
    *,
    name: str,
    folder: str,
    code: str,
    title: str = "Dr",
    specialty: str = "",
    rpps: str = "",
    delay_hours: float | None = None,
) -> Kept:
    """Add a doctor with a signing key of their own, encrypted by their code.

    `delay_hours`: within how long they want their letters typed; None or 0: as each kind says.
    """
    require(actor, "doctors.manage")
    values = _checked(name=name, title=title, specialty=specialty, rpps=rpps, folder=folder)
    delay = _delay(delay_hours)
    signing.require_code(code)
    made = signing.new_key(practice, printed(title, name), code)
    key, kept = new_id(), practice.objects.put(made.encrypted_key_pem)
    with practice.begin() as connection:
        _require_free(connection, values["folder"])
        store.insert_once(
            connection, tables.doctor, id=key, certificate=made.certificate_pem.decode(), signing_key=kept,
            delay_hours=delay, **values,
        )  # fmt: skip
        _journal(connection, actor, "doctor-added", key, certificate=made.certificate_pem)
    (practice.place("inbox") / values["folder"]).mkdir(mode=0o700, exist_ok=True)
    return Kept(id=key, notes=_notes(values))


def change(
    practice: Practice, actor: Actor, doctor: str, *, delay_hours: float | None = None, **asked: str | None
) -> Kept:
    """Change what is known of a doctor: `name`, `title`, `specialty`, `rpps`, `folder`; what is not given stays.

    `delay_hours` as for `add`; 0 takes a promise back. Letters prepared from now on bear it; those that exist are not
    touched.
    """
    require(actor, "doctors.manage")
    values = _checked(**{name: value for name, value in asked.items() if value is not None})
    delay = {} if delay_hours is None else {"delay_hours": _delay(delay_hours)}
    if not values and not delay:
        raise BadDoctor("nothing asked", advice=(
            "Dites ce qui change : --name, --title, --specialty, --rpps, --folder, --delay."
        ))  # fmt: skip
    with practice.begin() as connection:
        row = named(connection, doctor)
        if "folder" in values:
            _require_free(connection, values["folder"], but=row["id"])
        connection.execute(tables.doctor.update().where(tables.doctor.c.id == row["id"]).values(**values, **delay))
        changed = " ".join((*values, *delay))
        store.record(connection, actor=actor.id, action="doctor-changed", subject=row["id"], detail=changed)
    if folder := values.get("folder"):
        (practice.place("inbox") / folder).mkdir(mode=0o700, exist_ok=True)
    renamed = {"name", "title"} & values.keys() and printed(**_called({**row, **values})) != printed(**_called(row))
    return Kept(id=row["id"], notes=_notes(values, renamed=bool(renamed)))


def listing(practice: Practice, actor: Actor, *, former: bool = True) -> list[dict[str, Any]]:
    """The doctors without their keys, in the order of their names; `former`: with those who have left."""
    require(actor, "doctors.see")
    table = tables.doctor
    names = ("id", "title", "name", "specialty", "rpps", "folder", "delay_hours", "active")
    query = sa.select(*(table.c[name] for name in names)).order_by(table.c.name, table.c.id)
    with practice.look() as connection:
        rows = connection.execute(query if former else query.where(table.c.active)).mappings().all()
        places = _sites(connection)
    return [dict(row) | {"sites": places.get(row["id"], [])} for row in rows]


def named(connection: sa.Connection, said: str, *, active: bool = False) -> sa.RowMapping:
    """The doctor of that id, folder or name; NotFound when there is none, or several to choose from."""
    found = store.doctors_called(connection, said)
    if len(found) != 1:
        raise NotFound(f"{len(found)} doctors", advice="Médecin introuvable : voyez « copiste doctors list ».")
    row = store.one(connection, tables.doctor, found[0])
    if active and not row["active"]:
        raise BadDoctor("doctor has left", advice="Ce médecin ne fait plus partie du cabinet.")
    return row


def printed(title: str, name: str) -> str:
    """A doctor as letters say: « Dr Hélène Lambert »."""
    return f"{title} {name}".strip()


def _called(row: Any) -> dict[str, str]:
    return {"title": row["title"], "name": row["name"]}


def _checked(**given: str) -> dict[str, str]:
    values = {name: unicodedata.normalize("NFC", " ".join(value.split())) for name, value in given.items()}
    if values.get("name") == "":
        raise BadDoctor("no name")
    if "folder" in values and not _usable(values["folder"]):
        raise BadDoctor("bad folder", advice="Ce nom de sous-dossier ne convient pas : lettres, chiffres et tirets.")
    try:
        return values | ({"rpps": numbers.read(values["rpps"])} if "rpps" in values else {})
    except ValueError:
        raise BadDoctor("bad RPPS", advice="Un numéro RPPS a onze chiffres.") from None


def _delay(hours: float | None) -> float | None:
    """A promise as it is kept; BadDoctor when it is no number of hours."""
    if hours is not None and not 0 <= hours <= LONGEST_DELAY:
        raise BadDoctor("bad delay", advice="Un délai de frappe est un nombre d'heures ; 0 : celui de chaque modèle.")
    return hours or None


def _usable(folder: str) -> bool:
    """Whether every system takes this as the name of a folder."""
    plain = 0 < len(folder) <= LONGEST_FOLDER and folder.isprintable() and not _FORBIDDEN & set(folder)
    return plain and not folder.startswith((".", "~")) and not folder.endswith(".")


def _require_free(connection: sa.Connection, folder: str, *, but: str = "") -> None:
    """BadDoctor when the folder is another doctor's, one who has left included: what is dropped must not change hands.

    Two names that differ by their capitals are one folder on some systems.
    """
    rows = connection.execute(sa.select(tables.doctor.c.id, tables.doctor.c.folder, tables.doctor.c.active)).all()
    taken = next((row for row in rows if (row.folder or "").casefold() == folder.casefold() and row.id != but), None)
    if taken:
        gone = "d'un médecin parti : donnez-en d'abord un autre à ce dernier (copiste doctors change --folder)"
        whose = "d'un autre médecin" if taken.active else gone
        raise BadDoctor("folder taken", advice=f"Ce sous-dossier est celui {whose}.")


def _notes(values: dict[str, str], *, renamed: bool = False) -> tuple[str, ...]:
    old = "Son certificat de signature porte encore l'ancien nom : « copiste doctors code --new-key » en fait un autre."
    return tuple(note for note in (numbers.doubt(values.get("rpps", "")), old if renamed else "") if note)


def _sites(connection: sa.Connection) -> dict[str, list[str]]:
    """The names of the sites of each doctor."""
    link, site = tables.doctor_site, tables.site
    rows = connection.execute(sa.select(link.c.doctor, site.c.name).join_from(link, site).order_by(site.c.name))
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.doctor, []).append(row.name)
    return found


def _journal(connection: sa.Connection, actor: Actor, action: str, doctor: str, *, certificate: bytes) -> None:
    """A signing key is evidence: whose it is since when is sealed with what it signs."""
    details = {"certificate": signing.fingerprint(certificate)}
    store.record(connection, actor=actor.id, action=action, subject=doctor)
    journal.append(connection, actor=actor.id, action=action, subject=doctor, details=details)
