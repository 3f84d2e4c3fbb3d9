"""One more machine for a practice that several machines share: its folder, and the proof that it will work.

A machine has a folder of its own (inbox, templates, vocabulary, logs, files in passing); the practice itself is in a
common database, a vault and a store. Everything is proven before the folder exists under its name, so that a failure
leaves nothing. Knows nothing of what the machine will be asked to do: watch, work or serve.
"""

import os
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from archive import errors as archive_errors
from archive.practice_key import load_practice_key, sync_folder
from archive.tables import object_, object_key, practice_key
from pipeline import alike, store, tables
from pipeline import settings as settings_file
from pipeline.errors import CopisteError, FolderError, SettingsError
from pipeline.migrations import history
from pipeline.practice import KEY_FILE, Practice, make_places, open_practice
from pipeline.settings import Settings

T = TypeVar("T")
CLOCK_SECONDS = 5.0
"""How far a machine's clock may be from the database's: due times and sessions are compared across machines."""
CONNECT_SECONDS = 5
_PROBE = b"Copiste: a machine joins."


class NotShared(CopisteError):
    """The practice keeps its data on one machine: no other can join it."""

    code = "E136"
    exit_code = 136
    advice = (
        "Ce cabinet garde ses données sur une seule machine (SQLite, ou un dossier local) : une autre ne peut pas s'y "
        "joindre. Il faut deux bases PostgreSQL ([storage] database et vault) et un stockage commun ([storage] store, "
        "s3://… ou un dossier partagé)."
    )


class DatabaseAway(CopisteError):
    """A common database does not answer."""

    code = "E131"
    exit_code = 131
    retry = True
    advice = "La base commune ne répond pas."


class OtherVersion(CopisteError):
    """This machine's program and the practice's databases are of different versions."""

    code = "E132"
    exit_code = 132
    advice = "Cette machine n'a pas la même version de Copiste que le cabinet."


class NotThisPractice(CopisteError):
    """What the settings name does not hold together: no practice there, or parts of two."""

    code = "E133"
    exit_code = 133
    advice = "Les bases et le stockage des réglages ne sont pas ceux d'un même cabinet."


class ClocksApart(CopisteError):
    """This machine's clock is not the database's."""

    code = "E134"
    exit_code = 134
    advice = "L'heure de cette machine n'est pas celle du cabinet."


