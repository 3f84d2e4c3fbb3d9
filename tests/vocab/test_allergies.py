import pytest

from vocab.doses import dose_flags
from vocab.lexicon import Lexicon, load
from vocab.words import cut


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def refused(text: str, lexicon: Lexicon) -> list[str]:
    return [flag.text for flag in dose_flags(text, cut(text), lexicon) if flag.kind == "contradiction"]


@pytest.mark.parametrize(
    ("text", "treatment"),
    [
        ("Allergie à la pénicilline. Traitement : Augmentin 1 g trois fois par jour.", "Augmentin"),
        ("Allergie à l'amoxicilline. Sortie sous Clamoxyl 1 g.", "Clamoxyl"),
        ("Allergique aux AINS. On prescrit du kétoprofène 100 mg.", "kétoprofène"),
        ("Antécédents d'allergie à l'aspirine. Kardégic 75 mg.", "Kardégic"),
        ("Allergie aux bêta-lactamines. Ceftriaxone 2 g par jour.", "Ceftriaxone"),
        ("Bactrim 400 mg un jour sur deux. Allergie connue aux sulfamides.", "Bactrim"),
        ("Choc anaphylactique à la ciprofloxacine. Tavanic 500 mg par jour.", "Tavanic"),
    ],
)
def test_a_treatment_that_an_allergy_forbids_must_be_settled(text: str, treatment: str, lexicon: Lexicon) -> None:
    assert refused(text, lexicon) == [treatment]


@pytest.mark.parametrize(
    "text",
    [
        "Pas d'allergie à la pénicilline. Clamoxyl 1 g trois fois par jour.",
        "Aucune allergie connue. Augmentin 1 g.",
        "Allergie à l'amoxicilline. Pyostacine 1 g trois fois par jour.",
        "Allergie à la pénicilline. Éviter l'Augmentin.",
        "Allergie aux sulfamides. Sulfate de magnésium 3 g.",
        "Allergie aux acariens. Aerius 5 mg par jour.",
        "Allergie à la pénicilline. Azithromycine 500 mg par jour.",
    ],
)
def test_another_treatment_a_denied_allergy_and_a_warning_stop_no_one(text: str, lexicon: Lexicon) -> None:
    assert refused(text, lexicon) == []
