"""A practice with work in it for the matrix of rights: everyone who may ask, everything that may be asked for.

Each document has a canary of its own in its text and in its patient's name: what is printed says whose it was.
"""

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher

from archive import deposit, holds, patients
from archive import tables as shelf
from archive.records import Deposit
from pipeline import accounts, store, tables
from pipeline.access import OPERATOR, Actor
from pipeline.practice import Practice
from pipeline.types import Review
from tests.fakes import PASSWORD
from tests.web.scene import PDF, checked

TODAY = date(2026, 3, 4)
MINE, THEIRS, SECRET, NOBODYS = "D0CMENT001", "D0CMENT002", "D0CMENT003", "D0CMENT004"
"""Lambert's, Garnier's, one of Lambert's that is restricted, and one of no known doctor."""
FILED, FILED_THEIRS, FILED_SECRET = "F11ED00001", "F11ED00002", "F11ED00003"
SET_ASIDE, SET_ASIDE_THEIRS, SET_ASIDE_NOBODYS = "R00000001A", "R00000002A", "R00000003A"
NOTHING = "0000000000"
HOLD, SECOND, SITE, CORRESPONDENT = "H000000001", "D0CMENT005", "S1TE000001", "C0RRESP001"
PATIENTS = {"MINE": "ZCANARIMINE", "THEIRS": "ZCANARITHEIRS", "SECRET": "ZCANARISECRET", "NOBODYS": "ZCANARINOBODY"}
WHOSE = {MINE: "MINE", THEIRS: "THEIRS", SECRET: "SECRET", NOBODYS: "NOBODYS", SECOND: "MINE",
         FILED: "MINE", FILED_THEIRS: "THEIRS", FILED_SECRET: "SECRET"}  # fmt: skip
DICTAPHONE, DICTAPHONE_THEIRS = "D1CTAPH001", "D1CTAPH002"
POOL, ABSENCE = "P00L000001", "ABSENCE001"
LOGINS = (
    "claire", "anne", "berthe", "cover", "lambert", "garnier", "remi", "luc", "ines", "archives", "technique", "ferme",
    "",
)  # fmt: skip
"""Secretaries of everyone, of Garnier, of nobody, of nobody but covering for one whose pool is Garnier's; two doctors;
a locum of Lambert's now, one of last year; an intern alone; archivist; technical; an account that is closed; whoever
names none."""
CLOSED = "ferme"
NEVER_COMPARED = {"access_log"}
FOLDERS, DATABASES = ("store", "inbox", "exports"), ("copiste.db", "keys.db")


@dataclass(frozen=True)
class Scene:
    """The practice, the ids of those it knows, and its whole state to come back to."""

    practice: Practice
    doctors: Mapping[str, str]
    patients: Mapping[str, str]
    copy: Path
    kept: str = ""
    """The digest of that state."""

    def actor(self, login: str) -> Actor:
        """That account as access.py sees it; without one, the operator."""
        if not login:
            return OPERATOR
        with self.practice.look() as connection:
            return accounts.actor(connection, login, settings=self.practice.settings)

    def row(self, table: sa.Table, key: str) -> dict[str, Any] | None:
        """A row as the policy looks at it, or None."""
        with self.practice.look() as connection:
            found = connection.execute(sa.select(table).where(table.c.id == key)).mappings().first()
        return dict(found) if found else None

    def write(self, table: sa.Table, key: str, **values: Any) -> None:
        """Change a row."""
        with self.practice.begin() as connection:
            connection.execute(table.update().where(table.c.id == key).values(**values))

    def digest(self) -> str:
        """All that the practice holds, but who looked and how often a code was wrong."""
        told = hashlib.sha256()
        for name in DATABASES:
            with closing(sqlite3.connect(self.practice.home / name)) as database:
                for line in _lines(database):
                    told.update(line.encode())
        for folder in FOLDERS:
            told.update("".join(sorted(map(str, (self.practice.home / folder).rglob("*")))).encode())
        return told.hexdigest()

    def keep(self) -> None:
        """Remember this state."""
        for part in FOLDERS:
            shutil.copytree(self.practice.home / part, self.copy / part)
        for name in DATABASES:
            _copy(self.practice.home / name, self.copy / name)

    def come_back(self) -> None:
        """Put everything back as it was remembered."""
        self.practice.close()
        for part in FOLDERS:
            _put_back(self.copy / part, self.practice.home / part)
        for name in DATABASES:
            _copy(self.copy / name, self.practice.home / name)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def _put_back(kept: Path, place: Path) -> None:
    """Only what differs: an object never changes under its name."""
    before, now = ({path.relative_to(root) for path in root.rglob("*")} for root in (kept, place))
    for path in sorted(now - before, reverse=True):
        (place / path).rmdir() if (place / path).is_dir() else (place / path).unlink()
    for path in sorted(before - now):
        (place / path).mkdir() if (kept / path).is_dir() else shutil.copy2(kept / path, place / path)


