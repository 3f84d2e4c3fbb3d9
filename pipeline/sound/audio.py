"""Open any dictaphone's recording: what it is, how long it lasts, how it sounds, its samples, a form browsers play.

Sound is read by PyAV (`track`: bundled FFmpeg) and, for DSS and DS2, by pydsscodec (`dss`). A file is known by its
content, never by its name. Everything is read block after block: memory stays small whatever the length. Knows
nothing of folders, of what is said, or of who dictated.
"""

from __future__ import annotations

import io
import os
import wave
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.errors import (
    DecodingFailed,
    EmptyFile,
    EncryptedAudio,
    NotAudio,
    OversizedAudio,
    SilentAudio,
    TruncatedAudio,
    UnknownAudio,
    WrongPassword,
)
from pipeline.sound import acoustics, container, dss, track

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

RATE = 16_000
"""Samples a second of everything `decode` returns: what the recogniser expects."""

_TOLERANCE = {"wav": 0.05, "aiff": 0.05, "flac": 0.001, "au": 0.05, "mp3": 0.2, "matroska": 0.3}
_COARSE = 0.5
"""How much shorter than announced a recording may be, in seconds: encoders pad, dictaphones round."""
_EXACT = 0.1
"""The same, for a dictaphone that writes milliseconds."""
_UNCOUNTED = frozenset({"aac", "amr", "ogg"})
"""Containers for which the length FFmpeg announces is measured or guessed, not declared."""
_CUT_SHOWS_AT_THE_END = frozenset({"aac", "amr", "asf"})
_LONGEST = 24 * 3600.0
"""No dictation lasts a day: what does is a file made to fill a disk."""


class HugeFile(OversizedAudio):
    """More bytes than any dictation."""

    code = "E178"
    advice = (
        "Ce fichier est trop gros pour une dictée : vérifiez que c'en est une, demandez au médecin de l'enregistrer "
        "en plusieurs fois, ou faites augmenter la taille admise dans les réglages."
    )


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
    """Measured by decoding; as declared when it waits for its password, or when it was not read to its end."""
    declared_seconds: float | None = None
    """What the header says, when it says it."""
    damaged: int = 0
    """Pieces that could not be decoded."""
    proven: bool = True
    """Its length, or an end mark, shows that nothing is missing; otherwise it may still be arriving."""
    header: dss.DssHeader | None = None
    remarks: tuple[str, ...] = ()
    """What the doctor should know of how it was recorded: codes of remarks.py."""
    waits: str = ""
    """The code of an error of FileRefused when a person must decide before it is transcribed, else empty."""
    password: str | None = field(default=None, repr=False)
    """What opened it, when it was protected."""


NO_LIMITS = Limits(seconds=float("inf"), bytes=1 << 62, channels=1 << 30, rate=1 << 30)

Told = Callable[[float], None]
"""Called with the seconds read so far."""


def _nobody(_: float) -> None:
    """Nobody follows."""


