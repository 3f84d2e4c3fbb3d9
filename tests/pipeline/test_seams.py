import io
import wave
from datetime import date

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from archive import patients
from pipeline import proofread, review, seams, store, tables
from pipeline.access import Actor
from pipeline.errors import HeldByOther, Outdated, ReviewRefused
from pipeline.practice import Practice
from pipeline.sound import audio
from pipeline.types import Block, CheckedText, Identity, Letter, Removed, Review, Settled, Span, Word
from tests.fakes import People
from tests.pipeline.test_store import NOON, add_dictation, add_document
from vocab.flag import Flag

TEXT = "Asthme équilibré, ramipril 5 mg.\n\nDiabète ancien, metformine 1 g."
CUT = TEXT.index("Diabète")


def words_of(text: str) -> list[tuple[int, int]]:
    spans, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        spans.append((at, at + len(word)))
        at += len(word)
    return spans


def reviewed(text: str = TEXT, *, family: str = "MARTIN", edited: str = "") -> Review:
    spans = tuple(
        Span(start=a, end=b, seconds=(float(i), i + 0.5), probability=0.9) for i, (a, b) in enumerate(words_of(text))
    )
    flags = tuple(
        Flag(start=a, end=b, kind="dose", text=text[a:b], reason="Réécoutez.", seconds=(float(i), i + 0.5))
        for i, (a, b) in enumerate(words_of(text))
        if text[a:b].strip(".,").isdigit() or text[a:b] in ("ramipril", "metformine")
    )
    letter = Letter(
        text=text, blocks=(Block(role="body", start=0, end=len(text)),), spans=spans,
        patient=Identity(family_name=family, given_name="Paul", birth_date=date(1960, 5, 4), confidence=0.9),
        removed=(Removed(seconds=(4.6, 4.9), reason="commande"),), notes=("Rappeler",),
        words=tuple(
            Word(text=text[a:b], start=float(i), end=i + 0.5, probability=0.9)
            for i, (a, b) in enumerate(words_of(text))
        ),
    )  # fmt: skip
    settled = (Settled(flag=len(flags) - 1, how="heard", by="x", at=NOON),) if flags else ()
    return Review(checked=CheckedText(letter=letter, flags=flags), text=edited or text, settled=settled)


# --- pure -------------------------------------------------------------------------------------------------------------


def test_cutting_keeps_each_word_flag_and_sound_on_its_side() -> None:
    first, second = seams.halves(reviewed(), CUT)
    assert (first.text, second.text) == (TEXT[:CUT].strip(), TEXT[CUT:])
    assert [flag.text for flag in first.checked.flags] == ["ramipril", "5"]
    assert [flag.text for flag in second.checked.flags if flag.kind == "dose"] == ["metformine", "1"]
    for half in (first, second):
        assert half.checked.text == half.text
        for flag in half.checked.flags:
            assert half.text[flag.start : flag.end] == flag.text
        for span in half.checked.letter.spans:
            assert half.text[span.start : span.end] in TEXT.split()
    assert max(s.seconds[1] for s in first.checked.letter.spans) <= min(
        s.seconds[0] for s in second.checked.letter.spans
    )


def test_what_was_settled_stays_settled_after_a_cut() -> None:
    _, second = seams.halves(reviewed(), CUT)
    (settled,) = second.settled
    assert second.checked.flags[settled.flag].text == "1"


def test_what_was_removed_at_the_place_of_the_cut_is_kept_once() -> None:
    first, second = seams.halves(reviewed(), CUT)
    assert (len(first.checked.letter.removed), len(second.checked.letter.removed)) == (0, 1)
    words = [*first.checked.letter.words, *second.checked.letter.words]
    assert words == list(reviewed().checked.letter.words)


def test_the_second_half_has_nobody_s_name_and_must_be_settled() -> None:
    first, second = seams.halves(reviewed(), CUT)
    assert first.checked.letter.patient.family_name == "MARTIN"
    assert second.checked.letter.patient == Identity()
    assert (second.checked.flags[0].kind, second.checked.flags[0].severity) == ("identity", "block")
    assert (first.checked.letter.notes, second.checked.letter.notes) == (("Rappeler",), ())


def test_a_text_that_was_corrected_is_cut_where_it_is_now() -> None:
    edited = TEXT.replace("équilibré", "bien équilibré depuis un an").replace("1 g", "500 mg")
    first, second = seams.halves(reviewed(edited=edited), edited.index("Diabète"))
    assert first.text == "Asthme bien équilibré depuis un an, ramipril 5 mg."
    assert second.text == "Diabète ancien, metformine 500 mg."
    assert second.checked.text == TEXT[CUT:]
    assert proofread.places(second)[1] is not None


