"""What the doctor took back: « non pardon, correction… », « annulez », « effacez ».

The smallest stretch that the new words replace is taken out and kept in the record; the corrected place gets a
doubt, so
that a person looks at it. When nothing says what is replaced, both versions stay and the place must be settled.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.spoken.heard import Doubt, Piece, Stream, said, taken_out
from pipeline.types import Removed
from vocab import phonetics

REASON = "correction dictée"
HESITATION = "hésitation"
_HESITATIONS = {"euh", "heu", "hum", "hem", "euhh", "mmh"}
_LOUD = {"pardon", "rectification", "rectifie", "rectifiez", "correction", "corrige", "corrigez"}
_ERASE = ("efface", "effacez", "annulez", "annule", "supprimez", "rayez", "biffez", "barrez")
_SOFT = {"plutot"}
_SIDES = {"droit", "droite", "gauche", "gauches", "droits", "droites"}
_SMALL = {"de", "du", "des", "d'", "le", "la", "les", "l'", "un", "une", "a", "au", "en", "et", "pour", "dans"}
_REACH = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cue:
    start: int
    end: int
    erases: bool = False


def correct(stream: Stream) -> Stream:
    """The stream with its hesitations taken out and its corrections applied."""
    stream = _steady(stream)
    pieces, removed = list(stream.pieces), list[Removed]()
    at = 0
    while at < len(pieces):
        cue = _cue(pieces, at)
        if cue is None:
            at += 1
            continue
        at = _apply(pieces, cue, removed)
    return stream.keeping(pieces, *removed)


def _steady(stream: Stream) -> Stream:
    hesitations = [piece for piece in stream.pieces if piece.key in _HESITATIONS]
    kept = [piece for piece in stream.pieces if piece.key not in _HESITATIONS]
    return stream.keeping(kept, *(taken_out([piece], HESITATION) for piece in hesitations))


def _cue(pieces: Sequence[Piece], at: int) -> _Cue | None:
    if pieces[at].mark or not pieces[at].key:
        return None
    start = at
    end, words = _cue_words(pieces, at)
    if not words or end >= len(pieces):
        return None
    loud = bool(words & _LOUD) or "erase" in words
    if not loud or not _set_apart(pieces, start, end, words):
        return None
    while start and pieces[start - 1].mark in (",", ";", "."):
        start -= 1
    while end < len(pieces) and pieces[end].mark in (",", ".", ":"):
        end += 1
    if end >= len(pieces) or pieces[end].mark:
        return None
    return _Cue(start=start, end=end, erases="erase" in words)


def _cue_words(pieces: Sequence[Piece], at: int) -> tuple[int, set[str]]:
    words: set[str] = set()
    end = at
    while end < len(pieces):
        piece = pieces[end]
        if piece.key in _LOUD | {"non"} or (piece.key in ("je", "me", "trompe") and words):
            words.add(piece.key)
        elif (length := _erasing(pieces, end, begun=bool(words))) > 0:
            words.add("erase")
            end += length - 1
        elif not (words and piece.mark in (",", ".") and end + 1 < len(pieces) and _continues(pieces, end + 1)):
            break
        end += 1
    return end, words


def _continues(pieces: Sequence[Piece], at: int) -> bool:
    return pieces[at].key in _LOUD | {"non"} or _erasing(pieces, at, begun=True) > 0


def _erasing(pieces: Sequence[Piece], at: int, *, begun: bool) -> int:
    """How many pieces make an order to erase, by sound: « et facez » is « effacez », « honnons annulés » « non
    annulez »."""
    for length in (1, 2):
        taken = pieces[at : at + length]
        if len(taken) < length or any(piece.mark or piece.unit for piece in taken):
            break
        heard = phonetics.phrase(" ".join(piece.key for piece in taken))
        best = max(phonetics.likeness(heard, phonetics.phrase(word)) for word in _ERASE)
        if best >= 0.96:
            return length
    if not begun and at + 1 < len(pieces) and pieces[at].key in ("honnons", "unon", "enon", "honnon", "ounon"):
        return 1 + _erasing(pieces, at + 1, begun=True) if _erasing(pieces, at + 1, begun=True) else 0
    return 0


def _set_apart(pieces: Sequence[Piece], start: int, end: int, words: set[str]) -> bool:
    """A cue stands alone between stops, or is several cue words in a row, or repeats what was just said."""
    if len(words) >= 2 or "rectification" in words:
        return True
    before = pieces[start - 1] if start else None
    apart = before is None or bool(before.mark) or "," in before.after or "." in before.after
    closed = bool(pieces[end - 1].after) or bool(pieces[end].mark)
    if "correction" in words or "pardon" in words:
        return apart and (closed or _parallel(pieces, start, end) is not None)
    return apart or pieces[start].key in ("honnons", "unon") or _parallel(pieces, start, end) is not None


def _apply(pieces: list[Piece], cue: _Cue, removed: list[Removed]) -> int:
    start = _parallel(pieces, cue.start, cue.end)
    if start is None and cue.erases:
        start = _clause(pieces, cue.start)
    if start is None:
        return _unresolved(pieces, cue, removed)
    old = pieces[start : cue.start]
    tail = _kept_tail(pieces, old, cue)
    old = old[: len(old) - len(tail)]
    if old:
        removed.append(taken_out(old, REASON))
    removed.append(taken_out(pieces[cue.start : cue.end], REASON))
    taken = said([piece for piece in old if not piece.mark])
    doubt = Doubt(kind="contradiction", reason=f"Correction dictée : remplace « {taken} ». Réécoutez.")
    pieces[cue.end] = replace(pieces[cue.end], doubt=doubt)
    del pieces[start : cue.end]
    if tail:
        pieces[start + 1 : start + 1] = tail
    return start + 1


def _kept_tail(pieces: Sequence[Piece], old: Sequence[Piece], cue: _Cue) -> list[Piece]:
    """« 23 mm de grand axe, rectification, 28 mm. »: only the measure is replaced, what followed it stays."""
    measured = bool(old) and bool(old[0].unit) and bool(pieces[cue.end].unit)
    ends = cue.end + 1 >= len(pieces) or pieces[cue.end + 1].mark in (".", "line", "paragraph")
    return [piece for piece in old[1:] if not piece.mark] if measured and ends else []


def _unresolved(pieces: list[Piece], cue: _Cue, removed: list[Removed]) -> int:
    doubt = Doubt(
        kind="contradiction",
        reason="Le médecin se corrige, mais ce qui est remplacé n'est pas clair : réécoutez.",
        severity="block",
    )
    removed.append(taken_out(pieces[cue.start : cue.end], REASON))
    pieces[cue.end] = replace(pieces[cue.end], doubt=doubt)
    gap = replace(pieces[cue.start], text="", key="", mark=",", heard="", doubt=None, unit="", value="")
    pieces[cue.start : cue.end] = [gap]
    return cue.start + 2


def _parallel(pieces: Sequence[Piece], start: int, end: int) -> int | None:
    """Where the replaced words begin: the last place before the cue that is built like what follows it."""
    while start and pieces[start - 1].mark in (",", ";", "."):
        start -= 1
    while end < len(pieces) and pieces[end].mark in (",", "."):
        end += 1
    if end >= len(pieces):
        return None
    for at in range(start - 1, max(-1, start - 1 - _REACH), -1):
        if pieces[at].mark in (".", "line", "paragraph", ":"):
            return None
        if _alike(pieces, at, end):
            return at
    return None


def _alike(pieces: Sequence[Piece], at: int, end: int) -> bool:
    old, new = pieces[at], pieces[end]
    if new.mark or old.mark:
        return False
    if new.unit and old.unit:
        return new.unit == old.unit
    if new.key in _SIDES or old.key in _SIDES:
        return new.key in _SIDES and old.key in _SIDES
    if new.key in _SMALL:
        return _alike_small(pieces, at, end)
    if new.unit or old.unit or len(new.key) < 4:
        return False
    return phonetics.likeness(phonetics.phrase(old.key), phonetics.phrase(new.key)) >= 0.85


def _alike_small(pieces: Sequence[Piece], at: int, end: int) -> bool:
    """« de sept jours… de cinq jours »: the same small word, then the same kind of thing."""
    if pieces[at].key != pieces[end].key or at + 1 >= len(pieces) or end + 1 >= len(pieces):
        return False
    old, new = pieces[at + 1], pieces[end + 1]
    if old.unit and new.unit:
        return old.unit == new.unit
    return _counted(pieces, at + 1) is not None and _counted(pieces, at + 1) == _counted(pieces, end + 1)


def _counted(pieces: Sequence[Piece], at: int) -> str | None:
    """The thing counted after a number, in words or in digits."""
    from pipeline.spoken.numbers import number

    if pieces[at].unit.startswith("n"):
        return pieces[at + 1].key if at + 1 < len(pieces) else None
    found = number(pieces, at)
    return pieces[found.end].key if found and found.end < len(pieces) else None


def _clause(pieces: Sequence[Piece], start: int) -> int:
    """The beginning of the last clause before the cue."""
    at = start
    while at and pieces[at - 1].mark not in (".", ",", ";", ":", "line", "paragraph", "item", "("):
        at -= 1
    return at
