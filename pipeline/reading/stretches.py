"""The stretches of a sound to listen to again: cut at the pauses, each with the words that may be said in it.

Knows when words were said and what the lexicon expects by their sound; does not listen.
"""

from collections.abc import Iterator, Sequence

from pipeline.types import Stretch, Word
from vocab.expected import expected
from vocab.lexicon import Lexicon

LONGEST = 26.0
"""A stretch lasts less than this, in seconds: slowed down, it must fit in the thirty that the recogniser hears."""
_SHORTEST = 10.0
_EDGE = 0.4
"""What is listened to around the words of a stretch, in seconds."""
_FAINT = 0.6
"""Below this probability a word is searched though it is known."""


def cut(
    words: Sequence[Word], *, lexicon: Lexicon, seconds: float, context: Sequence[str] = (), also: Sequence[Word] = ()
) -> tuple[Stretch, ...]:
    """The stretches of a sound of this length, cut at the widest pauses, each with the words expected in it.

    `context` are the names that may be said in this recording: they come first where it begins, where people are named,
    and last elsewhere. `also` is another reading, whose words are searched too.
    """
    out = []
    for first, last in _cuts(words):
        before = words[first - 1].end if first else 0.0
        after = words[last].start if last < len(words) else seconds
        heard = [*words[first:last], *within(also, words[first].start, words[last - 1].end)]
        out.append(
            Stretch(
                start=round(max((before + words[first].start) / 2, words[first].start - _EDGE, 0.0), 3),
                end=round(min((words[last - 1].end + after) / 2, words[last - 1].end + _EDGE, seconds), 3),
                expected=(*_expected(heard, lexicon), *context) if first else (*context, *_expected(heard, lexicon)),
                words=last - first,
            )
        )
    return tuple(one for one in out if one.end > one.start)


def within(words: Sequence[Word], start: float, end: float) -> list[Word]:
    """The words whose middle is between two moments."""
    return [word for word in words if start <= (word.start + word.end) / 2 <= end]


def _cuts(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    start = 0
    for at in range(1, len(words) + 1):
        if at == len(words):
            yield start, at
        elif words[at].end - words[start].start > LONGEST and at > start + 1:
            cut_at = _widest(words, start, at)
            yield start, cut_at
            start = cut_at


def _widest(words: Sequence[Word], start: int, last: int) -> int:
    return max(range(start + 1, last + 1), key=lambda at: _pause(words, start, at))


def _pause(words: Sequence[Word], start: int, at: int) -> tuple[bool, float]:
    """How good a place this is to cut before: late enough, then the widest silence, a stop counting as some."""
    stop = 0.15 if words[at - 1].text.endswith((".", "!", "?")) else 0.0
    return words[at].start - words[start].start >= _SHORTEST, words[at].start - words[at - 1].end + stop


def _expected(words: Sequence[Word], lexicon: Lexicon) -> tuple[str, ...]:
    text, faint = "", []
    for word in words:
        text += " " if text else ""
        if word.probability < _FAINT:
            faint.append((len(text), len(text) + len(word.text)))
        text += word.text.strip()
    return expected(text, lexicon, faint=faint)
