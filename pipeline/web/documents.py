"""One document: the review page while it is proofread, else its PDF, to be read, signed or sent back."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline import review
from pipeline.access import Actor, may
from pipeline.errors import SigningRefused
from pipeline.review import Opened
from pipeline.web import privacy, reviewing, wording
from pipeline.web.desk import desk, shown
from pipeline.web.failures import BadRequest
from pipeline.web.protection import FRAMED
from pipeline.web.worklist import kind_labels

LONGEST_REASON = 500


async def page(request: Request, actor: Actor) -> Response:
    """The document as this person may work on it now."""
    key = request.path_params["id"]
    opened = await run_in_threadpool(review.show, desk(request).practice, actor, key)
    if opened.row["state"] in (*review.TO_REVIEW, "preparing"):
        return reviewing.page(request, actor, opened)
    return _page(request, actor, opened)


async def pdf(request: Request, actor: Actor) -> Response:
    """The PDF, shown inside our page only."""
    key = request.path_params["id"]
    data = await run_in_threadpool(review.pdf, desk(request).practice, actor, key)
    headers = {"Content-Disposition": f'inline; filename="{key}.pdf"', **FRAMED}
    return Response(data, media_type="application/pdf", headers=headers)


async def give_back(request: Request, actor: Actor) -> Response:
    """Put the document back in the list, or send it to be corrected with the reason why."""
    sent = await request.form()
    reason = " ".join(str(sent.get("reason", "")).split())[:LONGEST_REASON]
    practice, key = desk(request).practice, request.path_params["id"]
    await run_in_threadpool(review.give_back, practice, actor, key, reason=reason)
    return RedirectResponse("/", 303)


async def sign(request: Request, actor: Actor) -> Response:
    """Sign what the doctor has before their eyes: this very version, no other."""
    sent, at, key = await request.form(), desk(request), request.path_params["id"]
    try:
        await run_in_threadpool(
            review.sign, at.practice, actor, key, signature=at.signature(str(sent.get("code", ""))),
            submit=at.submit, version=_version(str(sent.get("version", ""))),
        )  # fmt: skip
    except SigningRefused as error:
        opened = await run_in_threadpool(review.show, at.practice, actor, key)
        return _page(request, actor, opened, refused=error.advice)
    return RedirectResponse("/", 303)


async def sign_instead(request: Request, actor: Actor) -> Response:
    """Have the document prepared in the name of who asks, then come back to its page."""
    sent, at, key = await request.form(), desk(request), request.path_params["id"]
    version = _version(str(sent.get("version", "")))
    await run_in_threadpool(review.sign_instead, at.practice, actor, key, version=version, submit=at.submit)
    return RedirectResponse(f"/documents/{key}", 303)


def _page(request: Request, actor: Actor, opened: Opened, *, refused: str = "") -> Response:
    row = opened.row
    signing = row["state"] == "to-sign" and may(actor, "document.sign", row)
    return shown(
        request,
        "document.html",
        status=422 if refused else 200,
        row=row,
        opened=opened,
        state=wording.state(row["state"]),
        kind=wording.kind(row["kind"], kind_labels(desk(request).practice).items()),
        born=wording.born(opened.patient.birth_date) if opened.patient else "",
        has_pdf=bool(row["pdf"] or row["signed"]),
        signing=signing,
        named=(row["signatory"] or row["doctor"]) == actor.doctor,
        signatory=opened.signatory or opened.doctor,
        refused=refused,
        privacy=privacy.card(desk(request).practice, actor, row),
    )


def _version(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) < 10):
        raise BadRequest("no version", status=428)
    return int(written)
