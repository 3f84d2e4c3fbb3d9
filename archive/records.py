"""What the archive keeps and what it says of it: frozen data, no behaviour beyond reading it.

Dates are the practice's civil dates; moments are UTC. Knows neither tables nor files.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Day = date
Sex = Literal["F", "M"]
EventKind = Literal["visit", "death", "transfusion", "suspension"]
Status = Literal["À conserver", "Éliminable", "À trancher", "Conservation prolongée"]
Part = bytes | str
"""The bytes of a part of a document, or the address of an object that already holds them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A person whose documents are kept. `merged_into` names the file that took this one over."""

    id: str
    family_name: str
    given_name: str
    birth_date: date | None = None
    sex: Sex | None = None
    merged_into: str | None = None

    @property
    def label(self) -> str:
        """The patient as people read it: « DUPONT Jean, né le 12/03/1954 »."""
        name = f"{self.family_name.upper()} {self.given_name}".strip()
        born = {"F": "née", "M": "né"}.get(self.sex or "", "né(e)")
        return f"{name}, {born} le {self.birth_date:%d/%m/%Y}" if self.birth_date else name


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientEvent:
    """Something that happened to a patient and that retention counts from.

    `end` is only for a suspension (a claim or a lawsuit), and is None while it is open. `source` says where it is
    known from (`record:ID`, `user:ID`…).
    """

    kind: EventKind
    date: Day
    end: Day | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """A signed document offered to the archive, with what it was made from.

    `id` is the document's own id: offering it again is harmless. `date` is the date the document bears, which counts
    as a visit. `schedule` is the practice's retention schedule. `actor` is who files it, for the journal: an id.
    """

    id: str
    patient_id: str
    kind: str
    title: str
    author: str
    date: date
    pdf: Part
    master: Part | None = None
    sound: Part | None = None
    text: Part | None = None
    schedule: str = "trente"
    replaces: str | None = None
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRecord:
    """A filed document.

    `pdf`, `master`, `sound`, `text` are addresses of objects; `sha256` is that of the signed PDF, in clear.
    """

    id: str
    patient_id: str
    kind: str
    title: str
    author: str
    date: date
    filed_at: datetime
    pdf: str
    sha256: str
    master: str | None = None
    sound: str | None = None
    text: str | None = None
    schedule: str
    schedule_version: int
    replaces: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """An order to keep one record, or a patient's whole file, whatever the schedule says, until it is released."""

    id: str
    record_id: str | None
    patient_id: str | None
    reason: str
    by: str
    since: datetime
    released_at: datetime | None = None
    released_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long a document must be kept, and why, as computed on a given day.

    `until` is the first day on which its elimination may be *proposed*, or None when no day can be told. `rule` is a
    French sentence; `rules` are the codes of all the rules that counted, the one that decided first. `schedule` is
    the schedule's name and version (`trente/1`).
    """

    until: date | None
    rule: str
    rules: tuple[str, ...]
    held: bool
    status: Status
    schedule: str
