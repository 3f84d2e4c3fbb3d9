from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from pipeline import disk, opening
from pipeline.errors import FolderError
from pipeline.practice import Practice, open_practice

Part = namedtuple("Part", "device mountpoint fstype opts")


def mount(monkeypatch: pytest.MonkeyPatch, *parts: tuple[Path | str, str, str]) -> None:
    found = [Part("none", str(where), kind, options) for where, kind, options in parts]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: found)
    disk._kind.cache_clear()


@pytest.fixture(autouse=True)
def _forget():
    disk._kind.cache_clear()
    yield
    disk._kind.cache_clear()


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "smbfs", "fuse.rclone"])
def test_a_share_is_known_by_its_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str):
    mount(monkeypatch, ("/", "ext4", "rw"), (tmp_path, kind, "rw,relatime"))
    assert disk.is_network(tmp_path / "not" / "yet" / "made")
    assert not disk.is_network(tmp_path.parent)


@pytest.mark.parametrize("kind", ["ext4", "xfs", "apfs", "ntfs", "tmpfs", "overlay", "fuseblk", "something-new"])
def test_a_disk_of_this_machine_or_of_an_unknown_kind_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
):
    mount(monkeypatch, ("/", "nfs", "rw"), (tmp_path, kind, "rw"))
    assert not disk.is_network(tmp_path / "cabinet")


def test_windows_says_remote_for_a_drive_and_a_share_has_two_slashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    mount(monkeypatch, ("/", "NTFS", "rw,remote"))
    assert disk.is_network(tmp_path)
    assert disk.is_network(Path("\\\\serveur\\partage"))


def test_a_disk_mounted_over_a_share_is_what_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    mount(monkeypatch, ("/", "ext4", "rw"), (tmp_path, "nfs", "rw"), (tmp_path, "ext4", "rw"))
    assert not disk.is_network(tmp_path)


def test_a_practice_is_neither_made_nor_opened_on_a_share(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    mount(monkeypatch, ("/", "cifs", "rw"))
    with pytest.raises(FolderError) as refused:
        opening.new_practice(tmp_path / "new", name="Cabinet")
    assert "partage réseau" in refused.value.advice
    assert not (tmp_path / "new").exists()
    with pytest.raises(FolderError):
        open_practice(practice.home)


def test_a_practice_whose_databases_are_on_servers_may_lie_on_a_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from pipeline import practice as practices
    from pipeline.settings import parse

    mount(monkeypatch, ("/", "nfs", "rw"))
    chosen = parse({"storage": {"database": "postgresql+psycopg://h/a", "vault": "postgresql+psycopg://h/b"}})
    practices.refuse_share(tmp_path, chosen)
    with pytest.raises(FolderError):
        practices.refuse_share(tmp_path, parse({"storage": {"database": "postgresql+psycopg://h/a"}}))
    elsewhere = parse({"storage": {"database": f"sqlite:///{tmp_path}/a.db", "vault": "postgresql+psycopg://h/b"}})
    with pytest.raises(FolderError):
        practices.refuse_share(tmp_path, elsewhere)


def test_a_disk_below_the_reserve_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: SimpleNamespace(free=500_000_000))
    assert disk.free(tmp_path / "not" / "made") == 500_000_000
    assert disk.is_short([tmp_path], reserve_megabytes=501)
    assert not disk.is_short([tmp_path], reserve_megabytes=500)
    with pytest.raises(disk.DiskShort) as refused:
        disk.require_room([tmp_path], reserve_megabytes=1000)
    assert "place" in refused.value.advice


def test_a_disk_that_does_not_answer_is_not_called_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def away(_: Path) -> None:
        raise OSError(5, "away")

    monkeypatch.setattr(disk.shutil, "disk_usage", away)
    assert not disk.is_short([tmp_path], reserve_megabytes=1)


def test_a_share_mounted_later_on_a_folder_that_was_looked_at_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    found = [Part("none", "/", "ext4", "rw")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: found)
    assert not disk.is_network(tmp_path)
    found.append(Part("none", str(tmp_path.resolve()), "cifs", "rw"))
    monkeypatch.setattr(disk, "_device", lambda place: -1)
    assert disk.is_network(tmp_path)
