import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.letters import compose
from pipeline.letters.boundaries import stretches
from pipeline.reading import coverage
from pipeline.types import Letter
from tests.pipeline.speech import heard, transcript


def texts(said: str) -> list[str]:
    return [" ".join(word.text.strip() for word in one.words) for one in stretches(heard(said))]


@pytest.mark.parametrize(
    "boundary",
    [
        "patient suivant", "patiente suivante.", "Autre patient.", "alors on passe au patient suivant",
        "autre courrier",
        "courrier suivant", "un autre courrier.", "lettre suivante", "dictée suivante,", "Nouveau courrier.",
        "patients suivants", "couriez suivant", "dossier suivant", "deuxième courrier", "compte rendu suivant",
    ],
)  # fmt: skip
def test_a_change_said_between_two_sentences_cuts(boundary: str) -> None:
    said = f"examen normal point à la ligne bien cordialement point {boundary} madame Petit va bien point"
    assert texts(said) == ["examen normal point à la ligne bien cordialement point", "madame Petit va bien point"]


@pytest.mark.parametrize(
    "said",
    [
        "ce patient suivant un traitement par bisoprolol va bien point",
        "je vous adresserai un autre courrier point à la ligne merci",
        "c'est un autre patient de la famille point",
        "dans le courrier suivant je préciserai point",
        "le patient a vu un autre patient suivant son hospitalisation point",
        "patient suivi pour un diabète point nouvelle lettre de liaison adressée point",
        "patiente suivie en cardiologie point",
    ],
)
def test_the_same_words_inside_a_sentence_cut_nothing(said: str) -> None:
    assert len(stretches(heard(said))) == 1


def test_a_change_in_doubt_is_not_cut_but_must_be_settled() -> None:
    (made,) = compose(transcript("Examen normal point il est adressé patient suivant. Madame Petit va bien point"))
    assert any(one.kind == "identity" and one.severity == "block" and "couper" in one.reason for one in made.doubts)


def test_a_change_announced_with_nothing_after_it_makes_no_empty_letter() -> None:
    (made,) = compose(transcript("Patient Durand Paul né le 12 mars 1954. Tout va bien point. Patient suivant."))
    assert "suivant" not in made.text
    assert made.removed[-1].reason == "changement de courrier dicté"


THREE = (
    "Consultation. Patient Durand Paul né le 12 mars 1954. Asthme équilibré point à la ligne. Bien cordialement point."
    " Patient suivant. Consultation. Patiente Petit Anne née le 3 mai 1960. Diabète ancien point à la ligne. Amitiés"
    " point. Courrier suivant. Courrier pour le docteur Morel. Patient Girard Luc né le 8 juin 1971. Goutte aiguë"
    " point."
)


def test_three_patients_make_three_letters_and_nothing_crosses() -> None:
    made = compose(transcript(THREE))
    assert [(one.patient.family_name, one.patient.given_name) for one in made] == [
        ("DURAND", "Paul"), ("PETIT", "Anne"), ("GIRARD", "Luc"),
    ]  # fmt: skip
    for index, own in enumerate(("Asthme", "Diabète", "Goutte")):
        assert [own in one.text for one in made] == [i == index for i in range(3)]
    assert not any(one.severity == "block" for letter in made for one in letter.doubts)


def test_a_second_identity_without_a_change_said_is_not_cut_but_must_be_settled() -> None:
    (made,) = compose(
        transcript("Consultation patient Durand Paul né le 12 mars 1954. Asthme point. Patiente Petit Anne née le 3 mai"
                   " 1960 diabète point.")
    )  # fmt: skip
    assert made.patient.family_name == "DURAND"
    (flag,) = [one for one in made.doubts if "second patient" in one.reason]
    assert (flag.kind, flag.severity, flag.text) == ("identity", "block", "Patiente")


def test_the_same_patient_named_again_is_no_second_patient() -> None:
    (made,) = compose(
        transcript("Consultation patient Durand Paul né le 12 mars 1954. Asthme point. Monsieur Duran Paul né le 12"
                   " mars 1954 va bien point.")
    )  # fmt: skip
    assert not any(one.severity == "block" for one in made.doubts)


FIRST = "Consultation patient Durand Paul né le 12 mars 1954. Asthme point. "


