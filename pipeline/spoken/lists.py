"""Lists said aloud: « tiret », « puce », « petit a », « grand un ».

Knows when « tiret » begins an item and when it joins two words; does not know the other commands.
"""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.spoken.commands import separate
from pipeline.spoken.heard import Piece
from pipeline.spoken.marking import Marking, made, spend, tie

_ITEMS = frozenset({"tiret", "tirets"})
_ITEMS_BY_EAR = frozenset({"tirer", "tirez", "tires", "tire", "tiree", "tirees", "puce", "puces"})
_LINE_STARTS = ("line", "paragraph", ":", "item")
_NUMBERED = {"un": ("1)", "I."), "deux": ("2)", "II."), "trois": ("3)", "III."), "quatre": ("4)", "IV."),
             "1": ("1)", "I."), "2": ("2)", "II."), "3": ("3)", "III."), "4": ("4)", "IV.")}  # fmt: skip


def listed(pieces: Sequence[Piece], at: int, marking: Marking) -> int:
    """« tiret », « puce »: an item of a list, or a hyphen between two words. How many pieces it takes, or 0."""
    key = pieces[at].key
    if key not in _ITEMS and key not in _ITEMS_BY_EAR:
        return _lettered(pieces, at, marking)
    out = marking.out
    starts = not out or out[-1].mark in _LINE_STARTS
    inside = _in_list(out)
    if starts or (inside and (key in _ITEMS or separate(pieces, at))):
        if starts and not out and key not in _ITEMS:
            return 0
        marking.keep(made("item", spend(pieces, at, 1, marking)))
        return 1
    if key not in _ITEMS or at + 1 >= len(pieces):
        return 0
    if out[-1].mark:
        marking.keep(made("item", spend(pieces, at, 1, marking)))
        return 1
    spend(pieces, at, 1, marking)
    tie(marking, "-")
    return 1


def _in_list(out: Sequence[Piece]) -> bool:
    for piece in reversed(out):
        if piece.mark == "item":
            return True
        if piece.mark == "paragraph":
            return False
    return False


def _lettered(pieces: Sequence[Piece], at: int, marking: Marking) -> int:
    """« petit a », « grand un » at the beginning of a line: a), I."""
    key = pieces[at].key
    if key not in ("petit", "grand") or at + 1 >= len(pieces) or not _line_starts(marking.out):
        return 0
    follows = pieces[at + 1]
    letter = follows.text if len(follows.key) == 1 and follows.key in "abcdefg" else ""
    number = _NUMBERED.get(follows.key)
    if (not letter and not number) or (at + 2 < len(pieces) and pieces[at + 2].key in ("petit", "grand")):
        return 0
    small = key == "petit"
    shown = (f"{letter.lower()})" if small else f"{letter.upper()}.") if letter else (number or ("", ""))[not small]
    length = 2 + (at + 2 < len(pieces) and pieces[at + 2].key.startswith("parenthes"))
    spent = spend(pieces, at, length, marking)
    if marking.out and marking.out[-1].mark != "paragraph":
        marking.keep(made("line", spent[:1]))
    marking.keep(replace(spent[0], text=shown, key=shown, after="", proper=True, glue=" "))
    return length


def _line_starts(out: Sequence[Piece]) -> bool:
    return not out or out[-1].mark in ("line", "paragraph", ":", ".", ";")
