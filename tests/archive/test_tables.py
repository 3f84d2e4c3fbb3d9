from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from archive.tables import UtcDateTime, metadata, object_, vault_metadata


def test_every_constraint_and_index_has_a_name_so_that_a_migration_can_change_it() -> None:
    for table in (*metadata.tables.values(), *vault_metadata.tables.values()):
        named: list[Any] = [*table.constraints, *table.indexes]
        assert all(one.name for one in named), table.name


def test_a_moment_comes_back_aware_and_in_utc(connection: sa.Connection) -> None:
    paris = timezone(timedelta(hours=2))
    row = {"address": "a" * 64, "plain_sha256": "b" * 64, "size": 1, "media_type": "text/plain"}
    connection.execute(object_.insert().values(row | {"created_at": datetime(2026, 7, 1, 9, 30, tzinfo=paris)}))

    read = connection.scalar(sa.select(object_.c.created_at))

    assert read == datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    assert read is not None
    assert read.tzinfo == UTC


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 7, 1), sa.create_engine("sqlite://").dialect)
