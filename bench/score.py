"""How good a written letter is against its reference, one by one and pooled: the figures of `bench.accuracy`.

Knows nothing of who wrote the letter or how long a model takes to load.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bench.facts import CATEGORIES, Facts, left_over, missing
from bench.places import align, plain, warned, word_count
from pipeline.types import Identity
from vocab.flag import Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What came of one recording, whoever wrote it: all its letters as one text."""

    text: str
    heard: str = ""
    """The words before anything was made of them; empty where nobody asks."""
    flags: tuple[Flag, ...] = ()
    patient: Identity = field(default_factory=Identity)
    seconds: float = 0.0
    """Time spent, models loaded."""
    audio_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many of how many."""

    right: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One letter against its reference."""

    facts: Count
    terms: Count
    negations: Count
    left: Count
    """Commands and values taken back that are still in the text."""
    patient: Count
    unflagged: tuple[str, ...]
    """Wrong facts and negations that no flag of severity block or look warns of."""
    edits: int
    length: int
    flags: int
    words: int
    seconds: float
    audio_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Scores pooled: sums over sums, never a mean of shares."""

    files: int
    facts: float
    """Doses, numbers, sides and terms right."""
    terms: float
    negations: float
    unflagged_wrong: float
    """Of all facts and negations."""
    effort: float
    """Characters to edit to reach what a careful secretary typed, by character of that."""
    left_over: float
    flags_per_100: float
    """Stops per 100 words."""
    patient: float
    """Family name, given name, birth date right. Bare recognition fills no such field: 0."""
    seconds: float
    """By second of sound."""


def score(written: Written, reference: str, facts: Facts) -> Score:
    """Compare what was written with the reference text and its facts."""
    from rapidfuzz.distance import Levenshtein

    absent = missing(facts, written.text)
    stops = [flag for flag in written.flags if flag.severity in {"block", "look"}]
    critical = CATEGORIES[:-1]
    asked = sum(len(facts.of(category)) for category in critical)
    return Score(
        facts=Count(right=asked - sum(len(absent[category]) for category in critical), of=asked),
        terms=Count(right=len(facts.terms) - len(absent["terms"]), of=len(facts.terms)),
        negations=Count(right=len(facts.negations) - len(absent["negations"]), of=len(facts.negations)),
        left=Count(right=len(left_over(facts, written.text)), of=len(facts.must_not)),
        patient=Count(right=_patient_right(written.patient, facts.patient), of=3),
        unflagged=_unflagged([fact for category in CATEGORIES for fact in absent[category]], written, reference, stops),
        edits=Levenshtein.distance(written.text, reference),
        length=len(reference),
        flags=len(stops),
        words=word_count(written.text),
        seconds=written.seconds,
        audio_seconds=written.audio_seconds,
    )


def pooled(scores: Sequence[Score]) -> Figures:
    """Pool the scores of several dictations."""
    wrong = sum(len(one.unflagged) for one in scores)
    return Figures(
        files=len(scores),
        facts=_share(one.facts for one in scores),
        terms=_share(one.terms for one in scores),
        negations=_share(one.negations for one in scores),
        unflagged_wrong=_ratio(wrong, sum(one.facts.of + one.negations.of for one in scores)),
        effort=_ratio(sum(one.edits for one in scores), sum(one.length for one in scores)),
        left_over=_share(one.left for one in scores),
        flags_per_100=round(100 * sum(one.flags for one in scores) / max(1, sum(one.words for one in scores)), 1),
        patient=_share(one.patient for one in scores),
        seconds=_ratio(sum(one.seconds for one in scores), sum(one.audio_seconds for one in scores)),
    )


def _unflagged(absent: Iterable[str], written: Written, reference: str, stops: Sequence[Flag]) -> tuple[str, ...]:
    alignment, seen = align(reference, written.text), set[tuple[int, int]]()
    return tuple(fact for fact in absent if not warned(fact, alignment, stops, seen=seen))


def _patient_right(found: Identity, wanted: Identity) -> int:
    return sum(
        (
            plain(found.family_name) == plain(wanted.family_name),
            plain(found.given_name) == plain(wanted.given_name),
            wanted.birth_date is not None and found.birth_date == wanted.birth_date,
        )
    )


def _share(counts: Iterable[Count]) -> float:
    listed = list(counts)
    return _ratio(sum(one.right for one in listed), sum(one.of for one in listed))


def _ratio(part: float, whole: float) -> float:
    return round(part / whole, 3) if whole else 0.0
