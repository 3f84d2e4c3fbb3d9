"""Where one letter of a recording ends and the next begins: « patient suivant », « autre courrier »…

Works on the words as they were heard, before anything is written, so that nothing said of one patient can reach the
letter of another. Cuts only where the words stand alone, between two stops or pauses; where that is not sure it does
not cut, it says where. Does not know who the patients are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pipeline.letters.kinds import closest
from pipeline.types import Removed, Word
from vocab.folding import fold

CHANGE = "changement de courrier dicté"
Change = Literal["", "patient", "other", "next", "unsaid"]
"""Nothing (the first letter), another patient, « autre courrier », « courrier suivant », a change that nobody said."""

_PATIENTS = ("patient", "patiente", "dossier", "malade", "cas")
_LETTERS = ("courrier", "lettre", "dictée", "document", "compte rendu", "texte", "papier")
_NEXT = {"suivant", "suivante", "suivants", "suivantes", "suivent", "suivie"}
_FOLLOWED = {"suivent", "suivie"}
"""« suivante » misheard, or what is said of any patient: « patiente suivie pour un diabète »."""
_GOES_ON = {
    "le",
    "la",
    "les",
    "l'",
    "un",
    "une",
    "des",
    "du",
    "au",
    "a",
    "pour",
    "en",
    "depuis",
    "par",
    "son",
    "sa",
    "ses",
}
"""What goes on with the sentence rather than begins a letter, after « patient suivant » or « nouveau patient »."""
_OTHER = {"autre", "autres", "second", "seconde", "deuxieme", "troisieme", "quatrieme", "cinquieme", "2e", "3e"}
_NEW = {"nouveau", "nouvelle", "nouveaux", "nouvelles", "nouvel", "prochain", "prochaine"}
_LEADS = {
    "alors", "bon", "ben", "voila", "maintenant", "ensuite", "puis", "et", "ok", "oui", "merci", "un", "une", "passe",
    "passons", "passer", "on", "je", "j'ai", "au", "a", "la", "le", "pour", "euh", "l'", "changement", "de", "donc",
}  # fmt: skip
_STOPS = {
    "point", "points", "ligne", "paragraphe", "final", "dictee", "fin", "termine", "terminee", "fini", "courrier",
    "confraternellement", "cordialement", "amicalement", "amities", "salutations", "merci", "lettre",
    "respectueusement",
}  # fmt: skip
_OPENERS = {
    "patient", "patiente", "patients", "patientes", "madame", "monsieur", "mademoiselle", "enfant", "point", "virgule",
    "deux", "a", "pour", "concernant", "compte", "contrendu", "contre", "courrier", "couriez", "courier", "lettre",
    "consultation", "consultations", "docteur", "dr", "cher", "chere", "chers", "cheres", "bonjour", "toujours", "meme",
    "le", "ordonnance", "certificat", "convocation", "scanner", "irm", "echographie", "radiographie", "demande", "au",
    "nouveau", "il", "c'est", "je", "mme", "m", "mr", "mon", "ma", "suite", "l'etre", "l'", "fibroscopie", "coloscopie",
}  # fmt: skip
_DETERMINERS = {
    "le", "la", "les", "ce", "cet", "cette", "mon", "ma", "votre", "notre", "son", "sa", "du", "des", "un", "une",
    "dans", "par", "avec", "chaque", "aucun", "aucune", "tout", "toute", "d'un", "d'une", "l'", "au", "aux", "quel",
}  # fmt: skip
_OPENING = ("patient", "contr")
_AIMED = {"l'", "l'attention", "le", "la", "mon", "ma", "mes", "monsieur", "madame", "un", "une", "notre", "votre"}
"""Whom a letter is « à »."""
_PAUSE, _ALIKE = 0.7, 0.9
_TOKEN = re.compile(r"[^\W_]+['’]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The words of one letter, and how it was announced."""

    words: tuple[Word, ...]
    change: Change = ""
    same: bool = False
    """It was said to be for the same patient as the letter before."""
    removed: tuple[Removed, ...] = ()
    doubts: tuple[Removed, ...] = ()
    """Words that may announce another letter, where nothing was cut."""


