"""The patient of a document: search the register, choose, add someone. Homonyms are always shown apart.

A name never travels in an address, so a search is posted.
"""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from archive.errors import PatientConflict
from archive.patients import Candidate
from archive.patients import same_person as namesakes
from archive.records import Patient
from pipeline import register, review, trace
from pipeline.access import Actor
from pipeline.practice import Practice
from pipeline.typography import typeset
from pipeline.web import sent, wording
from pipeline.web.desk import desk
from pipeline.web.failures import BadRequest

NAMESAKE = "Une personne du même nom est déjà dans le fichier. Est-ce elle ?"


async def choose(request: Request, actor: Actor) -> Response:
    """Say which patient of the register this document is about."""
    version, body = sent.version(request), await sent.read(request, sent.Chosen)
    new = await run_in_threadpool(
        review.choose_patient, desk(request).practice, actor, request.path_params["id"], version=version,
        patient=body.patient,
    )  # fmt: skip
    return JSONResponse({"version": new})


async def search(request: Request, actor: Actor) -> Response:
    """People of the register whose name or birth date is like these words."""
    body = await sent.read(request, sent.Searched)
    words = body.words.strip()[:200]
    found = await run_in_threadpool(register.find_patients, desk(request).practice, actor, words) if words else []
    return JSONResponse({"patients": [person(one) for one in found]})


async def create(request: Request, actor: Actor) -> Response:
    """Add someone to the register; a namesake is shown first, and only a person says that they are two."""
    body = await sent.read(request, sent.Newcomer)
    family, given, born = body.family_name.strip(), body.given_name.strip(), sent.birth_date(body.born)
    if not family or not given:
        raise BadRequest("no name", status=422, advice="Indiquez le nom et le prénom.")
    practice = desk(request).practice
    try:
        added = await run_in_threadpool(
            register.add_patient, practice, actor, family_name=family, given_name=given, birth_date=born,
            sex=body.sex, apart=body.apart,
        )  # fmt: skip
    except PatientConflict:
        alike = await run_in_threadpool(_alike, practice, actor, family, given, body.born)
        return JSONResponse({"advice": typeset(NAMESAKE), "candidates": alike}, 409)
    return JSONResponse({"patient": person(added)}, 201)


def _alike(practice: Practice, actor: Actor, family: str, given: str, born: str) -> list[dict[str, Any]]:
    with practice.look() as connection:
        found = namesakes(connection, family, given, sent.birth_date(born))
    trace.saw_each(practice, actor, "patients.find", [(one.patient.id, one.patient.id) for one in found])
    return [candidate(one) for one in found]


def person(patient: Patient) -> dict[str, Any]:
    """A patient for the page: the name and, apart, the birth date that tells namesakes apart."""
    return {
        "id": patient.id,
        "name": f"{patient.family_name.upper()} {patient.given_name}".strip(),
        "family_name": patient.family_name,
        "given_name": patient.given_name,
        "born": wording.born(patient.birth_date),
    }


def candidate(found: Candidate) -> dict[str, Any]:
    """Someone who may be the person of the text, and why."""
    return {**person(found.patient), "why": typeset(found.why), "exact": found.exact}
