"""The body sorted out: what is for the page, copies, notes to the secretary, closing and ending words.

Knows how a doctor asks for a copy, closes a letter and says that the dictation is over; what is not for the page is
taken out with its reason, and kept as a note where a person must act on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.letters.kinds import closest
from pipeline.letters.notes import NOTE, begins_inside, is_urgent, lasts_until, said_to_secretary, written
from pipeline.spoken.heard import Doubt, Piece, merged, said, taken_out
from pipeline.spoken.marks import COMMAND
from pipeline.types import Removed

ENDING = "mots de fin de dictée"
_ENDINGS = (
    "fin de dictée", "fin de la dictée", "fin du courrier", "fin de la lettre", "c'est terminé", "terminé",
    "c'est fini", "fin de l'enregistrement", "fin d'enregistrement", "fin du compte rendu", "j'ai terminé", "fin",
    "j'ai fini", "c'est tout", "voilà c'est tout", "c'est tout merci", "voilà c'est terminé", "voilà c'est fini",
    "terminé merci", "merci c'est terminé", "c'est terminé merci", "fin de dictée merci", "merci fin de dictée",
    "fin merci", "merci beaucoup", "merci bien", "merci au revoir", "au revoir", "bonne journée", "bonne soirée",
    "merci bonne journée", "merci et bonne journée", "merci et à bientôt", "bon courage", "bon week-end", "à bientôt",
    "à demain", "ce sera tout", "ça sera tout", "voilà merci", "merci d'avance", "stop", "fin de cassette",
    "fin du document", "fin de message", "arrêt de la dictée", "je vous remercie c'est terminé",
)  # fmt: skip
_CERTAIN = ("fin de dictée", "fin de la dictée", "fin du courrier", "fin de la lettre", "fin du compte rendu",
            "fin de l'enregistrement", "c'est terminé", "j'ai terminé")  # fmt: skip
_AFTER_CLOSING = {"merci", "voila", "stop", "termine", "ok"}
_PAUSE = 0.6
_LAST = {"fin", "vingt", "20", "faim", "vin"}
_CLOSINGS = (
    "bien confraternellement", "confraternellement", "très confraternellement", "bien cordialement", "cordialement",
    "très cordialement", "amitiés", "bien amicalement", "amicalement", "très amicalement", "bien à vous", "bien à toi",
    "avec mes remerciements", "avec tous mes remerciements", "sincères salutations", "sincèrement",
    "bien sincèrement", "bien respectueusement", "respectueusement", "avec mes salutations confraternelles",
    "confraternelles salutations", "salutations confraternelles", "confraternelles amitiés", "amitiés confraternelles",
    "avec mes amitiés", "avec mes cordiales salutations", "cordiales salutations", "meilleures salutations",
    "avec mes salutations distinguées", "salutations distinguées", "bien fidèlement", "avec toute mon amitié",
    "à très bientôt", "très sincèrement", "avec mes sentiments confraternels", "sentiments confraternels",
    "avec mes meilleurs sentiments", "avec mes sentiments dévoués",
)  # fmt: skip
_DOCTOR = {"docteur", "dr", "professeur", "pr"}
_COPIES = {"copie", "copies", "copi", "copy", "copier"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The body without what is not for the page, and what was asked of the secretary."""

    pieces: tuple[Piece, ...]
    copies: tuple[tuple[Piece, ...], ...]
    addressees: tuple[str, ...]
    notes: tuple[str, ...]
    removed: tuple[Removed, ...]
    urgent: bool = False


def tail(pieces: Sequence[Piece]) -> Tail:
    """The body's sentences sorted out: those of the page, the copies, the notes, the ending."""
    sorted_ = _Sorted()
    sentences = _sentences(pieces)
    closed = False
    at = 0
    while at < len(sentences):
        words, stops = sentences[at]
        left = len(sentences) - 1 - at
        ended, words = _ended(words, last=left <= 1, final=left == 0, closed=closed)
        if ended:
            sorted_.removed.append(taken_out(ended, ENDING))
        words, spent = _unpointed(words)
        if spent:
            sorted_.removed.append(taken_out(spent, COMMAND))
        at = _sort(sorted_, sentences, at, words, stops, ended=bool(ended))
        closed = closed or _is_closing(words)
    return Tail(
        pieces=tuple(sorted_.kept),
        copies=tuple(sorted_.copies),
        addressees=tuple(sorted_.addressees),
        notes=tuple(sorted_.notes),
        removed=tuple(sorted_.removed),
        urgent=sorted_.urgent,
    )


def ends_letter(pieces: Sequence[Piece]) -> bool:
    """Whether these last words of a letter end it: a closing formula, a copy or ending words among its sentences."""
    said_ = [words for words, _ in _sentences(pieces) if words][-3:]
    return any(
        _is_closing(words)
        or _copy(words) is not None
        or (len(words) <= 6 and closest(said(words), _CERTAIN, above=0.85)[0])
        for words in said_
    )


def is_closed(pieces: Sequence[Piece]) -> bool:
    """Whether one of these sentences is a closing formula."""
    return any(_is_closing(words) for words, _ in _sentences(pieces))


Sentence = tuple[list[Piece], list[Piece]]
"""The words of a sentence, and the marks that end it."""


@dataclass
class _Sorted:
    """The sentences as they are being sorted out."""

    kept: list[Piece] = field(default_factory=list)
    copies: list[tuple[Piece, ...]] = field(default_factory=list)
    addressees: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    removed: list[Removed] = field(default_factory=list)
    urgent: bool = False

    def note(self, words: Sequence[Piece], *, urgent: bool = False, heed: bool = True) -> None:
        """Keep these words as something asked of the secretary; `heed` a haste said in them."""
        self.notes.append(written(words))
        self.removed.append(taken_out(words, NOTE))
        self.urgent = self.urgent or urgent or (heed and is_urgent(written(words)))


