"""The practice key over time: known, changed, and whole whatever kills the change."""

import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import pyrage
import pytest
import sqlalchemy as sa

from archive import practice_key
from archive.errors import KeyUnusable, PracticeKeyChanged
from archive.tables import vault_metadata
from archive.vault import Vault, load_practice_key, make_practice_key, open_practice_key, require_current_key
from tests.archive.conftest import sqlite

ADDRESSES = tuple(f"{n:064}" for n in range(3))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        engine = sqlite(tmp_path / "keys.db")
        vault_metadata.create_all(engine)
        yield engine
        engine.dispose()
        return
    server = sa.create_engine(request.getfixturevalue("postgres_url"))
    schema = f"keys_{os.getpid()}"
    with server.begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
    engine = sa.create_engine(server.url, connect_args={"options": f"-csearch_path={schema}"})
    vault_metadata.create_all(engine)
    yield engine
    engine.dispose()
    with server.begin() as connection:
        connection.execute(sa.schema.DropSchema(schema, cascade=True))
    server.dispose()


@pytest.fixture
def path(tmp_path: Path, keys: sa.Engine) -> Path:
    """The key file of a vault that holds some secrets."""
    file = tmp_path / "practice.key"
    first = make_practice_key(file)
    practice_key.begin(keys, first)
    vault = Vault(keys, first)
    for address in ADDRESSES:
        vault.keep(address, pyrage.x25519.Identity.generate())
    return file


def secrets(engine: sa.Engine, identity: "pyrage.x25519.Identity") -> list[str]:
    vault = Vault(engine, identity)
    return [str(vault.key(address)) for address in ADDRESSES]


def test_a_vault_remembers_the_first_key_once(keys: sa.Engine, path: Path) -> None:
    (known,) = practice_key.known_keys(keys)

    practice_key.begin(keys, pyrage.x25519.Identity.generate())

    assert practice_key.known_keys(keys) == (known,)
    assert known.public == str(load_practice_key(path).to_public())
    assert known.retired is None


def test_a_vault_that_knows_no_key_takes_the_one_that_opens_it(keys: sa.Engine, path: Path) -> None:
    forget(keys)

    with pytest.raises(KeyUnusable):
        require_current_key(keys, pyrage.x25519.Identity.generate())
    assert practice_key.known_keys(keys) == ()

    require_current_key(keys, load_practice_key(path))
    assert len(practice_key.known_keys(keys)) == 1


def forget(keys: sa.Engine) -> None:
    from archive.tables import practice_key as table

    with keys.begin() as connection:
        connection.execute(table.delete())


def test_another_key_than_the_one_in_use_is_refused_in_french(keys: sa.Engine, path: Path) -> None:
    with pytest.raises(PracticeKeyChanged) as refusal:
        require_current_key(keys, pyrage.x25519.Identity.generate())

    assert "copiez le nouveau fichier practice.key" in refusal.value.advice


def test_after_a_change_every_secret_opens_with_the_new_key_and_none_with_the_old(keys: sa.Engine, path: Path) -> None:
    old = load_practice_key(path)
    before = secrets(keys, old)

    drawn = practice_key.change_practice_key(path, keys)

    assert str(load_practice_key(path)) == str(drawn) != str(old)
    assert secrets(keys, open_practice_key(path, keys)) == before
    with keys.connect() as connection:
        for secret in connection.scalars(sa.text("select secret from object_key")):
            with pytest.raises(KeyUnusable):
                practice_key.opened(bytes(secret), old)
    now, then = practice_key.known_keys(keys)
    assert (now.public, now.retired) == (str(drawn.to_public()), None)
    assert then.public == str(old.to_public())
    assert then.retired is not None
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_of_the_old_key_stays_in_the_folder(keys: sa.Engine, path: Path) -> None:
    old = str(load_practice_key(path)).encode()
    sealed = [row for row in everything(path.parent) if old in row]
    assert sealed

    with path.open("rb") as held:  # someone who has the file open reads no key either
        practice_key.change_practice_key(path, keys)
        assert not held.read().strip(b"\0") or os.name != "posix"

    assert not any(old in data for data in everything(path.parent))
    assert not path.with_name("practice.key.new").exists()


