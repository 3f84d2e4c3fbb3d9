"""Small real recordings made on the spot, each unlike every other: what the trial drops. No voice is in them."""

import io
import wave
from typing import Literal

Form = Literal["wav", "mp3"]
"""*wav*: its header says its length, so that half of it shows. *mp3*: half of it is a good recording too."""
_RATE = 16_000


def recording(seed: int, *, form: Form = "wav", seconds: float = 2.0) -> bytes:
    """A tone with noise, whose bytes are those of no other seed."""
    return _wav(_samples(seed, seconds)) if form == "wav" else _mp3(_samples(seed, seconds))


def _samples(seed: int, seconds: float) -> bytes:
    import numpy as np

    count = int(seconds * _RATE)
    noise = np.random.default_rng(seed).normal(0, 300, count)
    tone = np.sin(np.arange(count) * 0.1) * 8000
    return bytes((tone + noise).astype("<i2").tobytes())


def _wav(samples: bytes) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(samples)
    return out.getvalue()


def _mp3(samples: bytes) -> bytes:
    """An MP3 that does not say how many frames it has, as old dictaphones write."""
    import av
    import numpy as np

    out = io.BytesIO()
    with av.open(out, "w", format="mp3", options={"write_xing": "0", "id3v2_version": "0"}) as target:
        stream = target.add_stream("libmp3lame", rate=_RATE, layout="mono")
        stream.bit_rate = 48_000
        stream.codec_context.open()
        frame = av.AudioFrame.from_ndarray(np.frombuffer(samples, dtype="<i2")[None], format="s16", layout="mono")
        frame.sample_rate = _RATE
        fit = av.AudioResampler(stream.codec_context.format, "mono", _RATE, stream.codec_context.frame_size or None)
        for piece in [*fit.resample(frame), *fit.resample(None), None]:
            target.mux(stream.encode(piece))
    return out.getvalue()
