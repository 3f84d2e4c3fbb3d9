"""What a trial shows: derived after the fact from what was dropped, what was received, and what still lies there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.machine.trial.campaign import Played
from pipeline.machine.trial.ledger import Ledger

Kind = Literal["lost", "half_read", "doubled", "wrong", "aside", "stuck", "unremoved"]
KINDS: tuple[Kind, ...] = ("lost", "half_read", "doubled", "wrong", "aside", "stuck", "unremoved")
"""*lost*: a whole content is nowhere any more. *half_read*: what was received is no whole content, or not what was
announced. *doubled*: one content became two dictations. *wrong*: what had to be left alone was taken, or removed.
*aside*: a whole content was refused. *stuck*: one still lies there, untaken. *unremoved*: one lies there though
taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One content that did not fare as it must."""

    kind: Kind
    about: str
    """The scene, in French."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """All that a trial shows."""

    faults: int
    """How many were injected."""
    due: int
    """How many whole contents had to be taken."""
    taken: int
    """How many were, each once."""
    polled: bool
    """Whether a watcher that may choose looks at this folder regularly: its signals are not believed, or are none."""
    troubles: tuple[Trouble, ...]
    refused: tuple[str, ...]
    """What the folder did not let be done, in French, each once."""
    failed: tuple[str, ...]
    """The scenes that an error of the folder ended."""

    @property
    def ok(self) -> bool:
        """Whether every whole content was taken exactly once, and nothing else was."""
        return not self.troubles and not self.failed and self.taken == self.due > 0

    def count(self, kind: Kind) -> int:
        """How many contents fared that way."""
        return sum(trouble.kind == kind for trouble in self.troubles)


def judge(
    ledger: Ledger,
    played: Sequence[Played],
    *,
    lying: Mapping[str, Sequence[Path]],
    kept: Mapping[str, Sequence[Path]],
) -> Verdict:
    """Judge a trial by its ledger, by what still lies in the watched folder, and by what was kept after a refusal.

    `lying` and `kept` say where each SHA-256 is found.
    """
    abouts = {one.scene: one.about for one in played}
    received = {reception.kept for reception in ledger.receptions}
    whole = {drop.sha256 for drop in ledger.drops if drop.fate != "never"}
    due = {drop.sha256 for drop in ledger.drops if drop.fate == "due"}
    found = [
        *_missing(ledger, received, lying, kept),
        *_unwanted(ledger, whole),
        *_twice(ledger),
        *(("unremoved", drop.scene) for drop in ledger.drops if drop.sha256 in received and drop.sha256 in lying),
        *(("wrong", one.scene) for one in played for _ in range(one.touched)),
    ]
    return Verdict(
        faults=sum(one.faults for one in played),
        due=len(due),
        taken=len(due & received),
        polled=ledger.mode == "polling",
        troubles=tuple(Trouble(kind=kind, about=abouts.get(scene, scene)) for kind, scene in found),
        refused=tuple(dict.fromkeys(what for one in played for what in one.refused)),
        failed=tuple(one.about for one in played if one.failed),
    )


def _missing(
    ledger: Ledger, received: set[str], lying: Mapping[str, object], kept: Mapping[str, object]
) -> Iterator[tuple[Kind, str]]:
    """What had to be taken and was not: where it is now."""
    for drop in ledger.drops:
        if drop.fate == "due" and drop.sha256 not in received:
            yield "stuck" if drop.sha256 in lying else "aside" if drop.sha256 in kept else "lost", drop.scene


def _unwanted(ledger: Ledger, whole: set[str]) -> Iterator[tuple[Kind, str]]:
    """What was received and is not a whole content, or had to be left alone."""
    forbidden = {drop.sha256 for drop in ledger.drops if drop.fate == "never"}
    for reception in ledger.receptions:
        if reception.kept in forbidden:
            yield "wrong", reception.scene
        elif reception.kept not in whole or reception.kept != reception.told:
            yield "half_read", reception.scene


def _twice(ledger: Ledger) -> Iterator[tuple[Kind, str]]:
    """What was said to be a new dictation more than once."""
    contents = {reception.id: reception for reception in ledger.receptions}
    new: dict[str, set[str]] = {}
    for told in ledger.told:
        if told.state == "taken" and told.id in contents:
            new.setdefault(contents[told.id].kept, set()).add(told.id)
    for ids in new.values():
        if len(ids) > 1:
            yield "doubled", contents[min(ids)].scene
