"""Open a practice for the first time: folder, keys, databases, first accounts."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from pipeline import accounts, engine, settings
from pipeline import practice as practices
from pipeline.practice import Practice

ROLE_LABELS = {
    "secretary": "secrétaire",
    "doctor": "médecin",
    "locum": "remplaçant",
    "intern": "interne",
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
    """Make the folder, its keys and its databases, ready to work.

    `settings_text` stands for the commented settings; the name it gives the practice, if any, is the one that counts.
    """
    place = practices.create(home, settings_text=_settings(name, settings_text))
    engine.prepare(practices.database_url(home, place.settings))
    return place


def _settings(name: str, text: str) -> str:
    if not text:
        return settings.commented(practice_name=name)
    settings.read(text)
    return text if "practice" in tomllib.loads(text) else f"{text}\n[practice]\nname = {settings.written(name)}\n"


def first_accounts(place: Practice) -> tuple[FirstAccount, ...]:
    """One account for each role but doctors, with passwords drawn at random."""
    made = tuple(FirstAccount(login=login, role=role, password=accounts.new_password()) for login, _, role in FIRST)
    with place.begin() as connection:
        for (login, name, role), account in zip(FIRST, made, strict=True):
            accounts.add(connection, login=login, name=name, role=role, password=account.password)
    return made
