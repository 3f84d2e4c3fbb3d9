"""Where every dictation stands, what is stuck and why, what nobody looks at, and about how long it will take.

What `copiste status` prints and what the work list shows come from here, so that both say the same. Never a word of a
letter, nor the name of a patient; the name of a file, which may hold one, is only for those who may deal with it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa

from pipeline import disk, estimate, presence, reach, store, tables
from pipeline.access import OPERATOR, Actor, may
from pipeline.errors import is_code, reason
from pipeline.practice import Practice
from pipeline.settings import Settings

DONE = ("filed", "replaced")
SENT_BACK = "Renvoyé à corriger par le médecin, qui dit pourquoi sur le document."
TO_LISTEN = ("received", "transcribing")
"""States of a dictation that waits for the machine."""
WORKERS = ("run", "work")
"""Parts of Copiste that transcribe."""
LEARNED_FROM = 50
"""Past dictations, the latest, from which the pace of work is learned."""
UNSEEN = timedelta(minutes=15)
"""A folder that nobody looked at for that long is not watched any more: a slow share is looked at each five minutes."""
FORGOTTEN = timedelta(days=30)
"""After that long, a machine that watched a folder is one the practice no longer has."""


def status(practice: Practice, actor: Actor = OPERATOR) -> dict[str, Any]:
    """What `copiste status --json` prints, for this person: counts by state, then what is in progress, oldest first.

    `files` are the files to check, with the names of those on whose work list each one is.
    """
    now, workers = store.now(), presence.at_work(practice)
    with practice.look() as connection:
        waiting = store.dictations(connection)
        documents = store.documents(connection)
        ready = estimates(connection, waiting, workers=workers, now=now)
        who = _lists_of(connection, practice.settings, {row["doctor"] for row in waiting})
        said = [*_notices(connection, practice, actor, workers), *_dropped_again(connection), *_unread(waiting, who)]
        folders = roots(connection)
    counts = Counter(row["state"] for row in (*waiting, *documents))
    items = [_item(row) | {"estimate_seconds": ready.get(row["id"])} for row in waiting]
    items += [_item(row) | {"estimate_seconds": None} for row in documents if row["state"] not in DONE]
    return {
        "counts": dict(counts), "items": sorted(items, key=lambda item: item["since"]),
        "files": [_file(row, actor, who[row["doctor"]]) for row in waiting if row["state"] == "refused-file"],
        "roots": folders, "notices": said, "workers": workers,
    }  # fmt: skip


def _reason(kept: str) -> str:
    """The advice of a code; what a doctor wrote is for those who may read the document."""
    return SENT_BACK if kept and not is_code(kept) else reason(kept)


def _item(row: sa.RowMapping) -> dict[str, Any]:
    return {
        "id": row["id"],
        "state": row["state"],
        "since": row["since"].isoformat(),
        "doctor": row["doctor_name"] or "",
        "kind": row["kind"] or "",
        "priority": store.priority(row["due"]),
        "reason": _reason(row["reason"]),
    }


def _file(row: sa.RowMapping, actor: Actor, who: Sequence[str]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"] if may(actor, "dictation.resume", row) else "",
        "doctor": row["doctor_name"] or "",
        "since": row["since"].isoformat(),
        "code": row["reason"],
        "reason": _reason(row["reason"]),
        "kept": bool(row["audio"]),
        "readers": list(who),
    }


# --- the queue, and about how long it will take ----------------------------------------------------------------------


def queue(waiting: Iterable[sa.RowMapping]) -> list[sa.RowMapping]:
    """The dictations that wait for the machine, in the order in which the engine takes them."""
    mine = [row for row in waiting if row["state"] in TO_LISTEN]
    return sorted(mine, key=lambda row: (row["state"] != "transcribing", store.priority(row["due"]), row["received"]))


def estimates(
    connection: sa.Connection, waiting: Iterable[sa.RowMapping], *, workers: Sequence[str], now: datetime
) -> dict[str, float]:
    """Seconds until each dictation of the queue can be proofread; empty while nobody transcribes."""
    turns = [
        estimate.Turn(
            id=row["id"],
            sound=row["seconds"],
            done=(now - row["since"]).total_seconds() if row["state"] == "transcribing" else None,
        )
        for row in queue(waiting)
    ]
    found = estimate.ready(turns, pace=pace(connection), workers=transcribing(workers)) if turns else {}
    return {key: round(seconds, 1) for key, seconds in found.items()}


def transcribing(workers: Iterable[str]) -> int:
    """How many dictations are listened to at a time: each process at work takes one."""
    return sum(part in WORKERS for part in workers)


def pace(connection: sa.Connection) -> estimate.Pace:
    """How fast this practice's dictations are done, learned from the last ones."""
    table = tables.dictation
    last = (
        sa.select(table.c.seconds, table.c.work_seconds)
        .where(table.c.work_seconds > 0, table.c.seconds > 0)
        .order_by(table.c.received.desc())
        .limit(LEARNED_FROM)
    )
    return estimate.learned([(row.seconds, row.work_seconds) for row in connection.execute(last)])


# --- what someone should know ----------------------------------------------------------------------------------------


def notices(practice: Practice, actor: Actor, workers: Sequence[str]) -> list[str]:
    """French sentences, for this person, on what keeps dictations from being taken, listened to or typed.

    No name of a file is in them. `workers` is what is at work (`presence.at_work`).
    """
    with practice.look() as connection:
        return list(_notices(connection, practice, actor, workers))


