"""`copiste` on a machine whose wall clock jumps by twenty years, forward and back, twice a second.

    python -m bench.adrift watch --home X

What asks the time of day is answered so; what measures a lapse (the monotonic clock) is not: no clock setting moves it.
"""

import datetime
import itertools
import threading
import time
from typing import Any

YEARS = 20 * 365.25 * 86_400
SHIFTS = (0.0, YEARS, -YEARS)
EVERY = 0.5
_true_time, _true_datetime = time.time, datetime.datetime
_shift = [0.0]


class Adrift(datetime.datetime):
    """A moment; the present one is wrong."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        """The present moment, as the clock has it."""
        return _true_datetime.now(tz) + datetime.timedelta(seconds=_shift[0])


def _jump() -> None:
    for shift in itertools.cycle(SHIFTS):
        _shift[0] = shift
        time.sleep(EVERY)


def main() -> None:
    """Run `copiste` so."""
    from pipeline import inbox, store
    from pipeline.cli import main as copiste

    for module in (inbox, store):
        module.datetime = Adrift  # type: ignore[attr-defined]
    time.time = lambda: _true_time() + _shift[0]
    threading.Thread(target=_jump, daemon=True).start()
    copiste()


if __name__ == "__main__":
    main()
