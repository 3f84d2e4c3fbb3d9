"""Where several readings of one sound do not say the same."""

from pipeline.reading import agreement
from pipeline.types import Letter
from vocab.lexicon import load

LEXICON = load()


def letter(text: str) -> Letter:
    return Letter(text=text, blocks=(), spans=())


def doubts(text: str, *others: str):  # type: ignore[no-untyped-def]
    (one,) = agreement.doubted([letter(text)], [[letter(other)] for other in others], lexicon=LEXICON)
    return [(text[doubt.start : doubt.end], doubt.kind, doubt.severity, doubt.suggestions) for doubt in one.doubts]


def test_two_numbers_for_one_place_must_be_settled_with_both_readings_shown() -> None:
    assert doubts("Poids 84 kg.", "Poids 94 kg.") == [("84", "number", "block", ("94",))]


def test_a_side_that_is_not_the_same_must_be_settled() -> None:
    assert doubts("Douleur du genou droit.", "Douleur du genou gauche.") == [
        ("droit", "laterality", "block", ("gauche",))
    ]


def test_a_negation_that_only_one_reading_has_must_be_settled() -> None:
    ((place, kind, severity, _),) = doubts("Il y a une sténose.", "Il n'y a pas une sténose.")
    assert (kind, severity) == ("negation", "block")
    assert place.strip()


def test_two_medicines_for_one_place_must_be_settled() -> None:
    assert doubts("Ramipril le matin.", "Périndopril le matin.")[0][1:3] == ("lookalike", "block")


def test_readings_that_agree_or_differ_by_their_dress_leave_no_doubt() -> None:
    assert doubts("Poids 84 kg, deux comprimés.", "poids 84 kg 2 comprimés") == []
    assert doubts("Ramipril 5 mg.", "Ramipril 5mg.") == []


def test_each_letter_of_a_recording_gets_its_own_doubts() -> None:
    letters = [letter("Poids 84 kg."), letter("Taille 170 cm.")]
    first, second = agreement.doubted(letters, [[letter("Poids 84 kg."), letter("Taille 160 cm.")]], lexicon=LEXICON)
    assert first.doubts == ()
    assert [(d.start, d.end, d.text) for d in second.doubts] == [(7, 10, "170")]


def test_what_several_other_readings_say_is_all_shown() -> None:
    assert doubts("Poids 84 kg.", "Poids 94 kg.", "Poids 74 kg.") == [("84", "number", "block", ("94", "74"))]