def test_a_key_file_that_someone_made_read_only_is_changed_and_wiped_too(keys: sa.Engine, path: Path) -> None:
    path.chmod(0o400)  # says most where the tests do not run as root, whom this does not stop
    with path.open("rb") as held:
        drawn = practice_key.change_practice_key(path, keys)
        assert not held.read().strip(b"\0")
    assert str(open_practice_key(path, keys)) == str(drawn)


def everything(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.iterdir() if file.is_file()]


def test_a_process_that_still_has_the_old_key_can_neither_add_nor_read(keys: sa.Engine, path: Path) -> None:
    stale = Vault(keys, load_practice_key(path))
    practice_key.change_practice_key(path, keys)

    with pytest.raises(PracticeKeyChanged):
        stale.keep("f" * 64, pyrage.x25519.Identity.generate())
    with pytest.raises(PracticeKeyChanged):
        stale.key(ADDRESSES[0])


def test_a_secret_added_while_the_key_changes_is_never_lost(keys: sa.Engine, path: Path) -> None:
    stale, kept = Vault(keys, load_practice_key(path)), []

    def add() -> None:
        for n in range(100, 400):
            try:
                stale.keep(f"{n:064}", pyrage.x25519.Identity.generate())
            except PracticeKeyChanged:
                return
            kept.append(f"{n:064}")

    adding = threading.Thread(target=add)
    adding.start()
    while not kept:
        pass
    drawn = practice_key.change_practice_key(path, keys)
    adding.join()

    assert len(kept) < 300
    for address in kept:
        Vault(keys, drawn).key(address)


def test_a_change_that_is_refused_at_the_last_moment_leaves_everything_as_it_was(keys: sa.Engine, path: Path) -> None:
    old, text = load_practice_key(path), path.read_bytes()
    before = secrets(keys, old)

    def refuse(drawn: object) -> None:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        practice_key.change_practice_key(path, keys, ready=refuse)

    assert path.read_bytes() == text
    assert not path.with_name("practice.key.new").exists()
    assert secrets(keys, open_practice_key(path, keys)) == before
    assert len(practice_key.known_keys(keys)) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of this process")
def test_killed_at_any_line_of_a_change_the_practice_opens_and_nothing_is_lost(keys: sa.Engine, path: Path) -> None:
    url, kind = keys.url, keys.dialect.name
    before = secrets(keys, load_practice_key(path))
    every = 2 if kind == "sqlite" else 6  # each kill is a fork of this whole process
    step, kills, changed = 0, 0, 0
    while True:
        keys.dispose()
        key = str(load_practice_key(path))
        if not killed_at(step, path, kind, url):
            break
        kills += 1
        found = open_practice_key(path, keys)
        changed += str(found) != key
        assert not path.with_name("practice.key.new").exists()
        assert secrets(keys, found) == before
        assert practice_key.known_keys(keys)[0].public == str(found.to_public())
        step += every

    assert kills > 60 / every
    assert 0 < changed < kills
    assert secrets(keys, open_practice_key(path, keys)) == before


def killed_at(step: int, path: Path, kind: str, url: sa.URL) -> bool:
    """Change the key in a copy of this process that kills itself at its nth line; False when it went to the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking with threads: this one runs one function and dies
        child = os.fork()
    if child == 0:
        try:
            lines = iter(range(step, -1, -1))

            def count(frame: FrameType, event: str, argument: object) -> object:
                if frame.f_code.co_filename != practice_key.__file__:
                    return None
                if event == "line" and next(lines) == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return count

            own = sqlite(Path(str(url.database))) if kind == "sqlite" else sa.create_engine(url, **search_path())
            sys.settrace(count)
            practice_key.change_practice_key(path, own)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def search_path() -> dict[str, dict[str, str]]:
    return {"connect_args": {"options": f"-csearch_path=keys_{os.getppid()}"}}


def test_the_day_of_the_sheets_is_remembered(keys: sa.Engine, path: Path) -> None:
    moment = datetime(2026, 3, 2, 12, tzinfo=UTC)

    practice_key.note_sheets(keys, str(load_practice_key(path).to_public()), at=moment)

    assert practice_key.known_keys(keys)[0].sheets_at == moment
