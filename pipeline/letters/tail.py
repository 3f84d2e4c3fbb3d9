"""The end of a dictation: copies, notes to the secretary, closing words.

Knows how a doctor asks for a copy and says that the dictation is over; what is not for the page is taken out with its
reason, and kept as a note where a person must act on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.letters.kinds import closest, likeness
from pipeline.spoken.heard import Doubt, Piece, merged, said, taken_out
from pipeline.types import Removed

ENDING = "mots de fin de dictée"
NOTE = "consigne à la secrétaire"
_ENDINGS = ("fin de dictée", "fin de la dictée", "fin du courrier", "fin de la lettre", "c'est terminé", "terminé",
            "fin de l'enregistrement", "fin du compte rendu", "merci beaucoup", "fin")  # fmt: skip
_LAST = {"fin", "vingt", "20", "faim", "vin"}
_CLOSINGS = (
    "bien confraternellement", "confraternellement", "très confraternellement", "bien cordialement", "cordialement",
    "amitiés", "bien amicalement", "amicalement", "bien à vous", "avec mes remerciements", "sincères salutations",
    "bien respectueusement", "avec mes salutations confraternelles", "confraternelles salutations",
)  # fmt: skip
_NOTES = (
    "note à la secrétaire",
    "note pour la secrétaire",
    "pour la secrétaire",
    "message pour la secrétaire",
    "note au secrétariat",
)
_DOCTOR = {"docteur", "dr", "professeur", "pr"}
_SPECIALTY_ENDS = (
    "logue",
    "giste",
    "iste",
    "atre",
    "gien",
    "gienne",
    "traitant",
    "traitante",
    "peute",
    "cien",
    "logiste",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The body without what is not for the page, and what was asked of the secretary."""

    pieces: tuple[Piece, ...]
    copies: tuple[tuple[Piece, ...], ...]
    addressees: tuple[str, ...]
    notes: tuple[str, ...]
    removed: tuple[Removed, ...]


def tail(pieces: Sequence[Piece]) -> Tail:
    """The body's sentences sorted out: those of the page, the copies, the notes, the ending."""
    kept, copies, addressees, notes, removed = (
        list[Piece](),
        list[tuple[Piece, ...]](),
        list[str](),
        list[str](),
        list[Removed](),
    )
    sentences = _sentences(pieces)
    for index, (words, stop) in enumerate(sentences):
        last = index == len(sentences) - 1
        ended, words = _ended(words, last=last or index >= len(sentences) - 2)
        if ended:
            removed.append(taken_out(ended, ENDING))
        copy = _copy(words)
        if copy:
            line, name, asked = copy
            copies.append(line)
            addressees.append(name)
            if asked:
                notes.append(said(words))
                removed.append(taken_out(words, NOTE))
            continue
        if _is_note(words):
            notes.append(said(words))
            removed.append(taken_out(words, NOTE))
            continue
        if words or not ended:
            kept += [*_closed(words), *stop]
    return Tail(
        pieces=tuple(kept),
        copies=tuple(copies),
        addressees=tuple(addressees),
        notes=tuple(notes),
        removed=tuple(removed),
    )


def _sentences(pieces: Sequence[Piece]) -> list[tuple[list[Piece], list[Piece]]]:
    out: list[tuple[list[Piece], list[Piece]]] = []
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


def _ended(words: list[Piece], *, last: bool) -> tuple[list[Piece], list[Piece]]:
    """The words that end the dictation, and the sentence without them."""
    if not last or not words:
        return [], words
    if len(words) <= 5 and closest(said(words), _ENDINGS, above=0.72)[0]:
        return words, []
    if words[-1].key in _LAST and len(words) > 2 and words[-2].key == "copie":
        return [words[-1]], words[:-1]
    if len(words) == 1 and words[0].key in _LAST:
        return words, []
    for size in (4, 3):
        if len(words) > size and closest(said(words[-size:]), _ENDINGS[:4], above=0.85)[0]:
            return words[-size:], words[:-size]
    return [], words


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
    if likeness(opening, "copie au") >= 0.85 or likeness(opening, "une copie au") >= 0.85 or keys[0].startswith("copi"):
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


def _is_note(words: Sequence[Piece]) -> bool:
    return bool(words) and any(
        len(words) >= size and closest(said(words[:size]), _NOTES, above=0.9)[0] for size in (3, 4, 5)
    )


def _closed(words: list[Piece]) -> list[Piece]:
    """A sentence that is a closing formula is written as it is usually written."""
    if not 1 <= len(words) <= 5 or any(piece.mark for piece in words):
        return words
    name, _ = closest(said(words), _CLOSINGS, above=0.9)
    if not name:
        return words
    return [replace(words[0], text=name, key=name, seconds=(words[0].seconds[0], words[-1].seconds[1]))]