@dataclass(frozen=True, slots=True)
class _Token:
    key: str
    word: int


@dataclass(frozen=True, slots=True)
class _Boundary:
    first: int
    last: int
    change: Change
    sure: bool
    same: bool = False


def stretches(words: Sequence[Word]) -> tuple[Stretch, ...]:
    """The words of each letter, in order, at least one. A change announced with nothing after it cuts nothing."""
    found = _boundaries(words)
    cuts = [one for one in found if one.sure]
    out: list[Stretch] = []
    change: Change = ""
    begun, same, pending = 0, False, list[Removed]()
    for cut in [*cuts, None]:
        end = cut.first if cut else len(words)
        own = tuple(words[begun:end])
        if own:
            doubts = tuple(_removed(words, one) for one in found if not one.sure and begun <= one.first < end)
            out.append(Stretch(words=own, change=change, same=same, removed=tuple(pending), doubts=doubts))
            pending = []
            change = ""
        if cut:
            pending.append(_removed(words, cut))
            change, same, begun = _graver(change, cut.change), cut.same, cut.last + 1
    if not out:
        return (Stretch(words=(), removed=tuple(pending)),)
    if pending:
        last = out[-1]
        out[-1] = Stretch(
            words=last.words, change=last.change, same=last.same, removed=(*last.removed, *pending), doubts=last.doubts
        )
    first = out[0]
    out[0] = Stretch(words=first.words, removed=first.removed, doubts=first.doubts)
    return tuple(out)


def _graver(one: Change, other: Change) -> Change:
    """« courrier suivant, patient suivant »: of two announcements in a row, another patient wins."""
    return "patient" if "patient" in (one, other) else other


def _removed(words: Sequence[Word], one: _Boundary) -> Removed:
    said = words[one.first : one.last + 1]
    return Removed(
        seconds=(said[0].start, said[-1].end), reason=CHANGE, text=" ".join(word.text.strip() for word in said)
    )


def _boundaries(words: Sequence[Word]) -> list[_Boundary]:
    tokens = [_Token(fold(text), i) for i, word in enumerate(words) for text in _TOKEN.findall(word.text)]
    out: list[_Boundary] = []
    at = 0
    while at < len(tokens):
        found = _announced(tokens, at)
        if found is None:
            at += 1
            continue
        change, length = found
        again = bool(out) and out[-1].sure and at > 0 and tokens[at - 1].word == out[-1].last
        boundary = _standing(words, tokens, at, length, change, again=again)
        if boundary:
            out.append(boundary)
        at += length
    return out


def _announced(tokens: Sequence[_Token], at: int) -> tuple[Change, int] | None:
    """The kind of change announced from here and how many tokens say so."""
    keys = [token.key for token in tokens[at : at + 4]]
    for size in (1, 2):
        noun = " ".join(keys[:size])
        kind = _noun(noun)
        if kind and len(keys) > size and keys[size] in _NEXT:
            return ("patient" if kind == "patient" else "next"), size + 1
    if keys[0] in _OTHER | _NEW:
        for size in (2, 1):
            kind = _noun(" ".join(keys[1 : 1 + size])) if len(keys) > size else ""
            if kind:
                letter: Change = "other" if keys[0] in _OTHER else "next"
                return ("patient" if kind == "patient" else letter), size + 1
    return None


@lru_cache(maxsize=4096)
def _noun(said: str) -> Literal["", "patient", "letter"]:
    if not said or len(said) < 3:
        return ""
    if any(fold(name) == said for name in _PATIENTS):
        return "patient"
    if any(fold(name) == said for name in _LETTERS) or closest(said, _LETTERS, above=_ALIKE)[0]:
        return "letter"
    return "patient" if closest(said, _PATIENTS[:3], above=_ALIKE)[0] else ""


