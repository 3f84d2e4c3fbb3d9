"""Nothing dropped is lost, doubled or read by half: faults injected into the intake, and into a naive twin of it.

    python -m bench.intake [--quick] [--json] [--only FAMILY ...]

Real `copiste watch` processes, real writers, real kills; afterwards every whole content that was dropped is looked for
in the practice itself (see `holding`). `lost`: a whole content that is neither a dictation whose object reads back
with its SHA-256, nor in a watched folder, nor in `refused/` with a row. `doubled`: two dictations, or two draft jobs,
for one content. `half_read`: a dictation of bytes that no one dropped. `wrong`: anything else (refused though whole,
never taken or never removed although nothing stood in the way, no job, a process that ended badly).

`faults` is the sum over `families`; a stalled writer, a kill, a failed system call, a contested file, a strange file
count for one each. `naive_breaks`: what the same writers and kills do to a common watch folder: none would mean that
this campaign finds nothing. A family that this machine does not allow is told as not run, and counts for nothing.

`per_second`, `rescan_seconds`, `idle_percent`: many files at once, one look at a folder, a watcher with nothing to do.
Ends with 0 only when enough was tried (`least`, for a whole campaign), nothing was lost, doubled, half read or wrong,
the limits are kept, and the twin broke.
"""

import argparse
import json
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from bench import drops, faults, mounts, pace, recordings, server, storms, twins
from bench.dock import Found, NotAtWork
from bench.faults import NotHeld
from pipeline.machine.trial import writers

