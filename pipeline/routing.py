"""What a recording is before anyone listens to it: whose, how urgent, of what kind, by when, dictated on which day.

Read from where it was dropped, from its file's name, from what its dictaphone wrote and from the practice's own rules
([[intake.rules]]). Pure: knows the database no more than the sound. What it cannot tell for sure a person says.
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from fnmatch import fnmatchcase

from pipeline.settings import IntakeRule
from pipeline.sound.dss import DssHeader

OLDEST = timedelta(days=31)
"""A recording said to be older than that was made by a clock that was never set, or set back: they restart in 2000."""
AHEAD = timedelta(minutes=10)
"""Two clocks that are right may differ by that much."""
FACTORY = frozenset({"dict", "dictate"})
"""What dictaphones write until someone sets their author (Grundig, Philips; Olympus): it tells no one from another."""
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """A doctor as a drop may name one."""

    id: str
    folder: str
    active: bool = True
    delay_hours: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """The doctors, those who have left included, and the authors that their dictaphones write."""

    doctors: tuple[Doctor, ...] = ()
    authors: Mapping[str, str] = field(default_factory=dict)
    """The id of the doctor of each author, as `author` writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What is known of a recording that was just dropped."""

    name: str
    folder: str
    """Its whole sub-folder; the first part names the doctor."""
    header: DssHeader | None = None
    chosen: str | None = None
    """The id of the doctor whom the person who dropped it named, instead of a folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a recording goes; what nothing tells is None."""

    doctor: str | None = None
    kind: str | None = None
    urgent: bool = False
    delay_hours: float | None = None
    """The shortest that a rule or the doctor promises."""
    remarks: tuple[str, ...] = ()


def route(clues: Clues, *, staff: Staff, rules: Sequence[IntakeRule] = ()) -> Route:
    """Where this recording goes.

    Folder, dictaphone and rules must name the same doctor: when two disagree, or when the one they name has left, a
    person says whose it is. A priority that the dictaphone wrote is urgent when it is above 0: makers do not document
    the levels, and to type a letter too soon hurts nobody. A rule that says `urgent = false` wins over it.
    """
    told = _told(clues, rules)
    named = {one.id: one for one in _named(clues, staff, told)}
    (doctor,) = named.values() if len(named) == 1 else (None,)
    there = doctor if doctor and doctor.active else None
    return Route(
        doctor=there.id if there else None,
        kind=told.kind or None,
        urgent=_is_priority(clues.header) if told.urgent is None else told.urgent,
        delay_hours=shortest(told.delay_hours, there.delay_hours if there else None),
        remarks=("two-doctors",) if len(named) > 1 else (),
    )


def _told(clues: Clues, rules: Sequence[IntakeRule]) -> IntakeRule:
    """What the rules that hold say together: a later one completes an earlier one, and wins where both speak."""
    said: dict[str, object] = {}
    for rule in rules:
        if _holds(rule, clues):
            spoken = ("doctor", "kind", "urgent", "delay_hours")
            said |= {name: value for name in spoken if (value := getattr(rule, name)) not in ("", None)}
    return IntakeRule.model_validate(said)


def _holds(rule: IntakeRule, clues: Clues) -> bool:
    author = clues.header.author if clues.header else ""
    asked = ((rule.name, clues.name), (rule.folder.replace("\\", "/"), clues.folder), (rule.author, author))
    return all(matches(pattern, text) for pattern, text in asked)


def matches(pattern: str, text: str) -> bool:
    """Whether a text is of a pattern's form, whatever its case and accents; * is any text, ? any letter."""
    return fnmatchcase(_bare(text), _bare(pattern).replace("[", "[[]"))


def _bare(text: str) -> str:
    parts = unicodedata.normalize("NFKD", " ".join(text.split()).casefold().translate(_LIGATURES))
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def _named(clues: Clues, staff: Staff, told: IntakeRule) -> Iterable[Doctor]:
    """The doctors whom the place (or the person who dropped it), the dictaphone and the rules name."""
    if clues.chosen:
        yield from (one for one in staff.doctors if one.id == clues.chosen)
    elif one := of_folder(staff, clues.folder):
        yield one
    author = staff.authors.get(folded(clues.header.author)) if clues.header else None
    yield from (one for one in staff.doctors if one.id == author)
    if one := of_folder(staff, told.doctor):
        yield one


def of_folder(staff: Staff, folder: str) -> Doctor | None:
    """The doctor whom the first part of a sub-folder names, one who has left included; case does not count."""
    first = folded(folder.replace("\\", "/").partition("/")[0])
    return next((one for one in staff.doctors if first and folded(one.folder) == first), None)


def folded(name: str) -> str:
    """An author or a folder as two of them are compared: without its case, composed, one space between words."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def _is_priority(header: DssHeader | None) -> bool:
    return bool(header and header.priority)


def shortest(*hours: float | None) -> float | None:
    """The shortest of the delays that are promised; None when none is."""
    return min((one for one in hours if one is not None), default=None)


def recorded(header: DssHeader | None, *, received: datetime, zone: tzinfo) -> datetime | None:
    """When it was dictated, by the dictaphone's own clock read in the practice's time zone.

    None when that clock cannot be right: after the arrival, more than 31 days before it, or an end before the start.
    """
    if header is None or header.start is None or (header.end and header.end < header.start):
        return None
    start = header.start.replace(tzinfo=zone)
    return start if received - OLDEST <= start <= received + AHEAD else None


def problems(rules: Sequence[IntakeRule], *, staff: Staff, kinds: Collection[str]) -> tuple[str, ...]:
    """What is wrong with the rules, in French: a doctor or a kind that does not exist. Such a part is not applied."""
    return tuple(
        f"règle n° {number} de [[intake.rules]] : {wrong}"
        for number, rule in enumerate(rules, start=1)
        for wrong in _wrong(rule, staff, kinds)
    )


def _wrong(rule: IntakeRule, staff: Staff, kinds: Collection[str]) -> Iterable[str]:
    doctor = of_folder(staff, rule.doctor)
    if rule.doctor and doctor is None:
        yield f"aucun médecin n'a le sous-dossier « {rule.doctor} »."
    if doctor and not doctor.active:
        yield f"le médecin du sous-dossier « {rule.doctor} » a quitté le cabinet."
    if rule.kind and rule.kind not in kinds:
        yield f"le type de document « {rule.kind} » n'existe pas."
