"""One more machine: what is proven before it may work, what is said when it may not, and that nothing is left then."""

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from archive.errors import PracticeKeyMissing, StoreAway, StoreRefused, StoreUnusable
from archive.practice_key import make_practice_key
from pipeline import alike, store
from pipeline.cli import app
from pipeline.errors import CopisteError, FolderError, SettingsError, known
from pipeline.migrations import history
from pipeline.practice import PLACES, Practice, open_practice
from pipeline.safekeeping import join
from pipeline.safekeeping.join import ClocksApart, DatabaseAway, NotShared, NotThisPractice, OtherVersion
from pipeline.safekeeping.join import join as join_practice
from tests.machines import SERVER, databases, founded, shared
from tests.s3 import Service, environment, service  # noqa: F401  (fixtures)

BUCKET = '[storage]\ndatabase = "{database}"\nvault = "{vault}"\nstore = "{store}"\n'
AWAY = "postgresql+psycopg://postgres@127.0.0.1:1/{name}"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    make_practice_key(tmp_path / "une-clé.key")
    return tmp_path / "une-clé.key"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "réglages.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(tmp_path: Path, *, settings: Path, key: Path, expected: type[Exception]) -> CopisteError:
    """What is said, once it is seen that nothing was left behind."""
    home = tmp_path / "machines" / "deux"
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(expected) as refusal:
        join_practice(home, settings=settings, key=key)
    assert sorted(tmp_path.rglob("*")) == before
    told = known(refusal.value)
    assert told is not None
    assert told.advice
    return told


# --- without a server -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected", "said"),
    [
        ("", NotShared, "PostgreSQL"),
        (BUCKET.format(database=AWAY, vault="", store="s3://seau/h"), NotShared, "SQLite"),
        (BUCKET.format(database=AWAY.format(name="a"), vault=AWAY.format(name="b"), store=""), NotShared, "s3://"),
        (BUCKET.format(database=AWAY.format(name="a"), vault=AWAY.format(name="b"), store="ici"), NotShared, "s3://"),
        (BUCKET.format(database=AWAY, vault=AWAY, store="s3://seau/h"), NotThisPractice, "deux bases"),
        ("[storage", SettingsError, "mal écrit"),
        ("[stockage]\n", SettingsError, "Réglage inconnu"),
        (
            BUCKET.format(database="postgresql+inconnu://x/a", vault="postgresql+psycopg://x/b", store="s3://seau/h"),
            SettingsError,
            "postgresql+psycopg",
        ),
        (
            BUCKET.format(database=AWAY.format(name="a"), vault=AWAY.format(name="b"), store="s3://seau/h"),
            DatabaseAway,
            "base de travail ne répond pas",
        ),
    ],
)
def test_a_practice_of_one_machine_or_settings_that_will_not_do_are_refused(
    tmp_path: Path, key: Path, text: str, expected: type[Exception], said: str
) -> None:
    told = refused(tmp_path, settings=written(tmp_path, text), key=key, expected=expected)

    assert said in told.advice


def test_a_folder_that_holds_something_and_files_that_are_not_there_are_refused(tmp_path: Path, key: Path) -> None:
    text = BUCKET.format(database=AWAY.format(name="a"), vault=AWAY.format(name="b"), store="s3://seau/h")
    settings = written(tmp_path, text)
    (tmp_path / "machines").mkdir()
    refused(tmp_path, settings=tmp_path / "absent.toml", key=key, expected=SettingsError)
    refused(tmp_path, settings=settings, key=tmp_path / "absente.key", expected=PracticeKeyMissing)
    refused(tmp_path, settings=settings, key=settings, expected=PracticeKeyMissing)
    (tmp_path / "machines" / "deux").mkdir()
    (tmp_path / "machines" / "deux" / "notes.txt").write_text("à garder")
    refused(tmp_path, settings=settings, key=key, expected=FolderError)


