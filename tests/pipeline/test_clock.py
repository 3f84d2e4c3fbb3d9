"""A clock that goes back files nothing; one that jumps ahead is told; civil dates are those of the practice."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from archive import journal
from archive.errors import ClockWentBack
from archive.tables import journal as lines
from pipeline import clock, review, store, tables
from pipeline.practice import Practice
from pipeline.running import housekeeping
from pipeline.signature import with_code
from pipeline.story import file_again
from tests.fakes import CODE, OnTheSpot, People, received
from tests.pipeline.test_story import SOUND, only_document, proofread

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def at(practice: Practice, monkeypatch: pytest.MonkeyPatch):
    """Set the machine's clock, in a practice where nothing was dated yet."""
    with practice.begin() as connection:
        for table in (lines, tables.event, tables.access_log):
            connection.execute(table.delete())

    def put(moment: datetime) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return moment.astimezone(tz)

        monkeypatch.setattr(store, "now", lambda: moment)
        monkeypatch.setattr(journal, "datetime", Clock)

    return put


def write(practice: Practice) -> None:
    with practice.begin() as connection:
        journal.append(connection, actor="TEST", action="filed", subject="S")


def dates(practice: Practice) -> list[datetime]:
    with practice.look() as connection:
        return [datetime.fromisoformat(one) for one in connection.scalars(sa.select(lines.c.at).order_by(lines.c.seq))]


def verdict(practice: Practice) -> str:
    with practice.look() as connection:
        return clock.read(connection).verdict


def test_a_small_step_back_is_waited_for_and_dates_never_go_back(practice: Practice, at):
    at(NOON)
    write(practice)
    at(NOON - timedelta(minutes=9))
    write(practice)
    at(NOON + timedelta(seconds=1))
    write(practice)
    assert dates(practice) == [NOON, NOON, NOON + timedelta(seconds=1)]
    with practice.look() as connection:
        assert journal.check(connection) is None


def test_a_large_step_back_writes_nothing_until_the_clock_is_right(practice: Practice, at):
    at(NOON)
    write(practice)
    at(NOON - timedelta(minutes=11))
    with pytest.raises(ClockWentBack) as refused:
        write(practice)
    assert (refused.value.retry, "l'heure" in refused.value.advice) == (True, True)
    with practice.look() as connection, pytest.raises(ClockWentBack):
        clock.require_right(connection)
    assert [one.verdict for one in clock.findings(practice)] == ["back"]
    at(NOON + timedelta(minutes=1))
    write(practice)
    assert clock.findings(practice) == ()


@pytest.mark.parametrize("table", [tables.event, tables.access_log])
def test_every_kind_of_trace_tells_that_the_clock_went_back(practice: Practice, at, table: sa.Table):
    row = {"at": NOON, "actor": "x", "action": "y", "subject": "z"}
    with practice.begin() as connection:
        connection.execute(table.insert().values(row))
        connection.execute(table.insert().values(row | {"at": NOON - timedelta(hours=2)}))
    at(NOON - timedelta(hours=2))
    assert verdict(practice) == "back"
    at(NOON + timedelta(hours=2))
    assert verdict(practice) == "right"


def test_a_person_says_that_a_clock_that_was_ahead_is_right_now(practice: Practice, at):
    at(NOON + timedelta(days=3650))
    write(practice)
    with practice.begin() as connection:
        store.record(connection, actor="x", action="y", subject="z")
    at(NOON)
    assert verdict(practice) == "back"
    assert clock.say_right(practice, actor="operator").verdict == "back"
    assert verdict(practice) == "right"
    write(practice)
    assert dates(practice)[1:] == [NOON, NOON]
    with practice.look() as connection:
        assert journal.check(connection) is None
        assert connection.scalars(sa.select(lines.c.action).order_by(lines.c.seq)).all()[1] == "clock-right"
    assert clock.say_right(practice, actor="operator").verdict == "right"
    assert len(dates(practice)) == 3


def test_a_letter_is_signed_and_filed_only_once_the_clock_is_right(practice: Practice, people: People, at):
    engine = OnTheSpot(practice)
    received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.run()
    key = proofread(practice, people, engine)
    engine.run()
    now = datetime.now(UTC)
    write(practice)
    at(now - timedelta(days=2))
    with pytest.raises(ClockWentBack):
        review.sign(practice, people.lambert, key, signature=with_code(practice, CODE), submit=engine.submit)
    assert only_document(practice)["state"] == "to-sign"
    at(now + timedelta(seconds=1))
    review.sign(practice, people.lambert, key, signature=with_code(practice, CODE), submit=engine.submit)
    at(now - timedelta(days=2))
    (job,) = engine.jobs
    with pytest.raises(ClockWentBack):
        engine.run()
    assert only_document(practice)["state"] == "signed"
    at(now + timedelta(minutes=1))
    engine.jobs = [job]
    engine.run()
    assert only_document(practice)["state"] == "filed"
    file_again(practice, engine.submit)


def test_long_after_the_last_trace_it_is_only_told(practice: Practice, at):
    at(NOON)
    write(practice)
    at(NOON + timedelta(days=3))
    (found,) = clock.findings(practice)
    assert found.verdict == "ahead"
    assert "24/11/2026 à 13 h 00" in clock.sentence(found, PARIS)
    write(practice)
    assert verdict(practice) == "right"


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),  # the clocks go forward that night
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),  # and back
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_the_day_is_the_practices_own_when_the_hour_changes(practice: Practice, at, moment: datetime, day: date):
    at(moment)
    with practice.look() as connection:
        assert clock.today(connection, PARIS) == day


def test_lines_written_as_the_hour_changes_are_in_order(practice: Practice, at):
    for minutes in range(0, 180, 30):
        at(datetime(2026, 10, 24, 23, 30, tzinfo=UTC).astimezone(PARIS) + timedelta(minutes=minutes))
        write(practice)
    assert dates(practice) == sorted(dates(practice))
    assert all(one.utcoffset() == timedelta(0) for one in dates(practice))


def test_today_is_never_before_what_was_filed_and_follows_the_zone_of_the_settings(practice: Practice, at):
    at(datetime(2026, 11, 21, 23, 30, tzinfo=UTC))
    write(practice)
    at(datetime(2026, 11, 1, tzinfo=UTC))
    with practice.look() as connection:
        assert clock.today(connection, PARIS) == date(2026, 11, 22)
        assert clock.today(connection, ZoneInfo("America/Martinique")) == date(2026, 11, 21)
        assert clock.today(connection, ZoneInfo("Indian/Reunion")) == date(2026, 11, 22)


def test_a_jump_while_the_program_runs_is_seen_and_a_machine_asleep_is_none():
    now, steady = [NOON], [0.0]
    watch = clock.Watch(clock=lambda: now[0], steady=lambda: steady[0])
    now[0], steady[0] = NOON + timedelta(hours=50), 50 * 3600.0
    assert watch.jump() == timedelta(0)
    now[0], steady[0] = now[0] + timedelta(days=2), steady[0] + 3600
    assert watch.jump() == timedelta(hours=47)
    now[0] -= timedelta(hours=1)
    assert watch.jump() == -timedelta(hours=1)


def test_housekeeping_says_so_in_the_log(practice: Practice, at, caplog: pytest.LogCaptureFixture):
    at(NOON)
    write(practice)
    at(NOON - timedelta(hours=1))
    housekeeping.tidy(practice, OnTheSpot(practice).submit)
    assert "A060" in caplog.text
