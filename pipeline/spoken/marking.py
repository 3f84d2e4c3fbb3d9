"""Marks being made: what a command becomes, written after what is already there.

Knows how a mark, a sign or a hyphen joins the words around it; does not know which words are commands.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.spoken import pairs
from pipeline.spoken.heard import Doubt, Mark, Piece, taken_out
from pipeline.types import Removed

COMMAND = "commande dictée"
_NUMBER = Doubt(kind="number", reason="Un nombre a peut-être été entendu à la place d'une commande : réécoutez.")


@dataclass(slots=True)
class Marking:
    """The marks made so far."""

    out: list[Piece] = field(default_factory=list)
    removed: list[Removed] = field(default_factory=list)
    tight: str | None = None
    """What must stand before the next word, when it is not a space."""

    def keep(self, piece: Piece) -> None:
        """Add a piece."""
        if self.tight is not None and not piece.mark:
            piece = replace(piece, glue=self.tight)
        self.tight = None
        self.out.append(piece)


def spend(pieces: Sequence[Piece], at: int, length: int, marking: Marking) -> Sequence[Piece]:
    """The pieces of a command, taken out of the text and recorded."""
    spent = pieces[at : at + length]
    marking.removed.append(taken_out(spent, COMMAND))
    return spent


def write(output: str, spent: Sequence[Piece], marking: Marking) -> None:
    """Add what a command of the table becomes."""
    how, _, what = output.partition(":") if len(output) > 1 else ("", "", output)
    if how == "drop":
        if spent[-1].after and marking.out and not marking.out[-1].after:
            marking.out[-1] = replace(marking.out[-1], after=spent[-1].after)
    elif how == "tight" and what == "-":
        tie(marking, "-")
    elif how in ("tight", "word"):
        sign = replace(spent[0], text=what, key=what, after="", glue="" if how == "tight" else " ")
        tie(marking, sign.glue)
        marking.out.append(sign)
        marking.tight = sign.glue
    elif how == "toggle":
        marking.keep(made(pairs.toggled(what, marking.out), spent))
    else:
        sign = made(output, spent)  # type: ignore[arg-type]
        asked = bool(spent) and spent[0].key == "entre"
        marking.keep(replace(sign, value=pairs.UNCLOSED) if asked else sign)


def tie(marking: Marking, joint: str) -> None:
    """The next word comes right after the last one, which loses the recogniser's own punctuation."""
    if marking.out and not marking.out[-1].mark:
        marking.out[-1] = replace(marking.out[-1], after="")
        marking.tight = joint


def made(kind: Mark, spent: Sequence[Piece]) -> Piece:
    """The mark that these pieces say; a doubt when a number was heard in its place."""
    mark = replace(
        spent[0], text="", key="", mark=kind, seconds=(spent[0].seconds[0], spent[-1].seconds[1]), after=spent[-1].after
    )
    surprising = [piece.text for piece in spent if piece.key[:1].isdecimal() and piece.key not in ("2", "3")]
    if not surprising:
        return mark
    return replace(
        mark,
        heard=" ".join(piece.heard for piece in spent),
        doubt=_NUMBER,
    )
