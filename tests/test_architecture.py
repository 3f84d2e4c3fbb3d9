"""What the house rules say of the tree itself."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("pipeline", "vocab", "archive", "templates", "bench")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
HEAVY = {
    "spacy",
    "faster_whisper",
    "sqlalchemy",
    "typst",
    "dbos",
    "av",
    "docx",
    "pyhanko",
    "numpy",
    "uvicorn",
    "pydantic",
}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_one_noun_of_at_most_400_lines(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    assert path.stem not in {"utils", "helpers", "common", "manager", "managers", "base", "misc"}
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", sorted((ROOT / "pipeline" / "web").rglob("*.js")), ids=lambda path: path.name)
def test_a_script_is_at_most_400_lines(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_help_imports_nothing_heavy():
    program = (
        "import sys; sys.argv = ['copiste', '--help']\n"
        "from pipeline.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('\\n'.join(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "relecture" in done.stdout.lower() or "archive" in done.stdout
    assert not HEAVY & set(done.stdout.split())


def test_the_reading_order_of_the_readme_exists():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    order = text.split("**Reading order**")[1].split("**Imports")[0]
    named = re.findall(r"`([^`]+)`", order)
    paths = [_place(name) for name in named if name.endswith((".py", "/"))]
    assert len(paths) > 10
    assert [path.name for path in paths if not path.exists()] == []


def _place(name: str) -> Path:
    """From the root where a top folder is named, else from `pipeline`."""
    return ROOT / name if name.split("/")[0] in PACKAGES else ROOT / "pipeline" / name


def test_every_error_has_a_code_of_its_own():
    found = [
        code
        for package in ("pipeline", "archive")
        for path in (ROOT / package).rglob("*.py")
        for code in re.findall(r'^    code(?:: [^=]+)? = "(\w+)"', path.read_text(encoding="utf-8"), re.M)
    ]
    assert len(found) > 80
    assert [code for code in set(found) if found.count(code) > 1] == []
