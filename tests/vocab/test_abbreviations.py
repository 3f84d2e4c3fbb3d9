import pytest

from vocab import general
from vocab.abbreviations import abbreviation_flags
from vocab.flag import Flag
from vocab.lexicon import Lexicon, load
from vocab.words import cut


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def flags(text: str, lexicon: Lexicon, skip: tuple[tuple[int, int], ...] = ()) -> list[Flag]:
    return list(abbreviation_flags(text, cut(text), lexicon, skip=skip))


def test_the_table_is_large_and_says_what_is_ambiguous_or_dangerous(lexicon: Lexicon) -> None:
    known = lexicon.abbreviations.values()
    assert len(known) >= 450
    assert sum(one.ambiguous for one in known) >= 60
    assert sum(one.dangerous for one in known) >= 8
    assert all(one.expansions for one in known)
    assert all(one.ambiguous == (len(one.expansions) > 1) for one in known if one.text not in _SAME_SENSE)


_SAME_SENSE = {"FA"}


def test_the_abbreviations_of_every_day_are_known(lexicon: Lexicon) -> None:
    assert [one for one in _EVERY_DAY.split() if one.lower() not in lexicon.abbreviations] == []


_EVERY_DAY = """
EFR VEMS CVF DEP TDM IRM ETT ETO FEVG HTAP OAP SCA STEMI TVP EP AOMI BAV BBD HBPM AVK AOD IPP IEC ARA2
AINS BU ECBU NFS CRP PCT TP TCA ASAT ALAT GGT PAL BNP HbA1c TSH T4 PSA RCP PAC PICC VNI SaO2 SpO2 EVA GCS
AVC AIT SEP LCR EEG EMG DMLA PIO OCT FCV HPV SA RCF HTIC HSA HSD PTH PTG LCA LLI IRC DFG SIDA BAAR SAOS
EHPAD
"""


def test_those_read_as_words_or_with_figures_say_how_they_are_said(lexicon: Lexicon) -> None:
    for sigle in ("sida", "ehpad", "hba1c", "spo2", "t4", "tavi", "stemi"):
        assert lexicon.abbreviations[sigle].said, sigle
    for one in lexicon.abbreviations.values():
        assert one.said or one.text.isupper(), one.text


def test_an_ambiguous_one_is_marked_and_its_senses_proposed(lexicon: Lexicon) -> None:
    (flag,) = flags("IRC connue.", lexicon)
    assert (flag.severity, len(flag.suggestions)) == ("hint", 2)


def test_a_medicine_in_short_is_a_stop_once(lexicon: Lexicon) -> None:
    assert [flag.severity for flag in flags("MTX en cours. MTX bien toléré.", lexicon)] == ["look", "hint"]
    assert [(flag.text, flag.severity) for flag in flags("5-FU en cours.", lexicon)] == [("5-FU", "look")]


def test_a_unit_in_short_is_a_stop_beside_a_number_only(lexicon: Lexicon) -> None:
    assert [flag.severity for flag in flags("20 IU le soir.", lexicon)] == ["look"]
    assert [flag.severity for flag in flags("IU récidivantes.", lexicon)] == ["hint"]


def test_od_and_og_are_plain_where_the_text_is_about_eyes(lexicon: Lexicon) -> None:
    assert {flag.severity for flag in flags("Acuité visuelle : OD 10/10, OG 8/10.", lexicon)} == {"hint"}
    assert {flag.severity for flag in flags("OD normal.", lexicon)} == {"look"}


def test_what_is_written_in_several_pieces_is_one_abbreviation(lexicon: Lexicon) -> None:
    text = "CA 125 à 30, CA 15-3, PD-L1 à 50 %, HLA-B27 positif, HAS-BLED à 2, CHA₂DS₂-VASc à 4, NT-proBNP à 300."
    assert flags(text, lexicon) == []


def test_an_unlisted_one_is_a_stop_with_what_it_may_be(lexicon: Lexicon) -> None:
    (flag,) = flags("BPOC sévère.", lexicon)
    assert (flag.severity, flag.suggestions[0]) == ("look", "BPCO")
    assert flags("BPOC sévère.", lexicon, skip=((0, 4),)) == []
    assert flags("Docteur XQZ.", lexicon) == []


def test_roman_numerals_and_words_of_a_title_are_no_abbreviations(lexicon: Lexicon) -> None:
    assert flags("Stade IV, grade III, NYHA II.", lexicon) == []
    if general.available():
        assert flags("BILAN : normal.", lexicon) == []
