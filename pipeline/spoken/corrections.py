"""What the doctor took back: « non pardon, correction… », « annulez », « effacez », « au lieu de… mettez… ».

The smallest stretch that the new words replace is taken out and kept in the record; the corrected place gets a doubt
with both readings, so that a person looks at it. When nothing says what is replaced, both versions stay and the place
must be settled.
"""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.spoken.cues import PARTICIPLE, Cue, cue
from pipeline.spoken.heard import Doubt, Piece, Stream, said, taken_out
from pipeline.spoken.parallels import SIDES, article, parallel, same_shape
from pipeline.types import Removed

REASON = "correction dictée"
_UNCLEAR = "Le médecin se corrige, mais ce qui est remplacé n'est pas clair : réécoutez."
_CLAUSE = (".", ",", ";", ":", "line", "paragraph", "item", "(")
_SENTENCE = (".", "line", "paragraph", "item", "?", "!")
_TYPED = frozenset({"mettez", "mettre", "ecrivez", "ecrire", "notez", "noter", "tapez", "lire", "lisez", "met"})
_SEARCHED = 120
_CONTRAST = "« non » : une opposition, ou une correction du côté ? Réécoutez."
_RATHER = frozenset({"plutot", "enfin"})
_LINKS = frozenset({"de", "d'", "du", "des"})
_NEGATIONS = frozenset({"pas", "sans", "aucun", "aucune", "ni", "jamais", "non", "absence", "nulle", "plus"})


def correct(stream: Stream) -> Stream:
    """The stream with its corrections applied."""
    pieces, removed = list(stream.pieces), list[Removed]()
    at = 0
    while at < len(pieces):
        swapped = _instead(pieces, at, removed)
        if swapped is not None:
            at = swapped
            continue
        found = cue(pieces, at)
        if found is None:
            at += 1
            continue
        at = _apply(pieces, found, removed, at)
    return stream.keeping(pieces, *removed)


def _apply(pieces: list[Piece], found: Cue, removed: list[Removed], at: int) -> int:
    """Apply one correction; where reading goes on."""
    if _opposed(pieces, found, at):
        return found.end
    start = _replaced(pieces, found)
    if start is not None and found.strength == "soft" and pieces[at].key in _RATHER and start + 1 < found.start:
        return found.end
    if start is None or _turned(pieces, start, found.end):
        plain = found.strength == "sure" or found.erases or start is not None
        return _unresolved(pieces, found, removed) if plain else at + 1
    old = pieces[start : found.start]
    end = found.end + (found.end < len(pieces) and not found.erases and article(pieces, found.end))
    tail = _kept_tail(pieces, old, end)
    old = old[: len(old) - len(tail)]
    if old:
        removed.append(taken_out(old, REASON))
    removed.append(taken_out(pieces[found.start : end], REASON))
    taken = said([piece for piece in old if not piece.mark])
    place = _place(pieces, start, end)
    if place is not None:
        pieces[place] = _doubted(pieces[place], taken)
    del pieces[start:end]
    if tail:
        pieces[start + 1 : start + 1] = tail
    return start + 1


def _opposed(pieces: list[Piece], found: Cue, at: int) -> bool:
    """« à droite, non à gauche »: a contrast as much as a correction; both stay, and a person settles it."""
    if found.end >= len(pieces):
        return False
    side = found.end + article(pieces, found.end)
    lone = pieces[at].key == "non" and found.end == at + 1 and not pieces[at].after
    if not lone or side == found.end or not (found.start < at or pieces[at - 1].after):
        return False
    if parallel(pieces, found.start, found.end, strict=True) is None:
        return False
    doubt = Doubt(kind="contradiction", reason=_CONTRAST, severity="block")
    pieces[side] = replace(pieces[side], doubt=doubt)
    return True


def _turned(pieces: Sequence[Piece], start: int, end: int) -> bool:
    """Whether the new words would stand under a negation that was said of the old ones.

    « Pas d'allergie, correction, allergie à la pénicilline » must not become « Pas d'allergie à la pénicilline ».
    """
    old = pieces[start]
    if old.unit or old.key in SIDES or (end < len(pieces) and pieces[end].key in _LINKS and old.key in _LINKS):
        return False
    before = [piece.key for piece in pieces[max(0, start - 2) : start] if not piece.mark]
    while before and before[-1] in _LINKS:
        before.pop()
    return bool(before) and before[-1] in _NEGATIONS


def _place(pieces: Sequence[Piece], start: int, end: int) -> int | None:
    """The word to look at: the measure or the side among the first new words, else the first that says something."""
    here = [at for at in range(end, min(len(pieces), end + 3)) if not pieces[at].mark]
    for at in here:
        if pieces[at].unit or pieces[at].key in SIDES:
            return at
    around = [*(at for at in here if len(pieces[at].key) > 3), *range(end, len(pieces)), *range(start - 1, -1, -1)]
    return next((at for at in around if not pieces[at].mark), None)


