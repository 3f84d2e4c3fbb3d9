"""A backup is made while people work, is whole or is not there, and is proven by opening it again."""

import errno
import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from archive.practice_key import load_practice_key, make_practice_key
from pipeline import review, slots, store, tables
from pipeline.disk import DiskShort
from pipeline.errors import SettingsError
from pipeline.practice import KEY_FILE, Practice, database_url, open_practice
from pipeline.safekeeping import backup, proof, replica, sealed, shelf, snapshot
from pipeline.safekeeping.faults import (
    BackupDamaged,
    BackupFailed,
    BackupMissing,
    BackupRunning,
    FolderUnfit,
    WrongKey,
)
from tests.fakes import People
from tests.pipeline.lived import FILES, clear_text, rows, to_proofread


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "disque"


def kept(practice: Practice, text: str = "un texte") -> str:
    """An object that a row speaks of."""
    address = practice.objects.put(text.encode())
    now = store.now()
    with practice.begin() as connection:
        store.insert_once(
            connection, tables.dictation, id=address[:10].upper(), sha256=address, audio=address, name="x", doctor=None,
            received=now, due=now, state="replaced", since=now,
        )  # fmt: skip
    return address


def prove(practice: Practice, folder: Path, **options) -> proof.Proof:
    return proof.prove(folder, load_practice_key(practice.home / KEY_FILE), keys=folder / "keys", **options)


def test_a_backup_holds_everything_and_shows_nothing(lived: Practice, folder: Path):
    saved = backup.backup(lived, folder, keys=folder.parent / "ailleurs", full=True)
    assert saved.proof.ok
    assert (saved.proof.documents, saved.proof.records, saved.proof.dictations) == (2, 1, 3)
    assert saved.proof.objects == saved.proof.decrypted == saved.added
    assert saved.previous is None
    assert list((folder.parent / "ailleurs").glob("keys-*.age"))
    for place in (folder, folder.parent / "ailleurs"):
        assert clear_text(place, b"Martin", b"MARTIN", b"ramipril", b"Lambert", b"AGE-SECRET-KEY") == []
    assert not list(lived.place("tmp").glob("backup-*"))
    again = backup.backup(lived, folder)
    assert (again.added, again.proof.objects) == (0, saved.proof.objects)
    assert again.previous == saved.at
    assert backup.last(lived) == again.at


def test_what_is_in_the_bundle_is_the_practice_and_never_its_key(lived: Practice, folder: Path, tmp_path: Path):
    backup.backup(lived, folder)
    identity = load_practice_key(lived.home / KEY_FILE)
    proof.unseal(folder, shelf.chosen(folder), tmp_path / "open", identity=identity)
    opened = tmp_path / "open"
    found = {path.relative_to(opened).as_posix() for path in opened.rglob("*") if path.is_file()}
    assert found == {"copiste.db", "copiste.toml", *FILES}
    copy = store.database(f"sqlite:///{tmp_path / 'open' / 'copiste.db'}")
    assert rows(copy, but=("backup",)) == rows(lived.database, but=("backup",))
    copy.dispose()
    assert clear_text(tmp_path / "open", b"AGE-SECRET-KEY") == []


def test_people_go_on_working_and_every_backup_could_be_restored(lived: Practice, people: People, folder: Path):
    key, stop, saves = to_proofread(lived), threading.Event(), list[int]()

    def type_on() -> None:
        mine = open_practice(lived.home)
        version = review.take(mine, people.claire, key)
        while not stop.is_set():
            text = f"Consultation\n\nTexte {len(saves)}."
            version = review.save(mine, people.claire, key, version=version, text=text)
            saves.append(version)
        mine.close()

    typing = threading.Thread(target=type_on)
    typing.start()
    try:
        for _ in range(4):
            before = len(saves)
            assert backup.backup(lived, folder).proof.ok
            assert len(saves) > before
            assert prove(lived, folder, full=True).ok
    finally:
        stop.set()
        typing.join()


