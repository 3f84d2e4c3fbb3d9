from dataclasses import replace
from datetime import date

import pytest

from archive import patients
from archive.records import Patient
from pipeline import agenda, matching
from pipeline.agenda import Appointment
from pipeline.letters.doubts import CUT_UNSAID, SAME_SUPPOSED
from pipeline.matching import Outcome
from pipeline.practice import Practice
from pipeline.recognition import recognised
from pipeline.types import Block, CheckedText, Identity, Letter, Span
from tests.fakes import People
from vocab.flag import Flag

DAY = date(2026, 11, 21)
BORN = date(1968, 7, 22)


def add(practice: Practice, family: str, given: str, born: date | None = BORN) -> Patient:
    with practice.begin() as connection:
        return patients.add(connection, family_name=family, given_name=given, birth_date=born, actor="test", apart=True)


def expect(practice: Practice, doctor: str | None, family: str, given: str, born: date | None = None) -> None:
    with practice.begin() as connection:
        due = agenda.expected(connection, doctor, DAY)
        one = Appointment(day=DAY, family_name=family, given_name=given, birth_date=born, doctor=doctor or "")
        agenda.keep(connection, [*due, one])


def outcome(practice: Practice, spoken: Identity, *, doctor: str | None = None) -> Outcome:
    with practice.look() as connection:
        found = matching.matches(connection, spoken, doctor=doctor, day=DAY)
        return matching.outcome(found, spoken)


def identity(family: str = "LEFÈVRE", given: str = "Martine", born: date | None = BORN) -> Identity:
    return Identity(family_name=family, given_name=given, birth_date=born, confidence=0.9)


def test_name_by_ear_and_full_birth_date_recognise_a_patient(practice: Practice):
    known = add(practice, "Lefebvre", "Martine")
    add(practice, "Garnier", "Paul")
    assert outcome(practice, identity()).chosen == outcome(practice, identity("LEFEBVRE")).chosen
    assert outcome(practice, identity()).chosen.patient == known.id


def test_another_year_of_birth_proposes_and_chooses_nobody(practice: Practice):
    known = add(practice, "Moreau", "Philippe", date(1981, 2, 3))
    found = outcome(practice, identity("MOREAU", "Philippe", date(1999, 2, 3)))
    assert found.chosen is None
    assert (found.proposed.patient, found.proposed.birth) == (known.id, "year")


def test_another_birth_date_is_another_person(practice: Practice):
    add(practice, "Moreau", "Philippe", date(1981, 2, 3))
    assert outcome(practice, identity("MOREAU", "Philippe", date(1955, 8, 9))) == Outcome()


@pytest.mark.parametrize("given", ["Paul", "Paule"])
def test_homonyms_are_never_chosen(practice: Practice, given: str):
    add(practice, "Martin", "Paul")
    add(practice, "Martin", given)
    found = outcome(practice, identity("MARTIN", "Paul"))
    assert (found.chosen, found.proposed) == (None, None)
    assert len(found.rivals) == 2


def test_a_name_alone_is_looked_for_among_those_expected(practice: Practice, people: People):
    add(practice, "Dupont", "Jean", date(1954, 3, 12))
    add(practice, "Dupont", "Lucie", date(1990, 1, 1))
    partial = Identity(family_name="DUPONT", confidence=0.3)
    assert outcome(practice, partial, doctor=people.lambert.doctor).rivals
    expect(practice, people.lambert.doctor, "DUPONT", "Jean", date(1954, 3, 12))
    found = outcome(practice, partial, doctor=people.lambert.doctor)
    assert (found.chosen, found.proposed.given_name, found.proposed.expected) == (None, "Jean", True)
    assert outcome(practice, partial, doctor=people.garnier.doctor).rivals


def test_two_of_the_same_name_expected_the_same_day_are_rivals(practice: Practice, people: People):
    expect(practice, people.lambert.doctor, "DUPONT", "Jean", date(1954, 3, 12))
    expect(practice, people.lambert.doctor, "DUPOND", "Lucie", date(1990, 1, 1))
    found = outcome(practice, Identity(family_name="DUPONT", confidence=0.3), doctor=people.lambert.doctor)
    assert len(found.rivals) == 2


def test_a_birth_date_alone_proposes_who_was_born_then(practice: Practice):
    known = add(practice, "Moreau", "Philippe", date(1981, 2, 3))
    found = outcome(practice, Identity(birth_date=date(1981, 2, 3), confidence=0.2))
    assert found.proposed.patient == known.id


def test_someone_of_the_agenda_only_is_proposed_and_never_chosen(practice: Practice, people: People):
    expect(practice, people.lambert.doctor, "BENALI", "Samira", date(1975, 6, 17))
    found = outcome(practice, identity("BENALICE", "Amira", date(1975, 6, 17)), doctor=people.lambert.doctor)
    assert (found.chosen, found.proposed.patient, found.proposed.family_name) == (None, None, "BENALI")


# --- what becomes of the letter ---------------------------------------------------------------------------------------

TITLE = "Consultation\n\n"
BODY = "\n\nHTA équilibrée, ramipril 5 mg le matin."


def checked(spoken: Identity) -> CheckedText:
    line = f"Patiente : {spoken.family_name} {spoken.given_name}, née le {spoken.birth_date:%d/%m/%Y}"
    text = TITLE + line + BODY
    name = text.index(spoken.family_name)
    end = len(TITLE + line)
    dose = text.index("5 mg")
    letter = Letter(
        text=text, patient=spoken,
        blocks=(Block(role="identity", start=len(TITLE), end=end), Block(role="body", start=end + 2, end=len(text))),
        spans=(
            Span(start=name, end=end, seconds=(1.0, 3.0), probability=0.9),
            Span(start=dose, end=dose + 4, seconds=(8.0, 9.0), probability=0.9),
        ),
    )  # fmt: skip
    flags = (
        Flag(start=name, end=end, kind="identity", text=text[name:end], reason="Vérifiez."),
        Flag(start=dose, end=dose + 4, kind="dose", text="5 mg", reason="Réécoutez.", severity="block"),
    )
    return CheckedText(letter=letter, flags=flags)


