"""What no one speaks of is removed after a week; what anyone may still speak of never is."""

import os
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from archive.errors import ObjectMissing
from archive.tables import metadata as archive_metadata
from archive.tables import object_key
from archive.tables import record as record_table
from pipeline import clock, store, tables
from pipeline.practice import Practice
from pipeline.running import housekeeping
from pipeline.safekeeping import proof, sweep
from pipeline.safekeeping.upgrade import BEFORE
from tests.fakes import OnTheSpot


def grow_old(practice: Practice, days: float) -> None:
    with practice.vault.begin() as connection:
        connection.execute(object_key.update().values(created_at=store.now() - timedelta(days=days)))


def finish_all(practice: Practice) -> None:
    with practice.begin() as connection:
        waiting = tables.dictation.c.state.in_(("received", "transcribing"))
        connection.execute(tables.dictation.update().where(waiting).values(state="replaced"))


def test_an_object_that_no_row_names_goes_after_a_week_and_the_others_stay(lived: Practice):
    finish_all(lived)
    left = lived.objects.put(b"left by a kill")
    grow_old(lived, 6)
    assert sweep.sweep(lived).objects == 0
    grow_old(lived, 8)
    assert sweep.sweep(lived).objects == 1
    with pytest.raises(ObjectMissing):
        lived.objects.stored(left)
    with lived.look() as connection:
        for address in proof.named(connection):
            assert lived.objects.get(address)
    assert sweep.sweep(lived).objects == 0


@pytest.mark.parametrize("state", ["received", "transcribing"])
def test_the_objects_of_a_stretch_that_is_not_finished_stay(lived: Practice, state: str):
    left = lived.objects.put(b"what a step gave, that only the engine knows")
    grow_old(lived, 8)
    with lived.begin() as connection:
        waiting = tables.dictation.c.state == "received"
        since = {"state": state, "since": store.now() - timedelta(days=9)}
        connection.execute(tables.dictation.update().where(waiting).values(since))
    assert sweep.sweep(lived).objects == 0
    grow_old(lived, 10)
    assert sweep.sweep(lived).objects == 1
    with pytest.raises(ObjectMissing):
        lived.objects.stored(left)


def test_nothing_is_swept_while_a_backup_is_being_made(practice: Practice):
    practice.objects.put(b"left")
    grow_old(practice, 8)
    row = {"id": "B000000001", "at": store.now(), "place": "x", "objects": 0, "size": 0}
    with practice.begin() as connection:
        connection.execute(tables.backup.insert().values(row))
    assert sweep.sweep(practice).objects == 0
    with practice.begin() as connection:
        connection.execute(tables.backup.update().values(at=store.now() - timedelta(days=2)))
    assert sweep.sweep(practice).objects == 1


def test_what_a_kill_left_in_clear_is_removed(practice: Practice):
    left = [practice.place("tmp") / "sound-abc", practice.place("tmp") / "backup-xyz", practice.home / BEFORE / "old"]
    left[0].write_bytes(b"a voice")
    for folder in left[1:]:
        folder.mkdir(parents=True)
        (folder / "copiste.db").write_bytes(b"names")
    (practice.place("tmp") / "worker-1.slot").touch()
    assert (sweep.sweep(practice).files, sweep.sweep(practice).copies) == (0, 0)
    long_ago = time.time() - 40 * 86400
    for path in (*left, practice.place("tmp") / "worker-1.slot"):
        os.utime(path, (long_ago, long_ago))
    swept = sweep.sweep(practice)
    assert (swept.files, swept.copies) == (2, 1)
    assert [path.name for path in practice.place("tmp").iterdir() if path.suffix != ".lock"] == ["worker-1.slot"]


def test_nothing_is_removed_for_its_age_when_the_clock_may_have_jumped(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
):
    """What was put a moment ago, and that no row names yet, would look twenty years old."""
    with practice.begin() as connection:
        store.record(connection, actor="x", action="y", subject="z")
        trace = {"at": store.now(), "actor": "x", "action": "y", "subject": "z"}
        connection.execute(tables.access_log.insert().values(trace))
    address = practice.objects.put(b"what a row is about to name")
    ahead = store.now() + timedelta(days=7300)
    monkeypatch.setattr(store, "now", lambda: ahead)
    monkeypatch.setattr(housekeeping, "_hours", iter((1, 1)))
    for _ in range(2):
        housekeeping.tidy(practice, OnTheSpot(practice).submit)
        with practice.begin() as connection:  # work goes on: the last trace says what the clock says
            store.record(connection, actor="x", action="y", subject="z")
    assert practice.objects.get(address) == b"what a row is about to name"
    with practice.look() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.access_log)) == 1
    with practice.begin() as connection:
        for _ in range(clock._LATELY):
            store.record(connection, actor="x", action="y", subject="z")
    assert sweep.sweep(practice).objects == 1


NOT_OBJECTS = {
    ("dictation", "sha256"), ("session", "token_hash"), ("journal", "previous"), ("journal", "hash"),
    ("object", "plain_sha256"),
}  # fmt: skip


def test_every_column_that_names_an_object_is_known_to_the_sweep(lived: Practice):
    """A column that is added and forgotten would let its objects be destroyed."""
    columns = {
        (table.name, column.name)
        for metadata in (tables.metadata, archive_metadata)
        for table in metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, sa.String) and column.type.length == 64
    } - NOT_OBJECTS
    with lived.look() as connection:
        known = proof.named(connection)
        for table, column in columns:
            found = connection.scalars(sa.select(sa.column(column)).select_from(sa.table(table)))
            assert {one for one in found if one} <= known, (table, column)
    assert ("document", "review") in columns
    assert record_table.name in {table for table, _ in columns}
