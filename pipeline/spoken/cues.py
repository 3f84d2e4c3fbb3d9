"""How a doctor says that the words before are taken back: « non pardon, correction », « effacez », « je voulais dire ».

Knows the words and how a recogniser misspells them (« et facez », « honnons annulés »), and how sure each is; does not
know what they replace.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pipeline.spoken.commands import separate
from pipeline.spoken.heard import Piece, keys
from vocab import phonetics

_ERASE = ("efface", "effacez", "annulez", "annule", "supprimez", "rayez", "biffez", "barrez")
_ALIKE = 0.96
_FIRST_LETTERS, _SHORTEST, _LONGEST = frozenset("easrbh"), 4, 13
PARTICIPLE = ("é", "és", "ée", "ées")
_NOUNS = frozenset({"erreur", "correction", "corrections", "rectification", "pardon", "erratum"})
_BEFORE_NOUN = frozenset(
    {"une", "d'", "l'", "la", "cette", "des", "les", "par", "sans", "de", "en", "son", "sa", "un", "aucune", "pour",
     "du", "apres", "avant", "toute", "dose", "avec", "demande", "demander", "demandent", "demandant"}
)  # fmt: skip
_BEFORE_NO = frozenset({"et", "mais", "ou", "que", "qu'", "donc", "si", "dit", "repond", "pas", "ni", "car", "puis"})
_ARTICLES = frozenset({"le", "la", "les", "l'", "un", "une", "des", "du", "son", "sa", "ses", "ce", "cette", "ces",
                       "toute", "tout", "tous", "bien"})  # fmt: skip
_SUBJECTS = frozenset(
    {"s'", "se", "n'", "ne", "l'", "il", "elle", "on", "qui", "ils", "elles", "cela", "ca", "je", "j'"}
)
_GARBLED_NO = frozenset({"honnons", "unon", "enon", "honnon", "ounon"})
_SURE = (
    "rectification|je voulais dire|je voulais plutôt dire|je me trompe|je me suis trompé|je me corrige|je me reprends"
    "|excusez moi|excuse moi|au temps pour moi|autant pour moi|non plutôt|je rectifie|erratum|c'est une erreur"
    "|je fais erreur|mille excuses|pardon"
)
_LOUD = "correction|corrections|corrige|corrigez|rectifie|rectifiez|je corrige|je reprends|erreur|non je reprends"
_SOFT = "ou plutôt|enfin plutôt|mais plutôt|plutôt|enfin|non"
_PARTS = "non|oh|ah|euh"
_OBJECTS = (
    ("sentence", "la dernière phrase|la phrase|cette phrase|ma dernière phrase|la phrase précédente|la dernière ligne"),
    ("word", "le dernier mot|ce mot|le mot|le mot précédent"),
    ("clause", "ça|sa|cela|tout ça|ce que je viens de dire|ce qui précède|s'il vous plaît|la fin"),
)  # fmt: skip


def _table(forms: str) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted((keys(one) for one in forms.split("|")), key=len, reverse=True))


_TABLES = (("sure", _table(_SURE)), ("loud", _table(_LOUD)), ("soft", _table(_SOFT)), ("part", _table(_PARTS)))
_NAMED = tuple((what, _table(forms)) for what, forms in _OBJECTS)


Strength = Literal["sure", "loud", "soft"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """Words that take back what is before them."""

    start: int
    """Where the marks before it begin."""
    end: int
    """Where the words that replace begin."""
    strength: Strength
    """« sure »: nothing else can be meant; « loud »: what follows must be built like what is taken back; « soft »: it
    must be a measure or a side, just before."""
    erases: str = ""
    """« word », « clause » or « sentence » when it orders to erase; empty otherwise."""


@dataclass(slots=True)
class _Found:
    end: int
    loud: int = 0
    sure: bool = False
    soft: int = 0
    erases: str = ""


def cue(pieces: Sequence[Piece], at: int) -> Cue | None:
    """The cue that begins at this place, or None when these words are not one here."""
    if pieces[at].mark or not pieces[at].key:
        return None
    found = _found(pieces, at)
    if not (found.loud or found.sure or found.soft or found.erases):
        return None
    start, end = at, found.end
    while start and pieces[start - 1].mark in (",", ";", "."):
        start -= 1
    while end < len(pieces) and pieces[end].mark in (",", ".", ":") and not (found.erases and pieces[end].mark == "."):
        end += 1
    if not found.erases and (end >= len(pieces) or pieces[end].mark):
        return None
    if not start:
        return None
    return Cue(start=start, end=end, strength=_strength(pieces, at, found), erases=found.erases)


def _found(pieces: Sequence[Piece], at: int) -> _Found:
    """The longest run of cue words from here, marks and pauses between them allowed."""
    found = _Found(end=at)
    while True:
        here = found.end
        while here > at and here < len(pieces) and pieces[here].mark in (",", "."):
            here += 1
        strength, length = _one(pieces, here, begun=here > at)
        if not length:
            return found
        _count(found, strength)
        found.end = here + length
        if strength == "erase":
            found.erases, taken = _object(pieces, found.end)
            found.end += taken


def _count(found: _Found, strength: str) -> None:
    found.sure = found.sure or strength == "sure"
    found.loud += strength == "loud"
    found.soft += strength in ("soft", "part")
    if (found.loud and found.soft) or found.loud > 1:
        found.sure = True


def _one(pieces: Sequence[Piece], at: int, *, begun: bool) -> tuple[str, int]:
    """The cue word or expression at this place, how strong it is and how many pieces it takes."""
    if at >= len(pieces) or pieces[at].mark:
        return "", 0
    length = _erasing(pieces, at, begun=begun)
    if length:
        return _ordered(pieces, at, length, begun=begun)
    if _in_sentence(pieces, at, begun=begun):
        return "", 0
    for strength, spoken in _TABLES:
        if strength == "part" and not begun and pieces[at].key != "non":
            continue
        for words in spoken:
            if _said(pieces, at, words):
                return strength, len(words)
    return "", 0


def _ordered(pieces: Sequence[Piece], at: int, length: int, *, begun: bool) -> tuple[str, int]:
    """An order to erase; « col effacé », « la manœuvre annule le souffle » are none.

    A participle may be the order misspelled: set apart, it takes back a measure or a side, never more.
    """
    end = at + length
    if _said_object(pieces, end) or pieces[at].key in _GARBLED_NO:
        return "erase", length
    if pieces[end - 1].text.lower().endswith(PARTICIPLE):
        return ("soft", length) if separate(pieces, at) and separate(pieces, end) else ("", 0)
    told = pieces[end - 1].key.endswith("ez") or length == 2
    if told or begun or separate(pieces, at):
        return "erase", length
    stated = pieces[at - 1].key in _SUBJECTS or (not separate(pieces, end) and pieces[end].key in _ARTICLES)
    return ("", 0) if stated else ("erase", length)


def _in_sentence(pieces: Sequence[Piece], at: int, *, begun: bool) -> bool:
    """« une erreur innée », « âge corrigé », « et non »: the words of a sentence, that take nothing back."""
    piece = pieces[at]
    if piece.text.lower().endswith(PARTICIPLE) and not (separate(pieces, at) and separate(pieces, at + 1)):
        return True
    if begun or separate(pieces, at):
        return False
    if piece.key == "non":
        return pieces[at - 1].key in _BEFORE_NO
    return piece.key in _NOUNS and pieces[at - 1].key in _BEFORE_NOUN


def _said_object(pieces: Sequence[Piece], at: int) -> bool:
    return any(_said(pieces, at, words) for _, spoken in _NAMED for words in spoken)


def _said(pieces: Sequence[Piece], at: int, words: tuple[str, ...]) -> bool:
    taken = pieces[at : at + len(words)]
    return tuple(piece.key for piece in taken) == words and not any(piece.mark or piece.unit for piece in taken)


def _object(pieces: Sequence[Piece], at: int) -> tuple[str, int]:
    """What is to be erased, and how many pieces say it."""
    for what, spoken in _NAMED:
        for words in spoken:
            if _said(pieces, at, words):
                return what, len(words)
    return "clause", 0


def _erasing(pieces: Sequence[Piece], at: int, *, begun: bool) -> int:
    """How many pieces make an order to erase, by sound: « et facez » is « effacez », « honnons annulés » « non
    annulez »."""
    for length in (1, 2):
        taken = pieces[at : at + length]
        if len(taken) < length or any(piece.mark or piece.unit for piece in taken):
            break
        if _sounds_erasing(" ".join(piece.key for piece in taken)) or (
            taken[0].key == "barre" and _object(pieces, at + 1)[1]
        ):
            return length
    if not begun and at + 1 < len(pieces) and pieces[at].key in _GARBLED_NO:
        follows = _erasing(pieces, at + 1, begun=True)
        return 1 + follows if follows else 0
    return 0


@lru_cache(maxsize=8192)
def _sounds_erasing(said: str) -> bool:
    if said[:1] not in _FIRST_LETTERS or not _SHORTEST <= len(said) <= _LONGEST:
        return False
    heard = phonetics.phrase(said)
    return max(phonetics.likeness(heard, phonetics.phrase(word)) for word in _ERASE) >= _ALIKE


def _strength(pieces: Sequence[Piece], at: int, found: _Found) -> Strength:
    """A cue that stands alone between stops, or several cue words in a row, is sure."""
    if found.sure or found.erases in ("word", "sentence"):
        return "sure"
    before = pieces[at - 1] if at else None
    apart = before is None or bool(before.mark) or "," in before.after or "." in before.after
    last = pieces[found.end - 1]
    closed = bool(last.after) or found.end >= len(pieces) or bool(pieces[found.end].mark)
    if found.erases and (apart or (closed and found.end - at >= 2) or found.soft or pieces[at].key in _GARBLED_NO):
        return "sure"
    if found.loud and apart and closed:
        return "sure"
    return "loud" if found.loud or found.erases else "soft"
