"""Clinical scores and classifications: their names, the values that each one has, and values that do not exist.

Knows `data/scores.tsv`. A value that passes exists on its scale; whether it is the patient's is not known here.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import count

from vocab.flag import Flag
from vocab.folding import fold
from vocab.lexicon import Lexicon
from vocab.tables import made, several, shipped
from vocab.units import alike
from vocab.words import Token

_ROMANS = ("0", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_RANGE = re.compile(r"<([^<>:-]+)-([^<>:-]+)(?::([\d.]+))?>")
_VALUE = r"[-−–+]?\d+(?:[.,]\d+)?[a-fA-FxX]?[+]?|[IVX]+[a-fA-F]?\d?|[A-Z]\d{0,2}(?:[A-Z]\d)?"
_LINK = (
    r"\s*(?:[:=]\s*)?(?:(?:à|a|est|était|de|coté|calculé|évalué|estimé|initial|actuel|total|score|stade|grade|classe"
    r"|type|niveau|groupe|noté|modifié|révisé)e?\s+){0,4}"
)
_AFTER = re.compile(rf"{_LINK}(?P<value>{_VALUE})(?P<on>(?:\s*/\s*|\s+sur\s+)\d+(?:/\d+)*)?(?![\w.,]*\w)")
_BEFORE = re.compile(
    rf"\b(?:stade|grade|classe|type|niveau)\s+(?P<value>{_VALUE})\s+"
    r"(?:(?:selon|de|dans|la|le|les|classification|score|échelle)\s+|d'|l'){0,5}$"
)
_PARTS = re.compile(r"(\d)\s*\+\s*(\d)(?:\s*\+\s*(\d))?|\b[YE]\s?(\d),?\s?V\s?(\d),?\s?M\s?(\d)\b")
_TOTAL = re.compile(r"\s*\)?\s*(?:=|soit|égale? à|,? total)\s*(\d+)")
_TNM = re.compile(
    r"\b[cpyrau]{0,3}T(?P<T>is|[xX]|\d+[a-e]?\d?)(?:\([m\d]\))?\s?[cpy]{0,2}N(?P<N>[xX]|\d+[a-d]?)"
    r"(?:mi)?(?:\(\w+[+-]?\))?(?:\s?[cpy]{0,2}M(?P<M>[xX]|\d+[a-d]?))?(?!\w)"
)


@dataclass(frozen=True, kw_only=True)
class Score:
    """A scale: what it is called, how that is said, and what values it has."""

    name: str
    spoken: tuple[str, ...] = ()
    """Its other names, and how it is said in plain French spelling."""
    values: str = ""
    """Its values: `|` between alternatives, `<low-high>` and `<low-high:step>` for ranges, the rest as in a pattern."""
    parts: tuple[tuple[str, int, int], ...] = ()
    """What it is the sum of: a letter or nothing, the lowest and the highest value."""
    out_of: tuple[int, ...] = ()
    """What it may be noted on: « 24/30 »."""
    specialties: tuple[str, ...] = ()

    @cached_property
    def patterns(self) -> tuple[tuple[re.Pattern[str], tuple[tuple[str, str, str], ...]], ...]:
        """Each alternative as a pattern, with the bounds and the step of each of its ranges."""
        return tuple(_compiled(one) for one in _alternatives(self.values))

    @property
    def letters(self) -> bool:
        """Whether its values are letters only (Stanford A or B)."""
        return "<" not in self.values and not re.search(r"\d", self.values)

    @property
    def extent(self) -> str:
        """Its values in French: « de 3 à 15 », « de I à IV »."""
        ranges = [*_RANGE.findall(self.values), *re.findall(r"\[([A-Z])-([A-Z])\]()", self.values)]
        if ranges:
            return " ou ".join(f"de {low} à {high}" for low, high, _ in ranges)
        return ", ".join(re.sub(r"\[[^\]]*\]\?|[][?()]", "", one) for one in _alternatives(self.values))


@cache
def scores() -> tuple[Score, ...]:
    """All the scores and classifications."""
    return tuple(made(shipped("scores.tsv"), _score, needed=3))


def find(name: str) -> Score | None:
    """The score called so, in writing or aloud, whatever its case, accents, hyphens and spaces."""
    return _by_name().get(_key(name))


def allowed(score: Score, value: str) -> bool:
    """Whether the scale has this value: roman and arabic numerals say the same, and letters in either case."""
    return written(score, value) is not None


def written(score: Score, value: str) -> str | None:
    """A value as its scale writes it (« 3 » of the NYHA is « III », « III » of the ASA is « 3 »); None when absent."""
    plain = value.replace(" ", "").replace(".", ",")
    if not plain:
        return None
    for one in dict.fromkeys([plain, plain.upper(), _low(plain)]):
        for pattern, ranges in score.patterns:
            found = pattern.fullmatch(one)
            if found and (shown := _within(found, ranges)) is not None:
                return shown
    return None


def score_flags(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Flag]:
    """A stop on each value that its scale does not have, each total that its parts do not make, each TNM that is not.

    Only what is written beside the name of the score is judged; a person's name (« docteur Garden ») is not a score.
    """
    people = {token.start for token in tokens if token.name}
    for found in names().finditer(text):
        score = find(found[0])
        if score is None or found.start() in people:
            continue
        yield from _beside(text, found, score)
    for found in _TNM.finditer(text):
        for letter, value in found.groupdict().items():
            score = find(f"{letter} (TNM)")
            if value and score and not allowed(score, value):
                yield _flag(
                    text, found.start(), found.end(), f"{letter}{value} n'existe pas dans la classification TNM"
                )


def _beside(text: str, found: re.Match[str], score: Score) -> Iterator[Flag]:
    total = _sum(text, found.end(), score)
    if total:
        yield total
        return
    value = _BEFORE.search(text, max(0, found.start() - 70), found.start()) or _AFTER.match(text, found.end())
    if value is None or _measured(text, value):
        return
    said = value["value"]
    on = [int(one) for one in re.findall(r"\d+", value.groupdict().get("on") or "")]
    name = f"{score.name} ({score.extent})"
    if on and not _noted(score, said, on):
        yield _flag(text, value.start("value"), value.end(), f"Le score {score.name} n'est pas noté sur {on[0]}")
    elif not (allowed(score, said) or (on and on[0] in score.out_of and _at_most(said, on[0]))) and _judged(
        said, score
    ):
        yield _flag(text, value.start("value"), value.end("value"), f"« {said} » n'existe pas pour {name}")


def _judged(value: str, score: Score) -> bool:
    """Whether a value is of the kind that the scale has: a letter after a score of numbers may be anything."""
    return not value[0].isalpha() or value[0] in "IVX" or value[0] in score.values or score.letters


def _noted(score: Score, value: str, on: Sequence[int]) -> bool:
    """Whether a score may be noted on this; of a newborn, « 8/9/10 » are three values in a row."""
    if not score.out_of or on[0] in score.out_of:
        return True
    return max(score.out_of) <= 10 and _at_most(value, on[0]) and allowed(score, str(on[0]))


def _at_most(value: str, highest: int) -> bool:
    return bool(re.fullmatch(r"\d+(?:[.,]\d+)?", value)) and float(value.replace(",", ".")) <= highest


def _measured(text: str, value: re.Match[str]) -> bool:
    """Whether a unit follows: « Glasgow à 18 heures » gives a time, not a score."""
    after = re.match(r"\s*(%|[^\W\d_]+)", text[value.end() :])
    return after is not None and after[1] not in ("point", "points") and bool(alike(after[1]))


def _sum(text: str, at: int, score: Score) -> Flag | None:
    """The total and its parts, when both are written, do not agree."""
    if not score.parts:
        return None
    window = re.split(r"[.;\n]\s", text[at : at + 60])[0]
    found = _PARTS.search(window)
    if found is None:
        return None
    parts = [int(one) for one in found.groups() if one]
    after = _TOTAL.match(window, found.end())
    before = re.search(r"(\d+)\s*[(:,]?\s*$", window[: found.start()])
    total = after or (before if _RANGE.fullmatch(score.values) and "I" not in score.values else None)
    start, end = at + found.start(), at + (after or found).end()
    if len(parts) == len(score.parts):
        for (letter, low, high), part in zip(score.parts, parts, strict=True):
            if not low <= part <= high:
                return _flag(text, start, end, f"{letter or 'Une partie'} vaut {part} : {low} à {high} attendu")
    if total and int(total[1]) != sum(parts):
        return _flag(text, at + min(found.start(), total.start(1)), end,
                     f"Le total de {score.name} n'est pas la somme ({' + '.join(map(str, parts))})")  # fmt: skip
    return None


def _flag(text: str, start: int, end: int, reason: str) -> Flag:
    return Flag(start=start, end=end, kind="number", text=text[start:end], reason=f"{reason} : réécoutez.")


def _within(found: re.Match[str], ranges: Sequence[tuple[str, str, str]]) -> str | None:
    """The matched value with each range in its own numerals, or None when one is out of its bounds."""
    shown, shift = found[0], 0
    for number, (low, high, step) in enumerate(ranges, start=1):
        said = found[f"n{number}"]
        if said is None:
            continue
        own = _numeral(said, low, high, step)
        if own is None:
            return None
        start, end = found.span(f"n{number}")
        shown = shown[: start + shift] + own + shown[end + shift :]
        shift += len(own) - len(said)
    return shown


def _numeral(said: str, low: str, high: str, step: str) -> str | None:
    roman = high in _ROMANS
    lowest, highest = (float(_ROMANS.index(one)) if one in _ROMANS else float(one) for one in (low, high))
    if said in _ROMANS and said != "0" and not roman and highest > 10:
        return None
    value = float(said.replace(",", ".")) if said[0].isdigit() else _ROMANS.index(said) if said in _ROMANS else -1.0
    steps = (value - lowest) / float(step or 1)
    if not lowest <= value <= highest or abs(steps - round(steps)) > 1e-6:
        return None
    if roman:
        return _ROMANS[int(value)]
    return said if said[0].isdigit() else str(int(value))


@cache
def _by_name() -> dict[str, Score]:
    return {_key(name): one for one in reversed(scores()) for name in (one.name, *one.spoken)}


@cache
def names() -> re.Pattern[str]:
    """What finds the scores in a text: by their names with a capital, or as the table writes them."""
    known = {name for one in scores() for name in (one.name, *one.spoken) if name != name.lower() or name == one.name}
    ordered = sorted((name for name in known if not name.endswith("(TNM)")), key=len, reverse=True)
    one = "|".join(_capital(name[0]) + re.escape(name[1:]) for name in ordered)
    return re.compile(rf"(?<![\w-])(?:{one})(?![\w-])")


def _capital(letter: str) -> str:
    return f"[{letter.upper()}{letter}]" if letter.islower() else re.escape(letter)


def _key(name: str) -> str:
    return "".join(letter for letter in fold(unicodedata.normalize("NFKC", name)) if letter.isalnum())


def _low(value: str) -> str:
    """Its numeral in capitals and its letter in lower case: « IIIB » gives « IIIb »."""
    found = re.fullmatch(r"([ivxIVX]+|\d+)([A-Za-z]*)(.*)", value)
    return found[1].upper() + found[2].lower() + found[3] if found else value.lower()


def _alternatives(values: str) -> list[str]:
    """The pattern cut at its outer bars."""
    out, depth = [""], 0
    for letter in values:
        depth += (letter == "(") - (letter == ")")
        if letter == "|" and not depth:
            out.append("")
        else:
            out[-1] += letter
    return out


def _compiled(alternative: str) -> tuple[re.Pattern[str], tuple[tuple[str, str, str], ...]]:
    numbers = count(1)
    pattern = _RANGE.sub(lambda _: rf"(?P<n{next(numbers)}>\d+(?:,\d+)?|[IVX]+)", alternative)
    return re.compile(pattern), tuple(_RANGE.findall(alternative))


def _score(row: list[str]) -> Score:
    name, spoken, values, parts, out_of, domain = row[:6]
    return Score(
        name=name,
        spoken=several(spoken),
        values=values,
        parts=tuple(_part(one) for one in parts.split()),
        out_of=tuple(int(one) for one in several(out_of)),
        specialties=several(domain),
    )


def _part(text: str) -> tuple[str, int, int]:
    found = re.fullmatch(r"([A-Z]?)(\d+)-(\d+)", text)
    if found is None:
        raise ValueError("not a part of a score")
    return found[1], int(found[2]), int(found[3])