@pytest.mark.parametrize("at", [0, -3, len(TEXT), len(TEXT) + 5, 3])
def test_a_cut_with_nothing_on_a_side_or_inside_a_word_is_refused(at: int) -> None:
    with pytest.raises(seams.CannotCut):
        seams.halves(reviewed(), at)


@given(st.integers(min_value=1, max_value=len(TEXT) - 1))
def test_cut_anywhere_and_joined_again_the_text_and_the_sound_are_whole(at: int) -> None:
    whole = reviewed()
    try:
        first, second = seams.halves(whole, at)
    except seams.CannotCut:
        return
    again = seams.joined(first, second, offset=0.0)
    assert again.text.split() == whole.text.split()
    spans = again.checked.letter.spans
    assert [again.checked.text[one.start : one.end] for one in spans] == TEXT.split()
    assert [one.seconds for one in spans] == [one.seconds for one in whole.checked.letter.spans]
    for flag in again.checked.flags:
        assert again.checked.text[flag.start : flag.end] == flag.text


def test_joining_moves_the_second_text_s_flags_and_sound() -> None:
    made = seams.joined(reviewed("Asthme, ramipril 5 mg."), reviewed("Suivi, metformine 1 g."), offset=30.0)
    assert made.text == "Asthme, ramipril 5 mg.\n\nSuivi, metformine 1 g."
    assert [flag.text for flag in made.checked.flags] == ["ramipril", "5", "metformine", "1", "Suivi,"]
    for flag in made.checked.flags:
        assert made.checked.text[flag.start : flag.end] == flag.text
    assert made.checked.flags[2].seconds == (31.0, 31.5)
    assert [one.seconds[0] for one in made.checked.letter.spans] == [0, 1, 2, 3, 30, 31, 32, 33]
    assert [one.flag for one in made.settled] == [1, 3]
    assert made.checked.letter.notes == ("Rappeler", "Rappeler")
    assert made.checked.flags[-1].severity == "look"


def test_joining_two_people_s_texts_must_be_settled() -> None:
    made = seams.joined(reviewed(), reviewed(family="GARNIER"), offset=30.0)
    assert made.checked.flags[-1].severity == "block"


# --- with people ------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def drafts(practice: Practice, people: People) -> None:
    for n, seconds in ((1, 8.0), (2, 6.0)):
        sound = practice.objects.put(audio.playable(np.full(int(seconds * audio.RATE), 0.1 * n, dtype=np.float32)))
        address = practice.keep(reviewed())
        with practice.begin() as connection:
            add_dictation(
                connection, f"D00000000{n}", doctor=people.lambert.doctor, playable=sound, audio=sound, seconds=seconds,
                state="drafted",
            )  # fmt: skip
            add_document(
                connection, f"C00000000{n}", dictation=f"D00000000{n}", doctor=people.lambert.doctor, review=address,
                state="waiting" if n == 2 else "to-review",
            )  # fmt: skip


ONE, TWO = "C000000001", "C000000002"


def row(practice: Practice, key: str = ONE) -> sa.RowMapping:
    with practice.look() as connection:
        return store.one(connection, tables.document, key)


def events(practice: Practice) -> list[tuple[str, str, str, str]]:
    with practice.look() as connection:
        rows = connection.execute(sa.select(tables.event).order_by(tables.event.c.seq)).mappings()
        return [(one["actor"], one["action"], one["subject"], one["detail"]) for one in rows]


def test_a_cut_makes_a_second_draft_and_is_remembered(practice: Practice, people: People) -> None:
    version = review.take(practice, people.claire, ONE)
    after, new = seams.cut(practice, people.claire, ONE, version=version, at=CUT)
    assert row(practice)["version"] == after
    other = row(practice, new)
    assert (other["state"], other["patient"], other["dictation"], other["position"]) == (
        "to-review",
        None,
        "D000000001",
        1,
    )
    assert practice.read(other["review"], Review).text == TEXT[CUT:]
    assert practice.read(row(practice)["review"], Review).text == TEXT[:CUT].strip()
    assert (people.claire.id, "cut", ONE, new) in events(practice)
    assert (people.claire.id, "cut-from", new, ONE) in events(practice)
    assert len(review.listen(practice, people.claire, new)) > 44


