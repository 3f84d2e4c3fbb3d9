"""Dropping dictations from a page or a phone: the page, and what is answered for each file. Thin calls to `arrival`.

« Reçue » is said once the row and the job are written, and of the very bytes that came, never before.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import anyio
import anyio.to_thread
import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pipeline import arrival, disk, inbox, tables
from pipeline.access import CARE, Actor, may, require
from pipeline.discretion import where
from pipeline.errors import advice, known
from pipeline.people import doctors
from pipeline.practice import Practice, Submit
from pipeline.typography import typeset
from pipeline.web import wording
from pipeline.web.desk import desk, shown
from pipeline.web.protection import RECORDING
from pipeline.web.receiving import FULL, Form, SendingRefused, Sent, Turns, received

TAKEN_AT_ONCE = 2
"""How many recordings are read and copied at the same time."""
COPIES = 3
"""What a recording takes on the disks while it is taken: as it arrives, its copy in `taken/`, its encrypted object."""
NOBODY = "-"
"""What the page sends for « médecin à préciser »."""
SOUNDS = (
    "audio/*,video/mp4,video/webm,video/3gpp,application/octet-stream,.wav,.mp3,.m4a,.aac,.ogg,.oga,.opus,.wma,.flac,"
    ".amr,.3gp,.aiff,.caf,.webm,.dss,.ds2"
)
"""What a phone or a computer offers to choose; « octet-stream » is how phones call a DS2."""
LATER = "Cet enregistrement n'a pas pu être pris pour l'instant : gardez-le et envoyez-le à nouveau dans un moment."
NO_FILE = "Aucun fichier n'a été choisi."
NO_DOCTOR = "Choisissez le médecin qui a dicté : rien n'a été pris."

log = logging.getLogger(__name__)

State = Literal["received", "known", "aside", "refused", "later"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a file, as its sender reads it.

    *received*; *known*: it had been before; *aside*: it is kept, and a person must decide; *refused*; *later*: send
    it again. The first three alone mean that the practice has it, with this SHA-256.
    """

    name: str
    state: State
    sentence: str
    sha256: str = ""


async def page(request: Request, actor: Actor) -> Response:
    """Where dictations are dropped and recorded."""
    return await _page(request, actor)


