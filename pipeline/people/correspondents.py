"""The people letters are sent to: doctors elsewhere, nurses, insurers; found by name, without accents and by ear.

Knows nothing of letters. Nobody is ever removed: whom a letter went to must be known for as long as the letter is.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from archive import names
from archive.ids import new_id
from pipeline import store, tables
from pipeline.access import Actor, require
from pipeline.errors import CopisteError
from pipeline.people import rpps as numbers
from pipeline.practice import Practice

MOST = 20
"""How many a search gives."""
_CLOSE = 0.72
"""Below this, two words are different names: one slip in four letters, as for patients."""
_ELSEWHERE = 0.8
"""What a word that is in the specialty or the address counts, beside one of the name."""
_TITLES = frozenset({"dr", "docteur", "docteure", "pr", "professeur", "professeure", "m", "mr", "mme", "monsieur",
                     "madame", "maitre"})  # fmt: skip


class BadCorrespondent(CopisteError):
    """A correspondent cannot be added or changed as asked."""

    code = "E161"
    exit_code = 161
    advice = "Ce correspondant ne peut pas être enregistré : il lui faut un nom."


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondent:
    """Someone letters are sent to."""

    id: str
    title: str
    family_name: str
    given_name: str
    specialty: str
    rpps: str
    address: str
    """Lines under the name, as on an envelope."""
    phone: str
    email: str
    secure_email: str
    """MSSanté address."""
    active: bool

    @property
    def label(self) -> str:
        """How people read them: « Dr Anne Petit, cardiologie »."""
        named = " ".join(word for word in (self.title, self.given_name, self.family_name) if word)
        return f"{named}, {self.specialty}" if self.specialty else named


Index = dict[str, list[Correspondent]]
FIELDS = tuple(name for name in Correspondent.__slots__ if name not in ("id", "active"))
"""What may be said of a correspondent."""


def add(practice: Practice, actor: Actor, **said: str) -> Correspondent:
    """Add someone (`family_name` and any of FIELDS); BadCorrespondent when they are there already, removed or not."""
    require(actor, "correspondents.manage")
    values = checked(said)
    with practice.begin() as connection:
        if there := same(index(connection), values):
            raise BadCorrespondent("known", advice=_known(there))
        added = insert(connection, values)
        store.record(connection, actor=actor.id, action="correspondent-added", subject=added.id)
    return added


def change(practice: Practice, actor: Actor, key: str, **said: str) -> Correspondent:
    """Change what is known of someone, removed or not: they are kept from then on. What is not said stays."""
    require(actor, "correspondents.manage")
    with practice.begin() as connection:
        before = _read(store.one(connection, tables.correspondent, key))
        values = checked({name: getattr(before, name) for name in FIELDS} | said)
        if (there := same(index(connection), values)) and there.id != key:
            raise BadCorrespondent("known", advice=_known(there))
        _update(connection, key, **values, search_key=_search_key(values), active=True)
        store.record(connection, actor=actor.id, action="correspondent-changed", subject=key)
        return _read(store.one(connection, tables.correspondent, key))


def remove(practice: Practice, actor: Actor, key: str) -> None:
    """Propose someone no more: letters sent to them keep their name, an import does not bring them back."""
    require(actor, "correspondents.manage")
    with practice.begin() as connection:
        store.one(connection, tables.correspondent, key)
        _update(connection, key, active=False)
        store.record(connection, actor=actor.id, action="correspondent-removed", subject=key)


def search(practice: Practice, actor: Actor, words: str) -> list[Correspondent]:
    """`find`, for someone who may."""
    require(actor, "correspondents.find")
    with practice.look() as connection:
        return find(connection, words)


def listing(practice: Practice, actor: Actor, *, removed: bool = False) -> list[Correspondent]:
    """All of them in the order of their names; `removed`: with those who were removed."""
    require(actor, "correspondents.find")
    table = tables.correspondent
    query = sa.select(table).order_by(table.c.search_key, table.c.id)
    with practice.look() as connection:
        rows = connection.execute(query if removed else query.where(table.c.active)).mappings().all()
    return [_read(row) for row in rows]


def find(connection: sa.Connection, words: str, *, limit: int = MOST) -> list[Correspondent]:
    """Those who answer every word, best first: names in any order, by ear or with a slip; specialty, town; an id.

    Two people who resemble each other both come: it is for a person to choose. Who was removed does not come.
    """
    asked = [word for word in names.plain(words).split() if word not in _TITLES][:8]
    table = tables.correspondent
    columns = (table.c.id, table.c.search_key, table.c.specialty, table.c.address)
    rows = connection.execute(sa.select(*columns).where(table.c.active)).all() if asked else []
    scored = [
        (_score(asked, row.search_key.split(), names.plain(f"{row.specialty} {row.address}")), row) for row in rows
    ]
    best = sorted((-score, row.search_key, row.id) for score, row in scored if score)[:limit]
    ids = [words.strip(), *(key for _, _, key in best)]
    found = {
        row["id"]: _read(row) for row in connection.execute(sa.select(table).where(table.c.id.in_(ids))).mappings()
    }
    return [found[key] for key in dict.fromkeys(ids) if key in found and found[key].active]


def index(connection: sa.Connection) -> Index:
    """Everyone, removed or not, by what tells that two are one person."""
    found: Index = {}
    for row in connection.execute(sa.select(tables.correspondent)).mappings():
        note(found, _read(row))
    return found


def note(found: Index, one: Correspondent) -> None:
    """Put one more in the index."""
    for sign in _signs(_values(one)):
        found.setdefault(sign, []).append(one)


def same(known: Index, values: Mapping[str, str]) -> Correspondent | None:
    """Who is this very person: the same RPPS, or the same names at the same address unless their RPPS differ."""
    alike = (one for sign in _signs(values) for one in known.get(sign, ()))
    likely = [one for one in alike if not (one.rpps and values["rpps"]) or one.rpps == values["rpps"]]
    return min(likely, key=lambda one: not one.active, default=None)


def insert(connection: sa.Connection, values: Mapping[str, str]) -> Correspondent:
    """Write a new row in the caller's transaction, from what `checked` gave."""
    added = Correspondent(id=new_id(), active=True, **values)
    row = {"id": added.id, "search_key": _search_key(values), **values}
    connection.execute(tables.correspondent.insert().values(**row))
    return added


