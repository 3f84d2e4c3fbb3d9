"""What is measured on: dictations (a sound, the text a careful secretary typed from it, the facts that must survive)
and utterances (a sound and the words said in it).

A folder of dictations holds `NAME.flac` or `.wav`, `NAME.written.txt` and `NAME.facts.json`. Other corpora need only
give one or the other. Knows nothing of who transcribes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench import facts
from bench.facts import Facts

BUNDLED = Path(__file__).parent / "dictations"
"""Ours, synthetic voices: see its SOURCES.md."""
NOTE = BUNDLED / "00_courte.flac"
"""Ten seconds, for trying things out and for loading what is loaded once."""
_One = TypeVar("_One")
_UNCOUNTED = "00_"
"""Notes too short to count in a figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictation:
    """One recording and its reference."""

    name: str
    sound: Path
    written: str
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A short recording and the words said in it, punctuation or not; `drugs` are the medicines among them."""

    name: str
    sound: Path
    said: str
    drugs: tuple[str, ...] = ()


class CorpusRefused(ValueError):
    """What was pointed to is not the corpus that was expected; says what is missing, never what is in it."""


def load(folder: Path) -> tuple[Dictation, ...]:
    """Every dictation of a folder, by name. FileNotFoundError when a sound has no reference."""
    sounds = sorted([*folder.glob("*.flac"), *folder.glob("*.wav")])
    return tuple(_dictation(sound) for sound in sounds)


def chosen(dictations: tuple[Dictation, ...], *, quick: bool) -> tuple[Dictation, ...]:
    """The first two when it must be quick; otherwise all that count."""
    return dictations[:2] if quick else tuple(one for one in dictations if not one.name.startswith(_UNCOUNTED))


def spread(several: Sequence[_One], number: int) -> tuple[_One, ...]:
    """So many of them, evenly from the first to the last; all when there are no more."""
    if len(several) <= number:
        return tuple(several)
    return tuple(several[at * len(several) // number] for at in range(number))


def _dictation(sound: Path) -> Dictation:
    return Dictation(
        name=sound.stem,
        sound=sound,
        written=sound.with_name(f"{sound.stem}.written.txt").read_text(encoding="utf-8").strip(),
        facts=facts.load(sound.with_name(f"{sound.stem}.facts.json")),
    )
