"""The diagnostic: each thing that can be wrong is found, said in French with what to do, and never stops the rest."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from archive.tables import practice_key
from pipeline import engine as engines
from pipeline import store, tables
from pipeline.cli import app
from pipeline.machine import certificate, diagnostic, service
from pipeline.machine.diagnostic import LOOKS, bases, findings, people, programs, safety, surroundings, waiting
from pipeline.machine.diagnostic.findings import Finding, Ground
from pipeline.practice import Practice
from tests.fakes import OnTheSpot, received

NOW = datetime.now(UTC)
LIGHT = [(about, look) for about, look in LOOKS if look is not programs.model]


@pytest.fixture(autouse=True)
def no_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The services of the machine that runs the tests are not this practice's business."""
    monkeypatch.setattr(service, "ROOT", tmp_path / "no-root")


def ground(practice: Practice, **settings: Any) -> Ground:
    chosen = practice.settings.model_copy(update=settings)
    return Ground(home=practice.home, now=NOW, settings=chosen, practice=replace(practice, settings=chosen))


def told(findings: Any) -> dict[str, list[Finding]]:
    """Findings by state."""
    found: dict[str, list[Finding]] = {"ok": [], "watch": [], "fix": []}
    for finding in findings:
        found[finding.state].append(finding)
    return found


def set_setting(practice: Practice, section: str, line: str) -> None:
    path = practice.home / "copiste.toml"
    text = path.read_text(encoding="utf-8")
    before, header, after = text.partition(f"[{section}]\n")
    path.write_text(f"{before}[{section}]\n{line}\n{after}" if header else f"{text}\n[{section}]\n{line}\n")


# --- whatever the folder is ---------------------------------------------------------------------------------------


def nothing(home: Path) -> None:
    shutil.rmtree(home)


def settings_gone(home: Path) -> None:
    (home / "copiste.toml").unlink()


def settings_wrong(home: Path) -> None:
    (home / "copiste.toml").write_text("[web]\nport = 'huit'\ncouleur = 1\n")


def settings_garbled(home: Path) -> None:
    (home / "copiste.toml").write_bytes(b"\xff\xfe[[[")


def key_gone(home: Path) -> None:
    (home / "practice.key").unlink()


def key_open(home: Path) -> None:
    (home / "practice.key").chmod(0o644)


def key_of_another(home: Path) -> None:
    from archive.practice_key import make_practice_key

    (home / "practice.key").unlink()
    make_practice_key(home / "practice.key")


def base_gone(home: Path) -> None:
    for path in home.glob("copiste.db*"):
        path.unlink()


def keys_gone(home: Path) -> None:
    for path in home.glob("keys.db*"):
        path.unlink()


def base_garbled(home: Path) -> None:
    base_gone(home)
    (home / "copiste.db").write_bytes(b"not a database" * 1000)


