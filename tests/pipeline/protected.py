"""Recordings of dictaphones that a password protects, and a reader that opens them: no program here can write one.

What is stood in for is the codec's answer only; the header, the passwords' way and what is done with it are real.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import EncryptedAudio, TruncatedAudio, WrongPassword
from pipeline.practice import Practice
from pipeline.sound import audio, dss
from tests.pipeline.sounds import dss_header

PASSWORD = "Zyqu-4711"
_MARK = b"opens with "


def locked_ds2(
    password: str = PASSWORD, *, author: bytes = b"DR-LAMB", job: int = 98, priority: int | None = None, holds: str = ""
) -> bytes:
    """An encrypted DS2 that this password opens; `holds`: the code of what is then found, or « cut »."""
    head = dss_header(magic=b"enc", author=author, job=job, priority=priority)
    return head + (_MARK + password.encode() + b"\n" + holds.encode() + b"\n").ljust(dss.BLOCK_BYTES, b"\0")


def plain_ds2(*, author: bytes = b"DR-LAMB", job: int = 98, priority: int | None = None) -> bytes:
    """One that nothing protects."""
    head = dss_header(author=author, job=job, priority=priority, comment=b"post-op")
    return head + bytes([job % 251]) * dss.BLOCK_BYTES


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the practice read those; every other file is really read."""
    monkeypatch.setattr("pipeline.locked.inspect", _inspect)


def _inspect(practice: Practice, path: Path, passwords: Sequence[str] = ()) -> audio.Recording:
    data = path.read_bytes()
    if not dss.is_dss(data):
        return audio.inspect(path)
    header = dss.parse(data)
    said: dict[str, Any] = {"container": "ds2", "codec": "ds2", "sample_rate": 16000, "channels": 1, "header": header}
    recording = audio.Recording(seconds=9.0, declared_seconds=9.0, **said)
    if not header.encrypted:
        return recording
    password, _, rest = data.partition(_MARK)[2].partition(b"\n")
    if password.decode() not in passwords:
        return replace(recording, waits=WrongPassword.code if passwords else EncryptedAudio.code)
    if (holds := rest.split(b"\n")[0].decode()) == "cut":
        raise TruncatedAudio("cut once it is open")
    return replace(recording, waits=holds, password=password.decode())
