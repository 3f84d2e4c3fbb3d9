"""Which of the places to look at stop a person: one stop for a place, one for a passage, the gravest within a budget.

Too many stops are not read. Places that must be settled are always kept; neighbouring words that were not understood
are one passage, listened to once; what is beyond the budget stays as a mark. Knows flags and the text; does not know
why a flag was put.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from vocab.flag import Flag

_RISK = (
    "identity", "dose", "negation", "laterality", "number", "unknown-word", "suggestion", "contradiction", "lookalike",
    "low-confidence", "coverage", "abbreviation", "missing-item", "writing",
)  # fmt: skip
_SEVERITY = ("block", "look", "hint")
_APART = ("identity", "coverage", "missing-item", "writing")
"""Never part of a passage: they ask another question than « what was said here? »."""
_VAGUE = ("unknown-word", "suggestion", "low-confidence")
_SPARE = "low-confidence"
_NEAR = 26
"""Two places this close, in characters, are one passage: a few words are between them at most."""
_LONGEST = 110
"""A passage is not longer than this, in characters: a line of text, six seconds to listen to in one go."""
_AROUND = 12
_GRAVE = re.compile(r"\d|\b(?:droite?s?|gauches?|pas|sans|aucune?|ni|absence)\b")
_LEAST = 3
_PASSAGE = "Passage mal compris : réécoutez."


def kept(flags: Sequence[Flag], *, text: str, per_100_words: float) -> list[Flag]:
    """The flags, each as a stop or as a mark: at most so many stops for a hundred words, three for a short text.

    What is left of the budget goes to the words on which the listenings do not agree.
    """
    allowed = max(_LEAST, math.ceil(len(text.split()) * per_100_words / 100))
    ranked = sorted(_merged(_passages(flags, text)), key=lambda flag: _rank(flag, text))
    out = list[Flag]()
    stops = 0
    for flag in ranked:
        spare = flag.severity == "look" or (flag.severity == "hint" and flag.kind == _SPARE)
        if spare and flag.kind != "lookalike":
            fits = stops < allowed and not (flag.severity == "hint" and _covered(flag, out))
            flag = replace(flag, severity="look" if fits else "hint")
        stops += flag.severity != "hint"
        out.append(flag)
    return out


def _covered(flag: Flag, others: Sequence[Flag]) -> bool:
    return any(one.severity != "hint" and one.start < flag.end and flag.start < one.end for one in others)


def _passages(flags: Sequence[Flag], text: str) -> list[Flag]:
    """Neighbouring places made one stop; each stays as a mark, with what it may be."""
    joint = [one for one in flags if one.kind not in _APART and (one.severity != "hint" or one.kind == _SPARE)]
    out = [one for one in flags if one not in joint]
    for group in _neighbours(sorted(joint, key=lambda one: (one.start, one.end)), text):
        if len({(one.start, one.end) for one in group}) < 2:
            out += group
        else:
            out += [_passage(group, text), *(replace(one, severity="hint") for one in group)]
    return out


def _neighbours(flags: Sequence[Flag], text: str) -> Iterator[list[Flag]]:
    group: list[Flag] = []
    for flag in flags:
        if group and not _near(group, flag, text):
            yield group
            group = []
        group.append(flag)
    if group:
        yield group


def _near(group: Sequence[Flag], flag: Flag, text: str) -> bool:
    start, end = min(one.start for one in group), max(one.end for one in group)
    between = text[end : flag.start]
    if flag.start - end > _NEAR or any(mark in between for mark in ("\n", ".", ":")):
        return False
    return max(end, flag.end) - start <= _LONGEST or flag.end <= end


def _passage(group: Sequence[Flag], text: str) -> Flag:
    """One flag for several: that of the gravest, stretched over all of them with what it proposes."""
    grave = min(group, key=_weight)
    start, end = min(one.start for one in group), max(one.end for one in group)
    before, after = text[start : grave.start], text[grave.end : end]
    timed = [one.seconds for one in group if one.seconds]
    return replace(
        grave, start=start, end=end, text=text[start:end],
        reason=_PASSAGE if grave.kind in _VAGUE and grave.severity != "block" else grave.reason,
        suggestions=tuple(f"{before}{one}{after}" for one in grave.suggestions),
        seconds=(min(one[0] for one in timed), max(one[1] for one in timed)) if timed else None,
    )  # fmt: skip


def _merged(flags: Sequence[Flag]) -> list[Flag]:
    """One stop for a place: a lighter flag inside a graver one becomes a mark."""
    out: list[Flag] = []
    for flag in sorted(flags, key=_weight):
        covered = any(other.severity != "hint" and other.start <= flag.start and flag.end <= other.end for other in out)
        out.append(replace(flag, severity="hint") if covered and flag.severity != "hint" else flag)
    return out


def _rank(flag: Flag, text: str) -> tuple[int, bool, int, int]:
    """The order in which places are kept: beside a number, a side or a negation, a word not understood comes first."""
    severity, risk, start = _weight(flag)
    around = text[max(0, flag.start - _AROUND) : flag.end + _AROUND]
    plain = flag.kind in _VAGUE and not _GRAVE.search(around)
    return severity, plain, risk, start


def _weight(flag: Flag) -> tuple[int, int, int]:
    return _SEVERITY.index(flag.severity), _RISK.index(flag.kind), flag.start
