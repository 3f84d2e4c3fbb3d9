"""Signs said aloud around numbers: plus or minus, crosses, powers, lenses.

Knows when « moins » is a sign (« moins deux virgule cinq ») and when it is a word (« au moins deux »).
"""

from collections.abc import Sequence

from pipeline.spoken import units
from pipeline.spoken.grammar import Reading, ends, key, keyed, made, near
from pipeline.spoken.heard import Piece
from pipeline.spoken.numbers import Number, doubtful, number
from pipeline.spoken.quantities import quantity

_WORDED_BEFORE = frozenset(
    {"au", "du", "ou", "de", "en", "plus", "a", "d'", "pas", "encore", "le", "la", "les", "un", "bien", "beaucoup",
     "nettement", "peu", "toujours", "moins", "des", "l'", "j", "age"}
)  # fmt: skip
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_CROSSED = {"un": 1, "une": 1, "1": 1, "deux": 2, "2": 2, "trois": 3, "3": 3, "quatre": 4, "4": 4}
_EYES = frozenset(
    {"oeil", "od", "og", "refraction", "dioptrie", "dioptries", "add", "addition", "sphere", "cylindre", "correction",
     "lunettes", "verre", "verres", "skiascopie", "lentille", "lentilles", "cyl", "sph", "parinaud", "vl", "vp"}
)  # fmt: skip
_LENS = "Correction optique : vérifiez le signe et les chiffres."


def signed(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« moins deux virgule cinq » → -2,5; « plus ou moins trois » → ± 3."""
    if keyed(pieces, at, ("plus", "ou", "moins")):
        found = _quantity(pieces, at + 3)
        return made(pieces, at, found[1], f"± {found[0].text}", unit=found[0].unit, value="") if found else None
    if pieces[at].key != "moins" or pieces[at].after or (written and not _apart(written) and _worded(written)):
        return None
    found = _quantity(pieces, at + 1)
    if found is None or found[0].unit.startswith("n "):
        return None  # « moins trois jours »: things that are counted have no sign
    return made(pieces, at, found[1], f"-{found[0].text}", unit=found[0].unit, value=f"-{found[0].value}",
                doubt=found[0].doubt)  # fmt: skip


def _apart(written: Sequence[Piece]) -> bool:
    return bool(written[-1].mark) or bool(written[-1].after)


def _worded(written: Sequence[Piece]) -> bool:
    before = written[-1]
    if before.key in _WORDED_BEFORE and not (before.key == "a" and len(written) > 1 and written[-2].key == "score"):
        return True
    return bool(before.unit) and before.unit.startswith(("n", "time"))


def _quantity(pieces: Sequence[Piece], at: int) -> tuple[Piece, int] | None:
    if at >= len(pieces) or pieces[at].mark:
        return None
    if number(pieces, at) is None:
        return None
    found = quantity(pieces, at, ())
    if found:
        return found[0], at + found[1]
    read = number(pieces, at)
    return made(pieces, at, read.end, read.text, unit="n", value=read.text)[0], read.end  # type: ignore[union-attr]


def crosses(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« trois croix », « plus plus plus » → +++."""
    if pieces[at].key in ("plus", "+"):
        end = at
        while key(pieces, end) in ("plus", "+") and end - at < 4:
            end += 1
        return made(pieces, at, end, "+" * (end - at)) if end - at >= 2 and number(pieces, end) is None else None
    many = _CROSSED.get(pieces[at].key, 0)
    if not many or pieces[at].after:
        return None
    if key(pieces, at + 1) == "croix" and key(pieces, at + 2) not in ("rouge", "de"):
        return made(pieces, at, at + 2, "+" * many)
    alone = key(pieces, at + 1) == "plus" and ends(pieces, at + 2) and many >= 2
    return made(pieces, at, at + 2, "+" * many) if alone else None


def power(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« dix puissance neuf » → 10⁹."""
    base = number(pieces, at)
    if not base or key(pieces, base.end) not in ("puissance", "exposant"):
        return None
    minus = key(pieces, base.end + 1) == "moins"
    raised = number(pieces, base.end + 1 + minus)
    if not raised or not raised.plain:
        return None
    text = base.text + ("-" * minus + raised.text).translate(_SUPERSCRIPT)
    unit = units.said(pieces, raised.end) if not ends(pieces, raised.end) else None
    per = _per_litre(pieces, raised.end)
    if per:
        return made(pieces, at, per[1], f"{text}/{per[0]}", unit=f"n/{per[0]}", value="")
    end = unit.end if unit and not unit.word else raised.end
    return made(pieces, at, end, f"{text} {unit.sign}" if unit and not unit.word else text, unit="n", value="")


def _per_litre(pieces: Sequence[Piece], at: int) -> tuple[str, int] | None:
    if key(pieces, at) in ("par", "/") and key(pieces, at + 1) in ("litre", "l"):
        return "l", at + 2
    if key(pieces, at) in ("par", "/") and key(pieces, at + 1) in ("ml", "millilitre"):
        return "ml", at + 2
    return None


def lens(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« moins deux cinquante moins zéro soixante-quinze à quatre-vingt-dix » → -2,50 (-0,75 à 90°)."""
    if not near(written, _EYES, within=6):
        return None
    sphere = _dioptres(pieces, at)
    if sphere is None:
        return None
    inside = sphere[1]
    opened = inside < len(pieces) and pieces[inside].mark == "("
    cylinder = _dioptres(pieces, inside + opened)
    axis = _axis(pieces, cylinder[1]) if cylinder else None
    doubt = doubtful(_LENS, sphere[0])
    if cylinder is None or axis is None:
        return made(pieces, at, inside, sphere[0], unit="lens", doubt=doubt)
    end = axis[1]
    if opened and end < len(pieces) and pieces[end].mark == ")":
        end += 1
    elif opened:
        return made(pieces, at, inside, sphere[0], unit="lens", doubt=doubt)
    text = f"{sphere[0]} ({cylinder[0]} à {axis[0]}°)"
    return made(pieces, at, end, text, unit="lens", doubt=doubtful(_LENS, text))


def _dioptres(pieces: Sequence[Piece], at: int) -> tuple[str, int] | None:
    sign = {"moins": "-", "plus": "+", "+": "+", "-": "-"}.get(key(pieces, at), "")
    if not sign:
        return None
    whole = number(pieces, at + 1)
    one = key(pieces, at + 1) == "un"
    if whole is None and not one:
        return None
    text, end = (whole.text, whole.end) if whole else ("1", at + 2)
    cents = None if "," in text or ends(pieces, end) else number(pieces, end)
    if cents and _quarter(cents) and int(text) < 30:
        text, end = f"{text},{cents.text}", cents.end
    return (sign + text, end) if float(text.replace(",", ".")) <= 30 else None


def _quarter(cents: Number) -> bool:
    return cents.plain and cents.text in ("25", "50", "75", "00")


def _axis(pieces: Sequence[Piece], at: int) -> tuple[str, int] | None:
    start = at + (key(pieces, at) == "a") + (key(pieces, at) == "axe")
    start += key(pieces, start) == "axe"
    found = number(pieces, start)
    if not found or not found.plain or int(found.text) > 180 or start == at:
        return None
    return found.text, found.end + (key(pieces, found.end) in ("degre", "degres", "°"))
