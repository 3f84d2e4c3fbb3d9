"""Doctors, sites, accounts and correspondents, from the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline import accounts
from pipeline.cli import app
from pipeline.errors import AccessDenied
from pipeline.practice import Practice, open_practice
from tests.fakes import CODE, PASSWORD, People
from tests.test_cli import said


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COPISTE_CODE", CODE)
    monkeypatch.setenv("COPISTE_NEW_CODE", "un autre code 2027")
    monkeypatch.setenv("COPISTE_PASSWORD", PASSWORD)


def told(*words: str) -> str:
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_practice_is_set_up_by_three_commands_that_name_no_account(tmp_path: Path):
    home = ("--home", str(tmp_path / "cabinet"))
    made = said("init", str(tmp_path / "cabinet"))
    assert {one["login"] for one in made["accounts"]} == {"secretariat", "archives", "technique"}
    doctor = said("doctors", "add", "Hélène Lambert", "--folder", "lambert", *home)
    assert doctor["notes"] == []
    said("users", "add", "lambert", "Dr Lambert", "--role", "doctor", "--doctor", doctor["id"], *home)
    place = open_practice(tmp_path / "cabinet")
    assert accounts.log_in(place.database, login="lambert", password=PASSWORD, hours=1)
    place.close()


def test_a_code_that_is_asked_for_is_not_shown(practice: Practice, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("COPISTE_CODE")
    monkeypatch.delenv("COPISTE_NEW_CODE")
    words = ["doctors", "code", "lambert", "--home", str(practice.home)]
    given = f"{CODE}\nun nouveau code\nun nouveau code\n"
    done = CliRunner().invoke(app, words, input=given, catch_exceptions=False)
    assert done.exit_code == 0
    assert "Nouveau code de signature" in done.output
    assert CODE not in done.output
    assert "un nouveau code" not in done.output


def test_the_list_of_accounts_says_who_works_for_whom_and_who_waits(practice: Practice, people: People):
    home = ("--home", str(practice.home))
    for _ in range(accounts.FAILURES_BEFORE_PAUSE):
        accounts.log_in(practice.database, login="claire", password="pas le bon", hours=1)
    said("sites", "add", "Clinique du Parc", *home)
    said("sites", "assign", "garnier", "clinique du parc", *home)
    said("users", "add", "anne", "Anne", "--role", "secretary", "--limited", *home)
    said("users", "scope", "anne", "--doctor", "lambert", "--site", "Clinique du Parc", *home)
    said("users", "close", "garnier", *home)
    lines = {line.split(" · ")[0]: line for line in told("users", "list", *home).splitlines()}
    assert "secrétaire · tous les médecins · 5 essais manqués · attend jusqu'à" in lines["claire"]
    assert f"pour {people.lambert.doctor}, " in lines["anne"]
    assert lines["garnier"].endswith(" · fermé")
    assert "Clinique du Parc · Dr Paul Garnier" in told("sites", "list", *home)
    assert "Dr Paul Garnier · inbox/garnier · Clinique du Parc" in told("doctors", "list", *home)
    data = {one["login"]: one for one in said("users", "list", *home)}
    assert data["claire"]["failures"] == 5
    assert not any("password" in name for name in data["claire"])


def test_an_account_changes_role_password_and_opens_again(practice: Practice, people: People):
    home = ("--home", str(practice.home))
    said("users", "role", "claire", "locum", "--doctor", "garnier", *home)
    for words in (["claire", "--as", "claire"], ["garnier"], ["technique"], ["archives"]):
        said("users", "password", *words, *home)
    said("users", "close", "claire", *home)
    said("users", "open", "claire", *home)
    found = {one["login"]: one for one in said("users", "list", *home)}
    assert (found["claire"]["role"], found["claire"]["active"]) == ("locum", True)


def test_a_scope_says_one_thing(practice: Practice, people: People):
    home = ("--home", str(practice.home))
    for words in ([], ["--everyone", "--nobody"], ["--everyone", "--doctor", "lambert"]):
        assert CliRunner().invoke(app, ["users", "scope", "claire", *words, *home]).exit_code == 2


def test_a_doctor_leaves_and_comes_back(practice: Practice, people: People):
    home = ("--home", str(practice.home))
    output = told("doctors", "leave", "garnier", *home)
    assert "Comptes fermés : garnier." in output
    assert "copiste doctors export" in output
    assert "· parti" in told("doctors", "list", *home)
    notes = said("doctors", "change", "garnier", "--returns", "--specialty", "Pneumologie", *home)["notes"]
    assert "users open" in notes[0]
    found = {one["folder"]: one for one in said("doctors", "list", *home)}
    assert (found["garnier"]["active"], found["garnier"]["specialty"]) == (True, "Pneumologie")


def test_a_lost_code_is_replaced_by_whoever_keeps_the_machine(practice: Practice, people: People):
    home = ("--home", str(practice.home))
    assert "ce qui est signé reste valable" in told("doctors", "code", "lambert", "--new-key", *home)
    done = CliRunner().invoke(app, ["doctors", "code", "lambert", "--new-key", "--as", "claire", *home])
    assert isinstance(done.exception, AccessDenied)


def test_correspondents_are_added_found_changed_and_removed(practice: Practice, people: People, tmp_path: Path):
    home = ("--home", str(practice.home))
    lines = ("--address", "1 rue du Parc", "--address", "69003 Lyon")
    one = said("correspondents", "add", "Lefèvre", "Anne", "--title", "Dr", "--rpps", "10003461033", *lines, *home)
    assert one["address"] == "1 rue du Parc\n69003 Lyon"
    assert "vérifiez-le" in one["notes"][0]
    (tmp_path / "c.csv").write_text("nom;prénom\nRoy;Luc\nPetit;Anne\nRoy;Luc\n", encoding="utf-8")
    assert told("correspondents", "import", str(tmp_path / "c.csv"), *home).startswith(
        "2 correspondants ajoutés, 1 déjà connu."
    )
    assert "Dr Anne Lefèvre · 1 rue du Parc, 69003 Lyon" in told("correspondents", "find", "LEFEBVRE", *home)
    said("correspondents", "change", one["id"], "--phone", "04 00", *home)
    assert [found["phone"] for found in said("correspondents", "find", "lefevre", *home)] == ["04 00"]
    said("correspondents", "remove", one["id"], *home)
    assert told("correspondents", "find", "lefevre", *home) == "Aucun correspondant.\n"
    assert len(said("correspondents", "list", *home)) == 2
    assert told("correspondents", "list", "--removed", *home).count("retiré") == 1
