"""Faults of the system, put where they hurt: a system call that fails or that kills, of a process that runs, by strace.

Calls are counted in each thread from the moment strace holds the process, so the n-th is in the middle of whatever
the process does next. Knows nothing of what the process is for.
"""

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_ATTACHED = b"attached"
PATIENCE = 5.0
"""Seconds that strace has to get hold of a process, and to let go of it."""
STEPS = {
    "openat": 20, "read": 12, "write": 6, "pwrite64": 26, "fsync": 10, "fdatasync": 4, "rename": 3, "renameat": 1,
    "unlink": 4, "unlinkat": 1, "fcntl": 12, "getdents64": 4, "ftruncate": 2, "close": 12,
}  # fmt: skip
"""The system calls by which a file is taken, and about how many of each a take makes in one thread."""


class NotHeld(Exception):
    """strace could not get hold of the process."""


@contextmanager
def injected(pid: int, calls: Sequence[str], what: str, *, when: str, log: Path) -> Iterator[None]:
    """Make these calls of this process do `what` (`error=EIO`, `signal=SIGKILL`) each time `when` says (`3`, `3+3`).

    What strace saw is in `log`. NotHeld when it cannot get hold of the process.
    """
    expression = ",".join(f"?{call}" for call in calls)
    command = ["strace", "-f", "-o", str(log), "-e", f"trace={expression}", "-e", "signal=none",
               "-e", f"inject={expression}:{what}:when={when}", "-p", str(pid)]  # fmt: skip
    log.write_bytes(b"")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as tracer:
        assert tracer.stderr is not None
        rest = threading.Thread(target=tracer.stderr.read, daemon=True)  # so that it never waits for a reader
        late = threading.Timer(PATIENCE, tracer.kill)
        late.start()
        try:
            held = any(_ATTACHED in line for line in tracer.stderr)
            late.cancel()
            if not held:
                raise NotHeld
            rest.start()
            yield
        finally:
            late.cancel()
            _end(tracer)
            if rest.ident:
                rest.join()


def _end(tracer: "subprocess.Popen[bytes]") -> None:
    """Let go of the process; strace may wait for ever for one that was just starting another, and is then killed."""
    tracer.terminate()
    try:
        tracer.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        tracer.kill()
        tracer.wait()


def count(log: Path) -> int:
    """How many calls were made to fail."""
    return log.read_bytes().count(b"(INJECTED)") if log.exists() else 0


@cache
def why_not() -> str:
    """Why no fault can be injected on this machine; empty when it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as one:
        try:
            with injected(one.pid, ["read"], "error=EIO", when="1000", log=Path("/dev/null")):
                return ""
        except (NotHeld, OSError):
            return "strace may not hold a process here"
        finally:
            one.kill()
