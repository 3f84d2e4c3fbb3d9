import contextlib
import io
import os
import struct
import wave
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from pipeline.errors import (
    DecodingFailed,
    EmptyFile,
    FileRefused,
    NotAudio,
    TruncatedAudio,
    UnknownAudio,
    WrongPassword,
)
from pipeline.sound import audio
from tests.pipeline import sounds

COURTE = Path(__file__).parents[1] / "data" / "00_courte.flac"
FORMS = {
    "wav": ("wav", "pcm_s16le", 16_000),
    "wav-alaw-8k": ("wav", "pcm_alaw", 8_000),
    "mp3": ("mp3", "libmp3lame", 16_000),
    "m4a": ("ipod", "aac", 16_000),
    "3gp": ("3gp", "aac", 16_000),
    "ogg-opus": ("ogg", "libopus", 48_000),
    "opus": ("opus", "libopus", 48_000),
    "3gp-amr": ("3gp", "libopencore_amrnb", 8_000),
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


@pytest.mark.parametrize("lacking", [150, 300, 700, 1500])
@pytest.mark.parametrize("name", FORMS)
def test_a_recording_that_lacks_its_last_bytes_is_refused_or_not_held_to_be_whole(drop, encoded, name, lacking):
    """Encoders pad the end by more than that: the length in seconds does not show it."""
    path = drop(encoded[name][:-lacking])

    try:
        recording = audio.inspect(path)
    except TruncatedAudio:
        return
    assert not recording.proven


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


def test_an_encrypted_recording_waits_for_its_password(drop):
    path = drop(sounds.olympus(password="1234"))

    recording = audio.inspect(path)

    assert (recording.waits, recording.seconds, recording.password) == ("E024", 8.64, None)
    assert recording.header is not None
    assert recording.header.author == "DR MARTIN"
    with pytest.raises(WrongPassword):
        audio.decode(path)


def test_a_wrong_password_says_so(drop):
    path = drop(sounds.olympus(password="1234"))

    for wrong in ([""], ["0000"], ["0000", "un mot de passe bien trop long", "é"]):
        assert audio.inspect(path, passwords=wrong).waits == "E027"
    with pytest.raises(WrongPassword):
        audio.decode(path, password="0000")


def test_passwords_are_tried_in_turn_and_the_one_that_opens_is_kept(drop):
    path = drop(sounds.olympus(password="1234"))

    recording = audio.inspect(path, passwords=["0000", "1234", "9999"])

    assert (recording.waits, recording.password) == ("", "1234")
    assert recording.seconds == pytest.approx(8.64)
    assert "1234" not in repr(recording)
    assert len(audio.decode(path, password="1234")) / audio.RATE == pytest.approx(8.64, abs=0.01)


@pytest.mark.parametrize("passwords", [[], ["1234"]])
@pytest.mark.parametrize("tenth", range(1, 10))
def test_a_protected_recording_cut_at_any_tenth_is_told_even_without_its_password(drop, tenth, passwords):
    data = sounds.olympus(password="1234")
    cut = len(data) * tenth // 10

    for kept in (data[:cut], data[: cut // 512 * 512]):
        with pytest.raises(TruncatedAudio):
            audio.inspect(drop(kept), passwords=passwords)


@pytest.mark.parametrize("missing", range(1, 55))
def test_an_exact_length_tells_every_missing_block(drop, missing):
    with pytest.raises(TruncatedAudio):
        audio.inspect(drop(sounds.olympus()[: -512 * missing]))


def test_a_recording_cut_within_its_last_second_is_not_proven(drop):
    """Its length is in whole seconds: 17.16 s was written 17, and 17.09 s may be all there is."""
    whole, cut = sounds.dss_sp(), sounds.dss_sp()[:-512]

    assert audio.inspect(drop(whole)).proven
    assert "unproven" not in audio.inspect(drop(whole)).remarks
    assert not audio.inspect(drop(cut)).proven
    assert "unproven" in audio.inspect(drop(cut)).remarks


@pytest.mark.parametrize("frames", range(1, 40))
def test_a_recording_of_any_length_is_whole_wherever_its_last_frame_ends(drop, frames):
    recording = audio.inspect(drop(sounds.olympus(frames=frames)))

    assert recording.seconds == pytest.approx(frames * 0.016)
    assert recording.proven


def test_an_unknown_protected_variant_is_kept_apart_rather_than_asked_a_password_for(drop):
    with pytest.raises(UnknownAudio):
        audio.inspect(drop(b"\x08" + sounds.olympus(password="1234")[1:]), passwords=["1234"])


@pytest.mark.parametrize("variant", [4, 8])
def test_an_unknown_dictaphone_variant_is_kept_apart(drop, variant):
    with pytest.raises(UnknownAudio):
        audio.inspect(drop(bytes([variant]) + sounds.ds2()[1:]))


def test_a_sound_that_no_decoder_reads_is_kept_apart(drop):
    data = bytearray(sounds.wav())
    data[20:22] = b"\x99\x99"

    with pytest.raises(UnknownAudio):
        audio.inspect(drop(bytes(data)))


def test_the_low_rate_variant_is_refused_rather_than_decoded_into_noise(drop):
    data = bytearray(sounds.dss_header(magic=b"dss", variant=2, size=0x400) + bytes(5120))
    data[0x2A4] = 2

    with pytest.raises(UnknownAudio):
        audio.inspect(drop(bytes(data)))


@pytest.mark.parametrize("data", [sounds.wav(2.0), sounds.ds2()])
def test_past_the_limits_a_person_is_asked(drop, data):
    recording = audio.inspect(drop(data), limits=audio.Limits(seconds=1.0))

    assert recording.waits == "E026"
    assert recording.seconds >= 2.0


@pytest.mark.parametrize("limits", [audio.Limits(channels=1), audio.Limits(rate=15_999)])
def test_an_odd_recording_waits_without_being_decoded(drop, monkeypatch, limits):
    path = drop(sounds.wav_of(np.zeros((2, 16_000))))
    monkeypatch.setattr(audio.track, "packets", lambda *_: pytest.fail("decoded"))

    assert audio.inspect(path, limits=limits).waits == "E026"


def test_an_odd_recording_is_still_told_to_be_cut(drop):
    with pytest.raises(TruncatedAudio):
        audio.inspect(drop(sounds.wav_of(np.zeros((2, 16_000)))[:-2]), limits=audio.Limits(channels=1))


def test_a_file_too_big_for_a_dictation_is_not_read(drop, monkeypatch):
    monkeypatch.setattr(audio, "_head", lambda _: pytest.fail("read"))

    with pytest.raises(audio.HugeFile):
        audio.inspect(drop(sounds.wav()), limits=audio.Limits(bytes=1000))


# --- whether anything proves that it is whole -----------------------------------------------------------------------

LIVE = {
    "WebM of a browser": ("webm", "libopus", 48_000, {"live": "1"}, True),
    "MP4 of a browser": ("mp4", "aac", 48_000, {"movflags": "frag_keyframe+empty_moov+skip_trailer"}, True),
    "FLAC written as it was heard": ("flac", "flac", 16_000, {}, True),
    "WAV written as it was heard": ("wav", "pcm_s16le", 16_000, {}, True),
    "MP3 without a count": ("mp3", "libmp3lame", 16_000, {"write_xing": "0"}, False),
    "AMR": ("amr", "libopencore_amrnb", 8_000, {}, False),
    "AAC": ("adts", "aac", 16_000, {}, False),
}


@pytest.mark.parametrize("name", LIVE)
def test_what_may_stop_anywhere_is_read_and_not_proven(drop, name):
    form, codec, rate, options, live = LIVE[name]
    path = drop(sounds.encoded(form, codec, rate=rate, options=options, live=live))

    recording = audio.inspect(path)

    assert recording.seconds == pytest.approx(4.0, abs=0.15)
    assert not recording.proven
    assert "unproven" in recording.remarks
    assert len(audio.decode(path)) / audio.RATE == pytest.approx(4.0, abs=0.15)


@pytest.mark.parametrize("name", sorted(FORMS.keys() - {"amr", "aac"}))
def test_what_says_its_length_or_its_end_is_proven(drop, encoded, name):
    recording = audio.inspect(drop(encoded[name]))

    assert recording.proven
    assert "unproven" not in recording.remarks


def test_an_ogg_without_its_last_page_is_not_proven(drop):
    data = sounds.encoded("ogg", "libopus", rate=48_000, options={"page_duration": "200000"})

    recording = audio.inspect(drop(data[: data.rfind(b"OggS")]))

    assert recording.seconds < 4.0
    assert not recording.proven


@pytest.mark.parametrize("filled", [512, 4096, 65_536, 122_880])
def test_a_copy_that_has_its_size_before_its_content_is_not_proven(drop, filled):
    data = sounds.wav(4.0)

    recording = audio.inspect(drop(data[:filled] + bytes(len(data) - filled)))

    assert not recording.proven
    assert "silent-end" in recording.remarks


@pytest.mark.parametrize("empty", range(1, 6))
def test_a_dictaphone_recording_whose_last_blocks_have_not_come_is_refused_or_not_proven(drop, empty):
    """A copy that reserved its size: the end that is missing is shorter than what the rounded length leaves open."""
    for data in (sounds.dss_sp(), sounds.ds2()):
        path = drop(data[: -512 * empty] + bytes(512 * empty))
        try:
            recording = audio.inspect(path)
        except TruncatedAudio:
            continue

        assert not recording.proven
        assert "silent-end" in recording.remarks


@pytest.mark.parametrize("silence", [0.5, 1.0, 1.9])
def test_a_short_digital_silence_at_the_end_is_ordinary(drop, silence):
    voice = np.trim_zeros(audio.decode(COURTE), "b")

    recording = audio.inspect(drop(sounds.wav_of(np.concatenate([voice[:-100], np.zeros(int(silence * 16_000))]))))

    assert (recording.proven, recording.remarks) == (True, ())


def test_a_long_exact_silence_at_the_end_is_told_even_before_other_data(drop):
    samples = np.concatenate([sounds.tone(2.0) / 32768, np.zeros(40_000)])
    data = sounds.wav_of(samples) + b"LIST" + struct.pack("<I", 4) + b"INFO"

    recording = audio.inspect(drop(data))

    assert recording.proven
    assert "silent-end" in recording.remarks


# --- how it sounds ---------------------------------------------------------------------------------------------------


def test_a_recording_in_which_nothing_is_heard_waits_for_a_person(drop):
    for samples in (np.zeros(64_000), np.random.default_rng(0).normal(0, 1e-4, 64_000)):
        assert audio.inspect(drop(sounds.wav_of(samples))).waits == "E028"


def test_a_whisper_is_not_refused(drop):
    voice = audio.decode(COURTE) * 0.01

    recording = audio.inspect(drop(sounds.wav_of(voice)))

    assert (recording.waits, recording.remarks) == ("", ("quiet",))


@pytest.mark.parametrize("gains", [(1, -1), (1, 0), (0, 1), (1, 0.001)])
def test_channels_that_would_spoil_the_average_are_not_averaged(drop, gains):
    voice = audio.decode(COURTE) * 0.9
    path = drop(sounds.wav_of(np.stack([voice * gain for gain in gains])))

    assert audio.decode(path) == pytest.approx(voice * max(gains), abs=1e-4)
    assert {"one-channel", "opposed-channels"} & set(audio.inspect(path).remarks)


@pytest.mark.parametrize("channels", [2, 3, 6, 7, 8, 9, 16, 32])
def test_any_number_of_channels_is_read(drop, channels):
    """PyAV 18 ends the process on eight channels or more when asked for one plane a channel."""
    voice = audio.decode(COURTE)[:16_000]
    path = drop(sounds.wav_of(np.stack([voice] * channels)))

    assert audio.inspect(path).channels == channels
    assert audio.decode(path) == pytest.approx(voice, abs=1e-4)


def test_damage_is_told(drop, encoded):
    data = bytearray(encoded["mp3"])
    data[5000:5400] = bytes(400)

    recording = audio.inspect(drop(bytes(data)))

    assert recording.damaged
    assert "damaged" in recording.remarks


# --- what is heard and played ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMS)
def test_what_is_rendered_is_what_is_decoded(drop, encoded, tmp_path, name):
    path = drop(encoded[name])

    outline = audio.render(path, tmp_path / "sound.wav", buckets=500)

    samples = audio.decode(path)
    assert (tmp_path / "sound.wav").read_bytes() == audio.playable(samples)
    assert outline == pytest.approx(audio.peaks(samples, buckets=500), abs=2e-3)


def test_a_protected_recording_is_rendered_open(drop, tmp_path):
    path = drop(sounds.olympus(password="1234"))

    audio.render(path, tmp_path / "sound.wav", buckets=0, password="1234")

    assert audio.inspect(tmp_path / "sound.wav").seconds == pytest.approx(8.64, abs=0.01)


def test_a_sound_that_never_ends_is_not_rendered_for_ever(drop, tmp_path, monkeypatch):
    monkeypatch.setattr(audio, "_LONGEST", 1.0)

    with pytest.raises(DecodingFailed):
        audio.render(drop(sounds.wav(2.0)), tmp_path / "sound.wav", buckets=10)


# --- recordings of real machines, which are not part of this repository ---------------------------------------------

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "do-not-commit" / "dss"
REAL = {
    "encrypted_aes128.ds2": ("encrypted_aes128_reference.wav", 39.696),
    "encrypted_aes256.ds2": ("encrypted_aes256_reference.wav", 38.272),
    "grundig_sample.dss": ("grundig_sample_16k.wav", 3.624),
    "grundig_digta7_qp7.ds2": (None, 30.56),
}
real = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recordings of real dictaphones are not here")


@real
@pytest.mark.parametrize("name", REAL)
def test_recordings_of_real_machines_are_read_as_their_makers_read_them(name):
    reference, seconds = REAL[name]
    path = SAMPLES / name

    recording = audio.inspect(path, passwords=["0000", "1234"])

    assert (recording.seconds, recording.waits, recording.proven) == (pytest.approx(seconds), "", True)
    if reference is not None:
        with wave.open(str(SAMPLES / reference)) as file:
            expected = np.frombuffer(file.readframes(-1), np.int16).astype(int)
        heard = np.rint(audio.decode(path, password=recording.password) * 32768).astype(int)
        assert np.abs(heard - expected).max() <= 1


@real
@pytest.mark.parametrize("tenth", range(1, 10))
@pytest.mark.parametrize("name", REAL)
def test_recordings_of_real_machines_cut_at_any_tenth_are_noticed(drop, name, tenth):
    data = (SAMPLES / name).read_bytes()
    cut = len(data) * tenth // 10
    passwords = [[], ["1234"]] if name.startswith("encrypted") else [[]]

    for kept in (data[:cut], data[: cut // 512 * 512]):
        for known in passwords:
            try:
                recording = audio.inspect(drop(kept), passwords=known)
            except TruncatedAudio:
                continue
            assert not recording.proven
            assert name == "grundig_sample.dss"  # 3.17 of its 3.62 s, which its header says to be 3
            assert recording.seconds > 3.0


@real
@pytest.mark.parametrize("name", ["encrypted_aes128.ds2", "encrypted_aes256.ds2"])
def test_recordings_of_real_machines_say_that_a_password_is_missing_or_wrong(name):
    assert audio.inspect(SAMPLES / name).waits == "E024"
    assert audio.inspect(SAMPLES / name, passwords=["4321"]).waits == "E027"


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


@pytest.mark.parametrize("where", ["demux", "decode"])
def test_a_lack_of_memory_is_not_taken_for_damage(where):
    import av

    def fails(*_):
        raise av.error.MemoryError(12, "no memory")

    packet = SimpleNamespace(decode=fails)
    source = SimpleNamespace(demux=fails if where == "demux" else lambda _: iter([packet]))

    with pytest.raises(MemoryError):
        list(audio.track.packets(source, None))