def inspect(
    path: Path, *, limits: Limits = NO_LIMITS, passwords: Sequence[str] = (), told: Told = _nobody
) -> Recording:
    """Read a recording from end to end and say what it is; memory stays small whatever its length.

    `passwords` are tried in turn on an encrypted DS2. Speech is never refused: what is past the limits, protected, or
    without anything to hear is a recording that `waits`. Raises EmptyFile, NotAudio, TruncatedAudio, UnknownAudio, or
    HugeFile past the limit in bytes.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > limits.bytes:
            raise HugeFile(f"{size} bytes, the limit is {limits.bytes}")
        head = _head(file)
        if dss.is_dss(head):
            return _inspect_dss(file, head, limits, passwords, told)
        return _inspect_common(file, head, limits, told)


def decode(path: Path, *, password: str | None = None) -> Samples:
    """Return the sound as 16 kHz mono samples between -1 and 1.

    Several channels are averaged, unless only one carries the voice or they cancel each other. `password` opens an
    encrypted DS2. Raises as `inspect` does, and WrongPassword; what stops short is decoded as far as it goes where
    the decoder allows it: `inspect` is where that is refused.
    """
    import numpy as np

    sound = bytearray()
    with path.open("rb") as file:
        for piece in _mono(file, password):
            sound += piece.tobytes()
    if not sound:
        raise EmptyFile("the file holds no sound")
    samples = np.frombuffer(sound, dtype=np.float32)
    return np.clip(samples, -1.0, 1.0, out=samples)


def render(
    path: Path, into: Path, *, buckets: int, password: str | None = None, told: Told = _nobody
) -> tuple[float, ...]:
    """Write the sound that `decode` gives as a WAV that `playable` would give, and return its outline (`peaks`).

    Memory stays small whatever the length. Raises as `decode` does, and DecodingFailed past a day of sound.
    """
    with path.open("rb") as file, into.open("wb") as target:
        written = _write(_mono(file, password), target, told)
    if not written:
        raise EmptyFile("the file holds no sound")
    return _outline(into, buckets)


def peaks(samples: Samples, *, buckets: int) -> tuple[float, ...]:
    """Return the outline of a sound: the loudest value (0 to 1) of each of `buckets` equal stretches."""
    import numpy as np

    if not len(samples) or buckets < 1:
        return ()
    edges = _edges(len(samples), buckets)[:-1]
    return tuple(round(float(value), 3) for value in np.maximum.reduceat(np.abs(samples), edges))


def playable(samples: Samples) -> bytes:
    """Return the sound as a 16-bit WAV, which every browser plays.

    WAV rather than Opus or MP3: every browser knows it (Safari learnt Ogg Opus only lately), its length is in its
    header, a place is found by a multiplication, so a click on a word starts on that word, and the samples are those
    the recogniser heard. The price is 1.9 MB a minute, which a practice's own network does not notice.
    """
    out = io.BytesIO()
    _write([samples], out, _nobody)
    return out.getvalue()


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    head = file.read(dss.HEADER_BYTES)
    if not head:
        raise EmptyFile("the file is empty")
    return head


# --- what it is --------------------------------------------------------------------------------------------------


class _Tally:
    """Counts what is decoded, and stops at the limit."""

    def __init__(self, longest: float, told: Told) -> None:
        self.seconds, self.damaged, self.cut, self.over = 0.0, 0, False, False
        self._longest, self._told = longest, told

    def frames(self, packets: Iterable[list[Any] | None]) -> Iterator[Any]:
        for frames in packets:
            if frames is None:
                self.damaged, self.cut = self.damaged + 1, True
                continue
            self.cut = self.cut and not frames
            for frame in frames:
                self.seconds += frame.samples / frame.sample_rate
                yield frame
            self._told(self.seconds)
            if self.seconds > self._longest:
                self.over = True
                return


def _inspect_common(file: BinaryIO, head: bytes, limits: Limits, told: Told) -> Recording:
    size = os.fstat(file.fileno()).st_size
    missing, proven = container.missing_bytes(file, size=size), container.proves_its_length(file, size=size)
    if missing:
        raise TruncatedAudio(f"{missing} bytes announced by the header are missing")
    counted = container.sniff(head) not in ("mp3", "id3") or container.counts_its_frames(file)
    source, stream = _opened(file, head)
    with source:
        name, codec = track.name(source), stream.codec_context
        declared = track.announced_seconds(source, stream) if counted and name not in _UNCOUNTED else None
        known = Recording(
            container=name, codec=codec.name, sample_rate=codec.sample_rate, channels=codec.channels,
            seconds=declared or 0.0, declared_seconds=declared,
            proven=proven,
        )  # fmt: skip
        if known.channels > limits.channels or known.sample_rate > limits.rate:
            return replace(known, waits=OversizedAudio.code)
        tally = _Tally(limits.seconds, told)
        rate = codec.sample_rate or RATE
        sound = _measured(track.blocks(tally.frames(track.packets(source, stream)), rate=rate), rate)
    if tally.cut and not tally.over and name in _CUT_SHOWS_AT_THE_END:
        raise TruncatedAudio("the last piece of sound is cut")
    return _judged(
        known, tally, sound, tolerance=_TOLERANCE.get(name, _COARSE), empty=container.is_unfilled(file, size=size)
    )


def _inspect_dss(file: BinaryIO, head: bytes, limits: Limits, passwords: Sequence[str], told: Told) -> Recording:
    header = dss.parse(head)
    dss.refuse_unknown(head)
    _refuse_if_cut(file, header)
    known = Recording(
        container=header.format, codec=header.format, sample_rate=RATE, channels=1, seconds=header.seconds or 0.0,
        declared_seconds=header.seconds, proven=_dss_proven(file, header), header=header,
    )  # fmt: skip
    if header.encrypted:
        password = next((one for one in passwords if dss.opens(head, one)), None)
        if password is None:
            return replace(known, waits=(WrongPassword if passwords else EncryptedAudio).code)
        known = replace(known, password=password)
    tally = _Tally(limits.seconds, told)
    frames = tally.frames([track.frame(samples, rate)] for samples, rate in dss.pieces(file, known.password))
    first = next(frames, None)
    if first is None:
        return _judged(known, tally, acoustics.Sound(), tolerance=_COARSE, empty=False)
    known = replace(known, sample_rate=first.sample_rate)
    sound = _measured(track.blocks(chain([first], frames)), first.sample_rate)
    tolerance = _tolerance(header) if known.proven else _EXACT  # the end may be missing: any lack shows a cut
    return _judged(known, tally, sound, tolerance=tolerance, empty=dss.last_block_is_empty(file))


def _judged(known: Recording, tally: _Tally, sound: acoustics.Sound, *, tolerance: float, empty: bool) -> Recording:
    """What is known of a recording, with what was measured and heard. `empty`: its end may not have arrived yet."""
    if tally.over:
        longest = max(known.declared_seconds or 0.0, tally.seconds)
        return replace(known, seconds=longest, waits=OversizedAudio.code)
    measured = replace(known, seconds=tally.seconds, damaged=tally.damaged, proven=known.proven and not empty)
    _refuse_if_short(measured, tolerance=tolerance)
    others = {
        "silent-end": empty or (known.codec.startswith("pcm") and sound.tail > acoustics.TAIL_SECONDS),
        "unproven": not measured.proven and not empty,
        "damaged": tally.damaged > 0,
    }
    found = (*acoustics.remarks(sound), *(code for code, so in others.items() if so))
    return replace(measured, remarks=found, waits=SilentAudio.code if sound.silent else "")


def _measured(blocks: Iterator[Any], rate: int) -> acoustics.Sound:
    """How a recording sounds; `rate` is that of the blocks."""
    meter = None
    for block in blocks:
        meter = meter or acoustics.Meter(rate=rate, channels=len(block))
        meter.hear(block)
    return meter.sound() if meter else acoustics.Sound()


def _opened(file: BinaryIO, head: bytes) -> tuple[Any, Any]:
    try:
        source, stream = track.opened(file)
    except track.NoTrack as error:
        if error.opened:
            raise NotAudio("the file holds no sound track") from error
        if container.sniff(head) in (None, "id3", "mp3"):
            raise NotAudio("the content is not a recording") from error
        raise TruncatedAudio("the container is announced but cannot be read") from error
    if stream.codec_context is None:
        source.close()
        raise UnknownAudio("a sound that no decoder at hand reads")
    return source, stream


def _refuse_if_cut(file: BinaryIO, header: dss.DssHeader) -> None:
    """Say what the codec does not: what is missing of a dictaphone's file, even one whose sound is protected."""
    if os.fstat(file.fileno()).st_size % dss.BLOCK_BYTES:
        raise TruncatedAudio("the last block of the dictaphone recording is cut")
    if header.format == "ds2" and dss.ends_in_a_frame(file):
        raise TruncatedAudio("the last frame of the dictaphone recording is cut")
    counted = dss.counted_seconds(file) if header.encrypted else None
    if counted is not None and counted + _tolerance(header) < (header.seconds or 0.0):
        raise TruncatedAudio(f"{counted:.1f} seconds of the {header.seconds:.1f} announced")


