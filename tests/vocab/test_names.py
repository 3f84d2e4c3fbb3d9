import pytest

from vocab import names


def test_the_lists_are_large_and_well_formed() -> None:
    assert len(names.given_names()) > 1000
    assert len(names.family_names()) > 2000
    assert {one.gender for one in names.given_names().values()} == {"m", "f", "e"}


@pytest.mark.parametrize(
    ("heard", "name"),
    [("du pont", "Dupont"), ("le fèvre", "Lefèvre"), ("mourau", "Moreau"), ("bouché", "Boucher"), ("Ubert", "Hubert"),
     ("ma son", "Masson"), ("diélo", "Diallo"), ("le Gaulle", "Le Gall"), ("guyin", "Nguyen")],
)  # fmt: skip
def test_a_family_name_is_found_by_its_sound(heard: str, name: str) -> None:
    assert names.family_like(heard)[0].name == name


def test_lefevre_and_lefebvre_sound_the_same() -> None:
    assert names.alike("Lefèvre", "Lefebvre") == 1.0
    assert {one.name for one in names.family_like("lefèvre", above=0.95)} >= {"Lefèvre", "Lefebvre"}


@pytest.mark.parametrize(
    ("heard", "name"), [("Polette", "Paulette"), ("hérique", "Éric"), ("atalie", "Nathalie"), ("Carmenne", "Carmen")]
)
def test_a_given_name_is_found_by_its_sound(heard: str, name: str) -> None:
    assert names.given_like(heard)[0].name == name


def test_a_commoner_name_comes_before_a_rarer_one_that_sounds_the_same() -> None:
    assert names.family_like("fore", above=0.99)[0].name == "Faure"


def test_the_gender_of_a_compound_name_is_that_of_its_first_part() -> None:
    assert (names.gender("Jean Marie"), names.gender("Marie-Paule"), names.gender("Camille")) == ("m", "f", "e")
    assert names.gender("Xyloberg") == ""


def test_letters_with_a_slip_find_the_name_they_spell() -> None:
    assert names.spelled_like("NGUYRN")[0].name == "Nguyen"
    assert names.spelled_like("QQQQQQ", slips=2) == ()
