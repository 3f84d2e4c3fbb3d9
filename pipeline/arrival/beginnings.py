"""Whether a file that was refused is the beginning of one that arrived whole afterwards. Reads two files, no more.

Dictaphones give the same names again once they were emptied: the name alone must not take a dictation that was never
transferred off the list.
"""

from datetime import timedelta
from pathlib import Path

HEAD = 1024
"""Bytes at the head of a file in which lengths are written at the end: they differ between a copy and the whole."""
LOOKED_AT = 1 << 20
RECENT = timedelta(hours=24)
"""A file that holds nothing but a head says nothing of what it was: the name is believed for a day."""


def begins(refused: Path, whole: Path, *, recent: bool) -> bool:
    """Whether `whole` says all that `refused` does: the same bytes but for the head, and for zeros not filled yet."""
    if refused.stat().st_size > whole.stat().st_size:
        return False
    first, second = _body(refused), _body(whole)
    written = first.rstrip(b"\0")
    return recent if not written else second.startswith(written)


def _body(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(HEAD)
        return file.read(LOOKED_AT)
