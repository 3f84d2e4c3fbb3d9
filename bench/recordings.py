"""Whole recordings in each form that a dictaphone writes, no two alike: what the fault campaign drops.

Half of some of them (AMR, an MP3 that does not count its frames) is a good recording too: only time tells that it is
not whole. No voice is in them. Knows nothing of how they are dropped.
"""

from pipeline.machine.trial.recordings import UNCOUNTED_MP3, Encoding, encoded, noisy_tone, wav

SECONDS = 1.0
BLOCK = 512
_ENCODED = {
    "flac": Encoding(container="flac", codec="flac"),
    "mp3": Encoding(container="mp3", codec="libmp3lame"),
    "mp3 uncounted": UNCOUNTED_MP3,
    "ogg": Encoding(container="ogg", codec="libopus", rate=48_000),
    "m4a": Encoding(container="ipod", codec="aac"),
    "amr": Encoding(container="amr", codec="libopencore_amrnb", rate=8_000, bits=12_200),
}
_DICTAPHONE = {"dss": (2, 0x400, 0, 0.2395), "ds2": (3, 0x600, 6, 0.16)}
"""The version, the bytes of header, the byte of each block that says its quality, and its seconds of sound."""


def forms() -> tuple[str, ...]:
    """Every form that can be made here."""
    import av

    known = av.codecs_available
    return ("wav", *(form for form, how in _ENCODED.items() if how.codec in known), *_DICTAPHONE)


def suffix(form: str) -> str:
    """How a file of this form is called: `.mp3`."""
    return f".{form.split()[0]}"


def recording(form: str, seed: int, *, seconds: float = SECONDS) -> bytes:
    """A whole recording of this form, whose bytes are those of no other seed."""
    if form in _DICTAPHONE:
        return _dictaphone(form, seed, blocks=24)
    samples = noisy_tone(seed, seconds)
    return wav(samples) if form == "wav" else encoded(samples, _ENCODED[form])


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
