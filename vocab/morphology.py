"""Whether an unknown word is well-built medical French: Greek and Latin pieces in an order that makes a word.

Knows `data/morphemes.tsv` and how the pieces are joined. Does not know which words exist: a word that passes may never
have been written, and a well-built word may still be the wrong one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from vocab import general, inflection
from vocab.tables import made, shipped

Place = Literal["prefix", "root", "suffix"]
_VOWELS = frozenset("aàâeéèêiîïoôuûyœæ")
_LINKS = ("o", "i", "io", "éo", "é", "o-", "-")
_SHORTEST = 6
"""A shorter word has too few pieces to tell a term from a mishearing."""
_BUILT_ON = tuple(
    form + ending
    for form in ("al", "ale", "ique", "aire", "ien", "ienne", "el", "elle", "if", "ive", "eux", "euse", "ion", "isme",
                 "ose", "ite", "ie", "é", "ée", "ant", "ante", "eur", "ure", "age", "ité", "ine", "ible", "able",
                 "aux", "ment")
    for ending in ("", "s")
)  # fmt: skip
"""How the French words end that medicine builds on."""
_USUAL = 150_000
"""A French word among the most frequent this many may follow a prefix or a root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Morpheme:
    """A piece of a word, with its sense in French."""

    text: str
    place: Place
    sense: str


@cache
def morphemes() -> tuple[Morpheme, ...]:
    """All the prefixes, roots and suffixes."""
    return tuple(made(shipped("morphemes.tsv"), _morpheme, needed=3))


@lru_cache(maxsize=65536)
def accepts(word: str) -> bool:
    """Whether an unknown word is built like a medical one: « hémithyroïdectomie » yes, « hipertrophie » no.

    True for roots that linking vowels and a suffix hold together, for a prefix before such a word or before a usual
    French one, and for a root and a usual word joined by « o » or a hyphen. Accents count: a word heard wrong often
    loses them.
    """
    plain = word.lower().replace("oe", "œ") if "oe" in word else word.lower()
    if len(plain) < _SHORTEST or not plain.replace("-", "").isalpha():
        return False
    return bool(pieces(plain)) or bool(pieces(word.lower())) or _joined(plain)


def prefix(text: str) -> bool:
    """Whether a word is a prefix, or a root with its linking vowel: « hyper », « pneumo », « sous »."""
    plain = text.lower()
    return plain in _pieces("prefix") or (plain.endswith("o") and plain[:-1] in _pieces("root"))


def pieces(word: str) -> tuple[Morpheme, ...]:
    """The pieces of a word that is only made of them, in order; none otherwise. Plurals and feminines count."""
    return next((found for found in _cuts(word.lower(), 0, ()) if _solid(found)), ())


def _solid(found: tuple[Morpheme, ...]) -> bool:
    """Whether the pieces are proof enough: many letters in roots and long suffixes, or several of them."""
    short = any(piece.place == "prefix" and len(piece.text) < 3 for piece in found)
    return sum(_weight(piece) for piece in found) >= (6 if short else 5)


def _weight(piece: Morpheme) -> int:
    length = len(piece.text)
    if piece.place == "root":
        return length
    return length if piece.place == "suffix" and length >= 4 else 1


def _cuts(word: str, at: int, before: tuple[Morpheme, ...]) -> Iterator[tuple[Morpheme, ...]]:
    """All the ways to read the rest of a word after the pieces already found."""
    last = before[-1] if before else None
    if last is None or last.place == "prefix":
        if sum(piece.place == "prefix" for piece in before) < 2:
            for piece in _here(word, at, "prefix"):
                end = at + len(piece.text)
                yield from _cuts(word, end + (word[end : end + 1] == "-"), (*before, piece))
        starts = [at]
    else:
        starts = [at, *(at + len(link) for link in _LINKS if word.startswith(link, at))]
    for start in starts:
        yield from _roots(word, start, before, linked=start > at or last is None or last.place == "prefix")
        yield from _ends(word, start, before, linked=start > at)


def _roots(word: str, start: int, before: tuple[Morpheme, ...], *, linked: bool) -> Iterator[tuple[Morpheme, ...]]:
    if sum(piece.place == "root" for piece in before) >= 4 or not (linked or word[start : start + 1] in _VOWELS):
        return
    for piece in _here(word, start, "root"):
        yield from _cuts(word, start + len(piece.text), (*before, piece))


def _ends(word: str, start: int, before: tuple[Morpheme, ...], *, linked: bool) -> Iterator[tuple[Morpheme, ...]]:
    """A suffix that ends the word: after a link when it begins with a consonant, without one otherwise."""
    piece = _endings().get(word[start:])
    if piece is None or not before:
        return
    vowel = word[start] in _VOWELS
    if before[-1].place == "prefix" and (len(piece.text) < 4 or len(before[-1].text) < 3):
        return
    if before[-1].place == "prefix" or linked != vowel:
        yield (*before, piece)


def _here(word: str, at: int, place: Place) -> Iterator[Morpheme]:
    for end in range(min(len(word) - 1, at + 14), at, -1):
        piece = _pieces(place).get(word[at:end])
        if piece:
            yield piece


@cache
def _pieces(place: Place) -> dict[str, Morpheme]:
    return {piece.text: piece for piece in morphemes() if piece.place == place}


@cache
def _endings() -> dict[str, Morpheme]:
    """Suffixes by each of their forms: singular and plural, masculine and feminine."""
    endings: dict[str, Morpheme] = {}
    for piece in sorted(_pieces("suffix").values(), key=lambda one: len(one.text)):
        adjective = not piece.text.endswith(("ie", "ion", "ité", "isme", "gramme", "ose", "ome", "ite"))
        for form in (piece.text, *inflection.forms(piece.text, adjective=adjective)):
            endings[form] = piece
    return endings


def _joined(word: str) -> bool:
    """A prefix or a root before a usual French word, with a hyphen or not: « préthérapeutique », « fémorotibiale »."""
    head, hyphen, tail = word.rpartition("-")
    if hyphen:
        return _fore(head) and (_usual(tail) or bool(pieces(tail)))
    return any(_usual(word[at:]) and _fore(word[:at]) for at in range(3, len(word) - 5))


def _usual(word: str) -> bool:
    """Whether it is a French word that medicine may build on: an adjective, an action, a state."""
    return len(word) >= 6 and word.endswith(_BUILT_ON) and general.available() and general.rank(word) < _USUAL


def _fore(head: str) -> bool:
    """Whether what stands before is a prefix, or roots that end with a linking « o »."""
    if head in _pieces("prefix"):
        return len(head) >= 3
    if not head.endswith("o"):
        return False
    stem = head[:-1]
    return len(stem) >= 4 and (stem in _pieces("root") or any(_only_roots(stem)))


def _only_roots(stem: str) -> Iterator[bool]:
    for at in range(3, len(stem) - 3):
        if stem[at] == "o" and stem[:at] in _pieces("root") and stem[at + 1 :] in _pieces("root"):
            yield True


def _morpheme(row: list[str]) -> Morpheme:
    text, place, sense = row[:3]
    if place not in ("prefix", "root", "suffix"):
        raise ValueError("neither a prefix, nor a root, nor a suffix")
    return Morpheme(text=text, place=place, sense=sense)  # type: ignore[arg-type]
