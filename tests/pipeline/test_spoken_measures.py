"""The typed grammars, one by one: what is said, what a recogniser writes for it, what a secretary types."""

import pytest

from pipeline.spoken import read, write
from tests.pipeline.speech import heard

PLAIN = [
    # blood pressure
    ("tension douze huit", "Tension 12/8"),
    ("tension douze huit pouls soixante", "Tension 12/8 pouls 60"),
    ("tension artérielle treize sept et demi", "Tension artérielle 13/7,5"),
    ("tension 145 85", "Tension 145/85"),
    ("tension artérielle 12/8", "Tension artérielle 12/8"),
    ("pression intra oculaire 12,5", "Pression intra oculaire 12,5"),
    ("tension artérielle 130 sur 75 point", "Tension artérielle 130/75."),
    # temperature
    ("température trente-huit et demi", "Température 38,5 °C"),
    ("température 38 5", "Température 38,5 °C"),
    ("température à 37 degrés 2", "Température à 37,2 °C"),
    ("flexion 120 degrés", "Flexion 120°"),
    ("brûlure du deuxième degré", "Brûlure du deuxième degré"),
    # units
    ("amoxicilline 80 milligrammes par kilo et par jour", "Amoxicilline 80 mg/kg/j"),
    ("dexaméthasone 3 g par jour", "Dexaméthasone 3 g par jour"),
    ("noradrénaline 0,5 milligramme par heure", "Noradrénaline 0,5 mg/h"),
    ("paclitaxel quatre-vingts milligrammes par mètre carré", "Paclitaxel 80 mg/m²"),
    ("débit à 58 ml par minute par 1,73 m2", "Débit à 58 ml/min/1,73 m²"),
    ("clairance 60 millilitres par minute pour un virgule soixante-treize mètre carré",
     "Clairance 60 ml/min/1,73 m²"),
    ("plaquettes cent vingt mille par millimètre cube", "Plaquettes 120 000/mm³"),
    ("leucocytes 12 giga par litre", "Leucocytes 12 G/l"),
    ("sous 2 litres par minute", "Sous 2 l/min"),
    ("pression positive à 10 cm d'eau", "Pression positive à 10 cmH2O"),
    ("12 pour 100 points", "12 %."),
    ("pour cent patients", "Pour 100 patients"),
    ("trente millions d'unités", "30 millions d'unités"),
    ("un million deux cent mille unités", "1 200 000 unités"),
    ("quinze paquets-années", "15 paquets-années"),
    ("400 sur 12 microgrammes", "400/12 µg"),
    ("VEMS à deux virgule un litres", "VEMS à 2,1 litres"),
    ("trois kilos deux cent cinquante", "3,250 kg"),
    ("taille 1m70", "Taille 1,70 m"),
    # posology
    ("metformine un zéro un zéro", "Metformine 1-0-1-0"),
    ("ramipril 1-0-0", "Ramipril 1-0-0"),
    ("toutes les 8 heures", "Toutes les 8 heures"),
    ("1/2 comprimé", "1/2 comprimé"),
    ("un comprimé et demi", "Un comprimé et demi"),
    ("trois comprimés par jour", "3 comprimés par jour"),
    ("deux clips de chaque côté", "Deux clips de chaque côté"),
    # scales
    ("NYHA trois", "NYHA III"),
    ("stade 3 de la NYHA", "Stade III de la NYHA"),
    ("classe NYHA deux à trois", "Classe NYHA II à III"),
    ("Killip un", "Killip I"),
    ("ASA deux", "ASA 2"),
    ("BIRADS 4", "BIRADS 4"),
    ("adénocarcinome stade trois A", "Adénocarcinome stade IIIA"),
    ("insuffisance rénale chronique stade trois b", "Insuffisance rénale chronique stade 3b"),
    ("artérite stade deux b point", "Artérite stade IIb."),
    ("stade 3 a été retenu", "Stade 3 a été retenu"),
    ("facteur huit", "Facteur VIII"),
    ("Gleason sept trois plus quatre point", "Gleason 7 (3 + 4)."),
    ("Gleason 3+4", "Gleason 3 + 4"),
    ("Child-Pugh B sept", "Child-Pugh B7"),
    ("METAVIR A2F3", "METAVIR A2F3"),
    ("performance status à un point", "Performance status à 1."),
    ("EVA à 4 sur 10", "EVA à 4/10"),
    ("glasgow quinze sur quinze", "Glasgow 15/15"),
    ("dix dixièmes", "10/10"),
    ("souffle 3 sixièmes", "Souffle 3/6"),
    ("7 jours sur 7", "7 jours sur 7"),
    # tumours
    ("pT2N0M0 point", "pT2N0M0."),
    ("p T deux N zéro M zéro point", "pT2N0M0."),
    ("classé T2, N1, M0", "Classé T2N1M0"),
    ("tumeur T1a N1b M0", "Tumeur T1aN1bM0"),
    ("cT3N2M1", "cT3N2M1"),
    ("qui 67 à 35 %", "Ki 67 à 35 %"),
    # a letter and a figure
    ("hernie L5 S1", "Hernie L5-S1"),
    ("L quatre cinq", "L4-L5"),
    ("discopathie L3, L4 et L5", "Discopathie L3, L4 et L5"),
    ("sus-décalage de V un à V six", "Sus-décalage de V1 à V6"),
    ("en D2 D3 aVF", "En D2 D3 aVF"),
    ("vitamine B12", "Vitamine B12"),
    ("J plus trois", "J+3"),
    ("sortie à J un virgule suite", "Sortie à J1, suite"),
    ("G deux P un", "G2P1"),
    ("32 SA plus quatre jours", "32 SA + 4 j"),
    ("la 2ème fois", "La 2e fois"),
    # sizes and signs
    ("lésion de douze sur huit sur cinq millimètres", "Lésion de 12 × 8 × 5 mm"),
    ("kyste de 12 mm sur 8 mm", "Kyste de 12 × 8 mm"),
    ("T-score à moins deux virgule cinq", "T-score à -2,5"),
    ("depuis moins trois jours", "Depuis moins 3 jours"),
    ("au moins deux prises", "Au moins deux prises"),
    ("plus ou moins trois millimètres", "± 3 mm"),
    ("protéinurie trois croix", "Protéinurie +++"),
    ("œdèmes plus plus plus", "Œdèmes +++"),
    ("10 puissance 9 par litre", "10⁹/l"),
    # dates and times
    ("le 12/03/2025", "Le 12 mars 2025"),
    ("né le 12.03.1954", "Né le 12 mars 1954"),
    ("courant mars deux mille vingt-quatre", "Courant mars 2024"),
    ("depuis mille neuf cent quatre-vingt-dix", "Depuis 1990"),
    ("rendez-vous à huit heures et demie", "Rendez-vous à 8 h 30"),
    ("rendez-vous à 8h", "Rendez-vous à 8 h"),
    ("durée une heure trente", "Durée 1 h 30"),
    ("âgé de 46 en virgule pour", "Âgé de 46 ans, pour"),
    ("INR à trois virgule deux point Pas de fièvre", "INR à 3,2. Pas de fièvre"),
]  # fmt: skip