def _doubted(piece: Piece, taken: str) -> Piece:
    if piece.doubt is not None and piece.doubt.severity == "block":
        return piece
    readings = tuple(one for one in (piece.text, taken) if one)
    reason = f"Correction dictée : remplace « {taken} ». Réécoutez."
    return replace(piece, doubt=Doubt(kind="contradiction", reason=reason, suggestions=readings))


def _replaced(pieces: Sequence[Piece], found: Cue) -> int | None:
    """Where what is taken back begins; None when it is not clear."""
    if found.erases == "word":
        return _last_word(pieces, found.start)
    if found.erases == "sentence":
        return _back(pieces, found.start, _SENTENCE)
    start = parallel(pieces, found.start, found.end, strict=found.strength == "soft")
    if start is None and found.erases and found.strength == "sure":
        return _back(pieces, found.start, _CLAUSE)
    if start is None and any(one.text.lower().endswith(PARTICIPLE) for one in pieces[found.start : found.end]):
        return same_shape(pieces, found.start, found.end)
    return start


def _last_word(pieces: Sequence[Piece], start: int) -> int | None:
    return next((at for at in range(start - 1, -1, -1) if not pieces[at].mark), None)


def _back(pieces: Sequence[Piece], start: int, stops: Sequence[str]) -> int:
    """The beginning of the last clause, or sentence, before the cue."""
    at = start
    while at and pieces[at - 1].mark not in stops:
        at -= 1
    return at


def _kept_tail(pieces: Sequence[Piece], old: Sequence[Piece], end: int) -> list[Piece]:
    """« 23 mm de grand axe, rectification, 28 mm. »: only the measure is replaced, what followed it stays."""
    if end >= len(pieces):
        return []
    measured = bool(old) and bool(old[0].unit) and bool(pieces[end].unit)
    ends = end + 1 >= len(pieces) or pieces[end + 1].mark in (".", "line", "paragraph")
    return [piece for piece in old[1:] if not piece.mark] if measured and ends else []


def _unresolved(pieces: list[Piece], found: Cue, removed: list[Removed]) -> int:
    first = next(at for at in range(found.start, found.end) if not pieces[at].mark)
    removed.append(taken_out(pieces[found.start : found.end], REASON))
    if found.end < len(pieces):
        doubt = Doubt(kind="contradiction", reason=_UNCLEAR, severity="block")
        pieces[found.end] = replace(pieces[found.end], doubt=doubt)
    gap = replace(pieces[first], text="", key="", mark=",", heard="", doubt=None, unit="", value="", after="")
    pieces[found.start : found.end] = [gap]
    return found.start + 2


def _instead(pieces: list[Piece], at: int, removed: list[Removed]) -> int | None:
    """« au lieu de 5 mg mettez 10 mg »: what was said before is replaced, or the place must be settled."""
    asked = _asked(pieces, at)
    if asked is None:
        return None
    old, new, end = asked
    place = _found_again(pieces, at, old)
    if place is None:
        doubt = Doubt(kind="contradiction", reason=_UNCLEAR, severity="block")
        pieces[at] = replace(pieces[at], doubt=doubt)
        return end
    taken = said(old)
    removed += [taken_out(pieces[place : place + len(old)], REASON), taken_out(pieces[at:end], REASON)]
    written = [_doubted(new[0], taken), *new[1:]]
    del pieces[at:end]
    pieces[place : place + len(old)] = written
    return at + len(written) - len(old)


def _asked(pieces: Sequence[Piece], at: int) -> tuple[list[Piece], list[Piece], int] | None:
    """What is to be replaced, by what, and where the order ends; None when this is no order to replace."""
    keys = [piece.key for piece in pieces[at : at + 3]]
    if keys not in (["au", "lieu", "de"], ["au", "lieu", "du"], ["au", "lieu", "d'"]):
        return None
    if at and not (pieces[at - 1].mark or pieces[at - 1].after):
        return None
    verb = next((i for i in range(at + 4, min(len(pieces), at + 10)) if pieces[i].key in _TYPED), None)
    if verb is None:
        return None
    end = verb + 1
    while end < len(pieces) and not pieces[end].mark and end - verb <= 6:
        end += 1
        if pieces[end - 1].after:
            break
    old = [piece for piece in pieces[at + 3 : verb] if not piece.mark]
    new = list(pieces[verb + 1 : end])
    return (old, new, end) if old and new else None


def _found_again(pieces: Sequence[Piece], at: int, old: Sequence[Piece]) -> int | None:
    """Where these words were said last, before this place; None when they were not, or twice."""
    wanted = [piece.key for piece in old]
    places = [
        i
        for i in range(max(0, at - _SEARCHED), at - len(wanted) + 1)
        if [piece.key for piece in pieces[i : i + len(wanted)]] == wanted
    ]
    return places[0] if len(places) == 1 else None
