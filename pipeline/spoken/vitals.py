"""Blood pressure, temperature, marks out of a maximum, sizes: numbers that go by two or three.

Knows what is plausible (a pressure under 30 is in cmHg, from 50 in mmHg; a temperature is between 30 and 43 °C) and
doubts what is not. Knows no unit table and no date.
"""

from collections.abc import Sequence

from pipeline.spoken import units
from pipeline.spoken.grammar import Reading, ends, key, made, near
from pipeline.spoken.heard import Doubt, Piece
from pipeline.spoken.numbers import Number, doubtful, number

_PRESSURE = frozenset(
    {"tension", "tensions", "ta", "pa", "tensionnel", "tensionnels", "arterielle", "arterielles", "arteriel",
     "tensionnelle", "mapa", "automesure", "automesures"}
)  # fmt: skip
_NOT_PRESSURE = frozenset({"oculaire", "intraoculaire", "veineuse", "pulmonaire", "capillaire", "pio", "expiratoire"})
_HEAT = frozenset(
    {"temperature", "temperatures", "fievre", "febrile", "febricule", "thermique", "temp", "apyretique", "apyrexie",
     "hyperthermie", "hypothermie", "t°", "febriles", "subfebrile"}
)  # fmt: skip
_OUT_OF = frozenset(
    [
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "10",
        "12",
        "14",
        "15",
        "16",
        "18",
        "20",
        "21",
        "24",
        "27",
        "28",
        "30",
        "35",
        "36",
        "40",
        "42",
        "45",
        "50",
        "54",
        "56",
        "60",
        "63",
        "70",
        "72",
        "100",
    ]
)
_PARTS = {"dixieme": "10", "dixiemes": "10", "sixieme": "6", "sixiemes": "6", "vingtieme": "20", "vingtiemes": "20",
          "cinquieme": "5", "cinquiemes": "5", "10eme": "10", "10emes": "10", "10e": "10", "6e": "6"}  # fmt: skip
_ORDINAL = ("e", "eme", "emes", "es", "ieme", "iemes")
_BY = ("par", "x", "×", "sur", "fois", "/")
_LENGTHS = ("mm", "cm", "m")
_MASSES = ("mg", "µg", "g")
_IMPOSSIBLE = "Cette tension n'est pas possible : réécoutez les deux chiffres."
_GUESSED = "Nombre reconstruit à partir de ce qui a été entendu : réécoutez."


