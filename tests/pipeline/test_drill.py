"""The drill: two sheets alone, and what they are proven to open."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from archive.errors import StoreAway
from archive.objects import Objects
from archive.practice_key import change_practice_key
from pipeline.cli import app
from pipeline.practice import KEY_FILE, Practice, open_practice
from pipeline.safekeeping import backup, drill, restore, sheets, words
from pipeline.safekeeping.drill import DrillFailed, NothingToProve
from pipeline.safekeeping.sheets import SheetsOfOldKey
from tests.fakes import People
from tests.pipeline.filing import a_patient, filed, signed_pdf


def two_sheets(practice: Practice) -> list[str]:
    made = sheets.make(practice)
    texts = [words.from_file(file) for file in made.files[::2]]
    sheets.wipe(made.files)
    return texts


def file_some(practice: Practice, people: People, count: int = 3) -> list[str]:
    doctor, jean = people.lambert.doctor or "", a_patient(practice)
    pdf = signed_pdf(practice, doctor)
    return [filed(practice, doctor, jean, pdf=pdf) for _ in range(count)]


def picture(folder: Path) -> dict[str, bytes]:
    """Every file, but for the index that SQLite keeps beside an open database."""
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".db-shm", ".db-wal")
    }


def test_the_oldest_and_the_newest_document_open_with_two_sheets_alone(practice: Practice, people: People) -> None:
    keys, two = file_some(practice, people), two_sheets(practice)
    practice.close()
    (practice.home / KEY_FILE).unlink()
    before = picture(practice.home)

    done = drill.drill(practice.home, two)

    assert done.documents == (keys[0], keys[-1])
    assert done.checked.standing == "current"
    assert picture(practice.home) == before


def test_a_practice_without_documents_is_drilled_too(practice: Practice) -> None:
    done = drill.drill(practice.home, two_sheets(practice))

    assert (done.here, done.documents) == (True, ())


def test_a_document_that_does_not_come_back_fails_the_drill(practice: Practice, people: People) -> None:
    file_some(practice, people, 1)
    two = two_sheets(practice)
    for path in (practice.home / "store").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(path.read_bytes()[:-1] + b"?")

    with pytest.raises(DrillFailed):
        drill.drill(practice.home, two)


def test_a_store_that_is_away_is_not_said_to_be_a_fault_of_the_sheets(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_objects: Objects, _address: str) -> bytes:
        raise StoreAway("the store is away")

    file_some(practice, people, 1)
    two = two_sheets(practice)
    monkeypatch.setattr(Objects, "get", away)

    with pytest.raises(StoreAway):
        drill.drill(practice.home, two)


def test_the_sheets_of_the_key_before_do_not_pass(practice: Practice) -> None:
    two = two_sheets(practice)
    change_practice_key(practice.home / KEY_FILE, practice.vault)

    with pytest.raises(SheetsOfOldKey):
        drill.drill(practice.home, two)


def test_with_neither_practice_nor_backup_there_is_nothing_to_prove(practice: Practice, tmp_path: Path) -> None:
    with pytest.raises(NothingToProve):
        drill.drill(tmp_path / "nowhere", two_sheets(practice))
    assert not (tmp_path / "nowhere").exists()


def test_the_restore_drill_passes_from_the_backup_and_two_sheets_alone(
    practice: Practice, people: People, tmp_path: Path
) -> None:
    """The machine is gone, its folder and its key file with it."""
    keys, two = file_some(practice, people), two_sheets(practice)
    backup.backup(practice, tmp_path / "disque")
    practice.close()
    practice.home.rename(tmp_path / "perdu")
    (tmp_path / "perdu" / KEY_FILE).unlink()

    done = drill.drill(practice.home, two, backup=tmp_path / "disque")

    assert done.backup is not None
    assert (done.backup.ok, done.backup.records, done.here) == (True, len(keys), False)
    restore.restore(tmp_path / "disque", tmp_path / "neuf", sheets.recovered(two))
    again = open_practice(tmp_path / "neuf")
    again.close()
    assert drill.drill(tmp_path / "neuf", two).documents == (keys[0], keys[-1])


def test_a_backup_with_an_object_missing_fails_the_drill(practice: Practice, people: People, tmp_path: Path) -> None:
    file_some(practice, people, 1)
    two = two_sheets(practice)
    backup.backup(practice, tmp_path / "disque")
    gone = max((path for path in (tmp_path / "disque" / "objects").rglob("*") if path.is_file()), key=lambda p: p.name)
    gone.unlink()

    with pytest.raises(DrillFailed):
        drill.drill(practice.home, two, backup=tmp_path / "disque")


def test_the_command_says_in_french_what_was_proven(practice: Practice, people: People, tmp_path: Path) -> None:
    keys = file_some(practice, people)
    made = sheets.make(practice)
    backup.backup(practice, tmp_path / "disque")
    given = ["--sheet", str(made.files[0]), "--sheet", str(made.files[1])]

    done = CliRunner().invoke(
        app, ["keys", "drill", *given, "--backup", str(tmp_path / "disque"), "--home", str(practice.home)]
    )

    assert done.exit_code == 0, done.output
    for said in (keys[0], keys[-1], "L'exercice est réussi", "journal intact"):
        assert said in done.output
