"""How a medicine is taken: « un zéro un », « si douleur » heard « six douleurs », a dose whose first word was lost.

Knows the order of a day (morning, noon, evening, bedtime) and no medicine.
"""

from collections.abc import Sequence

from pipeline.spoken import units
from pipeline.spoken.grammar import Reading, key, made
from pipeline.spoken.heard import Doubt, Piece
from pipeline.spoken.numbers import number

_DAY = {"zero": "0", "un": "1", "une": "1", "deux": "2", "trois": "3", "quatre": "4"} | {d: d for d in "01234"}
_NEEDS = frozenset(
    {"douleur", "besoin", "fievre", "nausee", "vomissement", "insomnie", "anxiete", "prurit", "crise", "necessaire",
     "toux", "gene", "diarrhee", "constipation", "angoisse", "agitation", "dyspnee"}
)  # fmt: skip
_BY_EAR = "Nombre de prises reconnu d'après le son : réécoutez."
_TAKEN = frozenset({"jour", "comprime", "comprimes", "gelule", "gelules", "heures", "fois", "bouffee", "bouffees",
                    "sachet", "sachets", "gouttes", "h", "soir", "matin", "jours"})  # fmt: skip


def day(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """Morning, noon, evening (and bedtime): three or four small numbers in a row, one of them zero."""
    parts, end, loose = _parts(pieces, at)
    if not 3 <= len(parts) <= 4 or "0" not in parts or parts == ["0"] * len(parts):
        return None
    if key(pieces, end) in ("mille", "mil"):
        return None  # « 2 0 3 deux mille vingt-cinq » is a date
    if units.counted(pieces, end) and key(pieces, end) not in ("pendant", "comprime", "comprimes"):
        return None
    text = "-".join(parts)
    reason = "Prises d'une journée, matin-midi-soir : réécoutez."
    doubt = Doubt(kind="dose", reason=reason, suggestions=(text, " ".join(parts))) if loose else None
    return made(pieces, at, end, text, unit="posology", doubt=doubt)


def _parts(pieces: Sequence[Piece], at: int) -> tuple[list[str], int, bool]:
    """The numbers, where they end, and whether something stood between them."""
    dotted = pieces[at].key.replace(",", ".")
    if dotted.count(".") in (2, 3) and all(part in _DAY and part.isdecimal() for part in dotted.split(".")):
        return dotted.split("."), at + 1, True
    parts, end, loose = list[str](), at, False
    while end < len(pieces) and key(pieces, end) in _DAY and not pieces[end].unit and len(parts) < 4:
        parts.append(_DAY[pieces[end].key])
        end += 1
        stop = pieces[end - 1].after
        if stop and (stop != "," or len(parts) >= 3 or key(pieces, end) not in _DAY):
            break
        loose = loose or bool(stop)
    return parts, end, loose


def when_needed(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« un gramme six douleurs »: « si douleur », after a dose."""
    follows = key(pieces, at + 1).rstrip("s")
    if pieces[at].key not in ("six", "6") or follows not in _NEEDS or pieces[at].after:
        return None
    if not any(units.is_dose(piece.unit) or piece.key in _TAKEN for piece in written[-6:]):
        return None
    word = pieces[at + 1].text
    word = word if follows == "nausee" or follows == "vomissement" else word.removesuffix("s")
    heard = f"six {pieces[at + 1].text}"
    doubt = Doubt(kind="dose", reason="« si » a été entendu « six » : réécoutez.", suggestions=(f"si {word}", heard))
    return made(pieces, at, at + 2, f"si {word}", doubt=doubt)


def times(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« 500 mg de fois par jour » → deux fois; « incomprimée » → un comprimé."""
    if pieces[at].key.startswith("incomprim"):
        doubt = Doubt(kind="dose", reason=_BY_EAR, suggestions=("un comprimé", pieces[at].text))
        return made(pieces, at, at + 1, "un comprimé", unit="n comprime", value="1", doubt=doubt)
    if pieces[at].key not in ("de", "d'eux", "te") or key(pieces, at + 1) != "fois" or key(pieces, at + 2) != "par":
        return None
    doubt = Doubt(kind="dose", reason=_BY_EAR, suggestions=("deux fois", "fois"))
    return made(pieces, at, at + 1, "deux", unit="n fois", value="2", doubt=doubt)


def halved(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« de virgules 5 mg »: « deux virgule cinq » whose first word was heard as « de »."""
    if pieces[at].key not in ("de", "d'", "d'eux") or at + 2 >= len(pieces) or pieces[at + 1].mark != ",":
        return None
    tail = number(pieces, at + 2)
    unit = units.said(pieces, tail.end) if tail and tail.plain else None
    if not tail or unit is None or unit.word:
        return None
    value = f"2,{tail.text}"
    doubt = Doubt(
        kind="dose", reason="« deux virgule » a été entendu « de virgule » : réécoutez.", severity="block",
        suggestions=(f"{value} {unit.sign}", f"{tail.text} {unit.sign}"),
    )  # fmt: skip
    return made(pieces, at, unit.end, f"{value} {unit.sign}", unit=unit.sign, value=value, doubt=doubt)
