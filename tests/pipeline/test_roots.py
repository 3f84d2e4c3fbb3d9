"""Which folders are watched, and which settings would make the practice take what it writes."""

import os
from pathlib import Path

import pytest

from pipeline import running, store
from pipeline.engine import open_engine
from pipeline.errors import SettingsError
from pipeline.inbox import roots
from pipeline.machine import diagnostic
from pipeline.machine.diagnostic.findings import Ground
from pipeline.practice import PLACES, Practice
from pipeline.settings import Settings, parse


def settings(*paths: object, **others: object) -> Settings:
    return parse({"intake": {"roots": [path if isinstance(path, dict) else {"path": str(path)} for path in paths]}}
                 | others)  # fmt: skip


def said(home: Path, *paths: object, **others: object) -> list[str]:
    return list(roots.overlaps(home, settings(*paths, **others)))


def test_the_inbox_then_the_roots_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path / "moi"))
    chosen = parse(
        {
            "intake": {
                "polling": False,
                "roots": [
                    {"path": "/mnt/a", "folder": "\\lambert/urgences/", "polling": True},
                    {"path": "~/dictées"},
                    {"path": "scans"},
                ],
            }
        }
    )

    inbox, first, mine, relative = roots.watched(tmp_path / "cabinet", chosen)
    assert (inbox.path, inbox.polling, inbox.folder) == (tmp_path / "cabinet" / "inbox", False, "")
    assert (first.path, first.polling, first.folder) == (Path("/mnt/a"), True, "lambert/urgences")
    assert (mine.path, mine.polling) == (tmp_path / "moi" / "dictées", "auto")
    assert relative.path == tmp_path / "cabinet" / "scans", "a service is started from anywhere"


def test_folders_apart_are_watched(practice: Practice, tmp_path: Path):
    assert said(practice.home, tmp_path / "dictées", tmp_path / "dictées bis", practice.home / "scans") == []


@pytest.mark.parametrize("name", [name for name in PLACES if name != "inbox"])
def test_a_root_in_a_place_that_the_practice_writes_is_refused(practice: Practice, name: str):
    for path in (practice.home / name, practice.home / name / "dr-martin"):
        (sentence,) = said(practice.home, path)
        assert str(path) in sentence
        assert name in sentence


def test_a_root_that_holds_the_practice_is_refused_by_the_folders_names(practice: Practice, tmp_path: Path):
    sentences = said(practice.home, tmp_path)

    assert any(str(practice.home / "taken") in one and str(practice.home / "store") in one for one in sentences)
    assert any("inbox" in one and "dans un autre dossier surveillé" in one for one in sentences)


@pytest.mark.parametrize("section", [{"storage": {"store": "{}/objets"}}, {"backup": {"folder": "{}/copies"}},
                                     {"backup": {"keys_folder": "{}"}}])  # fmt: skip
def test_a_root_that_holds_objects_or_backups_is_refused(practice: Practice, tmp_path: Path, section):
    share = tmp_path / "partage"
    others = {name: {key: value.format(share) for key, value in values.items()} for name, values in section.items()}
    (sentence,) = said(practice.home, share, **others)

    assert str(share) in sentence
    assert said(practice.home, tmp_path / "ailleurs", **others) == []


def test_a_root_beside_the_backups_of_one_disk_is_watched(practice: Practice, tmp_path: Path):
    assert said(practice.home, tmp_path / "disque" / "dictées", backup={"folder": str(tmp_path / "disque")}) == []


def test_a_root_twice_or_in_another_is_refused(practice: Practice, tmp_path: Path):
    (twice,) = said(practice.home, tmp_path / "a", tmp_path / "b" / ".." / "a")
    (inside,) = said(practice.home, tmp_path / "a", tmp_path / "a" / "b")
    (around,) = said(practice.home, tmp_path / "a" / "b", tmp_path / "a")
    (inbox,) = said(practice.home, practice.home / "inbox")

    assert "deux fois" in twice
    assert "deux fois" in inbox
    assert inside == around


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_link_hides_nothing(practice: Practice, tmp_path: Path):
    (tmp_path / "lien").symlink_to(practice.home)

    assert any("exports" in one for one in said(practice.home, tmp_path / "lien"))


def test_one_folder_under_two_spellings_is_seen_by_what_it_is(practice: Practice, tmp_path: Path, monkeypatch):
    """As a disk that does not tell capitals apart, or a folder mounted twice: only the system knows."""
    for name in ("dictees", "DICTEES"):
        (tmp_path / name).mkdir()
    real = os.stat

    def stat(path, *arguments, **options):
        return real(str(path).replace("DICTEES", "dictees"), *arguments, **options)

    monkeypatch.setattr(os, "stat", stat)

    assert said(practice.home, tmp_path / "dictees", tmp_path / "DICTEES" / "x")


def test_watching_refuses_such_settings_and_the_diagnostic_says_the_same(practice: Practice):
    chosen = settings(practice.home / "exports")
    object.__setattr__(practice, "settings", chosen)
    engine = open_engine(practice)
    with pytest.raises(SettingsError) as refused, running.watching(practice, engine):
        pass
    (sentence,) = roots.overlaps(practice.home, chosen)
    assert refused.value.advice == f"{sentence}\n{roots.SEPARATE}"

    found = list(diagnostic.folder.roots(Ground(home=practice.home, now=store.now(), settings=chosen)))
    assert sentence in [one.found for one in found]
