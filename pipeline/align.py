"""Where words went when a text was edited: places to check and times follow their words.

Pure, and the twin of web/static/align.js: the browser paints with one, the server decides with the other, and both
answer the same on tests/data/align_cases.json. Offsets are Unicode code points. Knows nothing of people or of sound.

The text is the only state. A place to check is open while its words are still there as they were, so correcting them
closes it and undoing the correction opens it again. When in doubt a place stays open: words that were cut from one
paragraph and pasted in another are found again there.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.types import Span
from vocab.flag import Flag

Place = tuple[int, int]

SPACE = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""Written out, because Python and JavaScript do not agree on what \\s is."""
SOFT = r".,;:!?…«»“”\"()\[\]'’"
"""Punctuation that no word's meaning hangs on; a comma between two digits, a hyphen, a « < » or a « / » are words."""
TOKEN = re.compile(rf"[0-9]+(?:[.,:][0-9]+)+|[^\W_]+|[^\w{SPACE}{SOFT}]|_")

MOST_CHANGES = 2000
"""Words added and removed beyond which the text counts as typed anew: comparing would take seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A word, a number or a sign of a text."""

    text: str
    start: int
    end: int


def tokenize(text: str) -> tuple[Token, ...]:
    """The words of a text: runs of letters and digits, numbers with their separators, signs that carry meaning."""
    return tuple(Token(text=m.group(), start=m.start(), end=m.end()) for m in TOKEN.finditer(text))


def moved(flags: Sequence[Flag], *, before: str, after: str) -> tuple[Place | None, ...]:
    """Where each flag of `before` stands in `after`; None when one of its words was changed, deleted or parted.

    A flag that covers no word (something missing, something not heard) keeps the nearest place.
    """
    edit = _compare(before, after)
    return tuple(_moved(edit, flag.start, flag.end) for flag in flags)


def timed(spans: Sequence[Span], *, before: str, after: str) -> tuple[Span, ...]:
    """The spans of the edited text: untouched words keep their seconds, typed words borrow their neighbours'.

    A typed word has probability 1: a person wrote it. Words with no neighbour that has seconds get no span.
    """
    edit = _compare(before, after)
    owner = _owners(spans, edit.old)
    runs = list(_runs(edit, owner))
    return tuple(span for k, run in enumerate(runs) for span in _timed(edit, spans, runs, k, run))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """Two texts, their words, and which word of one is which of the other (-1: none)."""

    before: str
    after: str
    old: tuple[Token, ...]
    new: tuple[Token, ...]
    to_new: list[int]
    to_old: list[int]


def _compare(before: str, after: str) -> _Edit:
    old, new = tokenize(before), tokenize(after)
    to_new, to_old = [-1] * len(old), [-1] * len(new)
    for i, j in matches([t.text for t in old], [t.text for t in new]):
        to_new[i], to_old[j] = j, i
    return _Edit(before=before, after=after, old=old, new=new, to_new=to_new, to_old=to_old)


def _moved(edit: _Edit, start: int, end: int) -> Place | None:
    inside = _inside(edit.old, start, end)
    if not inside:
        return _nearest(edit, start, end)
    first, last = inside[0], inside[-1]
    images = [edit.to_new[i] for i in inside]
    if images[0] >= 0 and images == list(range(images[0], images[0] + len(images))):
        return _stretch(edit, start, end, first, last, images[0])
    found = _slid(edit, first, len(inside))
    found = _elsewhere(edit, first, len(inside)) if found is None else found
    return None if found is None else _stretch(edit, start, end, first, last, found)


def _inside(tokens: Sequence[Token], start: int, end: int) -> range:
    """The words that a stretch covers, were it only in part."""
    low = bisect_right(tokens, start, key=lambda token: token.end)
    return range(low, bisect_left(tokens, end, key=lambda token: token.start)) if start < end else range(0)


def _stretch(edit: _Edit, start: int, end: int, first: int, last: int, at: int) -> Place:
    """The stretch around the words that begin at new word `at`, with the same characters at its edges."""
    old_first, old_last = edit.old[first], edit.old[last]
    new_first, new_last = edit.new[at], edit.new[at + last - first]
    lead = edit.before[start : old_first.start]
    trail = edit.before[old_last.end : end]
    if start >= old_first.start:
        left = new_first.start + start - old_first.start
    else:
        left = new_first.start - (len(lead) if edit.after[: new_first.start].endswith(lead) else 0)
    if end <= old_last.end:
        right = new_last.end - (old_last.end - end)
    else:
        right = new_last.end + (len(trail) if edit.after.startswith(trail, new_last.end) else 0)
    return left, right


def _slid(edit: _Edit, first: int, size: int) -> int | None:
    """Where the words stand in a reading of the edit that is as good: « 5 mg à midi, 5 mg » lost one of its two doses.

    When words removed together end (or begin) like the words kept before (or after) them, nobody can tell which of
    the two was removed: the place stays open.
    """
    begin = next((i + 1 for i in range(first - 1, -1, -1) if edit.to_new[i] >= 0), 0)
    end = next((i for i in range(first, len(edit.old)) if edit.to_new[i] >= 0), len(edit.old))
    if first + size > end:
        return None
    for length, alike in ((begin - end, range(first, end)), (end - begin, range(begin, first + size))):
        other = [i + length for i in alike]
        if other[0] < 0 or other[-1] >= len(edit.old):
            continue
        images = [edit.to_new[i] for i in range(first + length, first + length + size)]
        together = images[0] >= 0 and images == list(range(images[0], images[0] + size))
        if together and all(
            edit.to_new[o] >= 0 and edit.old[i].text == edit.old[o].text for i, o in zip(alike, other, strict=True)
        ):
            return images[0]
    return None


