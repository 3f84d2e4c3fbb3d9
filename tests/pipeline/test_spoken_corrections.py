"""What a doctor takes back, in every way of saying it."""

import pytest

from pipeline.spoken import read, write
from pipeline.spoken.corrections import REASON
from tests.pipeline.speech import heard


@pytest.mark.parametrize(
    ("said", "written", "gone"),
    [
        ("gauche, non, droite point fin point", "Droite. Fin.", "gauche"),
        ("insuline 18 non pardon 20 unités le soir point", "Insuline 20 unités le soir.", "18"),
        ("tension 12 8 pardon 13 8 point", "Tension 13/8.", "12 8"),
        ("arrêt de l'aspirine virgule pardon virgule du clopidogrel point", "Arrêt du clopidogrel.", "aspirine"),
        ("Pantoprazole 20 mg le matin non pardon ésoméprazole 40 mg le matin point",
         "Ésoméprazole 40 mg le matin.", "Pantoprazole"),
        ("à droite non à gauche point", "À gauche.", "droite"),
        ("le soir non pardon le matin point", "Le matin.", "soir"),
        ("revu le 12 mars pardon le 13 mars point", "Revu le 13 mars.", "12 mars"),
        ("rendez-vous à 8 h 30 non 9 h 30 point", "Rendez-vous à 9 h 30.", "8 h 30"),
        ("trois comprimés je voulais dire deux comprimés point", "2 comprimés.", "trois"),
        ("kyste de 12 mm excusez-moi 15 mm de diamètre point", "Kyste de 15 mm de diamètre.", "12 mm"),
        ("genou droit ou plutôt genou gauche point", "Genou gauche.", "droit"),
        ("pendant dix jours je corrige pendant sept jours point", "Pendant 7 jours.", "dix jours"),
        ("sertraline cent milligrammes annulez cinquante milligrammes point", "Sertraline 50 mg.", "cent"),
        ("deux cents sur six microgrammes non rectification quatre cents sur douze microgrammes point",
         "400/12 µg.", "deux cents"),
        ("nodule de quatre non correction de six millimètres point", "Nodule de 6 mm.", "quatre"),
        ("dexaméthasone 8 mg, non pardon, 10 mg point", "Dexaméthasone 10 mg.", "8 mg"),
        ("étanercept 25 mg non 50 mg par semaine point", "Étanercept 50 mg par semaine.", "25 mg"),
        ("paracétamol 500 mg matin et soir point au lieu de 500 mg mettez 1000 mg point",
         "Paracétamol 1 000 mg matin et soir.", "500 mg"),
    ],
)  # fmt: skip
def test_a_correction_is_applied_recorded_and_looked_at(said: str, written: str, gone: str) -> None:
    stream, page = read(heard(said)), write(heard(said))
    assert page.text == written
    assert any(one.reason == REASON and gone in one.text for one in stream.removed)
    doubts = [doubt for doubt in page.doubts if doubt.kind == "contradiction"]
    assert doubts
    assert all(len(doubt.suggestions) == 2 for doubt in doubts)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("examen normal point effacez la dernière phrase point examen anormal point", "Examen anormal."),
        ("le patient va bien efface le dernier mot mal point", "Le patient va mal."),
        ("examen normal efface ça point suite point", "Suite."),
        ("fin virgule examen normal annule ça", "Fin"),
    ],
)
def test_an_order_to_erase_takes_what_it_names(said: str, written: str) -> None:
    assert write(heard(said)).text == written
    assert any(one.reason == REASON for one in read(heard(said)).removed)


@pytest.mark.parametrize(
    "said",
    [
        "je reprends le traitement par aspirine",
        "je corrige l'anémie par du fer",
        "correction chirurgicale de la scoliose",
        "non fumeur",
        "tabac non sevré 10 paquets",
        "il ne faut pas effacer les plis",
        "plutôt bien supporté",
        "je remplace le ramipril par le losartan",
        "un enfant qui n'a plus mal enfin calme",
    ],
)
def test_the_same_words_in_a_sentence_take_nothing_back(said: str) -> None:
    page = write(heard(f"examen normal virgule {said} virgule rien d'autre point"))
    assert said in page.text
    assert not page.doubts


def test_what_is_to_be_replaced_and_was_not_said_blocks() -> None:
    page = write(heard("paracétamol 500 mg point au lieu de 300 mg mettez 400 mg point"))
    assert "500 mg" in page.text
    assert [doubt.severity for doubt in page.doubts] == ["block"]
