import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from archive.tables import metadata as archive_metadata
from archive.tables import vault_metadata
from pipeline import store, tables
from pipeline.errors import NotFound, Outdated
from pipeline.practice import Practice

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def add_dictation(connection: sa.Connection, key: str = "D000000001", **values) -> bool:
    return store.insert_once(
        connection, tables.dictation,
        **{"id": key, "sha256": key, "audio": "a", "name": "n", "received": NOON, "due": NOON, "state": "received",
           "since": NOON, **values},
    )  # fmt: skip


def add_document(connection: sa.Connection, key: str = "C000000001", **values) -> bool:
    return store.insert_once(
        connection, tables.document,
        **{"id": key, "dictation": "D000000001", "position": 0, "state": "to-review", "since": NOON,
           "kind": "courrier", "due": NOON, "review": "r", "written": NOON.date(), **values},
    )  # fmt: skip


def differences(engine: sa.Engine, wanted: list[sa.MetaData]) -> list[object]:
    ours = {table for metadata in wanted for table in metadata.tables}
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name in ours}
        )
        found = compare_metadata(context, wanted)
        connection.rollback()
    return found


def test_the_history_makes_exactly_the_tables_of_the_code(practice: Practice):
    for engine, wanted in (
        (practice.database, [archive_metadata, tables.metadata]),
        (practice.vault, [vault_metadata]),
    ):
        assert differences(engine, wanted) == []


def test_a_row_is_inserted_once(practice: Practice):
    with practice.begin() as connection:
        assert add_dictation(connection)
        assert not add_dictation(connection)
        assert not add_dictation(connection, "D000000002", sha256="D000000001")


def test_a_save_at_an_old_version_is_refused(practice: Practice):
    with practice.begin() as connection:
        add_dictation(connection)
        add_document(connection)
        assert store.change_document(connection, "C000000001", version=1, state="in-review") == 2
        with pytest.raises(Outdated):
            store.change_document(connection, "C000000001", version=1, state="to-review")


def test_moments_come_back_in_utc(practice: Practice):
    paris = NOON.astimezone(practice.settings.zone)
    with practice.begin() as connection:
        add_dictation(connection, received=paris)
        assert store.one(connection, tables.dictation, "D000000001")["received"] == NOON


def test_documents_come_earliest_due_first(practice: Practice):
    with practice.begin() as connection:
        add_dictation(connection)
        add_document(connection, "C000000001", due=NOON + timedelta(hours=2))
        add_document(connection, "C000000002", position=1, due=NOON)
        assert [row["id"] for row in store.documents(connection)] == ["C000000002", "C000000001"]
        assert store.documents(connection, states=("signed",)) == []


def test_an_urgent_letter_is_due_before_an_ordinary_one_of_the_day_before():
    ordinary = store.due(NOON - timedelta(hours=20), urgent=False, urgent_minutes=15, delay_hours=24)
    urgent = store.due(NOON, urgent=True, urgent_minutes=15, delay_hours=24)
    assert store.priority(urgent) < store.priority(ordinary)


def test_an_unknown_id_is_told(practice: Practice):
    with practice.begin() as connection, pytest.raises(NotFound):
        store.one(connection, tables.dictation, "nope")
    with practice.begin() as connection, pytest.raises(NotFound):
        store.move_dictation(connection, "nope", "received")


def test_sqlite_keeps_what_was_committed_and_never_what_was_rolled_back(practice: Practice):
    def interrupted() -> None:
        with practice.begin() as connection:
            add_dictation(connection)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    with practice.begin() as connection:
        assert store.dictations(connection) == []
        assert connection.exec_driver_sql("pragma synchronous").scalar() == 2
        assert connection.exec_driver_sql("pragma journal_mode").scalar() == "wal"


def test_a_file_that_another_is_writing_is_waited_for_when_it_is_opened_first(tmp_path: Path):
    """Changing how a file is written is the one thing for which SQLite itself does not wait."""
    url = f"sqlite:///{tmp_path / 'neuve.db'}"
    with closing(sqlite3.connect(tmp_path / "neuve.db", isolation_level=None, check_same_thread=False)) as other:
        other.execute("create table one (n integer)")
        other.execute("begin immediate")
        ends = threading.Timer(0.3, other.commit)
        ends.start()
        database = store.database(url)
        with database.connect() as connection:
            assert connection.exec_driver_sql("pragma journal_mode").scalar() == "wal"
        ends.join()
        database.dispose()


def test_a_file_that_another_never_lets_go_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "BUSY_SECONDS", 0)
    with closing(sqlite3.connect(tmp_path / "tenue.db", isolation_level=None)) as other:
        other.execute("create table one (n integer)")
        other.execute("begin immediate")
        database = store.database(f"sqlite:///{tmp_path / 'tenue.db'}")
        with pytest.raises(sa.exc.OperationalError, match="locked"):
            database.connect()
        database.dispose()


def test_an_error_of_the_database_quotes_no_value(practice: Practice):
    with pytest.raises(sa.exc.IntegrityError) as refused, practice.begin() as connection:
        add_document(connection, "C000000001", dictation="SECRET")
    assert "SECRET" not in str(refused.value)