def _lines(database: sqlite3.Connection) -> Iterator[str]:
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")]
    for name in names:
        if name in NEVER_COMPARED or name.startswith("sqlite_"):
            continue
        rows = database.execute(f'SELECT * FROM "{name}"')
        columns = [column[0] for column in rows.description]
        kept = [i for i, column in enumerate(columns) if column not in ("failures", "locked_until")]
        yield from sorted(f"{name}{[row[i] for i in kept]!r}" for row in rows)


def furnish(practice: Practice, copy: Path) -> Scene:
    """Fill a practice that has its first accounts."""
    quick = PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)
    with practice.begin() as connection:
        connection.execute(tables.user.update().values(password_hash=quick))
        doctors = _people(connection, quick)
        known = _patients(connection)
    scene = Scene(practice=practice, doctors=doctors, patients=known, copy=copy)
    _work(scene)
    _archive(scene)
    scene.keep()
    return replace(scene, kept=scene.digest())


def _people(connection: sa.Connection, password: str) -> dict[str, str]:
    """Those who are not in the seed, and whom each works for."""
    rows = connection.execute(sa.select(tables.doctor.c.folder, tables.doctor.c.id)).all()
    doctors = {row.folder: row.id for row in rows}
    for n, (login, role) in enumerate((("remi", "locum"), ("luc", "locum"), ("ines", "intern"))):
        doctors[login] = f"D0CT0R000{n}"
        connection.execute(tables.doctor.insert().values(id=doctors[login], name=f"{login} X", folder=login))
        _account(connection, login, role, password, doctor=doctors[login])
    for login, role, everyone in (
        ("anne", "secretary", False), ("berthe", "secretary", False), ("cover", "secretary", False),
        ("absent", "secretary", False), ("archives2", "archivist", True),
        ("technique2", "technical", True), (CLOSED, "secretary", True),
    ):  # fmt: skip
        _account(connection, login, role, password, everyone=everyone, active=login != CLOSED)
    connection.execute(tables.user_scope.insert().values(id="SC0PE00001", user="Uanne", doctor=doctors["garnier"]))
    today = store.now().date()
    for deputy, begins, until in (("remi", today - timedelta(3), today + timedelta(3)),
                                  ("luc", today - timedelta(300), today - timedelta(200))):  # fmt: skip
        connection.execute(
            tables.delegation.insert().values(
                id=f"DE1{deputy:0>7}", deputy=doctors[deputy], principal=doctors["lambert"], begins=begins,
                until=until, signs=True, by="test",
            )
        )  # fmt: skip
    pool, away = {"pool": POOL}, {"begins": today - timedelta(3), "until": today + timedelta(3), "by": "test"}
    connection.execute(tables.pool.insert().values(id=POOL, name="Pool"))
    connection.execute(tables.pool_doctor.insert().values(doctor=doctors["garnier"], **pool))
    connection.execute(tables.pool_member.insert().values(user="Uabsent", **pool))
    connection.execute(tables.absence.insert().values(id=ABSENCE, user="Uabsent", cover="Ucover", **away))
    for key, whose in ((DICTAPHONE, "lambert"), (DICTAPHONE_THEIRS, "garnier")):
        connection.execute(tables.dictaphone.insert().values(id=key, doctor=doctors[whose], author=f"dict {whose}"))
    connection.execute(tables.site.insert().values(id=SITE, name="Parc"))
    petit = {"family_name": "Petit", "search_key": "petit"}
    connection.execute(tables.correspondent.insert().values(id=CORRESPONDENT, **petit))
    return doctors


