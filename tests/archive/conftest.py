"""A database of each kind, a store of objects, and a small cast of patients."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from archive import patients
from archive.objects import Objects
from archive.records import Deposit, Patient
from archive.tables import metadata, vault_metadata
from archive.vault import Vault, make_practice_key

PDF = b"%PDF-1.7\n% un courrier\n"


def sqlite(path: Path) -> sa.Engine:
    engine = sa.create_engine(f"sqlite:///{path}")

    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    sa.event.listen(engine, "connect", prepare)
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Start a throwaway PostgreSQL that listens on no network, or use the one that COPISTE_TEST_POSTGRES names."""
    if given := os.environ.get("COPISTE_TEST_POSTGRES"):
        yield given
        return
    if os.name != "posix" or not (binaries := _postgres_binaries()):
        pytest.skip("PostgreSQL is optional, and not installed")
    as_root = os.geteuid() == 0
    with tempfile.TemporaryDirectory(prefix="copiste-postgres-", ignore_cleanup_errors=True) as folder:
        if as_root:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")

        def command(name: str, *words: str) -> None:
            whole = [*(["runuser", "-u", "postgres", "--"] if as_root else []), str(binaries / name)]
            subprocess.run([*whole, "-D", f"{folder}/data", *words], check=True, stdout=subprocess.DEVNULL, cwd=folder)

        command("initdb", "-U", "copiste", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        command(
            "pg_ctl", "-w", "-l", f"{folder}/log", "-o", f"-c listen_addresses='' -k {folder} -c fsync=off", "start"
        )
        try:
            yield f"postgresql+psycopg://copiste@/postgres?host={folder}"
        finally:
            command("pg_ctl", "-m", "immediate", "stop")


def _postgres_binaries() -> Path | None:
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        made = sqlite(tmp_path / "copiste.db")
    else:
        made = sa.create_engine(request.getfixturevalue("postgres_url"))
        metadata.drop_all(made)
    metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.begin() as opened:
        yield opened


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    keys = sqlite(tmp_path / "keys.db")
    vault_metadata.create_all(keys)
    yield Vault(keys, make_practice_key(tmp_path / "practice.key"))
    keys.dispose()


@pytest.fixture
def objects(tmp_path: Path, vault: Vault) -> Objects:
    return Objects(tmp_path / "store", vault)


@pytest.fixture
def jean(connection: sa.Connection) -> Patient:
    return patients.add(
        connection,
        family_name="DUPONT",
        given_name="Jean",
        birth_date=date(1954, 3, 12),
        sex="M",
        actor="TEST",
    )


def letter(patient: Patient, id: str = "7K3MZ9QF2A", **changes: Any) -> Deposit:
    values: dict[str, Any] = {
        "id": id,
        "patient_id": patient.id,
        "kind": "consultation",
        "title": "Compte rendu de consultation",
        "author": "Dr Hélène Lefèvre",
        "date": date(2026, 3, 2),
        "pdf": PDF,
        "master": b"docx",
        "text": "Œdème des membres inférieurs.".encode(),
        "actor": "TEST",
    }
    return Deposit(**values | changes)
