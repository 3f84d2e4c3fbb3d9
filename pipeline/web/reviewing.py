"""The review page and what is done on it: take, save, finish. The page gets everything it needs as one JSON object."""

import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from pipeline import errors, review
from pipeline.access import Actor, may
from pipeline.people import doctors
from pipeline.practice import Practice
from pipeline.review import Opened
from pipeline.sound import remarks
from pipeline.typography import typeset
from pipeline.web import patients, privacy, sent, wording
from pipeline.web.desk import desk, shown
from pipeline.web.worklist import kind_labels
from vocab.flag import Flag


async def take(request: Request, actor: Actor) -> Response:
    """Take the document (or take over from who holds it) and come back to its page."""
    form, key = await request.form(), request.path_params["id"]
    over = form.get("over") == "1"
    await run_in_threadpool(review.take, desk(request).practice, actor, key, over=over)
    return RedirectResponse(f"/documents/{key}", 303)


async def save(request: Request, actor: Actor) -> Response:
    """Keep the text and the places said right, unless someone saved since."""
    version, body = sent.version(request), await sent.read(request, sent.Saved)
    new = await run_in_threadpool(
        review.save, desk(request).practice, actor, request.path_params["id"], version=version,
        text=sent.text(body.text), heard=frozenset(body.heard),
    )  # fmt: skip
    return JSONResponse({"version": new})


async def dictated_by(request: Request, actor: Actor) -> Response:
    """Say who dictated, when the folder did not, and come back to the page."""
    form, key = await request.form(), request.path_params["id"]
    await run_in_threadpool(_dictated_by, desk(request).practice, actor, key, str(form.get("doctor", "")))
    return RedirectResponse(f"/documents/{key}", 303)


def _dictated_by(practice: Practice, actor: Actor, key: str, doctor: str) -> None:
    version = review.show(practice, actor, key).row["version"]
    review.choose_doctor(practice, actor, key, version=version, doctor=doctor)


async def finish(request: Request, actor: Actor) -> Response:
    """End the proofreading; the engine lays the document out."""
    at, key, version = desk(request), request.path_params["id"], sent.version(request)
    await run_in_threadpool(review.finish, at.practice, actor, key, version=version, submit=at.submit)
    return JSONResponse({"next": "/"})


def page(request: Request, actor: Actor, opened: Opened) -> Response:
    """The review page of a document: editable when this person holds it, else to be read."""
    practice, row = desk(request).practice, opened.row
    editable = row["state"] == "in-review" and row["held_by"] == actor.id
    return shown(
        request,
        "review.html",
        row=row,
        opened=opened,
        editable=editable,
        takeable=row["state"] in review.TO_REVIEW and may(actor, "review.take", row),
        under_way=row["state"] == "preparing",
        holder=opened.holder if row["held_by"] != actor.id else "",
        state=wording.state(row["state"], opened.holder),
        kind=wording.kind(row["kind"], kind_labels(practice).items()),
        reason=errors.reason(row["reason"]),
        doctors=doctors.listing(practice, actor, former=False) if editable and _may_say_who(actor, opened) else (),
        privacy=privacy.card(practice, actor, row),
        recording=_recording(practice, opened),
        data=_data(practice, opened, editable=editable),
    )


def _recording(practice: Practice, opened: Opened) -> dict[str, Any]:
    """What is worth knowing of the recording: when it was dictated, what its dictaphone says, how it sounds."""
    row = opened.recording
    return {
        "dictated": wording.dictated(row["recorded"], row["job"], zone=practice.settings.zone),
        "comment": row["comment"],
        "remarks": remarks.sentences(json.loads(row["remarks"])),
    }


def _may_say_who(actor: Actor, opened: Opened) -> bool:
    """A secretary mends a wrong folder; a doctor only says whose a recording is when nobody knows."""
    return opened.row["doctor"] is None or (actor.role == "secretary" and not opened.row["restricted"])


def _data(practice: Practice, opened: Opened, *, editable: bool) -> dict[str, Any]:
    """What the page's script starts from; offsets are code points in `before`."""
    letter = opened.review.checked.letter
    return {
        "id": opened.row["id"],
        "version": opened.row["version"],
        "editable": editable,
        "before": letter.text,
        "flags": [_flag(flag) for flag in opened.review.checked.flags],
        "spans": [
            {"start": one.start, "end": one.end, "seconds": one.seconds, "probability": one.probability}
            for one in letter.spans
        ],
        "heard": [settled.flag for settled in opened.review.settled if settled.how == "heard"],
        "duration": opened.recording["seconds"] or 0,
        "peaks": json.loads(opened.recording["peaks"] or "[]"),
        "patient": patients.person(opened.patient) if opened.patient else None,
        "candidates": [patients.candidate(one) for one in opened.candidates],
        "spoken": {
            "family_name": letter.patient.family_name,
            "given_name": letter.patient.given_name,
            "born": wording.born(letter.patient.birth_date),
        },
        "doctor_missing": opened.row["doctor"] is None,
        "notes": [typeset(note) for note in letter.notes],
    }


def _flag(flag: Flag) -> dict[str, Any]:
    return {
        "start": flag.start,
        "end": flag.end,
        "text": flag.text,
        "reason": typeset(flag.reason),
        "severity": flag.severity,
        "suggestions": flag.suggestions,
        "seconds": flag.seconds,
    }
