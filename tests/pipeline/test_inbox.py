import errno
import hashlib
import os
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path

import pytest

from pipeline import inbox
from tests.pipeline import sounds


class Desk:
    """A practice's folders, and the rows its database would hold."""

    def __init__(self, home: Path) -> None:
        self.inbox, self.taken, self.refused = home / "inbox", home / "taken", home / "refused"
        self.inbox.mkdir()
        self.rows: dict[str, inbox.Received] = {}
        self.refusals: dict[str, inbox.Refusal] = {}

    def receive(self, received: inbox.Received) -> bool:
        new = received.sha256 not in self.rows
        self.rows.setdefault(received.sha256, received)
        return new

    def refuse(self, refusal: inbox.Refusal) -> None:
        self.refusals.setdefault(refusal.id, refusal)

    def drop(self, data: bytes, name: str = "DICT0001.wav") -> Path:
        path = self.inbox / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return path

    def take(self, path: Path, **options: object) -> inbox.Outcome:
        filled = {"taken": self.taken, "refused": self.refused, "receive": self.receive, "refuse": self.refuse}
        return inbox.take(path, **(filled | options))

    def leftovers(self) -> list[str]:
        return [path.name for folder in (self.taken, self.refused) for path in folder.glob(".*")]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_a_recording_is_copied_recorded_and_only_then_removed(desk):
    data = sounds.wav()
    path = desk.drop(data, "Dupont Jean consultation.WAV")
    seen = []

    def receive(received):
        seen.append((path.exists(), received.path.read_bytes() == data))
        return desk.receive(received)

    outcome = desk.take(path, receive=receive, folder="dr-martin")

    received = desk.rows[hashlib.sha256(data).hexdigest()]
    assert seen == [(True, True)]
    assert outcome.state == "taken"
    assert outcome.id == received.id
    assert (received.name, received.folder, received.size) == ("Dupont Jean consultation.WAV", "dr-martin", len(data))
    assert received.recording.seconds == pytest.approx(2.0)
    assert not path.exists()
    assert [p.suffix for p in desk.taken.iterdir()] == [".wav"]
    assert "dupont" not in str(received.path).lower()
    assert received.sha256[:8] not in received.path.name


def test_a_dictaphone_recording_carries_its_header(desk):
    desk.take(desk.drop(sounds.ds2(), "DICT0822.DS2"))

    (received,) = desk.rows.values()
    assert received.recording.header.author == "DR MARTIN"
    assert received.path.suffix == ".ds2"


def test_the_same_bytes_again_are_said_to_be_known_and_nothing_is_doubled(desk):
    data = sounds.wav()
    first = desk.take(desk.drop(data, "a.wav"))
    second = desk.take(desk.drop(data, "autre nom.wav"))

    assert (first.state, second.state) == ("taken", "known")
    assert len(desk.rows) == 1
    assert len(list(desk.taken.iterdir())) == 1
    assert not list(desk.inbox.iterdir())


def test_the_same_name_with_another_content_is_another_dictation(desk):
    for seed in (1, 2):
        assert desk.take(desk.drop(sounds.wav(seed=seed))).state == "taken"

    assert len(desk.rows) == 2