DOUBTED = [
    ("tension artérielle 12,8", "Tension artérielle 12/8", "look", "12,8"),
    ("tension artérielle 145 sur 185", "Tension artérielle 145/185", "block", "145/185"),
    ("température 392", "Température 39,2 °C", "look", "392"),
    ("âgé de 80 4 ans", "Âgé de 84 ans", "look", "80 4"),
    ("âgé de 4 20 12 ans", "Âgé de 92 ans", "look", "4 20 12"),
    ("né le 12 mars 1000 9 100 52", "Né le 12 mars 1952", "look", "1000 9 100 52"),
    ("né le 12 mars 1900 80 4", "Né le 12 mars 1984", "look", "1984"),
    ("le douze trois vingt-six", "Le 12 mars 2026", "look", "1926"),
    ("née le 3 juin 54", "Née le 3 juin 1954", "look", "2054"),
    ("hospitalisé du 22 août 30 septembre 2025", "Hospitalisé du 22 au 30 septembre 2025", "look", "22 août"),
    ("classé 2N0M0.1", "Classé T2N0M0", "block", "pT2N0M0"),
    ("ramipril 1.0.1", "Ramipril 1-0-1", "look", "1 0 1"),
    ("4,000 mg", "4,000 mg", "block", "4 000"),
    ("2.5 mg", "2,5 mg", "look", "2,5"),
    ("performance status 1.0 et", "Performance status 1 et", "look", "1,0"),
    ("deux milligrammes cinq", "2,5 mg", "look", "2 mg 5"),
    ("bisoprolol de virgules 5mg", "Bisoprolol 2,5 mg", "block", "5 mg"),
    ("paracétamol 1 gramme six douleurs", "Paracétamol 1 g si douleur", "look", "six douleurs"),
    ("hernie elle cinq esse un", "Hernie L5-S1", "look", "L5-S1"),
    ("sortie à j'ai 12 point", "Sortie à J12.", "look", "J12"),
    ("reprise à G3", "Reprise à G3", "look", "J3"),
    ("normal point à la ligne Durée 2,35 minutes point à la ligne", "Normal.\nDurée : 35 minutes.", "look", "2,35"),
    ("œil droit moins deux cinquante moins zéro soixante-quinze à quatre-vingt-dix degrés",
     "Œil droit -2,50 (-0,75 à 90°)", "look", "-2,50 (-0,75 à 90°)"),
    ("Gleason huit trois plus quatre point", "Gleason 8 (3 + 4).", "block", ""),
    ("calcium 500 mg de fois par jour", "Calcium 500 mg deux fois par jour", "look", "deux fois"),
    ("fer incomprimée par jour", "Fer un comprimé par jour", "look", "un comprimé"),
    ("filgrastim 30mg d'unité", "Filgrastim 30 mg d'unité", "block", "30 millions d'unités"),
    ("kinésithérapie, 2.12 séances", "Kinésithérapie : 12 séances", "look", "2.12"),
    ("volume 2.202,1 litre", "Volume 2 202,1 litre", "block", "2 202,1"),
    ("dose 1.5.7 mg", "Dose 1.5.7 mg", "block", ""),
    ("prend 2 250 mg", "Prend 2 250 mg", "look", "2 puis 250"),
    ("le 31 février 2025", "Le 31 février 2025", "block", ""),
]  # fmt: skip


