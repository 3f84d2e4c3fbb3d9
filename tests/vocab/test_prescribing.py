import pytest

from vocab.doses import dose_flags
from vocab.flag import Flag
from vocab.lexicon import Lexicon, load
from vocab.words import cut


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def flags(text: str, lexicon: Lexicon) -> list[Flag]:
    return list(dose_flags(text, cut(text), lexicon))


@pytest.mark.parametrize(
    ("text", "place", "better", "severity"),
    [
        ("Lantus 20 UI le soir.", "20 UI", "20 unités", "look"),
        ("Lantus 20 U le soir.", "20 U", "20 unités", "look"),
        ("Uvedose 100 000 UI.", "100 000 UI", "100 000 unités", "hint"),
        ("Bisoprolol 5,0 mg.", "5,0 mg", "5 mg", "hint"),
        ("Risperdal ,5 mg.", ",5 mg", "0,5 mg", "look"),
        ("Bisoprolol 2.5 mg.", "2.5 mg", "2,5 mg", "hint"),
        ("Uvedose 100000 unités.", "100000 unités", "100 000 unités", "hint"),
        ("Levothyrox 75 µg.", "75 µg", "75 microgrammes", "hint"),
        ("Levothyrox 75 gammas.", "75 gammas", "75 microgrammes", "look"),
        ("Lasilix 4 cc.", "4 cc", "4 ml", "hint"),
        ("Paracétamol 1 g TID.", "TID", "trois fois par jour", "look"),
    ],
)
def test_dangerous_writings_are_marked_with_the_safe_one(
    text: str, place: str, better: str, severity: str, lexicon: Lexicon
) -> None:
    found = [one for one in flags(text, lexicon) if one.text == place and one.suggestions]
    assert [(one.suggestions[0].replace("\u00a0", " "), one.severity) for one in found] == [(better, severity)]


@pytest.mark.parametrize(
    "text",
    ["Méthotrexate 15 mg par jour.", "Méthotrexate 15 mg.", "Novatrex 10 mg le matin.", "Imeth 10 mg, tous les jours."],
)
def test_methotrexate_that_is_not_weekly_must_be_settled(text: str, lexicon: Lexicon) -> None:
    assert any(flag.severity == "block" for flag in flags(text, lexicon))


@pytest.mark.parametrize(
    "text",
    [
        "Méthotrexate 15 mg par semaine.",
        "Méthotrexate 15 mg le lundi, acide folique 10 mg le mercredi.",
        "Méthotrexate 15 mg/semaine.",
        "Patient sous méthotrexate depuis 2018.",
        "Méthotrexate 3 000 mg/m² à J1.",
    ],
)
def test_weekly_methotrexate_stops_no_one(text: str, lexicon: Lexicon) -> None:
    assert [flag for flag in flags(text, lexicon) if flag.severity != "hint"] == []


def test_a_medicine_by_its_initials_with_a_dose(lexicon: Lexicon) -> None:
    found = {
        one.text: one for one in flags("MTX 15 mg par semaine. CBZ 200 mg.", lexicon) if one.kind == "abbreviation"
    }
    assert (found["MTX"].severity, found["MTX"].suggestions) == ("block", ("méthotrexate",))
    assert found["CBZ"].severity == "look"
    assert not [one for one in flags("MTX en cours.", lexicon) if one.kind == "abbreviation"]


def test_insulin_without_its_unit_is_looked_at(lexicon: Lexicon) -> None:
    (flag,) = [one for one in flags("Lantus 20 le soir.", lexicon) if one.severity == "look"]
    assert flag.suggestions == ("20 unités",)


@pytest.mark.parametrize("text", ["Morphine 10 mg.", "Eliquis 5 mg.", "Mediator 150 mg."])
def test_a_missing_form_a_missing_rhythm_and_a_withdrawn_medicine_are_only_marked(text: str, lexicon: Lexicon) -> None:
    found = flags(text, lexicon)
    assert found
    assert {one.severity for one in found} == {"hint"}
