import pytest

from vocab.expected import expected
from vocab.lexicon import Lexicon, load


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


@pytest.mark.parametrize(
    ("heard", "term"),
    [
        ("Il prend bise au prolole le matin.", "bisoprolol"),
        ("Devant une ématurie macroscopique.", "hématurie macroscopique"),
        ("Traitée par mes tomicines.", "mitomycine"),
        ("Une ipotiroidi connue.", "hypothyroïdie"),
    ],
)
def test_what_may_have_been_said_comes_among_the_first(heard: str, term: str, lexicon: Lexicon) -> None:
    assert term in expected(heard, lexicon)[:5]


@pytest.mark.parametrize(
    ("heard", "abbreviation"),
    [
        ("Elle est achetez à depuis 2010.", "HTA"),
        ("Porteuse d'une BP, CO connue.", "BPCO"),
        ("Un avis OR elle.", "ORL"),
    ],
)
def test_letters_heard_as_everyday_words_are_searched(heard: str, abbreviation: str, lexicon: Lexicon) -> None:
    assert abbreviation in expected(heard, lexicon)


def test_everyday_words_surely_heard_expect_nothing(lexicon: Lexicon) -> None:
    assert expected("Je vous remercie de votre confiance, avec mes salutations.", lexicon) == ()


def test_a_known_word_is_only_searched_when_the_recogniser_was_unsure(lexicon: Lexicon) -> None:
    assert "coloscopie" not in expected("Votre colosse copie est prévue.", lexicon)
    assert "coloscopie" in expected("Votre colosse copie est prévue.", lexicon, faint=[(6, 19)])[:3]


def test_the_specialty_spoken_of_settles_what_sounds_alike(lexicon: Lexicon) -> None:
    alone = expected("Une cystostomi est vue.", lexicon)
    among = expected("Prostate, vessie, uretère, hématurie. Une cystostomi est vue.", lexicon)
    assert alone[0] == among[0] == "cystostomie"


def test_no_figure_is_expected(lexicon: Lexicon) -> None:
    assert not [one for one in expected("Bisoprolole 2,5 mg et 40 mg.", lexicon) if "mg" in one]
