"""Stages, grades, classes and tumours: « NYHA trois » → NYHA III, « p T deux N zéro M zéro » → pT2N0M0.

Knows which scales are written in Roman figures and which in Arabic ones, and how a scale's letter is written. Knows
not which values a scale allows: the vocabulary does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.spoken import units
from pipeline.spoken.grammar import Reading, ends, key, made, near
from pipeline.spoken.heard import Doubt, Piece
from pipeline.spoken.numbers import doubtful, number

_GRADED = frozenset(
    {"type", "types", "grade", "grades", "stade", "stades", "classe", "classes", "nyha", "asa", "birads", "acr",
     "score", "fitzpatrick", "rads", "ecog", "oms", "gold", "fazekas", "isup", "mmrc", "pirads", "tirads", "level"}
)  # fmt: skip
_ROMAN = frozenset(
    {"nyha", "ccs", "killip", "fontaine", "clark", "bosniak", "garden", "gustilo", "harris", "forrest", "nerf", "sbr",
     "facteur", "levine", "cottrell", "fort", "angle", "neer", "duparc"}
)  # fmt: skip
_LINKS = frozenset({"stade", "grade", "classe", "type", "de", "la", "fonctionnelle", "niveau", "selon", "du", "d'"})
_CANCER = frozenset(
    {"cancer", "carcinome", "adenocarcinome", "tumeur", "melanome", "lymphome", "neoplasie", "sarcome", "tnm", "figo",
     "hodgkin", "nephroblastome", "neuroblastome", "seminome", "myelome", "endometriose", "neoplasique", "cbnpc",
     "hepatocarcinome", "cholangiocarcinome", "tumoral", "tumorale", "metastatique"}
)  # fmt: skip
_RENAL = frozenset({"renale", "renal", "dfg", "mrc", "irc", "nephropathie", "kdigo", "rein", "debit"})
_ARTERIAL = frozenset({"arterite", "arteriopathie", "aomi", "claudication", "fontaine", "leriche", "forrest"})
_FIGURES = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
_PREFIXES = {"p": "p", "c": "c", "y": "y", "r": "r", "u": "u", "yp": "yp", "yc": "yc", "pe": "p", "pt": "pT",
             "ct": "cT", "ypt": "ypT", "yct": "ycT", "rt": "rT", "rpt": "rpT", "ut": "uT", "t": "T",
             "the": "T", "te": "T"}  # fmt: skip
_NODES = ("n", "haine", "haines", "aine", "en", "hen")
_METASTASES = ("m", "aime", "aimes", "em", "emme")
_TUMOUR, _NODE, _SPREAD = ("0", "1", "2", "3", "4", "is", "x", "a"), ("0", "1", "2", "3", "x"), ("0", "1", "x")
_LOST = "La lettre T a été perdue : réécoutez la classification TNM."
_GUESSED = "Grade reconstruit à partir de ce qui a été entendu : réécoutez."


def roman(value: int) -> str:
    """A whole number in Roman figures (1 to 39)."""
    text = ""
    for size, sign in _FIGURES:
        while value >= size:
            text, value = text + sign, value - size
    return text


def graded(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """The figure of a stage, a grade, a class, in the writing of its scale."""
    if not written or written[-1].mark or written[-1].after[:1] == ".":
        return None
    named = written[-1].key in _GRADED
    figures = _in_roman(pieces, at, written)
    if not named and not figures:
        return None
    if pieces[at].key == "de" and named and ends(pieces, at + 1):
        text = "II" if figures else "2"
        return made(pieces, at, at + 1, text, unit="n", value="2", doubt=doubtful(_GUESSED, text))
    value, end, doubt = _value(pieces, at)
    if value is None or units.counted(pieces, end):
        return None
    return _staged(pieces, at, end, value, written, figures=figures, doubt=doubt)


def _value(pieces: Sequence[Piece], at: int) -> tuple[int | None, int, Doubt | None]:
    if pieces[at].key in ("un", "une"):
        return 1, at + 1, None
    found = number(pieces, at)
    if not found or not found.plain or int(found.text) > 12:
        return (int(found.text), found.end, found.doubt) if found and found.plain else (None, at, None)
    return int(found.text), found.end, found.doubt


def _staged(
    pieces: Sequence[Piece],
    at: int,
    end: int,
    value: int,
    written: Sequence[Piece],
    *,
    figures: bool,
    doubt: Doubt | None,
) -> Reading:
    letter = _letter(pieces, end)
    stage = written[-1].key.startswith("stade") and 1 <= value <= 4
    renal = near(written, _RENAL, within=14)
    cancer = stage and not renal and (bool(letter) or near(written, _CANCER, within=14))
    text = roman(value) if (figures or cancer) and 1 <= value <= 12 else str(value)
    if letter:
        low = renal or near(written, _ARTERIAL, within=14) or text.isdecimal()
        text += letter.lower() if low else letter.upper()
        end += 1
    unit = "n" if text.isdecimal() else "roman"
    return made(pieces, at, end, text, unit=unit, value=str(value), doubt=doubt, proper=True)


def _letter(pieces: Sequence[Piece], at: int) -> str:
    """The letter of « trois A »; « a » in a sentence is a verb."""
    if at >= len(pieces) or pieces[at].mark or pieces[at - 1].after or len(pieces[at].text) != 1:
        return ""
    text = pieces[at].text
    sure = text.isupper() or pieces[at].glue == "" or ends(pieces, at + 1)
    return text if text.lower() in "abcdf" and sure else ""


def _in_roman(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> bool:
    """Whether a scale of Roman figures is named just before, or just after (« stade 3 de la NYHA »)."""
    if len(written) >= 2 and written[-1].key in ("a", "ou", "et") and written[-2].unit == "roman":
        return True
    for piece in reversed(written[-4:]):
        if piece.key in _ROMAN:
            return True
        if piece.key not in _LINKS:
            break
    if written[-1].key not in _GRADED:
        return False
    return any(piece.key in _ROMAN for piece in pieces[at + 1 : at + 5] if not piece.mark)


def summed(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« Gleason sept trois plus quatre » → 7 (3 + 4)."""
    if not near(written, {"gleason", "glison", "glisson"}, within=5):
        return None
    first = number(pieces, at)
    if not first or not first.plain:
        return None
    total = ""
    if key(pieces, first.end) not in ("plus", "+") and (second := number(pieces, first.end)) and second.plain:
        total, first = first.text, second
    if key(pieces, first.end) not in ("plus", "+"):
        return None
    other = number(pieces, first.end + 1)
    if not other or not other.plain or max(int(first.text), int(other.text)) > 5:
        return None
    parts = f"{first.text} + {other.text}"
    wrong = bool(total) and int(total) != int(first.text) + int(other.text)
    doubt = doubtful("La somme du score de Gleason ne tombe pas juste : réécoutez.", severity="block")
    return made(pieces, at, other.end, f"{total} ({parts})" if total else parts, unit="score",
                doubt=doubt if wrong else None)  # fmt: skip


