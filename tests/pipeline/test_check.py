import itertools
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.letters import compose
from pipeline.reading.check import check
from pipeline.types import CheckedText, Identity
from tests.pipeline.speech import transcript
from vocab.lexicon import Lexicon, load

WHO = Identity(family_name="DURAND", given_name="Paul", birth_date=date(1954, 3, 12), confidence=0.9)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def checked(said: str, lexicon: Lexicon, *, faint: tuple[str, ...] = (), stops: float = 8.0) -> CheckedText:
    (letter,) = compose(transcript(said, faint=faint))
    return check(replace(letter, patient=WHO), lexicon=lexicon, stops_per_100_words=stops)


def test_a_split_drug_name_is_written_and_what_was_heard_is_kept(lexicon: Lexicon) -> None:
    done = checked("Il prend du par assez tamol un gramme le matin point à la ligne merci point", lexicon)
    assert "paracétamol 1 g le matin" in done.text
    (flag,) = [one for one in done.flags if one.text == "paracétamol"]
    assert "par assez tamol" in flag.suggestions
    assert flag.seconds is not None


def test_offsets_still_point_at_the_same_words_after_replacements(lexicon: Lexicon) -> None:
    said = "Examen 2 points anestésie générale et colécystique et gu point à la ligne."
    said += " Conclusion 2 points retour le 5 mai point"
    done = checked(said, lexicon)
    assert "Anesthésie générale" in done.text or "anesthésie générale" in done.text
    assert all(done.text[one.start : one.end] == one.text for one in done.flags)
    for span in done.letter.spans:
        assert 0 <= span.start < span.end <= len(done.text)
    ends = [(span.start, span.end) for span in done.letter.spans]
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(ends))
    date_span = next(span for span in done.letter.spans if done.text[span.start : span.end] == "5 mai")
    assert date_span.seconds[0] > 4


def test_a_medicine_never_becomes_another(lexicon: Lexicon) -> None:
    done = checked(
        "Il prend tinzaparine et oméprazole 20mg virgule puis lidocaïne point à la ligne merci point", lexicon
    )
    for name in ("tinzaparine", "oméprazole", "lidocaïne"):
        assert name in done.text


def test_an_impossible_dose_must_be_settled(lexicon: Lexicon) -> None:
    done = checked("Il prend bisoprolol 200mg le matin point à la ligne merci point", lexicon)
    (flag,) = [one for one in done.flags if one.kind == "dose"]
    assert flag.severity == "block"
    assert flag.suggestions == ()


def test_only_a_slip_of_the_comma_is_proposed_for_a_dose(lexicon: Lexicon) -> None:
    done = checked("Il prend bisoprolol 250mg le matin point à la ligne merci point", lexicon)
    (flag,) = [one for one in done.flags if one.kind == "dose"]
    assert flag.suggestions == ("2,5 mg",)


def test_a_misheard_negation_must_be_settled(lexicon: Lexicon) -> None:
    done = checked("Examen virgule par de fièvre point à la ligne merci point", lexicon)
    assert any(one.kind == "negation" and one.severity == "block" for one in done.flags)


@pytest.mark.parametrize(("word", "kind"), [("gauche", "laterality"), ("sans", "negation"), ("12", "number")])
def test_what_the_recogniser_was_unsure_of_is_a_stop(word: str, kind: str, lexicon: Lexicon) -> None:
    done = checked(
        f"Le genou gauche est sans douleur depuis 12 jours point à la ligne {word} point", lexicon, faint=(word,)
    )
    assert any(one.kind == kind and one.severity == "look" for one in done.flags)


def test_a_letter_without_its_patient_must_be_settled(lexicon: Lexicon) -> None:
    (letter,) = compose(transcript("Examen normal point à la ligne merci point"))
    done = check(letter, lexicon=lexicon)
    assert [one.severity for one in done.flags if one.kind == "identity"] == ["block"]


def test_stops_stay_within_the_budget_and_what_must_be_settled_is_never_dropped(lexicon: Lexicon) -> None:
    said = (
        " ".join(f"zorblax{letter}en vu à 12 heures" for letter in "abcdefghijklmnop")
        + " bisoprolol 200mg point à la ligne"
    )
    done = checked(said, lexicon, stops=4.0)
    stops = [one for one in done.flags if one.severity != "hint"]
    assert any(one.severity == "block" for one in stops)
    assert len(stops) <= len(done.text.split()) * 4 / 100 + 3
    assert any(one.kind == "unknown-word" and one.severity == "hint" for one in done.flags)


SAID = st.sampled_from(
    [
        "par",
        "assez",
        "tamol",
        "1",
        "gramme",
        "bisoprolole",
        "5mg",
        "le",
        "matin",
        "virgule",
        "point",
        "à",
        "la",
        "ligne",
        "HTA",
        "BP",
        "CO",
        "l'artère",
        "systique",
        "gauche",
        "pas",
        "de",
        "zorglub",
        "2.6",
        "94",
        "kg",
        "colécystique",
        "et",
        "gu",
        "non",
        "rectification",
        "le",
        "CG",
    ]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(SAID, max_size=30))
def test_checking_never_fails_and_every_flag_is_where_it_says(said: list[str]) -> None:
    done = checked(" ".join(said), load_once())
    assert all(done.text[one.start : one.end] == one.text for one in done.flags)
    assert list(done.flags) == sorted(done.flags, key=lambda one: one.start)


def load_once(kept: list[Lexicon] = []) -> Lexicon:  # noqa: B006
    if not kept:
        kept.append(load())
    return kept[0]
