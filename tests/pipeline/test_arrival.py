import os
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline import arrival, shelves, store
from pipeline.errors import NotFound, ReviewRefused
from pipeline.practice import Practice
from pipeline.status import status
from tests.fakes import OnTheSpot, People

SOUND = (Path(__file__).parent.parent / "data" / "00_courte.flac").read_bytes()


def drop(practice: Practice, data: bytes, *, folder: str = "lambert", name: str = "d.flac") -> Path:
    path = practice.place("inbox") / folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_file_becomes_a_row_and_a_job_for_the_doctor_of_its_folder(practice: Practice, people: People):
    engine = OnTheSpot(practice)
    outcome = arrival.taker(practice, engine.submit)(drop(practice, SOUND), folder="lambert")
    assert outcome.state == "taken"
    with practice.begin() as connection:
        (row,) = store.dictations(connection)
    assert (row["state"], row["doctor"], row["name"]) == ("received", people.lambert.doctor, "d.flac")
    assert practice.objects.get(row["audio"]) == SOUND
    assert [(job.stretch, job.subject) for job in engine.jobs] == [("draft", row["id"])]


def test_an_unknown_folder_asks_a_person(practice: Practice):
    arrival.taker(practice, OnTheSpot(practice).submit)(drop(practice, SOUND, folder="nobody"), folder="nobody")
    with practice.begin() as connection:
        (row,) = store.dictations(connection)
    assert row["doctor"] is None


def test_the_same_bytes_twice_are_one_dictation(practice: Practice):
    engine = OnTheSpot(practice)
    take = arrival.taker(practice, engine.submit)
    assert take(drop(practice, SOUND), folder="lambert").state == "taken"
    assert take(drop(practice, SOUND, name="other.flac"), folder="lambert").state == "known"
    assert len(engine.jobs) == 1


def test_a_crash_before_the_row_leaves_the_file_and_nothing_else(practice: Practice):
    def submit(connection: object, job: object) -> None:
        raise RuntimeError("killed")

    path = drop(practice, SOUND)
    with pytest.raises(RuntimeError):
        arrival.taker(practice, submit)(path, folder="lambert")
    assert path.read_bytes() == SOUND
    with practice.begin() as connection:
        assert store.dictations(connection) == []
    assert arrival.taker(practice, OnTheSpot(practice).submit)(path, folder="lambert").state == "taken"


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "vide.mp3", "vide"),
        (b"", "vide.wav", "vide"),
        (b"Bonjour, ceci est un texte.\n" * 50, "texte.wav", "pas un enregistrement"),
        (SOUND[: len(SOUND) // 2], "tronque.flac", "incomplet"),
    ],
)
def test_a_bad_file_is_kept_aside_with_a_french_reason_and_shown(practice: Practice, data: bytes, name: str, said: str):
    path = drop(practice, data, name=name)
    take = arrival.taker(practice, OnTheSpot(practice).submit)
    assert take(path, folder="lambert").state == "refused"
    kept = sorted(practice.place("refused").iterdir(), key=lambda one: one.suffix == ".txt")
    assert kept[0].read_bytes() == data
    assert said in kept[1].read_text(encoding="utf-8")
    assert not path.exists()
    (item,) = status(practice)["items"]
    assert item["state"] == "refused-file"
    assert said in item["reason"]
    drop(practice, data, name=name)
    take(path, folder="lambert")
    assert len(status(practice)["items"]) == 1


def test_an_original_leaves_when_its_days_are_over_and_its_copy_is_whole(practice: Practice):
    arrival.taker(practice, OnTheSpot(practice).submit)(drop(practice, SOUND), folder="lambert")
    (original,) = practice.place("taken").iterdir()
    assert arrival.tidy(practice) == 0
    long_ago = time.time() - 40 * 86400
    os.utime(original, (long_ago, long_ago))
    (practice.place("taken") / "unknown.flac").write_bytes(b"never received")
    os.utime(practice.place("taken") / "unknown.flac", (long_ago, long_ago))
    assert arrival.tidy(practice) == 1
    assert [path.name for path in practice.place("taken").iterdir()] == ["unknown.flac"]


def test_an_original_stays_when_its_copy_cannot_be_read_back(practice: Practice):
    arrival.taker(practice, OnTheSpot(practice).submit)(drop(practice, SOUND), folder="lambert")
    (original,) = practice.place("taken").iterdir()
    long_ago = time.time() - 40 * 86400
    os.utime(original, (long_ago, long_ago))
    for stored in practice.place("store").rglob("*"):
        if stored.is_file():
            stored.chmod(0o600)
            stored.write_bytes(b"damaged")
    assert arrival.tidy(practice) == 0
    assert original.exists()


