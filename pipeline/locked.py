"""Recordings that a password protects: what is known to open them, and their taking up once something does.

A password is kept as an encrypted object, never in a table, a log, a message or a command line. Below `arrival`, which
tries the passwords known, and `people.dictaphones`, to which a person gives another.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from archive.errors import KeyMissing, KeyUnusable, ObjectAltered, ObjectMissing
from pipeline import clear, store, tables
from pipeline.errors import EncryptedAudio, FileRefused, WrongPassword
from pipeline.practice import Practice, Submit
from pipeline.routing import FACTORY, folded
from pipeline.sound import audio, decoding, dss
from pipeline.types import Job

log = logging.getLogger(__name__)

CODES = frozenset({EncryptedAudio.code, WrongPassword.code})
"""Reasons for which a recording waits for a password."""
PATIENCE_SECONDS = 20.0
"""How long someone waits while all that a password opens is taken up; the rest follows within the hour."""


def inspect(practice: Practice, path: Path, passwords: Sequence[str] = ()) -> audio.Recording:
    """Read a recording from end to end within the practice's limits; raises as `decoding.Decoder.inspect`."""
    intake = practice.settings.intake
    limits = audio.Limits(
        seconds=intake.max_hours * 3600, bytes=intake.max_megabytes * 1_000_000, channels=intake.max_channels,
        rate=intake.max_rate,
    )  # fmt: skip
    return decoding.shared().inspect(path, limits=limits, passwords=passwords, memory_megabytes=intake.decode_megabytes)


def header(path: Path) -> dss.DssHeader | None:
    """What a dictaphone wrote at the head of its file; None for any other recording, or a head that is cut."""
    with path.open("rb") as file:
        head = file.read(dss.HEADER_BYTES)
    try:
        return dss.parse(head) if dss.is_dss(head) else None
    except FileRefused:
        return None


def passwords(connection: sa.Connection, practice: Practice, *, doctor: str | None, author: str) -> tuple[str, ...]:
    """The passwords known for a recording of this doctor (an id), signed so; those of that very dictaphone first."""
    table, signed = tables.dictaphone, folded(author)
    active = sa.select(table).where(table.c.active).order_by(table.c.id)
    rows = connection.execute(active).mappings().all()
    theirs = {row["doctor"] for row in rows if signed and row["author"] == signed} | {doctor}
    wanted = [row for row in rows if row["password"] and row["doctor"] in theirs]
    first = sorted(wanted, key=lambda row: row["author"] != signed)
    return tuple(dict.fromkeys(one for row in first for one in read(practice, row["password"])))


def read(practice: Practice, address: str) -> Iterable[str]:
    """A password that is kept; nothing when its object is damaged, which must not stop what others would open."""
    with suppress(ObjectMissing, ObjectAltered, KeyMissing, KeyUnusable):
        yield practice.objects.get(address).decode()


def authors(connection: sa.Connection) -> dict[str, str]:
    """Whose (an id) each author is that dictaphones write; those of the factory tell nothing among several doctors."""
    machine = tables.dictaphone
    known = sa.select(machine.c.author, machine.c.doctor).where(machine.c.active, machine.c.author != "")
    none = FACTORY if are_several(connection) else frozenset()
    return {row.author: row.doctor for row in connection.execute(known) if row.author not in none}


def are_several(connection: sa.Connection) -> bool:
    """Whether the practice has more than one doctor."""
    doctor = tables.doctor
    return (connection.scalar(sa.select(sa.func.count()).where(doctor.c.active).select_from(doctor)) or 0) > 1


def waiting(connection: sa.Connection, *, doctor: str = "") -> Sequence[sa.RowMapping]:
    """The recordings that wait for a password, oldest first; those of one doctor, and those their dictaphones signed.

    One that two doctors may claim is left to a person.
    """
    table = tables.dictation
    query = sa.select(table).where(table.c.state == "refused-file", table.c.reason.in_(CODES), table.c.audio != "")
    rows = connection.execute(query.order_by(table.c.received, table.c.id)).mappings().all()
    if not doctor:
        return rows
    signed = frozenset(author for author, whose in authors(connection).items() if whose == doctor)
    return [row for row in rows if row["doctor"] == doctor or (_is_unclaimed(row) and folded(row["author"]) in signed)]


def _is_unclaimed(row: sa.RowMapping) -> bool:
    return row["doctor"] is None and "two-doctors" not in row["remarks"]


def tried(practice: Practice, row: sa.RowMapping, known: Sequence[str]) -> audio.Recording:
    """A recording that waits, read again with these passwords; FileRefused when what they open is not whole."""
    with clear.sound(practice.place("tmp"), practice.objects.get(row["audio"])) as path:
        return inspect(practice, path, known)


def take_up(
    practice: Practice, submit: Submit, row: sa.RowMapping, known: Sequence[str], *, by: str, doctor: str | None = None
) -> str:
    """Try to open a recording that waits and queue it; gives the code of what still keeps it, empty when nothing does.

    Its doctor is `doctor` from now on if nobody knew whose it was. Harmless when someone else does it too.
    """
    try:
        read = tried(practice, row, known)
    except FileRefused as error:
        return _still(practice, row, error.code)
    if read.waits in CODES:
        return _still(practice, row, read.waits)
    opens = practice.objects.put(read.password.encode()) if read.password else row["password"]
    values = {"password": opens, "seconds": read.seconds, "doctor": row["doctor"] or doctor}
    with practice.begin() as connection:
        if read.waits:
            moved = store.move_unchanged(connection, row, "refused-file", reason=read.waits, **values)
        else:
            moved = queue(connection, submit, row, **values)
        if moved:
            store.record(connection, actor=by, action="unlock", subject=row["id"])
    return read.waits


def take_up_all(
    practice: Practice, submit: Submit, *, doctor: str = "", by: str, seconds: float = PATIENCE_SECONDS
) -> int:
    """Take up what passwords now open, one doctor's or everyone's, for so many seconds; gives how many go on."""
    end = time.monotonic() + seconds
    with practice.look() as connection:
        rows = waiting(connection, doctor=doctor)
    return sum(_opened(practice, submit, rows, doctor=doctor, by=by, end=end))


def _opened(
    practice: Practice, submit: Submit, rows: Iterable[sa.RowMapping], *, doctor: str, by: str, end: float
) -> Iterable[bool]:
    for row in rows:
        if time.monotonic() > end:
            return
        try:
            with practice.look() as connection:
                known = passwords(connection, practice, doctor=row["doctor"] or doctor or None, author=row["author"])
            yield bool(known) and not take_up(practice, submit, row, known, by=by, doctor=doctor or None)
        except Exception as error:  # whatever is wrong with this one must not keep the others shut; in an hour, again
            log.warning("a recording that waits for a password cannot be tried: %s", type(error).__name__)


def queue(connection: sa.Connection, submit: Submit, row: sa.RowMapping, **values: Any) -> bool:
    """Put a recording that was set aside back among those to be listened to, unless someone moved it since."""
    if not store.move_unchanged(connection, row, "received", reason="", **values):
        return False
    due = values.get("due", row["due"])
    submit(connection, Job(stretch="draft", subject=row["id"], due=due, round=store.another_round()))
    return True


def _still(practice: Practice, row: sa.RowMapping, code: str) -> str:
    """Say why it waits if that is no longer the same."""
    if code != row["reason"]:
        with practice.begin() as connection:
            store.move_unchanged(connection, row, "refused-file", reason=code)
    return code
