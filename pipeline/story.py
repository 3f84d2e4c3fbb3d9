"""One dictation, from the sound to the archive. Read this first.

A dictation waits for people twice, and around those waits there are three stretches of work:

    a file is dropped ──► draft ──► a secretary proofreads ──► prepare ──► a doctor signs ──► file

Each stretch is a function below. It is made of named steps that the engine runs durably: a step that was done is not
done again after a crash. What a step gives is an id or the address of an encrypted object, never a text, because the
engine writes it in its tables. What changes the database is a `commit`, done exactly once.

The steps themselves know nothing of each other; only this page and `reading` compose them.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from archive import patients
from archive.deposit import deposit
from archive.ids import new_id
from archive.records import Deposit
from pipeline import (
    agenda,
    clear,
    fields,
    gate,
    kinds,
    letters,
    matching,
    proofread,
    reach,
    reading,
    recognition,
    render,
    store,
    tables,
)
from pipeline import draft as drafting
from pipeline.errors import WorkAbandoned
from pipeline.kinds import Kind
from pipeline.practice import Practice, Submit
from pipeline.sound import decoding
from pipeline.transcribe import Transcriber
from pipeline.types import Block, Identity, Job, Review, Transcript

T = TypeVar("T")

SYSTEM = "copiste"
"""Who the journal says filed a document: the program, after people have proofread and signed it."""
PEAKS = 1000
"""How many points the outline of a sound has beside the text."""


class Steps(Protocol):
    """How a stretch runs its steps: the engine's way is durable, a test may simply call them."""

    def step(self, name: str, function: Callable[..., T], *arguments: Any) -> T:
        """Do this once; what it gives (an id, an address, or lists of them) is remembered."""

    def commit(self, name: str, function: Callable[..., T], *arguments: Any) -> T:
        """Call `function(connection, *arguments)` in one transaction, exactly once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the stretches work with."""

    practice: Practice
    transcriber: Transcriber


# --- draft: from the sound to a text that a secretary can proofread --------------------------------------------------


def draft(dictation: str, means: Means, do: Steps) -> None:
    """Listen, write, check: the dictation becomes one or several documents to review."""
    practice = means.practice
    do.commit("begin", store.move_dictation, dictation, "transcribing")
    transcript = do.step("transcribe", _transcribe, means, dictation)
    sound = do.step("sound", _sound, practice, dictation)
    written = do.step("write", _write, practice, dictation, transcript)
    do.commit("drafted", _drafted, practice, dictation, transcript, sound, written)


def _transcribe(means: Means, dictation: str) -> str:
    """What was heard, as the address of a Transcript."""
    practice = means.practice
    with practice.look() as connection:
        row = store.one(connection, tables.dictation, dictation)
        day = _day(practice, row)
        names = agenda.names(connection, row["doctor"], day)
    words = reading.lexicon((practice.place("vocab"),))
    paces = reading.PACES[: practice.settings.speech.listenings - 1]
    with _audio_file(practice, dictation) as path:
        return practice.keep(reading.heard(means.transcriber, path, lexicon=words, context=names, paces=paces))


def _sound(practice: Practice, dictation: str) -> list[str]:
    """The recording as a browser plays it (its address), and its outline (JSON numbers)."""
    memory = practice.settings.intake.decode_megabytes
    with _audio_file(practice, dictation) as path, clear.sound(practice.place("tmp"), b"") as playable:
        outline = decoding.shared().sound(path, playable, buckets=PEAKS, memory_megabytes=memory)
        return [practice.objects.put(playable.read_bytes()), json.dumps(outline)]


def _write(practice: Practice, dictation: str, transcript: str) -> list[str]:
    """The letters, written, checked and their patient recognised, each as the address of a Review no one has begun."""
    heard = practice.read(transcript, Transcript)
    checked, _ = reading.checked_letters(
        heard,
        kinds=_kinds(practice),
        lexicon=reading.lexicon((practice.place("vocab"),), model=heard.model.sha256),
        stops_per_100_words=practice.settings.review.stops_per_100_words,
    )
    with practice.look() as connection:
        row = store.one(connection, tables.dictation, dictation)
        day = _day(practice, row)
        known = [recognition.recognised(connection, one, doctor=row["doctor"], day=day) for one in checked]
    return [practice.keep(Review(checked=one, text=one.text)) for one in known]


def _drafted(
    connection: sa.Connection, practice: Practice, dictation: str, transcript: str, sound: Sequence[str],
    written: Sequence[str],
) -> None:  # fmt: skip
    row = store.one(connection, tables.dictation, dictation)
    heard = practice.read(transcript, Transcript)
    for position, address in enumerate(written):
        _add_document(connection, practice, row, position=position, review_address=address)
    store.move_dictation(
        connection, dictation, "drafted", transcript=transcript, playable=sound[0], peaks=sound[1],
        seconds=heard.audio_seconds, work_seconds=(store.now() - row["since"]).total_seconds(),
    )  # fmt: skip


