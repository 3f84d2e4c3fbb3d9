"""The recording, in the stretches a player asks for: a click in the text must not wait for the whole sound."""

import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from pipeline import review
from pipeline.access import Actor
from pipeline.web.desk import desk

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


async def listen(request: Request, actor: Actor) -> Response:
    """The sound of a document's dictation, whole (200) or a stretch of it (206)."""
    data = await run_in_threadpool(review.listen, desk(request).practice, actor, request.path_params["id"])
    return stretch(data, request.headers.get("range", ""))


def stretch(data: bytes, asked: str) -> Response:
    """The bytes that a Range header asks for; several ranges at once, which no player needs, get the whole."""
    headers = {"Accept-Ranges": "bytes", "Content-Type": media_type(data)}
    match = _RANGE.fullmatch(asked.strip())
    if match is None or match.groups() == ("", ""):
        return Response(data, headers=headers)
    first, last = _bounds(match.group(1), match.group(2), len(data))
    if first > last:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    return Response(data[first : last + 1], 206, headers=headers)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size - 1 if int(last) else -1
    return int(first), min(int(last), size - 1) if last else size - 1


def media_type(data: bytes) -> str:
    """What a sound is, by its first bytes."""
    signs = {b"RIFF": "audio/wav", b"OggS": "audio/ogg", b"ID3": "audio/mpeg", b"fLaC": "audio/flac"}
    return next((kind for sign, kind in signs.items() if data.startswith(sign)), "application/octet-stream")
