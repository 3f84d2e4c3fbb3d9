"""What a page says of a document: its state, its kind, when it is due, in the words of the practice. Pure.

Knows nothing of pages. Tests look for the words to avoid on screen.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

from pipeline import states
from pipeline.days import DAYS, MONTHS


def due(when: datetime, *, now: datetime, zone: tzinfo) -> str:
    """When a document should be ready: « pour lundi 9 h 30 », « en retard depuis hier 17 h »."""
    local, today = when.astimezone(zone), now.astimezone(zone).date()
    if when < now:
        day = "" if local.date() == today else f"{_day(local.date(), today)} "
        return f"en retard depuis {day}{hour(local)}"
    return f"pour {_day(local.date(), today)} {hour(local)}"


def _day(day: date, today: date) -> str:
    away = (day - today).days
    near = {-1: "hier", 0: "aujourd'hui", 1: "demain"}
    if away in near:
        return near[away]
    return DAYS[day.weekday()] if 1 < away < 7 else f"le {day.day} {MONTHS[day.month - 1]}"


def hour(moment: datetime) -> str:
    """An hour as people write it: « 9 h 30 »."""
    return f"{moment.hour} h {moment.minute:02}" if moment.minute else f"{moment.hour} h"


def moment(when: datetime, *, zone: tzinfo) -> str:
    """A past moment: « le 4 mai à 9 h 30 »."""
    local = when.astimezone(zone)
    return f"le {local.day} {MONTHS[local.month - 1]} à {hour(local)}"


def dictated(recorded: datetime | None, job: int | None, *, zone: tzinfo) -> str:
    """When it was dictated by the dictaphone's clock, and its number there: « le 20 novembre à 18 h 02, n° 98 »."""
    parts = [moment(recorded, zone=zone) if recorded else "", f"n° {job}" if job else ""]
    return ", ".join(part for part in parts if part)


def length(seconds: float | None) -> str:
    """How long a sound lasts: « 45 s », « 2 min 05 », « 1 h 02 »; nothing when it is not known."""
    if seconds is None:
        return ""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02}" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60:02}"


def ready(seconds: float | None, *, now: datetime, zone: tzinfo) -> str:
    """When a dictation can be proofread, to the next five minutes: « prête vers 14 h 10 »; nothing when none can say.

    It is an estimate: never more precise than what it is worth, nor early.
    """
    if seconds is None:
        return ""
    if seconds < 60:
        return "prête dans un instant"
    at = now + timedelta(seconds=seconds)
    local = (at + timedelta(seconds=-at.timestamp() % 300)).astimezone(zone)
    day = _day(local.date(), now.astimezone(zone).date())
    return f"prête vers {hour(local)}" if day == "aujourd'hui" else f"prête {day} vers {hour(local)}"


def state(name: str, holder: str = "") -> str:
    """The label of a state, with who proofreads: « En relecture (Claire) »."""
    return f"{states.label(name)} ({holder})" if name == "in-review" and holder else states.label(name)


def kind(name: str, labels: Iterable[tuple[str, str]]) -> str:
    """The label of a kind; an unknown one keeps its name."""
    return dict(labels).get(name, name.capitalize())


def named(label: str) -> tuple[str, str]:
    """A patient's label in two: the name, and the birth date that tells namesakes apart."""
    name, comma, birth = label.rpartition(", ")
    return (name, birth) if comma and birth.startswith("né") else (label, "")


def born(day: date | None) -> str:
    """A birth date as people compare them."""
    return f"{day:%d/%m/%Y}" if day else ""


def to_check(count: int) -> str:
    """How many places wait: never « 0 error », only that nothing more is pointed at."""
    return "" if count == 0 else "1 passage" if count == 1 else f"{count} passages"
