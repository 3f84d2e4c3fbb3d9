"""Several transcriptions at once on one machine: one process each, so that a file that ends one ends only that one.

The head does no work: it starts the others, starts again one that died, and tells them all to stop. Each of them reads
its standard input, which closes when the head dies, whatever killed it: they never outlive it. What they do is
`copiste work`, so that each has a slot, a recogniser and a log of its own.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline import presence
from pipeline.errors import CopisteError
from pipeline.practice import Practice
from pipeline.presence import UpkeepUnderWay
from pipeline.running import heartbeat, logs, run, stay, stopped_by_signal

LOOK_SECONDS = 0.5
AGAIN_SECONDS, AGAIN_MOST_SECONDS = 1.0, 60.0
"""Before one that died is started again; twice longer each time it dies at once, up to a minute."""
LONG_ENOUGH_SECONDS = 60.0
"""One that lived so long was well."""
EXPLAINED = range(10, 200)
"""Exit codes of an error that has told a person what to do: starting again would only tell it again."""
log = logging.getLogger(__name__)


class CrewStopped(CopisteError):
    """One of the processes cannot work, and said why."""

    code = "E017"
    exit_code = 17
    advice = "Les transcriptions ne peuvent pas démarrer sur cette machine : voyez le message au-dessus."


@dataclass(slots=True, kw_only=True)
class _Member:
    """A process of the crew and when it may be started."""

    number: int
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    not_before: float = 0.0
    pause: float = field(default=AGAIN_SECONDS)


def lead(
    practice: Practice,
    *,
    processes: int,
    program: Sequence[str] = (),
    stop: threading.Event | None = None,
) -> None:
    """Keep that many processes at work until told to stop, then wait for them; UpkeepUnderWay as `run` raises it.

    `program` is what each runs instead of `copiste work`. CrewStopped when one of them cannot work on this machine.
    """
    stop = stop or stopped_by_signal()
    written = logs.to_files(practice, name="crew")
    members = [_Member(number=number + 1) for number in range(processes)]
    failed: list[int] = []
    watched = threading.Thread(
        target=_keep, args=(members, program or _command(practice, processes), stop, failed), name="crew", daemon=True
    )
    try:
        with presence.present(practice, "crew") as here:
            watched.start()
            upkeep = stay(here, stop)
            heartbeat.leaving()
            stop.set()
            watched.join()
            _dismiss(members, seconds=practice.settings.work.stop_seconds + presence.PATIENCE_SECONDS)
    finally:
        logs.stop(written)
    if upkeep or UpkeepUnderWay.exit_code in failed:
        raise UpkeepUnderWay
    if failed:
        raise CrewStopped(f"exit {failed[0]}")


def follow(practice: Practice, *, processes: int) -> None:
    """Work as one of a crew: stop at once when the head is gone, and take a fair share of the machine."""
    threading.Thread(target=_die_with_head, name="head", daemon=True).start()
    run(_sharing(practice, processes), work=True)


def _sharing(practice: Practice, processes: int) -> Practice:
    """The practice with a recogniser that leaves the others their part of the processor."""
    speech = practice.settings.speech
    if speech.threads:
        return practice
    cores = len(getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))(0))
    shared = speech.model_copy(update={"threads": max(1, cores // processes)})
    return replace(practice, settings=practice.settings.model_copy(update={"speech": shared}))


def _die_with_head() -> None:
    while os.read(0, 1024):  # not sys.stdin, whose lock would be held while this program ends
        pass
    os._exit(1)  # its slot is dropped, what it was doing is taken over


def _command(practice: Practice, processes: int) -> list[str]:
    start = "from pipeline.cli import main; main()"
    return [sys.executable, "-c", start, "work", "--home", str(practice.home), "--crew", str(processes)]


def _keep(members: Sequence[_Member], program: Sequence[str], stop: threading.Event, failed: list[int]) -> None:
    """Start every process, and again those that die, until the stop."""
    while not stop.is_set():
        for member in members:
            code = member.process.poll() if member.process else None
            if code is not None:
                if code in EXPLAINED:
                    failed.append(code)
                    stop.set()
                    return
                _died(member, code)
            if member.process is None and time.monotonic() >= member.not_before:
                try:
                    _start(member, program)
                except OSError:  # no memory left for one more: the others are looked after, and it is tried again
                    _died(member, None)
        stop.wait(LOOK_SECONDS)


def _start(member: _Member, program: Sequence[str]) -> None:
    member.started = time.monotonic()
    member.process = subprocess.Popen(
        program,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl+C is for the head, which tells the others
        env={name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"},  # the head speaks for all
    )


def _died(member: _Member, code: int | None) -> None:
    """Note when to start it again; one that dies at once, or could not be started, is given longer and longer."""
    log.warning("process %s of the crew ended (%s)", member.number, code)
    lived = time.monotonic() - member.started
    member.pause = AGAIN_SECONDS if lived > LONG_ENOUGH_SECONDS else min(member.pause * 2, AGAIN_MOST_SECONDS)
    member.not_before = time.monotonic() + member.pause
    _let_go(member)


def _dismiss(members: Sequence[_Member], *, seconds: float) -> None:
    """Tell them all to stop, and wait; one that does not is ended, which loses nothing."""
    for member in members:
        if member.process and member.process.poll() is None:
            member.process.terminate()
    end = time.monotonic() + seconds
    for member in members:
        if member.process:
            try:
                member.process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("process %s of the crew did not stop", member.number)
                member.process.kill()
                member.process.wait()
            _let_go(member)


def _let_go(member: _Member) -> None:
    if member.process and member.process.stdin:
        member.process.stdin.close()
    member.process = None
