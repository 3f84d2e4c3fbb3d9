"""The trial of a folder: it sees what a careless watcher breaks, and leaves nothing behind."""

import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline import inbox
from pipeline.errors import FileRefused, NotAudio
from pipeline.inbox import watcher
from pipeline.machine import diagnostic, trial
from pipeline.machine.diagnostic import intake
from pipeline.machine.diagnostic.findings import Ground
from pipeline.machine.trial import place
from pipeline.machine.trial.campaign import Campaign, Grounds, Played, play
from pipeline.machine.trial.ledger import Ledger, contents
from pipeline.machine.trial.recordings import recording
from pipeline.machine.trial.scenes import Scene, scenes, shared_scenes
from pipeline.machine.trial.stage import Pace, Stage
from pipeline.machine.trial.verdict import Trouble, Verdict, judge
from pipeline.machine.trial.writers import Writer
from pipeline.sound import audio

QUICK = Pace(stable=0.2, patience=2.5, rescan=0.2, short=0.7, long=1.2, idle=20.0)
VERDICT = Verdict(faults=10, due=5, taken=5, polled=False, troubles=(), refused=(), failed=())


# --- the verdict finds what breaks --------------------------------------------------------------------------------

Sabotage = Callable[..., inbox.Outcome]


def _received(path: Path, copy: Path, folder: str, *, id: str = "") -> inbox.Received:
    data = copy.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    sound = audio.Recording(container="", codec="", sample_rate=16_000, channels=1, seconds=1.0)
    return inbox.Received(
        id=id or sha256, sha256=sha256, size=len(data), path=copy, name=path.name, folder=folder, recording=sound
    )


def _naive(path: Path, *, taken: Path, receive: Any, inspect: Any, folder: str = "", **_: Any) -> inbox.Outcome:
    """What a common watch folder does: copy at first sight, then delete."""
    taken.mkdir(parents=True, exist_ok=True)
    copy = taken / hashlib.sha256(os.fsencode(path)).hexdigest()
    shutil.copyfile(path, copy)
    with suppress(FileRefused):
        inspect(copy, folder)
    id = receive(_received(path, copy, folder))
    path.unlink(missing_ok=True)
    return inbox.Outcome(state="taken", folder=folder, id=id)


def _forgetful(path: Path, **how: Any) -> inbox.Outcome:
    """Deletes what it should keep."""
    path.unlink()
    return inbox.Outcome(state="taken", folder=how["folder"], id="none")


def _doubling(path: Path, *, receive: Any, folder: str = "", **how: Any) -> inbox.Outcome:
    """Makes a new dictation of every file, whatever was received before."""
    received: list[inbox.Received] = []

    def anew(one: inbox.Received) -> str:
        received.append(one)
        receive(one)
        return one.id

    return inbox.take(path, receive=anew, folder=folder, **how)


def _refusing(path: Path, *, inspect: Any, **how: Any) -> inbox.Outcome:
    """Refuses good recordings."""

    def never(*_: Any) -> audio.Recording:
        raise NotAudio("no")

    return inbox.take(path, inspect=never, **how)


def _idle(_path: Path, **how: Any) -> inbox.Outcome:
    """Takes nothing."""
    return inbox.Outcome(state="waiting", folder=how["folder"])


def _clinging(path: Path, *, folder: str = "", **how: Any) -> inbox.Outcome:
    """Takes, but what it took is still there."""
    data = path.read_bytes()
    outcome = inbox.take(path, folder=folder, **how)
    path.write_bytes(data)
    return outcome


def _tampering(path: Path, *, receive: Any, **how: Any) -> inbox.Outcome:
    """Keeps another content than the one it announced."""

    def changed(one: inbox.Received) -> str:
        with one.path.open("ab") as file:
            file.write(b"x")
        return str(receive(one))

    return inbox.take(path, receive=changed, **how)


