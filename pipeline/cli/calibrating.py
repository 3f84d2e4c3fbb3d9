"""The voice that says a term and the recogniser that listens, joined for `copiste vocab calibrate`.

Sentences are listened to several at a time, silences between: a recogniser works by half-minutes, so six sentences cost
about as much as one. Which words belong to which sentence is told by their time.
"""

import tempfile
import wave
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vocab.calibration import Voice

if TYPE_CHECKING:
    from pipeline.settings import Settings
    from pipeline.transcribe import Transcriber
    from pipeline.types import Word
    from vocab.lexicon import Lexicon

VOICES = (
    Voice(name="pico-fr-095-100", before="Le dossier mentionne", after="à ce sujet."),
    Voice(name="pico-fr-110-085", before="On rappelle aussi", after="dans la lettre."),
)
"""Two ways of speaking of the offline French voice: its speed and its pitch, in hundredths, end their names."""
RATE = 16_000
_BYTES = 2
_SILENCE = 0.9
"""Seconds between two sentences: less than what the recogniser skips, more than what blurs the times of words."""


def calibrate(
    terms: Sequence[str], *, lexicon: "Lexicon", folder: Path, settings: "Settings",
    progress: Callable[[int, int], None],
) -> dict[str, Any]:  # fmt: skip
    """Hear the terms, and keep what is worth it in the folder: how many terms have learnt ways of being said.

    An interruption stops the listening; what was heard until then is kept, and said so. VocabularyError when the
    offline voice is not installed.
    """
    from pipeline import plugs
    from vocab import calibration

    _require_voice()
    stopped, model = False, ""
    transcriber = plugs.transcriber(settings)
    try:
        listener = Listener(transcriber)
        model = listener.model()
        for _ in calibration.calibrate(
            terms, voices=VOICES, model=model, folder=folder, speak=speak, listen=listener, progress=progress
        ):
            pass
    except KeyboardInterrupt:
        stopped = True
    finally:
        transcriber.close()
    heard = [one for one in calibration.hearings(folder) if one.model == model]
    kept = calibration.variants(heard, lexicon)
    count = calibration.write(folder, kept, model=model) if model else 0
    return {"terms": count, "heard": len(heard), "stopped": stopped, "model": model}


def _require_voice() -> None:
    from importlib.util import find_spec

    from pipeline.errors import VocabularyError

    if find_spec("py_nanotts") is None:
        advice = "La voix de synthèse est absente. Installez-la avec « pip install 'copiste[calibration]' »."
        raise VocabularyError("no voice", advice=advice)


def speak(sentence: str, voice: str) -> bytes:
    """A sentence as 16-bit sound at 16 kHz, said by the offline French voice."""
    from py_nanotts import NanoTTS

    speed, pitch = (int(part) / 100 for part in voice.split("-")[-2:])
    said: bytes = NanoTTS().speak(sentence, voice="fr-FR", speed=speed, pitch=pitch)
    return said


class Listener:
    """What a transcriber hears in each of several sounds, listened to as one recording."""

    def __init__(self, transcriber: "Transcriber") -> None:
        self._transcriber = transcriber

    def model(self) -> str:
        """The fingerprint of the recogniser's model: it says it with all that it hears."""
        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / "phrase.wav"
            _write(file, speak("Bonjour.", VOICES[0].name))
            return self._transcriber.transcribe(file).model.sha256

    def __call__(self, sounds: Sequence[bytes]) -> Sequence[str]:
        """What is heard in each sound."""
        silence = bytes(int(_SILENCE * RATE) * _BYTES)
        ends = list(accumulate((len(sound) + len(silence)) / _BYTES / RATE for sound in sounds))
        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / "phrases.wav"
            _write(file, b"".join(sound + silence for sound in sounds))
            transcript = self._transcriber.transcribe(file)
        return shared(transcript.words, ends)


def shared(words: "Sequence[Word]", ends: Sequence[float]) -> tuple[str, ...]:
    """The words of each sentence; `ends` are the seconds where sentences, and the silences after them, end.

    Told by the end of the word: the first word after a silence is often timed from the beginning of the silence.
    """
    heard: list[list[str]] = [[] for _ in ends]
    for word in words:
        at = next((index for index, end in enumerate(ends) if word.end <= end), len(ends) - 1)
        heard[at].append(word.text)
    return tuple(" ".join(one) for one in heard)


def _write(file: Path, sound: bytes) -> None:
    with wave.open(str(file), "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(_BYTES)
        stream.setframerate(RATE)
        stream.writeframes(sound)
