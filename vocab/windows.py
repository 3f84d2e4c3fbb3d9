"""Stretches of one to four words that may be one name: a recogniser splits what it does not know into ordinary words.

Knows what may never be inside one: a number, a side, a negation, a person's name. Searches nothing.
"""

from collections.abc import Iterator, Sequence

from vocab.grave import DENIALS, SIDES
from vocab.words import Token

LONGEST = 4
"""The most words of a window; small elided words (« l' ») are not counted."""
FROZEN = SIDES | DENIALS
"""Sides and negations, folded: never searched, never written by the search."""
_BETWEEN = frozenset(" -'’‑")


def searchable(token: Token) -> bool:
    """Whether a word may be inside a window: never a number, a side, a negation or a person's name."""
    return token.kind in ("word", "elision") and not token.name and token.key not in FROZEN


def windows(
    text: str, tokens: Sequence[Token], *, usable: Sequence[bool], odd: Sequence[bool]
) -> Iterator[tuple[int, int]]:
    """The first and last token of each window that ends with a word and holds an odd one.

    `usable` says which tokens may be in a window, `odd` which ones make it worth a search.
    """
    for first in range(len(tokens)):
        words = 0
        for last in range(first, min(len(tokens), first + 2 * LONGEST)):
            if not usable[last] or (last > first and not together(text, tokens[last - 1], tokens[last])):
                break
            words += tokens[last].kind == "word"
            if words > LONGEST:
                break
            if tokens[last].kind == "word" and any(odd[first : last + 1]):
                yield first, last


def within(token: Token, places: Sequence[tuple[int, int]]) -> bool:
    """Whether a token touches one of these stretches of the text."""
    return any(start < token.end and token.start < end for start, end in places)


def together(text: str, one: Token, other: Token) -> bool:
    """Whether only a space, a hyphen or an apostrophe parts two tokens that follow each other."""
    return _BETWEEN.issuperset(text[one.end : other.start])
