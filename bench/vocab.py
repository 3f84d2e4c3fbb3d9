"""The vocabulary and its search by sound, without any sound: what is found, what is wrongly changed, how fast.

    python -m bench.vocab [--quick] [--json] [--clean FILE ...]

- `recall`: of the mishearings of `misheard.tsv` that were kept apart for this, how many are proposed or written.
- `false_per_1000`: words of clean text changed without asking, for a thousand. The text: sentences made of every kind
  of entry of the shipped tables, the typed letters of the bundled dictations, and the files of `--clean`, one text a
  line (of a CCAM table in CSV, the labels).
- `auto_drug_swaps`: medicines written in place of another one without asking, in 2,000 prescriptions whose names were
  garbled. Must be 0.
- `words_per_second`: of the vocabulary check, on the same clean text, once loaded.
- `window_ms`: for one doubtful window to be searched in the shipped lexicon with 50,000 more terms.

The mishearings were written by Whisper base from synthetic voices: recall on real doctors does not follow from them.
"""

import argparse
import csv
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bench.garble import misheard

if TYPE_CHECKING:
    from vocab.lexicon import Entry, Lexicon
    from vocab.suggest import Proposal

HERE = Path(__file__).parent
MISHEARD = HERE / "misheard.tsv"
PRESCRIPTIONS = 2_000
IMPORTED = 50_000
_SENTENCES, _QUICK = 4_000, 400
_WINDOWS = 200
_ACT = re.compile(r"[A-Z]{4}\d{3}")
_WORD = re.compile(r"[^\W\d_]+")
_PRESCRIBED = (
    "Il prend {} le matin.", "Introduction de {} ce jour.", "Relais par {} dès demain.", "Poursuite de {} au domicile.",
    "Traitement de sortie : {}, un comprimé par jour.", "Nous proposons {} pendant trois mois.",
    "Arrêt de {} devant une mauvaise tolérance.",
)  # fmt: skip
_NOTED = (
    "On note {} depuis trois semaines.", "Le compte rendu mentionne {} ce jour.", "Antécédent : {}.",
    "Il s'agit de {}, contrôle prévu.", "Conclusion : {} à surveiller.",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is measured; each key is explained above."""

    recall: float
    false_per_1000: float
    auto_drug_swaps: int
    words_per_second: int
    window_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishearing:
    """What a recogniser wrote for a term."""

    heard: str
    meant: str
    specialty: str
    kept_apart: bool
    """Not looked at when the search is adjusted."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table, and with --json one object on the last line."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="a tenth of the sentences")
    asked.add_argument("--json", action="store_true")
    asked.add_argument("--clean", type=Path, nargs="*", default=(), help="other clean text")
    options = asked.parse_args(arguments)
    figures = measured(quick=options.quick, clean=options.clean)
    for field in fields(figures):
        print(f"{field.name:18} {getattr(figures, field.name):>10}")
    if options.json:
        print(json.dumps(asdict(figures)))


