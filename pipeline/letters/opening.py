"""The words before a letter begins: « bonjour Sylvie, dictée du docteur Lambert, alors un courrier pour… ».

Knows how a doctor greets the dictaphone, says who speaks and on what day. All of it is taken off, with its reason.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.letters.kinds import closest, sounds_like
from pipeline.letters.notes import said_to_secretary
from pipeline.spoken.heard import Piece, taken_out
from pipeline.types import Removed
from vocab import names

OPENING = "mots d'ouverture de la dictée"
DOCTOR = {"docteur", "dr", "professeur", "pr"}
_HELLO = {"bonjour", "bonsoir", "allo", "rebonjour", "salut"}
_FILLERS = {"alors", "donc", "bon", "ben", "voila", "ok", "oui", "euh", "heu", "hum", "voici", "et", "d'accord", "hein"}
_PHRASES = (
    "je dicte", "je vous dicte", "je te dicte", "je commence", "on commence", "c'est parti", "on y va", "il s'agit d'",
    "il s'agit de", "c'est pour", "je voudrais dicter", "j'ai un", "j'ai une", "voici un", "voici une", "on va faire",
    "premier courrier", "première dictée", "première lettre", "premier patient", "première patiente",
    "courrier numéro un", "dictée numéro un", "début de dictée", "début de la dictée", "nouvelle dictée", "essai",
    "je vais dicter", "nouveau courrier", "un courrier à taper", "une dictée", "ça va être", "ce sera",
    "un nouveau courrier",
)  # fmt: skip
_NOUNS = ("courrier", "lettre", "compte rendu", "certificat", "ordonnance", "convocation", "demande", "consultation")
_LONGEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Where the letter begins, and what was said before it."""

    end: int = 0
    doctor: str = ""
    urgent: bool = False
    removed: tuple[Removed, ...] = ()


@dataclass(frozen=True, slots=True)
class _Step:
    end: int
    doctor: str = ""
    urgent: bool = False


def opening(pieces: Sequence[Piece]) -> Opening:
    """What is said before the letter begins; all of it may be missing."""
    at, doctor, urgent = 0, "", False
    while at < min(len(pieces), _LONGEST):
        step = next((found for read in _READERS if (found := read(pieces, at))), None)
        if step is None:
            break
        doctor, urgent = step.doctor or doctor, step.urgent or urgent
        at = _skip(pieces, step.end)
    at = _article(pieces, at)
    said = [piece for piece in pieces[:at] if not piece.mark]
    removed = (taken_out(said, OPENING),) if said else ()
    return Opening(end=at, doctor=doctor, urgent=urgent, removed=removed)


def _skip(pieces: Sequence[Piece], at: int) -> int:
    while at < len(pieces) and pieces[at].mark in (",", ".", ":"):
        at += 1
    return at


def _hello(pieces: Sequence[Piece], at: int) -> _Step | None:
    """« bonjour », « bonjour Sylvie », « bonjour à toutes »."""
    if pieces[at].key not in _HELLO:
        return None
    after = _skip(pieces, at + 1)
    if after < len(pieces) and (names.gender(pieces[after].text) and not _presented(pieces, after)):
        return _Step(after + 1)
    if [piece.key for piece in pieces[at + 1 : at + 3]] in (
        ["a", "toutes"],
        ["a", "tous"],
        ["a", "toi"],
        ["a", "vous"],
    ):
        return _Step(at + 3)
    return _Step(at + 1)


def _presented(pieces: Sequence[Piece], at: int) -> bool:
    """« bonjour Martin Paul né le… » would name a patient."""
    return at + 1 < len(pieces) and pieces[at + 1].text[:1].isupper() and not pieces[at].after


def _filler(pieces: Sequence[Piece], at: int) -> _Step | None:
    return _Step(at + 1) if pieces[at].key in _FILLERS else None


def _speaker(pieces: Sequence[Piece], at: int) -> _Step | None:
    """« dictée du docteur Lambert », « docteur Lambert à l'appareil », « c'est le docteur Lambert »."""
    for lead in (0, 1, 2, 3, 4):
        here = at + lead
        if here + 1 >= len(pieces) or pieces[here].mark:
            return None
        if pieces[here].key not in DOCTOR:
            continue
        doctor = pieces[here + 1].text
        opened = [piece.key for piece in pieces[at:here]]
        after = [piece.key for piece in pieces[here + 2 : here + 5]]
        spoke = after in (["a", "l'", "appareil"], ["au", "dictaphone", "docteur"]) or after[:2] == ["au", "micro"]
        if spoke:
            return _Step(here + 2 + (3 if after[0] == "a" else 2), _named(doctor))
        told = bool(opened) and (
            _dictation(pieces[at]) or opened[:2] in (["c'", "est"], ["ici", "le"], ["ici", "docteur"])
        )
        return _Step(here + 2, _named(doctor)) if told or opened == ["ici"] else None
    return None


def _dictation(piece: Piece) -> bool:
    return sounds_like(piece.text, "dictée", above=0.9) > 0


def _day(pieces: Sequence[Piece], at: int) -> _Step | None:
    """« nous sommes le 12 mars », « dictée du 12 mars »."""
    for lead in (1, 2, 3, 4):
        if at + lead < len(pieces) and pieces[at + lead].unit == "date":
            keys = [piece.key for piece in pieces[at : at + lead]]
            told = keys[:2] in (["nous", "sommes"], ["on", "est"]) or keys[:3] == ["c'", "est", "le"]
            return _Step(at + lead + 1) if told or (_dictation(pieces[at]) and keys[1:2] in (["du"], ["le"])) else None
    return None


def _phrase(pieces: Sequence[Piece], at: int) -> _Step | None:
    for size in (4, 3, 2, 1):
        part = pieces[at : at + size]
        if len(part) < size or any(piece.mark or piece.unit for piece in part):
            continue
        said = " ".join(piece.text for piece in part)
        if closest(said, _PHRASES, above=0.95)[0]:
            return _Step(at + size)
    return None


def _haste(pieces: Sequence[Piece], at: int) -> _Step | None:
    """« urgent », « c'est urgent », « courrier urgent » said before anything else, and nothing more in the sentence."""
    end = at
    while end < len(pieces) and end - at < 6 and not pieces[end].mark and not (end > at and pieces[end - 1].after):
        end += 1
    for last in range(end, at, -1):
        said = said_to_secretary(pieces[at:last])
        stops = last == len(pieces) or pieces[last].mark or pieces[last - 1].after
        if said in ("urgent", "not urgent") and (
            stops or (pieces[last - 1].key.startswith("urgent") and last - at <= 3)
        ):
            courier = any(sounds_like(piece.text, "courrier", above=0.9) for piece in pieces[at:last])
            if courier and not stops:  # « courrier urgent pour le docteur Petit » is a title
                return None
            return _Step(last, urgent=said == "urgent")
    return None


def _article(pieces: Sequence[Piece], at: int) -> int:
    """« alors un courrier pour… »: the article goes with the words that lead to the title."""
    if at and at + 1 < len(pieces) and pieces[at].key in ("un", "une", "le", "la"):
        two = " ".join(piece.text for piece in pieces[at + 1 : at + 3])
        if closest(pieces[at + 1].text, _NOUNS, above=0.9)[0] or closest(two, _NOUNS, above=0.85)[0]:
            return at + 1
    return at


def _named(text: str) -> str:
    return text[:1].upper() + text[1:]


_READERS: tuple[Callable[[Sequence[Piece], int], _Step | None], ...] = (
    _hello, _haste, _speaker, _day, _phrase, _filler,
)  # fmt: skip
