"""The words of half of the specialties: neurology to geriatrics, anatomy, devices, eponyms."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from vocab import general, inflection, lexicon, phonetics
from vocab.folding import fold

FOLDER = Path(lexicon.__file__).parent / "data" / "terms"
KINDS = {"exam", "sign", "disease", "anatomy", "procedure", "class", "specialty", "qualifier", "term", "eponym",
         "device"}  # fmt: skip
LEAST = {
    "neurologie": 450, "psychiatrie": 250, "rhumatologie": 300, "orthopedie": 450, "imagerie": 350,
    "dermatologie": 320, "ophtalmologie": 300, "orl": 330, "stomatologie": 200, "gynecologie": 300,
    "obstetrique": 270, "pediatrie": 280, "urgences": 250, "anesthesie": 190, "geriatrie": 160, "materiel": 280,
    "eponymes": 600, "anatomie": 400,
}  # fmt: skip
EVERYDAY = 3000
"""A word among the so many most frequent of French needs no entry to be written as it was said."""
ONE_SIDE = re.compile(
    r"\b(?:premi[eè]re?|deuxième|cinquième|sixième|absence d[e'’]|pas d[e'’]|aucune?)\b", re.IGNORECASE
)


def _rows() -> Iterator[tuple[str, list[str]]]:
    for specialty in LEAST:
        for line in (FOLDER / f"{specialty}.tsv").read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                yield specialty, line.split("\t")


ROWS = list(_rows())


@pytest.mark.parametrize("specialty", LEAST)
def test_each_specialty_has_its_words(specialty: str) -> None:
    assert sum(one == specialty for one, _ in ROWS) >= LEAST[specialty]


def test_every_row_has_five_cells_a_known_kind_and_a_source() -> None:
    for specialty, row in ROWS:
        assert len(row) == 5, (specialty, row)
        assert row[1] in KINDS, (specialty, row)
        assert row[4] == "own", (specialty, row)


def test_every_cell_is_clean() -> None:
    for specialty, row in ROWS:
        for cell in row:
            assert cell == unicodedata.normalize("NFC", " ".join(cell.split())), (specialty, row)
            assert not re.search(r"[’;:()]|\b(?:oe(?:dème|soph|str|il\b)|foet|coeur)", cell), (specialty, row)


def test_no_word_is_written_twice() -> None:
    seen: dict[str, str] = {}
    for specialty, (text, *_) in ROWS:
        assert text not in seen, (text, specialty, seen[text])
        seen[text] = specialty
    assert len({text.lower() for text in seen}) == len(seen)


def test_no_row_is_the_regular_plural_or_feminine_of_another() -> None:
    known = {row[0] for _, row in ROWS}
    for _, (text, kind, *_) in ROWS:
        if kind != "eponym":
            again = known & set(inflection.forms(text, adjective=kind == "qualifier"))
            assert not again - {text, "sous-muqueuse"}, (text, again)


@pytest.mark.skipif(not general.available(), reason="the list of everyday words is not installed")
def test_no_row_is_an_everyday_word() -> None:
    everyday = [row[0] for _, row in ROWS if " " not in row[0] and general.rank(row[0]) < EVERYDAY]
    assert not everyday


def test_no_expression_can_bring_a_rank_or_a_negation_that_was_not_said() -> None:
    assert not [row[0] for _, row in ROWS if " " in row[0] and ONE_SIDE.search(row[0])]


def test_a_way_of_saying_brings_another_sound_than_the_letters_do() -> None:
    for _, (text, _, _, said, _) in ROWS:
        if said:
            assert phonetics.phrase(said) != phonetics.phrase(text.lower()), (text, said)


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        ("lakmane", "Lachman"), ("parkinnsone", "Parkinson"), ("skizofrénie", "schizophrénie"),
        ("kéilite", "chéilite"), ("likène plan", "lichen plan"),
        ("sifilisse", "syphilis"), ("épistaksisse", "épistaxis"),
    ],
)  # fmt: skip
def test_a_greek_or_foreign_word_is_known_by_how_it_is_said(heard: str, text: str) -> None:
    sounds = {row[0]: {phonetics.phrase(row[3]), phonetics.phrase(row[0].lower())} for _, row in ROWS}
    assert phonetics.phrase(heard) in sounds[text]


def test_names_of_signs_and_diseases_are_known_alone_and_in_their_expression() -> None:
    names = [row[0] for specialty, row in ROWS if specialty == "eponymes"]
    expressions = {fold(row[0]) for _, row in ROWS if " " in row[0]}
    alone = [name for name in names if " " not in name]
    assert len(alone) >= 300
    assert sum(any(fold(name) in one for one in expressions) for name in alone) >= 180
    assert {"Babinski", "signe de Babinski", "Dupuytren", "signe de Lasègue", "Lachman"} <= set(names)