@pytest.mark.parametrize(("said", "written"), PLAIN)
def test_what_is_clear_is_written_without_a_doubt(said: str, written: str) -> None:
    page = write(heard(said))
    assert page.text == written
    assert not page.doubts


@pytest.mark.parametrize(("said", "written", "severity", "reading"), DOUBTED)
def test_what_had_to_be_chosen_is_doubted_with_the_other_reading(
    said: str, written: str, severity: str, reading: str
) -> None:
    page = write(heard(said))
    assert page.text == written
    assert severity in {doubt.severity for doubt in page.doubts}
    assert not reading or any(reading in doubt.suggestions for doubt in page.doubts)


@pytest.mark.parametrize(
    ("said", "written", "severity"),
    [
        ("téléphone zéro six douze trente-quatre cinquante-six soixante-dix-huit", "Téléphone 06 12 34 56 78", "look"),
        ("téléphone 06.12.34.56.78", "Téléphone 06 12 34 56 78", "look"),
        ("rappeler au 0612345678", "Rappeler au 06 12 34 56 78", "look"),
        ("secretariat au zéro à un 44, 55, 76, 77", "Secretariat au 01 44 55 76 77", "look"),
        ("joignable aux héros 612-3456-78", "Joignable aux 06 12 34 56 78", "look"),
        ("téléphone 06 12 34 56", "Téléphone 06 12 34 56", "block"),
        ("numéro de sécurité sociale 1 54 03 75 116 005 87",
         "Numéro de sécurité sociale 1 54 03 75 116 005 87", "look"),
        ("numéro de sécurité sociale 1 54 03 75 116 005 42",
         "Numéro de sécurité sociale 1 54 03 75 116 005 42", "block"),
        ("dossier numéro 47 218", "Dossier numéro 47218", "look"),
    ],
)  # fmt: skip
def test_the_digits_of_a_number_are_counted(said: str, written: str, severity: str) -> None:
    page = write(heard(said))
    assert page.text == written
    assert [doubt.severity for doubt in page.doubts] == [severity]


def test_a_measure_keeps_its_value_and_its_unit_for_whoever_checks_it() -> None:
    pieces = read(heard("créatinine à quatre-vingt-dix micromoles par litre")).pieces
    assert [(piece.value, piece.unit) for piece in pieces if piece.unit] == [("90", "µmol/l")]
