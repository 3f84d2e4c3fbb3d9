"""A recording that a person gave on the page, or the program again, instead of a file found in a folder."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """Who gave it, and for whom."""

    by: str
    """The id of the account; the program's own name when it takes a file again."""
    doctor: str | None
    """The id of the doctor it is for; None when that is still to be said."""
