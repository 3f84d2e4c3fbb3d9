import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.errors import EmptyFile, ModelMissing, NotAudio, TranscriptionStopped
from pipeline.transcribe import WhisperTranscriber, again, listener, model
from pipeline.types import Model, Stretch, Word

DATA = Path(__file__).parents[1] / "data"
WHICH = Model(name="faux", sha256="0" * 64)

FAKE = """
import json, os, sys, time
def say(**message): print(json.dumps(message), flush=True)
def heard(text):
    say(transcript=dict(raw_text=text, words=[dict(text=text, start=0.0, end=1.0, probability=0.5)],
        speech=[[0.0, 1.0]], audio_seconds=2.0, decode_seconds=0.1, model=dict(name="faux", sha256="0" * 64)))
for line in sys.stdin:
    request = json.loads(line)
    match os.path.basename(request["path"]):
        case "hang": say(audio=0.0); time.sleep(60)
        case "silent": time.sleep(60)
        case "slow": say(audio=100.0); time.sleep(1.2); heard("lent")
        case "die": os._exit(7)
        case "garbage": print("Patient Dupont Jean", flush=True)
        case "list": print("[]", flush=True)
        case "bad-progress": say(progress="x")
        case "malformed": say(transcript=dict(raw_text="x"))
        case "wrong-word": say(transcript=dict(raw_text="x", words=[dict(mot="x")], speech=[], audio_seconds=1,
            decode_seconds=1, model=dict(name="", sha256="")))
        case "crashed": say(error="", message="MemoryError")
        case "not-audio": say(error="E022", message="the content is not a recording")
        case "altered": say(error="E030", message="the model was altered")
        case "pid": heard(str(os.getpid()))
        case "context": heard(",".join(request["context"]))
        case "again":
            say(audio=1.0)
            say(readings=[f"{s['start']} {s['expected']} {request['pace']}" for s in request["stretches"]])
        case "few": say(readings=["un"])
        case "progress": say(audio=3.0); say(progress=1.5); say(progress=3.0); heard("fini")
"""


@pytest.fixture
def fake(tmp_path):
    """A transcriber whose child is the program above."""
    program = tmp_path / "fake.py"
    program.write_text(FAKE)
    made = []

    def build(**options):
        made.append(WhisperTranscriber(tmp_path, model=WHICH, program=(sys.executable, str(program)), **options))
        return made[-1]

    yield build
    for transcriber in made:
        transcriber.close()


def test_the_child_is_kept_between_files(fake):
    transcriber = fake()

    first, second = (transcriber.transcribe(Path("pid")) for _ in range(2))

    assert first.raw_text == second.raw_text != str(os.getpid())
    assert first.words == (Word(text=first.raw_text, start=0.0, end=1.0, probability=0.5),)
    assert first.speech == ((0.0, 1.0),)
    assert first.model == WHICH


def test_the_context_reaches_the_child_in_its_order(fake):
    assert fake().transcribe(Path("context"), context=("Kardégic", "Éliquis")).raw_text == "Kardégic,Éliquis"


def test_progress_is_told_as_it_comes(fake):
    told = []

    fake(progress=told.append).transcribe(Path("progress"))

    assert told == [1.5, 3.0]


@pytest.mark.parametrize("how", ["hang", "silent"])
def test_a_recogniser_that_hangs_is_killed_and_the_next_file_has_a_fresh_one(fake, how):
    transcriber = fake(timeout=1.0)
    before = int(transcriber.transcribe(Path("pid")).raw_text)

    with pytest.raises(TranscriptionStopped, match="too long"):
        transcriber.transcribe(Path(how))

    assert _is_gone(before)
    assert int(transcriber.transcribe(Path("pid")).raw_text) != before


def test_a_long_recording_has_time_in_proportion_to_its_length(fake):
    transcriber = fake(timeout=1.0, timeout_factor=1.0)
    transcriber.transcribe(Path("pid"))

    assert transcriber.transcribe(Path("slow")).raw_text == "lent"


