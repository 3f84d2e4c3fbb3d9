"""Copiste against bare faster-whisper on the same dictations, in the same run: facts, unflagged errors, effort.

    python -m bench.accuracy [--quick] [--json] [--folder DIR] [--noise | --telephone] [--ablation] [--residue]
    python -m bench.accuracy --recorded [DIR] | --pxcorpus DIR  [--quick] [--json]

Both use the model `base`, beam 5, French, as many threads as the machine has cores. Bare: no prompt, no conditioning
on the text before, the same random seed for each sound. Copiste: all its listenings, one process and one vocabulary
kept between dictations; all else in this process. Both hear a short note before the clock starts, so that all is
loaded, and they take turns on each dictation, so that a busy machine slows both. `ratio` = seconds of Copiste from
sound to checked letters ÷ seconds of the bare decode.

--ablation measures the product with some of its parts only (`bench.ablation`). --residue lists what is still wrong
(`bench.residue`), in the dictations' own words: not for recordings of real patients. --noise and --telephone make the
same dictations noisy or narrow first (`bench.noise`). --recorded counts wrong words on Debian's recorded prompts
(`bench.prompts`: real speech, not medical), --pxcorpus wrong words and medicines on spoken prescriptions of one's own
(`bench.prescriptions`).

The bundled voices are synthetic: relative gains mean something, accuracy on real doctors does not follow from them.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path

from bench import ablation, corpus, noise, prescriptions, prompts, residue, utterances
from bench.corpus import CorpusRefused, Dictation, Utterance
from bench.score import Figures, Score, pooled, score
from bench.writers import Writer, bare, copiste, recogniser

RECORDED, RECORDED_QUICK = 40, 8
"""How many recorded prompts are heard."""
PRESCRIPTIONS_QUICK = 20


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table, and with --json one object on the last line."""
    asked = _parser()
    options = asked.parse_args(arguments)
    if options.recorded or options.pxcorpus:
        _on_utterances(asked, options)
    else:
        _on_dictations(asked, options)


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
    """The pooled figures, a line for each writer."""
    names = [field.name for field in fields(Figures)]
    heads = f"{'':14} " + " ".join(f"{name:>{max(7, len(name))}}" for name in names)
    rows = (
        f"{title:14} " + " ".join(f"{getattr(one, name):>{max(7, len(name))}}" for name in names)
        for title, one in figures.items()
    )
    return [heads, *rows]


def _parser() -> argparse.ArgumentParser:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="the first two dictations, or a few recordings")
    asked.add_argument("--json", action="store_true")
    asked.add_argument("--residue", action="store_true", help="also what Copiste has wrong, one by one")
    asked.add_argument("--ablation", action="store_true", help="also the product with some of its parts only: slow")
    what = asked.add_mutually_exclusive_group()
    what.add_argument("--folder", type=Path, default=corpus.BUNDLED, help="dictations of one's own")
    what.add_argument("--recorded", type=Path, nargs="?", const=prompts.INSTALLED, metavar="DIR",
                      help="Debian's recorded prompts, installed or unpacked in DIR")  # fmt: skip
    what.add_argument("--pxcorpus", type=Path, metavar="DIR", help="spoken prescriptions and their transcripts")
    place = asked.add_mutually_exclusive_group()
    place.add_argument("--noise", dest="place", action="store_const", const="noise", help="in a noisy room")
    place.add_argument("--telephone", dest="place", action="store_const", const="telephone")
    return asked


def _on_dictations(asked: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    dictations = corpus.chosen(corpus.load(options.folder), quick=options.quick)
    if not dictations:
        asked.error(f"no dictation to measure on in {options.folder}")
    with tempfile.TemporaryDirectory() as folder, bare() as raw, recogniser() as ear:
        if options.place:
            dictations = noise.elsewhere(dictations, options.place, folder=Path(folder))
        parts = ablation.techniques(ear) if options.ablation else {}
        writers = {"raw": raw, "copiste": copiste(ear)} | {name: part.writer for name, part in parts.items()}
        scores = compare(dictations, writers)
        print("\n".join(["", *_residue(dictations, writers["copiste"])] if options.residue else []))
    figures = {name: pooled(each) for name, each in scores.items()}
    ratio = round(seconds(scores["copiste"]) / seconds(scores["raw"]), 2)
    print("\n".join(["", *table(figures), f"ratio {ratio}"]))
    print("\n".join(f"{name:14} {part.what}" for name, part in parts.items()))
    if options.json:
        kept = {name: asdict(one) for name, one in figures.items()}
        product = {name: kept.pop(name) for name in ("raw", "copiste")}
        print(json.dumps({**product, "ablation": kept, "ratio": ratio}))


def _residue(dictations: Sequence[Dictation], writer: Writer) -> Iterator[str]:
    """Written once more, from memory."""
    for one in dictations:
        yield from residue.lines(one.name, writer(one.sound), one.written, one.facts)


def _on_utterances(asked: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.place or options.ablation or options.residue:
        asked.error("--ablation, --residue, --noise and --telephone need dictations with their facts")
    which = "recorded" if options.recorded else "pxcorpus"
    try:
        chosen = _utterances(options)
    except CorpusRefused as error:
        if which == "pxcorpus":
            asked.error(str(error))
        print(f"Rien à mesurer : il manque les paquets Debian {' et '.join(prompts.PACKAGES)}.\n{error}")
        chosen = ()
    rates = _heard(chosen) if chosen else {}
    print("\n".join(["", *utterances.table(rates)] if rates else []))
    if options.json:
        print(json.dumps({which: {name: asdict(one) for name, one in rates.items()}}))


def _utterances(options: argparse.Namespace) -> tuple[Utterance, ...]:
    if options.recorded:
        return corpus.spread(prompts.load(options.recorded), RECORDED_QUICK if options.quick else RECORDED)
    found = prescriptions.load(options.pxcorpus)
    return corpus.spread(found, PRESCRIPTIONS_QUICK) if options.quick else found


def _heard(chosen: Sequence[Utterance]) -> dict[str, utterances.Rates]:
    with bare() as raw, recogniser() as ear:
        return utterances.measure(chosen, {"raw": raw, "copiste": copiste(ear)})


if __name__ == "__main__":
    main()
