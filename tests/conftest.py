"""A practice to work in, made once and copied for each test; no test reaches the network."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import discretion
from pipeline.access import Actor
from pipeline.practice import Practice, open_practice
from tests.fakes import CODE, PASSWORD, People
from tests.offline import guard  # noqa: F401  (refuses every connection but to this machine)

SETTINGS = """
[intake]
stable_seconds = 0.2
rescan_seconds = 0.5
"""


@pytest.fixture(autouse=True)
def python_as_it_was() -> Iterator[None]:
    """A command holds its whole process to discretion until its end: here, until the end of the test."""
    before = discretion.present()
    yield
    discretion.restore(before)


@pytest.fixture(scope="session")
def quick_passwords() -> Iterator[None]:
    """Argon2 is slow on purpose: not here, where people log in hundreds of times."""
    from argon2 import PasswordHasher

    from pipeline import accounts

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Path:
    from pipeline import accounts, opening
    from pipeline.people import doctors, members

    home = tmp_path_factory.mktemp("seed") / "cabinet"
    place = opening.new_practice(home, name="Cabinet d'essai", settings_text=SETTINGS)
    first = members.stand_in("technical")
    doctor = doctors.add(place, first, name="Hélène Lambert", folder="lambert", code=CODE, specialty="Cardiologie").id
    other = doctors.add(place, first, name="Paul Garnier", folder="garnier", code=CODE).id
    with place.begin() as connection:
        for login, role, of in (
            ("claire", "secretary", None),
            ("lambert", "doctor", doctor),
            ("garnier", "doctor", other),
            ("archives", "archivist", None),
            ("technique", "technical", None),
        ):
            accounts.add(connection, login=login, name=login.capitalize(), role=role, password=PASSWORD, doctor=of)
    place.close()
    return home


@pytest.fixture
def practice(seed: Path, tmp_path: Path) -> Iterator[Practice]:
    shutil.copytree(seed, tmp_path / "cabinet")
    place = open_practice(tmp_path / "cabinet")
    yield place
    place.close()


@pytest.fixture
def people(practice: Practice) -> People:
    from pipeline import accounts

    with practice.begin() as connection:
        found: dict[str, Actor] = {
            login: accounts.actor(connection, login, settings=practice.settings)
            for login in ("claire", "lambert", "garnier", "archives", "technique")
        }
    return People(**found)
