"""Doses that cannot be: a strength that is not sold, a unit that is not a dose, a medicine that must not be daily.

Compares each dose to the known strengths of the medicine it follows, and to simple multiples of them (a quarter to
four).
Knows nothing of the patient: a dose that passes here is possible, not right.
"""

import math
import re
from collections.abc import Iterator, Sequence

from vocab.flag import Flag
from vocab.lexicon import Entry, Lexicon, Strength
from vocab.words import Token

_SCALE = {"µg": 0.001, "microgrammes": 0.001, "mg": 1.0, "g": 1000.0}
_MULTIPLES = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
_WRONG_UNITS = {"kg", "km", "l", "cm", "m", "mm"}
_REACH = 6


def drugs(tokens: Sequence[Token], lexicon: Lexicon) -> list[tuple[int, int, Entry]]:
    """The medicines of a text: (first token, after the last, entry), the longest names first."""
    found: list[tuple[int, int, Entry]] = []
    at = 0
    while at < len(tokens):
        length, entry = _drug_at(tokens, at, lexicon)
        if entry:
            found.append((at, at + length, entry))
        at += max(1, length)
    return found


def _drug_at(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> tuple[int, Entry | None]:
    if tokens[at].kind != "word":
        return 1, None
    for length in (4, 3, 2, 1):
        taken = tokens[at : at + length]
        if len(taken) < length or any(token.kind not in ("word",) and token.text != "/" for token in taken):
            continue
        if length == 3 and taken[1].text == "/":
            text = f"{taken[0].text}/{taken[2].text}"
        elif length == 4 and taken[1].text == "/":
            text = f"{taken[0].text}/{taken[2].text} {taken[3].text}"
        else:
            text = " ".join(token.text for token in taken)
        entry = lexicon.find(text)
        if entry and entry.drug:
            return length, entry
    return 1, None


def dose_flags(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Flag]:
    """Doses that no known strength makes, wrong units after a medicine, doses without a medicine, weekly medicines."""
    found = drugs(tokens, lexicon)
    owned: set[int] = set()
    for index, (_, after, entry) in enumerate(found):
        limit = found[index + 1][0] if index + 1 < len(found) else len(tokens)
        for number in _numbers(tokens, after, min(limit, after + _REACH)):
            owned.add(number)
            flag = _judged(text, tokens, number, entry)
            if flag:
                yield flag
        if entry.substance == "méthotrexate":
            yield from _weekly(text, tokens, after, limit, entry)
    yield from _orphans(text, tokens, owned)


def _numbers(tokens: Sequence[Token], start: int, end: int) -> Iterator[int]:
    for at in range(start, min(end, len(tokens) - 1)):
        if tokens[at].kind == "stop" and tokens[at].text in ".;:\n":
            return
        if tokens[at].kind == "number":
            yield at
            return


def _value(token: Token) -> float | None:
    plain = token.text.replace(" ", "").replace(",", ".")
    return float(plain) if re.fullmatch(r"\d+(?:\.\d+)?", plain) else None


def _judged(text: str, tokens: Sequence[Token], at: int, entry: Entry) -> Flag | None:
    value, unit = _value(tokens[at]), tokens[at + 1].text
    if value is None:
        return None
    start, end = tokens[at].start, tokens[at + 1].end
    if unit in _WRONG_UNITS:
        reason = f"« {unit} » n'est pas une unité de dose de {entry.text}."
        return _flag(text, start, end, reason, severity="block")
    scale = _SCALE.get(unit)
    strengths = [one for one in entry.strengths if one.unit in _SCALE]
    if scale is None or not strengths or _possible(value * scale, strengths):
        return None
    known = ", ".join(_shown(one) for one in strengths[:8])
    reason = f"Dose inhabituelle pour {entry.text} (dosages connus : {known})."
    shifted = tuple(_shown(one) for one in strengths if _comma_apart(value * scale, one.value * _SCALE[one.unit]))
    return _flag(text, start, end, reason, severity="block", suggestions=shifted)


def _possible(milligrams: float, strengths: Sequence[Strength]) -> bool:
    sold = [one.value * _SCALE[one.unit] for one in strengths]
    return any(abs(milligrams - one * times) < 1e-6 * max(1.0, milligrams) for one in sold for times in _MULTIPLES)


def _comma_apart(milligrams: float, sold: float) -> bool:
    """Whether two doses differ by the place of the comma only: the one slip for which a dose may be proposed."""
    power = math.log10(milligrams / sold) if milligrams > 0 and sold > 0 else 0.5
    return abs(power - round(power)) < 1e-6


def _shown(strength: Strength) -> str:
    return f"{strength.value:g} {strength.unit}".replace(".", ",")


def _weekly(text: str, tokens: Sequence[Token], after: int, limit: int, entry: Entry) -> Iterator[Flag]:
    """Oral methotrexate is weekly: taken daily, it has killed (ANSM « never events »)."""
    if not any(True for _ in _numbers(tokens, after, limit)):
        return
    end = min(limit, after + 16)
    said = {token.key for token in tokens[after:end]}
    if not said & {
        "semaine",
        "semaines",
        "hebdomadaire",
        "lundi",
        "mardi",
        "mercredi",
        "jeudi",
        "vendredi",
        "samedi",
        "dimanche",
    }:
        start = tokens[after - 1].start
        reason = "Méthotrexate : la prise est hebdomadaire ; le rythme « par semaine » n'est pas dit."
        yield _flag(text, start, tokens[after - 1].end, reason, severity="block")


def _orphans(text: str, tokens: Sequence[Token], owned: set[int]) -> Iterator[Flag]:
    """A dose in mg that follows no medicine: its name was probably not understood."""
    for at, token in enumerate(tokens[:-1]):
        if token.kind != "number" or at in owned or tokens[at + 1].text not in ("mg", "µg", "microgrammes", "g"):
            continue
        follows = tokens[at + 2].text if at + 2 < len(tokens) else ""
        before = tokens[at - 1].key if at else ""
        if tokens[at + 1].text == "g" and follows not in (
            "matin",
            "midi",
            "le",
            "par",
            "toutes",
            "deux",
            "trois",
            "si",
        ):
            continue
        if follows == "/" or before in ("a", "de", "est", "maximum", "ou", "puis", "poids"):
            continue
        yield _flag(
            text,
            token.start,
            tokens[at + 1].end,
            "Dose sans médicament reconnu juste avant : réécoutez.",
            severity="look",
        )


def _flag(text: str, start: int, end: int, reason: str, *, severity: str, suggestions: tuple[str, ...] = ()) -> Flag:
    return Flag(
        start=start, end=end, kind="dose", text=text[start:end], reason=reason,
        severity="block" if severity == "block" else "look", suggestions=suggestions,
    )  # fmt: skip
