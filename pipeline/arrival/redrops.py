"""A recording dropped a second time, elsewhere or under another name: it is not doubled, and people are told once.

The other copy may have been meant for another doctor, or show a dictaphone that was never emptied.
"""

import sqlalchemy as sa

from archive.ids import new_id
from pipeline import inbox, store, tables
from pipeline.access import Actor, may, require
from pipeline.errors import NotFound
from pipeline.practice import Practice


def tell(connection: sa.Connection, found: inbox.Received, known: sa.RowMapping, *, doctor: str | None) -> None:
    """Remember that a dictation that is known was dropped again for this doctor, once for each place it came from.

    Nothing is told of the same file seen again (two watchers, a crash before it was removed, a folder that cannot be
    emptied), nor of one of the same name for the same doctor: a dock emptied twice, a telephone that sends twice.
    """
    if found.source == known["source"] or (found.name == known["name"] and doctor in (None, known["doctor"])):
        return
    store.insert_once(
        connection, tables.duplicate, id=new_id(), dictation=known["id"], source=found.source, at=store.now(),
        name=found.name, doctor=doctor,
    )  # fmt: skip


def seen(practice: Practice, actor: Actor, key: str) -> None:
    """A person knows that this recording was dropped twice: it leaves the list. Saying it again changes nothing.

    Whoever reaches the dictation may say so, or whoever reaches the doctor for whom it was dropped the second time.
    """
    require(actor, "dictation.dismiss")
    with practice.begin() as connection:
        again = connection.execute(sa.select(tables.duplicate).where(tables.duplicate.c.id == key)).mappings().first()
        if again is None or not _concerns(connection, actor, again):
            raise NotFound(f"no duplicate {key!r} for {actor.id}")
        if again["seen"] is None:
            table = tables.duplicate
            connection.execute(table.update().where(table.c.id == key).values(seen=store.now()))
            store.record(connection, actor=actor.id, action="duplicate-seen", subject=again["dictation"], detail=key)


def _concerns(connection: sa.Connection, actor: Actor, again: sa.RowMapping) -> bool:
    first = store.one(connection, tables.dictation, again["dictation"])
    if again["doctor"] and may(actor, "dictation.dismiss", {"doctor": again["doctor"]}):
        return True
    return may(actor, "dictation.dismiss", first)