def test_machines_that_are_one_have_nothing_to_tell_each_other(practice: Practice) -> None:
    alike.announce(practice)

    assert alike.differences(practice) == ()


# --- with one ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def first(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:  # noqa: F811
    with ExitStack() as ending, pytest.MonkeyPatch.context() as patch:
        for name, value in service.environment.items():
            patch.setenv(name, value)
        urls = ending.enter_context(databases("database", "vault"))
        text = shared(urls, f"s3://{service.bucket()}/hopital")
        place = founded(tmp_path_factory.mktemp("first") / "un", settings_text=text)
        ending.callback(place.close)
        yield place


@pytest.fixture
def settings(first: Practice, tmp_path: Path) -> Path:
    return written(tmp_path, (first.home / "copiste.toml").read_text(encoding="utf-8"))


@pytest.fixture
def shared_key(first: Practice, tmp_path: Path) -> Path:
    """The key as a memory stick gives it: readable by all."""
    path = tmp_path / "practice.key"
    path.write_bytes((first.home / "practice.key").read_bytes())
    path.chmod(0o644)
    return path


@pytest.mark.postgres
@pytest.mark.skipif(not SERVER, reason="PostgreSQL is optional: COPISTE_TEST_POSTGRES names no server")
@pytest.mark.usefixtures("environment")
class TestWithAServer:
    def test_a_machine_that_joins_has_its_folders_its_key_and_the_common_data(
        self, first: Practice, settings: Path, shared_key: Path, tmp_path: Path
    ) -> None:
        address = first.objects.put(b"lettre")
        before = sorted(first.objects.paths())
        home = tmp_path / "machines" / "deux"

        done = CliRunner().invoke(
            app, ["join", str(home), "--settings", str(settings), "--key", str(shared_key)], catch_exceptions=False
        )

        assert done.exit_code == 0
        assert "Un document du cabinet s'ouvre depuis cette machine." in done.output
        assert {path.name for path in home.iterdir()} == {*PLACES, "copiste.toml", "practice.key"}
        if os.name == "posix":
            assert {stat.S_IMODE((home / name).stat().st_mode) for name in ("copiste.toml", "practice.key")} == {0o600}
            assert {stat.S_IMODE(path.stat().st_mode) for path in (home, *(home / one for one in PLACES))} == {0o700}
        assert sorted(first.objects.paths()) == before, "what was written to prove the store is taken back"
        place = open_practice(home)
        assert place.objects.get(address) == b"lettre"
        place.close()

    def test_an_empty_folder_may_become_the_machines(self, settings: Path, shared_key: Path, tmp_path: Path) -> None:
        (tmp_path / "deux").mkdir()

        joined = join_practice(tmp_path / "deux", settings=settings, key=shared_key)

        assert len(joined.proofs) == 5
        assert joined.differences == ()

    def test_a_database_that_goes_away_at_the_very_end_leaves_nothing(
        self, settings: Path, shared_key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(_practice: Practice) -> None:
            raise DatabaseAway

        monkeypatch.setattr(alike, "differences", away)
        refused(tmp_path, settings=settings, key=shared_key, expected=DatabaseAway)

    def test_what_the_other_machines_have_otherwise_is_said(
        self, first: Practice, settings: Path, shared_key: Path, tmp_path: Path
    ) -> None:
        (first.home / "templates" / "courrier.toml").write_text("# à nous\n", encoding="utf-8")
        alike.announce(first)
        try:
            joined = join_practice(tmp_path / "deux", settings=settings, key=shared_key)
        finally:
            (first.home / "templates" / "courrier.toml").unlink()
            alike.announce(first)

        (sentence,) = joined.differences
        assert "les modèles Word" in sentence
        assert "vocabulaire" not in sentence

    def test_a_database_that_is_not_there_or_not_this_practices_is_refused(
        self, first: Practice, settings: Path, shared_key: Path, tmp_path: Path
    ) -> None:
        ours = first.settings.storage
        with databases("empty", "begun") as others:
            engine = sa.create_engine(others["begun"])
            history.upgrade(engine, part="vault")
            engine.dispose()
            for changes, expected, said in (
                ({ours.database: ours.database + "_absente"}, DatabaseAway, "base de travail"),
                ({ours.vault: ours.vault + "_absente"}, DatabaseAway, "base des clés"),
                ({ours.vault: others["empty"]}, NotThisPractice, "base des clés"),
                ({ours.vault: others["begun"]}, NotThisPractice, "encore servi"),
                ({ours.database: ours.vault, ours.vault: ours.database}, NotThisPractice, "interverties"),
            ):
                told = refused(
                    tmp_path, settings=changed(settings, changes), key=shared_key, expected=expected
                )  # fmt: skip
                assert said in told.advice

    def test_another_version_is_said_with_which_way_to_go(
        self, first: Practice, settings: Path, shared_key: Path, tmp_path: Path
    ) -> None:
        for version, said in (("0002", "plus ancienne"), ("9999", "plus récente")):
            at_version(first, version)
            try:
                told = refused(tmp_path, settings=settings, key=shared_key, expected=OtherVersion)
            finally:
                at_version(first, history.head())
            assert said in told.advice

    def test_a_clock_that_is_wrong_is_said(
        self, settings: Path, shared_key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        right = store.now
        monkeypatch.setattr(join.store, "now", lambda: right() - timedelta(seconds=75))

        told = refused(tmp_path, settings=settings, key=shared_key, expected=ClocksApart)

        assert "75 secondes" in told.advice

    def test_another_practices_key_opens_nothing(self, settings: Path, key: Path, tmp_path: Path) -> None:
        refused(tmp_path, settings=settings, key=key, expected=join.WrongPracticeKey)

    def test_a_bucket_that_is_another_away_or_closed_is_said(
        self,
        first: Practice,
        settings: Path,
        shared_key: Path,
        tmp_path: Path,
        service: Service,  # noqa: F811
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        ours = first.settings.storage.store
        other = f"s3://{service.bucket()}/hopital"
        told = refused(
            tmp_path, settings=changed(settings, {ours: other}), key=shared_key, expected=NotThisPractice
        )  # fmt: skip
        assert "stockage" in told.advice
        for state, expected in (("cut", StoreAway), ("refusing", StoreRefused)):
            service.line.turn(state)  # type: ignore[arg-type]
            refused(tmp_path, settings=settings, key=shared_key, expected=expected)
        service.line.turn("open")
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        refused(tmp_path, settings=settings, key=shared_key, expected=StoreUnusable)

    def test_an_account_that_may_only_read_is_said(
        self, first: Practice, settings: Path, shared_key: Path, tmp_path: Path
    ) -> None:
        ours, role = first.settings.storage.database, f"lecteur_{os.getpid()}"
        engine = sa.create_engine(ours, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"create role {role} login")
            connection.exec_driver_sql(f"grant select on all tables in schema public to {role}")
        reading = ours.replace("//postgres@", f"//{role}@")
        try:
            told = refused(
                tmp_path, settings=changed(settings, {ours: reading}), key=shared_key,
                expected=DatabaseAway,
            )  # fmt: skip
        finally:
            with engine.connect() as connection:
                connection.exec_driver_sql(f"drop owned by {role}")
                connection.exec_driver_sql(f"drop role {role}")
        assert "droit d'écrire" in told.advice


def changed(settings: Path, changes: dict[str, str]) -> Path:
    """Other settings: the same, with some values put in the place of others, all at once."""
    text = settings.read_text(encoding="utf-8")
    for number, old in enumerate(changes):
        text = text.replace(f'"{old}"', f"<{number}>")
    for number, new in enumerate(changes.values()):
        text = text.replace(f"<{number}>", f'"{new}"')
    other = settings.with_name("autres.toml")
    other.write_text(text, encoding="utf-8")
    return other


def at_version(practice: Practice, version: str) -> None:
    with practice.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = :v"), {"v": version})
