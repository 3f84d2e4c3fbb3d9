"""What every page works with: the practice, the engine's way in, the signature, the templates."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from pipeline.practice import Practice, Submit
from pipeline.types import SignedDocument
from pipeline.typography import typeset

Signature = Callable[[str], Callable[[bytes, sa.RowMapping], SignedDocument]]
"""Given a signing code, what signs a PDF with the key of the doctor's row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything a page needs besides the request itself."""

    practice: Practice
    submit: Submit
    signature: Signature
    pages: Jinja2Templates
    logins: anyio.CapacityLimiter
    """How many passwords are checked at once."""


def desk(request: Request) -> Desk:
    """The desk this application was made with."""
    found: Desk = request.app.state.desk
    return found


def templates(folder: Path) -> Jinja2Templates:
    """The pages: everything is escaped, and « typeset » gives a sentence its French spaces and apostrophes."""
    pages = Jinja2Templates(folder)
    pages.env.filters["typeset"] = typeset
    return pages


def shown(request: Request, name: str, *, status: int = 200, **values: Any) -> Response:
    """A page, for whoever asks."""
    context = {"actor": getattr(request.state, "actor", None), **values}
    return desk(request).pages.TemplateResponse(request, name, context, status_code=status)
