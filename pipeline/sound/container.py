"""What a sound file says of its own size: which container it is, whether bytes it announces are missing, and whether
anything in it proves that nothing is.

Reads a few headers with nothing but the standard library, so that a watched folder can be looked at cheaply.
Knows nothing of codecs: what is inside is the matter of `pipeline.sound.audio`.
"""

import os
import struct
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import BinaryIO, Literal

Name = Literal["wav", "aiff", "flac", "mp3", "ogg", "mp4", "asf", "amr", "matroska", "caf", "au", "id3"]

_MAGICS: tuple[tuple[int, bytes, Name], ...] = (
    (8, b"WAVE", "wav"),
    (8, b"AIFF", "aiff"),
    (8, b"AIFC", "aiff"),
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (4, b"ftyp", "mp4"),
    (0, bytes.fromhex("3026b2758e66cf11"), "asf"),
    (0, b"#!AMR", "amr"),
    (0, bytes.fromhex("1a45dfa3"), "matroska"),
    (0, b"caff", "caf"),
    (0, b".snd", "au"),
    (0, b"ID3", "id3"),
    (0, b"\xff\xfb", "mp3"),
    (0, b"\xff\xf3", "mp3"),
    (0, b"\xff\xf2", "mp3"),
)
_STREAMED = 0x7FFFF000
"""A WAV whose sound is announced as 0, or as more than this, was written by a recorder that could not go back."""
_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_OGG_PAGE = 27 + 255 + 255 * 255
_OGG_END = 4
_PIECE = 1 << 16
_UNKNOWN = 0xFFFFFFFF
_CLUSTER, _SECTOR = 4096, 512
_LAST_SAMPLE = 8
"""The last bytes before the zeros may be zeros themselves."""


def sniff(head: bytes) -> Name | None:
    """Name the container these first bytes announce; None when they announce nothing we know.

    The name of the file never counts. A file that announces a container may still hold no sound.
    """
    return next((name for at, magic, name in _MAGICS if head[at : at + len(magic)] == magic), None)


def missing_bytes(file: BinaryIO, *, size: int) -> int:
    """Count the bytes the headers announce and the file does not hold; 0 when it is whole or does not say.

    1 stands for an unknown number. Covers WAV (RIFF, RF64), AIFF, CAF, AU, MP4, Ogg, WMA, MP3 and Matroska; others
    are judged by their decoded length. Lengths of 0 and 0xFFFFFFFF are legal in a WAV: streaming recorders write them.
    """
    file.seek(0)
    count = _MISSING.get(sniff(file.read(16)))
    return count(file, size) if count else 0


def proves_its_length(file: BinaryIO, *, size: int) -> bool:
    """Say whether the headers give the length of the sound, or an end mark shows that it is all there.

    False for what may stop anywhere and still look whole: AMR, AAC, a WAV, a FLAC, an MP4 or a WebM that was written
    as it was recorded, an MP3 whose encoder did not count its bytes.
    """
    file.seek(0)
    prove = _PROVES.get(sniff(file.read(16)))
    return prove(file, size) if prove else False


def is_unfilled(file: BinaryIO, *, size: int) -> bool:
    """Say whether the file looks like a copy that was given its size first, and whose end has not come yet.

    It then holds only zeros from where a disk or a network writes its next piece: digital silence seldom begins there.
    """
    empty = _empty_tail(file, size)
    return empty >= _CLUSTER and -(size - empty) % _SECTOR <= _LAST_SAMPLE


def _empty_tail(file: BinaryIO, size: int) -> int:
    at = size
    while at > 0:
        start = max(0, at - _PIECE)
        file.seek(start)
        kept = len(file.read(at - start).rstrip(b"\0"))
        if kept:
            return size - start - kept
        at = start
    return size


def counts_its_frames(file: BinaryIO) -> bool:
    """Say whether an MP3 carries the frame count of its encoder; without it, its announced length is a guess."""
    _, first_frame = _first_mp3_frame(file)
    return any(mark in first_frame for mark in (b"Xing", b"Info", b"VBRI"))


