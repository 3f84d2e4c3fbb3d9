"""Every schema that was ever released is brought to this one with its rows whole, alone, and after a copy."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.tables import metadata as archive_metadata
from archive.tables import vault_metadata
from pipeline import disk, engine, presence, store, tables
from pipeline import practice as practices
from pipeline.errors import FolderError
from pipeline.migrations import history
from pipeline.practice import Practice, database_url, open_practice
from pipeline.presence import PracticeBusy
from pipeline.safekeeping import shelf, snapshot, upgrade
from pipeline.safekeeping.faults import UpgradeFailed
from tests.pipeline.lived import needs_postgres, rows, servers
from tests.pipeline.test_store import differences

RELEASES = Path(__file__).parent.parent / "data" / "releases"
EVERY = sorted(folder.name for folder in RELEASES.iterdir())
PARTS: tuple[tuple[history.Part, str], ...] = (("work", "copiste.db"), ("vault", "keys.db"))


def released(home: Path, version: str) -> Path:
    """A practice as a released version left it: its databases, settings and key; the objects are not needed."""
    practices.make_places(home)
    for name in ("copiste", "keys"):
        with closing(sqlite3.connect(home / f"{name}.db")) as database:
            database.executescript((RELEASES / version / f"{name}.sql").read_text(encoding="utf-8"))
    shutil.copy(RELEASES / version / "copiste.toml", home)
    shutil.copy(RELEASES / version / "practice.key", home)
    (home / "practice.key").chmod(0o600)
    return home


def on_servers(home: Path, urls: dict[str, str]) -> Path:
    """The same practice, its databases on servers."""
    for (part, name), url in zip(PARTS, (urls["base"], urls["coffre"]), strict=True):
        source, target = store.database(f"sqlite:///{home / name}"), store.database(url)
        snapshot.take(source, home / "ours.db", part=part)  # without the engine's tables
        snapshot.pour(home / "ours.db", target, part=part)
        source.dispose()
        target.dispose()
        (home / name).unlink()
        (home / "ours.db").unlink()
    with (home / "copiste.toml").open("a") as file:
        file.write(f'\n[storage]\ndatabase = "{urls["base"]}"\nvault = "{urls["coffre"]}"\n')
    return home


Make = Callable[[str], Path]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, needs_postgres])])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    with ExitStack() as opened:

        def make(version: str) -> Path:
            home = released(tmp_path / "ancien", version)
            if request.param == "postgres":
                on_servers(home, opened.enter_context(servers("base", "coffre")))
            return home

        yield make


def values(home: Path) -> dict[str, list[dict[str, str]]]:
    """What every table says, by column, whatever its version."""
    found: dict[str, list[dict[str, str]]] = {}
    for _, database in opened_parts(home):
        with database.connect() as connection:
            there = sa.MetaData()
            there.reflect(connection, only=lambda name, _: name in OURS)
            for table in there.sorted_tables:
                lines = [
                    {k: said(v) for k, v in row.items()} for row in connection.execute(sa.select(table)).mappings()
                ]
                found[table.name] = sorted(lines, key=repr)
            connection.rollback()
        database.dispose()
    return found


def said(value: object) -> str:
    """A value as both kinds of databases say it: SQLite forgets that its moments are in UTC."""
    if isinstance(value, datetime):
        return str(value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))
    return str(value)


OURS = {
    "journal", "object", "patient", "patient_event", "patient_word", "record", "hold", "authority", "doctor", "event",
    "dictation", "user_account", "document", "session", "appointment", "recording_part", "object_key",
}  # fmt: skip


def opened_parts(home: Path) -> list[tuple[history.Part, sa.Engine]]:
    chosen = practices.settings_file.load(home)
    urls = (database_url(home, chosen), practices.vault_url(home, chosen))
    return [(part, store.database(url)) for (part, _), url in zip(PARTS, urls, strict=True)]


def versions(home: Path) -> list[str | None]:
    found = []
    for _, database in opened_parts(home):
        with database.connect() as connection:
            found.append(history.current(connection))
            connection.rollback()
        database.dispose()
    return found


def test_the_releases_are_every_version_but_this_one():
    """A version that is released leaves, before the next migration, the SQL dump of a practice that has lived."""
    assert [*EVERY, history.head()] == [f"{n:04}" for n in range(1, int(history.head()) + 1)]


@pytest.mark.parametrize("version", EVERY)
def test_a_released_practice_is_brought_up_to_date_with_its_rows_whole(older: Make, version: str):
    home = older(version)
    before = values(home)
    assert all(before[table] for table in ("record", "document", "journal", "hold", "object_key", "patient_word"))
    with pytest.raises(FolderError) as refused:
        open_practice(home)
    assert "copiste upgrade" in refused.value.advice

    done = upgrade.upgrade(home, wait_seconds=5)
    assert (done.before, done.now, done.changed) == (version, history.head(), True)
    assert done.jobs == 2  # a recording that waits, a letter that was signed and not filed
    after = values(home)
    for table, lines in before.items():
        for old, new in zip(lines, sorted(after[table], key=repr), strict=True):
            assert {name: new[name] for name in old} == old, table
    place = open_practice(home)
    assert differences(place.database, [archive_metadata, tables.metadata]) == []
    assert differences(place.vault, [vault_metadata]) == []
    signed = [one for one in after["document"] if one["signed"] != "None"]
    assert signed
    assert all(one["signatory"] == one["doctor"] for one in signed)
    place.close()
    assert upgrade.upgrade(home) == upgrade.Upgraded(before=done.now, now=done.now, copy=None, jobs=0)


@pytest.mark.parametrize("version", EVERY)
def test_the_copy_made_before_is_the_practice_as_it_was(older: Make, version: str):
    home = older(version)
    before = values(home)
    copy = upgrade.upgrade(home, wait_seconds=5).copy
    assert copy
    assert copy.parent == home / upgrade.BEFORE
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in copy.iterdir())
    shutil.copytree(copy, home.parent / "copie")
    shutil.copy(RELEASES / version / "copiste.toml", home.parent / "copie")
    assert values(home.parent / "copie") == before
    assert versions(home.parent / "copie") == [version, version]


def test_with_a_folder_for_backups_the_copy_is_a_backup_like_any_other(tmp_path: Path):
    home = released(tmp_path / "ancien", "0002")
    chosen = tmp_path / "disque"
    with (home / "copiste.toml").open("a") as file:
        file.write(f'\n[backup]\nfolder = "{chosen}"\n')
    with pytest.raises(Exception, match="objects wanting"):  # the objects of a release are not kept with its rows
        upgrade.upgrade(home, wait_seconds=5)
    assert versions(home) == ["0002", "0002"]
    assert shelf.chosen(chosen).schema == "0002"


@pytest.mark.parametrize("part", ["work", "vault"])
def test_a_migration_that_fails_leaves_both_databases_as_they_were(
    older: Make, monkeypatch: pytest.MonkeyPatch, part: str
):
    home = older("0002")
    before = values(home)
    real = history.command.upgrade

    def fails(config, to: str) -> None:
        real(config, to)
        if config.attributes["part"] == part and to == "head":
            raise RuntimeError("a migration that fails at its very end")

    monkeypatch.setattr(history.command, "upgrade", fails)
    with pytest.raises(UpgradeFailed) as refused:
        upgrade.upgrade(home, wait_seconds=5)
    assert "rien n'a été changé" in refused.value.advice
    assert versions(home) == ["0002", "0002"]
    assert values(home) == before
    monkeypatch.undo()
    assert upgrade.upgrade(home, wait_seconds=5).now == history.head()


def test_a_migration_that_would_orphan_rows_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    home = released(tmp_path / "ancien", "0002")
    real = history.command.upgrade

    def loses(config, to: str) -> None:
        real(config, to)
        if config.attributes["part"] == "work" and to == "head":
            config.attributes["connection"].exec_driver_sql("delete from doctor")

    monkeypatch.setattr(history.command, "upgrade", loses)
    with pytest.raises(FolderError) as refused:
        upgrade.upgrade(home, wait_seconds=5)
    assert "rien n'a été changé" in refused.value.advice
    assert versions(home) == ["0002", "0002"]


def test_foreign_keys_are_watched_again_after_an_upgrade(practice: Practice):
    history.upgrade(practice.database, part="work")
    with practice.begin() as connection:
        assert connection.exec_driver_sql("pragma foreign_keys").scalar() == 1


def test_two_upgrades_at_once_one_works_and_the_other_finds_nothing_to_do(older: Make):
    home = older("0001")
    done: list[upgrade.Upgraded] = []
    both = [threading.Thread(target=lambda: done.append(upgrade.upgrade(home, wait_seconds=60))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(one.changed for one in done) == [False, True]
    assert len(list((home / upgrade.BEFORE).iterdir())) == 1
    open_practice(home).close()


def test_two_processes_that_start_on_an_older_practice_are_both_refused_and_change_nothing(tmp_path: Path):
    home = released(tmp_path / "ancien", "0002")
    before = values(home)
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "work", "--home", str(home)]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=Path(__file__).parents[2])
        for _ in range(2)
    ]
    for one in both:
        _, said = one.communicate(timeout=50)
        assert one.returncode == 11
        assert "copiste upgrade" in said.decode()
    assert values(home) == before


def test_nothing_is_touched_while_something_is_at_work(tmp_path: Path):
    home = released(tmp_path / "ancien", "0002")
    place = practices.open_as_it_is(home)
    with presence.present(place, "work"), pytest.raises(PracticeBusy):
        upgrade.upgrade(home, wait_seconds=0.5)
    place.close()
    assert versions(home) == ["0002", "0002"]
    assert not (home / upgrade.BEFORE).exists()


def test_only_the_last_copies_are_kept(practice: Practice):
    made = [upgrade._copy(practice) for _ in range(5)]
    assert sorted((practice.home / upgrade.BEFORE).iterdir()) == made[-upgrade.KEPT :]
    copy = store.database(f"sqlite:///{made[-1] / 'copiste.db'}")
    assert rows(copy) == rows(practice.database)
    copy.dispose()


def test_a_newer_practice_and_no_practice_are_left_alone(practice: Practice, tmp_path: Path):
    with practice.vault.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    with pytest.raises(FolderError) as refused:
        upgrade.upgrade(practice.home)
    assert "plus récente" in refused.value.advice
    (tmp_path / "vide").mkdir()
    with pytest.raises(FolderError):
        upgrade.upgrade(tmp_path / "vide")
    assert os.listdir(tmp_path / "vide") == []


def test_up_to_date_there_is_nothing_to_do_but_for_the_engines_own_tables(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
):
    prepared: list[str] = []
    monkeypatch.setattr(engine, "prepare", prepared.append)
    done = upgrade.upgrade(practice.home)
    assert not done.changed
    assert prepared == [database_url(practice.home, practice.settings)]
    assert not (practice.home / upgrade.BEFORE).exists()


KILLED = """
import os, sys
from pathlib import Path
from pipeline.safekeeping import upgrade
def killed(*_):
    os.kill(os.getpid(), 9)
