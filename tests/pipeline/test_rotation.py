"""The practice key is changed alone at work, with its new sheets, or not at all."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from archive.errors import PracticeKeyChanged
from archive.practice_key import known_keys, load_practice_key
from archive.tables import journal as lines
from pipeline import presence
from pipeline.cli import app
from pipeline.practice import KEY_FILE, Practice, open_practice
from pipeline.safekeeping import rotation, sheets, words


def test_everything_opens_with_the_new_key_and_the_old_file_opens_nothing(practice: Practice, tmp_path: Path) -> None:
    kept = [practice.objects.put(f"courrier {n}".encode()) for n in range(5)]
    old = (practice.home / KEY_FILE).read_bytes()

    done = rotation.rotate(practice, wait_seconds=0)

    again = open_practice(practice.home)
    assert [again.objects.get(address) for address in kept] == [f"courrier {n}".encode() for n in range(5)]
    again.close()
    assert done.secrets >= 5
    assert done.now == str(load_practice_key(practice.home / KEY_FILE).to_public()) != done.before
    (practice.home / KEY_FILE).write_bytes(old)
    with pytest.raises(PracticeKeyChanged):
        open_practice(practice.home)


def test_the_new_key_has_its_sheets_and_its_line_in_the_journal(practice: Practice) -> None:
    done = rotation.rotate(practice, wait_seconds=0)

    two = [words.from_file(file) for file in done.sheets.files[:2]]
    assert str(sheets.recovered(two)) == str(load_practice_key(practice.home / KEY_FILE))
    assert known_keys(practice.vault)[0].sheets_at == done.sheets.made
    with practice.look() as connection:
        last = connection.execute(sa.select(lines).order_by(lines.c.seq.desc()).limit(1)).one()
    assert (last.action, last.subject) == ("key-changed", done.now)


def test_the_key_is_not_changed_while_something_is_at_work(practice: Practice) -> None:
    before = (practice.home / KEY_FILE).read_bytes()

    with presence.present(practice, "work", wait_seconds=0), pytest.raises(presence.PracticeBusy):
        rotation.rotate(practice, wait_seconds=0)

    assert (practice.home / KEY_FILE).read_bytes() == before
    assert len(known_keys(practice.vault)) == 1
    assert sheets.status(practice).left == ()


def test_without_its_sheets_a_new_key_never_comes_into_use(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last page cannot be written: neither the key nor a sheet of a key that is not in use must be left."""
    before, write, count = (practice.home / KEY_FILE).read_bytes(), sheets._write, iter(range(3))

    def full(file: Path, data: bytes) -> None:
        if next(count) == 2:
            raise OSError("no space left")
        write(file, data)

    monkeypatch.setattr(sheets, "_write", full)
    with pytest.raises(sheets.SheetsNotKept):
        rotation.rotate(practice, wait_seconds=0)

    assert (practice.home / KEY_FILE).read_bytes() == before
    assert len(known_keys(practice.vault)) == 1
    assert sheets.status(practice).left == ()
    open_practice(practice.home).close()


def test_sheets_of_a_key_that_did_not_come_into_use_are_wiped(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archive import practice_key

    def broken(*arguments: object) -> None:
        raise sa.exc.OperationalError("commit", {}, Exception())

    monkeypatch.setattr(practice_key, "_replace_row", broken)
    with pytest.raises(sa.exc.OperationalError):
        rotation.rotate(practice, wait_seconds=0)

    assert sheets.status(practice).left == ()
    open_practice(practice.home).close()


def test_the_command_asks_first_and_says_what_to_do_next(practice: Practice) -> None:
    home = ["--home", str(practice.home)]

    assert CliRunner().invoke(app, ["keys", "rotate", *home], input="n\n").exit_code == 1
    assert len(known_keys(practice.vault)) == 1
    done = CliRunner().invoke(app, ["keys", "rotate", "--yes", *home])

    assert done.exit_code == 0, done.output
    for said in ("nouvelles feuilles", "copiste backup", "anciennes sauvegardes", "autres machines"):
        assert said in done.output
    assert "toujours dans un autre endroit" in done.output
    assert "avec elles" not in done.output, "sheets beside a backup open everything"
