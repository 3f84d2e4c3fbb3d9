"""What makes a fact found: form does not matter, a digit, a side, a negation and a drug's spelling do."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import corpus
from bench.facts import CATEGORIES, Category, Facts, left_over, load, missing


def absent(text: str, **facts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(fact for lost in missing(Facts(**facts), text).values() for fact in lost)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["bisoprolol 2,5 mg le matin", "2.5mg", "deux virgule cinq milligrammes", "bisoprolol 2 virgule 5 milligramme"],
)
def test_a_dose_is_found_in_any_form(text: str):
    assert absent(text, doses=("2,5 mg",)) == ()


@pytest.mark.parametrize("text", ["25 mg", "2,6 mg", "2,5 g", "12,5 mg", "2 et 5 mg", "2,5 puis mg", ""])
def test_a_dose_with_another_digit_or_unit_is_not_found(text: str):
    assert absent(text, doses=("2,5 mg",)) == ("2,5 mg",)


def test_a_number_of_the_text_serves_one_fact_only():
    assert absent("prednisone 40 mg", doses=("40 mg", "40 mg")) == ("40 mg",)
    assert absent("prednisone 40 mg, furosémide 40 mg", doses=("40 mg", "40 mg")) == ()
    assert absent("pendant 3 jours", doses=("3 jours",), numbers=("trois jours",)) == ("trois jours",)


def test_the_longest_fact_takes_its_number_first():
    assert absent("1 g trois fois par jour", doses=("1 g", "1 g trois fois par jour")) == ("1 g",)


def test_the_words_around_a_number_may_be_misspelt_but_not_missing():
    assert absent("deux comprimé par jour", doses=("deux comprimés par jour",)) == ()
    assert absent("férritine à 8", numbers=("ferritine à 8",)) == ()
    assert absent("8", numbers=("ferritine à 8",)) == ("ferritine à 8",)


def test_a_unit_or_a_side_is_never_merely_alike():
    assert absent("90 mmol/l", numbers=("90 µmol/l",)) == ("90 µmol/l",)
    assert absent("la cheville gauchie", laterality=("cheville gauche",)) == ("cheville gauche",)


def test_a_temperature_may_lose_its_comma():
    assert absent("à 39 2", numbers=("39,2",)) == ()
    assert absent("à 392", numbers=("39,2",)) == ("39,2",)


def test_a_telephone_number_is_found_by_its_digits():
    assert absent("appelez le 01-44 55 66 77.", numbers=("01 44 55 66 77",)) == ()
    assert absent("appelez le 01 44 55 66 78", numbers=("01 44 55 66 77",)) == ("01 44 55 66 77",)


def test_a_side_is_exact_and_near_its_organ():
    assert absent("entorse sévère de la cheville gauche", laterality=("entorse de la cheville gauche",)) == ()
    assert absent("entorse de la cheville droite", laterality=("entorse de la cheville gauche",)) != ()
    assert absent("base pulmonaire droite", laterality=("base droite",)) == ()
    assert absent("base gauche puis droite", laterality=("base droite",)) != ()
    assert absent("base sans foyer droite", laterality=("base droite",)) != ()
    assert absent("base un deux trois droite", laterality=("base droite",)) != ()


def test_a_side_listed_twice_must_be_there_twice():
    assert absent("genou droit", laterality=("genou droit", "genou droit")) == ("genou droit",)
    assert absent("genou droit, genou droit", laterality=("genou droit", "genou droit")) == ()


def test_a_negation_must_be_there_and_touch_its_object():
    assert absent("absence de fracture", negations=("pas de fracture",)) == ()
    assert absent("pas de fractur", negations=("pas de fracture",)) == ()
    assert absent("fracture", negations=("pas de fracture",)) != ()
    assert absent("pas encore de fracture", negations=("pas de fracture",)) != ()
    assert absent("pas de facture", negations=("pas de fistule",)) != ()


def test_a_misspelt_drug_is_not_found():
    assert absent("APIXABAN", terms=("apixaban",)) == ()
    assert absent("apixabon", terms=("apixaban",)) == ("apixaban",)
    assert absent("B P C O", terms=("BPCO",)) == ()


def test_what_must_not_stay_is_seen():
    facts = Facts(must_not=("ramipril 5 mg", "non pardon", "virgule"))
    assert left_over(facts, "ramipril cinq milligrammes, non pardon") == ("ramipril 5 mg", "non pardon")
    assert left_over(facts, "ramipril 10 mg") == ()
    assert left_over(facts, "Paul virgule Martin") == ("virgule",)


def test_the_patient_is_read_from_the_reference():
    patient = load(corpus.BUNDLED / "06_courrier_diabetologie.facts.json").patient
    assert (patient.family_name, patient.given_name, patient.birth_date) == ("NGUYEN", "Van Minh", date(1962, 1, 1))


def references() -> list[Path]:
    return sorted([*corpus.BUNDLED.glob("*.written.txt"), *corpus.BUNDLED.glob("*.spoken.txt")])


@pytest.mark.parametrize("file", references(), ids=lambda file: file.name)
def test_the_reference_itself_holds_every_fact(file: Path):
    """Written with digits or spoken in words: the references score 100 %."""
    facts = load(file.with_name(file.name.split(".")[0] + ".facts.json"))
    text = file.read_text(encoding="utf-8")
    assert missing(facts, text) == dict.fromkeys(CATEGORIES, ())
    if ".written." in file.name:
        assert left_over(facts, text) == ()


def test_there_are_nine_references_written_and_spoken():
    assert len(references()) == 18


drugs = st.sampled_from(["bisoprolol", "apixaban", "ramipril", "metformine", "furosémide"])
amounts = st.integers(1, 9_999).map(lambda tenths: f"{tenths / 10:g}".replace(".", ","))
units = st.sampled_from([("mg", "milligrammes"), ("g", "grammes"), ("ml", "millilitres"), ("UI", "unités")])
lines = st.lists(st.tuples(drugs, amounts, units), min_size=1, max_size=6)


@given(lines)
def test_any_prescription_holds_its_own_doses_short_or_long(prescription: list[tuple[str, str, tuple[str, str]]]):
    doses = tuple(f"{amount} {unit[0]}" for _, amount, unit in prescription)
    terms = tuple(drug for drug, _, _ in prescription)
    short = ", ".join(f"{drug} {amount} {unit[0]}" for drug, amount, unit in prescription)
    long = "\n".join(f"- {drug.upper()} : {amount.replace(',', '.')} {unit[1]}." for drug, amount, unit in prescription)
    assert absent(short, doses=doses, terms=terms) == ()
    assert absent(long, doses=doses, terms=terms) == ()


@given(lines, st.data())
def test_one_changed_dose_is_one_dose_missing(
    prescription: list[tuple[str, str, tuple[str, str]]], data: st.DataObject
):
    doses = [f"{amount} {unit[0]}" for _, amount, unit in prescription]
    at = data.draw(st.integers(0, len(doses) - 1))
    changed = [*doses[:at], "77777 kg", *doses[at + 1 :]]
    text = ", ".join(f"{drug} {dose}" for (drug, _, _), dose in zip(prescription, changed, strict=True))
    lost: dict[Category, tuple[str, ...]] = missing(Facts(doses=tuple(doses)), text)
    assert lost["doses"] == (doses[at],)
