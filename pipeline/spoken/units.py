"""The unit that follows a number, as it was said and as it is written.

The words of `vocab.units`, with what dictation adds: which units stay words in a letter (« unités », never U nor UI in
a prescription: OMEDIT; « jours », « comprimés »), and how « par » joins them (« mg/kg/j »). Knows no number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from pipeline.spoken.heard import Piece, keys
from vocab import units as known

_WORDED_KINDS = frozenset({"time", "count", "optics"})
_WORDED = frozenset({"l", "unité", "million d'unités", "Log"})
_CASED = frozenset({"m", "g", "l", "h", "j", "s", "t", "v", "w", "pa", "ch", "met", "bar", "ua", "mc", "ma"})
"""Signs that are letters or words of the language too: taken as they are written only."""
_ADDED = (
    ("%", "pour 100"), ("%", "%"), ("‰", "pour 1000"), ("bpm", "battements minute"), ("bpm", "pulsations minute"),
    ("mmHg", "mm de mercure"), ("mmHg", "mm hg"), ("mmHg", "millimètres mercure"), ("cmHg", "cm de mercure"),
    ("cmH2O", "cm d'eau"), ("l/min", "litre minute"), ("l/min", "litres minute"), ("l/min", "l minute"),
    ("m²", "m2"), ("cm²", "cm2"), ("mm³", "mm3"), ("g", "gr"), ("kg", "kilos"), ("µg", "mcg"), ("ml", "cc"),
    ("ml", "mls"), ("/min", "par minute"), ("/min", "/ min"), ("/min", "/ minute"), ("mg", "milligrammes"),
    ("µmol", "umol"), ("dB", "db"), ("mmHg", "mmhg"), ("µg", "ug"), ("g", "gramm"), ("kPa", "kpa"), ("MHz", "mhz"),
    ("mg/kg", "mg kilo"), ("m²", "mètres carrés"), ("T", "teslas"), ("ml/h", "ml heure"), ("ml/h", "ml à l'heure"),
    ("ml/min", "ml minute"), ("mg/h", "mg heure"),
)  # fmt: skip
_LEFT_OUT = frozenset({"mm/h", "Log", "point", "dose", "SA", "mg/j", "g/j", "kcal/j", "PA"})
"""Said like another unit, or like a word: written only where the general rules write them."""
_PER = {
    "l": "l litre litres", "dl": "dl decilitre decilitres", "ml": "ml millilitre millilitres", "min": "min minute mn",
    "kg": "kg kilo kilos kilogramme kilogrammes", "mm³": "mm3", "m²": "m2", "h": "h heure", "j": "j jour",
    "mmol": "mmol millimole", "g": "g gramme", "s": "s seconde", "µl": "microlitre", "mol": "mole", "champ": "champ",
}  # fmt: skip
_PER_WORDS = (
    (("metre", "carre"), "m²"), (("m", "²"), "m²"), (("m", "2"), "m²"), (("millimetre", "cube"), "mm³"),
    (("mm", "³"), "mm³"), (("mm", "3"), "mm³"), (("24", "heures"), "24 h"), (("24", "h"), "24 h"),
    (("vingt", "quatre", "heures"), "24 h"), (("micro", "litre"), "µl"), (("centimetre", "carre"), "cm²"),
)  # fmt: skip
_SURFACE = ("1,73", "1.73")
_DIVIDED = frozenset(
    {"mg", "µg", "ng", "pg", "g", "kg", "ml", "l", "mmol", "µmol", "nmol", "pmol", "mol", "UI", "mUI", "kUI", "unité",
     "mEq", "mOsm", "kcal", "n", "G", "T", "cm", "m", "%"}
)  # fmt: skip
_DAILY = frozenset({"j", "h", "min", "24 h"})
_DOSES = frozenset({"mass", "activity"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A unit heard at a place."""

    sign: str
    """How it is written; a word is in the singular."""
    end: int
    """The position after it."""
    word: bool = False
    """Whether it stays the word that was said."""
    kind: str = ""
    """What it measures, as `vocab.units` says."""


def said(pieces: Sequence[Piece], at: int) -> Said | None:
    """The unit that begins at this place, with what « par » adds to it; None when none does."""
    head = _one(pieces, at)
    if head is None:
        return None
    end, sign = head.end, head.sign
    while head.sign.partition("/")[0] in _DIVIDED and (per := _per(pieces, end)):
        if head.sign == "unité" or (head.word and per[0] in _DAILY):
            if per[0] not in ("kg", "l", "ml", "h", "m²", "kg/j"):
                break
            sign = sign.replace("unité", "UI")
        if sign == head.sign and per[0] == "j" and _key(pieces, end) == "par":
            break  # « 3 g par jour » is written so
        sign, end = f"{sign}/{per[0]}", per[1]
    if sign == head.sign:
        return head
    return Said(sign=sign, end=end, kind="concentration")


