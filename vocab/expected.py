"""Which words of the lexicon may have been said in a stretch of speech, by the sound of what was heard.

Told to the recogniser before it listens again, they are heard right far more often. Searches more loosely than
`suggest`, for nothing is written from here: a wrong guess costs a place in the list, no more. Never a number or unit.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import log10

from vocab import general
from vocab.doubt import doubtful
from vocab.folding import fold
from vocab.lexicon import Entry, Lexicon
from vocab.sounds import Sounded, Sounds, sounds_of
from vocab.suggest import pronounced
from vocab.windows import searchable, windows, within
from vocab.words import Token, cut

_ALIKE = 0.68
_EACH = 4
"""How many entries one window of words may give."""
_LENGTH = 0.01
"""A long name that sounds right is less likely to be there by chance than a short one, for each sound."""
_AGAIN = 0.02
"""For each other window that gives the same entry, up to three."""
_SPECIALTY = 0.04
"""For an entry of the specialty that most known words of the text belong to."""
_COMMON = 0.02
"""For each tenfold of the products sold, or of the commonness of the word."""
_BEHIND = 0.75
"""What an entry loses for sounding less alike than another one found in the same window."""
_SIGLE_ALIKE = 0.88
_EVERYDAY, _USUAL = 300, 5_000
"""Words among the most frequent this many are no letters misheard: together, alone."""
_CUT_SIGLE = re.compile(r"(?<=\b[A-Z]{2}),(?= [A-Z]{1,3}\b)|(?<=\b[A-Z]),(?= [A-Z]{1,3}\b)")


@dataclass(slots=True)
class _Guess:
    """An entry with the windows that sound like it."""

    found: Sounded
    alike: float = 0.0
    behind: float = 1.0
    """How much less alike than the best entry of a same window, at the least."""
    windows: set[str] = field(default_factory=set)


def expected(text: str, lexicon: Lexicon, *, faint: Sequence[tuple[int, int]] = ()) -> tuple[str, ...]:
    """The entries that some window of one to four words of a heard text sounds like, the likeliest first.

    A window is searched when one of its words is unknown or rare, or within `faint` (offsets of what the recogniser
    was unsure of). Abbreviations are searched in every window: their letters are heard as everyday words.
    """
    text = _CUT_SIGLE.sub(" ", text)
    tokens = cut(text)
    guesses: dict[str, _Guess] = {}
    for window, alike, behind, found in _found(text, tokens, lexicon, faint):
        guess = guesses.setdefault(found.entry.text, _Guess(found))
        guess.windows.add(window)
        guess.behind = min(guess.behind, behind)
        if alike > guess.alike:
            guess.alike, guess.found = alike, found
    spoken_of = _specialties(tokens, lexicon)
    worth = {text: _worth(guess, spoken_of) for text, guess in guesses.items()}
    return tuple(sorted(worth, key=lambda entry: (-worth[entry], entry)))


def _found(
    text: str, tokens: Sequence[Token], lexicon: Lexicon, faint: Sequence[tuple[int, int]]
) -> Iterator[tuple[str, float, float, Sounded]]:
    usable = [searchable(token) for token in tokens]
    odd = [_odd(token, lexicon, faint) for token in tokens]
    heard: dict[str, list[str]] = {}
    for first, last in windows(text, tokens, usable=usable, odd=odd):
        if first < last or fold(tokens[first].text) not in lexicon.words:
            window = text[tokens[first].start : tokens[last].end]
            heard.setdefault(window, pronounced(window))
    yield from _nearest(heard, sounds_of(lexicon), above=_ALIKE)
    spelled = {
        window: pronounced(window)
        for first, last in windows(text, tokens, usable=usable, odd=usable)
        if (window := text[tokens[first].start : tokens[last].end]) and _spells(tokens[first : last + 1], lexicon)
    }
    yield from _nearest(spelled, _sigles(lexicon), above=_SIGLE_ALIKE)


def _nearest(
    heard: Mapping[str, Sequence[str]], sounds: Sounds, *, above: float
) -> Iterator[tuple[str, float, float, Sounded]]:
    sounds.prepare([one for several in heard.values() for one in several], above=above)
    for window, several in heard.items():
        near = sounds.nearest(several, above=above, limit=_EACH)
        for alike, found in near:
            yield window, alike, near[0][0] - alike, found


@lru_cache(maxsize=4)
def _sigles(lexicon: Lexicon) -> Sounds:
    """The abbreviations alone: their letters are few sounds, and longer words would hide them."""
    return Sounds(replace(lexicon, entries=tuple(lexicon.abbreviations.values())))


def _spells(tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    """Whether letters may have been heard as these words: none is a long medical word, not all are everyday ones."""
    if any(len(token.text) > 4 and token.key in lexicon.words for token in tokens):
        return False
    least = _EVERYDAY if len(tokens) > 1 else _USUAL
    return any(token.text.isupper() or general.rank(token.text) > least for token in tokens)


def _odd(token: Token, lexicon: Lexicon, faint: Sequence[tuple[int, int]]) -> bool:
    return token.kind == "word" and (doubtful(token.text, lexicon) or within(token, faint))


def _specialties(tokens: Sequence[Token], lexicon: Lexicon) -> Mapping[str, float]:
    """The share of the known medical words of a text that each specialty has."""
    known = {entry.text: entry for token in tokens if token.kind == "word" and (entry := lexicon.find(token.text))}
    counts = Counter(one for entry in known.values() for one in entry.specialties)
    most = max(counts.values(), default=1)
    return {one: count / most for one, count in counts.items()}


def _worth(guess: _Guess, spoken_of: Mapping[str, float]) -> float:
    entry = guess.found.entry
    share = max((spoken_of.get(one, 0.0) for one in entry.specialties), default=0.3)
    return (
        guess.alike
        + _LENGTH * len(guess.found.sounds)
        + _AGAIN * min(3, len(guess.windows) - 1)
        + _SPECIALTY * share
        + _COMMON * _common(entry)
        - _BEHIND * guess.behind
    )


def _common(entry: Entry) -> float:
    """How common an entry is, from 0 to about 3: by products sold for a medicine, by its rarest word otherwise."""
    if entry.drug:
        return log10(1 + entry.weight)
    rank = max((general.rank(word) for word in re.split(r"[\s\-']+", entry.text.lower()) if len(word) > 2), default=0)
    return max(0.0, 6.0 - log10(1 + rank)) / 2
