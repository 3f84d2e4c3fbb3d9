"""What intake could not do by itself: each file has its sentence and what can be done, and it is done from the page."""

import re

import pytest
from starlette.responses import Response

from archive.ids import new_id
from pipeline import errors, store, tables
from pipeline.errors import ReviewRefused, WrongPassword
from pipeline.people import dictaphones
from pipeline.practice import Practice
from pipeline.web import troubles, worklist
from tests.fakes import People
from tests.pipeline.test_status import add
from tests.web.conftest import Queue, Visitor
from tests.web.test_queue import listed, plain

REFUSALS = [
    kind
    for kind in errors._descendants(errors.CopisteError)
    if issubclass(kind, errors.FileRefused | errors.LeftBehind)
]


def item(page: str, key: str) -> str:
    """The part of the page about one file."""
    found = re.search(rf'<li id="f{key}">.*?</li>', page, re.S)
    assert found
    return found[0]


def drop_again(practice: Practice, dictation: str, *, doctor: str | None, name: str = "copie.wav") -> str:
    key = new_id()
    with practice.begin() as connection:
        row = {"dictation": dictation, "source": key, "at": store.now(), "name": name, "doctor": doctor}
        connection.execute(tables.duplicate.insert().values(id=key, **row))
    return key


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_every_refusal_is_one_sentence_on_the_list_and_in_status(
    visitor: Visitor, practice: Practice, people: People, kind: type[errors.CopisteError]
):
    from pipeline.status import status

    key = add(practice, state="refused-file", reason=kind.code, doctor=people.lambert.doctor)
    assert re.fullmatch(r"[A-ZÀÉ][^.]*\.", kind.advice), "one sentence"
    assert kind.advice in plain(item(visitor("claire").get("/").text, key))
    assert [one["reason"] for one in status(practice)["files"]] == [kind.advice]


@pytest.mark.parametrize(
    ("code", "audio", "acts"),
    [
        ("E024", "a", ["mot-de-passe", "retirer"]),
        ("E027", "a", ["mot-de-passe", "retirer"]),
        ("E026", "a", ["reprendre", "retirer"]),
        ("E028", "a", ["reprendre", "retirer"]),
        ("E031", "a", ["reprendre", "retirer"]),
        ("E024", "", ["retirer"]),
        ("E023", "", ["retirer"]),
        ("E171", "", ["retirer"]),
    ],
)
def test_what_can_be_done_depends_on_why_it_waits(
    visitor: Visitor, practice: Practice, people: People, code: str, audio: str, acts: list[str]
):
    key = add(practice, state="refused-file", reason=code, audio=audio, doctor=people.lambert.doctor)
    part = item(visitor("claire").get("/").text, key)
    assert re.findall(rf'action="/dictees/{key}/([^"]*)"', part) == acts
    assert ("Transcrire quand même" in part) == (code in ("E026", "E028"))
    assert ("ne sera pas transcrit" in part) == bool(audio)  # giving up a recording is said before it is done
    assert ('type="password" autocomplete="off"' in part) == ("mot-de-passe" in acts)


