"""The judge of the kill campaign must be able to find something: each thing that may go wrong is done to a practice."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive import journal
from archive import tables as filed_in
from bench import dictated, reciter, scene, verdict
from bench.scene import Scene
from pipeline import store, tables
from pipeline.practice import open_practice
from pipeline.sound import audio
from tests.fakes import OnTheSpot, Reciter, received

NUMBERS = (0, 2)
"""The second makes two letters."""


class ByNumber(Reciter):
    """Recites what the number of the sound says."""

    def transcribe(self, path: Path, *, context=()):
        return reciter.transcript(dictated.said(dictated.number(len(audio.decode(path)))))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A practice where two dictations went the whole way."""
    with scene.scene(tmp_path_factory.mktemp("finished")) as made:
        engine = OnTheSpot(made.practice)
        place = replace(made, engine=engine)
        for number in NUMBERS:
            received(place.practice, engine, dictated.sound(number), doctor=place.doctor.doctor)
            table = tables.dictation
            change(place, table.update().where(table.c.sha256 == table.c.audio).values(sha256=dictated.sha256(number)))
        for _ in range(3):
            engine.run(ByNumber())
            scene.act(place, {dictated.sha256(number): number for number in NUMBERS})
        yield place


@pytest.fixture
def done(finished: Scene, tmp_path: Path) -> Iterator[Scene]:
    """A copy of it, to spoil."""
    shutil.copytree(finished.practice.home, tmp_path / "cabinet")
    practice = open_practice(tmp_path / "cabinet")
    yield replace(finished, practice=practice)
    practice.close()


def judged(place: Scene, *numbers: int) -> verdict.Verdict:
    return verdict.judge(place.practice, numbers or NUMBERS)


def change(place: Scene, statement: sa.Executable) -> None:
    with place.practice.begin() as connection:
        connection.execute(statement)


def some_record(place: Scene) -> sa.RowMapping:
    with place.practice.look() as connection:
        return connection.execute(sa.select(filed_in.record)).mappings().first()


def test_what_is_filed_once_is_neither_lost_nor_doubled(done: Scene):
    found = judged(done)
    assert found == verdict.Verdict(dropped=2, filed=2, listed=(), lost=(), doubled=(), faults=())
    assert found.clean
    assert done.acts["signed"] == 3


def test_a_dictation_without_a_row_is_lost(done: Scene):
    found = judged(done, *NUMBERS, 7)
    assert (found.lost, found.clean) == ((7,), False)


def test_a_dictation_that_is_transcribed_for_ever_is_lost_and_one_set_aside_is_listed(done: Scene):
    add = tables.dictation.insert()
    common = {"audio": "", "name": "x", "received": store.now(), "due": store.now(), "since": store.now()}
    change(done, add.values(id="D1", sha256=dictated.sha256(8), state="transcribing", **common))
    change(done, add.values(id="D2", sha256=dictated.sha256(9), state="refused-file", **common))
    found = judged(done, *NUMBERS, 8, 9)
    assert (found.lost, found.listed) == ((8,), (9,))


def test_a_letter_that_is_signed_and_never_filed_makes_its_dictation_lost(done: Scene):
    key = some_record(done)["id"]
    change(done, tables.document.update().where(tables.document.c.id == key).values(state="signed"))
    assert len(judged(done).lost) == 1


def test_a_letter_too_many_is_doubled(done: Scene):
    with done.practice.begin() as connection:
        row = dict(store.documents(connection)[0])
        values = {column.name: row[column.name] for column in tables.document.columns}
        connection.execute(tables.document.insert().values(values | {"id": "TOOMANY000", "position": 9}))
    (said,) = judged(done).doubled
    assert "letters for" in said


def test_a_record_too_many_and_a_line_too_many_are_doubled(done: Scene):
    row = dict(some_record(done))
    change(done, filed_in.record.insert().values(row | {"id": "TOOMANY000"}))
    with done.practice.begin() as connection:
        journal.append(connection, actor="x", action="filed", subject=row["id"])
        journal.append(connection, actor="x", action="filed", subject="NOTHING000")
    found = judged(done)
    assert len(found.doubled) == 3
    assert "record TOOMANY000: of no document" in found.doubled
    assert not found.clean


def test_a_letter_filed_under_another_patient_is_a_fault(done: Scene):
    with done.practice.begin() as connection:
        (first, second) = connection.scalars(sa.select(filed_in.patient.c.id)).all()
        swap = sa.case((filed_in.record.c.patient_id == first, second), else_=first)
        connection.execute(filed_in.record.update().values(patient_id=swap))
    assert sum("another patient" in fault for fault in judged(done).faults) == 3


def test_a_text_and_a_sound_of_another_are_faults(done: Scene):
    table = filed_in.record
    with done.practice.begin() as connection:
        rows = connection.execute(sa.select(table)).mappings().all()
        one = rows[0]
        other = next(row for row in rows if row["sound_address"] != one["sound_address"])
        parts = {name: other[name] for name in ("text_address", "sound_address")}
        connection.execute(table.update().where(table.c.id == one["id"]).values(parts))
    faults = " ".join(judged(done).faults)
    assert "its text does not name its patient" in faults
    assert "another's sound" in faults


def test_an_object_that_is_gone_is_a_fault(done: Scene):
    record = some_record(done)
    done.practice.objects.destroy(record["pdf_address"])
    faults = judged(done).faults
    assert f"object {record['pdf_address']}: missing" in faults
    assert f"record {record['id']}: ObjectMissing" in faults or f"record {record['id']}: KeyMissing" in faults


def test_files_left_behind_are_faults(done: Scene, monkeypatch: pytest.MonkeyPatch):
    scene.drop(done, 5)
    (done.practice.place("tmp") / "sound-x").write_bytes(b"clear")
    stray = done.practice.objects.put(b"an interrupted step")
    monkeypatch.setattr(verdict.sweep, "sweep", lambda _: None)
    assert judged(done).faults == (
        "tmp/sound-x: a sound left in clear", "inbox: 1 files were never taken", f"object {stray}: untracked"
    )  # fmt: skip


def test_what_a_kill_left_goes_with_the_sweep_of_the_days_after_and_nothing_else(done: Scene):
    left = done.practice.place("tmp") / "sound-x"
    left.write_bytes(b"clear")
    done.practice.objects.put(b"an interrupted step")
    assert judged(done).clean
    assert not left.exists()


def test_each_numbered_dictation_says_its_own_patient():
    people = {(who.family_name, who.given_name) for who in map(dictated.person, range(400))}
    assert len(people) == 400
    for number in range(6):
        who = dictated.person(number)
        assert dictated.said(number).count(f"{who.family_name} {who.given_name}") == dictated.letters(number)


def test_the_ledger_forgets_a_line_that_a_kill_cut_short(tmp_path: Path):
    (tmp_path / "ledger").write_text("12 3 begun 1.5\n12 3 en")
    assert [line.number for line in reciter.lines(tmp_path / "ledger")] == [3]
