"""Small real recordings made on the spot, each unlike every other: what the trial drops. No voice is in them."""

import io
import wave
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Form = Literal["wav", "mp3"]
"""*wav*: its header says its length, so that half of it shows. *mp3*: half of it is a good recording too."""
RATE = 16_000
"""Samples a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How a sound is written, in FFmpeg's names."""

    container: str
    codec: str
    rate: int = RATE
    bits: int = 48_000
    """A second."""
    options: Mapping[str, str] = field(default_factory=dict)


UNCOUNTED_MP3 = Encoding(container="mp3", codec="libmp3lame", options={"write_xing": "0", "id3v2_version": "0"})
"""An MP3 that does not say how many frames it has, as old dictaphones write."""


def recording(seed: int, *, form: Form = "wav", seconds: float = 2.0) -> bytes:
    """A tone with noise, whose bytes are those of no other seed."""
    samples = noisy_tone(seed, seconds)
    return wav(samples) if form == "wav" else encoded(samples, UNCOUNTED_MP3)


def noisy_tone(seed: int, seconds: float) -> Any:
    """16-bit samples at `RATE`, in an array."""
    import numpy as np

    count = int(seconds * RATE)
    noise = np.random.default_rng(seed).normal(0, 300, count)
    return (np.sin(np.arange(count) * 0.1) * 8000 + noise).astype("<i2")


def wav(samples: Any) -> bytes:
    """A WAV of 16-bit samples at `RATE`."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def encoded(samples: Any, how: Encoding) -> bytes:
    """A file of 16-bit samples at `RATE`, by an encoder of FFmpeg that PyAV has here."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format=how.container, options=dict(how.options)) as target:
        stream: Any = target.add_stream(how.codec, rate=how.rate, layout="mono")
        stream.bit_rate = how.bits
        stream.codec_context.open()
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        fit = av.AudioResampler(stream.codec_context.format, "mono", how.rate, stream.codec_context.frame_size or None)
        for piece in [*fit.resample(frame), *fit.resample(None), None]:
            target.mux(stream.encode(piece))
    return out.getvalue()
