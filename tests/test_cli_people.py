"""Agenda, patients, cut and join, from the command line."""

from pathlib import Path

import sqlalchemy as sa
from typer.testing import CliRunner

from pipeline import tables
from pipeline.cli import app
from pipeline.migrations import history
from pipeline.practice import Practice
from tests.fakes import OnTheSpot, People, Reciter, received
from tests.test_cli import said

TWO = (
    "Consultation patient Martin Paul né le 4 mai 1960 point à la ligne Asthme équilibré point. Patient suivant. "
    "Consultation patiente Petit Anne née le 3 mai 1962 point à la ligne Diabète ancien point."
)
GOES_ON = "Suite du courrier de monsieur Martin. Contrôle dans trois mois point."


def home(practice: Practice) -> list[str]:
    return ["--home", str(practice.home)]


def test_an_agenda_and_a_register_are_imported_and_help_to_name_the_patient(
    practice: Practice, people: People, tmp_path: Path
):
    (tmp_path / "p.csv").write_text("nom;prénom;né le\nMartin;Paul;04/05/1960\n", encoding="utf-8")
    (tmp_path / "a.csv").write_text("date;heure;nom;prénom\n21/11/2026;9:30;MARTIN;Paul\n", encoding="utf-8")
    assert said("patients", "import", str(tmp_path / "p.csv"), *home(practice)) == {"added": 1, "known": 0, "left": []}
    assert said("agenda", "import", str(tmp_path / "a.csv"), "--doctor", "lambert", *home(practice)) == {
        "appointments": 1
    }
    (shown,) = said("agenda", "show", "--day", "21/11/2026", *home(practice))
    assert (shown["time"], shown["family_name"]) == ("09:30", "MARTIN")


def test_a_wrong_agenda_is_refused_with_its_exit_code(practice: Practice, people: People, tmp_path: Path):
    from pipeline.agenda.files import BadAgenda

    (tmp_path / "a.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["agenda", "import", str(tmp_path / "a.csv"), *home(practice)])
    assert isinstance(done.exception, BadAgenda)


def test_a_draft_is_cut_and_another_joined(practice: Practice, people: People):
    engine = OnTheSpot(practice)
    sound = (Path(__file__).parent / "data" / "00_courte.flac").read_bytes()
    received(practice, engine, sound, doctor=people.lambert.doctor)
    engine.run(Reciter(TWO))
    received(practice, engine, sound[:-1] + b"\0", doctor=people.lambert.doctor)
    engine.run(Reciter(GOES_ON))
    listed = {one["id"]: one for one in said("review", "list", *home(practice))}
    waiting = next(key for key, one in listed.items() if one["state"] == "waiting")
    first = next(key for key in listed if "Asthme" in said("review", "show", key, *home(practice))["text"])
    assert len(listed) == 3
    said("review", "take", first, *home(practice))
    said("review", "join", first, waiting, *home(practice))
    text = said("review", "show", first, *home(practice))["text"]
    assert text.endswith("Asthme équilibré.\n\nContrôle dans trois mois.")
    cut = said("review", "cut", first, "--at", str(text.index("Contrôle")), *home(practice))
    assert said("review", "show", cut["new"], *home(practice))["text"] == "Contrôle dans trois mois."


def test_an_import_counts_in_french(practice: Practice, people: People, tmp_path: Path):
    (tmp_path / "p.csv").write_text("nom;prénom;né le\nMartin;Paul;04/05/1960\n", encoding="utf-8")
    (tmp_path / "q.csv").write_text("nom;prénom;né le\nPetit;Anne;1/2/1960\nRoy;Luc;1/3/1960\n", encoding="utf-8")
    asked = ["patients", "import", str(tmp_path / "p.csv"), *home(practice)]
    assert CliRunner().invoke(app, asked).output == "1 patient ajouté, 0 déjà connu.\n"
    assert CliRunner().invoke(app, asked).output == "0 patient ajouté, 1 déjà connu.\n"
    asked[2] = str(tmp_path / "q.csv")
    assert CliRunner().invoke(app, asked).output == "2 patients ajoutés, 0 déjà connu.\n"


def test_a_practice_of_the_first_version_asks_for_the_upgrade_and_keeps_all_it_holds(
    practice: Practice, people: People
):
    as_first_released(practice)
    refused = CliRunner().invoke(app, ["doctors", "list", *home(practice)])
    assert "copiste upgrade" in str(getattr(refused.exception, "advice", ""))
    assert CliRunner().invoke(app, ["upgrade", *home(practice)]).exit_code == 0
    assert [one["folder"] for one in said("doctors", "list", *home(practice))] == ["lambert", "garnier"]
    assert said("agenda", "show", "--day", "21/11/2026", *home(practice)) == []


def as_first_released(practice: Practice) -> None:
    """The same doctors and keys in databases as the first version made them."""
    with practice.look() as connection:
        kept = [dict(row) for row in connection.execute(sa.select(tables.doctor)).mappings()]
    practice.database.dispose()
    for file in practice.home.glob("copiste.db*"):
        file.unlink()
    history.upgrade(practice.database, part="work", to="0001")
    with practice.begin() as connection:
        for row in kept:
            names = [name for name in row if name not in ("active", "delay_hours")]  # of later versions
            values = ", ".join(f":{name}" for name in names)
            connection.execute(sa.text(f"INSERT INTO doctor ({', '.join(names)}) VALUES ({values})"), row)
    with practice.vault.begin() as connection:
        connection.exec_driver_sql("DROP TABLE practice_key")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
