import json
import os
import resource
import struct
import subprocess
import sys
import textwrap
import threading
import wave
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import child
from pipeline.errors import DecodingFailed, EmptyFile, FileRefused, NotAudio, TruncatedAudio, UnknownAudio
from pipeline.sound import audio, container, decoder, decoding
from tests.pipeline import sounds
from tests.pipeline.test_transcribe import _is_gone

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits and signals are those of POSIX")
LEAST = 500
"""The least memory that the settings allow."""

FAKE = """
import json, os, sys, time
def say(**message): print(json.dumps(message), flush=True)
def found(): return dict(container="wav", codec=str(os.getpid()), sample_rate=1, channels=1, seconds=1.0,
    declared_seconds=None, damaged=0, proven=True, header=None, remarks=[], waits="", password=None)
for line in sys.stdin:
    request = json.loads(line)
    if request["do"] == "start":
        say(ready=True)
        continue
    name = os.path.basename(request["path"])
    first = not os.path.exists(request["path"] + ".seen")
    open(request["path"] + ".seen", "a").write("x")
    match name:
        case "hang": time.sleep(60)
        case "die": os._exit(7)
        case "die-once" if first: os._exit(7)
        case "garbage": print("Patient Dupont Jean", flush=True)
        case "malformed": say(recording=dict(found(), seconds="x"))
        case "other": say(recording=dict(found(), autre=1))
        case "memory": say(failed="MemoryError")
        case "disk": say(errno=28)
        case "not-audio": say(error="E022", message="the content is not a recording")
        case "huge": say(error="E178", message="too big")
        case "endless":
            while True: say(progress=0.0); time.sleep(0.01)
        case "slow":
            for seconds in range(12): say(progress=seconds * 10.0); time.sleep(0.1)
            say(recording=found())
        case _: say(recording=found())
"""


@pytest.fixture
def fake(tmp_path):
    """A decoder whose process is the program above, and how to ask it for a file of some name."""
    program = tmp_path / "fake.py"
    program.write_text(FAKE)
    made = []

    def build(**options):
        made.append(decoding.Decoder(program=(sys.executable, str(program)), **options))
        return made[-1]

    yield build
    for one in made:
        one.close()


@pytest.fixture
def drop(tmp_path):
    def write(data: bytes = b"x", name: str = "file") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


@pytest.fixture(scope="module")
def real():
    made = decoding.Decoder()
    yield made
    made.close()


# --- a process that fails -----------------------------------------------------------------------------------------


def test_the_process_is_kept_between_files_and_renewed_after_many(fake, drop):
    kept = fake(files=3)

    pids = [kept.inspect(drop()).codec for _ in range(7)]

    assert [pids.count(one) for one in dict.fromkeys(pids)] == [3, 3, 1]
    assert _is_gone(int(pids[0]))


@pytest.mark.parametrize("how", ["die", "garbage", "malformed", "other", "memory"])
def test_a_file_that_fails_twice_is_refused_and_the_next_one_is_read(fake, drop, how):
    decoding_ = fake()

    with pytest.raises(DecodingFailed) as refusal:
        decoding_.inspect(drop(name=how))

    assert "Dupont" not in str(refusal.value)
    assert (Path(drop(name=how)).with_name(f"{how}.seen")).read_text() == "xx"
    assert decoding_.inspect(drop()).seconds == 1.0


def test_a_file_that_failed_once_is_read(fake, drop):
    assert fake().inspect(drop(name="die-once")).seconds == 1.0


@pytest.mark.parametrize("how", ["hang", "endless"])
def test_a_file_that_takes_too_long_is_refused_and_its_process_ended(fake, drop, how):
    decoding_ = fake(base_seconds=0.5)
    before = int(decoding_.inspect(drop()).codec)

    with pytest.raises(DecodingFailed, match="too long"):
        decoding_.inspect(drop(name=how))

    assert _is_gone(before)


