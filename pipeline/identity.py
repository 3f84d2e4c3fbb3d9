"""The patient as spoken: « patiente Martin Claire, née le… » read as a name, a given name and a birth date.

Knows how a recogniser writes « né le » (« n'est le », « nez le »), spelled names, and given names. Never invents:
what was
not understood stays empty, lowers the confidence, and must be settled by a person. Does not know the patient register.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pipeline.spoken.dates import figures
from pipeline.spoken.heard import Doubt, Piece, merged, span, taken_out
from pipeline.types import Identity, Removed, Seconds
from vocab import phonetics
from vocab.folding import fold
from vocab.lexicon import given_names

Gender = Literal["m", "f", ""]

_CIVILITY: dict[str, tuple[str, Gender]] = {
    "patient": ("Patient :", "m"),
    "patients": ("Patient :", "m"),
    "patiente": ("Patiente :", "f"),
    "patientes": ("Patiente :", "f"),
    "enfant": ("Enfant :", ""),
    "madame": ("Madame", "f"),
    "mme": ("Madame", "f"),
    "mademoiselle": ("Mademoiselle", "f"),
    "monsieur": ("Monsieur", "m"),
    "mr": ("Monsieur", "m"),
}
_PARTICLES = {"de", "du", "des", "le", "la", "d'", "l'", "el", "ben", "van", "von", "da", "dos", "di", "al"}
_LETTERS = {
    "be": "B", "ce": "C", "se": "C", "de": "D", "euh": "E", "effe": "F", "ge": "G", "j'ai": "G", "ache": "H",
    "hache": "H",
    "ji": "J", "ka": "K", "elle": "L", "el": "L", "aime": "M", "em": "M", "haine": "N", "en": "N", "eau": "O", "pe":
    "P",
    "cu": "Q", "air": "R", "er": "R", "esse": "S", "es": "S", "te": "T", "ve": "V", "ygrec": "Y", "ygrek": "Y",
    "ixe": "X",
    "zed": "Z",
}  # fmt: skip
_SPELLING = {"s'ecrit", "ecrit", "secrit", "epelle", "j'epelle"}
_HEAD = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """The pieces that say who the patient is."""

    civility: Piece
    label: str
    gender: Gender
    names: tuple[Piece, ...]
    born: tuple[Piece, ...]
    dated: Piece | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """An identity found in a dictation: where, what, and how its line is written."""

    start: int
    end: int
    identity: Identity
    gender: Gender
    line: tuple[Piece, ...]
    removed: tuple[Removed, ...] = ()


def find(pieces: Sequence[Piece]) -> Spoken | None:
    """The identity spoken at the head of a dictation, or None.

    Without « né le », a civility followed by two capitalised names before the first spoken mark is taken, unsure.
    """
    born = _born(pieces)
    if born:
        start = _civility_before(pieces, born[0])
        return _spoken(pieces, start, born) if start is not None else None
    for at, piece in enumerate(pieces[:25]):
        if piece.mark:
            return None
        if piece.key in ("patient", "patiente"):
            names = _capitalised(pieces, at + 1)
            return _spoken(pieces, at, (names, names, names)) if names >= at + 3 else None
    return None


def _born(pieces: Sequence[Piece]) -> tuple[int, int, int] | None:
    """Where « né » begins, where the date is, where it ends."""
    for at, piece in enumerate(pieces[:_HEAD]):
        if piece.unit == "date" and at >= 2 and pieces[at - 1].key == "le":
            length = _birth_words(pieces, at - 1)
            if length is not None and (length or _civility_near(pieces, at - 1)):
                return at - 1 - length, at, at + 1
        if piece.key == "le" and at >= 3 and _birth_words(pieces, at) and _civility_near(pieces, at):
            end = at + 1
            while end < len(pieces) and pieces[end].unit and not pieces[end].mark:
                end += 1
            if end > at + 1 and pieces[at + 1].unit == "n":
                return at - (_birth_words(pieces, at) or 0), at + 1, end
    return None


def _birth_words(pieces: Sequence[Piece], end: int) -> int | None:
    """How many pieces before `end` say « né »; none of its own when it is heard glued to the name (« Gérarné »)."""
    last = pieces[end - 1].key
    if last in ("ne", "nee", "nes", "nees", "nez", "nait", "nai", "neige"):
        return 1
    if end >= 2 and last in ("est", "et", "ait", "es") and pieces[end - 2].key in ("n'", "n"):
        return 2
    if len(last) >= 6 and last.endswith(("ne", "nee", "nait")) and not _given(pieces[end - 1].text):
        return 0
    return None


def _civility_near(pieces: Sequence[Piece], born: int) -> bool:
    return any(_civility(piece) for piece in pieces[max(0, born - 7) : born])


def _civility(piece: Piece) -> str:
    """The civility a piece is, by its sound for « patient » and « patiente »."""
    if piece.key in _CIVILITY or piece.mark or not piece.key.startswith("pa"):
        return piece.key if piece.key in _CIVILITY else ""
    heard = phonetics.phrase(piece.key)
    return next((one for one in ("patiente", "patient") if phonetics.likeness(heard, phonetics.phrase(one)) >= 0.8), "")


def _civility_before(pieces: Sequence[Piece], born: int) -> int | None:
    lowest = max(0, born - 14)
    for at in range(born - 1, lowest - 1, -1):
        if _civility(pieces[at]):
            return at
        if pieces[at].mark in (".", "line", "paragraph", ":"):
            break
    start = born
    while start > lowest and not pieces[start - 1].mark and pieces[start - 1].text[:1].isupper():
        start -= 1
    return start if born - start >= 2 else None


def _capitalised(pieces: Sequence[Piece], at: int) -> int:
    while at < len(pieces) and not pieces[at].mark and pieces[at].text[:1].isupper() and not pieces[at - 1].after:
        at += 1
    return at


def _spoken(pieces: Sequence[Piece], start: int, born: tuple[int, int, int]) -> Spoken:
    civility = _civility(pieces[start])
    label, gender = _CIVILITY.get(civility, ("Patient :", ""))
    first = start + bool(civility)
    said = [piece for piece in pieces[first : born[0]] if not piece.mark]
    spelled, names = _spelled(_unglued(said, glued=_glued(pieces, born)))
    aside = said[len(names) :]
    family, given = _split(names)
    gender = _gender(gender, given)
    if label.startswith("Patient"):
        label = {"f": "Patiente :", "m": "Patient :"}.get(gender, "Patient(e) :")
    dated = pieces[born[1]] if born[1] < born[2] else None
    identity, doubts = _identity(family, given, spelled, dated)
    heard = _Heard(
        civility=pieces[start],
        label=label,
        gender=gender,
        names=tuple(names),
        born=tuple(pieces[born[0] : born[1]]) or tuple(pieces[born[1] : born[2]]),
        dated=dated,
    )
    line = _line(heard, identity, doubts)
    removed = (taken_out(aside, "nom épelé"),) if aside else ()
    return Spoken(start=start, end=born[2], identity=identity, gender=gender, line=tuple(line), removed=removed)


def _glued(pieces: Sequence[Piece], born: tuple[int, int, int]) -> bool:
    return (
        born[1] < born[2]
        and pieces[born[1]].unit == "date"
        and pieces[born[1] - 1].key == "le"
        and born[0] == born[1] - 1
    )


def _unglued(names: list[Piece], *, glued: bool) -> list[Piece]:
    """« Gérarné »: the name without the « né » that was heard with it."""
    if not glued or not names:
        return names
    last = names[-1]
    for ending in ("née", "né", "nait", "nee", "ne"):
        if last.text.lower().endswith(ending) and len(last.text) > len(ending) + 2:
            return [*names[:-1], replace(last, text=last.text[: -len(ending)])]
    return names


def _spelled(names: list[Piece]) -> tuple[str, list[Piece]]:
    """« Nguyen s'écrit N G U Y E N »: the letters, and the names without the aside.

    The letters are used only when they are clearly letters; else they only lower the confidence.
    """
    for at, piece in enumerate(names):
        if piece.key in _SPELLING or piece.key.replace("-", "") in _SPELLING:
            letters = "".join(_letter(one) for one in names[at + 1 :])
            before = names[:at]
            while before and before[-1].key == "s'":
                before = before[:-1]
            if len(before) > 1 and before[-1].key == before[0].key:
                before = before[:-1]
            return letters if _is_spelling(names[at + 1 :]) else "?", before
    return "", names


def _letter(piece: Piece) -> str:
    return _LETTERS.get(piece.key, piece.text.upper() if len(piece.text) == 1 or piece.text.isupper() else "?")


def _is_spelling(letters: Sequence[Piece]) -> bool:
    return len(letters) >= 2 and all(len(piece.text) == 1 or piece.key in _LETTERS for piece in letters)


def _split(names: Sequence[Piece]) -> tuple[str, str]:
    """Family name first, then given names; particles heard apart from a name without capital are joined to it."""
    words = [piece.text for piece in names]
    joined: list[str] = []
    at = 0
    while at < len(words):
        if words[at].lower() in _PARTICLES and at + 1 < len(words) and not joined:
            glue = "" if words[at + 1][:1].islower() else " "
            joined.append(words[at] + (glue if not words[at].endswith("'") else "") + words[at + 1])
            at += 2
        else:
            joined.append(words[at])
            at += 1
    if len(joined) == 2 and _given(joined[0]) and not _given(joined[1]) and joined[1].isupper():
        joined.reverse()
    family = joined[0].upper() if joined else ""
    given = " ".join(word[:1].upper() + word[1:] for word in joined[1:])
    return family, given


def _given(name: str) -> str:
    return given_names().get(fold(name), "")


def _gender(said: Gender, given: str) -> Gender:
    """The given name's gender when it has one: « patient » and « patiente » sound alike."""
    known = _given(given.split(" ")[0]) if given else ""
    return "m" if known == "m" and said != "f" else "f" if known == "f" else said


