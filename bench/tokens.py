"""One canonical stream of tokens for any French medical text: how a fact is written does not change it.

« 2,5 mg », « 2.5mg », « deux virgule cinq milligrammes » give `#2.5 mg`; « 16 h 20 », « seize heures vingt » give
`@t16:20`; « 4 février 2026 », « 04/02/2026 » give `@02-04 @2026`. `#` opens a number, `@` a date or a time, `/` a
rate; any negation is `NEG`; case, accents, plurals and little words are gone.

This is the ruler. It knows nothing of `pipeline.spoken` on purpose: a product measured with its own number grammar
would agree with its own mistakes.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

_UNIT_WORDS = {
    "mg": "mg milligramme milligrammes milligrame milligrames miligramme miligrammes",
    "µg": "µg mcg microgramme microgrammes microg",
    "g": "g gr gramme grammes",
    "kg": "kg kilo kilos kilogramme kilogrammes",
    "ml": "ml millilitre millilitres",
    "dl": "dl decilitre decilitres",
    "l": "l litre litres",
    "cm": "cm centimetre centimetres",
    "mm": "mm millimetre millimetres",
    "m": "m metre metres",
    "ui": "ui unite unites",
    "mmol": "mmol millimole millimoles",
    "µmol": "µmol micromole micromoles umol",
    "%": "%",
    "j": "j jour jours",
    "sem": "semaine semaines sem",
    "mois": "mois",
    "an": "an ans annee",
    "min": "min minute minutes mn",
    "h": "h heure heures",
    "°c": "°c",
}
_UNITS = {word: unit for unit, words in _UNIT_WORDS.items() for word in words.split()}
UNITS = frozenset(_UNIT_WORDS)
"""The tokens that stand for a unit."""
NEGATION = "NEG"
SIDES = frozenset({"gauche", "droit", "droite"})

_NEGATIONS = frozenset({"pas", "sans", "aucun", "aucune", "ni", "absence", "non", "jamais"})
_LITTLE_WORDS = frozenset({"de", "du", "des", "la", "le", "les", "à", "a", "au", "aux", "en", "et", "ne", "environ"})
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}
_GRADED = frozenset({"stade", "grade", "type", "classe", "bosniak"})
_MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
_ORDINALS = {
    "deuxieme": "2ieme", "troisieme": "3ieme", "quatrieme": "4ieme", "cinquieme": "5ieme", "sixieme": "6ieme",
}  # fmt: skip

_DIGITS = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9,
}  # fmt: skip
_TEENS = {"dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16}
_TENS = {
    "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50,
    "septante": 70, "huitante": 80, "octante": 80, "nonante": 90,
}  # fmt: skip


def canonical(text: str, *, join_decimals: bool = True) -> list[str]:
    """Bring a text to its tokens.

    `join_decimals` reads « 2 virgule 5 » as 2.5; without it the two numbers stay apart, as when the comma was a
    punctuation mark that was dictated. A fact may be looked for in both streams.
    """
    words = _with_numbers(_words(text))
    if join_decimals:
        words = _with_decimals(words)
    words = _with_dates(words)
    out: list[str] = []
    at = 0
    while at < len(words):
        at += next(taken for rule in _RULES if (taken := rule(words, at, out)))
    return out


def digit_runs(text: str) -> str:
    """Every run of numbers of a text, their digits joined: what a telephone number is looked for in."""
    numbers = (word if word.isdigit() else "|" for word in _with_numbers(_words(text)))
    return re.sub(r" (?=\d)", "", " ".join(numbers))


# --- from characters to words -------------------------------------------------------------------------------------

_SPELLED_OUT = (
    (r"\b(?:[A-Z][.\- ]){2,}[A-Z]\b\.?", lambda found: re.sub(r"[^A-Z]", "", found[0])),  # B P C O, B.P.C.O
    (r"\b(?:[A-Z]\.){2,}", lambda found: found[0].replace(".", "")),
)
_REWRITTEN: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"°c", " °c "),
    (r"\bdegres?\b(?: celsius)?", " °c "),
    (r"\bpour ?cent\b", " % "),
    (r"\bunites? internationales?\b", " ui "),
    (r"\bn'", "ne "),
    (r"\b(?:d|l|j|s|m|c|t|qu|jusqu)'", " "),
    (
        r"\b(\d{1,2})[/.\-](\d{1,2})[/.\-]((?:19|20)\d\d)\b",
        lambda found: f" @{int(found[2]):02d}-{int(found[1]):02d} @{found[3]} ",
    ),
    (r"\b([1-9]\d{0,2})((?: \d{3})+)(?!\d)", lambda found: found[1] + found[2].replace(" ", "")),  # 4 000
    (r"\b(\d{1,2}):(\d\d)\b", r"\1 h \2"),
    (r"(\d)\s*/\s*(\d)", r"\1 sur \2"),
    (r"(\d)\s*[x×*]\s*(\d)", r"\1 x \2"),
    (r"(?<=\d)[.,](?=\d)", "."),
    (r"\b(\d+)(?:ere|er)\b", r"\1 "),
    (r"\b(\d+)(?:eme|e)\b", r"\1ieme "),
    (r"\bpremi(?:er|ere)\b(?= [a-z])", "1"),
)
_CHARACTERS = str.maketrans(
    {"’": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "μ": "µ", "œ": "oe", "Œ": "OE", "æ": "ae"}
)


def _words(text: str) -> list[str]:
    text = unicodedata.normalize("NFC", text).translate(_CHARACTERS)
    for pattern, joined in _SPELLED_OUT:
        text = re.sub(pattern, joined, text)
    text = without_accents(text.lower())
    for pattern, written in _REWRITTEN:
        text = re.sub(pattern, written, text)
    found = re.findall(r"@[\d-]+|\d+\.\d+|\d+ieme|\d+|°c|%|/|[a-zµ]+", text)
    return [_ORDINALS.get(word, word) for word in found]


def without_accents(text: str) -> str:
    """The same text, its accents taken off."""
    return "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")


# --- numbers said in words ----------------------------------------------------------------------------------------

_Read = tuple[int, int] | None
"""A value and where the words of it end."""


def _with_numbers(words: Sequence[str]) -> list[str]:
    out: list[str] = []
    at = 0
    while at < len(words):
        word, read = words[at], _below_million(words, at)
        if word.isdigit() and int(word) < 1000 and words[at + 1 : at + 2] == ["mille"]:
            rest, at = _below_thousand(words, at + 2) or (0, at + 2)
            out.append(str(int(word) * 1000 + rest))
        elif read is not None:
            out.append(str(read[0]))
            at = read[1]
        else:
            out.append("0" if word == "zero" else word)
            at += 1
    return out


def _below_million(words: Sequence[str], at: int) -> _Read:
    return _grouped(words, at, {"mille"}, scale=1000, most=999, below=_below_thousand)


def _below_thousand(words: Sequence[str], at: int) -> _Read:
    return _grouped(words, at, {"cent", "cents"}, scale=100, most=9, below=_below_hundred)


def _grouped(
    words: Sequence[str],
    at: int,
    names: set[str],
    *,
    scale: int,
    most: int,
    below: Callable[[Sequence[str], int], _Read],
) -> _Read:
    """« trois cent douze », « mille neuf cents »: how many groups, their name, what is left."""
    if at < len(words) and words[at] in names:
        groups, end = 1, at + 1
    else:
        read = below(words, at)
        if read is None:
            return None
        groups, end = read
        if not (2 <= groups <= most and end < len(words) and words[end] in names):
            return read
        end += 1
    rest, end = below(words, end) or (0, end)
    return groups * scale + rest, end


def _below_hundred(words: Sequence[str], at: int) -> _Read:
    word, after = words[at] if at < len(words) else "", words[at + 1 : at + 2]
    if word == "quatre" and after in (["vingt"], ["vingts"]):
        return _completed(80, words, at + 2, teens=True)
    if word == "soixante":
        if after == ["et"] and words[at + 2 : at + 3] == ["onze"]:
            return 71, at + 3
        return _and_one(60, words, at + 1) or _completed(60, words, at + 1, teens=True)
    if word in _TENS:
        return _and_one(_TENS[word], words, at + 1) or _completed(_TENS[word], words, at + 1, teens=False)
    return _teen(words, at) or ((_DIGITS[word], at + 1) if word in _DIGITS else None)


def _and_one(tens: int, words: Sequence[str], at: int) -> _Read:
    return (tens + 1, at + 2) if words[at : at + 2] in (["et", "un"], ["et", "une"]) else None


def _completed(tens: int, words: Sequence[str], at: int, *, teens: bool) -> tuple[int, int]:
    """« soixante-douze », « vingt-quatre », or the tens alone."""
    read = _teen(words, at) if teens else None
    if read is not None:
        return tens + read[0], read[1]
    if at < len(words) and words[at] in _DIGITS:
        return tens + _DIGITS[words[at]], at + 1
    return tens, at


def _teen(words: Sequence[str], at: int) -> _Read:
    if at >= len(words) or words[at] not in _TEENS:
        return None
    if words[at] == "dix" and words[at + 1 : at + 2] in (["sept"], ["huit"], ["neuf"]):
        return 10 + _DIGITS[words[at + 1]], at + 2
    return _TEENS[words[at]], at + 1


def _with_decimals(words: Sequence[str]) -> list[str]:
    """« 2 virgule 5 » is 2.5, « 0 virgule 0 5 » is 0.05."""
    out: list[str] = []
    at = 0
    while at < len(words):
        after = words[at + 1 : at + 3]
        if not (words[at].isdigit() and len(after) == 2 and after[0] in {"virgule", "virgules"} and after[1].isdigit()):
            out.append(words[at])
            at += 1
            continue
        end = at + 2
        while end < len(words) and words[end] == "0":
            end += 1
        if end < len(words) and words[end].isdigit():
            end += 1
        out.append(f"{words[at]}.{''.join(words[at + 2 : end])}")
        at = end
    return out


def _with_dates(words: Sequence[str]) -> list[str]:
    out: list[str] = []
    at = 0
    while at < len(words):
        month = words[at + 1] if at + 1 < len(words) else ""
        if not (words[at].isdigit() and 1 <= int(words[at]) <= 31 and month in _MONTHS):
            out.append(words[at])
            at += 1
            continue
        out.append(f"@{_MONTHS.index(month) + 1:02d}-{int(words[at]):02d}")
        at += 2
        if at < len(words) and re.fullmatch(r"(19|20)\d\d", words[at]):
            out.append(f"@{words[at]}")
            at += 1
    return out


# --- from words to tokens: each rule says how many words it took, 0 when they are not its own ----------------------


def _clock(words: Sequence[str], at: int, out: list[str]) -> int:
    """« 16 h 20 », « seize heures », but not « 2 heures 3 fois » nor « 8 h 30 mg »."""
    hour, name, minute, after = (*words[at : at + 4], "", "", "", "")[:4]
    if not hour.isdigit() or name not in {"h", "heure", "heures"}:
        return 0
    exact = minute.isdigit() and int(minute) < 60 and after not in _UNITS and after != "fois"
    out.append(f"@t{int(hour)}:{int(minute):02d}" if exact else f"@t{int(hour)}:00")
    return 3 if exact else 2


def _height(words: Sequence[str], at: int, out: list[str]) -> int:
    """« 1 m 70 » is 1.70 m."""
    metres = out[-2] if len(out) > 1 and out[-1] == "m" else ""
    after = words[at + 1] if at + 1 < len(words) else ""
    if not (metres.startswith("#") and "." not in metres and re.fullmatch(r"\d\d", words[at]) and after not in _UNITS):
        return 0
    out[-2] = "#" + _shortest(f"{metres[1:]}.{words[at]}")
    return 1


def _number(words: Sequence[str], at: int, out: list[str]) -> int:
    if not _is_number(words[at]):
        return 0
    out.append("#" + _shortest(words[at]))
    return 1


def _unit(words: Sequence[str], at: int, out: list[str]) -> int:
    if words[at] not in _UNITS or not _ends_with_number(out):
        return 0
    out.append(_UNITS[words[at]])
    return 1


def _rate(words: Sequence[str], at: int, out: list[str]) -> int:
    """« /24 h », « par jour », « 24 par 18 »; a slash that means nothing more is dropped."""
    if words[at] not in {"/", "par"}:
        return 0
    after = words[at + 1] if at + 1 < len(words) else ""
    if after in _UNITS:
        out.append("/" + _UNITS[after])
        return 2
    if words[at] == "par" and _ends_with_number(out) and _is_number(after):
        out.append("x")
        return 1
    if _is_number(after) and _ends_with_measure(out):
        out.append("/")
        return 1
    return 1 if words[at] == "/" else 0


def _half(words: Sequence[str], at: int, out: list[str]) -> int:
    """« 2 comprimés et demi » keeps its word; « 2 et demi », « 1 an et demi » is 2.5, 1.5 an."""
    if words[at] not in {"demi", "demie"} or not out:
        return 0
    number = len(out) - 1
    if not out[number].startswith("#") and number > 0 and out[number] in UNITS:
        number -= 1
    if not out[number].startswith("#") or "." in out[number]:
        return 0
    out[number] += ".5"
    return 1


def _stage(words: Sequence[str], at: int, out: list[str]) -> int:
    """« stade III » is stage 3."""
    if words[at] not in _ROMAN or not out or out[-1] not in _GRADED:
        return 0
    out.append(f"#{_ROMAN[words[at]]}")
    return 1


def _word(words: Sequence[str], at: int, out: list[str]) -> int:
    word = words[at]
    if word in _NEGATIONS:
        out.append(NEGATION)
    elif word not in _LITTLE_WORDS:
        out.append(word[:-1] if len(word) > 3 and word[-1] in "sx" and word != "mois" else word)
    return 1


_RULES = (_clock, _height, _number, _unit, _rate, _half, _stage, _word)


def _is_number(word: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", word) is not None


def _shortest(number: str) -> str:
    """02 is 2, 2.50 is 2.5."""
    whole, _, decimals = number.partition(".")
    decimals = decimals.rstrip("0")
    return f"{int(whole)}.{decimals}" if decimals else str(int(whole))


def _ends_with_number(out: Sequence[str]) -> bool:
    return bool(out) and out[-1].startswith("#")


def _ends_with_measure(out: Sequence[str]) -> bool:
    """Whether the last thing read is a number with its unit, a rate or a time: then « / » or « par » divides it."""
    if not out:
        return False
    return out[-1].startswith(("/", "@t")) or (out[-1] in UNITS and _ends_with_number(out[:-1]))
