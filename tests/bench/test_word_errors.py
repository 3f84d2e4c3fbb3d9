"""A word error rate that counts what was heard, not how numbers are written."""

import pytest

from bench.word_errors import errors, said


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("2,5 mg", "deux virgule cinq milligrammes"),
        ("145/85", "cent quarante-cinq sur quatre-vingt-cinq"),
        ("21", "vingt et un"),
        ("71 et 80", "soixante et onze et quatre-vingts"),
        ("91, 99", "quatre-vingt-onze, quatre-vingt-dix-neuf"),
        ("1954", "mille neuf cent cinquante-quatre"),
        ("4 000 et 200", "quatre mille et deux cents"),
        ("3 200 000", "trois millions deux cent mille"),
        ("06", "zéro six"),
        ("16h20", "seize heures vingt"),
        ("39,2 °C", "trente-neuf virgule deux degrés"),
        ("60 %", "soixante pour cent"),
        ("l’œdème", "L'OEDEME"),
    ],
)
def test_what_is_said_is_the_same_however_it_is_written(written: str, spoken: str):
    assert said(written) == said(spoken)


def test_little_words_and_other_numbers_count():
    assert errors("pas de fracture", "pas fracture").wrong == 1
    assert errors("cent quarante-cinq sur quatre-vingt-cinq", "145/95").wrong == 1
    assert said("120") != said("130")


def test_errors_are_words_lost_put_in_or_changed():
    one = errors("Le patient va bien.", "le patient, va très mal")
    assert (one.wrong, one.of) == (2, 4)
    assert (errors("un deux trois", "").wrong, errors("", "").of) == (3, 0)
    assert errors("12345678", "un deux trois quatre cinq six sept huit").wrong == 0
