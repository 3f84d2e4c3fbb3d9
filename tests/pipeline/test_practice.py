import os
import stat
from pathlib import Path

import pytest

from pipeline import opening, settings
from pipeline import practice as practices
from pipeline.errors import FolderError
from pipeline.practice import Practice, open_practice
from pipeline.types import Model


def test_what_is_kept_is_read_back_and_is_not_in_clear_on_disk(practice: Practice):
    model = Model(name="nom-très-reconnaissable", sha256="0" * 64)
    address = practice.keep(model)
    assert practice.read(address, Model) == model
    stored = [path.read_bytes() for path in practice.place("store").rglob("*") if path.is_file()]
    assert stored
    assert not any(b"reconnaissable" in data for data in stored)


def test_the_folder_is_private(practice: Practice):
    assert stat.S_IMODE((practice.home / practices.KEY_FILE).stat().st_mode) == 0o600
    for name in practices.PLACES:
        assert stat.S_IMODE(practice.place(name).stat().st_mode) == 0o700


def test_a_folder_in_use_is_never_made_again(practice: Practice, tmp_path: Path):
    with pytest.raises(FolderError):
        practices.create(practice.home)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").touch()
    with pytest.raises(FolderError):
        practices.create(tmp_path / "other")


def test_a_folder_that_is_not_a_practice_is_refused(tmp_path: Path):
    with pytest.raises(FolderError) as refused:
        open_practice(tmp_path)
    assert "copiste init" in refused.value.advice


@pytest.mark.parametrize(("version", "advice"), [("9999", "plus récente"), ("", "copiste upgrade")])
def test_a_database_of_another_version_is_refused(practice: Practice, version: str, advice: str):
    with practice.begin() as connection:
        connection.exec_driver_sql("delete from alembic_version")
        if version:
            connection.exec_driver_sql(f"insert into alembic_version values ('{version}')")
    with pytest.raises(FolderError) as refused:
        open_practice(practice.home)
    assert advice in refused.value.advice


def test_upgrade_copies_first_and_changes_nothing_when_up_to_date(practice: Practice):
    copies = opening.upgrade(practice.home)
    assert sorted(copy.name[:4] for copy in copies) == ["copi", "keys"]
    assert all(copy.stat().st_size and stat.S_IMODE(copy.stat().st_mode) == 0o600 for copy in copies)
    open_practice(practice.home)


def test_the_name_given_at_init_is_in_the_settings(tmp_path: Path):
    place = opening.new_practice(tmp_path / "new", name='Cabinet "du Parc" d\'été')
    assert place.settings.practice.name == 'Cabinet "du Parc" d\'été'
    assert os.listdir(tmp_path / "new" / "inbox") == []
    assert settings.load(tmp_path / "new") == place.settings
    accounts = opening.first_accounts(place)
    assert {one.role for one in accounts} == {"secretary", "archivist", "technical"}
    assert len({one.password for one in accounts}) == 3


def test_a_folder_that_is_no_practice_is_not_upgraded(tmp_path: Path):
    with pytest.raises(FolderError):
        opening.upgrade(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_newer_database_is_not_upgraded(practice: Practice):
    with practice.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    with pytest.raises(FolderError) as refused:
        opening.upgrade(practice.home)
    assert "plus récente" in refused.value.advice
