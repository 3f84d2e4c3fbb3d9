"""The archive as the practice's people reach it: each act checks the right first. The archive itself knows no roles."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from archive import deposit, holds, journal, search
from archive import verify as verification
from pipeline import store
from pipeline.access import Actor, require
from pipeline.practice import Practice


def find(practice: Practice, actor: Actor, *, patient: str = "", kind: str = "") -> list[dict[str, Any]]:
    """Filed documents, best match first, in the form of `copiste archive find --json`."""
    require(actor, "archive.find")
    with practice.look() as connection:
        found = search.find(connection, patient=patient or None, kind=kind or None, today=_today(practice))
    return [one.as_json() for one in found]


def show(practice: Practice, actor: Actor, record: str) -> dict[str, Any]:
    """One filed document: what `find` says of it."""
    require(actor, "archive.show")
    with practice.look() as connection:
        return search.show(connection, record, today=_today(practice)).as_json()


def verify(practice: Practice, actor: Actor) -> dict[str, Any]:
    """Everything read again, in the form of `copiste archive verify --json`; work in progress counts as known."""
    require(actor, "archive.verify")
    with practice.look() as connection:
        then = store.addresses(connection)
        found = verification.verify(connection, practice.objects, elsewhere=then)
    with practice.look() as connection:  # a text saved meanwhile has replaced the one before: nothing is missing
        gone = then - store.addresses(connection)
    return replace(found, missing=tuple(one for one in found.missing if one not in gone)).as_json()


def export(practice: Practice, actor: Actor, record: str) -> tuple[Path, ...]:
    """The signed PDF and its Word document as files in `exports/`, named by id only."""
    require(actor, "archive.show")
    with practice.begin() as connection:
        filed = deposit.get(connection, record)
        journal.append(connection, actor=actor.id, action="exported", subject=record)
    parts = {".pdf": filed.pdf, ".docx": filed.master}
    return tuple(
        _written(practice.place("exports") / f"{record}{suffix}", practice.objects.get(address))
        for suffix, address in parts.items()
        if address
    )


def hold(practice: Practice, actor: Actor, record: str, *, reason: str) -> str:
    """Keep a document whatever its schedule says; gives the hold's id."""
    require(actor, "archive.hold")
    with practice.begin() as connection:
        return holds.hold(connection, record_id=record, reason=reason, by=actor.id).id


def release(practice: Practice, actor: Actor, key: str) -> None:
    """End a hold."""
    require(actor, "archive.hold")
    with practice.begin() as connection:
        holds.release(connection, key, by=actor.id)


def _written(path: Path, data: bytes) -> Path:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return path


def _today(practice: Practice) -> Any:
    return store.now().astimezone(practice.settings.zone).date()
