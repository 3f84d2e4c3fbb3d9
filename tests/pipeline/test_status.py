"""What `copiste status` says: the queue and its times, what nobody looks at, and to whom a file's name is shown."""

from datetime import timedelta
from typing import Any

import pytest

from archive.ids import new_id
from pipeline import accounts, disk, errors, presence, store, tables
from pipeline.access import OPERATOR
from pipeline.practice import Practice
from pipeline.status import FORGOTTEN, UNSEEN, notices, status
from pipeline.story import Means
from tests.fakes import OnTheSpot, People, Reciter, received
from tests.pipeline.cast import join, now

FILE = "MARTIN Paul.ds2"


def add(practice: Practice, **values: Any) -> str:
    """A dictation, received now unless said otherwise."""
    key, moment = new_id(), store.now()
    row = {"id": key, "sha256": key, "audio": "a" * 64, "name": FILE, "state": "received", "seconds": 100.0}
    row |= {"received": moment, "due": moment + timedelta(hours=3), "since": moment} | values
    with practice.begin() as connection:
        connection.execute(tables.dictation.insert().values(**row))
    return key


def learn(practice: Practice) -> None:
    """Past work: twenty seconds for any dictation, and one second for two of sound."""
    for n in range(8):
        add(practice, state="drafted", seconds=60.0 + 20 * n, work_seconds=20 + 0.5 * (60 + 20 * n))


def watch(practice: Practice, **values: Any) -> None:
    row = {"id": new_id(), "machine": "ACCUEIL", "path": "/srv/dictees", "mode": "polling", "looked": store.now()}
    with practice.begin() as connection:
        connection.execute(tables.watched.insert().values(**row | values))


def told(practice: Practice, actor=OPERATOR) -> str:
    return "\n".join(status(practice, actor)["notices"])


def seconds(practice: Practice) -> dict[str, float | None]:
    return {one["id"]: one["estimate_seconds"] for one in status(practice)["items"]}


def test_the_queue_is_told_in_its_order_and_learned_from_this_machine(practice: Practice):
    learn(practice)
    moment = store.now()
    ordinary = add(practice)
    urgent = add(practice, due=moment + timedelta(minutes=5), seconds=40.0)
    begun = add(practice, state="transcribing", since=moment - timedelta(seconds=30), due=moment + timedelta(hours=9))
    with presence.present(practice, "work"):
        found = seconds(practice)
    assert found[begun] == pytest.approx(40, abs=5)
    assert found[urgent] == pytest.approx(80, abs=5)
    assert found[ordinary] == pytest.approx(150, abs=5)


def test_two_workers_halve_the_wait_and_nobody_promises_nothing(practice: Practice):
    learn(practice)
    first, second = add(practice), add(practice)
    with presence.present(practice, "work"), presence.present(practice, "run"):
        assert seconds(practice) == {first: 70, second: 70}
    with presence.present(practice, "serve"):
        assert seconds(practice) == {first: None, second: None}


def test_the_work_of_a_dictation_is_the_whole_stretch_not_the_listening_alone(practice: Practice, people: People):
    from pipeline import story

    engine = OnTheSpot(practice)
    key = received(practice, engine, b"sound", doctor=people.lambert.doctor)
    with practice.begin() as connection:
        store.move_dictation(connection, key, "transcribing")
        begun = store.now() - timedelta(minutes=7)
        connection.execute(tables.dictation.update().where(tables.dictation.c.id == key).values(since=begun))
    means = Means(practice=practice, transcriber=Reciter())
    heard = practice.keep(means.transcriber.transcribe(practice.home))
    with practice.begin() as connection:
        story._drafted(connection, practice, key, heard, ["", "[]"], [])
        row = store.one(connection, tables.dictation, key)
    assert row["work_seconds"] == pytest.approx(420, abs=20)


def test_dictations_that_wait_while_nothing_transcribes_are_said(practice: Practice):
    add(practice)
    add(practice)
    with presence.present(practice, "serve"):
        assert "2 dictées attendent, et aucune machine ne transcrit" in told(practice)
    with presence.present(practice, "work"):
        assert "aucune machine" not in told(practice)


# --- files to check --------------------------------------------------------------------------------------------------


