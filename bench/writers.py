"""Who writes a letter from a sound on the bench: bare faster-whisper, and the product. Models are loaded before.

Knows nothing of references or of figures.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic

from bench import corpus
from bench.ears import Remembered
from bench.score import Written
from pipeline.transcribe import Transcriber
from pipeline.types import CheckedText, Identity, Transcript
from vocab.flag import Flag

Writer = Callable[[Path], Written]
"""What writes a letter from a sound: bare recognition, Copiste, or Copiste less one of its parts."""
Hear = Callable[[Path], Transcript]
"""From a sound to what was heard in it."""
Write = Callable[[Transcript], Sequence[CheckedText]]
"""From what was heard to checked letters."""

MODEL = "base"
THREADS = os.cpu_count() or 4


@contextmanager
def bare() -> Iterator[Writer]:
    """faster-whisper alone: no prompt, no conditioning on the text before, the same random seed for each sound."""
    import ctranslate2
    from faster_whisper import WhisperModel

    from pipeline.plugs import cache_folder
    from pipeline.transcribe.model import locate

    folder, _ = locate(MODEL, cache=cache_folder())
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=THREADS)

    def write(sound: Path) -> Written:
        ctranslate2.set_random_seed(0)
        begun = monotonic()
        segments, info = model.transcribe(str(sound), language="fr", beam_size=5, condition_on_previous_text=False)
        text = " ".join(segment.text.strip() for segment in segments).strip()
        return Written(text=text, heard=text, seconds=monotonic() - begun, audio_seconds=info.duration)

    write(corpus.NOTE)
    yield write


@contextmanager
def recogniser() -> Iterator[Remembered]:
    """The product's own recogniser in its process, warm; with the vocabulary, loaded too."""
    from pipeline import plugs
    from pipeline.settings import Settings, Speech

    ear = plugs.transcriber(Settings(speech=Speech(model=MODEL, threads=THREADS)))
    try:
        copiste(ear)(corpus.NOTE)
        yield Remembered(ear)
    finally:
        ear.close()


def copiste(ear: Transcriber) -> Writer:
    """The product: from the sound to checked letters, without a practice folder."""
    from pipeline import kinds, reading

    known, lexicon = kinds.all_kinds(), reading.lexicon(())
    return composed(
        ear,
        hear=lambda sound: reading.heard(ear, sound, lexicon=lexicon),
        write=lambda transcript: reading.checked_letters(transcript, kinds=known, lexicon=lexicon)[0],
    )


def composed(ear: Transcriber, *, hear: Hear, write: Write) -> Writer:
    """A writer out of a way to hear and a way to write; what `ear` answered from memory is counted as if it had not."""

    def both(sound: Path) -> Written:
        begun, saved = monotonic(), _saved(ear)
        transcript = hear(sound)
        letters = write(transcript)
        seconds = monotonic() - begun + _saved(ear) - saved
        heard = " ".join(word.text for word in transcript.words)
        return replace(joined(letters), heard=heard, seconds=seconds, audio_seconds=transcript.audio_seconds)

    return both


def joined(letters: Sequence[CheckedText]) -> Written:
    """One text out of the letters of a recording, a blank line between, flags moved; the first letter's patient."""
    text, flags = "", list[Flag]()
    for letter in letters:
        text += "\n\n" if text else ""
        flags += [replace(flag, start=flag.start + len(text), end=flag.end + len(text)) for flag in letter.flags]
        text += letter.text
    patient = letters[0].letter.patient if letters else Identity()
    return Written(text=text.rstrip(), flags=tuple(flags), patient=patient)


def _saved(ear: Transcriber) -> float:
    return ear.saved if isinstance(ear, Remembered) else 0.0