def counted(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a unit, a sign or a word, begins at this place: the number before it is complete."""
    return _one(pieces, at) is not None


def is_dose(sign: str) -> bool:
    """Whether medicines are given in this unit."""
    unit = known.find(sign)
    return unit is not None and (unit.kind in _DOSES or sign in ("ml", "goutte"))


def _one(pieces: Sequence[Piece], at: int) -> Said | None:
    if at >= len(pieces) or pieces[at].mark or pieces[at].unit:
        return None
    for heard, sign, kind in _table().get(pieces[at].key, ()):
        end = at + len(heard)
        if end <= len(pieces) and _matches(pieces, at, heard, sign):
            found = Said(sign=sign, end=end, kind=kind, word=_is_word(sign, kind))
            return _continued(pieces, found)
    return None


def _is_word(sign: str, kind: str) -> bool:
    unit = known.find(sign)
    return "/" not in sign and sign != "ms" and (sign in _WORDED or kind in _WORDED_KINDS or bool(unit and unit.word))


def _continued(pieces: Sequence[Piece], found: Said) -> Said:
    """« degrés Celsius », « unités internationales »: the rest of the unit's name."""
    follows = pieces[found.end].key if found.end < len(pieces) else ""
    if found.sign in ("°", "°C") and follows in ("celsius", "celcius", "c"):
        return replace(found, sign="°C", end=found.end + 1)
    if found.sign == "unité" and follows.startswith("internationale"):
        return replace(found, end=found.end + 1)
    return found


def _matches(pieces: Sequence[Piece], at: int, heard: tuple[str, ...], sign: str) -> bool:
    taken = pieces[at : at + len(heard)]
    if any(piece.mark or piece.unit for piece in taken) or any(piece.after for piece in taken[:-1]):
        return False
    if tuple(piece.key for piece in taken) != heard:
        return False
    return not (len(heard) == 1 and heard[0] in _CASED) or taken[0].text == sign


def _per(pieces: Sequence[Piece], at: int) -> tuple[str, int] | None:
    """« par litre », « / kg », « et par jour »: the divisor and where it ends."""
    if at and at <= len(pieces) and pieces[at - 1].after:
        return None
    start = at + (_key(pieces, at) == "et" and _key(pieces, at + 1) == "par")
    if _key(pieces, start) not in ("par", "/", "pour"):
        return None
    said_pour = _key(pieces, start) == "pour"
    start += 1
    if square := _square(pieces, _surface(pieces, start)):
        return "1,73 m²", square
    if said_pour:
        return None
    for words, sign in _PER_WORDS:
        if tuple(piece.key for piece in pieces[start : start + len(words)]) == words:
            return sign, start + len(words)
    sign = _divisors().get(_key(pieces, start), "")
    return (sign, start + 1) if sign else None


def _surface(pieces: Sequence[Piece], at: int) -> int:
    """The position after « 1,73 », written or said; -1 when it is not there."""
    if _key(pieces, at) in _SURFACE:
        return at + 1
    said = at + 1 < len(pieces) and _key(pieces, at) in ("un", "1") and pieces[at + 1].mark == ","
    if said and _key(pieces, at + 2) == "73":
        return at + 3
    return at + 4 if said and (_key(pieces, at + 2), _key(pieces, at + 3)) == ("soixante", "treize") else -1


def _square(pieces: Sequence[Piece], at: int) -> int | None:
    if at < 0:
        return None
    if _key(pieces, at) == "m2":
        return at + 1
    following = (_key(pieces, at), _key(pieces, at + 1))
    return (
        at + 2 if following[0] in ("m", "metre", "metres") and following[1] in ("²", "2", "carre", "carres") else None
    )


def _key(pieces: Sequence[Piece], at: int) -> str:
    return pieces[at].key if at < len(pieces) else ""


@cache
def _divisors() -> dict[str, str]:
    return {said: sign for sign, names in _PER.items() for said in names.split()}


@cache
def _table() -> dict[str, list[tuple[tuple[str, ...], str, str]]]:
    """By first key, the longest first: (keys heard, sign, kind)."""
    table: dict[str, dict[tuple[str, ...], tuple[str, str]]] = {}
    kinds = {one.symbol: one.kind for one in known.units()}
    rows = [(one.symbol, form) for one in known.units() if one.symbol not in _LEFT_OUT for form in one.spoken]
    rows += [(one.symbol, one.symbol) for one in known.units() if one.symbol not in _LEFT_OUT]
    for sign, form in (*_ADDED, *rows):
        heard = keys(form)
        if heard and not heard[0][0].isdecimal():
            table.setdefault(heard[0], {}).setdefault(heard, (sign, kinds.get(sign, "")))
    table["degre"] = {**table.get("degre", {}), ("degre",): ("°", "angle")}
    table["degres"] = {**table.get("degres", {}), ("degres",): ("°", "angle")}
    return {
        first: [(heard, *found) for heard, found in sorted(forms.items(), key=lambda one: -len(one[0]))]
        for first, forms in table.items()
    }
