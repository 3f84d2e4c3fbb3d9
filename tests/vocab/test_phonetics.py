import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocab.phonetics import foreign, likeness, phrase, sound, spelled


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("écocardiographie", "échocardiographie"), ("colécystite", "cholécystite"), ("colédoque", "cholédoque"),
        ("psikiatre",
         "psychiatre"), ("émorragie", "hémorragie"), ("rinite", "rhinite"), ("pneumopatie", "pneumopathie"),
        ("trocard", "trocart"), ("calau", "Calot"), ("d'orçal", "dorsal"), ("tamol", "tamol"), ("systique", "cystique"),
        ("par assez tamol", "paracétamol"), ("avès qu'à", "AVK"), ("aisommé prasole", "ésoméprazole"),
        ("colosse copie", "coloscopie"), ("et moustase", "hémostase"), ("chère qu'on sœur", "chère consœur"),
        ("bise au prolole", "bisoprolol"), ("rivaroque sabant", "rivaroxaban"), ("kinésitérapie", "kinésithérapie"),
    ],
)  # fmt: skip
def test_what_sounds_the_same_is_close(heard: str, meant: str) -> None:
    meant_sounds = spelled(meant) if meant.isupper() else phrase(meant)
    assert likeness(phrase(heard), meant_sounds) >= 0.9


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("prednisone",
         "prednisolone"), ("tinzaparine", "héparine"), ("lidocaïne", "cocaïne"), ("dopamine", "dobutamine"),
        ("trachéoscopie", "trachéostomie"), ("amlodipine", "amiodarone"), ("hypotension", "hypertension"),
    ],
)  # fmt: skip
def test_different_words_that_resemble_each_other_are_never_close_enough_to_be_replaced(one: str, other: str) -> None:
    assert likeness(phrase(one), phrase(other)) < 0.95


@pytest.mark.parametrize(
    ("word", "sounds"),
    [
        ("œdème", "edem@"),
        ("chirurgie", "SiryrZi@"),
        ("chondropathie", "kOdropati@"),
        ("sérum", "serom"),
        ("aiguë", "egy"),
        ("asymptomatique", "asIptomatik@"),
        ("chéilite", "keilit@"),
        ("genouillère", "Z@nujer@"),
        ("pelvis", "pelvis"),
        ("rachis", "raSi"),
        ("hyper", "iper"),
        ("clonazépam", "klonazepam"),
        ("cœur", "k2r"),
        ("échangeuse", "eSAZ2z@"),
        ("pénicilline", "penisilin@"),
        ("papille", "papij@"),
    ],
)
def test_rules_of_medical_french(word: str, sounds: str) -> None:
    assert sound(word) == sounds


@pytest.mark.parametrize(("one", "other"), [("B12", "B9"), ("T3", "T4"), ("CA125", "CA153"), ("HER2", "HER")])
def test_figures_are_heard(one: str, other: str) -> None:
    assert sound(one) != sound(other)


def test_a_foreign_name_is_read_with_its_open_vowels_and_last_consonant() -> None:
    assert phrase(foreign("Eliquis")) == phrase("éliquisse")


def test_a_likeness_under_what_is_asked_may_be_cut_short() -> None:
    assert likeness("bizoprolol", "aspirin@", above=0.8) == 0.0
    assert likeness("bizoprolol", "bizoprolol@", above=0.8) == likeness("bizoprolol", "bizoprolol@")


def test_an_abbreviation_is_said_letter_by_letter() -> None:
    assert spelled("IRM") == "ierem"
    assert sound("HTA") == spelled("HTA")


@given(st.text(max_size=30))
def test_any_text_has_a_sound_and_is_like_itself(text: str) -> None:
    assert likeness(phrase(text), phrase(text)) == 1.0


@given(st.text(alphabet="abcdeéfghilmnoprstu ", max_size=20), st.text(alphabet="abcdeéfghilmnoprstu ", max_size=20))
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    there, back = likeness(phrase(one), phrase(other)), likeness(phrase(other), phrase(one))
    assert 0.0 <= there <= 1.0
    assert there == pytest.approx(back)
