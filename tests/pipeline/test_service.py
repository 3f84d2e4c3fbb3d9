"""The service: a unit that systemd accepts, that does not run as root, and that is never another practice's."""

import getpass
import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline import settings
from pipeline.machine import service
from pipeline.machine.service import ServiceRefused

USER = getpass.getuser()


class Machine:
    """A systemctl that remembers what it was asked."""

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, words: Sequence[str]) -> bool:
        self.asked.append(shlex.join(words))
        return self.answers


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / 'Cabinet "50 %" $HOME du Dr Noël'
    folder.mkdir()
    return folder


def chosen(*roots: Path) -> settings.Settings:
    return settings.parse({"intake": {"roots": [{"path": str(root)} for root in roots]}})


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is optional")
@pytest.mark.parametrize("own", [False, True])
def test_systemd_accepts_the_unit_and_reads_the_paths_back(home: Path, tmp_path: Path, own: bool):
    root = tmp_path / "dictées à prendre"
    root.mkdir()
    unit = service.planned(home, chosen(root), user=USER, own=own, root=tmp_path)
    service.install(unit, home=home, command=Machine())
    checked = subprocess.run(
        ["systemd-analyze", "verify", str(unit.path)], capture_output=True, text=True, env={**os.environ, "LANG": "C"}
    )
    complaints = [line for line in checked.stderr.splitlines() if unit.name in line]
    assert complaints == []
    assert ("User=" in unit.text) is not own
    assert ("ProtectSystem=strict" in unit.text) is not own


def test_the_paths_of_the_unit_are_escaped(home: Path, tmp_path: Path):
    unit = service.planned(home, chosen(tmp_path / "a b"), user=USER, own=False, root=tmp_path)
    start = next(line for line in unit.text.splitlines() if line.startswith("ExecStart="))
    assert start.endswith(f'"run" "--home" "{tmp_path}/Cabinet \\"50 %%\\" $$HOME du Dr Noël"')
    written = next(line for line in unit.text.splitlines() if line.startswith("ReadWritePaths="))
    assert f'"-{tmp_path}/a b"' in written
    assert '50 %%\\" $HOME' in written


@pytest.mark.parametrize("own", [False, True])
def test_the_service_finds_the_credentials_of_the_store_beside_the_settings(home: Path, tmp_path: Path, own: bool):
    text = service.planned(home, chosen(), user=USER, own=own, root=tmp_path).text
    path = f'{tmp_path}/Cabinet "50 %%" $HOME du Dr Noël/stockage.env'
    assert f"EnvironmentFile=-{path}" in text.splitlines()


@pytest.mark.parametrize(
    "wanted",
    ["NoNewPrivileges=yes", "UMask=0077", "Restart=always", "ProtectSystem=strict", "PrivateTmp=yes",
     "CapabilityBoundingSet=", "StartLimitIntervalSec=0", "LimitCORE=0"],
)  # fmt: skip
def test_a_system_service_is_walled_in(home: Path, tmp_path: Path, wanted: str):
    text = service.planned(home, chosen(), user=USER, own=False, root=tmp_path).text
    assert wanted in text.splitlines()
    assert "MemoryDenyWriteExecute" not in text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can own what root owns")
def test_a_service_never_runs_as_root_unless_it_is_said(home: Path, tmp_path: Path):
    with pytest.raises(ServiceRefused) as refused:
        service.planned(home, chosen(), own=False, root=tmp_path)
    assert "--user" in refused.value.advice
    assert "User=root" in service.planned(home, chosen(), user="root", own=False, root=tmp_path).text


def test_the_owner_of_the_folder_runs_it(home: Path, tmp_path: Path):
    import pwd

    if os.geteuid() != 0:
        assert f"User={USER}" in service.planned(home, chosen(), own=False, root=tmp_path).text
        return
    os.chown(home, pwd.getpwnam("nobody").pw_uid, -1)
    assert "User=nobody" in service.planned(home, chosen(), own=False, root=tmp_path).text


def test_an_unknown_account_is_refused(home: Path, tmp_path: Path):
    with pytest.raises(ServiceRefused) as refused:
        service.planned(home, chosen(), user="personne-de-ce-nom", own=False, root=tmp_path)
    assert "n'existe pas" in refused.value.advice


def test_installing_starts_it_and_removing_stops_it(home: Path, tmp_path: Path):
    machine = Machine()
    for part in ("serve", "work"):
        done = service.install(
            service.planned(home, chosen(), part=part, user=USER, own=False, root=tmp_path), home=home, command=machine
        )
        assert done.units[0].is_file()
        assert done.commands == ()
    assert "systemctl enable --now copiste-work.service" in machine.asked
    assert [unit.part for unit in service.installed(home, root=tmp_path)] == ["work", "serve"]
    assert service.state(service.installed(home, root=tmp_path)[0], command=machine) == "en marche"
    gone = service.remove(home, root=tmp_path, command=machine)
    assert len(gone.units) == 2
    assert "systemctl disable --now copiste-serve.service" in machine.asked
    assert service.installed(home, root=tmp_path) == ()
    assert service.remove(home, root=tmp_path, command=machine).units == ()


def test_without_systemd_the_commands_are_told(home: Path, tmp_path: Path):
    unit = service.planned(home, chosen(), own=True, root=tmp_path)
    done = service.install(unit, home=home, command=Machine(answers=False))
    assert done.commands == ("systemctl --user daemon-reload", "systemctl --user enable --now copiste.service")
    assert "systemd" in service.state(unit, command=Machine(answers=False))


def test_another_practice_keeps_its_service(home: Path, tmp_path: Path):
    other = tmp_path / "autre"
    other.mkdir()
    service.install(service.planned(other, chosen(), own=True, root=tmp_path), home=other, command=Machine())
    with pytest.raises(ServiceRefused) as refused:
        service.install(service.planned(home, chosen(), own=True, root=tmp_path), home=home, command=Machine())
    assert "autre dossier" in refused.value.advice
    assert service.remove(home, root=tmp_path, command=Machine()).units == ()
    assert len(service.installed(other, root=tmp_path)) == 1


def test_a_line_break_in_a_path_cannot_add_a_line(tmp_path: Path):
    with pytest.raises(ServiceRefused):
        service.planned(tmp_path / "a\nUser=root", chosen(), own=True, root=tmp_path)
