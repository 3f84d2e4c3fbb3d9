"""The shipped tables of medicines: their form, their size, and everyday names of every specialty."""

import re
from collections import Counter
from importlib import resources

import pytest

from vocab.folding import fold
from vocab.lexicon import Lexicon, load
from vocab.limits import limits
from vocab.posology import MILLIGRAMS

_UNITS = {*MILLIGRAMS, "UI", "unités", "mmol", "%", "µl"}


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def rows(name: str) -> list[list[str]]:
    text = resources.files("vocab").joinpath("data", name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


def test_the_table_is_as_large_as_promised() -> None:
    kinds = Counter(row[1] for row in rows("drugs.tsv"))
    assert kinds["substance"] >= 1250
    assert kinds["brand"] >= 650
    assert len(rows("lookalikes.tsv")) >= 90


def test_every_row_has_the_eight_columns_and_no_name_comes_twice() -> None:
    seen: set[str] = set()
    for row in rows("drugs.tsv"):
        assert len(row) == 8, row
        term, kind, substance, strengths, _, weight, _, source = row
        assert kind in ("substance", "brand")
        assert substance
        assert source
        assert weight.isdecimal()
        assert fold(term) not in seen, term
        seen.add(fold(term))
        assert all(re.fullmatch(r"\d+(,\d+)? \S+", one) for one in strengths.split("|") if one), row


def test_strengths_are_positive_and_in_known_units(lexicon: Lexicon) -> None:
    for entry in lexicon.entries:
        if entry.drug:
            assert all(one.value > 0 and one.unit in _UNITS for one in entry.strengths), entry.text


def test_names_are_written_as_they_should_be() -> None:
    for term, kind, *_ in rows("drugs.tsv"):
        if kind == "brand":
            assert term[0].isupper(), term
        assert term == term.strip()
        assert not (len(term) > 5 and term.isupper()), term


def test_lookalikes_are_pairs_of_different_names_once_each() -> None:
    seen = set()
    for one, other, why, source in rows("lookalikes.tsv"):
        assert fold(one) != fold(other)
        assert why
        assert source
        assert frozenset((fold(one), fold(other))) not in seen, (one, other)
        seen.add(frozenset((fold(one), fold(other))))


def test_limits_are_in_order_and_about_known_medicines(lexicon: Lexicon) -> None:
    for name, basis, *_ in rows("limits.tsv"):
        entry = lexicon.find(name)
        assert entry, name
        assert entry.drug, name
        found = limits([name], basis)  # type: ignore[arg-type]
        assert found is not None
        assert 0 < found.least <= found.most


def test_a_strength_sold_is_inside_the_limits_of_its_medicine(lexicon: Lexicon) -> None:
    for name, basis, *_ in rows("limits.tsv"):
        entry = lexicon.find(name)
        assert entry
        if basis != "day" or "injectable" in entry.presentations or not entry.strengths:
            continue
        known = limits([name], "day")
        sold = [one.value * MILLIGRAMS[one.unit] for one in entry.strengths if one.unit in MILLIGRAMS]
        assert known is not None
        assert max(sold) <= known.most * 1.0001, (name, max(sold), known.most)


@pytest.mark.parametrize(
    ("specialty", "names"),
    [
        (
            "cardiologie",
            "bisoprolol Eliquis Xarelto Kardégic furosémide ramipril Entresto Tahor amiodarone ivabradine Leqvio",
        ),
        ("pneumologie", "Ventoline Symbicort Trelegy Spiriva Innovair Ofev Fasenra azithromycine Trimbow Nucala"),
        ("gastro-entérologie", "oméprazole Inexium mésalazine Humira Entyvio Stelara Créon Movicol Tixtar"),
        ("psychiatrie", "escitalopram Seroplex quétiapine Tercian Depakote Abilify lithium clozapine Xeplion Lysanxia"),
        ("neurologie", "lévétiracétam Keppra Modopar Sinemet Lyrica Tysabri Ocrevus Aimovig rasagiline"),
        ("oncologie", "Keytruda Opdivo docétaxel oxaliplatine Tagrisso Ibrance Zytiga trastuzumab Enhertu Lynparza"),
        ("hématologie", "Revlimid imatinib rituximab Imbruvica Venclyxto azacitidine Jakavi Darzalex"),
        ("ophtalmologie", "Eylea Lucentis Xalatan Cosopt Ganfort Azopt Tobradex Ozurdex Vabysmo"),
        ("dermatologie", "isotrétinoïne Dupixent Cosentyx Skyrizi Diprosone Soriatane Protopic Adtralza"),
        ("gynécologie", "Optimizette Mirena Nexplanon Duphaston Utrogestan Leeloo Jaydess Clomid Visanne"),
        ("obstétrique", "Syntocinon Nalador Cytotec Adalate atosiban Rhophylac"),
        ("pédiatrie", "Doliprane Advil Augmentin Zymad Beyfortus Prevenar Infanrix Synagis Bexsero"),
        ("anesthésie", "propofol sufentanil kétamine rocuronium Bridion sévoflurane ropivacaïne Exacyl rémifentanil"),
        (
            "endocrinologie",
            "Levothyrox metformine Lantus Toujeo Novorapid Ozempic Jardiance Trulicity Forxiga Mounjaro",
        ),
        ("rhumatologie", "méthotrexate Prolia Aclasta colchicine fébuxostat Olumiant Rinvoq Enbrel"),
        ("infectiologie", "ceftriaxone Tazocilline Biktarvy Paxlovid Monuril Pyostacine Zelitrex vancomycine"),
        ("urologie", "Xatral tamsulosine Vesicare Betmiga Firmagon Casodex Cialis"),
        ("néphrologie", "Aranesp Kayexalate Renvela tacrolimus Cellcept Mimpara Lokelma"),
        ("imagerie", "Iomeron Xenetix Dotarem Gadovist Omnipaque Visipaque"),
        ("orl", "Tanganil bétahistine Avamys Nasonex Solupred Oflocet"),
        ("vaccins", "Gardasil Shingrix Boostrixtetra Priorix Havrix Vaxigrip Comirnaty"),
    ],
)
def test_what_each_specialty_dictates_every_week_is_there(specialty: str, names: str, lexicon: Lexicon) -> None:
    missing = [name for name in names.split() if not ((entry := lexicon.find(name)) and entry.drug)]
    assert not missing, specialty


def test_nothing_that_is_no_medicine_was_left() -> None:
    rubbish = {"abeille", "dactyle", "poudre", "teinture", "serotype", "fragments", "concentrat", "disulfure", "sticta"}
    assert not rubbish & {fold(row[0]) for row in rows("drugs.tsv")}


def test_brands_that_french_does_not_read_as_written_say_how_they_are_said() -> None:
    said = {row[0]: row[6] for row in rows("drugs.tsv")}
    assert all(said[name] for name in ("Xarelto", "Keytruda", "Cerazette", "Levemir", "vitamine D"))
