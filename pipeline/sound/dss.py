"""A dictaphone's own formats (DSS, DS2): who dictated, when, for how long, how urgently, what is there, the sound.

The header and the blocks are read here; the sound is decoded by pydsscodec, piece by piece. The layout is that of the
public descriptions (getID3, FFmpeg, the dss-codec specification) and was seen on recordings of Olympus and Grundig
machines; the place of the job number was inferred from four of them. Times are the machine's own clock: no zone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.errors import FileRefused, TruncatedAudio, UnknownAudio, WrongPassword

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

HEADER_BYTES = 0x600
"""As much of a file as is ever read to know what it is: the whole header of a DS2."""

BLOCK_BYTES = 512
"""DSS and DS2 files are made of whole blocks."""

_FIXED_PART = 0x44
_MAGICS = {b"dss": (1, 9), b"ds2": (1, 9), b"enc": (1, 9)}
_ENCRYPTED_VARIANT = 3
_FRAME_SECONDS = {0: 0.024, 1: 0.024, 6: 0.016, 7: 0.016}
"""How long a frame of each DS2 mode lasts: standard play (0, 1), quality play (6, 7)."""
_QUALITY, _QUALITY_FRAME, _FRAMES_BEGIN = 6, 56, 6
_MOST_FRAMES = 64
_GRUNDIG = b"GR_"
"""What a block begins with that Grundig machines put before the sound."""
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class DssHeader:
    """What the dictaphone wrote about a recording. None or an empty string is what it left unset."""

    format: str
    """`dss` or `ds2`."""
    variant: int
    """The first byte of the file: the maker's version of the format."""
    encrypted: bool
    author: str = ""
    job: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    seconds: float | None = None
    """Declared length: exact where the machine wrote milliseconds, else in whole seconds rounded down."""
    exact: bool = False
    """The declared length is exact."""
    priority: int | None = None
    comment: str = ""


def is_dss(head: bytes) -> bool:
    """Say whether these first bytes are those of a DSS or DS2 file, of any variant, known or not."""
    low, high = _MAGICS.get(head[1:4], (1, 0))
    return len(head) >= 4 and low <= head[0] <= high


def parse(head: bytes) -> DssHeader:
    """Read the header from the first `HEADER_BYTES` of a file for which `is_dss` is true.

    Raises TruncatedAudio when the file stops before the end of the fixed part. A field that cannot be read is
    left unset: a dictaphone whose clock was never set still has a recording to transcribe.
    """
    if len(head) < _FIXED_PART:
        raise TruncatedAudio("the dictaphone header is cut")
    whole = _length(head[0x3E:0x44])
    exact = _exact(head, whole)
    return DssHeader(
        format="dss" if head[1:4] == b"dss" else "ds2",
        variant=head[0],
        encrypted=head[1:4] == b"enc",
        author=_text(head[0x0C:0x1C]),
        job=_number(head[0x1C:0x20]),
        start=_moment(head[0x26:0x32]),
        end=_moment(head[0x32:0x3E]),
        seconds=whole if exact is None else exact,
        exact=exact is not None,
        priority=_number(head[0x319:0x31A]),
        comment=_text(head[0x31E:0x382]),
    )


def refuse_unknown(head: bytes) -> None:
    """Raise UnknownAudio for what no decoder at hand reads rightly: the low-rate DSS (LP, G.723.1), and the encrypted
    variants of which no sample was ever seen. The codec says by itself what else it does not know."""  # fmt: skip
    if head[1:4] == b"dss" and head[0] in (2, 3) and head[0x2A4:0x2A5] == b"\x02":
        raise UnknownAudio("DSS of the low-rate variant")
    if head[1:4] == b"enc" and head[0] != _ENCRYPTED_VARIANT:
        raise UnknownAudio("encrypted DS2 of an unknown variant")


def opens(head: bytes, password: str) -> bool:
    """Say whether this password opens an encrypted DS2, from its first `HEADER_BYTES` alone.

    The file holds 16 bits to check a password with: one wrong password in 65,536 is taken for the right one.
    Raises UnknownAudio when the file is of a variant that cannot be read, TruncatedAudio when its header is cut.
    """
    import pydsscodec

    if len(head) < HEADER_BYTES:
        raise TruncatedAudio("the dictaphone header is cut")
    try:
        pydsscodec.DecryptingDecoderStreamer(password).push(head)
    except RuntimeError as error:
        refusal = _refusal(str(error))
        if isinstance(refusal, WrongPassword):
            return False
        raise refusal from error
    return True


