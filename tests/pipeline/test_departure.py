"""What a departing doctor takes away: whole, readable, closed, and only by whom it may."""

import csv
import hashlib
import io
import os
import tracemalloc
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from pyrage.x25519 import Identity
from typer.testing import CliRunner

from archive.errors import ObjectMissing
from archive.tables import journal as lines
from pipeline import tables
from pipeline.cli import app
from pipeline.errors import AccessDenied
from pipeline.practice import Practice
from pipeline.safekeeping import departure
from pipeline.safekeeping.departure import Exported, ExportFailed
from tests.fakes import People
from tests.pipeline.filing import a_patient, filed, signed_pdf


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the seconds that closing by a password takes on purpose; two tests below take them."""
    monkeypatch.setattr(departure, "_locked", lambda identity, password: f"{password} {identity}".encode())
    monkeypatch.setattr(
        departure, "_unlocked", lambda locked, password: Identity.from_str(locked.decode().removeprefix(f"{password} "))
    )


def opened(done: Exported, tmp_path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(departure.opened(done.folder, password=done.password, to=tmp_path / "dossier.zip"))


def listed(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig")), delimiter=";"))


@pytest.mark.usefixtures("quick")
def test_everything_of_the_doctor_is_there_readable_and_nothing_of_another(
    practice: Practice, people: People, tmp_path: Path
) -> None:
    jean, doctor, other = a_patient(practice), people.lambert.doctor or "", people.garnier.doctor or ""
    pdf = signed_pdf(practice, doctor)
    mine = [filed(practice, doctor, jean, pdf=pdf, title=title) for title in ("Compte rendu", '=HYPERLINK("x") <b>')]
    theirs = filed(practice, other, jean, pdf=signed_pdf(practice, other))

    done = departure.export(practice, people.archives, "lambert")

    assert (done.documents, done.restricted) == (2, 0)
    with opened(done, tmp_path) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        assert {f"documents/{key}{suffix}" for key in mine for suffix in (".pdf", ".docx", ".txt")} <= names
        assert not any(theirs in name for name in names)
        assert archive.read(f"documents/{mine[0]}.pdf") == pdf
        rows = {row["Titre"]: row for row in listed(archive, "index.csv")}
        assert set(rows) == {"Compte rendu", '\'=HYPERLINK("x") <b>'}
        row = rows["Compte rendu"]
        assert (row["Patient"], row["Né(e) le"], row["Signature"]) == ("DUPONT", "12/03/1954", "vérifiée")
        page = archive.read("index.html").decode()
        assert f'<a href="documents/{mine[0]}.pdf">' in page
        assert "&lt;b&gt;" in page
        for signature in listed(archive, "signatures.csv"):
            assert (signature["Intacte"], signature["Certificat reconnu"]) == ("oui", "oui")
        assert b"BEGIN CERTIFICATE" in archive.read("certificats/autorite.pem")
        assert "Hélène Lambert" in archive.read("LISEZ-MOI.txt").decode()


@pytest.mark.usefixtures("quick")
def test_every_file_has_its_sum(practice: Practice, people: People, tmp_path: Path) -> None:
    doctor = people.lambert.doctor or ""
    filed(practice, doctor, a_patient(practice), pdf=signed_pdf(practice, doctor))

    with opened(departure.export(practice, people.archives, doctor), tmp_path) as archive:
        sums = dict(reversed(line.split("  ")) for line in archive.read("empreintes-sha256.txt").decode().splitlines())
        assert set(sums) == set(archive.namelist()) - {"empreintes-sha256.txt"}
        assert all(hashlib.sha256(archive.read(name)).hexdigest() == value for name, value in sums.items())


@pytest.mark.usefixtures("quick")
def test_nothing_is_in_clear_on_the_disk_and_no_name_in_a_path(practice: Practice, people: People) -> None:
    doctor = people.lambert.doctor or ""
    filed(practice, doctor, a_patient(practice, family="ZYXCANARI"), pdf=signed_pdf(practice, doctor))

    done = departure.export(practice, people.archives, "lambert")

    files = sorted(path.name for path in done.folder.iterdir())
    assert files == sorted(("LISEZ-MOI.txt", "cle.age", "dossier.zip.age"))
    for path in practice.place("exports").rglob("*"):
        assert "zyxcanari" not in str(path).lower()
        if path.is_file():
            assert b"ZYXCANARI" not in path.read_bytes()
            assert b"%PDF" not in path.read_bytes()
            assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o600
    assert done.password not in repr(done)


def test_another_password_opens_nothing(practice: Practice, people: People, tmp_path: Path) -> None:
    done = departure.export(practice, people.archives, "lambert")

    with pytest.raises(ExportFailed) as refusal:
        departure.opened(done.folder, password="autre", to=tmp_path / "dossier.zip")

    assert "n'ouvre pas" in refusal.value.advice
    assert not (tmp_path / "dossier.zip").exists()


@pytest.mark.usefixtures("quick")
def test_only_the_archivist_and_the_doctor_may(practice: Practice, people: People) -> None:
    for actor in (people.claire, people.technique, people.garnier):
        with pytest.raises(AccessDenied):
            departure.export(practice, actor, "lambert")
    assert list(practice.place("exports").iterdir()) == []
    assert departure.export(practice, people.lambert, "lambert").documents == 0


@pytest.mark.usefixtures("quick")
def test_restricted_documents_leave_with_their_doctor_only(practice: Practice, people: People, tmp_path: Path) -> None:
    doctor = people.lambert.doctor or ""
    secret = filed(practice, doctor, a_patient(practice), pdf=signed_pdf(practice, doctor), restricted=True)

    by_archivist = departure.export(practice, people.archives, "lambert")
    assert (by_archivist.documents, by_archivist.restricted) == (0, 1)
    with opened(by_archivist, tmp_path) as archive:
        assert not any(secret in name for name in archive.namelist())
    (tmp_path / "dossier.zip").unlink()
    by_doctor = departure.export(practice, people.lambert, "lambert")
    with opened(by_doctor, tmp_path) as archive:
        assert f"documents/{secret}.pdf" in archive.namelist()


@pytest.mark.usefixtures("quick")
def test_the_journal_and_the_access_log_say_what_left(practice: Practice, people: People) -> None:
    doctor = people.lambert.doctor or ""
    key = filed(practice, doctor, a_patient(practice), pdf=signed_pdf(practice, doctor))

    departure.export(practice, people.archives, "lambert")

    with practice.look() as connection:
        exported = connection.execute(sa.select(lines).where(lines.c.action == "exported")).all()
        seen = connection.execute(sa.select(tables.access_log)).all()
    assert [(one.subject, one.actor) for one in exported] == [(key, people.archives.id)]
    assert [(one.subject, one.action) for one in seen] == [(key, "doctors.export")]


@pytest.mark.usefixtures("quick")
def test_an_export_that_cannot_be_whole_leaves_nothing(practice: Practice, people: People) -> None:
    doctor = people.lambert.doctor or ""
    filed(practice, doctor, a_patient(practice), pdf=(pdf := signed_pdf(practice, doctor)))
    lost = filed(practice, doctor, a_patient(practice, family="DURAND"), pdf=pdf)
    with practice.look() as connection:
        address = connection.scalar(sa.text("select pdf_address from record where id = :key"), {"key": lost})
    (practice.home / "store" / address[:2] / address[2:4] / address).unlink()

    with pytest.raises(ObjectMissing):
        departure.export(practice, people.archives, "lambert")

    assert list(practice.place("exports").iterdir()) == []


@pytest.mark.usefixtures("quick")
def test_memory_holds_one_document_at_a_time(practice: Practice, people: People) -> None:
    doctor, jean, megabyte = people.lambert.doctor or "", a_patient(practice), 1 << 20
    for _ in range(12):
        filed(practice, doctor, jean, pdf=b"%PDF-1.7\n" + os.urandom(2 * megabyte))

    tracemalloc.start()
    done = departure.export(practice, people.archives, "lambert")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (done.folder / "dossier.zip.age").stat().st_size > 24 * megabyte
    assert peak < 16 * megabyte


def test_the_command_tells_the_password_once(practice: Practice, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["doctors", "export", "lambert", "--as", "archives", "--home", str(practice.home)])

    assert done.exit_code == 0, done.output
    (folder,) = practice.place("exports").iterdir()
    password = done.output.split(" : ")[-1].strip()
    departure.opened(folder, password=password, to=tmp_path / "dossier.zip")