def _sort(
    into: _Sorted, sentences: Sequence[Sentence], at: int, words: list[Piece], stops: list[Piece], *, ended: bool
) -> int:
    """Put one sentence where it belongs; gives the index of the next one to sort."""
    copy = _copy(words)
    if copy:
        line, name, asked = copy
        into.copies.append(line)
        into.addressees.append(name)
        if asked:
            into.note(words)
        return at + 1
    kind = said_to_secretary(words)
    if kind:
        last = lasts_until([one for one, _ in sentences], at) if kind == "note" else at
        for index in range(at, last + 1):
            own = words if index == at else sentences[index][0]
            if own:
                into.note(own, urgent=kind == "urgent", heed=kind != "not urgent")
        if into.kept and not into.kept[-1].mark:
            into.kept += sentences[last][1]
        return last + 1
    inside = begins_inside(words)
    if inside < len(words):
        into.note(words[inside:])
        words = words[:inside]
    if words or not ended:
        into.kept += [*_closed(words), *stops]
    return at + 1


def _sentences(pieces: Sequence[Piece]) -> list[Sentence]:
    out: list[Sentence] = []
    words: list[Piece] = []
    stops: list[Piece] = []
    for piece in pieces:
        if piece.mark in (".", "line", "paragraph", "item"):
            stops.append(piece)
            continue
        if stops:
            out.append((words, stops))
            words, stops = [], []
        words.append(piece)
    out.append((words, stops))
    return out


def _ended(words: list[Piece], *, last: bool, final: bool, closed: bool) -> tuple[list[Piece], list[Piece]]:
    """The words that end the dictation, and the sentence without them."""
    if not last or not words:
        return [], words
    if len(words) <= 6 and closest(said(words), _ENDINGS, above=0.72 if closed or len(words) <= 3 else 0.85)[0]:
        return words, []
    if words[-1].key in _LAST and len(words) > 2 and words[-2].key == "copie":
        return [words[-1]], words[:-1]
    if len(words) == 1 and (words[0].key in _LAST or (final and closed and words[0].key in _AFTER_CLOSING)):
        return words, []
    for size in (6, 5, 4, 3):
        if len(words) > size and closest(said(words[-size:]), _CERTAIN, above=0.85)[0]:
            return words[-size:], words[:-size]
    paused = len(words) > 2 and words[-1].seconds[0] - words[-2].seconds[1] >= _PAUSE
    if final and len(words) > 2 and words[-1].key == "fin" and (paused or words[-2].after[:1] == "."):
        return words[-1:], words[:-1]
    return [], words


def _unpointed(words: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """« bien cordialement poids »: what is heard of « point » after a closing formula."""
    if 2 <= len(words) <= 6 and words[-1].key.startswith("poi") and _is_closing(words[:-1]):
        return words[:-1], words[-1:]
    return words, []


def _is_closing(words: Sequence[Piece]) -> bool:
    return 1 <= len(words) <= 6 and bool(closest(said(words), _CLOSINGS, above=0.85)[0])


def _copy(words: Sequence[Piece]) -> tuple[tuple[Piece, ...], str, bool] | None:
    """« copie au docteur X, néphrologue » or « merci de mettre le docteur X en copie »: the line, the name, if asked
    aside."""
    if not 3 <= len(words) <= 16:
        return None
    doctor = next((i for i, piece in enumerate(words) if piece.key in _DOCTOR), None)
    if doctor is None or doctor + 1 >= len(words):
        return None
    keys = [piece.key for piece in words]
    if "copie" in keys[doctor:] and keys[keys.index("copie") - 1] == "en" and keys.index("copie") > doctor:
        named = list(words[doctor + 1 : keys.index("copie") - 1])
        return _copy_line(words[doctor : doctor + 1], named, asked=True) if named else None
    opening = said(words[:doctor])
    if closest(opening, ("copie au", "une copie au", "copie pour le", "en copie au"), above=0.85)[0] or (
        keys[0] in _COPIES and doctor <= 5
    ):
        return _copy_line(words[: doctor + 1], list(words[doctor + 1 :]), asked=False)
    return None


def _copy_line(opened: Sequence[Piece], named: list[Piece], *, asked: bool) -> tuple[tuple[Piece, ...], str, bool]:
    named = [piece for piece in named if not piece.mark]
    name = named[0]
    short = "Pr" if opened[-1].key.startswith("pr") else "Dr"
    doubt = Doubt(kind="identity", reason="Destinataire d'une copie : vérifiez le nom.", severity="look")
    written = name.text[:1].upper() + name.text[1:]
    opening = merged(opened, f"Copie : {short}", proper=True, after="", doubt=None, glue=" ")
    line = [opening, replace(name, text=written, proper=True, doubt=doubt, glue=" ", after="")]
    for index, piece in enumerate(named[1:]):
        if index == 0:
            line.append(replace(piece, text="", key="", mark=",", doubt=None))
        line.append(piece)
    return tuple(line), f"{short} {written}", asked


def _closed(words: list[Piece]) -> list[Piece]:
    """A sentence that is a closing formula is written as it is usually written."""
    if not 1 <= len(words) <= 5 or any(piece.mark for piece in words):
        return words
    name, _ = closest(said(words), _CLOSINGS, above=0.9)
    if not name:
        return words
    seconds = (words[0].seconds[0], words[-1].seconds[1])
    return [replace(words[0], text=name, key=name, heard=said(words), seconds=seconds)]
