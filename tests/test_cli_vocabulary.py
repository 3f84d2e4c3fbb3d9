"""`copiste vocab …`: what a practice adds, from the command line."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline import plugs
from pipeline.cli import app, calibrating, main
from pipeline.practice import Practice
from pipeline.types import Transcript, Word
from tests.fakes import Reciter, recited
from vocab.lexicon import load


def run(*words: str) -> Any:
    done = CliRunner().invoke(app, ["vocab", *words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def home(practice: Practice) -> tuple[str, str]:
    return "--home", str(practice.home)


@pytest.fixture
def words(tmp_path: Path) -> Path:
    file = tmp_path / "mots.csv"
    file.write_text("terme;catégorie\nzorglubose;maladie\nVranixo;marque\n", encoding="utf-8")
    return file


def test_a_list_is_imported_listed_and_withdrawn(words: Path, home: tuple[str, str], practice: Practice) -> None:
    done = run("import", str(words), *home)
    assert {"kind", "name", "file", "date", "sha256", "rows", "entries", "warnings"} == set(done)
    assert (done["kind"], done["rows"], done["warnings"]) == ("csv", 2, [])
    assert [one["name"] for one in run("list", *home)["imports"]] == ["liste-mots"]
    assert load([practice.place("vocab")]).find("vranixo") is not None
    removed = CliRunner().invoke(app, ["vocab", "remove", "liste-mots", "--import", *home])
    assert removed.exit_code == 0
    assert run("list", *home) == {"imports": [], "terms": []}


def test_a_word_is_added_and_removed(home: tuple[str, str], practice: Practice) -> None:
    added = run("add", "zorglubine", "--kind", "substance", "--strength", "5 mg", "--said", "zorg lubine", *home)
    assert added["strengths"] == ["5 mg"]
    entry = load([practice.place("vocab")]).find("zorglubine")
    assert entry is not None
    assert entry.said == ("zorg lubine",)
    assert "zorglubine (substance)" in CliRunner().invoke(app, ["vocab", "list", *home]).output
    run("add", "Zorglubix", "--kind", "marque", *home)
    assert "Zorglubix (marque)" in CliRunner().invoke(app, ["vocab", "list", *home]).output
    assert CliRunner().invoke(app, ["vocab", "remove", "zorglubine", *home]).exit_code == 0
    assert load([practice.place("vocab")]).find("zorglubine") is None


@pytest.mark.parametrize(
    ("arguments", "exit_code", "says"),
    [
        (["import", "absent.csv"], 80, "n'existe pas"), (["remove", "zorglub"], 80, "vocabulaire du cabinet"),
        (["remove", "zorglub", "--import"], 61, "Aucun import"), (["add", "12"], 80, "lettre"),
    ],
)  # fmt: skip
def test_a_refusal_is_a_french_sentence_and_an_exit_code(
    arguments: list[str], exit_code: int, says: str, home: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr("sys.argv", ["copiste", "vocab", *arguments, *home])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == exit_code
    assert says in capsys.readouterr().err


def test_an_unknown_source_is_refused_in_french(tmp_path: Path, home: tuple[str, str]) -> None:
    done = CliRunner().invoke(app, ["vocab", "import", str(tmp_path), "--as", "vidal", *home])
    assert done.exit_code == 2


def test_outside_a_practice_nothing_is_written(tmp_path: Path, words: Path) -> None:
    done = CliRunner().invoke(app, ["vocab", "import", str(words), "--home", str(tmp_path)])
    assert done.exit_code != 0
    assert not (tmp_path / "vocab").exists()


class Mishearing(Reciter):
    """Hears « bisous proulole » in the place of bisoprolol, in every sentence of the sound."""

    stops_after = 99

    def transcribe(self, path: Path, *, context: Sequence[str] = ()) -> Transcript:
        self.stops_after -= 1
        if self.stops_after < 0:
            raise KeyboardInterrupt
        return recited(self.text)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Mishearing:
    stand_in = Mishearing(text="Le dossier mentionne bisous proulole à ce sujet.")
    monkeypatch.setattr(plugs, "transcriber", lambda settings, **_: stand_in)
    monkeypatch.setattr(calibrating, "speak", lambda sentence, voice: bytes(calibrating.RATE * 2 * 4))
    return stand_in


@pytest.fixture
def only(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "termes.txt").write_text("bisoprolol\n", encoding="utf-8")
    return "--only", str(tmp_path / "termes.txt")


def test_what_the_recogniser_mishears_is_learnt(
    heard: Mishearing, home: tuple[str, str], only: tuple[str, str], practice: Practice
) -> None:
    told = run("calibrate", *only, *home)
    assert told == {"terms": 1, "heard": 2, "stopped": False, "model": "0" * 64}
    kept = (practice.place("vocab") / "calibrated.tsv").read_text(encoding="utf-8")
    assert "bisoprolol\tbisous proulole\t" in kept


def test_an_interruption_keeps_what_was_heard(
    heard: Mishearing, home: tuple[str, str], tmp_path: Path, practice: Practice
) -> None:
    (tmp_path / "termes.txt").write_text(
        "bisoprolol\nfurosémide\namiodarone\napixaban\nramipril\nrivaroxaban\npropofol\n", encoding="utf-8"
    )
    heard.stops_after = 2
    done = CliRunner().invoke(app, ["vocab", "calibrate", "--only", str(tmp_path / "termes.txt"), *home, "--json"])
    assert done.exit_code == 130
    assert json.loads(done.stdout)["stopped"]
    assert len((practice.place("vocab") / "hearings.tsv").read_text(encoding="utf-8").splitlines()) == 6


def test_a_list_without_a_known_term_is_refused(heard: Mishearing, home: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("zorglub\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["vocab", "calibrate", "--only", str(tmp_path / "t.txt"), *home])
    assert done.exit_code != 0


def test_words_go_to_the_sentence_in_which_they_end() -> None:
    """A recogniser times the first word after a silence from the beginning of that silence."""
    words = [("un", 0.0, 1.0), ("deux", 1.0, 2.8), ("trois", 3.3, 3.9), ("quatre", 3.9, 9.0)]
    heard = [Word(text=text, start=start, end=end, probability=1.0) for text, start, end in words]
    assert calibrating.shared(heard, [2.0, 4.0, 6.0]) == ("un", "deux trois", "quatre")


def test_the_offline_voice_speaks_french() -> None:
    pytest.importorskip("py_nanotts")
    assert len(calibrating.speak("Bonjour.", calibrating.VOICES[0].name)) > calibrating.RATE
