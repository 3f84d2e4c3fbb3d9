"""Names as they are compared: without accents, case or hyphens, and by ear (French).

Lefèvre meets Lefebvre, Dupont meets Dupond, Thibault meets Tibo. Two names that meet are not the same person: this
module only says how close they are. Knows neither patients nor tables.
"""

import re
import unicodedata
from functools import lru_cache

PARTICLES = frozenset({"d", "da", "de", "del", "der", "des", "di", "dos", "du", "l", "la", "le", "les", "van", "von"})
"""Words that a search may leave out."""

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})

_SOUNDS = [
    (re.compile(pattern), written)
    for pattern, written in (
        (r"[^a-z]", ""),
        (r"(.)\1+", r"\1"),  # letters written twice are said once
        (r"(?<=.)(er|ez|et|ey|ay|ai[st]?)$", "e"),
        (r"e?aul(?=[^aeiouy])", "o"),
        (r"e?au[dtx]s?$|o[dtspx]+$", "o"),
        (r"e?au", "o"),
        (r"ph", "f"),
        (r"sch|sh", "ch"),
        (r"ch(?=[rlnt])|ck|cqu?|qu|q", "k"),
        (r"ch", "j"),  # Chacques, Jacques: voiced and unvoiced are confused on the telephone
        (r"th", "t"),
        (r"h", ""),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"g(?=[eiy])", "j"),
        (r"gu(?=[eiy])", "g"),
        (r"gn", "n"),
        (r"jea", "ja"),
        (r"b(?=v)", ""),
        (r"w", "v"),
        (r"[xz]", "s"),
        (r"oi|oy", "wa"),
        (r"ou", "w"),
        (r"oeu|eu|oe", "e"),
        (r"y", "i"),
        (r"(ai|ei|i)[mn](?![aeiouw])", "2"),  # in, ain, ein, yn
        (r"u[mn](?![aeiouw])", "2"),
        (r"[ae][mn](?![aeiouw])", "1"),
        (r"o[mn](?![aeiouw])", "3"),
        (r"ai|ei", "e"),
        (r"(?<=.)[dtsp]+$", ""),
        (r"(?<=.)e$", ""),
        (r"(.)\1+", r"\1"),
    )
]


def plain(name: str) -> str:
    """Write a name in lower case, without accents, its words separated by one space."""
    lowered = name.casefold().translate(_LIGATURES)
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(letter))
    return " ".join("".join(letter if letter.isalnum() else " " for letter in bare).split())


def key(name: str) -> str:
    """Write a name so that Jean-Pierre, JEAN PIERRE and Jeanpierre are one."""
    return plain(name).replace(" ", "")


def words(name: str) -> frozenset[str]:
    """Give the words that a name can be looked up by: each of its words, and all of them as one."""
    return frozenset(plain(name).split()) | ({key(name)} - {""})


@lru_cache(maxsize=50_000)
def sound(name: str) -> str:
    """Write one word as it is said in French; what is said alike is written alike, most of the time.

    The result is a code, not a pronunciation. A name with no Latin letter sounds like itself.
    """
    said = plain(name.replace("ç", "ss").replace("Ç", "SS")).replace(" ", "")
    if not (coded := said).isascii():
        return coded
    for pattern, written in _SOUNDS:
        coded = pattern.sub(written, coded)
    return coded or said


def likeness(asked: str, known: str) -> float:
    """Tell how alike two plain words are, from 0 to 1: same letters, same sound, same beginning, few slips."""
    if asked == known:
        return 1.0
    if sound(asked) == sound(known):
        return 0.95
    if len(asked) >= 3 and known.startswith(asked):
        return 0.9
    from rapidfuzz.distance import DamerauLevenshtein

    return 0.9 * float(DamerauLevenshtein.normalized_similarity(asked, known))
