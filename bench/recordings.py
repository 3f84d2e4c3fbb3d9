"""Whole recordings in each form that a dictaphone writes, no two alike: what the fault campaign drops.

Half of some of them (AMR, an MP3 that does not count its frames) is a good recording too: only time tells that it is
not whole. No voice is in them. Knows nothing of how they are dropped.
"""

import io
import wave
from typing import Any

RATE = 16_000
SECONDS = 1.0
BLOCK = 512
_ENCODED: dict[str, tuple[str, str, int, dict[str, str]]] = {
    "flac": ("flac", "flac", RATE, {}),
    "mp3": ("mp3", "libmp3lame", RATE, {}),
    "mp3 uncounted": ("mp3", "libmp3lame", RATE, {"write_xing": "0", "id3v2_version": "0"}),
    "ogg": ("ogg", "libopus", 48_000, {}),
    "m4a": ("ipod", "aac", RATE, {}),
    "amr": ("amr", "libopencore_amrnb", 8_000, {}),
}
_DICTAPHONE = {"dss": (2, 0x400, 0, 0.2395), "ds2": (3, 0x600, 6, 0.16)}
"""The version, the bytes of header, the byte of each block that says its quality, and its seconds of sound."""


def forms() -> tuple[str, ...]:
    """Every form that can be made here."""
    import av

    known = av.codecs_available
    return ("wav", *(form for form, (_, codec, _, _) in _ENCODED.items() if codec in known), *_DICTAPHONE)


def suffix(form: str) -> str:
    """How a file of this form is called: `.mp3`."""
    return f".{form.split()[0]}"


def recording(form: str, seed: int, *, seconds: float = SECONDS) -> bytes:
    """A whole recording of this form, whose bytes are those of no other seed."""
    if form in _DICTAPHONE:
        return _dictaphone(form, seed, blocks=24)
    samples = _samples(seed, seconds)
    return _wav(samples) if form == "wav" else _encoded(form, samples)


def _samples(seed: int, seconds: float) -> Any:
    import numpy as np

    count = int(seconds * RATE)
    noise = np.random.default_rng(seed).normal(0, 300, count)
    return (np.sin(np.arange(count) * 0.1) * 8000 + noise).astype("<i2")


def _wav(samples: Any) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def _encoded(form: str, samples: Any) -> bytes:
    import av

    container, codec, rate, options = _ENCODED[form]
    out = io.BytesIO()
    with av.open(out, "w", format=container, options=options) as target:
        stream: Any = target.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = 12_200 if form == "amr" else 48_000
        stream.codec_context.open()
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        fit = av.AudioResampler(stream.codec_context.format, "mono", rate, stream.codec_context.frame_size or None)
        for piece in [*fit.resample(frame), *fit.resample(None), None]:
            target.mux(stream.encode(piece))
    return out.getvalue()


def _dictaphone(form: str, seed: int, *, blocks: int) -> bytes:
    """A DSS (standard) or DS2 (quality) file that the codec decodes: blocks of noise behind a true header."""
    import numpy as np

    version, size, quality, seconds = _DICTAPHONE[form]
    head = bytearray(b"\xff" * size)
    head[:4] = bytes([version]) + form.encode("ascii")
    head[0x0C:0x1C] = b"DR ESSAI".ljust(16, b"\0")
    head[0x1C:0x20] = (seed % 100_000).to_bytes(4, "little")
    head[0x26:0x3E] = b"251026235201251026235534"
    head[0x3E:0x44] = f"0000{int(blocks * seconds):02d}".encode("ascii")
    head[0x2A4] = 0
    noise = np.random.default_rng(seed)
    body = (bytes([0, 0, 10, 0xFF, quality, 0xFF]) + noise.bytes(BLOCK - 6) for _ in range(blocks))
    return bytes(head) + b"".join(body)
