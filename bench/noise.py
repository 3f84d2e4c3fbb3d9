"""The same dictations in a noisy room or by telephone, made from the clean sounds in the run; nothing random stays so.

Noise is pink, with mains hum at 50 Hz and its harmonics, at a signal-to-noise ratio taken on active speech. The
telephone passes 300 to 3400 Hz and writes A-law at 8 kHz. Generated, so no one's recording: a direction, not a measure
of real rooms and lines.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from bench.corpus import Dictation
from pipeline.sound import audio

if TYPE_CHECKING:
    from pipeline.sound.audio import Samples

Place = Literal["noise", "telephone"]
"""Where it is dictated: in a noisy room, by telephone."""

SNR = 15.0
"""Decibels of speech over noise."""
BAND = (300.0, 3400.0)
"""What a telephone passes, in hertz, at half power."""
LINE_RATE = 8_000

_HUM = {50.0: 1.0, 100.0: 0.6, 150.0: 0.45, 250.0: 0.26, 350.0: 0.15}
"""Amplitudes of the mains and its harmonics, odd ones strongest."""
_HUM_SHARE = 0.28
"""Of the power of the noise."""
_LOWEST = 20.0
_FRAME = 0.025
_ACTIVE = 20.0
"""A frame this many decibels under the loudest is not speech."""
_LOUDEST = 0.99


def elsewhere(dictations: Sequence[Dictation], place: Place, *, folder: Path) -> tuple[Dictation, ...]:
    """The same dictations heard in that place; their sounds are written in `folder`."""
    return tuple(replace(one, sound=_recorded(one, place, folder)) for one in dictations)


def noisy(samples: Samples, *, seed: int, snr: float = SNR) -> Samples:
    """The sound with noise under it, `snr` decibels below its speech; softer as a whole when it would saturate."""
    import numpy as np

    noise = _noise(len(samples), seed)
    wanted = speech_power(samples) / 10 ** (snr / 10)
    mixed = samples + noise * np.sqrt(wanted / max(float(np.mean(noise**2)), 1e-20))
    loudest = float(np.max(np.abs(mixed), initial=0.0))
    softer: Samples = (mixed * min(1.0, _LOUDEST / max(loudest, 1e-9))).astype(np.float32)
    return softer


def speech_power(samples: Samples) -> float:
    """Mean power of the frames that hold speech: those within twenty decibels of the loudest."""
    import numpy as np

    size = int(_FRAME * audio.RATE)
    if len(samples) < size:
        return float(np.mean(samples**2)) if len(samples) else 0.0
    power = (samples[: len(samples) // size * size].reshape(-1, size) ** 2).mean(axis=1)
    return float(power[power > power.max() / 10 ** (_ACTIVE / 10)].mean()) if power.any() else 0.0


def narrowed(samples: Samples) -> Samples:
    """The sound as a telephone's band leaves it: twelve decibels an octave off on each side."""
    import numpy as np

    if not len(samples):
        return samples
    hertz = np.maximum(np.fft.rfftfreq(len(samples), 1 / audio.RATE), 1e-3)
    passed = 1 / np.sqrt((1 + (BAND[0] / hertz) ** 4) * (1 + (hertz / BAND[1]) ** 4))
    return np.fft.irfft(np.fft.rfft(samples) * passed, len(samples)).astype(np.float32)


def save(samples: Samples, file: Path, *, codec: str = "pcm_s16le", rate: int = audio.RATE) -> None:
    """Write samples as a WAV file, by FFmpeg's codec at that rate."""
    import av
    import numpy as np
    from av.audio.stream import AudioStream

    whole = np.clip(np.round(samples * 32767), -32768, 32767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(whole.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = audio.RATE
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    with av.open(str(file), "w", format="wav") as container:
        stream = cast(AudioStream, container.add_stream(codec, rate=rate, options={}))
        stream.layout = "mono"
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


def _recorded(dictation: Dictation, place: Place, folder: Path) -> Path:
    samples, file = audio.decode(dictation.sound), folder / f"{dictation.name}.wav"
    if place == "telephone":
        save(narrowed(samples), file, codec="pcm_alaw", rate=LINE_RATE)
    else:
        save(noisy(samples, seed=zlib.crc32(dictation.name.encode())), file)
    return file


def _noise(length: int, seed: int) -> Samples:
    """Pink noise and hum, of any power."""
    import numpy as np

    random = np.random.default_rng(seed)
    hertz = np.fft.rfftfreq(length, 1 / audio.RATE)
    shape = np.where(hertz >= _LOWEST, 1 / np.sqrt(np.maximum(hertz, _LOWEST)), 0.0)
    pink = np.fft.irfft(np.fft.rfft(random.standard_normal(length)) * shape, length)
    seconds, hum = np.arange(length) / audio.RATE, np.zeros(length)
    for at, size in _HUM.items():
        hum += size * np.sin(2 * np.pi * (at * seconds + random.random()))
    parts = (np.sqrt(1 - _HUM_SHARE), pink), (np.sqrt(_HUM_SHARE), hum)
    mixed = sum((share * part / max(float(np.std(part)), 1e-12) for share, part in parts), np.zeros(length))
    return mixed.astype(np.float32)