def test_another_letter_for_the_same_patient_keeps_the_patient_and_says_so() -> None:
    second = compose(transcript(FIRST + "Autre courrier pour le même patient. Cher ami, merci point."))[1]
    assert second.patient.family_name == "DURAND"
    assert [(one.kind, one.severity) for one in second.doubts if "Même patient" in one.reason] == [("identity", "look")]


def test_another_letter_keeps_the_patient_only_until_a_person_confirms() -> None:
    second = compose(
        transcript(FIRST + "Autre courrier. Cher ami, virgule, à la ligne. Merci pour monsieur Durand point.")
    )[1]
    assert second.patient.family_name == "DURAND"
    assert any(one.kind == "identity" and one.severity == "block" for one in second.doubts)


@pytest.mark.parametrize("boundary", ["Patient suivant.", "Courrier suivant.", "Autre patient."])
def test_a_next_patient_never_keeps_the_one_before(boundary: str) -> None:
    second = compose(transcript(FIRST + f"{boundary} Cher ami, virgule, à la ligne. Merci de le voir point."))[1]
    assert second.patient.family_name == ""


def test_another_letter_that_names_someone_else_does_not_keep_the_patient() -> None:
    second = compose(
        transcript(FIRST + "Autre courrier. Cher ami, virgule, à la ligne. Merci pour madame Petit point.")
    )[1]
    assert second.patient.family_name == "PETIT"


WORDS = """Patient Durand Paul né le 12 mars 1954. suivant. autre courrier point à la ligne madame Petit Anne née 3 mai
1960 le même patient, fin de dictée Claire tu peux note à la secrétaire urgent suite du courrier docteur lettre
suivante, bonjour"""
SAID = st.sampled_from(WORDS.split())


def stretch(letter: Letter) -> list[tuple[float, float]]:
    return [one.seconds for one in (*letter.spans, *letter.removed)]


@settings(max_examples=150, deadline=None)
@given(st.lists(SAID, max_size=60))
def test_each_letter_stays_in_its_own_stretch_of_the_sound_and_nothing_is_lost(said: list[str]) -> None:
    sound = transcript(" ".join(said))
    made = compose(sound)
    ends = [max((end for _, end in stretch(one)), default=0.0) for one in made]
    starts = [min((start for start, _ in stretch(one)), default=0.0) for one in made]
    for before, after in zip(ends, starts[1:], strict=False):
        assert before <= after + 0.01
    for word in sound.words:
        middle = (word.start + word.end) / 2
        assert any(start - 0.01 <= middle <= end + 0.01 for one in made for start, end in stretch(one)), word
    assert coverage.account(sound, made).unaccounted == ()


UNSAID = (
    "Consultation. Patient Durand Paul né le 12 mars 1954. Asthme équilibré point à la ligne. Bien confraternellement"
    " point. Compte rendu opératoire. Patiente Petit Anne née le 3 mai 1960. Diabète ancien point."
)


def test_a_second_letter_after_a_closing_is_cut_and_the_cut_must_be_settled() -> None:
    first, second = compose(transcript(UNSAID))
    assert (first.patient.family_name, second.patient.family_name) == ("DURAND", "PETIT")
    assert "Diabète" not in first.text
    assert second.text.startswith("Compte rendu opératoire\n\nPatiente : PETIT Anne")
    assert [(one.kind, one.severity) for one in second.doubts if "coupé" in one.reason] == [("identity", "block")]


def test_a_relative_with_a_birth_date_is_no_second_letter() -> None:
    said = (
        "Consultation. Patient Durand Paul né le 12 mars 1954. Son frère monsieur Durand Luc né le 3 mai 1960 est mort."
    )
    (made,) = compose(transcript(said))
    assert any("second patient" in one.reason for one in made.doubts)


@pytest.mark.parametrize(
    "said",
    [
        "Patiente suivie pour un diabète depuis 2010", "Patiente suivie en cardiologie", "Patient suivi. Revu",
        "Nouveau patient à revoir dans un mois", "Autre dossier à suivre",
    ],
)  # fmt: skip
def test_what_is_said_of_any_patient_neither_cuts_nor_is_asked_about(said: str) -> None:
    (made,) = compose(transcript(FIRST + f"{said} point. Suivi point."))
    assert said.split(".")[0] in made.text
    assert not any(one.severity == "block" for one in made.doubts)