BAD = {
    "wav cut in the middle": (sounds.wav()[:20_000], "E023", "incomplet"),
    "empty file": (b"", "E021", "vide"),
    "text renamed .wav": ("Cher confrère,\n".encode() * 99, "E022", "n'est pas un enregistrement"),
    "mp3 of no byte": (b"", "E021", "vide"),
    "dss cut in the middle": (sounds.ds2(length=b"000030"), "E023", "incomplet"),
    "protected ds2": (b"\x03enc" + sounds.ds2()[4:], "E024", "mot de passe"),
    "unknown ds2": (b"\x08ds2" + sounds.ds2()[4:], "E025", "ne sait pas encore lire"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_taken_is_kept_aside_with_its_reason_in_french(desk, what):
    data, code, word = BAD[what]
    path = desk.drop(data, "Dupont Jean.wav")

    outcome = desk.take(path, folder="dr-martin")

    (refusal,) = desk.refusals.values()
    explanation = refusal.path.with_suffix(".txt").read_text(encoding="utf-8")
    assert outcome.state == "refused"
    assert word in outcome.reason
    assert refusal.code == code
    assert refusal.path.read_bytes() == data
    assert word in explanation
    assert "Dupont Jean.wav" in explanation
    assert "dr-martin" in explanation
    assert "Dupont" not in "".join(p.name for p in desk.refused.iterdir())
    assert not path.exists()
    assert not desk.rows
    assert not desk.leftovers()


def test_two_empty_files_are_two_refusals(desk):
    for name in ("a.wav", "b.wav"):
        desk.take(desk.drop(b"", name))

    assert len(desk.refusals) == 2
    assert len(list(desk.refused.glob("*.txt"))) == 2


def test_a_file_that_may_still_be_arriving_is_left_alone(desk):
    path = desk.drop(sounds.wav()[:20_000])

    outcome = desk.take(path, patient=True)

    assert outcome.state == "waiting"
    assert path.exists()
    assert not desk.refusals
    assert not desk.leftovers()


def test_a_file_that_changes_while_it_is_copied_waits(desk, monkeypatch):
    path = desk.drop(sounds.wav())
    fill = inbox._Draft.fill

    def fill_slowly(draft, source):
        digest = fill(draft, source)
        with path.open("ab") as writer:
            writer.write(b"more")
        return digest

    monkeypatch.setattr(inbox._Draft, "fill", fill_slowly)

    assert desk.take(path).state == "waiting"
    assert not desk.rows
    assert path.exists()


def test_a_file_that_is_replaced_while_it_is_taken_is_not_removed(desk):
    path = desk.drop(sounds.wav(seed=1))

    def receive(received):
        other = desk.drop(sounds.wav(seed=2), "other.tmp")
        os.replace(other, path)
        return desk.receive(received)

    assert desk.take(path, receive=receive).state == "taken"
    assert path.read_bytes() == sounds.wav(seed=2)
    assert desk.take(path).state == "taken"
    assert len(desk.rows) == 2


@pytest.mark.skipif(os.name == "nt", reason="links and FIFOs of POSIX")
@pytest.mark.parametrize("what", ["symlink", "dangling", "fifo", "hard link", "folder"])
def test_what_is_not_a_plain_file_of_its_own_is_left_where_it_is(desk, tmp_path, what):
    secret = tmp_path / "ailleurs.wav"
    secret.write_bytes(sounds.wav())
    path = desk.inbox / "DICT0001.wav"
    match what:
        case "symlink":
            path.symlink_to(secret)
        case "dangling":
            path.symlink_to(tmp_path / "rien")
        case "fifo":
            os.mkfifo(path)
        case "hard link":
            path.hardlink_to(secret)
        case "folder":
            path.mkdir()

    outcome = desk.take(path)

    assert outcome.state == "left"
    assert outcome.reason.endswith(".")
    assert os.path.lexists(path)
    assert secret.exists()
    assert not desk.rows
    assert not desk.refusals


def test_a_file_that_has_gone_is_nothing(desk):
    assert desk.take(desk.inbox / "gone.wav").state == "waiting"


@pytest.mark.skipif(sys.platform != "linux", reason="names of bytes")
@pytest.mark.parametrize(
    "name",
    [
        b"..\\..\\etc\\passwd.wav",
        b"dict\xff\xfe.wav",
        b"Dupont\nJean\x1b[31m.wav",
        "\u202egpj.wav".encode(),
        "e\u0301te\u0301.wav".encode(),
        b"$(reboot);'\".wav",
        b"-rf.wav",
        b"a.wav/../../../x"[:5],
        ("é" * 120).encode() + b".wav",
        b"sans suffixe",
        b"dictee.Patient Dupont Jean",
    ],
)
def test_a_hostile_name_harms_nothing(desk, tmp_path, name):
    path = Path(os.fsdecode(os.fsencode(desk.inbox) + b"/" + name))
    path.write_bytes(sounds.wav())

    outcome = desk.take(path)

    (received,) = desk.rows.values()
    assert outcome.state == "taken"
    assert received.name.isprintable()
    received.name.encode("utf-8")
    assert received.path.parent == desk.taken
    assert received.path.name.isascii()
    assert received.path.suffix in (".wav", ".bin")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["inbox", "taken"]


def test_accents_written_in_two_pieces_are_shown_in_one(desk):
    assert inbox.readable("e\u0301te\u0301.wav") == "été.wav"


@pytest.mark.parametrize("data", [sounds.wav(0.2), b"not a recording"])
@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "full"), OSError(errno.EIO, "broken"), RuntimeError("bug")])
def test_a_fault_at_any_step_loses_nothing_and_doubles_nothing(tmp_path, monkeypatch, data, fault):
    n = 0
    while True:
        home = tmp_path / str(n)
        home.mkdir()
        desk = Desk(home)
        path = desk.drop(data)
        with monkeypatch.context() as patch:
            fired = _fail_at(patch, n, fault)
            with suppress(type(fault)):
                desk.take(path)
        if path.exists():
            assert path.read_bytes() == data
            assert desk.take(path).state in ("taken", "known", "refused")
        kept = [*desk.rows.values(), *desk.refusals.values()]
        assert [row.path.read_bytes() for row in kept] == [data]
        assert not path.exists()
        assert not desk.leftovers()
        if not fired:
            break
        n += 1
    assert n > 12


