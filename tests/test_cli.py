"""What other programs are promised: field names, exit codes, French sentences."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline import accounts, plugs
from pipeline.cli import app, main
from pipeline.practice import Practice
from tests.fakes import PASSWORD, OnTheSpot, People, Reciter, received

SOUND = (Path(__file__).parent / "data" / "00_courte.flac").read_bytes()
FLAG = {"start", "end", "kind", "text", "suggestions", "seconds", "severity", "reason"}
KINDS = {
    "unknown-word", "suggestion", "number", "dose", "abbreviation", "lookalike", "negation", "laterality",
    "contradiction", "identity", "coverage", "low-confidence", "missing-item", "writing",
}  # fmt: skip


def said(*words: str) -> Any:
    done = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def reciter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugs, "transcriber", lambda settings, **_: Reciter())


@pytest.fixture
def drafted(practice: Practice, people: People) -> str:
    engine = OnTheSpot(practice)
    key = received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.run()
    return key


def test_transcribe_prints_the_promised_object(tmp_path: Path, reciter: None):
    (tmp_path / "d.flac").write_bytes(SOUND)
    out = said("transcribe", str(tmp_path / "d.flac"), "--doctor", "Lambert")
    assert list(out) == ["documents", "coverage", "raw_text", "model", "timing"]
    assert set(out["coverage"]) == {"speech_seconds", "in_text", "removed", "unaccounted"}
    assert set(out["model"]) == {"name", "sha256"}
    assert set(out["timing"]) == {"audio", "decode", "total"}
    (document,) = out["documents"]
    assert list(document) == [
        "text", "blocks", "kind", "doctor", "addressees", "urgent", "patient", "notes", "flags", "words",
    ]  # fmt: skip
    assert set(document["patient"]) == {"family_name", "given_name", "birth_date", "confidence"}
    assert document["patient"]["birth_date"] == "1960-05-04"
    assert document["doctor"] == "Lambert"
    assert {"text", "start", "end", "probability"} == set(document["words"][0])
    assert {"role", "section", "start", "end"} == set(document["blocks"][0])
    assert {one["role"] for one in document["blocks"]} <= {"title", "identity", "greeting", "body", "closing"}
    check_flags(document["flags"], document["text"])


def check_flags(flags: list[dict[str, Any]], text: str) -> None:
    for flag in flags:
        assert set(flag) == FLAG
        assert flag["kind"] in KINDS
        assert flag["severity"] in {"block", "look", "hint"}
        assert flag["reason"]
        assert text[flag["start"] : flag["end"]] == flag["text"]


def test_check_prints_text_and_flags(tmp_path: Path):
    (tmp_path / "t.txt").write_text("Sous apixabon 5 mg, bisoprolol 250 mg le matin.", encoding="utf-8")
    out = said("check", str(tmp_path / "t.txt"))
    assert list(out) == ["text", "flags"]
    check_flags(out["flags"], out["text"])
    named = {flag["text"]: flag for flag in out["flags"]}
    assert "apixaban" in named["apixabon"]["suggestions"]
    assert any(flag["kind"] == "dose" and "250" in flag["text"] for flag in out["flags"])


def test_status_lists_what_is_in_progress_oldest_first(practice: Practice, drafted: str):
    out = said("status", "--home", str(practice.home))
    assert {"counts", "items"} <= set(out)
    assert out["counts"] == {"to-review": 1}
    assert set(out["items"][0]) == {
        "id", "state", "since", "doctor", "kind", "priority", "reason", "estimate_seconds",
    }  # fmt: skip


def test_review_list_has_the_promised_fields(practice: Practice, drafted: str):
    out = said("review", "list", "--home", str(practice.home), "--as", "claire")
    assert [list(one) for one in out] == [["id", "state", "doctor", "patient", "kind", "due", "to_check", "held_by"]]


def test_the_whole_review_can_be_done_from_a_terminal(practice: Practice, people: People, drafted: str):
    home = ("--home", str(practice.home), "--as", "claire")
    (line,) = said("review", "list", *home)
    said("review", "take", line["id"], *home)
    shown = said("review", "show", line["id"], *home)
    added = said("patients", "add", "Martin", "Paul", "--born", "04/05/1960", *home)
    heard = [word for flag in shown["flags"] for word in ("--heard", str(flag["index"]))]
    said("review", "finish", line["id"], "--patient", added["id"], *heard, *home)
    assert said("status", "--home", str(practice.home))["counts"] == {"preparing": 1}


def test_archive_find_and_verify_answer_on_an_empty_archive(practice: Practice):
    home = ("--home", str(practice.home))
    assert said("archive", "find", "Martin", *home, "--as", "archives") == []
    verified = said("archive", "verify", *home, "--as", "archives")
    assert list(verified) == ["objects", "ok", "changed", "missing", "untracked", "journal"]
    assert verified == {"objects": 3, "ok": True, "changed": [], "missing": [], "untracked": [], "journal": "ok"}


@pytest.mark.parametrize(
    ("words", "exit_code", "advice"),
    [
        (["status"], 11, "copiste init"),
        (["review", "list", "--as", "nobody"], 61, "n'existe pas"),
        (["review", "list", "--as", "technique"], 60, "pas le droit"),
        (["archive", "find", "x", "--as", "technique"], 60, "pas le droit"),
        (["review", "take", "0000000000", "--as", "claire"], 61, "Introuvable"),
        (["transcribe", "no-such-file"], 20, "."),
    ],
)
def test_an_error_is_a_french_sentence_and_its_own_exit_code(
    practice: Practice, tmp_path: Path, monkeypatch, capsys, words: list[str], exit_code: int, advice: str
):
    home = tmp_path if words == ["status"] else practice.home
    monkeypatch.setenv("COPISTE_HOME", str(home))
    monkeypatch.setattr("sys.argv", ["copiste", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == exit_code
    told = capsys.readouterr().err
    assert advice in told
    assert "Traceback" not in told


def test_what_a_command_makes_is_for_this_account_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.argv", ["copiste", "init", str(tmp_path / "cabinet")])
    usual = os.umask(0o022)
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        os.umask(usual)
    assert not ended.value.code
    made = [path for path in (tmp_path / "cabinet").rglob("*") if path.stat().st_mode & 0o077]
    assert made == []


def test_every_command_takes_home_and_every_answer_json():
    for path, command in _commands():
        names = {option for parameter in command.params for option in parameter.opts}
        assert command.help, path
        if path not in NO_HOME:
            assert "--home" in names, path
        if path not in NO_ANSWER:
            assert "--json" in names, path


NO_HOME = {"init", "join", "restore"}
NO_ANSWER = {"demo", "run", "watch", "work", "serve", "upgrade", "templates check", "vocab remove"}


def _commands() -> list[tuple[str, Any]]:
    from typer.main import get_command

    top = get_command(app)
    found = []
    for name, command in top.commands.items():
        if hasattr(command, "commands"):
            found += [(f"{name} {inner}", one) for inner, one in command.commands.items()]
        else:
            found.append((name, command))
    return found


def test_an_answer_asks_for_no_account_and_an_act_takes_the_only_one(
    practice: Practice, people: People, drafted: str, capsys, monkeypatch
):
    home = ("--home", str(practice.home))
    (line,) = said("review", "list", *home)
    assert said("review", "show", line["id"], *home)["state"] == "to-review"
    assert said("archive", "find", "Martin", *home) == []
    assert said("archive", "verify", *home)["ok"]
    assert said("review", "take", line["id"], *home)["version"] == 2
    assert said("review", "list", *home)[0]["held_by"] == "Claire"
    with practice.begin() as connection:
        accounts.add(connection, login="anne", name="Anne", role="secretary", password=PASSWORD)
    monkeypatch.setattr("sys.argv", ["copiste", "review", "return", line["id"], *home])
    with pytest.raises(SystemExit):
        main()
    assert "--as COMPTE" in capsys.readouterr().err
