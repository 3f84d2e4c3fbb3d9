"""A place in a text that a person must look at."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "unknown-word",
    "suggestion",
    "number",
    "dose",
    "abbreviation",
    "lookalike",
    "negation",
    "laterality",
    "contradiction",
    "identity",
    "coverage",
    "low-confidence",
    "missing-item",
    "writing",
]
Severity = Literal["block", "look", "hint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A stretch of text to look at, and why.

    `start` and `end` are code points in the text; `reason` is French, for a person. `severity`: *block* must be
    settled before the review can be finished, *look* is a stop in the list, *hint* is only a mark.
    `seconds` is where it was said: vocab has no clock and leaves it empty, whoever has the sound fills it.
    """

    start: int
    end: int
    kind: Kind
    text: str
    reason: str
    severity: Severity = "look"
    suggestions: tuple[str, ...] = ()
    seconds: tuple[float, float] | None = None
