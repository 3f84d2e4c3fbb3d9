"""A letter and a figure: J12, J+3, L4-L5, V1, T2, G2P1, F3, S1, SA + 4 j.

Knows which letters are followed by figures in medicine, and how vertebrae are heard (« elle quatre elle cinq »).
"""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.spoken import units
from pipeline.spoken.grammar import Reading, ends, key, keyed, made, near
from pipeline.spoken.heard import Doubt, Piece, merged
from pipeline.spoken.numbers import doubtful, number

_MOST = {"J": 400, "T": 12, "L": 5, "C": 8, "D": 12, "S": 8, "N": 3, "M": 36, "V": 9, "F": 4, "G": 15, "P": 15, "H": 72,
         "R": 2, "B": 12, "Y": 4, "A": 3}  # fmt: skip
_DAYS = frozenset("JHMS")
_BY_SOUND = "Jour compté depuis l'intervention ou l'entrée, reconnu d'après le son : réécoutez."
_BY_EAR = {"elle": "L", "el": "L", "l": "L", "l'": "L", "ailes": "L", "ailles": "L", "aile": "L", "c": "C", "ces": "C",
           "sait": "C", "d": "D", "s": "S", "esse": "S", "es": "S", "t": "T"}  # fmt: skip
_ORDINALS = {"eme": "e", "emes": "e", "ieme": "e", "iemes": "e", "nd": "e", "nde": "e", "er": "er", "ere": "e"}
_LEADS = {"avf": "aVF", "avl": "aVL", "avr": "aVR"}
_NEXT = {("L", "S"): (5, 1), ("C", "D"): (7, 1), ("C", "T"): (7, 1), ("D", "L"): (12, 1), ("T", "L"): (12, 1)}
_JOINED = frozenset({"TN", "NM", "GP", "AF"})
_SPINE = frozenset("LCDTS")
_LEADING = frozenset({"ecg", "electrocardiogramme", "derivation", "derivations", "decalage", "sus", "sous", "avf"})


