"""Changing the practice key: when someone may have copied it, or someone who had it leaves.

Knows in what order: alone at work, then the key, then its new sheets. How it withstands being killed is
`archive.practice_key`'s. What it cannot do: take back what was opened before. Whoever holds the old key and an old copy
of the vault can still open the documents of that copy, and so can the old sheets: keep them as long as the old
backups, never beside them, and destroy both together.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from archive import journal
from archive.practice_key import change_practice_key, known_keys, note_sheets
from archive.tables import object_key
from pipeline import presence
from pipeline.practice import KEY_FILE, Practice
from pipeline.safekeeping import sheets
from pipeline.safekeeping.sheets import Printed

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

ACTOR = "operator"
"""Who the journal says changed the key: whoever runs programs on the machine and reads the key file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """A practice key was changed: the public halves, how many secrets were encrypted again, the new sheets."""

    before: str
    now: str
    secrets: int
    sheets: Printed


def rotate(practice: Practice, *, to: Path | None = None, wait_seconds: float | None = None) -> Rotated:
    """Give the practice another key and encrypt every secret of the vault to it, once its recovery sheets are written.

    PracticeBusy when something is at work on the practice. Killed at any moment, the practice opens with one key or
    the other and nothing is lost. `practice` itself no longer stores anything afterwards: open it again.
    """
    before = known_keys(practice.vault)[0].public
    printed: list[Printed] = []
    with presence.alone(practice, wait_seconds=wait_seconds):
        try:
            drawn = change_practice_key(practice.home / KEY_FILE, practice.vault, ready=_sheets(practice, to, printed))
        except BaseException:
            _forget_unused(practice, printed)
            raise
        note_sheets(practice.vault, printed[0].public, at=printed[0].made)
        with practice.begin() as connection:
            journal.append(connection, actor=ACTOR, action="key-changed", subject=str(drawn.to_public()))
    with practice.vault.connect().execution_options(reading=True) as connection:
        count = connection.scalar(sa.select(sa.func.count()).select_from(object_key))
    return Rotated(before=before, now=printed[0].public, secrets=count or 0, sheets=printed[0])


def _sheets(practice: Practice, to: Path | None, printed: list[Printed]) -> "Callable[[Identity], None]":
    def write(drawn: "Identity") -> None:
        printed.append(sheets.written_for(practice, drawn, to=to))

    return write


def _forget_unused(practice: Practice, printed: list[Printed]) -> None:
    """Delete the sheets of a key that did not come into use; when that cannot be told, they stay."""
    with suppress(sa.exc.SQLAlchemyError):
        for one in printed:
            if known_keys(practice.vault)[0].public != one.public:
                sheets.wipe(one.files)