def _add_document(
    connection: sa.Connection, practice: Practice, row: sa.RowMapping, *, position: int, review_address: str
) -> None:
    begun = practice.read(review_address, Review)
    letter = begun.checked.letter
    urgent = row["urgent"] or letter.urgent
    rules = practice.settings.review
    kind = _kind(practice, row["kind"] or letter.kind)
    state, reason = ("waiting", letters.TO_JOIN) if letter.continues else ("to-review", "")
    delay = min(kind.delay_hours, row["delay_hours"] or kind.delay_hours)
    due = store.due(row["received"], urgent=urgent, urgent_minutes=rules.urgent_minutes, delay_hours=delay)
    store.insert_once(
        connection, tables.document, id=new_id(), dictation=row["id"], position=position, state=state, reason=reason,
        since=store.now(), kind=kind.name, doctor=row["doctor"], patient=_known_patient(connection, letter.patient),
        urgent=urgent, due=due, to_check=proofread.open_stops(begun), review=review_address,
        written=row["received"].astimezone(practice.settings.zone).date(),
    )  # fmt: skip


def _known_patient(connection: sa.Connection, spoken: Identity) -> str | None:
    """The one person of the register recognised by name and birth date; a person chooses in every other case."""
    if spoken.confidence < matching.CERTAIN:
        return None
    found = patients.same_person(connection, spoken.family_name, spoken.given_name, spoken.birth_date)
    exact = [candidate.patient.id for candidate in found if candidate.exact]
    return exact[0] if len(exact) == 1 else None


# --- prepare: from the proofread text to a PDF that can be signed ----------------------------------------------------


def prepare(document: str, means: Means, do: Steps) -> None:
    """Fill the Word template with the proofread text, render it, and let it pass only if the PDF says the same."""
    docx = do.step("fill", _fill, means.practice, document)
    pdf = do.step("render", _render, means.practice, document, docx)
    do.commit("to-sign", _move_document, document, "preparing", {"state": "to-sign", "docx": docx, "pdf": pdf})


def _fill(practice: Practice, document: str) -> str:
    with practice.look() as connection:
        row = store.one(connection, tables.document, document)
        values = _fields(connection, practice, row)
    kind = _kind(practice, row["kind"])
    text = practice.read(row["review"], Review).text
    blocks: Sequence[Block] = letters.blocks(text, sections=kind.sections)
    return practice.objects.put(drafting.fill(text, blocks, kind=kind, fields=values).docx)


def _fields(connection: sa.Connection, practice: Practice, row: sa.RowMapping) -> fields.Fields:
    """What the letterhead and each page say around the text."""
    ours = practice.settings.practice
    doctor = store.one(connection, tables.doctor, row["doctor"])
    patient = patients.get(connection, row["patient"]) if row["patient"] else None
    text = practice.read(row["review"], Review).text
    return fields.Fields(
        practice=fields.Practice(name=ours.name, address=ours.address, city=ours.city, phone=ours.phone),
        doctor=fields.Doctor(
            title=doctor["title"], name=doctor["name"], specialty=doctor["specialty"], rpps=doctor["rpps"]
        ),
        patient=fields.Patient()
        if patient is None
        else fields.Patient(
            family_name=patient.family_name,
            given_name=patient.given_name,
            birth_date=patient.birth_date,
            sex=patient.sex or "",
        ),
        document=fields.Document(id=row["id"], date=row["written"], addressees=letters.addressees(text)),
        signatory=_signatory(connection, row),
    )


def _signatory(connection: sa.Connection, row: sa.RowMapping) -> fields.Signatory | None:
    """Who signs in place of the doctor: it is printed before they sign, so that they sign the page they saw."""
    if row["signatory"] in (None, row["doctor"]):
        return None
    signs = store.one(connection, tables.doctor, row["signatory"])
    intern = reach.is_intern(connection, row["doctor"])
    return fields.Signatory(title=signs["title"], name=signs["name"], role="principal" if intern else "deputy")


def _render(practice: Practice, document: str, docx: str) -> str:
    with practice.look() as connection:
        row = store.one(connection, tables.document, document)
        patient = _fields(connection, practice, row).patient
    master = practice.objects.get(docx)
    pdf = render.render(master, at=row["since"].replace(microsecond=0))
    gate.check(master, pdf, on_each_page=[*_identity(patient), document])
    return practice.objects.put(pdf)


def _identity(patient: fields.Patient) -> list[str]:
    """What must be read of the patient on each page: another patient's letter is refused here."""
    if not patient.family_name:
        return []
    born = [f"{patient.birth_date:%d/%m/%Y}"] if patient.birth_date else []
    return [f"{fields.family_name(patient)} {patient.given_name}".strip(), *born]


