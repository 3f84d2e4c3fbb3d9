"""Open any dictaphone's recording: what it is, how long it lasts, its samples, its outline, a form browsers play.

Sound is read by PyAV (bundled FFmpeg) and, for DSS and DS2, by pydsscodec. A file is known by its content, never
by its name, and FFmpeg is given an open file and a closed list of containers: a playlist renamed .wav cannot make
it open anything else. Knows nothing of folders, of what is said, or of who dictated.
"""

from __future__ import annotations

import io
import os
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline import container, dss
from pipeline.errors import (
    EmptyFile,
    EncryptedAudio,
    FileRefused,
    NotAudio,
    OversizedAudio,
    TruncatedAudio,
    UnknownAudio,
)

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

RATE = 16_000
"""Samples a second of everything `decode` returns: what the recogniser expects."""

_FFMPEG_CONTAINERS = "wav,w64,aiff,flac,mp3,ogg,mov,asf,amr,aac,matroska,caf,au"
_TOLERANCE = {"wav": 0.05, "aiff": 0.05, "flac": 0.05, "au": 0.05, "mp3": 0.2, "matroska": 0.3}
_COARSE = 0.5
"""How much shorter than announced a recording may be, in seconds: encoders pad, dictaphones round."""
_UNCOUNTED = frozenset({"aac", "amr", "ogg"})
"""Containers for which the length FFmpeg announces is measured or guessed, not declared."""
_CUT_SHOWS_AT_THE_END = frozenset({"aac", "amr", "asf"})
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Past these, a recording waits for a person."""

    seconds: float = 4 * 3600
    bytes: int = 2_000_000_000
    channels: int = 8
    rate: int = 96_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What is known of a recording once it has been read from end to end."""

    container: str
    codec: str
    sample_rate: int
    channels: int
    seconds: float
    """Measured by decoding."""
    declared_seconds: float | None = None
    """What the header says, when it says it."""
    damaged: int = 0
    """Pieces that could not be decoded."""
    header: dss.DssHeader | None = None
    remarks: tuple[str, ...] = ()
    """What the doctor should know of how it was recorded: codes of remarks.py."""
    waits: str = ""
    """The code of an error of FileRefused when a person must decide before it is transcribed, else empty."""
    password: str | None = field(default=None, repr=False)
    """What opened it, when it was protected."""


NO_LIMITS = Limits(seconds=float("inf"), bytes=1 << 62, channels=1 << 30, rate=1 << 30)


def inspect(path: Path, *, limits: Limits = NO_LIMITS) -> Recording:
    """Read a recording from end to end and say what it is; memory stays small whatever its length.

    Raises EmptyFile, NotAudio, TruncatedAudio, EncryptedAudio, UnknownAudio or OversizedAudio. An encrypted DS2 is
    EncryptedAudio even if the password is known elsewhere: intake has none to give.
    """
    with path.open("rb") as file:
        head = _head(file, limits)
        if dss.is_dss(head):
            return _inspect_dss(file, head, limits)
        return _inspect_common(file, head, limits)


def decode(path: Path, *, password: str | None = None, limits: Limits = NO_LIMITS) -> Samples:
    """Return the sound as 16 kHz mono samples between -1 and 1.

    Several channels are averaged. `password` opens an encrypted DS2. Raises as `inspect` does, except that what stops
    short is decoded as far as it goes where the decoder allows it: `inspect` is where that is refused.
    """
    import numpy as np

    with path.open("rb") as file:
        head = _head(file, limits)
        frames = _dss_frames(file, head, password) if dss.is_dss(head) else _common_frames(file, head)
        pieces = list(_resampled(_within(frames, limits)))
    if not pieces:
        raise EmptyFile("the file holds no sound")
    return np.clip(np.concatenate(pieces), -1.0, 1.0)


def peaks(samples: Samples, *, buckets: int) -> tuple[float, ...]:
    """Return the outline of a sound: the loudest value (0 to 1) of each of `buckets` equal stretches."""
    import numpy as np

    if not len(samples) or buckets < 1:
        return ()
    edges = np.linspace(0, len(samples), buckets, endpoint=False).astype(np.int64)
    return tuple(round(float(value), 3) for value in np.maximum.reduceat(np.abs(samples), edges))


