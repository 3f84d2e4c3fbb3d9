import unicodedata
from pathlib import Path

import pytest

from vocab.lexicon import LexiconError, Strength, given_names, load


def test_the_shipped_vocabulary_is_large_enough_and_clean() -> None:
    entries = load().entries
    substances = [one for one in entries if one.kind == "substance"]
    assert sum(bool(one.strengths) for one in substances) >= 300
    assert sum(one.kind not in ("substance", "brand", "abbreviation") for one in entries) >= 400
    assert sum(one.kind == "abbreviation" for one in entries) >= 350
    assert len({one.text for one in entries if one.drug}) == sum(one.drug for one in entries)
    assert all(one.text == unicodedata.normalize("NFC", one.text).strip() for one in entries)


@pytest.mark.parametrize(
    ("name", "strength"),
    [
        ("bisoprolol", Strength(value=2.5, unit="mg")), ("furosémide", Strength(value=40.0, unit="mg")),
        ("lévothyroxine", Strength(value=75.0, unit="µg")), ("metformine", Strength(value=1000.0, unit="mg")),
        ("apixaban", Strength(value=5.0, unit="mg")), ("méthotrexate", Strength(value=2.5, unit="mg")),
    ],
)  # fmt: skip
def test_usual_medicines_have_their_usual_strengths(name: str, strength: Strength) -> None:
    entry = load().find(name)
    assert entry is not None
    assert strength in entry.strengths


def test_a_word_is_found_without_accents_or_in_the_plural() -> None:
    lexicon = load()
    assert lexicon.find("FUROSEMIDE") is not None
    assert lexicon.find("trocarts") is not None
    assert lexicon.find("zorglub") is None


def test_a_practice_adds_its_words_over_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "terms.tsv").write_text("# nos mots\nzorglubose\tdisease\n", encoding="utf-8")
    (tmp_path / "drugs.tsv").write_text("bisoprolol\tsubstance\tbisoprolol\t7 mg\n", encoding="utf-8")
    lexicon = load([tmp_path])
    mine, drug = lexicon.find("zorglubose"), lexicon.find("bisoprolol")
    assert mine is not None
    assert mine.own
    assert drug is not None
    assert drug.strengths == (Strength(value=7.0, unit="mg"),)
    assert load().find("zorglubose") is None


def test_an_unusable_file_says_where_and_never_quotes_it(tmp_path: Path) -> None:
    (tmp_path / "abbreviations.tsv").write_text("HTA\thypertension\nDUPONT\n", encoding="utf-8")
    with pytest.raises(LexiconError) as caught:
        load([tmp_path])
    assert caught.value.line == 2
    assert "DUPONT" not in str(caught.value)


def test_given_names_have_a_gender() -> None:
    names = given_names()
    assert (names["jacqueline"], names["philippe"], names["camille"]) == ("f", "m", "e")
