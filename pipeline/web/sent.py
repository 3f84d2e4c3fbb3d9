"""What the pages send: its shapes, checked before anything else sees it."""

import re
from datetime import date
from typing import Literal, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked
from starlette.requests import Request

from pipeline.web.failures import BadRequest

MOST_CHARACTERS = 200_000
_STRICT = ConfigDict(extra="forbid", strict=True)
_BORN = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})")

T = TypeVar("T")


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Saved:
    """The text as it is on the page, and the places said « entendu, c'est juste »."""

    text: str
    heard: list[int]


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Chosen:
    """The patient of a document, by id."""

    patient: str


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Searched:
    """Words to look for in the register."""

    words: str


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Newcomer:
    """Someone to add to the register; `apart` says that their homonym is someone else."""

    family_name: str
    given_name: str
    born: str
    sex: Literal["F", "M"] | None = None
    apart: bool = False


async def read(request: Request, shape: type[T]) -> T:
    """The body of a request in this shape, or BadRequest."""
    try:
        return TypeAdapter(shape).validate_json(await request.body())
    except ValidationError:
        raise BadRequest("unreadable body") from None


def version(request: Request) -> int:
    """The version the page was made from (If-Match); without it nothing is changed."""
    stamp = request.headers.get("if-match", "").strip('"')
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 10):
        raise BadRequest("no version", status=428)
    return int(stamp)


def text(typed: str) -> str:
    """What was typed or pasted, unless it is no letter's size."""
    if len(typed) > MOST_CHARACTERS:
        raise BadRequest("text too long", status=413, advice="Ce texte est trop long pour un document.")
    return typed


def birth_date(written: str) -> date | None:
    """A birth date as typed (12/03/1954), None when left empty."""
    if not written.strip():
        return None
    match = _BORN.fullmatch(written.strip())
    try:
        day, month, year = (int(part) for part in match.groups()) if match else (0, 0, 0)
        return date(year, month, day)
    except ValueError:
        raise BadRequest("bad date", status=422, advice="Écrivez la date de naissance comme 12/03/1954.") from None
