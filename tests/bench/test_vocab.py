import json
from pathlib import Path
from random import Random

import pytest

from bench import vocab
from bench.garble import misheard
from vocab.lexicon import Lexicon, load


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def test_half_of_the_mishearings_are_kept_apart_and_all_are_of_known_terms(lexicon: Lexicon) -> None:
    pairs = vocab.mishearings()
    apart = [one for one in pairs if one.kept_apart]
    assert len(pairs) >= 120
    assert len(apart) >= len(pairs) / 2
    assert len({one.specialty for one in pairs}) >= 15
    assert not {one.heard for one in apart} & {one.heard for one in pairs if not one.kept_apart}
    assert [one.meant for one in pairs if lexicon.find(one.meant) is None] == []


def test_recall_counts_what_is_written_or_proposed(lexicon: Lexicon) -> None:
    found = vocab.Mishearing(heard="bise au prolole", meant="bisoprolol", specialty="", kept_apart=True)
    lost = vocab.Mishearing(heard="chapeau melon", meant="bisoprolol", specialty="", kept_apart=True)
    assert vocab.recall([found, lost], lexicon) == 0.5


def test_clean_sentences_are_left_alone(lexicon: Lexicon) -> None:
    texts = list(vocab.clean_sentences(lexicon, 200))
    assert len(texts) == 200
    assert vocab.false_per_1000(texts, lexicon) <= 1


def test_a_wrong_word_in_clean_text_is_counted(lexicon: Lexicon) -> None:
    assert vocab.false_per_1000(["Il prend bisoprolole."], lexicon) == pytest.approx(333.33)


def test_no_medicine_becomes_another_one(lexicon: Lexicon) -> None:
    assert vocab.drug_swaps(lexicon, 150) == []


def test_clean_files_are_read_by_line_or_by_label(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Une ligne.\nUne autre.\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("1,,TITRE\nAHQP003,,Électromyographie par électrode,1\n", encoding="utf-8")
    assert list(vocab.lines(tmp_path / "a.txt")) == ["Une ligne.", "Une autre."]
    assert list(vocab.lines(tmp_path / "b.csv")) == ["Électromyographie par électrode"]


def test_a_garbled_name_is_the_same_for_a_seed_and_is_not_the_name() -> None:
    once = [misheard("bisoprolol", Random(seed)) for seed in range(20)]
    assert once == [misheard("bisoprolol", Random(seed)) for seed in range(20)]
    assert "bisoprolol" not in once


def test_the_last_line_is_one_object_with_the_promised_keys(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = vocab.Figures(recall=0.7, false_per_1000=0.1, auto_drug_swaps=0, words_per_second=9000, window_ms=12.0)
    monkeypatch.setattr(vocab, "measured", lambda **_: figures)
    vocab.main(["--quick", "--json"])
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(last) == {"recall", "false_per_1000", "auto_drug_swaps", "words_per_second", "window_ms"}