@pytest.mark.parametrize("how", ["die", "garbage", "list", "bad-progress", "malformed", "wrong-word", "crashed"])
def test_a_recogniser_that_dies_or_raves_stops_that_file_only(fake, how):
    transcriber = fake()

    with pytest.raises(TranscriptionStopped) as stop:
        transcriber.transcribe(Path(how))

    assert "Dupont" not in str(stop.value)
    assert transcriber.transcribe(Path("context"), context=["suite"]).raw_text == "suite"


def test_a_recogniser_that_died_between_two_files_is_replaced_after_one_stop(fake):
    transcriber = fake()
    os.kill(int(transcriber.transcribe(Path("pid")).raw_text), 9)

    with pytest.raises(TranscriptionStopped):
        transcriber.transcribe(Path("pid"))

    assert transcriber.transcribe(Path("pid"))


def test_what_is_wrong_with_the_file_is_said_and_the_child_is_kept(fake):
    transcriber = fake()
    before = transcriber.transcribe(Path("pid")).raw_text

    with pytest.raises(NotAudio, match="not a recording"):
        transcriber.transcribe(Path("not-audio"))
    with pytest.raises(ModelMissing):
        transcriber.transcribe(Path("altered"))

    assert transcriber.transcribe(Path("pid")).raw_text == before


def test_a_program_that_cannot_start_is_a_stop(tmp_path):
    with pytest.raises(TranscriptionStopped):
        WhisperTranscriber(tmp_path, model=WHICH, program=("/no/such/program",)).transcribe(Path("x"))


def test_closing_ends_the_child(fake):
    transcriber = fake()
    child = int(transcriber.transcribe(Path("pid")).raw_text)

    transcriber.close()

    assert _is_gone(child)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_child_outlives_the_thread_that_first_asked_for_it(fake):
    transcriber = fake()
    answers = []
    asker = threading.Thread(target=lambda: answers.append(transcriber.transcribe(Path("pid")).raw_text))
    asker.start()
    asker.join()

    assert transcriber.transcribe(Path("pid")).raw_text == answers[0]


# --- the real child, without its recogniser -----------------------------------------------------------------------


def test_the_real_child_refuses_altered_weights(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"not the weights")
    transcriber = WhisperTranscriber(tmp_path, model=WHICH)

    with pytest.raises(ModelMissing):
        transcriber.transcribe(DATA / "00_courte.flac")

    transcriber.close()


def test_the_real_child_dies_with_its_parent_even_killed(tmp_path):
    (tmp_path / "model.bin").touch()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    with parent:
        child = int(parent.stdout.readline())
        assert not _is_gone(child, within=0.0)
        parent.kill()

    assert _is_gone(child)


