import pytest

from vocab.lexicon import Entry, Lexicon
from vocab.phonetics import phrase
from vocab.sounds import Sounds, sounds_of


@pytest.fixture
def sounds() -> Sounds:
    entries = (
        Entry(text="bisoprolol", kind="substance"),
        Entry(text="Eliquis", kind="brand"),
        Entry(text="IRM", kind="abbreviation"),
        Entry(text="LDL-cholestérol", kind="exam"),
        Entry(text="vitamine B12", kind="exam"),
        Entry(text="vitamine B9", kind="exam"),
        Entry(text="asthme", kind="disease", said=("asme",)),
        Entry(text="veineux", kind="qualifier"),
        Entry(text="urologie", kind="specialty"),
    )
    return Sounds(Lexicon(entries=entries))


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        ("bise au prolole", "bisoprolol"), ("hier aime", "IRM"), ("elle des elles colestérol", "LDL-cholestérol"),
        ("éliquisse", "Eliquis"), ("asme", "asthme"), ("veineuse", "veineux"), ("vitamine bé douze", "vitamine B12"),
    ],
)  # fmt: skip
def test_an_entry_is_found_by_each_way_it_is_said(heard: str, text: str, sounds: Sounds) -> None:
    (score, found), *_ = sounds.nearest([phrase(heard)], above=0.7)
    assert found.entry.text == text
    assert score >= 0.7


def test_an_article_glued_to_a_word_is_told_apart(sounds: Sounds) -> None:
    ((score, found),) = sounds.nearest([phrase("durologie")], above=0.9)
    assert (found.prefix + found.entry.text, score) == ("d'urologie", 1.0)


def test_each_entry_is_given_once_the_best_first(sounds: Sounds) -> None:
    near = sounds.nearest([phrase("vitamine bé neuf")], above=0.65)
    assert [found.entry.text for _, found in near] == ["vitamine B9", "vitamine B12"]
    assert near[0][0] > near[1][0]


def test_nothing_is_given_under_what_is_asked(sounds: Sounds) -> None:
    assert sounds.nearest([phrase("chapeau melon")], above=0.7) == []


def test_a_batch_finds_what_single_searches_find(sounds: Sounds) -> None:
    heard = [phrase(text) for text in ("bizoprolole", "asme", "durologie", "hier aime")]
    alone = [sounds.nearest([one], above=0.8) for one in heard]
    sounds.forget()
    sounds.prepare(heard, above=0.8)
    assert [sounds.nearest([one], above=0.8) for one in heard] == alone


def test_the_index_of_a_lexicon_is_kept() -> None:
    lexicon = Lexicon(entries=())
    assert sounds_of(lexicon) is sounds_of(lexicon)
