"""Heard words cut into pieces: one word, number or sign each, with its seconds and its probability.

Knows how the recogniser glues words and punctuation together; does not know what any word means.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.types import Removed, Seconds, Word
from vocab.folding import fold

Mark = Literal["", ".", ",", ";", ":", "?", "!", "…", "(", ")", "[", "]", "«", "»", "line", "paragraph", "item"]
_ELISION = r"(?:jusqu|lorsqu|puisqu|quelqu|presqu|[ldjmtscn]|qu)['’]"
_TOKEN = re.compile(
    rf"(?P<number>\d+(?:[.,]\d+)*)|(?P<elision>\b{_ELISION})|(?P<word>[^\W\d_]+(?:['’](?=[^\W\d_]{{0,2}}\b))?)|(?P<sign>[%°/×=<>±+µ²³&@]+)"
    r"|(?P<stop>[.,;:!?…]+)|(?P<hyphen>[-‐‑–—])|(?P<space>\s+)|(?P<other>.)",
    re.IGNORECASE,
)

_WRITTEN = frozenset({"number", "elision", "word", "sign"})
_SHORTENED = {"dr", "pr", "m", "mr"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What the writing was unsure of at a place."""

    kind: Literal["number", "dose", "contradiction", "writing", "identity"]
    reason: str
    severity: Literal["block", "look", "hint"] = "look"
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A word or a sign on its way to the page."""

    text: str
    """What is written."""
    key: str
    """The text folded for comparison: lower case, no accent."""
    seconds: Seconds
    probability: float
    mark: Mark = ""
    after: str = ""
    """Punctuation that the recogniser put after it, of its own."""
    glue: str = " "
    """What stands before it: a space, a hyphen or nothing."""
    unit: str = ""
    """The unit, when the piece is a measure; « n » for a bare number, « date », « time »…"""
    value: str = ""
    """The number of a measure, with a decimal comma; the date as AAAA-MM-JJ (AAAA may be 0000)."""
    proper: bool = False
    """Keeps its capital wherever it stands."""
    doubt: Doubt | None = None
    heard: str = ""
    """What the recogniser wrote, when it is not what is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The pieces of a dictation and what was taken out of it so far."""

    pieces: tuple[Piece, ...]
    removed: tuple[Removed, ...] = ()

    def keeping(self, pieces: Iterable[Piece], *removed: Removed) -> "Stream":
        """The same dictation with other pieces and more removals."""
        return Stream(pieces=tuple(pieces), removed=(*self.removed, *removed))


def hear(words: Sequence[Word]) -> Stream:
    """The pieces of the heard words, in order; a piece cut out of a word has its share of the word's seconds."""
    raw, owners = _joined(words)
    pieces: list[Piece] = []
    glue = " "
    for found in _TOKEN.finditer(raw):
        kind, text = found.lastgroup or "other", found[0]
        if kind in ("space", "hyphen"):
            glue = _glue(kind, raw, found)
        elif kind == "stop":
            if pieces:
                pieces[-1] = replace(pieces[-1], after="" if pieces[-1].key in _SHORTENED else pieces[-1].after + text)
            glue = " "
        elif kind != "other":
            pieces.append(_piece(text.replace("’", "'"), words, owners, found.start(), found.end(), glue))
            glue = ""
    return Stream(pieces=tuple(_unbroken(pieces)))


def keys(text: str) -> tuple[str, ...]:
    """The keys of the pieces that a text would be cut into, to compare a table's spoken form with them."""
    return tuple(fold(found[0]) for found in _TOKEN.finditer(text) if found.lastgroup in _WRITTEN)


def _joined(words: Sequence[Word]) -> tuple[str, list[tuple[int, float]]]:
    raw, owners = "", []
    whole = not any(word.text.startswith(" ") for word in words)  # a Word is whole; some recognisers give pieces
    for index, word in enumerate(words):
        text = unicodedata.normalize("NFC", f" {word.text}" if whole else word.text)
        raw += text
        lead, length = len(text) - len(text.lstrip()), max(1, len(text.strip()))
        owners += [(index, max(0.0, (position - lead) / length)) for position in range(len(text))]
    return raw, owners


def _glue(kind: str, raw: str, found: re.Match[str]) -> str:
    if kind == "space":
        return " "
    tight = found.start() > 0 and not raw[found.start() - 1].isspace()
    return "-" if tight and raw[found.end() : found.end() + 1].strip() else " "


def _piece(
    text: str, words: Sequence[Word], owners: Sequence[tuple[int, float]], start: int, end: int, glue: str
) -> Piece:
    (first, _), (last, _) = owners[start], owners[end - 1]
    opening, closing = words[first], words[last]
    from_ = opening.start + owners[start][1] * (opening.end - opening.start)
    to = closing.end if end == len(owners) else _edge(owners, words, end, last)
    return Piece(
        text=text,
        key=fold(text),
        seconds=(round(from_, 3), round(max(to, from_), 3)),
        probability=min(words[index].probability for index in range(first, last + 1)),
        glue=glue,
        heard=text,
    )


def _edge(owners: Sequence[tuple[int, float]], words: Sequence[Word], end: int, last: int) -> float:
    index, share = owners[end]
    word = words[last]
    return word.start + share * (word.end - word.start) if index == last else word.end


def _unbroken(pieces: Sequence[Piece]) -> list[Piece]:
    """A glued start that is not a real join (« 5mg », « 2.A ») gets its space back; « T1 », « HbA1c » stay whole."""
    out: list[Piece] = []
    for piece in pieces:
        before = out[-1] if out else None
        if before is None or (piece.glue == "" and not _joins(before, piece)):
            piece = replace(piece, glue=" ")
        out.append(piece)
    return out


def _joins(before: Piece, piece: Piece) -> bool:
    if before.text.endswith("'"):
        return True
    if piece.text.isdecimal():
        return before.text.isalpha() and before.text[-1].isupper() and not before.after
    return before.text.isdecimal() and before.glue == "" and piece.text.islower()


def said(pieces: Sequence[Piece]) -> str:
    """What was said, as the recogniser wrote it: kept in the record of what was taken out."""
    return " ".join(piece.heard or piece.text for piece in pieces)


def span(pieces: Sequence[Piece]) -> Seconds:
    """From the first sound of the pieces to the last."""
    return (min(piece.seconds[0] for piece in pieces), max(piece.seconds[1] for piece in pieces))


def taken_out(pieces: Sequence[Piece], reason: str) -> Removed:
    """The record of pieces that will not be in the text."""
    return Removed(seconds=span(pieces), reason=reason, text=said(pieces))


def merged(pieces: Sequence[Piece], text: str, **changes: object) -> Piece:
    """Several pieces written as one."""
    doubts = [piece.doubt for piece in pieces if piece.doubt]
    usual: dict[str, object] = {
        "text": text,
        "key": fold(text),
        "seconds": span(pieces),
        "probability": min(piece.probability for piece in pieces),
        "after": pieces[-1].after,
        "heard": said(pieces),
        "doubt": doubts[0] if doubts else None,
    }
    return replace(pieces[0], **(usual | changes))  # type: ignore[arg-type]
