"""What the inbox found becomes a row and a job, together. Start with `receive`.

Knows what a recording is worth to the practice: whose it is and by when it is due (`pipeline.routing`), whether it was
there already (`redrops`), whether a person must look at it first (`aside`), and when its original may leave `taken/`
(`taken`). How a file is taken whole is the inbox's; how a password is tried is `pipeline.locked`'s.
"""

import json
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipeline import disk, inbox, kinds, locked, routing, store, tables
from pipeline.access import Actor, require
from pipeline.arrival import aside, redrops, taken
from pipeline.arrival.aside import dismiss, refuse, resume, told
from pipeline.arrival.handed import Handed
from pipeline.arrival.redrops import seen
from pipeline.arrival.staff import rule_problems, staff
from pipeline.errors import NotFound, TemplateError, WorkAbandoned
from pipeline.practice import Practice, Submit
from pipeline.sound import audio
from pipeline.types import Job

__all__ = [
    "Handed", "dismiss", "drop", "receive", "refuse", "resume", "rule_problems", "seen", "taker", "tidy", "told",
]  # fmt: skip
LARGEST_JOB = 1 << 31
FOUND_AGAIN = "Fichier retrouvé"
"""What people read instead of the name of a file that a kill left without one."""
log = logging.getLogger(__name__)


# --- taking -----------------------------------------------------------------------------------------------------------


def taker(practice: Practice, submit: Submit) -> Callable[..., inbox.Outcome]:
    """The inbox's `take`, for this practice: called with a path, it leaves a row and a job, or a refusal.

    While a disk is short of room nothing is taken: files wait where they are, and are taken once there is room again.
    """
    for _ in rule_problems(practice):
        log.warning("a rule of [[intake.rules]] names an unknown doctor or kind: see copiste diagnostic")
    return _Door(practice, _claim(practice, submit))


def drop(
    practice: Practice, actor: Actor, path: Path, *, name: str, doctor: str | None, submit: Submit
) -> inbox.Outcome:
    """Take a recording that a person gives on the page for this doctor (an id; None: to be said later).

    `path` is a private copy, which goes once it was taken. When this returns *taken* or *known*, row and job are
    written. Raises AccessDenied, NotFound (no such doctor, or gone) and DiskShort: nothing was taken then.
    """
    require(actor, "dictation.drop", {"doctor": doctor})
    practice.require_room()
    with practice.look() as connection:
        known = {one.id: one for one in staff(connection).doctors if one.active}
    if doctor is not None and doctor not in known:
        raise NotFound("no such doctor", advice="Ce médecin ne fait pas partie du cabinet.")
    take = _claim(practice, submit, handed=Handed(by=actor.id, doctor=doctor))
    outcome = take(path, folder=known[doctor].folder if doctor else "", name=name)
    if outcome.code == disk.DiskShort.code:
        raise disk.DiskShort("no room for this recording")
    return outcome


def _claim(practice: Practice, submit: Submit, *, handed: Handed | None = None) -> Callable[..., inbox.Outcome]:
    return partial(
        inbox.take,
        taken=practice.place("taken"),
        refused=practice.place("refused"),
        receive=partial(receive, practice, submit, handed=handed),
        refuse=partial(refuse, practice, handed=handed),
        inspect=partial(_inspected, practice, handed),
    )


class _Door:
    """Lets a file in as long as there is room; says once in the log that it shut, and once that it opened again."""

    def __init__(self, practice: Practice, take: Callable[..., inbox.Outcome]) -> None:
        self._practice = practice
        self._take = take
        self._shut = False

    def __call__(self, path: Path, **how: Any) -> inbox.Outcome:
        short = self._practice.is_short_of_room()
        if short != self._shut:
            self._shut = short
            log.warning("the disk is short of room: nothing is taken") if short else log.info("room again")
        if short:
            return inbox.Outcome(state="waiting", reason=disk.DiskShort.advice)
        return self._take(path, **how)


def _inspected(practice: Practice, handed: Handed | None, path: Path, folder: str) -> audio.Recording:
    """Read a recording; the passwords of its doctor and of its dictaphone are tried on one that is protected."""
    header = locked.header(path)
    if header is None or not header.encrypted:
        return locked.inspect(practice, path)
    clues = routing.Clues(name="", folder=folder, header=header, chosen=handed.doctor if handed else None)
    with practice.look() as connection:
        whose = routing.route(clues, staff=staff(connection), rules=practice.settings.intake.rules)
        known = locked.passwords(connection, practice, doctor=whose.doctor, author=header.author)
    return locked.inspect(practice, path, known)


# --- receiving --------------------------------------------------------------------------------------------------------


