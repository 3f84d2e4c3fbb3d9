"""What a practice installs: the wheel holds the code, the templates, the fonts and the words, and nothing else."""

import importlib.metadata
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return set(zipfile.ZipFile(next(out.glob("*.whl"))).namelist())


def test_every_tracked_file_of_the_packages_is_in_the_wheel(wheel: set[str]):
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "pipeline", "vocab", "archive", "templates"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    wanted = {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}
    assert len(wanted) > 60
    assert wanted - wheel == set()


def test_the_wheel_holds_nothing_of_the_tests_or_of_git(wheel: set[str]):
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"pipeline", "vocab", "archive", "templates"}
    assert not [name for name in wheel if "__pycache__" in name]


def test_each_top_level_name_is_ours_alone():
    owners = importlib.metadata.packages_distributions()
    for name in ("pipeline", "vocab", "archive", "templates"):
        assert set(owners.get(name, ["copiste"])) == {"copiste"}


def test_the_changelog_opens_with_this_version():
    first = next(line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## "))
    assert first.split()[1] == importlib.metadata.version("copiste")
