"""Watching, working and serving on three machines, over PostgreSQL and S3, as on one: same text, same facts, filed."""

import dataclasses
import hashlib
import io
import json
import random
import re
import subprocess
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from pipeline import alike, opening, review, running, shelves, store, tables
from pipeline import engine as engines
from pipeline.access import Actor
from pipeline.errors import FolderError
from pipeline.practice import Practice, open_practice
from pipeline.safekeeping.join import join
from tests.fakes import CODE, PASSWORD
from tests.machines import COPISTE, SERVER, SETTINGS, Machine, databases, environment, founded, shared
from tests.s3 import Line, Service, service, through  # noqa: F401  (a fixture)
from tests.test_chain import until

SOUND = (Path(__file__).parent / "data" / "00_courte.flac").read_bytes()
PARTS = ("watch", "watch-too", "work", "serve")
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(not SERVER, reason="PostgreSQL is optional: COPISTE_TEST_POSTGRES names no server"),
    pytest.mark.timeout(240),
]


@dataclasses.dataclass(frozen=True)
class Hospital:
    """Machines at work, and the practice as a fifth one that only looks sees it."""

    machines: dict[str, Machine]
    lines: dict[str, Line]
    """What each machine reaches the bucket by."""
    practice: Practice

    def drop(self, data: bytes, *, at: str = "watch") -> Path:
        folder = self.machines[at].home / "inbox" / "lambert"
        folder.mkdir(exist_ok=True)
        path = folder / "dictée.flac"
        path.write_bytes(data)
        return path

    def said(self, *words: str, at: str) -> Any:
        command = [COPISTE, *words, "--home", str(self.machines[at].home), "--json"]
        done = subprocess.run(command, env=self.machines[at].environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def hospital(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:  # noqa: F811
    place = tmp_path_factory.mktemp("hospital")
    with ExitStack() as ending, pytest.MonkeyPatch.context() as patch:
        for name, value in service.environment.items():
            patch.setenv(name, value)
        settings = shared(ending.enter_context(databases("database", "vault")), f"s3://{service.bucket()}/hopital")
        first = founded(place / "first", settings_text=settings)
        ending.callback(first.close)
        machines, lines = {}, {}
        for part in PARTS:
            home = place / part
            join(home, settings=first.home / "copiste.toml", key=first.home / "practice.key")
            lines[part] = line = Line(service.line.upstream)
            ending.callback(line.close)
            machines[part] = Machine(part=part.partition("-")[0], home=home, environment=environment(**through(line)))
        for machine in machines.values():
            machine.start()
            ending.callback(machine.stop)
        yield Hospital(machines=machines, lines=lines, practice=first)


# --- the road, by the pages, as a secretary and a doctor take it ------------------------------------------------------


class Browser:
    """Someone logged in on the pages."""

    def __init__(self, address: str, login: str) -> None:
        origin = address.rstrip("/")
        self.client = httpx.Client(base_url=origin, headers={"Origin": origin}, follow_redirects=False, timeout=30)
        sent = self.client.post("/connexion", data={"login": login, "password": PASSWORD})
        assert sent.status_code == 303, sent.text

    def page(self, address: str) -> str:
        found = self.client.get(address)
        assert found.status_code == 200, found.text
        return found.text

    def post(self, address: str, *, version: int | None = None, **more: Any) -> httpx.Response:
        headers = {} if version is None else {"If-Match": str(version), "Accept": "application/json"}
        sent = self.client.post(address, headers=headers, **more)
        assert sent.status_code in (200, 201, 303), sent.text
        return sent

    def dictation(self, key: str) -> dict[str, Any]:
        """What the review page starts from."""
        found = re.search(r'<script id="dictation"[^>]*>(.*?)</script>', self.page(f"/documents/{key}"), re.DOTALL)
        assert found
        return dict(json.loads(found[1]))


def proofread(address: str, key: str) -> dict[str, Any]:
    """Take, hear every place, choose the patient, finish; gives what the page said."""
    browser = Browser(address, "claire")
    assert key in browser.page("/")
    browser.post(f"/documents/{key}/prendre", data={})
    data = browser.dictation(key)
    saved = browser.client.put(
        f"/documents/{key}/texte", headers={"If-Match": str(data["version"])},
        json={"text": data["before"], "heard": list(range(len(data["flags"])))},
    )  # fmt: skip
    assert saved.status_code == 200, saved.text
    person = {"family_name": "Martin", "given_name": "Paul", "born": "04/05/1960", "apart": True}
    patient = browser.post("/patients", json=person).json()["patient"]["id"]
    chosen = browser.post(f"/documents/{key}/patient", version=saved.json()["version"], json={"patient": patient})
    browser.post(f"/documents/{key}/terminer", version=chosen.json()["version"], json={})
    browser.client.close()
    return data


def sign(address: str, key: str) -> None:
    browser = Browser(address, "lambert")
    version = re.search(r'name="version" value="(\d+)"', browser.page(f"/documents/{key}"))
    assert version
    browser.post(f"/documents/{key}/signer", data={"version": version[1], "code": CODE})
    browser.client.close()


def road(practice: Practice, address: str, drop: Callable[[], Path]) -> dict[str, Any]:
    """A sound dropped, proofread, signed, filed; gives what became of it, without what is drawn at random."""
    before = {row["id"] for row in documents(practice)}
    dropped = drop()
    row = until(lambda: next((one for one in documents(practice) if one["id"] not in before), None), seconds=60)
    key = str(row["id"])
    states = [row["state"]]
    opened = proofread(address, key)
    states.append(until(lambda: state(practice, key) == "to-sign" and "to-sign", seconds=60))
    sign(address, key)
    states.append(until(lambda: state(practice, key) == "filed" and "filed", seconds=60))
    assert not dropped.exists()
    return {"states": states, "dictation": dictation_state(practice, key), **facts(practice, key, opened)}


def documents(practice: Practice) -> list[Any]:
    with practice.begin() as connection:
        troubles = store.dictations(connection, states=("refused-file",))
        assert not troubles, troubles[0]["reason"]
        return list(store.documents(connection))


def state(practice: Practice, key: str) -> str:
    (row,) = [one for one in documents(practice) if one["id"] == key]
    assert not row["reason"], row["reason"]
    return str(row["state"])


def dictation_state(practice: Practice, key: str) -> str:
    with practice.begin() as connection:
        row = store.one(connection, tables.document, key)
        return str(store.one(connection, tables.dictation, row["dictation"])["state"])


def facts(practice: Practice, key: str, opened: dict[str, Any]) -> dict[str, Any]:
    """What was heard, written and filed."""
    with practice.begin() as connection:
        row = store.one(connection, tables.document, key)
    shown = shelves.show(practice, archivist(practice), key)
    kept = practice.read(row["review"], review.Review)
    return {
        "text": kept.text,
        "letter": dataclasses.asdict(kept.checked.letter),
        "flags": [dataclasses.asdict(one) for one in kept.checked.flags],
        "page": {name: opened[name] for name in ("before", "flags", "spans", "spoken", "notes", "duration", "peaks")},
        "filed": {name: value for name, value in shown.items() if name not in ("id", "sha256", "date", "retention")},
        "rule": shown["retention"]["rule"],
        "kind": row["kind"],
        "version": row["version"],
    }


def archivist(practice: Practice) -> Actor:
    from pipeline import accounts

    with practice.begin() as connection:
        return accounts.actor(connection, "archives", settings=practice.settings)


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """What becomes of the same sound on one machine, in one process, on SQLite and a folder."""
    practice = founded(tmp_path / "alone", settings_text=SETTINGS)
    engine = engines.DurableEngine(practice, poll_seconds=0.1)

    def drop() -> Path:
        path = practice.place("inbox") / "lambert" / "dictée.flac"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(SOUND)
        return path

    with (
        running.working(practice, engine),
        running.watching(practice, engine),
        running.serving(practice, engine) as address,
    ):
        yield road(practice, address, drop)
    practice.close()


# --- what is promised -------------------------------------------------------------------------------------------------


def test_three_machines_do_what_one_does(hospital: Hospital, embedded: dict[str, Any]) -> None:
    shared_out = road(hospital.practice, hospital.machines["serve"].address, lambda: hospital.drop(SOUND))

    assert shared_out == embedded
    assert "ramipril 5 mg" in embedded["text"]
    (found,) = hospital.said("archive", "find", "martin paul", "--as", "archives", at="watch-too")
    assert found["title"] == embedded["filed"]["title"]
    verified = hospital.said("archive", "verify", "--as", "archives", at="work")
    assert verified["ok"]
    assert verified["objects"] > 5


def test_nothing_of_the_practice_stays_on_a_machine_that_did_not_receive_it(hospital: Hospital) -> None:
    sound = other_sound(1)
    hospital.drop(sound)
    until(lambda: document_of(hospital.practice, sound), seconds=60)

    for part, machine in hospital.machines.items():
        files = [path for path in machine.home.rglob("*") if path.is_file() and path.stat().st_size]
        own = {path.relative_to(machine.home).parts[0] for path in files}
        assert own - {"logs"} == {"copiste.toml", "practice.key"} | ({"taken"} if part == "watch" else set())


def test_the_same_sound_dropped_at_two_machines_is_taken_once(hospital: Hospital) -> None:
    sound = other_sound(2)
    dropped = [hospital.drop(sound, at=at) for at in ("watch", "watch-too")]
    until(lambda: not any(path.exists() for path in dropped), seconds=60)
    until(lambda: document_of(hospital.practice, sound), seconds=60)

    with hospital.practice.begin() as connection:
        known = tables.dictation.c.sha256 == hashlib.sha256(sound).hexdigest()
        (taken,) = connection.execute(sa.select(tables.dictation.c.id).where(known)).scalars()
        assert len(store.documents(connection, dictation_id=taken)) == 1


def test_a_store_that_goes_away_while_a_file_arrives_and_while_one_is_worked_on_loses_nothing(
    hospital: Hospital,
) -> None:
    practice, address = hospital.practice, hospital.machines["serve"].address
    watching, working = hospital.lines["watch"], hospital.lines["work"]
    for line in (watching, working):
        line.turn("cut")
    arriving, worked_on = other_sound(3), other_sound(4)
    left = hospital.drop(arriving, at="watch")
    hospital.drop(worked_on, at="watch-too")
    tried = watching.calls, working.calls
    until(lambda: watching.calls >= tried[0] + 3 and working.calls >= tried[1] + 3, seconds=60)

    assert left.exists(), "a file stays where it is until it is kept"
    assert not document_of(practice, worked_on)
    for line in (watching, working):
        line.turn("open")

    for sound in (arriving, worked_on):
        key = until(lambda sound=sound: document_of(practice, sound), seconds=60)
        proofread(address, key)
        until(lambda key=key: state(practice, key) == "to-sign", seconds=60)
        working.turn("cut")
        sign(address, key)
        tried_again = working.calls
        until(lambda tried_again=tried_again: working.calls >= tried_again + 2, seconds=60)
        working.turn("open")
        until(lambda key=key: state(practice, key) == "filed", seconds=60)
    assert not left.exists()


def test_the_pages_say_that_the_store_is_away_and_open_again(hospital: Hospital) -> None:
    sound = other_sound(5)
    hospital.drop(sound)
    key = until(lambda: document_of(hospital.practice, sound), seconds=60)
    browser = Browser(hospital.machines["serve"].address, "claire")
    hospital.lines["serve"].turn("cut")
    try:
        assert key in browser.page("/"), "the list asks nothing of the store"
        away = browser.client.get(f"/documents/{key}")
    finally:
        hospital.lines["serve"].turn("open")

    assert away.status_code >= 500
    assert "Le stockage commun ne répond pas" in away.text
    assert browser.dictation(key)["id"] == key
    browser.client.close()


def test_machines_tell_each_other_when_something_common_differs(hospital: Hospital) -> None:
    for machine in hospital.machines.values():
        place = open_practice(machine.home)
        alike.announce(place)
        place.close()
    assert alike.differences(hospital.practice) == ()

    added = hospital.practice.place("vocab") / "essai.tsv"
    added.write_text("mot\n", encoding="utf-8")
    try:
        found = alike.differences(hospital.practice)
    finally:
        added.unlink()

    assert len(found) == len(PARTS)
    assert {one.parts for one in found} == {("vocab",)}
    assert "le vocabulaire" in found[0].sentence


def other_sound(number: int) -> bytes:
    """A recording of its own: the fake recogniser hears the same in all of them."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(random.Random(number).randbytes(8000 * 2 * 8))
    return made.getvalue()


def document_of(practice: Practice, sound: bytes) -> str | None:
    """The document that was drafted from a sound, if it has been."""
    known = tables.dictation.c.sha256 == hashlib.sha256(sound).hexdigest()
    query = sa.select(tables.document.c.id).join(tables.dictation).where(known)
    documents(practice)
    with practice.begin() as connection:
        return connection.scalar(query)


def test_a_practice_is_never_made_anew_on_the_databases_of_another(hospital: Hospital, tmp_path: Path):
    text = (hospital.practice.home / "copiste.toml").read_text(encoding="utf-8")
    with pytest.raises(FolderError) as refused:
        opening.new_practice(tmp_path / "other", name="Autre", settings_text=text)
    assert "copiste join" in refused.value.advice
    assert not (tmp_path / "other").exists()
