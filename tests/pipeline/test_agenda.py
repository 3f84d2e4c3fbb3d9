from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipeline import accounts, agenda, register, store
from pipeline.agenda import Appointment, files
from pipeline.agenda.files import BadAgenda
from pipeline.errors import AccessDenied
from pipeline.people import members
from pipeline.practice import Practice
from tests.fakes import People

ZONE = ZoneInfo("Europe/Paris")
CSV = """Date;Heure;Nom;Prénom;Né le;Médecin;Médecin traitant
21/11/2026;09:30;DUPONT;Jean;12/03/1954;Dr Lambert;Dr Petit
21/11/2026;10h15;LE GOFF;Anne-Marie;;lambert;
"""
ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//essai//FR
BEGIN:VEVENT
UID:1
DTSTART:20261121T083000Z
SUMMARY:Mme DURAND Claire - consultation
DESCRIPTION:Née le 03/05/1962
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20261121
SUMMARY:CONGÉS
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART:20261121T140000
SUMMARY:Paul Martin (contrôle)
END:VEVENT
BEGIN:VEVENT
UID:4
DTSTART:20261121T150000
SUMMARY:Réunion de service
END:VEVENT
BEGIN:VEVENT
UID:5
STATUS:CANCELLED
DTSTART:20261121T160000
SUMMARY:GIRARD Luc
END:VEVENT
END:VCALENDAR
"""


def written(folder: Path, text: str, name: str = "agenda.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_csv_is_read_whatever_its_separator_and_encoding(tmp_path: Path, encoding: str, delimiter: str):
    first, second = files.read(written(tmp_path, CSV.replace(";", delimiter), encoding=encoding), zone=ZONE)
    assert first == Appointment(
        day=date(2026, 11, 21), at=datetime(2026, 11, 21, 8, 30, tzinfo=UTC), family_name="DUPONT", given_name="Jean",
        birth_date=date(1954, 3, 12), doctor="Dr Lambert", correspondent="Dr Petit",
    )  # fmt: skip
    assert (second.family_name, second.birth_date, second.at) == (
        "LE GOFF", None, datetime(2026, 11, 21, 9, 15, tzinfo=UTC),
    )  # fmt: skip


def test_an_ics_gives_its_appointments_in_the_practice_s_time(tmp_path: Path):
    first, second = files.read(written(tmp_path, ICS, "agenda.ics"), zone=ZONE)
    assert (first.family_name, first.given_name, first.birth_date) == ("DURAND", "Claire", date(1962, 5, 3))
    assert first.at == datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
    assert (second.family_name, second.given_name) == ("Martin", "Paul")
    assert second.at == datetime(2026, 11, 21, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "ne peut pas être lu"),
        ("a;b\n1;2\n", "première ligne"),
        ("date;nom\n21/11/2026;\n", "Ligne 2"),
        ("date;nom\n31/02/2026;DUPONT\n", "Ligne 2"),
        ("date;nom\n21/11/2026;DUPONT\n2026;MARTIN\n", "Ligne 3"),
        ("date;heure;nom\n21/11/2026;25:00;DUPONT\n", "Ligne 2"),
        ("date;nom\n21/11/2026;DUPONT;autre;encore\n", "Ligne 2"),
        ('date;nom\n21/11/2026;"DUPONT\n', "guillemets"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:pas une date\nEND:VEVENT\n", "ICS"),
        ("\x00\x01\x02", "ne peut pas être lu"),
        ("date;nom\n21/11/2026;---\n", "Ligne 2"),
        ("date;nom;né le\n21/11/2026;DUPONT;12/03/2954\n", "Ligne 2"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line_and_never_its_words(tmp_path: Path, text: str, told: str):
    with pytest.raises(BadAgenda) as refused:
        files.read(written(tmp_path, text), zone=ZONE)
    assert told in refused.value.advice
    assert "DUPONT" not in f"{refused.value} {refused.value.advice}"


def test_empty_cells_and_lines_around_the_table_are_nothing(tmp_path: Path):
    (one,) = files.read(written(tmp_path, "\n\ndate;nom\n21/11/2026;DUPONT;;\n;;\n"), zone=ZONE)
    assert one.family_name == "DUPONT"


def test_a_day_of_a_visit_in_an_ics_is_no_birth_date(tmp_path: Path):
    text = ICS.replace("Née le 03/05/1962", "Dernière visite le 03/05/2026")
    first, _ = files.read(written(tmp_path, text, "agenda.ics"), zone=ZONE)
    assert first.birth_date is None


def test_an_event_at_the_end_of_time_is_left_out(tmp_path: Path):
    text = ICS.replace("20261121T083000Z", "99991231T235959Z")
    (one,) = files.read(written(tmp_path, text, "agenda.ics"), zone=ZONE)
    assert one.family_name == "Martin"


def test_an_appointment_far_away_makes_nobody_forgotten(practice: Practice, people: People):
    today = datetime.now(UTC).date()
    with practice.begin() as connection:
        agenda.keep(connection, [Appointment(day=today, family_name="DUPONT")])
        agenda.keep(connection, [Appointment(day=today.replace(year=today.year + 30, day=1), family_name="MARTIN")])
        assert [one.family_name for one in agenda.expected(connection, None, today)] == ["DUPONT"]


def test_an_import_keeps_the_appointments_once_and_drops_those_that_went(
    practice: Practice, people: People, tmp_path: Path
):
    path = written(tmp_path, CSV)
    assert register.import_agenda(practice, people.claire, path) == 2
    assert register.import_agenda(practice, people.claire, path) == 2
    shorter = written(tmp_path, "".join(CSV.splitlines(keepends=True)[:2]), "b.csv")
    assert register.import_agenda(practice, people.claire, shorter) == 1
    with practice.look() as connection:
        found = agenda.expected(connection, people.lambert.doctor, date(2026, 11, 21))
        assert [one.family_name for one in found] == ["DUPONT"]
        assert agenda.expected(connection, people.garnier.doctor, date(2026, 11, 21)) == ()


def test_the_names_of_the_days_around_serve_the_recogniser(practice: Practice, people: People, tmp_path: Path):
    register.import_agenda(practice, people.claire, written(tmp_path, CSV))
    with practice.look() as connection:
        names = agenda.names(connection, people.lambert.doctor, date(2026, 11, 22))
        assert names == ("Dupont", "Jean", "Le Goff", "Anne-Marie", "Dr Petit")
        assert agenda.names(connection, people.lambert.doctor, date(2026, 12, 1)) == ()


def test_a_doctor_nobody_knows_is_refused_and_nothing_is_kept(practice: Practice, people: People, tmp_path: Path):
    path = written(tmp_path, CSV.replace("Dr Lambert", "Dr Inconnu"))
    with pytest.raises(BadAgenda):
        register.import_agenda(practice, people.claire, path)
    with practice.look() as connection:
        assert agenda.expected(connection, None, date(2026, 11, 21)) == ()
    assert register.import_agenda(practice, people.claire, path, doctor="garnier") == 2


def test_only_those_who_may_add_patients_import(practice: Practice, people: People, tmp_path: Path):
    with pytest.raises(AccessDenied):
        register.import_agenda(practice, people.archives, written(tmp_path, CSV))
    with pytest.raises(AccessDenied):
        register.import_patients(practice, people.technique, written(tmp_path, CSV))


def test_patients_are_imported_once_and_doubtful_homonyms_are_left_to_a_person(
    practice: Practice, people: People, tmp_path: Path
):
    text = "nom;prénom;né le;sexe\nDupont;Jean;12/03/1954;M\nMartin;Claire;;F\n"
    first = register.import_patients(practice, people.claire, written(tmp_path, text))
    assert (first.added, first.known, first.left) == (2, 0, ())
    again = register.import_patients(practice, people.claire, written(tmp_path, text, "b.csv"))
    assert (again.added, again.known, again.left) == (0, 1, (3,))


def test_a_wrong_line_imports_no_patient_at_all(practice: Practice, people: People, tmp_path: Path):
    text = "nom;prénom;né le\nDupont;Jean;12/03/1954\nMartin;Claire;32/13/1960\n"
    with pytest.raises(BadAgenda):
        register.import_patients(practice, people.claire, written(tmp_path, text))
    assert register.find_patients(practice, people.claire, "Dupont") == []


@pytest.mark.parametrize(
    ("line", "told"),
    [("---;Jean;;", "Ligne 2"), ("Dupont;Jean;12/03/2954;", "naissance"), ("Dupont;Jean;1/1/1800;", "Ligne 2")],
)
def test_someone_without_a_name_or_not_born_yet_is_refused(
    practice: Practice, people: People, tmp_path: Path, line: str, told: str
):
    with pytest.raises(BadAgenda) as refused:
        register.import_patients(practice, people.claire, written(tmp_path, f"nom;prénom;né le;sexe\n{line}\n"))
    assert told in refused.value.advice


def test_a_sex_is_read_as_it_is_written(practice: Practice, people: People, tmp_path: Path):
    text = "nom;prénom;sexe\nDupont;Jeanne;Mme\nMartin;Luc;Homme\nPetit;Lou;?\n"
    register.import_patients(practice, people.claire, written(tmp_path, text))
    sexes = [register.find_patients(practice, people.claire, name)[0].sex for name in ("Dupont", "Martin", "Petit")]
    assert sexes == ["F", "M", None]


def test_an_agenda_is_seen_and_changed_by_those_who_work_for_its_doctor(
    practice: Practice, people: People, tmp_path: Path
):
    today = store.now().astimezone(practice.settings.zone).date()
    rows = f"date;nom;médecin\n{today:%d/%m/%Y};DUPONT;lambert\n{today:%d/%m/%Y};MARTIN;garnier\n"
    register.import_agenda(practice, people.claire, written(tmp_path, rows))
    members.change_scope(practice, people.archives, "claire", everyone=False, of=["garnier"])
    with practice.begin() as connection:
        scoped = accounts.actor(connection, "claire", settings=practice.settings)
    for someone, seen in ((scoped, ["MARTIN"]), (people.lambert, ["DUPONT"]), (people.archives, [])):
        assert [one["family_name"] for one in register.expected(practice, someone)] == seen
    for text, doctor in ((rows, ""), ("date;nom\n21/11/2026;ROY\n", ""), ("date;nom\n21/11/2026;ROY\n", "lambert")):
        with pytest.raises(BadAgenda):
            register.import_agenda(practice, scoped, written(tmp_path, text), doctor=doctor)
    assert register.import_agenda(practice, scoped, written(tmp_path, "date;nom\n21/11/2026;ROY\n"), doctor="garnier")