def test_a_cut_asks_for_the_draft_to_be_held_at_this_version(practice: Practice, people: People) -> None:
    with pytest.raises(ReviewRefused):
        seams.cut(practice, people.claire, ONE, version=1, at=CUT)
    version = review.take(practice, people.claire, ONE)
    with pytest.raises(Outdated):
        seams.cut(practice, people.claire, ONE, version=version - 1, at=CUT)
    with pytest.raises(HeldByOther):
        seams.cut(practice, people.lambert, ONE, version=version, at=CUT)


def test_two_cuts_at_the_same_moment_lose_no_text(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = review.take(practice, people.claire, ONE)
    monkeypatch.setattr(store, "next_position", lambda *_: 0)  # what the other one has just taken
    with pytest.raises(Outdated):
        seams.cut(practice, people.claire, ONE, version=version, at=CUT)
    assert row(practice)["version"] == version
    assert practice.read(row(practice)["review"], Review).text == TEXT


@pytest.mark.parametrize("state", ["preparing", "to-sign", "paper", "signed", "replaced"])
def test_a_draft_that_is_no_longer_proofread_is_neither_cut_nor_joined(
    practice: Practice, people: People, state: str
) -> None:
    version = review.take(practice, people.claire, ONE)
    with practice.begin() as connection:
        store.change_document(connection, TWO, version=1, state=state)
    with pytest.raises(seams.CannotJoin):
        seams.join(practice, people.claire, ONE, TWO, version=version)
    with practice.begin() as connection:
        version = store.change_document(connection, ONE, version=version, state=state)
    with pytest.raises(ReviewRefused):
        seams.cut(practice, people.claire, ONE, version=version, at=CUT)


def join(practice: Practice, person: Actor) -> int:
    version = review.take(practice, person, ONE)
    return seams.join(practice, person, ONE, TWO, version=version)


def test_joining_makes_one_draft_with_one_sound(practice: Practice, people: People) -> None:
    join(practice, people.claire)
    joined = row(practice)
    assert row(practice, TWO)["state"] == "replaced"
    assert (people.claire.id, "join", ONE, TWO) in events(practice)
    assert (people.claire.id, "joined-to", TWO, ONE) in events(practice)
    text = practice.read(joined["review"], Review)
    assert text.text == f"{TEXT}\n\n{TEXT}"
    assert text.checked.letter.spans[-1].seconds[0] > 8.0
    with wave.open(io.BytesIO(review.listen(practice, people.claire, ONE))) as sound:
        assert sound.getnframes() == int(14.0 * audio.RATE)
    opened = review.show(practice, people.claire, ONE)
    assert opened.recording["seconds"] == 14.0
    with practice.look() as connection:
        parts = seams.parts(connection, joined["dictation"])
    assert [(one.dictation, one.start) for one in parts] == [("D000000001", 0.0), ("D000000002", 8.0)]


def test_a_joined_draft_is_cut_again_and_joined_again(practice: Practice, people: People) -> None:
    version = join(practice, people.claire)
    version, new = seams.cut(practice, people.claire, ONE, version=version, at=len(TEXT) + 2)
    assert practice.read(row(practice, new)["review"], Review).text == TEXT
    seams.join(practice, people.claire, ONE, new, version=version)
    assert practice.read(row(practice)["review"], Review).text == f"{TEXT}\n\n{TEXT}"


def test_the_other_draft_must_be_free(practice: Practice, people: People) -> None:
    review.take(practice, people.lambert, TWO)
    with pytest.raises(HeldByOther):
        join(practice, people.claire)
    assert row(practice, TWO)["state"] == "in-review"


def test_drafts_of_two_doctors_or_of_two_patients_are_not_joined(practice: Practice, people: People) -> None:
    version = review.take(practice, people.claire, ONE)
    with practice.begin() as connection:
        ids = [
            patients.add(connection, family_name=name, given_name="Paul", birth_date=date(1960, 5, 4), actor="t").id
            for name in ("Martin", "Garnier")
        ]
        version = store.change_document(connection, ONE, version=version, patient=ids[0])
        store.change_document(connection, TWO, version=1, patient=ids[1])
    with pytest.raises(seams.CannotJoin):
        seams.join(practice, people.claire, ONE, TWO, version=version)
    with practice.begin() as connection:
        store.change_document(connection, TWO, version=2, patient=ids[0], doctor=people.garnier.doctor)
    with pytest.raises(seams.CannotJoin):
        seams.join(practice, people.claire, ONE, TWO, version=version)
    with pytest.raises(seams.CannotJoin):
        seams.join(practice, people.claire, ONE, ONE, version=version)
