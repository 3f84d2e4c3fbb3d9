from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.identity import agreement, find
from pipeline.letters import compose
from pipeline.spoken import read
from pipeline.types import Identity, Letter
from tests.pipeline.speech import heard, transcript


def spoken(said: str) -> Identity:
    found = find(read(heard(said)).pieces)
    return found.identity if found else Identity()


def letter(said: str) -> Letter:
    return compose(transcript(said))[0]


@pytest.mark.parametrize(
    ("said", "family", "given", "born"),
    [
        ("Compte rendu patient Durand Paul né le douze mars mille neuf cent cinquante-quatre",
         "DURAND", "Paul", date(1954, 3, 12)),
        ("patient du rand Jean n'est le 12 mars 1954, consultation", "DURAND", "Jean", date(1954, 3, 12)),
        ("Madame Benali Samira née le 17 juin 1975", "BENALI", "Samira", date(1975, 6, 17)),
        ("patiente le fèvre Martine née le 22 juillet 1968", "LEFÈVRE", "Martine", date(1968, 7, 22)),
        ("patient Tran Van Minh né le 1er janvier 1962", "TRAN", "Van Minh", date(1962, 1, 1)),
        ("patient Nguyen Paul s'écrit N G U Y E N né le 1er janvier 1962", "NGUYEN", "Paul", date(1962, 1, 1)),
        ("passant merci en Toine né le 3 mai 1962", "MERCIER", "Antoine", date(1962, 5, 3)),
        ("patient goutti et Robert né le 3 mai 1962", "GAUTHIER", "Robert", date(1962, 5, 3)),
        ("patiente d'assilva Maria n'est le 3 mai 1962", "DA SILVA", "Maria", date(1962, 5, 3)),
        ("patient mourau-philippe né le 3 mai 1962", "MOREAU", "Philippe", date(1962, 5, 3)),
        ("Madame Benalice Amira n'est le 3 mai 1962", "BENALI", "Samira", date(1962, 5, 3)),
        ("patiente vaceur, j'année le 3 mai 1962", "VASSEUR", "Jeanne", date(1962, 5, 3)),
        ("monsieur Alain Brunet né le 3 mai 1962", "BRUNET", "Alain", date(1962, 5, 3)),
        ("patient Xyloberg Alain né le 3 mai 1962", "XYLOBERG", "Alain", date(1962, 5, 3)),
        ("patient le roux Daniel date de naissance 3 mai 1962", "LEROUX", "Daniel", date(1962, 5, 3)),
        ("Enfin, Roussel-Lina n'est le 3 mai 2023", "ROUSSEL", "Lina", date(2023, 5, 3)),
        ("patient Guyin Van Mine, Guyin s'écrit NG-UYGREK-RN né le 3 mai 1962", "NGUYEN", "Van Minh",
         date(1962, 5, 3)),
        ("patiente Durand Anne née le 3 mai 1962. Durand s'écrit D. U. R. A. N. T. Cher ami", "DURANT", "Anne",
         date(1962, 5, 3)),
    ],
)  # fmt: skip
def test_the_spoken_identity_is_read(said: str, family: str, given: str, born: date) -> None:
    found = spoken(said)
    assert (found.family_name, found.given_name, found.birth_date) == (family, given, born)


def test_a_name_before_marriage_stays_on_the_line_and_is_not_the_name() -> None:
    made = letter("Consultation patiente Martin Claire née Durand le 3 mai 1962 virgule vue ce jour point")
    assert (made.patient.family_name, made.patient.birth_date) == ("MARTIN", date(1962, 5, 3))
    assert "Patiente : MARTIN Claire, née DURAND le 03/05/1962" in made.text


def test_a_given_name_takes_the_gender_that_was_said_and_must_be_settled() -> None:
    made = letter("Consultation patiente le fèvre Martin n'est le 22 juillet 1968 virgule vue ce jour point")
    assert made.patient.given_name == "Martine"
    assert any(one.severity == "block" and "MARTINE" in one.text.upper() for one in made.doubts)


def test_names_that_sound_the_same_are_proposed() -> None:
    made = letter("Consultation patient lefèvre Paul né le 3 mai 1962 virgule vu ce jour point")
    (flag,) = [one for one in made.doubts if one.kind == "identity"]
    assert any("LEFEBVRE Paul" in other for other in flag.suggestions)


