import json
import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline import arrival, disk, errors, inbox, shelves, store, tables
from pipeline.access import Actor
from pipeline.arrival import taken
from pipeline.errors import AccessDenied, NotFound, OversizedAudio, ReviewRefused, SilentAudio
from pipeline.inbox import Outcome
from pipeline.inbox.watcher import Root, Watcher
from pipeline.machine import diagnostic
from pipeline.practice import Practice, open_practice
from pipeline.sound import audio
from pipeline.status import status
from tests.fakes import OnTheSpot, People
from tests.pipeline.lived import needs_postgres, servers
from tests.pipeline.protected import install, plain_ds2
from tests.pipeline.sounds import wav
from tests.pipeline.test_watcher import Clock

SOUND = (Path(__file__).parent.parent / "data" / "00_courte.flac").read_bytes()


def drop(practice: Practice, data: bytes, *, folder: str = "lambert", name: str = "d.flac") -> Path:
    path = practice.place("inbox") / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def take(
    practice: Practice, engine: OnTheSpot, data: bytes, *, folder: str = "lambert", name: str = "d.flac", at: float = 0
) -> Outcome:
    """Drop and take; `at` is the date of the file."""
    path = drop(practice, data, folder=folder, name=name)
    if at:
        os.utime(path, (at, at))
    return arrival.taker(practice, engine.submit)(path, folder=folder)


def every(practice: Practice, *states: str) -> list[sa.RowMapping]:
    with practice.look() as connection:
        return list(store.dictations(connection, states=states or store.WORKING))


def duplicates(practice: Practice) -> list[sa.RowMapping]:
    with practice.look() as connection:
        return list(connection.execute(sa.select(tables.duplicate)).mappings())


def again(practice: Practice, settings: str) -> Practice:
    """The same practice with more settings."""
    (practice.home / "copiste.toml").write_text("[intake]\nstable_seconds = 0.2\n" + settings, encoding="utf-8")
    return open_practice(practice.home)


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
    first = take(practice, engine, SOUND)
    second = take(practice, engine, SOUND, name="other.flac")
    assert [(one.state, one.id) for one in (first, second)] == [("taken", first.id), ("known", first.id)]
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
    taker = arrival.taker(practice, OnTheSpot(practice).submit)
    assert taker(path, folder="lambert").state == "refused"
    kept = sorted(practice.place("refused").iterdir(), key=lambda one: one.suffix == ".txt")
    assert kept[0].read_bytes() == data
    assert said in kept[1].read_text(encoding="utf-8")
    assert not path.exists()
    (item,) = status(practice)["items"]
    assert item["state"] == "refused-file"
    assert said in item["reason"]
    drop(practice, data, name=name)
    taker(path, folder="lambert")
    assert len(status(practice)["items"]) == 1


def test_an_original_leaves_when_its_days_are_over_and_its_copy_is_whole(practice: Practice):
    arrival.taker(practice, OnTheSpot(practice).submit)(drop(practice, SOUND), folder="lambert")
    (original,) = practice.place("taken").iterdir()
    long_ago = time.time() - 40 * 86400
    os.utime(original, (long_ago, long_ago))  # the dictaphone's date, on a file that was moved
    assert arrival.tidy(practice) == 0
    received_long_ago(practice)
    (practice.place("taken") / "unknown.flac").write_bytes(b"never received")
    os.utime(practice.place("taken") / "unknown.flac", (long_ago, long_ago))
    assert arrival.tidy(practice) == 1
    assert [path.name for path in practice.place("taken").iterdir()] == ["unknown.flac"]


def test_an_original_stays_when_its_copy_cannot_be_read_back(practice: Practice):
    arrival.taker(practice, OnTheSpot(practice).submit)(drop(practice, SOUND), folder="lambert")
    (original,) = practice.place("taken").iterdir()
    received_long_ago(practice)
    for stored in practice.place("store").rglob("*"):
        if stored.is_file():
            stored.chmod(0o600)
            stored.write_bytes(b"damaged")
    assert arrival.tidy(practice) == 0
    assert original.exists()


def received_long_ago(practice: Practice) -> None:
    with practice.begin() as connection:
        connection.execute(tables.dictation.update().values(received=store.now() - timedelta(days=40)))


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
    outcome = arrival.taker(practice, engine.submit)(drop(practice, SOUND), folder="lambert")
    assert (outcome.state, outcome.id) == ("known", key)
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


