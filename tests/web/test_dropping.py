"""Recordings dropped on the page: received once the row and the job are there, for doctors one works for only."""

import hashlib
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.testclient import TestClient

from archive.ids import new_id
from pipeline import accounts, arrival, disk, store, tables
from pipeline.errors import TranscriptionStopped
from pipeline.practice import Practice
from pipeline.web import dropping, protection
from pipeline.web.app import application
from tests.fakes import PASSWORD, People
from tests.pipeline.cast import join
from tests.pipeline.sounds import wav
from tests.web.browsing import served
from tests.web.conftest import ORIGIN, Queue, Visitor, signature

JSON = {"Accept": "application/json"}


def send(browser: TestClient, *files: tuple[str, bytes], doctor: Any, script: bool = True) -> Any:
    sent = [("file", (name, data, "audio/wav")) for name, data in files]
    return browser.post("/deposer", data={"doctor": doctor}, files=sent, headers=JSON if script else {})


def dictations(practice: Practice) -> list[dict[str, Any]]:
    with practice.look() as connection:
        return [dict(row) for row in connection.execute(sa.select(tables.dictation)).mappings()]


def nothing_left(practice: Practice) -> None:
    assert list(practice.place("tmp").glob("sound-*")) == []


def test_a_recording_is_received_with_its_row_its_job_and_its_bytes(
    visitor: Visitor, practice: Practice, people: People, queue: Queue
):
    sound = wav(2.0)
    answer = send(visitor("claire"), ("Dictée 3.wav", sound), doctor=people.lambert.doctor)
    assert answer.status_code == 200, answer.text
    (said,) = answer.json()["files"]
    assert (said["name"], said["state"]) == ("Dictée 3.wav", "received")
    assert said["sentence"].replace("\N{NO-BREAK SPACE}", " ") == "Reçue, pour Dr Hélène Lambert."
    assert said["sha256"] == hashlib.sha256(sound).hexdigest()
    (row,) = dictations(practice)
    assert (row["doctor"], row["name"], row["state"]) == (people.lambert.doctor, "Dictée 3.wav", "received")
    assert practice.objects.get(row["audio"]) == sound
    assert [job.subject for job in queue.jobs] == [row["id"]]
    nothing_left(practice)


def test_received_is_not_said_before_the_commit(
    visitor: Visitor, practice: Practice, people: People, queue: Queue, monkeypatch: pytest.MonkeyPatch
):
    """The database goes away at the last instant: the page says to keep the file, and the same file is taken later."""

    def gone(connection: sa.Connection, job: object) -> None:
        raise sa.exc.OperationalError("INSERT", {}, Exception("server closed"))

    monkeypatch.setattr(queue, "submit", gone)
    app = application(practice, submit=queue.submit, signature=signature)
    browser = TestClient(app, base_url=ORIGIN, headers={"Origin": ORIGIN})
    browser.post("/connexion", data={"login": "claire", "password": PASSWORD})
    answer = send(browser, ("a.wav", wav(2.0)), doctor=people.lambert.doctor)
    assert (answer.status_code, answer.json()["files"][0]["state"]) == (503, "later")
    assert "gardez-le" in answer.json()["files"][0]["sentence"]
    assert answer.json()["files"][0]["sha256"] == ""
    assert dictations(practice) == []
    nothing_left(practice)
    monkeypatch.undo()
    assert send(visitor("claire"), ("a.wav", wav(2.0)), doctor=people.lambert.doctor).status_code == 200
    assert len(dictations(practice)) == 1


def test_the_same_bytes_again_are_said_to_be_known_and_are_not_doubled(
    visitor: Visitor, practice: Practice, people: People, queue: Queue
):
    sound, browser = wav(2.0), visitor("claire")
    send(browser, ("a.wav", sound), doctor=people.lambert.doctor)
    said = send(browser, ("b.wav", sound), doctor=people.lambert.doctor).json()["files"][0]
    assert (said["state"], said["sha256"]) == ("known", hashlib.sha256(sound).hexdigest())
    assert said["sentence"].startswith("Déjà reçue le ")
    assert len(dictations(practice)) == len(queue.jobs) == 1
    nothing_left(practice)


def test_a_recording_that_is_another_doctor_s_already_is_not_said_to_be_this_one_s(
    visitor: Visitor, practice: Practice, people: People
):
    """Who sends it again for the right doctor must read that it still is the wrong one's; by name if they may."""
    send(visitor("claire"), ("a.wav", wav(2.0)), doctor=people.lambert.doctor)

    def told(login: str) -> str:
        (said,) = send(visitor(login), ("b.wav", wav(2.0)), doctor=people.garnier.doctor).json()["files"]
        assert said["state"] == "known"
        return said["sentence"].replace("\N{NO-BREAK SPACE}", " ")

    assert re.fullmatch(r"Déjà reçue le .* pour Dr Hélène Lambert : elle n’a pas été doublée\.", told("claire"))
    assert re.fullmatch(r"Déjà reçue le .* pour un autre médecin : elle n’a pas été doublée\.", told("garnier"))