def found(tmp_path: Path, take: Sabotage, chosen: Sequence[str], *, pace: Pace) -> Verdict:
    """What the verdict says of some scenes, played before one watcher that takes in this way."""
    grounds = Grounds(watched=tmp_path / "depot", outside=tmp_path / "ailleurs", scratch=tmp_path / "prises")
    grounds.watched.mkdir()
    grounds.outside.mkdir()
    scene = [one for one in scenes(pace) if one.about in chosen]
    assert len(scene) == len(chosen)
    ledger = Ledger()
    one = Campaign(name="essai", scenes=scene, watchers=("auto",), take=take, pace=pace)
    played = play(one, grounds, ledger)
    kept = contents(grounds.scratch / "essai-0" / "refused")
    return judge(ledger, played, lying=contents(grounds.watched), kept=kept)


@pytest.mark.parametrize(
    ("take", "chosen", "kinds"),
    [
        (_naive, ["copie lente, refermée à chaque dixième"], {"half_read"}),
        (_naive, ["copie lente d'un MP3"], {"half_read", "lost"}),
        (_naive, ["copie abandonnée à la moitié"], {"half_read"}),
        (_naive, ["fichier remplacé pendant sa lecture"], {"lost"}),
        (_naive, ["raccourcis et tubes"], {"wrong"}),
        (_forgetful, ["20 fichiers à la fois"], {"lost"}),
        (_doubling, ["même enregistrement sous deux noms"], {"doubled"}),
        (_refusing, ["fichier déplacé depuis un autre dossier"], {"aside"}),
        (_idle, ["fichier déplacé depuis un autre dossier"], {"stuck"}),
        (_clinging, ["fichier déplacé depuis un autre dossier"], {"unremoved"}),
        (_tampering, ["fichier déplacé depuis un autre dossier"], {"half_read", "lost"}),
    ],
)
def test_a_careless_watcher_is_found_out(tmp_path: Path, take: Sabotage, chosen: list[str], kinds: set[str]):
    pace = replace(QUICK, stable=0.1, patience=0.4, short=0.6, idle=1.0)
    verdict = found(tmp_path, _without_pipes(take), chosen, pace=pace)
    assert {trouble.kind for trouble in verdict.troubles} >= kinds
    assert not verdict.ok
    assert {trouble.about for trouble in verdict.troubles} == set(chosen)


def _without_pipes(take: Sabotage) -> Sabotage:
    """A naive copy of a pipe would wait for ever: the rest of its folly is enough."""

    def taken(path: Path, **how: Any) -> inbox.Outcome:
        if not path.is_file():
            return inbox.Outcome(state="waiting", folder=how["folder"])
        return take(path, **how)

    return taken


def test_the_verdict_wants_something_to_have_been_dropped():
    assert not judge(Ledger(), [], lying={}, kept={}).ok


def test_the_ledger_keeps_what_must_be_taken_whatever_is_said_after():
    ledger = Ledger()
    ledger.must("a", b"one")
    ledger.may("a", b"one")
    ledger.may("a", b"two")
    assert ledger.waiting() == 1
    assert [drop.fate for drop in ledger.drops] == ["due", "free"]


def test_played_scenes_say_what_was_touched(tmp_path: Path):
    one = Played(scene="a", about="raccourcis", faults=1, refused=(), touched=1, failed="")
    verdict = judge(Ledger(), [one], lying={}, kept={})
    assert verdict.troubles == (Trouble(kind="wrong", about="raccourcis"),)


# --- a whole trial ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> tuple[trial.Trial, Path, list[str]]:
    folder = tmp_path_factory.mktemp("partage")
    (folder / "autre.wav").write_bytes(b"not ours")
    said: list[str] = []
    return trial.attempt(folder, pace=QUICK, said=said.append), folder, said


@pytest.mark.timeout(180)
def test_a_good_folder_takes_everything_once(tried: tuple[trial.Trial, Path, list[str]]):
    done, _, said = tried
    verdict = done.verdict
    assert verdict.troubles == ()
    assert verdict.failed == ()
    assert verdict.ok
    assert verdict.taken == verdict.due >= 60
    assert verdict.faults >= 180
    assert [line[:3] for line in said[:3]] == ["1/3", "2/3", "3/3"]


