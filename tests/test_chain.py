"""The whole road with the real recogniser, and the whole demonstration with the network cut."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest

from pipeline import engine as engines
from pipeline import register, review, running, shelves, store
from pipeline.practice import Practice
from pipeline.signature import with_code
from tests.fakes import CODE, People

HERE = Path(__file__).parent
COPISTE = str(Path(sys.executable).with_name("copiste"))


def until(look: Callable[[], Any], *, seconds: float = 240) -> Any:
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "the chain did not get there"
        time.sleep(0.1)
    return found


def in_state(practice: Practice, state: str) -> Any:
    with practice.begin() as connection:
        refused = store.dictations(connection, states=("refused-file",))
        assert not refused, refused[0]["reason"]
        rows = store.documents(connection)
        assert all(not row["reason"] for row in rows), rows[0]["reason"]
        return next((row for row in rows if row["state"] == state), None)


@pytest.mark.model
@pytest.mark.timeout(600)
def test_a_recording_dropped_in_a_folder_ends_in_the_archive(practice: Practice, people: People):
    gold = (HERE / "data" / "00_courte.written.txt").read_text(encoding="utf-8").strip()
    engine = engines.DurableEngine(practice, poll_seconds=0.1)
    drop = practice.place("inbox") / "lambert" / "dictée.flac"
    with running.working(practice, engine), running.watching(practice, engine):
        drop.parent.mkdir(exist_ok=True)
        drop.write_bytes((HERE / "data" / "00_courte.flac").read_bytes())
        row = until(lambda: in_state(practice, "to-review"))
        assert not drop.exists()
        assert len(list(practice.place("taken").iterdir())) == 1
        opened = review.show(practice, people.claire, row["id"])
        assert "ramipril" in opened.review.text.lower() or opened.stops, "a wrong drug without a mark"
        patient = register.add_patient(
            practice, people.claire, family_name="Martin", given_name="Paul", birth_date=date(1960, 5, 4)
        )
        proofread(practice, people, row["id"], text=gold, patient=patient.id, submit=engine.submit)
        until(lambda: in_state(practice, "to-sign"))
        signature = with_code(practice, CODE)
        review.sign(practice, people.lambert, row["id"], signature=signature, submit=engine.submit)
        until(lambda: in_state(practice, "filed"))
    (found,) = shelves.find(practice, people.archives, patient="martin paul")
    assert found["id"] == row["id"]
    assert found["retention"]["until"]
    assert shelves.verify(practice, people.archives)["ok"]
    pdf = next(path for path in shelves.export(practice, people.archives, row["id"]) if path.suffix == ".pdf")
    words = " ".join(page.extract_text() for page in pypdf.PdfReader(pdf).pages).replace("\u00a0", " ")
    for said in ("MARTIN Paul", "04/05/1960", "ramipril 5 mg le matin", row["id"]):
        assert said in " ".join(words.replace("\u202f", " ").split())


def proofread(practice: Practice, people: People, key: str, *, text: str, patient: str, submit: Any) -> None:
    version = review.take(practice, people.claire, key)
    version = review.save(practice, people.claire, key, version=version, text=text)
    opened = review.show(practice, people.claire, key)
    heard = [index for index, place in enumerate(opened.places) if place]
    version = review.save(practice, people.claire, key, version=version, text=text, heard=heard)
    version = review.choose_patient(practice, people.claire, key, version=version, patient=patient)
    review.finish(practice, people.claire, key, version=version, submit=submit)


@pytest.mark.model
@pytest.mark.timeout(900)
def test_the_demonstration_reaches_its_end_with_the_network_cut(tmp_path: Path):
    home = tmp_path / "demo"
    cut = {**os.environ, "PYTHONPATH": str(HERE / "offline")}
    done = subprocess.run([COPISTE, "demo", "--home", str(home)], env=cut, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    assert sorted(path.suffix for path in (home / "exports").iterdir()) == [".docx", ".docx", ".pdf", ".pdf"]
    for said in ("Passages à vérifier", "copiste archive find Dupont", "copiste run --home", "code de signature"):
        assert said in done.stdout
    environment = {**cut, "COPISTE_HOME": str(home)}
    found = command("archive", "find", "Lefevre", "--as", "secretariat", "--json", env=environment)
    assert [one["kind"] for one in found] == ["operatoire"]
    assert command("status", "--json", env=environment)["counts"] == {"filed": 2, "to-review": 1}
    logs = "".join(path.read_text(encoding="utf-8") for path in (home / "logs").iterdir())
    assert not any(name in logs.lower() for name in ("dupont", "lefèvre", "bisoprolol"))
    assert not [path for path in home.rglob("*") if "dupont" in path.name.lower()]


def test_the_guard_of_the_network_does_refuse(tmp_path: Path):
    program = "import urllib.request; urllib.request.urlopen('http://192.0.2.1/', timeout=1)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(HERE / "offline")}, capture_output=True, text=True,
    )  # fmt: skip
    assert "NetworkUsed" in done.stderr


def command(*words: str, env: dict[str, str]) -> Any:
    done = subprocess.run([COPISTE, *words], env=env, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