def _dss_proven(file: BinaryIO, header: dss.DssHeader) -> bool:
    """An exact length proves; one in whole seconds leaves the last second open, unless the last block is not full."""
    if dss.last_block_is_empty(file):
        return False
    return bool(header.seconds) and (header.exact or not dss.last_block_is_full(file))


def _tolerance(header: dss.DssHeader) -> float:
    return _EXACT if header.exact else _COARSE


def _refuse_if_short(recording: Recording, *, tolerance: float) -> None:
    declared = recording.declared_seconds or 0.0
    if recording.seconds + tolerance < declared:
        raise TruncatedAudio(f"{recording.seconds:.1f} seconds of the {declared:.1f} announced")
    if recording.seconds == 0.0:
        raise NotAudio("no sound could be decoded") if recording.damaged else EmptyFile("the file holds no sound")


# --- what is heard -----------------------------------------------------------------------------------------------


def _mono(file: BinaryIO, password: str | None) -> Iterator[Samples]:
    """The sound as pieces of 16 kHz mono: of several channels, their average or the one to listen to."""
    head = _head(file)
    if dss.is_dss(head):
        dss.refuse_unknown(head)
        frames = (track.frame(samples, rate) for samples, rate in dss.pieces(file, password))
        yield from acoustics.mixed(track.blocks(frames, rate=RATE), None)
        return
    channel = _channel(file, head)
    yield from acoustics.mixed(_read(file, head, rate=RATE), channel)


def _channel(file: BinaryIO, head: bytes) -> int | None:
    """The only channel to listen to, when there is one: the whole sound is heard to know it."""
    source, stream = _opened(file, head)
    with source:
        codec = stream.codec_context
        several, rate = codec.channels > 1, codec.sample_rate or RATE
    return _measured(_read(file, head, rate=rate), rate).channel if several else None


def _read(file: BinaryIO, head: bytes, *, rate: int) -> Iterator[Any]:
    source, stream = _opened(file, head)
    with source:
        frames = (frame for decoded in track.packets(source, stream) for frame in decoded or ())
        yield from track.blocks(frames, rate=rate)


def _write(pieces: Iterable[Samples], target: Any, told: Told) -> int:
    """Write a WAV; gives how many samples."""
    import numpy as np

    written = 0
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for piece in pieces:
            file.writeframes((np.clip(piece, -1.0, 1.0) * 32767).astype("<i2").tobytes())
            written += len(piece)
            told(written / RATE)
            if written > _LONGEST * RATE:
                raise DecodingFailed("longer than a day")
    return written


def _outline(path: Path, buckets: int) -> tuple[float, ...]:
    """`peaks` of a WAV that `_write` wrote, read one stretch after the other."""
    import numpy as np

    found = []
    with path.open("rb") as opened, wave.open(opened) as file:
        for start, end in pairwise(_edges(file.getnframes(), buckets)):
            file.setpos(start)
            part = np.frombuffer(file.readframes(max(1, end - start)), dtype="<i2").astype(np.int32)
            found.append(round(float(np.abs(part).max()) / 32767, 3))
    return tuple(found)


def _edges(length: int, buckets: int) -> list[int]:
    return [length * place // buckets for place in range(buckets + 1)] if buckets > 0 else []