def known(practice: Practice, one: CheckedText, doctor: str | None = None) -> CheckedText:
    with practice.look() as connection:
        return recognised(connection, one, doctor=doctor, day=DAY)


def test_a_recognised_patient_is_written_as_the_register_has_them_and_all_else_follows(practice: Practice):
    add(practice, "Lefebvre", "Martine")
    made = known(practice, checked(identity()))
    assert "Patiente : LEFEBVRE Martine, née le 22/07/1968" in made.text
    assert made.letter.patient.confidence == matching.CERTAIN
    flag, dose = made.flags
    assert (flag.severity, flag.text, flag.suggestions) == (
        "hint", "LEFEBVRE Martine, née le 22/07/1968", ("LEFÈVRE Martine, née le 22/07/1968",),
    )  # fmt: skip
    assert (dose.text, made.text[dose.start : dose.end]) == ("5 mg", "5 mg")
    assert [made.text[one.start : one.end] for one in made.letter.spans][1] == "5 mg"
    assert made.text[made.letter.blocks[1].start :].startswith("HTA")


def test_a_proposed_patient_with_another_year_must_be_settled(practice: Practice):
    add(practice, "Lefèvre", "Martine", date(1986, 7, 22))
    made = known(practice, checked(identity()))
    (flag,) = [one for one in made.flags if one.kind == "identity"]
    assert flag.severity == "block"
    assert "22/07/1986" in flag.text
    assert "LEFÈVRE Martine, née le 22/07/1968" in flag.suggestions
    assert made.letter.patient.confidence < matching.CERTAIN


def test_homonyms_change_nothing_in_the_text_and_must_be_settled(practice: Practice):
    add(practice, "Lefèvre", "Martine")
    add(practice, "Lefebvre", "Martine")
    made = known(practice, checked(identity()))
    assert made.text == checked(identity()).text
    (flag,) = [one for one in made.flags if one.kind == "identity"]
    assert (flag.severity, "Plusieurs personnes" in flag.reason) == ("block", True)
    assert "LEFEBVRE Martine, née le 22/07/1968" in flag.suggestions


def test_a_letter_of_someone_nobody_knows_is_left_as_it_is(practice: Practice):
    add(practice, "Garnier", "Paul")
    one = checked(identity())
    assert known(practice, one) is one


def test_a_name_said_in_passing_names_who_is_expected_to_be_confirmed(practice: Practice, people: People):
    expect(practice, people.lambert.doctor, "DUPONT", "Jeanne", date(1954, 3, 12))
    letter = Letter(
        text="Madame Dupont, la hanche d'hier.", blocks=(Block(role="body", start=0, end=32),),
        spans=(Span(start=0, end=13, seconds=(0.0, 1.0), probability=0.9),),
        patient=Identity(family_name="DUPONT", confidence=0.3),
    )  # fmt: skip
    made = known(practice, CheckedText(letter=letter, flags=()), people.lambert.doctor)
    (flag,) = made.flags
    assert (made.text, flag.severity) == (letter.text, "block")
    assert "DUPONT Jeanne, 12/03/1954" in flag.reason
    assert made.letter.patient.birth_date == date(1954, 3, 12)


def test_someone_of_the_same_name_born_that_day_of_another_year_is_a_rival(practice: Practice):
    add(practice, "Martin", "Paul", date(1954, 3, 12))
    add(practice, "Martin", "Paul", date(1984, 3, 12))
    found = outcome(practice, identity("MARTIN", "Paul", date(1984, 3, 12)))
    assert (found.chosen, len(found.rivals)) == (None, 2)


def test_a_name_that_is_only_near_is_written_otherwise_only_until_a_person_confirms(practice: Practice):
    add(practice, "Durand", "Léo", date(2020, 3, 12))
    made = known(practice, checked(identity("DURAND", "Léa", date(2020, 3, 12))))
    (flag,) = [one for one in made.flags if one.kind == "identity"]
    assert (flag.severity, flag.suggestions) == ("block", ("DURAND Léa, née le 12/03/2020",))


def test_a_patient_taken_from_the_letter_before_is_never_linked(practice: Practice):
    add(practice, "Lefèvre", "Martine")
    text = "Cher ami,\n\nMerci de la voir."
    supposed = Flag(start=0, end=9, kind="identity", text=text[:9], reason=SAME_SUPPOSED, severity="block")
    letter = Letter(
        text=text, blocks=(Block(role="greeting", start=0, end=9),), patient=replace(identity(), confidence=0.5),
        spans=(Span(start=0, end=9, seconds=(0.0, 1.0), probability=0.9),),
    )  # fmt: skip
    made = known(practice, CheckedText(letter=letter, flags=(supposed,)))
    assert supposed in made.flags
    assert made.letter.patient.confidence < matching.CERTAIN


def test_recognising_somebody_does_not_settle_a_cut(practice: Practice):
    add(practice, "Lefèvre", "Martine")
    one = checked(identity())
    cut = Flag(
        start=one.flags[0].start, end=one.flags[0].end, kind="identity", text="", reason=CUT_UNSAID, severity="block"
    )
    made = known(practice, replace(one, flags=(cut, *one.flags)))
    assert [flag.severity for flag in made.flags if flag.reason == CUT_UNSAID] == ["block"]
