"""What the inbox found becomes a row and a job, together; and the originals leave `taken/` when their days are over.

Knows what a dictation is worth to the practice (its doctor, its due time); how a file is taken whole is the inbox's.
"""

import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from archive.errors import ArchiveError
from archive.ids import new_id
from pipeline import audio, disk, inbox, store, tables
from pipeline.access import Actor, may, require
from pipeline.errors import NotFound, ReviewRefused
from pipeline.practice import Practice, Submit
from pipeline.types import Job

log = logging.getLogger(__name__)


def taker(practice: Practice, submit: Submit) -> Callable[..., inbox.Outcome]:
    """The inbox's `take`, for this practice: called with a path, it leaves a row and a job, or a refusal.

    While a disk is short of room nothing is taken: files wait where they are, and are taken once there is room again.
    """
    intake = practice.settings.intake
    limits = audio.Limits(seconds=intake.max_hours * 3600, bytes=intake.max_megabytes * 1_000_000)
    take = partial(
        inbox.take,
        taken=practice.place("taken"),
        refused=practice.place("refused"),
        receive=partial(receive, practice, submit),
        refuse=partial(refuse, practice),
        inspect=partial(audio.inspect, limits=limits),
    )
    return _Door(practice, take)


class _Door:
    """Lets a file in as long as there is room; says once in the log that it shut, and once that it opened again."""

    def __init__(self, practice: Practice, take: Callable[..., inbox.Outcome]) -> None:
        self._practice = practice
        self._take = take
        self._shut = False

    def __call__(self, path: Path, *, folder: str = "", patient: bool = False) -> inbox.Outcome:
        short = self._practice.is_short_of_room()
        if short != self._shut:
            self._shut = short
            log.warning("the disk is short of room: nothing is taken") if short else log.info("room again")
        if short:
            return inbox.Outcome(state="waiting", reason=disk.DiskShort.advice)
        return self._take(path, folder=folder, patient=patient)


def receive(practice: Practice, submit: Submit, found: inbox.Received) -> bool:
    """Row and job in one transaction, once the encrypted copy is on the disk; False when these bytes were known."""
    address = practice.objects.put(found.path.read_bytes())
    rules, now = practice.settings.review, store.now()
    due = store.due(now, urgent=False, urgent_minutes=rules.urgent_minutes, delay_hours=rules.delay_hours)
    with practice.begin() as connection:
        new = store.insert_once(
            connection, tables.dictation, id=found.id, sha256=found.sha256, audio=address, name=found.name,
            doctor=store.doctor_of_folder(connection, found.folder), seconds=found.recording.seconds,
            received=now, due=due, state="received", since=now,
        )  # fmt: skip
        if new:
            submit(connection, Job(stretch="draft", subject=found.id, due=due))
        elif failed := store.failed_dictation(connection, found.sha256):
            _try_again(connection, failed, submit)
            new = True
    return new


def resume(practice: Practice, actor: Actor, key: str, submit: Submit) -> None:
    """Try a recording again whose transcription failed; ReviewRefused when it never was a recording."""
    with practice.begin() as connection:
        row = _set_aside(connection, actor, "dictation.resume", key)
        if not row["audio"]:
            raise ReviewRefused("no recording", advice="Ce fichier n'a pas pu être lu : il faut le déposer à nouveau.")
        store.record(connection, actor=actor.id, action="resume", subject=key)
        _try_again(connection, key, submit)


def dismiss(practice: Practice, actor: Actor, key: str) -> None:
    """Take a file that was set aside off the lists, once a person has dealt with it; its copy stays in `refused/`."""
    with practice.begin() as connection:
        _set_aside(connection, actor, "dictation.dismiss", key)
        store.record(connection, actor=actor.id, action="dismiss", subject=key)
        store.move_dictation(connection, key, "replaced")


def _set_aside(connection: sa.Connection, actor: Actor, action: str, key: str) -> sa.RowMapping:
    row = store.one(connection, tables.dictation, key)
    if not may(actor, "review.list", row):
        raise NotFound(f"no dictation {key!r} for {actor.id}")
    require(actor, action, row)
    if row["state"] != "refused-file":
        raise ReviewRefused(f"dictation {key} is {row['state']}")
    return row


def _try_again(connection: sa.Connection, key: str, submit: Submit) -> None:
    due, now = store.one(connection, tables.dictation, key)["due"], store.now()
    store.move_dictation(connection, key, "received", reason="")
    submit(connection, Job(stretch="draft", subject=key, due=due, round=int(now.timestamp())))


def refuse(practice: Practice, found: inbox.Refusal) -> None:
    """A row for the work list; the copy and its reason are in `refused/` already."""
    now = store.now()
    with practice.begin() as connection:
        new = store.insert_once(
            connection, tables.dictation, id=new_id(), sha256=f"refused {found.id}", audio="", name=found.name,
            doctor=store.doctor_of_folder(connection, found.folder), received=now, due=now, state="refused-file",
            since=now, reason=found.code,
        )  # fmt: skip
        if not new and (known := store.failed_dictation(connection, f"refused {found.id}")):
            store.move_dictation(connection, known, "refused-file", reason=found.code)


def tidy(practice: Practice) -> int:
    """Remove the originals older than the setting says, each only once its encrypted copy was read back whole.

    Copies that a kill left unfinished (hidden, `.part`) go too: their original was still in the inbox. Gives how many.
    """
    oldest = (store.now() - timedelta(days=practice.settings.intake.taken_days)).timestamp()
    old = [path for path in practice.place("taken").iterdir() if path.is_file() and path.stat().st_mtime < oldest]
    return sum(_remove_if_kept(practice, path) for path in old)


def _is_unfinished(path: Path) -> bool:
    return path.name.startswith(".") and path.suffix == ".part"


def _remove_if_kept(practice: Practice, path: Path) -> bool:
    if _is_unfinished(path):
        path.unlink()
        return True
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    with practice.begin() as connection:
        address = connection.scalar(sa.select(tables.dictation.c.audio).where(tables.dictation.c.sha256 == sha256))
    with suppress(ArchiveError):
        if address and hashlib.sha256(practice.objects.get(address)).hexdigest() == sha256:
            path.unlink()
            return True
    return False
