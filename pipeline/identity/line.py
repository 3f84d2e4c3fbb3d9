"""The identity as it is typed: « Patiente : LEFÈVRE Martine, née le 22/07/1968 », with what must be checked in it.

Knows the form of the line and how grave each doubt is; what it writes keeps the sound it came from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pipeline.identity.where import CIVILITIES, Gender, Place, civility
from pipeline.spoken.heard import Doubt, Piece, merged, span
from pipeline.types import Identity
from vocab import names

CHECK = "Identité du patient : vérifiez le nom, le prénom et la date de naissance."
CLASH = " Le prénom et « patient » ou « patiente » ne vont pas ensemble."


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """What is uncertain in an identity."""

    family: bool = False
    birth: bool = False
    rebuilt: bool = False
    """The birth date is not written as it was heard."""
    clash: bool = False
    """The given name was heard of the other gender."""
    others: tuple[Identity, ...] = ()
    """Who else it may be, as heard or as the lists write it."""


def gender_of(place: Place, given: str) -> Gender:
    """The gender said by the civility, else by the given name; the civility « patient » yields to a given name."""
    key = civility(place.civility) if place.civility else ""
    said: Gender = CIVILITIES[key][1] if key else ""
    known = names.gender(given) if given else ""
    own: Gender = "m" if known == "m" else "f" if known == "f" else ""
    return own if own == "f" or not said else said if said == "f" or not own else own


def typed(place: Place, identity: Identity, doubted: Doubted, gender: Gender) -> list[Piece]:
    """The pieces of the identity line."""
    opening = _opening(place, gender)
    if not identity.family_name:
        nobody = Doubt(kind="identity", reason="Nom du patient non compris.", severity="block")
        born = _birth(place, identity, doubted, gender)
        return [replace(opening, doubt=nobody), *(piece for piece in born if piece.mark != ",")]
    birth = _birth(place, identity, doubted, gender)
    named = _named(place, identity, doubted, gender)
    return [opening, *_together(named, birth)]


def _opening(place: Place, gender: Gender) -> Piece:
    known = place.civility or place.names[0]
    label = CIVILITIES[civility(place.civility)][0] if place.civility else "Patient :"
    if label.startswith("Patient"):
        label = {"f": "Patiente :", "m": "Patient :"}.get(gender, "Patient(e) :")
    return replace(known, text=label, proper=True, doubt=None, after="", glue=" ", mark="", unit="", value="")


def _named(place: Place, identity: Identity, doubted: Doubted, gender: Gender) -> Piece:
    severity: Literal["block", "look"] = "block" if doubted.family or doubted.clash else "look"
    maiden = " ".join(piece.text.upper() for piece in place.maiden)
    text = f"{identity.family_name} {identity.given_name}".strip()
    doubt = Doubt(
        kind="identity",
        reason=CHECK + (CLASH if doubted.clash else ""),
        severity=severity,
        suggestions=tuple(dict.fromkeys(full(one) for one in doubted.others if full(one) != text)),
    )
    shown = text + (f", née {maiden}" if maiden else "")
    known = [*place.names, *place.maiden] or [place.civility or place.born[0]]
    return merged(known, shown, proper=True, doubt=doubt, after="", glue=" ", unit="", value="")


def full(identity: Identity) -> str:
    """The name as the line writes it."""
    return f"{identity.family_name} {identity.given_name}".strip()


def _birth(place: Place, identity: Identity, doubted: Doubted, gender: Gender) -> list[Piece]:
    if not place.born and not place.dated:
        return []
    said = [*place.born, *place.dated]
    comma = replace(said[0], text="", key="", mark=",", unit="", value="", doubt=None, heard="", after="")
    word = "le" if place.maiden else {"f": "née le", "m": "né le"}.get(gender, "né(e) le")
    opened = replace(comma, seconds=span(place.born or said[:1]), mark="", text=word, glue=" ")
    marks = [] if place.maiden else [comma]
    if identity.birth_date is None:
        doubt = Doubt(kind="identity", reason="Date de naissance incomplète : réécoutez.", severity="block")
        if not place.dated:
            return [*marks, replace(opened, doubt=doubt)]
        heard = [replace(piece, after="", proper=True) for piece in place.dated]
        return [*marks, opened, merged(heard, " ".join(piece.text for piece in heard), doubt=doubt, after="")]
    written = figures(identity.birth_date)
    doubt_ = _rebuilt(doubted, written) if doubted.birth or doubted.rebuilt else None
    return [*marks, opened, merged(place.dated, written, proper=True, doubt=doubt_, after="", glue=" ")]


def figures(day: date) -> str:
    """JJ/MM/AAAA."""
    return f"{day:%d/%m/%Y}"


def _rebuilt(doubted: Doubted, written: str) -> Doubt:
    said = dict.fromkeys(figures(one.birth_date) for one in doubted.others if one.birth_date)
    others = tuple(one for one in said if one != written)
    reason = "Date de naissance reconstituée ou invraisemblable : réécoutez."
    return Doubt(kind="identity", reason=reason, severity="block", suggestions=others)


def _together(named: Piece, birth: Sequence[Piece]) -> list[Piece]:
    """Name and birth date as one place to check, when nothing in the date must be settled apart."""
    pieces = list(birth)
    if not pieces or any(piece.doubt for piece in pieces) or pieces[0].mark != ",":
        return [named, *pieces]
    text = f"{named.text}, {' '.join(piece.text for piece in pieces[1:])}"
    whole = merged([named, *pieces[1:]], text, proper=True, doubt=named.doubt, after="", glue=" ")
    if named.doubt and named.doubt.suggestions:
        tail = text[len(named.text) :]
        whole = replace(
            whole, doubt=replace(named.doubt, suggestions=tuple(one + tail for one in named.doubt.suggestions))
        )
    return [whole]
