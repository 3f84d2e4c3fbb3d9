"""The spoken commands that have one meaning, as a table: `vocab/data/commands.tsv`.

Knows how a row is found in what was heard, the longest first, and when the words around it void it. The commands that
need the context (« point », « deux points ») are in `marks`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.spoken.heard import Piece, keys
from vocab.tables import made, several, shipped

PAUSE = 0.35
"""Seconds of silence that set a word apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One way of saying a command."""

    spoken: tuple[str, ...]
    """The keys of its words."""
    output: tuple[str, ...]
    """What it becomes, in order, as the table's remark says."""
    unless_before: frozenset[str] = frozenset()
    unless_after: frozenset[str] = frozenset()
    apart: bool = False
    """Whether it is a command only between stops, pauses or commands."""


def find(pieces: Sequence[Piece], at: int) -> Command | None:
    """The longest command of the table that begins at this place, or None."""
    for command in _by_first().get(pieces[at].key, ()):
        end = at + len(command.spoken)
        if tuple(piece.key for piece in pieces[at:end]) == command.spoken and not _voided(pieces, at, end, command):
            return command
    return None


def separate(pieces: Sequence[Piece], at: int) -> bool:
    """Whether something stands between the piece before this place and the piece at it: punctuation, or a silence."""
    if not 0 < at < len(pieces):
        return True
    before, here = pieces[at - 1], pieces[at]
    return bool(before.mark or here.mark or before.after) or here.seconds[0] - before.seconds[1] >= PAUSE


def _voided(pieces: Sequence[Piece], at: int, end: int, command: Command) -> bool:
    if any(piece.mark or piece.unit for piece in pieces[at:end]):
        return True
    if at and pieces[at - 1].key in command.unless_after and not separate(pieces, at):
        return True
    if end < len(pieces) and pieces[end].key in command.unless_before and not separate(pieces, end):
        return True
    return command.apart and not (separate(pieces, at) or separate(pieces, end))


@cache
def _by_first() -> dict[str, list[Command]]:
    found: dict[str, list[Command]] = {}
    for row in made(shipped("commands.tsv"), list, needed=3):
        for command in _commands(row):
            found.setdefault(command.spoken[0], []).append(command)
    for commands in found.values():
        commands.sort(key=lambda one: -len(one.spoken))
    return found


def _commands(row: Sequence[str]) -> list[Command]:
    output = (row[2],) if ":" in row[2] and len(row[2]) > 1 else tuple(row[2].split("+"))
    return [
        Command(
            spoken=keys(said),
            output=output,
            unless_before=frozenset(one for word in several(row[3]) for one in keys(word)),
            unless_after=frozenset(one for word in several(row[4]) for one in keys(word)),
            apart=row[5] == "apart",
        )
        for said in several(row[1])
    ]
