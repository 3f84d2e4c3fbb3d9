"""The naive twin: what a common watch folder does, under the same writers and kills. It must break.

    python -m bench.naive INBOX OUT

Waits half a second after it first saw a file, copies it, deletes it. Looks at no size, keeps no track, syncs nothing:
a campaign that finds nothing wrong with it could find nothing wrong with anything.
"""

import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.ledger import Ledger

WAIT_SECONDS = 0.5
LOOK_SECONDS = 0.1
_UNDER_WAY = ".part"
"""Even a naive watch folder leaves these alone."""


def watch(inbox: Path, out: Path) -> None:
    """Copy and delete whatever is there, for ever."""
    seen: dict[Path, float] = {}
    while True:
        there = [path for path in inbox.rglob("*") if path.is_file() and path.suffix != _UNDER_WAY]
        seen = {path: seen.get(path, time.monotonic()) for path in there}
        for path, since in seen.items():
            if time.monotonic() - since >= WAIT_SECONDS:
                with suppress(OSError):
                    shutil.copyfile(path, out / uuid.uuid4().hex)
                    os.unlink(path)
        time.sleep(LOOK_SECONDS)


@dataclass(slots=True, kw_only=True)
class Twin:
    """The naive program at work on a folder, and the ledger of what is dropped there."""

    folder: Path
    ledger: Ledger
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def inbox(self) -> Path:
        """Where files are dropped."""
        return self.folder / "inbox"

    @property
    def out(self) -> Path:
        """Where it copies them."""
        return self.folder / "out"

    def start(self) -> "subprocess.Popen[bytes]":
        """Start it, or start it again."""
        command = [sys.executable, "-m", "bench.naive", str(self.inbox), str(self.out)]
        self.process = subprocess.Popen(command)
        return self.process

    def start_again(self) -> "subprocess.Popen[bytes]":
        """Kill it if it is still there, and start it."""
        self.kill()
        return self.start()

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def twin(folder: Path) -> Iterator[Twin]:
    """The naive program at work in this folder until the end."""
    made = Twin(folder=folder, ledger=Ledger())
    made.inbox.mkdir(parents=True)
    made.out.mkdir()
    made.start()
    try:
        yield made
    finally:
        made.kill()


if __name__ == "__main__":
    watch(Path(sys.argv[1]), Path(sys.argv[2]))
