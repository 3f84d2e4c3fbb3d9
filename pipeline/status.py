"""Where every dictation stands, what is stuck and why, and about how long it will take."""

from collections import Counter
from typing import Any

import sqlalchemy as sa

from pipeline import disk, store, tables
from pipeline.errors import is_code, reason
from pipeline.practice import Practice

DONE = ("filed", "replaced")
SENT_BACK = "Renvoyé à corriger par le médecin, qui dit pourquoi sur le document."
FIRST_GUESS = 0.4
"""Seconds of work for a second of sound, before this machine has done any."""


def status(practice: Practice) -> dict[str, Any]:
    """What `copiste status --json` prints: counts by state, then what is in progress, oldest first."""
    with practice.look() as connection:
        waiting = store.dictations(connection)
        documents = store.documents(connection)
        rate = pace(connection)
    counts = Counter(row["state"] for row in (*waiting, *documents))
    items = [_dictation(row, rate) for row in waiting]
    items += [_document(row) for row in documents if row["state"] not in DONE]
    notices = [disk.DiskShort.advice] if practice.is_short_of_room() else []
    return {"counts": dict(counts), "items": sorted(items, key=lambda item: item["since"]), "notices": notices}


def _dictation(row: sa.RowMapping, rate: float) -> dict[str, Any]:
    waiting = row["state"] in ("received", "transcribing") and row["seconds"] is not None
    return _item(row) | {
        "estimate_seconds": round(row["seconds"] * rate, 1) if waiting else None,
    }


def _document(row: sa.RowMapping) -> dict[str, Any]:
    return _item(row) | {"estimate_seconds": None}


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


def pace(connection: sa.Connection) -> float:
    """Seconds of work for a second of sound, learned from the last twenty dictations of this practice."""
    table = tables.dictation
    last = (
        sa.select(table.c.seconds, table.c.work_seconds)
        .where(table.c.work_seconds.is_not(None), table.c.seconds > 0)
        .order_by(table.c.received.desc())
        .limit(20)
        .subquery()
    )
    sound, spent = connection.execute(sa.select(sa.func.sum(last.c.seconds), sa.func.sum(last.c.work_seconds))).one()
    return spent / sound if sound else FIRST_GUESS
