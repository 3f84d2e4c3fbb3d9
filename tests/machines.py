"""A practice on several machines of this one: two PostgreSQL databases, a bucket, a folder for each machine."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from pipeline.practice import Practice
from pipeline.settings import Settings
from tests.fakes import CODE, PASSWORD, Reciter

SERVER = os.environ.get("COPISTE_TEST_POSTGRES", "")
ROOT = Path(__file__).parent.parent
COPISTE = str(Path(sys.executable).with_name("copiste"))
SETTINGS = """
[intake]
stable_seconds = 0.2
rescan_seconds = 0.5

[speech]
transcriber = "tests.machines:Recital"

[web]
port = 0
"""
"""What every machine has in common, but where the data are."""


class Recital(Reciter):
    """The fake recogniser, as a setting names it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()


@contextmanager
def databases(*parts: str) -> Iterator[dict[str, str]]:
    """New databases, gone afterwards; gives their addresses."""
    names = {part: f"copiste_{part}_{uuid.uuid4().hex[:10]}" for part in parts}
    server = sa.create_engine(f"{SERVER}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        for name in names.values():
            connection.execute(sa.text(f"create database {name}"))
    try:
        yield {part: f"{SERVER}/{name}" for part, name in names.items()}
    finally:
        with server.connect() as connection:
            for name in names.values():
                connection.execute(sa.text(f"drop database {name} with (force)"))
        server.dispose()


def shared(urls: Mapping[str, str], store: str) -> str:
    """The settings of a practice that several machines share."""
    storage = {**urls, "store": store}
    return SETTINGS + "\n[storage]\n" + "".join(f'{name} = "{value}"\n' for name, value in storage.items())


def founded(home: Path, *, settings_text: str) -> Practice:
    """The first machine of a practice, with a secretary, a doctor and an archivist."""
    from pipeline import accounts, opening
    from pipeline.people import doctors, members

    place = opening.new_practice(home, name="Hôpital d'essai", settings_text=settings_text)
    technical = members.stand_in("technical")
    doctor = doctors.add(place, technical, name="Hélène Lambert", folder="lambert", code=CODE).id
    with place.begin() as connection:
        for login, role, of in (("claire", "secretary", None), ("lambert", "doctor", doctor),
                                ("archives", "archivist", None)):  # fmt: skip
            accounts.add(connection, login=login, name=login.capitalize(), role=role, password=PASSWORD, doctor=of)
    return place


@dataclass
class Machine:
    """One machine: its folder, what it does, and the process that does it."""

    part: str
    home: Path
    environment: Mapping[str, str]
    address: str = ""
    """Where its pages are, once they are open."""

    def start(self) -> None:
        self.process = subprocess.Popen(
            [COPISTE, self.part, "--home", str(self.home)],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.home,
        )  # fmt: skip
        if self.part == "serve":
            assert self.process.stdout
            said = self.process.stdout.readline()
            assert "Pages ouvertes" in said, said + (self.process.communicate()[1])
            self.address = said.split()[3]

    def stop(self) -> None:
        """Stop as a service's stop does; what it wrote on its error output must be nothing."""
        self.process.terminate()
        try:
            _, errors = self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        assert self.process.returncode == 0, errors
        assert not errors, errors


def environment(**more: str) -> dict[str, str]:
    """What a machine's programs have around them: these tests to import, and no network but this machine."""
    path = os.pathsep.join((str(ROOT / "tests" / "offline"), str(ROOT)))
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **more}