def test_a_patient_following_something_is_not_cut() -> None:
    (made,) = compose(transcript(FIRST + "Patient suivant le protocole national point."))
    assert "Patient suivant le protocole national." in made.text


CLOSED = FIRST + "Bien cordialement point. "


def blocks(letter: Letter) -> list[str]:
    return [one.reason for one in letter.doubts if one.severity == "block"]


@pytest.mark.parametrize(
    "said",
    [
        "Compte rendu. Sa fille Dupont Marie née le 3 mai 1980 est prévenue point.",
        "Sa fille Petit Marie née le 3 mai 1980 sera vue point.",
        "Compte rendu de consultation de sa mère madame Petit Anne née le 3 mai 1960 transmis point.",
        "Le conjoint de madame Petit Anne née le 3 mai 1960 est informé point.",
    ],
)
def test_a_relative_named_after_the_closing_is_not_cut_but_must_be_settled(said: str) -> None:
    (made,) = compose(transcript(CLOSED + said))
    assert made.patient.family_name == "DURAND"
    assert any("second patient" in reason for reason in blocks(made))


def test_a_relative_named_first_is_not_the_patient() -> None:
    (made,) = compose(
        transcript("Consultation. Sa mère Durand Marie née le 3 mai 1990 accompagne l'enfant Durand Léo né le 12 mars"
                   " 2020. Otite point.")
    )  # fmt: skip
    assert made.patient.given_name == "Léo"
    assert any("nommé qu'ici" in reason for reason in blocks(made))


def test_twins_are_two_patients() -> None:
    first, second = compose(
        transcript("Consultation. Enfant Durand Léo né le 12 mars 2020. Otite point. Bien cordialement point."
                   " Consultation. Enfant Durand Léa née le 12 mars 2020. Angine point.")
    )  # fmt: skip
    assert (first.patient.given_name, second.patient.given_name) == ("Léo", "Léa")
    assert "Angine" not in first.text
    assert any("coupé" in reason for reason in blocks(second))


@pytest.mark.parametrize("said", ["Consultation. Patiente Petit Anne. Diabète.", "Madame Petit Anne est vue point."])
def test_someone_else_presented_without_a_birth_date_must_be_settled(said: str) -> None:
    (made,) = compose(transcript(CLOSED + said))
    assert any("second patient" in reason for reason in blocks(made))


def test_a_text_closed_before_anyone_is_named_is_not_given_to_who_comes_next_unsaid() -> None:
    (made,) = compose(
        transcript("Asthme équilibré point. Bien cordialement point. Consultation. Patiente Petit Anne née le 3 mai"
                   " 1960. Diabète point.")
    )  # fmt: skip
    assert any("nommé qu'ici" in reason for reason in blocks(made))
    assert made.text.startswith("Asthme équilibré. Bien cordialement.")


def test_the_name_of_one_is_not_put_with_the_birth_date_of_another() -> None:
    (made,) = compose(
        transcript("Consultation. Patient né le 12 mars 1954. Asthme point. Bien cordialement point. Consultation."
                   " Patiente Petit Anne née le 3 mai 1960. Diabète point.")
    )  # fmt: skip
    assert (made.patient.family_name, made.patient.given_name) == ("", "")


@pytest.mark.parametrize("said", ["Patiente Petit Anne née le 3 mai 1960.", "Cher ami, merci pour madame Petit point."])
def test_the_same_patient_said_and_another_named_must_be_settled(said: str) -> None:
    second = compose(transcript(FIRST + f"Autre courrier pour le même patient. {said} Diabète point."))[1]
    assert second.patient.family_name == "PETIT"
    assert any("même patient" in reason for reason in blocks(second))


def test_someone_with_a_name_near_the_patient_s_keeps_theirs() -> None:
    (made,) = compose(
        transcript("Patient Martin Paul né le 12 mars 1954. Madame Marin infirmière passe point. Monsieur Martain va"
                   " bien point.")
    )  # fmt: skip
    assert "Madame Marin " in made.text
    assert "Monsieur Martin " in made.text
