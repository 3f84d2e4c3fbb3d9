"""Copiste against bare faster-whisper on the same dictations, in the same run: facts, unflagged errors, effort.

    python -m bench.accuracy [--quick] [--json] [--folder DIR]

Both use the model `base`, beam 5, French, as many threads as the machine has cores. Bare: no prompt, no conditioning
on the text before, the same random seed for each sound. Copiste: one listening process and one vocabulary, kept
between dictations; all else in this process. Both hear a short note before the clock starts, so that all is loaded,
and they take turns on each dictation, so that a busy machine slows both. `ratio` = seconds of Copiste from sound to
checked letters ÷ seconds of the bare decode.

The bundled voices are synthetic: relative gains mean something, accuracy on real doctors does not follow from them.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from pathlib import Path

from bench import corpus
from bench.corpus import Dictation
from bench.score import Figures, Score, Written, pooled, score
from pipeline.types import CheckedText, Identity
from vocab.flag import Flag

Writer = Callable[[Path], Written]
"""What writes a letter from a sound, models loaded: bare recognition, Copiste, or Copiste less one of its parts."""

MODEL = "base"
THREADS = os.cpu_count() or 4


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table, and with --json one object on the last line."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="the first two dictations")
    asked.add_argument("--json", action="store_true")
    asked.add_argument("--folder", type=Path, default=corpus.BUNDLED, help="dictations of one's own")
    options = asked.parse_args(arguments)
    dictations = corpus.chosen(corpus.load(options.folder), quick=options.quick)
    if not dictations:
        asked.error(f"no dictation to measure on in {options.folder}")
    with bare() as raw, copiste() as ours:
        scores = compare(dictations, {"raw": raw, "copiste": ours})
    figures = {name: pooled(each) for name, each in scores.items()}
    ratio = round(seconds(scores["copiste"]) / seconds(scores["raw"]), 2)
    print("\n".join(table(figures)))
    print(f"{'ratio':16} {ratio}")
    if options.json:
        print(json.dumps({name: asdict(each) for name, each in figures.items()} | {"ratio": ratio}))


def compare(dictations: Sequence[Dictation], writers: Mapping[str, Writer]) -> dict[str, list[Score]]:
    """Have every writer write every dictation, in turn, and score what they wrote."""
    scores: dict[str, list[Score]] = {name: [] for name in writers}
    for dictation in dictations:
        for name, writer in writers.items():
            one = score(writer(dictation.sound), dictation.written, dictation.facts)
            scores[name].append(one)
            print(line(f"{dictation.name} {name}", one), flush=True)
    return scores


def seconds(scores: Sequence[Score]) -> float:
    """Time spent on all of them."""
    return sum(one.seconds for one in scores)


def line(title: str, one: Score) -> str:
    """One letter in one line."""
    return (
        f"{title:42} facts {one.facts.right:3}/{one.facts.of:<3} unflagged {len(one.unflagged):2} "
        f"effort {one.edits / max(1, one.length):.2f} flags {one.flags:2} {one.seconds:6.1f} s"
    )


def table(figures: Mapping[str, Figures]) -> list[str]:
    """The pooled figures, a column for each writer."""
    heads = f"{'':16} " + " ".join(f"{name:>10}" for name in figures)
    rows = (
        f"{field.name:16} " + " ".join(f"{getattr(one, field.name):>10}" for one in figures.values())
        for field in fields(Figures)
    )
    return [heads, *rows]


@contextmanager
def bare() -> Iterator[Writer]:
    """faster-whisper alone."""
    import ctranslate2
    from faster_whisper import WhisperModel

    from pipeline.model import locate
    from pipeline.plugs import cache_folder

    folder, _ = locate(MODEL, cache=cache_folder())
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=THREADS)

    def write(sound: Path) -> Written:
        ctranslate2.set_random_seed(0)
        begun = time.monotonic()
        segments, info = model.transcribe(str(sound), language="fr", beam_size=5, condition_on_previous_text=False)
        text = " ".join(segment.text.strip() for segment in segments).strip()
        return Written(text=text, seconds=time.monotonic() - begun, audio_seconds=info.duration)

    write(corpus.NOTE)
    yield write


@contextmanager
def copiste() -> Iterator[Writer]:
    """The product: from the sound to checked letters, without a practice folder."""
    from pipeline import kinds, plugs, reading
    from pipeline.settings import Settings, Speech

    transcriber = plugs.transcriber(Settings(speech=Speech(model=MODEL, threads=THREADS)))
    known, lexicon = kinds.all_kinds(), reading.lexicon(())

    def write(sound: Path) -> Written:
        begun = time.monotonic()
        transcript = transcriber.transcribe(sound)
        letters, _ = reading.checked_letters(transcript, kinds=known, lexicon=lexicon)
        spent = time.monotonic() - begun
        return replace(joined(letters), seconds=spent, audio_seconds=transcript.audio_seconds)

    try:
        write(corpus.NOTE)
        yield write
    finally:
        transcriber.close()


def joined(letters: Sequence[CheckedText]) -> Written:
    """One text out of the letters of a recording, a blank line between, flags moved; the first letter's patient."""
    text, flags = "", list[Flag]()
    for letter in letters:
        text += "\n\n" if text else ""
        flags += [replace(flag, start=flag.start + len(text), end=flag.end + len(text)) for flag in letter.flags]
        text += letter.text
    patient = letters[0].letter.patient if letters else Identity()
    return Written(text=text.rstrip(), flags=tuple(flags), patient=patient)


if __name__ == "__main__":
    main()
