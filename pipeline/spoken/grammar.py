"""What the typed grammars share: a reader looks at one place in the pieces and says what is written there.

Knows how a place is looked at (the words near it, what follows it) and how pieces become one; knows no grammar.
"""

from collections.abc import Callable, Collection, Sequence

from pipeline.spoken.heard import Piece, merged

Reading = tuple[Piece, int]
"""What is written, and how many pieces it took."""
Reader = Callable[[Sequence[Piece], int, Sequence[Piece]], Reading | None]
"""From the pieces, a place in them and what is already written before it; None when it is not its own."""


def key(pieces: Sequence[Piece], at: int) -> str:
    """The key of the piece at a place; empty outside, and for a mark."""
    return pieces[at].key if 0 <= at < len(pieces) else ""


def keyed(pieces: Sequence[Piece], at: int, words: Sequence[str]) -> bool:
    """Whether these words, and nothing between them, are at this place."""
    return [piece.key for piece in pieces[at : at + len(words)]] == list(words)


def near(written: Sequence[Piece], words: Collection[str], *, within: int) -> bool:
    """Whether one of the words is among the last pieces written, in the same sentence."""
    for piece in reversed(written[-within:]):
        if piece.mark in (".", "line", "paragraph", "item"):
            return False
        if piece.key in words:
            return True
    return False


def ends(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a stretch ends before this place: the end, a mark, or punctuation of the recogniser's own."""
    return at >= len(pieces) or bool(pieces[at].mark) or bool(at and pieces[at - 1].after)


def made(pieces: Sequence[Piece], at: int, end: int, text: str, **changes: object) -> Reading:
    """The pieces from `at` to `end` written as one."""
    return merged(pieces[at:end], text, **changes), end - at