owner, name = upgrade, sys.argv[2]
if "." in name:
    module, name = name.split(".")
    owner = getattr(upgrade, module)
setattr(owner, name, killed)
upgrade.upgrade(Path(sys.argv[1]), wait_seconds=5)
"""


@pytest.mark.parametrize("moment", ["_same", "_migrated", "_adopted", "engine.adopt"])
def test_killed_at_any_moment_it_is_done_again_and_no_job_is_forgotten(tmp_path: Path, moment: str):
    home = released(tmp_path / "ancien", "0002")
    command = [sys.executable, "-c", KILLED, str(home), moment]
    killed = subprocess.run(command, capture_output=True, cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -9, killed.stderr.decode()
    with pytest.raises(FolderError) as refused:
        open_practice(home)
    assert "copiste upgrade" in refused.value.advice
    done = upgrade.upgrade(home, wait_seconds=5)
    assert (done.now, done.changed, done.jobs) == (history.head(), True, 2)
    open_practice(home).close()
    assert not upgrade.upgrade(home).changed


FULL = sqlite3.OperationalError("database or disk is full")
FULL.sqlite_errorcode = sqlite3.SQLITE_FULL


def no_room(*_: object, **__: object) -> None:
    raise sa.exc.OperationalError("insert", {}, FULL)


def test_a_copy_that_failed_takes_the_place_of_no_other(practice: Practice, monkeypatch: pytest.MonkeyPatch):
    whole = upgrade._copy(practice)
    monkeypatch.setattr(snapshot, "_fill", no_room)
    for _ in range(upgrade.KEPT):
        with pytest.raises(sa.exc.OperationalError):
            upgrade._copy(practice)
    assert list((practice.home / upgrade.BEFORE).iterdir()) == [whole]


def test_an_upgrade_without_room_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    home = released(tmp_path / "ancien", "0002")
    for owner, name in ((snapshot, "take"), (history, "upgrade_together")):
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, no_room)
            with pytest.raises(disk.DiskShort):
                upgrade.upgrade(home, wait_seconds=5)
        assert versions(home) == ["0002", "0002"]
    assert upgrade.upgrade(home, wait_seconds=5).changed
