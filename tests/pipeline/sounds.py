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


class _Pipe:
    """Somewhere to write where no one can go back: what a recorder does that writes as it hears."""

    def __init__(self) -> None:
        self.out = io.BytesIO()
        self.write = self.out.write
        self.getvalue = self.out.getvalue


def encoded(
    form: str,
    codec: str,
    *,
    seconds: float = 4.0,
    rate: int = RATE,
    layout: str = "mono",
    options: dict[str, str] | None = None,
    live: bool = False,
) -> bytes:
    """A recording encoded by FFmpeg; `live`: as a recorder that cannot go back writes it."""
    out = _Pipe() if live else io.BytesIO()
    with av.open(out, "w", format=form, options=options or {}) as target:
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
    milliseconds: int | None = None,
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
    if milliseconds is not None:
        head[0x200:0x204] = milliseconds.to_bytes(4, "little")
    if comment:
        head[0x31E : 0x31E + len(comment) + 1] = comment + b"\0"
    return bytes(head)


def ds2(
    *, blocks: int = 60, length: bytes = b"000009", quality: int = 6, frames: int = 10, milliseconds: int | None = None
) -> bytes:
    """A DS2 file the codec decodes: 0.16 s of noise a block in quality mode (60 blocks: 9.6 s)."""
    noise = np.random.default_rng(blocks)
    body = b"".join(bytes([0, 0, frames, 0xFF, quality, 0xFF]) + noise.bytes(506) for _ in range(blocks))
    return dss_header(length=length, milliseconds=milliseconds) + body


def olympus(*, frames: int = 540, password: str = "") -> bytes:
    """A DS2 in quality mode as an Olympus machine lays it out: frames of 56 bytes that run from one block into the
    next, an exact length; with a password, what follows is noise that this very password opens."""
    noise = np.random.default_rng(frames)
    blocks, begins, left = [], 6, frames
    while left or begins > 6:
        here = min(left, -(-(512 - begins) // 56))
        blocks.append(bytes([0x0F, begins // 2, here, 0xFF, 6, 0xFF]) + noise.bytes(506))
        begins, left = max(6, begins + here * 56 - 506), left - here
    seconds = frames * 0.016
    length = f"0000{int(seconds):02}".encode()
    data = bytearray(dss_header(length=length, milliseconds=round(seconds * 1000)) + b"".join(blocks))
    return protected(bytes(data), password) if password else bytes(data)


def protected(data: bytes, password: str) -> bytes:
    """A DS2 whose header says that this password opens it (the codec itself says what it computes of a password)."""
    import pydsscodec

    made = bytearray(data)
    made[1:4] = b"enc"
    made[0x146:0x15C] = b"\1\0" + bytes(range(16)) + bytes(4)
    try:
        pydsscodec.DecryptingDecoderStreamer(password).push(bytes(made))
    except RuntimeError as error:
        made[0x158:0x15A] = int(str(error).rpartition("0x")[2], 16).to_bytes(2, "little")
    return bytes(made)


def dss_sp(*, blocks: int = 60, last: int = 7, length: bytes = b"000016") -> bytes:
    """A DSS as a Grundig machine writes it: twelve frames of 24 ms a block, fewer in the last."""
    noise = np.random.default_rng(blocks)
    counts = [12] * (blocks - 1) + [last]
    body = b"".join(bytes([0x0F, 3, count, 0xFF, 0, 0xFF]) + noise.bytes(506) for count in counts)
    return dss_header(magic=b"dss", variant=6, size=6 * 512, length=length) + body


def wav_of(samples: np.ndarray, *, rate: int = RATE) -> bytes:
    """A WAV of these samples (between -1 and 1): one row a channel."""
    rows = np.atleast_2d(samples)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(len(rows))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(rows.T, -1, 1) * 32767).astype("<i2").tobytes())
    return out.getvalue()


def silent_hours(hours: float) -> bytes:
    """A small FLAC that holds hours of silence: its frames are those of FFmpeg, one after the other."""
    frame = av.AudioFrame(format="s16", layout="mono", samples=4608)
    frame.sample_rate = RATE
    frame.planes[0].update(bytes(frame.planes[0].buffer_size))
    out = io.BytesIO()
    with av.open(out, "w", format="flac") as target:
        stream = target.add_stream("flac", rate=RATE, layout="mono")
        for number in range(int(hours * 3600 * RATE / 4608)):
            frame.pts = number * 4608
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()