def _first_mp3_frame(file: BinaryIO) -> tuple[int, bytes]:
    """Where the sound of an MP3 begins, after its tag, and what its first frame says."""
    file.seek(0)
    head = file.read(10)
    tag = 0
    if head[:3] == b"ID3" and len(head) == 10:
        tag = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    file.seek(tag)
    return tag, file.read(512)


def _end_of_mp3(file: BinaryIO) -> int | None:
    """Where the sound of an MP3 ends, by the bytes that its encoder counted; None when it did not.

    Its length in seconds is not enough: encoders pad the end by more than what a copy cut there would lack.
    """
    start, frame = _first_mp3_frame(file)
    if (at := frame.find(b"VBRI")) >= 0:
        return start + int.from_bytes(frame[at + 10 : at + 14], "big") or None
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    flags = int.from_bytes(frame[at + 4 : at + 8], "big") if at >= 0 else 0
    if not flags & 2:
        return None
    field = at + 8 + 4 * (flags & 1)
    return start + int.from_bytes(frame[field : field + 4], "big")


def _end_of_matroska(file: BinaryIO) -> int | None:
    """Where a Matroska (WebM) file ends; None when it was written as it was recorded."""
    file.seek(4)  # after the mark that told what it is
    heading = _ebml_size(file)
    file.seek((heading or 0) + 4, os.SEEK_CUR)  # its heading, then the mark of the segment, which holds all the rest
    length = _ebml_size(file)
    return None if heading is None or length is None else file.tell() + length


