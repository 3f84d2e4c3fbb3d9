"""Spoken commands turned into marks: punctuation, lines, paragraphs, parentheses, lists.

Knows how a recogniser misspells the commands that depend on their context, and when the same words are not a command
(« point d'appui », « deux points de suture », « mise au point »). The others are a table (`commands`). Does not know
numbers or letters' parts.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.spoken import commands, pairs
from pipeline.spoken.commands import PAUSE, separate
from pipeline.spoken.heard import Doubt, Mark, Piece, Stream
from pipeline.spoken.lists import listed
from pipeline.spoken.marking import COMMAND as COMMAND
from pipeline.spoken.marking import Marking, made, spend, write
from pipeline.spoken.numerals import integer
from pipeline.spoken.scaled import takes_number
from vocab import phonetics

_POINT = {"point", "poing", "points", "poings", "poin", "poins"}
_POINT_BY_EAR = {"pointe", "pointes", "poisse", "poids", "pouin", "poine", "pointez", "poignes", "poigne", "poise"}
_BEFORE_NOUN = {"dans", "avec", "sans", "leur", "cette", "votre", "quel", "meme", "premiere", "sous"}
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
_COUNTABLE = {"minutes", "minute", "seances", "jours", "ans", "semaines", "mois", "patients", "points"}
_GLUED = "« deux points » a peut-être été entendu dans ce nombre : réécoutez."
_TWO_OR_COLON = "« deux » puis un point, ou deux-points ? Réécoutez."
_SIGNS: dict[str, Mark] = {"interrogation": "?", "exclamation": "!"}

Match = tuple[Mark, int]
"""The mark, and how many pieces were spent on it."""


def mark(stream: Stream) -> Stream:
    """The stream with its commands replaced by marks, each removal recorded."""
    pieces, marking = stream.pieces, Marking()
    at = 0
    while at < len(pieces):
        length = next((taken for reader in _ORDER if (taken := reader(pieces, at, marking))), 0)
        if not length:
            marking.keep(pieces[at])
        at += length or 1
    return stream.keeping(pairs.closed(marking.out), *marking.removed)


def _tabled(pieces: Sequence[Piece], at: int, marking: Marking) -> int:
    """A command of the table: how many pieces it takes, 0 when there is none."""
    found = commands.find(pieces, at)
    if found is None:
        return 0
    spent = spend(pieces, at, len(found.spoken), marking)
    for output in found.output:
        write(output, spent, marking)
    return len(spent)


def _read(pieces: Sequence[Piece], at: int, marking: Marking) -> int:
    for read in _READERS:
        found = read(pieces, at)
        if found:
            marking.keep(made(found[0], spend(pieces, at, found[1], marking)))
            return found[1]
    return 0


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
    if head in ("0", "zero", "nouvelle", "un", "nouvel") and tail[0].startswith(("paragra", "pharagra")):
        return "paragraph", 2
    if head.startswith("paragra") and separate(pieces, at) and separate(pieces, at + 1):
        return "paragraph", 1
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
    elif keys[0] in ("aligne", "alignes", "alaligne") and separate(pieces, at) and separate(pieces, at + 1):
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
        return (".", 1) if key in _POINT_BY_EAR and _closing_point(pieces, at) else None
    if follows in ("virgule", "virgules"):
        return ";", 2
    if follows == "d'" and third in _SIGNS:
        return _SIGNS[third], 3
    if follows in ("final", "finale", "finales"):
        return ".", 2
    if (follows, third) == ("de", "suspension"):
        return "…", 3
    return (".", 1) if _breaks(pieces, at + 1) or not _noun_point(pieces, at) else None


def _closing_point(pieces: Sequence[Piece], at: int) -> bool:
    """« … 9 décembre, pointe. », « confraternellement poids. »: « point » misheard at the end of a sentence."""
    if not at or not (_breaks(pieces, at + 1) or "." in pieces[at].after):
        return False
    before = pieces[at - 1]
    return bool(before.after) or before.key[:1].isdecimal() or (before.key not in _BEFORE_NOUN and len(before.key) > 3)


def _noun_point(pieces: Sequence[Piece], at: int) -> bool:
    before = pieces[at - 1].key if at else ""
    follows = _keys(pieces, at + 1, 1)[0]
    if before in _NOT_BEFORE_POINT and not pieces[at - 1].after:
        return True
    if at + 1 < len(pieces) and pieces[at + 1].seconds[0] - pieces[at].seconds[1] >= PAUSE:
        return False
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
    if key not in ("deux", "2", "de", "d'eux") or _decimal_before(pieces, at):
        return None
    if before in _COUNTED and not (at and pieces[at - 1].after):
        return None
    if _free(pieces, at + 1) and third in _NOT_AFTER_POINT:
        return None
    if third in ("virgule", "virgules"):
        return None
    return ":", 2


def _decimal_before(pieces: Sequence[Piece], at: int) -> bool:
    """« trois virgule deux point »: the two is a decimal, and the point ends the sentence."""
    if at < 2 or not pieces[at - 1].key.startswith("virgul") or pieces[at - 1].after:
        return False
    return integer([pieces[at - 2].key]) is not None and not pieces[at - 2].after


def _garbled_colon(pieces: Sequence[Piece], at: int) -> Match | None:
    """« deux points » heard as « 2.6 » or « 2. » at the end of a short heading."""
    piece = pieces[at]
    if not at or not _heading_before(pieces, at):
        return None
    if piece.key.startswith("2.") and piece.key[2:].isdecimal() and len(piece.key) == 3:
        return ":", 1
    if piece.key == "2" and piece.glue and piece.after[:1] in (".", ",") and not _breaks(pieces, at + 1):
        return ":", 1
    return None


def _valued(pieces: Sequence[Piece], at: int, marking: Marking) -> int:
    """« Mallampati deux point », « lactates deux point à la ligne »: a value, then a full stop."""
    key, follows, third, _ = _keys(pieces, at, 4)
    if key not in ("deux", "2") or follows not in _POINT or not at or pieces[at].after or separate(pieces, at):
        return 0
    named, ended = takes_number(pieces[at - 1].key), at + 2 >= len(pieces)
    broken = _breaks(pieces, at + 2)
    said_stop = follows in ("point", "poing", "poin") and not (third[:1].isdecimal() or integer([third]))
    if not ended and not (named and (broken or said_stop) and third not in _NOT_AFTER_POINT):
        return 0
    if integer([pieces[at - 1].key]) is None and pieces[at - 1].key not in _COUNTED:
        doubt = Doubt(kind="number", reason=_TWO_OR_COLON, suggestions=(f"{pieces[at].text}.", ":"))
        marking.keep(replace(pieces[at], doubt=pieces[at].doubt or doubt))
    else:
        marking.keep(pieces[at])
    marking.keep(made(".", spend(pieces, at + 1, 1, marking)))
    return 2


def _glued_colon(pieces: Sequence[Piece], at: int, marking: Marking) -> int:
    """« Durée deux points trente-cinq minutes » heard « Durée 2,35 minutes »: what is counted has no decimals."""
    key = pieces[at].key
    if key[:2] not in ("2,", "2.") or not key[2:].isdecimal() or _keys(pieces, at + 1, 1)[0] not in _COUNTABLE:
        return 0
    if not at or len(key) < 4:
        return 0
    marking.keep(replace(made(":", spend(pieces, at, 1, marking)), doubt=None))
    doubt = Doubt(kind="number", reason=_GLUED, suggestions=(key[2:], pieces[at].text))
    marking.keep(replace(pieces[at], text=key[2:], key=key[2:], glue=" ", doubt=doubt))
    return 1


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
    _paragraph, _line, _pair, _garbled_colon, _colon, _point, _comma,
)  # fmt: skip
_ORDER: tuple[Callable[[Sequence[Piece], int, Marking], int], ...] = (_glued_colon, _valued, listed, _tabled, _read)
