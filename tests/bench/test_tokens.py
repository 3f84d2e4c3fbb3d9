"""However a fact is written, its tokens are the same; two facts that differ never share them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.tokens import canonical, digit_runs

SAME = [
    ("2,5 mg", "2.5mg", "2,50 milligrammes", "deux virgule cinq milligrammes", "2 virgule 5 mg"),
    ("0,05 mg", "zéro virgule zéro cinq milligramme"),
    ("16 h 20", "16h20", "16:20", "seize heures vingt"),
    ("1,70 m", "1 m 70", "un mètre soixante-dix"),
    ("04/02/2026", "4 février 2026", "quatre février deux mille vingt-six", "04.02.2026"),
    ("12/03/1954", "douze mars mille neuf cent cinquante-quatre"),
    ("145/85", "145 sur 85", "cent quarante-cinq sur quatre-vingt-cinq"),
    ("mg/kg/j", "mg par kg par jour"),
    ("5 mg/kg/j", "cinq milligrammes par kilo et par jour"),
    ("4 000 UI", "4\u202f000 unités", "quatre mille unités internationales", "4 mille UI"),
    ("24 x 18 mm", "24×18 mm", "24 par 18 millimètres"),
    ("39,2 °C", "39,2 degrés", "trente-neuf virgule deux degrés Celsius"),
    ("89 %", "89%", "quatre-vingt-neuf pour cent"),
    ("stade III", "stade 3", "Stade trois"),
    ("B P C O", "B.P.C.O.", "BPCO"),
    ("1er étage", "premier étage"),
    ("2e étage", "deuxième étage", "2ème étage"),
    ("1 an et demi", "un an et demi"),
    ("pas d'œdème", "pas d’oedème", "Pas d'œdèmes"),
    ("71 ans", "soixante et onze ans", "soixante-onze ans"),
    ("97", "quatre-vingt-dix-sept", "nonante sept"),
    ("diabète de type 2", "DIABETE TYPE II"),
]
OTHER = [
    ("2,5 mg", "25 mg"),
    ("2,5 mg", "2,5 g"),
    ("5 mg", "5 µg"),
    ("145/85", "85/145"),
    ("16 h 20", "16 h 02"),
    ("04/02/2026", "02/04/2026"),
    ("1 000 mg", "100 mg"),
    ("genou droit", "genou gauche"),
    ("pas de fracture", "fracture"),
    ("stade III", "stade II"),
    ("un cent", "cent"),
]


@pytest.mark.parametrize("writings", SAME, ids=lambda writings: writings[0])
def test_a_fact_is_the_same_however_it_is_written(writings: tuple[str, ...]):
    assert [canonical(one) for one in writings] == [canonical(writings[0])] * len(writings)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_two_facts_stay_two(one: str, other: str):
    assert canonical(one) != canonical(other)


def test_a_comma_that_was_dictated_can_be_kept_between_two_numbers():
    assert canonical("à 2 virgule 5 comprimés") == ["#2.5", "comprime"]
    assert canonical("à 2 virgule 5 comprimés", join_decimals=False) == ["#2", "virgule", "#5", "comprime"]


def test_a_telephone_number_is_one_run_of_digits():
    assert "0144556677" in digit_runs("au 01 44 55 66 77.")
    assert "0144556677" in digit_runs("zéro un quarante-quatre cinquante-cinq soixante-six soixante-dix-sept")
    assert "0144556677" not in digit_runs("01 44 55, puis 66 77 78")


_UNITS = ["", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
          "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"]  # fmt: skip
_TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre-vingt"}


def in_words(number: int) -> str:
    if number >= 1000:
        return " ".join(filter(None, [in_words(number // 1000) * (number >= 2000), "mille", in_words(number % 1000)]))
    if number >= 100:
        return " ".join(filter(None, [in_words(number // 100) * (number >= 200), "cent", in_words(number % 100)]))
    if number < 20:
        return _UNITS[number]
    ten = max(ten for ten in _TENS if ten <= number and (ten in {60, 80} or number - ten < 10))
    rest = number - ten
    if not rest:
        return _TENS[ten]
    return f"{_TENS[ten]} et {_UNITS[rest]}" if rest in {1, 11} and ten != 80 else f"{_TENS[ten]}-{_UNITS[rest]}"


@given(st.integers(1, 999_999))
def test_a_number_in_words_is_the_number(number: int):
    assert canonical(in_words(number)) == [f"#{number}"]
    assert canonical(f"{number:,}".replace(",", " ")) == [f"#{number}"]


@given(st.text())
def test_any_text_has_tokens(text: str):
    assert all(canonical(text))
    assert "@" not in digit_runs(text)
