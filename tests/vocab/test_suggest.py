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
        ("Votre colosse copie est prévue.", "coloscopie"),
        ("Pas de pneumo thorax.", "pneumothorax"),
        ("Une infection de la crosse inflamatoire.", "inflammatoire"),
        ("Porteur d'une BP CO.", "BPCO"),
        ("Les moglobines gliquées est à 7 %.", "L'hémoglobine glyquée"),
        ("La vesicule est fine.", "vésicule"),
    ],
)
def test_what_is_surely_meant_is_written(text: str, written: str, lexicon: Lexicon) -> None:
    (proposal,) = propose(text, lexicon, faint=[(0, len(text))] if "colosse" in text else ())
    assert (proposal.written, proposal.decision) == (written, "auto")


@pytest.mark.parametrize(
    ("text", "written"),
    [("Sous septriaxone depuis hier.", "ceftriaxone"), ("Une asme sévère.", "asthme")],
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
        "Urétérocèle, dacryo-cysto-rhinostomie, intervention extraarticulaire, fistule vésicovaginale.",
        "Prothèse scapulohumérale, emphysème centro-lobulaire, méningite aigüe, berges contigües.",
        "Il modifie le traitement, je prescris un antalgique, baisses d'acuité visuelle.",
        "Lit équipé, zone fracturée, injection intralésionnelle.",
        "Dans le cadre d'un shunt [portosystémique], la coquille reste en place.",
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


def test_a_medicine_that_another_resembles_by_ear_or_by_letters_is_only_proposed(lexicon: Lexicon) -> None:
    for heard, meant in (("quiniine", "quinidine"), ("ankeliq", "Angeliq"), ("azils artan", "azilsartan")):
        for one in propose(f"Il prend {heard} le matin.", lexicon):
            assert one.decision == "suggest" or one.entry.text == meant


def test_a_side_a_figure_or_a_negation_is_never_brought_by_the_search(lexicon: Lexicon) -> None:
    proposals = propose("L'état est sont particularités, d'entir à revoir.", lexicon, faint=[(0, 40)])
    for one in proposals:
        assert one.decision == "suggest"


def test_opposite_words_are_both_proposed(lexicon: Lexicon) -> None:
    (one,) = propose("On note une iptension.", lexicon)
    assert one.decision == "suggest"
    assert {one.written, *one.others} >= {"hypotension", "hypertension"}


def test_the_number_and_the_gender_that_were_heard_are_kept(lexicon: Lexicon) -> None:
    assert only("La lésion est pariettale.", lexicon).written == "pariétale"
    assert only("Des trocards sont posés.", lexicon).written == "trocarts"
    assert only("Contrendu de consultations.", lexicon).written == "Compte rendu de consultation"


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
