"""One recording or one text, read without a practice: what `copiste transcribe` and `copiste check` answer.

Also what the story does between the sound and the checked letters, so that both say the same.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from pipeline import kinds, letters, plugs
from pipeline.errors import EncryptedAudio, FileRefused, NotAudio, WrongPassword
from pipeline.kinds import Kind
from pipeline.reading import agreement, check, coverage, hearing, stretches
from pipeline.settings import Settings
from pipeline.sound import audio
from pipeline.transcribe import Transcriber
from pipeline.types import CheckedText, Coverage, Transcript
from vocab.calibration import pronunciations
from vocab.flag import Flag
from vocab.lexicon import Lexicon, load
from vocab.nomenclatures import stamp

PACES = (0.94, 1.06)
"""How fast the sound is played when it is listened to again: a recogniser is wrong elsewhere at another pace."""

_LOCKED: dict[str, tuple[type[FileRefused], str]] = {
    EncryptedAudio.code: (
        EncryptedAudio,
        "Cet enregistrement est protégé : donnez le mot de passe du dictaphone avec « --password ».",
    ),
    WrongPassword.code: (
        WrongPassword,
        "Ce mot de passe n'ouvre pas cet enregistrement : demandez au médecin celui de son dictaphone.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A recording, read: its letters with what to look at, and what became of every second of speech."""

    documents: tuple[CheckedText, ...]
    coverage: Coverage
    transcript: Transcript
    total_seconds: float


def read(
    file: Path, *, doctor: str = "", kind: str = "", vocabulary: Sequence[Path] = (), password: str = ""
) -> Reading:
    """Read one recording with the settings' defaults, the shipped vocabulary and that of these folders. FileRefused
    when it is not sound, not whole, or protected by another password than this one."""
    if not file.is_file():
        raise FileRefused("no such file", advice="Ce fichier n'existe pas.")
    found = audio.inspect(file, passwords=[password] if password else ())
    if found.waits in _LOCKED:
        refusal, advice = _LOCKED[found.waits]
        raise refusal("protected by a password", advice=advice)
    transcriber = plugs.transcriber(Settings())
    try:
        begun = time.monotonic()
        words = lexicon(vocabulary)
        with _opened(file, found.password) as sound:
            transcript = heard(transcriber, sound, lexicon=words)
        checked, account = checked_letters(transcript, kinds=kinds.all_kinds(), lexicon=words)
    finally:
        transcriber.close()
    named = tuple(_named(document, doctor=doctor, kind=kind) for document in checked)
    return Reading(documents=named, coverage=account, transcript=transcript, total_seconds=time.monotonic() - begun)


@contextmanager
def _opened(file: Path, password: str | None) -> Iterator[Path]:
    """The recording itself; what its password opens, for as long as it is listened to."""
    if password is None:
        yield file
        return
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder, "sound.wav")
        audio.render(file, sound, buckets=0, password=password)
        yield sound


def heard(
    transcriber: Transcriber,
    file: Path,
    *,
    lexicon: Lexicon,
    context: Sequence[str] = (),
    paces: Sequence[float] = PACES,
) -> Transcript:
    """What is said in a sound: listened to as it is, then once more at each pace, told what words to expect where it
    was not understood; one reading is made of all. `context` lists the names that this very recording may hold.

    Raises what the transcriber raises.
    """  # fmt: skip
    begun = time.monotonic()
    first = transcriber.transcribe(file)
    readings = [first.words]
    for pace in paces:
        asked = stretches.cut(
            first.words, lexicon=lexicon, seconds=first.audio_seconds, context=context, also=readings[-1]
        )
        if texts := transcriber.hear_again(file, asked, pace=pace):
            readings.append(hearing.placed(texts, asked, first.words))
    if len(readings) == 1:
        return first
    words = hearing.kept(readings, lexicon=lexicon, context=context)
    return replace(first, words=words, readings=tuple(readings), decode_seconds=time.monotonic() - begun)


def checked_letters(
    transcript: Transcript, *, kinds: Sequence[Kind], lexicon: Lexicon, stops_per_100_words: float = 8.0
) -> tuple[tuple[CheckedText, ...], Coverage]:
    """From what was heard to letters with their places to check, and the account of every second of speech."""
    composed = letters.compose(transcript, kinds=kinds)
    others = [letters.compose(replace(transcript, words=words), kinds=kinds) for words in transcript.readings]
    composed = agreement.doubted(composed, others, lexicon=lexicon)
    account = coverage.account(transcript, composed)
    checked = [check.check(letter, lexicon=lexicon, stops_per_100_words=stops_per_100_words) for letter in composed]
    checked[-1] = coverage.flagged(checked[-1], account)
    return tuple(checked), account


def check_text(file: Path, *, vocabulary: Sequence[Path] = ()) -> tuple[str, tuple[Flag, ...]]:
    """The text of a file, and what the shipped vocabulary and that of these folders say of it."""
    from vocab.check import check as check_words

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotAudio("not a text file", advice="Ce fichier n'est pas un texte lisible (UTF-8).") from error
    return text, check_words(text, lexicon(vocabulary))


def lexicon(folders: Sequence[Path], *, model: str = "") -> Lexicon:
    """The shipped vocabulary with that of each folder over it, read again when a folder has changed.

    `model` is the hash of the recogniser: the ways it was found to hear words (`copiste vocab calibrate`) are added.
    """
    return _lexicon(tuple(folders), tuple(stamp(folder) for folder in folders), model)


@lru_cache(maxsize=2)
def _lexicon(folders: tuple[Path, ...], stamps: tuple[object, ...], model: str) -> Lexicon:
    words = load(folders)
    learnt = {term: ways for folder in folders for term, ways in pronunciations(folder, model).items()}
    return words.pronounced(learnt) if learnt else words


def _named(document: CheckedText, *, doctor: str, kind: str) -> CheckedText:
    letter = document.letter
    return replace(document, letter=replace(letter, doctor=doctor or letter.doctor, kind=kind or letter.kind))
