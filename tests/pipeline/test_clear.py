"""A recording in clear: private, gone when it was read, and removed after a kill but never under who reads it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline import clear

READER = """
import sys
from pathlib import Path
from pipeline import clear
with clear.sound(Path(sys.argv[1]), b"a voice") as path:
    print(path, flush=True)
    sys.stdin.read()
"""


def aged(path: Path) -> Path:
    long_ago = time.time() - 2 * clear.YOUNG_SECONDS
    os.utime(path, (long_ago, long_ago))
    return path


def test_a_recording_is_there_while_it_is_read_for_this_account_only(tmp_path: Path):
    with clear.sound(tmp_path, b"a voice") as path:
        assert path.read_bytes() == b"a voice"
        assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="locks of POSIX; elsewhere an open file cannot be removed")
def test_what_a_killed_reader_left_is_removed_and_not_what_a_living_one_reads(tmp_path: Path):
    program = [sys.executable, "-c", READER, str(tmp_path)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        path = aged(Path(reader.stdout.readline().strip()))
        assert clear.remove_left(tmp_path) == 0
        assert path.exists()
        reader.send_signal(signal.SIGKILL)
        reader.wait()
        assert path.exists()
        assert clear.remove_left(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_made_this_instant_is_left_alone(tmp_path: Path):
    (tmp_path / "sound-new").write_bytes(b"a voice")
    (tmp_path / "worker-1.slot").touch()
    assert clear.remove_left(tmp_path) == 0
    aged(tmp_path / "sound-new")
    assert clear.remove_left(tmp_path) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["worker-1.slot"]
