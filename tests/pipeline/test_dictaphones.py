"""Dictaphones: whose author is whose, which passwords open what, and that nobody else ever reads them."""

import json
import logging
import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from archive.errors import KeyMissing, ObjectMissing
from pipeline import arrival, errors, locked, outage, store, tables
from pipeline.cli import app
from pipeline.errors import AccessDenied, NotFound, OversizedAudio, ReviewRefused, TruncatedAudio, WrongPassword
from pipeline.people import dictaphones, doctors
from pipeline.people.dictaphones import BadDictaphone
from pipeline.practice import Practice
from tests.fakes import OnTheSpot, People
from tests.pipeline.protected import PASSWORD, install, locked_ds2, plain_ds2

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "do-not-commit" / "dss"


@pytest.fixture
def engine(practice: Practice) -> OnTheSpot:
    return OnTheSpot(practice)


@pytest.fixture(autouse=True)
def reader(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


def drop(practice: Practice, engine: OnTheSpot, data: bytes, *, folder: str = "lambert", name: str = "d.ds2") -> str:
    path = practice.place("inbox") / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return arrival.taker(practice, engine.submit)(path, folder=folder).id


def add(practice: Practice, people: People, engine: OnTheSpot, **what: str) -> tuple[str, int]:
    asked = {"doctor": "lambert", **what}
    return dictaphones.add(practice, people.technique, submit=engine.submit, **asked)  # type: ignore[arg-type]


def row(practice: Practice, key: str) -> sa.RowMapping:
    with practice.look() as connection:
        return store.one(connection, tables.dictation, key)


def state(practice: Practice, key: str) -> tuple[str, str]:
    found = row(practice, key)
    return found["state"], found["reason"]


def kept_password(practice: Practice, key: str) -> str:
    return practice.objects.get(row(practice, key)["password"]).decode()


# --- what is known ----------------------------------------------------------------------------------------------------


def test_an_author_is_folded_and_names_one_doctor(practice: Practice, people: People, engine: OnTheSpot):
    key, _ = add(practice, people, engine, author="  Dr  LAMB ")
    assert add(practice, people, engine, author="dr lamb") == (key, 0)
    with pytest.raises(BadDictaphone, match="another") as refused:
        add(practice, people, engine, doctor="garnier", author="DR LAMB")
    assert "un autre médecin" in refused.value.advice
    (one,) = dictaphones.listing(practice, people.claire)
    assert one == {
        "id": key, "doctor": people.lambert.doctor, "doctor_name": "Dr Hélène Lambert", "author": "dr lamb",
        "password": False,
    }  # fmt: skip
    dictaphones.remove(practice, people.technique, key)
    assert add(practice, people, engine, doctor="garnier", author="DR LAMB")[0] != key


@pytest.mark.parametrize(
    "what",
    [{}, {"author": " "}, {"author": "x" * 41}, {"password": "x" * 65}, {"author": "DICT"}, {"author": "Dictate"}],
)
def test_what_tells_nothing_is_refused(practice: Practice, people: People, engine: OnTheSpot, what: dict[str, str]):
    with pytest.raises(BadDictaphone) as refused:
        add(practice, people, engine, **what)
    assert refused.value.advice.endswith(".")
    assert dictaphones.listing(practice, people.technique) == []


def test_a_factory_author_will_do_for_a_doctor_alone(practice: Practice, people: People, engine: OnTheSpot):
    with practice.begin() as connection:
        gone = tables.doctor.c.id == people.garnier.doctor
        connection.execute(tables.doctor.update().where(gone).values(active=False))
    assert add(practice, people, engine, author="DICT")[0]
    with pytest.raises(doctors.BadDoctor):
        add(practice, people, engine, doctor="garnier", author="DR-GARN")


def test_a_factory_author_names_nobody_any_more_once_there_is_a_second_doctor(
    practice: Practice, people: People, engine: OnTheSpot
):
    def others(*, active: bool) -> None:
        with practice.begin() as connection:
            them = tables.doctor.update().where(tables.doctor.c.id != people.lambert.doctor)
            connection.execute(them.values(active=active))

    others(active=False)
    add(practice, people, engine, author="DICT", password=PASSWORD)
    alone = drop(practice, engine, plain_ds2(author=b"DICT"), folder="")
    others(active=True)
    plain = drop(practice, engine, plain_ds2(author=b"DICT", job=99), folder="", name="e.ds2")
    shut = drop(practice, engine, locked_ds2("other", author=b"DICT"), folder="", name="f.ds2")
    add(practice, people, engine, password="other")
    doctors_of = [row(practice, key)["doctor"] for key in (alone, plain, shut)]
    assert doctors_of == [people.lambert.doctor, None, None]


def test_a_doctor_has_several_passwords_and_each_is_kept_once(practice: Practice, people: People, engine: OnTheSpot):
    first, _ = add(practice, people, engine, author="DR-LAMB", password="1234")
    assert add(practice, people, engine, author="dr-lamb", password="1234") == (first, 0)
    add(practice, people, engine, password="5678")
    add(practice, people, engine, author="DR-LAMB", password="9999")
    add(practice, people, engine, doctor="garnier", author="dr-garn", password="0000")
    lambert = people.lambert.doctor

    def known(doctor: str | None, author: str) -> set[str]:
        with practice.look() as connection:
            return set(dictaphones.passwords(connection, practice, doctor=doctor, author=author))

    assert known(lambert, "") == {"1234", "5678", "9999"}
    assert known(lambert, "dr-garn") == {"1234", "5678", "9999", "0000"}
    assert known(None, "DR-GARN ") == {"0000"}
    assert known(None, "") == known(None, "nobody") == set()
    with practice.look() as connection:
        tried = dictaphones.passwords(connection, practice, doctor=lambert, author="DR-LAMB")
    assert tried[-1] == "5678", "those of that very dictaphone come first"


def test_a_password_that_cannot_be_read_back_does_not_stop_the_others(
    practice: Practice, people: People, engine: OnTheSpot
):
    add(practice, people, engine, password="1234")
    add(practice, people, engine, password="5678")
    with practice.look() as connection:
        spoilt = connection.scalar(sa.select(tables.dictaphone.c.password).limit(1))
        practice.objects.destroy(str(spoilt))
        assert len(dictaphones.passwords(connection, practice, doctor=people.lambert.doctor, author="")) == 1


def test_a_password_that_cannot_be_read_back_is_given_again(practice: Practice, people: People, engine: OnTheSpot):
    first, _ = add(practice, people, engine, author="A", password=PASSWORD)
    with practice.look() as connection:
        practice.objects.destroy(store.one(connection, tables.dictaphone, first)["password"])
    assert add(practice, people, engine, author="A", password=PASSWORD)[0] != first
    assert state(practice, drop(practice, engine, locked_ds2()))[0] == "received"


def test_removing_a_dictaphone_destroys_its_password_and_shuts_nothing(
    practice: Practice, people: People, engine: OnTheSpot
):
    key, _ = add(practice, people, engine, password=PASSWORD)
    with practice.look() as connection:
        address = store.one(connection, tables.dictaphone, key)["password"]
    dictation = drop(practice, engine, locked_ds2())
    dictaphones.remove(practice, people.technique, key)
    dictaphones.remove(practice, people.technique, key)
    assert dictaphones.listing(practice, people.technique) == []
    with pytest.raises((ObjectMissing, KeyMissing)):
        practice.objects.get(address)
    assert kept_password(practice, dictation) == PASSWORD
    with pytest.raises(NotFound):
        dictaphones.remove(practice, people.technique, "0000000000")


@pytest.mark.parametrize(
    ("who", "whose", "may"),
    [
        ("technique", "lambert", True), ("claire", "garnier", True), ("lambert", "lambert", True),
        ("lambert", "garnier", False), ("garnier", "lambert", False), ("archives", "lambert", False),
    ],
)  # fmt: skip
def test_who_keeps_whose_dictaphones(
    practice: Practice, people: People, engine: OnTheSpot, who: str, whose: str, may: bool
):
    asked = {"doctor": whose, "author": "X1", "password": "1234", "submit": engine.submit}
    key, _ = dictaphones.add(practice, people.technique, **{**asked, "author": "X0"})
    if may:
        assert dictaphones.add(practice, getattr(people, who), **asked)[0]
        dictaphones.remove(practice, getattr(people, who), key)
        return
    with pytest.raises(AccessDenied):
        dictaphones.add(practice, getattr(people, who), **asked)
    with pytest.raises(AccessDenied):
        dictaphones.remove(practice, getattr(people, who), key)
    assert [one["id"] for one in dictaphones.listing(practice, people.technique)] == [key]


# --- recordings that a password protects ------------------------------------------------------------------------------


def test_a_locked_recording_opens_at_once_with_its_doctors_password(
    practice: Practice, people: People, engine: OnTheSpot
):
    add(practice, people, engine, password="wrong")
    add(practice, people, engine, password=PASSWORD)
    key = drop(practice, engine, locked_ds2())
    assert state(practice, key) == ("received", "")
    assert kept_password(practice, key) == PASSWORD
    assert [job.subject for job in engine.jobs] == [key]


def test_the_password_of_its_dictaphones_doctor_is_tried_at_the_top_of_the_inbox(
    practice: Practice, people: People, engine: OnTheSpot
):
    add(practice, people, engine, author="DR-LAMB", password=PASSWORD)
    key = drop(practice, engine, locked_ds2(), folder="")
    assert (row(practice, key)["doctor"], row(practice, key)["state"]) == (people.lambert.doctor, "received")
    other = drop(practice, engine, locked_ds2(author=b"INCONNU"), folder="", name="autre.ds2")
    assert state(practice, other) == ("refused-file", "E024")


def test_one_that_nothing_opens_waits_with_its_sound_and_no_job(practice: Practice, people: People, engine: OnTheSpot):
    data = locked_ds2()
    key = drop(practice, engine, data)
    assert state(practice, key) == ("refused-file", "E024")
    assert practice.objects.get(row(practice, key)["audio"]) == data
    assert engine.jobs == []
    with pytest.raises(ReviewRefused) as refused:
        arrival.resume(practice, people.claire, key, engine.submit)
    assert refused.value.advice == errors.advice("E024")
    assert (engine.jobs, row(practice, key)["password"]) == ([], None)


def test_a_password_given_later_opens_what_waits_and_what_the_dictaphone_signed(
    practice: Practice, people: People, engine: OnTheSpot
):
    mine = drop(practice, engine, locked_ds2())
    top = drop(practice, engine, locked_ds2(job=99), folder="")
    claimed = drop(practice, engine, locked_ds2("other", job=100))
    theirs = drop(practice, engine, locked_ds2(author=b"DR-GARN"), folder="garnier")
    _, again = add(practice, people, engine, author="DR-LAMB", password=PASSWORD)
    assert again == 2
    assert {job.subject for job in engine.jobs} == {mine, top}
    assert row(practice, top)["doctor"] == people.lambert.doctor
    assert state(practice, claimed) == ("refused-file", "E027"), "a password is known, and it is not that one"
    assert state(practice, theirs) == ("refused-file", "E024")
    assert add(practice, people, engine, author="DR-LAMB", password=PASSWORD)[1] == 0


def test_one_that_two_doctors_may_claim_is_opened_for_neither(practice: Practice, people: People, engine: OnTheSpot):
    add(practice, people, engine, author="DR-LAMB")
    key = drop(practice, engine, locked_ds2(), folder="garnier")
    assert json.loads(row(practice, key)["remarks"]) == ["two-doctors"]
    assert add(practice, people, engine, password=PASSWORD)[1] == 0
    assert row(practice, key)["doctor"] is None


def test_one_that_two_doctors_may_claim_stays_so_when_it_is_dropped_again(
    practice: Practice, people: People, engine: OnTheSpot
):
    add(practice, people, engine, author="DR-LAMB")
    key = drop(practice, engine, locked_ds2(), folder="garnier")
    add(practice, people, engine, password=PASSWORD)
    assert drop(practice, engine, locked_ds2(), folder="") == key
    found = row(practice, key)
    assert (found["state"], found["doctor"]) == ("received", None)


def test_a_person_unlocks_one_and_the_doctors_others_go_on(practice: Practice, people: People, engine: OnTheSpot):
    first = drop(practice, engine, locked_ds2())
    second = drop(practice, engine, locked_ds2(job=99), name="e.ds2")
    with pytest.raises(WrongPassword) as refused:
        dictaphones.unlock(practice, people.claire, first, "mauvais", engine.submit)
    assert "Ce mot de passe" in refused.value.advice
    assert state(practice, first) == ("refused-file", "E027")
    assert dictaphones.listing(practice, people.claire) == []
    assert dictaphones.unlock(practice, people.claire, first, PASSWORD, engine.submit) == 2
    assert {job.subject for job in engine.jobs} == {first, second}
    (one,) = dictaphones.listing(practice, people.claire)
    assert (one["doctor"], one["author"], one["password"]) == (people.lambert.doctor, "dr-lamb", True)
    third = drop(practice, engine, locked_ds2(job=100), name="f.ds2")
    assert state(practice, third) == ("received", "")
    with pytest.raises(ReviewRefused):
        dictaphones.unlock(practice, people.claire, first, PASSWORD, engine.submit)


def test_one_of_no_known_doctor_is_unlocked_alone(practice: Practice, people: People, engine: OnTheSpot):
    key = drop(practice, engine, locked_ds2(author=b"INCONNU"), folder="")
    assert dictaphones.unlock(practice, people.claire, key, PASSWORD, engine.submit) == 1
    assert (kept_password(practice, key), dictaphones.listing(practice, people.claire)) == (PASSWORD, [])


@pytest.mark.parametrize("author", [b"DICT", b"DR-GARN"])
def test_unlocking_never_gives_a_doctor_an_author_that_others_write(
    practice: Practice, people: People, engine: OnTheSpot, author: bytes
):
    key = drop(practice, engine, locked_ds2(author=author))
    if author == b"DR-GARN":
        add(practice, people, engine, doctor="garnier", author="DR-GARN")
    dictaphones.unlock(practice, people.claire, key, PASSWORD, engine.submit)
    mine = [one for one in dictaphones.listing(practice, people.claire) if one["doctor"] == people.lambert.doctor]
    assert [(one["author"], one["password"]) for one in mine] == [("", True)]


@pytest.mark.parametrize("who", ["garnier", "technique", "archives"])
def test_who_does_not_reach_a_recording_does_not_unlock_it(
    practice: Practice, people: People, engine: OnTheSpot, who: str
):
    key = drop(practice, engine, locked_ds2())
    with pytest.raises(NotFound):
        dictaphones.unlock(practice, getattr(people, who), key, PASSWORD, engine.submit)
    assert engine.jobs == []


def test_one_that_is_open_may_still_wait_for_a_person(practice: Practice, people: People, engine: OnTheSpot):
    key = drop(practice, engine, locked_ds2(holds=OversizedAudio.code))
    with pytest.raises(ReviewRefused) as refused:
        dictaphones.unlock(practice, people.claire, key, PASSWORD, engine.submit)
    assert errors.advice(OversizedAudio.code) in refused.value.advice
    assert (state(practice, key), engine.jobs) == (("refused-file", OversizedAudio.code), [])
    arrival.resume(practice, people.claire, key, engine.submit)
    assert (state(practice, key)[0], kept_password(practice, key)) == ("received", PASSWORD)


def test_one_that_is_cut_once_it_is_open_is_never_listened_to(practice: Practice, people: People, engine: OnTheSpot):
    key = drop(practice, engine, locked_ds2(holds="cut"))
    with pytest.raises(ReviewRefused) as refused:
        dictaphones.unlock(practice, people.claire, key, PASSWORD, engine.submit)
    assert errors.advice(TruncatedAudio.code) in refused.value.advice
    assert state(practice, key) == ("refused-file", TruncatedAudio.code)
    with pytest.raises(ReviewRefused):
        arrival.resume(practice, people.claire, key, engine.submit)
    assert engine.jobs == []


def test_what_patience_left_is_taken_up_within_the_hour(
    practice: Practice, people: People, engine: OnTheSpot, monkeypatch: pytest.MonkeyPatch
):
    keys = {drop(practice, engine, locked_ds2(job=job), name=f"{job}.ds2") for job in range(3)}
    with monkeypatch.context() as hurried:
        hurried.setattr("pipeline.locked.time.monotonic", iter(range(0, 1000, 15)).__next__)
        assert add(practice, people, engine, password=PASSWORD)[1] == 1
    assert outage.begin_again(practice, engine.submit) == 2
    assert outage.begin_again(practice, engine.submit) == 0
    assert {job.subject for job in engine.jobs} == keys


def test_one_whose_sound_is_damaged_keeps_nothing_else_from_going_on(
    practice: Practice, people: People, engine: OnTheSpot
):
    damaged = drop(practice, engine, locked_ds2(job=1), name="1.ds2")
    after, stopped = drop(practice, engine, locked_ds2(job=2), name="2.ds2"), drop(practice, engine, plain_ds2())
    practice.objects.destroy(row(practice, damaged)["audio"])
    with practice.begin() as connection:
        store.move_dictation(connection, stopped, "refused-file", reason=min(outage.CODES))
    assert add(practice, people, engine, password=PASSWORD)[1] == 1
    assert outage.begin_again(practice, engine.submit) == 1
    assert [state(practice, key)[0] for key in (damaged, after, stopped)] == ["refused-file", "received", "received"]


def test_two_who_unlock_at_once_queue_it_once(practice: Practice, people: People, engine: OnTheSpot):
    key = drop(practice, engine, locked_ds2())
    before = row(practice, key)
    assert locked.take_up(practice, engine.submit, before, [PASSWORD], by="a") == ""
    engine.jobs.clear()
    locked.take_up(practice, engine.submit, before, [PASSWORD], by="b")
    assert engine.jobs == []


def test_one_dropped_again_once_its_password_is_known_goes_on(practice: Practice, people: People, engine: OnTheSpot):
    data = locked_ds2()
    key = drop(practice, engine, data)
    with practice.begin() as connection:
        kept = {"doctor": people.lambert.doctor, "password": practice.objects.put(PASSWORD.encode())}
        connection.execute(tables.dictaphone.insert().values(id="D000000001", **kept))
    assert drop(practice, engine, data, name="encore.ds2") == key
    assert (state(practice, key)[0], kept_password(practice, key)) == ("received", PASSWORD)
    assert len(engine.jobs) == 1


# --- the command, and what is written of a password -------------------------------------------------------------------


def command(practice: Practice, *words: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, [*words, "--home", str(practice.home)], input=typed)
    ours = errors.known(done.exception) if done.exception else None
    if ours is None and done.exception:
        raise done.exception
    return (ours.exit_code, ours.advice) if ours else (done.exit_code, done.output)


def test_the_password_is_asked_unseen_or_given_by_the_environment(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    code, told = command(practice, "dictaphones", "add", "lambert", "--password", typed=f"{PASSWORD}\n")
    assert (code, PASSWORD in told) == (0, False)
    monkeypatch.setenv("COPISTE_DICTAPHONE_PASSWORD", PASSWORD + "2")
    assert command(practice, "dictaphones", "add", "lambert", "--author", "DR-LAMB")[0] == 0
    with practice.look() as connection:
        known = dictaphones.passwords(connection, practice, doctor=people.lambert.doctor, author="DR-LAMB")
    assert known == (PASSWORD + "2", PASSWORD)
    code, told = command(practice, "dictaphones", "list", "--json")
    assert [(one["author"], one["password"]) for one in json.loads(told)] == [("", True), ("dr-lamb", True)]
    assert PASSWORD not in told
    key = json.loads(told)[0]["id"]
    assert command(practice, "dictaphones", "remove", key)[0] == 0
    monkeypatch.delenv("COPISTE_DICTAPHONE_PASSWORD")
    assert command(practice, "dictaphones", "add", "lambert") == (181, BadDictaphone.advice)


def test_no_password_is_written_anywhere_in_clear(
    practice: Practice, people: People, engine: OnTheSpot, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    key = drop(practice, engine, locked_ds2())
    with pytest.raises(WrongPassword) as refused:
        dictaphones.unlock(practice, people.claire, key, f"{PASSWORD}-faux", engine.submit)
    dictaphones.unlock(practice, people.claire, key, PASSWORD, engine.submit)
    add(practice, people, engine, author="X1", password=f"{PASSWORD}-encore")
    said = [str(refused.value), refused.value.advice, caplog.text]
    assert not any(PASSWORD in one for one in said)
    practice.database.dispose()
    practice.vault.dispose()
    # the file that was dropped holds it: the stand-in for a cipher is in `taken/`, and nowhere else
    written = [path for path in practice.home.rglob("*") if path.is_file() and path.parent.name != "taken"]
    assert len(written) > 5
    assert [path.name for path in written if PASSWORD.encode() in path.read_bytes()] == []


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="real recordings are not here")
def test_a_real_locked_recording_is_opened_with_its_doctors_password(
    practice: Practice, people: People, engine: OnTheSpot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.undo()
    data = (SAMPLES / "encrypted_aes128.ds2").read_bytes()
    key = drop(practice, engine, data)
    assert state(practice, key) == ("refused-file", "E024")
    with pytest.raises(WrongPassword):
        dictaphones.unlock(practice, people.claire, key, "4321", engine.submit)
    assert dictaphones.unlock(practice, people.claire, key, "1234", engine.submit) == 1
    found = row(practice, key)
    assert (found["state"], round(found["seconds"], 1), found["author"]) == ("received", 39.7, "DICTATE")
    assert practice.objects.get(found["password"]) == b"1234"
    other = drop(practice, engine, (SAMPLES / "encrypted_aes256.ds2").read_bytes())
    assert state(practice, other) == ("received", "")
    assert os.listdir(practice.place("inbox") / "lambert") == []