def test_what_is_no_recording_says_so_in_one_sentence(visitor: Visitor, practice: Practice, people: People):
    said = send(visitor("claire"), ("courrier.doc", b"Cher confrere, " * 50), doctor=people.lambert.doctor)
    (one,) = said.json()["files"]
    assert (said.status_code, one["state"], one["sha256"]) == (200, "refused", "")
    assert "n’est pas un enregistrement sonore" in one["sentence"]
    nothing_left(practice)


def test_a_protected_recording_is_kept_and_says_what_is_missing(
    visitor: Visitor, practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    """What a person must decide on is in the practice's hands: it may leave the device."""
    real = arrival.drop

    def aside(*arguments: Any, **named: Any) -> Any:
        outcome = real(*arguments, **named)
        with practice.begin() as connection:
            store.move_dictation(connection, outcome.id, "refused-file", reason="E024")
        return outcome

    monkeypatch.setattr(arrival, "drop", aside)
    (said,) = send(visitor("claire"), ("a.ds2", wav(2.0)), doctor=people.lambert.doctor).json()["files"]
    assert (said["state"], said["sha256"]) == ("aside", hashlib.sha256(wav(2.0)).hexdigest())
    assert "gardée" in said["sentence"]
    assert "mot de passe" in said["sentence"]


def test_files_of_a_form_are_each_answered_on_the_page(visitor: Visitor, practice: Practice, people: People):
    files = [("a.wav", wav(2.0)), ("<b>.wav", wav(2.0, seed=1)), ("x.txt", b"hello")]
    page = send(visitor("claire"), *files, doctor=people.lambert.doctor, script=False)
    assert page.status_code == 200
    assert page.text.count('<li class="received">') == 2
    assert page.text.count('<li class="refused">') == 1
    assert "&lt;b&gt;.wav" in page.text
    assert f'value="{people.lambert.doctor}" selected' in page.text
    assert len([row for row in dictations(practice) if row["audio"]]) == 2


@pytest.mark.parametrize(
    ("form", "advice"),
    [({"doctor": ""}, "Choisissez le médecin"), ({}, "Choisissez le médecin"), ({"doctor": "?"}, "Choisissez")],
)
def test_a_dictation_of_no_known_doctor_is_not_taken(
    visitor: Visitor, practice: Practice, form: dict[str, str], advice: str
):
    answer = visitor("claire").post("/deposer", data=form, files={"file": ("a.wav", wav(2.0))}, headers=JSON)
    assert answer.status_code == 422
    assert advice in answer.json()["advice"]
    assert dictations(practice) == []
    nothing_left(practice)


def test_a_form_without_a_file_says_so(visitor: Visitor, people: People):
    answer = visitor("claire").post(
        "/deposer", data={"doctor": str(people.lambert.doctor)}, files={"file": ("", b"")}, headers=JSON
    )
    assert (answer.status_code, answer.json()["advice"]) == (422, "Aucun fichier n’a été choisi.")


# --- for whom ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def everyone(practice: Practice, people: People) -> dict[str, str]:
    """Anne works for Garnier alone; Remi stands in for Lambert today, Ines for nobody."""
    locum, intern = join(practice, "remi", "locum"), join(practice, "ines", "intern")
    join(practice, "anne", "secretary")
    join(practice, "berthe", "secretary")
    today = store.now().astimezone(practice.settings.zone).date()
    with practice.begin() as connection:
        accounts.add_scope(connection, "anne", doctor=people.garnier.doctor)
        connection.execute(tables.user.update().where(tables.user.c.login == "berthe").values(everyone=False))
        connection.execute(
            tables.delegation.insert().values(
                id=new_id(), deputy=locum.doctor, principal=people.lambert.doctor, begins=today - timedelta(days=1),
                until=today + timedelta(days=1), signs=True, by="test",
            )
        )  # fmt: skip
    return {
        "lambert": str(people.lambert.doctor), "garnier": str(people.garnier.doctor), "remi": str(locum.doctor),
        "ines": str(intern.doctor), "nobody": dropping.NOBODY,
    }  # fmt: skip


WHOSE = {
    "claire": {"lambert", "garnier", "remi", "ines", "nobody"},
    "anne": {"garnier"},
    "berthe": set(),
    "lambert": {"lambert"},
    "garnier": {"garnier"},
    "remi": {"remi", "lambert"},
    "ines": {"ines"},
}


@pytest.mark.parametrize("login", WHOSE)
def test_one_drops_for_those_one_works_for_and_for_no_one_else(
    visitor: Visitor, practice: Practice, everyone: dict[str, str], login: str
):
    browser = visitor(login)
    page = browser.get("/deposer").text
    for seed, (name, doctor) in enumerate(everyone.items()):
        allowed = name in WHOSE[login]
        assert (f'value="{doctor}"' in page) == allowed, name
        before = len(dictations(practice))
        answer = send(browser, ("a.wav", wav(1.5, seed=seed)), doctor=doctor)
        assert answer.status_code == (200 if allowed else 403), (name, answer.text)
        assert len(dictations(practice)) == before + allowed
    dropped = {row["doctor"] for row in dictations(practice)}
    assert dropped == {None if name == "nobody" else everyone[name] for name in WHOSE[login]}
    nothing_left(practice)


def test_a_doctor_finds_themselves_chosen_and_a_secretary_chooses(
    visitor: Visitor, everyone: dict[str, str], people: People
):
    assert f'value="{people.lambert.doctor}" form="sending"' in visitor("lambert").get("/deposer").text
    assert f'value="{everyone["remi"]}" selected' in visitor("remi").get("/deposer").text
    assert " selected" not in visitor("claire").get("/deposer").text
    assert "Aucun médecin ne vous est encore confié" in visitor("berthe").get("/deposer").text


def test_a_doctor_who_left_is_not_offered_and_not_taken_for(visitor: Visitor, practice: Practice, people: People):
    with practice.begin() as connection:
        connection.execute(
            tables.doctor.update().where(tables.doctor.c.id == people.garnier.doctor).values(active=False)
        )
    browser = visitor("claire")
    assert str(people.garnier.doctor) not in browser.get("/deposer").text
    assert send(browser, ("a.wav", wav(2.0)), doctor=people.garnier.doctor).status_code == 422
    assert dictations(practice) == []


@pytest.mark.parametrize("login", ["archives", "technique", ""])
def test_others_do_not_drop(visitor: Visitor, practice: Practice, people: People, login: str):
    answer = send(visitor(login), ("a.wav", wav(2.0)), doctor=people.lambert.doctor)
    assert answer.status_code == (403 if login else 401)
    assert dictations(practice) == []


# --- what protects the page -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://ailleurs.example"}, {"Origin": ""}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "autre.test"}],
)
def test_another_site_drops_nothing(visitor: Visitor, practice: Practice, people: People, headers: dict[str, str]):
    browser = visitor("claire")
    sent = {"file": ("a.wav", wav(2.0))}
    answer = browser.post("/deposer", data={"doctor": str(people.lambert.doctor)}, files=sent, headers=JSON | headers)
    assert answer.status_code in (400, 403)
    assert dictations(practice) == []


