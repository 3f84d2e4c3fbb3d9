"""Pools and absences, from the command line."""

from datetime import timedelta

import pytest
from typer.testing import CliRunner

from pipeline import store
from pipeline.cli import app
from pipeline.errors import CopisteError
from pipeline.practice import Practice
from tests.fakes import People
from tests.pipeline.cast import join, now
from tests.test_cli import said
from tests.test_cli_staff import told


@pytest.fixture
def home(practice: Practice) -> tuple[str, str]:
    """Karim and Zoé work for nobody yet."""
    for login in ("karim", "zoe"):
        join(practice, login, "secretary", everyone=False)
    return ("--home", str(practice.home))


def refused(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert isinstance(done.exception, CopisteError), done.output
    return done.exception.advice


def test_a_pool_is_made_filled_listed_and_removed(practice: Practice, people: People, home: tuple[str, str]):
    key = said("pools", "add", "Pool cardio", *home)["id"]
    both = ("--doctor", "lambert", "--doctor", "garnier", "--secretary", "karim", "--secretary", "zoe")
    assert said("pools", "assign", "pool cardio", *both, *home)["pool"] == key
    (pool,) = said("pools", "list", *home)
    assert [one["login"] for one in pool["secretaries"]] == ["karim", "zoe"]
    assert f"{key}  Pool cardio · pour Dr Hélène Lambert, Dr Paul Garnier · Karim, Zoe" in told("pools", "list", *home)
    assert now(practice, "karim").doctors == {people.lambert.doctor, people.garnier.doctor}
    assert "Dr Hélène Lambert : Claire, Karim (pool), Zoe (pool)" in told("pools", "who", *home)
    assert "sert encore" in refused("pools", "remove", "Pool cardio", *home)
    said("pools", "assign", "pool cardio", *both, "--remove", *home)
    assert "Pool cardio · pour personne · personne" in told("pools", "list", *home)
    said("pools", "remove", "pool cardio", *home)
    assert told("pools", "list", *home) == "Aucun pool.\n"


def test_an_assignment_names_someone(practice: Practice, home: tuple[str, str]):
    said("pools", "add", "Pool", *home)
    assert CliRunner().invoke(app, ["pools", "assign", "Pool", *home]).exit_code == 2


def test_an_absence_is_written_covered_listed_and_ended(practice: Practice, people: People, home: tuple[str, str]):
    today = store.now().astimezone(practice.settings.zone).date()
    until = today + timedelta(days=20)
    key = said(
        "absences", "add", "claire", "--until", f"{until:%d/%m/%Y}", "--cover", "karim", "--as", "claire", *home
    )["id"]
    (one,) = said("absences", "list", *home)
    assert (one["login"], one["cover"], one["begins"], one["running"]) == ("claire", "karim", today.isoformat(), True)
    line = f"{key}  Claire, du {today:%d/%m/%Y} au {until:%d/%m/%Y}, remplacement : Karim · en cours"
    assert line in told("absences", "list", *home)
    (lambert, _) = said("pools", "who", *home)
    assert [(one["login"], one["ways"]) for one in lambert["typists"]] == [("karim", ["cover"])]
    assert "Dr Hélène Lambert : Karim (remplace)" in told("pools", "who", *home)
    said("absences", "end", key, *home)
    assert "· terminée" in told("absences", "list", *home)
    assert "Dr Hélène Lambert : Claire\n" in told("pools", "who", *home)


def test_a_refusal_says_what_to_do(practice: Practice, people: People, home: tuple[str, str]):
    add = ("absences", "add", "claire", "--until", "31/12/2020", *home)
    assert "vérifiez les dates" in refused(*add)
    assert "copiste users list" in refused("absences", "add", "nobody", "--until", "31/12/2020", *home)
    assert "copiste absences list" in refused("absences", "end", "ZZZZZZZZZZ", *home)
    assert "copiste pools list" in refused("pools", "remove", "rien", *home)
    assert told("absences", "list", *home) == "Aucune absence.\n"
    with practice.begin() as connection:
        connection.exec_driver_sql("update doctor set active = 0")
    assert told("pools", "who", *home) == "Aucun médecin.\n"
