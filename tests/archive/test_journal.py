import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from archive import journal
from archive.errors import ClockWentBack
from archive.tables import journal as table


def write(engine: sa.Engine, number: int = 5) -> None:
    for one in range(number):
        with engine.begin() as connection:
            journal.append(connection, actor="TEST", action="filed", subject=f"S{one}", details={"n": one, "é": "œ"})


def broken(engine: sa.Engine) -> int | None:
    with engine.begin() as connection:
        return journal.check(connection)


def test_an_empty_journal_and_one_just_written_hold(engine: sa.Engine) -> None:
    assert broken(engine) is None
    write(engine)
    assert broken(engine) is None


def test_lines_are_numbered_and_each_seals_the_one_before(engine: sa.Engine) -> None:
    write(engine, 3)
    with engine.begin() as connection:
        lines = connection.execute(table.select().order_by(table.c.seq)).all()

    assert [line.seq for line in lines] == [1, 2, 3]
    assert [line.previous for line in lines] == [journal.FIRST, lines[0].hash, lines[1].hash]


@pytest.mark.parametrize(
    "change",
    [
        {"at": "2001-01-01T00:00:00+00:00"},
        {"actor": "AUTRE"},
        {"action": "released"},
        {"subject": "S9"},
        {"details": "{}"},
        {"previous": "f" * 64},
        {"hash": "f" * 64},
        {"seq": 99},
    ],
)
def test_any_change_to_a_line_shows_at_that_line(engine: sa.Engine, change: dict[str, Any]) -> None:
    write(engine)
    with engine.begin() as connection:
        connection.execute(table.update().where(table.c.seq == 3).values(change))

    assert broken(engine) == 3


def test_a_line_taken_out_of_the_middle_or_the_beginning_shows(engine: sa.Engine) -> None:
    write(engine)
    for removed in (3, 1):
        with engine.begin() as connection:
            connection.execute(table.delete().where(table.c.seq == removed))
        assert broken(engine) == removed


def test_a_line_of_a_transaction_that_is_undone_is_not_written(engine: sa.Engine) -> None:
    write(engine, 2)
    with engine.begin() as connection:
        journal.append(connection, actor="TEST", action="filed", subject="S")
        connection.rollback()
    write(engine, 1)

    assert broken(engine) is None


def test_writers_at_the_same_time_make_one_chain(engine: sa.Engine) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            write(engine, 10)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failures
    with engine.begin() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 60
    assert broken(engine) is None


def test_the_table_itself_refuses_a_second_line_after_the_same_one(engine: sa.Engine) -> None:
    write(engine, 1)
    fork = {"seq": 2, "at": "", "actor": "", "action": "", "subject": "", "details": "{}", "hash": "f" * 64}
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(table.insert().values(fork | {"previous": journal.FIRST}))


def test_moments_never_go_back_and_a_clock_far_behind_writes_nothing(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def at(moment: datetime) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return moment.astimezone(tz)

        monkeypatch.setattr(journal, "datetime", Clock)

    for minutes in (0, -10, 5):
        at(noon + timedelta(minutes=minutes))
        write(engine, 1)
    at(noon - timedelta(minutes=6))
    with pytest.raises(ClockWentBack):
        write(engine, 1)
    with engine.begin() as connection:
        assert journal.append(connection, actor="X", action=journal.CLOCK_RIGHT, subject="practice") == 4
    write(engine, 1)

    with engine.begin() as connection:
        said = [datetime.fromisoformat(at) for at in connection.scalars(sa.select(table.c.at).order_by(table.c.seq))]
    assert [(one - noon) // timedelta(minutes=1) for one in said] == [0, 0, 5, -6, -6]
    assert broken(engine) is None


def test_a_last_line_that_was_altered_does_not_stop_the_next_ones(engine: sa.Engine) -> None:
    write(engine, 2)
    with engine.begin() as connection:
        connection.execute(table.update().where(table.c.seq == 2).values(at="yesterday"))
    write(engine, 1)

    assert broken(engine) == 2
