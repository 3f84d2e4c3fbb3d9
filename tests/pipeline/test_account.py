"""Root in the folder of another account: refused before anything is written that this account could not read."""

import os
import sys
from pathlib import Path

import pytest

from pipeline import cli
from pipeline.machine import account
from pipeline.machine.account import OtherAccount

pytestmark = pytest.mark.skipif(os.name != "posix", reason="accounts are told apart otherwise there")


@pytest.fixture
def others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A practice folder of another account, seen by root."""
    key = tmp_path / "practice.key"
    key.touch()
    if os.geteuid() == 0:
        os.chown(key, 65534, 65534)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


def test_root_is_told_under_which_account_to_work(
    others: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(sys, "argv", ["copiste", "keys", "rotate", "--yes", "--home", str(others)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 124
    assert "sudo -u" in capsys.readouterr().err


def test_the_key_tells_whose_folder_it_is_and_without_it_the_settings(others: Path):
    with pytest.raises(OtherAccount):
        account.require_own(others, ["run"])
    (others / "practice.key").rename(others / "copiste.toml")
    with pytest.raises(OtherAccount):
        account.require_own(others, ["keys", "recover"])
    (others / "copiste.toml").unlink()
    account.require_own(others, ["run"])


@pytest.mark.parametrize("words", [["service", "install"], ["uninstall"], ["diagnostic"], ["run", "--help"]])
def test_what_is_roots_business_is_left_to_root(others: Path, words: list[str]):
    account.require_own(others, words)


def test_every_other_account_is_the_business_of_the_folders_rights(others: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    account.require_own(others, ["run"])
