import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyrage
import pytest

from archive.errors import KeyMissing, KeyUnusable, ObjectAltered, ObjectMissing, StoreFailed
from archive.objects import Objects, address_of, path_of
from archive.vault import Vault
from tests.archive.conftest import sqlite

TEXT = "Compte rendu de Mme Œuvrard, née le 2 février 1958.".encode()


def file_of(objects: Objects, tmp_path: Path, address: str) -> Path:
    return tmp_path / "store" / path_of(address)


def test_what_is_put_is_given_back_and_is_not_readable_on_the_disk(objects: Objects, tmp_path: Path) -> None:
    address = objects.put(TEXT)

    assert objects.get(address) == TEXT
    assert list(objects.addresses()) == [address]
    assert "Œuvrard".encode() not in file_of(objects, tmp_path, address).read_bytes()


def test_empty_bytes_and_large_ones_come_back_whole(objects: Objects) -> None:
    for data in (b"", os.urandom(3_000_000)):
        assert objects.get(objects.put(data)) == data


def test_the_same_bytes_twice_are_two_objects_so_that_destroying_one_spares_the_other(objects: Objects) -> None:
    first, second = objects.put(TEXT), objects.put(TEXT)
    assert first != second

    objects.destroy(first)

    assert objects.get(second) == TEXT


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_a_stored_file_cannot_be_written_by_mistake(objects: Objects, tmp_path: Path) -> None:
    assert file_of(objects, tmp_path, objects.put(TEXT)).stat().st_mode & 0o777 == 0o400


def test_one_flipped_bit_anywhere_is_found(objects: Objects, tmp_path: Path) -> None:
    address = objects.put(TEXT)
    file = file_of(objects, tmp_path, address)
    file.chmod(0o600)
    whole = file.read_bytes()
    for place in range(0, len(whole), 7):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ObjectAltered):
            objects.get(address)
    for changed in (b"", whole[:-1], whole + b"\0"):
        file.write_bytes(changed)
        with pytest.raises(ObjectAltered):
            objects.get(address)


def test_an_object_put_in_the_place_of_another_is_found(objects: Objects, tmp_path: Path) -> None:
    one, other = objects.put(b"un"), objects.put(b"autre")
    file_of(objects, tmp_path, one).chmod(0o600)
    file_of(objects, tmp_path, one).write_bytes(file_of(objects, tmp_path, other).read_bytes())

    with pytest.raises(ObjectAltered):
        objects.get(one)


def test_other_bytes_encrypted_with_the_objects_own_key_are_found(
    objects: Objects, vault: Vault, tmp_path: Path
) -> None:
    address = objects.put(TEXT)
    forged = pyrage.encrypt(b"faux", [vault.key(address).to_public()])
    file_of(objects, tmp_path, address).chmod(0o600)
    file_of(objects, tmp_path, address).write_bytes(forged)

    with pytest.raises(ObjectAltered):
        objects.get(address)


def test_missing_object_missing_key_and_wrong_key_each_have_their_error(
    objects: Objects, vault: Vault, tmp_path: Path
) -> None:
    gone, keyless, kept = objects.put(b"a"), objects.put(b"b"), objects.put(b"c")
    file_of(objects, tmp_path, gone).unlink()
    vault.drop(keyless)
    keys = sqlite(tmp_path / "keys.db")
    stranger = Objects(tmp_path / "store", Vault(keys, pyrage.x25519.Identity.generate()))

    with pytest.raises(ObjectMissing):
        objects.get(gone)
    with pytest.raises(KeyMissing):
        objects.get(keyless)
    with pytest.raises(KeyUnusable):
        stranger.get(kept)
    keys.dispose()


@pytest.mark.parametrize("address", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_what_is_not_an_address_reaches_no_file(objects: Objects, address: str) -> None:
    with pytest.raises(ObjectMissing):
        objects.get(address)
    with pytest.raises(ObjectMissing):
        objects.destroy(address)


def test_what_is_destroyed_cannot_be_read_even_from_a_copy_of_the_file(objects: Objects, tmp_path: Path) -> None:
    address = objects.put(TEXT)
    file = file_of(objects, tmp_path, address)
    copy = file.read_bytes()

    objects.destroy(address)
    objects.destroy(address)

    assert not file.exists()
    file.write_bytes(copy)
    with pytest.raises(KeyMissing):
        objects.get(address)


def test_the_key_is_safe_before_the_object_exists(
    objects: Objects, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    keep, write = Vault.keep, Objects._write

    def kept(self: Vault, address: str, key: object) -> None:
        keep(self, address, key)
        happened.append("key")

    def written(self: Objects, address: str, stored: bytes) -> None:
        assert vault.key(address)
        happened.append("object")
        write(self, address, stored)

    monkeypatch.setattr(Vault, "keep", kept)
    monkeypatch.setattr(Objects, "_write", written)
    objects.put(TEXT)

    assert happened == ["key", "object"]


@pytest.mark.skipif(os.name != "posix", reason="folders are flushed on POSIX")
def test_the_file_and_every_folder_above_it_reach_the_disk(
    objects: Objects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        flushed.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    file = file_of(objects, tmp_path, objects.put(TEXT))

    assert flushed == [path.stat().st_ino for path in (file, file.parent, file.parent.parent, tmp_path / "store")]


def test_a_store_that_cannot_be_written_says_so_and_leaves_no_key(
    objects: Objects, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    monkeypatch.setattr(Vault, "drop", lambda _, address: dropped.append(address))

    with pytest.raises(StoreFailed) as refused:
        objects.put(TEXT)

    assert refused.value.retry
    assert len(dropped) == 1


def test_many_threads_store_at_once(objects: Objects) -> None:
    texts = [f"lettre {number}".encode() for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        addresses = list(pool.map(objects.put, texts))

    assert [objects.get(address) for address in addresses] == texts
    assert sorted(objects.addresses()) == sorted(addresses)


def test_a_file_that_is_no_object_is_seen_but_is_no_address(objects: Objects, tmp_path: Path) -> None:
    address = objects.put(TEXT)
    (tmp_path / "store" / "note.txt").write_text("posé là")
    (tmp_path / "store" / address).write_text("mal placé")

    assert list(objects.addresses()) == [address]
    assert sorted(objects.paths()) == sorted([path_of(address), "note.txt", address])
    assert address_of(address) is None
