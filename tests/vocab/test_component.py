from collections.abc import Callable
from pathlib import Path

import pytest

from vocab.check import check
from vocab.lexicon import LexiconError, load


@pytest.fixture
def pipeline() -> Callable[..., object]:
    import spacy

    import vocab.component  # noqa: F401

    def build(**config: object) -> object:
        nlp = spacy.blank("fr")
        nlp.add_pipe("copiste_vocabulary", config=config)
        return nlp

    return build


def test_it_works_alone_on_a_blank_pipeline(pipeline: Callable[..., object]) -> None:
    nlp = pipeline()
    text = "Bisoprolol 200 mg le matin. IRC connue."
    doc = nlp(text)  # type: ignore[operator]
    assert doc._.flags == check(text, load())
    assert {flag.kind for flag in doc._.flags} >= {"dose", "abbreviation"}
    assert all(doc.text[flag.start : flag.end] == flag.text for flag in doc._.flags)
    assert all(doc.char_span(flag.start, flag.end, alignment_mode="expand") is not None for flag in doc._.flags)


def test_it_can_stand_behind_other_pipes_and_changes_nothing_else(pipeline: Callable[..., object]) -> None:
    nlp = pipeline()
    nlp.add_pipe("sentencizer", first=True)  # type: ignore[attr-defined]
    text = "Examen normal. Apixaban 50 mg."
    doc = nlp(text)  # type: ignore[operator]
    assert doc.text == text
    assert len(list(doc.sents)) == 2
    assert any(flag.kind == "dose" for flag in doc._.flags)


def test_a_practice_gives_its_folders(pipeline: Callable[..., object], tmp_path: Path) -> None:
    (tmp_path / "drugs.tsv").write_text("zorglubine\tsubstance\tzorglubine\t5 mg\n", encoding="utf-8")
    mine, plain = pipeline(folders=[str(tmp_path)]), pipeline()
    text = "Zorglubine 50 mg le matin."
    assert any(flag.kind == "dose" and flag.severity == "block" for flag in mine(text)._.flags)  # type: ignore[operator]
    assert not any(flag.severity == "block" and flag.kind == "dose" for flag in plain(text)._.flags)  # type: ignore[operator]


def test_an_unusable_folder_is_refused_when_the_pipe_is_added(pipeline: Callable[..., object], tmp_path: Path) -> None:
    (tmp_path / "drugs.tsv").write_text("zorglubine\tsubstance\tzorglubine\tbeaucoup mg\n", encoding="utf-8")
    with pytest.raises(LexiconError):
        pipeline(folders=[str(tmp_path)])
