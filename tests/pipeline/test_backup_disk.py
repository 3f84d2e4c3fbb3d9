"""What may become of a disk of backups: unplugged, replaced, forged, of a file system that knows little."""

import errno
import os
import shutil
import sqlite3
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.practice_key import change_practice_key, load_practice_key
from pipeline import store, tables
from pipeline.disk import DiskShort
from pipeline.errors import SettingsError
from pipeline.practice import KEY_FILE, Practice, open_practice
from pipeline.safekeeping import backup, proof, replica, restore, sealed, shelf, snapshot
from pipeline.safekeeping.faults import BackupDamaged, DiskAway
from tests.pipeline.test_backup import kept, prove


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "disque"


def test_a_disk_that_is_not_plugged_in_is_told_and_the_system_disk_is_not_filled(practice: Practice, folder: Path):
    backup.backup(practice, folder)
    folder.rename(folder.with_name("dans-un-tiroir"))
    folder.mkdir()  # its mount point
    with pytest.raises(DiskAway) as away:
        backup.backup(practice, folder)
    assert "branché" in away.value.advice
    assert list(folder.iterdir()) == []
    assert backup.backup(practice, folder, new=True).proof.ok
    assert backup.backup(practice, folder).proof.ok


def test_the_disk_of_the_keys_too(practice: Practice, folder: Path, tmp_path: Path):
    keys = tmp_path / "clés"
    backup.backup(practice, folder, keys=keys)
    shutil.rmtree(keys)
    with pytest.raises(DiskAway):
        backup.backup(practice, folder, keys=keys)
    assert not keys.exists()
    assert backup.backup(practice, folder, keys=tmp_path / "ailleurs").proof.ok


def test_a_bundle_that_another_program_closed_to_the_practice_is_refused(practice: Practice, folder: Path):
    """The public half of the key is in every label: it closes, it must not be enough to be believed."""
    kept(practice)
    stamp = backup.backup(practice, folder).stamp
    identity = load_practice_key(practice.home / KEY_FILE)
    genuine = shelf.chosen(folder)
    digest = sealed.close_bundle(lambda tar: None, shelf.bundle(folder, stamp), to=identity.to_public())
    label = replace(genuine, sha256=digest)
    import pyrage

    for one in (pyrage.x25519.Identity.generate(), None):
        shelf.label(folder, label, by=one) if one else write_plainly(folder, label)
        with pytest.raises(BackupDamaged) as refused:
            prove(practice, folder)
        assert "pas été faite par ce cabinet" in refused.value.advice


def write_plainly(folder: Path, label: shelf.Label) -> None:
    import json
    from dataclasses import asdict

    (shelf.states(folder) / f"{label.stamp}.json").write_text(json.dumps(asdict(label)))


def test_a_label_that_speaks_of_another_file_is_no_label(practice: Practice, folder: Path):
    real = backup.backup(practice, folder)
    states = shelf.states(folder)
    for name in ("copie", "20990101T000000Z"):
        shutil.copy(states / f"{real.stamp}.age", states / f"{name}.age")
        shutil.copy(states / f"{real.stamp}.json", states / f"{name}.json")
    shutil.copy(states / f"{real.stamp}.age", states / "demain.age")
    write_plainly(folder, replace(shelf.chosen(folder), stamp="demain"))
    assert [one.stamp for one in shelf.labels(folder)] == [real.stamp]
    assert backup.backup(practice, folder).proof.ok


def test_a_clock_that_jumped_ahead_and_came_back_does_not_stop_backups_for_years(
    practice: Practice, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    with (practice.home / "copiste.toml").open("a") as file:
        file.write(f'\n[backup]\nfolder = "{folder}"\n')
    place = open_practice(practice.home)
    with monkeypatch.context() as ahead:
        later = store.now() + timedelta(days=7300)
        ahead.setattr(store, "now", lambda: later)
        assert backup.when_due(place)
    assert backup.last(place) is None
    assert backup.when_due(place)
    assert backup.when_due(place) is None
    place.close()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_not_utf8_and_names_with_accents_are_kept(practice: Practice, folder: Path, tmp_path: Path):
    names = [b"r\xe9union.wav", "dictée é e\u0301.wav".encode()]
    for name in names:
        (practice.place("refused") / os.fsdecode(name)).write_bytes(name)
    assert backup.backup(practice, folder).proof.ok
    identity = load_practice_key(practice.home / KEY_FILE)
    proof.unseal(folder, shelf.chosen(folder), tmp_path / "open", identity=identity)
    assert sorted(os.listdir(os.fsencode(tmp_path / "open" / "refused"))) == sorted(names)


def test_a_usb_disk_that_knows_neither_rights_nor_folders_on_the_disk_is_good_enough(
    practice: Practice, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    kept(practice)
    real = os.fsync

    def fsync(number: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{number}"):
            raise OSError(errno.EINVAL, "not for folders")
        real(number)

    monkeypatch.setattr(os, "fsync", fsync)
    assert backup.backup(practice, folder).proof.ok


def test_settings_that_cannot_be_read_are_told_before_a_backup_that_nobody_could_restore(
    practice: Practice, folder: Path
):
    (practice.home / "copiste.toml").write_text("[practice\n")
    with pytest.raises(SettingsError):
        backup.backup(practice, folder)


@pytest.mark.parametrize("change", ["rotten", "another key"])
def test_an_older_copy_of_the_vault_that_does_not_open_takes_nothing_with_it(
    practice: Practice, folder: Path, change: str
):
    gone = kept(practice)
    backup.backup(practice, folder)
    if change == "rotten":
        (copy,) = (folder / "keys").glob("keys-*.age")
        copy.write_bytes(copy.read_bytes()[:-30])
    else:
        change_practice_key(practice.home / KEY_FILE, practice.vault)
    place = open_practice(practice.home)
    with place.begin() as connection:
        connection.execute(tables.dictation.delete().where(tables.dictation.c.audio == gone))
    place.discard(gone)
    assert backup.backup(place, folder).proof.ok
    assert replica.is_there(folder, gone)
    for _ in range(2):
        backup.backup(place, folder)
    assert not replica.is_there(folder, gone)
    place.close()


def test_only_this_account_reads_what_is_in_the_folder(practice: Practice, folder: Path):
    kept(practice)
    previous = os.umask(0)
    try:
        backup.backup(practice, folder)
    finally:
        os.umask(previous)
    assert [path for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077] == []


def test_no_room_for_the_copy_of_the_database_is_told_as_such(
    practice: Practice, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL

    def no_room(*_: object, **__: object) -> None:
        raise sa.exc.OperationalError("insert", {}, full)

    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "take", no_room)
        with pytest.raises(DiskShort):
            backup.backup(practice, folder)
    backup.backup(practice, folder)
    monkeypatch.setattr(snapshot, "pour", no_room)
    with pytest.raises(DiskShort):
        restore.restore(folder, folder.with_name("nouveau"), load_practice_key(practice.home / KEY_FILE))
