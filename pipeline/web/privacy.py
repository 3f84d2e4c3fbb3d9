"""What the doctor of a document decides of it: who reads it; and what they are told: who did. Thin calls."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline import restriction, store, tables, trace
from pipeline.access import Actor, may
from pipeline.errors import NotFound
from pipeline.practice import Practice
from pipeline.web.desk import desk, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a page says of who reads a document."""

    own: bool
    restricted: bool
    readers: tuple[str, ...] = ()
    """Logins of those named."""
    people: tuple[dict[str, str], ...] = ()
    """Whom the doctor can name."""


def card(practice: Practice, actor: Actor, row: sa.RowMapping) -> Card:
    """The card of a document: for its doctor everything, for others only whether it is restricted."""
    if not may(actor, "access.restrict", row):
        return Card(own=False, restricted=row["restricted"])
    named = restriction.readers(practice, actor, row["id"])
    with practice.look() as connection:
        people = restriction.possible_readers(connection, actor)
    return Card(
        own=True, restricted=row["restricted"], readers=tuple(one["login"] for one in named), people=tuple(people)
    )


async def restrict(request: Request, actor: Actor) -> Response:
    """Keep the document for its doctor and those checked."""
    sent, key = await request.form(), request.path_params["id"]
    readers = tuple(str(one) for one in sent.getlist("reader"))
    await run_in_threadpool(restriction.restrict, desk(request).practice, actor, key, readers=readers)
    return RedirectResponse(f"/documents/{key}", 303)


async def unrestrict(request: Request, actor: Actor) -> Response:
    """Give the document back to those who ordinarily see it."""
    key = request.path_params["id"]
    await run_in_threadpool(restriction.unrestrict, desk(request).practice, actor, key)
    return RedirectResponse(f"/documents/{key}", 303)


async def readers(request: Request, actor: Actor) -> Response:
    """Who saw the document, for its doctor."""
    key = request.path_params["id"]
    lines = await run_in_threadpool(_lines, desk(request).practice, actor, key)
    return shown(request, "readers.html", key=key, lines=lines)


def _lines(practice: Practice, actor: Actor, key: str) -> list[dict[str, Any]]:
    with practice.look() as connection:
        row = store.one(connection, tables.document, key)
    if not may(actor, "access.log", row):
        raise NotFound(f"no document {key!r} for {actor.id}")
    trace.saw(practice, actor, "access.log", subject=key, patient=row["patient"])
    zone = practice.settings.zone
    return [
        {
            "when": f"{datetime.fromisoformat(line['at']).astimezone(zone):%d/%m/%Y à %H:%M}",
            "name": line["name"] or line["account"],
            "what": trace.label(line["action"]),
        }
        for line in trace.log(practice, actor, document=key)
    ]
