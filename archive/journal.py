"""The archive's journal: who did what to which document, each line sealed to the one before by its hash.

A line holds ids and hashes, never a name nor a word of a document: it outlives what it speaks of. The chain shows
that no line was changed, moved or removed from the middle; that none was removed from the end is shown by what the
records themselves say (see `verify`). Knows nothing of what the actions mean.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from archive.errors import ClockWentBack

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Row

FIRST = "0" * 64
"""What the first line gives as the hash of the line before it."""
CLOCK_RIGHT = "clock-right"
"""The one line that may be dated before the line above it: a person says that the clock is right now."""
STEP = timedelta(minutes=10)
"""A clock that is set back by less is only waited for: lines keep the last moment until it is past."""
_LOCK = 0x636F706973746501


def append(
    connection: "Connection", *, actor: str, action: str, subject: str, details: Mapping[str, str | int] | None = None
) -> int:
    """Add a line in the caller's transaction and return its number.

    On PostgreSQL the lines are written one transaction at a time; on SQLite the caller's transaction must have begun
    with BEGIN IMMEDIATE. Should both fail, the constraint on `previous` refuses a second line after the same one.
    Moments never go back: ClockWentBack when the machine's clock is more than `STEP` behind the last line.
    """
    from archive.tables import journal

    hold_pen(connection)
    last = connection.execute(_lines().order_by(journal.c.seq.desc()).limit(1)).first()
    line: dict[str, Any] = {
        "seq": last.seq + 1 if last else 1,
        "at": _moment(last.at if last else "", right=action == CLOCK_RIGHT).isoformat(timespec="microseconds"),
        "actor": actor,
        "action": action,
        "subject": subject,
        "details": canonical(details or {}),
        "previous": last.hash if last else FIRST,
    }
    connection.execute(journal.insert().values(line | {"hash": _seal(line)}))
    return int(line["seq"])


def hold_pen(connection: "Connection") -> None:
    """Make every other writer of the journal wait until the caller's transaction ends (PostgreSQL; SQLite does so)."""
    if connection.dialect.name == "postgresql":
        import sqlalchemy as sa

        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def check(connection: "Connection") -> int | None:
    """Read the whole chain again; None when it is unbroken, else the number of the first line that does not hold."""
    from archive.tables import journal

    previous, expected = FIRST, 1
    with connection.execute(_lines().order_by(journal.c.seq), execution_options={"yield_per": 1000}) as lines:
        for line in lines:
            if (line.seq, line.previous, line.hash) != (expected, previous, _seal(_as_dict(line))):
                return min(expected, int(line.seq))
            previous, expected = line.hash, expected + 1
    return None


def canonical(values: Mapping[str, object]) -> str:
    """Write values as JSON in the one form that is hashed: sorted keys, no spaces, plain UTF-8."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _lines() -> Any:
    from archive.tables import journal

    return journal.select()


def _moment(last: str, *, right: bool) -> datetime:
    """The moment of a new line, never before the last one's."""
    now = datetime.now(UTC)
    try:
        before = datetime.fromisoformat(last) if last and not right else now
    except ValueError:  # a line that was altered: `check` says so
        return now
    if before - now > STEP:
        raise ClockWentBack("the clock is behind the last line of the journal")
    return max(now, before)


def _as_dict(line: "Row[Any]") -> dict[str, Any]:
    return {name: value for name, value in line._mapping.items() if name != "hash"}


def _seal(line: Mapping[str, object]) -> str:
    return hashlib.sha256(canonical(line).encode()).hexdigest()
