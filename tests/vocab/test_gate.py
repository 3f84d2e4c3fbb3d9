import pytest

from vocab.doubt import built, doubtful, garbled, unknown
from vocab.gate import opposed, same_letters, skeleton
from vocab.lexicon import Entry, Lexicon, load


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hypertension", "hypotension"), ("peropératoire", "préopératoire"), ("unilatéral", "bilatéral"),
        ("sus-hépatique", "sous-hépatique"), ("intraveineux", "extraveineux"), ("gastrectomie", "gastrostomie"),
        ("trachéobronchique", "trachéobronchite"), ("protéinurie", "protéinémie"), ("adduction", "abduction"),
        ("métacarpe", "mésocarpe"), ("symptomatique", "asymptomatique"), ("LDL cholestérol", "HDL cholestérol"),
        ("rubéoleux", "rubéole"), ("tachycardie", "bradycardie"), ("particularités", "sans particularités"),
    ],
)  # fmt: skip
def test_words_that_change_the_sense_are_never_taken_for_each_other(one: str, other: str) -> None:
    assert opposed(one, Entry(text=other, kind="term"))


@pytest.mark.parametrize(
    ("heard", "meant"),
    [("pneumopatie", "pneumopathie"), ("enbiliquale", "ombilical"), ("médicamentueuse", "médicamenteux")],
)
def test_a_misspelt_word_is_not_opposed_to_the_right_one(heard: str, meant: str) -> None:
    assert not opposed(heard, Entry(text=meant, kind="term"))


def test_hyphens_gender_and_number_are_left_as_they_were_heard() -> None:
    assert same_letters("scapulohumérale", Entry(text="scapulo-huméral", kind="qualifier"))
    assert same_letters("méningites aigües", Entry(text="méningite aiguë", kind="disease"))
    assert not same_letters("hyper tension", Entry(text="hypertension", kind="disease"))
    assert not same_letters("bisoprolole", Entry(text="bisoprolol", kind="substance"))


def test_a_skeleton_keeps_what_is_heard() -> None:
    assert skeleton("inflamatoire") == skeleton("inflammatoire")
    assert skeleton("phlébite") != skeleton("plébite")


def test_how_far_a_word_is_trusted(lexicon: Lexicon) -> None:
    assert unknown("septriaxone", lexicon)
    assert garbled("septriaxone", lexicon)
    assert not unknown("hémithyroïdectomie", lexicon)
    assert built("hémithyroïdectomie", lexicon)
    assert not doubtful("maison", lexicon)
    assert garbled("gu", lexicon)
    assert not unknown("labio", lexicon)
