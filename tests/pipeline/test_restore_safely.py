"""A practice that is made again has all it had, and can do no harm to the one it comes from."""

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from archive.practice_key import change_practice_key, load_practice_key
from pipeline import settings as settings_file
from pipeline.errors import FolderError
from pipeline.machine import certificate
from pipeline.practice import KEY_FILE, Practice, open_practice
from pipeline.safekeeping import backup, restore, shelf
from pipeline.safekeeping.faults import RestoreRefused, WrongKey
from tests.fakes import People
from tests.pipeline.test_backup import kept


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "disque"


def key_of(practice: Practice):
    return load_practice_key(practice.home / KEY_FILE)


def test_doctors_find_their_folders_again(practice: Practice, people: People, folder: Path, tmp_path: Path):
    there = sorted(path.name for path in practice.place("inbox").iterdir() if path.is_dir())
    assert there
    backup.backup(practice, folder)
    restore.restore(folder, tmp_path / "nouveau", key_of(practice))
    assert sorted(path.name for path in (tmp_path / "nouveau" / "inbox").iterdir()) == there


def test_the_pages_find_their_certificate_again(practice: Practice, folder: Path, tmp_path: Path):
    (practice.home / certificate.FOLDER).mkdir(mode=0o700)
    (practice.home / certificate.FOLDER / "page.key").write_text("PRIVATE")
    backup.backup(practice, folder)
    restore.restore(folder, tmp_path / "nouveau", key_of(practice))
    again = tmp_path / "nouveau" / certificate.FOLDER
    assert (again / "page.key").read_text() == "PRIVATE"
    assert (again.stat().st_mode & 0o077, (again / "page.key").stat().st_mode & 0o077) == (0, 0)


def test_a_restoration_killed_while_objects_come_back_is_no_practice(
    practice: Practice, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    kept(practice)
    backup.backup(practice, folder)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for name in ("_objects", "_found"):
        with monkeypatch.context() as patched:
            patched.setattr(restore, name, killed)
            with pytest.raises(KeyboardInterrupt):
                restore.restore(folder, tmp_path / name, key_of(practice))
        with pytest.raises(FolderError):
            open_practice(tmp_path / name)


def test_a_practice_made_again_does_not_write_over_the_backups_it_comes_from(
    practice: Practice, folder: Path, tmp_path: Path
):
    with (practice.home / "copiste.toml").open("a") as file:
        file.write(f'\n[backup]\nfolder = "{folder}"\nkeep = 5\n')
    backup.backup(practice, folder)
    found = restore.restore(folder, tmp_path / "nouveau", key_of(practice))
    again = open_practice(tmp_path / "nouveau")
    assert found.backups == str(folder)
    assert (again.settings.backup.folder, again.settings.backup.keep) == ("", 5)
    assert not backup.is_due(again)
    again.close()


def test_nor_share_the_objects_of_the_one_it_comes_from(practice: Practice, folder: Path, tmp_path: Path):
    """What it destroys later would be destroyed for both."""
    elsewhere = tmp_path / "objets"
    shutil.move(practice.place("store"), elsewhere)
    with (practice.home / "copiste.toml").open("a") as file:
        file.write(f'\n[storage]\nstore = "{elsewhere}"\n')
    place = open_practice(practice.home)
    address = kept(place)
    backup.backup(place, folder)
    with pytest.raises(RestoreRefused) as refused:
        restore.restore(folder, tmp_path / "un", key_of(place))
    assert "--local" in refused.value.advice
    assert not (tmp_path / "un" / "copiste.toml").exists()
    assert restore.restore(folder, tmp_path / "deux", key_of(place), storage=restore.LOCAL).ok
    chosen = {"store": str(elsewhere)}  # a person says so: the machine is lost, its bucket is not
    assert restore.restore(folder, tmp_path / "trois", key_of(place), storage=chosen).ok
    assert place.objects.get(address)
    place.close()


def test_a_damaged_object_in_a_store_that_is_kept_is_told_and_does_not_stop_the_rest(
    practice: Practice, folder: Path, tmp_path: Path
):
    elsewhere = tmp_path / "objets"
    shutil.move(practice.place("store"), elsewhere)
    with (practice.home / "copiste.toml").open("a") as file:
        file.write(f'\n[storage]\nstore = "{elsewhere}"\n')
    place = open_practice(practice.home)
    address, whole = kept(place), kept(place, "entier")
    backup.backup(place, folder)
    (stored,) = elsewhere.glob(f"*/*/{address}")
    os.chmod(stored, 0o600)
    stored.write_bytes(b"rot")
    found = restore.restore(folder, tmp_path / "nouveau", key_of(place), storage={"store": str(elsewhere)})
    assert found.wanting == (address,)
    assert place.objects.get(whole)
    place.close()


def test_a_backup_made_before_the_key_was_changed_still_comes_back(
    practice: Practice, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Only the last two copies of the vault are kept: the bundle needs the old key, its objects the new one."""
    address, old = kept(practice), key_of(practice)
    first = backup.backup(practice, folder).stamp
    new = change_practice_key(practice.home / KEY_FILE, practice.vault)
    place = open_practice(practice.home)
    for _ in range(2):
        backup.backup(place, folder)
    place.close()
    for wrong in (old, new):
        with pytest.raises(WrongKey) as refused:
            restore.restore(folder, tmp_path / "nouveau", wrong, at=first)
    assert "--former" in refused.value.advice
    found = restore.restore(folder, tmp_path / "nouveau", new, former=old, at=first)
    assert (found.ok, found.stamp) == (True, first)
    again = open_practice(tmp_path / "nouveau")
    assert again.objects.get(address)
    again.close()


def test_a_backup_of_a_newer_version_is_told_before_anything_is_written(
    practice: Practice, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    backup.backup(practice, folder)
    label = shelf.chosen(folder)
    from dataclasses import replace

    shelf.label(folder, replace(label, schema="9999"), by=key_of(practice))
    with pytest.raises(FolderError) as refused:
        restore.restore(folder, tmp_path / "nouveau", key_of(practice))
    assert "plus récente" in refused.value.advice
    assert not (tmp_path / "nouveau").exists()


def test_the_hour_that_is_told_is_the_practices(practice: Practice, folder: Path, tmp_path: Path):
    from typer.testing import CliRunner

    from pipeline.cli import app

    with (practice.home / "copiste.toml").open("r+") as file:
        text = file.read()
        file.seek(0)
        file.write(f'timezone = "Pacific/Noumea"\n{text}')
    saved = backup.backup(practice, folder)
    command = ["restore", str(folder), str(tmp_path / "n"), "--key", str(practice.home / KEY_FILE)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert f"{saved.at + timedelta(hours=11):%d/%m/%Y à %H h %M}" in done.output
    assert "0 dictée, 0 document" in done.output
    assert settings_file.load(tmp_path / "n").timezone == "Pacific/Noumea"
