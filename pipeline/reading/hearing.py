"""Several readings of one sound made into one, and where they part.

What comes back of the stretches that were listened to again (`again`) is laid along the first reading, which alone
knows when each word was said. Where the readings part, the one is kept that more of them give, that has more words of
the lexicon and no number, side or negation less, if it sounds like what was heard first: a word the recogniser was told
to expect must not be written where nothing like it was said. What they part on is not decided here: `agreement` shows
it to a person. Knows words and the lexicon; does not know what a letter is.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from pipeline.reading.stretches import within
from pipeline.types import Stretch, Word
from vocab import general, phonetics
from vocab.folding import fold
from vocab.grave import DENIALS
from vocab.lexicon import Lexicon
from vocab.words import cut

_UNLIKE = 0.45
"""A reading of a stretch this far from the first one is a failure of the recogniser, not a reading."""
_SOUNDS_LIKE = 0.45
_VOTE, _NUMBER_LOST, _SIGN_LOST, _NEVER = 0.6, 0.5, 1.5, -99.0
"""What a reading gains by each listening that gives it, and loses by each number, side or negation it lacks."""
_CALLED = frozenset(
    ["patient", "patiente", "madame", "monsieur", "mademoiselle", "enfant", "docteur", "dr", "professeur", "secrit"]
)
_NAME = 4
"""How many words a name may take after what announces it."""
_SYMBOLS = {
    "kilo": "kg", "kilos": "kg", "kilogrammes": "kg", "milligramme": "mg", "milligrammes": "mg", "gramme": "g",
    "grammes": "g", "millimetre": "mm", "millimetres": "mm", "centimetre": "cm", "centimetres": "cm",
    "millilitre": "ml", "millilitres": "ml", "poing": "point", "deux": "2", "trois": "3",
}  # fmt: skip
_MEASURE = re.compile(r"(\d[\d.,]*)((?:mg|kg|g|µg|ml|cl|mm|cm|mmol|%)\W*)")
_MARKS = re.compile(r"[^\w%°/+=<>±]+")

Texts = Sequence[str]


# --- along the first reading -----------------------------------------------------------------------------------------


def placed(texts: Sequence[str], asked: Sequence[Stretch], first: Sequence[Word]) -> tuple[Word, ...]:
    """The words of a later reading, with the times of the first reading's words they stand for.

    Where a stretch was not understood at all the first reading's own words stand.
    """
    out: list[Word] = []
    for text, stretch in zip(texts, asked, strict=True):
        heard = within(first, stretch.start, stretch.end)
        said = text.split()
        out += _timed(said, heard) if heard and _alike(said, heard) else heard
    return tuple(out)


def _alike(said: Sequence[str], heard: Sequence[Word]) -> bool:
    from rapidfuzz.distance import Levenshtein

    one, other = _key(" ".join(said)), _key(" ".join(word.text for word in heard))
    return Levenshtein.normalized_similarity(one, other) >= _UNLIKE


def _timed(said: Sequence[str], heard: Sequence[Word]) -> Iterator[Word]:
    from rapidfuzz.distance import Levenshtein

    steps = Levenshtein.opcodes([_key(word.text) for word in heard], [_key(text) for text in said])
    for same, group in groupby(steps, key=lambda step: step.tag == "equal"):
        block = list(group)
        first, last = block[0].src_start, block[-1].src_end
        texts = said[block[0].dest_start : block[-1].dest_end]
        if same:
            yield from (replace(word, text=text) for word, text in zip(heard[first:last], texts, strict=True))
        elif texts:
            yield from _shared(texts, heard, first, last)


def _shared(texts: Sequence[str], heard: Sequence[Word], first: int, last: int) -> Iterator[Word]:
    """Words for a place: its seconds shared out among them by their lengths."""
    under = heard[first:last] or heard[max(0, first - 1) : first + 1]
    start, end = (under[0].start, under[-1].end) if first < last else (under[0].end, under[-1].start)
    length, at = max(1, sum(len(text) for text in texts)), start
    sure = min(word.probability for word in under)
    for text in texts:
        to = at + max(0.0, end - start) * len(text) / length
        yield Word(text=text, start=round(at, 3), end=round(to, 3), probability=sure)
        at = to


# --- one reading out of several --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A place where readings part: each one's words there, the first reading's first."""

    readings: tuple[tuple[Word, ...], ...]
    begins: int
    ends: int
    """Which words of the first reading are in it."""