def checked(said: Mapping[str, str]) -> dict[str, str]:
    """Every field, tidied; BadCorrespondent says in French what is wrong."""
    values = {name: _tidy(said.get(name, ""), lines=name == "address") for name in FIELDS}
    if not names.key(values["family_name"]):
        raise BadCorrespondent("no family name")
    for name in ("email", "secure_email"):
        if values[name] and not _is_mail(values[name]):
            raise BadCorrespondent("bad address", advice="Une adresse électronique s'écrit nom@domaine.fr.")
    try:
        return values | {"rpps": numbers.read(values["rpps"])}
    except ValueError:
        raise BadCorrespondent("bad RPPS", advice="Un numéro RPPS a onze chiffres.") from None


def _known(there: Correspondent) -> str:
    if there.active:
        return f"Ce correspondant est déjà dans la liste : {there.id}."
    return f"Ce correspondant avait été retiré : « copiste correspondents change {there.id} » le remet dans la liste."


def _signs(values: Mapping[str, str]) -> tuple[str, ...]:
    """What this person would be recognised by."""
    place = f"{_search_key(values)}|{names.key(values['address'])}"
    return (values["rpps"], place) if values["rpps"] else (place,)


def _score(asked: list[str], own: list[str], elsewhere: str) -> float:
    """How well someone answers, 0 when a word meets nothing of theirs."""
    others = set(elsewhere.split())
    met = [max(_met(word, own), _ELSEWHERE if _is_in(word, others) else 0.0) for word in asked]
    return sum(met) / len(met) if min(met) >= _CLOSE else 0.0


def _met(word: str, own: list[str]) -> float:
    return max((names.likeness(word, one) for one in own), default=0.0)


def _is_in(word: str, others: set[str]) -> bool:
    """« cardiologue » is in « cardiologie »."""
    beginning = word[: max(4, len(word) - 2)]
    return word in others or (len(word) >= 4 and any(one.startswith(beginning) for one in others))


def _search_key(values: Mapping[str, str]) -> str:
    return names.plain(f"{values['family_name']} {values['given_name']}")


def _tidy(value: str, *, lines: bool) -> str:
    parts = (" ".join(line.split()) for line in value.splitlines()) if lines else [" ".join(value.split())]
    return unicodedata.normalize("NFC", "\n".join(part for part in parts if part))


def _is_mail(value: str) -> bool:
    name, _, domain = value.partition("@")
    return bool(name) and "." in domain and not {" ", "@", ",", ";", "<", ">"} & set(domain + name)


def _values(one: Correspondent) -> dict[str, str]:
    return {name: getattr(one, name) for name in FIELDS}


def _read(row: Mapping[Any, Any]) -> Correspondent:
    return Correspondent(**{name: row[name] for name in Correspondent.__slots__})


def _update(connection: sa.Connection, key: str, **values: Any) -> None:
    connection.execute(tables.correspondent.update().where(tables.correspondent.c.id == key).values(**values))
