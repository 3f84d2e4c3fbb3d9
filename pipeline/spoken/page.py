"""Pieces set on the page: spaces, capitals, line breaks; each stretch keeps the sound it came from.

Knows the plain form of the text (straight apostrophes, plain spaces, a blank line between paragraphs); French
typography
comes later, with the Word document.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.spoken.heard import Piece, Stream
from pipeline.types import Span
from vocab.flag import Flag

_TIGHT = {".": ".", ",": ",", "…": "…", ")": ")", "]": "]"}
_OPENED = {"(": "(", "[": "[", "«": "« "}
_SPACED = {";": " ;", ":": " :", "?": " ?", "!": " !", "»": " »"}
_CALLED = {"dr", "docteur", "pr", "professeur", "mme", "mlle"}
_STRENGTH = {"line": 1, "item": 1, "paragraph": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A written text, the sound of each of its stretches, and what the writing was unsure of."""

    text: str
    spans: tuple[Span, ...]
    doubts: tuple[Flag, ...]


def lay(pieces: Sequence[Piece]) -> Written:
    """The text of the pieces."""
    text, spans, doubts = "", list[Span](), list[Flag]()
    capital, opened = True, True
    for piece in settled(pieces):
        if piece.mark:
            text, capital, opened = _punctuated(text, piece, capital=capital)
            _doubted(piece, max(0, len(text) - 1), len(text), text, doubts)
            continue
        written = _cased(piece, capital=capital)
        joint = "" if opened or not text or text.endswith("'") else piece.glue
        start = len(text) + len(joint)
        text += joint + written
        spans.append(Span(start=start, end=len(text), seconds=piece.seconds, probability=piece.probability))
        _doubted(piece, start, len(text), text, doubts)
        capital, opened = False, False
    stripped = text.rstrip()
    return Written(text=stripped, spans=tuple(spans), doubts=tuple(d for d in doubts if d.end <= len(stripped)))


def _doubted(piece: Piece, start: int, end: int, text: str, doubts: list[Flag]) -> None:
    if piece.doubt is None or not text[start:end].strip():
        return
    doubts.append(
        Flag(
            start=start,
            end=end,
            kind=piece.doubt.kind,
            text=text[start:end],
            reason=piece.doubt.reason,
            severity=piece.doubt.severity,
            suggestions=piece.doubt.suggestions,
            seconds=piece.seconds,
        )
    )


def _punctuated(text: str, piece: Piece, *, capital: bool) -> tuple[str, bool, bool]:
    """The text with a mark added; whether a capital follows; whether no space follows."""
    if piece.mark in _TIGHT:
        return text + _TIGHT[piece.mark], piece.mark in (".", "…") or (capital and piece.mark in (")", "]")), False
    if piece.mark in _SPACED:
        return text + _SPACED[piece.mark], piece.mark in ("?", "!"), False
    if piece.mark in _OPENED:
        joint = "" if not text or text[-1] in "\n ([" else " "
        return text + joint + _OPENED[piece.mark], False, True
    if piece.mark == "item":
        return text + ("\n" if text and not text.endswith("\n") else "") + "- ", False, True
    if not text:
        return text, True, True
    return text.rstrip("\n ") + ("\n\n" if piece.mark == "paragraph" else "\n"), True, True


def _cased(piece: Piece, *, capital: bool) -> str:
    text = piece.text
    if capital and text[:1].islower() and piece.unit != "level" and not text.endswith(")"):
        return text[:1].upper() + text[1:]
    return text


def settled(pieces: Iterable[Piece]) -> list[Piece]:
    """Marks that follow each other reduced to what is meant; a comma before a stop goes, two line breaks are one."""
    out: list[Piece] = []
    for piece in pieces:
        if piece.mark and out and out[-1].mark:
            merged = _reduced(out[-1], piece)
            if merged is not None:
                out[-1] = merged
                continue
        out.append(piece)
    while out and out[0].mark in (".", ",", ";", ":", "line", "paragraph"):
        out.pop(0)
    while out and out[-1].mark in (",", ";"):
        out.pop()
    return out


def _reduced(first: Piece, second: Piece) -> Piece | None:
    """One mark for two, or None when both stand."""
    breaks = {"line", "paragraph", "item"}
    doubt = first.doubt or second.doubt
    if first.mark in breaks and second.mark in breaks:
        if second.mark == "item":
            return None if first.mark == "item" else replace(second, doubt=doubt)
        return replace(second if _STRENGTH[second.mark] >= _STRENGTH[first.mark] else first, doubt=doubt)
    if first.mark in breaks and second.mark in (".", ",", ";", ":"):
        return replace(first, doubt=doubt)
    stops = {".", ",", ";", ":", "?", "!", "…"}
    if first.mark in stops and second.mark in stops:
        order = (",", ";", ":", ".", "…", "?", "!")
        return replace(max((first, second), key=lambda piece: order.index(piece.mark)), doubt=doubt)
    if first.mark in (",", ";") and second.mark in (")", "]", "»"):
        return replace(second, doubt=doubt)
    if first.mark in _OPENED and second.mark in stops:
        return replace(first, doubt=doubt)
    return None


def calm(stream: Stream) -> Stream:
    """Capitals that the recogniser put at the beginning of its own sentences, lowered where no sentence begins."""
    out: list[Piece] = []
    for index, piece in enumerate(stream.pieces):
        before = stream.pieces[index - 1] if index else None
        opens = before is None or bool(before.mark) or before.after[:1] in (".", "!", "?")
        title = len(piece.text) > 1 and piece.text[0].isupper() and piece.text[1:].islower()
        if (
            before is not None
            and before.key in _CALLED
            and not before.text.isupper()
            and piece.text.islower()
            and piece.key not in _CALLED
        ):
            piece = replace(piece, text=piece.text[0].upper() + piece.text[1:], proper=True)
        elif opens and title and not piece.proper and not piece.unit:
            piece = replace(piece, text=piece.text[0].lower() + piece.text[1:])
        out.append(piece)
    return stream.keeping(out)
