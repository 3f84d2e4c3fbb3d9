"""What waits for a person instead of being listened to: refused files, locked recordings, what a folder still holds.

Each is a row in the state *refused-file* whose reason is the code of a French sentence. One that has its recording may
be tried again; one that has none leaves the list when the whole file arrives, when it leaves the folder, or when a
person says that it is settled.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from archive.ids import new_id
from pipeline import errors, inbox, locked, routing, store, tables
from pipeline.access import Actor, may, require
from pipeline.arrival import beginnings
from pipeline.arrival.handed import Handed
from pipeline.arrival.staff import staff
from pipeline.errors import (
    DecodingFailed,
    EncryptedAudio,
    NotFound,
    OversizedAudio,
    ReviewRefused,
    TruncatedAudio,
    UnknownAudio,
    UnremovedLeft,
    WrongPassword,
)
from pipeline.practice import Practice, Submit

SYSTEM = "copiste"
"""Who the journal says did it: the program."""
LONGEST = 12 * 3600.0
"""Seconds: what lasts longer is no dictation (a recorder left on), whatever a person says."""
_UNREAD = frozenset(kind.code for kind in (EncryptedAudio, WrongPassword, TruncatedAudio, UnknownAudio, DecodingFailed))
"""Reasons that say that a recording which is kept was never read to its end: it is read before it is listened to."""
_REFUSED, _LEFT = "refused ", "left "
"""What stands for the bytes of a recording that is not kept, with the name of its copy or of its place."""


# --- files that cannot be taken ---------------------------------------------------------------------------------------


def refuse(practice: Practice, found: inbox.Refusal, *, handed: Handed | None = None) -> None:
    """A row for the work list; the copy and its reason are in `refused/` already."""
    with practice.begin() as connection:
        whose = handed.doctor if handed else _doctor(practice, connection, found.name, found.folder)
        _forget_left(connection, place(found.folder, found.name))
        _set(
            connection, _REFUSED + found.id, found.code, name=found.name, doctor=whose,
            source=place(found.folder, found.name), size=found.size,
        )  # fmt: skip


def told(practice: Practice, outcome: inbox.Outcome) -> None:
    """Keep the list of what a watched folder still holds: give it what became of each file. Harmless when repeated.

    What a person took off the list stays off it, until it leaves the folder or something else is wrong with it.
    """
    if outcome.state in ("waiting", "refused"):
        return
    where = place(outcome.folder, outcome.name)
    with practice.look() as connection:
        known = store.dictation_of(connection, _LEFT + where)
    if outcome.state in ("gone", "taken", "known") and known is not None and known["reason"]:
        with practice.begin() as connection:
            _forget_left(connection, where)
    elif outcome.state == "left" and (known is None or known["reason"] != outcome.code):
        with practice.begin() as connection:
            whose = _doctor(practice, connection, outcome.name, outcome.folder)
            shown = "/".join(part for part in (outcome.folder, outcome.name) if part)
            _set(connection, _LEFT + where, outcome.code, name=shown, doctor=whose, source=where)


def place(folder: str, name: str) -> str:
    """Where a file was dropped, as a short hash."""
    return hashlib.blake2b(f"{folder}\0{name}".encode(), digest_size=10, person=b"copiste-place").hexdigest()


def _doctor(practice: Practice, connection: sa.Connection, name: str, folder: str) -> str | None:
    clues = routing.Clues(name=name, folder=folder)
    return routing.route(clues, staff=staff(connection), rules=practice.settings.intake.rules).doctor


def _set(connection: sa.Connection, sha256: str, code: str, **values: Any) -> None:
    """A row without a recording, or the one that is there put back on the list."""
    now = store.now()
    new = store.insert_once(
        connection, tables.dictation, id=new_id(), sha256=sha256, audio="", received=now, due=now, since=now,
        state="refused-file", reason=code, **values,
    )  # fmt: skip
    if not new:
        known = store.dictation_of(connection, sha256)
        assert known is not None, "a row is there, since it could not be inserted"
        store.move_dictation(connection, known["id"], "refused-file", reason=code)


def _forget_left(connection: sa.Connection, where: str, *, but: str = "") -> None:
    """What was left there is no more: its row goes, and would come back with it (the reason is emptied)."""
    table = tables.dictation
    there = (table.c.sha256 == _LEFT + where, table.c.reason.not_in(("", but)))
    connection.execute(table.update().where(*there).values(state="replaced", reason="", since=store.now()))


# --- a whole file after a bad one -------------------------------------------------------------------------------------


def outdone(practice: Practice, found: inbox.Received) -> tuple[str, ...]:
    """The refusals that a whole file puts right: of the same name in the same place, and the beginning of it."""
    table = tables.dictation
    same = (table.c.state == "refused-file", table.c.audio == "", table.c.source == place(found.folder, found.name))
    with practice.look() as connection:
        rows = connection.execute(sa.select(table.c.id, table.c.sha256, table.c.since).where(*same)).all()
    return tuple(
        row.id
        for row in rows
        if row.sha256.startswith(_REFUSED)
        and (copy := _copy(practice, row.sha256.removeprefix(_REFUSED)))
        and beginnings.begins(copy, found.path, recent=store.now() - row.since < beginnings.RECENT)
    )


def _copy(practice: Practice, stem: str) -> Path | None:
    """The copy kept of a refused file; None when it lies on another machine, or was removed."""
    return next((one for one in practice.place("refused").glob(f"{stem}.*") if one.suffix != ".txt"), None)


def settle(connection: sa.Connection, found: inbox.Received, outdone: Iterable[str]) -> None:
    """A whole file arrived, new or known: what had been refused or left in its place leaves the list.

    But for a file that could not be removed: it may not be removed this time either (`told` hears of it).
    """
    _forget_left(connection, place(found.folder, found.name), but=UnremovedLeft.code)
    for key in outdone:
        store.move_dictation(connection, key, "replaced")
        store.record(connection, actor=SYSTEM, action="dismiss", subject=key, detail=found.id)


# --- what people do with it -------------------------------------------------------------------------------------------


def resume(practice: Practice, actor: Actor, key: str, submit: Submit) -> None:
    """Have a recording listened to although it failed, or waited for a person; ReviewRefused says what else to do.

    One that a password protects goes on only once a password known opens it: it is tried here and now.
    """
    with practice.look() as connection:
        row = _set_aside(connection, actor, "dictation.resume", key)
        known = locked.passwords(connection, practice, doctor=row["doctor"], author=row["author"])
    _require_fit(row)
    if row["reason"] in _UNREAD and not row["password"]:
        if code := locked.take_up(practice, submit, row, known, by=actor.id):
            raise ReviewRefused("not opened", advice=errors.advice(code))
        return
    with practice.begin() as connection:
        _set_aside(connection, actor, "dictation.resume", key)
        if not locked.queue(connection, submit, row):
            raise ReviewRefused(f"dictation {key} moved meanwhile")
        store.record(connection, actor=actor.id, action="resume", subject=key)


def _require_fit(row: sa.RowMapping) -> None:
    if not row["audio"]:
        raise ReviewRefused("no recording", advice="Ce fichier n'a pas pu être lu : il faut le déposer à nouveau.")
    if row["reason"] == OversizedAudio.code and (row["seconds"] or 0.0) > LONGEST:
        advice = "Cet enregistrement dure plus de douze heures : découpez-le, puis déposez ce qui est une dictée."
        raise ReviewRefused("longer than a dictation can be", advice=advice)


def dismiss(practice: Practice, actor: Actor, key: str) -> None:
    """Take a file that was set aside off the lists, once a person has dealt with it; its copy stays in `refused/`."""
    with practice.begin() as connection:
        _set_aside(connection, actor, "dictation.dismiss", key)
        store.record(connection, actor=actor.id, action="dismiss", subject=key)
        store.move_dictation(connection, key, "replaced")


def try_again(
    practice: Practice, submit: Submit, found: inbox.Received, known: sa.RowMapping, values: dict[str, Any]
) -> None:
    """A recording that was set aside was dropped again: it is tried again, unless a person must still look at it.

    One that a person had dismissed comes back as if it were new; otherwise its doctor stays, if it had one, and one
    that two doctors may claim is still nobody's.
    """
    opens, waits = found.recording.password, found.recording.waits
    kept = {"password": practice.objects.put(opens.encode())} if opens else {}
    if known["state"] != "replaced":
        claimed = "two-doctors" in known["remarks"]
        values = {
            "seconds": values["seconds"],
            "doctor": known["doctor"] if claimed else known["doctor"] or values["doctor"],
        }
    with practice.begin() as connection:
        if waits:
            store.move_unchanged(connection, known, "refused-file", reason=waits, **values, **kept)
        else:
            locked.queue(connection, submit, known, **values, **kept)


def _set_aside(connection: sa.Connection, actor: Actor, action: str, key: str) -> sa.RowMapping:
    row = store.one(connection, tables.dictation, key)
    if not may(actor, "review.list", row):
        raise NotFound(f"no dictation {key!r} for {actor.id}")
    require(actor, action, row)
    if row["state"] != "refused-file":
        raise ReviewRefused(f"dictation {key} is {row['state']}")
    return row
