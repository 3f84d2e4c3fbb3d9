import pytest

from vocab.posology import quantities


@pytest.mark.parametrize(
    ("text", "values", "unit", "per"),
    [
        ("1 000 mg", (1000,), "mg", ""),
        ("1\u202f000\u00a0mg", (1000,), "mg", ""),
        ("2,5 mg", (2.5,), "mg", ""),
        (",5 mg", (0.5,), "mg", ""),
        ("1.25 mg", (1.25,), "mg", ""),
        ("de 40 à 80 mg", (40, 80), "mg", ""),
        ("500/125 mg", (500, 125), "mg", ""),
        ("75 microgrammes", (75,), "µg", ""),
        ("75 gammas", (75,), "µg", ""),
        ("5 mg/kg/j", (5,), "mg", "kg"),
        ("1 mg par kilo par jour", (1,), "mg", "kg"),
        ("400 mg/m²", (400,), "mg", "m2"),
        ("0,5 mg/j", (0.5,), "mg", "day"),
        ("4 g par jour", (4,), "g", "day"),
        ("15 mg par semaine", (15,), "mg", "week"),
        ("12 g/dl", (12,), "g", "rate"),
        ("5 mg par heure", (5,), "mg", "rate"),
        ("20 unités", (20,), "unités", ""),
        ("100 000 UI.", (100000,), "unités", ""),
        ("2 millions d'unités", (2e6,), "unités", ""),
        ("30 MUI", (30e6,), "unités", ""),
        ("40 kilos", (40,), "kg", ""),
        ("10 cc", (10,), "ml", ""),
    ],
)
def test_amounts_are_read_as_french_writes_them(text: str, values: tuple[float, ...], unit: str, per: str) -> None:
    (one,) = quantities(text)
    assert (one.values, one.unit, one.per) == (values, unit, per)


@pytest.mark.parametrize(
    "text", ["12/03/1952", "L4-L5", "à 8 h", "3 jours", "grade 2", "TA 12/8", "2 gestes", "5 mois"]
)
def test_other_numbers_are_no_amounts(text: str) -> None:
    assert quantities(text) == ()


def test_an_amount_keeps_its_place() -> None:
    text = "Bisoprolol 2,5 mg, puis 5 mg."
    assert [text[one.start : one.end] for one in quantities(text)] == ["2,5 mg", "5 mg"]
