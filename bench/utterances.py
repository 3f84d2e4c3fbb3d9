"""Word error rate and medicines heard, on recordings of which only the words said are known.

Copiste's words are those it kept of its several listenings, before they are made into a letter; its medicines are
looked for in the letter, where its vocabulary has had its say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from bench.corpus import Utterance
from bench.facts import Facts
from bench.score import Score, score
from bench.word_errors import WordErrors, errors
from bench.writers import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Figures pooled over the recordings: sums over sums."""

    files: int
    words: int
    word_error_rate: float
    drugs: int
    """How many medicines are said; 0 when the corpus does not mark them."""
    drug_recall: float
    """Of them, how many are in the text, rightly spelled."""
    drugs_unflagged: float
    """Of them, how many are wrong in the text and no flag warns of it."""
    flags_per_100: float
    """Stops per 100 words of the text: on ordinary speech, most are for nothing."""
    seconds: float
    """By second of sound."""


def measure(utterances: Sequence[Utterance], writers: Mapping[str, Writer]) -> dict[str, Rates]:
    """Have every writer hear every recording, in turn."""
    heard: dict[str, list[tuple[WordErrors, Score]]] = {name: [] for name in writers}
    for utterance in utterances:
        for name, writer in writers.items():
            written = writer(utterance.sound)
            wrong = errors(utterance.said, written.heard)
            heard[name].append((wrong, score(written, utterance.said, Facts(terms=utterance.drugs))))
            print(f"{utterance.name[:42]:42} {name:8} {wrong.wrong:3}/{wrong.of:<3} words wrong", flush=True)
    return {name: pooled(each) for name, each in heard.items()}


def pooled(heard: Sequence[tuple[WordErrors, Score]]) -> Rates:
    """Pool what was counted in several recordings."""
    words, drugs = sum(wrong.of for wrong, _ in heard), sum(one.terms.of for _, one in heard)
    return Rates(
        files=len(heard),
        words=words,
        word_error_rate=_ratio(sum(wrong.wrong for wrong, _ in heard), words),
        drugs=drugs,
        drug_recall=_ratio(sum(one.terms.right for _, one in heard), drugs),
        drugs_unflagged=_ratio(sum(len(one.unflagged) for _, one in heard), drugs),
        flags_per_100=round(100 * sum(one.flags for _, one in heard) / max(1, sum(one.words for _, one in heard)), 1),
        seconds=_ratio(sum(one.seconds for _, one in heard), sum(one.audio_seconds for _, one in heard)),
    )


def table(rates: Mapping[str, Rates]) -> list[str]:
    """The pooled figures, a column for each writer."""
    heads = f"{'':16} " + " ".join(f"{name:>10}" for name in rates)
    rows = (
        f"{field.name:16} " + " ".join(f"{getattr(one, field.name):>10}" for one in rates.values())
        for field in fields(Rates)
    )
    return [heads, *rows]


def _ratio(part: float, whole: float) -> float:
    return round(part / whole, 3) if whole else 0.0