@pytest.mark.timeout(180)
def test_a_trial_touches_nothing_else_and_leaves_nothing(tried: tuple[trial.Trial, Path, list[str]]):
    done, folder, _ = tried
    assert done.removed
    assert os.listdir(folder) == ["autre.wav"]
    assert (folder / "autre.wav").read_bytes() == b"not ours"


@pytest.mark.timeout(180)
def test_what_a_good_folder_is_told_is_that_it_is_good(tried: tuple[trial.Trial, Path, list[str]], tmp_path: Path):
    done, folder, _ = tried
    told = list(intake.findings(done, Ground(home=tmp_path, now=datetime.now(UTC))))
    assert {finding.state for finding in told} == {"ok"}
    assert any(f"{done.verdict.due} enregistrements" in finding.found for finding in told)
    assert any(str(folder) in finding.todo for finding in told if finding.about == intake.SETTINGS)
    json.dumps(trial.plain(done))


def test_two_watchers_play_scenes_of_their_own():
    together = shared_scenes(QUICK)
    assert len(together) >= 5
    assert all(scene.about.endswith(", deux postes") for scene in together)
    assert len({scene.about for scene in (*scenes(QUICK), *together)}) == len(scenes(QUICK)) + len(together)


def test_a_folder_that_refuses_names_is_told_and_nothing_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real = Writer.write

    def write(self: Writer, path: Path, content: bytes, **how: Any) -> None:
        if not path.name.isascii():
            raise OSError(errno.EINVAL, "no such name here")
        real(self, path, content, **how)

    monkeypatch.setattr(Writer, "write", write)
    verdict = found(tmp_path, inbox.take, ["noms inhabituels"], pace=QUICK)
    assert verdict.ok
    assert "nom : accents" in verdict.refused
    assert "nom : sans extension" not in verdict.refused


def test_a_folder_whose_errors_end_a_scene_is_not_in_order(tmp_path: Path):
    def fall(stage: Stage) -> None:
        stage.drop(stage.folder / "un.wav", stage.content())
        raise OSError(errno.EIO, "the disk")

    grounds = Grounds(watched=tmp_path / "depot", outside=tmp_path / "ailleurs", scratch=tmp_path / "prises")
    grounds.watched.mkdir()
    ledger = Ledger()
    one = Campaign(
        name="essai", scenes=[Scene(about="chute", play=fall)], watchers=("auto",), take=inbox.take, pace=QUICK
    )
    verdict = judge(ledger, play(one, grounds, ledger), lying={}, kept={})
    assert (verdict.failed, verdict.troubles, verdict.ok) == (("chute",), (), False)
    (told,) = intake._drops(verdict)
    assert "chute : le dossier a arrêté la copie par une erreur." in told.todo


# --- the folder it is made in -------------------------------------------------------------------------------------


def test_a_missing_folder_is_said(tmp_path: Path):
    report = diagnostic.examine_intake(tmp_path, tmp_path / "absent")
    (finding,) = report.findings
    assert (finding.state, finding.about) == ("fix", intake.ABOUT)
    assert "n'existe pas" in finding.found
    assert finding.todo
    assert not (tmp_path / "absent").exists()
    assert report.measured is None


def test_a_folder_without_room_is_said_and_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pipeline.disk.free", lambda _: place.ROOM - 1)
    (finding,) = diagnostic.examine_intake(tmp_path, tmp_path).findings
    assert finding.state == "fix"
    assert "pas assez de place" in finding.found
    assert os.listdir(tmp_path) == []


