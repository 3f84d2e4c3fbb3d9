"""What was dropped whole, written down as it is dropped: the only thing the judge of the fault campaign believes.

A content is known by its SHA-256, and enters the ledger once its writer is done with it. Knows no practice.
"""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Fate = Literal["taken", "free", "stays"]
"""What must become of a whole content: a dictation, once; anything, for who dropped it replaced or removed it
himself; or it must stay where it is (no recording of its own: a link, a name that is ignored)."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The whole contents, each with what must become of it. Threads may share it."""

    _fates: dict[str, Fate] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def whole(self, content: bytes, *, fate: Fate = "taken") -> str:
        """Write down a content whose writer is done; gives its SHA-256. Said again, the fate is the last said."""
        sha256 = hashlib.sha256(content).hexdigest()
        with self._lock:
            self._fates[sha256] = fate
        return sha256

    def fates(self) -> Mapping[str, Fate]:
        """All of them, as they are now."""
        with self._lock:
            return dict(self._fates)
