"""Spoken commands turned into marks: punctuation, lines, paragraphs, parentheses, lists.

Knows how doctors say them, how a recogniser misspells them, and when the same words are not a command
(« point d'appui », « deux points de suture », « mise au point »). Does not know numbers or letters' parts.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.spoken.heard import Doubt, Mark, Piece, Stream, taken_out
from pipeline.spoken.numerals import integer
from pipeline.types import Removed
from vocab import phonetics

COMMAND = "commande dictée"
_POINT = {"point", "poing", "points", "poings", "poin", "poins"}
_NOT_AFTER_POINT = {
    "de", "d'", "du", "des", "culminant", "sensible", "sensibles", "douloureux", "gachette", "noir", "noirs", "mort",
    "commun", "gps", "blanc", "blancs", "rouge", "rubis", "faible", "fort", "positif", "negatif", "zero", "important",
}  # fmt: skip
_NOT_BEFORE_POINT = {"le", "ce", "au", "quel", "tel", "chaque", "premier", "dernier", "meme", "aucun", "cet", "son"}
_COUNTED = {
    "type", "stade", "grade", "classe", "score", "indice", "garde", "facteur", "nyha", "asa", "gleason", "sur", "a",
    "temps", "jour", "vitamine", "birads", "acr", "perd", "gagne", "chambre", "lit", "batiment", "dent", "niveau",
}  # fmt: skip
_TAIL_NOT_LINE = {"12", "suivante", "medicale", "mediane", "directrice", "budgetaire", "d'", "de", "blanche"}
_SIGNS: dict[str, Mark] = {"interrogation": "?", "exclamation": "!"}

Match = tuple[Mark, int]
"""The mark, and how many pieces were spent on it."""


def mark(stream: Stream) -> Stream:
    """The stream with its commands replaced by marks, each removal recorded."""
    pieces, out, removed = stream.pieces, list[Piece](), list[Removed]()
    at = 0
    while at < len(pieces):
        found = _command(pieces, at)
        if found is None:
            out.append(pieces[at])
            at += 1
            continue
        kind, length = found
        spent = pieces[at : at + length]
        removed.append(taken_out(spent, COMMAND))
        out.append(_mark(kind, spent))
        at += length
    return stream.keeping(_tidied(out), *removed)


def _mark(kind: Mark, spent: Sequence[Piece]) -> Piece:
    made = replace(
        spent[0], text="", key="", mark=kind, seconds=(spent[0].seconds[0], spent[-1].seconds[1]), after=spent[-1].after
    )
    surprising = [piece.text for piece in spent if piece.key[:1].isdecimal() and piece.key not in ("2", "3")]
    if not surprising:
        return made
    return replace(
        made,
        heard=" ".join(piece.heard for piece in spent),
        doubt=Doubt(kind="number", reason="Un nombre a peut-être été entendu à la place d'une commande : réécoutez."),
    )


def _command(pieces: Sequence[Piece], at: int) -> Match | None:
    for read in _READERS:
        found = read(pieces, at)
        if found:
            return found
    return None


def _keys(pieces: Sequence[Piece], at: int, count: int) -> list[str]:
    return [piece.key for piece in pieces[at : at + count]] + [""] * max(0, at + count - len(pieces))


def _paragraph(pieces: Sequence[Piece], at: int) -> Match | None:
    head, *tail = _keys(pieces, at, 4)
    if head in ("nouveau", "nouveaux"):
        said = ["".join(tail[:count]) for count in (1, 2, 3) if tail[count - 1]]
        scores = [_sounds(one, "paragraphe") if one[:3] in ("par", "pha") else 0.0 for one in said]
        if scores and max(scores) >= 0.7:
            return "paragraph", 2 + scores.index(max(scores))
        cut = at and pieces[at - 1].key in _POINT and at + 1 < len(pieces) and pieces[at + 1].text[:1].isupper()
        if cut:
            return "paragraph", 1
    if head.startswith("paragra") and tail[0] in ("suivant", "suivants"):
        return "paragraph", 2
    if (head, tail[0]) == ("a", "la") and _line(pieces, at) and _keys(pieces, at + 3, 3) == ["a", "la", "ligne"]:
        return "paragraph", 6
    return None


def _line(pieces: Sequence[Piece], at: int) -> Match | None:
    keys = _keys(pieces, at, 4)
    if keys[0] in ("nouvelle", "retour") and keys[1] == "ligne":
        return "line", 2
    if keys[:4] == ["retour", "a", "la", "ligne"]:
        return "line", 4
    length = 0
    if (keys[0] == "a" and keys[1] in ("la", "l'") and _ligne(keys[2])) or (
        keys[:2] == ["a", "l'"] and keys[2] == "aligne"
    ):
        length = 3
    elif keys[0] == "alinea":
        length = 1
    follows = _keys(pieces, at + length, 1)[0]
    before = pieces[at - 1].key if at else ""
    if not length or before in ("peche", "peches") or (_free(pieces, at + length - 1) and follows in _TAIL_NOT_LINE):
        return None
    return "line", length


def _ligne(key: str) -> bool:
    return key in ("ligne", "lignes", "lignee", "liee", "ligner", "aligne", "lignees")


def _free(pieces: Sequence[Piece], at: int) -> bool:
    """Whether nothing separates this piece from the next: no punctuation of the recogniser's own."""
    return at + 1 < len(pieces) and not pieces[at].after and not pieces[at + 1].text[:1].isupper()


