"""Which places stop a person: one stop for a passage, the gravest within a budget."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.reading.stops import kept
from vocab.flag import Flag

TEXT = (
    "Doppler des troncs supra aortiques sans anomalie. Le Holteneux retrouve un par ciel agitroit ce jour. "
    "Le bilan biologique du service est strictement normal."
)


def flag(text: str, kind: str = "unknown-word", severity: str = "look", **more: object) -> Flag:
    start = TEXT.index(text)
    return Flag(start=start, end=start + len(text), kind=kind, text=text, reason="", severity=severity, **more)  # type: ignore[arg-type]


def stops(*flags: Flag, per_100_words: float = 100.0) -> list[tuple[str, str]]:
    found = kept(flags, text=TEXT, per_100_words=per_100_words)
    return [(one.text, one.severity) for one in sorted(found, key=lambda one: one.start) if one.severity != "hint"]


def test_neighbouring_words_that_were_not_understood_are_one_passage() -> None:
    assert stops(flag("ciel"), flag("agitroit")) == [("ciel agitroit", "look")]


def test_each_word_of_a_passage_stays_as_a_mark_with_what_it_may_be() -> None:
    found = kept([flag("ciel"), flag("agitroit", suggestions=("à J3",))], text=TEXT, per_100_words=8)
    marks = [(one.text, one.suggestions) for one in found if one.severity == "hint"]
    assert ("agitroit", ("à J3",)) in marks


def test_a_passage_is_as_grave_as_its_gravest_place_and_proposes_the_whole_of_it() -> None:
    grave = flag("agitroit", kind="number", severity="block", suggestions=("à J3",))
    (passage,) = (one for one in kept([flag("ciel"), grave], text=TEXT, per_100_words=8) if one.severity != "hint")
    assert (passage.kind, passage.severity, passage.suggestions) == ("number", "block", ("ciel à J3",))


def test_places_in_two_sentences_are_two_passages() -> None:
    assert stops(flag("anomalie"), flag("Holteneux")) == [("anomalie", "look"), ("Holteneux", "look")]


def test_who_the_patient_is_is_never_part_of_a_passage() -> None:
    who = flag("ciel", kind="identity", severity="block")
    assert stops(who, flag("agitroit")) == [("ciel", "block"), ("agitroit", "look")]


def test_what_must_be_settled_is_kept_beyond_the_budget() -> None:
    graves = [
        flag(word, kind="number", severity="block") for word in ("Doppler", "anomalie", "Holteneux", "biologique")
    ]
    assert len(stops(*graves, per_100_words=1)) == 4


def test_what_is_left_of_the_budget_goes_to_words_on_which_the_listenings_do_not_agree() -> None:
    unsure = flag("Doppler", kind="low-confidence", severity="hint")
    known = flag("Holteneux", kind="lookalike", severity="hint")
    assert stops(unsure, known) == [("Doppler", "look")]


@settings(deadline=None)
@given(st.lists(st.sampled_from(["Doppler", "troncs", "supra", "anomalie", "Holteneux", "ciel", "agitroit"])),
       st.sampled_from(["look", "hint", "block"]))  # fmt: skip
def test_no_place_is_ever_lost(words: list[str], severity: str) -> None:
    found = kept([flag(word, severity=severity) for word in words], text=TEXT, per_100_words=8)
    assert set(words) <= {one.text for one in found}