def test_how_many_of_a_letter_chooses_between_names_that_sound_the_same() -> None:
    assert spoken("patient Colin Paul avec deux L né le 1er janvier 1962").family_name == "COLLIN"


def test_name_and_birth_date_are_one_place_to_check() -> None:
    made = letter("Consultation patient Durand Paul né le 3 mai 1962 virgule vu ce jour point")
    flags = [one for one in made.doubts if one.kind == "identity"]
    assert [(one.text, one.severity) for one in flags] == [("DURAND Paul, né le 03/05/1962", "look")]


def test_two_readings_of_the_same_sound_are_compared() -> None:
    one = Identity(family_name="LEFÈVRE", given_name="Martine", birth_date=date(1968, 7, 22))
    assert agreement(one, replace(one, family_name="LEFEBVRE")) == 1.0
    assert agreement(one, replace(one, birth_date=date(1986, 7, 22))) < 0.7
    assert agreement(one, replace(one, family_name="GARNIER", given_name="Paul")) < 0.8
    assert agreement(one, Identity()) == 0.0


WORDS = """patient madame le du Durand Paul né n'est née le 12 mars 1954 s'écrit N avec deux T en 1900, 61 virgule Van
Minh.
comme ou 984 naissance date de"""


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS.split()), max_size=25))
def test_finding_an_identity_never_fails(said: list[str]) -> None:
    pieces = read(heard(" ".join(said))).pieces
    found = find(pieces)
    if found:
        assert 0 <= found.start < found.end <= len(pieces)
        assert 0 <= found.identity.confidence <= 1


def test_letters_spelled_win_over_the_name_that_was_heard() -> None:
    assert spoken("patient Guyin Paul s'écrit N G U Y E N né le 1er janvier 1962").family_name == "NGUYEN"


def test_a_birth_date_that_was_not_understood_stays_empty_and_must_be_settled() -> None:
    made = letter("Consultation patient Durand Paul né le 29 947 virgule examen normal point à la ligne merci point")
    assert made.patient.birth_date is None
    assert made.patient.confidence < 0.7
    assert any(one.kind == "identity" and one.severity == "block" for one in made.doubts)


@pytest.mark.parametrize(
    ("said", "born"),
    [
        ("4 mai 960", date(1960, 5, 4)),
        ("8 ou 984", date(1984, 8, 8)),
        ("29 janvier 1900, 61", date(1961, 1, 29)),
        ("19 Jean Vier 1943", date(1943, 1, 19)),
        ("1er janvier 1969-62", date(1962, 1, 1)),
    ],
)
def test_a_garbled_birth_date_is_rebuilt_and_must_be_settled(said: str, born: date) -> None:
    made = letter(f"Consultation patient Durand Paul né le {said}. Examen normal point à la ligne merci point")
    assert made.patient.birth_date == born
    assert made.patient.confidence < 0.8
    assert [one.severity for one in made.doubts if f"{born:%d/%m/%Y}" in one.text] == ["block"]


def test_a_birth_year_that_the_age_contradicts_is_never_left_unsaid() -> None:
    said = "Consultation du 7 janvier 2026. Patiente Durand Claire née le 21 mars 1969. Madame Durand, âgée de 46 ans,"
    made = letter(f"{said} va bien point à la ligne merci point")
    assert made.patient.birth_date == date(1979, 3, 21)
    (flag,) = [one for one in made.doubts if "21/03/1979" in one.text]
    assert (flag.severity, flag.suggestions) == ("block", ("21/03/1969",))


def test_a_date_that_does_not_exist_is_never_a_birth_date() -> None:
    assert spoken("patient Durand Paul né le 31 février 1954").birth_date is None


def test_nobody_is_invented() -> None:
    assert spoken("examen normal point à la ligne pas de fièvre point") == Identity()


def test_the_identity_line_is_canonical_and_agrees_with_the_given_name() -> None:
    assert letter(
        "Consultation patient Bernard Jacqueline né le 29 août 1947 virgule vue ce jour point"
    ).text.startswith("Consultation\n\nPatiente : BERNARD Jacqueline, née le 29/08/1947")


def test_a_given_name_that_clashes_with_the_civility_is_said() -> None:
    made = letter("Consultation patiente Durand Martin née le 29 août 1947 virgule vue ce jour point")
    assert any("ne vont pas ensemble" in one.reason for one in made.doubts)