Figures = dict[str, Any]
Told = Callable[[str], None]
_stopped = threading.Event()
BREAKS = ("lost", "doubled", "half_read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is done in each form of the measure."""

    forms: tuple[str, ...]
    tenths: tuple[float, ...]
    kills: int
    calls: tuple[str, ...]
    """System calls at which a take is killed…"""
    steps: int
    """…each at its first so many."""
    rounds: int
    single: int
    raced: int
    again: int
    dated: int
    looks: float
    """Seconds that a folder is left read-only, or full."""
    pulled: int
    filling: int
    many: int
    lying: int
    lying_seconds: float
    idle_files: int
    idle_seconds: float
    together: int
    """Families at a time: they mostly wait."""
    least: int
    """Faults without which a whole campaign proves nothing, whatever this machine does not allow."""


def full() -> Plan:
    """Everything."""
    return Plan(
        forms=recordings.forms(),
        tenths=writers.TENTHS,
        kills=40,
        calls=tuple(faults.STEPS),
        steps=12,
        rounds=20,
        single=12,
        raced=500,
        again=100,
        dated=48,
        looks=8.0,
        pulled=25,
        filling=30,
        many=10_000,
        lying=50_000,
        lying_seconds=240.0,
        idle_files=5_000,
        idle_seconds=40.0,
        together=2,
        least=1_000,
    )


def quick() -> Plan:
    """The short form: under two minutes on a small machine."""
    return Plan(
        forms=("wav", "mp3 uncounted"),
        tenths=(0.1, 0.9),
        kills=2,
        calls=("openat", "pwrite64", "rename", "unlink"),
        steps=1,
        rounds=2,
        single=0,
        raced=50,
        again=20,
        dated=6,
        looks=2.5,
        pulled=3,
        filling=30,
        many=200,
        lying=5_000,
        lying_seconds=0.0,
        idle_files=0,
        idle_seconds=0.0,
        together=4,
        least=100,
    )


def main() -> int:
    """Measure, print a table, and with --json one object on the last line."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="some of each")
    asked.add_argument("--json", action="store_true")
    asked.add_argument("--only", nargs="+", choices=[*FAMILIES, *MORE], default=[*FAMILIES, *MORE], metavar="FAMILY",
                       help=f"among {', '.join([*FAMILIES, *MORE])}")  # fmt: skip
    options = asked.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started and made is then put away too
    figures = measure(quick() if options.quick else full(), options.only)
    for name, value in {**figures, **figures["families"], "families": len(figures["families"])}.items():
        print(f"{name:20} {value}")
    if options.json:
        print(json.dumps(figures, ensure_ascii=False))
    return 0 if is_good(figures) else 1


def measure(plan: Plan, asked: list[str]) -> Figures:
    """What was asked: the families, some of them at a time; then alone what is timed."""
    more: Figures = {}
    with server.address() as url:
        families = _families(plan, url, [name for name in FAMILIES if name in asked])
    for name in (name for name in MORE if name in asked):
        more |= MORE[name](plan, partial(_told, name), families)
    sums = {name: sum(one.get(name, 0) for one in families.values()) for name in ("faults", *BREAKS, "wrong")}
    sums["least"] = plan.least if _is_whole(asked) else 0
    return {**sums, "naive_breaks": more.pop("naive_breaks", None), "families": families, **more}


def _families(plan: Plan, url: str | None, names: list[str]) -> dict[str, Figures]:
    with ThreadPoolExecutor(plan.together) as hands:
        try:
            return dict(zip(names, hands.map(partial(_family, plan, url), names), strict=True))
        except KeyboardInterrupt:
            _stopped.set()
            hands.shutdown(wait=False, cancel_futures=True)
            for child in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    child.kill()
            raise


def _family(plan: Plan, url: str | None, name: str) -> Figures:
    told = partial(_told, name)
    told("begun")
    try:
        figures = _figures(FAMILIES[name](plan, told, url))
    except (NotAtWork, NotHeld) as error:  # one family that cannot go on does not hide what the others found
        figures = {"faults": 0, "wrong": 1, "words": [f"{type(error).__name__}: {error}"]}
    told(str(figures))
    return figures


def _is_whole(asked: list[str]) -> bool:
    """Whether every family is to be run, as far as this machine allows."""
    return set(FAMILIES) <= set(asked)


def is_good(figures: Figures) -> bool:
    """Whether enough was tried, nothing was broken, the twin was, and the limits are kept, of what was measured."""
    few = figures["faults"] < figures.get("least", 0)
    broken = any(figures[name] for name in (*BREAKS, "wrong"))
    slow = figures.get("rescan_seconds", 0) >= pace.RESCAN_LIMIT_SECONDS
    restless = any(one >= pace.IDLE_LIMIT_PERCENT for one in figures.get("idle_percent", {}).values())
    return not few and not broken and not slow and not restless and figures["naive_breaks"] != 0


def _told(part: str, line: str) -> None:
    """How far it is, for whoever waits; KeyboardInterrupt once it was asked to stop."""
    if _stopped.is_set():
        raise KeyboardInterrupt
    print(f"{part}: {line}", file=sys.stderr, flush=True)


def _figures(found: Found) -> Figures:
    """A family's line: counts, and in words whatever is not as it must be."""
    not_run = {"not_run": list(found.not_run)} if found.not_run else {}
    if found.verdict is None:
        return {"faults": 0, **not_run}
    judged = found.verdict
    aside = [f"{judged.set_aside} whole recordings were set aside"] if judged.set_aside else []
    wrong = [*judged.wrong, *found.notes, *aside]
    counts = {"faults": found.faults, "dropped": judged.dropped, "taken": judged.taken, "set_aside": judged.set_aside}
    breaks = {name: len(getattr(judged, name)) for name in BREAKS}
    words = [*(f"{name} {one}" for name in BREAKS for one in getattr(judged, name)), *wrong]
    return counts | breaks | {"wrong": len(wrong)} | ({"words": words} if words else {}) | not_run


def _vanishing(plan: Plan, told: Told, _url: str | None) -> Found:
    with tempfile.TemporaryDirectory(prefix="copiste-intake-") as folder:
        return storms.vanishing(told, folder=Path(folder), times=plan.pulled)


def _on_postgres(play: Callable[..., Found], url: str | None) -> Found:
    if url is None:
        return Found(faults=0, verdict=None, not_run=("there is no PostgreSQL here",))
    return play(url=url)


def naive(plan: Plan, told: Told, _families: dict[str, Figures]) -> Figures:
    """The same writers and kills for the twin."""
    broken = twins.breaks(told, forms=plan.forms, tenths=plan.tenths, kills=plan.kills)
    return {"naive_breaks": sum(broken.values()), "naive": broken}


def numbers(plan: Plan, told: Told, families: dict[str, Figures]) -> Figures:
    """Files a second, seconds of a look, share of a core when idle; the files are judged too, and are no faults."""
    told(f"{plan.many} files at once")
    paced = pace.many(told, files=plan.many)
    families["many"] = _figures(paced.found)
    told(f"{paced.per_second} files a second, {families['many']}")
    found: Figures = {"files": paced.files, "per_second": paced.per_second}
    told(f"a look at {plan.lying} files")
    lying = pace.lying(files=plan.lying, seconds=plan.lying_seconds)
    found["rescan_files"] = plan.lying
    found["rescan_seconds"] = round(lying.look_seconds, 3)
    told(f"{found['rescan_seconds']} seconds")
    if plan.idle_files:
        found["idle_files"] = plan.idle_files
        found["idle_percent"] = {name: _idle(plan, told, name, intake) for name, intake in pace.DEFAULTS.items()}
    if lying.percent is not None:
        found.setdefault("idle_percent", {})[f"polling {plan.lying}"] = round(lying.percent, 2)
    return found


def _idle(plan: Plan, told: Told, name: str, intake: str) -> float:
    told(f"idle, {name}")
    return round(pace.idle_percent(told, files=plan.idle_files, seconds=plan.idle_seconds, intake=intake), 2)


FAMILIES: dict[str, Callable[[Plan, Told, str | None], Found]] = {
    "writers": lambda plan, told, _: drops.writers(told, forms=plan.forms, tenths=plan.tenths),
    "names": lambda _plan, told, _: drops.names(told),
    "strange": lambda _plan, told, _: drops.strange(told),
    "again": lambda plan, told, _: drops.again(told, times=plan.again),
    "dates": lambda plan, told, _: drops.dates(told, files=plan.dated),
    "kills": lambda plan, told, _: storms.kills(told, times=plan.kills),
    "kills, PostgreSQL": lambda plan, told, url: _on_postgres(partial(storms.kills, told, times=plan.kills // 2), url),
    "steps": lambda plan, told, _: storms.steps(told, calls=plan.calls, most=plan.steps),
    "errors": lambda plan, told, _: storms.errors(told, rounds=plan.rounds, single=plan.single),
    "readers": lambda plan, told, _: storms.readers(told, times=plan.kills),
    "race": lambda plan, told, _: storms.race(told, files=plan.raced, url=None),
    "race, PostgreSQL": lambda plan, told, url: _on_postgres(partial(storms.race, told, files=plan.raced), url),
    "vanishing": _vanishing,
    "unplugged": lambda plan, told, _: mounts.unplugged(told, times=plan.pulled),
    "read-only": lambda plan, told, _: mounts.read_only(told, files=plan.pulled, seconds=plan.looks),
    "full": lambda plan, told, _: mounts.full(told, files=plan.filling, seconds=plan.looks),
}
MORE: dict[str, Callable[[Plan, Told, dict[str, Figures]], Figures]] = {"naive": naive, "numbers": numbers}


if __name__ == "__main__":
    sys.exit(main())
