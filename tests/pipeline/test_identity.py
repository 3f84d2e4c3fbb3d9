from datetime import date

import pytest

from pipeline.identity import find
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
    ],
)  # fmt: skip
def test_the_spoken_identity_is_read(said: str, family: str, given: str, born: date) -> None:
    found = spoken(said)
    assert (found.family_name, found.given_name, found.birth_date) == (family, given, born)


def test_letters_spelled_win_over_the_name_that_was_heard() -> None:
    assert spoken("patient Guyin Paul s'écrit N G U Y E N né le 1er janvier 1962").family_name == "NGUYEN"


def test_a_birth_date_that_was_not_understood_stays_empty_and_must_be_settled() -> None:
    made = letter("Consultation patient Durand Paul né le 4 mai 960 examen normal point à la ligne merci point")
    assert made.patient.birth_date is None
    assert made.patient.confidence < 0.7
    assert "960" in made.text
    assert any(one.kind == "identity" and one.severity == "block" for one in made.doubts)


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
