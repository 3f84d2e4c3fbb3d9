"""A letter that goes on with another: « suite du courrier de Madame X », « je reprends la dictée précédente ».

Knows how a doctor says it at the beginning of a recording. Does not know the other letter: a person joins them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.letters.kinds import closest
from pipeline.spoken.heard import Piece, taken_out
from pipeline.types import Removed

CONTINUES = "annonce de la suite d'un courrier"
_SAID = (
    "suite du courrier", "suite de la dictée", "suite de la lettre", "suite du compte rendu",
    "suite et fin du courrier",
    "suite et fin de la dictée", "suite et fin", "la suite du courrier", "je reprends le courrier",
    "je reprends la dictée", "je reprends la lettre", "je reprends mon courrier", "je reprends le compte rendu",
    "reprise du courrier", "reprise de la dictée", "je continue le courrier", "je continue la dictée",
    "je continue le compte rendu", "je poursuis le courrier", "je poursuis la dictée", "c'est la suite du courrier",
    "fin du courrier précédent", "complément du courrier", "complément au courrier", "suite de la dictée précédente",
    "suite du courrier précédent", "je termine le courrier", "je termine la dictée", "donc la suite du courrier",
)  # fmt: skip
_WITHIN = 8
_ALIKE = 0.88


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """What is left to write, and what said that it goes on with another letter."""

    pieces: tuple[Piece, ...]
    continues: bool = False
    removed: tuple[Removed, ...] = ()
    named: tuple[Piece, ...] = ()
    """« de Madame X »: whom the letter is said to be about."""


def begun_elsewhere(pieces: Sequence[Piece]) -> Continuation:
    """Take off the announcement that opens the recording, with the name of the letter that it goes on with."""
    for at in range(min(_WITHIN, len(pieces))):
        if pieces[at].mark in ("line", "paragraph"):
            break
        length = _announced(pieces, at)
        if length:
            end = _end(pieces, at + length)
            said = [piece for piece in pieces[:end] if not piece.mark]
            return Continuation(
                pieces=tuple(pieces[end:]), continues=True, removed=(taken_out(said, CONTINUES),),
                named=tuple(pieces[at + length : end]),
            )  # fmt: skip
    return Continuation(pieces=tuple(pieces))


def _announced(pieces: Sequence[Piece], at: int) -> int:
    best, length = 0.0, 0
    for size in range(2, 8):
        said = pieces[at : at + size]
        if len(said) < size or any(piece.mark or piece.unit for piece in said):
            break
        name, score = closest(" ".join(piece.text for piece in said), _SAID, above=_ALIKE)
        if name and score + 0.01 * len(name.split()) > best:
            best, length = score + 0.01 * len(name.split()), size
    return length


def _end(pieces: Sequence[Piece], at: int) -> int:
    """The announcement lasts to the first stop, or eight words."""
    end = at
    while end < len(pieces) and end < at + 8:
        if pieces[end].mark:
            return end + 1
        if pieces[end].after[:1] in (".", ",", ":"):
            return end + 1
        if end > at and pieces[end].key in ("point", "alors", "donc", "cher", "chere"):
            return end
        end += 1
    return end if end == len(pieces) else at
