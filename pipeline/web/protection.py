"""What every request and every answer goes through: the name asked for, where a change comes from, the headers.

Knows nothing of people or documents. A page is only answered under a name of this machine (a hostile site cannot
point its own name at us), only changed from its own pages, never kept in a cache, never framed by another site.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.settings import Web
from pipeline.web import failures

MOST_BYTES = 2_000_000
"""The largest thing a page may send: a letter of hundreds of pages."""
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors {ancestors}"
)
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": POLICY.format(ancestors="'none'"),
}
FRAMED = {"Content-Security-Policy": POLICY.format(ancestors="'self'")}
"""For what our own pages embed: the PDF."""
RECORDING = {
    "Permissions-Policy": "camera=(), microphone=(self), geolocation=()",
    "Content-Security-Policy": POLICY.format(ancestors="'none'") + "; media-src 'self' blob:",
}
"""For the page where one dictates: the microphone, and hearing again what it recorded."""
NO_EXCEPTION: Mapping[str, int] = MappingProxyType({})
TOO_LARGE = (
    "Cet envoi est trop volumineux : rien n'a été pris. Envoyez moins de fichiers à la fois, ou transférez celui-ci "
    "par le dossier de dépôt."
)


class Refused(failures.BadRequest):
    """The request does not come from one of our pages."""

    code = "E066"
    advice = "Cette demande ne vient pas d'une page de Copiste : elle a été refusée. Rechargez la page et recommencez."


class Protection:
    """ASGI middleware: refuses what is not ours and puts the headers on what is."""

    def __init__(self, app: ASGIApp, *, names: Collection[str], largest: Mapping[str, int] = NO_EXCEPTION) -> None:
        """`largest`: addresses that may be sent more than MOST_BYTES, and how much."""
        self.app = app
        self.names = frozenset(names)
        self.largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        safe = _with_headers(send)
        refusal = refused(request, names=self.names, most=self.largest.get(request.url.path, MOST_BYTES))
        if refusal is not None:
            await failures.answer(request, refusal)(scope, receive, safe)
            return
        await failures.contained(self.app, scope, receive, safe)


def allowed_names(web: Web) -> frozenset[str]:
    """The names under which the pages answer: this machine's own, and those of the settings."""
    return frozenset({"localhost", "127.0.0.1", "[::1]", web.host.lower(), *(name.lower() for name in web.names)})


def refused(request: Request, *, names: Collection[str], most: int = MOST_BYTES) -> failures.BadRequest | None:
    """Why this request is refused, or None; `most` is how many bytes it may send."""
    headers = request.headers
    if _name(headers.get("host", "")) not in names:
        return Refused("unknown host", status=400)
    if request.method in ("GET", "HEAD"):
        return None
    if not _ours(headers):
        return Refused("another origin", status=403)
    size = headers.get("content-length", "")
    if "transfer-encoding" in headers or not size.isdigit():  # sent in pieces: a length beside them says nothing
        return Refused("no length", status=411)
    advice = TOO_LARGE if most > MOST_BYTES else ""
    return Refused("too large", advice=advice, status=413) if int(size) > most else None


def _ours(headers: Headers) -> bool:
    """Whether the browser says that one of our own pages asks."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def _name(host: str) -> str:
    """A Host header without its port."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower()


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sent