def test_a_full_disk_is_said_and_nothing_is_left(tmp_path: Path):
    full = tmp_path / "plein"
    full.mkdir()
    if (
        shutil.which("mount") is None
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", str(full)], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("mount is not allowed here")
    try:
        with (full / "reste").open("wb") as file:
            file.truncate(0)
            os.posix_fallocate(file.fileno(), 0, 119 * 1024 * 1024)
        (finding,) = diagnostic.examine_intake(tmp_path, full).findings
        assert "pas assez de place" in finding.found
        assert os.listdir(full) == ["reste"]
    finally:
        subprocess.run(["umount", str(full)], check=True)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real = Path.mkdir

    def refused(self: Path, *args: Any, **how: Any) -> None:
        if self.name.startswith(place.PREFIX):
            raise OSError(errno.EROFS, "read-only")
        real(self, *args, **how)

    monkeypatch.setattr(Path, "mkdir", refused)
    (finding,) = diagnostic.examine_intake(tmp_path, tmp_path).findings
    assert finding.state == "fix"
    assert "ne peut rien écrire" in finding.found
    assert "y resteraient" in finding.todo


@pytest.mark.parametrize(("kept", "left_there"), [("unlink", ["essai"]), ("rmdir", [])])
def test_a_folder_from_which_nothing_can_be_removed_is_said_before_anything_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str, left_there: list[str]
):
    monkeypatch.setattr(place, "_TRIES", 1)
    with monkeypatch.context() as patch:
        for where, name in ((Path, kept), (shutil, "rmtree")):
            patch.setattr(where, name, _not_here(getattr(where, name)))
        (finding,) = diagnostic.examine_intake(tmp_path, tmp_path).findings
    (left,) = tmp_path.iterdir()
    assert finding.state == "fix"
    assert left.name in finding.found
    assert os.listdir(left) == left_there


def _not_here(real: Callable[..., Any]) -> Callable[..., Any]:
    """Removing as it is, but in the folder of a trial."""

    def remove(path: Any, *args: Any, **how: Any) -> Any:
        if place.PREFIX in str(path):
            raise PermissionError(errno.EPERM, "no")
        return real(path, *args, **how)

    return remove


def test_other_trials_folders_are_told_and_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    other = tmp_path / f"{place.PREFIX}ancien"
    other.mkdir()
    monkeypatch.setattr(trial, "_tried", lambda *_, **__: VERDICT)
    done = trial.attempt(tmp_path)
    assert done.leftovers == (other.name,)
    assert os.listdir(tmp_path) == [other.name]
    told = list(intake.findings(done, Ground(home=tmp_path, now=datetime.now(UTC))))
    assert any(other.name in finding.todo for finding in told if finding.state == "watch")


def test_watchers_pass_over_the_folder_of_a_trial(tmp_path: Path):
    seen: list[Path] = []

    def take(path: Path, **_: Any) -> inbox.Outcome:
        seen.append(path)
        return inbox.Outcome(state="waiting")

    looking = watcher.Watcher([watcher.Root(path=tmp_path)], take, stable_seconds=0.0)
    with place.own_place(tmp_path) as own:
        Writer().write(own.path / "dictee.wav", recording(0))
        Writer().write(tmp_path / "autre.wav", recording(1))
        for _ in range(2):
            looking.scan()
    assert set(seen) == {tmp_path / "autre.wav"}


@pytest.mark.skipif(os.name == "nt", reason="signals of another kind")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_trial_that_is_stopped_leaves_nothing_behind(tmp_path: Path, number: signal.Signals):
    folder, scratch = tmp_path / "partage", tmp_path / "tmp"
    folder.mkdir()
    scratch.mkdir()
    copiste = [str(Path(sys.executable).with_name("copiste")), "diagnostic", "--intake", str(folder)]
    running = subprocess.Popen(
        [*copiste, "--home", str(tmp_path / "cabinet")],
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # tests run in the background inherit a deaf SIGINT
    )
    with running:
        try:
            assert _until(lambda: any(folder.glob(f"{place.PREFIX}*/depot/*/*.wav")))
            running.send_signal(number)
            out, told = running.communicate(timeout=30)
        finally:
            running.kill()
    assert running.returncode == 130
    assert "rien n'en est resté" in told
    assert "Traceback" not in told
    assert out == ""
    assert os.listdir(folder) == []
    assert os.listdir(scratch) == []


def _until(happens: Callable[[], bool]) -> bool:
    for _ in range(300):
        if happens():
            return True
        time.sleep(0.1)
    return False
