"""A practice is made again on a bare machine, from a backup and two recovery sheets, and goes on working."""

import json
import shutil
import stat
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.practice_key import load_practice_key
from pipeline import accounts, engine, register, shelves, store, tables
from pipeline import practice as practices
from pipeline import story as stories
from pipeline.practice import KEY_FILE, Practice, open_practice
from pipeline.safekeeping import backup, replica, restore, sheets, shelf, snapshot
from pipeline.safekeeping.faults import BackupMissing, RestoreRefused, WrongKey
from tests.fakes import PASSWORD, People, Reciter
from tests.pipeline.lived import FILES, needs_postgres, only_filed, rows, servers
from tests.test_chain import until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "disque"


def key_of(practice: Practice):
    return load_practice_key(practice.home / KEY_FILE)


def test_from_a_backup_and_two_sheets_alone(lived: Practice, people: People, folder: Path, tmp_path: Path):
    filed = only_filed(lived)
    assert accounts.log_in(lived.database, login="claire", password=PASSWORD, hours=1)
    printed = sheets.make(lived, to=tmp_path / "feuilles")
    saved = backup.backup(lived, folder, keys=tmp_path / "clés")
    before = rows(lived.database, but=("backup", "event", "session"))
    keys = rows(lived.vault)
    lived.close()
    shutil.rmtree(lived.home)

    from pipeline.safekeeping import words

    identity = sheets.recovered([words.from_file(file) for file in printed.files[1:]])
    found = restore.restore(folder, tmp_path / "nouveau", identity, keys=tmp_path / "clés")
    assert found.ok
    assert (found.stamp, found.documents, found.records) == (saved.stamp, 2, 1)
    assert found.objects == saved.proof.objects
    assert found.jobs == 1

    again = open_practice(tmp_path / "nouveau")
    after = rows(again.database, but=("backup", "event", "session"))
    assert after == before
    assert rows(again.vault) == keys
    assert rows(again.database)["session"] == []
    for name in FILES:
        assert "Martin" in (again.home / name).read_text(encoding="utf-8")
    for name in practices.PLACES:
        assert stat.S_IMODE(again.place(name).stat().st_mode) == 0o700
    assert stat.S_IMODE((again.home / KEY_FILE).stat().st_mode) == 0o600
    assert sorted(path.name for path in again.home.iterdir() if path.name.startswith(".")) == []
    archivist = people.archives
    assert [one["id"] for one in shelves.find(again, archivist, patient="MARTIN")] == [filed]
    verified = shelves.verify(again, archivist)
    assert (verified["ok"], verified["untracked"]) == (True, [])

    durable = engine.DurableEngine(again, poll_seconds=0.05)
    with durable.work(stories.Means(practice=again, transcriber=Reciter())):
        until(lambda: not dictations(again, "received"), seconds=30)
    again.close()


def dictations(practice: Practice, state: str) -> list[str]:
    with practice.look() as connection:
        return [row["id"] for row in store.dictations(connection, states=(state,))]