def base_older(home: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{home / 'copiste.db'}")
    with engine.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '0001'"))
    engine.dispose()


def objects_gone(home: Path) -> None:
    shutil.rmtree(home / "store")
    (home / "store").mkdir()


def inbox_gone(home: Path) -> None:
    shutil.rmtree(home / "inbox")


@pytest.mark.parametrize(
    ("break_it", "about"),
    [
        (nothing, "Dossier du cabinet"), (settings_gone, "Dossier du cabinet"), (settings_wrong, "Réglages"),
        (settings_garbled, "Réglages"), (key_gone, "Dossier du cabinet"), (key_open, "Droits d'accès"),
        (key_of_another, "Ouverture du cabinet"), (base_gone, "Base de travail"), (keys_gone, "Base des clés"),
        (base_garbled, "Base de travail"), (base_older, "Base de travail"), (objects_gone, "Coffre des clés"),
        (inbox_gone, "Dossiers surveillés"),
    ],
)  # fmt: skip
def test_whatever_is_broken_is_found_and_said(practice: Practice, break_it: Callable[[Path], None], about: str):
    practice.close()
    break_it(practice.home)
    before = sorted(path.name for path in practice.home.iterdir()) if practice.home.exists() else []
    report = diagnostic.examine(practice.home, looks=LIGHT)
    assert about in {finding.about for finding in report.findings if finding.state == "fix"}
    assert not report.ok
    for finding in report.findings:
        assert finding.found.endswith((".", "…", ")"))
        assert finding.todo or finding.state == "ok", finding
    after = sorted(path.name for path in practice.home.iterdir()) if practice.home.exists() else []
    assert {name for name in after if not name.endswith(("-wal", "-shm"))} <= set(before), "a diagnostic makes nothing"


@pytest.mark.parametrize("place", [Path("/"), Path("/dev/null"), Path("no-such-folder")])
def test_a_place_that_is_no_practice_is_said(place: Path):
    report = diagnostic.examine(place, looks=LIGHT)
    assert not report.ok
    assert report.findings[0].about == "Dossier du cabinet"


def test_a_look_that_fails_is_a_finding_and_says_nothing_of_what_it_read(practice: Practice, caplog):
    def fall(_: Ground) -> list[Finding]:
        raise ValueError("Zébulonne")

    report = diagnostic.examine(practice.home, looks=[("Essai", fall), ("Polices", programs.fonts)])
    assert [finding.state for finding in report.findings] == ["fix", "ok"]
    assert "ValueError" in report.findings[0].found
    assert "Zébulonne" not in str(report.plain()) + caplog.text


def test_a_practice_in_order_has_nothing_to_correct(practice: Practice, tmp_path: Path):
    set_setting(practice, "backup", f'folder = "{tmp_path / "copies"}"')
    with practice.begin() as connection:
        connection.execute(tables.doctor.update().values(rpps="10001234567"))
        made = {"id": "B", "at": NOW, "verified": NOW, "place": "x", "objects": 1, "size": 1}
        connection.execute(tables.backup.insert().values(**made))
    with practice.vault.begin() as keys:
        keys.execute(practice_key.update().values(sheets_at=NOW))
    os.chmod(practice.home, 0o700)
    report = diagnostic.examine(practice.home, looks=LIGHT)
    assert [finding for finding in report.findings if finding.state == "fix"] == []
    assert len({finding.about for finding in report.findings}) >= 18


def test_the_command_answers_in_french_or_in_json_with_its_own_exit_code(practice: Practice, monkeypatch):
    monkeypatch.setattr(diagnostic, "LOOKS", LIGHT)
    monkeypatch.setattr(diagnostic.examine, "__kwdefaults__", {"looks": LIGHT})
    spoken = CliRunner().invoke(app, ["diagnostic", "--home", str(practice.home)])
    assert spoken.exit_code == diagnostic.EXIT_CODE
    assert "[à corriger] Sauvegardes" in spoken.stdout
    assert "copiste backup" in spoken.stdout
    answered = json.loads(CliRunner().invoke(app, ["diagnostic", "--home", str(practice.home), "--json"]).stdout)
    assert answered["ok"] is False
    assert {tuple(one) for one in answered["findings"]} == {("about", "state", "found", "todo")}
    assert {one["state"] for one in answered["findings"]} <= set(findings.SAYS)


# --- each look ----------------------------------------------------------------------------------------------------


def test_others_who_may_read_the_folder(practice: Practice):
    os.chmod(practice.home, 0o755)
    (fixed,) = told(diagnostic.folder.rights(ground(practice)))["fix"]
    assert f"chmod 700 '{practice.home}'" in fixed.todo


def test_room_that_runs_out(practice: Practice):
    def with_reserve(megabytes: float) -> Ground:
        storage = practice.settings.storage.model_copy(update={"reserve_megabytes": megabytes})
        return ground(practice, storage=storage)

    free = shutil.disk_usage(practice.home).free / 1_000_000
    assert told(diagnostic.folder.room(with_reserve(free * 2)))["fix"]
    assert told(diagnostic.folder.room(with_reserve(free / 3)))["watch"]
    assert told(diagnostic.folder.room(with_reserve(free / 1000)))["ok"]


def test_a_watched_folder_that_holds_what_is_written(practice: Practice, tmp_path: Path):
    from pipeline.settings import Intake, WatchedRoot

    def watching(*roots: Path) -> dict[str, list[Finding]]:
        intake = Intake(roots=tuple(WatchedRoot(path=root) for root in roots))
        return told(diagnostic.folder.roots(ground(practice, intake=intake)))

    inside, inbox = watching(practice.home)["fix"]
    assert "exports" in inside.found
    assert "inbox est dans un autre dossier surveillé" in inbox.found
    (tmp_path / "dictées").mkdir()
    assert not watching(tmp_path / "dictées")["fix"]
    (absent,) = watching(tmp_path / "absent")["fix"]
    assert "n'existe pas" in absent.found


@pytest.mark.parametrize(
    ("memory", "cores", "cards", "best"),
    [(4, 2, 0, "base"), (16, 2, 0, "base"), (8, 4, 0, "small"), (64, 16, 0, "small"), (16, 4, 1, "large-v3-turbo")],
)
def test_the_best_model_that_a_machine_can_hold(memory: int, cores: int, cards: int, best: str):
    assert programs.best_model(memory=memory * 1_000_000_000, cores=cores, cards=cards) == best


def test_a_model_that_is_absent(practice: Practice, tmp_path: Path):
    speech = practice.settings.speech.model_copy(update={"model": str(tmp_path / "absent")})
    (fixed,) = told(programs.model(ground(practice, speech=speech)))["fix"]
    assert "absent" in fixed.found


def test_a_template_that_cannot_be_used(practice: Practice):
    (practice.place("templates") / "consultation.docx").write_bytes(b"not Word")
    (fixed,) = told(programs.templates(ground(practice)))["fix"]
    assert "consultation" in fixed.found


def test_an_object_that_was_altered(practice: Practice):
    with practice.look() as connection:
        first = min(store.addresses(connection))
    path = practice.home / "store" / first[:2] / first[2:4] / first
    path.chmod(0o600)
    path.write_bytes(b"altered")
    assert "ObjectAltered" in told(bases.vault(ground(practice)))["fix"][0].found


def test_a_database_server_that_does_not_answer(practice: Practice):
    away = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    storage = practice.settings.storage.model_copy(update={"database": away})
    (fixed,) = told(bases.databases(ground(practice, storage=storage)))["fix"]
    assert "ne répond pas" in fixed.found
    assert "nobody" not in fixed.found + fixed.todo


def test_sheets_that_were_never_printed(practice: Practice):
    assert told(safety.sheets(ground(practice)))["fix"]
    with practice.vault.begin() as keys:
        keys.execute(practice_key.update().values(sheets_at=NOW))
    assert told(safety.sheets(ground(practice)))["ok"]


@pytest.mark.parametrize(
    ("hours", "verified", "state"), [(1, True, "ok"), (40, True, "ok"), (60, True, "fix"), (1, False, "fix")]
)
def test_the_age_of_the_last_backup_that_was_proven(practice: Practice, hours: int, verified: bool, state: str):
    from pipeline.settings import Backups

    with practice.begin() as connection:
        connection.execute(
            tables.backup.insert().values(
                id="B",
                at=NOW - timedelta(hours=hours),
                verified=NOW if verified else None,
                place="x",
                objects=1,
                size=1,
            )
        )
    found = told(safety.backups(ground(practice, backup=Backups(folder="/elsewhere"))))
    assert [name for name, some in found.items() if some] == [state]


def test_a_doctor_without_what_is_needed(practice: Practice):
    with practice.begin() as connection:
        connection.execute(tables.doctor.update().where(tables.doctor.c.folder == "garnier").values(signing_key=""))
    shutil.rmtree(practice.home / "inbox" / "garnier")
    found = told(people.doctors(ground(practice)))
    assert any("Garnier n'a pas de clé" in finding.found for finding in found["fix"])
    assert any("inbox/garnier" in finding.found for finding in found["watch"])
    assert sum("RPPS" in finding.found for finding in found["watch"]) == 2


@pytest.mark.parametrize(("years", "state"), [(0, "ok"), (200, "fix")])
def test_signing_certificates_that_end(practice: Practice, years: int, state: str):
    later = replace(ground(practice), now=NOW + timedelta(days=365 * years))
    assert told(people.certificates(later))[state]


def test_work_that_is_stuck(practice: Practice):
    assert told(waiting.stuck(ground(practice)))["ok"]
    received(practice, OnTheSpot(practice), b"sound", doctor=None)
    assert told(waiting.stuck(ground(practice)))["ok"]
    late = replace(ground(practice), now=NOW + timedelta(hours=3))
    (fixed,) = told(waiting.stuck(late))["fix"]
    assert "copiste run" in fixed.todo


def test_a_clock_that_went_back(practice: Practice):
    assert not told(surroundings.clock(ground(practice)))["fix"]
    with practice.begin() as connection:
        store.record(connection, actor="x", action="x", subject="x")
        connection.execute(tables.event.update().values(at=NOW + timedelta(days=2)))
    (fixed,) = told(surroundings.clock(ground(practice)))["fix"]
    assert "Réglez l'heure" in fixed.todo


@pytest.mark.parametrize(("days", "state"), [(0, "ok"), (380, "watch"), (420, "fix")])
def test_the_certificate_of_the_pages(practice: Practice, days: int, state: str):
    certificate.make(practice.home, ["cabinet.local"], at=NOW - timedelta(days=days))
    web = practice.settings.web.model_copy(update={"certificate": "tls/copiste.crt"})
    assert told(surroundings.pages(ground(practice, web=web)))[state]


def test_pages_in_clear_on_the_network(practice: Practice):
    web = practice.settings.web.model_copy(update={"host": "0.0.0.0"})
    assert told(surroundings.pages(ground(practice, web=web)))["fix"]


def test_error_reports_are_told(practice: Practice):
    assert told(surroundings.crashes(ground(practice)))["ok"]
    (practice.place("logs") / "crash-20260101T000000-1.txt").write_text("")
    assert told(surroundings.crashes(ground(practice)))["watch"]


def test_nothing_of_a_patient_is_told(practice: Practice):
    from datetime import date

    from archive import patients

    with practice.begin() as connection:
        patients.add(connection, family_name="Zyquname", given_name="Paul", birth_date=date(1960, 5, 4), actor="test")
    engine = engines.DurableEngine(practice)
    received(practice, engine, b"sound", doctor=None, name="Zyquname.flac")  # type: ignore[arg-type]
    report = diagnostic.examine(practice.home, looks=LIGHT)
    assert "zyqu" not in str(report.plain()).lower()