# --- file: from the signed PDF to the archive ------------------------------------------------------------------------


def file(document: str, means: Means, do: Steps) -> None:
    """Deposit what was signed, with what it was made from; it never changes again."""
    text = do.step("text", _text, means.practice, document)
    do.commit("filed", _file, means.practice, document, text)


def _text(practice: Practice, document: str) -> str:
    """The text that was signed, as an object: what a search reads without opening the PDF."""
    with practice.look() as connection:
        row = store.one(connection, tables.document, document)
    return practice.objects.put(practice.read(row["review"], Review).text.encode())


def _file(connection: sa.Connection, practice: Practice, document: str, text: str) -> None:
    row = store.one(connection, tables.document, document)
    recording = store.one(connection, tables.dictation, row["dictation"])
    author = store.one(connection, tables.doctor, row["doctor"])
    offered = Deposit(
        id=document, patient_id=row["patient"], kind=row["kind"],
        title=_title(practice, row), author=f"{author['title']} {author['name']}".strip(),
        date=row["written"], pdf=row["signed"], master=row["docx"], sound=_kept_sound(recording), text=text,
        schedule=practice.settings.schedule, actor=SYSTEM,
    )  # fmt: skip
    deposit(connection, practice.objects, offered)
    _move_document(connection, document, "signed", {"state": "filed"})


def _kept_sound(recording: sa.RowMapping) -> str:
    """The recording as it came; opened, when it was protected: nobody will know its password in twenty years."""
    return str(recording["playable"] if recording["password"] else recording["audio"])


def _title(practice: Practice, row: sa.RowMapping) -> str:
    """The title that was dictated, else what the kind is called; never the line that names the patient."""
    text, kind = practice.read(row["review"], Review).text, _kind(practice, row["kind"])
    titles = [text[one.start : one.end] for one in letters.blocks(text, sections=kind.sections) if one.role == "title"]
    return titles[0].splitlines()[0] if titles else kind.label


# --- what the stretches share ----------------------------------------------------------------------------------------


def failed(connection: sa.Connection, stretch: str, subject: str, code: str) -> None:
    """A stretch cannot go on: say so where a person will see it, with the code that has the advice."""
    if stretch == "draft":
        if store.one(connection, tables.dictation, subject)["state"] in ("received", "transcribing"):
            store.move_dictation(connection, subject, "refused-file", reason=code)
    elif stretch == "prepare":
        _move_document(connection, subject, "preparing", {"state": "to-correct", "reason": code})
    else:
        _move_document(connection, subject, "signed", {"state": "signed", "reason": code})


def file_again(practice: Practice, submit: Submit) -> None:
    """Signed documents whose filing failed (a full disk, an archive that was away) are filed anew.

    Not what ended the program that filed it, several times running: a person looks at that first.
    """
    with practice.begin() as connection:
        for row in store.documents(connection, states=("signed",)):
            if row["reason"] and row["reason"] != WorkAbandoned.code:
                version = store.change_document(connection, row["id"], version=row["version"], state="signed")
                submit(connection, Job(stretch="file", subject=row["id"], due=row["due"], round=version))


def _move_document(connection: sa.Connection, document: str, state: str, values: dict[str, Any]) -> None:
    """Change a document that is still in the state this stretch began from; anything else is left as it is."""
    row = store.one(connection, tables.document, document)
    if row["state"] == state:
        store.change_document(connection, document, version=row["version"], **values)


def _day(practice: Practice, dictation: sa.RowMapping) -> date:
    """The day on which it was dictated, by the dictaphone's clock when that is right: the day of its patients."""
    moment: datetime = dictation["recorded"] or dictation["received"]
    return moment.astimezone(practice.settings.zone).date()


def _kinds(practice: Practice) -> Sequence[Kind]:
    return kinds.usable([practice.place("templates")])


def _kind(practice: Practice, name: str) -> Kind:
    return kinds.load(name, [practice.place("templates")])


@contextmanager
def _audio_file(practice: Practice, dictation: str) -> Iterator[Path]:
    """The recording in clear, for as long as it is read; opened, when it was protected by a password."""
    with practice.look() as connection:
        row = store.one(connection, tables.dictation, dictation)
    with clear.sound(practice.place("tmp"), practice.objects.get(row["audio"])) as path:
        if not row["password"]:
            yield path
            return
        password, memory = practice.objects.get(row["password"]).decode(), practice.settings.intake.decode_megabytes
        with clear.sound(practice.place("tmp"), b"") as opened:
            decoding.shared().sound(path, opened, buckets=1, password=password, memory_megabytes=memory)
            yield opened
