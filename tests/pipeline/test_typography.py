import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.typography import plain, typed, typeset

SPACES = dict.fromkeys(map(ord, " \u00a0\u202f"))
TEXTS = st.text(alphabet="aéœŒ19%:;!?«»'’.,-/×°mghlDrNn \n\u00a0\u202f", max_size=60) | st.text(max_size=60)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Antécédents : HTA ; rien !", "Antécédents\u00a0: HTA\u202f; rien\u202f!"),
        ("Fumeur? Non!", "Fumeur\u202f? Non\u202f!"),
        ("dit « oui » et «non»", "dit «\u00a0oui\u00a0» et «\u00a0non\u00a0»"),
        ("saturation 89 %, 97% en air", "saturation 89\u00a0%, 97\u00a0% en air"),
        ("bisoprolol 2,5 mg et 180 mg/l", "bisoprolol 2,5\u00a0mg et 180\u00a0mg/l"),
        ("metformine 1 000 mg, 1 250 000 UI", "metformine 1\u202f000\u00a0mg, 1\u202f250\u202f000\u00a0UI"),
        ("à 8 h 30, 39,2 °C, 71 ans", "à 8\u00a0h\u00a030, 39,2\u00a0°C, 71\u00a0ans"),
        ("le Dr Petit et Mme Dupont", "le Dr\u00a0Petit et Mme\u00a0Dupont"),
        ("l'ECG aujourd'hui", "l’ECG aujourd’hui"),
        ("appelez le 01 44 55 66 77", "appelez le 01\u00a044\u00a055\u00a066\u00a077"),
        ("Dossier n° 47218", "Dossier n°\u00a047218"),
    ],
)
def test_french_spaces_and_apostrophes_are_put_where_a_secretary_puts_them(written: str, expected: str) -> None:
    assert typeset(written) == expected


@pytest.mark.parametrize("written", ["12/03/1954", "145/85", "L4-L5", "1-0-1", "œdème", "10:30", "https://a.fr", "5'"])
def test_dates_pressures_levels_and_ligatures_are_left_alone(written: str) -> None:
    assert typeset(written) == written


@given(TEXTS)
def test_typography_twice_is_typography_once(text: str) -> None:
    assert typeset(typeset(text)) == typeset(text)


@given(TEXTS)
def test_only_spaces_and_apostrophes_ever_change(text: str) -> None:
    def letters(value: str) -> str:
        return value.translate(SPACES).replace("’", "'")

    assert letters(typeset(text)) == letters(text)


@given(TEXTS)
def test_two_numbers_are_never_joined_nor_one_cut(text: str) -> None:
    def numbers(value: str) -> list[str]:
        return "".join(char if char.isdigit() else " " for char in value).split()

    assert numbers(typeset(text)) == numbers(text)


@pytest.mark.parametrize("written", ["Antécédents : HTA ; « rien » à 97 % !", "l'œil, 1 000 mg à 8 h 30, Dr Petit"])
def test_what_was_set_can_be_undone(written: str) -> None:
    assert plain(typeset(written)) == written


def test_what_is_pasted_is_kept_in_one_form():
    assert typed("De\u0301but\u00a0: l’œil\r\n5\u202fmg\x00\tfin\n\n") == "Début : l'œil\n5 mg fin"