def kept(readings: Sequence[Sequence[Word]], *, lexicon: Lexicon, context: Sequence[str] = ()) -> tuple[Word, ...]:
    """One reading out of several of the same sound, the first one first; `context` as in `stretches`."""
    out: list[Word] = []
    readings = [_parted(reading) for reading in readings]
    called, known = _names(readings), {_key(part) for name in context for part in name.split()}
    for place in _places(readings):
        named = any(place.begins <= at < place.ends for at in called)
        out += _chosen(place.readings, lexicon, names=known if named else None)
    return tuple(out)


def _names(readings: Sequence[Sequence[Word]]) -> set[int]:
    """The places of the first reading's words where a person is named, by what some reading has before: « patiente »,
    « docteur »…"""
    first = readings[0]
    called = [word.start for reading in readings for word in reading if _key(word.text) in _CALLED]
    starts = [bisect_left(first, moment, key=lambda word: word.end) for moment in called]
    return {at for start in starts for at in range(start, min(start + 1 + _NAME, len(first)))}


def _places(readings: Sequence[Sequence[Word]]) -> Iterator[_Place]:
    """The recording cut at the words that all readings share."""
    first = readings[0]
    matches = [_matches(first, other) for other in readings[1:]]
    at = [0] * len(readings)
    for index in [*(i for i in range(len(first)) if all(i in one for one in matches)), len(first)]:
        ends = [index, *(one.get(index, len(other)) for one, other in zip(matches, readings[1:], strict=True))]
        apart = tuple(tuple(reading[a:b]) for reading, a, b in zip(readings, at, ends, strict=True))
        if any(apart):
            yield _Place(readings=apart, begins=at[0], ends=index)
        if index < len(first):
            yield _Place(readings=((first[index],),), begins=index, ends=index + 1)
        at = [end + 1 for end in ends]


def _matches(first: Sequence[Word], other: Sequence[Word]) -> dict[int, int]:
    from rapidfuzz.distance import Levenshtein

    one, two = [_key(word.text) for word in first], [_key(word.text) for word in other]
    return {
        step.src_start + shift: step.dest_start + shift
        for step in Levenshtein.opcodes(one, two)
        if step.tag == "equal"
        for shift in range(step.src_end - step.src_start)
    }


def _chosen(
    readings: Sequence[tuple[Word, ...]], lexicon: Lexicon, *, names: Collection[str] | None
) -> tuple[Word, ...]:
    """The reading to keep at a place; among equals the first one given.

    Where people are named `names` are those that may be said: told what words to expect, the recogniser takes other
    names for words, so that there the first reading stays unless another one has such a name.
    """
    texts = [" ".join(word.text for word in words) for words in readings]
    if len({_key(text) for text in texts}) == 1:
        return readings[0]
    if names is not None and len({grave(text) for text in texts}) == 1:
        known = next((words for words in readings[1:] if any(_key(word.text) in names for word in words)), None)
        if known or not any(_plainer(text, texts[0], lexicon) for text in texts[1:]):
            return known or readings[0]
    return readings[max(range(len(texts)), key=lambda which: (_worth(which, texts, lexicon), -which))]


def _plainer(text: str, heard: str, lexicon: Lexicon) -> bool:
    """Whether a reading of a name makes so much more sense that it was no name; letters for a name make none."""
    spelled = any(word.isupper() and len(word) > 1 for word in text.split())
    return not spelled and sense(text, lexicon) >= sense(heard, lexicon) + 2 * _VOTE


