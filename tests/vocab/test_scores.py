import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocab.flag import Flag
from vocab.lexicon import Lexicon
from vocab.scores import Score, allowed, find, score_flags, scores, written
from vocab.words import cut

_NONE = Lexicon(entries=())


def flags(text: str) -> list[Flag]:
    return list(score_flags(text, cut(text), _NONE))


def scale(name: str) -> Score:
    found = find(name)
    assert found is not None, name
    return found


def test_there_are_scores_of_every_specialty_and_each_has_a_value() -> None:
    assert len(scores()) >= 70
    assert len({one.name for one in scores()}) == len(scores())
    assert len({specialty for one in scores() for specialty in one.specialties}) >= 20
    for one in scores():
        tried = [*map(str, range(0, 480, 10)), *"0123456789", "0,5", "I", "II", "A", "B", "3+", "A1F1"]
        assert any(allowed(one, value) for value in tried), one.name
        assert not allowed(one, "9999"), one.name
        assert one.extent, one.name


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("NYHA", "3", "III"), ("n y h a", "II", "II"), ("NYHA", "3b", "IIIb"), ("asa", "III", "3"),
        ("score de Glasgow", "15", "15"), ("Child-Pugh", "b 7", "B7"), ("METAVIR", "a2f3", "A2F3"),
        ("Forrest", "2B", "IIb"), ("EDSS", "4.5", "4,5"), ("FIGO", "1b1", "IB1"), ("chads vasc", "4", "4"),
        ("T (TNM)", "pT2a", "pT2a"), ("KDIGO", "G3bA2", "G3bA2"), ("BIRADS", "4a", "4A"), ("T-score", "-2,5", "-2,5"),
        ("Bosniak", "2f", "IIF"), ("Stanford", "b", "B"), ("CHA2DS2-VASc", "3", "3"),
    ],
)  # fmt: skip
def test_a_value_is_written_as_its_scale_writes_it(name: str, value: str, shown: str) -> None:
    assert written(scale(name), value) == shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NYHA", "V"), ("NYHA", "0"), ("Glasgow", "18"), ("Glasgow", "2"), ("ASA", "7"), ("Child-Pugh", "C16"),
        ("METAVIR", "F5"), ("EDSS", "4,3"), ("Karnofsky", "85"), ("T (TNM)", "T5"), ("M (TNM)", "2"), ("Stanford", "C"),
        ("Apgar", "11"), ("MMSE", "31"), ("HAS-BLED", "10"), ("Gleason", ""),
    ],
)  # fmt: skip
def test_a_value_out_of_its_scale_is_refused(name: str, value: str) -> None:
    assert not allowed(scale(name), value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Glasgow 18 à l'arrivée.", "18"), ("Dyspnée stade V de la NYHA.", "V"), ("Score de Glasgow à 2.", "2"),
        ("Gleason 8 (3 + 4).", "8 (3 + 4"), ("Gleason 3 + 4 = 8.", "3 + 4 = 8"), ("MMSE à 31/30.", "31"),
        ("MMSE à 24/13.", "24/13"), ("Glasgow à 12 (Y3 V4 M6).", "12 (Y3 V4 M6"), ("pT5N0M0", "pT5N0M0"),
        ("Glasgow 15 (Y4 V5 M7).", "Y4 V5 M7"), ("EVA à 12.", "12"), ("ISUP 6.", "6"), ("METAVIR A1F6.", "A1F6"),
        ("Apgar 11/10.", "11"), ("EuroSCORE à 101 %.", ""), ("Fracture Garden V.", "V"), ("CHA₂DS₂-VASc à 12.", "12"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_exist_is_pointed_out(text: str, place: str) -> None:
    assert [flag.text for flag in flags(text)] == ([place] if place else [])


@pytest.mark.parametrize(
    "text",
    [
        "Glasgow 15/15.", "Glasgow à 13 (Y3 V4 M6).", "Dyspnée stade III de la NYHA.", "NYHA II, 2 oreillers.",
        "Gleason 7 (3 + 4).", "Gleason 3 + 4 = 7, ISUP 2.", "Apgar 9/10/10.", "Apgar 10 10 10.", "MMSE à 24 sur 30.",
        "EVA à 4/10.", "EVA à 40/100.", "EVA à 60 mm.", "Glasgow à 18 h.", "pT2N0M0", "cT3 N1 M0", "T12-L1 normal.",
        "ASA 100 mg par jour.", "Docteur Weber, 12 rue des Lilas.", "Monsieur Harris, 45 ans.", "Child-Pugh B7.",
        "CHA₂DS₂-VASc à 4, HAS-BLED à 2.", "BI-RADS 4A à droite.", "Score de Wells à 4,5.", "T-score à −2,8 au rachis.",
        "Score SOFA à 4 à J1.", "Kellgren 4.", "Score EGF à 60.", "Boston 8 (3 + 3 + 2).", "GOLD 2, groupe B.",
        "Fracture Garden IV.", "CAT : 1 comprimé.", "Score de Constant à 78/100.", "Grade IIIb de Clavien-Dindo.",
        "SBR II (3 + 2 + 2 = 7), RE 90 %, HER2 1+.", "Stade 4 de la KDIGO, DFG à 25.", "Mallampati 2, Cormack 1.",
        "Karnofsky à 80 %.", "OMS 1.", "Tanner S3P3.", "Hurley II.", "Glasgow de 15 le 12 mars.", "", "NYHA",
    ],
)  # fmt: skip
def test_a_value_of_its_scale_is_not_pointed_out(text: str) -> None:
    assert flags(text) == []


def test_the_reason_says_what_the_scale_is() -> None:
    (flag,) = flags("Glasgow 18.")
    assert "de 3 à 15" in flag.reason
    assert flag.kind == "number"


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="NYHAGlasgowEVA IVX0123456789/+=,.()TNM-", max_size=60))
def test_any_text_can_be_judged_and_every_flag_is_where_it_says(text: str) -> None:
    for flag in flags(text):
        assert text[flag.start : flag.end] == flag.text
