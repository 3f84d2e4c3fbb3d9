"""People called by name in a letter: « monsieur Dupont », « la petite Léa », « Madame Le Goff, la hanche d'hier ».

Knows how a name stands after a civility, and that the same person is written the same everywhere. Does not decide who
the patient is: it says who is named.
"""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.letters.kinds import sounds_like
from pipeline.spoken.heard import Piece, merged
from pipeline.types import Identity
from vocab import names
from vocab.folding import fold

TITLES = {"monsieur": "Monsieur", "madame": "Madame", "mademoiselle": "Mademoiselle", "m": "Monsieur", "mme": "Madame"}
_CHILDREN = {"petit", "petite", "jeune", "enfant", "fillette", "garcon", "patient", "patiente"}
_NOT_PATIENTS = {"docteur", "dr", "professeur", "pr", "le", "la", "et", "confrere", "madame", "monsieur", "maitre"}
_SAME = 0.85
_UNSURE = 0.3


def written_alike(pieces: Sequence[Piece], family: str) -> list[Piece]:
    """« monsieur du pont » is Monsieur Dupont when the patient is: the same name is written the same everywhere."""
    out: list[Piece] = []
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        length, title = _named_patient(pieces, at, family)
        if title:
            shown = "-".join(part.capitalize() for part in family.lower().split("-"))
            shown = " ".join(part[:1].upper() + part[1:] for part in shown.split(" "))
            named = pieces[at + 1 : at + length]
            out.append(replace(piece, text=title, proper=True, glue=" " if piece.glue == "-" else piece.glue))
            out.append(merged(named, shown, proper=True, glue=" "))
        else:
            out.append(piece)
        at += length
    return out


def _named_patient(pieces: Sequence[Piece], at: int, family: str) -> tuple[int, str]:
    """How many pieces name the patient from here, and with which title."""
    if not family or pieces[at].key not in TITLES:
        return 1, ""
    for length in (4, 3, 2):
        named = pieces[at + 1 : at + length]
        if len(named) != length - 1 or any(one.mark or one.unit for one in named):
            continue
        said = " ".join(one.text for one in named)
        if _someone_else(said, family):
            continue
        if sounds_like(said, family.lower(), above=_SAME) or names.alike(said, family) >= _SAME:
            return length, TITLES[pieces[at].key]
    return 1, ""


def _someone_else(said: str, family: str) -> bool:
    """« madame Marin » is nobody's MARTIN: a family name of the list that is not said like the patient's."""
    listed = said[:1].isupper() and fold(said) in names.family_names()
    return listed and names.said(said) != names.said(family)


def first_named(pieces: Sequence[Piece]) -> Identity:
    """The first person called by a civility and a name, when nobody is presented as the patient; unsure, and partial.

    Empty when nobody is. « Monsieur le docteur », « Madame, » name nobody.
    """
    for at, piece in enumerate(pieces):
        if (piece.key not in TITLES and piece.key not in _CHILDREN) or piece.after:
            continue
        named = _names_after(pieces, at + 1)
        if not named:
            continue
        words = [one.text for one in named]
        if piece.key in TITLES:
            return _identity(words)
        if piece.key in ("petit", "petite", "jeune", "enfant", "fillette", "garcon") and names.gender(words[0]):
            return Identity(given_name=names.given_names()[fold(words[0])].name, confidence=_UNSURE)
    return Identity()


def is_civility(piece: Piece) -> bool:
    """Whether a piece presents someone: « madame », « patient », « enfant »."""
    return not piece.after and (piece.key in TITLES or piece.key in ("patient", "patiente", "enfant"))


def by_name(pieces: Sequence[Piece], at: int) -> Identity:
    """Who is named after the civility at this place, unsure and without a birth date; nobody when it is no name."""
    named = _names_after(pieces, at + 1)
    if not named or named[0].text.islower():
        return Identity()
    return _identity([one.text for one in named])


def _names_after(pieces: Sequence[Piece], at: int) -> list[Piece]:
    out: list[Piece] = []
    for piece in pieces[at : at + 4]:
        listed = fold(piece.text) in names.family_names() or bool(names.gender(piece.text))
        particle = piece.text.lower() in ("le", "la", "de", "du", "da", "el", "ben", "van")
        named = piece.text[:1].isupper() or (listed and len(piece.text) > 3) or (particle and not out)
        if piece.mark or piece.unit or not named or piece.key in _NOT_PATIENTS - {"le", "la"}:
            break
        out.append(piece)
        if piece.after:
            break
    if out and out[-1].text.lower() in ("le", "la", "de", "du", "da"):
        return []
    return out


def _identity(words: Sequence[str]) -> Identity:
    from pipeline.identity.naming import readings, words_of

    said = [one for word in words for one in words_of(word)]
    found = readings(said, family_first=False)
    best = found[0] if found else None
    if best is None:
        return Identity()
    if best.given_known and best.family_known and best.given and len(said) > 1:
        return Identity(family_name=best.family, given_name=best.given, confidence=_UNSURE)
    alone = next((one for one in found if not one.given), best)
    return Identity(family_name=alone.family, confidence=_UNSURE)
