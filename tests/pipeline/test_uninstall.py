"""Taking the program away: the archive stays, and its page is enough to read it with age and sqlite3 alone."""

import hashlib
import re
import sqlite3
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archive import patients
from archive.deposit import deposit
from archive.objects import register
from archive.records import Deposit
from pipeline import presence
from pipeline.cli import app
from pipeline.machine import service, uninstall
from pipeline.machine.uninstall import PAGE, StillAtWork
from pipeline.practice import Practice

PDF = b"%PDF-1.7 the signed letter"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "cache" / "copiste"
    (folder / "whisper-base-1.0.0").mkdir(parents=True)
    (folder / "whisper-base-1.0.0" / "model.bin").write_bytes(b"weights")
    return folder


@pytest.fixture
def filed(practice: Practice) -> str:
    addresses = [practice.objects.put(data) for data in (PDF, b"word", b"sound", b"text")]
    with practice.begin() as connection:
        person = patients.add(
            connection, family_name="Dupont", given_name="Jean", birth_date=date(1954, 3, 12), actor="test"
        )
        for address, data in zip(addresses, (PDF, b"word", b"sound", b"text"), strict=True):
            register(connection, address, plain=data, media_type="application/octet-stream")
        deposit(
            connection, practice.objects,
            Deposit(id="0123456789", patient_id=person.id, kind="consultation", title="Compte rendu", author="Dr L",
                    date=date(2025, 11, 18), pdf=addresses[0], master=addresses[1], sound=addresses[2],
                    text=addresses[3], schedule="trente", actor="test"),
        )  # fmt: skip
    return addresses[0]


def everything(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def quiet(words: object) -> bool:
    return True


def test_the_service_and_the_model_go_and_the_whole_folder_stays(practice: Practice, cache: Path, tmp_path: Path):
    unit = service.planned(practice.home, practice.settings, own=True, root=tmp_path)
    service.install(unit, home=practice.home, command=quiet)
    practice.close()
    before = everything(practice.home)
    removed = uninstall.uninstall(practice.home, cache=cache, root=tmp_path, command=quiet)
    assert not unit.path.exists()
    assert not cache.exists()
    after = everything(practice.home)
    assert set(after) - {name for name in after if "lock" in name or name.endswith(".slot")} >= set(before)
    assert after[PAGE]
    assert {name: data for name, data in before.items() if after[name] != data} == {}
    told = "\n".join(uninstall.sentences(practice.home, removed))
    for said in (str(practice.home), "practice.key", "feuilles de secours", PAGE):
        assert said in told


def test_the_page_alone_is_enough_to_read_a_document(practice: Practice, filed: str):
    import pyrage

    text = uninstall.write_page(practice.home, practice.settings).read_text(encoding="utf-8")
    steps = re.search(r"sqlite3 copiste\.db\n(.*?);", text, re.DOTALL)
    assert steps
    found = sqlite3.connect(practice.home / "copiste.db")
    (row,) = found.execute(steps[1]).fetchall()
    found.close()
    assert row[0] == "Dupont"
    address = row[6]
    query = re.search(r'sqlite3 keys\.db "(.*?)"', text)
    assert query
    keys = sqlite3.connect(practice.home / "keys.db")
    ((secret,),) = keys.execute(query[1].replace("ADRESSE", address)).fetchall()
    keys.close()
    practice_key = next(
        line for line in (practice.home / "practice.key").read_text().splitlines() if not line.startswith("#")
    )
    key = pyrage.decrypt(bytes.fromhex(secret), [pyrage.x25519.Identity.from_str(practice_key)]).decode()
    stored = (practice.home / "store" / address[:2] / address[2:4] / address).read_bytes()
    assert hashlib.sha256(stored).hexdigest() == address == filed
    assert pyrage.decrypt(stored, [pyrage.x25519.Identity.from_str(key)]) == PDF


def test_the_page_never_repeats_a_password(practice: Practice):
    storage = practice.settings.storage.model_copy(
        update={"database": "postgresql+psycopg://me:secret@h/db", "vault": "postgresql+psycopg://me:secret@h/v",
                "store": "s3://bucket"}
    )  # fmt: skip
    text = uninstall.page(practice.home, practice.settings.model_copy(update={"storage": storage}))
    assert "secret" not in text.replace("secret FROM", "").replace("hex(secret)", "").replace("(secret, 'hex')", "")
    assert "PostgreSQL" in text
    assert "S3" in text


def test_a_practice_at_work_is_not_cut_short(practice: Practice, cache: Path, tmp_path: Path):
    with presence.present(practice, "work"), pytest.raises(StillAtWork):
        uninstall.uninstall(practice.home, cache=cache, root=tmp_path, command=quiet)
    assert cache.exists()


def test_the_command_asks_first(practice: Practice, cache: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache.parent))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    refused = CliRunner().invoke(app, ["uninstall", "--home", str(practice.home)], input="non\n")
    assert refused.exit_code == 1
    assert cache.exists()
    assert not (practice.home / PAGE).exists()
    agreed = CliRunner().invoke(app, ["uninstall", "--home", str(practice.home), "--yes"])
    assert agreed.exit_code == 0, agreed.output
    assert not cache.exists()
    assert (practice.home / PAGE).exists()
