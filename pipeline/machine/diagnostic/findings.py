"""What a look at the machine gives, and what it is given to look at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pipeline.practice import Practice
    from pipeline.settings import Settings

State = Literal["ok", "watch", "fix"]
SAYS: dict[State, str] = {"ok": "en ordre", "watch": "à surveiller", "fix": "à corriger"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at, in French."""

    about: str
    state: State
    found: str
    todo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What can be looked at: less and less as more is broken."""

    home: Path
    now: datetime
    settings: "Settings | None" = None
    """None when the settings cannot be read."""
    practice: "Practice | None" = None
    """None when the practice cannot be opened."""


Look = Callable[[Ground], Iterable[Finding]]
"""A look never repairs, and says nothing of a patient. What it raises becomes a finding."""


def well(about: str, found: str) -> Finding:
    """Nothing to do."""
    return Finding(about=about, state="ok", found=found)


def watch(about: str, found: str, todo: str) -> Finding:
    """Something to know, or to do some day."""
    return Finding(about=about, state="watch", found=found, todo=todo)


def fix(about: str, found: str, todo: str) -> Finding:
    """Something to do now."""
    return Finding(about=about, state="fix", found=found, todo=todo)