class WrongPracticeKey(CopisteError):
    """The key that was given does not open this practice's objects."""

    code = "E135"
    exit_code = 135
    advice = (
        "Cette clé n'est pas celle du cabinet, ou ne l'est plus. Copiez le fichier practice.key d'une machine qui "
        "travaille, par un moyen sûr, et recommencez."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A machine that may work."""

    home: Path
    proofs: tuple[str, ...]
    """What was proven, a French sentence each."""
    differences: tuple[str, ...]
    """What other machines have otherwise, a French sentence each: it is to be mended, it stops nothing."""


def join(home: Path, *, settings: Path, key: Path) -> Joined:
    """Make the folder of one more machine, once everything it needs has answered.

    `settings` is a copiste.toml as the other machines have, `key` the practice key; both are copied. Raises NotShared,
    DatabaseAway, OtherVersion, NotThisPractice, ClocksApart, WrongPracticeKey, the store's own errors, or FolderError
    when the place is taken; nothing is left behind then.
    """
    _require_free(home)
    text = _read(settings)
    chosen = _parsed(text)
    _require_shared(chosen)
    with _staging(home) as folder:
        _copy(folder, text=text, key=key)
        proofs = (*_databases(chosen), *_whole(folder, chosen))
        make_places(folder)
        others = _differences(folder)
        _settle(folder, home)
    return Joined(home=home, proofs=proofs, differences=others)


# --- the folder -------------------------------------------------------------------------------------------------------


def _require_free(home: Path) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise FolderError("folder not empty", advice="Ce dossier contient déjà des fichiers. Choisissez-en un autre.")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "unreadable settings", advice="Le fichier de réglages donné ne peut pas être lu."
        ) from error


def _parsed(text: str) -> Settings:
    try:
        return settings_file.parse(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError("unreadable settings", advice=f"Le fichier de réglages est mal écrit : {error}") from error


def _require_shared(settings: Settings) -> None:
    """NotShared unless databases and store are reached from anywhere."""
    storage = settings.storage
    if not (storage.database.startswith("postgresql") and storage.vault.startswith("postgresql")):
        raise NotShared("a database is a file")
    if storage.database == storage.vault:
        raise NotThisPractice(
            "one database for both",
            advice="Réglages : [storage] database et vault doivent être deux bases différentes.",
        )
    if "://" not in storage.store and not Path(storage.store or ".").is_absolute():
        raise NotShared("the store is in a practice folder")


@contextmanager
def _staging(home: Path) -> Iterator[Path]:
    """A hidden folder beside the wanted one, for this account only, that goes whatever happens."""
    made = [parent for parent in (home.parent, *home.parent.parents) if not parent.exists()]
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{home.name}.", suffix=".part", dir=home.parent))
    except OSError as error:
        raise FolderError(
            "the folder cannot be made", advice="Ce dossier ne peut pas être créé à cet endroit."
        ) from error
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        for parent in made:
            with suppress(OSError):
                parent.rmdir()
        raise


def _copy(folder: Path, *, text: str, key: Path) -> None:
    """Settings and key, for this account only: the settings may hold the database's password."""
    _write(folder / settings_file.FILE_NAME, text.encode())
    try:
        secret = key.read_bytes()
    except OSError:
        raise archive_errors.PracticeKeyMissing("the key that was given cannot be read") from None
    _write(folder / KEY_FILE, secret)
    load_practice_key(folder / KEY_FILE)


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path, home: Path) -> None:
    """Give the folder its name, at once and for good."""
    sync_folder(folder)
    if home.exists():
        home.rmdir()
    os.rename(folder, home)
    sync_folder(home.parent)


# --- the databases ----------------------------------------------------------------------------------------------------


def _databases(settings: Settings) -> Iterator[str]:
    """Each database answers, is the one that is meant, is of this program's version, and has the same time."""
    yield _reached(settings.storage.database, "de travail", partial(_examined, table=tables.dictation))
    yield _reached(settings.storage.vault, "des clés", partial(_examined, table=object_key))
    _reached(settings.storage.vault, "des clés", _require_begun)


def _reached(url: str, name: str, examine: Callable[[sa.Engine, str], T]) -> T:
    try:
        engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": CONNECT_SECONDS})
    except (sa.exc.ArgumentError, ImportError) as error:
        raise SettingsError("no driver, or no address", advice=_ADDRESS) from error
    try:
        return examine(engine, name)
    except sa.exc.OperationalError as error:
        raise DatabaseAway(
            f"a database does not answer: {type(error.orig).__name__}",
            advice=f"La base {name} ne répond pas. Vérifiez dans les réglages son adresse, son nom, le compte et le "
            "mot de passe, et que cette machine a le droit de s'y connecter (pg_hba.conf, pare-feu).",
        ) from None
    finally:
        engine.dispose()


_ADDRESS = (
    "L'adresse d'une base s'écrit postgresql+psycopg://compte@machine/base, et demande l'installation de "
    "« copiste[postgres] »."
)


def _examined(engine: sa.Engine, name: str, *, table: sa.Table) -> str:
    with engine.connect() as connection:
        found = history.current(connection)
        present = sa.inspect(connection).has_table(table.name)
        away = _seconds_away(connection)
    if found is None or not present:
        raise NotThisPractice(
            "no practice in a database",
            advice=f"La base {name} ne contient pas ce qu'elle devrait : ce n'est pas celle d'un cabinet, ou les deux "
            "bases ont été interverties dans les réglages.",
        )
    if found != history.head():
        raise OtherVersion(f"database at {found}", advice=_version_advice(engine))
    if abs(away) > CLOCK_SECONDS:
        raise ClocksApart(
            f"{away:.0f} s apart",
            advice=f"L'heure de cette machine s'écarte de {abs(away):.0f} secondes de celle de la base {name}. "
            "Mettez toutes les machines à l'heure (NTP, chrony), puis recommencez.",
        )
    return f"La base {name} répond, à la bonne version et à la même heure."


