from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive import deposit, patients
from archive.objects import Objects, path_of
from archive.records import ArchiveRecord, Patient
from archive.tables import journal, object_, record
from archive.vault import Vault
from archive.verify import Verification, verify
from tests.archive.conftest import letter


@pytest.fixture
def filed(connection: sa.Connection, objects: Objects, jean: Patient) -> list[ArchiveRecord]:
    return [
        deposit.deposit(connection, objects, letter(jean, id, date=date(2026, 1, 1)))
        for id in ("A000000001", "A000000002")
    ]


def tamper(tmp_path: Path, address: str, data: bytes) -> None:
    file = tmp_path / "store" / path_of(address)
    file.chmod(0o600)
    file.write_bytes(data)


def test_a_whole_archive_verifies_and_the_answer_is_the_contract(
    connection: sa.Connection, objects: Objects, filed: list[ArchiveRecord]
) -> None:
    assert verify(connection, objects).as_json() == {
        "objects": 6,
        "ok": True,
        "changed": [],
        "missing": [],
        "untracked": [],
        "journal": "ok",
    }


def test_an_empty_archive_verifies(connection: sa.Connection, objects: Objects) -> None:
    assert verify(connection, objects) == Verification(objects=0, changed=(), missing=(), untracked=(), journal="ok")


def test_a_flipped_byte_in_any_object_is_found(
    connection: sa.Connection, objects: Objects, filed: list[ArchiveRecord], tmp_path: Path
) -> None:
    for address in list(objects.addresses()):
        whole = (tmp_path / "store" / path_of(address)).read_bytes()
        tamper(tmp_path, address, whole[:40] + bytes([whole[40] ^ 4]) + whole[41:])
        seen = verify(connection, objects)
        assert (seen.changed, seen.ok) == ((address,), False)
        tamper(tmp_path, address, whole)
    assert verify(connection, objects).ok


def test_an_object_or_a_key_that_is_gone_is_missing(
    connection: sa.Connection, objects: Objects, vault: Vault, filed: list[ArchiveRecord], tmp_path: Path
) -> None:
    (tmp_path / "store" / path_of(filed[0].pdf)).unlink()
    vault.drop(filed[1].pdf)

    seen = verify(connection, objects)

    assert sorted(seen.missing) == sorted([filed[0].pdf, filed[1].pdf])
    assert not seen.ok


def test_files_exchanged_are_both_found(
    connection: sa.Connection, objects: Objects, filed: list[ArchiveRecord], tmp_path: Path
) -> None:
    one, other = (tmp_path / "store" / path_of(record.pdf) for record in filed)
    first, second = one.read_bytes(), other.read_bytes()
    tamper(tmp_path, filed[0].pdf, second)
    tamper(tmp_path, filed[1].pdf, first)

    assert sorted(verify(connection, objects).changed) == sorted([filed[0].pdf, filed[1].pdf])


def test_what_nobody_speaks_of_is_untracked_and_harms_nothing(
    connection: sa.Connection, objects: Objects, filed: list[ArchiveRecord], tmp_path: Path
) -> None:
    draft, left = objects.put(b"draft"), objects.put(b"left behind")
    (tmp_path / "store" / "note.txt").write_text("posé là")

    seen = verify(connection, objects, elsewhere=[draft])

    assert sorted(seen.untracked) == sorted([left, "note.txt"])
    assert (seen.ok, seen.objects) == (True, 7)
    tamper(tmp_path, draft, b"?")
    assert verify(connection, objects, elsewhere=[draft]).changed == (draft,)


def test_a_row_that_names_another_hash_is_found(
    connection: sa.Connection, objects: Objects, filed: list[ArchiveRecord]
) -> None:
    connection.execute(object_.update().where(object_.c.address == filed[0].text).values(plain_sha256="f" * 64))

    seen = verify(connection, objects)

    assert set(seen.changed) == {filed[0].text, filed[0].id}


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Autre"},
        {"author": "Dr Autre"},
        {"date": date(1990, 1, 1)},
        {"schedule": "cabinet"},
        {"schedule_version": 2},
        {"kind": "ordonnance"},
    ],
)
def test_a_record_changed_behind_the_archives_back_is_found(
    connection: sa.Connection, objects: Objects, filed: list[ArchiveRecord], change: dict[str, object]
) -> None:
    connection.execute(record.update().where(record.c.id == filed[0].id).values(change))

    assert verify(connection, objects).changed == (filed[0].id,)
    assert verify(connection, objects, journal=False).ok


def test_a_document_moved_to_another_patient_or_given_another_pdf_is_found(
    connection: sa.Connection, objects: Objects, filed: list[ArchiveRecord]
) -> None:
    other = patients.add(connection, family_name="Martin", given_name="Luc", actor="TEST")
    connection.execute(record.update().where(record.c.id == filed[0].id).values(patient_id=other.id))
    connection.execute(record.update().where(record.c.id == filed[1].id).values(pdf_address=filed[1].text))

    assert set(verify(connection, objects).changed) == {filed[0].id, filed[1].id}


def test_a_record_whose_row_is_gone_is_missing_though_its_objects_remain(
    connection: sa.Connection, objects: Objects, filed: list[ArchiveRecord]
) -> None:
    connection.execute(record.delete().where(record.c.id == filed[0].id))

    assert verify(connection, objects).missing == (filed[0].id,)


def test_a_journal_cut_at_its_end_is_found_by_the_records_it_no_longer_knows(
    connection: sa.Connection, objects: Objects, filed: list[ArchiveRecord]
) -> None:
    last = connection.scalar(sa.select(sa.func.max(journal.c.seq)))
    connection.execute(journal.delete().where(journal.c.seq == last))

    seen = verify(connection, objects)

    assert (seen.journal, seen.changed) == ("ok", (filed[1].id,))


def test_a_broken_journal_says_where(connection: sa.Connection, objects: Objects, filed: list[ArchiveRecord]) -> None:
    connection.execute(journal.update().where(journal.c.seq == 2).values(actor="AUTRE"))

    seen = verify(connection, objects)

    assert (seen.journal, seen.ok) == ("broken at 2", False)
