"""The register of patients: added, read, found by what people remember of a name, and never merged silently.

A name is compared as `names` does: without accents, case or hyphens, in any order, by ear, or nearly. Two people who
resemble each other are always given apart, with what makes them alike. Knows nothing of documents.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal

from archive import journal, names
from archive.errors import PatientConflict, PatientUnknown
from archive.ids import is_id, new_id
from archive.records import Patient, Sex

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Row

_DATE = re.compile(r"\b(?:(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})|(\d{4})-(\d{2})-(\d{2}))\b")
_CLOSE = 0.72
"""Below this, two words are different names: one slip in four letters."""
_MOST = 5000
"""How many people a search looks at closely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Someone already in the register who may be the person spoken of."""

    patient: Patient
    name: Literal["same", "close"]
    birth: Literal["same", "close", "other", "unknown"]

    @property
    def exact(self) -> bool:
        """Tell whether name and birth date are both the same."""
        return (self.name, self.birth) == ("same", "same")

    @property
    def why(self) -> str:
        """Say in French what makes them alike."""
        name = {"same": "même nom et même prénom", "close": "nom proche"}[self.name]
        birth = {"same": "même date", "close": "date proche", "other": "autre date", "unknown": "date inconnue"}
        return f"{name}, {birth[self.birth]} de naissance".replace("date inconnue de", "date inconnue pour la")


def add(
    connection: "Connection",
    *,
    family_name: str,
    given_name: str,
    birth_date: date | None = None,
    sex: Sex | None = None,
    actor: str,
    apart: bool = False,
) -> Patient:
    """Add a patient in the caller's transaction.

    Raise PatientConflict when someone of that very name and birth date is there already (or whose birth date, or
    this one's, is not known), unless a person has said that they are two people (`apart`).
    """
    from archive.tables import patient, patient_word

    family_name, given_name = (
        unicodedata.normalize("NFC", " ".join(name.split())) for name in (family_name, given_name)
    )
    if not names.key(family_name):
        raise ValueError("a patient needs a family name")
    if not apart and any(_indistinct(one) for one in same_person(connection, family_name, given_name, birth_date)):
        raise PatientConflict("someone with this name and birth date is already registered")
    added = Patient(id=new_id(), family_name=family_name, given_name=given_name, birth_date=birth_date, sex=sex)
    keys = {"family_key": names.key(family_name), "given_key": names.key(given_name)}
    connection.execute(patient.insert().values(_columns(added) | keys | {"created_at": datetime.now(UTC)}))
    connection.execute(patient_word.insert(), _word_rows(added))
    journal.append(connection, actor=actor, action="patient-added", subject=added.id)
    return added


def get(connection: "Connection", patient_id: str) -> Patient:
    """Give the patient who has this id; raise PatientUnknown."""
    from archive.tables import patient

    row = connection.execute(patient.select().where(patient.c.id == patient_id)).first()
    if row is None:
        raise PatientUnknown(f"no patient {patient_id!r}" if is_id(patient_id) else "this is not a patient's id")
    return _patient(row)


def find(connection: "Connection", query: str, *, limit: int = 20) -> list[Patient]:
    """Find patients by free words: names in any order, a birth date (12/03/1954 or 1954-03-12), or an id.

    Best match first. When a birth date is asked for, those born another day are left out, except on a date that a
    slip or a swap of day and month would give.
    """
    if is_id(query.strip()):
        with suppress(PatientUnknown):
            return [get(connection, query.strip())]
    words, birth = _split(query)
    best: dict[Patient, float] = {}
    for reading in _readings(words):
        _keep_best(best, _matching(connection, reading, birth))
    if not best:
        _keep_best(best, _matching(connection, words, birth, slips=True))
    return sorted(best, key=lambda one: (-best[one], *_order(one)))[:limit]


def born_like(connection: "Connection", day: date, *, limit: int = 200) -> list[Patient]:
    """Give everyone born on that day and month, whatever the year: a year is what is misheard first."""
    import sqlalchemy as sa

    from archive.tables import patient

    month, number = sa.extract("month", patient.c.birth_date), sa.extract("day", patient.c.birth_date)
    rows = connection.execute(patient.select().where(month == day.month, number == day.day).limit(limit))
    return sorted(map(_patient, rows), key=_order)


def same_person(
    connection: "Connection", family_name: str, given_name: str, birth_date: date | None = None
) -> tuple[Candidate, ...]:
    """Give everyone who may be this person, each apart, the likeliest first.

    That is: all who bear this name (whatever their birth date), and all whose name is close, by ear or by a slip,
    unless they are known to be born on quite another day.
    """
    found = find(connection, f"{family_name} {given_name}", limit=200)
    if birth_date:
        found += _born(connection, birth_date)
    asked = (family_name, given_name)
    likely = {one.id: _compare(one, asked, birth_date) for one in found}
    order = {"same": 0, "close": 1, "unknown": 2, "other": 3}
    kept = (one for one in likely.values() if one and (one.name == "same" or one.birth != "other"))
    return tuple(sorted(kept, key=lambda one: (one.name != "same", order[one.birth], one.patient.id)))


def _indistinct(candidate: Candidate) -> bool:
    return candidate.name == "same" and candidate.birth in ("same", "unknown")


def _compare(known: Patient, asked: tuple[str, str], birth: date | None) -> Candidate | None:
    pair = (known.family_name, known.given_name)
    if tuple(map(names.key, pair)) == tuple(map(names.key, asked)):
        return Candidate(patient=known, name="same", birth=_compare_births(known.birth_date, birth))
    if max(_closeness(asked, pair), _closeness(asked, pair[::-1])) < _CLOSE:
        return None
    return Candidate(patient=known, name="close", birth=_compare_births(known.birth_date, birth))


def _closeness(asked: tuple[str, str], known: tuple[str, str]) -> float:
    """Tell how close the farther of two names is; one that was not said is not compared."""
    pairs = [(names.key(one), names.key(other)) for one, other in zip(asked, known, strict=True) if names.key(one)]
    return min((names.likeness(one, other) for one, other in pairs), default=0.0)


def _compare_births(known: date | None, asked: date | None) -> Literal["same", "close", "other", "unknown"]:
    if known is None or asked is None:
        return "unknown"
    if known == asked:
        return "same"
    swapped = (known.year, known.day, known.month) == (asked.year, asked.month, asked.day)
    slips = sum(one != other for one, other in zip(known.isoformat(), asked.isoformat(), strict=True))
    return "close" if swapped or slips == 1 else "other"


def _split(query: str) -> tuple[list[str], date | None]:
    """Separate the name's words from the birth date."""
    birth = None
    if said := _DATE.search(query):
        day, month, year, iso_year, iso_month, iso_day = said.groups()
        with suppress(ValueError):
            birth = date(int(year or iso_year), int(month or iso_month), int(day or iso_day))
            query = query[: said.start()] + " " + query[said.end() :]
    return names.plain(query).split()[:8], birth


def _readings(words: Sequence[str]) -> list[list[str]]:
    """Give the ways to read the words asked: as they are, without particles, or with two neighbours written as one."""
    bare = [word for word in words if word not in names.PARTICLES]
    joined = [[*words[:i], words[i] + words[i + 1], *words[i + 2 :]] for i in range(len(words) - 1)]
    whole = [["".join(words)]] if len(words) > 2 else []
    return [list(words), *([bare] if bare and bare != list(words) else []), *joined, *whole]


def _keep_best(best: dict[Patient, float], found: Iterable[tuple[Patient, float]]) -> None:
    for one, score in found:
        best[one] = max(score, best.get(one, 0.0))


def _matching(
    connection: "Connection", words: Sequence[str], birth: date | None, *, slips: bool = False
) -> list[tuple[Patient, float]]:
    """Give those who answer this reading, by ear; with `slips`, also by words written with a slip."""
    if not words:
        return [(one, 1.0) for one in (_born(connection, birth) if birth else [])]
    sets = [_bearing(connection, word, slips=slips) for word in set(words)]
    ids = sorted(set.intersection(*sets))[:_MOST]
    scored = ((one, _score(one, words, birth)) for one in _load(connection, ids))
    return [(one, score) for one, score in scored if score]


def _score(known: Patient, words: Sequence[str], birth: date | None) -> float:
    """Tell how well a patient answers: every word must meet one of theirs, and the birth date must not exclude them."""
    theirs = names.words(known.family_name) | names.words(known.given_name)
    met = [max(names.likeness(word, own) for own in theirs) for word in words]
    born = {"same": 1.0, "close": 0.8, "unknown": 0.9, "other": 0.0}[_compare_births(known.birth_date, birth)]
    if min(met) < _CLOSE or not (born or birth is None):
        return 0.0
    said = len("".join(words)) / max(1, len(names.key(known.family_name + known.given_name)))
    return (sum(met) / len(met) * 0.95 + min(1.0, said) * 0.05) * (born if birth else 1.0)


def _bearing(connection: "Connection", word: str, *, slips: bool) -> set[str]:
    """Give the ids of the patients one of whose names is this word, sounds like it or begins so, or resembles it."""
    import sqlalchemy as sa

    from archive.tables import patient_word as table

    alike = [table.c.word == word, table.c.sound == names.sound(word)]
    if len(word) >= 3 and word[-1] != "z":
        alike.append(table.c.word.between(word, word[:-1] + chr(ord(word[-1]) + 1)))
    if slips:
        alike.append(table.c.word.in_(_resembling(connection, word)))
    return set(connection.scalars(sa.select(table.c.patient_id).where(sa.or_(*alike))))


def _resembling(connection: "Connection", word: str) -> list[str]:
    import sqlalchemy as sa
    from rapidfuzz.distance import DamerauLevenshtein
    from rapidfuzz.process import extract

    from archive.tables import patient_word as table

    known = connection.scalars(sa.select(table.c.word).distinct()).all()
    scorer = DamerauLevenshtein.normalized_similarity
    return [match[0] for match in extract(word, known, scorer=scorer, score_cutoff=_CLOSE, limit=50)]


def _born(connection: "Connection", day: date) -> list[Patient]:
    from archive.tables import patient

    return [_patient(row) for row in connection.execute(patient.select().where(patient.c.birth_date == day))]


def _load(connection: "Connection", ids: Sequence[str]) -> Iterable[Patient]:
    from archive.tables import patient

    return [_patient(row) for row in connection.execute(patient.select().where(patient.c.id.in_(ids)))]


def _order(known: Patient) -> tuple[str, str, date, str]:
    return names.key(known.family_name), names.key(known.given_name), known.birth_date or date.max, known.id


def _columns(known: Patient) -> dict[str, Any]:
    return {name: getattr(known, name) for name in Patient.__slots__}


def _patient(row: "Row[Any]") -> Patient:
    return Patient(**{name: row._mapping[name] for name in Patient.__slots__})


def _word_rows(known: Patient) -> list[dict[str, str]]:
    own = names.words(known.family_name) | names.words(known.given_name)
    return [{"patient_id": known.id, "word": word[:100], "sound": names.sound(word)[:100]} for word in sorted(own)]
