"""The account of the sound: every second of detected speech is in the text, removed with a reason, or unaccounted for.

Knows intervals only. What is unaccounted for becomes a place to listen to again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.types import CheckedText, Coverage, Letter, Seconds, Transcript
from vocab.flag import Flag

_GRACE = 1.5
"""Speech this short between two words is a breath or the edge of a word, in seconds."""


def account(transcript: Transcript, letters: Sequence[Letter]) -> Coverage:
    """What became of each second of detected speech, in the letters made of it."""
    speech = _union(transcript.speech)
    written = _union(span.seconds for letter in letters for span in letter.spans)
    removed = tuple(one for letter in letters for one in letter.removed)
    known = _union([*written, *(one.seconds for one in removed)])
    unwritten = _union(one.seconds for one in removed)
    missing = [(start, end) for start, end in _minus(speech, _bridged(known)) if end - start > _GRACE]
    return Coverage(
        speech_seconds=round(_length(speech), 2),
        in_text=round(_length(_minus(speech, _union([*unwritten, *missing]))), 2) if written else 0.0,
        removed=removed,
        unaccounted=tuple((round(start, 2), round(end, 2)) for start, end in missing),
    )


def flagged(checked: CheckedText, coverage: Coverage) -> CheckedText:
    """The checked text with a flag where speech was heard that is not in it."""
    flags = [_flag(checked, seconds) for seconds in coverage.unaccounted]
    placed = sorted([*checked.flags, *flags], key=lambda flag: (flag.start, flag.end))
    return replace(checked, flags=tuple(placed)) if flags else checked


def _flag(checked: CheckedText, seconds: Seconds) -> Flag:
    """On the last word written before the missing sound, else on the first word."""
    spans = checked.letter.spans
    before = [span for span in spans if span.seconds[1] <= seconds[0] + 0.3]
    place = before[-1] if before else spans[0] if spans else None
    start, end = (place.start, place.end) if place else (0, 0)
    length = seconds[1] - seconds[0]
    return Flag(
        start=start,
        end=end,
        kind="coverage",
        text=checked.text[start:end],
        reason=f"Environ {max(1, round(length))} s de voix après ce mot ne sont pas dans le texte : réécoutez.",
        severity="block" if length >= 3 else "look",
        seconds=seconds,
    )


def _union(intervals: Iterable[Seconds]) -> list[Seconds]:
    out: list[Seconds] = []
    for start, end in sorted(intervals):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def _bridged(intervals: Sequence[Seconds]) -> list[Seconds]:
    """Gaps too short to hold a word are closed."""
    wide = _union((start - _GRACE / 2, end + _GRACE / 2) for start, end in intervals)
    return [(start + _GRACE / 2, end - _GRACE / 2) for start, end in wide]


def _minus(intervals: Sequence[Seconds], taken: Sequence[Seconds]) -> list[Seconds]:
    out: list[Seconds] = []
    for start, end in intervals:
        at = start
        for low, high in taken:
            if high <= at or low >= end:
                continue
            if low > at:
                out.append((at, low))
            at = max(at, high)
        if at < end:
            out.append((at, end))
    return out


def _length(intervals: Sequence[Seconds]) -> float:
    return sum(end - start for start, end in intervals)
