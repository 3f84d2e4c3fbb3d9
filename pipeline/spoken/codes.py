"""Numbers that are not quantities: telephone, social security, file numbers; every digit counts.

Knows how many digits each has and checks the key of a social security number; a wrong count must be settled.
"""

from collections.abc import Sequence

from pipeline.spoken.grammar import Reading, key, made, near
from pipeline.spoken.heard import Doubt, Piece
from pipeline.spoken.numbers import doubtful
from pipeline.spoken.numerals import integer

_CALLED = frozenset(
    {"au", "numero", "telephone", "tel", "portable", "fax", "poste", "mobile", "joindre", "joignable", "appeler",
     "rappeler", "contacter", "telephonique", "secretariat", "ligne", "aux", "joignables"}
)  # fmt: skip
_INSURED = frozenset({"securite", "sociale", "insee", "nir", "immatriculation", "matricule", "ins"})
_FILED = frozenset({"dossier", "ipp", "nip", "sejour", "iep", "accession", "rpps", "finess", "adeli"})
_ZERO_BY_EAR = frozenset({"heros", "zeros", "heraut"})
_PHONE, _INSURANCE = 10, (13, 15)
_GROUPS = (1, 2, 2, 2, 3, 3, 2)
_CHECK = "Numéro de téléphone : vérifiez chaque chiffre."
_COUNT = "Un numéro de téléphone a dix chiffres : réécoutez."
_INSURANCE_CHECK = "Numéro de sécurité sociale : vérifiez chaque chiffre."
_INSURANCE_WRONG = "Ce numéro de sécurité sociale n'est pas possible (nombre de chiffres ou clé) : réécoutez."


def phone(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """Ten digits by pairs, however they were said; another count must be settled."""
    called = near(written, _CALLED, within=5)
    if not _starts_phone(pieces[at].key) and not (called and pieces[at].key in _ZERO_BY_EAR):
        return None
    groups, end = _groups(pieces, at, most=_PHONE)
    digits = _paired(groups)
    if len(digits) == _PHONE and (called or len(groups) >= 4 or len(groups) == 1):
        return made(pieces, at, end, _by_two(digits), unit="phone", doubt=doubtful(_CHECK))
    if not called or len(digits) < 7 or len(digits) > 12:
        return None
    return made(pieces, at, end, _by_two(digits), unit="phone", doubt=doubtful(_COUNT, severity="block"))


def _starts_phone(said: str) -> bool:
    return said == "zero" or (said[:1] == "0" and said.replace(".", "").isdecimal())


def _groups(pieces: Sequence[Piece], at: int, *, most: int) -> tuple[list[str], int]:
    """The groups of digits said one after the other, and where they end."""
    groups, end = list[str](), at
    while end < len(pieces) and sum(map(len, groups)) < most:
        skip = 1 if groups and groups[-1] == "0" and key(pieces, end) in ("a", "et") else 0
        found = _operator(pieces, end, groups) or _group(pieces, end + skip)
        if found is None:
            break
        groups.append(found[0])
        end = found[1]
    return groups, end


def _operator(pieces: Sequence[Piece], at: int, groups: Sequence[str]) -> tuple[str, int] | None:
    """« zéro quatre, vingt et un »: the figure after the first zero stands alone, it is no « quatre-vingt-un »."""
    if groups != ["0"] or at >= len(pieces) or pieces[at].mark or pieces[at].key[:1].isdecimal():
        return None
    read = integer([pieces[at].key])
    return (str(read[0]), at + 1) if read and 0 < read[0] < 10 else None


def _group(pieces: Sequence[Piece], at: int) -> tuple[str, int] | None:
    if at >= len(pieces) or pieces[at].mark or pieces[at].unit:
        return None
    said = pieces[at].key
    if said in _ZERO_BY_EAR:
        return "0", at + 1
    if said[:1].isdecimal():
        digits = said.replace(".", "").replace(",", "")
        return (digits, at + 1) if digits.isdecimal() else None
    keys: list[str] = []
    for piece in pieces[at : at + 5]:
        if piece.mark or piece.unit or piece.key[:1].isdecimal():
            break
        keys.append(piece.key)
        if piece.after:
            break
    read = integer(keys)
    return (str(read[0]), at + read[1]) if read and read[0] < 1000 else None


def _paired(groups: Sequence[str]) -> str:
    """The digits: « zéro six » is 06; a lone figure among pairs had a zero before it."""
    lone = sum(1 for group in groups if len(group) == 1)
    if lone * 2 > len(groups):
        return "".join(groups)
    out, zero = "", False
    for group in groups:
        if zero and len(group) == 1:
            out, zero = out + group, False
            continue
        zero = group == "0"
        out += group if zero or len(group) != 1 else f"0{group}"
    return out


def _by_two(digits: str) -> str:
    return " ".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def insurance(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """A social security number: 13 digits, or 15 with its key."""
    if not near(written, _INSURED, within=6) or pieces[at].key[:1] not in ("1", "2", "u", "d"):
        return None
    groups, end = _groups(pieces, at, most=_INSURANCE[1])
    digits = "".join(groups)
    if len(digits) < _PHONE or digits[0] not in "12":
        return None
    text, rest = "", digits
    for size in _GROUPS:
        text, rest = f"{text} {rest[:size]}", rest[size:]
    return made(pieces, at, end, f"{text} {rest}".strip(), unit="code", value=digits, doubt=_insurance_doubt(digits))


def _insurance_doubt(digits: str) -> Doubt:
    keyed = len(digits) != _INSURANCE[1] or int(digits[13:]) == 97 - int(digits[:13]) % 97
    if len(digits) in _INSURANCE and keyed:
        return doubtful(_INSURANCE_CHECK)
    return doubtful(_INSURANCE_WRONG, severity="block")


def filed(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    """A file number, its digits together."""
    if not near(written, _FILED, within=3) or not pieces[at].key[:1].isdecimal():
        return None
    end = at
    while end < len(pieces) and not pieces[end].mark and pieces[end].key.replace(".", "").isdecimal():
        end += 1
        if pieces[end - 1].after:
            break
    digits = "".join(piece.key.replace(".", "") for piece in pieces[at:end])
    if len(digits) < 4 or _dated(pieces, end):
        return None
    doubt = doubtful("Numéro entendu en plusieurs morceaux : réécoutez.", digits) if end - at > 1 else None
    return made(pieces, at, end, digits, unit="n", value=digits, doubt=doubt or pieces[at].doubt)


def _dated(pieces: Sequence[Piece], at: int) -> bool:
    return key(pieces, at) in ("mille", "/") or (at < len(pieces) and pieces[at].glue == "-")
