"""Numbers with their units: doses, weights, analyses, lengths; and bare numbers.

Knows that « un mètre soixante-dix » is 1,70 m and « trois kilos deux cent cinquante » 3,250 kg; that a number of times
a day is whole; which small numbers stay words. What is built from several words carries a doubt with both readings.
"""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.spoken import units
from pipeline.spoken.grammar import Reading, ends, key, made, near
from pipeline.spoken.heard import Doubt, Piece
from pipeline.spoken.numbers import Number, doubtful, grouped, number
from pipeline.spoken.numerals import year
from pipeline.spoken.units import Said

_SEVERAL = "Dose reconstruite à partir de plusieurs mots : réécoutez."
_NO_NUMBER = "Ces chiffres ne font pas un nombre : réécoutez."
_WEIGHED = "Des « mg d'unités » n'existent pas : réécoutez la dose."
_FRACTION = "Ce nombre devrait être entier : réécoutez."
_WHOLE = frozenset({"minutes", "minute", "jours", "jour", "seances", "patients", "points", "semaines"})
_MILLION = 1_000_000
_IN_FIGURES = frozenset(
    {"an", "ans", "heures", "minutes", "jours", "litre", "litres", "comprimes", "gelules", "gouttes", "bouffees",
     "sachets", "ampoules", "unites", "paquets", "dioptries"}
)  # fmt: skip
_TIGHT = ("/", "°")
_AFTER_UNITS = ("mg", "µg", "g", "ml")
_AFTER_MASS = ("5", "25", "50", "75", "125")


