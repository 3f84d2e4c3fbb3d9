"""Places to check and times follow their words; the browser's twin is run on the same cases."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import align
from pipeline.types import Span
from vocab.flag import Flag

TESTS = Path(__file__).parent.parent
CASES = json.loads((TESTS / "data" / "align_cases.json").read_text(encoding="utf-8"))

words = st.sampled_from(
    ["pas", "de", "5", "mg", "2,5", "apixabon", "le", "soir", ",", "(", "-", "𝄞", "😀", "\n\n", "œdème"]
)
texts = st.lists(words, max_size=25).map(" ".join)
wild = st.text(max_size=40)


def flag(start: int, end: int, text: str = "") -> Flag:
    return Flag(start=start, end=end, kind="dose", text=text, reason="à vérifier")


def named(group: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in CASES[group]]


@pytest.mark.parametrize("case", CASES["tokens"])
def test_words_numbers_and_signs_are_told_apart(case: dict[str, Any]) -> None:
    tokens = align.tokenize(case["text"])
    assert [token.text for token in tokens] == case["tokens"]
    assert [case["text"][token.start : token.end] for token in tokens] == case["tokens"]


@pytest.mark.parametrize("case", named("moved"))
def test_places_follow_their_words(case: dict[str, Any]) -> None:
    flags = [flag(start, end) for start, end in case["flags"]]
    places = align.moved(flags, before=case["before"], after=case["after"])
    assert [place and list(place) for place in places] == case["moved"]


@pytest.mark.parametrize("case", named("timed"))
def test_words_keep_or_borrow_their_seconds(case: dict[str, Any]) -> None:
    def spans(rows: list[dict[str, Any]]) -> list[Span]:
        return [Span(**{**row, "seconds": tuple(row["seconds"])}) for row in rows]

    found = align.timed(spans(case["spans"]), before=case["before"], after=case["after"])
    expected = spans(case["timed"])
    assert [(s.start, s.end, s.probability) for s in found] == [(s.start, s.end, s.probability) for s in expected]
    assert [s.seconds for s in found] == [pytest.approx(s.seconds) for s in expected]


def test_the_browser_gives_the_same_answers() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    ran = subprocess.run(
        [node, "--test", str(TESTS / "web" / "align.test.mjs")], capture_output=True, text=True, timeout=50, check=False
    )
    assert ran.returncode == 0, ran.stdout[-3000:]


@given(texts | wild, st.data())
def test_in_an_unchanged_text_every_place_stays(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert align.moved([flag(start, end)], before=text, after=text) == ((start, end),)


@given(texts, texts, st.data())
def test_deleting_a_flagged_word_closes_its_place_and_undo_opens_it(head: str, tail: str, data: st.DataObject) -> None:
    before = f"{head} ramipril {tail}"
    start = before.index("ramipril")
    flags = [flag(start, start + 8)]
    assert align.moved(flags, before=before, after=f"{head} {tail}") == (None,)
    assert align.moved(flags, before=before, after=before) == ((start, start + 8),)


@given(texts, texts, texts)
def test_typing_before_shifts_a_place_and_typing_after_does_not(head: str, tail: str, typed: str) -> None:
    before = f"{head} ramipril forte {tail}"
    at = before.index("ramipril")
    flags = [flag(at, at + 14)]
    shifted = align.moved(flags, before=before, after=f"{typed} {before}")
    assert shifted == ((at + len(typed) + 1, at + len(typed) + 15),)
    assert align.moved(flags, before=before, after=f"{before} {typed}") == ((at, at + 14),)


@given(texts, texts, texts)
def test_words_that_are_still_in_the_text_once_are_never_closed(a: str, b: str, c: str) -> None:
    """Whatever is cut and pasted around it: a dose to check cannot leave the list by being moved."""
    before = f"{a} ramipril 5 mg {b}"
    at = before.index("ramipril")
    after = f"{c} ramipril 5 mg {a}"
    (place,) = align.moved([flag(at, at + 13)], before=before, after=after)
    assert place is not None
    assert after[slice(*place)] == "ramipril 5 mg"


@given(texts | wild, texts | wild, st.data())
def test_a_place_lies_in_the_text_and_covers_the_same_words(before: str, after: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(before)))
    end = data.draw(st.integers(start, len(before)))
    (place,) = align.moved([flag(start, end)], before=before, after=after)
    if place is not None:
        assert 0 <= place[0] <= place[1] <= len(after)
        wanted = [token.text for token in align.tokenize(before[start:end])]
        assert [token.text for token in align.tokenize(after[slice(*place)])] == wanted
    else:  # of a word it touched, be it by its middle
        assert any(token.start < end and start < token.end for token in align.tokenize(before))


@given(texts, texts)
def test_times_of_a_text_told_in_order_never_go_back(before: str, after: str) -> None:
    tokens = align.tokenize(before)
    spans = [
        Span(start=t.start, end=t.end, seconds=(float(i), i + 0.75), probability=0.5) for i, t in enumerate(tokens)
    ]
    found = align.timed(spans, before=before, after=after)
    seconds = [s for span in found for s in span.seconds]
    assert seconds == sorted(seconds)
    assert len(found) == (len(align.tokenize(after)) if set(_words(before)) & set(_words(after)) else 0)
    assert align.timed(spans, before=before, after=before) == tuple(spans)


def _words(text: str) -> list[str]:
    return [token.text for token in align.tokenize(text)]


def test_a_text_typed_anew_is_compared_in_a_bounded_way() -> None:
    before = " ".join(f"ancien{n}" for n in range(3000)) + " ramipril 5 mg " + "fin"
    after = "début " + " ".join(f"nouveau{n}" for n in range(3000)) + " ramipril 5 mg " + "point"
    at = before.index("ramipril")
    (place,) = align.moved([flag(at, at + 13)], before=before, after=after)
    assert place is not None
    assert after[slice(*place)] == "ramipril 5 mg"
