"""The ways in which files arrive: each ends with the whole content, and is on the way what it says it is."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import FileRefused
from pipeline.inbox import watcher
from pipeline.machine.trial.recordings import recording
from pipeline.machine.trial.writers import HEADER_BYTES, TENTHS, Writer
from pipeline.sound import audio

CONTENT = recording(0)
HOWS = ("in place", "renamed", "preallocated", "zeroed", "header last")


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("how", HOWS)
def test_every_writer_ends_with_the_whole_content_and_nothing_else(tmp_path: Path, how: Any, *, held: bool):
    path = tmp_path / "dictee.wav"
    path.write_bytes(b"what was there before, longer or not")
    stalls: list[float] = []
    Writer(how=how, stalls=TENTHS, pause=0.7, held=held).write(path, CONTENT, wait=stalls.append)
    assert path.read_bytes() == CONTENT
    assert os.listdir(tmp_path) == ["dictee.wav"]
    assert stalls[:9] == [0.7] * 9


@pytest.mark.parametrize("how", HOWS)
def test_at_every_stall_the_file_is_what_its_name_says(tmp_path: Path, how: Any):
    path, seen = tmp_path / "dictee.wav", []

    def look(_: float) -> None:
        (file,) = tmp_path.iterdir()
        seen.append((file.name, file.stat().st_size, file.read_bytes()))

    Writer(how=how, stalls=TENTHS).write(path, CONTENT, wait=look)
    assert len(seen) == (10 if how == "header last" else 9)
    for (name, size, data), tenth in zip(seen, TENTHS, strict=False):
        edge = int(len(CONTENT) * tenth)
        assert name.endswith(".part") == (how == "renamed")
        assert watcher.is_ignored(name) == (how == "renamed")
        assert size == (len(CONTENT) if how in ("preallocated", "zeroed") else edge)
        assert data[HEADER_BYTES:edge] == CONTENT[HEADER_BYTES:edge]
        assert (data[:HEADER_BYTES] == CONTENT[:HEADER_BYTES]) == (how != "header last")
        assert not data[edge:].strip(b"\0")
    holes = {file.stat().st_blocks * 512 < file.stat().st_size for file in tmp_path.iterdir()}
    assert holes == {False}


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system who has the file open")
@pytest.mark.parametrize("held", [True, False])
def test_a_writer_keeps_its_file_open_at_a_stall_or_closes_it(tmp_path: Path, *, held: bool):
    path, seen = tmp_path / "dictee.wav", []
    here = Path("/proc/self/fd")

    def look(_: float) -> None:
        names = [os.readlink(entry) for entry in here.iterdir() if entry.is_symlink()]
        seen.append(str(path) in names)

    Writer(stalls=(0.5,), held=held).write(path, CONTENT, wait=look)
    assert seen == [held]


def test_a_writer_that_is_stopped_leaves_no_part_file(tmp_path: Path):
    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Writer(how="renamed", stalls=(0.5,)).write(tmp_path / "dictee.wav", CONTENT, wait=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_writer_keeps_the_date_it_is_given_and_counts_its_faults(tmp_path: Path):
    path = tmp_path / "dictee.wav"
    writer = Writer(how="renamed", stalls=TENTHS, date=86_400.0)
    writer.write(path, CONTENT, wait=lambda _: None)
    assert path.stat().st_mtime == 86_400.0
    assert (writer.faults, Writer().faults, Writer(stalls=(0.5,)).faults) == (11, 0, 1)


def test_half_an_mp3_is_a_good_recording_and_half_a_wav_is_not(tmp_path: Path):
    for form, whole in (("wav", recording(1)), ("mp3", recording(1, form="mp3"))):
        path = tmp_path / f"half.{form}"
        path.write_bytes(whole[: len(whole) // 2])
        if form == "mp3":
            assert audio.inspect(path).seconds > 0.5
        else:
            with pytest.raises(FileRefused):
                audio.inspect(path)
    assert len({recording(seed) for seed in range(5)} | {recording(seed, form="mp3") for seed in range(5)}) == 10
