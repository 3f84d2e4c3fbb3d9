import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.spoken import read, write
from pipeline.spoken.corrections import REASON
from pipeline.types import Word
from tests.pipeline.speech import heard


def text(said: str) -> str:
    return write(heard(said)).text


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("abdomen souple virgule indolore point à la ligne examen normal point",
         "Abdomen souple, indolore.\nExamen normal."),
        ("normal, point, nouveau paragrafe. Au total, virgule, tout va bien point",
         "Normal.\n\nAu total, tout va bien."),
        ("normal point nouveau par agraf. Conclusion point", "Normal.\n\nConclusion."),
        ("normal point nouveau para grave Je revois le patient point", "Normal.\n\nJe revois le patient."),
        ("Technique de point, sans injection, point.", "Technique : sans injection."),
        ("Motif 2 points chute point", "Motif : chute."),
        ("Résultats deux points à la ligne Fissure point", "Résultats :\nFissure."),
        ("Intervention 2.6 cholécystectomie point à la ligne fin point", "Intervention : cholécystectomie.\nFin."),
        ("vu virgules normal poing à l'aligne suite point", "Vu, normal.\nSuite."),
        ("clips ouvrez la parenthèse deux de chaque côté fermez la parenthèse puis section point",
         "Clips (deux de chaque côté) puis section."),
        ("Traitement deux points à la ligne tirez fer à la ligne tiret zinc point", "Traitement :\n- fer\n- zinc."),
        ("propre virgule calme pour un nouveau paragraphe suite point", "Propre, calme.\n\nSuite."),
        ("âgé de vingt-trois point, IMC à vingt-deux points, pas de fièvre point",
         "Âgé de 23. IMC à 22. Pas de fièvre."),
        ("IMC à 29 points, tension normale virgule voilà point", "IMC à 29. Tension normale, voilà."),
    ],
)  # fmt: skip
def test_spoken_commands_become_marks_however_they_are_misspelt(said: str, written: str) -> None:
    assert text(said) == written


@pytest.mark.parametrize(
    "kept",
    [
        "le point d'appui est stable",
        "une mise au point est prévue",
        "deux points de suture",
        "un point douloureux",
        "la ligne médiane est respectée",
        "col effacé à 80 %",
        "il faut tirer sur le drain",
        "correction chirurgicale de la scoliose",
    ],
)
def test_the_same_words_are_not_commands_in_a_sentence(kept: str) -> None:
    written = text(f"examen normal virgule {kept} virgule rien d'autre point")
    assert kept in written


def test_the_recognisers_punctuation_is_kept_when_the_doctor_dictates_none() -> None:
    assert text("Abdomen souple, indolore. Pas de fièvre.") == "Abdomen souple, indolore. Pas de fièvre."


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("bisoprolol deux virgule cinq milligrammes", "Bisoprolol 2,5 mg"),
        ("bisoprolol 2 virgule 5mg le matin", "Bisoprolol 2,5 mg le matin"),
        ("tension artérielle cent quarante-cinq sur quatre-vingt-cinq", "Tension artérielle 145/85"),
        ("tension douze huit", "Tension 12/8"),
        ("température trente-neuf deux", "Température 39,2 °C"),
        ("température 392", "Température 39,2 °C"),
        ("ramipril un zéro un", "Ramipril 1-0-1"),
        ("CRP à 180mg par litre", "CRP à 180 mg/l"),
        ("créatinine à quatre-vingt-dix micromoles par litre", "Créatinine à 90 µmol/l"),
        ("fréquence cardiaque 72 par minute", "Fréquence cardiaque 72/min"),
        ("taille un mètre 70", "Taille 1,70 m"),
        ("saturation 89% en air ambiant", "Saturation 89 % en air ambiant"),
        ("metformine 4.000mg", "Metformine 4 000 mg"),
        ("revu le cinq novembre à 8h30", "Revu le 5 novembre à 8 h 30"),
        ("né le douze mars mille neuf cent cinquante-quatre", "Né le 12 mars 1954"),
        ("toutes les huit heures", "Toutes les 8 heures"),
        ("âgé de 60 et 11 ans", "Âgé de 71 ans"),
        ("sortie à J 12", "Sortie à J12"),
        ("hernie en L quatre L cinq", "Hernie en L4-L5"),
        ("grade trois", "Grade 3"),
        ("contactez le secrétariat au zéro un 44 55 66 77", "Contactez le secrétariat au 01 44 55 66 77"),
        ("paracétamol 1 gramme six douleurs", "Paracétamol 1 g si douleur"),
        ("douleur cotée trois sur dix", "Douleur cotée 3/10"),
    ],
)  # fmt: skip
def test_typed_grammars_write_what_was_said(said: str, written: str) -> None:
    assert text(said) == written