def _comma(pieces: Sequence[Piece], at: int) -> Match | None:
    key = pieces[at].key
    near = key.startswith("vir") and not key.startswith(("virtu", "virul", "viral", "virus", "virag", "virem"))
    if not (near and len(key) >= 6 and _sounds(key, "virgule") >= 0.7):
        return None
    return ",", 1


def _point(pieces: Sequence[Piece], at: int) -> Match | None:
    key, follows, third, _ = _keys(pieces, at, 4)
    if key == "pour" and follows in ("un", "1", "une") and _breaks(pieces, at + 2):
        return ".", 2
    if key not in _POINT:
        return None
    if follows in ("virgule", "virgules"):
        return ";", 2
    if follows == "d'" and third in _SIGNS:
        return _SIGNS[third], 3
    if follows in ("final", "finale", "finales"):
        return ".", 2
    if (follows, third) == ("de", "suspension"):
        return "…", 3
    return (".", 1) if _breaks(pieces, at + 1) or not _noun_point(pieces, at) else None


def _noun_point(pieces: Sequence[Piece], at: int) -> bool:
    before = pieces[at - 1].key if at else ""
    follows = _keys(pieces, at + 1, 1)[0]
    if before in _NOT_BEFORE_POINT and not pieces[at - 1].after:
        return True
    if pieces[at].key in ("points", "poings") and not before[:1].isdecimal() and _free(pieces, at):
        return follows in _NOT_AFTER_POINT or integer([before]) is not None
    if before in ("un", "une") and _free(pieces, at):
        return True
    return follows in _NOT_AFTER_POINT and _free(pieces, at)


def _breaks(pieces: Sequence[Piece], at: int) -> bool:
    return at >= len(pieces) or bool(_line(pieces, at) or _paragraph(pieces, at))


def _colon(pieces: Sequence[Piece], at: int) -> Match | None:
    key, follows, third, _ = _keys(pieces, at, 4)
    if follows not in (*_POINT, "pointe", "pointes"):
        return None
    before = pieces[at - 1].key if at else ""
    if pieces[at].after or (at and integer([before]) is not None and before not in ("un", "une")):
        return None
    if (
        key in ("trois", "3")
        and follows in ("points", "poings")
        and before not in _COUNTED
        and not (_free(pieces, at + 1) and third in _NOT_AFTER_POINT)
    ):
        return "…", 2
    if key not in ("deux", "2", "de", "d'eux"):
        return None
    if before in _COUNTED and not (at and pieces[at - 1].after):
        return None
    if _free(pieces, at + 1) and third in _NOT_AFTER_POINT:
        return None
    if third in ("virgule", "virgules"):
        return None
    return ":", 2


def _garbled_colon(pieces: Sequence[Piece], at: int) -> Match | None:
    """« deux points » heard as « 2.6 » or « 2. » at the end of a short heading."""
    piece = pieces[at]
    if not at or not _heading_before(pieces, at):
        return None
    if piece.key.startswith("2.") and piece.key[2:].isdecimal() and len(piece.key) == 3:
        return ":", 1
    if piece.key == "2" and piece.after[:1] in (".", ",") and not _breaks(pieces, at + 1):
        return ":", 1
    return None


def _heading_before(pieces: Sequence[Piece], at: int) -> bool:
    """One to four words since the last stop, and none of them takes a number."""
    words = 0
    for index in range(at - 1, max(-1, at - 6), -1):
        if pieces[index].key in _COUNTED | {"le", "la", "les", "un", "une", "est"} and index == at - 1:
            return False
        if pieces[index].key in {*_POINT, "ligne", "date"} or pieces[index].after[:1] in (".", "!", "?"):
            return words > 0
        if pieces[index].key.startswith("paragra") or pieces[index].key[:4].isdecimal():
            return words > 0
        words += 1
    return words <= 4 and at <= 4


