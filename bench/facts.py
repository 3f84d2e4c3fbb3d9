"""The facts that must survive in a letter (doses, numbers, sides, negations, terms), and which of them a text holds.

A fact is found when it occurs anywhere: which drug a dose belongs to is not checked. Knows the reference of one
dictation; knows nothing of sounds, of flags, or of who wrote the text.
"""

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from bench.tokens import NEGATION, SIDES, UNITS, canonical, digit_runs
from pipeline.types import Identity

Category = Literal["doses", "numbers", "laterality", "terms", "negations"]
CATEGORIES: tuple[Category, ...] = ("doses", "numbers", "laterality", "terms", "negations")
"""The critical facts are the first four; negations are counted apart."""

_ALIKE = 0.75
_ALIKE_AFTER_NEGATION = 0.85
_FOREIGN_WORDS = 2
"""How many words may stand between an organ and its side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a letter must hold, in the words of its reference, and what it must not."""

    doses: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    laterality: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    negations: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    """Commands, and values that the doctor took back."""
    patient: Identity = field(default_factory=Identity)

    def of(self, category: Category) -> tuple[str, ...]:
        """The facts of one category."""
        chosen: tuple[str, ...] = getattr(self, category)
        return chosen


def load(file: Path) -> Facts:
    """Read a `.facts.json`: lists by category, and `patient` with `nom`, `prenom`, `naissance` (JJ/MM/AAAA)."""
    data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    patient: dict[str, str] = data.get("patient", {})
    lists = {name: tuple(data.get(name, ())) for name in (*CATEGORIES, "must_not")}
    return Facts(
        **lists,
        patient=Identity(
            family_name=patient.get("nom", ""),
            given_name=patient.get("prenom", ""),
            birth_date=_birth_date(patient.get("naissance", "")),
        ),
    )


def missing(facts: Facts, text: str) -> dict[Category, tuple[str, ...]]:
    """The facts that the text does not hold, by category.

    Doses and numbers: the number and its unit exact and side by side, the other words alike; a number of the text
    serves one fact only, the longest facts first, so a fact listed twice must be there twice. Sides: the side
    exact, in order, with at most two words between, none of them a side or a negation. Negations: the negation
    exact. Terms: exact, for a misspelt drug is not the drug.
    """
    streams = [canonical(text), canonical(text, join_decimals=False)]
    absent: dict[Category, tuple[str, ...]] = dict(_absent_numbers(facts, text, streams))
    absent["laterality"] = tuple(_absent_sides(facts.laterality, streams))
    absent["terms"] = _absent(facts.terms, streams, alike=None)
    absent["negations"] = _absent(facts.negations, streams, alike=_ALIKE_AFTER_NEGATION)
    return {category: absent[category] for category in CATEGORIES}


def left_over(facts: Facts, text: str) -> tuple[str, ...]:
    """What the text should not hold and does."""
    streams = [canonical(text), canonical(text, join_decimals=False)]
    gone = _absent(facts.must_not, streams, alike=None)
    return tuple(one for one in facts.must_not if one not in gone)


def _birth_date(written: str) -> date | None:
    return datetime.strptime(written, "%d/%m/%Y").date() if written else None


def _absent(facts: Sequence[str], streams: Sequence[Sequence[str]], *, alike: float | None) -> tuple[str, ...]:
    return tuple(fact for fact in facts if not any(_has(canonical(fact), stream, alike=alike) for stream in streams))


def _absent_sides(facts: Sequence[str], streams: Sequence[Sequence[str]]) -> Iterator[str]:
    taken = [set[int]() for _ in streams]
    for fact in facts:
        found = [_has_side(canonical(fact), *both) for both in zip(streams, taken, strict=True)]
        if not any(found):
            yield fact


