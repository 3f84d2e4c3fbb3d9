"""What a practice at work does every hour by itself, each task without waiting for the others.

Every process does it; what must be done by one only (the backup) sees to that itself.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count

from pipeline import alike, arrival, clear, clock, outage, story, trace
from pipeline.errors import known
from pipeline.practice import Practice, Submit
from pipeline.safekeeping import backup, sweep

DAY = 24
"""How many hours are between two sweeps; the first comes an hour after the start, once what waited is under way."""
log = logging.getLogger(__name__)
_hours = count()
_watch = clock.Watch()


def tidy(practice: Practice, submit: Submit) -> None:
    """Whatever is due: originals whose days are over, filings that failed, the backup, what no one speaks of."""
    tasks: list[Callable[[], object]] = [
        partial(arrival.tidy, practice, submit),
        partial(clear.remove_left, practice.place("tmp")),
        partial(story.file_again, practice, submit),
        partial(outage.begin_again, practice, submit),
        partial(alike.announce, practice),
        partial(_look_at_clock, practice, jump := _watch.jump()),
        partial(_back_up, practice),
    ]
    if next(_hours) % DAY == 1 and jump < clock.AHEAD:
        tasks += [partial(_sweep, practice), partial(_forget, practice)]
    for task in tasks:
        try:
            task()
        except Exception as error:  # another process tidies too; nothing here is worth stopping the practice
            ours = known(error)
            log.warning("housekeeping: %s", ours or type(error).__name__)


def _back_up(practice: Practice) -> None:
    if saved := backup.when_due(practice):
        log.info("backup %s: %d objects, %d bytes added, proven", saved.stamp, saved.proof.objects, saved.size)


def _sweep(practice: Practice) -> None:
    swept = sweep.sweep(practice)
    if swept.objects or swept.files or swept.copies:
        log.info("swept: %d objects, %d files, %d copies", swept.objects, swept.files, swept.copies)


def _forget(practice: Practice) -> None:
    """Remove the old lines of the access log, unless it is the clock that makes them look old."""
    with practice.look() as connection:
        leapt = clock.leapt(connection)
    if not leapt:
        trace.forget(practice)


def _look_at_clock(practice: Practice, jump: timedelta) -> None:
    """Say in the log that the clock is behind, or that it jumped: people see it in `copiste diagnostic`."""
    if jump > clock.AHEAD:
        log.warning("the clock jumped ahead by %d hours", jump // timedelta(hours=1))
    with practice.look() as connection:
        clock.require_right(connection)
