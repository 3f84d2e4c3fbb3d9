"""How a recording sounds: loud enough, clear of noise, on the right channel, heard to its end.

A `Meter` hears the sound block after block and keeps only counts, so that its memory does not grow with the length;
`remarks` says what a doctor should know of it. Pure arithmetic: knows nothing of files, of formats or of words.
Levels are in decibels below full scale (dBFS).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Block = npt.NDArray[np.float32]
    """One row a channel."""

FRAMES_A_SECOND = 50
"""20 ms: shorter than a syllable, so that the silence between two words shows; longer than one beat of a low voice."""
NOTHING = -70.0
"""Below this, in dBFS, nobody hears anything: a whisper far from the microphone is near -60, the hiss of an open
16-bit input near -75, a switched-off microphone below -85."""
HEARD_SECONDS = 0.1
"""Less than this above `NOTHING` is the click of a button, not a syllable."""
QUIET = -45.0
"""Ordinary dictation is between -35 and -20 dBFS. Below -45, what 16 bits and a telephone codec add is heard."""
NOISY = 20.0
"""Decibels between the voice and what is heard between two words. A quiet office leaves more than 30, a fan 25;
under 20 the recogniser errs visibly more often (our test dictation with noise at 15 dB)."""
FULL = 0.985
"""Of full scale. Codecs that were given a clipped sound give back flat tops a little below 1."""
CLIPPED_SHARE = 0.1
"""Share of the stretches with a voice in which tops are cut. Our test voice has 2 % at twice its level, where nobody
hears it, and 15 % at three times, where it grates."""
ALONE = 20.0
"""Decibels by which a channel must exceed all others to be the only one: the leak of a cable is 30 to 60 below."""
BAND_MISSING = -42.0
"""Sound above 4 kHz against sound below, in decibels. Speech has -15 to -30 there, a telephone line -50."""
HARDLY_ANY = 0.1
"""Share of the recording with a voice under which it is mostly silent."""
LONG_SECONDS = 30.0
"""A recording shorter than this may be mostly silent without anyone having forgotten to stop it."""
TAIL_SECONDS = 2.0
"""Exact digital silence to the end, longer than this, is not a pause: a microphone is never exactly silent."""

_LOUD_SECONDS = 1.0
_UNDER_THE_VOICE = 25.0
_FLOOR_SHARE = 0.05
_LOWEST = -120
_TOPS = 3
_SPECTRUM_STEP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What was measured of a whole recording, on its loudest channel: that carries the voice."""

    seconds: float = 0.0
    channels: int = 1
    heard: float = 0.0
    """Seconds above `NOTHING`."""
    level: float = _LOWEST
    """Of the voice."""
    floor: float = _LOWEST
    """Of what is heard when nobody speaks."""
    voiced: float = 0.0
    """Share of the recording with a voice."""
    clipped: float = 0.0
    """Share of the voice whose tops are cut."""
    high: float = 0.0
    """What is above 4 kHz against what is below, in decibels."""
    tail: float = 0.0
    """Seconds of exact silence at the end."""
    channel: int | None = None
    """The only channel to listen to; None: their average."""
    opposed: bool = False
    """The channels cancel each other: their average is not to be listened to."""

    @property
    def silent(self) -> bool:
        """Nothing can be heard in it. A recording too short to hold a syllable is judged on all it has."""
        return self.heard < min(HEARD_SECONDS, self.seconds / 2) and self.seconds * FRAMES_A_SECOND >= 1


def remarks(sound: Sound) -> tuple[str, ...]:
    """What a doctor should know of how it was recorded: codes of remarks.py. None for a recording in which nothing
    can be heard: that is said otherwise."""  # fmt: skip
    if sound.silent:
        return ()
    found = {
        "clipped": sound.clipped > CLIPPED_SHARE,
        "quiet": sound.level < QUIET,
        "noisy": sound.level - sound.floor < NOISY,
        "mostly-silent": sound.voiced < HARDLY_ANY and sound.seconds > LONG_SECONDS,
        "one-channel": sound.channel is not None and not sound.opposed,
        "opposed-channels": sound.opposed,
        "narrow": sound.high < BAND_MISSING,
    }
    return tuple(code for code, so in found.items() if so)