def _account(connection: sa.Connection, login: str, role: str, password: str, **values: Any) -> None:
    connection.execute(
        tables.user.insert().values(
            id=f"U{login}", login=login, name=login, role=role, password_hash=password, **values
        )
    )


def _patients(connection: sa.Connection) -> dict[str, str]:
    return {
        whose: patients.add(connection, family_name=name, given_name="Paul", birth_date=TODAY, actor="test").id
        for whose, name in PATIENTS.items()
    }


def _work(scene: Scene) -> None:
    practice, now = scene.practice, store.now()
    pdf = practice.objects.put(PDF)
    lambert, garnier = scene.doctors["lambert"], scene.doctors["garnier"]
    with practice.begin() as connection:
        for n, key in enumerate((MINE, THEIRS, SECRET, NOBODYS, FILED, FILED_THEIRS, FILED_SECRET, SECOND)):
            doctor = {"THEIRS": garnier, "NOBODYS": None}.get(WHOSE[key], lambert)
            dictation = f"D1CTEE00{n:02}"
            _dictation(connection, dictation, doctor=doctor, state="drafted", audio=pdf)
            review = Review(checked=checked(_text(key), ()), text=_text(key))
            connection.execute(
                tables.document.insert().values(
                    id=key, dictation=dictation, position=0, state="filed" if key.startswith("F11") else "to-review",
                    since=now, kind="consultation", doctor=doctor, patient=scene.patients[WHOSE[key]], due=now,
                    review=practice.keep(review), pdf=pdf, docx=pdf, written=TODAY, signatory=doctor,
                    restricted=WHOSE[key] == "SECRET",
                )
            )  # fmt: skip
        for key, whose in ((SET_ASIDE, lambert), (SET_ASIDE_THEIRS, garnier), (SET_ASIDE_NOBODYS, None)):
            _dictation(connection, key, doctor=whose, state="refused-file", audio=pdf)


def _text(key: str) -> str:
    return f"Compte rendu\n\nPatient : {PATIENTS[WHOSE[key]]} Paul, né le 04/03/2026\n\nAsthme équilibré.\n\nFin."


def _dictation(connection: sa.Connection, key: str, *, doctor: str | None, state: str, audio: str) -> None:
    now = store.now()
    connection.execute(
        tables.dictation.insert().values(
            id=key,
            sha256=key,
            audio=audio,
            name="x.flac",
            doctor=doctor,
            received=now,
            due=now,
            state=state,
            since=now,
        )
    )


def _archive(scene: Scene) -> None:
    with scene.practice.begin() as connection:
        for key in (FILED, FILED_THEIRS, FILED_SECRET):
            offered = Deposit(
                id=key, patient_id=scene.patients[WHOSE[key]], kind="consultation", title="Consultation", author="Dr X",
                date=TODAY, pdf=PDF + key.encode(), master=PDF, sound=b"x", text=_text(key).encode(), actor="test",
            )  # fmt: skip
            deposit.deposit(connection, scene.practice.objects, offered)
        placed = holds.hold(connection, record_id=FILED, reason="procès", by="test")
        connection.execute(shelf.hold.update().where(shelf.hold.c.id == placed.id).values(id=HOLD))