def test_a_long_file_has_time_in_proportion_to_what_was_read(fake, drop):
    """1.2 s of work for 110 s of sound, where half a second is allowed to a file of which nothing is read."""
    assert fake(base_seconds=0.5).inspect(drop(name="slow")).seconds == 1.0


def test_a_process_that_died_between_two_files_costs_nothing(fake, drop):
    decoding_ = fake()
    os.kill(int(decoding_.inspect(drop()).codec), 9)

    assert decoding_.inspect(drop()).seconds == 1.0


def test_what_is_wrong_with_the_file_is_said_and_the_process_kept(fake, drop):
    decoding_ = fake()
    before = decoding_.inspect(drop()).codec

    with pytest.raises(NotAudio):
        decoding_.inspect(drop(name="not-audio"))
    with pytest.raises(audio.HugeFile):
        decoding_.inspect(drop(name="huge"))
    with pytest.raises(OSError, match="not written"):
        decoding_.inspect(drop(name="disk"))

    assert decoding_.inspect(drop()).codec == before


@pytest.mark.parametrize("program", [("/no/such/program",), (sys.executable, "-c", "raise SystemExit(3)")])
def test_a_process_that_cannot_start_refuses_nothing(drop, program):
    decoding_ = decoding.Decoder(program=program)

    with pytest.raises(decoding.DecoderAway) as error:
        decoding_.inspect(drop())

    assert error.value.retry
    assert not isinstance(error.value, FileRefused)


def test_closing_in_the_middle_of_a_file_does_not_refuse_it(fake, drop):
    decoding_ = fake()
    path = drop(name="hang")
    raised = []

    def read():
        try:
            decoding_.inspect(path)
        except Exception as error:
            raised.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    while not path.with_name("hang.seen").exists():
        pass
    decoding_.close()
    reader.join()

    assert isinstance(raised[0], decoding.DecoderAway)
    with pytest.raises(decoding.DecoderAway):
        decoding_.inspect(drop())


def test_a_child_that_was_ended_meanwhile_is_a_stop_like_any_other():
    """Another thread may end it, and close its input, between two requests."""
    ended = child.Child([sys.executable, "-c", "input()"])
    ended.kill()

    with pytest.raises(child.Stopped):
        ended.ask({"do": "start"})


def test_a_file_that_went_away_is_not_refused(fake, tmp_path):
    with pytest.raises(FileNotFoundError):
        fake().inspect(tmp_path / "absent")


def test_there_is_one_for_the_whole_program():
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: decoding.shared(), range(8)))

    assert len(set(map(id, found))) == 1


# --- the real process ---------------------------------------------------------------------------------------------


def test_it_says_what_the_reader_says(real, drop):
    data = (sounds.wav(), sounds.ds2(), sounds.olympus(password="1234"), sounds.encoded("mp3", "libmp3lame"))
    for path in [drop(one, name=str(number)) for number, one in enumerate(data)]:
        for passwords in ((), ("0000",), ("0000", "1234")):
            assert real.inspect(path, passwords=passwords) == audio.inspect(path, passwords=passwords)
    assert real.inspect(path, limits=audio.Limits(seconds=1.0)).waits == "E026"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", EmptyFile),
        (b"Cher confrere," * 99, NotAudio),
        (sounds.wav()[:-9], TruncatedAudio),
        (b"\x08" + sounds.ds2()[1:], UnknownAudio),
    ],
)
def test_its_refusals_are_those_of_the_reader(real, drop, data, kind):
    with pytest.raises(kind) as refusal:
        real.inspect(drop(data))

    with pytest.raises(kind) as expected:
        audio.inspect(drop(data))
    assert str(refusal.value) == str(expected.value)


def test_the_sound_is_written_with_its_outline(real, drop, tmp_path):
    path = drop(sounds.olympus(password="1234"))

    outline = real.sound(path, tmp_path / "sound.wav", buckets=50, password="1234")

    samples = audio.decode(path, password="1234")
    assert (tmp_path / "sound.wav").read_bytes() == audio.playable(samples)
    assert outline == pytest.approx(audio.peaks(samples, buckets=50), abs=2e-3)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_not_the_fault_of_the_recording(real, drop):
    with pytest.raises(OSError, match=r"\[Errno 28\]"):
        real.sound(drop(sounds.wav(20.0)), Path("/dev/full"), buckets=5)