def _ebml_size(file: BinaryIO) -> int | None:
    """A length: as many bytes as the first has leading zeros, and itself; all ones is unknown."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    more = 8 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] - (0x80 >> more)]) + file.read(more), "big")
    return None if value == (1 << 7 * (more + 1)) - 1 else value


def _missing_in_au(file: BinaryIO, size: int) -> int:
    file.seek(4)
    start, length = (int.from_bytes(file.read(4), "big") for _ in range(2))
    return 0 if length == _UNKNOWN else max(0, start + length - size)


def _missing_in_wav(file: BinaryIO, size: int) -> int:
    if not any(name == b"data" for name, _, _ in _chunks(file, size, start=12, layout="<4sI")):
        return 1
    end = _sound_of_wav(file, size)
    return 0 if end is None else max(0, end - size)


def _sound_of_wav(file: BinaryIO, size: int) -> int | None:
    """Where the sound of a WAV ends, in bytes; None when its recorder did not say."""
    large = 0
    for name, length, start in _chunks(file, size, start=12, layout="<4sI"):
        if name == b"ds64":
            file.seek(start + 8)
            large = int.from_bytes(file.read(8), "little")
        if name == b"data":
            streamed = not large and (length == 0 or length >= _STREAMED)
            return None if streamed else start + (large or length)
    return None


def _missing_in_chunks(file: BinaryIO, size: int, *, start: int, layout: str, sound: bytes) -> int:
    for name, length, begin in _chunks(file, size, start=start, layout=layout):
        if name == sound:
            return max(0, begin + length - size)
    return 1


def _missing_in_mp4(file: BinaryIO, size: int) -> int:
    """Sound and its index are separate boxes, in any order: both must be there, and whole."""
    found = list(_boxes(file, size))
    seen = {name for name, _ in found}
    return max(0, found[-1][1] - size if found else 0) or int(not {b"moov", b"mdat"} <= seen)


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """Walk the boxes of an MP4: name, where it ends. The walk stops at the first that makes no sense."""
    at = 0
    while at + 8 <= size:
        file.seek(at)
        length, name = struct.unpack(">I4s", file.read(8))
        if length == 1:
            length = int.from_bytes(file.read(8), "big")
        at = at + length if length else size  # no length: up to the end of the file
        yield name, at
        if 0 < length < 8:
            return


def _missing_in_ogg(file: BinaryIO, size: int) -> int:
    """Ogg announces no total: only a last page that stops short can tell."""
    page = _last_ogg_page(file, size)
    if len(page) < 27 or len(page) < 27 + page[26]:
        return 1
    return max(0, 27 + page[26] + sum(page[27 : 27 + page[26]]) - len(page))


def _last_ogg_page(file: BinaryIO, size: int) -> bytes:
    file.seek(max(0, size - _OGG_PAGE))
    tail = file.read()
    return tail[tail.rfind(b"OggS") :]


def _missing_in_asf(file: BinaryIO, size: int) -> int:
    """WMA announces its size in bytes, unless it says that it is a broadcast."""
    found = _asf_properties(file)
    if found is None:
        return 1
    announced, flags = found
    return 0 if flags & 1 else max(0, announced - size)


def _asf_properties(file: BinaryIO) -> tuple[int, int] | None:
    """The size that a WMA announces, in bytes, and its flags."""
    file.seek(0)
    head = file.read(1 << 16)
    at = head.find(_ASF_PROPERTIES)
    if at < 0 or len(head) < at + 92:
        return None
    announced, flags = struct.unpack("<40x Q 40x I", head[at : at + 92])
    return int(announced), int(flags)


def _chunks(file: BinaryIO, size: int, *, start: int, layout: str) -> Iterator[tuple[bytes, int, int]]:
    """Walk the chunks of an IFF-like file: name, announced length, where its content starts."""
    header = struct.calcsize(layout)
    at = start
    while at + header <= size:
        file.seek(at, os.SEEK_SET)
        name, length = struct.unpack(layout, file.read(header))
        yield name, length, at + header
        if length < 0:
            return
        at += header + length + (length & 1 if header == 8 else 0)


def _ends_by(end: Callable[[BinaryIO], int | None]) -> Callable[[BinaryIO, int], int]:
    """Count what lacks of a form that says where it ends."""
    return lambda file, size: max(0, (end(file) or 0) - size)


def _says_its_end(end: Callable[[BinaryIO], int | None]) -> Callable[[BinaryIO, int], bool]:
    return lambda file, _size: end(file) is not None


def _caf_says(file: BinaryIO, size: int) -> bool:
    chunks = _chunks(file, size, start=8, layout=">4sq")
    return next((length >= 0 for name, length, _ in chunks if name == b"data"), False)


def _au_says(file: BinaryIO, size: int) -> bool:
    file.seek(8)
    return size >= 12 and int.from_bytes(file.read(4), "big") != _UNKNOWN


def _flac_says(file: BinaryIO, size: int) -> bool:
    file.seek(18)
    return size >= 26 and int.from_bytes(file.read(8), "big") & 0xFFFFFFFFF != 0


def _mp4_says(file: BinaryIO, size: int) -> bool:
    seen = {name for name, _ in _boxes(file, size)}
    return b"moof" not in seen or b"mfra" in seen


def _ogg_says(file: BinaryIO, size: int) -> bool:
    return len(page := _last_ogg_page(file, size)) > 5 and bool(page[5] & _OGG_END)


def _asf_says(file: BinaryIO, _size: int) -> bool:
    found = _asf_properties(file)
    return found is not None and not found[1] & 1


_MISSING: Mapping[Name | None, Callable[[BinaryIO, int], int]] = {
    "wav": _missing_in_wav,
    "aiff": partial(_missing_in_chunks, start=12, layout=">4sI", sound=b"SSND"),
    "caf": partial(_missing_in_chunks, start=8, layout=">4sq", sound=b"data"),
    "au": _missing_in_au,
    "mp4": _missing_in_mp4,
    "ogg": _missing_in_ogg,
    "asf": _missing_in_asf,
    "mp3": _ends_by(_end_of_mp3),
    "id3": _ends_by(_end_of_mp3),
    "matroska": _ends_by(_end_of_matroska),
}
_PROVES: Mapping[Name | None, Callable[[BinaryIO, int], bool]] = {
    "wav": lambda file, size: _sound_of_wav(file, size) is not None,
    "aiff": lambda _file, _size: True,
    "caf": _caf_says,
    "au": _au_says,
    "flac": _flac_says,
    "mp4": _mp4_says,
    "ogg": _ogg_says,
    "asf": _asf_says,
    "mp3": _says_its_end(_end_of_mp3),
    "id3": _says_its_end(_end_of_mp3),
    "matroska": _says_its_end(_end_of_matroska),
}