def size(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« douze sur huit sur cinq millimètres »: 12 × 8 × 5 mm; « 400 sur 12 microgrammes »: 400/12 µg."""
    found, sides, end = number(pieces, at), list[str](), at
    while found and len(sides) < 4:
        sides, end = [*sides, found.text], found.end
        unit = units.said(pieces, end)
        repeated = unit is not None and unit.sign in _LENGTHS and key(pieces, unit.end) in _BY
        by = unit.end if unit and repeated else end
        found = number(pieces, by + 1) if key(pieces, by) in _BY and not _stopped(pieces, by) else None
    unit = units.said(pieces, end)
    timed = any(piece.key in ("x", "×", "fois") for piece in pieces[at:end])
    if timed and unit is not None and unit.sign in _MASSES:
        return None  # « deux fois cent milligrammes »
    if len(sides) == 2 and unit is not None and unit.sign in _MASSES:
        return made(pieces, at, unit.end, f"{'/'.join(sides)} {unit.sign}", unit=unit.sign)
    if len(sides) < 2 or unit is None or unit.sign not in _LENGTHS:
        return None
    return made(pieces, at, unit.end, f"{' × '.join(sides)} {unit.sign}", unit=unit.sign)


def _stopped(pieces: Sequence[Piece], at: int) -> bool:
    return at > 0 and bool(pieces[at - 1].after)


def pressure(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« douze huit », « 145 sur 85 » after « tension »: 12/8, 145/85."""
    first = number(pieces, at)
    keyword = near(written, _PRESSURE, within=7) and not near(written, _NOT_PRESSURE, within=4)
    keyword = keyword or bool(first and _of_pressure(pieces, first.end))
    if not first:
        return None
    if not first.plain:
        return _decimal_pressure(pieces, at, first) if keyword else None
    over = key(pieces, first.end) in ("sur", "/") or (first.end < len(pieces) and pieces[first.end].glue == "-")
    if not over and (not keyword or ends(pieces, first.end)):
        return None
    named = key(pieces, first.end) in ("sur", "/")
    second = number(pieces, first.end + named)
    if not second or (units.counted(pieces, second.end) and not _in_mercury(pieces, second.end)):
        return None
    return _paired(pieces, at, first, second, keyword=keyword, named=named)


def _of_pressure(pieces: Sequence[Piece], at: int) -> bool:
    """« douze huit de tension »: the name comes after the two numbers."""
    second = number(pieces, at + (key(pieces, at) in ("sur", "/"))) if at < len(pieces) else None
    return second is not None and key(pieces, second.end) == "de" and key(pieces, second.end + 1) in _PRESSURE


def _in_mercury(pieces: Sequence[Piece], at: int) -> bool:
    unit = units.said(pieces, at)
    return unit is not None and unit.sign in ("mmHg", "cmHg")


def _paired(
    pieces: Sequence[Piece], at: int, first: Number, second: Number, *, keyword: bool, named: bool
) -> Reading | None:
    high, low = float(first.decimal), float(second.decimal)
    text, doubt = f"{first.text}/{second.text}", first.doubt or second.doubt
    if _plausible(high, low) and (keyword or (named and (high >= 60 or high >= 9))):
        return made(pieces, at, second.end, text, unit="pressure", doubt=doubt)
    if keyword and named and second.plain and max(high, low) <= 300:
        impossible = doubtful(_IMPOSSIBLE, text, severity="block")
        return made(pieces, at, second.end, text, unit="pressure", doubt=impossible)
    return None


def _plausible(high: float, low: float) -> bool:
    return (5 <= high <= 28 and 3 <= low < high <= low + 16) or (60 <= high <= 280 and 30 <= low < high)


def _decimal_pressure(pieces: Sequence[Piece], at: int, first: Number) -> Reading | None:
    """« 12,8 » after « tension »: heard as a decimal, meant as a pressure."""
    high, _, low = first.text.partition(",")
    if len(low) > 2 or low.startswith("0") or not _plausible(float(high), float(low)) or float(high) < 7:
        return None
    if units.counted(pieces, first.end):
        return None
    doubt = doubtful(_GUESSED, f"{high}/{low}", first.text)
    return made(pieces, at, first.end, f"{high}/{low}", unit="pressure", doubt=doubt)


def out_of(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« trois sur dix », « 8 dixièmes », « 1/2 »: 3/10, 8/10, 1/2."""
    first = number(pieces, at)
    if not first or _stopped(pieces, first.end):
        return None
    part = _part(pieces, first)
    if part:
        return made(pieces, at, part[1], f"{first.text}/{part[0]}", unit="score", value=first.text)
    sign = key(pieces, first.end)
    second = number(pieces, first.end + 1) if sign in ("sur", "/") else None
    if not second or not second.plain:
        return None
    inside = second.text in _OUT_OF and float(first.decimal) <= float(second.decimal)
    if not inside and sign == "sur":
        return None
    doubt = first.doubt or second.doubt
    return made(pieces, at, second.end, f"{first.text}/{second.text}", unit="score", value=first.text, doubt=doubt)


def _part(pieces: Sequence[Piece], first: Number) -> tuple[str, int] | None:
    follows = key(pieces, first.end)
    out, end = _PARTS.get(follows, ""), first.end + 1
    if not out and follows in ("10", "6", "20") and key(pieces, end) in _ORDINAL and pieces[end].glue == "":
        out, end = follows, end + 1
    if not out or not first.plain or not 0 < int(first.text) <= int(out) or key(pieces, end) in ("de", "d'", "etage"):
        return None
    singular = follows.endswith("ieme") and int(first.text) > 1
    return None if singular or (out == "5" and first.text == "5") else (out, end)


def heat(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« trente-huit cinq », « 38 degrés 5 » after « température »: 38,5 °C."""
    first = number(pieces, at)
    if not first or not near(written, _HEAT, within=6):
        return None
    text, end, doubt = first.text, first.end, first.doubt if "." not in pieces[at].key else None
    if first.plain and len(text) == 3 and 340 <= int(text) <= 429:
        text = f"{text[:2]},{text[2]}"
        doubt = doubtful(_GUESSED, f"{text} °C", first.text)
    text, end = _tenths(pieces, text, end)
    if key(pieces, end) in ("degre", "degres", "°", "°c"):
        end += 1 + (key(pieces, end + 1) in ("celsius", "c"))
        text, end = _tenths(pieces, text, end)
    elif units.counted(pieces, end):
        return None
    if not 30 <= float(text.replace(",", ".")) <= 43:
        return None
    return made(pieces, at, end, f"{text} °C", unit="°C", value=text, doubt=doubt or pieces[at].doubt)


def _tenths(pieces: Sequence[Piece], text: str, end: int) -> tuple[str, int]:
    """The text with the digit, or the half, said after it."""
    if "," in text or len(text) != 2 or ends(pieces, end):
        return text, end
    if key(pieces, end) == "et" and key(pieces, end + 1) in ("demi", "demie"):
        return f"{text},5", end + 2
    tenth = number(pieces, end)
    single = tenth is not None and tenth.plain and len(tenth.text) == 1
    if tenth is None or not single or units.counted(pieces, tenth.end) or key(pieces, tenth.end) in ("jours", "fois"):
        return text, end
    return f"{text},{tenth.text}", tenth.end


def guessed() -> Doubt:
    """The doubt of a number that was put together from what was heard."""
    return doubtful(_GUESSED)
