import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocab.check import check
from vocab.flag import Flag
from vocab.lexicon import Lexicon, load


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def of(kind: str, text: str, lexicon: Lexicon) -> list[Flag]:
    return [flag for flag in check(text, lexicon) if flag.kind == kind]


@pytest.mark.parametrize(
    "text",
    [
        "Bisoprolol 200 mg le matin.",
        "Furosémide 40 kg le matin.",
        "Lévothyroxine 75 mg à jeun.",
        "Apixaban 50 mg matin et soir.",
    ],
)
def test_a_dose_that_no_strength_makes_must_be_settled(text: str, lexicon: Lexicon) -> None:
    (flag,) = of("dose", text, lexicon)
    assert flag.severity == "block"


@pytest.mark.parametrize(
    "text",
    [
        "Bisoprolol 2,5 mg le matin.",
        "Furosémide 80 mg le matin.",
        "Lévothyroxine 75 µg à jeun.",
        "Paracétamol 1 g matin et soir.",
        "Amoxicilline/acide clavulanique 1 g trois fois par jour.",
        "Metformine 1 000 mg matin et soir.",
        "CRP à 180 mg/l.",
        "Aspirine 100 mg par jour.",
    ],
)
def test_a_usual_dose_is_not_a_stop(text: str, lexicon: Lexicon) -> None:
    assert [flag for flag in of("dose", text, lexicon) if flag.severity == "block"] == []


def test_a_dose_after_no_known_medicine_is_looked_at(lexicon: Lexicon) -> None:
    (flag,) = of("dose", "Traitement habituel : 5 mg le matin.", lexicon)
    assert flag.text == "5 mg"


def test_methotrexate_without_its_week_must_be_settled(lexicon: Lexicon) -> None:
    assert of("dose", "Méthotrexate 15 mg par jour.", lexicon)[0].severity == "block"
    assert of("dose", "Méthotrexate 15 mg par semaine.", lexicon) == []


def test_unknown_words_are_flagged_and_names_are_not(lexicon: Lexicon) -> None:
    flags = of("unknown-word", "Le zorglub de Monsieur Grzybowskiak est normal.", lexicon)
    assert [flag.text for flag in flags] == ["zorglub"]


def test_abbreviations_ambiguous_dangerous_or_unlisted(lexicon: Lexicon) -> None:
    flags = {flag.text: flag for flag in of("abbreviation", "IRC connue. MTX en cours. XQZ normal. HTA.", lexicon)}
    assert set(flags) == {"IRC", "MTX", "XQZ"}
    assert (flags["IRC"].severity, flags["MTX"].severity, flags["XQZ"].severity) == ("hint", "look", "look")


def test_a_misheard_negation_and_two_sides_of_one_organ(lexicon: Lexicon) -> None:
    assert of("negation", "Examen normal, par de fièvre.", lexicon)[0].suggestions == ("pas de",)
    assert len(of("laterality", "Douleur du genou droit. Le genou gauche est opéré.", lexicon)) == 1
    assert of("laterality", "Douleur du genou droit. Genou droit opéré.", lexicon) == []


def test_lookalikes_are_marked_with_their_twins(lexicon: Lexicon) -> None:
    (flag,) = of("lookalike", "Prednisone 20 mg.", lexicon)
    assert "prednisolone" in flag.suggestions


def test_the_spacy_component_says_the_same(lexicon: Lexicon) -> None:
    import spacy

    import vocab.component  # noqa: F401

    nlp = spacy.blank("fr")
    nlp.add_pipe("copiste_vocabulary")
    text = "Bisoprolol 200 mg le matin."
    assert nlp(text)._.flags == check(text, lexicon)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_can_be_checked_and_every_flag_is_where_it_says(text: str) -> None:
    for flag in check(text, _KEPT):
        assert text[flag.start : flag.end] == flag.text


_KEPT = load()


@pytest.mark.parametrize(
    "text",
    ["Arrêt du glazide.", "Introduction de la dapaglizine 10 mg.", "Relais par héparinax.", "Allergie à l'amoxilide."],
)
def test_a_medicine_that_was_not_understood_must_be_settled(text: str, lexicon: Lexicon) -> None:
    assert any(flag.severity == "block" for flag in check(text, lexicon))


@pytest.mark.parametrize("text", ["Arrêt du tabac.", "Sous contrôle de la vue.", "Allergie à la pénicilline."])
def test_everyday_words_are_not_taken_for_medicines(text: str, lexicon: Lexicon) -> None:
    assert check(text, lexicon) == ()


def test_a_dose_after_a_medicine_that_was_not_understood_is_flagged_once(lexicon: Lexicon) -> None:
    found = [flag for flag in check("Arrêt du zorglubax 50 mg.", lexicon) if flag.severity != "hint"]
    assert [(flag.text, flag.severity) for flag in found] == [("zorglubax", "block")]


def test_the_medicine_that_ends_the_name_of_an_act_keeps_its_dose(lexicon: Lexicon) -> None:
    assert of("dose", "Instillation de mitomycine 40 mg.", lexicon) == []
    assert of("dose", "Instillation de mitomycine 4000 mg.", lexicon)[0].severity == "block"


def test_letters_that_are_no_treatment_where_one_is_named_are_looked_at() -> None:
    lexicon = load()
    assert [(one.text, one.severity) for one in check("Pas de prise d'INS ce mois.", lexicon)] == [("INS", "look")]
    assert not [one for one in check("Pas de prise d'AINS, mis sous AVK.", lexicon) if one.severity != "hint"]
    assert not [one for one in check("Prise en charge à domicile, prise de sang.", lexicon) if one.severity != "hint"]