def playable(samples: Samples) -> bytes:
    """Return the sound as a 16-bit WAV, which every browser plays.

    WAV rather than Opus or MP3: every browser knows it (Safari learnt Ogg Opus only lately), its length is in its
    header, a place is found by a multiplication, so a click on a word starts on that word, and the samples are those
    the recogniser heard. The price is 1.9 MB a minute, which a practice's own network does not notice.
    """
    import numpy as np

    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes())
    return out.getvalue()


def _head(file: BinaryIO, limits: Limits) -> bytes:
    size = os.fstat(file.fileno()).st_size
    if size == 0:
        raise EmptyFile("the file is empty")
    if size > limits.bytes:
        raise OversizedAudio(f"{size} bytes, the limit is {limits.bytes}")
    return file.read(dss.HEADER_BYTES)


# --- what FFmpeg reads -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unnamed:
    """A file without its name, so that no extension sways the detection of the format."""

    file: BinaryIO

    def read(self, size: int = -1) -> bytes:
        return self.file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()


def _inspect_common(file: BinaryIO, head: bytes, limits: Limits) -> Recording:
    missing = container.missing_bytes(file, size=os.fstat(file.fileno()).st_size)
    source, stream = _opened(file, head)
    with source:
        name = source.format.name.split(",")[0]
        declared = _declared(file, source, stream, name)
        seconds, damaged, cut = _measured(_packets(source, stream), limits)
        recording = Recording(
            container=name,
            codec=stream.codec_context.name,
            sample_rate=stream.codec_context.sample_rate,
            channels=stream.codec_context.channels,
            seconds=seconds,
            declared_seconds=declared,
            damaged=damaged,
        )
    if missing:
        raise TruncatedAudio(f"{missing} bytes announced by the header are missing")
    if cut and name in _CUT_SHOWS_AT_THE_END:
        raise TruncatedAudio("the last piece of sound is cut")
    _refuse_if_short(recording, tolerance=_TOLERANCE.get(name, _COARSE))
    return recording


def _opened(file: BinaryIO, head: bytes) -> tuple[Any, Any]:
    import av

    file.seek(0)
    options = {"format_whitelist": _FFMPEG_CONTAINERS}
    try:
        source = av.open(_Unnamed(file=file), options=options, metadata_errors="ignore")
    except (av.FFmpegError, ValueError) as error:
        if container.sniff(head) in (None, "id3", "mp3"):
            raise NotAudio("the content is not a recording") from error
        raise TruncatedAudio("the container is announced but cannot be read") from error
    if not source.streams.audio:
        source.close()
        raise NotAudio("the file holds no sound track")
    return source, source.streams.audio[0]


def _declared(file: BinaryIO, source: Any, stream: Any, name: str) -> float | None:
    """Give the length the header announces; None when FFmpeg's figure is only measured or guessed."""
    if name in _UNCOUNTED:
        return None
    if name == "mp3":
        at = file.tell()
        counted = container.counts_its_frames(file)
        file.seek(at)
        if not counted:
            return None
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    return source.duration / 1_000_000 if source.duration else None


def _packets(source: Any, stream: Any) -> Iterator[list[Any] | None]:
    """Decode packet by packet; None is a piece that could not be decoded (the generator of PyAV stops there)."""
    import av

    packets = source.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            yield None
            return
        if packet is None:
            return
        try:
            yield packet.decode()
        except av.FFmpegError:
            yield None


def _measured(packets: Iterator[list[Any] | None], limits: Limits) -> tuple[float, int, bool]:
    """Count the seconds decoded and the damaged pieces, and say whether the last piece was damaged."""
    seconds, damaged, cut = 0.0, 0, False
    for frames in packets:
        if frames is None:
            damaged, cut = damaged + 1, True
            continue
        seconds += sum(frame.samples / frame.sample_rate for frame in frames)
        cut = cut and not frames
        _refuse_if_long(seconds, limits)
    return seconds, damaged, cut


