"""Words spelled aloud in the body of a letter: « s'écrit D U R A N D », « D comme Denis », « avec un y ».

Knows the names of letters as they are heard. The head of a letter keeps its spelling: who reads the identity needs it.
A spelled name is written as it was spelled, and looked at.
"""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.spoken.heard import Doubt, Piece, Stream, said, taken_out
from pipeline.types import Removed

SPELLED = "mot épelé"
_SPELLING = frozenset({"s'ecrit", "ecrit", "epelle", "epelez", "secrit", "epele", "epeler"})
_NAMES = {
    "be": "b", "ce": "c", "se": "c", "de": "d", "effe": "f", "ge": "g", "ache": "h", "hache": "h", "ji": "j", "ka": "k",
    "elle": "l", "el": "l", "aime": "m", "emme": "m", "haine": "n", "enne": "n", "eau": "o", "pe": "p", "cu": "q",
    "air": "r", "erre": "r", "esse": "s", "te": "t", "ve": "v", "ixe": "x", "ygrec": "y", "zed": "z", "zede": "z",
}  # fmt: skip
_ACCENTS = frozenset({"accent", "cedille", "trema", "apostrophe", "circonflexe", "aigu", "grave", "h", "muet"})
_HEAD = 60
_LEAST = 3


def spell(stream: Stream) -> Stream:
    """The stream with the spellings of its body applied to the words that they spell."""
    pieces, out, removed = stream.pieces, list[Piece](), list[Removed]()
    at = _body(pieces)
    out += pieces[:at]
    while at < len(pieces):
        length = _aside(pieces, at, out)
        if not length:
            out.append(pieces[at])
            at += 1
            continue
        letters = _letters(pieces[at : at + length])
        removed.append(taken_out(pieces[at : at + length], SPELLED))
        out[-1] = _spelled(out[-1], letters, pieces[at : at + length])
        at += length
    return stream.keeping(out, *removed)


def _body(pieces: Sequence[Piece]) -> int:
    """Where the body begins: after the first line, or the first colon, or what a head may take at most."""
    for index, piece in enumerate(pieces[:_HEAD]):
        if piece.mark in ("line", "paragraph", ":"):
            return index + 1
    return min(len(pieces), _HEAD)


def _aside(pieces: Sequence[Piece], at: int, out: Sequence[Piece]) -> int:
    """How many pieces spell the word before this place."""
    if not out or out[-1].mark or len(out[-1].text) < 2:
        return 0
    return _written_so(pieces, at) or _with_letter(pieces, at) or _one_word(pieces, at, out[-1])


def _written_so(pieces: Sequence[Piece], at: int) -> int:
    """« s'écrit D U R A N D », « j'épelle D comme Denis… »: the cue and at least three letters."""
    start = at
    while start < len(pieces) and start - at < 4 and pieces[start].key not in _SPELLING:
        if pieces[start].key not in ("ca", "s'", "j'", "je", "vous", "l'", "qui", "se", ","):
            return 0
        start += 1
    if start - at >= 4 or start >= len(pieces):
        return 0
    end = start + 1
    while end < len(pieces) and (length := _one_letter(pieces, end)):
        end += length
    return end - at if len(_letters(pieces[start:end])) >= _LEAST else 0


def _one_letter(pieces: Sequence[Piece], at: int) -> int:
    """How many pieces say one letter, or several glued together (« NGU »)."""
    piece = pieces[at]
    if piece.mark:
        return 1 if piece.mark == "," and at + 1 < len(pieces) and _letter(pieces[at + 1]) else 0
    if not _letter(piece):
        return 0
    if at + 2 < len(pieces) and pieces[at + 1].key == "comme":
        return 3
    if piece.key in ("y", "i") and at + 1 < len(pieces) and pieces[at + 1].key == "grec":
        return 2
    return 1


def _letter(piece: Piece) -> str:
    if piece.mark or piece.key[:1].isdecimal():
        return ""
    if len(piece.key) == 1 or (piece.text.isupper() and len(piece.text) <= 4):
        return piece.text.lower()
    return _NAMES.get(piece.key, "")


def _letters(pieces: Sequence[Piece]) -> str:
    found, at = "", 0
    while at < len(pieces):
        length = _one_letter(pieces, at)
        if length and not pieces[at].mark:
            found += "y" if length == 2 else _letter(pieces[at])
        at += max(1, length)
    return found


def _with_letter(pieces: Sequence[Piece], at: int) -> int:
    """« avec un y », « avec deux t à la fin », « avec un accent »."""
    keys = [piece.key for piece in pieces[at : at + 6]]
    if len(keys) < 3 or keys[0] != "avec" or keys[1] not in ("un", "une", "deux", "2", "1"):
        return 0
    end = 3 + (keys[2:4] == ["y", "grec"] or keys[2:4] == ["i", "grec"])
    if keys[2] in ("accent",) and len(keys) > 3 and keys[3] in ("aigu", "grave", "circonflexe"):
        end = 4
    single = len(keys[2]) == 1 and keys[2].isalpha()
    if not single and keys[2] not in _ACCENTS:
        return 0
    if keys[end : end + 3] in (["a", "la", "fin"], ["au", "milieu", ""]):
        end += 3
    last = pieces[at + end - 1]
    stops = at + end >= len(pieces) or bool(pieces[at + end].mark) or bool(last.after)
    return end if stops else 0


def _one_word(pieces: Sequence[Piece], at: int, before: Piece) -> int:
    """« en un mot » after a name."""
    keys = [piece.key for piece in pieces[at : at + 4]]
    if not before.text[:1].isupper() or keys[:1] != ["en"]:
        return 0
    if keys[1:] == ["un", "seul", "mot"]:
        return 4
    return 3 if keys[1:3] in (["un", "mot"], ["deux", "mots"], ["2", "mots"]) else 0


def _spelled(word: Piece, letters: str, aside: Sequence[Piece]) -> Piece:
    reason = f"Orthographe dictée : « {said([piece for piece in aside if not piece.mark])} »."
    doubt = Doubt(kind="writing", reason=reason, severity="look")
    if len(letters) >= _LEAST and aside[0].key != "avec":
        return replace(word, text=letters.capitalize(), proper=True, doubt=replace(doubt, suggestions=(word.text,)))
    return replace(word, doubt=word.doubt or doubt)
