"""A text cut into words with their offsets, for the search and the checks.

Knows elisions, hyphens, numbers and stops; keeps every word's place in the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vocab.folding import fold

_TOKEN = re.compile(
    r"(?P<number>\d+(?:[ .,/]\d+)*)|(?P<elision>\b(?:jusqu|lorsqu|puisqu|quelqu|qu|[ldjmtscn])['’])"
    r"|(?P<word>[^\W\d_]+(?:\d+[^\W\d_]*)?)|(?P<stop>[.,;:!?…()«»\n/%°])",
    re.IGNORECASE,
)
_CALLED = {"dr", "docteur", "pr", "professeur", "monsieur", "madame", "mme", "mlle", "mademoiselle", "m"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A word, a number or a stop."""

    text: str
    start: int
    end: int
    kind: Literal["word", "number", "elision", "stop"]
    name: bool = False
    """A person's name, by what stands before it."""

    @property
    def key(self) -> str:
        """Folded, for comparison."""
        return fold(self.text)


def cut(text: str) -> tuple[Token, ...]:
    """The tokens of a text, in order."""
    tokens: list[Token] = []
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or "word"
        named = kind == "word" and found[0][:1].isupper() and bool(tokens) and _calls(tokens)
        tokens.append(Token(text=found[0], start=found.start(), end=found.end(), kind=kind, name=named))  # type: ignore[arg-type]
    return tuple(tokens)


def _calls(tokens: Sequence[Token]) -> bool:
    return tokens[-1].key in _CALLED or (tokens[-1].name and tokens[-1].kind == "word")


def opens_sentence(text: str, start: int) -> bool:
    """Whether a sentence begins here."""
    before = text[:start].rstrip(" ")
    return not before or before[-1] in ".!?…\n-"