def _elsewhere(edit: _Edit, first: int, size: int) -> int | None:
    """The first place of the new text with these very words that the rest of the old text does not account for."""
    words = [t.text for t in edit.old[first : first + size]]
    for at in range(len(edit.new) - size + 1):
        sources = edit.to_old[at : at + size]
        stood = sources[0] >= 0 and sources == list(range(sources[0], sources[0] + size))
        if not stood and [t.text for t in edit.new[at : at + size]] == words:
            return at
    return None


def _nearest(edit: _Edit, start: int, end: int) -> Place:
    """Where a stretch without words stands now: beside the kept word next to it, with the same characters between."""
    covered = edit.before[start:end]
    left = next((i for i in range(len(edit.old) - 1, -1, -1) if edit.old[i].end <= start and edit.to_new[i] >= 0), None)
    right = next((i for i in range(len(edit.old)) if edit.old[i].start >= end and edit.to_new[i] >= 0), None)
    at = 0
    if left is not None:
        at = edit.new[edit.to_new[left]].end
        gap = edit.before[edit.old[left].end : start]
        if edit.after.startswith(gap + covered, at):
            return at + len(gap), at + len(gap) + len(covered)
    if right is not None:
        to = edit.new[edit.to_new[right]].start
        gap = edit.before[end : edit.old[right].start]
        if edit.after[:to].endswith(covered + gap):
            return to - len(gap) - len(covered), to - len(gap)
        at = at if left is not None else to
    elif left is None and edit.after.startswith(edit.before[:end]):
        return start, end
    return at, at


def matches(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of equal elements, in order, as many as can be (Myers' O(ND) difference, ends trimmed first)."""
    head = 0
    while head < len(a) and head < len(b) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < len(a) - head and tail < len(b) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    middle = _myers(a[head : len(a) - tail], b[head : len(b) - tail])
    return [
        *((i, i) for i in range(head)),
        *((i + head, j + head) for i, j in middle),
        *((len(a) - i, len(b) - i) for i in range(tail, 0, -1)),
    ]


def _myers(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Myers (1986): how far each diagonal gets with `d` changes, then the way back."""
    if not a or not b:
        return []
    most = min(len(a) + len(b), MOST_CHANGES)
    far = [0] * (2 * most + 3)
    trace: list[list[int]] = []
    for d in range(most + 1):
        trace.append([far[k] for k in range(-d - 1, d + 2)])
        for k in range(-d, d + 1, 2):
            x = far[k + 1] if _goes_down(far, k, d) else far[k - 1] + 1
            while x < len(a) and x - k < len(b) and a[x] == b[x - k]:
                x += 1
            far[k] = x
            if x >= len(a) and x - k >= len(b):
                return _way_back(trace, len(a), len(b))
    return []


def _goes_down(far: Sequence[int], k: int, d: int) -> bool:
    """Whether diagonal `k` is best reached by adding a word; diagonals below zero are counted from the list's end."""
    return k == -d or (k != d and far[k - 1] < far[k + 1])


def _way_back(trace: Sequence[Sequence[int]], x: int, y: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for d in range(len(trace) - 1, -1, -1):
        k = x - y
        row = trace[d]
        came = k + 1 if k == -d or (k != d and row[k + d] < row[k + d + 2]) else k - 1
        to_x = row[came + d + 1]
        while x > max(to_x, 0) and y > max(to_x - came, 0):
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = to_x, to_x - came
    return pairs[::-1]


def _owners(spans: Sequence[Span], tokens: Sequence[Token]) -> list[int]:
    """For each word, the first span that covers some of it, or -1."""
    owner = [-1] * len(tokens)
    for index in range(len(spans) - 1, -1, -1):
        for i in _inside(tokens, spans[index].start, spans[index].end):
            owner[i] = index
    return owner


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """New words `first` to `last` that come from one span, untouched and in order; source -1: typed words."""

    first: int
    last: int
    source: int


def _runs(edit: _Edit, owner: Sequence[int]) -> Iterator[_Run]:
    first = 0
    sources = [owner[i] if i >= 0 else -1 for i in edit.to_old]
    for j in range(1, len(sources) + 1):
        together = j < len(sources) and sources[j] == sources[j - 1]
        if together and sources[j] >= 0:
            together = edit.to_old[j] == edit.to_old[j - 1] + 1
        if not together:
            yield _Run(first=first, last=j - 1, source=sources[j - 1])
            first = j


def _timed(edit: _Edit, spans: Sequence[Span], runs: Sequence[_Run], k: int, run: _Run) -> Iterator[Span]:
    if run.source >= 0:
        span = spans[run.source]
        start, end = edit.new[run.first].start, edit.new[run.last].end
        if _inside(edit.old, span.start, span.end) == range(edit.to_old[run.first], edit.to_old[run.last] + 1):
            first, last = edit.to_old[run.first], edit.to_old[run.last]
            start, end = _stretch(edit, span.start, span.end, first, last, run.first)
        yield Span(start=start, end=end, seconds=span.seconds, probability=span.probability)
        return
    left = spans[runs[k - 1].source].seconds[1] if k > 0 else None
    right = spans[runs[k + 1].source].seconds[0] if k + 1 < len(runs) else None
    since = left if left is not None else right
    if since is None:
        return
    until = max(since, right) if right is not None else since
    step = (until - since) / (run.last - run.first + 1)
    for n, j in enumerate(range(run.first, run.last + 1)):
        seconds = (since + n * step, since + (n + 1) * step)
        yield Span(start=edit.new[j].start, end=edit.new[j].end, seconds=seconds, probability=1.0)
