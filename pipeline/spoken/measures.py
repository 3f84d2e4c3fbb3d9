"""Typed grammars: what follows a number decides how it is written (a dose, a pressure, a date, a posology…).

Each reader looks at the pieces from one place and either answers with what is written and how many pieces it took, or
with None. They run before any general reading of numbers: « un zéro un » is 1-0-1, « douze huit » is a pressure.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.spoken import units
from pipeline.spoken.dates import read_date, read_time
from pipeline.spoken.heard import Doubt, Piece, Stream, merged
from pipeline.spoken.numbers import Number, grouped, number

Reading = tuple[Piece, int]

_PRESSURE = {"tension", "ta", "pa", "pression", "tensionnel", "arterielle", "arteriel", "tas", "pas"}
_HEAT = {"temperature", "fievre", "febrile", "thermique", "temp", "apyretique"}
_DOSES_A_DAY = {"zero": "0", "un": "1", "une": "1", "deux": "2", "trois": "3", "quatre": "4"} | {d: d for d in "01234"}
_GRADED = {
    "type",
    "grade",
    "stade",
    "classe",
    "nyha",
    "asa",
    "birads",
    "acr",
    "score",
    "fitzpatrick",
    "stades",
    "grades",
}
_SEVERAL = Doubt(kind="dose", reason="Dose reconstruite à partir de plusieurs mots : réécoutez.", severity="look")
_GUESSED = Doubt(kind="number", reason="Nombre reconstruit à partir de ce qui a été entendu : réécoutez.")


def measure(stream: Stream) -> Stream:
    """The stream with its numbers, units, dates and doses written."""
    pieces, out = stream.pieces, list[Piece]()
    at = 0
    while at < len(pieces):
        found = _read(pieces, at, out) if not pieces[at].mark else None
        if found is None:
            out.append(pieces[at])
            at += 1
        else:
            out.append(found[0])
            at += found[1]
    return stream.keeping(_joined_levels(out))


def _read(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    for read in _READERS:
        found = read(pieces, at, written)
        if found:
            return found
    return None


def _near(written: Sequence[Piece], words: set[str], within: int) -> bool:
    return any(piece.key in words for piece in written[-within:])


def _key(pieces: Sequence[Piece], at: int) -> str:
    return pieces[at].key if 0 <= at < len(pieces) else ""


def _made(pieces: Sequence[Piece], at: int, end: int, text: str, **changes: object) -> Reading:
    return merged(pieces[at:end], text, **changes), end - at


def _phone(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    if not _near(written, {"au", "numero", "telephone", "tel", "portable", "fax", "poste"}, 3):
        return None
    groups, end = list[str](), at
    if _key(pieces, at) == "zero" or pieces[at].key == "0":
        skip = 1 if _key(pieces, at + 1) in ("a", "et") else 0
        one = _key(pieces, at + 1 + skip) == "un"
        rest = number(pieces, at + 1 + skip)
        if not one and (rest is None or not rest.text.isdecimal() or int(rest.text) > 9):
            return None
        groups, end = ["0" + ("1" if rest is None else rest.text)], at + 2 + skip
    while (found := number(pieces, end)) and found.text.isdecimal() and int(found.text) < 100 and len(groups) < 5:
        groups.append(found.text.zfill(2))
        end = found.end
    if len(groups) < 4 or not groups[0].startswith("0"):
        return None
    doubt = Doubt(kind="number", reason="Numéro de téléphone : vérifiez chaque chiffre.")
    return _made(pieces, at, end, " ".join(groups), unit="phone", doubt=doubt)


def _posology(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """Morning, noon, evening (and bedtime): three or four small numbers in a row, one of them zero."""
    parts, end = list[str](), at
    if pieces[at].key.count(".") in (2, 3) and pieces[at].key.replace(".", "").isdecimal():
        parts, end = pieces[at].key.split("."), at + 1
    else:
        while _key(pieces, end) in _DOSES_A_DAY and not pieces[end].mark and len(parts) < 4:
            parts.append(_DOSES_A_DAY[pieces[end].key])
            end += 1
            if pieces[end - 1].after:
                break
    if len(parts) < 3 or "0" not in parts or any(part not in "01234" or len(part) != 1 for part in parts):
        return None
    if _key(pieces, end) in units.SIGNS or _key(pieces, end) in units.WORDS:
        return None
    return _made(pieces, at, end, "-".join(parts), unit="posology", doubt=_SEVERAL)


def _pressure(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    first = number(pieces, at)
    if not first or not first.plain:
        return None
    keyword = _near(written, _PRESSURE, 5)
    over = first.end if _key(pieces, first.end) in ("sur", "/") else -1
    second = number(pieces, over + 1 if over >= 0 else first.end)
    if not second or not (over >= 0 or keyword):
        return None
    high, low = float(first.decimal), float(second.decimal)
    if keyword and 5 <= high <= 28 and 3 <= low < high and second.end - first.end <= 2:
        return _made(pieces, at, second.end, f"{first.text}/{second.text}", unit="pressure")
    if over >= 0 and 60 <= high <= 280 and 30 <= low < high:
        return _made(pieces, at, second.end, f"{first.text}/{second.text}", unit="pressure")
    if over >= 0 and second.text in ("4", "5", "6", "10", "15", "20", "28", "30", "100") and high <= low:
        return _made(pieces, at, second.end, f"{first.text}/{second.text}", unit="score")
    return None


def _heat(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    first = number(pieces, at)
    if not first or not _near(written, _HEAT, 4):
        return None
    text, end, doubt = first.text, first.end, pieces[at].doubt
    if first.plain and len(text) == 3 and 340 <= int(text) <= 429:
        text, doubt = f"{text[:2]},{text[2]}", _GUESSED
    tenth = number(pieces, end)
    apart = "." in pieces[end - 1].after or first.end >= len(pieces)
    if first.plain and len(text) == 2 and tenth and tenth.plain and len(tenth.text) == 1 and not apart:
        text, end = f"{text},{tenth.text}", tenth.end
    if _key(pieces, end) in ("degre", "degres", "°", "°c"):
        end += 1 + (_key(pieces, end + 1) in ("celsius", "c"))
        tenth = number(pieces, end)
        if tenth and tenth.plain and len(tenth.text) == 1 and "," not in text:
            text, end = f"{text},{tenth.text}", tenth.end
    if not 30 <= float(text.replace(",", ".")) <= 43:
        return None
    return _made(pieces, at, end, f"{text} °C", unit="°C", value=text, doubt=doubt)


def _when_needed(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« un gramme six douleurs »: « si douleur », after a dose."""
    follows = _key(pieces, at + 1).rstrip("s")
    if pieces[at].key not in ("six", "6") or follows not in ("douleur", "besoin", "fievre", "nausee", "vomissement"):
        return None
    dosed = any(piece.unit in units.DOSE or piece.key in ("jour", "comprime", "comprimes") for piece in written[-4:])
    if not dosed:
        return None
    word = pieces[at + 1].text.removesuffix("s") if follows != "nausee" else pieces[at + 1].text
    doubt = Doubt(kind="dose", reason="« si » a été entendu « six » : réécoutez.")
    return _made(pieces, at, at + 2, f"si {word}", doubt=doubt)