def _identity(family: str, given: str, spelled: str, dated: Piece | None) -> tuple[Identity, tuple[str, ...]]:
    """The identity, its confidence, and what is missing or doubtful in it (« family », « given », « birth »)."""
    name = spelled.upper() if len(spelled) >= 2 and "?" not in spelled else family
    whole = dated is not None and dated.unit == "date" and dated.value and not dated.value.startswith("0000")
    born = date.fromisoformat(dated.value) if dated and whole else None
    doubts = []
    confidence = 0.95
    if not name or len(name) < 2 or spelled == "?":
        doubts.append("family")
        confidence -= 0.35
    if not given or not _given(given.split(" ")[0]):
        doubts.append("given")
        confidence -= 0.15 if given else 0.3
    if dated is not None and dated.doubt is not None and born is not None:
        confidence -= 0.1
    if born is None:
        doubts.append("birth")
        confidence -= 0.4
    found = Identity(family_name=name, given_name=given, birth_date=born, confidence=round(max(0.0, confidence), 2))
    return found, tuple(doubts)


def _line(heard: _Heard, identity: Identity, doubts: Sequence[str]) -> list[Piece]:
    opening = replace(heard.civility, text=heard.label, proper=True, doubt=None, after="", glue=" ")
    out = [opening]
    if identity.family_name:
        out.append(_full_name(heard, identity, doubts))
    else:
        out[0] = replace(opening, doubt=Doubt(kind="identity", reason="Nom du patient non compris.", severity="block"))
    if heard.dated is not None:
        out += _birth(heard.dated, span(heard.born), heard.gender, identity)
    return out