def receive(practice: Practice, submit: Submit, found: inbox.Received, *, handed: Handed | None = None) -> str:
    """Row and job in one transaction, once the encrypted copy is on the disk; gives the id of the dictation.

    It is another's id than `found.id` when these bytes had been received before: nothing is doubled, people are told.
    A recording that a person must look at first (`Recording.waits`) is kept, set aside, and has no job.
    """
    with practice.look() as connection:
        known = store.dictation_of(connection, found.sha256)
        values = _values(practice, connection, found, handed)
    if known is None:
        values |= _objects(practice, found)
        outdone = aside.outdone(practice, found)
        with practice.begin() as connection:
            if _inserted(connection, found, values):
                aside.settle(connection, found, outdone)
                if not found.recording.waits:
                    submit(connection, Job(stretch="draft", subject=found.id, due=values["due"]))
                if handed:
                    store.record(connection, actor=handed.by, action="drop", subject=found.id)
                return found.id
            known = store.dictation_of(connection, found.sha256)  # another watcher was faster
    assert known is not None, "a row is there, since it could not be inserted"
    return _once_more(practice, submit, found, known, values)


def _values(
    practice: Practice, connection: sa.Connection, found: inbox.Received, handed: Handed | None
) -> dict[str, Any]:
    """What the row says of a recording, but for its objects."""
    header, now = found.recording.header, store.now()
    clues = routing.Clues(name=found.name, folder=found.folder, header=header, chosen=handed.doctor if handed else None)
    route = routing.route(clues, staff=staff(connection), rules=practice.settings.intake.rules)
    kind = _kind(practice, route.kind)
    rules, told = practice.settings.review, routing.shortest(route.delay_hours, kind.delay_hours if kind else None)
    due = store.due(
        now, urgent=route.urgent, urgent_minutes=rules.urgent_minutes,
        delay_hours=rules.delay_hours if told is None else told,
    )  # fmt: skip
    return {
        "name": found.name, "doctor": route.doctor, "kind": kind.name if kind else None, "urgent": route.urgent,
        "delay_hours": route.delay_hours, "seconds": found.recording.seconds, "size": found.size,
        "source": found.source, "received": now, "due": due,
        "recorded": routing.recorded(header, received=now, zone=practice.settings.zone),
        "author": header.author if header else "", "job": _job(header.job) if header else None,
        "comment": header.comment if header else "",
        "remarks": json.dumps([*_remarks(found.recording, handed), *route.remarks]),
    }  # fmt: skip


def _job(written: int | None) -> int | None:
    """The number of a dictaphone; not four bytes that hold something else, which PostgreSQL would not take."""
    return written if written is not None and written < LARGEST_JOB else None


def _remarks(recording: audio.Recording, handed: Handed | None) -> list[str]:
    """What is said of how it was recorded; what a browser sent came whole, whatever its format can prove."""
    sent = handed is not None and handed.by != taken.SYSTEM
    return [code for code in recording.remarks if not (sent and code == "unproven")]


def _kind(practice: Practice, name: str | None) -> kinds.Kind | None:
    """The kind that a rule names; None when it does not exist or cannot be used: `copiste diagnostic` says so."""
    try:
        return kinds.load(name, [practice.place("templates")]) if name else None
    except TemplateError:
        return None


def _objects(practice: Practice, found: inbox.Received) -> dict[str, Any]:
    """The encrypted objects of a recording, put before any row speaks of them: a failure leaves only these."""
    opens = found.recording.password
    return {
        "audio": practice.objects.put(found.path.read_bytes()),
        "password": practice.objects.put(opens.encode()) if opens else None,
    }


def _inserted(connection: sa.Connection, found: inbox.Received, values: dict[str, Any]) -> bool:
    waits = found.recording.waits
    return store.insert_once(
        connection, tables.dictation, id=found.id, sha256=found.sha256, since=values["received"],
        state="refused-file" if waits else "received", reason=waits, **values,
    )  # fmt: skip


def _once_more(
    practice: Practice, submit: Submit, found: inbox.Received, known: sa.RowMapping, values: dict[str, Any]
) -> str:
    """These bytes again: one that was set aside or dismissed is tried again; for any other, people are told."""
    if known["state"] in ("refused-file", "replaced") and not _ends_the_program(found, known):
        aside.try_again(practice, submit, found, known, values)
    outdone = aside.outdone(practice, found)
    with practice.begin() as connection:
        aside.settle(connection, found, outdone)
        now = store.one(connection, tables.dictation, known["id"])
        redrops.tell(connection, found, now, doctor=values["doctor"])
    return str(known["id"])


def _ends_the_program(found: inbox.Received, known: sa.RowMapping) -> bool:
    """The very file that ended the program several times running, seen again at its start: a person looks first."""
    return bool(known["reason"] == WorkAbandoned.code and known["source"] == found.source)


# --- keeping house ----------------------------------------------------------------------------------------------------


def tidy(practice: Practice, submit: Submit | None = None) -> int:
    """Remove the originals older than the setting says, each only once its encrypted copy was read back whole.

    With `submit`, a file that grew after it was taken is taken again. Gives how many files went.
    """

    def again(path: Path, row: sa.RowMapping | None, *, patient: bool) -> inbox.Outcome:
        assert submit is not None, "only given then"
        take = _claim(practice, submit, handed=Handed(by=taken.SYSTEM, doctor=row["doctor"] if row else None))
        return take(path, name=row["name"] if row else FOUND_AGAIN, patient=patient)

    return taken.tidy(practice, again=again if submit else None)