def spine(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« elle quatre elle cinq », « elle cinq esse un », « L quatre cinq » → L4-L5, L5-S1."""
    upper = _vertebra(pieces, at)
    if upper is None or pieces[upper[2] - 1].after:
        return None
    letter, value, end = upper
    if letter == "D" and (near(written, _LEADING, within=8) or key(pieces, at + 4) in _LEADS):
        return None
    lower = _vertebra(pieces, end)
    if lower is None:
        bare = number(pieces, end) if not pieces[end - 1].after else None
        near_by = letter in "LC" and bare and bare.plain and bare.text == str(value + 1)
        if not near_by or bare is None or units.counted(pieces, bare.end):
            return None
        lower = letter, value + 1, bare.end
    if not _adjacent(letter, value, lower[0], lower[1]):
        return None
    text = f"{letter}{value}-{lower[0]}{lower[1]}"
    by_ear = pieces[at].text.upper() != letter
    doubt = doubtful("Étage vertébral reconnu d'après le son : réécoutez.", text) if by_ear else None
    return made(pieces, at, lower[2], text, unit="level", value=str(value), proper=True, doubt=doubt)


def _vertebra(pieces: Sequence[Piece], at: int) -> tuple[str, int, int] | None:
    said = key(pieces, at)
    start = at + 1
    if said == "c'" and key(pieces, start) == "est":
        said, start = "c", start + 1
    letter = _BY_EAR.get(said, "")
    if not letter or pieces[start - 1].after:
        return None
    if key(pieces, start) in ("un", "une"):
        return letter, 1, start + 1
    found = number(pieces, start)
    if not found or not found.plain or not 1 <= int(found.text) <= 12:
        return None
    return letter, int(found.text), found.end


def _adjacent(one: str, value: int, other: str, lower: int) -> bool:
    return lower == value + 1 if one == other else _NEXT.get((one, other)) == (value, lower)


def ordinal(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« 2 ème » → 2e."""
    ending = _ORDINALS.get(key(pieces, at + 1), "")
    if not pieces[at].key.isdecimal() or pieces[at].after or not ending or (ending == "er" and pieces[at].key != "1"):
        return None
    shown = {"1e": "1re", "1er": "1er"}.get(pieces[at].key + ending, f"{pieces[at].key}e")
    return made(pieces, at, at + 2, shown)


def lead(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« a V F » → aVF."""
    if pieces[at].key in _LEADS:
        return made(pieces, at, at + 1, _LEADS[pieces[at].key], proper=True)
    said = "".join(piece.text for piece in pieces[at : at + 3])
    found = _LEADS.get(said.lower(), "")
    return made(pieces, at, at + 3, found, proper=True) if found and said[1:].isupper() and len(said) == 3 else None


def marker(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« qui 67 » → Ki 67."""
    if pieces[at].key not in ("qui", "ki", "quai", "k"):
        return None
    found = number(pieces, at + 1)
    if not found or found.text != "67":
        return None
    return made(pieces, at, found.end, "Ki 67", unit="level", proper=True)


def glycated(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« HBA 1 C » → HbA1c."""
    keys = [piece.key for piece in pieces[at : at + 3]]
    if keys[0] in ("hba", "hb", "hbac") and keys[-2:] == ["1", "c"]:
        return made(pieces, at, at + 3, "HbA1c", proper=True)
    if keys[:1] == ["hb"] and [piece.key for piece in pieces[at + 1 : at + 4]] == ["a", "1", "c"]:
        return made(pieces, at, at + 4, "HbA1c", proper=True)
    return None


def level(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """J1, T2, V6, J+3: a capital letter and a small number."""
    letter = pieces[at].text.upper() if pieces[at].text in ("j", "J") else pieces[at].text
    if letter not in _MOST or pieces[at].after or pieces[at].unit or not _expected(letter, written):
        return _day_by_ear(pieces, at, written)
    sign = {"plus": "+", "+": "+", "moins": "-"}.get(key(pieces, at + 1), "") if letter in _DAYS else ""
    start = at + 1 + bool(sign)
    one = key(pieces, start) in ("un", "une") and letter in "JTLCDSNMVRFGPHB"
    found = number(pieces, start)
    if not one and (not found or not found.plain or found.separated or int(found.text) > _MOST[letter]):
        return None
    value, end = ("1", start + 1) if one or found is None else (found.text, found.end)
    if units.counted(pieces, end) or key(pieces, end) == "fois":
        return None
    after_a = bool(written) and written[-1].key in ("a", "jusqu'a", "des")
    doubt = _level_doubt(pieces, start, letter, value, after_a=after_a) if not sign else None
    text = f"{letter}{sign}{value}"
    return made(pieces, at, end, text, unit="level", value=value, proper=True, doubt=doubt)


def _day_by_ear(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« à j'ai 3 », « à gi 12 »: J3, J12."""
    if not written or written[-1].key not in ("a", "jusqu'a", "des", "depuis") or written[-1].mark:
        return None
    said = pieces[at].key
    if said == "gien" and ends(pieces, at + 1):
        doubt = doubtful(_BY_SOUND, "J1", pieces[at].text)
        return made(pieces, at, at + 1, "J1", unit="level", value="1", proper=True, doubt=doubt)
    start = at + (2 if keyed(pieces, at, ("j'", "ai")) or keyed(pieces, at, ("j'", "y")) else 1)
    if start == at + 1 and said not in ("ji", "gi", "gie", "jie", "jy"):
        return None
    found = number(pieces, start)
    if not found or not found.plain or units.counted(pieces, found.end):
        return None
    doubt = doubtful(_BY_SOUND, f"J{found.text}")
    return made(pieces, at, found.end, f"J{found.text}", unit="level", value=found.text, proper=True, doubt=doubt)


def _level_doubt(pieces: Sequence[Piece], at: int, letter: str, value: str, *, after_a: bool) -> Doubt | None:
    if letter == "G" and pieces[at - 1].glue == " " and after_a:
        return doubtful(_BY_SOUND, f"J{value}", f"G{value}")
    if pieces[at].glue != "-" or letter not in _DAYS:
        return None
    return doubtful("Avant ou après ? Réécoutez.", f"{letter}{value}", f"{letter}-{value}")


def _expected(letter: str, written: Sequence[Piece]) -> bool:
    """Whether the letter is followed by figures here: some only are in their own field."""
    if letter == "Y":
        return near(written, {"glasgow"}, within=6)
    if letter == "A":
        return near(written, {"metavir", "fibrose", "fibrotest"}, within=4)
    if letter == "P":
        return bool(written) and written[-1].unit == "level" and written[-1].text.startswith("G")
    if letter == "B":
        return bool(written) and written[-1].key in ("vitamine", "vitamines", "la", "en", "de", "et", "b1")
    return True


def pregnancy(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """« 32 SA plus quatre jours » → 32 SA + 4 j."""
    if pieces[at].key not in ("plus", "+") or not written or written[-1].key not in ("sa", "amenorrhee", "grossesse"):
        return None
    found = number(pieces, at + 1)
    one = key(pieces, at + 1) == "un"
    if not one and (not found or not found.plain or int(found.text) > 6):
        return None
    value, end = ("1", at + 2) if one or found is None else (found.text, found.end)
    said = key(pieces, end) in ("jour", "jours", "j")
    short = written[-1].key == "sa"
    unit = " j" if short else " jours" if said else ""
    return made(pieces, at, end + said, f"+ {value}{unit}", unit="n", value=value)


def joined(pieces: Sequence[Piece]) -> list[Piece]:
    """L4 L5 → L4-L5, T2 N0 M0 → T2N0M0, G2 P1 → G2P1."""
    out: list[Piece] = []
    for piece in pieces:
        before = out[-1] if out else None
        if before and before.unit == piece.unit == "level" and not before.after:
            pair = before.text[-2:-1] + piece.text[0] if before.text[-1:].isdecimal() else ""
            if pair in _JOINED:
                out[-1] = merged([before, piece], before.text + piece.text, unit="level")
                continue
            if pair != "DD" and before.text[0] in _SPINE and piece.text[0] in _SPINE and pair[:1] in _SPINE:
                piece = replace(piece, glue="-")
        out.append(piece)
    return out
