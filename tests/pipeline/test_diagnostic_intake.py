"""A folder that is tried: what is measured of it, what is said of it in French, and the command that does both."""

import json
import os
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.machine import diagnostic, trial
from pipeline.machine.diagnostic import intake
from pipeline.machine.diagnostic.findings import SAYS, Finding, Ground
from pipeline.machine.trial import share
from pipeline.machine.trial.stage import Pace, paced
from pipeline.machine.trial.verdict import KINDS, Trouble, Verdict
from pipeline.practice import Practice
from pipeline.settings import Intake, Settings, WatchedRoot

SHARE = share.Share(
    network=False,
    kind="ext4",
    late=0.0,
    free=50_000_000_000,
    event=0.01,
    listing=0.001,
    date_step=1e-9,
    clock_offset=0.0,
    sensitive=True,
    replaces=True,
    syncs=True,
    lease="tells",
    longest_name=255,
)
VERDICT = Verdict(faults=10, due=5, taken=5, polled=False, troubles=(), refused=(), failed=())


def said_of(
    tmp_path: Path, *, settings: Settings | None = None, verdict: Verdict = VERDICT, **measured: Any
) -> dict[str, list[Finding]]:
    """Findings of a trial that measured this, by state."""
    done = trial.Trial(
        folder=tmp_path / "depot", share=replace(SHARE, **measured), verdict=verdict, removed=True, leftovers=()
    )
    told: dict[str, list[Finding]] = {"ok": [], "watch": [], "fix": []}
    for finding in intake.findings(done, Ground(home=tmp_path / "cabinet", now=datetime.now(UTC), settings=settings)):
        assert finding.found.endswith(".")
        assert finding.todo or finding.state == "ok"
        told[finding.state].append(finding)
    return told


def test_a_folder_of_this_machine_is_measured_as_it_is(tmp_path: Path):
    found = share.measured(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert not found.network
    assert found.replaces is found.syncs is True
    assert found.event is not None
    assert found.clock_offset is not None
    assert abs(found.clock_offset) < intake.CLOCK
    assert found.longest_name
    assert found.free > 0


def test_a_folder_that_allows_nothing_is_measured_all_the_same(tmp_path: Path):
    tmp_path = tmp_path / "absent"
    found = share.measured(tmp_path)
    assert (found.event, found.date_step, found.sensitive, found.lease) == (None, None, None, "unknown")
    assert found.replaces is found.syncs is False


@pytest.mark.parametrize(
    ("granted", "lease"), [((True, False), "tells"), ((True, True), "blind"), ((False, False), "unknown")]
)
def test_a_lease_is_believed_only_when_it_tells_a_writer_from_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, granted: tuple[bool, bool], lease: str
):
    answers = iter(granted)
    monkeypatch.setattr(share, "_granted", lambda *_: next(answers))
    assert share._lease(tmp_path) == lease


