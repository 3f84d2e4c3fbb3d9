"""Abbreviations in a text: those with several senses, and those that must not be in a prescription.

Never expands anything by itself: the doctor's abbreviation stays as dictated.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from vocab import general, phonetics, scores
from vocab.flag import Flag
from vocab.folding import fold
from vocab.lexicon import Entry, Lexicon
from vocab.words import Token

_HARMLESS = {"LP", "UI"}
"""Dangerous only beside a dose written by hand; here they are marks."""
_SIDED = {"OD", "OG"}
"""Eye, ear or atrium: plain where the text is clearly about eyes, ears or the heart."""
_EYE_EAR_HEART = re.compile(
    r"acuite|ocul|oeil|yeux|cornee|retin|pupill|cristallin|refract|dioptr|audit|audio|tympan|oreill|otosc|conduit"
    r"|echocardio|ventric|mitral|valv"
)
_NUMERAL = re.compile(r"\b(?:stade|grade|type|classe|groupe|niveau|nerf|facteur|phase|NYHA)s?\s+[IVX]+$", re.IGNORECASE)
"""« stade IV » is a number, not an injection."""
_ALIKE = 0.65


def abbreviation_flags(
    text: str, tokens: Sequence[Token], lexicon: Lexicon, *, skip: Sequence[tuple[int, int]] = ()
) -> Iterator[Flag]:
    """A mark on each ambiguous abbreviation, a stop on each dangerous one and on each that is not in the list.

    A dangerous one is a stop where it stands for a medicine or beside a number, and once for a text.
    """
    whole = [found.span() for found in _compounds(lexicon).finditer(text)] if _compounds(lexicon).pattern else []
    scored = [found.span() for found in scores.names().finditer(text)]
    stopped: set[str] = set()
    for start, end in whole:
        entry = lexicon.abbreviations.get(fold(text[start:end]))
        if entry and (entry.ambiguous or entry.dangerous):
            yield _listed(text, start, end, entry, grave=_grave(entry, text, start, lexicon, stopped))
    for token in tokens:
        if token.kind != "word" or not token.text.isupper() or len(token.text) < 2 or token.name:
            continue
        if _within(token, whole):
            continue
        entry = lexicon.abbreviations.get(token.key)
        if entry and (entry.ambiguous or entry.dangerous) and not _NUMERAL.search(text[: token.end][-24:]):
            grave = _grave(entry, text, token.start, lexicon, stopped)
            yield _listed(text, token.start, token.end, entry, grave=grave)
        elif _unlisted(token, lexicon) and not _within(token, [*scored, *skip]):
            yield _unknown(token, lexicon)


def _within(token: Token, places: Sequence[tuple[int, int]]) -> bool:
    return any(start < token.end and token.start < end for start, end in places)


def _unlisted(token: Token, lexicon: Lexicon) -> bool:
    """Whether a word in capitals is an abbreviation of no list: not a roman numeral, nor a word of a title."""
    if len(token.text) > 5 or not token.text.isalpha() or re.fullmatch(r"[IVX]+", token.text):
        return False
    if len(token.text) >= 4 and general.available() and general.familiar(token.text.capitalize()):
        return False
    return lexicon.find(token.text) is None


def _unknown(token: Token, lexicon: Lexicon) -> Flag:
    return Flag(
        start=token.start,
        end=token.end,
        kind="abbreviation",
        text=token.text,
        reason="Sigle inconnu : réécoutez.",
        suggestions=_proposed(token.text, lexicon),
    )


@lru_cache(maxsize=4096)
def _proposed(sigle: str, lexicon: Lexicon) -> tuple[str, ...]:
    """The listed abbreviations that an unlisted one may be: its letters in another order, then those that sound so."""
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    known, heard = _spelled(lexicon), phonetics.spelled(sigle)
    near = process.extract(heard, [sounds for sounds, _ in known], scorer=Levenshtein.normalized_similarity, limit=20)
    alike = {known[index][1]: phonetics.likeness(heard, known[index][0]) for _, _, index in near}
    mixed = {one: 1.0 for _, one in known if sorted(one) == sorted(sigle)}
    ranked = sorted((alike | mixed).items(), key=lambda item: (-item[1], item[0]))
    return tuple(one for one, score in ranked[:3] if score >= _ALIKE)


@lru_cache(maxsize=4)
def _spelled(lexicon: Lexicon) -> tuple[tuple[str, str], ...]:
    return tuple(
        (phonetics.spelled(one.text), one.text) for one in lexicon.abbreviations.values() if one.text.isupper()
    )


@lru_cache(maxsize=4)
def _compounds(lexicon: Lexicon) -> re.Pattern[str]:
    """What is written in several pieces and is one abbreviation: « 5-FU », « CA 125 », « HAS-BLED »."""
    pieces = {
        entry.text
        for entry in lexicon.entries
        if not entry.drug and not entry.text.isalpha() and re.search(r"[A-Z]{2}|[A-Z]\d|\d", entry.text)
    }
    ordered = sorted((one for one in pieces if not one.isalnum() or one[0].isdigit()), key=lambda one: (-len(one), one))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, ordered))})(?!\w)" if ordered else "")


def _grave(entry: Entry, text: str, start: int, lexicon: Lexicon, stopped: set[str]) -> bool:
    """Whether a dangerous abbreviation is a stop here; the next ones of the same text are only marked."""
    if not entry.dangerous or entry.text in _HARMLESS or entry.text in stopped:
        return False
    if entry.text in _SIDED and _EYE_EAR_HEART.search(fold(text)):
        return False
    medicine = any((found := lexicon.find(sense)) and found.drug for sense in entry.expansions)
    latin = any("latin" in sense for sense in entry.expansions)
    if not (medicine or latin or entry.text in _SIDED or re.search(r"\d\s*$", text[max(0, start - 6) : start])):
        return False
    stopped.add(entry.text)
    return True


def _listed(text: str, start: int, end: int, entry: Entry, *, grave: bool) -> Flag:
    senses = " ou ".join(entry.expansions[:3])
    say = "Abréviation déconseillée" if entry.dangerous else "Abréviation à plusieurs sens"
    return Flag(
        start=start,
        end=end,
        kind="abbreviation",
        text=text[start:end],
        reason=f"{say} : {senses}.",
        severity="look" if grave else "hint",
        suggestions=entry.expansions[:3],
    )