def _full_name(heard: _Heard, identity: Identity, doubts: Sequence[str]) -> Piece:
    known = list(heard.names) or [heard.civility]
    severity: Literal["block", "look"] = "block" if "family" in doubts else "look"
    clash = _clash(heard.civility.key, heard.gender, identity.given_name)
    reason = "Identité du patient : vérifiez le nom et le prénom." + clash
    return merged(
        known,
        f"{identity.family_name} {identity.given_name}".strip(),
        proper=True,
        doubt=Doubt(kind="identity", reason=reason, severity=severity),
        after="",
        glue=" ",
    )


def _birth(dated: Piece, said: Seconds, gender: Gender, identity: Identity) -> list[Piece]:
    comma = replace(dated, text="", key="", mark=",", unit="", value="", doubt=None, heard="")
    word = replace(comma, seconds=said, mark="", text={"f": "née le", "m": "né le"}.get(gender, "né(e) le"))
    written = figures(dated.value) if identity.birth_date else dated.text
    reason = "Date de naissance incomplète : réécoutez."
    doubt = Doubt(kind="identity", reason=reason, severity="block")
    return [comma, word, replace(dated, text=written, after="", doubt=dated.doubt if identity.birth_date else doubt)]


def _clash(civility: str, gender: Gender, given: str) -> str:
    known = _given(given.split(" ")[0]) if given else ""
    said = _CIVILITY.get(civility, ("", ""))[1]
    if known in ("m", "f") and said and known != said:
        return " Le prénom et « patient » ou « patiente » ne vont pas ensemble."
    return ""
