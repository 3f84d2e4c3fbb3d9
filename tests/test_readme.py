"""What the README says exists: commands, options, exit codes, benches, sizes, links."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import pipeline
from pipeline.cli import app
from pipeline.errors import CopisteError

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = re.findall(r"```sh\n(.*?)```|`([^`\n]+)`", README, re.DOTALL)
LINES = [line for block, inline in CODE for line in (block or inline).splitlines()]
COMMANDS = sorted({found for line in LINES if (found := re.sub(r"\s+#.*", "", line)) and "copiste " in found})
BENCHES = sorted({found[0] for line in LINES if (found := re.search(r"python -m bench\.\w+.*", line))})
DATA = ROOT / "vocab" / "data"


def asked(line: str) -> list[str]:
    """The command of a line without its arguments: `copiste vocab add Novarex` asks for `vocab add`."""
    return re.findall(r"copiste((?: [a-z]+)+)", line)[0].split()[:2]


def helped(words: list[str]) -> str:
    done = CliRunner().invoke(app, [*words, "--help"], terminal_width=200)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_readme_exists_with_its_options(line: str):
    help_text = helped(asked(line))
    assert [option for option in re.findall(r"--[a-z-]+", line) if option not in help_text] == []


def test_the_readme_names_commands_of_every_group():
    groups = {asked(line)[0] for line in COMMANDS}
    assert {"init", "run", "doctors", "users", "review", "patients", "agenda", "vocab", "archive", "upgrade"} <= groups
    assert {"access", "deputies", "sites", "correspondents", "keys", "backup", "restore", "clock", "work"} <= groups
    assert {"diagnostic", "certificate", "service", "uninstall", "watch", "serve", "join"} <= groups


@pytest.mark.parametrize("line", BENCHES)
def test_a_bench_of_the_readme_exists_with_its_options(line: str):
    module, *options = re.findall(r"(?<=bench\.)\w+|--[a-z]+", line)
    source = (ROOT / "bench" / f"{module}.py").read_text(encoding="utf-8")
    assert [option for option in options if f'"{option}"' not in source] == []


def test_the_readme_says_every_exit_code():
    for module in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
        if not module.name.startswith("pipeline.migrations") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    said = README.split("Exit codes:")[1].split("\n\n")[0]
    ranges = re.findall(r"\b(\d+)(?:–(\d+))?\b", said)
    known = {code for first, last in ranges for code in range(int(first), int(last or first) + 1)}
    used = {kind.exit_code for kind in descendants(CopisteError)} - {CopisteError.exit_code}
    assert used - known == set()


def descendants(kind: type[CopisteError]) -> list[type[CopisteError]]:
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in descendants(child))]


@pytest.mark.parametrize(
    ("said", "table", "kind"),
    [
        ("substances", "drugs.tsv", "substance"),
        ("marques", "drugs.tsv", "brand"),
        ("termes", "terms/*.tsv", ""),
        ("abréviations", "abbreviations.tsv", ""),
        ("échelles", "scores.tsv", ""),
        ("paires", "lookalikes.tsv", ""),
    ],
)
def test_the_vocabulary_is_as_large_as_the_readme_says(said: str, table: str, kind: str):
    claimed = re.search(rf"(\d[\d ]*) {said}", " ".join(README.split()))
    assert claimed
    rows = [
        line.split("\t")
        for file in DATA.glob(table)
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    entries = {tuple(row[:2]) if table == "lookalikes.tsv" else row[0] for row in rows if not kind or row[1] == kind}
    assert len(entries) >= int(claimed[1].replace(" ", ""))


def test_the_links_of_the_readme_lead_somewhere():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(links) > 4
    assert [link for link in links if not (ROOT / link).exists()] == []
    anchors = set(re.findall(r"\]\(#([^)]+)\)", README))
    titles = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.+)$", README, re.M)
    }
    assert anchors - titles == set()
