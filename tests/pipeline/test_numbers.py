import pytest

from pipeline.spoken.heard import hear
from pipeline.spoken.numbers import grouped, number
from pipeline.spoken.numerals import integer
from tests.pipeline.speech import heard


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("zero", 0), ("seize", 16), ("dix sept", 17), ("vingt et un", 21), ("soixante et onze", 71), ("60 et 11", 71),
        ("soixante dix neuf", 79), ("quatre vingt", 80), ("quatre vingt quinze", 95), ("quatre vingt dix neuf", 99),
        ("septante deux", 72),
         ("nonante", 90), ("cent", 100), ("deux cent cinq", 205), ("mille neuf cent cinquante quatre", 1954),
        ("deux mille vingt six", 2026), ("2 mille 26", 2026), ("quarante sept mille deux cent dix huit", 47218),
    ],
)  # fmt: skip
def test_french_numerals_are_read_whole(said: str, value: int) -> None:
    keys = said.split()
    assert integer(keys) == (value, len(keys))


@pytest.mark.parametrize("said", ["bonjour", "virgule", ""])
def test_what_is_not_a_number_is_none(said: str) -> None:
    assert integer(said.split()) is None


def test_two_numbers_in_a_row_stay_two() -> None:
    assert integer(["douze", "huit"]) == (12, 1)


def test_a_point_between_thousands_is_a_separator_and_elsewhere_a_doubt() -> None:
    thousands = number(hear(heard("4.000")).pieces, 0)
    doubtful = number(hear(heard("2.6")).pieces, 0)
    assert thousands is not None
    assert (thousands.text, thousands.doubt) == ("4000", None)
    assert doubtful is not None
    assert (doubtful.text, doubtful.doubt is not None) == ("2,6", True)


def test_thousands_are_written_apart() -> None:
    assert [grouped(one) for one in ("850", "1000", "47218", "1000,5")] == ["850", "1 000", "47 218", "1 000,5"]