def _worth(which: int, texts: Texts, lexicon: Lexicon) -> float:
    text = texts[which]
    if which and not _sounds(text, texts[0]):
        return _NEVER
    votes = sum(1 for other in texts if _key(other) == _key(text) or _same_graves(other, text))
    return _VOTE * votes + sense(text, lexicon) - _lost(text, texts)


def _same_graves(one: str, other: str) -> bool:
    """Whether two readings give the same numbers, sides and negations, and some."""
    return bool(grave(one)) and grave(one) == grave(other)


def _lost(text: str, texts: Texts) -> float:
    """What a reading loses by the numbers, sides and negations that another one has more: what may have been said is
    not dropped for being ugly."""
    numbers, signs = _counted(text)
    most = [_counted(other) for other in texts]
    return _NUMBER_LOST * (max(n for n, _ in most) - numbers) + _SIGN_LOST * (max(s for _, s in most) - signs)


def _counted(text: str) -> tuple[int, int]:
    """How many numbers, and how many sides and negations."""
    found = grave(text)
    signs = sum(1 for one in found if not one[0].isdecimal())
    return len(found) - signs, signs


def _sounds(text: str, heard: str) -> bool:
    if not text or not heard:
        return not text and len(heard) < 4
    one, other = phonetics.phrase(_plain(text)), phonetics.phrase(_plain(heard))
    return phonetics.likeness(one, other) >= _SOUNDS_LIKE


def sense(text: str, lexicon: Lexicon) -> float:
    """How much sense the words of a text make: medical words count for, unknown and rare ones against."""
    total = 0.0
    for token in cut(text):
        if token.kind != "word" or len(token.text) < 2:
            continue
        if fold(token.text) in lexicon.words:
            total += 0.5 if general.rank(token.text) > 3000 else 0.0
        elif not general.known(token.text):
            total -= 1.0
        elif not general.familiar(token.text):
            total -= 0.5
    return total


# --- what must never change without a person -------------------------------------------------------------------------

_SIDES = {"droit": "D", "droite": "D", "droits": "D", "droites": "D", "gauche": "G", "gauches": "G"}
_FIGURES = {
    word: str(value)
    for value, names in enumerate(
        ("zero", "un une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze",
         "treize", "quatorze", "quinze", "seize")
    )
    for word in names.split()
}  # fmt: skip


def grave(text: str) -> tuple[str, ...]:
    """The numbers, sides and negations of a text, in order: what two readings must agree on."""
    out: list[str] = []
    for token in re.findall(r"\d+(?:[.,]\d+)*|[^\W\d_]+", fold(text)):
        if token[0].isdecimal():
            out.append(token.replace(".", ","))
        elif token in _FIGURES and token not in ("un", "une"):
            out.append(_FIGURES[token])
        elif token in _SIDES:
            out.append(_SIDES[token])
        elif token in DENIALS:
            out.append("non")
    return tuple(out)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+(?:')?", text))


def _key(text: str) -> str:
    """A word for comparison: no case, accent, mark nor plural, a unit by its symbol."""
    folded = _MARKS.sub("", fold(text))
    symbol = _SYMBOLS.get(folded, folded)
    return symbol[:-1] if len(symbol) > 3 and symbol.endswith("s") else symbol


def _parted(words: Sequence[Word]) -> tuple[Word, ...]:
    """« 5mg » as « 5 » and « mg »: one reading writes it so, the other not."""
    return tuple(part for word in words for part in _parts(word))


def _parts(word: Word) -> Iterator[Word]:
    found = _MEASURE.fullmatch(word.text.strip())
    if not found:
        yield word
        return
    middle = round(word.start + (word.end - word.start) * len(found[1]) / len(word.text.strip()), 3)
    yield replace(word, text=found[1], end=middle)
    yield replace(word, text=found[2], start=middle)
