"""A name spelled aloud: « s'écrit N G U Y E N », « avec deux t », « L E F E B V R E ».

Knows how the letters are said and how a recogniser writes them (« NG UYGREK RN »). Does not know any name: it gives the
letters, whether all of them were understood, and what was said after them.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.spoken.heard import Piece
from vocab import phonetics
from vocab.folding import fold

_LETTERS = {
    "be": "B", "ce": "C", "se": "C", "cet": "C", "des": "D", "de": "D", "d'": "D", "euh": "E", "heu": "E", "e": "E",
    "effe": "F", "ef": "F", "ge": "G", "j'ai": "G", "jet": "G", "ache": "H", "hache": "H", "ash": "H", "ji": "J",
    "j'y": "J", "ka": "K", "cas": "K", "elle": "L", "el": "L", "ailes": "L", "l'": "L", "aime": "M", "em": "M",
    "m'": "M", "haine": "N", "en": "N", "ene": "N", "n'": "N", "eau": "O", "oh": "O", "pe": "P", "paix": "P",
    "cu": "Q", "cul": "Q", "queue": "Q", "air": "R", "er": "R", "erre": "R", "hier": "R", "esse": "S", "es": "S",
    "s'": "S", "te": "T", "the": "T", "t'": "T", "hu": "U", "ve": "V", "vez": "V", "ygrec": "Y", "ygrek": "Y",
    "grec": "Y", "grecque": "Y", "ixe": "X", "ix": "X", "zed": "Z", "zede": "Z", "tiret": "-", "tirer": "-",
    "apostrophe": "'", "espace": " ", "double": "2",
}  # fmt: skip
_ASIDE = {
    "majuscule",
    "minuscule",
    "lettre",
    "lettres",
    "puis",
    "accent",
    "aigu",
    "grave",
    "circonflexe",
    "trema",
    "et",
}
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_Y = re.compile(r"y\s?gr[eè](?:c|k|que|cque)?k?", re.IGNORECASE)
_NUMBERS = {"un": 1, "une": 1, "1": 1, "deux": 2, "2": 2, "de": 2, "seul": 1, "double": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """What was spelled."""

    letters: str = ""
    """The letters in order, in capitals; those not understood are left out."""
    whole: bool = False
    """Every letter was said as a letter."""
    having: tuple[tuple[str, int], ...] = ()
    """Letters said to be in the name, and how many times: « avec deux t »."""
    rest: tuple[str, ...] = ()
    """Words said after the letters: given names, most often."""


def read(pieces: Sequence[Piece]) -> Spelling:
    """What these pieces spell; they begin with « s'écrit » or « avec »."""
    if not pieces:
        return Spelling()
    words = [piece.text for piece in pieces]
    start = next((i for i, word in enumerate(words) if fold(word) == "avec"), None)
    if start is not None:
        return _having(words[start + 1 :])
    glued = ""
    while words and (fold(words[0]) in ("s'", "j'", "ca", "que", "qui") or len(words[0]) >= 5):
        glued = _glued(words.pop(0))
    return _lettered([glued, *words] if glued else words)


def _glued(word: str) -> str:
    """« sécripée » is « s'écrit P »: the letter at the end of the word."""
    rest = phonetics.phrase(word).removeprefix("s").removeprefix("ekri")
    return next((letter for letter in _ALPHABET if phonetics.spelled(letter) == rest), "") if rest else ""


def _lettered(words: Sequence[str]) -> Spelling:
    letters, lost, at, last = "", 0, 0, 0
    while at < len(words):
        said = _letters(words[at])
        if fold(words[at]) == "comme":
            at += 2
            continue
        if said:
            letters += said
            last = at + 1
        elif fold(words[at]) not in _ASIDE:
            lost += 1
        at += 1
    rest = tuple(words[last:])
    apart = all(len(word) <= 2 or fold(word) in _LETTERS for word in words[:last])
    return Spelling(letters=_doubled(letters), whole=len(letters) >= 2 and lost == len(rest) and apart, rest=rest)


def _letters(word: str) -> str:
    """The letters a word says; empty when it is a word."""
    key = fold(word)
    if key in _LETTERS:
        return _LETTERS[key]
    if len(word) == 1 and word.isalpha():
        return _bare(word)
    bare = _Y.sub("Y", word)
    if bare.isupper() and bare.isalpha():
        return _bare(bare)
    return ""


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.upper())
    return unicodedata.normalize("NFC", decomposed)


def _doubled(letters: str) -> str:
    """« 2L », as « deux L » leaves it, is LL."""
    return re.sub(r"2(.)", r"\1\1", letters).replace("2", "")


def _having(words: Sequence[str]) -> Spelling:
    having: list[tuple[str, int]] = []
    count, at = 1, 0
    while at < len(words):
        key = fold(words[at])
        if key in ("avec", "et"):
            at += 1
            continue
        letter = _letters(words[at])
        if key in _NUMBERS and at + 1 < len(words) and _letters(words[at + 1]):
            count = _NUMBERS[key]
        elif letter:
            having.append((letter[0], count))
            count = 1
        else:
            break
        at += 1
    return Spelling(having=tuple(having), rest=tuple(words[at:]))
