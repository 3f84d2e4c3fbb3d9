"""Who stands in for whom, until when: a doctor's own delegations, made and ended on one page. Thin calls."""

from datetime import date
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline.access import Actor, may
from pipeline.people import deputies
from pipeline.practice import Practice
from pipeline.web.desk import desk, shown
from pipeline.web.failures import BadRequest


async def page(request: Request, actor: Actor) -> Response:
    """Every delegation that runs or will, and the form of a doctor's own."""
    return await _page(request, actor)


async def add(request: Request, actor: Actor) -> Response:
    """Let someone stand in for the doctor who asks."""
    sent, practice = await request.form(), desk(request).practice
    try:
        await run_in_threadpool(
            deputies.add, practice, actor, deputy=str(sent.get("deputy", "")), principal=actor.doctor or "",
            begins=_day(str(sent.get("begins", ""))), until=_day(str(sent.get("until", ""))),
            signs=sent.get("signs") == "1",
        )  # fmt: skip
    except deputies.BadDeputy as error:
        return await _page(request, actor, refused=error.advice, status=422)
    return RedirectResponse("/remplacements", 303)


async def end(request: Request, actor: Actor) -> Response:
    """End a delegation at once."""
    await run_in_threadpool(deputies.end, desk(request).practice, actor, request.path_params["id"])
    return RedirectResponse("/remplacements", 303)


async def _page(request: Request, actor: Actor, *, refused: str = "", status: int = 200) -> Response:
    known, people = await run_in_threadpool(_known, desk(request).practice, actor)
    return shown(request, "deputies.html", status=status, known=known, people=people, refused=refused)


def _known(practice: Practice, actor: Actor) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    found = [one for one in deputies.listing(practice, actor) if one["running"] or one["to_come"]]
    for one in found:
        one["mine"] = may(actor, "deputies.end", one)
        one["days"] = tuple(f"{date.fromisoformat(one[name]):%d/%m/%Y}" for name in ("begins", "until"))
    if not may(actor, "deputies.manage"):
        return found, []
    with practice.look() as connection:
        return found, deputies.possible(connection, actor.doctor)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise BadRequest("bad date", status=422, advice="Donnez le premier et le dernier jour.") from None
