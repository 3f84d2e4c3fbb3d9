"""A recording protected by a password: opened for the recogniser, the page and the archive, and kept as it came."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.deposit import get
from pipeline import plugs, reading, review, store, tables
from pipeline.errors import EncryptedAudio, TruncatedAudio, WrongPassword
from pipeline.practice import Practice
from pipeline.signature import with_code
from pipeline.sound import audio, decoding
from pipeline.types import Transcript
from tests.fakes import CODE, SPOKEN, OnTheSpot, People, Reciter, received, recited
from tests.pipeline import sounds
from tests.pipeline.test_story import only_document, proofread

LOCKED = sounds.olympus(password="1234")


class Listener(Reciter):
    """Keeps what it was given to hear."""

    heard: bytes = b""
    path: Path

    def transcribe(self, path: Path, **_: object) -> Transcript:
        self.path, self.heard = path, path.read_bytes()
        return recited(SPOKEN)


@pytest.fixture
def engine(practice: Practice) -> OnTheSpot:
    return OnTheSpot(practice)


def with_password(practice: Practice, engine: OnTheSpot, people: People, password: str) -> str:
    key = received(practice, engine, LOCKED, doctor=people.lambert.doctor, name="DS2.ds2")
    address = practice.objects.put(password.encode())
    with practice.begin() as connection:
        connection.execute(sa.update(tables.dictation).where(tables.dictation.c.id == key).values(password=address))
    return key


def row_of(practice: Practice, key: str) -> sa.RowMapping:
    with practice.look() as connection:
        return store.one(connection, tables.dictation, key)


def test_what_is_heard_played_and_archived_is_open(practice: Practice, people: People, engine: OnTheSpot):
    key = with_password(practice, engine, people, "1234")
    ears = Listener()
    engine.run(ears)

    row = row_of(practice, key)
    played = practice.objects.get(row["playable"])
    assert len(played) == len(ears.heard) == 44 + 2 * round(8.64 * audio.RATE)
    assert practice.objects.get(row["audio"]) == LOCKED
    assert len(json.loads(row["peaks"])) == 1000

    document = proofread(practice, people, engine)
    engine.run()
    review.sign(practice, people.lambert, document, signature=with_code(practice, CODE), submit=engine.submit)
    engine.run()
    with practice.look() as connection:
        assert get(connection, document).sound == row["playable"]


def test_nothing_in_clear_is_left_when_it_has_been_heard(practice: Practice, people: People, engine: OnTheSpot):
    with_password(practice, engine, people, "1234")
    ears = Listener()

    engine.run(ears)

    assert not ears.path.exists()
    assert not list(practice.place("tmp").glob("sound-*"))


def test_a_password_that_no_longer_opens_it_is_said(practice: Practice, people: People, engine: OnTheSpot):
    with_password(practice, engine, people, "0000")

    with pytest.raises(WrongPassword):
        engine.run(Listener())


def test_an_open_recording_is_archived_as_it_came(practice: Practice, people: People, engine: OnTheSpot):
    received(practice, engine, sounds.wav(), doctor=people.lambert.doctor)
    engine.run()
    document = proofread(practice, people, engine)
    engine.run()
    review.sign(practice, people.lambert, document, signature=with_code(practice, CODE), submit=engine.submit)
    engine.run()

    row = row_of(practice, only_document(practice)["dictation"])
    with practice.look() as connection:
        assert get(connection, document).sound == row["audio"]


def test_the_sound_is_written_by_the_process_apart(
    practice: Practice, people: People, engine: OnTheSpot, monkeypatch: pytest.MonkeyPatch
):
    """A recording that ends the program that opens it must not end the worker."""
    away = decoding.Decoder(program=("/no/such/program",))
    monkeypatch.setattr(decoding, "shared", lambda: away)
    received(practice, engine, sounds.wav(), doctor=people.lambert.doctor)

    with pytest.raises(decoding.DecoderAway):
        engine.run()


# --- copiste transcribe -----------------------------------------------------------------------------------------------


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> Listener:
    made = Listener()
    monkeypatch.setattr(plugs, "transcriber", lambda settings, **_: made)
    return made


def test_a_protected_recording_is_read_with_its_password(tmp_path: Path, ears: Listener):
    (tmp_path / "d.ds2").write_bytes(LOCKED)

    assert reading.read(tmp_path / "d.ds2", password="1234").documents

    assert ears.heard.startswith(b"RIFF")
    assert not ears.path.exists()


@pytest.mark.parametrize(("password", "kind"), [("", EncryptedAudio), ("0000", WrongPassword)])
def test_a_missing_or_wrong_password_says_what_to_do(tmp_path: Path, ears: Listener, password: str, kind: type):
    (tmp_path / "d.ds2").write_bytes(LOCKED)

    with pytest.raises(kind) as refusal:
        reading.read(tmp_path / "d.ds2", password=password)

    assert "dictaphone" in refusal.value.advice
    assert not ears.heard


def test_a_cut_recording_is_said_to_be_cut_rather_than_protected(tmp_path: Path, ears: Listener):
    (tmp_path / "d.ds2").write_bytes(LOCKED[:-5120])

    with pytest.raises(TruncatedAudio):
        reading.read(tmp_path / "d.ds2")
