"""Commands of every family, their guards, and what a real recogniser wrote for them."""

import pytest

from pipeline.spoken import read, write
from pipeline.spoken.commands import find
from pipeline.spoken.heard import hear, keys
from pipeline.types import Word
from tests.pipeline.speech import heard
from vocab.tables import made, several, shipped


def text(said: str) -> str:
    return write(heard(said)).text


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Chers confrères virgules à la ligne, je vous adresse ce patient de points à la ligne. Suite point",
         "Chers confrères,\nJe vous adresse ce patient :\nSuite."),
        ("normale.Nouveau paragrafe conclusion de pointe à la ligne image ouvrir la parenthèse à contrôler, fermer "
         "la parenthèse point finale.", "Normale.\n\nConclusion :\nImage (à contrôler)."),
        ("Traitement 2 points à la ligne, tirer fer à la ligne tirés zinc point", "Traitement :\n- fer\n- zinc."),
        ("des selles propres pour un", "Des selles propres."),
        ("un point d'appui point virgule suite", "Un point d'appui ; suite"),
        ("Ouvrez la parenthèse. stable virgule fermez la parenthèse. Trois petits points. Suite virgule fin point",
         "(stable)… Suite, fin."),
        ("normal point nouveau par agresse Suite", "Normal.\n\nSuite"),
        ("normal point 0-paragraph suite point", "Normal.\n\nSuite."),
        ("hématurie macroscopique.alignes. Rachis", "Hématurie macroscopique.\nRachis"),
        ("posé le 9 décembre, pointe. Mastectomie virgule rien point", "Posé le 9 décembre. Mastectomie, rien."),
        ("Bien confraternellement poids.", "Bien confraternellement."),
        ("fer virgule zinc. Point virgule. Fin point", "Fer, zinc ; fin."),
    ],
)  # fmt: skip
def test_what_whisper_writes_for_commands_is_understood(said: str, written: str) -> None:
    assert text(said) == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("est-ce normal point d'interrogation à la ligne oui", "Est-ce normal ?\nOui"),
        ("attention point d'exclamation voilà", "Attention ! Voilà"),
        ("ouvrez crochet note fermez crochet", "[note]"),
        ("amoxicilline slash acide clavulanique", "Amoxicilline/acide clavulanique"),
        ("post trait d'union opératoire", "Post-opératoire"),
        ("Child tiret Pugh", "Child-Pugh"),
        ("Traitement deux points tiret fer tiret zinc point", "Traitement :\n- fer\n- zinc."),
        ("petit a normal à la ligne petit b fracture", "a) normal\nb) fracture"),
        ("la fin point sautez une ligne suite", "La fin.\n\nSuite"),
        ("dit entre guillemets fatigué virgule puis dort point", "Dit « fatigué », puis dort."),
        ("signe plus vu en toutes lettres", "+ vu"),
        ("allergie tabulation aucune", "Allergie aucune"),
    ],
)  # fmt: skip
def test_every_family_of_commands_is_written(said: str, written: str) -> None:
    assert text(said) == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("vu par majuscule dupont point", "Vu par Dupont."),
        ("monsieur dupont en majuscules point", "Monsieur DUPONT."),
        ("tout en majuscules attention allergie fin des majuscules point suite", "ATTENTION ALLERGIE. Suite"),
        ("sous LASIX en minuscules virgule suite", "Sous lasix, suite"),
        ("une minuscule lésion", "Une minuscule lésion"),
    ],
)
def test_capitals_and_small_letters_are_those_that_were_asked(said: str, written: str) -> None:
    assert text(said) == written


@pytest.mark.parametrize(
    "kept",
    [
        "une perte de poids",
        "la carte à puce",
        "un point de suture",
        "le point de Mac Burney",
        "une barre épigastrique",
        "mesuré en trois points de la face",
        "un petit a priori",
        "une parenthèse de calme",
        "il faut une majuscule",
    ],
)
def test_the_same_words_in_a_sentence_are_no_command(kept: str) -> None:
    assert kept in text(f"examen normal virgule {kept} virgule rien d'autre point")


def test_a_pause_after_point_makes_it_a_stop_whatever_follows() -> None:
    said = [("examen", 0.0), ("normal", 0.4), ("point", 0.8), ("de", 2.0), ("bon", 2.2), ("pronostic", 2.5)]
    words = [Word(text=f" {one}", start=at, end=at + 0.2, probability=0.9) for one, at in said]
    assert write(words).text == "Examen normal. De bon pronostic"


def test_what_is_never_closed_is_closed_and_looked_at() -> None:
    page = write(heard("vu ouvrez la parenthèse hier point suite virgule fin point"))
    assert page.text == "Vu (hier). Suite, fin."
    assert [doubt.kind for doubt in page.doubts] == ["writing"]


def test_hesitations_and_false_starts_are_taken_out_and_said() -> None:
    stream = read(heard("le le patient va euh bien nous nous reverrons"))
    assert (
        write(heard("le le patient va euh bien nous nous reverrons")).text == "Le patient va bien nous nous reverrons"
    )
    assert {one.reason for one in stream.removed} == {"hésitation", "faux départ"}
    assert text("deux euh virgule cinq milligrammes") == "2,5 mg"


def test_a_name_spelled_in_the_body_is_written_as_spelled_and_looked_at() -> None:
    page = write(heard("Motif deux points adressé par Durand s'écrit D U R A N T point Merci virgule fin point"))
    assert page.text == "Motif : adressé par Durant. Merci, fin."
    assert [(doubt.text, doubt.suggestions) for doubt in page.doubts] == [("Durant", ("Durand",))]


def test_a_doctor_who_says_the_stops_but_no_comma_keeps_the_recognisers_commas() -> None:
    sentence = "patient fatigué, pâle, sans fièvre ce jour, revu en consultation avec son épouse point "
    assert write(heard(sentence * 4)).text.count(",") == 12


def test_a_long_silence_begins_a_paragraph_when_no_mark_is_dictated() -> None:
    said = [("Examen", 0.0), ("normal.", 0.4), ("Conclusion", 4.0), ("stable.", 4.5)]
    words = [Word(text=f" {one}", start=at, end=at + 0.3, probability=0.9) for one, at in said]
    assert write(words).text == "Examen normal.\n\nConclusion stable."


def test_every_command_of_the_table_can_be_said_alone() -> None:
    rows = list(made(shipped("commands.tsv"), list, needed=3))
    spoken = [form for row in rows for form in several(row[1])]
    assert len(rows) >= 40
    assert len(spoken) >= 150
    for form in spoken:
        pieces = hear((Word(text=form, start=0.0, end=1.0, probability=0.9),)).pieces
        found = find(pieces, 0)
        assert found is not None, form
        assert found.spoken == keys(form), form
