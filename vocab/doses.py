"""Doses that cannot be: a strength that is not sold, a unit that is not a dose, an amount out of all usual limits.

Compares each dose to the known strengths of the medicine it follows, to their simple multiples, and to `vocab.limits`.
Knows nothing of the patient: a dose that passes here is possible, not right.
"""

import math
import re
from collections.abc import Iterator, Sequence

from vocab.allergies import allergy_flags
from vocab.flag import Flag, Severity
from vocab.folding import fold
from vocab.lexicon import Entry, Lexicon
from vocab.limits import Basis, Limits, limits
from vocab.posology import Quantity, number, quantities
from vocab.prescribed import Given, drugs, given
from vocab.prescribing import prescribing_flags
from vocab.words import Token

__all__ = ["dose_flags", "drugs"]

_MULTIPLES = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
_DAILY = 12
"""How many of the largest tablet a day may hold, at most."""
_GASES = frozenset(["oxygène", "protoxyde d'azote"])
_TAKEN = frozenset(
    "le la les matin midi soir coucher nuit au par en a tous toutes chaque puis depuis et dans deux trois si".split()  # noqa: SIM905
)
"""What follows a dose said without its unit: « Kardégic 75 le matin »."""
_NO_DOSE = frozenset(
    """a de est etait maximum max ou puis poids soit total dose posologie passe augmente diminue majore reduit jusqu'
    ampoule comprime gelule sachet patch bolus palier titration""".split()  # noqa: SIM905
)
_AFTER_GRAMS = frozenset("matin midi soir le par toutes deux trois quatre fois si x".split())  # noqa: SIM905
NO_MEDICINE = "Dose sans médicament reconnu juste avant : réécoutez."
"""The reason of a dose that follows no known medicine: the word before it, when it is flagged too, is the cause."""
_FAR = 14
"""Tokens before a lonely dose in which a medicine may have been named in another sentence."""


def dose_flags(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Flag]:
    """Doses that no known strength makes or out of limits, wrong units, doses without a medicine; then how they are
    written (`vocab.prescribing`), and a treatment that an allergy of the same text forbids (`vocab.allergies`).
    """
    found = drugs(tokens, lexicon)
    amounts = quantities(text)
    owned = list(given(text, tokens, found, amounts, lexicon))
    for one in owned:
        flag = _judged(text, one) if one.near else None
        if flag:
            yield flag
    yield from _unitless(text, tokens, found, amounts)
    yield from _orphans(text, tokens, found, [one for one in amounts if one not in {two.quantity for two in owned}])
    yield from prescribing_flags(text, tokens, found, owned)
    yield from allergy_flags(text, tokens, found)


def _judged(text: str, one: Given) -> Flag | None:
    quantity = one.quantity
    if quantity.measure == "wrong":
        return _wrong_unit(text, one)
    if quantity.measure == "units" and quantity.per in ("", "day"):
        return _beyond(text, one, "units", quantity.values)
    if quantity.measure != "mass" or quantity.per == "rate":
        return None
    if quantity.per in ("kg", "m2") or (quantity.per == "week" and _known(one, "week")):
        return _beyond(text, one, quantity.per, quantity.milligrams)
    return _beyond(text, one, "day", quantity.milligrams) or _unsold(text, one)


def _known(one: Given, basis: Basis) -> Limits | None:
    """The limits of the name itself when it has its own (« Kardégic »), else of its substances."""
    return limits([one.entry.text], basis) or limits(one.substances, basis)


def _wrong_unit(text: str, one: Given) -> Flag | None:
    quantity = one.quantity
    poured = quantity.unit == "l" and (one.liquid or bool(set(one.substances) & _GASES))
    before = fold(text[max(0, quantity.start - 16) : quantity.start])
    if (
        quantity.per in ("rate", "kg")
        or poured
        or re.search(r"\b(pour|poids|pese|pesant|sur|taille|chez|de)\b", before)
    ):
        return None
    reason = f"« {quantity.said} » n'est pas une unité de dose de {one.entry.text}."
    return _flag(text, quantity.start, quantity.end, reason, severity="block")


def _beyond(text: str, one: Given, basis: Basis, amounts: Sequence[float]) -> Flag | None:
    """An amount out of the usual limits of the medicine."""
    known = _known(one, basis)
    if known is None or all(known.least * 0.999 <= amount <= known.most * 1.001 for amount in amounts):
        return None
    high = max(amounts) > known.most
    shown = _shown(known.most, basis) if high else _shown(known.least, basis).removesuffix(" par jour")
    side = "au-dessus" if high else "au-dessous"
    reason = f"Dose {side} de ce qui se donne d'ordinaire pour {one.entry.text} ({shown}) : réécoutez."
    return _flag(
        text, one.quantity.start, one.quantity.end, reason, severity="block",
        suggestions=_shifted(one) if basis == "day" else (),
    )  # fmt: skip


def _shown(value: float, basis: Basis) -> str:
    unit = "unités" if basis == "units" else "mg"
    if unit == "mg" and value < 0.5:
        value, unit = value * 1000, "microgrammes"
    elif unit == "mg" and value >= 2000:
        value, unit = value / 1000, "g"
    per = {"day": " par jour", "m2": " par m²", "kg": " par kilo", "week": " par semaine"}.get(basis, "")
    return f"{value:,.10g}".replace(",", " ").replace(".", ",") + f" {unit}{per}"