def test_nothing_is_ever_overwritten_and_an_interrupted_restoration_is_no_practice(
    practice: Practice, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    backup.backup(practice, folder)
    with pytest.raises(RestoreRefused):
        restore.restore(folder, practice.home, key_of(practice))
    (tmp_path / "plein").mkdir()
    (tmp_path / "plein" / "lettre.txt").write_text("x")
    with pytest.raises(RestoreRefused):
        restore.restore(folder, tmp_path / "plein", key_of(practice))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(restore, "write_practice_key", killed)
    with pytest.raises(KeyboardInterrupt):
        restore.restore(folder, tmp_path / "nouveau", key_of(practice))
    with pytest.raises(practices.FolderError):
        open_practice(tmp_path / "nouveau")
    monkeypatch.undo()
    with pytest.raises(RestoreRefused):
        restore.restore(folder, tmp_path / "nouveau", key_of(practice))


def test_another_key_or_another_folder_restores_nothing(practice: Practice, folder: Path, tmp_path: Path):
    import pyrage

    with pytest.raises(BackupMissing):
        restore.restore(folder, tmp_path / "nouveau", key_of(practice))
    backup.backup(practice, folder)
    with pytest.raises(WrongKey) as refused:
        restore.restore(folder, tmp_path / "nouveau", pyrage.x25519.Identity.generate())
    assert "feuilles" in refused.value.advice
    with pytest.raises(BackupMissing) as missing:
        restore.restore(folder, tmp_path / "autre", key_of(practice), keys=tmp_path)
    assert "--keys" in missing.value.advice


def test_an_older_backup_comes_back_as_it_was_but_for_what_was_destroyed(
    lived: Practice, people: People, folder: Path, tmp_path: Path
):
    first = backup.backup(lived, folder)
    register.add_patient(lived, people.claire, family_name="Durand", given_name="Zoé", birth_date=date(1990, 1, 1))
    with lived.begin() as connection:
        address = connection.scalar(sa.select(tables.document.c.review).where(tables.document.c.state == "to-review"))
        connection.execute(tables.document.update().where(tables.document.c.review == address).values(review="f" * 64))
    lived.objects.destroy(address)
    with lived.begin() as connection:
        connection.execute(tables.document.delete().where(tables.document.c.review == "f" * 64))
    backup.backup(lived, folder)
    assert restore.restore(folder, tmp_path / "la-veille", key_of(lived), at=first.stamp).ok
    backup.backup(lived, folder)
    found = restore.restore(folder, tmp_path / "nouveau", key_of(lived), at=first.stamp)
    assert (found.stamp, found.wanting, found.ok) == (first.stamp, (address,), False)
    again = open_practice(tmp_path / "nouveau")
    with again.look() as connection:
        names = connection.scalars(sa.text("select family_name from patient")).all()
    again.close()
    assert "Durand" not in names


def test_a_damaged_object_does_not_keep_the_others_from_coming_back(lived: Practice, folder: Path, tmp_path: Path):
    saved = backup.backup(lived, folder)
    first, second, *_ = sorted(replica.addresses(folder))
    for address, change in ((first, b"rot"), (second, None)):
        (copy,) = folder.glob(f"objects/*/*/{address}")
        copy.chmod(0o600)
        copy.unlink() if change is None else copy.write_bytes(change)
    found = restore.restore(folder, tmp_path / "nouveau", key_of(lived))
    assert found.wanting == (first, second)
    assert found.objects == saved.proof.objects - 2
    assert found.journal == "ok"


COMMENTED = "[storage]\n# database = ''\nvault = 'v'\n\n[web]\nport = 1\n"


@pytest.mark.parametrize(
    ("text", "storage", "wanted"),
    [
        ("[storage]\ndatabase = 'a'\n", {"database": "b"}, {"database": "b"}),
        (COMMENTED, {"database": "b"}, {"database": "b", "vault": "v"}),
        ("timezone = 'Europe/Paris'", {"database": "b", "store": ""}, {"database": "b", "store": ""}),
        ("[storage] # ici\nvault = 'a'\n", {"vault": "b"}, {"vault": "b"}),
        ("[web]\nport = 1\n[storage]", {"vault": 'a"b'}, {"vault": 'a"b'}),
    ],
)  # fmt: skip
def test_the_settings_say_where_things_are_now_and_keep_the_rest(text: str, storage: dict, wanted: dict):
    import tomllib

    before = tomllib.loads(text)
    after = tomllib.loads(restore._with(text, "storage", storage))
    assert after["storage"] == wanted
    assert {k: v for k, v in after.items() if k != "storage"} == {k: v for k, v in before.items() if k != "storage"}


def test_the_commands_back_up_and_restore_with_two_sheets(lived: Practice, tmp_path: Path):
    from typer.testing import CliRunner

    from pipeline.cli import app

    printed = sheets.make(lived, to=tmp_path / "feuilles")
    run = CliRunner()
    home, folder = str(lived.home), str(tmp_path / "disque")
    said = run.invoke(app, ["backup", folder, "--full", "--home", home])
    assert said.exit_code == 0, said.output
    assert "première sauvegarde" in said.output
    again = run.invoke(app, ["backup", folder, "--home", home, "--json"])
    assert json.loads(again.stdout)["verified"] is True
    two = [option for file in printed.files[:2] for option in ("--sheet", str(file))]
    done = run.invoke(app, ["restore", folder, str(tmp_path / "nouveau"), *two])
    assert done.exit_code == 0, done.output
    assert "2 documents dont 1 classé ;" in done.output
    with_key = ["restore", folder, str(tmp_path / "n2"), "--key", f"{home}/{KEY_FILE}", "--json"]
    assert json.loads(run.invoke(app, with_key).stdout)["ok"] is True


@pytest.mark.postgres
@needs_postgres
def test_from_one_kind_of_database_to_the_other_and_back(lived: Practice, folder: Path, tmp_path: Path):
    with lived.begin() as connection:  # a reference to a row that comes after
        register_merged(connection)
    backup.backup(lived, folder)
    but = ("backup", "event", "session")
    before = rows(lived.database, but=but)
    with servers("base", "coffre") as urls:
        storage = {"database": urls["base"], "vault": urls["coffre"]}
        found = restore.restore(folder, tmp_path / "hopital", key_of(lived), storage=storage)
        assert found.ok
        with pytest.raises(RestoreRefused) as refused:
            restore.restore(folder, tmp_path / "autre", key_of(lived), storage=storage)
        assert "--local" in refused.value.advice
        hospital = open_practice(tmp_path / "hopital")
        assert rows(hospital.database, but=but) == before
        with hospital.begin() as connection:  # numbers go on after those that were copied
            store.record(connection, actor="x", action="y", subject="z")
            now = store.now() - timedelta(seconds=1)
            trace = {"at": now, "actor": "x", "action": "y", "subject": "z"}
            connection.execute(tables.access_log.insert().values(trace))
        assert not snapshot.is_empty(hospital.database)
        backup.backup(hospital, folder, full=True)
        hospital.close()
        local = restore.restore(folder, tmp_path / "retour", key_of(lived), storage=restore.LOCAL)
        assert local.ok
    back = open_practice(tmp_path / "retour")
    assert rows(back.database, but=(*but, "access_log")) == {k: v for k, v in before.items() if k != "access_log"}
    assert back.settings.storage.database == ""
    back.close()


def register_merged(connection: sa.Connection) -> None:
    from archive.tables import patient

    values = {"family_name": "A", "given_name": "B", "family_key": "a", "given_key": "b", "created_at": store.now()}
    connection.execute(patient.insert().values(id="ZZZZZZZZZZ", **values))
    connection.execute(patient.insert().values(id="0000000000", merged_into="ZZZZZZZZZZ", **values))


def test_the_label_says_what_opens_a_backup_and_nothing_of_what_is_in_it(practice: Practice, folder: Path):
    saved = backup.backup(practice, folder)
    label = shelf.chosen(folder, saved.stamp[:8])
    assert (label.key, label.proven) == (str(key_of(practice).to_public()), True)
    with pytest.raises(BackupMissing):
        shelf.chosen(folder, "1999")