def _standing(
    words: Sequence[Word], tokens: Sequence[_Token], at: int, length: int, change: Change, *, again: bool
) -> _Boundary | None:
    """The boundary with its lead-in and what says that it is for the same patient, if it stands alone enough."""
    first = _led(words, tokens, at)
    last = at + length - 1
    same, last = _same(tokens, last)
    before = tokens[first - 1].key if first else ""
    stopped = first == 0 or _stopped(words, tokens[first - 1].word, tokens[first].word)
    opened = again or stopped or before in _STOPS
    follows = tokens[last + 1].key if last + 1 < len(tokens) else ""
    ended = not follows or _stopped(words, tokens[last].word, tokens[last + 1].word)
    closed = ended or (not _goes_on(tokens, at, last) and (follows in _OPENERS or follows.startswith(_OPENING)))
    article = tokens[at - 1].key if at else ""
    if article in _DETERMINERS and first == at:
        return None
    if opened and closed:
        end = tokens[last].word - _titled(tokens, at, last, follows)
        return _Boundary(tokens[first].word, end, change, True, same and change != "patient")
    strong = length >= 2 and tokens[last].key in _NEXT - _FOLLOWED and (opened or closed)
    return _Boundary(tokens[at].word, tokens[last].word, change, False) if strong else None


def _goes_on(tokens: Sequence[_Token], at: int, last: int) -> bool:
    """Whether a sentence goes on: « patient suivant le protocole », « patiente suivie pour… », « autre dossier à
    revoir »."""
    if tokens[last].key in _FOLLOWED:
        return True
    said, follows = (tokens[at].key, tokens[last].key), tokens[last + 1].key
    if follows == "a":
        aimed = last + 2 < len(tokens) and tokens[last + 2].key in _AIMED
        return not aimed
    of_patient = any(_noun(key) == "patient" for key in said)
    return of_patient and follows in _GOES_ON


def _titled(tokens: Sequence[_Token], at: int, last: int, follows: str) -> int:
    """How many of the last words are also the letter's title: « nouveau compte rendu de… »."""
    if tokens[at].key not in _OTHER | _NEW:
        return 0
    titled = follows in ("de", "d'", "du", "des", "pour", "au", "a", "operatoire")
    return tokens[last].word - tokens[at].word if titled and tokens[last].word > tokens[at].word else 0


def _led(words: Sequence[Word], tokens: Sequence[_Token], at: int) -> int:
    """Where the announcement begins with what leads to it: « alors on passe au patient suivant ».

    The words that lead to it belong to it only back to a stop; without one it begins at its own words.
    """
    first = at
    while first and tokens[first - 1].key in _LEADS and at - first < 6:
        if _stopped(words, tokens[first - 1].word, tokens[first].word) or (
            tokens[first - 1].key in _STOPS and not (first >= 2 and tokens[first - 2].key in _LEADS)
        ):
            break
        first -= 1
    if first == at or first == 0:
        return first
    before = tokens[first - 1].key
    stopped = before in _STOPS or _stopped(words, tokens[first - 1].word, tokens[first].word)
    return first if stopped else at


def _same(tokens: Sequence[_Token], last: int) -> tuple[bool, int]:
    """Whether « pour le même patient » follows, and where it ends."""
    keys = [token.key for token in tokens[last + 1 : last + 7]]
    for index, key in enumerate(keys):
        if key == "meme" and index + 1 < len(keys) and _noun(keys[index + 1]) == "patient":
            return True, last + index + 2
        if key not in ("pour", "le", "la", "toujours", "concernant", "du", "de", "sur"):
            break
    return False, last


def _stopped(words: Sequence[Word], one: int, other: int) -> bool:
    """Whether a sentence ends, or the doctor pauses, between two words."""
    if one == other:
        return False
    return words[one].text.rstrip()[-1:] in ".!?…" or words[other].start - words[one].end >= _PAUSE
