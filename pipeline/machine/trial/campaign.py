"""Play scenes on a folder while real watchers look at it: who drops, who takes, and when it is over."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline import inbox
from pipeline.inbox import watcher
from pipeline.machine.trial.ledger import Ledger, scene_of
from pipeline.machine.trial.scenes import Scene
from pipeline.machine.trial.stage import Pace, Stage, Stopped
from pipeline.settings import Polling
from pipeline.sound import audio

Take = Callable[..., inbox.Outcome]
_LOOK = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How a scene went, on the side of those who drop."""

    scene: str
    about: str
    faults: int
    refused: tuple[str, ...]
    """What the folder did not let be done, in French."""
    touched: int
    """How many things that had to stay are gone."""
    failed: str
    """The kind of error that ended it, else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """The folders of a campaign."""

    watched: Path
    outside: Path
    """On the same share, not watched."""
    scratch: Path
    """On this machine: what is taken and what is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Scenes and the watchers they are played before."""

    name: str
    scenes: Sequence[Scene]
    watchers: Sequence[Polling]
    """How each watcher looks at the folder."""
    take: Take
    pace: Pace


def play(campaign: Campaign, grounds: Grounds, ledger: Ledger) -> tuple[Played, ...]:
    """Play every scene at once, then wait until all that must be taken was, or nothing happens any more.

    Whatever ends it, no thread is left behind.
    """
    stop = threading.Event()
    stages = [_stage(campaign, number, grounds, ledger, stop) for number in range(len(campaign.scenes))]
    failed: dict[str, str] = {}
    with _dropping(campaign.scenes, stages, failed, stop) as writers, _watching(campaign, grounds, ledger, stages):
        for writer in writers:
            while writer.is_alive():
                writer.join(_LOOK)
        _settle(ledger, campaign.pace)
    return tuple(
        Played(
            scene=stage.scene,
            about=scene.about,
            faults=stage.faults,
            refused=tuple(stage.refused),
            touched=stage.touched(),
            failed=failed.get(stage.scene, ""),
        )
        for scene, stage in zip(campaign.scenes, stages, strict=True)
    )


def _stage(campaign: Campaign, number: int, grounds: Grounds, ledger: Ledger, stop: threading.Event) -> Stage:
    name = f"{campaign.name}-{number:02d}"
    folder = grounds.watched / name
    folder.mkdir()
    return Stage(
        scene=name, folder=folder, outside=grounds.outside, ledger=ledger, pace=campaign.pace, stop=stop
    )  # fmt: skip


@contextmanager
def _dropping(
    scenes: Iterable[Scene], stages: Iterable[Stage], failed: dict[str, str], stop: threading.Event
) -> Iterator[list[threading.Thread]]:
    """The writers at work; when they are stopped, each ends at its next stall."""

    def run(scene: Scene, stage: Stage) -> None:
        try:
            scene.play(stage)
        except Stopped:
            return
        except OSError as error:
            failed[stage.scene] = type(error).__name__

    writers = [threading.Thread(target=run, args=both, daemon=True) for both in zip(scenes, stages, strict=True)]
    try:
        for writer in writers:
            writer.start()
        yield writers
    finally:
        stop.set()
        for writer in writers:
            if writer.ident is not None:
                writer.join()


@contextmanager
def _watching(campaign: Campaign, grounds: Grounds, ledger: Ledger, stages: Iterable[Stage]) -> Iterator[None]:
    """Real watchers at work, each taking into a folder of its own as two machines do."""
    playing = {stage.scene: stage for stage in stages}
    pace, started = campaign.pace, []
    try:
        for number, polling in enumerate(campaign.watchers):
            taking = _taking(campaign.take, grounds.scratch / f"{campaign.name}-{number}", ledger, playing)
            one = watcher.Watcher(
                [watcher.Root(path=grounds.watched, polling=polling)],
                taking,
                stable_seconds=pace.stable,
                patience_seconds=pace.patience,
                rescan_seconds=pace.rescan,
                told=ledger.hear,
                seen=ledger.see if polling == "auto" else None,
            )
            one.start()
            started.append(one)
        yield
    finally:
        for one in started:
            one.stop()


def _taking(take: Take, place: Path, ledger: Ledger, playing: dict[str, Stage]) -> Take:
    def inspect(copy: Path, folder: str) -> audio.Recording:
        stage = playing.get(scene_of(folder))
        if stage is not None:
            stage.being_read()
        return audio.inspect(copy)

    def taken(path: Path, **how: object) -> inbox.Outcome:
        return take(
            path,
            taken=place / "taken",
            refused=place / "refused",
            receive=ledger.receive,
            refuse=ledger.refuse,
            inspect=inspect,
            **how,
        )

    return taken


def _settle(ledger: Ledger, pace: Pace) -> None:
    """Wait until all that must be taken was, and a while more: a second one taken would come late."""
    seen, since = ledger.changes(), time.monotonic()
    while ledger.waiting() and time.monotonic() - since < pace.idle:
        time.sleep(_LOOK)
        if (now := ledger.changes()) != seen:
            seen, since = now, time.monotonic()
    time.sleep(2 * (pace.stable + pace.rescan))
