"""The scripts that need no browser, run by node (align.test.mjs is run with the cases it shares with Python)."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", ["player.test.mjs", "sending.test.mjs"])
def test_scripts_without_a_page(name: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    ran = subprocess.run([node, "--test", str(HERE / name)], capture_output=True, text=True, timeout=50, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:]