def test_a_body_without_a_length_is_refused(visitor: Visitor, practice: Practice):
    def pieces():
        yield b"x"

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert visitor("claire").post("/deposer", content=pieces(), headers=JSON | kind).status_code == 411
    assert dictations(practice) == []


@pytest.mark.parametrize("page", ["/deposer", "/connexion"])
def test_a_length_beside_pieces_is_refused(visitor: Visitor, practice: Practice, page: str):
    """A server that gets both believes the pieces: the length that was checked would be no limit at all."""

    def pieces():
        yield b"x" * 50

    lying = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "10", "Transfer-Encoding": "chunked"}
    answer = visitor("claire").post(page, content=pieces(), headers=JSON | lying)
    assert answer.status_code == 411
    assert dictations(practice) == []


def test_the_limit_of_size_is_said_before_sending_and_holds(practice: Practice, people: People, queue: Queue):
    limited = practice.settings.intake.model_copy(update={"max_megabytes": 1})
    object.__setattr__(practice, "settings", practice.settings.model_copy(update={"intake": limited}))
    browser = TestClient(application(practice, submit=queue.submit, signature=signature), base_url=ORIGIN)
    browser.headers["Origin"] = ORIGIN
    browser.post("/connexion", data={"login": "claire", "password": PASSWORD})
    assert re.search(r"\b1\sMo au plus par envoi", browser.get("/deposer").text)
    answer = send(browser, ("a.wav", b"x" * (1_000_000 + protection.MOST_BYTES)), doctor=people.lambert.doctor)
    assert answer.status_code == 413
    assert "trop volumineux" in answer.json()["advice"]
    nothing_left(practice)


def test_other_pages_keep_their_own_limit(visitor: Visitor):
    answer = visitor("claire").post("/patients", content=b"x" * (protection.MOST_BYTES + 1), headers=JSON)
    assert answer.status_code == 413
    assert "trop volumineux" not in answer.json()["advice"]


