"""The process that opens recordings, so that a hostile or broken one cannot harm the program: limited in memory, and
ended by its parent (`pipeline.sound.decoding`) when it takes too long.

`python -m pipeline.sound.decoder`. It answers `{"do": "start"}` with `{"ready": true}`, and `{"do": "inspect", "path",
"limits", "passwords", "megabytes"}` or `{"do": "sound", "path", "into", "buckets", "password", "megabytes"}` with any
number of `{"progress": seconds}` lines, then one `{"recording": {…}}`, `{"peaks": […]}`, `{"error": code, "message":
…}` (what is wrong with the file), `{"errno": number}` (what is wrong with the disk) or `{"failed": …}` (it could not
be done here).
Reaches no network, and knows nothing of the practice.
"""

from __future__ import annotations

import errno
import math
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.child import Say, serve
from pipeline.errors import CopisteError
from pipeline.sound import audio, dss

_TELL_SECONDS = 1.0
_BASE_BYTES, _DICTAPHONE = 500_000_000, 350
"""What the codec of dictaphones needs: bytes to begin with, and for each byte of the file."""


def main() -> int:
    """Serve requests until standard input closes."""
    _limit("RLIMIT_CORE", 0)
    _import_all()
    serve(_Service())
    return 0


class _Service:
    """Does what is asked, and says what went wrong in a way that tells the file, the disk and this process apart."""

    def __init__(self) -> None:
        self._do: Mapping[str, Callable[[dict[str, Any], audio.Told], dict[str, Any]]] = {
            "inspect": _inspect,
            "sound": _sound,
            "start": lambda request, told: {"ready": True},
        }

    def __call__(self, request: dict[str, Any], say: Say) -> None:
        try:
            _limit("RLIMIT_AS", _memory(request))
            say(self._do[request["do"]](request, _Progress(say)))
        except CopisteError as error:
            say({"error": error.code, "message": str(error).removeprefix(f"[{error.code}] ")})
        except MemoryError:
            say({"failed": "MemoryError"})
        except OSError as error:
            say({"failed": "MemoryError"} if error.errno == errno.ENOMEM else {"errno": error.errno or errno.EIO})
        except Exception as error:  # whatever it is, the parent must hear of it, and only of its kind
            say({"failed": type(error).__name__})


class _Progress:
    """Tells the parent how far the work is, once a second at most."""

    def __init__(self, say: Say) -> None:
        self._say, self._last = say, time.monotonic()

    def __call__(self, seconds: float) -> None:
        if time.monotonic() - self._last >= _TELL_SECONDS:
            self._last = time.monotonic()
            self._say({"progress": seconds})


def _inspect(request: dict[str, Any], told: audio.Told) -> dict[str, Any]:
    limits = audio.Limits(**request["limits"])
    found = audio.inspect(Path(request["path"]), limits=limits, passwords=request["passwords"], told=told)
    return {"recording": as_json(found)}


def _sound(request: dict[str, Any], told: audio.Told) -> dict[str, Any]:
    peaks = audio.render(
        Path(request["path"]), Path(request["into"]), buckets=request["buckets"], password=request["password"],
        told=told,
    )  # fmt: skip
    return {"peaks": list(peaks)}


def as_json(recording: audio.Recording) -> dict[str, Any]:
    """A recording as it goes from one process to the other."""
    said = asdict(recording)
    if recording.header is not None:
        said["header"] |= {
            name: moment and moment.isoformat()
            for name, moment in (("start", recording.header.start), ("end", recording.header.end))
        }
    return said


def from_json(said: dict[str, Any]) -> audio.Recording:
    """A recording as `as_json` wrote it. Raises TypeError, ValueError, KeyError or AttributeError for anything else."""
    header = said["header"]
    if header is not None:
        moments = {name: header[name] and datetime.fromisoformat(header[name]) for name in ("start", "end")}
        header = dss.DssHeader(**{**header, **moments})
    made = audio.Recording(**{**said, "header": header, "remarks": tuple(said["remarks"])})
    if not (isinstance(made.seconds, float) and math.isfinite(made.seconds) and made.seconds >= 0):
        raise ValueError("seconds")
    return made


def _memory(request: dict[str, Any]) -> int:
    """Bytes left to a request; more for a dictaphone's, whose codec keeps an hour of sound in three gigabytes, but
    never more than half of the machine."""  # fmt: skip
    asked = int(request.get("megabytes", 0)) * 1_000_000
    if not asked or not hasattr(os, "sysconf"):
        return asked
    with Path(request["path"]).open("rb") as file:
        size = os.fstat(file.fileno()).st_size if dss.is_dss(file.read(4)) else 0
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(asked, min(_BASE_BYTES + _DICTAPHONE * size, machine // 2)) if size else asked


def _limit(name: str, value: int) -> None:
    """Set a limit of this process, where the system has such a thing; 0 of memory is no limit."""
    if sys.platform == "win32":
        return
    import resource

    which = getattr(resource, name)
    _, hard = resource.getrlimit(which)
    soft = value if value or name == "RLIMIT_CORE" else hard
    with suppress(ValueError, OSError):  # more than is allowed already, or a system that does not know this limit
        resource.setrlimit(which, (soft, hard))


def _import_all() -> None:
    """Load what reads sounds now: a machine on which it cannot be loaded must not refuse anyone's recording."""
    import av
    import numpy
    import pydsscodec

    _ = (av, numpy, pydsscodec)


if __name__ == "__main__":
    sys.exit(main())
