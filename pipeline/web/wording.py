"""What a page says of a document: its state, its kind, when it is due, in the words of the practice. Pure.

Knows nothing of pages. Tests look for the words to avoid on screen.
"""

from collections.abc import Iterable
from datetime import date, datetime, tzinfo

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