def _require_begun(engine: sa.Engine, name: str) -> None:
    """A vault that knows no key would take this machine's as its own, whatever it is worth."""
    with engine.connect() as connection:
        if not connection.scalar(sa.select(sa.exists(sa.select(practice_key)))):
            raise NotThisPractice(
                "the vault has never been opened",
                advice=f"La base {name} n'a encore servi à aucun cabinet. Vérifiez [storage] vault, ou ouvrez d'abord "
                "le cabinet sur sa première machine.",
            )


def _seconds_away(connection: sa.Connection) -> float:
    """How far this machine's clock is from the database's, the time of the question itself taken off."""
    before = store.now()
    theirs = connection.scalar(sa.select(sa.func.clock_timestamp()))
    after = store.now()
    assert theirs is not None  # a clock always answers
    return float((theirs - (before + (after - before) / 2)).total_seconds())


def _version_advice(engine: sa.Engine) -> str:
    try:
        history.require_current(engine)
    except FolderError as error:
        newer = error.advice == history.NEWER
        return (
            "Le cabinet travaille avec une version plus récente de Copiste. Installez la même sur cette machine."
            if newer
            else "Le cabinet travaille avec une version plus ancienne de Copiste. Installez la même sur cette machine, "
            "ou mettez d'abord le cabinet à jour depuis une machine qui travaille (« copiste upgrade »)."
        )
    return OtherVersion.advice


# --- everything together ----------------------------------------------------------------------------------------------


def _whole(folder: Path, settings: Settings) -> Iterator[str]:
    """The key is this practice's, the store takes, gives back and holds what the database speaks of."""
    place = _opened(folder)
    try:
        yield "La clé est celle du cabinet."
        _writes(place)
        yield "Le stockage répond, reçoit et rend ce qu'on lui confie."
        if _reads(place):
            yield "Un document du cabinet s'ouvre depuis cette machine."
    finally:
        place.close()


def _differences(folder: Path) -> tuple[str, ...]:
    place = _opened(folder)
    try:
        return tuple(one.sentence for one in alike.differences(place))
    finally:
        place.close()


def _opened(folder: Path) -> Practice:
    try:
        return open_practice(folder)
    except (archive_errors.PracticeKeyChanged, archive_errors.KeyUnusable) as error:
        raise WrongPracticeKey(str(error)) from None


def _writes(place: Practice) -> None:
    """Write where this machine will write, and take it back: in the database, in the vault, in the store."""
    try:
        with place.database.connect() as connection:
            store.record(connection, actor="copiste", action="join", subject="")
            connection.rollback()
        address = place.objects.put(_PROBE)
    except sa.exc.ProgrammingError as error:
        raise DatabaseAway(
            f"no right to write: {type(error.orig).__name__}",
            advice="Le compte PostgreSQL des réglages n'a pas le droit d'écrire dans les bases du cabinet.",
        ) from None
    try:
        if place.objects.get(address) != _PROBE:
            raise archive_errors.StoreFailed("the store gives back something else")
    finally:
        place.discard(address)


def _reads(place: Practice) -> bool:
    """Open one object that the database speaks of; False when the practice has none yet."""
    with place.look() as connection:
        query = sa.union_all(sa.select(tables.authority.c.key), sa.select(object_.c.address)).limit(1)
        address = connection.scalar(query)
    if address is None:
        return False
    try:
        place.objects.get(address)
    except archive_errors.KeyUnusable as error:
        raise WrongPracticeKey(str(error)) from None
    except (archive_errors.ObjectMissing, archive_errors.KeyMissing) as error:
        what = "le stockage" if isinstance(error, archive_errors.ObjectMissing) else "la base des clés"
        raise NotThisPractice(
            str(error),
            advice=f"Un document du cabinet ne s'ouvre pas : {what} des réglages n'est pas celui de la base de "
            "travail. Reprenez le copiste.toml d'une machine qui travaille.",
        ) from None
    return True