def test_a_file_says_its_name_its_doctor_and_when(visitor: Visitor, practice: Practice, people: People):
    key = add(
        practice, state="refused-file", reason="E171", audio="", name="lambert/x.lnk", doctor=people.lambert.doctor
    )
    other = add(practice, state="refused-file", reason="E022", audio="", doctor=None)
    page = visitor("claire").get("/").text
    assert re.search(r"lambert/x\.lnk pour Hélène Lambert, le \d+ \w+ à \d+ h", plain(item(page, key)))
    assert "aucun médecin reconnu" in plain(item(page, other))
    assert "2 fichiers à vérifier" in plain(page)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were tried; « bon » opens everything, « long » opens what is too long."""
    tried: list[str] = []

    def unlock(practice: Practice, actor: object, key: str, password: str, submit: object) -> int:
        tried.append(password)
        if password == "long":
            raise ReviewRefused("open, and too long", advice="Le mot de passe est le bon et il est gardé.")
        if password != "bon":
            raise WrongPassword("no", advice="Ce mot de passe n'ouvre pas cet enregistrement.")
        return 1

    monkeypatch.setattr(dictaphones, "unlock", unlock)
    return tried


def send(visitor: Visitor, key: str, password: str) -> Response:
    return visitor("claire").post(f"/dictees/{key}/mot-de-passe", data={"password": password})


def test_a_wrong_password_is_said_beside_the_file_and_never_shown_again(
    visitor: Visitor, practice: Practice, people: People, asked: list[str]
):
    key = add(practice, state="refused-file", reason="E024", doctor=people.lambert.doctor)
    other = add(practice, state="refused-file", reason="E024", doctor=people.lambert.doctor)
    answer = send(visitor, key, "s3cret-zyqu")
    assert answer.status_code == 422
    assert "Ce mot de passe n'ouvre pas cet enregistrement." in plain(item(answer.text, key))
    assert 'role="alert"' not in item(answer.text, other)
    assert "s3cret-zyqu" not in answer.text
    assert "autofocus" in item(answer.text, key)
    assert send(visitor, key, "bon").status_code == 303
    assert asked == ["s3cret-zyqu", "bon"]


def test_what_is_said_of_a_file_that_left_the_list_meanwhile_is_still_said(
    visitor: Visitor, practice: Practice, people: People, asked: list[str]
):
    key = add(practice, state="received", doctor=people.lambert.doctor)
    answer = send(visitor, key, "long")
    assert answer.status_code == 422
    assert "Le mot de passe est le bon et il est gardé." in plain(answer.text)


def test_a_password_of_any_length_is_tried_only_up_to_what_one_may_be(
    visitor: Visitor, practice: Practice, people: People, asked: list[str]
):
    key = add(practice, state="refused-file", reason="E024", doctor=people.lambert.doctor)
    assert send(visitor, key, "x" * 5000).status_code == 422
    assert len(asked[0]) == worklist.LONGEST_PASSWORD


def test_a_recording_that_a_person_decides_on_goes_on(
    visitor: Visitor, practice: Practice, people: People, queue: Queue
):
    silent = add(practice, state="refused-file", reason="E028", doctor=people.lambert.doctor)
    longer = add(practice, state="refused-file", reason="E026", doctor=people.lambert.doctor, seconds=13 * 3600.0)
    browser = visitor("claire")
    assert browser.post(f"/dictees/{silent}/reprendre").status_code == 303
    assert [job.subject for job in queue.jobs] == [silent]
    refused = browser.post(f"/dictees/{longer}/reprendre")
    assert refused.status_code == 422
    assert "découpez-le" in plain(item(refused.text, longer))
    assert [job.subject for job in queue.jobs] == [silent]


def test_a_recording_dropped_again_is_told_until_someone_has_seen_it(
    visitor: Visitor, practice: Practice, people: People
):
    first = add(practice, doctor=people.lambert.doctor, received=store.now().replace(month=11, day=2, hour=9, minute=0))
    key = drop_again(practice, first, doctor=people.garnier.doctor)
    page = listed(visitor("claire"))
    assert "1 enregistrement déposé une seconde fois" in page
    told = re.search(r"Déposés une seconde fois 1 (.*?) Vu", page)
    assert told
    assert re.fullmatch(
        r"copie\.wav , déposé le \d+ \w+ à \d+ h( \d\d)? pour Paul Garnier, est la dictée déjà reçue "
        r"le 2 novembre à 10 h pour Hélène Lambert \(reçue\) ; elle n'a pas été doublée\.",
        told[1],
    )
    assert visitor("claire").post(f"/doublons/{key}/vu").status_code == 303
    assert "seconde fois" not in listed(visitor("claire"))


@pytest.mark.parametrize(("login", "whose", "again", "sees"), [
    ("lambert", "lambert", "garnier", True), ("garnier", "lambert", "garnier", True),
    ("garnier", "lambert", "lambert", False), ("garnier", "lambert", None, False), ("claire", None, None, True),
])  # fmt: skip
def test_a_recording_dropped_again_concerns_both_doctors_and_nobody_else(
    visitor: Visitor, practice: Practice, people: People, login: str, whose: str | None, again: str | None, sees: bool
):
    doctors = {"lambert": people.lambert.doctor, "garnier": people.garnier.doctor, None: None}
    key = drop_again(practice, add(practice, doctor=doctors[whose]), doctor=doctors[again], name="zyqu.wav")
    browser = visitor(login)
    assert ("zyqu.wav" in browser.get("/").text) == sees
    assert browser.post(f"/doublons/{key}/vu").status_code == (303 if sees else 404)


def test_where_the_dictation_stands_is_said_by_its_documents_one_may_see(
    visitor: Visitor, practice: Practice, people: People, scene
):
    drop_again(practice, "D0PSTE0000", doctor=people.garnier.doctor)
    assert "(classé, à relire, à signer)" in listed(visitor("lambert"))
    page = listed(visitor("garnier"))
    assert "pour Hélène Lambert ; elle n'a pas été doublée" in page


def test_names_of_files_are_shown_as_text(visitor: Visitor, practice: Practice, people: People):
    hostile = "<script>alert(1)</script>\u202egpj.wav"
    first = add(practice, state="refused-file", reason="E022", name=hostile, doctor=people.lambert.doctor)
    add(practice, name=hostile, doctor=people.lambert.doctor)
    drop_again(practice, first, doctor=None, name=hostile)
    page = visitor("claire").get("/").text
    assert "<script>alert" not in page
    assert page.count("<bdi>&lt;script&gt;") == 3


def test_thousands_dropped_again_cost_no_more_than_those_that_are_shown(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    """A whole folder copied into another one: the list is asked for every few seconds by each person at work."""
    asked, real = [], store.documents
    monkeypatch.setattr(store, "documents", lambda *of, **how: asked.append(1) or real(*of, **how))
    first = add(practice, state="drafted", doctor=people.lambert.doctor)
    for _ in range(troubles.SHOWN + 30):
        drop_again(practice, first, doctor=people.garnier.doctor)
    found = troubles.redrops(practice, people.claire)
    assert len(found) == troubles.SHOWN + 30
    assert len(asked) == troubles.SHOWN
    assert all(one.sentence for one in found[: troubles.SHOWN])
