"""The naive twin breaks in each way in which a watch folder loses data: else a campaign would say nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import crew, drops, faults, holding, recordings, twins
from bench.naive import Twin, twin


@pytest.fixture
def naive(tmp_path: Path) -> Iterator[Twin]:
    with twin(tmp_path / "naive") as made:
        yield made


def judged(made: Twin) -> holding.Verdict:
    assert crew.until(lambda: not any(holding.plain_files([made.inbox])), seconds=20)
    made.kill()
    return holding.judge(made.ledger, holding.of_folder(made.inbox, made.out))


def test_it_copies_a_file_that_lies_there_whole(naive: Twin):
    content = recordings.recording("wav", 1)
    (naive.inbox / "a.wav").write_bytes(content)
    naive.ledger.whole(content)

    found = judged(naive)

    assert (found.taken, found.breaks) == (1, 0)


def test_a_writer_that_stalls_makes_it_take_half_a_file_and_lose_the_rest(naive: Twin):
    warm(naive)
    drops.write_slowly(naive.inbox, naive.ledger, forms=("wav",), tenths=(0.5,), manners=("in place",))

    found = judged(naive)

    assert len(found.half_read) == 1
    assert len(found.lost) == 1


@pytest.mark.skipif(bool(faults.why_not()), reason=faults.why_not())
def test_a_kill_between_the_copy_and_the_deletion_makes_it_double(naive: Twin):
    twins._steps(naive)

    assert judged(naive).doubled


def warm(made: Twin) -> None:
    """Wait until it is at work."""
    path = made.inbox / "premier.wav"
    path.write_bytes(recordings.recording("wav", 99))
    made.ledger.whole(path.read_bytes())
    assert crew.until(lambda: not path.exists(), seconds=20)