def test_a_text_replaced_during_a_backup_is_destroyed_only_later(
    lived: Practice, people: People, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    key = to_proofread(lived)
    version = review.take(lived, people.claire, key)
    with lived.look() as connection:
        before = store.one(connection, tables.document, key)["review"]
    add = replica.add

    def replaced_first(*arguments, **options):
        if lived.is_being_copied():
            review.save(lived, people.claire, key, version=version, text="Autre texte.")
            monkeypatch.setattr(replica, "add", add)
        return add(*arguments, **options)

    monkeypatch.setattr(replica, "add", replaced_first)
    assert backup.backup(lived, folder).proof.ok
    assert prove(lived, folder, full=True).ok
    assert lived.objects.get(before)
    assert not lived.is_being_copied()


def test_a_disk_that_fills_at_any_moment_leaves_the_backup_before_as_it_was(
    practice: Practice, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    kept(practice)
    first = backup.backup(practice, folder)
    kept(practice, "un autre")
    real, left = os.fsync, 0

    def fsync(number: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, "no space left")
        real(number)

    failures = 0
    with monkeypatch.context() as patched:
        patched.setattr(sealed.os, "fsync", fsync)
        while True:
            left = failures
            try:
                backup.backup(practice, folder)
            except BackupFailed:
                failures += 1
            else:
                break
            assert prove(practice, folder, at=first.stamp, full=True).ok
            assert not practice.is_being_copied()
    assert failures > 5
    assert backup.backup(practice, folder).proof.ok
    assert list(folder.rglob("*.part")) == []


KILLED = """
import os, sys
from pathlib import Path
from pipeline.practice import open_practice
from pipeline.safekeeping import backup, sealed
calls, real = 0, os.fsync
def fsync(number):
    global calls
    calls += 1
    if calls == int(sys.argv[3]):
        os.kill(os.getpid(), 9)
    real(number)
sealed.os.fsync = fsync
backup.backup(open_practice(Path(sys.argv[1])), Path(sys.argv[2]))
"""


def test_a_kill_at_any_moment_leaves_the_backup_before_as_it_was(practice: Practice, folder: Path):
    kept(practice)
    first = backup.backup(practice, folder)
    kept(practice, "un autre")
    for nth in (5, 8, 11):  # while objects, the copy of the vault, then the bundle are written
        arguments = [sys.executable, "-c", KILLED, str(practice.home), str(folder), str(nth)]
        done = subprocess.run(arguments, capture_output=True, cwd=Path(__file__).parents[2], check=False)
        assert done.returncode == -9, done.stderr
        assert practice.is_being_copied()
        assert prove(practice, folder, at=first.stamp, full=True).ok
    assert backup.backup(practice, folder, full=True).proof.objects == replica_size(practice)
    assert len(list((folder / "states").iterdir())) == 2 * len(shelf.labels(folder))
    assert not practice.is_being_copied()


def replica_size(practice: Practice) -> int:
    with practice.look() as connection:
        return len(proof.named(connection))


def test_old_backups_go_and_only_two_copies_of_the_vault_stay(practice: Practice, folder: Path):
    kept(practice)
    made = [backup.backup(practice, folder).stamp for _ in range(5)]
    assert made == sorted(set(made))
    settings = practice.settings.model_copy(update={"backup": practice.settings.backup.model_copy(update={"keep": 3})})
    object.__setattr__(practice, "settings", settings)
    last = backup.backup(practice, folder).stamp
    assert [one.stamp for one in shelf.labels(folder)] == [*made[-2:], last]
    assert sorted(path.name for path in (folder / "keys").glob("*.age")) == [f"keys-{made[-1]}.age", f"keys-{last}.age"]
    assert len(list((folder / "states").iterdir())) == 6


def test_what_is_destroyed_leaves_every_backup(practice: Practice, folder: Path):
    gone, stays = kept(practice), kept(practice, "reste")
    first = backup.backup(practice, folder)
    with practice.begin() as connection:
        connection.execute(tables.dictation.delete().where(tables.dictation.c.audio == gone))
    practice.discard(gone)
    for _ in range(2):
        backup.backup(practice, folder)
    assert gone not in set(replica.addresses(folder))
    assert stays in set(replica.addresses(folder))
    old = prove(practice, folder, at=first.stamp)
    assert (old.wanting, old.missing) == ({gone}, (gone,))
    identity = load_practice_key(practice.home / KEY_FILE)
    for number, copy in enumerate((folder / "keys").glob("keys-*.age")):
        sealed.open_file(copy, folder / f"{number}.db", identity=identity)
        assert clear_text(folder, gone.encode()) == []


def test_a_copy_that_rots_is_found_and_made_anew(practice: Practice, folder: Path):
    address = kept(practice)
    backup.backup(practice, folder)
    (copy,) = folder.glob(f"objects/*/*/{address}")
    copy.chmod(0o600)
    copy.write_bytes(b"rot")
    assert prove(practice, folder).damaged == (address,)
    assert backup.backup(practice, folder).proof.ok
    assert replica.is_whole(folder, address)


def test_an_object_that_the_practice_itself_lost_is_told_and_the_rest_is_kept(practice: Practice, folder: Path):
    lost, whole = kept(practice), kept(practice, "entier")
    (stored,) = practice.place("store").glob(f"*/*/{lost}")
    stored.unlink()
    with pytest.raises(BackupDamaged) as refused:
        backup.backup(practice, folder)
    assert "gardée" in refused.value.advice
    found = prove(practice, folder)
    assert found.missing == (lost,)
    assert whole in set(replica.addresses(folder))
    assert backup.last(practice) is None
    assert not shelf.chosen(folder).proven
    for _ in range(5):  # each day it is told again, and copies do not pile up
        with pytest.raises(BackupDamaged):
            backup.backup(practice, folder)
    assert len(shelf.labels(folder)) == shelf.UNPROVEN_KEPT


def test_a_key_that_left_the_vault_is_told_and_no_older_copy_is_forgotten(practice: Practice, folder: Path):
    address = kept(practice)
    backup.backup(practice, folder)
    practice.objects._vault.drop(address)
    for _ in range(3):
        with pytest.raises(BackupDamaged):
            backup.backup(practice, folder)
    assert prove(practice, folder).keyless == (address,)
    assert len(list((folder / "keys").glob("keys-*.age"))) == 4
    assert address in set(replica.addresses(folder))


def test_a_bundle_that_was_altered_or_another_key_opens_nothing(practice: Practice, folder: Path, tmp_path: Path):
    kept(practice)
    stamp = backup.backup(practice, folder).stamp
    with pytest.raises(WrongKey):
        proof.prove(folder, make_practice_key(tmp_path / "other"), keys=folder / "keys")
    bundle = shelf.bundle(folder, stamp)
    data = bundle.read_bytes()
    bundle.write_bytes(data[:-200])
    with pytest.raises(BackupDamaged):
        prove(practice, folder)
    label = shelf.chosen(folder)
    import hashlib
    from dataclasses import replace

    identity = load_practice_key(practice.home / KEY_FILE)
    shelf.label(folder, replace(label, sha256=hashlib.sha256(data[:-200]).hexdigest()), by=identity)
    with pytest.raises(BackupDamaged):  # the encryption itself tells what its label does not
        prove(practice, folder)
    with pytest.raises(BackupMissing):
        prove(practice, tmp_path / "empty")


def test_a_folder_of_another_practice_or_inside_this_one_is_refused(practice: Practice, folder: Path, tmp_path: Path):
    from pipeline import opening

    backup.backup(practice, folder)
    other = opening.new_practice(tmp_path / "autre", name="Autre cabinet")
    with pytest.raises(FolderUnfit):
        backup.backup(other, folder)
    with pytest.raises(FolderUnfit):
        backup.backup(other, tmp_path / "autre-disque", keys=folder)
    other.close()
    with pytest.raises(FolderUnfit) as refused:
        backup.backup(practice, practice.home / "sauvegardes")
    assert "autre disque" in refused.value.advice
    with pytest.raises(SettingsError):
        backup.backup(practice)


def test_one_backup_at_a_time_and_none_without_room(practice: Practice, folder: Path, monkeypatch: pytest.MonkeyPatch):
    lock = slots.locks(database_url(practice.home, practice.settings)).take("upkeep-2")
    assert lock
    with pytest.raises(BackupRunning):
        backup.backup(practice, folder)
    lock.release()
    monkeypatch.setattr("pipeline.disk.free", lambda _: 1000)
    with pytest.raises(DiskShort):
        backup.backup(practice, folder)
    assert not folder.exists()


def test_it_is_made_by_itself_when_its_hour_has_come(practice: Practice, folder: Path, monkeypatch: pytest.MonkeyPatch):
    assert not backup.is_due(practice)
    with (practice.home / "copiste.toml").open("a") as file:
        file.write(f'\n[backup]\nfolder = "{folder}"\nevery_hours = 12\n')
    place = open_practice(practice.home)
    kept(place)
    first = backup.when_due(place)
    assert first
    assert first.keys == folder / "keys"
    assert backup.when_due(place) is None
    later = store.now() + timedelta(hours=12, minutes=1)
    monkeypatch.setattr(store, "now", lambda: later)
    again = backup.when_due(place)
    assert again
    assert again.previous == first.at
    place.close()


def test_a_clock_that_went_back_does_not_make_the_new_backup_the_older_one(
    practice: Practice, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    kept(practice)
    first = backup.backup(practice, folder)
    earlier = store.now() - timedelta(days=3)
    monkeypatch.setattr(store, "now", lambda: earlier)
    assert backup.backup(practice, folder).stamp > first.stamp


def test_a_very_large_backup_reads_its_new_objects_and_a_share_of_the_others(
    practice: Practice, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    addresses = {kept(practice, f"texte {n}") for n in range(40)}
    backup.backup(practice, folder)
    assert replica.to_read_again(folder, addresses, new=(), day=1) == addresses
    monkeypatch.setattr(replica, "READ_AGAIN", 1)
    shares = [replica.to_read_again(folder, addresses, new=(), day=day) for day in range(replica.DAYS)]
    assert frozenset().union(*shares) == addresses
    assert sum(map(len, shares)) == len(addresses)
    one = next(iter(addresses))
    assert one in replica.to_read_again(folder, addresses, new=[one], day=0)


def test_a_snapshot_leaves_nothing_of_what_was_deleted(practice: Practice, tmp_path: Path):
    kept(practice)
    with practice.begin() as connection:
        connection.exec_driver_sql("pragma secure_delete=off")
        store.record(connection, actor="x", action="y", subject="CANARI")
    with practice.begin() as connection:
        connection.execute(tables.event.delete())
    snapshot.take(practice.database, tmp_path / "copy.db", part="work")
    assert clear_text(tmp_path, b"CANARI") in ([], [practice.home / "copiste.db"], [practice.home / "copiste.db-wal"])
    assert b"CANARI" not in (tmp_path / "copy.db").read_bytes()
