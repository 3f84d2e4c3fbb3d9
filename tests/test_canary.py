"""Nothing of a patient is ever written outside the places made for it, whatever fails.

A practice in which the patient's name, the dictation, a doctor's remark, the name of a file and the reason of an
exceptional access are words that no one says. Three processes take a dictation the whole way, each step failing once
with an error that quotes them; then every byte that was written is looked at.
"""

import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline import engine as engines
from pipeline import glass, register, review, shelves, store, story
from pipeline.errors import TranscriptionStopped
from pipeline.practice import Practice, open_practice
from pipeline.signature import with_code
from pipeline.transcribe import WhisperTranscriber
from pipeline.types import Model
from tests import canaries
from tests.canaries import ADDED, DICTATED, FILE, NOTE, PATIENT, REASON
from tests.fakes import CODE, People
from tests.test_chain import until

ROOT = Path(__file__).parent.parent
SOUND = (ROOT / "tests" / "data" / "00_courte.flac").read_bytes()
TEXT = f"""Compte rendu de consultation

Patient : {PATIENT.upper()} Paul, né le 04/05/1960

Cher confrère,

HTA équilibrée, {DICTATED}, {ADDED}.
Bien confraternellement."""
PLACES = ("taken", "refused", "exports")
"""Where what a person gave, or asked for, lies in clear."""
COLUMNS = {
    "patient.family_name", "patient.family_key", "patient_word.word", "dictation.name", "glass.reason",
}  # fmt: skip
"""Where the register, the name of a file and a reason are kept."""
REMARK = "document.reason"
"""Where a doctor's remark is, until the document is proofread again."""


