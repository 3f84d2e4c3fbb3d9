"""Word error rate for French: two texts brought to the words as they are said, then counted.

Numbers are put in words (« 2,5 mg » and « deux virgule cinq milligrammes » are the same), case, accents, punctuation
and hyphens are gone. Unlike `bench.tokens`, no little word is dropped: this counts what a recogniser hears, not what a
letter says.
"""

import re
from dataclasses import dataclass

from bench.tokens import without_accents

_ONES = (
    "zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize", "dix sept", "dix huit", "dix neuf",
)  # fmt: skip
_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante", 8: "quatre vingt"}
_LONGEST_NUMBER = 7
"""Digits in a row; more are said one by one."""
_CHARACTERS = str.maketrans({"’": "'", "œ": "oe", "æ": "ae", "\u00a0": " ", "\u202f": " ", "μ": "µ"})
_WRITTEN = (
    (r"\bm\.(?= )", "monsieur"),
    (r"\bmme\b", "madame"),
    (r"\bdr\b\.?", "docteur"),
    (r"(?<=\d) (?=\d{3}\b)", ""),  # 4 000
    (r"(?<=\d)[.,](?=\d)", " virgule "),
    (r"(?<=\d)\s*/\s*(?=\d)", " sur "),
    (r"%", " pour cent "),
    (r"°\s*c?\b|°", " degres "),
    (r"(?<=\d)\s*h\b", " heures "),
    (r"(?<=\d)h(?=\d)", " heures "),
    (r"(?<=\d)\s*mg\b", " milligrammes "),
    (r"(?<=\d)\s*(?:µg|mcg)\b", " microgrammes "),
    (r"(?<=\d)\s*kg\b", " kilos "),
    (r"(?<=\d)\s*g\b", " grammes "),
    (r"(?<=\d)\s*ml\b", " millilitres "),
    (r"(?<=\d)\s*mm\b", " millimetres "),
    (r"(?<=\d)\s*cm\b", " centimetres "),
    (r"(?<=\d)(?:er|ere)\b", " premier "),
    (r"(?<=\d)(?:eme|e)\b", " ieme "),
)
_SAME = {"vingts": "vingt", "cents": "cent", "kilogrammes": "kilos", "une": "un", "premiere": "premier"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WordErrors:
    """How many words were lost, put in or changed, of how many that were said."""

    wrong: int
    of: int


def errors(reference: str, heard: str) -> WordErrors:
    """Count the least number of words to change from what was heard to the reference."""
    from rapidfuzz.distance import Levenshtein

    wanted = said(reference)
    return WordErrors(wrong=Levenshtein.distance(wanted, said(heard)), of=len(wanted))


def said(text: str) -> list[str]:
    """The words of a text as they are said, without accents."""
    text = without_accents(text.translate(_CHARACTERS).lower())
    for pattern, words in _WRITTEN:
        text = re.sub(pattern, words, text)
    text = re.sub(r"\d+", lambda found: f" {_number(found[0])} ", text)
    return [_SAME.get(word, word) for word in re.findall(r"[^\W\d_]+", text)]


def _number(digits: str) -> str:
    zeros = len(digits) - len(digits.lstrip("0"))
    if len(digits) > _LONGEST_NUMBER or zeros == len(digits):
        return " ".join(_ONES[int(digit)] for digit in digits)
    return " ".join([*["zero"] * zeros, _spelled(int(digits))])


def _spelled(value: int) -> str:
    for scale, name in ((1_000_000, "million"), (1000, "mille"), (100, "cent")):
        if value >= scale:
            groups, rest = divmod(value, scale)
            counted = name if groups == 1 and scale < 1_000_000 else f"{_spelled(groups)} {name}"
            plural = "s" if scale == 1_000_000 and groups > 1 else ""
            return f"{counted}{plural} {_spelled(rest)}" if rest else counted + plural
    return _below_hundred(value)


def _below_hundred(value: int) -> str:
    if value < len(_ONES):
        return _ONES[value]
    tens, ones = divmod(value, 10)
    if tens in (7, 9):
        tens, ones = tens - 1, ones + 10
    if not ones:
        return _TENS[tens]
    joint = " et " if ones in (1, 11) and tens != 8 else " "
    return f"{_TENS[tens]}{joint}{_ONES[ones]}"
