import pytest

from vocab.lexicon import Lexicon, load
from vocab.suggest import Proposal, pluralised, propose


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def only(text: str, lexicon: Lexicon) -> Proposal:
    (one,) = propose(text, lexicon)
    return one


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Il prend bisoprolole le matin.", "bisoprolol"),
        ("Il prend du par assez tamol.", "paracétamol"),
        ("Sous rivaroque sabant depuis un an.", "rivaroxaban"),
        ("Une écocardiographie est prévue.", "échocardiographie"),
        ("Le canal systique est clippé.", "canal cystique"),
        ("Signes de colécystique et gu.", "cholécystite aiguë"),
        ("Porteur d'une BP CO.", "BPCO"),
        ("Les moglobines gliquées est à 7 %.", "L'hémoglobine glyquée"),
        ("La vesicule est fine.", "vésicule"),
    ],
)
def test_what_is_surely_meant_is_written(text: str, written: str, lexicon: Lexicon) -> None:
    proposal = only(text, lexicon)
    assert (proposal.written, proposal.decision) == (written, "auto")


@pytest.mark.parametrize(
    ("text", "written"),
    [("Votre colosse copie est prévue.", "coloscopie"), ("Sous septriaxone depuis hier.", "ceftriaxone")],
)
def test_what_may_be_meant_is_proposed_and_the_text_is_left(text: str, written: str, lexicon: Lexicon) -> None:
    proposals = propose(text, lexicon, faint=[(0, len(text))])
    assert [(one.written, one.decision) for one in proposals] == [(written, "suggest")]


@pytest.mark.parametrize(
    "text",
    [
        "Il prend de la tinzaparine, de l'oméprazole et de la lidocaïne.",
        "Trachéostomie, gastroplastie, acte peropératoire.",
        "Le patient marche sans aide et sans douleur à droite.",
        "Nodule pulmonaire proximale, lésions unilatérales.",
        "Je vous remercie de votre confiance et vous prie de croire à mes sentiments les meilleurs.",
    ],
)
def test_right_text_is_left_alone(text: str, lexicon: Lexicon) -> None:
    assert [one for one in propose(text, lexicon) if one.decision == "auto"] == []


def test_two_medicines_that_sound_alike_are_never_decided_alone(lexicon: Lexicon) -> None:
    proposals = propose("Introduction de citalopramme 20 mg.", lexicon)
    assert all(one.entry.text in ("citalopram", "escitalopram") for one in proposals)
    for name in ("prednisolone", "prednisone", "oméprazole", "ésoméprazole", "dapagliflozine", "empagliflozine"):
        assert propose(f"Il prend {name} le matin.", lexicon) == ()


def test_names_numbers_sides_and_negations_are_never_touched(lexicon: Lexicon) -> None:
    text = "Monsieur Colécystite n'a pas 12 sans droite."
    assert propose(text, lexicon) == ()
    assert propose("Le colécystite est vu.", lexicon, skip=[(0, 22)]) == ()


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("lésion méniscale", "lésions méniscales"),
        ("canal", "canaux"),
        ("drain de Redon", "drains de Redon"),
        ("vaisseau", "vaisseaux"),
    ],
)
def test_plurals(one: str, many: str) -> None:
    assert pluralised(one) == many
