import pytest

from vocab.units import alike, dangerous, find, units


def test_there_are_units_of_every_kind_and_none_twice() -> None:
    assert len(units()) >= 90
    assert len({one.symbol for one in units()}) == len(units())
    assert {"mass", "volume", "length", "amount", "activity", "pressure", "temperature", "time", "count", "dose",
            "concentration", "flow", "radiation"} <= {one.kind for one in units()}  # fmt: skip
    assert all(one.ucum and one.spoken for one in units())


@pytest.mark.parametrize(
    ("said", "symbol"),
    [
        ("milligrammes", "mg"), ("Milligramme", "mg"), ("microgrammes", "µg"), ("millilitres", "ml"),
        ("centimètres cubes", "ml"), ("millimètres de mercure", "mmHg"), ("battements par minute", "bpm"),
        ("grammes par décilitre", "g/dl"), ("milligrammes par kilo et par jour", "mg/kg/j"), ("degrés", "°C"),
        ("litres par minute", "l/min"), ("pour cent", "%"), ("paquets-années", "paquet-année"), ("mg/l", "mg/l"),
        ("micromoles par litre", "µmol/l"), ("unités Hounsfield", "UH"), ("semaines d'aménorrhée", "SA"),
        ("millilitres par minute pour 1,73 mètre carré", "ml/min/1,73 m²"),
    ],
)  # fmt: skip
def test_a_unit_is_found_as_it_is_said_or_written(said: str, symbol: str) -> None:
    unit = find(said)
    assert unit is not None
    assert unit.symbol == symbol


def test_two_units_joined_by_par_make_one_that_no_table_holds() -> None:
    unit = find("microgrammes par kilo et par heure")
    assert unit is not None
    assert (unit.symbol, unit.ucum) == ("µg/kg/h", "ug/kg/h")
    assert find("comprimés par jour") is None
    assert find("zorglub par jour") is None


def test_a_sign_keeps_its_case_because_case_is_a_factor_of_a_billion() -> None:
    assert find("mg") is not None
    assert find("Mg") is None
    assert find("MG") is None


def test_degrees_may_be_of_temperature_or_of_angle() -> None:
    assert [one.kind for one in alike("degrés")] == ["temperature", "angle"]


def test_words_agree_with_their_number_and_signs_do_not() -> None:
    tablet, milligram, unit = find("comprimé"), find("mg"), find("unités")
    assert tablet is not None
    assert milligram is not None
    assert unit is not None
    assert (tablet.written(many=True), tablet.written(many=False)) == ("comprimés", "comprimé")
    assert milligram.written(many=True) == "mg"
    assert unit.written(many=True) == "unités"


@pytest.mark.parametrize(("writing", "symbol"), [("cc", "ml"), ("U", "unité"), ("mcg", "µg"), ("γ", "µg"), ("gr", "g")])
def test_dangerous_writings_lead_to_the_safe_one(writing: str, symbol: str) -> None:
    unit = dangerous(writing)
    assert unit is not None
    assert unit.symbol == symbol