def test_a_recording_that_fails_at_once_may_be_tried_again_within_the_second(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    """The engine does no job twice: one of the same key would be taken for done, and the recording wait for ever."""
    engine, moments = OnTheSpot(practice), iter((1_800_000_000_004_000_000, 1_800_000_000_304_000_000))
    key = failed(practice, engine)
    monkeypatch.setattr(store.time, "time_ns", lambda: next(moments))
    for _ in range(2):
        arrival.resume(practice, people.claire, key, engine.submit)
        with practice.begin() as connection:
            store.move_dictation(connection, key, "refused-file", reason="E031")
    assert len({job.key for job in engine.jobs}) == 2


def test_a_file_dealt_with_leaves_the_lists_and_comes_back_if_it_is_dropped_again(practice: Practice, people: People):
    taker = arrival.taker(practice, OnTheSpot(practice).submit)
    taker(drop(practice, b"", name="vide.wav"), folder="lambert")
    with pytest.raises(ReviewRefused):
        arrival.resume(practice, people.claire, only(practice)["id"], OnTheSpot(practice).submit)
    arrival.dismiss(practice, people.claire, only(practice)["id"])
    assert status(practice)["items"] == []
    taker(drop(practice, b"", name="vide.wav"), folder="lambert")
    assert only(practice)["state"] == "refused-file"


def test_a_refused_file_does_not_make_the_archive_look_damaged(practice: Practice, people: People):
    arrival.taker(practice, OnTheSpot(practice).submit)(drop(practice, b"", name="vide.wav"), folder="lambert")
    assert shelves.verify(practice, people.archives)["ok"]


def test_nothing_is_taken_while_the_disk_is_short_of_room_and_all_of_it_afterwards(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    engine = OnTheSpot(practice)
    taker = arrival.taker(practice, engine.submit)
    path = drop(practice, SOUND)
    room = practice.settings.storage.reserve_megabytes * 1_000_000
    with monkeypatch.context() as short:
        short.setattr("pipeline.disk.free", lambda _: room - 1)
        for _ in range(3):
            outcome = taker(path, folder="lambert")
            assert outcome.state == "waiting"
            assert "place" in outcome.reason
        assert any("place" in one for one in status(practice)["notices"])
    assert [one.message for one in caplog.records] == ["the disk is short of room: nothing is taken"]
    assert path.read_bytes() == SOUND
    assert list(practice.place("taken").iterdir()) == []
    monkeypatch.setattr("pipeline.disk.free", lambda _: room)
    assert taker(path, folder="lambert").state == "taken"
    assert status(practice)["notices"] == []
    assert len(engine.jobs) == 1


def test_a_watched_file_waits_for_room_however_long_and_is_then_taken(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
):
    from pipeline.inbox.watcher import Root, Watcher

    now = [0.0]
    taker = arrival.taker(practice, OnTheSpot(practice).submit)
    root = Root(path=practice.place("inbox"))
    watcher = Watcher([root], taker, stable_seconds=1, patience_seconds=2, clock=lambda: now[0])
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


# --- what the row says ------------------------------------------------------------------------------------------------


def test_what_the_dictaphone_wrote_is_kept_and_routes(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    install(monkeypatch)
    monkeypatch.setattr(store, "now", lambda: datetime(2025, 10, 27, 9, tzinfo=UTC))
    engine, data = OnTheSpot(practice), plain_ds2(author=b"DR-LAMB", job=98, priority=2)
    with practice.begin() as connection:
        row = {"id": "D1", "doctor": people.lambert.doctor, "author": "dr-lamb"}
        connection.execute(tables.dictaphone.insert().values(row))
    take(practice, engine, data, folder="", name="DS01.ds2")
    (row,) = every(practice)
    assert (row["doctor"], row["author"], row["job"], row["comment"]) == (
        people.lambert.doctor, "DR-LAMB", 98, "post-op",
    )  # fmt: skip
    assert row["recorded"] == datetime(2025, 10, 26, 22, 52, 1, tzinfo=UTC), "23 h 52 in Paris, once winter time began"
    assert (row["urgent"], row["size"], row["seconds"]) == (True, len(data), 9.0)
    assert row["due"] - row["received"] == timedelta(minutes=practice.settings.review.urgent_minutes)
    assert row["source"]
    assert engine.jobs[0].due == row["due"]


def test_a_folder_and_a_dictaphone_that_disagree_leave_it_to_a_person(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    install(monkeypatch)
    with practice.begin() as connection:
        row = {"id": "D1", "doctor": people.lambert.doctor, "author": "dr-lamb"}
        connection.execute(tables.dictaphone.insert().values(row))
    take(practice, OnTheSpot(practice), plain_ds2(), folder="garnier", name="DS01.ds2")
    (row,) = every(practice)
    assert (row["doctor"], json.loads(row["remarks"])) == (None, ["two-doctors"])
    assert row["state"] == "received", "it is listened to all the same"


@pytest.mark.parametrize(
    ("promised", "hours"),
    [({}, 24.0), ({"doctor": 6.0}, 6.0), ({"rule": 2.0}, 2.0), ({"rule": 8.0, "doctor": 6.0}, 6.0)],
)
def test_it_is_due_by_the_shortest_promise(
    practice: Practice, people: People, promised: dict[str, float], hours: float
):
    rule = f'[[intake.rules]]\nfolder = "lambert*"\ndelay_hours = {promised["rule"]}\n' if "rule" in promised else ""
    place = again(practice, rule)
    with place.begin() as connection:
        whose = tables.doctor.c.id == people.lambert.doctor
        connection.execute(tables.doctor.update().where(whose).values(delay_hours=promised.get("doctor")))
    engine = OnTheSpot(place)
    take(place, engine, SOUND, folder="lambert/bloc")
    (row,) = every(place)
    assert row["due"] - row["received"] == timedelta(hours=hours)
    assert row["delay_hours"] == min(promised.values(), default=None)
    engine.run()
    with place.look() as connection:
        (letter,) = store.documents(connection)
    own = min(48.0, *promised.values()) if promised else 48.0
    assert letter["due"] - row["received"] == timedelta(hours=own), "the kind's own delay joins once it is known"
    place.close()


def test_a_rule_says_the_kind_and_its_delay_and_one_that_names_nothing_known_stops_nothing(
    practice: Practice, people: People, caplog: pytest.LogCaptureFixture
):
    place = again(practice, (
        '[[intake.rules]]\nname = "*bloc op*"\nkind = "operatoire"\nurgent = true\n'
        '[[intake.rules]]\nname = "*salle*"\nkind = "zyqu"\ndoctor = "zyqu"\n'
    ))  # fmt: skip
    problems = arrival.rule_problems(place)
    assert len(problems) == 2
    assert all("n° 2" in one and "« zyqu »" in one for one in problems)
    take(place, OnTheSpot(place), SOUND, name="Bloc OP 12.flac")
    assert "names an unknown doctor or kind" in caplog.text
    assert "zyqu" not in caplog.text
    take(place, OnTheSpot(place), wav(seed=2), name="salle.wav")
    first, second = every(place)
    assert (first["kind"], first["urgent"]) == ("operatoire", True)
    assert (second["kind"], second["doctor"], second["state"]) == (None, people.lambert.doctor, "received")
    assert arrival.rule_problems(practice) == ()
    found = diagnostic.examine(place.home, looks=[("Règles", diagnostic.rules.rules)]).findings
    assert [one.state for one in found] == ["fix", "fix"]
    assert "« zyqu »" in found[0].found
    assert diagnostic.examine(practice.home.parent, looks=[("Règles", diagnostic.rules.rules)]).ok
    place.close()


def test_the_agenda_is_that_of_the_day_it_was_dictated_and_the_letter_bears_the_day_it_came(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    engine = OnTheSpot(practice)
    take(practice, engine, SOUND)
    dictated = store.now() - timedelta(days=3)
    with practice.begin() as connection:
        connection.execute(tables.dictation.update().values(recorded=dictated))
    asked = []
    monkeypatch.setattr("pipeline.agenda.names", lambda connection, doctor, day: asked.append(day) or ())
    monkeypatch.setattr(
        "pipeline.recognition.recognised", lambda connection, one, *, doctor, day: asked.append(day) or one
    )
    engine.run()
    zone = practice.settings.zone
    assert set(asked) == {dictated.astimezone(zone).date()}
    with practice.look() as connection:
        (letter,) = store.documents(connection)
    assert letter["written"] == store.now().astimezone(zone).date()


# --- what waits for a person ------------------------------------------------------------------------------------------


def waiting(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, code: str, *, seconds: float = 9.0
) -> tuple[str, OnTheSpot]:
    """A recording that waits for this reason."""
    engine = OnTheSpot(practice)
    with monkeypatch.context() as read:
        found = replace(audio.inspect(drop(practice, SOUND)), waits=code, seconds=seconds)
        read.setattr("pipeline.locked.inspect", lambda *_: found)
        return take(practice, engine, SOUND).id, engine


@pytest.mark.parametrize("code", [OversizedAudio.code, SilentAudio.code])
def test_one_that_a_person_must_look_at_is_kept_without_a_job_until_they_say_so(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch, code: str
):
    key, engine = waiting(practice, monkeypatch, code, seconds=5 * 3600.0)
    (row,) = every(practice)
    assert (row["id"], row["state"], row["reason"]) == (key, "refused-file", code)
    assert practice.objects.get(row["audio"]) == SOUND
    assert engine.jobs == []
    arrival.resume(practice, people.claire, key, engine.submit)
    assert [job.subject for job in engine.jobs] == [key]
    assert every(practice)[0]["state"] == "received"


def test_one_that_lasts_more_than_twelve_hours_must_be_cut(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    key, engine = waiting(practice, monkeypatch, OversizedAudio.code, seconds=12 * 3600.0 + 1)
    with pytest.raises(ReviewRefused) as refused:
        arrival.resume(practice, people.claire, key, engine.submit)
    assert "découpez-le" in refused.value.advice
    assert engine.jobs == []


def test_what_is_left_in_a_folder_is_listed_until_it_is_gone_or_a_person_says_so(practice: Practice, people: People):
    left = Outcome(state="left", name="lien.wav", folder="lambert/bloc", code="E171", reason="x")
    arrival.told(practice, left)
    arrival.told(practice, left)
    (row,) = every(practice)
    assert (row["state"], row["reason"], row["name"]) == ("refused-file", "E171", "lambert/bloc/lien.wav")
    assert (row["doctor"], row["audio"]) == (people.lambert.doctor, "")
    with pytest.raises(ReviewRefused):
        arrival.resume(practice, people.claire, row["id"], OnTheSpot(practice).submit)
    arrival.told(practice, replace(left, state="gone", code=""))
    assert every(practice) == []
    arrival.told(practice, left)
    assert len(every(practice)) == 1, "it is back"
    arrival.dismiss(practice, people.claire, row["id"])
    arrival.told(practice, left)
    assert every(practice) == [], "a person knows"
    arrival.told(practice, replace(left, code="E174"))
    assert [one["reason"] for one in every(practice)] == ["E174"], "something else is wrong with it"
    assert shelves.verify(practice, people.archives)["ok"]


@pytest.mark.parametrize("state", ["waiting", "taken", "known", "refused", "gone"])
def test_nothing_else_that_is_told_makes_a_row(practice: Practice, state: inbox.State):
    arrival.told(practice, Outcome(state=state, name="x.wav", folder="lambert", code="E021"))
    assert every(practice, *store.WORKING, "replaced") == []


def test_what_could_be_taken_after_all_leaves_the_list(practice: Practice):
    for name, data in (("a.flac", SOUND), ("b.flac", b"")):
        arrival.told(practice, Outcome(state="left", name=name, folder="lambert", code="E174"))
        take(practice, OnTheSpot(practice), data, name=name)
    assert sorted((row["state"], row["reason"]) for row in every(practice)) == [
        ("received", ""), ("refused-file", "E021"),
    ]  # fmt: skip


def test_a_file_that_cannot_be_removed_stays_listed_however_often_it_is_tried_until_it_goes(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
):
    drop(practice, SOUND)
    clock = Clock()

    def looked(watcher: Watcher, times: int) -> list[str]:
        for _ in range(times):
            watcher.scan()
            clock.now += 6
        return [row["reason"] for row in every(practice) if not row["audio"]]

    def new() -> Watcher:
        take, told = arrival.taker(practice, OnTheSpot(practice).submit), partial(arrival.told, practice)
        return Watcher([Root(path=practice.place("inbox"))], take, stable_seconds=5, told=told, clock=clock)

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.inbox.originals.is_removed", lambda *_, **__: False)
        assert looked(watcher := new(), 3) == ["E175"]
        assert looked(watcher, 200) == ["E175"]
    assert looked(new(), 3) == [], "the program was started again meanwhile"
    assert not list(practice.place("inbox").glob("*/*"))


@pytest.mark.parametrize("cut", [0, 500, len(SOUND) // 2, len(SOUND) - 7])
def test_a_refusal_leaves_the_list_when_the_whole_file_arrives(practice: Practice, cut: int):
    engine = OnTheSpot(practice)
    assert take(practice, engine, SOUND[:cut]).state == "refused"
    (refused,) = every(practice)
    assert take(practice, engine, SOUND).state == "taken"
    assert [row["state"] for row in every(practice)] == ["received"]
    with practice.look() as connection:
        told = connection.execute(sa.select(tables.event).where(tables.event.c.subject == refused["id"])).mappings()
        assert [(one["actor"], one["action"], one["detail"]) for one in told] == [
            ("copiste", "dismiss", every(practice)[0]["id"])
        ]


def test_a_refusal_leaves_the_list_too_when_the_whole_file_is_one_that_is_known(practice: Practice):
    engine = OnTheSpot(practice)
    take(practice, engine, SOUND, name="a.flac")
    assert take(practice, engine, SOUND[:20_000]).state == "refused"
    assert take(practice, engine, SOUND).state == "known"
    assert [row["state"] for row in every(practice)] == ["received"]


def test_a_file_that_explorer_made_and_had_not_filled_is_the_beginning_of_the_whole_one(practice: Practice):
    half = len(SOUND) // 2
    assert take(practice, OnTheSpot(practice), SOUND[:half] + bytes(len(SOUND) - half)).state == "refused"
    take(practice, OnTheSpot(practice), SOUND)
    assert [row["state"] for row in every(practice)] == ["received"]


@pytest.mark.parametrize(
    ("first", "name", "folder"),
    [
        (SOUND[: len(SOUND) // 2], "autre.flac", "lambert"),
        (SOUND[: len(SOUND) // 2], "d.flac", "garnier"),
        (SOUND[:1024] + SOUND[2024 : len(SOUND) // 2], "d.flac", "lambert"),
    ],
)
def test_a_refusal_stays_when_what_arrives_is_another_recording(
    practice: Practice, first: bytes, name: str, folder: str
):
    """A dictaphone that was emptied gives the same names again: the one that never came whole must stay on the list."""
    engine = OnTheSpot(practice)
    assert take(practice, engine, first).state == "refused"
    take(practice, engine, SOUND, name=name, folder=folder)
    assert sorted(row["state"] for row in every(practice)) == ["received", "refused-file"]


def test_a_head_without_sound_is_believed_by_its_name_for_a_day_only(practice: Practice):
    engine = OnTheSpot(practice)
    take(practice, engine, b"")
    with practice.begin() as connection:
        connection.execute(tables.dictation.update().values(since=store.now() - timedelta(hours=25)))
    take(practice, engine, SOUND)
    assert sorted(row["state"] for row in every(practice)) == ["received", "refused-file"]


# --- dropped again ----------------------------------------------------------------------------------------------------


def test_one_dropped_again_elsewhere_is_told_once_for_each_place_until_a_person_knows(
    practice: Practice, people: People
):
    engine = OnTheSpot(practice)
    key = take(practice, engine, SOUND).id
    for folder, name in (("garnier", "d.flac"), ("lambert", "copie.flac"), ("lambert", "copie.flac")):
        assert take(practice, engine, SOUND, folder=folder, name=name, at=1e9).state == "known"
    found = {(one["name"], one["doctor"]): one for one in duplicates(practice)}
    assert found.keys() == {("d.flac", people.garnier.doctor), ("copie.flac", people.lambert.doctor)}
    assert {one["dictation"] for one in found.values()} == {key}
    assert len(engine.jobs) == 1
    theirs = found["d.flac", people.garnier.doctor]
    for actor in (people.garnier, people.claire):
        arrival.seen(practice, actor, theirs["id"])
    with pytest.raises(NotFound):
        arrival.seen(practice, people.garnier, found["copie.flac", people.lambert.doctor]["id"])
    with pytest.raises(AccessDenied):
        arrival.seen(practice, people.technique, theirs["id"])
    with pytest.raises(NotFound):
        arrival.seen(practice, people.claire, "0000000000")
    assert {one["name"]: one["seen"] is not None for one in duplicates(practice)} == {
        "d.flac": True,
        "copie.flac": False,
    }


def test_the_same_drop_seen_again_and_a_dock_emptied_twice_tell_nothing(practice: Practice):
    engine = OnTheSpot(practice)
    for _ in range(2):
        take(practice, engine, SOUND, at=1e9)  # two watchers, a crash before it was removed: same date
    take(practice, engine, SOUND, at=1.1e9)  # the telephone, or the dock, again: same name, same doctor
    assert duplicates(practice) == []
    assert len(engine.jobs) == 1


def test_two_watchers_that_take_the_same_bytes_at_once_make_one_dictation(practice: Practice):
    engine, copies = OnTheSpot(practice), {}
    for name in ("a", "b"):
        copies[name] = practice.place("taken") / f"{name}.flac"
        copies[name].write_bytes(SOUND)
    recording = audio.inspect(copies["a"])

    def received(name: str, source: str) -> str:
        found = inbox.Received(
            id=name, sha256="5" * 64, size=len(SOUND), path=copies[name], name="x.flac", folder="lambert",
            recording=recording, source=source,
        )  # fmt: skip
        return arrival.receive(practice, engine.submit, found)

    real, others = store.dictation_of, []

    def late(connection: sa.Connection, sha256: str) -> sa.RowMapping | None:
        """Between the look and the row, the other one is faster."""
        found = real(connection, sha256)
        if found is None and not others:
            others.append(1)
            connection.rollback()
            others.append(received("b", "place"))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "dictation_of", late)
        assert received("a", "place") == "b"
    assert (len(every(practice)), len(engine.jobs), duplicates(practice)) == (1, 1, [])


def test_one_that_was_dismissed_comes_back_as_if_it_were_new(practice: Practice, people: People):
    engine = OnTheSpot(practice)
    key = failed(practice, engine)
    arrival.dismiss(practice, people.claire, key)
    assert take(practice, engine, SOUND, folder="garnier", name="n.flac").id == key
    row = only(practice)
    assert (row["state"], row["doctor"], row["name"]) == ("received", people.garnier.doctor, "n.flac")
    assert [(job.subject, job.due) for job in engine.jobs] == [(key, row["due"])]
    assert duplicates(practice) == []


def test_one_that_failed_and_is_dropped_for_another_doctor_keeps_its_own_and_people_are_told(
    practice: Practice, people: People
):
    engine = OnTheSpot(practice)
    failed(practice, engine)
    take(practice, engine, SOUND, folder="garnier")
    assert (only(practice)["doctor"], only(practice)["state"]) == (people.lambert.doctor, "received")
    assert [one["doctor"] for one in duplicates(practice)] == [people.garnier.doctor]


def test_the_file_that_ended_the_program_is_not_tried_again_each_time_it_starts(practice: Practice):
    engine = OnTheSpot(practice)
    take(practice, engine, SOUND, at=1e9)
    engine.jobs.clear()
    with practice.begin() as connection:
        reason = errors.WorkAbandoned.code
        connection.execute(tables.dictation.update().values(state="refused-file", reason=reason))
    take(practice, engine, SOUND, at=1e9)
    assert engine.jobs == []
    take(practice, engine, SOUND, at=1.1e9)
    assert len(engine.jobs) == 1


# --- given on the page ------------------------------------------------------------------------------------------------


def given(
    practice: Practice,
    actor: Actor,
    doctor: str | None,
    engine: OnTheSpot,
    *,
    data: bytes = SOUND,
    name: str = "l.flac",
) -> Outcome:
    path = practice.place("tmp") / "sound-x"
    path.write_bytes(data)
    return arrival.drop(practice, actor, path, name=name, doctor=doctor, submit=engine.submit)


def test_a_recording_given_on_the_page_is_a_dictation_of_the_doctor_named(practice: Practice, people: People):
    engine = OnTheSpot(practice)
    outcome = given(practice, people.lambert, people.lambert.doctor, engine)
    (row,) = every(practice)
    assert (outcome.state, outcome.id, row["doctor"], row["name"]) == (
        "taken", row["id"], people.lambert.doctor, "l.flac",
    )  # fmt: skip
    assert [job.subject for job in engine.jobs] == [row["id"]]
    with practice.look() as connection:
        told = connection.execute(sa.select(tables.event).where(tables.event.c.subject == row["id"])).mappings().one()
    assert (told["actor"], told["action"]) == (people.lambert.id, "drop")
    assert list(practice.place("tmp").iterdir()) == []
    again = given(practice, people.lambert, people.lambert.doctor, engine)
    assert (again.state, again.id, duplicates(practice)) == ("known", row["id"], [])


def test_one_given_for_nobody_yet_is_whose_its_dictaphone_says_or_waits(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    install(monkeypatch)
    engine = OnTheSpot(practice)
    given(practice, people.claire, None, engine)
    with practice.begin() as connection:
        row = {"id": "D1", "doctor": people.garnier.doctor, "author": "dr-lamb"}
        connection.execute(tables.dictaphone.insert().values(row))
    given(practice, people.claire, None, engine, data=plain_ds2(), name="x.ds2")
    assert [row["doctor"] for row in every(practice)] == [None, people.garnier.doctor]


@pytest.mark.parametrize(
    ("who", "whose"), [("lambert", "garnier"), ("lambert", None), ("technique", "lambert"), ("archives", "lambert")]
)
def test_nobody_gives_a_recording_for_a_doctor_they_do_not_reach(
    practice: Practice, people: People, who: str, whose: str | None
):
    engine = OnTheSpot(practice)
    with pytest.raises(AccessDenied):
        given(practice, getattr(people, who), getattr(people, whose).doctor if whose else None, engine)
    assert (every(practice), engine.jobs) == ([], [])


def test_none_is_taken_for_a_doctor_who_left_nor_without_room(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    engine = OnTheSpot(practice)
    with practice.begin() as connection:
        gone = tables.doctor.c.id == people.garnier.doctor
        connection.execute(tables.doctor.update().where(gone).values(active=False))
    for doctor in (people.garnier.doctor, "0000000000"):
        with pytest.raises(NotFound):
            given(practice, people.claire, doctor, engine)
    monkeypatch.setattr("pipeline.disk.free", lambda _: 0)
    with pytest.raises(disk.DiskShort):
        given(practice, people.claire, people.lambert.doctor, engine)
    assert (every(practice), engine.jobs) == ([], [])


def test_a_bad_file_given_on_the_page_is_refused_with_its_sentence_and_listed_for_its_doctor(
    practice: Practice, people: People
):
    outcome = given(practice, people.claire, people.lambert.doctor, OnTheSpot(practice), data=b"bonjour " * 99)
    assert (outcome.state, outcome.code, outcome.reason) == ("refused", "E022", errors.advice("E022"))
    (row,) = every(practice)
    assert (row["doctor"], row["reason"], row["name"]) == (people.lambert.doctor, "E022", "l.flac")


def test_what_a_browser_sent_came_whole_whatever_its_format_can_prove(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    found = replace(audio.inspect(drop(practice, SOUND)), remarks=("unproven", "quiet"), proven=False)
    monkeypatch.setattr("pipeline.locked.inspect", lambda *_: found)
    given(practice, people.claire, people.lambert.doctor, OnTheSpot(practice))
    take(practice, OnTheSpot(practice), SOUND + b"\0")
    assert [json.loads(row["remarks"]) for row in every(practice)] == [["quiet"], ["unproven", "quiet"]]


# --- the originals ----------------------------------------------------------------------------------------------------


def test_a_file_that_grew_after_it_was_taken_is_taken_again_for_the_same_doctor(practice: Practice, people: People):
    engine, longer = OnTheSpot(practice), wav(3.0, seed=7)
    take(practice, engine, wav(2.0, seed=7), name="a.wav")
    (original,) = practice.place("taken").iterdir()
    original.write_bytes(longer)
    os.utime(original, (1e9, 1e9))
    assert arrival.tidy(practice) == 0, "without an engine nothing is begun"
    assert arrival.tidy(practice, engine.submit) == 1
    first, second = sorted(every(practice), key=lambda row: row["size"])
    assert practice.objects.get(second["audio"]) == longer
    assert (second["doctor"], second["name"], second["seconds"]) == (people.lambert.doctor, "a.wav", pytest.approx(3.0))
    assert first["doctor"] == people.lambert.doctor
    assert [job.subject for job in engine.jobs] == [first["id"], second["id"]]
    assert [path.stat().st_size for path in practice.place("taken").iterdir()] == [len(longer)]
    assert arrival.tidy(practice, engine.submit) == 0


def test_one_that_is_not_whole_yet_is_left_for_a_while_and_then_shown(practice: Practice):
    engine = OnTheSpot(practice)
    take(practice, engine, SOUND)
    (original,) = practice.place("taken").iterdir()
    original.write_bytes(SOUND[: len(SOUND) // 2])
    assert arrival.tidy(practice, engine.submit) == 0
    assert original.exists()
    os.utime(original, (1e9, 1e9))
    assert arrival.tidy(practice, engine.submit) == 1
    assert sorted(row["state"] for row in every(practice)) == ["received", "refused-file"]


def test_one_that_was_filled_late_without_growing_is_seen_too(practice: Practice):
    engine = OnTheSpot(practice)
    take(practice, engine, wav(2.0, seed=7), name="a.wav")
    (original,) = practice.place("taken").iterdir()
    original.write_bytes(wav(2.0, seed=8))
    arrival.tidy(practice, engine.submit)
    assert len(every(practice)) == 2


def test_an_original_that_is_not_what_was_kept_stays_whatever_its_size(practice: Practice):
    take(practice, OnTheSpot(practice), SOUND)
    (original,) = practice.place("taken").iterdir()
    original.write_bytes(SOUND[:-1] + b"?")
    os.utime(original, (1e9, 1e9))
    received_long_ago(practice)
    assert arrival.tidy(practice) == 0
    assert original.exists()


def test_what_has_lain_there_for_hours_is_not_hashed_again(practice: Practice, monkeypatch: pytest.MonkeyPatch):
    take(practice, OnTheSpot(practice), SOUND)
    (original,) = practice.place("taken").iterdir()
    hours_ago = time.time() - 3 * 3600
    os.utime(original, (hours_ago, hours_ago))
    (practice.place("taken") / "unknown.flac").write_bytes(b"never received")
    monkeypatch.setattr("hashlib.file_digest", lambda *_: pytest.fail("hashed"))
    assert arrival.tidy(practice, OnTheSpot(practice).submit) == 0


def test_what_a_kill_left_goes_after_a_day_and_a_whole_original_only_once_it_is_proven_kept(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
):
    take(practice, OnTheSpot(practice), SOUND)
    taken = practice.place("taken")
    for name, data in ((".a.part", SOUND[:9]), (".b.moved", SOUND), (".c.moved", b"never received")):
        (taken / name).write_bytes(data)
    assert arrival.tidy(practice) == 0
    later = time.time() + 2 * 86_400
    monkeypatch.setattr("pipeline.arrival.taken.time.time", lambda: later)
    assert arrival.tidy(practice) == 2
    assert {path.name for path in taken.iterdir() if path.name.startswith(".")} == {".c.moved"}


def test_a_recording_that_a_kill_left_without_a_name_is_taken(practice: Practice, monkeypatch: pytest.MonkeyPatch):
    """It had taken the place of an original at the very instant that one was moved, and was never received."""
    (practice.place("taken") / ".c.moved").write_bytes(SOUND)
    (practice.place("refused") / ".d.part").write_bytes(b"half")
    later = time.time() + 2 * 86_400
    monkeypatch.setattr("pipeline.arrival.taken.time.time", lambda: later)
    engine = OnTheSpot(practice)
    assert arrival.tidy(practice, engine.submit) == 2
    (row,) = every(practice)
    assert (row["name"], row["doctor"], practice.objects.get(row["audio"])) == ("Fichier retrouvé", None, SOUND)
    assert len(engine.jobs) == 1
    assert not list(practice.place("refused").iterdir())


def test_a_file_of_taken_that_its_disk_cannot_read_does_not_keep_the_others(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
):
    engine = OnTheSpot(practice)
    for number in range(2):
        take(practice, engine, wav(1.0, seed=number), name=f"{number}.wav")
    received_long_ago(practice)
    first = next(practice.place("taken").iterdir())
    sha256 = taken._sha256

    def unreadable(path: Path) -> str:
        if path == first:
            raise OSError(5, "I/O error")
        return sha256(path)

    monkeypatch.setattr(taken, "_sha256", unreadable)
    assert arrival.tidy(practice, engine.submit) == 1
    assert list(practice.place("taken").iterdir()) == [first]


@needs_postgres
def test_it_is_the_same_on_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from pipeline import opening
    from pipeline.people import dictaphones, doctors, members
    from tests.fakes import CODE

    with servers("work", "vault") as urls:
        storage = f'[storage]\ndatabase = "{urls["work"]}"\nvault = "{urls["vault"]}"\n'
        place = opening.new_practice(tmp_path / "cabinet", name="Essai", settings_text=storage)
        first = members.stand_in("technical")
        doctors.add(place, first, name="Hélène Lambert", folder="lambert", code=CODE, delay_hours=6)
        engine = OnTheSpot(place)
        dictaphones.add(place, first, doctor="lambert", author="A", password="1234", submit=engine.submit)
        arrival.told(place, Outcome(state="left", name="d.flac", folder="lambert", code="E174"))
        assert take(place, engine, SOUND[:2000]).state == "refused"
        assert take(place, engine, SOUND).state == "taken"
        assert take(place, engine, SOUND, name="e.flac").state == "known"
        odd = plain_ds2().replace((98).to_bytes(4, "little"), b"\xfe\xff\xff\xff", 1)
        with monkeypatch.context() as patch:  # another maker's bytes where ours has its job number
            install(patch)
            assert take(place, engine, odd, name="g.ds2").state == "taken"
        with place.begin() as connection:
            (key,) = (row["id"] for row in store.dictations(connection) if row["name"] == "g.ds2")
            connection.execute(tables.dictation.delete().where(tables.dictation.c.id == key))
        engine.jobs.pop()
        (next(path for path in place.place("taken").iterdir() if path.suffix == ".ds2")).unlink()
        assert [row["state"] for row in every(place)] == ["received"]
        assert len(duplicates(place)) == len(engine.jobs) == 1
        received_long_ago(place)
        assert arrival.tidy(place, engine.submit) == 1
        place.close()
