"""The practice key: the one secret that opens every other, its file, and the keys that came before it.

The file holds the secret half; the vault remembers the public halves, which one is current, and since when. Changing
the key is decided by the vault alone: the new file is on the disk before the vault's one transaction, and takes the
old one's place after it; whoever opens the practice next finishes or undoes what was begun. Knows nothing of sheets
of paper, nor of who may ask.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.errors import KeyUnusable, PracticeKeyChanged, PracticeKeyExposed, PracticeKeyMissing

if TYPE_CHECKING:
    from pyrage.x25519 import Identity
    from sqlalchemy.engine import Connection, Engine

_LOCK = 0x636F706973746502
"""PostgreSQL advisory lock: shared by whoever adds a secret, alone for whoever changes the key."""
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """The public half of a practice key, and its days. `retired` is None for the one in use."""

    public: str
    since: datetime
    retired: datetime | None = None
    sheets_at: datetime | None = None


# --- the file --------------------------------------------------------------------------------------------------------


def make_practice_key(path: Path) -> "Identity":
    """Draw the practice key and write it, for this account only, in the form that the `age` command reads.

    An existing file is never overwritten (FileExistsError): every document ever stored depends on it.
    """
    import pyrage

    practice = pyrage.x25519.Identity.generate()
    write_practice_key(path, practice)
    return practice


def write_practice_key(path: Path, practice: "Identity") -> None:
    """Write a practice key, for this account only; FileExistsError when something is there already."""
    text = f"# created: {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n# public key: {practice.to_public()}\n{practice}\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def load_practice_key(path: Path) -> "Identity":
    """Read the practice key; raise PracticeKeyMissing, or PracticeKeyExposed when other accounts may read it.

    Windows keeps its rights elsewhere: there, this does not look at them.
    """
    import pyrage

    if not path.is_file():
        raise PracticeKeyMissing("there is no practice key file")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise PracticeKeyExposed("the practice key file can be read by other accounts")
    lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    try:
        return pyrage.x25519.Identity.from_str(next(line for line in lines if line.startswith("AGE-SECRET-KEY-")))
    except (StopIteration, pyrage.IdentityError):
        raise PracticeKeyMissing("the practice key file holds no usable key") from None


def sync_folder(folder: Path) -> None:
    """Make sure that a folder's list of files is on the disk (Windows does so by itself)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# --- what the vault remembers ----------------------------------------------------------------------------------------


def known_keys(engine: "Engine") -> tuple[KnownKey, ...]:
    """Give every key this practice has had, the one in use first."""
    import sqlalchemy as sa

    from archive.tables import practice_key

    query = sa.select(practice_key).order_by(practice_key.c.retired.is_not(None), practice_key.c.since.desc())
    with engine.connect().execution_options(reading=True) as connection:
        return tuple(KnownKey(**row._mapping) for row in connection.execute(query))


def begin(engine: "Engine", practice: "Identity") -> None:
    """Write the first practice key down in a vault that knows none; harmless when it knows one.

    KeyUnusable when the vault already holds a secret that this key does not open: it is another practice's.
    """
    from archive.tables import practice_key

    with engine.begin() as connection:
        hold(connection, alone=True)
        if _current(connection) is not None:
            return
        _must_open(connection, practice)
        values = {"public": str(practice.to_public()), "since": datetime.now(UTC)}
        connection.execute(practice_key.insert().values(values))


def require_current_key(engine: "Engine", practice: "Identity") -> None:
    """Raise PracticeKeyChanged unless this key is the one in use; a vault that knows none takes it as its first."""
    with engine.connect().execution_options(reading=True) as connection:
        known = _current(connection)
    if known is None:
        begin(engine, practice)
    elif known != str(practice.to_public()):
        raise PracticeKeyChanged("the practice key file is not the key in use")


def require_still_current(connection: "Connection", public: str) -> None:
    """Raise PracticeKeyChanged when another key came into use; until the transaction ends, none can."""
    hold(connection)
    known = _current(connection)
    if known is not None and known != public:
        raise PracticeKeyChanged("the practice key was changed since this process began")


def note_sheets(engine: "Engine", public: str, *, at: datetime) -> None:
    """Remember when the recovery sheets of a key were last made."""
    from archive.tables import practice_key

    with engine.begin() as connection:
        connection.execute(practice_key.update().where(practice_key.c.public == public).values(sheets_at=at))


def hold(connection: "Connection", *, alone: bool = False) -> None:
    """Keep the practice key from changing until the transaction ends; `alone`, keep secrets from being added too.

    On SQLite the caller's transaction has begun with BEGIN IMMEDIATE and is alone already.
    """
    if connection.dialect.name == "postgresql":
        import sqlalchemy as sa

        lock = sa.func.pg_advisory_xact_lock if alone else sa.func.pg_advisory_xact_lock_shared
        connection.execute(sa.select(lock(_LOCK)))


def open_practice_key(path: Path, engine: "Engine") -> "Identity":
    """Read the practice key and prove that it is the one in use: what opening a practice calls.

    A change of key that was interrupted is finished or undone first. Raise PracticeKeyMissing, PracticeKeyExposed or
    PracticeKeyChanged.
    """
    settle(path, engine)
    practice = load_practice_key(path)
    require_current_key(engine, practice)
    return practice