def quantity(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """A number and its unit, or a number alone."""
    found = number(pieces, at)
    if not found:
        return _one(pieces, at, written) or _unread(pieces, at)
    unit = units.said(pieces, found.end)
    if unit is None or (unit.word and unit.sign != "unité"):
        return _counted(pieces, at, found, written)
    doubt = found.doubt or pieces[at].doubt
    sign = "unités" if unit.sign == "unité" else unit.sign
    if unit.sign == "unité":
        word = next(piece.text.lower() for piece in pieces[found.end :])
        return made(pieces, at, unit.end, f"{grouped(found.text)} {word}", unit=sign, value=found.text, doubt=doubt)
    found, end, doubt = _completed(pieces, found, unit, doubt)
    if sign in _AFTER_UNITS and key(pieces, end) == "d'" and key(pieces, end + 1) in ("unite", "unites"):
        readings = (f"{found.text} millions d'unités", f"{found.text} {sign}")
        doubt = Doubt(kind="dose", reason=_WEIGHED, severity="block", suggestions=readings)
    joint = "" if sign.startswith(_TIGHT) and sign != "°C" else " "
    return made(pieces, at, end, grouped(found.text) + joint + sign, unit=sign, value=found.text, doubt=doubt)


def _unread(pieces: Sequence[Piece], at: int) -> Reading | None:
    """« 1.0.5 »: figures that are no number stay as they were heard, and must be settled."""
    if not pieces[at].key[:1].isdecimal() or pieces[at].key.isdecimal() or pieces[at].doubt or pieces[at].unit:
        return None
    return made(pieces, at, at + 1, pieces[at].text, doubt=doubtful(_NO_NUMBER, severity="block"))


def _one(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« performance status à un. »: a value, not an article."""
    if pieces[at].key != "un" or not ends(pieces, at + 1) or not written or written[-1].key != "a":
        return None
    alone = written[-1].mark or written[-1].after or (len(written) > 1 and written[-2].key in ("un", "une"))
    return None if alone else made(pieces, at, at + 1, "1", unit="n", value="1")


def _completed(
    pieces: Sequence[Piece], found: Number, unit: Said, doubt: Doubt | None
) -> tuple[Number, int, Doubt | None]:
    """The number with the decimals that were said after its unit."""
    end = unit.end
    if "," in found.text or pieces[end - 1].after:
        return found, end, doubt
    if key(pieces, end) == "et" and key(pieces, end + 1) in ("demi", "demie"):
        return replace(found, text=f"{found.text},5"), end + 2, doubt
    tail = number(pieces, end)
    if not tail or not tail.plain or units.counted(pieces, tail.end) or key(pieces, tail.end) == "fois":
        return found, end, doubt
    text = f"{found.text},{tail.text}"
    if unit.sign == "m" and len(tail.text) == 2:
        return replace(found, text=text), tail.end, doubt
    if unit.sign == "kg" and len(tail.text) == 3 and int(found.text) < 20:
        return replace(found, text=text), tail.end, doubt
    whole = unit.sign in ("mg", "g", "cm", "mm", "kg") and (
        tail.text in _AFTER_MASS or (_tenth(unit, tail) and ends(pieces, tail.end))
    )
    if not whole:
        return found, end, doubt
    apart = f"{found.text} {unit.sign} {tail.text}"
    made_up = doubtful(_SEVERAL, f"{text} {unit.sign}", apart)
    return replace(found, text=text), tail.end, replace(made_up, kind="dose")


def _tenth(unit: Said, tail: Number) -> bool:
    """« douze grammes trois » (an haemoglobin), « soixante-douze kilos cinq »."""
    return unit.sign in ("g", "kg") and len(tail.text) == 1 and tail.text != "0"


def _counted(pieces: Sequence[Piece], at: int, found: Number, written: Sequence[Piece]) -> Reading | None:
    """A bare number: small ones stay as they were said, the others become digits."""
    follows = key(pieces, found.end)
    counts = units.counted(pieces, found.end)
    doubt = found.doubt or pieces[at].doubt
    if follows == "fois" and "," in found.text:
        whole = found.text.partition(",")
        reading = f"{whole[0]} puis {whole[2]} fois"
        doubt = Doubt(
            kind="dose", reason="Nombre de prises impossible : réécoutez la dose.", severity="block",
            suggestions=(reading,),
        )  # fmt: skip
    if follows in _WHOLE and "," in found.text and doubt is None:
        doubt = doubtful(_FRACTION, found.text, found.text.replace(",", " : "))
    aged = follows in ("en", "an") and ends(pieces, found.end + 1) and near(written, ("age", "agee"), within=3)
    if aged and found.plain and int(found.text) > 1:
        return made(pieces, at, found.end + 1, f"{found.text} ans", unit="n ans", value=found.text, doubt=doubt)
    text = _figures(pieces, at, found, written, counts=counts)
    if found.end == at + 1 and text == pieces[at].text and doubt == pieces[at].doubt and found.worded:
        return None
    unit = f"n {follows}" if counts else "n"
    return made(pieces, at, found.end, text, unit=unit, value=found.text, doubt=doubt)


def _figures(pieces: Sequence[Piece], at: int, found: Number, written: Sequence[Piece], *, counts: bool) -> str:
    small = found.worded and found.plain and int(found.text) < 10 and key(pieces, at) != "zero"
    if small and not _valued(pieces, found, written):
        return " ".join(piece.text for piece in pieces[at : found.end])
    if found.worded and found.plain and int(found.text) >= _MILLION and int(found.text) % _MILLION == 0:
        many = int(found.text) // _MILLION
        return f"{many} million{'s' * (many > 1)}"
    large = found.worded and found.plain and not year(int(found.text))
    return grouped(found.text) if found.separated or counts or large else found.text


def _valued(pieces: Sequence[Piece], found: Number, written: Sequence[Piece]) -> bool:
    """Whether a small number is a value, written in figures: « 3 comprimés », « ferritine à 8 »; not « deux clips »."""
    if key(pieces, found.end) in _IN_FIGURES or (key(pieces, found.end), key(pieces, found.end + 1)) == ("par", "jour"):
        return True
    return bool(written) and written[-1].key in ("a", "=") and not written[-1].mark and ends(pieces, found.end)
