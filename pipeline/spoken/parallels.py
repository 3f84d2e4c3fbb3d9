"""Which words a correction replaces: the last stretch before it that is built like what follows it.

Knows measures of the same unit, sides, words that sound alike, the same small word before the same kind of thing.
Finds nothing rather than too much: what is not found stays, and a person settles it.
"""

from collections.abc import Sequence

from pipeline.spoken.heard import Piece
from pipeline.spoken.numbers import number
from pipeline.spoken.numerals import integer
from vocab import phonetics

SIDES = frozenset({"droit", "droite", "gauche", "gauches", "droits", "droites", "bilateral", "bilaterale"})
_SMALL = {"de": "de", "du": "de", "des": "de", "d'": "de", "le": "le", "la": "le", "les": "le", "l'": "le",
          "un": "un", "une": "un", "a": "a", "au": "a", "aux": "a", "en": "en", "et": "et", "pour": "pour",
          "dans": "dans", "sous": "sous", "par": "par", "avec": "avec", "sur": "sur"}  # fmt: skip
_OPPOSITES = frozenset(
    {("positif", "negatif"), ("positive", "negative"), ("positifs", "negatifs"), ("positives", "negatives"),
     ("present", "absent"), ("presente", "absente"), ("normal", "anormal"), ("normale", "anormale"),
     ("avec", "sans")}
)  # fmt: skip
_REACH, _NEAR = 14, 5
_BREAKS = (".", "line", "paragraph", ":", "item")


def parallel(pieces: Sequence[Piece], start: int, end: int, *, strict: bool) -> int | None:
    """Where the replaced words begin, before `start`, given the new ones at `end`; None when it is not clear.

    After a soft cue (« non », « plutôt »), `strict`: a measure, a date or a side only, and only just before it.
    """
    if end >= len(pieces) or pieces[end].mark:
        return None
    reach = _NEAR if strict else _REACH
    for at in range(start - 1, max(-1, start - 1 - reach), -1):
        if pieces[at].mark in _BREAKS:
            break
        if _strictly(pieces, at, end) if strict else _alike(pieces, at, end, start):
            return at
    return None if strict else same_shape(pieces, start, end)


def article(pieces: Sequence[Piece], at: int) -> bool:
    """Whether the new words are a small word and a side: « à gauche », « la gauche »."""
    follows = pieces[at + 1].key if at + 1 < len(pieces) else ""
    return pieces[at].key in _SMALL and follows in SIDES


def _strictly(pieces: Sequence[Piece], at: int, end: int) -> bool:
    old, new = pieces[at], pieces[end + article(pieces, end)]
    if new.key in SIDES:
        return old.key in SIDES and old.key[:4] != new.key[:4]
    if new.key == old.key and len(new.key) > 2 and end + 1 < len(pieces):
        return pieces[at + 1].key in SIDES and pieces[end + 1].key in SIDES
    return bool(new.unit) and new.unit == old.unit and new.text != old.text and at >= end - _NEAR


def _alike(pieces: Sequence[Piece], at: int, end: int, start: int) -> bool:
    old, new = pieces[at], pieces[end]
    if new.mark or old.mark:
        return False
    if article(pieces, end):
        return old.key in SIDES
    if new.unit or old.unit:
        return _same_measure(old, new, near=start - at <= 2)
    if new.key in SIDES or old.key in SIDES:
        return new.key in SIDES and old.key in SIDES
    if integer([new.key]) and integer([old.key]) and new.key not in _SMALL and start - at <= 3:
        return True
    if {(old.key, new.key), (new.key, old.key)} & _OPPOSITES:
        return True
    if new.key in _SMALL:
        return _alike_small(pieces, at, end, start)
    if len(new.key) < 4:
        return False
    return phonetics.likeness(phonetics.phrase(old.key), phonetics.phrase(new.key)) >= 0.85


def _same_measure(old: Piece, new: Piece, *, near: bool) -> bool:
    if not new.unit or not old.unit:
        return False
    return new.unit == old.unit or (near and old.unit == "n" and bool(new.value))


def _alike_small(pieces: Sequence[Piece], at: int, end: int, start: int) -> bool:
    """« de sept jours… de cinq jours », « de l'aspirine… du clopidogrel »: a small word and a like thing."""
    if at + 1 >= len(pieces) or end + 1 >= len(pieces):
        return False
    old, new = pieces[at + 1], pieces[end + 1]
    same = pieces[at].key == pieces[end].key
    if old.unit and new.unit:
        return same and old.unit == new.unit
    if same and new.value and integer([old.key]) and start - at <= 3:
        return True
    if same and _counted(pieces, at + 1) is not None:
        return _counted(pieces, at + 1) == _counted(pieces, end + 1)
    if new.unit or old.unit or new.mark or old.mark or start - at > 4:
        return False
    kinds = _SMALL.get(pieces[at].key), _SMALL.get(pieces[end].key)
    return kinds[0] == kinds[1] and not any(piece.mark for piece in pieces[at:start])


def _counted(pieces: Sequence[Piece], at: int) -> str | None:
    """The thing counted after a number, in words or in digits."""
    if pieces[at].unit.startswith("n"):
        return pieces[at + 1].key if at + 1 < len(pieces) else None
    found = number(pieces, at)
    return pieces[found.end].key if found and found.end < len(pieces) else None


def same_shape(pieces: Sequence[Piece], start: int, end: int) -> int | None:
    """« pantoprazole 20 mg… ésoméprazole 40 mg »: a word and a measure of the same unit, just before."""
    if end + 1 >= len(pieces) or len(pieces[end].key) < 4 or pieces[end].unit or not pieces[end + 1].unit:
        return None
    for at in range(start - 1, max(0, start - 1 - _NEAR), -1):
        if pieces[at].mark:
            return None
        if pieces[at].unit == pieces[end + 1].unit:
            word = pieces[at - 1]
            return at - 1 if len(word.key) >= 4 and not word.unit and not word.mark else None
    return None
