"""What the inbox found becomes a row and a job, together; and the originals leave `taken/` when their days are over.

Knows what a dictation is worth to the practice (its doctor, its due time); how a file is taken whole is the inbox's.
"""

import hashlib
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from archive.errors import ArchiveError
from archive.ids import new_id
from pipeline import audio, inbox, store
from pipeline.practice import Practice, Submit
from pipeline.types import Job


def taker(practice: Practice, submit: Submit) -> "partial[inbox.Outcome]":
    """The inbox's `take`, for this practice: called with a path, it leaves a row and a job, or a refusal."""
    intake = practice.settings.intake
    limits = audio.Limits(seconds=intake.max_hours * 3600, bytes=intake.max_megabytes * 1_000_000)
    return partial(
        inbox.take,
        taken=practice.place("taken"),
        refused=practice.place("refused"),
        receive=partial(receive, practice, submit),
        refuse=partial(refuse, practice),
        inspect=partial(audio.inspect, limits=limits),
    )


def receive(practice: Practice, submit: Submit, found: inbox.Received) -> bool:
    """Row and job in one transaction, once the encrypted copy is on the disk; False when these bytes were known."""
    address = practice.objects.put(found.path.read_bytes())
    rules, now = practice.settings.review, store.now()
    due = store.due(now, urgent=False, urgent_minutes=rules.urgent_minutes, delay_hours=rules.delay_hours)
    with practice.begin() as connection:
        new = store.insert_once(
            connection, store.dictation, id=found.id, sha256=found.sha256, audio=address, name=found.name,
            doctor=store.doctor_of_folder(connection, found.folder), seconds=found.recording.seconds,
            received=now, due=due, state="received", since=now,
        )  # fmt: skip
        if new:
            submit(connection, Job(stretch="draft", subject=found.id, due=due))
    return new


def refuse(practice: Practice, found: inbox.Refusal) -> None:
    """A row for the work list; the copy and its reason are in `refused/` already."""
    now = store.now()
    with practice.begin() as connection:
        store.insert_once(
            connection, store.dictation, id=new_id(), sha256=f"refused {found.id}", audio="", name=found.name,
            doctor=store.doctor_of_folder(connection, found.folder), received=now, due=now, state="refused-file",
            since=now, reason=found.code,
        )  # fmt: skip


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
        address = connection.scalar(sa.select(store.dictation.c.audio).where(store.dictation.c.sha256 == sha256))
    with suppress(ArchiveError):
        if address and hashlib.sha256(practice.objects.get(address)).hexdigest() == sha256:
            path.unlink()
            return True
    return False
