"""Where the patient is named in what was said: civility, name, spelling, « né le », date.

Knows how a recogniser writes « né le » (« n'est le », « nez le », glued to the name or to the day). Does not read the
name nor the date.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from pipeline.identity.birth import month
from pipeline.spoken.heard import Piece
from vocab import names, phonetics
from vocab.folding import fold

Gender = Literal["m", "f", ""]

CIVILITIES: dict[str, tuple[str, Gender]] = {
    "patient": ("Patient :", "m"),
    "patients": ("Patient :", "m"),
    "patiente": ("Patiente :", "f"),
    "patientes": ("Patiente :", "f"),
    "enfant": ("Patient :", ""),
    "bebe": ("Patient :", ""),
    "nourrisson": ("Patient :", ""),
    "fillette": ("Patient :", "f"),
    "garcon": ("Patient :", "m"),
    "madame": ("Madame", "f"),
    "mme": ("Madame", "f"),
    "mademoiselle": ("Mademoiselle", "f"),
    "mlle": ("Mademoiselle", "f"),
    "monsieur": ("Monsieur", "m"),
    "mr": ("Monsieur", "m"),
    "m": ("Monsieur", "m"),
    "enfin": ("Patient :", ""),
    "enfants": ("Patient :", ""),
}
"""What comes before a patient's name, how it is typed, and the gender it says; « enfin » is how « enfant » is heard."""
_ALONE = {"m": ("M", "Monsieur"), "enfin": ("Enfin", "enfin")}
"""Civilities that are also other words: only so written."""
_HEAD, _REACH = 90, 16
_BIRTH = {"ne", "nee", "nes", "nees", "nez", "nait", "nai", "neige", "nais", "naitre", "n'est", "net"}
_IS = {"est", "et", "ait", "es", "ai", "e"}
_SPELLING = ("sekri", "ekri", "epel", "epl")
_TITLES = {"madame", "mme", "mademoiselle", "mlle", "monsieur", "mr", "m"}
_OWN = {"sa", "son", "ses", "leur", "leurs", "ma", "mon"}
_RELATIVES = {
    "fille", "fils", "mere", "pere", "frere", "soeur", "mari", "femme", "epouse", "epoux", "conjoint", "conjointe",
    "compagnon", "compagne", "concubin", "concubine", "parents", "tante", "oncle", "niece", "neveu", "cousin",
    "cousine", "maman", "papa", "jumeau", "jumelle", "belle-mere", "beau-pere", "belle-fille", "beau-fils",
    "grand-mere", "grand-pere", "demi-frere", "demi-soeur", "tuteur", "tutrice", "voisin", "voisine", "aidant",
    "aidante",
}  # fmt: skip
_NOT_NAMES = {"age", "agee", "ans", "adresse", "adressee", "vu", "vue", "dossier", "numero", "ipp", "sexe", "ddn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The pieces that say who the patient is, between `start` and `end`."""

    start: int
    end: int
    civility: Piece | None
    names: tuple[Piece, ...]
    maiden: tuple[Piece, ...] = ()
    """« née Durand »: the name before marriage."""
    spelling: tuple[Piece, ...] = ()
    """What was said to spell the name, « s'écrit » first."""
    aside: tuple[Piece, ...] = ()
    """An age, a file number said in the middle of the identity."""
    born: tuple[Piece, ...] = ()
    """« né le »."""
    dated: tuple[Piece, ...] = ()
    relative: bool = False
    """Presented as someone of the patient's family."""


@dataclass(frozen=True, slots=True)
class _Birth:
    start: int
    """Where « né » begins."""
    date: int
    """Where the date begins; `end` when nothing of it was understood."""
    end: int
    glued: bool = False
    """« né » was heard as the end of the name."""


def find(pieces: Sequence[Piece], *, since: int = 0, undated: bool = True) -> Place | None:
    """The first place after `since` where a patient is named with a birth date, else (if `undated`) the name alone."""
    for at in range(since, min(len(pieces), since + _HEAD)):
        birth = _birth(pieces, at, since)
        if birth:
            start = _start(pieces, birth.start, since)
            if start is not None:
                return _place(pieces, start, birth)
    return _named_only(pieces, since) if undated else None


def _birth(pieces: Sequence[Piece], at: int, since: int) -> _Birth | None:
    """The birth words that begin with this piece, or that this piece ends when they are glued to it."""
    piece = pieces[at]
    if piece.mark or at - since < 1:
        return None
    if piece.key == "date" and _keys(pieces, at + 1, 2) == ["de", "naissance"]:
        return _dated(pieces, at, _skip(pieces, at + 3))
    if piece.key == "ddn":
        return _dated(pieces, at, _skip(pieces, at + 1))
    length = _said_born(pieces, at)
    if length:
        return _after_born(pieces, at, at + length, since)
    if _glued_day(piece) and _civility_near(pieces, at, since):
        return _dated(pieces, at, at + 1)
    article = at + 1
    while article < len(pieces) and article < at + 3 and (pieces[article].mark == "," or pieces[article].key in _IS):
        article += 1
    whole = article + 1 < len(pieces) and pieces[article].key == "le" and pieces[article + 1].unit == "date"
    if whole and _glued(piece) and _civility_near(pieces, at, since):
        found = _dated(pieces, article, article + 1)
        return replace(found, glued=True) if found else None
    return None


def _said_born(pieces: Sequence[Piece], at: int) -> int:
    """How many pieces say « né » from here; 0 when they do not."""
    key = pieces[at].key
    if key in ("n'", "n") and _keys(pieces, at + 1, 1)[:1] and _keys(pieces, at + 1, 1)[0] in _IS:
        return 2
    return 1 if key in _BIRTH else 0


def _after_born(pieces: Sequence[Piece], at: int, after: int, since: int) -> _Birth | None:
    """« né le » and its date; « née Durand le … » has the name before marriage between them."""
    while after < len(pieces) and pieces[after].mark == ",":
        after += 1
    for article in range(after, min(len(pieces), after + 4)):
        piece = pieces[article]
        if piece.unit == "date" and article == after:
            return _dated(pieces, at, article)
        if piece.mark not in ("", ",") or piece.unit:
            return None
        if piece.key in ("le", "en", "l'"):
            certain = article + 1 < len(pieces) and pieces[article + 1].unit == "date"
            if certain or (article == after and _civility_near(pieces, at, since)):
                return _dated(pieces, at, article + 1)
            return None
    return None


def _dated(pieces: Sequence[Piece], start: int, at: int) -> _Birth | None:
    """The birth words with the date's pieces: one whole date, else numbers and months up to what is neither."""
    if at > len(pieces):
        return None
    if at < len(pieces) and pieces[at].unit == "date":
        end = at + 1
        if pieces[at].value and not pieces[at].value.startswith("0000"):
            return _Birth(start, at, end + _year_goes_on(pieces, end))
    else:
        end = at
    while end < len(pieces) and end - at < 8 and _date_like(pieces, end):
        end += 1
    return _Birth(start, at, end)


def _year_goes_on(pieces: Sequence[Piece], at: int) -> int:
    """« le 29 janvier 1900, 61 »: how many pieces after the date are the end of its year."""
    if not pieces[at - 1].value.startswith("1900"):
        return 0
    skipped = _skip(pieces, at) - at
    return skipped + 1 if at + skipped < len(pieces) and pieces[at + skipped].unit == "n" else 0


def _date_like(pieces: Sequence[Piece], at: int) -> bool:
    piece = pieces[at]
    if piece.mark or (pieces[at - 1].after[:1] == "." and not pieces[at - 1].key.isdecimal()):
        return False
    if piece.unit in ("n", "date") or piece.key[:1].isdecimal():
        return True
    if piece.key in ("mille", "cent", "neuf", "premier"):
        return True
    for size in (1, 2):  # « Jean-Vier 1943 »
        named = month("".join(one.text for one in pieces[at : at + size]))
        after = pieces[at + size] if at + size < len(pieces) else None
        if named and after and (after.unit in ("n", "date") or after.key[:1].isdecimal()):
            return True
    ended = bool(month(pieces[at - 1].text + piece.text)) and at + 1 < len(pieces)
    return ended and (pieces[at + 1].unit in ("n", "date") or pieces[at + 1].key[:1].isdecimal())


def _glued(piece: Piece) -> bool:
    """« Gérarné », « stéphané », « brunaine »: a name that ends like « né »."""
    known = names.given_names().get(piece.key)
    if piece.unit or (known and known.name.lower() == piece.text.lower()):
        return False
    return len(piece.text) >= 5 and names.said(piece.text).rstrip("@").endswith(("ne", "n"))


def _glued_day(piece: Piece) -> bool:
    """« nélevant », « néleonze »: « né le » and the beginning of the day."""
    return piece.key.startswith(("nele", "neele", "nelle")) and len(piece.key) >= 4


def _start(pieces: Sequence[Piece], born: int, since: int) -> int | None:
    lowest = max(since, born - _REACH)
    for at in range(born - 1, lowest - 1, -1):
        if civility(pieces[at]):
            return at
        if pieces[at].mark in (".", "line", "paragraph", ":", "item"):
            if 2 <= born - at - 1 <= 4 and _looks_named(pieces[at + 1 : born]):
                return at + 1
            break
    start = born
    while start > lowest and not pieces[start - 1].mark and pieces[start - 1].text[:1].isupper():
        start -= 1
    return start if born - start >= 2 else None


def _looks_named(pieces: Sequence[Piece]) -> bool:
    return any(names.gender(piece.text) for piece in pieces) and not any(piece.unit for piece in pieces)


def _civility_near(pieces: Sequence[Piece], born: int, since: int) -> bool:
    return any(civility(piece) for piece in pieces[max(since, born - _REACH) : born])


def civility(piece: Piece) -> str:
    """The civility a piece is, by its sound for « patient » and « patiente »; empty when it is none."""
    if piece.key in CIVILITIES:
        return piece.key if piece.key not in _ALONE or piece.text in _ALONE[piece.key] else ""
    return _by_ear(piece.key) if not piece.mark and piece.key.startswith("pa") else ""


@lru_cache(maxsize=4096)
def _by_ear(key: str) -> str:
    heard = phonetics.phrase(key)
    return next((one for one in ("patiente", "patient") if phonetics.likeness(heard, phonetics.phrase(one)) >= 0.8), "")


def _named_only(pieces: Sequence[Piece], since: int) -> Place | None:
    """« patient Durand Paul » without a birth date, before the first spoken mark."""
    for at in range(since, min(len(pieces), since + 25)):
        if pieces[at].mark not in ("", ","):
            return None
        if civility(pieces[at]) and not _called(pieces, at):
            end = at + 1
            while end < len(pieces) and end - at <= 5 and not pieces[end].mark and not pieces[end].unit:
                end += 1
                if pieces[end - 1].after:
                    break
            return _place(pieces, at, _Birth(end, end, end)) if end >= at + 3 else None
    return None


def _unstuck(title: Piece | None, said: Sequence[Piece]) -> Sequence[Piece]:
    """« patientée sié » is « patient Tessier »: what the civility took of the name goes back to it."""
    stuck = re.fullmatch(r"patiente?(é[a-zé]*|[a-df-rt-z][a-zé]*)", title.text.lower()) if title and said else None
    if not stuck or said[0].mark:
        return said
    return [replace(said[0], text=f"t{stuck[1]}{said[0].text}", key=fold(f"t{stuck[1]}{said[0].text}")), *said[1:]]


def _called(pieces: Sequence[Piece], at: int) -> bool:
    """« Madame, », « Monsieur le docteur », « madame et cher confrère »: a greeting names nobody."""
    follows = pieces[at + 1].key if at + 1 < len(pieces) else ""
    return (
        bool(pieces[at].after)
        or follows in ("et", "docteur", "professeur", "dr", "pr", "")
        or (follows in ("le", "la") and _keys(pieces, at + 2, 1)[:1] in (["docteur"], ["professeur"], ["directeur"]))
    )


def _place(pieces: Sequence[Piece], start: int, birth: _Birth) -> Place:
    title = pieces[start] if civility(pieces[start]) else None
    said = _unstuck(title, pieces[start + bool(title) : birth.start])
    kept = [piece for piece in said if not piece.mark and not piece.unit and piece.key not in _NOT_NAMES]
    aside = tuple(piece for piece in said if not piece.mark and piece not in kept)
    at = next((i for i, piece in enumerate(kept) if _spells(kept, i)), len(kept))
    named, spelling = kept[:at], kept[at:]
    later, end = _spelled_after(pieces, birth.end) if not spelling else ([], birth.end)
    if birth.glued and named:
        named[-1] = unglued(named[-1])
    born = [piece for piece in pieces[birth.start : birth.date] if not piece.mark]
    maiden = tuple(piece for piece in born if piece.key not in {*_BIRTH, *_IS, "n'", "n", "le", "en", "l'"})
    glued_day = birth.start < len(pieces) and _glued_day(pieces[birth.start])
    if glued_day or any(piece.key in ("naissance", "ddn") for piece in born):
        maiden = ()
    return Place(
        start=start, end=end, civility=title, names=tuple(named), spelling=tuple(spelling or later), aside=aside,
        maiden=maiden, born=tuple(piece for piece in born if piece not in maiden),
        dated=tuple(piece for piece in pieces[birth.date : birth.end] if not piece.mark),
        relative=_relative(pieces, start, title),
    )  # fmt: skip


def _relative(pieces: Sequence[Piece], start: int, title: Piece | None) -> bool:
    """« sa mère madame X », « le conjoint de madame X », « sa fille X »; a patient or a child is nobody's relative."""
    if title and civility(title) not in _TITLES:
        return False
    since = start if title else start + 2
    said = [piece.key for piece in pieces[max(0, start - 4) : since] if piece.mark != ","]
    pairs = list(pairwise(said))
    own = pairs if title else [*pairs[-3:], (said[-1] if said else "", "")]
    return any(
        (one in _OWN and other in _RELATIVES) or (one in _RELATIVES and other in ("de", "d'", "du"))
        for one, other in own
    )


def _spelled_after(pieces: Sequence[Piece], end: int) -> tuple[list[Piece], int]:
    """« …née le 14 février 2023. Roussel s'écrit R O… »: the spelling said after the date, and where it ends."""
    at = end
    while at < min(len(pieces), end + 6) and (pieces[at].mark in (",", ".") or not _spells(pieces, at)):
        if pieces[at].mark not in ("", ",", ".") or pieces[at].unit:
            return [], end
        at += 1
    if at >= min(len(pieces), end + 6) or pieces[at].key == "avec":
        return [], end
    begun = next((i for i in range(at, min(len(pieces), at + 4)) if len(pieces[i].text) >= 5), at)
    last = begun
    while last + 1 < min(len(pieces), begun + 40) and _letter_like(pieces[last + 1]):
        last += 1
    out = [piece for piece in pieces[at : last + 1] if not piece.mark]
    while last > begun and pieces[last].mark == ",":
        last -= 1
    heard = [piece for piece in pieces[end:at] if not piece.mark]
    return (out, last + 1) if len(out) >= 3 and len(heard) <= 3 else ([], end)


def _letter_like(piece: Piece) -> bool:
    return piece.mark in (",", ".") if piece.mark else len(piece.text) <= 2 or piece.text.isupper()


def _spells(pieces: Sequence[Piece], at: int) -> bool:
    """Whether the spelling begins here: « s'écrit », « j'épelle », « avec deux t », « avec un y »."""
    key = pieces[at].key
    if key == "avec":
        return at > 0
    if key in ("s'", "j'", "ca", "que", "qui"):
        return at + 1 < len(pieces) and _spells(pieces, at + 1) and pieces[at + 1].key != "avec"
    return len(key) >= 5 and names.said(pieces[at].text).startswith(_SPELLING)


def unglued(piece: Piece) -> Piece:
    """« Gérarné »: the name without the « né » that was heard with it."""
    text = piece.text
    for ending in ("née", "nées", "nait", "naît", "nez", "né", "nee", "ne"):
        if text.lower().endswith(ending) and len(text) > len(ending) + 2:
            bare = text[: -len(ending)]
            return replace(piece, text=bare if not names.gender(text[:-1] + "e") else text[:-1] + "e")
    return piece


def _keys(pieces: Sequence[Piece], at: int, count: int) -> list[str]:
    return [piece.mark or piece.key for piece in pieces[at : at + count]]


def _skip(pieces: Sequence[Piece], at: int) -> int:
    while at < len(pieces) and (pieces[at].mark in (",", ":") or pieces[at].key in ("le", "est")):
        at += 1
    return at