def _common_frames(file: BinaryIO, head: bytes) -> Iterator[Any]:
    source, stream = _opened(file, head)
    with source:
        for frames in _packets(source, stream):
            yield from frames or ()


# --- what dictaphones write --------------------------------------------------------------------------------------


def _inspect_dss(file: BinaryIO, head: bytes, limits: Limits) -> Recording:
    header = dss.parse(head)
    if os.fstat(file.fileno()).st_size % dss.BLOCK_BYTES:
        raise TruncatedAudio("the last block of the dictaphone recording is cut")
    if header.encrypted:
        raise EncryptedAudio("DS2 protected by a password")
    seconds, codec, rate = 0.0, "", RATE
    for frame in _dss_frames(file, head, None):
        seconds += frame.samples / frame.sample_rate
        codec, rate = header.format, frame.sample_rate
        _refuse_if_long(seconds, limits)
    recording = Recording(
        container=header.format,
        codec=codec,
        sample_rate=rate,
        channels=1,
        seconds=seconds,
        declared_seconds=header.seconds,
        header=header,
    )
    _refuse_if_short(recording, tolerance=_COARSE)
    return recording


def _dss_frames(file: BinaryIO, head: bytes, password: str | None) -> Iterator[Any]:
    """Decode a DSS or DS2 file piece by piece; the codec's sentences become our errors."""
    import pydsscodec

    if dss.is_low_rate_dss(head):
        raise UnknownAudio("DSS of the low-rate variant")
    decoder = pydsscodec.DecryptingDecoderStreamer(password)
    file.seek(0)
    try:
        while piece := file.read(_CHUNK):
            yield from _dss_frame(decoder.push(piece), decoder)
        yield from _dss_frame(decoder.finish(), decoder)
    except RuntimeError as error:
        raise _dss_error(str(error)) from error


def _dss_frame(values: list[float], decoder: Any) -> Iterator[Any]:
    import av
    import numpy as np

    if values:
        samples = np.asarray(values, dtype=np.float32)[None] / 32768.0
        frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono")
        frame.sample_rate = decoder.native_rate()
        yield frame


def _dss_error(message: str) -> FileRefused:
    if "password" in message:
        return EncryptedAudio("the password is missing or wrong")
    if message.startswith("truncated"):
        return TruncatedAudio("the dictaphone recording is cut")
    return UnknownAudio("DSS or DS2 of an unknown variant")


# --- common ------------------------------------------------------------------------------------------------------


def _within(frames: Iterator[Any], limits: Limits) -> Iterator[Any]:
    seconds = 0.0
    for frame in frames:
        seconds += frame.samples / frame.sample_rate
        _refuse_if_long(seconds, limits)
        yield frame


def _resampled(frames: Iterator[Any]) -> Iterator[Samples]:
    import av

    resampler, setup = None, None
    for frame in frames:
        frame.pts = None
        if resampler is None or (frame.format.name, frame.layout.name, frame.sample_rate) != setup:
            yield from _flushed(resampler)
            resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
            setup = (frame.format.name, frame.layout.name, frame.sample_rate)
        for piece in resampler.resample(frame):
            yield piece.to_ndarray()[0]
    yield from _flushed(resampler)


def _flushed(resampler: Any) -> Iterator[Samples]:
    for piece in resampler.resample(None) if resampler is not None else ():
        yield piece.to_ndarray()[0]


def _refuse_if_long(seconds: float, limits: Limits) -> None:
    if seconds > limits.seconds:
        raise OversizedAudio(f"longer than {limits.seconds:g} seconds")


def _refuse_if_short(recording: Recording, *, tolerance: float) -> None:
    declared = recording.declared_seconds or 0.0
    if recording.seconds + tolerance < declared:
        raise TruncatedAudio(f"{recording.seconds:.1f} seconds of the {declared:.1f} announced")
    if recording.seconds == 0.0:
        raise NotAudio("no sound could be decoded") if recording.damaged else EmptyFile("the file holds no sound")
