"""About how long the queue takes: a pace that odd nights do not spoil, an order, workers that share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import estimate
from pipeline.estimate import FIRST_GUESS, Pace, Turn

PACE = Pace(base=10, rate=0.5, usual=100)


def line(count: int, *, base: float, rate: float) -> list[tuple[float, float]]:
    return [(30.0 + 20 * n, base + rate * (30 + 20 * n)) for n in range(count)]


def test_the_pace_is_guessed_until_five_dictations_were_done():
    assert estimate.learned(line(4, base=1, rate=3)) == FIRST_GUESS
    assert estimate.learned(line(5, base=1, rate=3)) != FIRST_GUESS


def test_the_pace_is_learned_as_so_much_for_each_and_so_much_for_a_second():
    learned = estimate.learned(line(20, base=12, rate=0.7))
    assert (learned.base, learned.rate) == (pytest.approx(12), pytest.approx(0.7))
    assert learned.work(600) == pytest.approx(12 + 420)


def test_a_night_asleep_and_a_file_tried_three_times_change_nothing():
    done = line(20, base=12, rate=0.7)
    done[3], done[9], done[15] = (done[3][0], 40_000.0), (done[9][0], 3 * done[9][1]), (done[15][0], 0.01)
    learned = estimate.learned(done)
    assert learned.work(120) == pytest.approx(12 + 0.7 * 120, rel=0.05)
    assert sum(work for _, work in done) / sum(sound for sound, _ in done) > 5  # what a mean would have said


def test_sounds_of_one_length_give_a_pace_through_nothing():
    learned = estimate.learned([(60.0, 30.0), (60.0, 33.0), (61.0, 36.0), (60.0, 30.0), (60.0, 27.0)])
    assert (learned.base, learned.rate, learned.usual) == (0, 0.5, 60)


def test_work_that_shrinks_with_the_sound_is_not_believed():
    assert estimate.learned([(100.0 * n, 500.0 / n) for n in range(1, 8)]).rate > 0


positive = st.floats(1, 20_000)


@given(st.lists(st.tuples(positive, positive), max_size=50), st.floats(0, 50_000))
def test_whatever_was_done_an_estimate_is_a_length_of_time(done, sound):
    learned = estimate.learned(done)
    assert learned.base >= 0
    assert learned.rate > 0
    assert learned.work(sound) >= 0


def test_those_that_wait_come_one_after_the_other():
    found = estimate.ready([Turn(id="a", sound=20), Turn(id="b", sound=40)], pace=PACE, workers=1)
    assert found == {"a": 20, "b": 50}


def test_two_workers_share_the_queue():
    turns = [Turn(id="a", sound=180), Turn(id="b", sound=20), Turn(id="c", sound=20)]
    assert estimate.ready(turns, pace=PACE, workers=2) == {"a": 100, "b": 20, "c": 40}


def test_what_is_under_way_is_almost_done_and_nobody_passes_before_it():
    turns = [Turn(id="urgent", sound=20), Turn(id="begun", sound=180, done=60)]
    assert estimate.ready(turns, pace=PACE, workers=1) == {"begun": 40, "urgent": 60}


def test_what_takes_longer_than_expected_is_never_ready_already():
    assert estimate.ready([Turn(id="slow", sound=180, done=150)], pace=PACE, workers=1) == {"slow": 30}


def test_what_was_begun_before_the_machine_stopped_is_done_again():
    assert estimate.ready([Turn(id="old", sound=180, done=40_000)], pace=PACE, workers=1) == {"old": 100}


def test_more_are_under_way_than_there_are_workers_when_one_has_just_died():
    turns = [Turn(id=name, sound=180, done=0) for name in "abc"]
    assert estimate.ready(turns, pace=PACE, workers=2) == {"a": 100, "b": 100, "c": 200}


def test_a_sound_of_unknown_length_is_an_ordinary_one():
    assert estimate.ready([Turn(id="a", sound=None)], pace=PACE, workers=1) == {"a": 60}


def test_nobody_at_work_promises_nothing():
    assert estimate.ready([Turn(id="a", sound=20)], pace=PACE, workers=0) == {}
