"""Dictations to measure on: a sound, the text a careful secretary typed from it, the facts that must survive.

A folder holds `NAME.flac` or `.wav`, `NAME.written.txt` and `NAME.facts.json`. Other corpora need only give
`Dictation`s. Knows nothing of who transcribes.
"""

from dataclasses import dataclass
from pathlib import Path

from bench import facts
from bench.facts import Facts

BUNDLED = Path(__file__).parent / "dictations"
"""Ours, synthetic voices: see its SOURCES.md."""
NOTE = BUNDLED / "00_courte.flac"
"""Ten seconds, for trying things out and for loading what is loaded once."""
_UNCOUNTED = "00_"
"""Notes too short to count in a figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictation:
    """One recording and its reference."""

    name: str
    sound: Path
    written: str
    facts: Facts


def load(folder: Path) -> tuple[Dictation, ...]:
    """Every dictation of a folder, by name. FileNotFoundError when a sound has no reference."""
    sounds = sorted([*folder.glob("*.flac"), *folder.glob("*.wav")])
    return tuple(_dictation(sound) for sound in sounds)


def chosen(dictations: tuple[Dictation, ...], *, quick: bool) -> tuple[Dictation, ...]:
    """The first two when it must be quick; otherwise all that count."""
    return dictations[:2] if quick else tuple(one for one in dictations if not one.name.startswith(_UNCOUNTED))


def _dictation(sound: Path) -> Dictation:
    return Dictation(
        name=sound.stem,
        sound=sound,
        written=sound.with_name(f"{sound.stem}.written.txt").read_text(encoding="utf-8").strip(),
        facts=facts.load(sound.with_name(f"{sound.stem}.facts.json")),
    )
