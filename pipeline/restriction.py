"""Restricted documents: read by their doctor, by who signs them, and by those whom the doctor names.

The doctor of a document decides, before it is filed or after. Restricting takes it from whoever proofreads it now,
unless that person is named. Knows nothing of pages or commands.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from pipeline import review, store, tables
from pipeline.access import Actor
from pipeline.errors import CopisteError, ReviewRefused
from pipeline.practice import Practice


class NotAReader(CopisteError):
    """This account never reads a document."""

    code = "E164"
    exit_code = 164
    advice = "Ce compte n'existe pas, est fermé, ou n'a jamais accès aux documents : choisissez quelqu'un d'autre."


class Joined(ReviewRefused):
    """What is to be restricted was joined to another document, which has its text."""

    code = "E168"
    exit_code = 168
    advice = "Ce courrier a été joint à un autre : c'est sur cet autre que l'accès se restreint."


def restrict(practice: Practice, actor: Actor, key: str, *, readers: Sequence[str] = ()) -> None:
    """Keep a document for its doctor and these accounts (logins), in place of those named before."""
    with practice.begin() as connection:
        row = _decide(connection, actor, key, restricted=True)
        named = {_reader(connection, login) for login in readers}
        for one in _with_joined(connection, key):
            _name(connection, one, named, restricted=True)
        _take_back(connection, row, {*named, actor.id})
        store.record(connection, actor=actor.id, action="restrict", subject=key, detail=",".join(sorted(named)))


def unrestrict(practice: Practice, actor: Actor, key: str) -> None:
    """Give a document back to those who ordinarily see it."""
    with practice.begin() as connection:
        _decide(connection, actor, key, restricted=False)
        for one in _with_joined(connection, key):
            _name(connection, one, set(), restricted=False)
        store.record(connection, actor=actor.id, action="unrestrict", subject=key)


def readers(practice: Practice, actor: Actor, key: str) -> list[dict[str, str]]:
    """Who may read a restricted document besides its doctor, for that doctor."""
    table, user = tables.document_reader, tables.user
    with practice.look() as connection:
        review.visible(connection, actor, "access.restrict", key)
        query = (
            sa.select(user.c.login, user.c.name)
            .join(table, table.c.user == user.c.id)
            .where(table.c.document == key)
            .order_by(user.c.name)
        )
        return [dict(row) for row in connection.execute(query).mappings()]


def possible_readers(connection: sa.Connection, actor: Actor) -> list[dict[str, str]]:
    """Whom a doctor can name: every open account that reads patients, but their own."""
    user = tables.user
    query = (
        sa.select(user.c.login, user.c.name)
        .where(user.c.active, user.c.role != "technical", user.c.id != actor.id)
        .order_by(user.c.name)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _reader(connection: sa.Connection, login: str) -> str:
    user = tables.user
    query = sa.select(user.c.id).where(user.c.login == login.strip().lower(), user.c.active, user.c.role != "technical")
    found = connection.scalar(query)
    if found is None:
        raise NotAReader("no such reader")
    return str(found)


def _decide(connection: sa.Connection, actor: Actor, key: str, *, restricted: bool) -> sa.RowMapping:
    """The row, marked from this moment; Joined when its text is another document's now."""
    document = tables.document
    row = review.visible(connection, actor, "access.restrict", key)
    there = sa.and_(document.c.id == key, document.c.state != "replaced")
    if connection.execute(document.update().where(there).values(restricted=restricted)).rowcount != 1:
        raise Joined(f"document {key} was joined to another")
    return row


def _with_joined(connection: sa.Connection, key: str) -> list[str]:
    """The document, and those that were joined into it: what is left of them says the same."""
    event, found = tables.event, [key]
    for one in found:
        joined = sa.select(event.c.detail).where(event.c.subject == one, event.c.action == "join")
        found += connection.scalars(joined)
    return found


def _name(connection: sa.Connection, key: str, named: set[str], *, restricted: bool) -> None:
    table, document = tables.document_reader, tables.document
    connection.execute(document.update().where(document.c.id == key).values(restricted=restricted))
    connection.execute(table.delete().where(table.c.document == key))
    for one in sorted(named):
        connection.execute(table.insert().values(document=key, user=one))


def _take_back(connection: sa.Connection, row: sa.RowMapping, readers: set[str]) -> None:
    """Whoever proofreads it and may read it no more holds it no more."""
    if row["state"] == "in-review" and row["held_by"] is not None and row["held_by"] not in readers:
        store.change_document(
            connection, row["id"], version=row["version"], state="to-review", held_by=None, held_until=None
        )
