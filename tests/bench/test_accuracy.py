"""The measure as it is run: which dictations count, how letters are joined, and what the last line promises."""

import json
import shutil
from pathlib import Path

import pytest

from bench import accuracy, corpus, writers
from bench.score import Figures, Written
from pipeline.types import CheckedText, Identity, Letter
from vocab.flag import Flag

KEYS = {"files", "facts", "terms", "negations", "unflagged_wrong", "effort", "left_over", "flags_per_100", "patient",
        "seconds"}  # fmt: skip


def checked(text: str, name: str, at: int) -> CheckedText:
    flag = Flag(start=at, end=at + 1, kind="writing", text=text[at], reason="…")
    letter = Letter(text=text, blocks=(), spans=(), patient=Identity(family_name=name))
    return CheckedText(letter=letter, flags=(flag,))


def test_the_bundled_dictations_are_01_to_08_and_quick_is_two():
    bundled = corpus.load(corpus.BUNDLED)
    assert [one.name[:2] for one in corpus.chosen(bundled, quick=False)] == [f"0{number}" for number in range(1, 9)]
    assert [one.name[:2] for one in corpus.chosen(bundled, quick=True)] == ["00", "01"]


def test_a_sound_without_its_reference_is_refused(tmp_path: Path):
    (tmp_path / "seul.wav").touch()
    with pytest.raises(FileNotFoundError, match=r"seul\.written\.txt"):
        corpus.load(tmp_path)


def test_a_folder_without_dictations_is_wrong_usage(tmp_path: Path):
    with pytest.raises(SystemExit, match="2"):
        accuracy.main(["--folder", str(tmp_path)])


def test_letters_of_one_recording_are_read_as_one_text():
    written = writers.joined([checked("Premier.", "DUPONT", 0), checked("Second.", "MARTIN", 3)])
    assert written.text == "Premier.\n\nSecond."
    assert [written.text[flag.start : flag.end] for flag in written.flags] == ["P", "o"]
    assert written.patient.family_name == "DUPONT"
    assert writers.joined([]) == Written(text="")


def test_each_writer_hears_every_dictation_in_turn():
    heard: list[tuple[str, str]] = []

    def writer(name: str, text: str) -> writers.Writer:
        def write(sound: Path) -> Written:
            heard.append((sound.stem[:2], name))
            return Written(text=text, seconds=1.0, audio_seconds=2.0)

        return write

    dictations = corpus.chosen(corpus.load(corpus.BUNDLED), quick=True)
    scores = accuracy.compare(dictations, {"raw": writer("raw", ""), "copiste": writer("copiste", "ramipril")})
    assert heard == [("00", "raw"), ("00", "copiste"), ("01", "raw"), ("01", "copiste")]
    assert accuracy.seconds(scores["raw"]) == 2.0
    assert [one.facts.right for one in scores["copiste"]] == [1, 1]


@pytest.mark.model
@pytest.mark.timeout(240)
def test_the_last_line_is_the_figures_of_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for file in corpus.BUNDLED.glob("00_*"):
        shutil.copy(file, tmp_path)
    accuracy.main(["--quick", "--json", "--folder", str(tmp_path)])
    printed = capsys.readouterr().out.splitlines()
    figures = json.loads(printed[-1])
    assert set(figures) == {"raw", "copiste", "ablation", "ratio"}
    assert figures["ablation"] == {}
    assert set(figures["raw"]) == set(figures["copiste"]) == KEYS == set(Figures.__dataclass_fields__)
    assert figures["raw"]["files"] == 1
    assert figures["ratio"] > 0
    assert figures["copiste"]["effort"] < figures["raw"]["effort"]
    assert figures["copiste"]["left_over"] < figures["raw"]["left_over"]