def test_a_dose_is_never_built_from_the_number_of_times_a_day() -> None:
    written = write(heard("paracétamol 1,3 fois par jour"))
    assert "1,3 fois" in written.text
    assert any(doubt.severity == "block" for doubt in written.doubts)


@pytest.mark.parametrize(
    ("said", "written", "gone"),
    [
        ("ramipril 5mg, non pardon, correction. Ramipril 10mg le soir point voilà virgule bien point",
         "Ramipril 10 mg le soir. Voilà, bien.", "5 mg"),
        ("arrêt de 7 jours, virgule, correction, de 5 jours, point, sortie point",
         "Arrêt de 5 jours. Sortie.", "7 jours"),
        ("kyste de 23 mm de grand axe virgule non rectification 28 mm point voilà point",
         "Kyste de 28 mm de grand axe. Voilà.", "23 mm"),
        ("insuline 18 unités, honnons annulés, 20 unités le soir, point, merci point",
         "Insuline 20 unités le soir. Merci.", "18 unités"),
        ("fer point Pantoprazole 20mg virgules, et facez, ésoméprazole 40mg le matin point",
         "Fer. Ésoméprazole 40 mg le matin.", "20 mg"),
        ("genou gauche, non pardon, droit, point, bilan point", "Genou droit. Bilan.", "gauche"),
    ],
)  # fmt: skip
def test_a_correction_replaces_the_smallest_right_stretch_and_is_looked_at(said: str, written: str, gone: str) -> None:
    stream, page = read(heard(said)), write(heard(said))
    assert page.text == written
    assert any(one.reason == REASON and gone in one.text for one in stream.removed)
    assert any(doubt.kind == "contradiction" for doubt in page.doubts)


def test_a_correction_whose_object_is_unclear_keeps_both_and_must_be_settled() -> None:
    page = write(heard("le patient marche bien, non rectification, aucune boiterie point fin point"))
    assert "marche bien" in page.text
    assert "aucune boiterie" in page.text
    assert [doubt.severity for doubt in page.doubts if doubt.kind == "contradiction"] == ["block"]


def test_phantom_sentences_and_loops_are_taken_out_and_said() -> None:
    stream = read(heard("examen normal Sous-titres réalisés par la communauté d'Amara.org bonne tolérance"))
    assert "amara" not in write(heard("examen normal Sous-titres réalisés par la communauté d'Amara.org")).text.lower()
    assert any("inventée" in one.reason for one in stream.removed)
    looped = write(heard("le patient va " + "très bien " * 9))
    assert looped.text.lower().count("très bien") == 1
    assert looped.doubts[0].severity == "block"


def test_every_written_stretch_keeps_the_sound_it_came_from() -> None:
    words = heard("bisoprolol deux virgule cinq milligrammes le matin point", faint=("virgule",))
    page = write(words)
    dose = next(span for span in page.spans if page.text[span.start : span.end] == "2,5 mg")
    assert dose.seconds == pytest.approx((words[1].start, words[4].end), abs=0.01)
    assert dose.probability == 0.2


_WORDS = st.sampled_from(
    [
        "un",
        "deux",
        "zéro",
        "cent",
        "mille",
        "virgule",
        "point",
        "points",
        "à",
        "la",
        "ligne",
        "nouveau",
        "paragraphe",
        "ouvrez",
        "fermez",
        "parenthèse",
        "tiret",
        "non",
        "pardon",
        "correction",
        "annulez",
        "effacez",
        "mg",
        "milligrammes",
        "par",
        "litre",
        "sur",
        "heures",
        "né",
        "le",
        "mars",
        "12",
        "2,5",
        "1.000",
        "39",
        "J",
        "T",
        "1954",
        "patient",
        "Dupont",
        "L'",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(_WORDS, st.text(max_size=8)), max_size=30))
def test_writing_never_fails_and_its_offsets_are_inside_the_text_and_in_order(said: list[str]) -> None:
    words = [Word(text=f" {one}", start=i * 0.3, end=i * 0.3 + 0.2, probability=0.9) for i, one in enumerate(said)]
    page = write(words)
    ends = [(span.start, span.end) for span in page.spans]
    assert all(0 <= start < end <= len(page.text) for start, end in ends)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(ends))
    assert all(0 <= doubt.start <= doubt.end <= len(page.text) for doubt in page.doubts)
    assert all(page.text[doubt.start : doubt.end] == doubt.text for doubt in page.doubts)


_COUNTED = st.sampled_from(
    ["17", "48", "305", "2019", "7", "mg", "litres", "virgule", "point", "avec", "de", "sur", "non", "correction", "né"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_COUNTED, max_size=20))
def test_no_digits_are_ever_lost_in_silence(said: list[str]) -> None:
    words = heard(" ".join(said))
    stream, page = read(words), write(words)
    kept = re.sub(r"\D", "", page.text + "".join(one.text for one in stream.removed))
    for number in (one for one in said if one.isdigit()):
        assert number in kept