def test_a_disk_short_of_room_refuses_before_anything_is_written(
    visitor: Visitor, practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    room = practice.settings.storage.reserve_megabytes * disk.MEGABYTE + len(wav(2.0)) * dropping.COPIES
    monkeypatch.setattr(disk, "free", lambda folder: room - 1)
    browser = visitor("claire")
    answer = send(browser, ("a.wav", wav(2.0) + b"\0" * 4_000_000), doctor=people.lambert.doctor)
    assert answer.status_code == 507
    assert "plus de place" in answer.json()["advice"]
    assert dictations(practice) == []
    nothing_left(practice)


def test_a_decoder_that_cannot_start_means_later_never_refused(
    visitor: Visitor, practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    def stopped(*_: object, **__: object) -> None:
        raise TranscriptionStopped("no decoder")

    monkeypatch.setattr(arrival, "drop", stopped)
    answer = send(visitor("claire"), ("a.wav", wav(2.0)), doctor=people.lambert.doctor)
    assert (answer.status_code, answer.json()["files"][0]["state"]) == (503, "later")
    nothing_left(practice)


def test_an_unforeseen_error_is_logged_without_its_message(
    visitor: Visitor, practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch, caplog: Any
):
    def fails(*_: object, **named: Any) -> None:
        raise ValueError(f"{named['name']} of DUPONT")

    monkeypatch.setattr(arrival, "drop", fails)
    answer = send(visitor("claire"), ("dupont.wav", wav(2.0)), doctor=people.lambert.doctor)
    assert (answer.status_code, answer.json()["files"][0]["state"]) == (503, "later")
    assert "ValueError" in caplog.text
    assert "dupont" not in caplog.text.lower()
    assert "DUPONT" not in answer.text


def test_the_microphone_is_for_this_page_alone(visitor: Visitor, people: People):
    browser = visitor("claire")
    here, list_page = browser.get("/deposer").headers, browser.get("/").headers
    assert "microphone=(self)" in here["Permissions-Policy"]
    assert "media-src 'self' blob:" in here["Content-Security-Policy"]
    assert "microphone=()" in list_page["Permissions-Policy"]
    assert "blob:" not in list_page["Content-Security-Policy"]
    after = send(browser, ("a.wav", wav(2.0)), doctor=people.lambert.doctor, script=False).headers
    assert "microphone=(self)" in after["Permissions-Policy"]
    for headers in (here, list_page):
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]


# --- on a real server -------------------------------------------------------------------------------------------------


@contextmanager
def logged_in(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers={"Origin": address, **JSON}, timeout=60) as client:
        client.post("/connexion", data={"login": "claire", "password": PASSWORD})
        yield client


def test_twenty_at_once_are_all_received_once_each(app: Starlette, practice: Practice, people: People, queue: Queue):
    sounds = [wav(1.5, seed=seed) for seed in range(20)]
    with served(app) as address, logged_in(address) as client, ThreadPoolExecutor(20) as pool:

        def one(n: int) -> Any:
            sent = {"file": (f"{n}.wav", sounds[n % 20])}
            return client.post("/deposer", data={"doctor": str(people.lambert.doctor)}, files=sent)

        answers = list(pool.map(one, [*range(20), *range(5)]))
    assert {answer.status_code for answer in answers} == {200}
    states = sorted(answer.json()["files"][0]["state"] for answer in answers)
    assert states == ["known"] * 5 + ["received"] * 20
    assert len(dictations(practice)) == len({job.subject for job in queue.jobs}) == 20
    nothing_left(practice)


def test_pages_answer_while_recordings_are_read(
    app: Starlette, practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    """As many recordings as are taken at once, none of which ends: the rest of the pages goes on."""
    real, going, enough = arrival.drop, threading.Event(), threading.Semaphore(0)

    def slow(*arguments: Any, **named: Any) -> Any:
        enough.release()
        assert going.wait(30)
        return real(*arguments, **named)

    monkeypatch.setattr(arrival, "drop", slow)
    with served(app) as address, logged_in(address) as client, ThreadPoolExecutor(8) as pool:

        def one(n: int) -> int:
            sent = {"file": (f"{n}.wav", wav(1.5, seed=n))}
            return client.post("/deposer", data={"doctor": str(people.lambert.doctor)}, files=sent).status_code

        sending = [pool.submit(one, n) for n in range(6)]
        for _ in range(dropping.TAKEN_AT_ONCE):
            assert enough.acquire(timeout=30)
        assert client.get("/", headers={"Accept": "text/html"}).status_code == 200
        going.set()
        assert [one.result() for one in sending] == [200] * 6
    assert len(dictations(practice)) == 6