def test_how_finely_dates_are_kept_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real = os.utime
    for step in (1, 100, 1_000_000_000, 2_000_000_000):
        monkeypatch.setattr(os, "utime", lambda path, *, ns, step=step: real(path, ns=(ns[0] // step * step,) * 2))
        assert share._date_step(tmp_path) == step / 1e9


@pytest.mark.parametrize(
    ("kind", "options", "late"),
    [
        ("nfs4", "rw,acregmin=7,acregmax=60", 7.0),
        ("nfs", "rw", 3.0),
        ("cifs", "rw,actimeo=30", 30.0),
        ("ext4", "rw", 0.0),
    ],
)
def test_how_late_a_share_may_be_is_read_from_how_it_is_mounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, options: str, late: float
):
    import psutil

    part = type("Part", (), {"mountpoint": str(tmp_path), "fstype": kind, "opts": options})
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [part])
    assert share._mounted(tmp_path) == (kind, late)


def test_a_folder_that_keeps_dates_coarsely_is_tried_more_slowly():
    assert paced(SHARE) == Pace()
    slow = paced(replace(SHARE, date_step=2.0))
    assert slow.stable >= 2.0
    assert slow.stable < slow.short < slow.long < slow.patience


@pytest.mark.parametrize(
    ("measured", "state", "words"),
    [
        ({"network": True, "kind": "cifs"}, "ok", "partage réseau (cifs)"),
        ({"network": True}, "ok", "n'est pas signalé"),
        ({"event": None}, "ok", "ce dossier ne signale pas ce qui y arrive : Copiste le regardera régulièrement"),
        ({"clock_offset": 7200.0}, "watch", "en avance de 2,0 h"),
        ({"clock_offset": -300.0}, "watch", "en retard de 5 min"),
        ({"date_step": None}, "watch", "pas laissé donner de date"),
        ({"date_step": 2.0}, "ok", "à 2 s près"),
        ({"replaces": False}, "watch", "en étant renommé"),
        ({"syncs": False}, "watch", "coupure de courant"),
        ({"lease": "unknown"}, "ok", "ne dit pas si un fichier"),
        ({"sensitive": False}, "ok", "le même nom"),
        ({"longest_name": 60}, "watch", "60 caractères"),
        ({"late": 30.0}, "watch", "stable_seconds vaut 5"),
    ],
)
def test_each_thing_measured_is_said(tmp_path: Path, measured: dict[str, Any], state: str, words: str):
    assert any(words in finding.found for finding in said_of(tmp_path, **measured)[state])


def test_the_settings_advised_are_those_the_folder_needs(tmp_path: Path):
    def settings(**how: Any) -> Settings:
        return Settings(intake=Intake(**how))

    def advised(**how: Any) -> tuple[str, str]:
        (told,) = [one for found in said_of(tmp_path, **how).values() for one in found if one.about == intake.SETTINGS]
        return told.state, told.found + told.todo

    root = WatchedRoot(path=tmp_path / "depot")
    (lines,) = [one.todo for one in said_of(tmp_path, network=True)["ok"] if one.about == intake.SETTINGS]
    (named,) = Settings.model_validate(tomllib.loads(lines)).intake.roots
    assert (named.path, named.polling) == (tmp_path / "depot", True)
    assert "polling = true" not in advised()[1]
    assert "polling = true" in advised(network=True)[1]
    assert "polling = true" in advised(verdict=replace(VERDICT, polled=True))[1]
    assert "conviennent" in advised(settings=settings(roots=(root,)))[1]
    blind = root.model_copy(update={"polling": False})
    assert advised(settings=settings(roots=(blind,)), event=None)[0] == "fix"
    assert advised(settings=settings(roots=(blind,)))[0] == "ok"
    state, words = advised(settings=settings(roots=(root,)), late=30.0)
    assert state == "watch"
    assert "stable_seconds = 32" in words
    assert "conviennent" in advised(settings=settings(roots=(root,), stable_seconds=40.0), late=30.0)[1]


def test_every_trouble_is_said_with_the_way_of_dropping_that_shows_it(tmp_path: Path):
    troubles = tuple(Trouble(kind=kind, about=f"façon {kind}") for kind in KINDS)
    verdict = Verdict(faults=10, due=7, taken=1, polled=False, troubles=troubles, refused=(), failed=())
    (told,) = said_of(tmp_path, verdict=verdict)["fix"]
    for kind in KINDS:
        assert f"façon {kind} : {intake.SAYS[kind]}." in told.todo
        assert f"{intake.SAYS[kind]} : 1" in told.found
    assert intake.BROKEN in told.todo


# --- the command --------------------------------------------------------------------------------------------------


def attempted(verdict: Verdict) -> Callable[..., trial.Trial]:
    def attempt(folder: Path, *, said: Callable[[str], None]) -> trial.Trial:
        said("1/3 · essai")
        return trial.Trial(folder=folder, share=SHARE, verdict=verdict, removed=True, leftovers=())

    return attempt


def test_the_command_answers_in_french_or_in_json(practice: Practice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(trial, "attempt", attempted(VERDICT))
    words = ["diagnostic", "--intake", str(tmp_path), "--home", str(practice.home)]
    spoken = CliRunner().invoke(app, words)
    assert spoken.exit_code == 0
    assert "1/3 · essai" in spoken.stderr
    assert "[en ordre] Essai de dépôts : 10 incidents provoqués, 5 enregistrements déposés" in spoken.stdout
    answered = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert answered["ok"] is True
    assert {one["state"] for one in answered["findings"]} <= set(SAYS)
    assert answered["trial"]["faults"] == 10
    assert {kind: answered["trial"][kind] for kind in KINDS} == dict.fromkeys(KINDS, 0)


def test_a_folder_to_correct_has_the_exit_code_of_the_diagnostic(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    lost = replace(VERDICT, taken=4, troubles=(Trouble(kind="lost", about="copie lente"),))
    monkeypatch.setattr(trial, "attempt", attempted(lost))
    told = CliRunner().invoke(app, ["diagnostic", "--intake", str(tmp_path), "--home", str(tmp_path / "aucun")])
    assert told.exit_code == diagnostic.EXIT_CODE
    assert "[à corriger] Essai de dépôts : perdu : 1" in told.stdout


def no_attempt(*_: Any, **__: Any) -> None:
    raise AssertionError("nobody asked for a trial")


def test_without_a_folder_to_try_the_diagnostic_tries_none(practice: Practice, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trial, "attempt", no_attempt)
    report = diagnostic.examine(practice.home, looks=diagnostic.LOOKS[:2])
    assert set(report.plain()) == {"ok", "findings"}


def test_an_interrupted_trial_says_what_is_left_of_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(trial, "attempt", interrupted)
    words = ["diagnostic", "--intake", str(tmp_path), "--home", str(tmp_path / "aucun")]
    told = CliRunner().invoke(app, words)
    assert (told.exit_code, "rien n'en est resté" in told.stderr) == (130, True)
    (tmp_path / ".copiste-essai-1234").mkdir()
    told = CliRunner().invoke(app, words)
    assert (told.exit_code, ".copiste-essai-1234" in told.stderr) == (130, True)
