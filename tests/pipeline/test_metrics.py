"""The figures for a supervision tool: on this machine only, never a name, never an error's message."""

import socket
import urllib.request
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pipeline import presence, store, tables
from pipeline.practice import Practice
from pipeline.running import logs, metrics
from pipeline.settings import Metrics
from tests.fakes import OnTheSpot, People, received


def with_port(practice: Practice, port: int) -> Practice:
    metric = Metrics(port=port)
    return replace(practice, settings=practice.settings.model_copy(update={"metrics": metric}))


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def read(address: str) -> dict[str, float]:
    with urllib.request.urlopen(address, timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def test_figures_say_what_waits_and_since_when(practice: Practice, people: People):
    key = received(practice, OnTheSpot(practice), b"sound", doctor=people.lambert.doctor)
    with practice.begin() as connection:
        connection.execute(
            tables.dictation.update().where(tables.dictation.c.id == key)
            .values(seconds=90.0, received=store.now() - timedelta(minutes=10))
        )  # fmt: skip
        connection.execute(
            tables.backup.insert().values(
                id="B", at=store.now() - timedelta(hours=2), verified=store.now(), place="x", objects=3, size=1
            )
        )
    logs.counts.clear()
    with presence.present(practice, "work"), metrics.serving(with_port(practice, free_port())) as address:
        assert address.startswith("http://127.0.0.1:")
        found = read(address)
    assert found["copiste_up"] == 1
    assert found['copiste_dictations{state="received"}'] == 1
    assert found['copiste_documents{state="to-review"}'] == 0
    assert found["copiste_sound_waiting_seconds"] == 90
    assert 600 <= found["copiste_oldest_waiting_seconds"] < 660
    assert 7200 <= found["copiste_last_backup_age_seconds"] < 7260
    assert found["copiste_objects"] == 4
    assert found["copiste_workers"] == 1
    assert found["copiste_disk_free_bytes"] > 0
    assert found['copiste_log_records_total{level="error"}'] == 0
    assert key not in str(found)


def test_a_database_that_does_not_answer_is_a_figure_and_prints_nothing(practice: Practice, capfd):
    with practice.begin() as connection:
        connection.execute(sa.text("drop table backup"))
    with metrics.serving(with_port(practice, free_port())) as address:
        found = read(address)
    assert found["copiste_up"] == 0
    assert "copiste_objects" not in found
    assert capfd.readouterr().err == ""


def test_nothing_listens_unless_the_setting_says_so(practice: Practice):
    with metrics.serving(practice) as address:
        assert address == ""


def test_a_second_process_leaves_the_port_to_the_first(practice: Practice):
    chosen = with_port(practice, free_port())
    with metrics.serving(chosen) as first, metrics.serving(chosen) as second:
        assert first
        assert second == ""


@pytest.mark.parametrize("forbidden", ["name", "login", "sha256", "patient"])
def test_no_label_could_carry_a_person(practice: Practice, forbidden: str):
    for metric in metrics.Figures(practice).collect():
        for sample in metric.samples:
            assert forbidden not in sample.labels
