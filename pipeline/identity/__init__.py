"""The patient as spoken: « patiente Martin Claire, née le… » read as a name, a given name and a birth date.

In steps, each in its own module: `where` it is said, the `naming` of what was heard, the `spelling` of letters, the
`birth` date, the `line` as it is typed. Never invents silently: what was not understood stays empty or is rebuilt,
lowers the confidence, and must be settled by a person. Does not know the patient register.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.identity import birth, naming, spelling
from pipeline.identity.line import Doubted, gender_of, typed
from pipeline.identity.naming import Name
from pipeline.identity.spelling import Spelling
from pipeline.identity.where import CIVILITIES, Gender, Place, civility
from pipeline.identity.where import find as place_of
from pipeline.spoken.heard import Piece, taken_out
from pipeline.types import Identity, Removed
from vocab import names
from vocab.folding import fold

__all__ = ["Gender", "Spoken", "agreement", "find", "same"]

_NEAR = 0.2
"""A reading this much less likely than the best is not worth proposing."""
_MOST = 4
_EITHER_ORDER = ("madame", "mademoiselle", "monsieur", "mme", "mlle", "mr", "m")
"""After these the given name is often said first."""
_LIKELY = 1.04
"""Of the names that scored less on our trials, half were wrong; of the others, one in ten."""
_NAMES_FOR_SURE = 1.02
_SAME = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """An identity found in a dictation: where, what, and how its line is written."""

    start: int
    end: int
    identity: Identity
    gender: Gender
    line: tuple[Piece, ...]
    removed: tuple[Removed, ...] = ()
    others: tuple[Identity, ...] = ()
    """Who else it may be."""
    dated: bool = False
    """A birth date was said, understood or not."""
    relative: bool = False
    """Said to be someone of the patient's family: « sa mère », « le conjoint de »."""


def find(pieces: Sequence[Piece], *, since: int = 0, undated: bool = True) -> Spoken | None:
    """The first identity spoken after `since`, or None.

    Without « né le », a civility followed by two names before the first spoken mark is taken, unsure, if `undated`.
    Call it on the pieces of another reading of the same sound and compare with `agreement`.
    """
    place = place_of(pieces, since=since, undated=undated)
    if place is None or (not place.born and not _surely_named(place)):
        return None
    return _spoken(place, pieces)


def _surely_named(place: Place) -> bool:
    """Without a birth date, only « patient » and names that are written, or sound, like names."""
    if civility(place.civility) not in ("patient", "patiente", "enfant") if place.civility else True:
        return False
    words = [word for piece in place.names for word in naming.words_of(piece.text)]
    if len(words) >= 2 and all(word[:1].isupper() for word in words):
        return True
    found = naming.readings(words)
    return bool(found) and found[0].given_known and found[0].family_known and found[0].score >= _NAMES_FOR_SURE


def _spoken(place: Place, pieces: Sequence[Piece]) -> Spoken:
    spelled = spelling.read(place.spelling)
    key = civility(place.civility) if place.civility else ""
    said = CIVILITIES[key][1] if key else ""
    readings = _readings(place, spelled, said)
    first = readings[0] if readings else Name(family="", given="", score=0.0)
    family, sure = _family(first, readings, spelled)
    if family != first.family:  # the given name is what the best reading with that family name leaves
        first = next((one for one in readings if fold(one.family) == fold(family)), first)
    born = birth.told_by_age(birth.read(place.dated), pieces, place.end) if place.dated else birth.Birth()
    heard_given = names.gender(" ".join(piece.text for piece in place.names[-1:]))
    clash = bool(said and heard_given in ("m", "f") and heard_given != said and key not in ("patient", "patients"))
    identity = Identity(family_name=family, given_name=first.given, birth_date=born.day)
    others = _others(identity, readings, born)
    doubted = Doubted(
        family=not sure or len(family) < 2, birth=born.day is None, rebuilt=born.rebuilt, clash=clash, others=others
    )
    identity = replace(identity, confidence=_confidence(first, doubted))
    gender = gender_of(place, first.given)
    removed = tuple(
        taken_out(aside, reason)
        for aside, reason in ((place.spelling, "nom épelé"), (place.aside, "mots dans l'identité"))
        if aside
    )
    return Spoken(
        start=place.start, end=place.end, identity=identity, gender=gender, removed=removed, others=others,
        dated=bool(place.born or place.dated), relative=place.relative,
        line=tuple(typed(place, identity, doubted, gender)),
    )  # fmt: skip


