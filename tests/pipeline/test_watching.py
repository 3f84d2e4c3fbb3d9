"""What each watched folder looks like, in the table that status and the pages read."""

import dataclasses
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline import store, tables
from pipeline.inbox import lookout
from pipeline.inbox.lookout import Sight
from pipeline.inbox.watching import EVERY_SECONDS, FORGOTTEN_DAYS, Watching
from pipeline.practice import Practice
from pipeline.status import UNSEEN
from tests.pipeline.lived import needs_postgres, servers

INBOX, SHARE = Path("/cabinet/inbox"), Path("/mnt/partage")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def rows(practice: Practice) -> dict[tuple[str, str], sa.RowMapping]:
    with practice.look() as connection:
        found = connection.execute(sa.select(tables.watched)).mappings()
        return {(row["machine"], row["path"]): row for row in found}


def seen(path: Path = INBOX, **facts: object) -> Sight:
    return Sight(**({"path": path, "mode": "native", "waiting": 0} | facts))  # type: ignore[arg-type]


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_each_machine_says_what_it_sees_of_each_root(practice: Practice, clock: Clock):
    for machine in ("accueil", "étage"):
        watching = Watching(practice, machine=machine, clock=clock)
        watching(seen(waiting=2))
        watching(seen(SHARE, mode="polling"))

    found = rows(practice)
    assert len(found) == 4
    here = found["accueil", str(INBOX)]
    assert (here["mode"], here["waiting"], here["problem"], here["since"]) == ("native", 2, "", None)
    assert store.now() - here["looked"] < timedelta(minutes=1)


def test_it_is_written_once_a_minute_and_at_once_when_something_is_new(practice: Practice, clock: Clock):
    watching = Watching(practice, machine="m", clock=clock)

    def waiting() -> tuple[int, str, str]:
        row = rows(practice)["m", str(INBOX)]
        return row["waiting"], row["mode"], row["problem"]

    watching(seen(waiting=1))
    clock.now += 59
    watching(seen(waiting=2))
    assert waiting() == (1, "native", "")
    clock.now += 2
    watching(seen(waiting=3))
    assert waiting() == (3, "native", "")
    clock.now += 1
    watching(seen(waiting=4, mode="polling"))
    assert waiting() == (4, "polling", "")
    watching(seen(waiting=5, mode="polling", problem="E176"))
    assert waiting() == (5, "polling", "E176")
    watching(seen(waiting=6, mode="polling"))
    assert waiting() == (6, "polling", "")


def test_since_when_there_is_a_problem(practice: Practice, clock: Clock):
    watching = Watching(practice, machine="m", clock=clock)

    def since():
        return rows(practice)["m", str(INBOX)]["since"]

    watching(seen())
    watching(seen(problem="E176"))
    first = since()
    assert first is not None
    clock.now += 61
    watching(seen(problem="E176"))
    assert since() == first
    Watching(practice, machine="m", clock=clock)(seen(problem="E176"))
    assert since() == first, "it began before this start"
    watching(seen(problem="E190"))
    assert since() > first
    watching(seen())
    assert since() is None


def two_machines(practice: Practice, clock: Clock) -> None:
    """Two that watch two folders each, one of which nobody looks at any more; then the first starts with one."""
    old = Watching(practice, machine="m", clock=clock)
    for path in (INBOX, SHARE):
        old(seen(path))
    other = Watching(practice, machine="autre", clock=clock)
    for path in (INBOX, SHARE):
        other(seen(path))
    long_ago = store.now() - timedelta(days=FORGOTTEN_DAYS + 1)
    with practice.begin() as connection:
        this = (tables.watched.c.machine == "autre", tables.watched.c.path == str(SHARE))
        connection.execute(tables.watched.update().where(*this).values(looked=long_ago))
    Watching(practice, machine="m", clock=clock).begin([INBOX])


def test_at_the_start_this_machine_s_old_roots_go_under_whatever_name_it_had(practice: Practice, clock: Clock):
    two_machines(practice, clock)
    assert set(rows(practice)) == {("m", str(INBOX))}


def test_a_path_that_is_no_text_is_written_all_the_same(practice: Practice, clock: Clock):
    path = Path("/mnt/d\udcff")
    watching = Watching(practice, machine="m", clock=clock)
    watching(seen(path))
    watching.begin([path])

    assert len(rows(practice)) == 1


@contextmanager
def away(practice: Practice, tmp_path: Path) -> Iterator[Practice]:
    """The practice, with a database that does not answer."""
    broken = sa.create_engine(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    yield dataclasses.replace(practice, database=broken)
    broken.dispose()


def test_a_database_that_is_away_stops_nothing_is_said_once_and_written_when_it_is_back(
    practice: Practice, tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    caplog.set_level(logging.WARNING)
    with away(practice, tmp_path) as gone:
        watching = Watching(gone, machine="m", clock=clock)
        watching.begin([INBOX])
        for _ in range(10):
            watching(seen(waiting=7))
            clock.now += 10
        assert caplog.text.count("OperationalError") == 1
        monkeypatch.setattr(watching, "_practice", practice)
        watching(seen(waiting=7))
    assert rows(practice)["m", str(INBOX)]["waiting"] == 7


def test_a_folder_that_is_looked_at_as_seldom_as_may_be_is_not_said_to_be_watched_no_more():
    assert UNSEEN.total_seconds() > 2 * lookout._LONGEST_PAUSE + EVERY_SECONDS


def test_several_roots_may_be_written_at_once(practice: Practice, clock: Clock):
    watching = Watching(practice, machine="m", clock=clock)
    paths = [Path(f"/mnt/{number}") for number in range(8)]
    threads = [threading.Thread(target=watching, args=(seen(path),)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(rows(practice)) == {("m", str(path)) for path in paths}


@pytest.mark.postgres
@needs_postgres
def test_on_a_server_too(practice: Practice, clock: Clock):
    with servers("veille") as urls:
        engine = store.database(urls["veille"])
        tables.watched.create(engine)
        place = dataclasses.replace(practice, database=engine)
        watching = Watching(place, machine="m", clock=clock)
        watching(seen())
        watching(seen(problem="E176"))
        first = rows(place)["m", str(INBOX)]["since"]
        clock.now += 61
        watching(seen(problem="E176", waiting=3))
        row = rows(place)["m", str(INBOX)]
        assert (row["since"], row["waiting"]) == (first, 3)
        watching(seen())
        assert rows(place)["m", str(INBOX)]["since"] is None
        watching.begin([SHARE])
        assert rows(place) == {}
        two_machines(place, clock)
        assert set(rows(place)) == {("m", str(INBOX)), ("autre", str(INBOX))}, "on a server, they may be several"
        engine.dispose()