# --- changing it -----------------------------------------------------------------------------------------------------


def change_practice_key(
    path: Path, engine: "Engine", *, ready: Callable[["Identity"], object] = lambda drawn: None
) -> "Identity":
    """Draw another practice key and encrypt every secret of the vault to it; the old key's file is gone afterwards.

    `ready(drawn)` is called before the new key comes into use, and keeps it from doing so when it raises. Killed at
    any moment, nothing is lost: see `settle`. The caller makes sure that no process works meanwhile; one that did
    would be refused when it adds a secret, never lose it.
    """
    import pyrage

    old = open_practice_key(path, engine)
    drawn = pyrage.x25519.Identity.generate()
    try:
        with engine.begin() as connection:
            # The lock comes before the new file: whoever finds that file waits for what is decided here.
            hold(connection, alone=True)
            require_still_current(connection, str(old.to_public()))
            write_practice_key(_beside(path), drawn)
            ready(drawn)
            _encrypt_again(connection, old, drawn)
            _replace_row(connection, old, drawn)
    finally:
        settle(path, engine)
    forget_traces(engine)
    return drawn


def settle(path: Path, engine: "Engine") -> None:
    """Finish a change of key that the vault has accepted, undo one that it has not; most often there is none.

    The same lock as the change itself is taken: one that still runs, here or in a commit that a dead process left to
    the server, is waited for before anything is decided. When the vault knows neither key, both files stay.
    """
    beside = _beside(path)
    if not beside.exists():
        return
    with engine.begin() as connection:
        hold(connection, alone=True)
        known = _current(connection)
        if known is not None and known == _public(beside):
            _install(beside, path)
        elif known is not None and known == _public(path):
            beside.unlink(missing_ok=True)
            sync_folder(path.parent)


def forget_traces(engine: "Engine") -> None:
    """Leave nothing of a deleted or replaced secret in SQLite's files (its pages are wiped by `secure_delete`)."""
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _public(path: Path) -> str | None:
    with suppress(PracticeKeyMissing):
        return str(load_practice_key(path).to_public())
    return None


def _install(beside: Path, path: Path) -> None:
    """Put the new file in the old one's place, then wipe what the old one held (as far as the disk allows)."""
    old = None
    if os.name == "posix":
        with suppress(OSError):  # a person may have made it read-only, or removed it: it is replaced all the same
            path.chmod(0o600)
            old = path.open("r+b")
    try:
        os.replace(beside, path)
        sync_folder(path.parent)
        if old:
            old.write(b"\0" * os.fstat(old.fileno()).st_size)
            old.flush()
            os.fsync(old.fileno())
    finally:
        if old:
            old.close()


def _current(connection: "Connection") -> str | None:
    import sqlalchemy as sa

    from archive.tables import practice_key

    return connection.scalar(sa.select(practice_key.c.public).where(practice_key.c.retired.is_(None)))


def _must_open(connection: "Connection", practice: "Identity") -> None:
    for _, secret in _secrets(connection, limit=1):
        opened(secret, practice)
        return


def opened(secret: bytes, practice: "Identity") -> bytes:
    """Decrypt a secret of the vault; KeyUnusable when this is not the key it was encrypted to."""
    import pyrage

    try:
        return bytes(pyrage.decrypt(secret, [practice]))
    except pyrage.DecryptError as error:
        raise KeyUnusable("the practice key does not open a secret of the vault") from error


def _secrets(connection: "Connection", *, limit: int = _BATCH) -> Iterator[tuple[str, bytes]]:
    """Every secret of the vault, some at a time: the vault may hold millions."""
    import sqlalchemy as sa

    from archive.tables import object_key

    last = ""
    query = sa.select(object_key.c.address, object_key.c.secret).order_by(object_key.c.address).limit(limit)
    while rows := connection.execute(query.where(object_key.c.address > last)).all():
        yield from ((row.address, row.secret) for row in rows)
        last = rows[-1].address


def _encrypt_again(connection: "Connection", old: "Identity", new: "Identity") -> None:
    import pyrage
    import sqlalchemy as sa

    from archive.tables import object_key

    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    recipient = new.to_public()
    update = object_key.update().where(object_key.c.address == sa.bindparam("at")).values(secret=sa.bindparam("sealed"))
    batch: list[dict[str, Any]] = []
    for address, secret in _secrets(connection):
        batch.append({"at": address, "sealed": pyrage.encrypt(opened(secret, old), [recipient])})
        if len(batch) == _BATCH:
            connection.execute(update, batch)
            batch.clear()
    if batch:
        connection.execute(update, batch)


def _replace_row(connection: "Connection", old: "Identity", new: "Identity") -> None:
    from archive.tables import practice_key

    now = datetime.now(UTC)
    retiring = practice_key.update().where(practice_key.c.public == str(old.to_public())).values(retired=now)
    connection.execute(retiring)
    connection.execute(practice_key.insert().values(public=str(new.to_public()), since=now))