def _readings(place: Place, spelled: Spelling, said: Gender) -> tuple[Name, ...]:
    """The ways to read the name; the given name may have been said after the spelling."""
    words = [word for piece in place.names for word in naming.words_of(piece.text)]
    if len(words) > 2 and fold(words[-1]) == fold(words[0]) and spelled.letters:
        words.pop()  # « Nguyen Paul, Nguyen s'écrit »
    first = not place.civility or civility(place.civility) not in _EITHER_ORDER
    found = naming.readings(words, gender=said, family_first=first)
    after = naming.given_at_end(spelled.rest)
    alone = [one for one in found if not one.given]
    if after and alone and (alone[0].family_known or not found[0].given_known):
        return tuple(replace(one, given=after, given_known=True) for one in alone)
    return found


def _family(first: Name, readings: Sequence[Name], spelled: Spelling) -> tuple[str, bool]:
    """The family name, and whether nothing more than a look is needed. Letters spelled win over what was heard."""
    if spelled.letters:
        if spelled.whole or fold(spelled.letters) in names.family_names():
            return _as_listed(spelled.letters), True
        near = names.spelled_like(spelled.letters, slips=max(1, len(spelled.letters) // 2))
        heard = [one.family for one in readings]
        both = next((one.name.upper() for one in near if one.name.upper() in heard), "")
        best = both or (near[0].name.upper() if near and near[0].likeness >= 0.8 else "")
        return best or first.family, False
    if spelled.having:
        fitting = [one.family for one in readings if one.given == first.given and _has(one.family, spelled)]
        return (fitting[0], True) if fitting else (first.family, False)
    return first.family, first.score >= _LIKELY


def _as_listed(letters: str) -> str:
    """The letters with the accents of the name they spell, when it is in the list."""
    known = names.family_names().get(fold(letters))
    return known.name.upper() if known else letters


def _has(family: str, spelled: Spelling) -> bool:
    return all(fold(family).upper().count(letter) == count for letter, count in spelled.having)


def _others(identity: Identity, readings: Sequence[Name], born: birth.Birth) -> tuple[Identity, ...]:
    top = readings[0].score if readings else 0.0
    near = [one for one in readings if one.score >= top - _NEAR or one.exact]
    named = [replace(identity, family_name=one.family, given_name=one.given) for one in near[:_MOST]]
    dated = [replace(identity, birth_date=other) for other in born.others]
    return tuple(one for one in dict.fromkeys((*named, *dated)) if one != identity)


def _confidence(name: Name, doubted: Doubted) -> float:
    sure = 0.95
    sure -= 0.35 if doubted.family else 0.0 if name.family_known else 0.1
    sure -= 0.3 if not name.given else 0.0 if name.given_known else 0.15
    sure -= 0.4 if doubted.birth else 0.25 if doubted.rebuilt else 0.0
    sure -= 0.15 if doubted.clash else 0.0
    return round(max(0.0, sure), 2)


def same(one: Identity, other: Identity) -> bool:
    """Whether two readings are taken for the same person: twins, whose given names are two of the list that are not
    said alike, are not."""
    given, theirs = fold(one.given_name), fold(other.given_name)
    listed = given != theirs and given in names.given_names() and theirs in names.given_names()
    if listed and names.said(given).rstrip("@") != names.said(theirs).rstrip("@"):
        return False
    return agreement(one, other) >= _SAME


def agreement(one: Identity, other: Identity) -> float:
    """How far two readings say the same person, from 0 to 1: the least of family name, given name (both by ear) and
    birth date (0 or 1).

    What only one of them understood neither counts for nor against; 0 when they have nothing in common to compare.
    """
    scores = [
        names.alike(mine, theirs)
        for mine, theirs in ((one.family_name, other.family_name), (one.given_name, other.given_name))
        if mine and theirs
    ]
    if one.birth_date and other.birth_date:
        scores.append(float(one.birth_date == other.birth_date))
    return round(min(scores), 3) if scores else 0.0
