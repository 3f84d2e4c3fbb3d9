from collections import Counter

import pytest

from vocab import general
from vocab.morphology import accepts, morphemes, pieces


def test_there_are_enough_pieces_each_with_its_sense() -> None:
    places = Counter(one.place for one in morphemes())
    assert sum(places.values()) >= 400
    assert min(places.values()) >= 100
    assert len({(one.text, one.place) for one in morphemes()}) == len(morphemes())
    assert all(one.sense and one.text == one.text.strip().lower() for one in morphemes())


@pytest.mark.parametrize(
    "word",
    ["hémithyroïdectomie", "cholangiopancréatographie", "ostéochondromatose", "urétéropyélostomies", "péricholécystite",
     "néphrolithotomie", "hyperkaliémie", "polyradiculonévrite", "blépharoplastie", "thoracoscopiques",
     "œsogastroduodénale", "laryngopharyngée", "kératoconjonctivite", "vidéothoracoscopie"],
)  # fmt: skip
def test_a_well_built_word_is_accepted(word: str) -> None:
    assert accepts(word)


@pytest.mark.parametrize(
    "word",
    ["dispiner", "colécysteectomie", "antecedant", "tasulosine", "vichres", "métotrexat", "polyartrite", "gonartreuse",
     "cémorotibiale", "hipertrophie", "hypothiroidie", "osteoporose", "fureux", "prolole", "médiasinale",
     "écocardiographie", "rheumatoïde", "cardégic", "tirox", "varoxaban", "acubitre", "darône", "flusine",
     "hémicolectomi", "tomodencitométrie", "cholicistectomie", "apendicectomie", "paragrave", "dispinées", "durologie",
     "émoptisi", "courier", "", "a", "123456", "patient"],
)  # fmt: skip
def test_a_mishearing_is_refused(word: str) -> None:
    assert not accepts(word)


def test_the_pieces_of_a_word_are_shown_in_order() -> None:
    assert [one.text for one in pieces("cholécystectomie")][-1] == "ectomie"
    assert [one.place for one in pieces("hyperkaliémie")] == ["prefix", "root", "suffix"]
    assert pieces("zorglub") == ()


@pytest.mark.skipif(not general.available(), reason="the list of everyday words is optional")
def test_a_prefix_or_a_root_may_stand_before_a_usual_word() -> None:
    assert accepts("préthérapeutique")
    assert accepts("fémorotibiale")
    assert accepts("post-thérapeutique")
    assert not accepts("sous-malais")
