"""Exceptional access: find the patient, say why, read what concerns them. A name never travels in an address."""

from collections.abc import Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline import glass, register, trace
from pipeline.access import Actor
from pipeline.glass import Break
from pipeline.practice import Practice
from pipeline.web import patients, wording
from pipeline.web.desk import desk, shown
from pipeline.web.failures import BadRequest
from pipeline.web.worklist import kind_labels

LONGEST_WORDS = 200


async def page(request: Request, actor: Actor) -> Response:
    """What this person has opened, and how to open more."""
    return await _page(request, actor)


async def search(request: Request, actor: Actor) -> Response:
    """The page with the people of the register who answer these words."""
    sent = await request.form()
    words = str(sent.get("words", "")).strip()[:LONGEST_WORDS]
    practice = desk(request).practice
    found = await run_in_threadpool(register.find_patients, practice, actor, words) if words else []
    return await _page(request, actor, words=words, found=[patients.person(one) for one in found])


async def open_for(request: Request, actor: Actor) -> Response:
    """Open what concerns a patient, for the reason given."""
    sent, practice = await request.form(), desk(request).practice
    patient, reason = str(sent.get("patient", "")), str(sent.get("reason", ""))
    if not patient:
        raise BadRequest("no patient", status=422, advice="Choisissez d'abord le patient.")
    try:
        await run_in_threadpool(glass.open_for, practice, actor, patient, reason=reason)
    except glass.NoReason as error:
        return await _page(request, actor, refused=error.advice, status=422)
    return RedirectResponse("/acces", 303)


async def _page(
    request: Request, actor: Actor, *, words: str = "", found: Sequence[dict[str, Any]] = (), refused: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    practice = desk(request).practice
    opened = await run_in_threadpool(_opened, practice, actor)
    hours = practice.settings.access.glass_hours
    return shown(
        request, "glass.html", status=status, opened=opened, words=words, found=found, refused=refused,
        hours=f"{hours:g}".replace(".", ","), least=glass.LEAST_REASON, most=glass.LONGEST_REASON,
    )  # fmt: skip


def _opened(practice: Practice, actor: Actor) -> list[dict[str, Any]]:
    """Each patient opened now, with their documents; a line of the log first."""
    latest = {one.patient: one for one in reversed(glass.standing(practice, actor))}
    seen = [("", one) for one in latest if one in actor.glass]
    if seen:
        trace.saw_each(practice, actor, "access.break", seen)
    return [_patient(practice, actor, one) for one in latest.values()]


def _patient(practice: Practice, actor: Actor, one: Break) -> dict[str, Any]:
    labels = kind_labels(practice)
    with practice.look() as connection:
        rows = glass.opened(connection, actor, one.patient)
    name, born = wording.named(one.label)
    return {
        "name": name,
        "born": born,
        "until": wording.hour(one.until.astimezone(practice.settings.zone)),
        "documents": [
            {
                "id": row["id"],
                "kind": wording.kind(row["kind"], labels.items()),
                "date": f"{row['written']:%d/%m/%Y}",
                "doctor": row["doctor_name"] or "",
                "state": row["state"],
                "label": wording.state(row["state"]),
            }
            for row in rows
        ],
    }
