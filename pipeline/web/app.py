"""The pages in the browser: what answers at which address, and which right each address asks for. Start here.

Knows nothing of what the acts do: every route is a thin call to `pipeline.review`, `register` or `accounts`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from pipeline.practice import Practice, Submit
from pipeline.web import (
    absences,
    deputies,
    documents,
    dropping,
    glass,
    patients,
    privacy,
    reviewing,
    session,
    sound,
    worklist,
)
from pipeline.web.desk import Desk, Signature, templates
from pipeline.web.failures import handlers
from pipeline.web.protection import MOST_BYTES, Protection, allowed_names
from pipeline.web.session import Handler, guarded

HERE = Path(__file__).parent
PASSWORDS_AT_ONCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An address, how it is asked for, the right it needs (an action of access.py) and what answers."""

    path: str
    method: str
    action: str
    handler: Handler


PAGES: Sequence[Page] = (
    Page(path="/", method="GET", action="review.list", handler=worklist.page),
    Page(path="/documents/{id}", method="GET", action="review.show", handler=documents.page),
    Page(path="/documents/{id}/son", method="GET", action="review.listen", handler=sound.listen),
    Page(path="/documents/{id}/pdf", method="GET", action="document.read", handler=documents.pdf),
    Page(path="/documents/{id}/prendre", method="POST", action="review.take", handler=reviewing.take),
    Page(path="/documents/{id}/texte", method="PUT", action="review.save", handler=reviewing.save),
    Page(path="/documents/{id}/patient", method="POST", action="review.save", handler=patients.choose),
    Page(path="/documents/{id}/medecin", method="POST", action="review.save", handler=reviewing.dictated_by),
    Page(path="/documents/{id}/terminer", method="POST", action="review.finish", handler=reviewing.finish),
    Page(path="/documents/{id}/rendre", method="POST", action="review.return", handler=documents.give_back),
    Page(path="/documents/{id}/signer", method="POST", action="document.sign", handler=documents.sign),
    Page(path="/documents/{id}/a-mon-nom", method="POST", action="document.sign", handler=documents.sign_instead),
    Page(path="/documents/{id}/restreindre", method="POST", action="access.restrict", handler=privacy.restrict),
    Page(path="/documents/{id}/ouvrir", method="POST", action="access.restrict", handler=privacy.unrestrict),
    Page(path="/documents/{id}/consultations", method="GET", action="access.log", handler=privacy.readers),
    Page(path="/dictees/{id}/reprendre", method="POST", action="dictation.resume", handler=worklist.resume),
    Page(path="/dictees/{id}/retirer", method="POST", action="dictation.dismiss", handler=worklist.dismiss),
    Page(path="/dictees/{id}/mot-de-passe", method="POST", action="dictaphones.manage", handler=worklist.unlock),
    Page(path="/doublons/{id}/vu", method="POST", action="dictation.dismiss", handler=worklist.seen),
    Page(path="/deposer", method="GET", action="dictation.drop", handler=dropping.page),
    Page(path="/deposer", method="POST", action="dictation.drop", handler=dropping.send),
    Page(path="/patients/recherche", method="POST", action="patients.find", handler=patients.search),
    Page(path="/patients", method="POST", action="patients.add", handler=patients.create),
    Page(path="/acces", method="GET", action="access.break", handler=glass.page),
    Page(path="/acces/recherche", method="POST", action="access.break", handler=glass.search),
    Page(path="/acces", method="POST", action="access.break", handler=glass.open_for),
    Page(path="/remplacements", method="GET", action="deputies.see", handler=deputies.page),
    Page(path="/remplacements", method="POST", action="deputies.manage", handler=deputies.add),
    Page(path="/remplacements/{id}/finir", method="POST", action="deputies.end", handler=deputies.end),
    Page(path="/absences", method="GET", action="absences.see", handler=absences.page),
    Page(path="/absences", method="POST", action="absences.manage", handler=absences.add),
    Page(path="/absences/{id}/finir", method="POST", action="absences.manage", handler=absences.end),
)
"""Every page behind the login. A patient's name never travels in an address: searches are posted."""

OPEN: Sequence[Route] = (
    Route("/connexion", session.form, methods=["GET"]),
    Route("/connexion", session.log_in, methods=["POST"]),
    Route("/deconnexion", session.log_out, methods=["POST"]),
)
"""What answers without a session."""


def application(practice: Practice, *, submit: Submit, signature: Signature) -> Starlette:
    """The pages of a practice, as an ASGI application.

    `submit` hands a job to the engine; `signature`, given a doctor's signing code, gives what `review.sign` takes.
    """
    app = Starlette(
        routes=[
            *OPEN,
            *(Route(page.path, _endpoint(page), methods=[page.method]) for page in PAGES),
            Mount("/static", StaticFiles(directory=HERE / "static"), name="static"),
        ],
        middleware=[Middleware(Protection, names=allowed_names(practice.settings.web), largest=_largest(practice))],
        exception_handlers=handlers(),
    )
    app.state.desk = Desk(
        practice=practice, submit=submit, signature=signature, pages=templates(HERE / "pages"),
        logins=anyio.CapacityLimiter(PASSWORDS_AT_ONCE),
    )  # fmt: skip
    return app


def _largest(practice: Practice) -> dict[str, int]:
    """Recordings are larger than what other pages send; a form adds little to them."""
    return {"/deposer": practice.settings.intake.max_megabytes * 1_000_000 + MOST_BYTES}


def _endpoint(page: Page) -> Callable[..., object]:
    return guarded(page.handler, action=page.action)
