"""Proof that the archive is whole: every object read again, every record compared with what the journal sealed.

Reading everything takes time: give a connection that keeps no one waiting (read only). Repairs nothing.
"""

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive import deposit
from archive import journal as lines
from archive.errors import KeyMissing, KeyUnusable, ObjectAltered, ObjectMissing
from archive.objects import Objects, address_of

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found. `objects` is how many were read; the lists name objects by address, records by id.

    *changed*: the bytes, or what the record says, are not what was filed. *missing*: an object, its key or a record is
    gone. *untracked*: the store holds it and no row speaks of it, which an interrupted step explains and harms nothing.
    """

    objects: int
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    untracked: tuple[str, ...]
    journal: str

    @property
    def ok(self) -> bool:
        """Tell whether nothing that was filed is changed or missing, and the journal is unbroken."""
        return not self.changed and not self.missing and self.journal == "ok"

    def as_json(self) -> dict[str, Any]:
        """Give what `copiste archive verify --json` prints: a contract, to the field name."""
        return {
            "objects": self.objects,
            "ok": self.ok,
            "changed": list(self.changed),
            "missing": list(self.missing),
            "untracked": list(self.untracked),
            "journal": self.journal,
        }


def verify(
    connection: "Connection", objects: Objects, *, journal: bool = True, elsewhere: Collection[str] = ()
) -> Verification:
    """Read every object again, compare it with its row, and (unless told not to) read the journal again.

    `elsewhere` names the objects that the caller answers for and the archive does not know (work in progress): they are
    read too, and are not untracked.
    """
    stored = list(objects.paths())
    known = dict.fromkeys(elsewhere) | _known(connection)
    findings: dict[str, list[str]] = {"changed": [], "missing": []}
    for address, expected in known.items():
        if finding := _examine(objects, address, expected):
            findings[finding].append(address)
    broken = lines.check(connection) if journal else None
    if journal:
        for finding, record_id in _records(connection):
            findings[finding].append(record_id)
    return Verification(
        objects=len(known),
        changed=tuple(findings["changed"]),
        missing=tuple(findings["missing"]),
        untracked=tuple(address_of(path) or path for path in stored if address_of(path) not in known),
        journal="ok" if broken is None else f"broken at {broken}",
    )


def _known(connection: "Connection") -> dict[str, str | None]:
    import sqlalchemy as sa

    from archive.tables import object_

    query = sa.select(object_.c.address, object_.c.plain_sha256).order_by(object_.c.address)
    return {row.address: row.plain_sha256 for row in connection.execute(query)}


def _examine(objects: Objects, address: str, expected: str | None) -> str | None:
    try:
        plain = objects.get(address)
    except (ObjectMissing, KeyMissing):
        return "missing"
    except (ObjectAltered, KeyUnusable):
        return "changed"
    return None if expected in (None, hashlib.sha256(plain).hexdigest()) else "changed"


def _records(connection: "Connection") -> Iterator[tuple[str, str]]:
    """Compare every record with the line that filed it: the journal knows what was filed, and for whom."""
    sealed = _sealed(connection)
    for record in deposit.read(connection):
        if sealed.pop(record.id, None) != deposit.seal(record, deposit.parts_of(connection, record)):
            yield "changed", record.id
    yield from (("missing", record_id) for record_id in sealed)


def _sealed(connection: "Connection") -> dict[str, Any]:
    import sqlalchemy as sa

    from archive.tables import journal

    query = sa.select(journal.c.subject, journal.c.details).where(journal.c.action == "filed")
    return {row.subject: json.loads(row.details) for row in connection.execute(query)}
