"""The process that holds the recogniser: reads one request a line, answers in JSON lines, dies with its parent.

`python -m pipeline.transcribe.listener FOLDER --name NAME --sha256 HASH --threads N`. A request is `{"path",
"context"}`, or `{"path", "stretches", "pace"}` to listen again; the answer is any number of `{"audio": seconds}` and
`{"progress": seconds}` lines, then one `{"transcript": …}`, `{"readings": […]}` or `{"error": code, "message": …}`.
Nothing else is ever written on standard output, and no word of a dictation on standard error. Reaches no network.
Knows nothing of the practice: it is given a sound and says what it heard.

Nothing heard is dropped: the recogniser's own tests that throw away a whole window of speech are off, words that
have no time of their own take that of their segment, and the places where a voice was detected are returned apart
from the words so that a stretch without words can be seen.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.child import Say, serve
from pipeline.errors import CopisteError, ModelMissing
from pipeline.sound import audio
from pipeline.transcribe import again, model
from pipeline.types import Model, Seconds, Stretch, Transcript, Word

if TYPE_CHECKING:
    from pipeline.sound.audio import Samples

_SPEECH = {"threshold": 0.5, "min_silence_duration_ms": 400, "speech_pad_ms": 100}
"""Finer than what the recogniser uses to skip silence: coverage is judged on it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve requests until standard input closes."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.transcribe.listener")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--sha256", required=True)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args(arguments)
    os.environ["HF_HUB_OFFLINE"] = "1"
    serve(_Service(options.folder, Model(name=options.name, sha256=options.sha256), threads=options.threads))
    return 0


class _Service:
    """Does what is asked with a recogniser that is loaded at the first request, and kept."""

    def __init__(self, folder: Path, which: Model, *, threads: int) -> None:
        self._folder, self._which, self._threads = folder, which, threads
        self._recogniser: Any = None

    def __call__(self, request: dict[str, Any], say: Say) -> None:
        try:
            if self._recogniser is None:
                self._recogniser = _load(self._folder, self._which.sha256, threads=self._threads)
            say(_answer(self._recogniser, request, self._which, lambda **message: say(message)))
        except CopisteError as error:
            say({"error": error.code, "message": str(error).removeprefix(f"[{error.code}] ")})
        except Exception as error:  # whatever it is, the parent must hear of it, and only of its kind
            say({"error": "", "message": type(error).__name__})


def _answer(recogniser: Any, request: dict[str, Any], which: Model, report: Callable[..., None]) -> dict[str, Any]:
    samples = audio.decode(Path(request["path"]))
    if "stretches" in request:
        stretches = [Stretch(**stretch) for stretch in request["stretches"]]
        return {"readings": again.hear_again(recogniser, samples, stretches, pace=request["pace"], report=report)}
    heard = listen(recogniser, samples, context=request["context"], model=which, report=report)
    return {"transcript": asdict(heard)}


def listen(
    recogniser: Any,
    samples: Samples,
    *,
    context: Sequence[str],
    model: Model,
    report: Callable[..., None],
) -> Transcript:
    """Transcribe samples with a loaded faster-whisper model.

    French is pinned, windows are decoded one after the other without the text of the one before, silence is
    skipped, and the random draws that Whisper falls back on are seeded: the same sound gives the same text.
    """
    import ctranslate2

    began = time.monotonic()
    report(audio=len(samples) / audio.RATE)
    ctranslate2.set_random_seed(0)
    segments, _ = recogniser.transcribe(
        samples,
        language="fr",
        beam_size=5,
        condition_on_previous_text=False,
        vad_filter=True,
        word_timestamps=True,
        no_speech_threshold=None,
        hotwords=again.hotwords(context, count=again.counter(recogniser)) or None,
    )
    heard = list(_reported(segments, report))
    return Transcript(
        raw_text="".join(segment.text for segment in heard).strip(),
        words=words(heard),
        speech=speech(samples),
        audio_seconds=len(samples) / audio.RATE,
        decode_seconds=time.monotonic() - began,
        model=model,
    )


def words(segments: Iterable[Any]) -> tuple[Word, ...]:
    """List the words of faster-whisper's segments: joined by single spaces, they are the raw text.

    The recogniser cuts « 14/8 » or « l'/eau » in pieces: a piece that does not begin with a space belongs to the
    word before, and the least sure piece gives its probability to the whole.
    """
    found: list[Word] = []
    for piece in _pieces(segments):
        text = piece.text.strip()
        if found and text and not piece.text[0].isspace():
            last = found.pop()
            piece = Word(
                text=last.text + text,
                start=last.start,
                end=max(last.end, piece.end),
                probability=min(last.probability, piece.probability),
            )
        elif text:
            piece = Word(text=text, start=piece.start, end=piece.end, probability=piece.probability)
        else:
            continue
        found.append(piece)
    return tuple(found)


def speech(samples: Samples) -> tuple[Seconds, ...]:
    """Say where a voice is heard, in seconds."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    if not len(samples):
        return ()
    stretches = get_speech_timestamps(samples, VadOptions(**_SPEECH))
    return tuple((round(s["start"] / audio.RATE, 3), round(s["end"] / audio.RATE, 3)) for s in stretches)


def _pieces(segments: Iterable[Any]) -> Iterator[Word]:
    """Words as the recogniser cut them; a segment that it could not time gives its words its own times."""
    for segment in segments:
        timed = "".join(word.word for word in segment.words or ())
        if timed.split() == segment.text.split():
            for word in segment.words:
                yield Word(text=word.word, start=float(word.start), end=float(word.end), probability=word.probability)
            continue
        sure = min(1.0, math.exp(segment.avg_logprob))
        for text in segment.text.split():
            yield Word(text=" " + text, start=float(segment.start), end=float(segment.end), probability=sure)


def _reported(segments: Iterable[Any], report: Callable[..., None]) -> Iterator[Any]:
    for segment in segments:
        report(progress=float(segment.end))
        yield segment


def _load(folder: Path, sha256: str, *, threads: int) -> Any:
    """Load the recogniser; its weights are hashed while its libraries are imported."""
    found: list[str] = []
    check = threading.Thread(target=lambda: found.append(_fingerprint_or_nothing(folder)))
    check.start()
    from faster_whisper import WhisperModel

    check.join()
    if found != [sha256]:
        raise ModelMissing("the model was altered since it was chosen")
    cores = threads or len(getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 4))(0))
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=cores, local_files_only=True)


def _fingerprint_or_nothing(folder: Path) -> str:
    try:
        return model.fingerprint(folder)
    except ModelMissing:
        return ""


if __name__ == "__main__":
    sys.exit(main())
