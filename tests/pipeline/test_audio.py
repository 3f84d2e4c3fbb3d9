import contextlib
import io
import os
import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from pipeline import audio
from pipeline.errors import (
    EmptyFile,
    EncryptedAudio,
    FileRefused,
    NotAudio,
    OversizedAudio,
    TruncatedAudio,
    UnknownAudio,
)
from tests.pipeline import sounds

COURTE = Path(__file__).parents[1] / "data" / "00_courte.flac"
FORMS = {
    "wav": ("wav", "pcm_s16le", 16_000),
    "wav-alaw-8k": ("wav", "pcm_alaw", 8_000),
    "mp3": ("mp3", "libmp3lame", 16_000),
    "m4a": ("ipod", "aac", 16_000),
    "3gp": ("3gp", "aac", 16_000),
    "ogg-opus": ("ogg", "libopus", 48_000),
    "webm": ("webm", "libopus", 48_000),
    "flac": ("flac", "flac", 16_000),
    "wma": ("asf", "wmav2", 16_000),
    "amr": ("amr", "libopencore_amrnb", 8_000),
    "aiff": ("aiff", "pcm_s16be", 44_100),
    "aac": ("adts", "aac", 16_000),
    "caf": ("caf", "pcm_s16le", 16_000),
    "au": ("au", "pcm_s16be", 16_000),
}


@pytest.fixture
def drop(tmp_path):
    """Write bytes to a file whose name says nothing."""

    def write(data: bytes, name: str = "file") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


@pytest.fixture(scope="module")
def encoded():
    return {name: sounds.encoded(form, codec, rate=rate) for name, (form, codec, rate) in FORMS.items()}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_read_whole_whatever_its_name(drop, encoded, name):
    path = drop(encoded[name], "lettre.txt")

    recording = audio.inspect(path)
    samples = audio.decode(path)

    assert recording.seconds == pytest.approx(4.0, abs=0.15)
    assert len(samples) / audio.RATE == pytest.approx(4.0, abs=0.15)
    assert samples.dtype == np.float32
    assert 0.15 < np.abs(samples[8000:-8000]).max() < 0.5
    assert recording.damaged == 0


