"""The whole chain: what it costs besides listening, and that nothing is lost or doubled when it is killed.

    python -m bench.chain [--quick] [--json] [--only PART ...]

`overhead` = seconds from the drop of the files to the last filed document ÷ seconds of a bare faster-whisper decode
of the same files with the same model (loading included in both). The people of the chain answer at once. The sounds
are synthetic: that changes what is recognised, not what it costs.

`kills`, `lost`, `doubled`: real processes are killed with -9 in every stretch (see `campaign`), on SQLite and, where
there is a PostgreSQL server or its programs, on PostgreSQL. `takeover_seconds`: the longest wait of a dictation whose
worker was killed, until another begins it again. `scaling`: four workers ÷ one, on PostgreSQL (not with --quick).
`enqueue_per_second`, `receive_per_second`: the lowest of the databases. Ends with 1 when anything was lost or doubled.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

from bench import campaign, scale, server, takeover
from bench.campaign import Orders
from pipeline import demo

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is done in each form of the measure."""

    played: int
    campaigns: tuple[tuple[str, Orders], ...]
    """The database of each campaign, and what is asked of it."""
    trials: int
    rows: int
    scaling: tuple[int, ...]


ALONE, ONE, TWO = ("run",), ("watch", "work"), ("watch", "work", "work")
FULL = Plan(
    played=2,
    campaigns=(
        ("sqlite", Orders(name="SQLite, copiste run", parts=ALONE, kills=48, seed=1)),
        ("sqlite", Orders(name="SQLite, one worker", parts=ONE, kills=48, seed=2)),
        ("sqlite", Orders(name="SQLite, two workers", parts=TWO, kills=60, seed=3)),
        ("postgresql", Orders(name="PostgreSQL, two workers", parts=TWO, kills=60, seed=4)),
    ),
    trials=6,
    rows=600,
    scaling=(1, 2, 4),
)
QUICK = Plan(
    played=1,
    campaigns=(
        ("sqlite", Orders(name="SQLite, copiste run", parts=ALONE, kills=5, seed=1, ahead=1, seconds=0.5)),
        ("postgresql", Orders(name="PostgreSQL, two workers", parts=TWO, kills=5, seed=4, ahead=1, seconds=0.5)),
    ),
    trials=1,
    rows=300,
    scaling=(),
)


