"""What a watch folder's owner holds once the faults are over, and what is lost, doubled or read by half.

Everything is read back from the practice itself (rows, encrypted objects, jobs, `refused/`, the watched folders), or
from the naive twin's folder, and compared with the ledger of the whole contents. Knows nothing of the faults.
"""

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from archive.errors import ArchiveError
from bench.ledger import Ledger
from pipeline import tables
from pipeline.practice import Practice

UNREADABLE = "unreadable"
"""In place of the SHA-256 of what cannot be read back."""
UNDER_WAY = (".part", ".tmp", "~")
"""What is still being transferred has not been dropped yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What there is, by SHA-256 of bytes that were read back."""

    dictations: Mapping[str, str]
    """By id: the content of each."""
    jobs: Mapping[str, int] | None = None
    """Draft jobs of each dictation that waits for its transcription; None: whoever holds this knows no jobs."""
    lying: Counter[str] = field(default_factory=Counter)
    """Still in a watched folder."""
    refused: frozenset[str] = frozenset()
    """Kept in `refused/`, with a row that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of the whole contents. Contents are called by the first digits of their SHA-256."""

    dropped: int
    taken: int
    set_aside: int
    """Whole, and yet refused: kept, but a person must drop them again."""
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    half_read: tuple[str, ...]
    wrong: tuple[str, ...]
    """Anything else that is not as it must be, in words."""

    @property
    def breaks(self) -> int:
        """How many times a recording was lost, doubled or read by half."""
        return len(self.lost) + len(self.doubled) + len(self.half_read)


def judge(ledger: Ledger, held: Held) -> Verdict:
    """Compare what is held, at rest, with what was dropped."""
    fates = ledger.fates()
    contents = Counter(held.dictations.values())
    safe = contents.keys() | held.lying.keys() | held.refused
    jobs = held.jobs or {}
    return Verdict(
        dropped=len(fates),
        taken=sum(content in contents for content in fates),
        set_aside=sum(content in held.refused and content not in contents for content in fates),
        lost=_short(content for content, fate in fates.items() if fate != "free" and content not in safe),
        doubled=(
            *_short(content for content, count in contents.items() if count > 1 and content != UNREADABLE),
            *_short(key for key, count in jobs.items() if count > 1),
        ),
        half_read=_short(content for content in contents if content not in fates),
        wrong=tuple(_wrong(ledger, held, contents)),
    )


def _wrong(ledger: Ledger, held: Held, contents: Mapping[str, int]) -> Iterator[str]:
    for content, fate in ledger.fates().items():
        held_elsewhere = content in contents or content in held.refused
        if fate == "taken" and content in held.lying and not held_elsewhere:
            yield f"{content[:8]} was never taken"
        if fate == "taken" and content in held.lying and content in contents:
            yield f"{content[:8]} was taken, and still lies there"
        if fate == "stays" and content in contents:
            yield f"{content[:8]} was taken, and should not have been"
        if fate == "stays" and content not in held.lying:
            yield f"{content[:8]} was not left where it was"
    yield from (f"dictation {key} has no job" for key, count in (held.jobs or {}).items() if not count)


def _short(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(name[:10] for name in names))


def of_practice(practice: Practice, roots: Iterable[Path]) -> Held:
    """What this practice holds, each object read back; its processes are stopped."""
    with practice.look() as connection:
        rows = connection.execute(sa.select(tables.dictation)).mappings().all()
        jobs = Counter(_subject(key) for key in connection.scalars(sa.text(_jobs(practice))))
    refused = {row["sha256"].removeprefix("refused ") for row in rows if row["sha256"].startswith("refused ")}
    kept = (path for path in practice.place("refused").iterdir() if path.suffix != ".txt" and path.stem in refused)
    return Held(
        dictations={row["id"]: _content(practice, row["audio"]) for row in rows if row["audio"]},
        jobs={row["id"]: jobs[row["id"]] for row in rows if row["state"] == "received"},
        lying=Counter(_sha256(path) for path in plain_files(roots)),
        refused=frozenset(_sha256(path) for path in kept),
    )


def of_folder(inbox: Path, out: Path) -> Held:
    """What a program that copies to a folder holds: its copies, and what still lies in the watched folder."""
    copies = {path.name: _sha256(path) for path in plain_files([out])}
    return Held(dictations=copies, lying=Counter(_sha256(path) for path in plain_files([inbox])))


def plain_files(roots: Iterable[Path]) -> Iterator[Path]:
    """Every plain file below these folders that is not still being transferred; links are not followed."""
    for root in roots:
        for folder, _, names in os.walk(root):
            for path in (Path(folder, name) for name in names if not name.endswith(UNDER_WAY)):
                try:
                    plain = stat.S_ISREG(path.lstat().st_mode)
                except OSError:
                    continue
                if plain:
                    yield path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _content(practice: Practice, address: str) -> str:
    try:
        return hashlib.sha256(practice.objects.get(address)).hexdigest()
    except ArchiveError:
        return UNREADABLE


def _jobs(practice: Practice) -> str:
    schema = "" if practice.database.dialect.name == "sqlite" else "dbos."
    return f"select workflow_uuid from {schema}workflow_status where name = 'draft'"


def _subject(key: str) -> str:
    """`draft-<dictation>-<round>`."""
    return key.split("-")[1]