def pieces(file: BinaryIO, password: str | None = None) -> Iterator[tuple[Samples, int]]:
    """Decode piece by piece: samples between -1 and 1, and how many of them a second.

    Raises WrongPassword (also when there is none and one is needed), TruncatedAudio or UnknownAudio.
    """
    import pydsscodec

    decoder = pydsscodec.DecryptingDecoderStreamer(password)
    file.seek(0)
    try:
        while piece := file.read(_PIECE):
            yield from _samples(decoder.push(piece), decoder)
        yield from _samples(decoder.finish(), decoder)
    except RuntimeError as error:
        raise _refusal(str(error)) from error


def counted_seconds(file: BinaryIO) -> float | None:
    """How long the frames that are there last, by the blocks' own counts: those of a DS2 are in clear, even when its
    sound is encrypted. None for a DSS, for an unknown mode, or when the counts make no sense."""  # fmt: skip
    seconds = 0.0
    for block in _blocks(file):
        length = _FRAME_SECONDS.get(block[4])
        if length is None or block[2] > _MOST_FRAMES:
            return None
        seconds += block[2] * length
    return seconds


def ends_in_a_frame(file: BinaryIO) -> bool:
    """Say whether the last frame of a DS2 in quality mode would go on in a block that is not there.

    Frames of this mode run from one block into the next: the codec fills what is missing without a word.
    """
    last = _last_block(file)
    begins = last[1] * 2
    return begins >= _FRAMES_BEGIN and last[4] == _QUALITY and begins + last[2] * _QUALITY_FRAME > BLOCK_BYTES


def last_block_is_full(file: BinaryIO) -> bool:
    """Say whether the last block holds as many frames as the one before it: a whole DSS seldom ends so (one in
    twelve), one cut between two blocks always does."""  # fmt: skip
    size = os.fstat(file.fileno()).st_size
    if size < HEADER_BYTES + 2 * BLOCK_BYTES:
        return False
    file.seek(size - 2 * BLOCK_BYTES)
    before, last = file.read(8), _last_block(file)
    return not before.startswith(_GRUNDIG) and last[2] >= before[2] > 0


def last_block_is_empty(file: BinaryIO) -> bool:
    """Say whether nothing was written in the last block: room that a copy reserved, whose content has not come."""
    return not any(_last_block(file))


def _last_block(file: BinaryIO) -> bytes:
    size = os.fstat(file.fileno()).st_size
    file.seek(max(0, size // BLOCK_BYTES - 1) * BLOCK_BYTES)
    return file.read(8).ljust(8, b"\0")


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(HEADER_BYTES)
    while len(block := file.read(BLOCK_BYTES)) == BLOCK_BYTES:
        if not block.startswith(_GRUNDIG):
            yield block


def _samples(values: list[float], decoder: Any) -> Iterator[tuple[Samples, int]]:
    import numpy as np

    for start in range(0, len(values), _PIECE):  # the codec may give hours at once
        yield np.asarray(values[start : start + _PIECE], dtype=np.float32) / 32768.0, int(decoder.native_rate())


def _refusal(message: str) -> FileRefused:
    """The codec's sentences become our errors."""
    if "password" in message:
        return WrongPassword("the password is missing or wrong")
    if message.startswith("truncated"):
        return TruncatedAudio("the dictaphone recording is cut")
    return UnknownAudio("DSS or DS2 of an unknown variant")


def _text(field: bytes) -> str:
    """A text padded with zeros, or with 0xFF when it was never set."""
    written = field.split(b"\0")[0].rstrip(b"\xff")
    return "".join(c for c in written.decode("cp1252", "replace") if c.isprintable()).strip()


def _number(field: bytes) -> int | None:
    unset = not field or field == b"\xff" * len(field)
    return None if unset else int.from_bytes(field, "little")


def _moment(field: bytes) -> datetime | None:
    if not field.isdigit():
        return None
    try:
        return datetime.strptime(field.decode("ascii"), "%y%m%d%H%M%S")
    except ValueError:
        return None


def _length(field: bytes) -> float | None:
    if len(field) != 6 or not field.isdigit():
        return None
    digits = field.decode("ascii")
    return float(int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + int(digits[4:]))


def _exact(head: bytes, whole: float | None) -> float | None:
    """The length to the millisecond, which Olympus machines add; only when it agrees with the one in seconds."""
    written = _number(head[0x200:0x204])
    if head[1:4] == b"dss" or whole is None or written is None:
        return None
    return written / 1000 if int(written / 1000) == whole else None