def test_threads_share_it(real, drop):
    paths = [drop(sounds.wav(seed=n), name=str(n)) for n in range(8)]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(real.inspect, paths * 4))

    assert {round(one.seconds, 6) for one in found} == {2.0}


def test_the_process_leaves_no_image_of_its_memory_and_has_a_limit(real, drop):
    real.inspect(drop(sounds.wav()), memory_megabytes=LEAST)
    pid = real._idle[-1][0].pid

    assert resource.prlimit(pid, resource.RLIMIT_CORE)[0] == 0
    assert resource.prlimit(pid, resource.RLIMIT_AS)[0] == LEAST * 1_000_000


def test_the_process_outlives_a_polite_request_and_not_its_parent(real, drop):
    """When the whole service is asked to stop, the file being read must be read: its reader ends it afterwards."""
    real.inspect(drop(sounds.wav()))
    pid = real._idle[-1][0].pid

    os.kill(pid, 15)

    assert real.inspect(drop(sounds.wav())).seconds == pytest.approx(2.0)
    assert not _is_gone(pid, within=0.0)


def test_the_process_dies_with_its_parent_even_killed():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert not _is_gone(pid, within=0.0)
        parent.kill()

    assert _is_gone(pid)


PARENT = textwrap.dedent(
    """
    import time
    from pipeline.sound import decoding
    child = decoding.shared()._started()
    print(child.pid, flush=True)
    time.sleep(60)
    """
)


# --- hostile files ------------------------------------------------------------------------------------------------


@pytest.mark.timeout(180)
def test_hours_of_silence_in_a_small_file_wait_for_a_person_in_little_memory(real, drop, tmp_path):
    path = drop(sounds.silent_hours(1.0))
    assert path.stat().st_size < 800_000

    recording = real.inspect(path, limits=audio.Limits(seconds=600), memory_megabytes=LEAST)
    outline = real.sound(path, tmp_path / "sound.wav", buckets=1000, memory_megabytes=LEAST)

    assert (recording.waits, round(recording.seconds)) == ("E026", 3600)
    assert set(outline) == {0.0}
    with wave.open(str(tmp_path / "sound.wav")) as file:
        assert file.getnframes() == pytest.approx(3600 * audio.RATE, abs=9000)


@pytest.mark.timeout(180)
def test_a_long_dictation_of_a_dictaphone_is_read_though_its_codec_keeps_the_whole_of_it(real, drop, tmp_path):
    """40 minutes of what an Olympus machine writes at its best: 38 million samples."""
    path = drop(sounds.ds2(blocks=15_000, length=b"004000"))

    assert real.inspect(path, memory_megabytes=LEAST).seconds == pytest.approx(2400.0)
    real.sound(path, tmp_path / "sound.wav", buckets=9, memory_megabytes=LEAST)


@pytest.mark.timeout(180)
def test_a_recording_that_needs_more_memory_than_is_left_is_refused(real, drop):
    """Five million empty boxes before the sound."""
    path = drop(b"\0\0\0\x18ftypM4A " + bytes(12) + b"\0\0\0\x08free" * 5_000_000)

    with pytest.raises(DecodingFailed):
        real.inspect(path, memory_megabytes=LEAST)

    assert real.inspect(drop(sounds.wav()), memory_megabytes=LEAST).seconds == pytest.approx(2.0)


def outcome(decoding_, path):
    """The recording, or its refusal; a process that failed on it is neither."""
    try:
        return decoding_.inspect(path, limits=audio.Limits(), passwords=["1234"], memory_megabytes=LEAST)
    except DecodingFailed:
        raise
    except FileRefused as refusal:
        return refusal