def only(practice: Practice) -> sa.RowMapping:
    with practice.begin() as connection:
        (row,) = store.dictations(connection, states=(*store.WORKING, "replaced"))
        return row


def failed(practice: Practice, engine: OnTheSpot) -> str:
    arrival.taker(practice, engine.submit)(drop(practice, SOUND), folder="lambert")
    engine.jobs.clear()
    with practice.begin() as connection:
        (row,) = store.dictations(connection)
        store.move_dictation(connection, row["id"], "refused-file", reason="E031")
    return row["id"]


def test_a_recording_that_failed_is_tried_again_when_it_is_dropped_again(practice: Practice):
    engine = OnTheSpot(practice)
    key = failed(practice, engine)
    assert arrival.taker(practice, engine.submit)(drop(practice, SOUND), folder="lambert").state == "taken"
    assert (only(practice)["state"], only(practice)["reason"]) == ("received", "")
    assert [(job.stretch, job.subject) for job in engine.jobs] == [("draft", key)]
    assert engine.jobs[0].round > 1


def test_a_person_tries_a_failed_recording_again(practice: Practice, people: People):
    engine = OnTheSpot(practice)
    key = failed(practice, engine)
    with pytest.raises(NotFound):  # another doctor's: as if it did not exist
        arrival.resume(practice, people.garnier, key, engine.submit)
    arrival.resume(practice, people.claire, key, engine.submit)
    assert only(practice)["state"] == "received"
    assert [job.subject for job in engine.jobs] == [key]
    with pytest.raises(ReviewRefused):
        arrival.resume(practice, people.claire, key, engine.submit)


def test_a_file_dealt_with_leaves_the_lists_and_comes_back_if_it_is_dropped_again(practice: Practice, people: People):
    take = arrival.taker(practice, OnTheSpot(practice).submit)
    take(drop(practice, b"", name="vide.wav"), folder="lambert")
    with pytest.raises(ReviewRefused):
        arrival.resume(practice, people.claire, only(practice)["id"], OnTheSpot(practice).submit)
    arrival.dismiss(practice, people.claire, only(practice)["id"])
    assert status(practice)["items"] == []
    take(drop(practice, b"", name="vide.wav"), folder="lambert")
    assert only(practice)["state"] == "refused-file"


def test_a_refused_file_does_not_make_the_archive_look_damaged(practice: Practice, people: People):
    arrival.taker(practice, OnTheSpot(practice).submit)(drop(practice, b"", name="vide.wav"), folder="lambert")
    assert shelves.verify(practice, people.archives)["ok"]


def test_nothing_is_taken_while_the_disk_is_short_of_room_and_all_of_it_afterwards(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    engine = OnTheSpot(practice)
    take = arrival.taker(practice, engine.submit)
    path = drop(practice, SOUND)
    room = practice.settings.storage.reserve_megabytes * 1_000_000
    with monkeypatch.context() as short:
        short.setattr("pipeline.disk.free", lambda _: room - 1)
        for _ in range(3):
            outcome = take(path, folder="lambert")
            assert outcome.state == "waiting"
            assert "place" in outcome.reason
        assert any("place" in one for one in status(practice)["notices"])
    assert [one.message for one in caplog.records] == ["the disk is short of room: nothing is taken"]
    assert path.read_bytes() == SOUND
    assert list(practice.place("taken").iterdir()) == []
    monkeypatch.setattr("pipeline.disk.free", lambda _: room)
    assert take(path, folder="lambert").state == "taken"
    assert status(practice)["notices"] == []
    assert len(engine.jobs) == 1


def test_a_watched_file_waits_for_room_however_long_and_is_then_taken(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
):
    from pipeline.watcher import Root, Watcher

    now = [0.0]
    take = arrival.taker(practice, OnTheSpot(practice).submit)
    root = Root(path=practice.place("inbox"))
    watcher = Watcher([root], take, stable_seconds=1, patience_seconds=2, clock=lambda: now[0])
    path = drop(practice, b"not a recording", name="texte.wav")  # refused once its patience is over, but not for room
    monkeypatch.setattr("pipeline.disk.free", lambda _: 0)
    for second in range(20):
        now[0] = float(second)
        assert watcher.scan() == []
    assert path.exists()
    assert list(practice.place("refused").iterdir()) == []
    monkeypatch.undo()
    now[0] = 40.0
    assert [one.state for one in watcher.scan()] == ["refused"]
