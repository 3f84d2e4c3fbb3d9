"""The judge of the fault campaign can find something: each thing that may go wrong is done to a practice."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bench import dictated, drops, faults, holding, intake, pace, recordings
from bench.dock import Dock, Found, dock
from bench.holding import Verdict
from bench.ledger import Ledger
from bench.scene import Scene, scene
from pipeline import arrival, store, tables
from pipeline.practice import open_practice
from pipeline.sound import audio
from pipeline.types import Job

WAIT = {"patient": False}


class Intake:
    """A practice that takes what is in its folder, one file at a time, and the ledger of what was dropped there."""

    def __init__(self, place: Scene) -> None:
        self.place, self.ledger = place, Ledger()
        self.take = arrival.taker(place.practice, place.engine.submit)

    def drop(self, number: int, name: str = "") -> Path:
        path = self.place.practice.place("inbox") / (name or f"{number}.wav")
        path.write_bytes(dictated.sound(number))
        self.ledger.whole(path.read_bytes())
        return path

    def judged(self) -> Verdict:
        practice = self.place.practice
        return holding.judge(self.ledger, holding.of_practice(practice, [practice.place("inbox")]))

    def change(self, statement: sa.Executable) -> None:
        with self.place.practice.begin() as connection:
            connection.execute(statement)

    def row(self) -> sa.RowMapping:
        with self.place.practice.look() as connection:
            return connection.execute(sa.select(tables.dictation)).mappings().first()


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """Two recordings taken, one refused, one that still lies there."""
    with scene(tmp_path_factory.mktemp("taken")) as place:
        made = Intake(place)
        for number in (1, 2):
            made.take(made.drop(number))
        refused = place.practice.place("inbox") / "texte.wav"
        refused.write_bytes(b"no recording")
        made.ledger.whole(b"no recording")
        assert made.take(refused, **WAIT).state == "refused"
        made.drop(3)
        made.ledger.whole(dictated.sound(3), fate="stays")
        yield made


@pytest.fixture
def spoilt(taken: Intake, tmp_path: Path) -> Iterator[Intake]:
    """A copy of it, to spoil."""
    shutil.copytree(taken.place.practice.home, tmp_path / "cabinet")
    made = Intake(replace(taken.place, practice=open_practice(tmp_path / "cabinet")))
    for content, fate in taken.ledger.fates().items():
        made.ledger._fates[content] = fate
    yield made
    made.place.practice.close()


def short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:10]


def test_what_is_taken_once_refused_with_a_row_or_left_there_is_neither_lost_nor_doubled(spoilt: Intake):
    found = spoilt.judged()

    assert found == Verdict(dropped=4, taken=2, set_aside=1, lost=(), doubled=(), half_read=(), wrong=())


def test_a_content_that_is_nowhere_is_lost(spoilt: Intake):
    spoilt.ledger.whole(b"dropped, and gone")

    assert spoilt.judged().lost == (short(b"dropped, and gone"),)


def test_a_row_whose_object_is_gone_is_a_loss(spoilt: Intake):
    spoilt.place.practice.objects.destroy(spoilt.row()["audio"])

    assert len(spoilt.judged().lost) == 1


def test_a_copy_in_taken_without_a_row_is_no_recording_kept(spoilt: Intake):
    row = spoilt.row()
    spoilt.change(tables.dictation.delete().where(tables.dictation.c.id == row["id"]))

    assert len(spoilt.judged().lost) == 1


def test_a_refused_file_without_a_row_or_without_its_copy_is_lost(spoilt: Intake):
    practice = spoilt.place.practice
    for path in practice.place("refused").iterdir():
        path.rename(path.with_name("elsewhere" + path.suffix))

    assert spoilt.judged().lost == (short(b"no recording"),)


def test_two_dictations_of_one_content_are_doubled(spoilt: Intake):
    row = dict(spoilt.row())
    practice = spoilt.place.practice
    again = practice.objects.put(practice.objects.get(row["audio"]))
    spoilt.change(tables.dictation.insert().values(row | {"id": "AGAIN00000", "sha256": "0" * 64, "audio": again}))
    with practice.begin() as connection:
        spoilt.place.engine.submit(connection, Job(stretch="draft", subject="AGAIN00000", due=store.now()))

    found = spoilt.judged()

    assert (len(found.doubled), found.half_read, found.wrong) == (1, (), ())


def test_two_jobs_for_one_dictation_are_doubled_and_none_is_wrong(spoilt: Intake):
    key = spoilt.row()["id"]
    with spoilt.place.practice.begin() as connection:
        spoilt.place.engine.submit(connection, Job(stretch="draft", subject=key, due=store.now(), round=2))
    assert spoilt.judged().doubled == (key,)

    spoilt.change(sa.text("delete from workflow_status"))
    assert len(spoilt.judged().wrong) == 2


def test_a_dictation_of_half_a_file_is_half_read(spoilt: Intake):
    half = dictated.sound(9)[:900]
    practice, row = spoilt.place.practice, spoilt.row()
    spoilt.change(
        tables.dictation.update().where(tables.dictation.c.id == row["id"]).values(audio=practice.objects.put(half))
    )

    found = spoilt.judged()

    assert found.half_read == (short(half),)
    assert len(found.lost) == 1


def test_a_file_that_is_never_taken_is_wrong_though_it_is_not_lost(spoilt: Intake):
    spoilt.drop(7)

    found = spoilt.judged()

    assert (found.lost, len(found.wrong)) == ((), 1)


def test_a_recording_that_was_taken_and_never_leaves_is_wrong(spoilt: Intake):
    spoilt.drop(1)

    found = spoilt.judged()

    assert (found.lost, found.doubled, len(found.wrong)) == ((), (), 1)


def test_what_was_to_stay_and_was_taken_is_wrong(spoilt: Intake):
    (left,) = holding.plain_files([spoilt.place.practice.place("inbox")])
    spoilt.take(left)

    assert len(spoilt.judged().wrong) == 2  # taken, and no longer where it was


def test_what_the_user_himself_removed_is_not_owed(spoilt: Intake):
    spoilt.ledger.whole(b"replaced", fate="free")

    assert spoilt.judged().lost == ()


# --- the families -------------------------------------------------------------------------------------------------


@pytest.fixture
def watched() -> Iterator[Dock]:
    """The real `copiste watch`, at work."""
    with dock(lambda line: None) as made:
        yield made


def test_each_form_is_a_whole_recording_unlike_any_other(tmp_path: Path):
    path = tmp_path / "recording"
    for form in recordings.forms():
        path.write_bytes(recordings.recording(form, 1))
        assert audio.inspect(path).seconds > 0.9, form
        assert recordings.recording(form, 1) != recordings.recording(form, 2)


def test_every_manner_stalls_once_where_it_is_told_to(tmp_path: Path):
    ledger, pauses = Ledger(), []
    for manner, writer in drops.MANNERS.items():
        path = tmp_path / manner
        content = recordings.recording("wav", len(pauses))
        replace(writer, stalls=(0.5,), pause=1.0).write(path, content, wait=pauses.append)
        assert path.read_bytes() == content, manner
        ledger.whole(content)
    assert set(pauses) == {1.0}
    assert len(ledger.fates()) == len(drops.MANNERS) <= len(pauses)


def test_the_watch_process_takes_what_is_written_slowly_once_and_whole(watched: Dock):
    manners = ("copy then append", "zeroed, then closed")
    count = drops.write_slowly(watched.inbox, watched.ledger, forms=("wav",), tenths=(0.1, 0.9), manners=manners)
    watched.settle()
    watched.crew.stop()

    found = holding.judge(watched.ledger, holding.of_practice(watched.scene.practice, watched.roots))

    assert (count, found.dropped, found.taken, found.breaks, found.wrong) == (4, 5, 5, 0, ())


@pytest.mark.skipif(bool(faults.why_not()), reason=faults.why_not())
def test_a_kill_at_a_chosen_step_strikes_and_an_error_is_counted(watched: Dock):
    process, log = watched.watcher().process, watched.scene.folder / "strace"
    with faults.injected(process.pid, ["rename"], "error=EIO", when="1", log=log):
        watched.feed(1)
        watched.until_fewer(1, seconds=20)
    assert faults.count(log) >= 1

    with faults.injected(process.pid, ["rename"], "signal=SIGKILL", when="1", log=log):
        watched.feed(1)
        process.wait(20)
    assert watched.lying() == 1
    assert not watched.alive()
    watched.restart()
    watched.settle()
    watched.crew.stop()

    found = holding.judge(watched.ledger, holding.of_practice(watched.scene.practice, watched.roots))

    assert (found.taken, found.breaks, found.wrong) == (3, 0, ())


# --- what it says -------------------------------------------------------------------------------------------------

GOOD = {"faults": 12, "lost": 0, "doubled": 0, "half_read": 0, "wrong": 0, "naive_breaks": 3}


@pytest.mark.parametrize(
    "broken",
    [
        {"lost": 1},
        {"doubled": 1},
        {"half_read": 1},
        {"wrong": 1},
        {"naive_breaks": 0},
        {"least": 13},
        {"rescan_seconds": 5.0},
        {"idle_percent": {"auto": 0.1, "polling": 2.0}},
        {"idle_percent": {"auto": 0.1, "polling 50000": 2.0}},
    ],
)
def test_anything_broken_or_a_twin_that_holds_ends_badly(broken):
    assert intake.is_good(GOOD)
    assert not intake.is_good(GOOD | broken)


def test_a_family_that_is_not_run_says_so_and_counts_for_nothing():
    found = Found(faults=0, verdict=None, not_run=("mounting is not allowed here",))
    assert intake._figures(found) == {"faults": 0, "not_run": ["mounting is not allowed here"]}


def test_an_intake_that_refuses_whole_recordings_ends_badly():
    judged = Verdict(dropped=9, taken=0, set_aside=9, lost=(), doubled=(), half_read=(), wrong=())

    figures = intake._figures(Found(faults=9, verdict=judged))

    assert figures["wrong"] == 1


def test_the_figures_are_the_sums_of_the_families(monkeypatch: pytest.MonkeyPatch):
    judged = Verdict(dropped=2, taken=1, set_aside=0, lost=("a",), doubled=(), half_read=(), wrong=("b",))
    found = Found(faults=5, verdict=judged, notes=("a watch process died",))
    monkeypatch.setattr(intake, "FAMILIES", dict.fromkeys("xy", lambda plan, told, url: found))
    monkeypatch.setattr(intake.server, "address", nullcontext)

    figures = intake.measure(intake.quick(), ["x", "y"])

    assert {name: figures[name] for name in ("faults", "lost", "wrong")} == {"faults": 10, "lost": 2, "wrong": 4}
    assert figures["families"]["x"]["words"] == ["lost a", "b", "a watch process died"]
    assert not intake.is_good(figures)


def test_a_whole_campaign_must_try_enough_and_a_part_of_it_what_it_can(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(intake, "_families", lambda plan, url, names: {"writers": {"faults": 999}})
    monkeypatch.setattr(intake.server, "address", nullcontext)

    whole, part = (
        intake.measure(intake.full(), names) | {"naive_breaks": 1} for names in ([*intake.FAMILIES], ["writers"])
    )

    assert not intake.is_good(whole)
    assert intake.is_good(part)


def test_what_lying_files_cost_is_measured_when_it_is_asked_for():
    once, looked_at = pace.lying(files=20, seconds=0.0), pace.lying(files=20, seconds=0.1)

    assert once.percent is None
    assert once.look_seconds > 0
    assert looked_at.percent is not None