def wav_header(*, channels=1, rate=16_000, bits=16, announced=32_000, block=2):
    fmt = struct.pack("<HHIIHH", 1, channels, rate, rate * block & 0xFFFFFFFF, block, bits)
    head = b"RIFF" + struct.pack("<I", 36 + announced & 0xFFFFFFFF) + b"WAVEfmt " + struct.pack("<I", 16) + fmt
    return head + b"data" + struct.pack("<I", announced)


LIARS = {
    "65,535 channels": wav_header(channels=65_535) + bytes(32_000),
    "no channel": wav_header(channels=0) + bytes(32_000),
    "4 GHz": wav_header(rate=0xFFFFFFFF) + bytes(32_000),
    "no rate": wav_header(rate=0) + bytes(32_000),
    "one sample a second": wav_header(rate=1) + os.urandom(32_000),
    "65,535 bits": wav_header(bits=65_535, block=8192) + bytes(32_000),
    "a codec nobody knows": b"".join((wav_header()[:20], b"\x99\x99", wav_header()[22:], bytes(32_000))),
    "three bits": wav_header(bits=3) + bytes(32_000),
    "4 GB announced": wav_header(announced=0x7FFFEFFF) + bytes(32_000),
    "a chunk in itself": b"RIFF\4\0\0\0WAVELIST" + struct.pack("<i", -8) * 100,
    "a box of one byte": bytes(3) + b"\x18ftypM4A " + bytes(12) + b"\0\0\0\1moov" + b"\0" * 7 + b"\1" + bytes(999),
    "a box of 2^63 bytes": bytes(3) + b"\x18ftypM4A " + bytes(12) + b"\0\0\0\1moov" + b"\x7f" + b"\xff" * 7 + bytes(9),
    "a tag of 256 MB": b"ID3\4\0\0" + b"\x7f" * 4 + os.urandom(9000),
    "192 kHz on 32 channels": wav_header(channels=32, rate=192_000, block=64, announced=6_400_000) + bytes(6_400_000),
}


@pytest.mark.parametrize("name", LIARS)
def test_a_header_that_lies_costs_nothing_but_its_file(real, drop, tmp_path, name):
    path = drop(LIARS[name])

    found = outcome(real, path)

    assert isinstance(found, FileRefused) or found.waits or found.seconds < 40_000
    with_all = real.inspect(drop(sounds.wav()), memory_megabytes=LEAST)
    assert with_all.seconds == pytest.approx(2.0)


def magics():
    known = [b"\0" * at + magic for at, magic, _ in container._MAGICS]
    return [*known, *(bytes([lead]) + magic for lead in (1, 2, 3, 6, 7, 8) for magic in (b"dss", b"ds2", b"enc"))]


@pytest.mark.parametrize("magic", magics(), ids=lambda magic: magic.hex())
def test_noise_behind_any_magic_is_refused_or_read_never_fatal(real, drop, magic):
    for size in (0, 40, 3000, 100_000):
        path = drop(magic + os.urandom(size))
        assert outcome(real, path) is not None, (magic, size)


# --- from one process to the other --------------------------------------------------------------------------------


@given(
    st.floats(0, 1e6), st.text(max_size=20), st.sampled_from(["", "E024"]), st.none() | st.datetimes(),
    st.none() | st.text(max_size=5),
)  # fmt: skip
def test_a_recording_goes_from_one_process_to_the_other_unchanged(seconds, author, waits, start, password):
    header = replace(decoder.dss.parse(sounds.dss_header()), author=author, start=start)
    made = audio.Recording(
        container="ds2", codec="ds2", sample_rate=16_000, channels=1, seconds=seconds, header=header,
        remarks=("quiet", "noisy"), waits=waits, password=password,
    )  # fmt: skip

    assert decoder.from_json(json.loads(json.dumps(decoder.as_json(made)))) == made


def test_nothing_heavy_is_imported_to_ask():
    code = "import sys, pipeline.sound.decoding; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert not {"numpy", "av", "pydsscodec"} & set(loaded)
