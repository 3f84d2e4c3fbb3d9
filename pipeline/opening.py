"""Open a practice for the first time, or bring an older one up to date: folder, keys, databases, first accounts."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pipeline import accounts, engine, settings, store
from pipeline import practice as practices
from pipeline.practice import Practice

ROLE_LABELS = {
    "secretary": "secrétaire",
    "doctor": "médecin",
    "archivist": "responsable de l'archive",
    "technical": "technique, sans accès aux patients",
}
FIRST = (
    ("secretariat", "Secrétariat", "secretary"),
    ("archives", "Archives", "archivist"),
    ("technique", "Technique", "technical"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAccount:
    """An account as it is told once: its password is never shown again."""

    login: str
    role: str
    password: str

    @property
    def role_label(self) -> str:
        """The role, in French."""
        return role_label(self.role)


def role_label(role: str) -> str:
    """What people read for a role."""
    return ROLE_LABELS.get(role, role)


def new_practice(home: Path, *, name: str, settings_text: str = "") -> Practice:
    """Make the folder, its keys and its databases, ready to work; `settings_text` stands for the commented settings."""
    named = f"name = {settings.written(name)}"
    text = f"[practice]\n{named}\n{settings_text}" if settings_text else settings.commented(practice_name=name)
    place = practices.create(home, settings_text=text)
    engine.prepare(practices.database_url(home, place.settings))
    return place


def first_accounts(place: Practice) -> tuple[FirstAccount, ...]:
    """One account for each role but doctors, with passwords drawn at random."""
    made = tuple(FirstAccount(login=login, role=role, password=accounts.new_password()) for login, _, role in FIRST)
    with place.begin() as connection:
        for (login, name, role), account in zip(FIRST, made, strict=True):
            accounts.add(connection, login=login, name=name, role=role, password=account.password)
    return made


def upgrade(home: Path) -> tuple[Path, ...]:
    """Bring an older practice up to date; gives the copies of its SQLite databases made before."""
    practices.require_practice(home)
    chosen = settings.load(home)
    copies = tuple(_copy(path) for path in (home / "copiste.db", home / "keys.db") if path.is_file())
    practices.upgrade(home, chosen)
    engine.prepare(practices.database_url(home, chosen))
    return copies


def _copy(path: Path) -> Path:
    """A consistent copy of a database that may be in use."""
    copy = path.with_name(f"{path.stem}-{store.now():%Y%m%dT%H%M%S}{path.suffix}")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.chmod(0o600)
    return copy
