"""Spelling dictionaries that a practice already has: Hunspell `.dic`, Word's and LibreOffice's own words.

Knows the count line and the flags of Hunspell, one word a line of Word (UTF-16), the header of LibreOffice. Words of
everyday French bring nothing and are left out.
"""

import re
from collections.abc import Iterator

from vocab import general
from vocab.folding import fold
from vocab.lexicon import Lexicon
from vocab.nomenclatures.given import NomenclatureError, lines, text
from vocab.nomenclatures.harvest import Harvest
from vocab.nomenclatures.lists import unusable

SOURCE = "dic"
_MORPHOLOGY = re.compile(r"\s+[a-z]{2}:.*$")
_FLAGS = re.compile(r"(?<!\\)/.*$")
_LIBRE = "OOoUserDict1"
_MANY = 50_000
_ALL_THERE = 0.9


def read(name: str, data: bytes, known: Lexicon) -> Harvest:
    """The words of a dictionary that nothing knew; NomenclatureError when lines miss or are not words."""
    found = list(_words(name, data))
    if not found:
        raise NomenclatureError("no word", file=name, advice="ce dictionnaire ne contient aucun mot.")
    new = {fold(word): word for word in found if _new(word, known)}
    warnings = (f"{len(new)} mots : la recherche par le son en sera plus lente.",) if len(new) > _MANY else ()
    terms = tuple((new[key], "term", "", "", SOURCE) for key in sorted(new))
    return Harvest(rows=len(found), terms=terms, warnings=warnings)


def _new(word: str, known: Lexicon) -> bool:
    return len(word) >= 3 and known.find(word) is None and not general.familiar(word.lower())


def _words(name: str, data: bytes) -> Iterator[str]:
    numbered = list(lines(text(data, name)))
    announced = int(numbered[0][1]) if numbered[0][1].strip().isdecimal() else None
    if announced is not None and len(numbered) - 1 < announced * _ALL_THERE:
        advice = f"{announced} mots annoncés, {len(numbered) - 1} trouvés : le fichier est incomplet."
        raise NomenclatureError("truncated", file=name, line=1, advice=advice)
    for number, line in _body(numbered, counted=announced is not None):
        word = _FLAGS.sub("", _MORPHOLOGY.sub("", line)).replace("\\/", "/").replace("=", "").strip()
        if not word or word.startswith("#"):
            continue
        if unusable(word) and not re.fullmatch(r"[\W\d_]+", word):
            raise NomenclatureError("not a word", file=name, line=number, advice=unusable(word))
        if re.search(r"[^\W\d_]", word):
            yield word


def _body(numbered: list[tuple[int, str]], *, counted: bool) -> list[tuple[int, str]]:
    if numbered[0][1].startswith(_LIBRE):
        start = next((at for at, (_, line) in enumerate(numbered) if line.strip() == "---"), 0)
        return numbered[start + 1 :]
    return numbered[1:] if counted else numbered
