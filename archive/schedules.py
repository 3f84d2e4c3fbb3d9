"""Retention schedules: the periods that a practice or an establishment has chosen, read from `schedules.toml`.

A schedule is data with a version; a record keeps the version it was filed under. Knows no patient and no date.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from archive.errors import ScheduleUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long documents are kept, in years; each field is explained at the head of `schedules.toml`."""

    name: str
    version: int
    label: str
    years: int
    minor_until: int
    death_years: int
    death_replaces: bool
    transfusion_years: int
    archives_visa: bool
    why: str


def schedule(name: str, version: int | None = None) -> Schedule:
    """Give a schedule by name, in its latest version unless one is asked for; raise ScheduleUnknown."""
    known = [one for one in schedules() if one.name == name and version in (None, one.version)]
    if not known:
        raise ScheduleUnknown(f"no retention schedule {name!r} in version {version or 'any'}")
    return max(known, key=lambda one: one.version)


@cache
def schedules() -> tuple[Schedule, ...]:
    """Give every version of every schedule."""
    text = files("archive").joinpath("schedules.toml").read_text(encoding="utf-8")
    return tuple(Schedule(**one) for one in tomllib.loads(text)["schedule"])
