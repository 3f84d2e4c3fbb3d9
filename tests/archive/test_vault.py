import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
import sqlalchemy as sa

from archive.errors import KeyMissing, KeyUnusable, PracticeKeyExposed, PracticeKeyMissing
from archive.tables import object_key, vault_metadata
from archive.vault import Vault, load_practice_key, make_practice_key
from tests.archive.conftest import sqlite

ADDRESS = "a" * 64


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[sa.Engine]:
    engine = sqlite(tmp_path / "keys.db")
    vault_metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_a_key_kept_is_given_back(vault: Vault) -> None:
    key = pyrage.x25519.Identity.generate()
    vault.keep(ADDRESS, key)

    assert str(vault.key(ADDRESS)) == str(key)


def test_a_key_never_kept_or_dropped_is_missing(vault: Vault) -> None:
    vault.keep(ADDRESS, pyrage.x25519.Identity.generate())
    vault.drop(ADDRESS)
    vault.drop(ADDRESS)

    for address in (ADDRESS, "b" * 64):
        with pytest.raises(KeyMissing):
            vault.key(address)


def test_the_vault_of_another_practice_opens_nothing(keys: sa.Engine) -> None:
    Vault(keys, pyrage.x25519.Identity.generate()).keep(ADDRESS, pyrage.x25519.Identity.generate())

    with pytest.raises(KeyUnusable):
        Vault(keys, pyrage.x25519.Identity.generate()).key(ADDRESS)


def test_nothing_of_a_dropped_key_stays_on_the_disk(keys: sa.Engine, tmp_path: Path) -> None:
    vault = Vault(keys, pyrage.x25519.Identity.generate())
    vault.keep(ADDRESS, pyrage.x25519.Identity.generate())
    with keys.connect() as connection:
        secret = connection.scalar(sa.select(object_key.c.secret))
    assert secret is not None
    trace = secret[-64:]
    assert any(trace in path.read_bytes() for path in tmp_path.glob("keys.db*"))

    vault.drop(ADDRESS)

    assert not any(trace in path.read_bytes() for path in tmp_path.glob("keys.db*"))


def test_no_key_is_ever_written_in_clear(keys: sa.Engine, tmp_path: Path) -> None:
    key = pyrage.x25519.Identity.generate()
    Vault(keys, pyrage.x25519.Identity.generate()).keep(ADDRESS, key)

    assert not any(str(key).encode() in path.read_bytes() for path in tmp_path.glob("keys.db*"))


def test_the_practice_key_is_this_accounts_alone_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "practice.key"
    made = make_practice_key(path)

    assert str(load_practice_key(path)) == str(made)
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        make_practice_key(path)
    assert str(load_practice_key(path)) == str(made)


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps rights elsewhere")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_practice_key_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "practice.key"
    make_practice_key(path)
    path.chmod(mode)

    with pytest.raises(PracticeKeyExposed):
        load_practice_key(path)


def test_a_missing_or_empty_practice_key_says_so(tmp_path: Path) -> None:
    empty = tmp_path / "empty.key"
    empty.write_text("# nothing\nAGE-SECRET-KEY-1NONSENSE\n")
    empty.chmod(0o600)

    for path in (tmp_path / "none.key", empty):
        with pytest.raises(PracticeKeyMissing):
            load_practice_key(path)


def test_the_archive_can_be_imported_without_its_heavy_libraries() -> None:
    code = (
        "import sys, archive.deposit, archive.search, archive.verify, archive.signatures, archive.holds\n"
        "heavy = {'sqlalchemy', 'pyrage', 'obstore', 'pyhanko', 'rapidfuzz', 'cryptography'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
