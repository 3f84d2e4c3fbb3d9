"""A practice's own list: `term;category;pronunciation;replacement`, with `;`, tabulations or commas.

Knows the categories in French and in English, and refuses a line that would write one medicine for another. A
replacement is what is written when the term is said: « BK;;bé ka;bacille de Koch ».
"""

import csv
import re
from collections.abc import Iterator, Sequence

from vocab.folding import fold
from vocab.lexicon import Entry, Lexicon
from vocab.nomenclatures.given import NomenclatureError, lines, text
from vocab.nomenclatures.harvest import Harvest, Row

SOURCE = "csv"
_KINDS = {
    "substance": ("substance", "dci", "molecule", "principe actif"),
    "brand": ("brand", "marque", "specialite pharmaceutique", "nom commercial"),
    "medicine": ("medicine", "drug", "medicament"),
    "abbreviation": ("abbreviation", "abreviation", "sigle"),
    "exam": ("exam", "examen"),
    "sign": ("sign", "signe", "symptome"),
    "disease": ("disease", "maladie", "pathologie", "diagnostic"),
    "anatomy": ("anatomy", "anatomie"),
    "procedure": ("procedure", "acte", "geste", "intervention"),
    "class": ("class", "classe", "classe therapeutique"),
    "specialty": ("specialty", "specialite"),
    "qualifier": ("qualifier", "qualificatif", "adjectif"),
    "eponym": ("eponym", "eponyme", "nom propre", "nom", "correspondant"),
    "device": ("device", "materiel", "dispositif", "prothese"),
    "term": ("", "term", "terme", "mot", "divers", "autre"),
}
_KIND = {word: kind for kind, words in _KINDS.items() for word in words}
KINDS = tuple(sorted(set(_KINDS) - {"medicine"}))
"""The kinds an entry may have, in our tables' words."""
_HEADS = frozenset({"term", "terme", "mot", "expression"})
_FRENCH = {
    "substance": "substance", "brand": "marque", "abbreviation": "abréviation", "exam": "examen", "sign": "signe",
    "disease": "maladie", "anatomy": "anatomie", "procedure": "acte", "class": "classe thérapeutique",
    "specialty": "spécialité", "qualifier": "qualificatif", "eponym": "nom propre", "device": "matériel",
    "term": "terme",
}  # fmt: skip
_COLUMNS = 4
_LONGEST = 80
_MOST_WORDS = 8


def read(name: str, data: bytes, known: Lexicon) -> Harvest:
    """The entries of a list; NomenclatureError where a line has too many columns or a category nobody knows."""
    found = list(_cells(name, data))
    if not found:
        raise NomenclatureError("no entry", file=name, advice="ce fichier ne contient aucune entrée.")
    terms: list[Row] = []
    drugs: list[Row] = []
    abbreviations: list[Row] = []
    for number, cells in found:
        term, category, said, written = cells
        kind = _kind(name, number, category)
        text_, ways = _written(name, number, term, said, written, known)
        if kind == "abbreviation":
            abbreviations.append((term, written or said or term, "", "", said, SOURCE))
        elif kind in ("substance", "brand", "medicine"):
            kind = kind if kind != "medicine" else "brand" if text_[:1].isupper() else "substance"
            drugs.append((text_, kind, text_ if kind == "substance" else "", "", "", "", ways, SOURCE))
        else:
            terms.append((text_, kind, "", ways, SOURCE))
    return Harvest(rows=len(found), terms=tuple(terms), drugs=tuple(drugs), abbreviations=tuple(abbreviations))


def kind_named(category: str) -> str | None:
    """The kind that a category names in French or in English; None when it names none."""
    return _KIND.get(fold(category.strip()))


def shown(kind: str) -> str:
    """A kind of our tables as a French reader is told."""
    return _FRENCH.get(kind, kind)


def prose(name: str, data: bytes) -> int:
    """The first line that is a sentence and not a term, in a list without a header; 0 when there is none."""
    numbered = [(number, line.strip()) for number, line in lines(text(data, name)) if line.strip() and line[0] != "#"]
    if numbered and fold(re.split("[\t;,]", numbered[0][1])[0].strip()) in _HEADS:
        return 0
    return next((number for number, line in numbered if _sentence(line)), 0)


def _sentence(line: str) -> bool:
    if "\t" in line or ";" in line:
        return False
    words = line.split()
    return len(words) > _MOST_WORDS or (len(words) > 2 and line.endswith((".", "!", "?", "…")))


def _kind(name: str, number: int, category: str) -> str:
    kind = kind_named(category)
    if kind is None:
        advice = "catégorie inconnue (médicament, substance, marque, examen, signe, maladie, anatomie, acte, terme…)."
        raise NomenclatureError("unknown category", file=name, line=number, advice=advice)
    return kind


def _cells(name: str, data: bytes) -> Iterator[tuple[int, list[str]]]:
    numbered = [(number, line) for number, line in lines(text(data, name)) if line.strip() and line[0] != "#"]
    separator = next((one for one in "\t;," if numbered and one in numbered[0][1]), ";")
    for place, (number, line) in enumerate(numbered):
        cells = _split(name, number, line, separator)
        if place == 0 and fold(cells[0]) in _HEADS:
            continue
        if any(cells):
            _check(name, number, cells)
            yield number, [*cells, "", "", ""][:_COLUMNS]


def _split(name: str, number: int, line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, strict=True))]
    except csv.Error as error:
        raise NomenclatureError(
            "not a row", file=name, line=number, advice="les guillemets de cette ligne ne se ferment pas."
        ) from error


def _check(name: str, number: int, cells: Sequence[str]) -> None:
    while len(cells) > _COLUMNS and not cells[-1]:
        cells = cells[:-1]
    if len(cells) > _COLUMNS:
        expected = f"{_COLUMNS} au plus sont attendues (terme ; catégorie ; prononciation ; remplacement)."
        advice = f"{len(cells)} colonnes trouvées, {expected}"
        raise NomenclatureError("too many columns", file=name, line=number, advice=advice)
    problem = unusable(cells[0])
    if problem:
        raise NomenclatureError("unusable term", file=name, line=number, advice=problem)


def unusable(term: str) -> str:
    """Why a term cannot be taken, in French; nothing when it can."""
    if not re.search(r"[^\W\d_]", term):
        return "le terme est vide ou n'a pas de lettre."
    if len(term) > _LONGEST or not {"|", "\t", ";"}.isdisjoint(term):
        return f"le terme dépasse {_LONGEST} caractères ou contient « | », « ; » ou une tabulation."
    return ""


def _written(name: str, number: int, term: str, said: str, written: str, known: Lexicon) -> tuple[str, str]:
    """What is written, and how it is said: the term itself becomes a way of saying its replacement."""
    if not written or fold(written) == fold(term):
        return written or term, said
    if other_medicine(known.find(term), known.find(written)):
        advice = "le terme et son remplacement sont deux médicaments différents : jamais l'un n'est écrit pour l'autre."
        raise NomenclatureError("one medicine for another", file=name, line=number, advice=advice)
    return written, "|".join(one for one in (said, term) if one)


def other_medicine(one: Entry | None, other: Entry | None) -> bool:
    """Whether writing the second where the first is said would change the medicine."""
    if one is None or not one.drug:
        return False
    return other is None or not other.drug or not one.substance or one.substance != other.substance