def test_each_file_to_check_has_its_sentence_and_the_people_who_have_it_on_their_list(
    practice: Practice, people: People
):
    join(practice, "anne", "secretary")
    with practice.begin() as connection:
        accounts.add_scope(connection, "anne", doctor=people.garnier.doctor)
    key = add(practice, state="refused-file", reason="E024", doctor=people.lambert.doctor)
    (file,) = status(practice)["files"]
    assert (file["id"], file["code"], file["kept"], file["doctor"]) == (key, "E024", True, "Hélène Lambert")
    assert file["reason"] == errors.EncryptedAudio.advice
    assert file["readers"] == ["Claire", "Lambert"]
    (item,) = status(practice)["items"]
    assert item["reason"] == file["reason"]


def test_the_name_of_a_file_is_only_for_those_who_may_deal_with_it(practice: Practice, people: People):
    add(practice, state="refused-file", reason="E022", audio="", doctor=people.lambert.doctor)
    for who, named in ((people.claire, True), (people.lambert, True), (people.garnier, False),
                       (people.technique, False), (OPERATOR, False)):  # fmt: skip
        assert (FILE in str(status(practice, who))) == named, who.id


def test_a_file_that_is_on_nobody_s_list_is_said(practice: Practice, people: People):
    add(practice, state="refused-file", reason="E022", audio="", doctor=None)
    assert "sur la liste de personne" not in told(practice)
    with practice.begin() as connection:
        accounts.add_scope(connection, "claire", doctor=people.lambert.doctor)
    assert "ne sont sur la liste de personne : 1" in told(practice)
    assert status(practice)["files"][0]["readers"] == []


def test_recordings_dropped_again_are_counted_until_someone_saw_them(practice: Practice, people: People):
    key = add(practice, doctor=people.lambert.doctor)
    with practice.begin() as connection:
        row = {"dictation": key, "source": "s", "at": store.now(), "name": FILE}
        connection.execute(tables.duplicate.insert().values(id=new_id(), **row))
    assert "déposés une seconde fois, à voir sur la liste de travail : 1" in told(practice)
    assert FILE not in told(practice)
    with practice.begin() as connection:
        connection.execute(tables.duplicate.update().values(seen=store.now()))
    assert "seconde fois" not in told(practice)


# --- watched folders, room, people -----------------------------------------------------------------------------------


def test_a_folder_that_is_well_is_listed_and_says_nothing(practice: Practice):
    watch(practice, waiting=3)
    (root,) = status(practice)["roots"]
    assert list(root) == ["machine", "path", "mode", "looked", "waiting", "problem"]
    assert (root["mode"], root["waiting"], root["problem"]) == ("polling", 3, "")
    with presence.present(practice, "run"):
        assert told(practice) == ""


def test_a_folder_with_a_problem_is_said_in_french(practice: Practice):
    watch(practice, problem="E176", since=store.now())
    assert f"« /srv/dictees » (ACCUEIL). {errors.RootAway.advice}" in told(practice)
    assert status(practice)["roots"][0]["problem"] == errors.RootAway.advice


@pytest.mark.parametrize(
    ("age", "said"),
    [(timedelta(minutes=1), False), (UNSEEN + timedelta(minutes=1), True), (timedelta(days=3), True),
     (FORGOTTEN + timedelta(days=1), False)],
)  # fmt: skip
def test_a_folder_that_nobody_watches_any_more_is_said_until_its_machine_is_forgotten(
    practice: Practice, age: timedelta, said: bool
):
    watch(practice, looked=store.now() - age)
    with presence.present(practice, "serve"):
        assert ("n'est plus surveillé depuis le" in told(practice)) == said
    assert "n'est plus surveillé" not in told(practice)  # nothing is at work: that is said instead


def test_files_that_wait_for_room_are_counted(practice: Practice, monkeypatch: pytest.MonkeyPatch):
    watch(practice, waiting=12)
    assert "12" not in told(practice)
    monkeypatch.setattr(Practice, "is_short_of_room", lambda self: True)
    assert disk.DiskShort.advice in told(practice)
    assert "attendent de la place sur le disque : 12" in told(practice)


def test_a_doctor_nobody_types_for_is_said_to_those_it_concerns(practice: Practice, people: People):
    assert "ne tape pour" not in told(practice)
    with practice.begin() as connection:
        accounts.add_scope(connection, "claire", doctor=people.lambert.doctor)
    claire = now(practice, "claire")
    assert "ne tape pour Dr Paul Garnier" in told(practice)
    assert "Lambert" not in told(practice)
    with presence.present(practice, "serve"):
        said = {who.id: any("Garnier" in one for one in notices(practice, who, ("serve",)))
                for who in (people.garnier, people.lambert, claire, people.technique)}  # fmt: skip
    assert list(said.values()) == [True, False, False, True]