def _graded(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    if not written or written[-1].key not in _GRADED or written[-1].mark:
        return None
    ends = at + 1 >= len(pieces) or bool(pieces[at + 1].mark)
    if pieces[at].key == "de" and ends:
        return _made(pieces, at, at + 1, "2", unit="n", value="2", doubt=_GUESSED)
    found = number(pieces, at)
    if found and found.plain and _key(pieces, found.end) not in units.SIGNS:
        return _made(pieces, at, found.end, found.text, unit="n", value=found.text)
    return None


def _level(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """J1, T2, L4, N0: a capital letter and a small number."""
    letter = pieces[at].text
    if len(letter) != 1 or letter not in "JTLCDSNM" or pieces[at].after:
        return None
    found = number(pieces, at + 1)
    if not found or not found.plain or int(found.text) > 31:
        return None
    if _key(pieces, found.end) in units.SIGNS:
        return None
    return _made(pieces, at, found.end, letter + found.text, unit="level", value=found.text, proper=True)


def _joined_levels(pieces: Sequence[Piece]) -> list[Piece]:
    """L4 L5 → L4-L5 and T2 N0 M0 → T2N0M0."""
    out: list[Piece] = []
    for piece in pieces:
        before = out[-1] if out else None
        if before and before.unit == piece.unit == "level" and not before.mark:
            pair = before.text[-2:-1] + piece.text[0] if before.text[-1:].isdecimal() else ""
            if pair in ("TN", "NM"):
                out[-1] = merged([before, piece], before.text + piece.text, unit="level")
                continue
            if before.text[0] in "LCDTS" and piece.text[0] in "LCDTS" and pair[:1] in "LCDTS":
                piece = replace(piece, glue="-")
        out.append(piece)
    return out


def _halved_word(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« de virgules 5 mg »: « deux virgule cinq » whose first word was heard as « de »."""
    if pieces[at].key not in ("de", "d'") or at + 2 >= len(pieces) or pieces[at + 1].mark != ",":
        return None
    tail = number(pieces, at + 2)
    if not tail or not tail.plain or _key(pieces, tail.end) not in units.SIGNS:
        return None
    sign = units.SIGNS[pieces[tail.end].key]
    value = f"2,{tail.text}"
    return _made(
        pieces, at, tail.end + 1, f"{value} {sign}", unit=sign, value=value, doubt=replace(_SEVERAL, severity="block")
    )


def _quantity(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    found = number(pieces, at)
    if not found:
        return None
    sign, end = _unit(pieces, found.end)
    if not sign:
        return _counted(pieces, at, found)
    text, doubt = found.text, found.doubt or pieces[at].doubt
    end, text, doubt = _fraction_after(pieces, end, sign, text, doubt)
    sign, end = _compound(pieces, sign, end)
    joint = "" if sign.startswith("/") else " "
    return _made(pieces, at, end, grouped(text) + joint + sign, unit=sign, value=text, doubt=doubt)


def _unit(pieces: Sequence[Piece], at: int) -> tuple[str, int]:
    key = _key(pieces, at)
    if key == "pour" and _key(pieces, at + 1) in ("cent", "100"):
        return "%", at + 2
    if key in ("millimetre", "millimetres", "mm") and (_key(pieces, at + 1), _key(pieces, at + 2)) == ("de", "mercure"):
        return "mmHg", at + 3
    if key in ("degre", "degres") and _key(pieces, at + 1) != "celsius":
        return "°", at + 1
    if key in units.SIGNS and not (key in ("m", "g") and pieces[at].text.isupper()):
        return units.SIGNS[key], at + 1 + (_key(pieces, at + 1) == "celsius")
    if key in ("unite", "unites"):
        skip = 2 if _key(pieces, at + 1).startswith("internationale") else 1
        return pieces[at].text.lower(), at + skip
    if key in ("par", "/") and _key(pieces, at + 1) in ("minute", "min"):
        return "/min", at + 2
    return "", at


def _fraction_after(
    pieces: Sequence[Piece], end: int, sign: str, text: str, doubt: Doubt | None
) -> tuple[int, str, Doubt | None]:
    """« un mètre soixante-dix » is 1,70 m; « deux milligrammes cinq » is 2,5 mg, and a doubt."""
    if (_key(pieces, end), _key(pieces, end + 1)) in (("et", "demi"), ("et", "demie")) and "," not in text:
        return end + 2, f"{text},5", doubt
    tail = number(pieces, end)
    if not tail or not tail.plain or "," in text or pieces[end - 1].after:
        return end, text, doubt
    follows = _key(pieces, tail.end)
    if follows in units.SIGNS or follows in units.WORDS or follows == "fois":
        return end, text, doubt
    if sign == "m" and len(tail.text) == 2:
        return tail.end, f"{text},{tail.text}", doubt
    if sign in ("mg", "g", "°C", "cm", "mm") and tail.text in ("5", "25", "50", "75"):
        return tail.end, f"{text},{tail.text}", _SEVERAL
    return end, text, doubt


def _compound(pieces: Sequence[Piece], sign: str, end: int) -> tuple[str, int]:
    if sign in units.COMPOUND and _key(pieces, end) in ("par", "/") and _key(pieces, end + 1) in units.PER:
        per = units.PER[pieces[end + 1].key]
        if per != "h" or sign in ("ml", "mg"):
            return f"{sign}/{per}", end + 2
    return sign, end


def _counted(pieces: Sequence[Piece], at: int, found: Number) -> Reading | None:
    """A bare number: small ones stay as they were said, the others become digits."""
    follows = _key(pieces, found.end)
    doubt = found.doubt or pieces[at].doubt
    if follows == "fois" and "," in found.text:
        doubt = Doubt(kind="dose", reason="Nombre de prises impossible : réécoutez la dose.", severity="block")
    if found.worded and found.plain and int(found.text) < 10 and _key(pieces, at) != "zero":
        text = " ".join(piece.text for piece in pieces[at : found.end])
    else:
        text = grouped(found.text) if found.separated or follows in units.WORDS else found.text
    if (_key(pieces, found.end), _key(pieces, found.end + 1)) in (("et", "demi"), ("et", "demie")):
        return None
    if found.end == at + 1 and text == pieces[at].text and doubt == pieces[at].doubt and found.worded:
        return None
    unit = pieces[found.end].key if follows in units.WORDS else "n"
    return _made(pieces, at, found.end, text, unit="n" if unit == "n" else f"n {unit}", value=found.text, doubt=doubt)


_READERS: tuple[Callable[[Sequence[Piece], int, Sequence[Piece]], Reading | None], ...] = (
    _phone, read_date, read_time, _pressure, _heat, _when_needed, _graded, _level, _posology, _halved_word, _quantity,
)  # fmt: skip
