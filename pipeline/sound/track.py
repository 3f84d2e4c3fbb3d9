"""The sound track of a file, as FFmpeg reads it (PyAV): opened by its content alone, decoded piece by piece.

FFmpeg is given an open file without its name and a closed list of containers: a playlist renamed .wav cannot make it
open anything else. Knows nothing of what a recording should be: what is missing or odd is the matter of `audio`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Block = npt.NDArray[np.float32]

_CONTAINERS = "wav,w64,aiff,flac,mp3,ogg,mov,asf,amr,aac,matroska,caf,au"
_BLOCK = 8192
"""Samples of a channel that a block has at least, but for the last: small ones cost more than what is in them."""


class NoTrack(Exception):
    """The file cannot be opened, or holds no sound track."""

    def __init__(self, *, opened: bool) -> None:
        super().__init__("no sound track")
        self.opened = opened
        """The container itself could be read."""


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


def opened(file: BinaryIO) -> tuple[Any, Any]:
    """The container, to be closed, and its first sound track. Raises NoTrack."""
    import av

    file.seek(0)
    try:
        source = av.open(_Unnamed(file=file), options={"format_whitelist": _CONTAINERS}, metadata_errors="ignore")
    except (av.FFmpegError, ValueError) as error:
        _unless_machine(error)
        raise NoTrack(opened=False) from error
    if not source.streams.audio:
        source.close()
        raise NoTrack(opened=True)
    return source, source.streams.audio[0]


def name(source: Any) -> str:
    """The container's name, as FFmpeg calls it."""
    return str(source.format.name.split(",")[0])


def announced_seconds(source: Any, stream: Any) -> float | None:
    """The length that FFmpeg gives, which it may have read, measured or guessed."""
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    return source.duration / 1_000_000 if source.duration else None


def packets(source: Any, stream: Any) -> Iterator[list[Any] | None]:
    """Decode packet by packet; None is a piece that could not be decoded (the generator of PyAV stops there)."""
    import av

    demuxed = source.demux(stream)
    while True:
        try:
            packet = next(demuxed, None)
        except av.FFmpegError as error:
            _unless_machine(error)
            yield None
            return
        if packet is None:
            return
        try:
            yield packet.decode()
        except av.FFmpegError as error:
            _unless_machine(error)
            yield None


def blocks(frames: Iterable[Any], *, rate: int | None = None) -> Iterator[Block]:
    """Frames as blocks of samples between -1 and 1, one row a channel, at this rate (by default, the first frame's).

    A recording may change its rate, its format or its channels on the way: the rows then change with it.
    """
    import numpy as np

    held: list[Block] = []
    for piece in _pieces(frames, rate):
        if held and (len(held[0]) != len(piece) or sum(one.shape[1] for one in held) >= _BLOCK):
            yield np.concatenate(held, axis=1)
            held = []
        held.append(piece)
    if held:
        yield np.concatenate(held, axis=1)


def _pieces(frames: Iterable[Any], rate: int | None) -> Iterator[Block]:
    import av

    resampler, setup = None, None
    for frame in frames:
        frame.pts = None
        rate = rate or frame.sample_rate
        if resampler is None or (frame.format.name, frame.layout.name, frame.sample_rate) != setup:
            yield from _resampled(resampler, None)
            resampler = av.AudioResampler(format="flt", layout=frame.layout, rate=rate)
            setup = (frame.format.name, frame.layout.name, frame.sample_rate)
        yield from _resampled(resampler, frame)
    yield from _resampled(resampler, None)


def _resampled(resampler: Any, frame: Any) -> Iterator[Block]:
    """What comes out of the resampler. Samples are asked for one after the other ("flt"): PyAV 18 crashes on eight
    channels or more when each has its own plane, or when it is asked for pieces of one size."""  # fmt: skip
    for piece in resampler.resample(frame) if resampler is not None else ():
        yield piece.to_ndarray().reshape(-1, piece.layout.nb_channels).T


def frame(samples: Block, rate: int) -> Any:
    """Samples of one channel as a frame, for `blocks`."""
    import av

    made = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
    made.sample_rate = rate
    return made


def _unless_machine(error: Exception) -> None:
    """A lack of memory says nothing of the file: it must not be taken for damage."""
    if isinstance(error, MemoryError):
        raise error
