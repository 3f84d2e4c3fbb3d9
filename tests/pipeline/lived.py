"""A practice that has lived: a letter filed, one to proofread, a dictation received, files of its own."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline import accounts, review, store, tables
from pipeline.practice import Practice, open_practice
from pipeline.signature import with_code
from tests.fakes import CODE, OnTheSpot, People, received
from tests.pipeline.test_story import SOUND, only_document, proofread

SERVER = os.environ.get("COPISTE_TEST_POSTGRES", "")
needs_postgres = pytest.mark.skipif(not SERVER, reason="PostgreSQL is optional: COPISTE_TEST_POSTGRES names no server")
FILES = ("vocab/noms.txt", "templates/à moi.toml", "refused/abc.txt", "signed/scan.pdf", "received/x/lettre.pdf")


def live(practice: Practice, people: People) -> None:
    """Have all that happen in a practice where nothing did."""
    engine = OnTheSpot(practice)
    received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.run()
    key = proofread(practice, people, engine)
    engine.run()
    review.sign(practice, people.lambert, key, signature=with_code(practice, CODE), submit=engine.submit)
    engine.run()
    assert only_document(practice)["state"] == "filed"
    received(practice, engine, SOUND + b"\0", doctor=people.lambert.doctor)
    engine.run()
    received(practice, engine, b"waiting", doctor=None)
    for name in (
        "vocab/noms.txt",
        "templates/à moi.toml",
        "refused/abc.txt",
        "signed/scan.pdf",
        "received/x/lettre.pdf",
    ):
        path = practice.home / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"contenu de {name}, patient Martin", encoding="utf-8")
    (practice.place("received") / ".x.part").write_text("half")


@pytest.fixture(scope="session")
def lived_seed(seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once, and copied for each test."""
    home = tmp_path_factory.mktemp("lived") / "cabinet"
    shutil.copytree(seed, home)
    place = open_practice(home)
    with place.begin() as connection:
        logins = ("claire", "lambert", "garnier", "archives", "technique")
        people = People(**{one: accounts.actor(connection, one, settings=place.settings) for one in logins})
    live(place, people)
    place.close()
    return home


@pytest.fixture
def lived(lived_seed: Path, tmp_path: Path) -> Iterator[Practice]:
    """A practice that has lived, for one test."""
    shutil.copytree(lived_seed, tmp_path / "vécu")
    place = open_practice(tmp_path / "vécu")
    yield place
    place.close()


def only_filed(practice: Practice) -> str:
    """The id of the letter that was filed."""
    with practice.look() as connection:
        (row,) = store.documents(connection, states=("filed",))
        return str(row["id"])


def to_proofread(practice: Practice) -> str:
    with practice.look() as connection:
        (row,) = store.documents(connection, states=("to-review", "in-review"))
        return str(row["id"])


def rows(database: sa.Engine, *, but: tuple[str, ...] = ()) -> dict[str, list[tuple]]:
    """Every row of every table that the code knows."""
    from archive.tables import metadata as archive_metadata
    from archive.tables import vault_metadata

    there = set(sa.inspect(database).get_table_names())
    every = [*archive_metadata.sorted_tables, *tables.metadata.sorted_tables, *vault_metadata.sorted_tables]
    found = {}
    with database.connect() as connection:
        for table in every:
            if table.name in there and table.name not in but:
                found[table.name] = sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
        connection.rollback()
    return found


@contextmanager
def servers(*names: str) -> Iterator[dict[str, str]]:
    """New databases on the PostgreSQL server, by name."""
    urls = {name: f"{SERVER}/copiste_{name}_{uuid.uuid4().hex[:8]}" for name in names}
    server = sa.create_engine(f"{SERVER}/postgres", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for url in urls.values():
            connection.execute(sa.text(f"create database {url.rpartition('/')[2]}"))
    try:
        yield urls
    finally:
        with server.connect() as connection:
            for url in urls.values():
                connection.execute(sa.text(f"drop database {url.rpartition('/')[2]} with (force)"))
        server.dispose()


def clear_text(folder: Path, *words: bytes) -> list[Path]:
    """Files in which one of these words can be read."""
    return [path for path in folder.rglob("*") if path.is_file() and any(w in path.read_bytes() for w in words)]
