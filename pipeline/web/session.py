"""Who is asking: the login page, the session cookie, and the guard in front of every other page.

Knows nothing of documents. The cookie is out of reach of scripts and of other sites, and ends with the browser; the
server ends it too. A password is checked in a thread, two at a time: Argon2 is made to be slow and to fill memory.
"""

from collections.abc import Awaitable, Callable
from functools import partial

import anyio.to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline import accounts
from pipeline.access import Actor, require
from pipeline.practice import Practice
from pipeline.web.desk import desk, shown
from pipeline.web.failures import NoSession

COOKIE = "copiste"
WRONG = "Identifiant ou mot de passe incorrect. Après cinq essais, le compte attend cinq minutes."

Handler = Callable[[Request, Actor], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def guarded(handler: Handler, *, action: str) -> Endpoint:
    """The handler behind the login and the policy: nobody, or someone without the right, never reaches it."""

    async def endpoint(request: Request) -> Response:
        request.state.actor = actor = await _who(request)
        require(actor, action)
        return await handler(request, actor)

    endpoint.action = action  # type: ignore[attr-defined]
    return endpoint


async def form(request: Request) -> Response:
    """The login page."""
    return shown(request, "login.html", suite=_suite(request.query_params.get("suite", "")), login="", wrong="")


async def log_in(request: Request) -> Response:
    """Open a session, or say that login or password is wrong, never which."""
    sent = await request.form()
    login, suite = str(sent.get("login", ""))[:200], _suite(str(sent.get("suite", "")))
    check = partial(_token, desk(request).practice, login, str(sent.get("password", ""))[:1000])
    token = await anyio.to_thread.run_sync(check, limiter=desk(request).logins)
    if token is None:
        return shown(request, "login.html", status=401, suite=suite, login=login, wrong=WRONG)
    response = RedirectResponse(suite, 303)
    secure = request.url.scheme == "https" or desk(request).practice.settings.web.behind_proxy
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure, path="/")
    return response


async def log_out(request: Request) -> Response:
    """Close the session this browser has."""
    await run_in_threadpool(_close, desk(request).practice, request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/connexion", 303)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict", path="/")
    return response


async def _who(request: Request) -> Actor:
    token = request.cookies.get(COOKIE, "")
    actor = await run_in_threadpool(_holder, desk(request).practice, token) if token else None
    if actor is None:
        raise NoSession("no session")
    return actor


def _token(practice: Practice, login: str, password: str) -> str | None:
    hours = practice.settings.web.session_hours
    return accounts.log_in(practice.database, login=login, password=password, hours=hours)


def _holder(practice: Practice, token: str) -> Actor | None:
    with practice.look() as connection:
        return accounts.who(connection, token, settings=practice.settings)


def _close(practice: Practice, token: str) -> None:
    with practice.begin() as connection:
        accounts.log_out(connection, token)


def _suite(wanted: str) -> str:
    """Where to go after the login: a page of ours, whatever the address says."""
    ours = wanted.startswith("/documents/") and wanted.removeprefix("/documents/").isalnum()
    return wanted if ours or wanted == "/deposer" else "/"
