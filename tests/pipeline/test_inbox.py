import errno
import hashlib
import os
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path

import pytest

from pipeline import disk, inbox
from pipeline.inbox import copies, originals
from pipeline.sound import audio
from tests.pipeline import sounds


class Desk:
    """A practice's folders, and the rows its database would hold."""

    def __init__(self, home: Path) -> None:
        self.inbox, self.taken, self.refused = home / "inbox", home / "taken", home / "refused"
        self.inbox.mkdir()
        self.rows: dict[str, inbox.Received] = {}
        self.refusals: dict[str, inbox.Refusal] = {}

    def receive(self, received: inbox.Received) -> str:
        return self.rows.setdefault(received.sha256, received).id

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


def close(monkeypatch, folder: Path) -> None:
    """Let nothing be removed from a folder, as on a share that may only be read; also for the tests run by root."""

    def wrap(real):
        def call(path, *arguments, **options):
            if Path(os.fsdecode(path)).is_relative_to(folder):
                raise PermissionError(errno.EACCES, "read-only")
            return real(path, *arguments, **options)

        return call

    for name in ("rename", "replace", "unlink", "remove"):
        monkeypatch.setattr(os, name, wrap(getattr(os, name)))
    access = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: access(path, mode) and not (mode & os.W_OK and Path(path) == folder)
    )


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
    fill = copies.Draft.fill

    def fill_slowly(draft, source):
        digest = fill(draft, source)
        with path.open("ab") as writer:
            writer.write(b"more")
        return digest

    monkeypatch.setattr(copies.Draft, "fill", fill_slowly)

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
        assert not desk.leftovers() or fired == [os.unlink]  # what cannot be removed stays, hidden
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

    for name in ("open", "read", "write", "fsync", "rename", "replace", "lstat", "stat", "fstat", "lseek", "unlink"):
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
    from pipeline import inbox
    from pipeline.sound import audio

    home, data = Path(sys.argv[1]), b"sound" * 1000

    def inspect(path, folder):
        return audio.Recording(container="wav", codec="pcm", sample_rate=16000, channels=1, seconds=1.0)

    def receive(received):
        try:
            os.symlink(received.path, home / str(n) / "rows" / received.sha256)
        except FileExistsError:
            return "known"
        return received.id

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
        for name in "open read write fsync rename replace lstat fstat unlink close lseek symlink".split():
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
    close(monkeypatch, desk.inbox)

    outcome = desk.take(path)

    (row,) = desk.rows.values()
    assert (outcome.state, outcome.code, outcome.id) == ("left", "E175", row.id)
    assert path.exists()
    assert not desk.leftovers()


