"""The work list: what waits for whom, the most pressing first. Knows nothing of what a document says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline import arrival, glass, kinds, review, store
from pipeline.access import CARE, Actor, may
from pipeline.errors import advice
from pipeline.practice import Practice
from pipeline.web import wording
from pipeline.web.desk import desk, shown

GROUPS = (
    ("relire", "À relire", ("to-review", "in-review", "waiting", "to-correct")),
    ("signer", "À signer", ("to-sign", "paper")),
    ("cours", "Mise en forme", ("preparing", "signed")),
)
BY_ROLE = dict.fromkeys(CARE, ("signer", "relire", "cours"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A document in the list, as people read it."""

    id: str
    state: str
    label: str
    kind: str
    doctor: str
    patient: str
    born: str
    due: str
    late: bool
    to_check: str
    act: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Documents that wait for the same thing."""

    id: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A file that could not be taken, and what to do."""

    id: str
    resumable: bool
    """Whether the recording is kept, so that it can be tried again."""
    name: str
    doctor: str
    reason: str


async def page(request: Request, actor: Actor) -> Response:
    """What this person has to do."""
    practice = desk(request).practice
    groups, troubles, listening = await run_in_threadpool(_work, practice, actor)
    breaks = await run_in_threadpool(_told, practice, actor)
    return shown(
        request, "list.html", groups=groups, troubles=troubles, listening=listening, breaks=breaks,
        opens=may(actor, "access.break"), deputies=actor.role in CARE,
    )  # fmt: skip


def _told(practice: Practice, actor: Actor) -> list[dict[str, str]]:
    """Exceptional accesses to what concerns this doctor's patients."""
    zone = practice.settings.zone
    return [
        {
            "who": one.name,
            "patient": one.label,
            "when": wording.moment(one.at, zone=zone),
            "reason": one.reason,
        }
        for one in glass.told(practice, actor)
    ]


async def resume(request: Request, actor: Actor) -> Response:
    """Try again a recording whose transcription failed."""
    at, key = desk(request), request.path_params["id"]
    await run_in_threadpool(arrival.resume, at.practice, actor, key, at.submit)
    return RedirectResponse("/", 303)


async def dismiss(request: Request, actor: Actor) -> Response:
    """Take a file off the list once it was dealt with."""
    await run_in_threadpool(arrival.dismiss, desk(request).practice, actor, request.path_params["id"])
    return RedirectResponse("/", 303)


def _work(practice: Practice, actor: Actor) -> tuple[list[Group], list[Trouble], int]:
    now, labels = store.now(), kind_labels(practice)
    listed = review.listing(practice, actor)
    with practice.look() as connection:
        sounds = [dict(row) for row in store.dictations(connection)]
        waiting = store.documents(connection, states=("to-sign",))
    signs = {row["id"] for row in waiting if may(actor, "document.sign", row)}
    lines = [_line(practice, row, now, labels, signs=row["id"] in signs) for row in listed]
    mine = [row for row in sounds if may(actor, "review.list", row)]
    troubles = [
        Trouble(
            id=row["id"],
            resumable=bool(row["audio"]),
            name=row["name"],
            doctor=row["doctor_name"] or "",
            reason=advice(row["reason"]),
        )
        for row in mine
        if row["state"] == "refused-file"
    ]
    return _grouped(actor, lines), troubles, len(mine) - len(troubles)


def _grouped(actor: Actor, lines: list[Line]) -> list[Group]:
    order = BY_ROLE.get(actor.role, tuple(key for key, _, _ in GROUPS))
    known = {key: (title, states) for key, title, states in GROUPS}
    found = [
        Group(id=key, title=known[key][0], lines=tuple(line for line in lines if line.state in known[key][1]))
        for key in order
    ]
    return [group for group in found if group.lines]


def _line(practice: Practice, row: dict[str, Any], now: datetime, labels: dict[str, str], *, signs: bool) -> Line:
    when = datetime.fromisoformat(row["due"])
    name, born = wording.named(row["patient"])
    return Line(
        id=row["id"],
        state=row["state"],
        label=wording.state(row["state"], row["held_by"]),
        kind=wording.kind(row["kind"], labels.items()),
        doctor=row["doctor"],
        patient=name,
        born=born,
        due=wording.due(when, now=now, zone=practice.settings.zone),
        late=when < now,
        to_check=wording.to_check(row["to_check"]),
        act=_act(row["state"], signs=signs),
    )


def _act(state: str, *, signs: bool) -> str:
    if state == "to-sign":
        return "Signer" if signs else "Voir"
    return "Ouvrir" if state in review.TO_REVIEW else "Voir"


def kind_labels(practice: Practice) -> dict[str, str]:
    """The French label of each kind."""
    return {kind.name: kind.label for kind in kinds.usable([practice.place("templates")])}
