"""A database copied as it is at one moment, while others go on writing: our tables only, to a SQLite file.

The copy is at the version of its source, whatever that is, and may fill a database of either kind. It is made row by
row rather than page by page, so that nothing of what was deleted is in it. Knows nothing of encryption nor of folders.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from archive.tables import metadata as archive_metadata
from archive.tables import vault_metadata
from pipeline import store, tables
from pipeline.errors import FolderError
from pipeline.migrations import history
from pipeline.migrations.history import Part

BATCH = 1000
_KNOWN = {**archive_metadata.tables, **tables.metadata.tables, **vault_metadata.tables}
_MARK = "alembic_version"


def take(engine: sa.Engine, path: Path, *, part: Part) -> None:
    """Write one consistent view of a database to a new SQLite file."""
    target = store.database(f"sqlite:///{path}")
    try:
        with _view(engine) as source:
            history.upgrade(target, part=part, to=_version(source))
            with target.begin() as connection:
                _fill(source, connection, _tables(connection))
    finally:
        target.dispose()
    path.chmod(0o600)


def pour(path: Path, engine: sa.Engine, *, part: Part) -> None:
    """Fill an empty database, of either kind, with what a copy holds, at the copy's version; all of it or nothing.

    A failure leaves tables without rows.
    """
    source = store.database(f"sqlite:///{path}")
    try:
        with _view(source) as rows:
            history.upgrade(engine, part=part, to=_version(rows))
            with engine.begin() as connection:
                copied = _tables(rows)
                _fill(rows, connection, copied)
                _advance(connection, copied)
    finally:
        source.dispose()


def _version(source: sa.Connection) -> str:
    version = history.current(source)
    if version is None:
        raise FolderError("nothing was ever made in this database")
    return version


def is_empty(engine: sa.Engine) -> bool:
    """Whether nothing was ever made in a database."""
    looking = sa.inspect(engine)
    ours = [name for name in looking.get_schema_names() if name not in ("information_schema", "pg_catalog")]
    return not any(looking.get_table_names(schema=name) for name in ours)


@contextmanager
def _view(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One view of the whole database that no later writing changes, and that keeps no one from writing."""
    one_view = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect() as connection:
        yield connection.execution_options(reading=True, **one_view)
        connection.rollback()


def _tables(connection: sa.Connection) -> Sequence[sa.Table]:
    """The tables of a copy, those that others refer to first: those of its version, not of this program's."""
    there = sa.MetaData()
    there.reflect(connection)
    return [table for table in there.sorted_tables if table.name != _MARK]


def _fill(source: sa.Connection, target: sa.Connection, copied: Sequence[sa.Table]) -> None:
    for table in copied:
        plain = _typed(table)
        later = _own_references(table)
        key = [plain.c[column.name] for column in table.primary_key]
        rows = source.execution_options(yield_per=BATCH).execute(sa.select(plain).order_by(*key))
        for batch in rows.mappings().partitions():
            target.execute(plain.insert(), [{**row, **dict.fromkeys(later)} for row in batch])
        for name in later:
            _refer(source, target, plain, key, name)


def _refer(source: sa.Connection, target: sa.Connection, plain: sa.TableClause, key: Sequence[Any], name: str) -> None:
    """Write what a row says of another row of the same table, once all of them are there."""
    column = plain.c[name]
    rows = source.execute(sa.select(*key, column).where(column.is_not(None)))
    change = plain.update().where(*(one == sa.bindparam(f"key_{one.name}") for one in key))
    for batch in rows.mappings().partitions(BATCH):
        values = [{f"key_{one.name}": row[one.name] for one in key} | {name: row[name]} for row in batch]
        target.execute(change.values({name: sa.bindparam(name)}), values)


def _typed(table: sa.Table) -> sa.TableClause:
    """A table with the types of the code, which a database alone does not tell (moments, in UTC, above all)."""
    known = _KNOWN.get(table.name)
    types = {} if known is None else {column.name: column.type for column in known.c}
    return sa.table(table.name, *(sa.column(one.name, types.get(one.name, one.type)) for one in table.c))


def _own_references(table: sa.Table) -> list[str]:
    return [key.parent.name for key in table.foreign_keys if key.column.table is table]


def _advance(connection: sa.Connection, copied: Sequence[sa.Table]) -> None:
    """Make PostgreSQL number what comes next after what was copied."""
    if connection.dialect.name != "postgresql":
        return
    for table in copied:
        for column in table.primary_key:
            named = sa.func.pg_get_serial_sequence(f'"{table.name}"', column.name)
            if connection.scalar(sa.select(named)) and (last := connection.scalar(sa.select(sa.func.max(column)))):
                connection.execute(sa.select(sa.func.setval(named, last)))
