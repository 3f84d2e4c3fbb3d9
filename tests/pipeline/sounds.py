"""Small recordings in every form a dictaphone writes, made on the spot."""

import io
import struct
import wave

import av
import numpy as np

RATE = 16_000


def tone(seconds: float, *, rate: int = RATE, seed: int = 0) -> np.ndarray:
    """A tone with a little noise, different for each seed."""
    noise = np.random.default_rng(seed).normal(0, 300, int(seconds * rate))
    return (np.sin(np.arange(int(seconds * rate)) * 0.1) * 8000 + noise).astype(np.int16)


def wav(seconds: float = 2.0, *, seed: int = 0) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(tone(seconds, seed=seed).tobytes())
    return out.getvalue()


def streamed_wav(seconds: float, *, announced: int) -> bytes:
    """A WAV of a recorder that wrote its header before it knew the length."""
    data = bytearray(wav(seconds))
    data[4:8] = data[40:44] = struct.pack("<I", announced)
    return bytes(data)


def encoded(form: str, codec: str, *, seconds: float = 4.0, rate: int = RATE, layout: str = "mono") -> bytes:
    """A recording encoded by FFmpeg."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as target:
        stream = target.add_stream(codec, rate=rate, layout=layout)
        stream.bit_rate = 48_000 if codec != "libopencore_amrnb" else 12_200
        stream.codec_context.open()
        frame = av.AudioFrame.from_ndarray(tone(seconds)[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        size = stream.codec_context.frame_size or None
        fit = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate, frame_size=size)
        for piece in [*fit.resample(frame), *fit.resample(None), None]:
            target.mux(stream.encode(piece))
    return out.getvalue()


def dss_header(
    *,
    magic: bytes = b"ds2",
    variant: int = 3,
    size: int = 0x600,
    author: bytes = b"DR MARTIN",
    job: int = 822,
    length: bytes = b"000009",
    priority: int | None = None,
    comment: bytes = b"",
) -> bytes:
    """The header of a dictaphone's file, unset fields filled with 0xFF as the machines do."""
    head = bytearray(b"\xff" * size)
    head[0] = variant
    head[1:4] = magic
    head[0x0C:0x1C] = author.ljust(16, b"\0")
    head[0x1C:0x20] = job.to_bytes(4, "little")
    head[0x26:0x32] = b"251026235201"
    head[0x32:0x3E] = b"251026235534"
    head[0x3E:0x44] = length
    head[0x2A4] = 0
    if priority is not None:
        head[0x319] = priority
    if comment:
        head[0x31E : 0x31E + len(comment) + 1] = comment + b"\0"
    return bytes(head)


def ds2(*, blocks: int = 60, length: bytes = b"000009", quality: int = 6, frames: int = 10) -> bytes:
    """A DS2 file the codec decodes: 0.16 s of noise a block in quality mode (60 blocks: 9.6 s)."""
    noise = np.random.default_rng(blocks)
    body = b"".join(bytes([0, 0, frames, 0xFF, quality, 0xFF]) + noise.bytes(506) for _ in range(blocks))
    return dss_header(length=length) + body