class Meter:
    """Hears a recording from its first block to its last. `rate` is in samples a second."""

    def __init__(self, *, rate: int, channels: int) -> None:
        import numpy as np

        self._rate = rate
        self._frame = max(1, rate // FRAMES_A_SECOND)
        self._left = np.zeros((channels, 0), np.float32)
        self._levels = np.zeros((channels, 1 - _LOWEST), np.int64)
        self._clipped = np.zeros(channels, np.int64)
        self._together = np.zeros((channels, channels))
        self._spectrum = np.zeros((channels, self._frame // 2 + 1))
        self._window = np.hanning(self._frame)
        self._samples = self._frames = 0
        self._tail = 0

    def hear(self, block: Block) -> None:
        """Take the next samples: one row a channel, any number of columns."""
        import numpy as np

        if len(block) != len(self._left):  # the recording changed its channels on the way
            block = np.broadcast_to(block.mean(axis=0), (len(self._left), block.shape[1]))
        self._samples += block.shape[1]
        self._count_tail(block)
        block = np.concatenate([self._left, block], axis=1)
        whole = block.shape[1] // self._frame * self._frame
        self._left = block[:, whole:].copy()
        if whole:
            self._measure(block[:, :whole].reshape(len(block), -1, self._frame))

    def sound(self) -> Sound:
        """What was heard so far."""
        if not self._samples:
            return Sound(channels=len(self._left))
        channel, opposed = self._chosen()
        loudest = self._loudest()
        counts = self._levels[loudest]
        level, floor, voiced = _levels(counts)
        return Sound(
            seconds=self._samples / self._rate,
            channels=len(self._left),
            heard=float(counts[NOTHING_BIN + 1 :].sum()) / FRAMES_A_SECOND,
            level=level,
            floor=floor,
            voiced=voiced / max(1, int(counts.sum())),
            clipped=float(self._clipped[loudest]) / max(1, voiced),
            high=_above(self._spectrum[loudest], self._rate / self._frame),
            tail=self._tail / self._rate,
            channel=channel,
            opposed=opposed,
        )

    def _count_tail(self, block: Block) -> None:
        import numpy as np

        sounding = np.flatnonzero(np.any(block, axis=0))
        length = block.shape[1]
        self._tail = length - 1 - int(sounding[-1]) if len(sounding) else self._tail + length

    def _measure(self, frames: Any) -> None:
        """Add whole frames (channel, frame, sample) to the counts."""
        import numpy as np

        tops = (np.abs(frames) >= FULL).sum(axis=2) >= _TOPS
        self._clipped += tops.sum(axis=1)
        frames = frames - frames.mean(axis=2, keepdims=True)  # a constant offset is not a sound
        power = np.square(frames).mean(axis=2)
        bins = np.clip(np.rint(10 * np.log10(power + 1e-12)) - _LOWEST, 0, -_LOWEST).astype(np.int64)
        for counts, channel in zip(self._levels, bins, strict=True):
            counts += np.bincount(channel, minlength=len(counts))
        flat = frames.reshape(len(frames), -1).astype(np.float64)
        self._together += flat @ flat.T
        first = -self._frames % _SPECTRUM_STEP  # one frame in four tells the band of the whole
        self._frames += frames.shape[1]
        some = frames[:, first::_SPECTRUM_STEP] * self._window
        self._spectrum += np.square(np.abs(np.fft.rfft(some, axis=2))).sum(axis=1)

    def _loudest(self) -> int:
        return int(self._together.diagonal().argmax())

    def _chosen(self) -> tuple[int | None, bool]:
        """The channel to listen to alone, if one must be, and whether that is because they cancel each other."""
        energy, loudest = self._together.diagonal(), self._loudest()
        others = [float(value) for place, value in enumerate(energy) if place != loudest]
        if not others or not energy[loudest]:
            return None, False
        if max(others) * 10 ** (ALONE / 10) < energy[loudest]:
            return loudest, False
        if self._together.sum() < 0.5 * energy.sum():  # uncorrelated channels would give the whole of it
            return loudest, True
        return None, False


NOTHING_BIN = round(NOTHING) - _LOWEST


def _levels(counts: Any) -> tuple[float, float, int]:
    """The level of the voice, that of the rest, and how many frames hold a voice.

    A voice is within 25 dB of the loudest second: from its stressed vowels to its weak consonants.
    """
    total = int(counts.sum())
    loudest = _level_exceeded(counts, min(_LOUD_SECONDS * FRAMES_A_SECOND, total * 0.1))
    lowest = max(round(loudest - _UNDER_THE_VOICE), round(NOTHING)) - _LOWEST
    voiced = counts[lowest:]
    frames = int(voiced.sum())
    power = sum(int(n) * 10 ** ((place + lowest + _LOWEST) / 10) for place, n in enumerate(voiced))
    level = 10 * math.log10(power / frames) if frames else float(_LOWEST)
    return level, _level_exceeded(counts, total * (1 - _FLOOR_SHARE)), frames


def _level_exceeded(counts: Any, frames: float) -> float:
    """The level that this many frames reach."""
    reached = counts[::-1].cumsum()
    return float(max(_LOWEST, -int((reached < max(1.0, frames)).sum())))


def _above(spectrum: Any, width: float) -> float:
    """What is between 4 and 8 kHz against what is between 300 Hz and 3.4 kHz, in decibels. `width` of a line in Hz."""
    low, high = (float(_between(spectrum, width, *band)) for band in ((300, 3400), (4000, 8000)))
    return 10 * math.log10((high + 1e-20) / low) if low else 0.0


def _between(spectrum: Any, width: float, low: float, high: float) -> Any:
    return spectrum[math.ceil(low / width) : math.ceil(high / width)].sum()


def mixed(blocks: Iterator[Block], channel: int | None) -> Iterator[Block]:
    """One channel out of several: the one that was chosen, else their average."""
    for block in blocks:
        if len(block) == 1:
            yield block[0]
        else:
            yield block.mean(axis=0) if channel is None or channel >= len(block) else block[channel]