def measured(*, quick: bool = False, clean: Sequence[Path] = ()) -> Figures:
    """All the figures; `quick` makes a tenth of the sentences."""
    from vocab.lexicon import load

    lexicon = load()
    texts = [*clean_sentences(lexicon, _QUICK if quick else _SENTENCES), *gold(), *(t for f in clean for t in lines(f))]
    return Figures(
        recall=recall([one for one in mishearings() if one.kept_apart], lexicon),
        false_per_1000=false_per_1000(texts, lexicon),
        auto_drug_swaps=len(drug_swaps(lexicon, PRESCRIPTIONS // (10 if quick else 1))),
        words_per_second=words_per_second(texts, lexicon),
        window_ms=window_ms(lexicon, IMPORTED, _WINDOWS // (10 if quick else 1)),
    )


# --- what is found ---------------------------------------------------------------------------------------------------


def mishearings(file: Path = MISHEARD) -> tuple[Mishearing, ...]:
    """The collected mishearings: heard, meant, specialty, and `test` for those kept apart."""
    rows = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines() if line and line[0] != "#")
    return tuple(Mishearing(heard=row[0], meant=row[1], specialty=row[2], kept_apart=row[3] == "test") for row in rows)


def recall(wanted: Sequence[Mishearing], lexicon: "Lexicon") -> float:
    """The share of mishearings for which the term is written or proposed, the recogniser having been unsure of them."""
    return round(sum(bool(answer(one, lexicon)) for one in wanted) / max(1, len(wanted)), 3)


def answer(one: Mishearing, lexicon: "Lexicon") -> str:
    """`auto` or `suggest` when what was meant is written or among what is proposed, in a short sentence."""
    from vocab.suggest import propose

    text = f"On note {one.heard} ce jour."
    proposals = propose(text, lexicon, faint=[(8, 8 + len(one.heard))])
    return next((proposal.decision for proposal in proposals if _gives(proposal, one.meant)), "")


def _gives(proposal: "Proposal", meant: str) -> bool:
    from vocab.folding import fold

    forms = {fold(form) for form in (proposal.entry.text, *proposal.entry.inflected)}
    others = {fold(other) for other in proposal.others} if proposal.decision == "suggest" else set()
    return fold(meant) in forms | others


# --- what is wrongly changed -----------------------------------------------------------------------------------------


def clean_sentences(lexicon: "Lexicon", count: int) -> Iterator[str]:
    """Sentences that are right: terms in any of their forms, medicines, each in a sentence of its own."""
    chance = Random(7)
    entries = [entry for entry in lexicon.entries if entry.kind != "abbreviation"]
    for entry in chance.sample(entries, min(count, len(entries))):
        frame = chance.choice(_PRESCRIBED if entry.drug else _NOTED)
        yield frame.format(chance.choice((entry.text, *entry.inflected)))


def gold() -> Iterator[str]:
    """The letters of the bundled dictations, as a secretary typed them."""
    for file in sorted((HERE / "dictations").glob("*.written.txt")):
        yield file.read_text(encoding="utf-8")


def lines(file: Path) -> Iterator[str]:
    """The texts of a file, one a line; of a CCAM table, the labels of its acts."""
    if file.suffix.lower() != ".csv":
        yield from file.read_text(encoding="utf-8").splitlines()
        return
    with file.open(encoding="utf-8-sig", newline="") as rows:
        yield from (max(row, key=len) for row in csv.reader(rows) if row and _ACT.fullmatch(row[0]))


def changed(texts: Sequence[str], lexicon: "Lexicon") -> list["Proposal"]:
    """What is changed without asking."""
    from vocab.suggest import propose

    return [one for text in texts for one in propose(text, lexicon) if one.decision == "auto"]


def false_per_1000(texts: Sequence[str], lexicon: "Lexicon") -> float:
    """Changes made without asking to text that was right, for a thousand words."""
    return round(1000 * len(changed(texts, lexicon)) / max(1, _words(texts)), 2)


def drug_swaps(lexicon: "Lexicon", count: int) -> list[tuple[str, str]]:
    """The garbled names of medicines that became another medicine without asking: what was meant, what was written."""
    from vocab.suggest import propose

    chance = Random(11)
    drugs = [entry for entry in lexicon.entries if entry.drug]
    swaps = []
    for _ in range(count):
        drug = chance.choice(drugs)
        heard = misheard(drug.text, chance, slips=chance.choice((1, 1, 2)))
        text = chance.choice(_PRESCRIBED).format(heard)
        for one in propose(text, lexicon, faint=[(0, len(text))]):
            if one.decision == "auto" and one.entry.drug and not _same(one.entry, drug):
                swaps.append((f"{drug.text} ({heard})", one.written))
    return swaps


def _same(one: "Entry", other: "Entry") -> bool:
    """Whether both are the same medicine, or one is a part of the other (« ramipril » of « ramipril/amlodipine »)."""
    parts = [set((entry.substance or entry.text).lower().split("/")) for entry in (one, other)]
    return one.text == other.text or parts[0] <= parts[1] or parts[1] <= parts[0] or one.text in other.text


# --- how fast --------------------------------------------------------------------------------------------------------


def words_per_second(texts: Sequence[str], lexicon: "Lexicon") -> int:
    """Words that the vocabulary check reads in a second, everything loaded and nothing searched before."""
    from vocab import sounds
    from vocab.check import check

    check("Il prend du bisoprolole.", lexicon)
    sounds.sounds_of(lexicon).forget()
    begun = time.perf_counter()
    for text in texts:
        check(text, lexicon)
    return round(_words(texts) / (time.perf_counter() - begun))


def window_ms(lexicon: "Lexicon", imported: int, windows: int) -> float:
    """Milliseconds to search one window by sound, one at a time, with so many terms imported besides."""
    from vocab.sounds import Sounds
    from vocab.suggest import pronounced

    chance = Random(3)
    sounds = Sounds(replace(lexicon, entries=(*lexicon.entries, *_invented(lexicon, imported, chance))))
    sounds.nearest(["bizoprolol"], above=0.8)
    heard = [misheard(entry.text, chance, slips=2) for entry in chance.sample(lexicon.entries, windows)]
    begun = time.perf_counter()
    for one in heard:
        sounds.nearest(pronounced(one), above=0.8)
    return round(1000 * (time.perf_counter() - begun) / windows, 1)


def _invented(lexicon: "Lexicon", count: int, chance: Random) -> Iterator["Entry"]:
    """Terms as a nomenclature would bring: two known ones side by side."""
    from vocab.lexicon import Entry

    texts = [entry.text for entry in lexicon.entries if not entry.drug]
    for _ in range(count):
        yield Entry(text=f"{chance.choice(texts)} {chance.choice(texts)}", kind="term")


def _words(texts: Sequence[str]) -> int:
    return sum(len(_WORD.findall(text)) for text in texts)


if __name__ == "__main__":
    main()