def _unsold(text: str, one: Given) -> Flag | None:
    """A dose that no strength makes: to be settled when a strength is a comma away or far off, else to be looked at."""
    sold = tuple(strength for strength, _ in one.strengths)
    known = _known(one, "day")
    if not sold or all(_possible(amount, sold, one, known) for amount in one.quantity.milligrams):
        return None
    shifted = _shifted(one)
    far = known is None and not all(min(sold) / 4 <= amount <= max(sold) * 4 for amount in one.quantity.milligrams)
    names = ", ".join(dict.fromkeys(shown for _, shown in one.strengths[:8]))
    return _flag(
        text, one.quantity.start, one.quantity.end,
        f"Dose inhabituelle pour {one.entry.text} (dosages connus : {names}).",
        severity="block" if shifted or far else "look", suggestions=shifted,
    )  # fmt: skip


def _possible(amount: float, sold: Sequence[float], one: Given, known: Limits | None) -> bool:
    if _made(amount, sold):
        return True
    if known:
        return one.liquid or any(_whole(2 * amount / strength) for strength in sold)
    if one.liquid:
        return min(sold) / 25 <= amount <= max(sold) * 10
    daily = one.quantity.per == "day" and amount <= _DAILY * max(sold)
    return daily and any(_whole(amount / strength) for strength in sold)


def _made(amount: float, sold: Sequence[float]) -> bool:
    """Whether a part or a few of one tablet make it, or one tablet with another."""
    return any(_same(amount, strength * times) for strength in sold for times in _MULTIPLES) or any(
        _same(amount, strength + other) for strength in sold for other in sold
    )


def _same(one: float, other: float) -> bool:
    return abs(one - other) < 1e-6 * max(1.0, one)


def _whole(value: float) -> bool:
    return value > 0.5 and abs(value - round(value)) < 1e-6


def _shifted(one: Given) -> tuple[str, ...]:
    """The strengths from which a dose differs by the place of the comma only: the one slip for which a dose may be
    proposed."""
    amount = one.quantity.milligrams[-1]
    near = (shown for strength, shown in one.strengths if _comma_apart(amount, strength))
    return tuple(dict.fromkeys(shown.replace("µg", "microgrammes") for shown in near))[:4]


def _comma_apart(milligrams: float, sold: float) -> bool:
    power = math.log10(milligrams / sold) if milligrams > 0 and sold > 0 else 0.5
    return round(power) != 0 and abs(power - round(power)) < 1e-6


def _unitless(
    text: str, tokens: Sequence[Token], found: Sequence[tuple[int, int, Entry]], amounts: Sequence[Quantity]
) -> Iterator[Flag]:
    """« Eliquis 50 le matin »: a dose said without its unit, that is no strength in any unit."""
    for _, after, entry in found:
        if entry.substance.startswith("insuline") or not _bare(tokens, after, amounts):
            continue
        value = number(tokens[after].text)
        sold = [strength.value * scale for strength in entry.strengths for scale in (1.0, 1e-3, 1e-6)]
        pieces = value == int(value) and value <= 12
        if sold and not pieces and not _made(value, sold):
            reason = f"Nombre sans unité, et {entry.text} n'existe pas à ce dosage : réécoutez."
            yield _flag(text, tokens[after].start, tokens[after].end, reason, severity="look")


def _bare(tokens: Sequence[Token], at: int, amounts: Sequence[Quantity]) -> bool:
    """Whether a number without a unit stands there, alone."""
    token = tokens[min(at, len(tokens) - 1)]
    if at >= len(tokens) or token.kind != "number" or not re.fullmatch(r"\d+(?:[.,]\d+)?", token.text):
        return False
    if any(one.start <= token.start < one.end for one in amounts):
        return False
    follows = tokens[at + 1] if at + 1 < len(tokens) else None
    return follows is None or follows.key in _TAKEN or follows.text in ".,;:)\n"


def _orphans(
    text: str, tokens: Sequence[Token], found: Sequence[tuple[int, int, Entry]], amounts: Sequence[Quantity]
) -> Iterator[Flag]:
    """A dose in mg that follows no medicine: its name was probably not understood."""
    for amount in amounts:
        if amount.measure != "mass" or amount.per not in ("", "day") or _explained(text, tokens, found, amount):
            continue
        yield _flag(text, amount.start, amount.end, NO_MEDICINE, severity="look")


def _explained(text: str, tokens: Sequence[Token], found: Sequence[tuple[int, int, Entry]], amount: Quantity) -> bool:
    """Whether a lonely dose has another reason to be there."""
    before = [one for one in tokens if one.end <= amount.start]
    after = next((one for one in tokens if one.start >= amount.end), None)
    if before and before[-1].key in _NO_DOSE:
        return True
    if amount.unit == "g" and (after is None or after.key not in _AFTER_GRAMS):
        return True
    named = [end for _, end, _ in found if end <= len(before)]
    return bool(named) and len(before) - named[-1] <= _FAR


def _flag(
    text: str, start: int, end: int, reason: str, *, severity: Severity, suggestions: tuple[str, ...] = ()
) -> Flag:
    return Flag(
        start=start, end=end, kind="dose", text=text[start:end], reason=reason, severity=severity,
        suggestions=suggestions,
    )  # fmt: skip
