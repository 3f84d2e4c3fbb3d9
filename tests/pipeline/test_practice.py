import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive.errors import PracticeKeyMissing
from pipeline import opening, settings
from pipeline import practice as practices
from pipeline.errors import FolderError, SettingsError
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


def test_the_name_given_at_init_is_in_the_settings(tmp_path: Path):
    place = opening.new_practice(tmp_path / "new", name='Cabinet "du Parc" d\'été')
    assert place.settings.practice.name == 'Cabinet "du Parc" d\'été'
    assert os.listdir(tmp_path / "new" / "inbox") == []
    assert settings.load(tmp_path / "new") == place.settings
    accounts = opening.first_accounts(place)
    assert {one.role for one in accounts} == {"secretary", "archivist", "technical"}
    assert len({one.password for one in accounts}) == 3


def test_the_key_of_a_practice_is_written_down_from_the_start_and_another_one_is_refused(practice: Practice):
    from archive.errors import PracticeKeyChanged
    from archive.practice_key import known_keys, load_practice_key, make_practice_key

    path = practice.home / practices.KEY_FILE
    (known,) = known_keys(practice.vault)
    assert known.public == str(load_practice_key(path).to_public())
    path.unlink()
    make_practice_key(path)
    with pytest.raises(PracticeKeyChanged):
        open_practice(practice.home)


def test_an_object_that_is_replaced_goes_at_once_unless_a_backup_is_being_made(practice: Practice):
    from pipeline import store, tables

    first, second, third = (practice.objects.put(b"text") for _ in range(3))
    practice.discard(first)
    row = {"id": "B000000001", "at": store.now(), "place": "x", "objects": 0, "size": 0}
    with practice.begin() as connection:
        connection.execute(tables.backup.insert().values(row))
    practice.discard(second)
    with practice.begin() as connection:
        connection.execute(tables.backup.update().values(verified=store.now()))
    practice.discard(third)
    assert set(practice.objects.addresses()) >= {second}
    assert not set(practice.objects.addresses()) & {first, third}


def test_settings_written_beforehand_are_taken_as_they_are(tmp_path: Path):
    text = '[practice]\nname = "Hôpital"\n\n[web]\nport = 9000\n'
    with opening_closed(tmp_path / "h", text) as place:
        assert (place.settings.practice.name, place.settings.web.port) == ("Hôpital", 9000)
    with opening_closed(tmp_path / "g", "[web]\nport = 9000\n") as place:
        assert (place.settings.practice.name, place.settings.web.port) == ("Cabinet", 9000)


@pytest.mark.parametrize("text", ["[web\nport = 9000", "[web]\nprot = 9000"])
def test_settings_that_cannot_be_read_make_no_folder(tmp_path: Path, text: str):
    with pytest.raises(SettingsError) as refused:
        opening.new_practice(tmp_path / "h", name="Cabinet", settings_text=text)
    assert "copiste.toml" in refused.value.advice or "web.port" in refused.value.advice
    assert not (tmp_path / "h").exists()


@contextmanager
def opening_closed(home: Path, text: str) -> Iterator[Practice]:
    place = opening.new_practice(home, name="Cabinet", settings_text=text)
    yield place
    place.close()


def test_a_practice_whose_key_is_gone_says_how_to_bring_it_back(practice: Practice):
    (practice.home / practices.KEY_FILE).unlink()
    with pytest.raises(PracticeKeyMissing) as refused:
        open_practice(practice.home)
    assert "copiste keys recover" in refused.value.advice
