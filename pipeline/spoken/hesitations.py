"""What the doctor said without meaning it: « euh », and the beginnings said twice (« le le patient »).

Knows which small words may be doubled by hesitation and which are doubled on purpose (« nous nous », « un un zéro »).
Taken out before anything else, with its reason: a hesitation must not cut a number in two.
"""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.spoken.heard import Doubt, Piece, Stream, taken_out
from pipeline.types import Removed

HESITATION = "hésitation"
FALSE_START = "faux départ"
_HESITATIONS = frozenset({"euh", "heu", "hum", "hem", "euhh", "mmh", "hmm", "hm", "euhm", "eum", "heum", "bah"})
_SET_APART = frozenset({"ben", "hein", "bon", "alors"})
_DOUBLED = frozenset(
    {"le", "la", "les", "l'", "de", "du", "des", "d'", "et", "a", "au", "aux", "en", "dans", "pour", "par", "avec",
     "sur", "sous", "sans", "il", "elle", "je", "j'", "on", "que", "qu'", "qui", "ce", "cet", "cette", "ces", "son",
     "sa", "ses", "mon", "ma", "mes", "est", "sont", "ne", "n'", "pas", "ou", "mais", "donc", "chez", "se", "s'", "c'",
     "lui", "leur", "votre", "notre", "vos", "nos", "une"}
)  # fmt: skip
_OPENERS = _DOUBLED - {"pas", "et", "ou", "une"}
_AGAIN = Doubt(kind="writing", reason="Début de phrase dit deux fois, écrit une fois : réécoutez.", severity="hint")


def steady(stream: Stream) -> Stream:
    """The stream without hesitations nor false starts."""
    calm, removed = _without_hesitations(stream.pieces)
    out: list[Piece] = []
    at = 0
    while at < len(calm):
        length = _false_start(calm, at)
        if length:
            removed.append(taken_out(calm[at : at + length], FALSE_START))
            again = at + length
            if length > 1:
                calm[again] = replace(calm[again], doubt=calm[again].doubt or _AGAIN)
            at = again
            continue
        out.append(calm[at])
        at += 1
    return stream.keeping(out, *removed)


def _without_hesitations(pieces: Sequence[Piece]) -> tuple[list[Piece], list[Removed]]:
    kept, removed = list[Piece](), list[Removed]()
    for index, piece in enumerate(pieces):
        follows = pieces[index + 1] if index + 1 < len(pieces) else None
        before = pieces[index - 1] if index else None
        if piece.key in _HESITATIONS or (piece.key in _SET_APART and _set_apart(before, piece, follows)):
            removed.append(taken_out([piece], HESITATION))
        else:
            kept.append(piece)
    return kept, removed


def _set_apart(before: Piece | None, piece: Piece, follows: Piece | None) -> bool:
    """« ben », « hein » between two stops: not the name Ben, not « bon état »."""
    if piece.key in ("bon", "alors") or not piece.after:
        return False
    named = piece.text[:1].isupper() and follows is not None and follows.text[:1].isupper()
    return not named and (before is None or bool(before.after))


def _false_start(pieces: Sequence[Piece], at: int) -> int:
    """How many pieces are said again just after: one small word, or a few words that begin with one."""
    if pieces[at].key in _DOUBLED and _again(pieces, at, 1):
        return 1
    if pieces[at].key not in _OPENERS:
        return 0
    for length in (4, 3, 2):
        if _again(pieces, at, length) and not _again(pieces, at + length, length):
            return length
    return 0


def _again(pieces: Sequence[Piece], at: int, length: int) -> bool:
    first, second = pieces[at : at + length], pieces[at + length : at + 2 * length]
    if len(second) < length or any(piece.key[:1].isdecimal() or not piece.key for piece in first):
        return False
    if any("." in piece.after or ":" in piece.after for piece in first):
        return False
    return [piece.key for piece in first] == [piece.key for piece in second]