def _fail_at(patch, n, fault):
    """Make the n-th system call of a take fail; the list is no longer empty once it has."""
    calls, fired = [], []

    def wrap(real):
        def call(*arguments, **options):
            calls.append(real)
            if len(calls) == n + 1:
                fired.append(real)
                raise fault
            return real(*arguments, **options)

        return call

    for name in ("read", "write", "fsync", "replace", "lstat", "fstat", "lseek"):
        patch.setattr(inbox.os, name, wrap(getattr(os, name)))
    patch.setattr(inbox.hashlib, "file_digest", wrap(hashlib.file_digest))
    patch.setattr(Desk, "receive", wrap_method(wrap, Desk.receive))
    patch.setattr(Desk, "refuse", wrap_method(wrap, Desk.refuse))
    return fired


def wrap_method(wrap, method):
    """Fail once before the row is committed, and once after: the caller cannot know which."""
    before, after = wrap(method), wrap(lambda *_: None)

    def call(desk, row):
        answer = before(desk, row)
        after()
        return answer

    return call


KILLED = textwrap.dedent(
    """
    import hashlib, os, sys
    from pathlib import Path
    from pipeline import audio, inbox

    home, data = Path(sys.argv[1]), b"sound" * 1000

    def inspect(path):
        return audio.Recording(container="wav", codec="pcm", sample_rate=16000, channels=1, seconds=1.0)

    def receive(received):
        try:
            os.symlink(received.path, home / str(n) / "rows" / received.sha256)
        except FileExistsError:
            return False
        return True

    def take():
        folders = dict(taken=home / str(n) / "taken", refused=home / str(n) / "refused")
        return inbox.take(source, inspect=inspect, receive=receive, refuse=print, **folders)

    def kill_at(n):
        calls = []
        def wrap(real):
            def call(*arguments, **options):
                if len(calls) == n:
                    os._exit(9)
                calls.append(real)
                return real(*arguments, **options)
            return call
        for name in "open read write fsync replace lstat fstat unlink close lseek symlink".split():
            setattr(os, name, wrap(getattr(os, name)))

    n = 0
    while True:
        source = home / str(n) / "inbox" / "a.wav"
        source.parent.mkdir(parents=True)
        (home / str(n) / "rows").mkdir()
        source.write_bytes(data)
        child = os.fork()
        if child == 0:
            kill_at(n)
            take()
            os._exit(0)
        killed = os.waitpid(child, 0)[1] != 0
        if source.exists():
            assert source.read_bytes() == data
            assert take().state in ("taken", "known")
        (row,) = (home / str(n) / "rows").iterdir()
        copy = row.readlink()
        assert not source.exists() and copy.read_bytes() == data, n
        assert [p for p in copy.parent.iterdir() if not p.name.startswith(".")] == [copy], n
        if not killed:
            break
        n += 1
    print(n)
    """
)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
def test_being_killed_at_any_step_loses_nothing_and_doubles_nothing(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )

    assert run.returncode == 0, run.stderr
    assert int(run.stdout) > 12


def test_a_copy_that_differs_from_its_original_is_never_received(desk, monkeypatch):
    path = desk.drop(sounds.wav())
    write = os.write
    monkeypatch.setattr(inbox.os, "write", lambda target, block: write(target, b"\0" * len(block)))

    with pytest.raises(OSError, match="differs"):
        desk.take(path)

    assert path.exists()
    assert not desk.rows
    assert not desk.leftovers()


def test_a_disk_that_takes_a_few_bytes_at_a_time_still_gets_them_all(desk, monkeypatch):
    write = os.write
    monkeypatch.setattr(inbox.os, "write", lambda target, block: write(target, bytes(block[:1000])))

    assert desk.take(desk.drop(sounds.wav())).state == "taken"


def test_an_original_that_cannot_be_removed_is_told(desk, monkeypatch):
    path = desk.drop(sounds.wav())

    def refuse_to_remove(self, missing_ok=False):
        if self == path:
            raise PermissionError(errno.EACCES, "read-only")
        os.unlink(self)

    monkeypatch.setattr(Path, "unlink", refuse_to_remove)

    outcome = desk.take(path)

    assert outcome.state == "left"
    assert "bien été traité" in outcome.reason
    assert len(desk.rows) == 1


def test_an_unforeseen_error_of_the_reader_leaves_the_file_where_it_is(desk):
    path = desk.drop(sounds.wav())

    def broken(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        desk.take(path, inspect=broken)

    assert path.exists()
    assert not desk.leftovers()
