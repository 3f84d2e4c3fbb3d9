"""About how long the dictations that wait will take, learned from those that this practice has done.

Pure: reads no database and no clock. An estimate is a help to plan a morning, never a promise: it is told as « vers ».
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

ENOUGH = 5
"""Dictations done before their times are believed."""
APART = 5.0
"""Seconds by which two sounds must differ in length to say anything of what one second costs."""
OVERTIME = 0.2
"""What is left of a dictation that takes longer than was expected, as a part of the time it has taken so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast the work goes: so many seconds for any dictation, and so many for each second of its sound."""

    base: float
    rate: float
    usual: float
    """Seconds of sound in an ordinary dictation, for one whose length is not known."""

    def work(self, sound: float | None) -> float:
        """Seconds of work for that many seconds of sound."""
        return self.base + self.rate * (self.usual if sound is None else sound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A dictation in the queue."""

    id: str
    sound: float | None
    """Its length in seconds, if known."""
    done: float | None = None
    """Seconds since its work began; None when it waits."""


FIRST_GUESS = Pace(base=10.0, rate=1.0, usual=120.0)
"""Before this practice has done any: an ordinary office computer of four cores, each recording heard three times."""


def learned(done: Sequence[tuple[float, float]]) -> Pace:
    """The pace of past work, from (seconds of sound, seconds of work); the first guess below `ENOUGH` of them.

    Medians all the way (Theil and Sen's line), so that a night during which the machine slept, or a file that was
    tried three times, changes nothing.
    """
    if len(done) < ENOUGH:
        return FIRST_GUESS
    usual = median(sound for sound, _ in done)
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(done, 2) if abs(b[0] - a[0]) >= APART]
    rate = median(slopes) if slopes else 0.0
    base = median(work - rate * sound for sound, work in done)
    if rate <= 0 or base < 0:  # sounds of one length, or too few: nothing can be told apart but the work of each
        return Pace(base=0.0, rate=median(work / sound for sound, work in done), usual=usual)
    return Pace(base=base, rate=rate, usual=usual)


def ready(queue: Sequence[Turn], *, pace: Pace, workers: int) -> dict[str, float]:
    """Seconds until each dictation can be proofread, its queue given in order; empty when nobody works.

    Those under way go first, whatever their place: nothing is put aside for a more pressing one.
    """
    if workers < 1:
        return {}
    free, found = [0.0] * workers, {}
    for turn in sorted(queue, key=lambda turn: turn.done is None):
        end = heapq.heappop(free) + _left(turn, pace)
        heapq.heappush(free, end)
        found[turn.id] = end
    return found


def _left(turn: Turn, pace: Pace) -> float:
    """What remains of its work. One begun far longer ago than it needs was stopped, and is being done again."""
    whole, done = pace.work(turn.sound), turn.done or 0.0
    if done > 3 * whole + pace.base:
        return whole
    return max(whole - done, done * OVERTIME)
