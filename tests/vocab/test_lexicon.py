import re
import unicodedata
from pathlib import Path
from typing import get_args

import pytest

from vocab.lexicon import Kind, LexiconError, Strength, load


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


def test_a_practice_file_that_is_not_utf8_or_whose_strength_is_no_number_is_refused(tmp_path: Path) -> None:
    (tmp_path / "terms.tsv").write_bytes("fièvre\tsign\n".encode("cp1252"))
    with pytest.raises(LexiconError) as caught:
        load([tmp_path])
    assert caught.value.file == "terms.tsv"
    (tmp_path / "terms.tsv").unlink()
    (tmp_path / "drugs.tsv").write_text("# nom\nA\tbrand\ta\t5 mg\nB\tbrand\tb\tcinq mg\n", encoding="utf-8")
    with pytest.raises(LexiconError) as caught:
        load([tmp_path])
    assert (caught.value.file, caught.value.line) == ("drugs.tsv", 3)


def test_short_rows_and_full_rows_are_both_read(tmp_path: Path) -> None:
    rows = "zorglubine\tsubstance\tzorglubine\t1 mg|2,5 mg\tcomprimé|sirop\t12\tzor glubine\town\nZorglubex\tbrand\n"
    (tmp_path / "drugs.tsv").write_text(rows, encoding="utf-8")
    lexicon = load([tmp_path])
    full, short = lexicon.find("zorglubine"), lexicon.find("Zorglubex")
    assert full is not None
    assert (full.presentations, full.weight, full.said, full.source) == (
        ("comprimé", "sirop"),
        12,
        ("zor glubine",),
        "own",
    )
    assert full.strengths == (Strength(value=1.0, unit="mg"), Strength(value=2.5, unit="mg"))
    assert short is not None
    assert (short.kind, short.strengths, short.weight) == ("brand", (), 0)


def test_specialties_are_the_names_of_the_files_and_one_word_has_one_entry(tmp_path: Path) -> None:
    (tmp_path / "terms").mkdir()
    (tmp_path / "terms" / "cardiologie.tsv").write_text("zorglubose\tdisease\tzorgluboses vraies\n", encoding="utf-8")
    (tmp_path / "terms" / "urologie.tsv").write_text("zorglubose\tdisease\t\tzor glu boze\n", encoding="utf-8")
    lexicon = load([tmp_path])
    assert sum(one.text == "zorglubose" for one in lexicon.entries) == 1
    entry = lexicon.find("zorgluboses vraies")
    assert entry is not None
    assert (entry.specialties, entry.said) == (("cardiologie", "urologie"), ("zor glu boze",))
    assert entry in lexicon.of("urologie")


def test_imported_vocabularies_are_read_before_the_practice_s_own(tmp_path: Path) -> None:
    imported = tmp_path / "imported" / "bdpm"
    imported.mkdir(parents=True)
    (imported / "drugs.tsv").write_text("zorglubine\tsubstance\tz\t1 mg\nbizarrol\tbrand\n", encoding="utf-8")
    (tmp_path / "drugs.tsv").write_text("zorglubine\tsubstance\tz\t9 mg\n", encoding="utf-8")
    lexicon = load([tmp_path])
    drug = lexicon.find("zorglubine")
    assert drug is not None
    assert drug.strengths == (Strength(value=9.0, unit="mg"),)
    assert lexicon.find("bizarrol") is not None


def test_what_a_practice_leaves_empty_stays_as_shipped(tmp_path: Path) -> None:
    (tmp_path / "drugs.tsv").write_text("bisoprolol\tsubstance\n", encoding="utf-8")
    mine, shipped = load([tmp_path]).find("bisoprolol"), load().find("bisoprolol")
    assert mine is not None
    assert shipped is not None
    assert mine.own
    assert (mine.strengths, mine.substance) == (shipped.strengths, shipped.substance)


def test_a_word_is_found_in_the_feminine_and_in_irregular_forms(tmp_path: Path) -> None:
    rows = "zorglubal\tqualifier\ncheval de zorg\tsign\tchevaux de zorg\n"
    (tmp_path / "terms.tsv").write_text(rows, encoding="utf-8")
    lexicon = load([tmp_path])
    for form in ("zorglubale", "ZORGLUBAUX", "zorglubales"):
        found = lexicon.find(form)
        assert found is not None, form
        assert found.text == "zorglubal"
        assert form.lower() in lexicon.words
    assert lexicon.find("chevaux de zorg") is not None


def test_a_word_without_its_accents_leads_to_its_only_writing(tmp_path: Path) -> None:
    (tmp_path / "terms.tsv").write_text("zorglubé\tqualifier\ncôtezorg\tanatomy\ncotezorg\tsign\n", encoding="utf-8")
    accented = load([tmp_path]).accented
    assert (accented["zorglube"], accented["zorglubees"]) == ("zorglubé", "zorglubées")
    assert "cotezorg" not in accented


def test_other_ways_of_saying_a_word_can_be_added() -> None:
    lexicon = load()
    entry = lexicon.pronounced({"BISOPROLOL": ["bise au prolole"]}).find("bisoprolol")
    assert entry is not None
    assert "bise au prolole" in entry.said
    assert lexicon.find("bisoprolol") != entry


def test_names_of_scores_are_words_of_the_lexicon() -> None:
    lexicon = load()
    for name in ("Gleason", "Kellgren-Lawrence", "CHA₂DS₂-VASc"):
        assert lexicon.find(name) is not None, name


def test_fifty_thousand_words_are_found_at_once(tmp_path: Path) -> None:
    rows = "".join(f"zorglub{number}ose\tdisease\n" for number in range(50_000))
    (tmp_path / "terms.tsv").write_text(rows, encoding="utf-8")
    lexicon = load([tmp_path])
    assert lexicon.find("zorglub49999oses") is not None


DATA = Path(__file__).parents[2] / "vocab" / "data"
SOURCES = DATA / "SOURCES.md"
TABLES = sorted(DATA.rglob("*.tsv"))
CODES = set(re.findall(r"^\| `(\w+)` \|", SOURCES.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_row_says_where_it_comes_from_and_its_code_is_explained(table: Path) -> None:
    lines = [line for line in table.read_text(encoding="utf-8").splitlines() if line.strip()]
    headers = [line.lstrip("# ").split("\t") for line in lines if line.startswith("#")]
    at = next((len(cells) - 1 for cells in headers if len(cells) > 1 and cells[-1].startswith("source")), None)
    if at is None:
        assert table.name in ("given_names.tsv", "family_names.tsv")
        return
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert {cells[at] if len(cells) > at else "" for cells in rows} <= CODES


def test_every_table_is_told_of_in_the_sources() -> None:
    told = SOURCES.read_text(encoding="utf-8")
    assert [table.name for table in TABLES if table.parent.name == "data" and f"`{table.name}`" not in told] == []


def test_the_terms_are_of_known_kinds_and_cleanly_written() -> None:
    for table in TABLES:
        if table.parent.name != "terms":
            continue
        for line in table.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                assert line == unicodedata.normalize("NFC", line), table.name
                assert line.split("\t")[1] in get_args(Kind), (table.name, line)