async def send(request: Request, actor: Actor) -> Response:
    """Take the files of a form; a script is answered in JSON."""
    at, turns = desk(request), _turns(request)
    await run_in_threadpool(_require_room, at.practice, int(request.headers["content-length"]))
    async with turns.receiving.turn(actor.id), received(request, at.practice.place("tmp")) as form:
        doctor = _doctor(form, actor, await run_in_threadpool(_offered, at.practice, actor))
        answers = []
        for file in form.files:
            take = partial(_answered, at.practice, actor, file, doctor=doctor, submit=at.submit)
            answers.append(await anyio.to_thread.run_sync(take, limiter=turns.taking))
    if request.headers.get("accept", "").startswith("application/json"):
        return _told(answers)
    return await _page(request, actor, answers=answers, chosen=doctor or NOBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turns:
    receiving: Turns
    taking: anyio.CapacityLimiter


def _turns(request: Request) -> _Turns:
    """Shared by all requests of this application."""
    state = request.app.state
    if not hasattr(state, "turns"):
        state.turns = _Turns(receiving=Turns(), taking=anyio.CapacityLimiter(TAKEN_AT_ONCE))
    found: _Turns = state.turns
    return found


def _require_room(practice: Practice, size: int) -> None:
    """SendingRefused when what comes, and its copies, would leave less room than the settings want kept."""
    needed = practice.settings.storage.reserve_megabytes + COPIES * size / disk.MEGABYTE
    if disk.is_short(practice.disks, reserve_megabytes=int(needed)):
        raise SendingRefused("short of room", advice=FULL, status=507)


def _doctor(form: Form, actor: Actor, offered: list[dict[str, Any]]) -> str | None:
    """Whose dictation it is, by the form; None for a doctor to be said later.

    AccessDenied for a doctor this person does not work for; SendingRefused without a file or a doctor of now.
    """
    if not form.files:
        raise SendingRefused("no file", advice=NO_FILE, status=422)
    said = form.fields.get("doctor", "")
    if not said:
        raise SendingRefused("no doctor", advice=NO_DOCTOR, status=422)
    doctor = None if said == NOBODY else said
    require(actor, "dictation.drop", {"doctor": doctor})
    if doctor is not None and doctor not in {one["id"] for one in offered}:
        raise SendingRefused("unknown doctor", advice=NO_DOCTOR, status=422)
    return doctor


# --- what became of a file --------------------------------------------------------------------------------------------


def _answered(practice: Practice, actor: Actor, file: Sent, *, doctor: str | None, submit: Submit) -> Answer:
    """Take a file and say what became of it; what goes wrong with one does not hide what became of the others."""
    try:
        outcome = arrival.drop(practice, actor, file.path, name=file.name, doctor=doctor, submit=submit)
        return _answer(practice, actor, file, outcome, doctor=doctor)
    except Exception as error:
        log.warning("a recording sent from a page was not taken: %s", where(error))
        ours = known(error)
        if ours is not None and not ours.retry:
            return Answer(name=file.name, state="refused", sentence=ours.advice)
        return _later(practice, file)


def _answer(practice: Practice, actor: Actor, file: Sent, outcome: inbox.Outcome, *, doctor: str | None) -> Answer:
    row = _row(practice, outcome.id)
    if row is None or row["sha256"] != file.sha256:
        if outcome.state == "refused":
            return Answer(name=file.name, state="refused", sentence=outcome.reason)
        return _later(practice, file)
    when = wording.moment(row["received"], zone=practice.settings.zone)
    before = f"Déjà reçue {when}{_elsewhere(actor, row, doctor)}" if outcome.state == "known" else "Reçue"
    if row["state"] == "refused-file":
        sentence = f"{before} et gardée, mais pas encore transcrite. {advice(row['reason'])}"
        return Answer(name=file.name, state="aside", sentence=sentence, sha256=file.sha256)
    if outcome.state == "known":
        sentence = f"{before} : elle n'a pas été doublée."
        return Answer(name=file.name, state="known", sentence=sentence, sha256=file.sha256)
    return Answer(name=file.name, state="received", sentence=_received(row), sha256=file.sha256)


def _later(practice: Practice, file: Sent) -> Answer:
    return Answer(name=file.name, state="later", sentence=FULL if practice.is_short_of_room() else LATER)


def _elsewhere(actor: Actor, row: sa.RowMapping, doctor: str | None) -> str:
    """Whose it already was, when that is not for whom it was dropped now: it stays so. By name for who reaches it."""
    if row["doctor"] in (None, doctor):
        return ""
    named = may(actor, "review.list", row)
    return f" pour {doctors.printed(row['title'], row['doctor_name'])}" if named else " pour un autre médecin"


def _received(row: sa.RowMapping) -> str:
    """Whose it became, for who chose the wrong doctor."""
    if row["doctor_name"] is None:
        return "Reçue ; le médecin reste à préciser."
    return f"Reçue, pour {doctors.printed(row['title'], row['doctor_name'])}."


def _row(practice: Practice, key: str) -> sa.RowMapping | None:
    """The dictation as it is committed."""
    table, whose = tables.dictation, tables.doctor
    columns = (table.c.id, table.c.sha256, table.c.state, table.c.reason, table.c.received, table.c.doctor)
    asked = sa.select(*columns, whose.c.title, whose.c.name.label("doctor_name"))
    asked = asked.outerjoin_from(table, whose, whose.c.id == table.c.doctor).where(table.c.id == key)
    with practice.look() as connection:
        return connection.execute(asked).mappings().first()


def _told(answers: Sequence[Answer]) -> Response:
    said = [
        {"name": one.name, "state": one.state, "sentence": typeset(one.sentence), "sha256": one.sha256}
        for one in answers
    ]
    return JSONResponse({"files": said}, _status(answers))


# --- the page ---------------------------------------------------------------------------------------------------------


async def _page(request: Request, actor: Actor, *, answers: Sequence[Answer] = (), chosen: str = "") -> Response:
    practice = desk(request).practice
    offered, megabytes = await run_in_threadpool(_offered, practice, actor), practice.settings.intake.max_megabytes
    response = shown(
        request,
        "deposer.html",
        status=_status(answers),
        doctors=offered,
        everyone=may(actor, "dictation.drop", {"doctor": None}),
        chosen=chosen or (offered[0]["id"] if actor.role in CARE and offered else ""),
        nobody=NOBODY,
        megabytes=megabytes,
        limit=f"{megabytes:,} Mo au plus par envoi.".replace(",", "\N{NARROW NO-BREAK SPACE}"),
        sounds=SOUNDS,
        answers=answers,
    )
    response.headers.update(RECORDING)
    return response


def _status(answers: Sequence[Answer]) -> int:
    return 503 if any(one.state == "later" for one in answers) else 200


def _offered(practice: Practice, actor: Actor) -> list[dict[str, Any]]:
    """Whose dictations this person may drop: one's own first, then by name."""
    with practice.look() as connection:
        rows = connection.execute(sa.select(tables.doctor).where(tables.doctor.c.active)).mappings().all()
    mine = [row for row in rows if may(actor, "dictation.drop", {"doctor": row["id"]})]
    mine.sort(key=lambda row: (row["id"] != actor.doctor, row["name"]))
    return [{"id": row["id"], "label": doctors.printed(row["title"], row["name"])} for row in mine]
