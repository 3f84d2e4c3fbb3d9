"""What must never change without a word: a dose, a side, a negation, a day, in sentences as doctors dictate them."""

import pytest

from pipeline.spoken import Written, write
from tests.fakes import recited
from tests.pipeline.speech import heard


def page(said: str) -> Written:
    return write(heard(said))


@pytest.mark.parametrize(
    "said",
    [
        "Col postérieur long non effacé fermé.",
        "Ligament non effacé, non rompu.",
        "Pli cutané s'efface à la pression.",
        "La manœuvre annule le souffle.",
        "Il s'agit d'une erreur de prescription de digoxine.",
        "Patient suivi pour une erreur innée du métabolisme.",
        "Il demande pardon à sa femme.",
        "Fracture du radius et non cubitus.",
        "Âge réel six mois âge corrigé quatre mois.",
    ],
)
def test_words_of_a_sentence_erase_nothing(said: str) -> None:
    assert page(said).text == said
    assert not page(said).doubts


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("QT 420 ms QT corrigé 460 ms point", "QT 420 ms QT corrigé 460 ms."),
        ("poids mesuré 52 kg poids corrigé 48 kg point", "Poids mesuré 52 kg poids corrigé 48 kg."),
        ("dent vingt-six et non trente-six point", "Dent 26 et non 36."),
        ("tension à 14/8 au cabinet plutôt 12/7 à domicile point", "Tension à 14/8 au cabinet plutôt 12/7 à domicile."),
    ],
)  # fmt: skip
def test_two_measures_side_by_side_both_stay(said: str, written: str) -> None:
    assert page(said).text == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("pas d'allergie non correction allergie à la pénicilline point",
         "Pas d'allergie, allergie à la pénicilline."),
        ("pas de fièvre virgule pardon virgule fièvre à trente-neuf point", "Pas de fièvre, fièvre à 39 °C."),
        ("la douleur est à droite, non à gauche point", "La douleur est à droite, non à gauche."),
    ],
)  # fmt: skip
def test_a_correction_never_turns_a_negation_or_a_side_over(said: str, written: str) -> None:
    found = page(said)
    assert found.text == written
    assert [doubt.severity for doubt in found.doubts] == ["block"]


@pytest.mark.parametrize(
    ("said", "written", "gone"),
    [
        ("sérologie VIH négative effacez positive point", "Sérologie VIH positive.", "négative"),
        ("sans fracture pardon avec fracture du radius point", "Avec fracture du radius.", "sans"),
    ],
)
def test_opposites_replace_each_other_and_are_looked_at(said: str, written: str, gone: str) -> None:
    found = page(said)
    assert found.text == written
    assert gone in " ".join(found.doubts[0].suggestions)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("metformine mille un zéro un point", "Metformine 1 000 1-0-1."),
        ("lasilix quarante un zéro zéro point", "Lasilix 40 1-0-0."),
        ("depakine cinq cents deux zéro deux point", "Depakine 500 2-0-2."),
        ("doliprane mille un comprimé trois fois par jour point", "Doliprane 1 000 un comprimé trois fois par jour."),
        ("tramadol cinquante un comprimé matin et soir point", "Tramadol 50 un comprimé matin et soir."),
        ("amoxicilline cinq cents deux gélules point", "Amoxicilline 500 2 gélules."),
        ("keppra mille deux fois par jour point", "Keppra 1 000 deux fois par jour."),
        ("tahor quarante un le soir point", "Tahor 40 un le soir."),
        ("cordarone deux cents cinq jours sur sept point", "Cordarone 200 5 jours sur sept."),
        ("seresta cinquante un quart le soir point", "Seresta 50 un quart le soir."),
        ("kétamine zéro virgule un à zéro virgule deux milligramme par kilo point", "Kétamine 0,1 à 0,2 mg/kg."),
        ("paracétamol deux fois cinq cents milligrammes point", "Paracétamol deux fois 500 mg."),
        ("il a quarante et un ans point", "Il a 41 ans."),
        ("mille deux cents milligrammes par jour point", "1 200 mg par jour."),
        ("vingt et une séances point", "21 séances."),
    ],
)
def test_a_strength_and_what_is_taken_are_two_numbers(said: str, written: str) -> None:
    assert page(said).text == written


@pytest.mark.parametrize(
    ("said", "severity"),
    [
        ("furosémide quarante deux comprimés le matin point", "block"),
        ("furosémide 42 fois par jour point", "block"),
        ("insuline rapide huit 18 unités point", "look"),
    ],
)
def test_a_dose_that_may_be_two_numbers_is_doubted(said: str, severity: str) -> None:
    assert [doubt.severity for doubt in page(said).doubts] == [severity]


@pytest.mark.parametrize(
    ("said", "written", "doubted"),
    [
        ("Mallampati deux point intubation facile point", "Mallampati deux. Intubation facile.", True),
        ("gestité trois parité deux point", "Gestité trois parité deux.", True),
        ("lactates deux point à la ligne suite point", "Lactates deux.\nSuite.", True),
        ("CRP deux points cent douze point", "CRP : 112.", False),
        ("TSH deux points normale point", "TSH : normale.", False),
        ("conclusion deux points à la ligne normal point", "Conclusion :\nNormal.", False),
    ],
)
def test_a_two_before_a_full_stop_is_no_colon(said: str, written: str, doubted: bool) -> None:
    found = page(said)
    assert found.text == written
    assert bool(found.doubts) is doubted


@pytest.mark.parametrize(
    ("said", "written", "severity"),
    [
        ("dernières règles le trente-deux mars point", "Dernières règles le 32 mars.", ["block"]),
        ("consultation du quinze treize deux mille vingt-six point", "Consultation du 15/13/2026.", ["block"]),
        ("née le douze zéro trois mille neuf cent cinquante-quatre point", "Née le 12 mars 1954.", []),
        ("née le zéro trois zéro quatre mille neuf cent soixante-deux point", "Née le 3 avril 1962.", []),
    ],
)
def test_a_day_is_a_day_or_must_be_settled(said: str, written: str, severity: list[str]) -> None:
    found = page(said)
    assert found.text == written
    assert [doubt.severity for doubt in found.doubts] == severity


def test_a_pressure_may_be_named_after_its_numbers() -> None:
    assert page("il a douze huit de tension point").text == "Il a 12/8 de tension."


def test_the_figure_after_the_first_zero_of_a_telephone_stands_alone() -> None:
    assert page("téléphone zéro quatre vingt et un onze onze onze point").text == "Téléphone 04 21 11 11 11."


def test_an_order_to_erase_heard_as_a_participle_takes_back_a_medicine_and_its_dose() -> None:
    said = recited("pantoprazole, 20 mg, virgule, effacé, ésoméprazole, 40 mg, le matin, point à la ligne.").words
    text = write(said).text
    assert "pantoprazole" not in text.lower()
    assert "ésoméprazole 40 mg le matin" in text.lower()
    assert "effacé à 80 %" in write(recited("col court, virgule, effacé, à 80 %, point.").words).text