@dataclass
class Machine:
    """The processes of a practice, what they said, and a temporary folder of the system that is theirs alone."""

    practice: Practice
    temporary: Path
    said: dict[str, bytes] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        return {**os.environ, "TMPDIR": str(self.temporary), "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "always"}

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "tests.canaries", *words, "--home", str(self.practice.home)]
        return subprocess.Popen(
            command, cwd=self.temporary.parent, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def command(self, *words: str) -> int:
        done = self.start(*words)
        out, err = done.communicate(timeout=60)
        self.said[" ".join(words[:2])] = out + err
        return done.returncode

    @contextmanager
    def at_work(self, *parts: str) -> Iterator[None]:
        running = {part: self.start(part) for part in parts}
        try:
            yield
        finally:
            for process in running.values():
                process.terminate()
            for part, process in running.items():
                out, err = process.communicate(timeout=30)
                self.said[part] = out + err


@pytest.fixture
def ports() -> dict[str, int]:
    doors = [socket.socket() for _ in range(2)]
    for door in doors:
        door.bind(("127.0.0.1", 0))
    found = {name: door.getsockname()[1] for name, door in zip(("web", "metrics"), doors, strict=True)}
    for door in doors:
        door.close()
    return found


@pytest.fixture
def machine(practice: Practice, tmp_path: Path, ports: dict[str, int]) -> Iterator[Machine]:
    settings = practice.home / "copiste.toml"
    chosen = '[speech]\ntranscriber = "tests.canaries:Ears"\n[logs]\nlevel = "DEBUG"\n'
    chosen += "".join(f"[{section}]\nport = {port}\n" for section, port in ports.items())
    known = settings.read_text(encoding="utf-8").replace("[intake]", "[intake]\npatience_seconds = 1.0")
    settings.write_text(known + chosen, encoding="utf-8")
    (tmp_path / "system").mkdir()
    again = open_practice(practice.home)
    yield Machine(again, tmp_path / "system")
    again.close()


def in_state(practice: Practice, state: str) -> Any:
    with practice.look() as connection:
        return next((row for row in store.documents(connection) if row["state"] == state), None)


def asked(port: int, path: str) -> bytes:
    """A page, or what the error page says: never an exception."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return error.read()
    except urllib.error.URLError:
        return b""


@pytest.mark.timeout(180)
def test_nothing_of_a_patient_is_written_where_it_must_not_be(
    machine: Machine, people: People, ports: dict[str, int], capfd
):
    practice = machine.practice
    patient = register.add_patient(
        practice, people.claire, family_name=PATIENT.capitalize(), given_name="Paul", birth_date=date(1960, 5, 4)
    ).id
    with machine.at_work("watch", "work", "serve"):
        travel(machine, people, patient, ports)
        figures = until(lambda: asked(ports["metrics"], "/metrics"), seconds=30)
    assert machine.command("archive", "find", PATIENT) == 1, "the command was to fail"
    assert machine.command("diagnostic") in (0, 129)
    shelves.export(practice, people.archives, in_state(practice, "filed")["id"])

    assert b"copiste_documents" in figures
    assert not canaries.holds(figures)
    assert {part: said for part, said in machine.said.items() if canaries.holds(said)} == {}
    assert outside(practice.home) == []
    assert list(canaries.files(machine.temporary)) == []
    assert canaries.columns(practice.home / "copiste.db") == COLUMNS
    assert canaries.columns(practice.home / "keys.db") == set()
    assert each_failure_was_told(practice.home / "logs")
    assert not canaries.holds("".join(capfd.readouterr()).encode())


def travel(machine: Machine, people: People, patient: str, ports: dict[str, int]) -> None:
    """Two files are dropped; one is a recording, which goes the whole way, is sent back once, and is filed."""
    practice = machine.practice
    engine = engines.DurableEngine(practice)
    inbox = practice.place("inbox") / "lambert"
    (inbox / f"{FILE}.flac").write_bytes(SOUND)
    (inbox / f"{FILE}.txt").write_text(f"{PATIENT} {DICTATED}", encoding="utf-8")
    row = until(lambda: in_state(practice, "to-review"), seconds=90)
    until(lambda: not list(inbox.iterdir()), seconds=60)
    look_at_pages(ports["web"], row["id"])
    proofread(practice, people, row["id"], patient, engine)
    until(lambda: in_state(practice, "to-sign"), seconds=60)
    review.give_back(practice, people.lambert, row["id"], reason=f"Revoir {NOTE} s'il vous plaît")
    assert REMARK in canaries.columns(practice.home / "copiste.db")
    proofread(practice, people, row["id"], patient, engine)
    until(lambda: in_state(practice, "to-sign"), seconds=60)
    signature = with_code(practice, CODE)
    review.sign(practice, people.lambert, row["id"], signature=signature, submit=engine.submit)
    stopped = until(lambda: (found := in_state(practice, "signed")) and found["reason"] and found, seconds=60)
    assert stopped["reason"] == "E000", "filing was to fail once"
    story.file_again(practice, engine.submit)
    until(lambda: in_state(practice, "filed"), seconds=60)
    glass.open_for(practice, people.garnier, patient, reason=f"Patient aux urgences, {REASON}")


def look_at_pages(port: int, key: str) -> None:
    """Someone logs in; the first list fails, then the document is opened."""
    import httpx

    from tests.fakes import PASSWORD

    origin = f"http://127.0.0.1:{port}"
    until(lambda: asked(port, "/connexion"), seconds=60)
    with httpx.Client(base_url=origin, headers={"Origin": origin}) as browser:
        browser.post("/connexion", data={"login": "claire", "password": PASSWORD})
        failed = browser.get("/")
        assert failed.status_code == 500, "the list was to fail once"
        assert not canaries.holds(failed.content)
        assert canaries.holds(browser.get(f"/documents/{key}").content), "the page of the document shows it"


def proofread(practice: Practice, people: People, key: str, patient: str, engine: Any) -> None:
    version = review.take(practice, people.claire, key)
    version = review.save(practice, people.claire, key, version=version, text=TEXT)
    places = review.show(practice, people.claire, key).places
    heard = [index for index, place in enumerate(places) if place]
    version = review.save(practice, people.claire, key, version=version, text=TEXT, heard=heard)
    version = review.choose_patient(practice, people.claire, key, version=version, patient=patient)
    review.finish(practice, people.claire, key, version=version, submit=engine.submit)


def outside(home: Path) -> list[str]:
    """What holds a canary in a practice folder, but in the places made for it."""
    allowed = re.compile(rf"(bytes|name): ({'|'.join(PLACES)})/|bytes: copiste\.db(-wal|-shm)?$")
    return [found for found in canaries.files(home) if not allowed.match(found)]


def each_failure_was_told(logs: Path) -> bool:
    """That the failures happened, and left a trace that helps: else a silent log would pass."""
    written = "".join(path.read_text(encoding="utf-8") for path in logs.glob("*.log*"))
    for told in (
        "RuntimeError at tests/canaries.py", "a thread stopped: RuntimeError", "UserWarning at tests/canaries.py",
        "IntegrityError", "dbos tests/canaries.py", "message withheld", "file of",
    ):  # fmt: skip
        assert told in written, told
    (report,) = logs.glob("crash-*.txt")
    assert "ValueError at tests/canaries.py" in report.read_text(encoding="utf-8")
    return True


# --- the test of the test -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "leak",
    [
        lambda home: (home / "logs" / "work.log").write_text(f"stopped: {PATIENT}", encoding="utf-8"),
        lambda home: (home / "tmp" / f"{FILE}.part").write_bytes(b""),
        lambda home: (home / "logs" / "crash-1.txt").write_bytes(f"{DICTATED}".upper().encode("utf-16-le")),
        lambda home: (home / "store" / "plain").write_text(NOTE, encoding="utf-8"),
        lambda home: (home / "inbox" / "left.txt").write_text(REASON, encoding="utf-8"),
    ],
)
def test_a_leak_is_seen(practice: Practice, leak: Any):
    assert outside(practice.home) == []
    leak(practice.home)
    assert len(outside(practice.home)) == 1


def test_a_leak_in_a_table_of_the_engine_is_seen(practice: Practice):
    import sqlalchemy as sa

    with practice.begin() as connection:
        connection.execute(
            sa.text("insert into workflow_status (workflow_uuid, error) values ('x', :error)"), {"error": PATIENT}
        )
    assert canaries.columns(practice.home / "copiste.db") == {"workflow_status.error"}


def test_what_the_recogniser_says_on_its_way_out_reaches_nobody(tmp_path: Path, capfd):
    dying = f"import sys; print({PATIENT!r}, file=sys.stderr); sys.stdin.readline(); raise SystemExit({DICTATED!r})"
    ears = WhisperTranscriber(
        tmp_path, model=Model(name="x", sha256="0" * 64), program=(sys.executable, "-c", dying)
    )  # fmt: skip
    with pytest.raises(TranscriptionStopped) as stopped:
        ears.transcribe(tmp_path / "sound")
    ears.close()
    assert not canaries.holds(str(stopped.value).encode())
    assert "".join(capfd.readouterr()) == ""
