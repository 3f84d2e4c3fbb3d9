import pytest

from archive import names


@pytest.mark.parametrize(
    "alike",
    [
        "Lefèvre Lefebvre LEFEVRE",
        "Dupont Dupond Dupon",
        "Thibault Tibo Thibaud Thibaut Thibeault",
        "Gauthier Gautier Gaultier Gotier",
        "Moreau Morot Maureau Moraux",
        "Mathieu Matthieu Mathieux",
        "Philippe Filipe",
        "Christophe Kristof",
        "Jacques Jack",
        "Nguyen N’Guyen",
        "Schmitt Schmidt",
        "Renaud Reynaud Renault",
        "Dubois Duboit",
        "Catherine Katerine",
        "Jean Jan",
    ],
)
def test_names_that_are_said_alike_meet(alike: str) -> None:
    assert len({names.sound(name) for name in alike.split()}) == 1


@pytest.mark.parametrize(
    "different", ["Martin Bernard", "Petit Dupont", "Jean Jeanne", "Louis Louise", "Roux Leroux", "Simon Simonet"]
)
def test_names_that_are_said_otherwise_do_not_meet(different: str) -> None:
    one, other = different.split()
    assert names.sound(one) != names.sound(other)


def test_accents_case_hyphens_apostrophes_and_ligatures_do_not_count() -> None:
    assert names.plain("  LEFÈVRE-Nuñez ") == "lefevre nunez"
    assert names.plain("d’Œuvre") == names.plain("D'OEUVRE") == "d oeuvre"
    assert names.key("Jean-Pierre") == names.key("JEAN PIERRE") == names.key("Jeanpierre")
    assert names.plain("Le\u0301a") == names.plain("L\u00e9a")


def test_a_name_can_be_looked_up_by_each_of_its_words_and_as_one() -> None:
    assert names.words("de La Fontaine") == {"de", "la", "fontaine", "delafontaine"}
    assert names.words(" - ") == frozenset()


def test_a_name_in_another_alphabet_still_sounds_like_itself() -> None:
    assert names.sound("Иванов") == "иванов"
    assert names.sound("42") == "42"


def test_likeness_goes_from_the_same_letters_to_a_slip_to_nothing() -> None:
    assert names.likeness("dupont", "dupont") == 1
    assert names.likeness("dupond", "dupont") == pytest.approx(0.95)
    assert names.likeness("dup", "dupont") == pytest.approx(0.9)
    assert 0.7 < names.likeness("dupotn", "dupont") < 0.9
    assert names.likeness("martin", "dupont") < 0.5