def _item(pieces: Sequence[Piece], at: int) -> Match | None:
    key = pieces[at].key
    if key not in ("tiret", "tirets", "tirer", "tirez", "tires", "tire", "tiree", "tirees", "puce"):
        return None
    return ("item", 1) if at and _line_ended(pieces, at) else None


def _line_ended(pieces: Sequence[Piece], at: int) -> bool:
    return pieces[at - 1].key in ("ligne", "liee", "lignee", "aligne", "alinea") or pieces[at - 1].key.startswith(
        "paragra"
    )


def _pair(pieces: Sequence[Piece], at: int) -> Match | None:
    keys = _keys(pieces, at, 3)
    opens = keys[0] in ("ouvrez", "ouvrir", "ouvre", "ouvrer", "ouvert", "ouverte")
    closes = keys[0] in ("fermez", "fermer", "ferme", "fermee", "fermes", "fermet")
    if not opens and not closes:
        return _pair_reversed(keys)
    for length in (2, 3):
        if keys[length - 1].startswith("parenthes"):
            return ("(" if opens else ")"), length
        if keys[length - 1].startswith("guillemet"):
            return ("«" if opens else "»"), length
    return None


def _pair_reversed(keys: Sequence[str]) -> Match | None:
    named: dict[tuple[str, str], Mark] = {
        ("parenthese", "ouvrante"): "(",
        ("entre", "parentheses"): "(",
        ("parenthese", "fermante"): ")",
        ("entre", "guillemets"): "«",
    }
    found = named.get((keys[0], keys[1]))
    return (found, 2) if found else None


def _sounds(key: str, like: str) -> float:
    return phonetics.likeness(phonetics.phrase(key), phonetics.phrase(like))


_READERS: tuple[Callable[[Sequence[Piece], int], Match | None], ...] = (
    _paragraph, _line, _pair, _garbled_colon, _colon, _point, _comma, _item,
)  # fmt: skip


def _tidied(pieces: Sequence[Piece]) -> list[Piece]:
    """A parenthesis that is never closed is closed at the next stop, and said so."""
    out: list[Piece] = []
    opened: Mark = ""
    for piece in pieces:
        if opened and piece.mark in (".", "line", "paragraph"):
            closing: Mark = ")" if opened == "(" else "»"
            doubt = Doubt(kind="writing", reason="Parenthèse ou guillemet fermé à la fin de la phrase : vérifiez.")
            out.append(replace(piece, mark=closing, doubt=doubt))
            opened = ""
        if piece.mark in ("(", "«"):
            opened = piece.mark
        elif piece.mark in (")", "»"):
            opened = ""
        out.append(piece)
    return out


def dictates_punctuation(pieces: Sequence[Piece]) -> bool:
    """Whether the doctor says the punctuation: at least two marks, and one for sixty words."""
    marks = sum(1 for piece in pieces if piece.mark in (".", ",", ":", "line", "paragraph"))
    return marks >= 2 and marks * 60 >= len(pieces)


def punctuate(stream: Stream) -> Stream:
    """The recogniser's own punctuation kept as marks when the doctor dictates none, else only where a mark was lost."""
    dictated = dictates_punctuation(stream.pieces)
    listed = any(piece.mark == "item" for piece in stream.pieces)
    out: list[Piece] = []
    for index, piece in enumerate(stream.pieces):
        out.append(piece)
        follows = stream.pieces[index + 1] if index + 1 < len(stream.pieces) else None
        sign = _own_mark(piece, follows, dictated=dictated, listed=listed)
        if sign:
            out.append(replace(piece, text="", key="", mark=sign, after="", heard="", doubt=None, unit="", value=""))
    return stream.keeping(out)


def _own_mark(piece: Piece, follows: Piece | None, *, dictated: bool, listed: bool) -> Mark:
    sign = next((s for s in (".", "?", "!", ":", ";", "…", ",") if s in piece.after), "")
    if not sign or piece.mark:
        return ""
    if not dictated:
        return sign  # type: ignore[return-value]
    if follows is None:
        return "." if sign in (".", "?", "!", "…") else ""
    if follows.mark in ("line", "paragraph"):
        return "" if listed and sign == "," else "."
    lost = sign == "." and not follows.mark and (follows.heard or follows.text)[:1].isupper()
    return "." if lost else ""