def child(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« Child-Pugh B sept » → B7."""
    if not near(written, {"child", "pugh", "pug", "peug"}, within=3) or pieces[at].text.upper() not in ("A", "B", "C"):
        return None
    found = number(pieces, at + 1)
    if not found or not found.plain or not 5 <= int(found.text) <= 15:
        return None
    return made(pieces, at, found.end, f"{pieces[at].text.upper()}{found.text}", unit="level", proper=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    text: str
    end: int
    doubt: Doubt | None = None


def tumour(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« p T deux N zéro M zéro », however it was cut."""
    head = _head(pieces, at)
    size = _part(pieces, head.end, _TUMOUR) if head else _bare(pieces, at)
    if size is None:
        return None
    node = _lettered(pieces, size.end, _NODES, "N", _NODE)
    if node is None:
        alone = head is not None and len(head.text) > 1 and (near(written, _CANCER, within=12) or head.text[0] in "pcy")
        return made(pieces, at, size.end, (head.text if head else "") + size.text, unit="level", proper=True) \
            if alone and head else None  # fmt: skip
    spread = _lettered(pieces, node.end, _METASTASES, "M", _SPREAD)
    last = spread or node
    text = f"{head.text if head else 'T'}{size.text}{node.text}{spread.text if spread else ''}"
    doubt = size.doubt or node.doubt or last.doubt
    if head is None:
        doubt = doubtful(_LOST, text, f"p{text}", severity="block")
    return made(pieces, at, last.end, text, unit="level", proper=True, doubt=doubt)


def _head(pieces: Sequence[Piece], at: int) -> _Part | None:
    """The prefixes and the T."""
    text, end = "", at
    while end < len(pieces) and not pieces[end].mark and "T" not in text and end - at < 3:
        said = _PREFIXES.get(pieces[end].key)
        if said is None or (pieces[end].after and "T" not in said):
            return None
        text, end = text + said, end + 1
    if "T" not in text or len(text) != len(text.replace("pp", "p")):
        return None
    homophone = pieces[end - 1].key in ("the", "te")
    return None if homophone and len(text) == 1 else _Part(text=text, end=end)


def _bare(pieces: Sequence[Piece], at: int) -> _Part | None:
    """« 2N0M0 »: the T was lost; both other letters must be there."""
    size = _part(pieces, at, _TUMOUR) if pieces[at].key.isdecimal() else None
    node = _lettered(pieces, size.end, _NODES[:1], "N", _NODE) if size else None
    return size if node and _lettered(pieces, node.end, _METASTASES[:1], "M", _SPREAD) else None


def _lettered(
    pieces: Sequence[Piece], at: int, letters: Sequence[str], sign: str, values: Sequence[str]
) -> _Part | None:
    if at >= len(pieces) or pieces[at].key not in letters or pieces[at].mark:
        return None
    value = _part(pieces, at + 1, values)
    return replace(value, text=sign + value.text) if value else None


def _part(pieces: Sequence[Piece], at: int, values: Sequence[str]) -> _Part | None:
    """A value of T, N or M, with its small letter."""
    if at >= len(pieces) or pieces[at].mark or pieces[at].unit:
        return None
    found = number(pieces, at)
    if found and not found.plain and found.text in ("0,1", "1,1") and ends(pieces, at + 1):
        doubt = doubtful("« point » a peut-être été entendu « 1 » : réécoutez.", found.text[0], found.text)
        return _Part(text=found.text[0], end=at + 1, doubt=doubt)
    said = {"un": "1", "de": "2"}.get(pieces[at].key) or (found.text if found else pieces[at].key)
    if said not in values:
        return None
    end = found.end if found else at + 1
    letter = _letter(pieces, end) if said not in ("is", "x", "a") else ""
    return _Part(text=("X" if said == "x" else said) + letter.lower(), end=end + bool(letter))
