"""Doses judged: what must stop a person, and what must not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocab.doses import dose_flags, drugs
from vocab.flag import Flag
from vocab.lexicon import Lexicon, load
from vocab.words import cut

_KEPT = load()


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return _KEPT


def flags(text: str, lexicon: Lexicon) -> list[Flag]:
    return list(dose_flags(text, cut(text), lexicon))


def stops(text: str, lexicon: Lexicon) -> list[Flag]:
    return [flag for flag in flags(text, lexicon) if flag.severity != "hint"]


_RIGHT = (
    "Bisoprolol 2,5 mg le matin, ramipril 5 mg le soir, atorvastatine 40 mg le soir, Kardégic 75 mg à midi.",
    "Eliquis 5 mg matin et soir, à poursuivre au long cours.",
    "Furosémide 40 mg le matin, majoré à 80 mg en cas de prise de poids de 2 kg en 3 jours.",
    "Entresto 49/51 mg matin et soir, dapagliflozine 10 mg, spironolactone 25 mg, bisoprolol 7,5 mg.",
    "Amiodarone 200 mg par jour, 5 jours sur 7, puis 100 mg par jour.",
    "Relais par Previscan 20 mg, trois quarts de comprimé le soir, INR cible entre 2 et 3.",
    "Innohep 14 000 unités par jour en sous-cutané, puis Xarelto 15 mg matin et soir pendant 21 jours, "
    "puis 20 mg par jour.",
    "Lovenox 7 000 unités matin et soir, soit 0,7 ml, pour un poids de 70 kg.",
    "Symbicort 400/12 microgrammes, une bouffée matin et soir, Ventoline 100 microgrammes à la demande.",
    "Trelegy une inhalation par jour. Prednisone 40 mg par jour pendant 5 jours.",
    "Azithromycine 250 mg un jour sur deux.",
    "Aérosols de Bricanyl 5 mg et d'Atrovent 0,5 mg trois fois par jour, oxygène 2 l/min.",
    "Metformine 1 000 mg matin et soir, Lantus 24 unités le soir, Novorapid 8 unités avant chaque repas.",
    "Ozempic 0,5 mg par semaine en sous-cutané, gliclazide 60 mg LP le matin, Jardiance 10 mg.",
    "Lévothyroxine 87,5 microgrammes par jour, contrôle de la TSH dans 6 semaines.",
    "Escitalopram 10 mg le matin, mirtazapine 15 mg au coucher, alprazolam 0,25 mg trois fois par jour si besoin.",
    "Quétiapine LP 300 mg le soir, Depakote 500 mg matin et soir, Téralithe 400 mg, "
    "deux comprimés le soir, lithiémie à 0,7 mmol/l.",
    "Clozapine 350 mg par jour en deux prises, Xeplion 100 mg par mois en intramusculaire.",
    "Lévétiracétam 750 mg matin et soir, lamotrigine 150 mg matin et soir, Rivotril 5 gouttes le soir.",
    "Modopar 125 mg, un comprimé à 8 h, 12 h, 16 h et 20 h. Sifrol LP 1,05 mg le matin.",
    "Méthotrexate 15 mg par semaine, le lundi, acide folique 10 mg le mercredi.",
    "Humira 40 mg tous les 14 jours en sous-cutané, prednisone 7,5 mg par jour.",
    "Colchicine 1 mg matin et soir le premier jour, puis 1 mg par jour, allopurinol 200 mg.",
    "Paracétamol 1 g toutes les 6 heures, tramadol LP 100 mg matin et soir, "
    "kétoprofène 100 mg deux fois par jour, oméprazole 20 mg.",
    "Skenan LP 30 mg matin et soir, Actiskenan 10 mg en interdoses, Movicol 2 sachets par jour.",
    "Amoxicilline 80 mg/kg/jour en trois prises pendant 10 jours, soit 400 mg trois fois par jour pour 15 kg.",
    "Doliprane 15 mg/kg toutes les 6 heures, soit une dose de 12 kg.",
    "Augmentin 1 g/125 mg trois fois par jour pendant 7 jours.",
    "Ceftriaxone 2 g par jour en intraveineux, gentamicine 5 mg/kg en une dose, créatinine à 95 µmol/l.",
    "Monuril 3 g en dose unique. Ofloxacine 200 mg matin et soir pendant 14 jours.",
    "Tamsulosine LP 0,4 mg le soir, dutastéride 0,5 mg, Vesicare 5 mg.",
    "Tacrolimus 3 mg matin et soir, taux résiduel à 7 µg/l, mycophénolate mofétil 1 g matin et soir.",
    "Xalatan une goutte le soir dans les deux yeux, Cosopt une goutte matin et soir, Diamox 250 mg un demi-comprimé.",
    "Injection intravitréenne d'Eylea 2 mg/0,05 ml de l'œil droit.",
    "FOLFOX : oxaliplatine 85 mg/m², acide folinique 400 mg/m², "
    "5-fluorouracile 400 mg/m² en bolus puis 2 400 mg/m² sur 46 heures.",
    "Docétaxel 75 mg/m² toutes les trois semaines, trastuzumab 8 mg/kg puis 6 mg/kg, létrozole 2,5 mg par jour.",
    "Pembrolizumab 200 mg toutes les 3 semaines, carboplatine AUC 5, pémétrexed 500 mg/m².",
    "Induction par propofol 150 mg, sufentanil 15 µg, rocuronium 40 mg ; entretien par sévoflurane 2 %.",
    "Ropivacaïne 2 mg/ml, 20 ml.",
    "Éphédrine 9 mg, noradrénaline 0,3 mg/h, Exacyl 1 g, Bridion 200 mg.",
    "Optimizette un comprimé par jour. Spéciafoldine 0,4 mg, Tardyféron 80 mg, Utrogestan 200 mg le soir.",
    "Uvedose 100 000 UI tous les trois mois, Cacit D3 matin et soir, acide alendronique 70 mg par semaine.",
    "Isotrétinoïne 30 mg par jour, soit 0,5 mg/kg/j, Diprosone crème une application le soir.",
    "Dupixent 300 mg toutes les deux semaines, desloratadine 5 mg, Épipen 0,3 mg en cas d'anaphylaxie.",
    "Mésalazine 4 g par jour, azathioprine 150 mg par jour, calprotectine à 350 µg/g.",
    "Valaciclovir 1 g trois fois par jour pendant 7 jours, prégabaline 75 mg matin et soir, amitriptyline 5 gouttes.",
    "Aranesp 40 microgrammes par semaine, Venofer 200 mg par mois, Kayexalate 15 g par jour, ferritine à 350 µg/l.",
    "Pas d'allergie à la pénicilline. Clamoxyl 1 g trois fois par jour.",
    "Patient sous méthotrexate depuis 2018 pour une polyarthrite.",
    "Arrêt du Lasilix, protéinurie à 3 g par jour, albumine à 28 g/l.",
    "Hémoglobine 12,3 g/dl, ferritine 15 µg/l, CRP 45 mg/l, glycémie 1,26 g/l.",
    "Perte de poids de 5 kg, taille 1,75 m, poids 72 kg, sous Levothyrox 75.",
    "Kardégic 75, Tahor 10 le soir, Coversyl 5 le matin, Lasilix 40 un jour sur deux.",
    "Tumeur de 12 mm, sous tamoxifène 20 mg depuis 3 ans.",
    "Anesthésie locale à la Xylocaïne 1 %, 10 ml. Fil de Vicryl 3/0.",
    "Xylocaïne adrénalinée 20 ml. Naropéine 7,5 mg/ml, 15 ml.",
    "Injection de 100 ml de Iomeron 400 mg/ml. Dotarem 15 ml.",
    "Injection de 80 ml de Xenetix 350.",
    "Perfalgan 1 g, Acupan 20 mg, Profenid 100 mg en perfusion sur 30 minutes.",
    "Corticothérapie par Solupred 60 mg par jour, à diminuer de 5 mg par semaine.",
    "Bolus de Solumédrol 1 g par jour pendant 3 jours.",
    "Botox 155 unités selon le protocole PREEMPT.",
    "Botox 100 unités dans le détrusor.",
    "Endoxan 750 mg/m², Mabthera 375 mg/m², Oncovin 1,4 mg/m², Cortancyl 60 mg/m².",
    "Azacitidine 75 mg/m² par jour pendant 7 jours, vénétoclax 400 mg par jour.",
    "Imatinib 400 mg par jour. Osimertinib 80 mg par jour. Ibrance 125 mg par jour, 3 semaines sur 4.",
    "Opdivo 240 mg toutes les deux semaines ou 480 mg toutes les quatre semaines.",
    "Zometa 4 mg en perfusion mensuelle. Xgeva 120 mg. Prolia 60 mg tous les six mois.",
    "Héparine 25 000 unités par jour à la seringue électrique, TCA à 2,3.",
    "Calciparine 5 000 UI matin et soir. Arixtra 2,5 mg par jour.",
    "Nicardipine 2 mg/h, Loxen 20 mg trois fois par jour, Eupressyl 60 mg matin et soir.",
    "Trinitrine 0,3 mg/h. Natispray 0,30 mg deux bouffées. Cordarone 300 mg en bolus puis 900 mg par jour.",
    "Digoxine 0,25 mg un jour sur deux. Hémigoxine 0,125 mg.",
    "Dépakine Chrono 500 mg, un comprimé le matin et deux le soir. Gardénal 100 mg le soir.",
    "Lioresal 10 mg trois fois par jour. Botulique. Lyrica 150 mg matin et soir.",
    "Stalevo 100/25/200 mg, cinq prises par jour. Azilect 1 mg. Neupro 4 mg/24 h.",
    "Mantadix 100 mg. Aricept 10 mg le soir. Ebixa 20 mg.",
    "Copaxone 40 mg trois fois par semaine. Ocrevus 600 mg tous les six mois. Tysabri 300 mg.",
    "Risperdal 2 mg. Abilify Maintena 400 mg par mois. Haldol 5 mg. Tercian 25 mg, 1 à 2 comprimés au coucher.",
    "Seroplex 20 mg. Effexor LP 225 mg. Anafranil 150 mg. Théralène 10 gouttes. Imovane 7,5 mg.",
    "Valium 10 mg quatre fois par jour, puis décroissance de 10 mg par jour. Vitamine B1 500 mg matin et soir.",
    "Subutex 8 mg. Méthadone 60 mg par jour. Aotal 333 mg, deux comprimés trois fois par jour.",
    "Concerta 54 mg le matin. Ritaline LP 30 mg. Mélatonine 2 mg, Circadin 2 mg.",
    "Créon 25 000 unités, 2 gélules par repas. Inexium 40 mg matin et soir. Gaviscon un sachet après les repas.",
    "Remicade 5 mg/kg toutes les 8 semaines. Stelara 90 mg. Entyvio 300 mg. Imurel 2 mg/kg.",
    "Pylera 3 gélules quatre fois par jour, oméprazole 20 mg matin et soir pendant 10 jours.",
    "Ursolvan 500 mg matin et soir. Duphalac 3 sachets. Tixtar 550 mg matin et soir.",
    "Epclusa un comprimé par jour. Baraclude 0,5 mg. Viread 245 mg.",
    "Biktarvy un comprimé par jour. Tivicay 50 mg. Kivexa.",
    "Tazocilline 4 g trois fois par jour, Amiklin 20 mg/kg, vancomycine 30 mg/kg/j après une dose de charge de 1,5 g.",
    "Rifadine 600 mg, Rimifon 300 mg, Myambutol 1 200 mg, Pirilène 1 500 mg par jour.",
    "Triflucan 400 mg. Cancidas 70 mg puis 50 mg. Vfend 200 mg matin et soir.",
    "Zovirax 10 mg/kg toutes les 8 heures. Zelitrex 500 mg par jour.",
    "Celestene 8 gouttes par kilo, soit 120 gouttes par jour. Ventoline 6 bouffées toutes les 20 minutes.",
    "Advil 7,5 mg/kg, soit 90 mg, toutes les 8 heures. Zymad 4 gouttes par jour. Vitamine K1 2 mg.",
    "Synagis 15 mg/kg. Beyfortus 50 mg. Caféine 5 mg/kg/j. Curosurf 200 mg/kg.",
    "Clomid 50 mg de J2 à J6. Gonal-f 150 unités par jour. Ovitrelle 250 microgrammes. Decapeptyl 0,1 mg.",
    "Syntocinon 5 unités puis 10 unités en perfusion. Nalador 500 microgrammes. Cytotec 400 microgrammes.",
    "Adalate 20 mg. Tractocile. Célestène Chronodose 12 mg à 24 heures d'intervalle. Rhophylac 300 microgrammes.",
    "Loxen 50 mg LP. Trandate 200 mg matin et soir. Aspirine 160 mg le soir. Lovenox 0,4 ml par jour.",
    "Duphaston 10 mg. Lutényl 5 mg. Leeloo. Mirena 52 mg posé ce jour. Nexplanon 68 mg.",
    "Estreva gel. Estradiol 1 mg. Physiogine ovule. Colpotrophine.",
    "Roaccutane 40 mg. Soriatane 25 mg. Doxycycline 100 mg par jour. Tetralysal 300 mg deux fois par jour.",
    "Skyrizi 150 mg. Cosentyx 300 mg. Tremfya 100 mg. Adtralza 600 mg puis 300 mg.",
    "Lucentis 0,5 mg. Vabysmo 6 mg. Ozurdex 0,7 mg. Céfuroxime 1 mg dans la chambre antérieure.",
    "Tobradex une goutte quatre fois par jour. Atropine 1 %. Azyter matin et soir. Ciclosporine 0,1 %.",
    "Tanganil 500 mg, 3 comprimés par jour. Betaserc 24 mg matin et soir. Avamys.",
    "Solupred 1 mg/kg pendant 5 jours.",
    "Xatral LP 10 mg. Bétmiga 50 mg. Ceris 20 mg. Cialis 5 mg par jour. Casodex 50 mg.",
    "Firmagon 240 mg puis 80 mg. Zytiga 1 000 mg.",
    "Neoral 100 mg matin et soir. Advagraf 5 mg. Cellcept 500 mg matin et soir. Bactrim 400 mg un jour sur deux.",
    "Eprex 4 000 unités par semaine. Renvela 800 mg. Un-Alfa 0,25 microgramme. Mimpara 30 mg. Calcidia 1,54 g.",
    "Kétamine 25 mg, midazolam 2 mg, morphine 3 mg par titration. Célocurine 80 mg. Nimbex 10 mg.",
    "Bupivacaïne hyperbare 10 mg, sufentanil 2,5 µg, morphine 100 µg en intrathécal.",
    "Augmentin 2 g à l'induction, céfazoline 2 g. Exacyl 1 g. Dexaméthasone 8 mg. Zophren 4 mg.",
    "Droleptan 0,625 mg.",
    "Permixon 160 mg matin et soir. Tadenan. Spasfon 80 mg. Débridat 200 mg.",
    "Chlorure de potassium 2 g dans 500 ml de G5 sur 4 heures. Bicarbonate 1,4 % 500 ml.",
    "Sulfate de magnésium 4 g sur 20 minutes puis 1 g/h.",
    "Naloxone 0,4 mg. Anexate 0,2 mg. Glucagon 1 mg. Insuline rapide 10 unités.",
    "Levemir 20 unités matin et 18 unités soir. Humalog 6-8-6 unités. Toujeo 30 unités.",
    "Eliquis (apixaban) 5 mg x 2/j. Coveram 5/10 mg. Exforge 10 mg/160 mg. Cotareg 160/12,5 mg.",
    "Inegy 10/40 mg. Duoplavin 75/100 mg. Janumet 50/1000 mg. Xigduo 5/1000 mg.",
    "Seretide 500/50 microgrammes. Ultibro 85/43. Anoro 55/22 microgrammes. Relvar 184/22.",
    "Atrovent 0,5 mg, Pulmicort 1 mg. Singulair 10 mg. Xolair 300 mg.",
    "Fasenra 30 mg toutes les 8 semaines. Ofev 150 mg matin et soir.",
)
"""Prescriptions of every specialty, as they are dictated, all of them right. Written for this test."""


def test_right_prescriptions_of_every_specialty_hardly_ever_stop_anyone(lexicon: Lexicon) -> None:
    stopped = [text for text in _RIGHT if stops(text, lexicon)]
    assert len(_RIGHT) >= 100
    assert len(stopped) <= len(_RIGHT) // 40, stopped


def test_unbreakable_spaces_change_nothing(lexicon: Lexicon) -> None:
    for text in _RIGHT:
        unbroken = text.replace(" mg", "\u00a0mg").replace("1 000", "1\u202f000").replace(" unités", "\u00a0unités")
        assert len(stops(unbroken, lexicon)) == len(stops(text, lexicon)), text


@pytest.mark.parametrize(
    ("text", "proposed"),
    [
        ("Bisoprolol 25 mg le matin.", "2,5 mg"),
        ("Ramipril 50 mg par jour.", "5 mg"),
        ("Kardégic 750 mg le matin.", "75 mg"),
        ("Eliquis 25 mg matin et soir.", "2,5 mg"),
        ("Eliquis 0,25 mg matin et soir.", "2,5 mg"),
        ("Xarelto 200 mg par jour.", "20 mg"),
        ("Escitalopram 100 mg le matin.", "10 mg"),
        ("Zolpidem 100 mg au coucher.", "10 mg"),
        ("Amlodipine 50 mg le matin.", "5 mg"),
        ("Colchicine 10 mg par jour.", "1 mg"),
        ("Tamsulosine 4 mg le soir.", "0,4 mg"),
        ("Previscan 200 mg par jour.", "20 mg"),
        ("Sintrom 40 mg le soir.", "4 mg"),
        ("Tacrolimus 300 mg matin et soir.", "3 mg"),
        ("Humira 400 mg tous les 14 jours.", "40 mg"),
        ("Metformine 100 mg matin et soir.", "1000 mg"),
    ],
)
def test_a_dose_ten_times_wrong_must_be_settled_and_the_comma_is_moved(
    text: str, proposed: str, lexicon: Lexicon
) -> None:
    (flag,) = [one for one in flags(text, lexicon) if one.severity == "block"]
    assert proposed in [one.replace("\u00a0", " ") for one in flag.suggestions]


@pytest.mark.parametrize(
    "text",
    [
        "Lévothyroxine 75 mg à jeun.",
        "Fludrocortisone 50 mg par jour.",
        "Durogesic 50 mg, un patch tous les trois jours.",
        "Spiriva 18 mg par jour.",
        "Ventoline 100 mg, deux bouffées.",
        "Morphine 10 g toutes les 4 heures.",
    ],
)
def test_one_unit_for_another_must_be_settled(text: str, lexicon: Lexicon) -> None:
    assert any(flag.severity == "block" for flag in flags(text, lexicon))


@pytest.mark.parametrize(
    "text",
    [
        "Furosémide 40 kg le matin.",
        "Kaléorid 6 kg par jour.",
        "Paracétamol 1 km toutes les 6 heures.",
        "Docétaxel 750 mg/m² toutes les trois semaines.",
        "Vincristine 14 mg/m².",
        "Gentamicine 50 mg/kg par jour.",
        "Lantus 240 unités le soir.",
        "Lovenox 60 000 unités matin et soir.",
        "Uvedose 1 000 000 UI.",
        "Ozempic 5 mg par semaine.",
    ],
)
def test_what_no_one_gives_must_be_settled(text: str, lexicon: Lexicon) -> None:
    assert any(flag.severity == "block" for flag in flags(text, lexicon))


@pytest.mark.parametrize(
    "text",
    [
        "Bisoprolol, clairance à 45 ml/min, protéinurie à 3 g par jour.",
        "Noradrénaline 0,3 mg/h.",
        "Tacrolimus, taux résiduel à 7 mg/l.",
        "Sous Levothyrox, poids 72 kg, perte de 5 kg.",
        "Tamoxifène depuis 3 ans. Nodule de 12 mm.",
        "Oxygène 2 l/min aux lunettes.",
        "Amoxicilline 80 mg/kg/jour.",
    ],
)
def test_rates_levels_and_weights_are_no_doses(text: str, lexicon: Lexicon) -> None:
    assert stops(text, lexicon) == []


@pytest.mark.parametrize(
    "text",
    [
        "Coversyl 5 mg, périndopril/indapamide 4 mg/1,25 mg le matin.",
        "Eliquis (apixaban) 5 mg matin et soir.",
        "Coveram 5/10 mg le matin.",
        "Cotareg 160/12,5 mg.",
        "Entresto 49/51 mg matin et soir.",
        "Une injection de 2 g de ceftriaxone.",
    ],
)
def test_combinations_and_doses_said_first_find_their_medicine(text: str, lexicon: Lexicon) -> None:
    assert stops(text, lexicon) == []


def test_a_dose_said_first_is_judged_too(lexicon: Lexicon) -> None:
    assert [flag.text for flag in stops("Une injection de 20 g de ceftriaxone.", lexicon)] == ["20 g"]


def test_a_dose_between_the_strengths_and_inside_the_limits_is_only_looked_at(lexicon: Lexicon) -> None:
    (flag,) = stops("Bisoprolol 2 mg le matin.", lexicon)
    assert flag.severity == "look"


def test_a_number_without_its_unit_is_looked_at_when_no_strength_makes_it(lexicon: Lexicon) -> None:
    assert stops("Kardégic 75 le matin, Lasilix 40, Tahor 10 le soir.", lexicon) == []
    assert [flag.text for flag in stops("Eliquis 50 le matin.", lexicon)] == ["50"]
    assert stops("Doliprane 3 par jour, Augmentin 7 jours.", lexicon) == []


def test_a_dose_after_no_medicine_is_looked_at(lexicon: Lexicon) -> None:
    assert [flag.text for flag in stops("Zorglubine 5 mg le matin.", lexicon)] == ["5 mg"]
    assert stops("Bisoprolol 2,5 mg. Augmenté à 5 mg dans un mois.", lexicon) == []


@given(st.sampled_from([*_RIGHT, "Bisoprolol 25 mg", "Insuline 12 U"]), st.text(max_size=12), st.integers(0, 90))
@settings(max_examples=60, deadline=None)
def test_any_text_is_judged_and_every_flag_is_where_it_says(base: str, added: str, at: int) -> None:
    text = base[:at] + added + base[at:]
    for flag in flags(text, _KEPT):
        assert text[flag.start : flag.end] == flag.text


def test_medicines_are_found_by_their_longest_name(lexicon: Lexicon) -> None:
    text = "Solu-Médrol, solu medrol, Diane 35, vitamine B12, insuline glargine, toxine botulinique de type A, plavix."
    found = [entry.text for _, _, entry in drugs(cut(text), lexicon)]
    assert found == [
        "Solu-Médrol", "Solu-Médrol", "Diane 35", "vitamine B12", "insuline glargine", "toxine botulinique de type A",
        "Plavix",
    ]  # fmt: skip
