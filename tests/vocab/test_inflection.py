import pytest

from vocab.inflection import adjectival, feminine, forms, plural


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("trocart", "trocarts"), ("hôpital", "hôpitaux"), ("cal", "cals"), ("genou", "genoux"), ("os", "os"),
        ("noyau", "noyaux"), ("pneu", "pneus"), ("œil", "yeux"), ("prénatal", "prénatals"), ("reflux", "reflux"),
        ("insuffisance mitrale", "insuffisances mitrales"), ("trouble de la marche", "troubles de la marche"),
        ("accident vasculaire cérébral", "accidents vasculaires cérébraux"), ("signe d'appel", "signes d'appel"),
        ("sous-décalage", "sous-décalages"), ("face-à-face", "face-à-face"), ("ECG", "ECG"),
        ("IgE totale", "IgE totales"), ("unité Hounsfield", "unités Hounsfield"),
    ],
)  # fmt: skip
def test_the_plural_follows_french_rules_up_to_the_first_preposition(one: str, many: str) -> None:
    assert plural(one) == many


@pytest.mark.parametrize(
    ("masculine", "expected"),
    [
        ("cérébral", "cérébrale"), ("veineux", "veineuse"), ("bénin", "bénigne"), ("aigu", "aiguë"),
        ("antérieur", "antérieure"), ("actif", "active"), ("aortique", "aortique"), ("sec", "sèche"),
        ("anté-interne", "anté-interne"), ("sous-cutané", "sous-cutanée"), ("moyen", "moyenne"), ("dilaté", "dilatée"),
        ("inflammatoire", "inflammatoire"), ("complet", "complète"), ("régulier", "régulière"),
    ],
)  # fmt: skip
def test_the_feminine_of_an_adjective(masculine: str, expected: str) -> None:
    assert feminine(masculine) == expected


def test_only_adjectives_have_a_feminine() -> None:
    assert forms("cérébral") == ("cérébraux", "cérébrale", "cérébrales")
    assert forms("hôpital") == ("hôpitaux",)
    assert forms("fistule anale") == ("fistules anales",)
    assert forms("dilaté", adjective=True) == ("dilatés", "dilatée", "dilatées")
    assert not adjectival("canal")


def test_of_an_adjective_of_several_words_only_the_last_changes() -> None:
    assert forms("bien toléré", adjective=True) == ("bien tolérés", "bien tolérée", "bien tolérées")
    assert forms("per os", adjective=True) == ()
    assert forms("de grand axe", adjective=True) == ()


def test_an_abbreviation_or_a_name_has_no_other_form() -> None:
    assert forms("AVC") == ()
    assert forms("Shigella") == ()
    assert forms("") == ()
