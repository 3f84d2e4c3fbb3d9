"""What the figures count: wrong facts that no stop warns of, commands left over, effort, and sums over sums."""

from dataclasses import replace
from datetime import date

import pytest

from bench import corpus, residue
from bench.corpus import Dictation
from bench.facts import Facts
from bench.score import Written, pooled, score
from pipeline.types import Identity
from vocab.flag import Flag, Severity

REFERENCE = "Le patient prend bisoprolol 2,5 mg le matin et apixaban 5 mg deux fois par jour. Pas de fracture."
FACTS = Facts(
    doses=("2,5 mg", "5 mg"),
    terms=("bisoprolol", "apixaban"),
    negations=("pas de fracture",),
    must_not=("ramipril 5 mg", "virgule"),
    patient=Identity(family_name="LEFÈVRE", given_name="Martine", birth_date=date(1968, 7, 22)),
)
WRONG = REFERENCE.replace("2,5 mg", "25 mg").replace("apixaban", "apixabon")


def flag(words: str, *, severity: Severity = "look", text: str = WRONG) -> Flag:
    start = text.index(words)
    return Flag(start=start, end=start + len(words), kind="dose", text=words, reason="…", severity=severity)


def test_the_reference_scores_everything():
    one = score(Written(text=REFERENCE, patient=FACTS.patient), REFERENCE, FACTS)
    assert (one.facts.right, one.facts.of) == (4, 4)
    assert (one.negations.right, one.left.right, one.patient.right, one.edits, one.unflagged) == (1, 0, 3, 0, ())


def test_wrong_facts_are_named_when_nothing_warns_of_them():
    one = score(Written(text=WRONG), REFERENCE, FACTS)
    assert (one.facts.right, one.terms.right) == (2, 1)
    assert one.unflagged == ("2,5 mg", "apixaban")


@pytest.mark.parametrize("words", ["25 mg", "bisoprolol", "le matin"])
def test_a_stop_on_the_wrong_fact_or_beside_it_warns(words: str):
    assert score(Written(text=WRONG, flags=(flag(words),)), REFERENCE, FACTS).unflagged == ("apixaban",)


def test_a_stop_elsewhere_or_a_mere_hint_does_not_warn():
    elsewhere, hint = flag("fracture"), flag("25 mg", severity="hint")
    one = score(Written(text=WRONG, flags=(elsewhere, hint)), REFERENCE, FACTS)
    assert one.unflagged == ("2,5 mg", "apixaban")
    assert one.flags == 1


def test_a_fact_that_was_lost_is_looked_for_where_it_should_have_been():
    text = REFERENCE.replace(" apixaban 5 mg", "")
    there, far = flag("deux fois", text=text), flag("patient", text=text)
    assert score(Written(text=text, flags=(there,)), REFERENCE, FACTS).unflagged == ()
    assert score(Written(text=text, flags=(far,)), REFERENCE, FACTS).unflagged == ("5 mg", "apixaban")


def test_the_same_fact_twice_has_two_places():
    reference, facts = "prednisone 40 mg puis, plus tard, furosémide 40 mg.", Facts(doses=("40 mg", "40 mg"))
    text = "prednisone 4 g puis, plus tard, furosémide 4 g."
    one = score(Written(text=text, flags=(flag("prednisone 4 g", text=text),)), reference, facts)
    assert one.unflagged == ("40 mg",)


def test_a_lost_negation_is_a_wrong_fact():
    text = REFERENCE.replace("Pas de fracture", "Fracture")
    assert score(Written(text=text), REFERENCE, FACTS).unflagged == ("pas de fracture",)


def test_commands_and_values_taken_back_are_left_over():
    one = score(Written(text=REFERENCE + " virgule ramipril 5 mg"), REFERENCE, FACTS)
    assert (one.left.right, one.left.of) == (2, 2)


def test_the_patient_is_compared_without_accents_but_with_the_whole_date():
    found = Identity(family_name="Lefevre", given_name="martine", birth_date=date(1968, 7, 23))
    assert score(Written(text="", patient=found), REFERENCE, FACTS).patient.right == 2
    assert score(Written(text=""), REFERENCE, FACTS).patient.right == 0


def test_what_is_wrong_is_listed_with_what_stands_there_and_what_was_heard():
    written = Written(text=WRONG, heard="bisoprolol vingt-cinq mg le matin et apix à bon 5 mg", flags=(flag("25 mg"),))
    dose, term = residue.residues(written, REFERENCE, FACTS)
    assert (dose.category, dose.fact, dose.warned) == ("doses", "2,5 mg", True)
    assert "25 mg" in dose.written
    assert "vingt" in dose.heard
    assert (term.fact, term.warned) == ("apixaban", False)
    assert "apixabon" in term.written
    assert "apix à bon" in term.heard
    lines = list(residue.lines("essai", replace(written, text=WRONG + " virgule"), REFERENCE, FACTS))
    assert [line.split()[0] for line in lines] == ["essai"] * 3
    assert "UNFLAGGED" in lines[1]
    assert lines[2].endswith("virgule")


def test_effort_counts_characters():
    assert score(Written(text="abcd"), "abXd!", Facts()).edits == 2


def test_figures_are_sums_over_sums():
    short = score(Written(text="abcd", seconds=1, audio_seconds=1), "abXd", Facts(doses=("1 mg",)))
    long = score(Written(text="x" * 96 + " 2 mg", seconds=2, audio_seconds=11), "x" * 96, Facts(doses=("2 mg",) * 2))
    figures = pooled([short, long])
    assert (figures.files, figures.facts, figures.unflagged_wrong) == (2, 0.333, 0.667)
    assert (figures.effort, figures.seconds, figures.flags_per_100) == (0.06, 0.25, 0.0)


def test_nothing_to_find_is_no_division():
    assert pooled([score(Written(text="rien"), "rien", Facts())]).facts == 0.0


@pytest.mark.parametrize("dictation", corpus.load(corpus.BUNDLED), ids=lambda one: one.name)
def test_gold_text_scores_a_hundred_percent(dictation: Dictation):
    gold = Written(text=dictation.written, patient=dictation.facts.patient)
    figures = pooled([score(gold, dictation.written, dictation.facts)])
    assert (figures.facts, figures.terms, figures.patient) == (1.0, 1.0, 1.0)
    assert (figures.unflagged_wrong, figures.effort, figures.left_over) == (0.0, 0.0, 0.0)
    spoilt = replace(gold, text=dictation.written.translate(str.maketrans("0123456789", "1234567890")))
    assert pooled([score(spoilt, dictation.written, dictation.facts)]).facts < 1.0