def _notices(
    connection: sa.Connection, practice: Practice, actor: Actor, workers: Sequence[str]
) -> Iterator[str]:  # fmt: skip
    now, folders = store.now(), _watched(connection)
    if practice.is_short_of_room():
        yield disk.DiskShort.advice
        yield from _held_up(sum(row["waiting"] for row in folders))
    if workers and not transcribing(workers) and (count := _to_listen(connection)):
        yield (
            f"{_dictations(count)}, et aucune machine ne transcrit : relancez Copiste (« copiste run »), ou prévenez "
            "la personne qui s'en occupe."
        )
    yield from (sentence for row in folders if (sentence := _trouble(row, workers, now, practice.settings.zone)))
    for one in reach.orphans(connection, now.astimezone(practice.settings.zone).date()):
        if actor.role == "technical" or may(actor, "review.list", {"id": "", "doctor": one.doctor}):
            yield f"Aucune secrétaire présente ne tape pour {one.name} : voyez les absences."


def _to_listen(connection: sa.Connection) -> int:
    table = tables.dictation
    query = sa.select(sa.func.count()).select_from(table).where(table.c.state.in_(TO_LISTEN))
    return connection.scalar(query) or 0


def _dictations(count: int) -> str:
    return "1 dictée attend" if count == 1 else f"{count} dictées attendent"


def _held_up(count: int) -> Iterator[str]:
    if count:
        yield f"Fichiers déposés qui attendent de la place sur le disque : {count}. Rien n'est perdu."


def _dropped_again(connection: sa.Connection) -> Iterator[str]:
    """How many recordings were dropped again that nobody has seen yet; the work list says which."""
    if count := len(redrops(connection)):
        yield f"Enregistrements déposés une seconde fois, à voir sur la liste de travail : {count}."


def redrops(connection: sa.Connection) -> Sequence[sa.RowMapping]:
    """Recordings dropped again that nobody has seen yet, oldest first, each with the dictation that it is.

    `doctor` is whose the dictation is, `again` for whom it was dropped this time; both may be unknown.
    """
    drop, known, whose, other = tables.duplicate, tables.dictation, tables.doctor, tables.doctor.alias("other")
    query = (
        sa.select(
            drop.c.id, drop.c.dictation, drop.c.name, drop.c.at, drop.c.doctor.label("again"),
            other.c.name.label("again_name"), known.c.doctor, whose.c.name.label("doctor_name"), known.c.state,
            known.c.received,
        )
        .join(known, drop.c.dictation == known.c.id)
        .outerjoin(whose, known.c.doctor == whose.c.id)
        .outerjoin(other, drop.c.doctor == other.c.id)
        .where(drop.c.seen.is_(None))
        .order_by(drop.c.at, drop.c.id)
    )  # fmt: skip
    return connection.execute(query).mappings().all()


# --- the folders that are watched ------------------------------------------------------------------------------------


def roots(connection: sa.Connection) -> list[dict[str, Any]]:
    """The folders that are watched, as the machine that watches each last saw it."""
    return [
        {
            "machine": row["machine"],
            "path": row["path"],
            "mode": row["mode"],
            "looked": row["looked"].isoformat(),
            "waiting": row["waiting"],
            "problem": reason(row["problem"]),
        }
        for row in _watched(connection)
    ]


def _watched(connection: sa.Connection) -> Sequence[sa.RowMapping]:
    table = tables.watched
    return connection.execute(sa.select(table).order_by(table.c.machine, table.c.path)).mappings().all()


def _trouble(row: sa.RowMapping, workers: Sequence[str], now: datetime, zone: tzinfo) -> str:
    """What is wrong with a folder, in one sentence; nothing when all is well.

    While nothing at all is at work, that is what is said instead (`presence.sentence`).
    """
    name, unseen = f"« {row['path']} » ({row['machine']})", now - row["looked"]
    if workers and UNSEEN < unseen < FORGOTTEN:
        return (
            f"Le dossier {name} n'est plus surveillé depuis le {_moment(row['looked'], zone)} : vérifiez que Copiste "
            "fonctionne sur cette machine ; ce qui y est déposé attend."
        )
    return f"Dossier {name}. {reason(row['problem'])}" if row["problem"] else ""


def _moment(when: datetime, zone: tzinfo) -> str:
    return when.astimezone(zone).strftime("%d/%m à %H h %M")


# --- who reads what --------------------------------------------------------------------------------------------------


def _lists_of(
    connection: sa.Connection, settings: Settings, doctors: Collection[str | None]
) -> dict[str | None, tuple[str, ...]]:
    """For each of these doctors (None: not known), the people on whose work list their files are, by name."""
    table = tables.user
    open_ones = sa.select(table).where(table.c.active).order_by(table.c.name, table.c.id)
    people = [reach.actor(connection, row, settings) for row in connection.execute(open_ones).mappings().all()]
    return {
        one: tuple(who.name for who in people if may(who, "review.list", {"id": "", "doctor": one})) for one in doctors
    }


def _unread(waiting: Iterable[sa.RowMapping], who: dict[str | None, tuple[str, ...]]) -> Iterator[str]:
    """Files and dictations that are on nobody's list: dropped in a folder that is no doctor's, mostly."""
    if count := sum(not who[row["doctor"]] for row in waiting):
        yield (
            f"Enregistrements qui ne sont sur la liste de personne : {count}. Donnez à une secrétaire les dictées de "
            "tous les médecins (« copiste users scope »)."
        )
