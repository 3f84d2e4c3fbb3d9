"""One recording or one text, read without a practice: what `copiste transcribe` and `copiste check` answer.

Also what the story does between the sound and the checked letters, so that both say the same.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pipeline import audio, check, coverage, kinds, letters, plugs
from pipeline.errors import FileRefused, NotAudio
from pipeline.kinds import Kind
from pipeline.settings import Settings
from pipeline.types import CheckedText, Coverage, Transcript
from vocab.flag import Flag
from vocab.lexicon import Lexicon, load


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A recording, read: its letters with what to look at, and what became of every second of speech."""

    documents: tuple[CheckedText, ...]
    coverage: Coverage
    transcript: Transcript
    total_seconds: float


def read(file: Path, *, doctor: str = "", kind: str = "") -> Reading:
    """Read one recording with the settings' defaults and the shipped vocabulary. FileRefused when it is not sound."""
    if not file.is_file():
        raise FileRefused("no such file", advice="Ce fichier n'existe pas.")
    audio.inspect(file)
    transcriber = plugs.transcriber(Settings())
    try:
        begun = time.monotonic()
        transcript = transcriber.transcribe(file)
        checked, account = checked_letters(transcript, kinds=kinds.all_kinds(), lexicon=lexicon(()))
    finally:
        transcriber.close()
    named = tuple(_named(document, doctor=doctor, kind=kind) for document in checked)
    return Reading(documents=named, coverage=account, transcript=transcript, total_seconds=time.monotonic() - begun)


def checked_letters(
    transcript: Transcript, *, kinds: Sequence[Kind], lexicon: Lexicon, stops_per_100_words: float = 8.0
) -> tuple[tuple[CheckedText, ...], Coverage]:
    """From what was heard to letters with their places to check, and the account of every second of speech."""
    composed = letters.compose(transcript, kinds=kinds)
    account = coverage.account(transcript, composed)
    checked = [check.check(letter, lexicon=lexicon, stops_per_100_words=stops_per_100_words) for letter in composed]
    checked[-1] = coverage.flagged(checked[-1], account)
    return tuple(checked), account


def check_text(file: Path) -> tuple[str, tuple[Flag, ...]]:
    """The text of a file, and what the vocabulary says of it."""
    from vocab.check import check as check_words

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotAudio("not a text file", advice="Ce fichier n'est pas un texte lisible (UTF-8).") from error
    return text, check_words(text, lexicon(()))


@cache
def lexicon(folders: tuple[Path, ...]) -> Lexicon:
    """The vocabulary, loaded once: shipped, then the practice's own over it."""
    return load(folders)


def _named(document: CheckedText, *, doctor: str, kind: str) -> CheckedText:
    letter = document.letter
    return replace(document, letter=replace(letter, doctor=doctor or letter.doctor, kind=kind or letter.kind))
