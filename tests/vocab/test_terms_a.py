"""The terms of the organs that physicians and general surgeons dictate about: well formed, and enough of them."""

import re
import unicodedata
from importlib import resources

import pytest

from vocab import general, inflection, lexicon, phonetics
from vocab.folding import fold
from vocab.tables import several

LEAST = {
    "cardiologie": 600, "vasculaire": 330, "pneumologie": 500, "gastro-enterologie": 600, "chirurgie": 600,
    "nephrologie": 230, "urologie": 380, "endocrinologie": 480, "hematologie": 380, "oncologie": 480,
    "infectiologie": 520, "biologie": 280, "courant": 800,
}  # fmt: skip
KINDS = frozenset(
    ["exam", "sign", "disease", "anatomy", "procedure", "class", "specialty", "qualifier", "term", "eponym", "device"]
)
PLAIN = frozenset(
    ["autonomie", "cancer", "douleur", "interprétation", "hôpital", "sein", "suivi", "surveillance", "température",
     "élevé"]
)  # fmt: skip
"""Everyday words that a letter cannot do without."""
OPPOSED = frozenset(
    ["pas", "sans", "aucun", "aucune", "ni", "non", "jamais", "absence", "droit", "droite", "droits", "droites",
     "gauche", "gauches", "bilateral", "bilaterale", "bilateraux", "bilaterales"]
)  # fmt: skip


def rows(specialty: str) -> list[list[str]]:
    file = resources.files("vocab").joinpath("data", "terms", f"{specialty}.tsv")
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def words(text: str) -> list[str]:
    return [one for one in re.split(r"[ '’/-]", fold(text)) if one]


every = pytest.mark.parametrize("specialty", LEAST)


@every
def test_each_row_has_its_five_cells_and_a_known_kind(specialty: str) -> None:
    for row in rows(specialty):
        assert len(row) == 5, row
        assert row[1] in KINDS, row
        assert all((row[0], row[4])), row
        assert all(cell == cell.strip() and "  " not in cell for cell in row), row


@every
def test_letters_are_composed_and_ligatures_are_written(specialty: str) -> None:
    for row in rows(specialty):
        assert all(unicodedata.is_normalized("NFC", cell) for cell in row), row
        assert not re.search(r"oed|oesoph|foetu|caec|coel|naev|[;~=|@]", row[0]), row


@every
def test_there_are_enough_terms(specialty: str) -> None:
    assert len(rows(specialty)) >= LEAST[specialty]


def test_no_term_is_written_twice() -> None:
    seen: dict[str, str] = {}
    for specialty in LEAST:
        for row in rows(specialty):
            assert fold(row[0]) not in seen, (row[0], specialty, seen[fold(row[0])])
            seen[fold(row[0])] = specialty


def test_no_row_repeats_the_regular_plural_or_feminine_of_another() -> None:
    found = [row for specialty in LEAST for row in rows(specialty)]
    made = {fold(form): row[0] for row in found for form in inflection.forms(row[0], adjective=row[1] == "qualifier")}
    habitual = {row[0] for row in found if row[2]}
    again = [(row[0], made[fold(row[0])]) for row in found if fold(row[0]) in made and row[0] not in habitual]
    assert [pair for pair in again if pair[0] not in _BOTH] == []


_BOTH = frozenset(["hémorroïdes", "symptômes", "comorbidités", "mictions", "explorations", "sueurs"])
"""Said in the plural nearly always, with a singular that says something else or is another row."""


@every
def test_no_single_word_is_a_plain_everyday_word(specialty: str) -> None:
    plain = [row[0] for row in rows(specialty) if " " not in row[0] and general.rank(row[0]) < 3000]
    assert set(plain) <= PLAIN


@every
def test_no_term_can_bring_a_side_or_a_negation_that_was_not_said(specialty: str) -> None:
    """A stretch that is searched never holds such a word, so a term with one could only add it."""
    for row in rows(specialty):
        if len(words(row[0])) > 1:
            assert not OPPOSED & set(words(row[0])), row[0]


@every
def test_another_way_of_saying_a_term_sounds_otherwise_than_its_letters(specialty: str) -> None:
    for row in rows(specialty):
        for said in several(row[3]):
            assert phonetics.phrase(said) != phonetics.phrase(row[0].lower()), row


@pytest.mark.parametrize(
    ("written", "specialty"),
    [
        ("fibrillation auriculaire paroxystique", "cardiologie"),
        ("score calcique", "cardiologie"),
        ("thrombose veineuse profonde", "vasculaire"),
        ("toux productive", "pneumologie"),
        ("maladie de Crohn", "gastro-enterologie"),
        ("appendicite phlegmoneuse", "chirurgie"),
        ("syndrome néphrotique", "nephrologie"),
        ("pollakiurie", "urologie"),
        ("hémoglobine glyquée", "endocrinologie"),
        ("purpura thrombopénique immunologique", "hematologie"),
        ("bilan d'extension", "oncologie"),
        ("antibiothérapie probabiliste", "infectiologie"),
        ("gamma-GT", "biologie"),
        ("anamnèse", "courant"),
    ],
)
def test_a_specialty_knows_what_its_doctors_dictate(written: str, specialty: str) -> None:
    entry = lexicon.load().find(written)
    assert entry is not None
    assert specialty in entry.specialties
