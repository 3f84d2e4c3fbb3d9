"""Errors as people meet them: a French page or a French sentence in JSON, and a log line without a word of a patient.

The log gets the code of an error of ours, or the kind of an unforeseen one and where it arose, never its message:
a database error quotes the row it was about.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import archive.errors
from pipeline.discretion import where
from pipeline.errors import AccessDenied, CopisteError, NotFound, Outdated, ReviewRefused, SigningRefused, known
from pipeline.restriction import NotAReader
from pipeline.typography import typeset
from pipeline.web.desk import shown

log = logging.getLogger(__name__)


class BadRequest(CopisteError):
    """What a page sent cannot be read."""

    code = "E065"
    exit_code = 65
    advice = "La page a envoyé quelque chose d'inattendu. Rechargez-la et recommencez."

    def __init__(self, message: str = "", *, advice: str = "", status: int = 400) -> None:
        super().__init__(message, advice=advice)
        self.status = status


class NoSession(CopisteError):
    """Nobody is logged in, or not any more."""

    code = "E067"
    exit_code = 67
    advice = "Votre connexion a expiré. Reconnectez-vous dans un autre onglet, puis continuez ici."


STATUS: tuple[tuple[type[Exception], int], ...] = (
    (NoSession, 401),
    (NotFound, 404),
    (archive.errors.PatientUnknown, 404),
    (archive.errors.PatientConflict, 409),
    (archive.errors.StoreFailed, 503),
    (AccessDenied, 403),
    (Outdated, 412),
    (ReviewRefused, 409),
    (SigningRefused, 422),
    (NotAReader, 422),
)


def handlers() -> Mapping[Any, Callable[..., Any]]:
    """Which errors are answered how, for Starlette."""
    return {CopisteError: _expected, archive.errors.ArchiveError: _expected, HTTPException: _unrouted}


def answer(request: Request, error: Exception) -> Response:
    """What the browser gets for an error: never a traceback, never a name."""
    ours = known(error) or CopisteError("unforeseen")
    status = getattr(error, "status", None) or next((code for kind, code in STATUS if isinstance(error, kind)), 500)
    if status >= 500:
        log.error("%s: %s", request.scope.get("method"), where(error))
    if request.headers.get("accept", "").startswith("application/json"):
        return JSONResponse({"code": ours.code, "advice": typeset(ours.advice)}, status)
    if isinstance(error, NoSession):
        return RedirectResponse(login_address(request), 303)
    return shown(request, "error.html", status=status, advice=ours.advice, code=ours.code)


def login_address(request: Request) -> str:
    """The login page, which comes back to the page that was asked for."""
    wanted = request.url.path if request.method == "GET" else "/"
    return "/connexion" if wanted == "/" else f"/connexion?suite={wanted}"


async def contained(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the application; what nobody foresaw is logged without its message and answered with a French page."""
    begun = False

    async def watched(message: Message) -> None:
        nonlocal begun
        begun = begun or message["type"] == "http.response.start"
        await send(message)

    try:
        await app(scope, receive, watched)
    except Exception as error:
        if begun:
            log.error("answer cut short: %s", where(error))
            return
        await answer(Request(scope, receive), error)(scope, receive, send)


async def _expected(request: Request, error: Exception) -> Response:
    return answer(request, error)


async def _unrouted(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    if status in (404, 405):
        return answer(request, NotFound("no such page", advice="Cette page n'existe pas."))
    return answer(request, BadRequest("bad request", status=status))
