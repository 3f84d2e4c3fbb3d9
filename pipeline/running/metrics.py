"""Figures for a supervision tool, on this machine only: how much waits, for how long, and whether all is well.

Counts, seconds and states; no id, no name, nothing of a patient. The database is asked when the tool asks, so that
there is nothing to keep right. Knows nothing of who reads them.
"""

import importlib.metadata
import logging
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from archive.tables import object_key
from pipeline import presence, store, tables
from pipeline.practice import Practice
from pipeline.running import logs
from pipeline.states import LABELS
from pipeline.status import DONE, TO_LISTEN, pace

if TYPE_CHECKING:
    from prometheus_client.core import Metric

HOST = "127.0.0.1"
log = logging.getLogger(__name__)


@contextmanager
def serving(practice: Practice) -> Iterator[str]:
    """Answer the supervision tool while the context lasts; gives the address, or nothing when the setting is 0.

    A port that is taken is no reason to stop a practice: another process of it answers there already.
    """
    port = practice.settings.metrics.port
    if not port:
        yield ""
        return
    from prometheus_client import CollectorRegistry, start_http_server

    registry = CollectorRegistry()
    registry.register(Figures(practice))
    try:
        server, thread = start_http_server(port, addr=HOST, registry=registry)
    except OSError:
        log.info("metrics: the port is taken")
        yield ""
        return
    try:
        yield f"http://{HOST}:{port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Figures:
    """What prometheus-client asks at each reading; never raises, since it would print the error with its message."""

    def __init__(self, practice: Practice) -> None:
        self.practice = practice

    def describe(self) -> Iterable["Metric"]:
        """Nothing: asked when registered, when the database need not answer."""
        return ()

    def collect(self) -> Iterable["Metric"]:
        """Every figure; `copiste_up` alone, at 0, when the database does not answer."""
        found = [*_of_this_process(), *_of_the_disk(self.practice)]
        try:
            found += _of_the_practice(self.practice)
        except Exception as error:
            log.warning("metrics: %s", type(error).__name__)
            return [*found, _gauge("up", "The databases answer.", 0)]
        return [*found, _gauge("up", "The databases answer.", 1)]


def _of_this_process() -> list["Metric"]:
    from prometheus_client.core import CounterMetricFamily, InfoMetricFamily

    written = CounterMetricFamily("copiste_log_records", "Records this process wrote, by level.", labels=["level"])
    for level in ("WARNING", "ERROR", "CRITICAL"):
        written.add_metric([level.lower()], logs.counts[level])
    build = InfoMetricFamily("copiste_build", "What is installed.", {"version": importlib.metadata.version("copiste")})
    return [written, build]


def _of_the_disk(practice: Practice) -> list["Metric"]:
    try:
        free = shutil.disk_usage(practice.home).free
    except OSError:
        return []
    return [_gauge("disk_free_bytes", "Room left where the practice folder is.", free)]


def _of_the_practice(practice: Practice) -> list["Metric"]:
    with practice.look() as connection:
        found = [
            _by_state(connection, "dictations", tables.dictation),
            _by_state(connection, "documents", tables.document),
            *_waiting(connection),
            *_pace(connection),
        ]
        made = sa.select(sa.func.max(tables.backup.c.at)).where(tables.backup.c.verified.is_not(None))
        saved = connection.scalar(made)
    parts = presence.at_work(practice)
    found += [_gauge("workers", "Processes that transcribe.", sum(part in ("run", "work") for part in parts))]
    with practice.vault.connect() as keys:
        objects = keys.scalar(sa.select(sa.func.count()).select_from(object_key)) or 0
    found += [_gauge("objects", "Encrypted objects whose key is kept.", objects)]
    if saved is not None:
        found += [_gauge("last_backup_age_seconds", "Since the last backup that was read again.", _since(saved))]
    return found


def _pace(connection: sa.Connection) -> Iterator["Metric"]:
    learned = pace(connection)
    yield _gauge("pace_ratio", "Seconds of work for a second of sound, lately.", learned.rate)
    yield _gauge("pace_base_seconds", "Seconds of work for a dictation, whatever its length, lately.", learned.base)


def _by_state(connection: sa.Connection, name: str, table: sa.Table) -> "Metric":
    from prometheus_client.core import GaugeMetricFamily

    counted = sa.select(table.c.state, sa.func.count()).group_by(table.c.state)
    counts: dict[str, int] = {row[0]: row[1] for row in connection.execute(counted)}
    metric = GaugeMetricFamily(f"copiste_{name}", f"{name.capitalize()} by state.", labels=["state"])
    for state in (*LABELS, *sorted(set(counts) - set(LABELS))):
        metric.add_metric([state], counts.get(state, 0))
    return metric


def _waiting(connection: sa.Connection) -> list["Metric"]:
    table = tables.dictation
    listened = table.c.state.in_(TO_LISTEN)
    sound = connection.scalar(sa.select(sa.func.sum(table.c.seconds)).where(listened)) or 0.0
    oldest = connection.scalar(sa.select(sa.func.min(table.c.received)).where(listened))
    late = sa.select(sa.func.count()).select_from(tables.document)
    late = late.where(tables.document.c.state.not_in(DONE), tables.document.c.due < store.now())
    return [
        _gauge("oldest_waiting_seconds", "Since the oldest dictation not yet transcribed arrived.",
               _since(oldest) if oldest else 0.0),
        _gauge("sound_waiting_seconds", "Seconds of sound not yet transcribed.", sound),
        _gauge("documents_late", "Documents past the moment they were due.", connection.scalar(late) or 0),
    ]  # fmt: skip


def _since(moment: datetime) -> float:
    """Never negative: a clock that was set back is the diagnostic's business."""
    return max(0.0, (store.now() - moment).total_seconds())


def _gauge(name: str, sentence: str, value: float) -> "Metric":
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(f"copiste_{name}", sentence, value=value)
