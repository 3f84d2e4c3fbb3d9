"""The header of a dictaphone's own format (DSS, DS2): who dictated, when, for how long, how urgently.

Knows the header only: the sound is decoded by `pipeline.audio`. The layout is that of the public descriptions
(getID3, FFmpeg, the dss-codec specification) and was seen on recordings of Olympus and Grundig machines; the
place of the job number was inferred from four of them. Times are the machine's own clock: they have no zone.
"""

from dataclasses import dataclass
from datetime import datetime

from pipeline.errors import TruncatedAudio

HEADER_BYTES = 0x400
"""As much of a file as `parse` ever reads."""

BLOCK_BYTES = 512
"""DSS and DS2 files are made of whole blocks."""

_FIXED_PART = 0x44
_MAGICS = {b"dss": (1, 9), b"ds2": (1, 9), b"enc": (1, 9)}


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
    """Declared length, in whole seconds rounded down."""
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
    return DssHeader(
        format="dss" if head[1:4] == b"dss" else "ds2",
        variant=head[0],
        encrypted=head[1:4] == b"enc",
        author=_text(head[0x0C:0x1C]),
        job=_number(head[0x1C:0x20]),
        start=_moment(head[0x26:0x32]),
        end=_moment(head[0x32:0x3E]),
        seconds=_length(head[0x3E:0x44]),
        priority=_number(head[0x319:0x31A]),
        comment=_text(head[0x31E:0x382]),
    )


def is_low_rate_dss(head: bytes) -> bool:
    """Say whether a DSS file holds the low-rate codec (LP, G.723.1), which no decoder at hand reads rightly."""
    return head[1:4] == b"dss" and head[0] in (2, 3) and head[0x2A4:0x2A5] == b"\x02"


def _text(field: bytes) -> str:
    """A text padded with zeros, or with 0xFF when it was never set."""
    written = field.split(b"\0")[0].rstrip(b"\xff")
    return "".join(c for c in written.decode("cp1252", "replace") if c.isprintable()).strip()


def _number(field: bytes) -> int | None:
    unset = not field or field == b"\xff" * len(field)
    return None if unset else int.from_bytes(field, "little")


def _moment(field: bytes) -> datetime | None:
    try:
        return datetime.strptime(field.decode("ascii"), "%y%m%d%H%M%S")
    except ValueError:
        return None


def _length(field: bytes) -> float | None:
    if not field.isdigit():
        return None
    digits = field.decode("ascii")
    return float(int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + int(digits[4:]))
