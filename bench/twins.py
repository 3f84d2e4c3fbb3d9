"""The same writers and kills for the naive twin: how often it loses, doubles and reads by half.

A campaign that could not break it would prove nothing of Copiste. Knows nothing of the practice.
"""

import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from bench import crew, drops, faults, holding, recordings
from bench.naive import Twin, twin

AT_REST = 20.0


def breaks(told: Callable[[str], None], *, forms: Sequence[str], tenths: Sequence[float], kills: int) -> dict[str, int]:
    """Breaks by kind, over the writers and the kills."""
    total = {"lost": 0, "doubled": 0, "half_read": 0}
    for play in (lambda made: _writers(made, forms, tenths), lambda made: _kills(made, kills), _steps):
        with tempfile.TemporaryDirectory(prefix="copiste-naive-") as folder, twin(Path(folder)) as made:
            play(made)
            judged = _judged(made)
        for kind in total:
            total[kind] += len(getattr(judged, kind))
        told(str(total))
    return total


def _writers(made: Twin, forms: Sequence[str], tenths: Sequence[float]) -> None:
    _feed(made, 0)
    crew.until(lambda: not any(holding.plain_files([made.inbox])), seconds=AT_REST)  # it is at work
    drops.write_slowly(made.inbox, made.ledger, forms=forms, tenths=tenths)


def _kills(made: Twin, times: int) -> None:
    """At any moment of a copy, then started again."""
    chance = random.Random(2)
    for number in range(times):
        _feed(made, number)
        time.sleep(chance.uniform(0.4, 1.0))
        made.start_again()


def _steps(made: Twin) -> None:
    """At the deletion, once the copy is made: the step at which every watch folder doubles."""
    if faults.why_not():
        return
    for number, call in enumerate(("unlink", "sendfile", "copy_file_range")):
        process = made.start_again()
        with faults.injected(process.pid, [call], "signal=SIGKILL", when="1", log=made.folder / "strace"):
            _feed(made, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(3)
    made.start_again()


def _feed(made: Twin, number: int) -> None:
    content = recordings.recording("wav", 1_000_000 + number)
    (made.inbox / f"{made.ledger.whole(content)}.wav").write_bytes(content)


def _judged(made: Twin) -> holding.Verdict:
    crew.until(lambda: not any(holding.plain_files([made.inbox])), seconds=AT_REST)
    made.kill()
    return holding.judge(made.ledger, holding.of_folder(made.inbox, made.out))
