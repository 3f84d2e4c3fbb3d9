"""Try a folder before dictations are entrusted to it: real writers, real watchers, nothing of a patient.

`copiste diagnostic --intake DIR` calls `attempt`. Read `scenes` for what is done to the folder, `campaign` for how,
`verdict` for what is concluded, `share` for what is measured besides. All happens in a hidden folder of the trial's
own (`place`), and what is taken goes to a temporary folder of this machine: no practice is needed.
"""

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline import inbox
from pipeline.machine.trial import share as shares
from pipeline.machine.trial.campaign import Campaign, Grounds, Played, Take, play
from pipeline.machine.trial.ledger import Ledger, contents
from pipeline.machine.trial.place import TrialRefused, leftovers, own_place
from pipeline.machine.trial.scenes import scenes, shared_scenes
from pipeline.machine.trial.share import Share
from pipeline.machine.trial.stage import Pace, paced
from pipeline.machine.trial.verdict import KINDS, Verdict, judge

__all__ = ["Pace", "Share", "Trial", "TrialRefused", "Verdict", "attempt", "leftovers", "plain"]

Said = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a trial of a folder gave."""

    folder: Path
    share: Share
    verdict: Verdict
    removed: bool
    """Whether nothing of it is left in the folder."""
    leftovers: tuple[str, ...]
    """Names of the hidden folders that earlier trials left, or that one under way uses."""


def plain(trial: Trial) -> dict[str, Any]:
    """What a trial counted and measured, for a program."""
    verdict = trial.verdict
    return {
        "folder": str(trial.folder), "removed": trial.removed, "faults": verdict.faults, "due": verdict.due,
        "taken": verdict.taken, **{kind: verdict.count(kind) for kind in KINDS}, "polled": verdict.polled,
        "failed": list(verdict.failed), "refused": list(verdict.refused), "share": asdict(trial.share),
    }  # fmt: skip


def attempt(
    folder: Path, *, take: Take = inbox.take, pace: Pace | None = None, said: Said = lambda _line: None
) -> Trial:
    """Try a folder; takes about a minute. `said` hears where it is, in French.

    Raises TrialRefused when no trial can be made there. Nothing is left in the folder, also when it is interrupted.
    """
    with tempfile.TemporaryDirectory(prefix="copiste-essai-") as scratch, own_place(folder) as place:
        before = tuple(path.name for path in leftovers(folder) if path != place.path)
        said("1/3 · Ce que permet ce dossier")
        share = shares.measured(place.path)
        verdict = _tried(place.path, Path(scratch), take=take, pace=pace or paced(share), said=said)
        said("Rangement")
    return Trial(folder=folder, share=share, verdict=verdict, removed=place.removed, leftovers=before)


def _tried(hidden: Path, scratch: Path, *, take: Take, pace: Pace, said: Said) -> Verdict:
    """Play the campaigns, one watcher then two, and judge them together."""
    grounds = Grounds(watched=hidden / "depot", outside=hidden / "ailleurs", scratch=scratch)
    for made in (grounds.watched, grounds.outside):
        made.mkdir()
    ledger, played = Ledger(), list[Played]()
    for said_first, campaign in (
        ("2/3 · Dépôts de toutes sortes, un poste qui surveille", _alone(take, pace)),
        ("3/3 · Deux postes qui surveillent le même dossier", _together(take, pace)),
    ):
        said(f"{said_first} ({len(campaign.scenes)} situations)")
        played += play(campaign, grounds, ledger)
    refused = [path for path in scratch.glob("*/refused") if path.is_dir()]
    kept = {sha256: paths for path in refused for sha256, paths in contents(path).items()}
    return judge(ledger, played, lying=contents(grounds.watched), kept=kept)


def _alone(take: Take, pace: Pace) -> Campaign:
    return Campaign(name="seul", scenes=scenes(pace), watchers=("auto",), take=take, pace=pace)


def _together(take: Take, pace: Pace) -> Campaign:
    return Campaign(name="deux", scenes=shared_scenes(pace), watchers=("auto", True), take=take, pace=pace)