def _absent_numbers(
    facts: Facts, text: str, streams: Sequence[Sequence[str]]
) -> Iterator[tuple[Category, tuple[str, ...]]]:
    """Doses and numbers share the numbers of the text: they are looked for together, the longest first."""
    wanted = [(category, at) for category in CATEGORIES[:2] for at in range(len(facts.of(category)))]
    wanted.sort(key=lambda one: -len(canonical(facts.of(one[0])[one[1]])))
    runs, taken = digit_runs(text), [set[int]() for _ in streams]
    lost = set()
    for category, at in wanted:
        fact = facts.of(category)[at]
        if phone := _phone(fact):
            found = [phone in runs]
        else:  # in both streams, always: a fact takes its number in each
            found = [_has_number(canonical(fact), *both) for both in zip(streams, taken, strict=True)]
        if not any(found):
            lost.add((category, at))
    for category in CATEGORIES[:2]:
        yield category, tuple(fact for at, fact in enumerate(facts.of(category)) if (category, at) in lost)


def _phone(fact: str) -> str:
    """The ten digits of a telephone number, or nothing."""
    digits = re.sub(r"\D", "", fact)
    return digits if re.fullmatch(r"0\d{9}", digits) and not re.search("[a-z]", fact.lower()) else ""


def _has_number(fact: Sequence[str], stream: Sequence[str], taken: set[int]) -> bool:
    return any(_has(written, stream, alike=_ALIKE, taken=taken) for written in _writings(fact))


def _writings(fact: Sequence[str]) -> Iterator[list[str]]:
    """The fact, and a temperature as it is also said: « 38 8 »."""
    yield list(fact)
    for at, token in enumerate(fact):
        if degrees := re.fullmatch(r"#(3[4-9]|4[0-2])\.(\d)", token):
            yield [*fact[:at], f"#{degrees[1]}", f"#{degrees[2]}", *fact[at + 1 :]]


def _has(fact: Sequence[str], stream: Sequence[str], *, alike: float | None, taken: set[int] | None = None) -> bool:
    """Whether the tokens of the fact follow each other in the stream; the numbers they match become `taken`."""
    numbers = [at for at, token in enumerate(fact) if token[0] in "#@"]
    for start in range(len(stream) - len(fact) + 1):
        pairs = zip(fact, stream[start : start + len(fact)], strict=True)
        if not all(_same(wanted, here, alike=alike) for wanted, here in pairs):
            continue
        if taken is None:
            return True
        places = {start + at for at in numbers}
        if not places & taken:
            taken |= places
            return True
    return False


def _has_side(fact: Sequence[str], stream: Sequence[str], taken: set[int]) -> bool:
    for start in range(len(stream)):
        places = _in_order(fact, stream, start)
        sides = {at for at in places if stream[at] in SIDES}
        if places and not sides & taken:
            taken |= sides
            return True
    return False


def _in_order(fact: Sequence[str], stream: Sequence[str], start: int) -> list[int]:
    """Where each token of the fact is, the first at `start`; nothing when one lacks or another side comes between."""
    if not _same(fact[0], stream[start], alike=_ALIKE):
        return []
    places = [start]
    for at in range(start + 1, min(len(stream), start + len(fact) + _FOREIGN_WORDS)):
        if len(places) == len(fact):
            break
        if _same(fact[len(places)], stream[at], alike=_ALIKE):
            places.append(at)
        elif stream[at] in SIDES or stream[at] == NEGATION:
            break
    return places if len(places) == len(fact) else []


def _same(wanted: str, here: str, *, alike: float | None) -> bool:
    """Numbers, units, sides and negations must be equal; other words may be `alike` (0 to 1; None: equal too)."""
    if wanted == here or {wanted, here} == {"droit", "droite"}:
        return True
    if alike is None or _is_exact(wanted) or _is_exact(here):
        return False
    return difflib.SequenceMatcher(None, wanted, here, autojunk=False).ratio() >= alike


def _is_exact(token: str) -> bool:
    return token[0] in "#@/" or token in UNITS or token in SIDES or token in {NEGATION, "x", "sur"}