PARENT = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from pipeline.child import Child
    from pipeline.transcribe import WhisperTranscriber
    from pipeline.types import Model
    transcriber = WhisperTranscriber(Path(sys.argv[1]), model=Model(name="x", sha256="0"))
    child = Child(transcriber._command)
    print(child.pid, flush=True)
    time.sleep(60)
    """
)


def test_the_parent_imports_nothing_heavy():
    parts = "pipeline.transcribe, pipeline.inbox, pipeline.sound.audio, pipeline.transcribe.model"
    code = f"import sys, {parts}; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert not {"faster_whisper", "ctranslate2", "numpy", "av", "onnxruntime", "pydsscodec", "watchdog"} & set(loaded)


def test_listening_again_asks_for_each_stretch_and_gives_what_is_written_of_it(fake):
    asked = [Stretch(start=0.0, end=9.0, expected=("bisoprolol",), words=8), Stretch(start=9.0, end=12.0)]

    heard = fake().hear_again(Path("again"), asked, pace=0.94)

    assert heard == ("0.0 ['bisoprolol'] 0.94", "9.0 [] 0.94")


def test_listening_again_to_nothing_starts_nothing(fake):
    assert fake().hear_again(Path("hang"), [], pace=0.94) == ()


def test_an_answer_that_lacks_a_stretch_is_a_stop_not_a_shift(fake):
    asked = [Stretch(start=0.0, end=9.0), Stretch(start=9.0, end=12.0)]

    with pytest.raises(TranscriptionStopped):
        fake().hear_again(Path("few"), asked, pace=0.94)


# --- what is made of the recogniser's words -----------------------------------------------------------------------


def test_context_never_carries_a_dose_or_a_unit():
    said = ["Éliquis", "apixaban 5", "2,5 mg", "ramipril mg", "tension", "mg/j", "38 °C", "5 %", "Éliquis", "  ", "Gy"]

    assert again.hotwords(said, count=len) == "Éliquis, tension"


def test_context_stops_before_the_recogniser_begins_to_loop():
    kept = again.hotwords((f"mot{'x' * n}" for n in range(300)), count=lambda text: len(text.split()))

    assert len(kept.split(", ")) == again.CONTEXT_TOKENS


def _segment(text, pieces, *, start=0.0, end=9.0):
    words = [SimpleNamespace(word=p, start=float(n), end=n + 1.0, probability=0.9 - n / 10) for n, p in pieces]
    return SimpleNamespace(text=text, words=words, start=start, end=end, avg_logprob=-0.5)


def test_pieces_of_a_word_are_put_back_together_with_the_least_sure_of_them():
    heard = listener.words([_segment(" TA 14/8 d'eau", [(0, " TA"), (1, " 14"), (2, "/8"), (3, " d'"), (4, "eau")])])

    assert [word.text for word in heard] == ["TA", "14/8", "d'eau"]
    assert heard[1] == Word(text="14/8", start=1.0, end=3.0, probability=pytest.approx(0.7))


def test_a_segment_that_was_not_timed_keeps_its_words():
    heard = listener.words([_segment(" Bien confraternellement", [(0, " Bien")], start=3.0, end=5.0)])

    assert [(word.text, word.start, word.end) for word in heard] == [
        ("Bien", 3.0, 5.0),
        ("confraternellement", 3.0, 5.0),
    ]


# --- the real recogniser ------------------------------------------------------------------------------------------


@pytest.mark.model
@pytest.mark.timeout(180)
def test_a_real_dictation_is_heard(tmp_path, tmp_path_factory):
    folder, which = model.locate("base", cache=tmp_path_factory.getbasetemp() / "models")
    told = []
    transcriber = WhisperTranscriber(folder, model=which, progress=told.append)
    (tmp_path / "vide.wav").touch()

    try:
        with pytest.raises(EmptyFile):
            transcriber.transcribe(tmp_path / "vide.wav")
        heard = transcriber.transcribe(DATA / "00_courte.flac")
        again = transcriber.transcribe(DATA / "00_courte.flac")
        helped = transcriber.transcribe(DATA / "00_courte.flac", context=["HTA", "ramipril"])
    finally:
        transcriber.close()

    assert "Martin" in heard.raw_text
    assert "ramipril" in helped.raw_text.lower()
    assert again.raw_text == heard.raw_text
    assert " ".join(word.text for word in heard.words) == " ".join(heard.raw_text.split())
    assert heard.audio_seconds == pytest.approx(10.6, abs=0.1)
    assert all(0 <= word.start <= word.end <= 10.7 and 0 <= word.probability <= 1 for word in heard.words)
    assert sum(end - start for start, end in heard.speech) == pytest.approx(9.6, abs=0.5)
    assert heard.model.sha256 == model.BASE_SHA256
    assert told
    assert told[-1] <= heard.audio_seconds


@pytest.mark.model
@pytest.mark.timeout(180)
def test_silence_gives_no_words(tmp_path, tmp_path_factory):
    from tests.pipeline import sounds

    folder, which = model.locate("base", cache=tmp_path_factory.getbasetemp() / "models")
    silence = sounds.wav(0.0)[:40] + (64_000).to_bytes(4, "little") + bytes(64_000)
    (tmp_path / "silence.wav").write_bytes(silence)
    transcriber = WhisperTranscriber(folder, model=which)

    try:
        heard = transcriber.transcribe(tmp_path / "silence.wav")
    finally:
        transcriber.close()

    assert (heard.raw_text, heard.words, heard.speech) == ("", (), ())


def _is_gone(pid: int, *, within: float = 10.0) -> bool:
    """Whether a process has ended (or waits only to be collected)."""
    end = time.monotonic() + within
    while True:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        if time.monotonic() >= end:
            return False
        time.sleep(0.05)