def test_an_unforeseen_error_of_the_reader_leaves_the_file_where_it_is(desk):
    path = desk.drop(sounds.wav())

    def broken(*_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        desk.take(path, inspect=broken)

    assert path.exists()
    assert not desk.leftovers()


# --- a file that may still be arriving ----------------------------------------------------------------------------


def recorded(**facts: object) -> audio.Recording:
    return audio.Recording(container="wav", codec="pcm", sample_rate=16000, channels=1, seconds=1.0, **facts)


@pytest.mark.skipif(sys.platform != "linux", reason="leases of Linux")
def test_a_file_that_a_program_has_open_for_writing_waits_though_it_looks_whole(desk):
    path = desk.drop(sounds.wav())
    with path.open("ab"):
        assert desk.take(path, patient=True).state == "waiting"
    assert desk.take(path, patient=True).state == "taken"


@pytest.mark.skipif(sys.platform != "linux", reason="leases of Linux")
def test_a_file_that_stays_open_is_taken_in_the_end_only_if_it_proves_that_it_is_whole(desk):
    path = desk.drop(sounds.wav())
    with path.open("ab"):
        assert desk.take(path, inspect=lambda *_: recorded(proven=False)).state == "waiting"
        assert desk.take(path, inspect=lambda *_: recorded()).state == "taken"
    broken = desk.drop(sounds.wav()[:20_000])
    with broken.open("ab"):
        assert desk.take(broken).state == "waiting"
    assert desk.take(broken).state == "refused"


@pytest.mark.skipif(sys.platform != "linux", reason="leases of Linux")
def test_a_share_is_not_asked_who_has_a_file_open_for_its_answer_would_hold_files_for_ever(desk, monkeypatch):
    path = desk.drop(sounds.wav())
    monkeypatch.setattr(disk, "is_network", lambda _: True)
    with path.open("ab"):
        assert desk.take(path, patient=True).state == "taken"


@pytest.mark.skipif(sys.platform != "linux", reason="leases of Linux")
def test_looking_for_a_writer_does_not_end_the_program_when_one_comes_at_that_instant(desk):
    """The system's signal for a broken lease kills by default: in a process of its own, open between the two calls."""
    path = desk.drop(sounds.wav())
    program = textwrap.dedent(
        """
        import fcntl, os, subprocess, sys, threading
        from pathlib import Path
        from pipeline.inbox import unfinished

        real, path = fcntl.fcntl, sys.argv[1]
        def slowly(descriptor, command, value=0):
            if command == fcntl.F_SETLEASE and value == fcntl.F_UNLCK:
                writer = subprocess.Popen([sys.executable, "-c", f"open({path!r}, 'ab')"])
                try:
                    writer.wait(1)
                except subprocess.TimeoutExpired:
                    pass
                print("a writer came", flush=True)
            return real(descriptor, command, value)
        fcntl.fcntl = slowly
        assert not unfinished.is_being_written(os.open(path, os.O_RDONLY), Path(path))
        print("alive")
        """
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )

    assert run.stdout.split("\n") == ["a writer came", "alive", ""], run.stderr


def test_what_nothing_proves_whole_is_given_time_then_taken(desk):
    path = desk.drop(sounds.wav())

    waiting = desk.take(path, inspect=lambda *_: recorded(proven=False), patient=True)
    assert (waiting.state, len(desk.rows)) == ("waiting", 0)
    assert desk.take(path, inspect=lambda *_: recorded(proven=False)).state == "taken"


@pytest.mark.parametrize("tail", ["zeros", "hole"])
def test_room_that_a_copy_reserved_and_did_not_fill_yet_is_given_time(desk, tail):
    data = sounds.wav()
    path = desk.drop(data[: len(data) // 2] + (b"\0" * (len(data) // 2) if tail == "zeros" else b""))
    os.truncate(path, len(data))
    tried = []

    def inspect(copy, folder):
        tried.append(copy)
        return recorded()

    assert desk.take(path, inspect=inspect, patient=True).state == "waiting"
    assert not tried
    path.write_bytes(data)
    assert desk.take(path, inspect=inspect, patient=True).state == "taken"


def test_a_file_for_which_there_is_no_room_waits(desk, monkeypatch):
    path = desk.drop(sounds.wav())
    monkeypatch.setattr(disk, "free", lambda _: path.stat().st_size)

    outcome = desk.take(path)

    assert (outcome.state, outcome.code) == ("waiting", "E110")
    assert not desk.leftovers()
    monkeypatch.undo()
    assert desk.take(path).state == "taken"


# --- what is left -------------------------------------------------------------------------------------------------


def fail_to_open(monkeypatch, path: Path, error: OSError) -> None:
    real = os.open

    def opening(what, *arguments, **options):
        if what == path:
            raise error
        return real(what, *arguments, **options)

    monkeypatch.setattr(os, "open", opening)


def test_a_file_that_may_not_be_read_is_waited_for_then_told(desk, monkeypatch):
    path = desk.drop(sounds.wav())
    fail_to_open(monkeypatch, path, PermissionError(errno.EACCES, "no"))

    assert desk.take(path, patient=True).state == "waiting"
    outcome = desk.take(path)
    assert (outcome.state, outcome.code) == ("left", "E174")
    assert "droit" in outcome.reason


def test_a_file_that_another_program_of_windows_keeps_for_itself_waits_as_long_as_it_does(desk, monkeypatch):
    path = desk.drop(sounds.wav())
    held = PermissionError(errno.EACCES, "held")
    held.winerror = 32
    fail_to_open(monkeypatch, path, held)

    assert desk.take(path).state == "waiting"


def test_a_file_that_its_disk_cannot_read_is_tried_again_then_told(desk, monkeypatch):
    path = desk.drop(sounds.wav())
    inode, read = path.stat().st_ino, os.read

    def reading(descriptor, size):
        if size > 1000 and os.fstat(descriptor).st_ino == inode:
            raise OSError(errno.EIO, "bad sector")
        return read(descriptor, size)

    monkeypatch.setattr(os, "read", reading)

    with pytest.raises(OSError, match="cannot be read"):
        desk.take(path, patient=True)
    outcome = desk.take(path)
    assert (outcome.state, outcome.code) == ("left", "E180")
    assert path.exists()
    assert not desk.leftovers()


@pytest.mark.skipif(os.name == "nt", reason="links and FIFOs of POSIX")
@pytest.mark.parametrize(("what", "code"), [("symlink", "E171"), ("hard link", "E172"), ("fifo", "E173")])
def test_what_is_left_says_why_by_a_code(desk, tmp_path, what, code):
    other, path = tmp_path / "ailleurs.wav", desk.inbox / "DICT0001.wav"
    other.write_bytes(sounds.wav())
    match what:
        case "symlink":
            path.symlink_to(other)
        case "hard link":
            path.hardlink_to(other)
        case "fifo":
            os.mkfifo(path)

    assert desk.take(path).code == code


@pytest.mark.skipif(os.name == "nt", reason="sockets of POSIX")
def test_a_socket_is_left(desk, monkeypatch):
    import socket

    monkeypatch.chdir(desk.inbox)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("DICT.wav")
        assert desk.take(desk.inbox / "DICT.wav").code == "E173"


def test_a_refused_file_that_cannot_be_removed_is_told_as_refused(desk, monkeypatch):
    desk.drop(b"not a recording")
    close(monkeypatch, desk.inbox)

    outcome = desk.take(desk.inbox / "DICT0001.wav")

    assert (outcome.state, outcome.code) == ("refused", "E022")


# --- the original -------------------------------------------------------------------------------------------------


def test_what_a_program_writes_late_follows_the_original_into_taken(desk):
    path = desk.drop(sounds.wav())
    with path.open("ab", buffering=0) as writer:
        assert desk.take(path).state == "taken"
        writer.write(b"late")

    (row,) = desk.rows.values()
    assert row.path.read_bytes() == sounds.wav() + b"late"
    assert row.path.stat().st_size != row.size


def test_an_original_moved_into_taken_is_closed_to_others_and_counts_its_days_from_now(desk):
    path = desk.drop(sounds.wav())
    path.chmod(0o666)
    os.utime(path, (1_000_000, 1_000_000))
    inode = path.stat().st_ino

    desk.take(path)

    (row,) = desk.rows.values()
    kept = row.path.stat()
    assert kept.st_ino == inode
    assert kept.st_mode & 0o777 == 0o600
    assert kept.st_mtime > 1_600_000_000


def test_an_original_on_another_disk_is_removed(desk, monkeypatch):
    path = desk.drop(sounds.wav())

    def elsewhere(*_):
        raise OSError(errno.EXDEV, "another disk")

    monkeypatch.setattr(os, "rename", elsewhere)

    assert desk.take(path).state == "taken"
    assert not path.exists()
    assert not desk.leftovers()
    (row,) = desk.rows.values()
    assert row.path.read_bytes() == sounds.wav()


@pytest.mark.parametrize("how", ["another file", "another file, then a third", "written anew in the very file"])
def test_what_takes_the_place_of_the_original_at_the_instant_it_is_moved_is_given_back(desk, monkeypatch, how):
    """Between the last look and the move: the newcomer must not end in taken/ under another's name."""
    path, rename = desk.drop(sounds.wav(seed=1)), os.rename
    new = desk.inbox.parent / "new.tmp"
    new.write_bytes(sounds.wav(seed=2))

    def late(source, target):
        if source == path and how == "written anew in the very file":
            path.write_bytes(sounds.wav(seed=2))
        elif source == path:
            os.replace(new, path)
        rename(source, target)
        if source == path and how == "another file, then a third":
            path.write_bytes(sounds.wav(seed=3))

    monkeypatch.setattr(os, "rename", late)
    assert desk.take(path).state == "taken"
    monkeypatch.undo()

    (row,) = desk.rows.values()
    assert row.path.read_bytes() == sounds.wav(seed=1)
    there = sorted(one.read_bytes() for one in desk.inbox.iterdir())
    assert there == sorted(sounds.wav(seed=seed) for seed in ((2, 3) if "third" in how else (2,)))
    assert not desk.leftovers()


def test_an_original_whose_copy_went_meanwhile_is_not_removed(desk):
    path = desk.drop(sounds.wav())

    def receive(received):
        received.path.unlink()
        return desk.receive(received)

    assert desk.take(path, receive=receive).state == "left"
    assert path.exists()


def test_a_share_whose_files_change_their_numbers_is_emptied_all_the_same(desk, monkeypatch):
    path, lstat = desk.drop(sounds.wav()), os.lstat
    monkeypatch.setattr(disk, "is_network", lambda _: True)

    def another_number(what):
        mode, inode, *rest = lstat(what)
        found = os.stat_result((mode, inode + 1, *rest))
        return found if what == path else lstat(what)

    def facts(status):
        return (status.st_dev, status.st_ino, status.st_size, int(status.st_mtime))

    monkeypatch.setattr(os, "lstat", another_number)
    monkeypatch.setattr(originals, "identity", facts)

    assert desk.take(path).state == "taken"
    assert not path.exists()


# --- what is told -------------------------------------------------------------------------------------------------


def test_known_bytes_give_the_id_of_the_dictation_they_are(desk):
    first = desk.take(desk.drop(sounds.wav(), "a.wav"))
    second = desk.take(desk.drop(sounds.wav(), "b.wav"))

    assert second.id == first.id != ""


def test_the_same_drop_always_has_the_same_source_and_another_one_has_another(desk):
    def source(name: str, folder: str = "lambert", *, at: int = 1_700_000_000, data: bytes = b"") -> str:
        path = desk.drop(data or sounds.wav(), name)
        os.utime(path, (at, at))
        seen = []
        desk.take(path, folder=folder, receive=lambda received: seen.append(received.source) or received.id)
        return seen[0]

    first = source("a.wav")
    assert first == source("a.wav")
    assert len({first, source("b.wav"), source("a.wav", "garnier"), source("a.wav", at=1_700_000_001)}) == 4
    assert source("a.wav", data=sounds.wav(seed=5)) == first, "the content is told by its hash, not by its source"
    assert len(first) == 20
    assert source("e\u0301.wav") == source("é.wav"), "two machines may not write accents the same way"


def test_an_upload_has_the_name_that_people_gave_it(desk, tmp_path):
    path = tmp_path / "x7f3.upload"
    path.write_bytes(sounds.wav())

    desk.take(path, name="Dictée Dupont\n.WAV", folder="lambert/urgences")

    (row,) = desk.rows.values()
    assert (row.name, row.folder, row.path.suffix) == ("Dictée Dupont.WAV", "lambert/urgences", ".wav")


def test_the_reader_is_told_where_the_file_was_dropped(desk):
    seen = []

    def inspect(copy, folder):
        seen.append((copy.parent, folder))
        return recorded()

    desk.take(desk.drop(sounds.wav()), folder="lambert", inspect=inspect)

    assert seen == [(desk.taken, "lambert")]


def test_the_name_of_a_copy_is_known_from_its_hash(desk):
    desk.take(desk.drop(sounds.wav()))

    (row,) = desk.rows.values()
    assert row.path.stem == inbox.stem(row.sha256)


LOSER = textwrap.dedent(
    """
    import hashlib, os, sys, time
    from pathlib import Path
    from pipeline import inbox
    from pipeline.inbox import lookout, watcher
    from pipeline.sound import audio

    home = Path(sys.argv[1])

    def inspect(path, folder):
        return audio.Recording(container="wav", codec="pcm", sample_rate=16000, channels=1, seconds=1.0)

    def receive(received):
        try:
            os.symlink(received.id, home / "rows" / received.sha256)
        except FileExistsError:
            known = os.readlink(home / "rows" / received.sha256)
            (home / "seconds" / received.source).touch()
            return known
        (home / "firsts" / received.source).touch()
        return received.id

    def take(path, **options):
        return inbox.take(path, taken=home / "taken", refused=home / "refused", receive=receive, refuse=print,
                          inspect=inspect, **options)

    watch = watcher.Watcher([watcher.Root(path=home / "inbox", polling=True)], take, stable_seconds=0.05)
    print("ready", flush=True)
    sys.stdin.readline()
    while any((home / "inbox").iterdir()):
        watch.scan()
    """
)


def test_two_processes_on_one_folder_take_each_file_once_and_what_the_loser_saw_is_the_same_drop(tmp_path):
    for name in ("inbox", "rows", "firsts", "seconds", "taken", "refused"):
        (tmp_path / name).mkdir()
    contents = [b"sound %d" % number * 100 for number in range(150)]
    for number, data in enumerate(contents):
        (tmp_path / "inbox" / f"{number}.wav").write_bytes(data)
    watchers = [
        subprocess.Popen(
            [sys.executable, "-c", LOSER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(2)
    ]  # fmt: skip
    for one in watchers:
        assert one.stdout.readline() == "ready\n"
    for one in watchers:
        one.stdin.write("go\n")
        one.stdin.flush()
    assert [one.wait(120) for one in watchers] == [0, 0]
    for one in watchers:
        one.communicate()

    rows = {path.name for path in (tmp_path / "rows").iterdir()}
    assert rows == {hashlib.sha256(data).hexdigest() for data in contents}
    kept = [path.read_bytes() for path in (tmp_path / "taken").iterdir() if not path.name.startswith(".")]
    assert sorted(kept) == sorted(contents)
    firsts = {path.name for path in (tmp_path / "firsts").iterdir()}
    assert {path.name for path in (tmp_path / "seconds").iterdir()} <= firsts
