"""Was anything lost or doubled? What a practice holds, compared with what was dropped in its folder.

Everything is read again from the practice itself (rows, archive, journal, PDF): nothing is taken from what the measure
believes that it did. Knows the numbered dictations; knows nothing of the kills.
"""

import io
import os
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from archive import patients
from archive import tables as filed_in
from archive.errors import ArchiveError
from archive.verify import verify
from bench import dictated
from pipeline import store, tables
from pipeline.practice import Practice
from pipeline.safekeeping import sweep

PEOPLE_SEE = ("refused-file", "to-review", "in-review", "waiting", "to-correct", "to-sign", "paper")
"""States of what waits for a person, who finds it in a list."""
DAYS_LATER = timedelta(days=40)
Row = sa.RowMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of the dictations that were dropped."""

    dropped: int
    filed: int
    """Dictations of which every letter is in the archive."""
    listed: tuple[int, ...]
    """Not filed, and in a list where a person will find them."""
    lost: tuple[int, ...]
    """Neither filed nor in a list."""
    doubled: tuple[str, ...]
    """What is there once too often, in words."""
    faults: tuple[str, ...]
    """Anything else that is not as it must be, in words."""

    @property
    def clean(self) -> bool:
        """Whether everything dropped is filed once, and nothing is amiss."""
        return self.filed == self.dropped and not (self.lost or self.doubled or self.faults)


def judge(practice: Practice, dropped: Collection[int]) -> Verdict:
    """Compare the practice, at rest, with the dictations that were dropped (once or more)."""
    by_hash = {dictated.sha256(number): number for number in set(dropped)}
    with practice.look() as connection:
        dictations = connection.execute(sa.select(tables.dictation)).mappings().all()
        documents = connection.execute(sa.select(tables.document)).mappings().all()
        records = connection.execute(sa.select(filed_in.record)).mappings().all()
        lines = connection.execute(sa.select(filed_in.journal).where(filed_in.journal.c.action == "filed")).mappings()
        journal = Counter(line["subject"] for line in lines)
    filed = {row["id"] for row in records}
    of = {row["id"]: by_hash.get(row["sha256"]) for row in dictations}
    whole, listed = set(), set()
    for number in by_hash.values():
        mine = [row for row in dictations if of[row["id"]] == number]
        letters = [row for row in documents if of.get(row["dictation"]) == number]
        if sum(row["id"] in filed and row["state"] == "filed" for row in letters) >= dictated.letters(number):
            whole.add(number)
        elif any(row["state"] in PEOPLE_SEE or row["reason"] for row in (*mine, *letters)):
            listed.add(number)
    return Verdict(
        dropped=len(by_hash),
        filed=len(whole),
        listed=tuple(sorted(listed)),
        lost=tuple(sorted(set(by_hash.values()) - whole - listed)),
        doubled=tuple(_doubled(of, documents, filed, journal)),
        faults=tuple(_faults(practice, of, documents, records, journal)),
    )


def with_faults(judged: Verdict, faults: Collection[str]) -> Verdict:
    """The same verdict with these faults in place of its own."""
    return replace(judged, faults=tuple(faults))


def _doubled(
    of: dict[str, int | None], documents: Collection[Row], filed: Collection[str], journal: Counter[str]
) -> Iterator[str]:
    """Rows, letters, records and journal lines that are there once too often."""
    for known, count in Counter(of.values()).items():
        if known is not None and count > 1:
            yield f"dictation {known}: {count} rows"
    for key, number in of.items():
        made = sum(row["dictation"] == key for row in documents)
        if number is not None and made > dictated.letters(number):
            yield f"dictation {number}: {made} letters for {dictated.letters(number)}"
    yield from (f"record {key}: of no document" for key in set(filed) - {row["id"] for row in documents})
    yield from (f"record {key}: filed {count} times in the journal" for key, count in journal.items() if count > 1)
    yield from (f"record {key}: in the journal only" for key in journal.keys() - set(filed))


def _faults(
    practice: Practice, of: dict[str, int | None], documents: Collection[Row], records: Collection[Row],
    journal: Counter[str],
) -> Iterator[str]:  # fmt: skip
    """Everything else: strangers, another's patient, an archive that is not whole, sounds left in clear."""
    yield from (f"dictation {key}: never dropped" for key, number in of.items() if number is None)
    by_document = {row["id"]: row for row in documents}
    for record in records:
        document = by_document.get(record["id"])
        if document and (number := of[document["dictation"]]) is not None:
            try:
                yield from _of_another(practice, record, document, number)
            except ArchiveError as error:
                yield f"record {record['id']}: {type(error).__name__}"
        if not journal[record["id"]]:
            yield f"record {record['id']}: not in the journal"
    yield from _days_later(practice)
    with practice.look() as connection:
        found = verify(connection, practice.objects, elsewhere=store.addresses(connection))
    for what in ("changed", "missing", "untracked"):
        yield from (f"object {address}: {what}" for address in getattr(found, what))
    if found.journal != "ok":
        yield f"journal: {found.journal}"


def _of_another(practice: Practice, record: Row, document: Row, number: int) -> Iterator[str]:
    """The patient, the text, the sound and the PDF of a record must all be those of its dictation."""
    who = dictated.person(number)
    with practice.look() as connection:
        patient = patients.get(connection, record["patient_id"])
    named = (who.family_name.upper(), who.given_name, f"{who.birth_date:%d/%m/%Y}")
    if (patient.family_name.upper(), patient.given_name, f"{patient.birth_date:%d/%m/%Y}") != named:
        yield f"record {record['id']}: filed under another patient"
    texts = {"text": practice.objects.get(record["text_address"]).decode(), "pdf": _read(practice, record)}
    for part, text in texts.items():
        if not all(word in text for word in named):
            yield f"record {record['id']}: its {part} does not name its patient"
    if record["id"] not in texts["pdf"]:
        yield f"record {record['id']}: its PDF bears another id"
    if practice.objects.get(record["sound_address"]) != dictated.sound(number):
        yield f"record {record['id']}: another's sound"
    if document["signed"] != record["pdf_address"]:
        yield f"record {record['id']}: not the PDF that was signed"


def _read(practice: Practice, record: Row) -> str:
    import pypdf

    pages: Any = pypdf.PdfReader(io.BytesIO(practice.objects.get(record["pdf_address"]))).pages
    return " ".join(page.extract_text() for page in pages).replace("\u00a0", " ").replace("\u202f", " ")


def _days_later(practice: Practice) -> Iterator[str]:
    """What kills left (sounds in clear, objects no one names) goes with the sweep of the days after, and only that."""
    then, folder = store.now() - DAYS_LATER, practice.place("tmp")
    for path in folder.iterdir():
        os.utime(path, (then.timestamp(),) * 2)
    with practice.vault.begin() as connection:
        connection.execute(filed_in.object_key.update().values(created_at=then))
    sweep.sweep(practice)
    yield from (f"tmp/{path.name}: a sound left in clear" for path in folder.glob("sound-*"))
    left = [path for path in practice.place("inbox").rglob("*") if path.is_file()]
    if left:
        yield f"inbox: {len(left)} files were never taken"
