"""Which secretary is away and who covers, who types for whom today: a secretary's own absences. Thin calls."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline import store
from pipeline.access import Actor, may
from pipeline.people import absences, pools
from pipeline.practice import Practice
from pipeline.web.desk import desk, shown

HOW = {"own": "", "pool": "pool", "cover": "remplace"}
"""How a secretary comes to type for a doctor, as people read it; her own doctors need no word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An absence as it was typed in the form, to be shown again when it is refused."""

    user: str = ""
    cover: str = ""
    begins: str = ""
    until: str = ""


async def page(request: Request, actor: Actor) -> Response:
    """The absences that run or will, who types today, and the form of a secretary's own."""
    today = store.now().astimezone(desk(request).practice.settings.zone).date()
    return await _page(request, actor, Asked(begins=today.isoformat()))


async def add(request: Request, actor: Actor) -> Response:
    """Write an absence: the own one of a secretary, anyone's for the archivist."""
    asked = _asked(await request.form(), actor)
    try:
        await run_in_threadpool(_add, desk(request).practice, actor, asked)
    except absences.BadAbsence as error:
        return await _page(request, actor, asked, refused=error.advice, status=422)
    return RedirectResponse("/absences", 303)


async def end(request: Request, actor: Actor) -> Response:
    """End an absence at once."""
    await run_in_threadpool(absences.end, desk(request).practice, actor, request.path_params["id"])
    return RedirectResponse("/absences", 303)


def _asked(sent: FormData, actor: Actor) -> Asked:
    given = {name: str(sent.get(name, ""))[:100] for name in ("user", "cover", "begins", "until")}
    return Asked(**given | {"user": given["user"] or actor.id})


def _add(practice: Practice, actor: Actor, asked: Asked) -> None:
    absences.add(
        practice, actor, user=asked.user, cover=asked.cover, begins=_day(asked.begins), until=_day(asked.until)
    )


async def _page(request: Request, actor: Actor, asked: Asked, *, refused: str = "", status: int = 200) -> Response:
    known, people, served = await run_in_threadpool(_known, desk(request).practice, actor)
    return shown(
        request, "absences.html", status=status, known=known, people=people, served=served, asked=asked,
        refused=refused, for_others=actor.role == "archivist", lists=may(actor, "review.list"),
    )  # fmt: skip


def _known(practice: Practice, actor: Actor) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """What the page shows: absences, who may be named in the form (nobody: no form), doctors and who types for them."""
    found = [one for one in absences.listing(practice, actor) if one["running"] or one["to_come"]]
    for one in found:
        one["mine"] = may(actor, "absences.manage", one)
        one["days"] = _days(one["begins"], one["until"])
    found.sort(key=lambda one: (one["begins"], one["name"]))
    served = [
        {"doctor": one.name, "typists": [(typist.name, HOW[typist.ways[0]]) for typist in one.typists]}
        for one in pools.today(practice, actor)
    ]
    if not may(actor, "absences.manage"):
        return found, [], served
    with practice.look() as connection:
        return found, absences.possible(connection), served


def _days(begins: str, until: str) -> str:
    """« du 14/12/2026 au 18/12/2026 », « le 14/12/2026 »: understood without the head of its column."""
    first, last = (f"{date.fromisoformat(day):%d/%m/%Y}" for day in (begins, until))
    return f"le {first}" if first == last else f"du {first} au {last}"


def _day(written: str) -> date:
    """A day as browsers send it, or as people type it where a browser has no calendar."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(written.strip(), form).date()
        except ValueError:
            continue
    raise absences.BadAbsence("bad date", advice="Donnez le premier et le dernier jour, comme 14/12/2026.")
