"""The work list: what waits for whom, the most pressing first, and what is done there.

Knows nothing of what a document says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline import arrival, glass, kinds, review, status, store
from pipeline.access import CARE, Actor, may
from pipeline.errors import AccessDenied, CopisteError, NotFound
from pipeline.people import dictaphones
from pipeline.practice import Practice
from pipeline.web import queue, troubles, wording
from pipeline.web.desk import desk, shown

GROUPS = (
    ("relire", "À relire", ("to-review", "in-review", "waiting", "to-correct")),
    ("signer", "À signer", ("to-sign", "paper")),
    ("cours", "Mise en forme", ("preparing", "signed")),
)
LONGEST_PASSWORD = 200
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
class Tried:
    """The file somebody just tried something with, and why it did not go."""

    id: str = ""
    sentence: str = ""


NOTHING_TRIED = Tried()


async def page(request: Request, actor: Actor) -> Response:
    """What this person has to do."""
    return await _page(request, actor)


async def _page(request: Request, actor: Actor, *, tried: Tried = NOTHING_TRIED, code: int = 200) -> Response:
    found = await run_in_threadpool(_found, desk(request).practice, actor)
    return shown(
        request, "list.html", status=code, **found, tried=tried, opens=may(actor, "access.break"),
        deputies=actor.role in CARE, drops=may(actor, "dictation.drop"), absences=may(actor, "absences.see"),
    )  # fmt: skip


def _found(practice: Practice, actor: Actor) -> dict[str, Any]:
    """All that the page shows; the documents first, since that is what writes who saw it."""
    groups = _groups(practice, actor)
    return {
        "groups": groups,
        "files": troubles.files(practice, actor),
        "redrops": troubles.redrops(practice, actor),
        "most": troubles.SHOWN,
        "queue": queue.shown(practice, actor),
        "breaks": _told(practice, actor),
        "notices": status.notices(practice, actor, queue.at_work(practice)),
    }


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
    """Try a recording again, or have one transcribed that waited for a person to say so."""
    at, key = desk(request), request.path_params["id"]
    return await _tried(request, actor, partial(arrival.resume, at.practice, actor, key, at.submit))


async def unlock(request: Request, actor: Actor) -> Response:
    """Give the password of a protected recording; those of the same doctor go on too."""
    at, key, sent = desk(request), request.path_params["id"], await request.form()
    password = str(sent.get("password", ""))[:LONGEST_PASSWORD]
    return await _tried(
        request, actor, partial(dictaphones.unlock, at.practice, actor, key, password, at.submit)
    )  # fmt: skip


async def _tried(request: Request, actor: Actor, act: Callable[[], object]) -> Response:
    """Do it; what cannot be done is said beside the file, on the list. A file out of reach does not exist."""
    try:
        await run_in_threadpool(act)
    except (AccessDenied, NotFound):
        raise
    except CopisteError as error:
        return await _page(request, actor, tried=Tried(id=request.path_params["id"], sentence=error.advice), code=422)
    return RedirectResponse("/", 303)


async def dismiss(request: Request, actor: Actor) -> Response:
    """Take a file off the list once it was dealt with."""
    await run_in_threadpool(arrival.dismiss, desk(request).practice, actor, request.path_params["id"])
    return RedirectResponse("/", 303)


async def seen(request: Request, actor: Actor) -> Response:
    """Say that a recording dropped again is known."""
    await run_in_threadpool(arrival.seen, desk(request).practice, actor, request.path_params["id"])
    return RedirectResponse("/", 303)


def _groups(practice: Practice, actor: Actor) -> list[Group]:
    now, labels = store.now(), kind_labels(practice)
    listed = review.listing(practice, actor)
    with practice.look() as connection:
        waiting = store.documents(connection, states=("to-sign",))
    signs = {row["id"] for row in waiting if may(actor, "document.sign", row)}
    return _grouped(actor, [_line(practice, row, now, labels, signs=row["id"] in signs) for row in listed])


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