def main() -> int:
    """Measure, print a table, and with --json one object on the last line."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="one dictation, ten kills, no scaling")
    asked.add_argument("--json", action="store_true")
    asked.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), metavar="PART",
                       help=f"among {', '.join(PARTS)}")  # fmt: skip
    options = asked.parse_args()
    plan = QUICK if options.quick else FULL
    figures: Figures = {}
    with server.address() as url:
        if url is None:
            told("chain", "no PostgreSQL here, SQLite only")
        for part in options.only:
            figures |= PARTS[part](plan, url)
    for name, value in figures.items():
        print(f"{name:20} {value}")
    if options.json:
        print(json.dumps(figures, ensure_ascii=False))
    return 1 if figures.get("lost") or figures.get("doubled") or figures.get("faults") else 0


def told(part: str, line: str) -> None:
    """How far it is, for whoever waits."""
    print(f"{part}: {line}", file=sys.stderr, flush=True)


def overhead(plan: Plan, _url: str | None) -> Figures:
    """The whole chain against a bare decode of the same sounds, in the same run."""
    played = demo.PLAYED[: plan.played]
    sounds = [Path(str(resources.files("pipeline.demo") / "sounds" / f"{one.sound}.flac")) for one in played]
    bare, audio = bare_decode(sounds)
    with tempfile.TemporaryDirectory() as folder:
        chain = whole_chain(Path(folder) / "practice", played)
    return {
        "overhead": round(chain / bare, 2),
        "chain_seconds": round(chain, 1),
        "bare_seconds": round(bare, 1),
        "audio_seconds": round(audio, 1),
        "dictations": len(played),
    }


def bare_decode(sounds: list[Path]) -> tuple[float, float]:
    """Seconds that faster-whisper alone takes on these files, and seconds of sound."""
    from faster_whisper import WhisperModel

    from pipeline.plugs import cache_folder
    from pipeline.transcribe.model import locate

    folder, _ = locate("base", cache=cache_folder())
    begun, audio = time.monotonic(), 0.0
    model = WhisperModel(str(folder), device="cpu", compute_type="int8")
    for sound in sounds:
        segments, info = model.transcribe(str(sound), language="fr", beam_size=5, condition_on_previous_text=False)
        audio += info.duration
        for _ in segments:
            pass
    return time.monotonic() - begun, audio


def whole_chain(home: Path, played: Sequence[demo.Recorded]) -> float:
    """Seconds from the drop of the files to the last filed document, in a practice made for this."""
    stage = demo.set_up(home)
    begun = time.monotonic()
    demo.travel(stage, played)
    return time.monotonic() - begun


def kills(plan: Plan, url: str | None) -> Figures:
    """kill -9 in every stretch; what was lost, what was doubled."""
    done = []
    for database, orders in plan.campaigns:
        if database == "sqlite" or url:
            with scale.practice(None if database == "sqlite" else url) as place:
                done.append(campaign.campaign(place, orders, told=partial(told, orders.name)))
    judged = [one.verdict for one in done]
    return {
        "kills": sum(one.kills for one in done),
        "dropped": sum(one.dropped for one in judged),
        "filed": sum(one.filed for one in judged),
        "lost": sum(len(one.lost) for one in judged),
        "doubled": sum(len(one.doubled) for one in judged),
        "faults": sum(len(one.faults) for one in judged),
        "campaigns": [asdict(one) for one in done],
    }


def takeovers(plan: Plan, url: str | None) -> Figures:
    """How long a killed worker's dictation waits for another."""
    found = {}
    for name, where in databases(url):
        told("takeover", name)
        with scale.practice(where) as place:
            found[name] = takeover.takeovers(place, trials=plan.trials, seed=1)
    every = [seconds for trials in found.values() for seconds in trials]
    return {
        "takeover_seconds": round(max(every), 2),
        "takeover_median_seconds": round(statistics.median(every), 2),
        "takeovers": {name: [round(seconds, 2) for seconds in trials] for name, trials in found.items()},
    }


def scaling(plan: Plan, url: str | None) -> Figures:
    """What two and four workers do more than one."""
    if not url or not plan.scaling:
        return {}
    found = {}
    for workers in plan.scaling:
        told("scaling", f"{workers} at work")
        with scale.practice(url) as place:
            found[workers] = scale.drafts_per_second(place, workers=workers)
    first = found[plan.scaling[0]]
    return {
        "scaling": round(found[plan.scaling[-1]] / first, 2),
        "scaling_by_workers": {str(workers): round(rate / first, 2) for workers, rate in found.items()},
        "drafts_per_second": {str(workers): round(rate, 3) for workers, rate in found.items()},
    }


def rates(plan: Plan, url: str | None) -> Figures:
    """Rows with their jobs, and whole recordings, in a second."""
    queued, received = {}, {}
    for name, where in databases(url):
        with scale.practice(where) as place:
            queued[name] = round(scale.enqueued_per_second(place, count=plan.rows))
        with scale.practice(where) as place:
            received[name] = round(scale.received_per_second(place, count=plan.rows // 5))
    return {
        "enqueue_per_second": min(queued.values()),
        "receive_per_second": min(received.values()),
        "enqueue_by_database": queued,
        "receive_by_database": received,
    }


def databases(url: str | None) -> list[tuple[str, str | None]]:
    """The databases there are here: a name, and the server's address unless it is SQLite."""
    return [("sqlite", None), *([("postgresql", url)] if url else [])]


PARTS: dict[str, Callable[[Plan, str | None], Figures]] = {
    "overhead": overhead, "kills": kills, "takeover": takeovers, "scaling": scaling, "rates": rates,
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