@pytest.mark.parametrize("tenth", range(1, 10))
@pytest.mark.parametrize("name", FORMS)
def test_a_recording_cut_at_any_tenth_is_refused_as_incomplete(drop, encoded, name, tenth):
    data = encoded[name]
    path = drop(data[: len(data) * tenth // 10])

    with pytest.raises(TruncatedAudio):
        audio.inspect(path)


@pytest.mark.parametrize("announced", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_wav_of_a_streaming_recorder_is_legal(drop, announced):
    path = drop(sounds.streamed_wav(2.0, announced=announced))

    assert audio.inspect(path).seconds == pytest.approx(2.0)
    assert len(audio.decode(path)) == 32_000


def test_a_wav_with_one_byte_missing_is_incomplete(drop):
    with pytest.raises(TruncatedAudio):
        audio.inspect(drop(sounds.wav()[:-1]))


def test_a_file_after_its_tags_and_lists_is_whole(drop):
    data = sounds.wav(1.0)
    listed = data[:36] + b"LIST" + struct.pack("<I", 5) + b"INFOx\0" + data[36:]

    assert audio.inspect(drop(listed)).seconds == pytest.approx(1.0)


@pytest.mark.parametrize(
    "data",
    [
        b"Cher confr\xc3\xa8re, je vous remercie.\n" * 40,
        "Cher confrère, je vous remercie.\n".encode("utf-16") * 40,
        b"%PDF-1.7\n" + b"1 0 obj <<>> endobj\n" * 50,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 8,
        b"PK\x03\x04" + bytes(range(256)) * 8,
        bytes(20_000),
        os.urandom(20_000),
        b"R",
    ],
)
def test_what_is_not_a_recording_is_refused_whatever_its_name(drop, data):
    with pytest.raises(NotAudio):
        audio.inspect(drop(data, "dictee.wav"))


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile 'autre.wav'\nduration 2\n",
    ],
)
def test_a_playlist_cannot_make_the_decoder_open_another_file(drop, monkeypatch, playlist):
    other = drop(sounds.wav(), "autre.wav")
    monkeypatch.chdir(other.parent)

    with pytest.raises(NotAudio):
        audio.inspect(drop(playlist.format(other).encode(), "a.mp3"))


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.ds2"])
def test_an_empty_file_is_said_to_be_empty(drop, name):
    with pytest.raises(EmptyFile):
        audio.inspect(drop(b"", name))


def test_a_header_without_sound_is_said_to_be_empty(drop):
    with pytest.raises(EmptyFile):
        audio.inspect(drop(sounds.wav(0)))


def test_damage_inside_a_lossless_recording_is_not_passed_over(drop):
    data = bytearray(COURTE.read_bytes())
    data[80_000:80_400] = bytes(400)

    with pytest.raises(TruncatedAudio):
        audio.inspect(drop(bytes(data)))


def test_a_dictaphone_recording_is_decoded_with_its_header(drop):
    path = drop(sounds.ds2(blocks=60, length=b"000009"))

    recording = audio.inspect(path)

    assert recording.seconds == pytest.approx(9.6)
    assert recording.declared_seconds == 9
    assert recording.header is not None
    assert recording.header.author == "DR MARTIN"
    assert len(audio.decode(path)) / audio.RATE == pytest.approx(9.6, abs=0.01)


def test_a_dictaphone_recording_of_another_rate_keeps_its_length(drop):
    path = drop(sounds.ds2(blocks=60, quality=0, length=b"000014"))

    assert audio.inspect(path).sample_rate == 12_000
    assert len(audio.decode(path)) / audio.RATE == pytest.approx(14.4, abs=0.01)


@pytest.mark.parametrize("tenth", range(1, 10))
def test_a_dictaphone_recording_cut_at_any_tenth_is_refused_as_incomplete(drop, tenth):
    data = sounds.ds2(blocks=60, length=b"000009")

    with pytest.raises(TruncatedAudio):
        audio.inspect(drop(data[: len(data) * tenth // 10]))


@pytest.mark.parametrize("blocks", [30, 50, 53])
def test_a_dictaphone_recording_cut_between_two_blocks_is_told_by_its_declared_length(drop, blocks):
    """The codec decodes what is left without a word."""
    data = sounds.ds2(blocks=60, length=b"000009")

    with pytest.raises(TruncatedAudio, match="announced"):
        audio.inspect(drop(data[: 0x600 + 512 * blocks]))


def test_a_dictaphone_recording_with_a_last_block_cut_is_refused_as_incomplete(drop):
    with pytest.raises(TruncatedAudio):
        audio.inspect(drop(sounds.ds2()[:-100]))


def test_an_encrypted_recording_asks_for_its_password(drop):
    path = drop(b"\x03enc" + sounds.ds2()[4:])

    with pytest.raises(EncryptedAudio):
        audio.inspect(path)


@pytest.mark.parametrize("variant", [4, 8])
def test_an_unknown_dictaphone_variant_is_kept_apart(drop, variant):
    with pytest.raises(UnknownAudio):
        audio.inspect(drop(bytes([variant]) + sounds.ds2()[1:]))


def test_the_low_rate_variant_is_refused_rather_than_decoded_into_noise(drop):
    data = bytearray(sounds.dss_header(magic=b"dss", variant=2, size=0x400) + bytes(5120))
    data[0x2A4] = 2

    with pytest.raises(UnknownAudio):
        audio.inspect(drop(bytes(data)))


@pytest.mark.parametrize("data", [sounds.wav(2.0), sounds.ds2()])
@pytest.mark.parametrize("limits", [audio.Limits(seconds=1.0), audio.Limits(bytes=1000)])
def test_past_the_limits_a_person_is_asked(drop, data, limits):
    for read in (audio.inspect, audio.decode):
        with pytest.raises(OversizedAudio):
            read(drop(data), limits=limits)


@pytest.mark.parametrize("seed", range(30))
def test_no_damage_crashes_the_reader(drop, encoded, seed):
    chance = np.random.default_rng(seed)
    data = bytearray(list(encoded.values())[seed % len(encoded)])
    for at in chance.integers(0, len(data), 60):
        data[at] = chance.integers(0, 256)
    path = drop(bytes(data))

    for read in (audio.inspect, audio.decode):
        with contextlib.suppress(FileRefused):
            read(path)


def test_two_channels_become_one(drop):
    assert audio.decode(drop(sounds.encoded("wav", "pcm_s16le", layout="stereo"))).shape == (64_000,)


def test_decoding_keeps_the_samples_of_a_16_khz_recording():
    with wave.open(io.BytesIO(audio.playable(audio.decode(COURTE)))) as played:
        assert played.getparams()[:4] == (1, 2, 16_000, len(audio.decode(COURTE)))


def test_what_is_played_is_what_was_recorded(drop):
    data = sounds.wav(1.0)

    with wave.open(io.BytesIO(audio.playable(audio.decode(drop(data))))) as played:
        heard = np.frombuffer(played.readframes(-1), np.int16).astype(int)

    assert np.abs(heard - sounds.tone(1.0)).max() <= 1


def test_the_outline_shows_where_it_is_loud():
    samples = np.concatenate([np.zeros(1000), np.full(1000, -0.5), np.full(1000, 0.25)]).astype(np.float32)

    assert audio.peaks(samples, buckets=3) == (0.0, 0.5, 0.25)
    assert len(audio.peaks(samples[:10], buckets=40)) == 40
    assert audio.peaks(samples[:0], buckets=4) == ()
