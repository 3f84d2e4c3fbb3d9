"""A practice made for a measure, on SQLite or on PostgreSQL, and the people in it who answer at once.

The secretary proofreads what is to proofread, the doctor signs what is to sign, both through the functions that the
pages call. Who each dictation is about they know from the sound's number, as a person knows from listening; so a letter
that came to bear another patient's name is refused here. Knows nothing of the processes that work, nor of kills.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from archive import patients
from archive.errors import ArchiveError
from bench import dictated
from pipeline import accounts, arrival, opening, register, review, store, story
from pipeline.access import Actor
from pipeline.engine import DurableEngine
from pipeline.errors import CopisteError
from pipeline.people import doctors, members
from pipeline.practice import Practice
from pipeline.signature import with_code

CODE = "code de signature d'essai"
FOLDER = "lambert"
INTAKE = """
stable_seconds = 0.2
patience_seconds = 2.0
rescan_seconds = 0.5
"""
SETTINGS = """
[intake]{intake}
[speech]
transcriber = "bench.reciter:Reciter"
listenings = 1

[web]
port = 0

[storage]
reserve_megabytes = 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A practice, its engine (only to hand it jobs), its secretary and its doctor."""

    practice: Practice
    engine: DurableEngine
    secretary: Actor
    doctor: Actor
    acts: Counter[str] = field(default_factory=Counter)
    """What the people did, and the codes of what was refused to them."""

    @property
    def folder(self) -> Path:
        """Where the measure may write beside the practice."""
        return self.practice.home.parent

    @property
    def ledger(self) -> Path:
        """What the recogniser writes of its work."""
        return self.folder / "ledger"


@contextmanager
def scene(
    folder: Path, *, databases: tuple[str, ...] = (), settings: str = "", intake: str = INTAKE
) -> Iterator[Scene]:
    """Make the practice in this folder, on these two databases if they are given, and close it at the end."""
    storage = "".join(f'{part} = "{url}"\n' for part, url in zip(("database", "vault"), databases, strict=False))
    practice = opening.new_practice(
        folder / "cabinet", name="Cabinet d'essai", settings_text=f"{SETTINGS.format(intake=intake)}{storage}{settings}"
    )
    try:
        first = members.stand_in("technical")
        doctor = doctors.add(practice, first, name="Hélène Lambert", folder=FOLDER, code=CODE).id
        yield Scene(
            practice=practice,
            engine=DurableEngine(practice),
            secretary=_account(practice, "claire", "secretary"),
            doctor=_account(practice, "lambert", "doctor", doctor=doctor),
        )
    finally:
        practice.close()


def _account(practice: Practice, login: str, role: str, *, doctor: str | None = None) -> Actor:
    with practice.begin() as connection:
        password = accounts.new_password()
        accounts.add(connection, login=login, name=login.title(), role=role, password=password, doctor=doctor)
        return accounts.actor(connection, login)


def drop(scene: Scene, number: int, *, name: str = "") -> None:
    """What the doctor does: a file in the folder."""
    path = scene.practice.place("inbox") / FOLDER / (name or f"dictée {number}.wav")
    path.write_bytes(dictated.sound(number))


def act(scene: Scene, numbers: Mapping[str, int]) -> None:
    """One round of the people: everything that waits for them; `numbers` says which sound (its hash) is which.

    What is refused to them (a document that moved meanwhile) is counted and tried again at the next round.
    """
    for row in _waiting(scene):
        try:
            _one(scene, row, numbers)
        except (CopisteError, ArchiveError, sa.exc.OperationalError) as error:
            scene.acts[f"refused {getattr(error, 'code', type(error).__name__)}"] += 1
    story.file_again(scene.practice, scene.engine.submit)


def _waiting(scene: Scene) -> list[sa.RowMapping]:
    """Dictations set aside, then documents that wait for someone, each row with the dictation's hash."""
    with scene.practice.look() as connection:
        aside = store.dictations(connection, states=("refused-file",))
        documents = store.documents(connection, states=(*review.TO_REVIEW, "to-sign"))
        return [*aside, *documents]


def _one(scene: Scene, row: sa.RowMapping, numbers: Mapping[str, int]) -> None:
    if row["state"] == "refused-file":
        arrival.resume(scene.practice, scene.secretary, row["id"], scene.engine.submit)
        scene.acts["resumed"] += 1
    elif row["state"] == "to-sign":
        signature = with_code(scene.practice, CODE)
        review.sign(scene.practice, scene.doctor, row["id"], signature=signature, submit=scene.engine.submit)
        scene.acts["signed"] += 1
    else:
        _proofread(scene, row["id"], numbers)
        scene.acts["proofread again" if row["state"] == "to-correct" else "proofread"] += 1


def _proofread(scene: Scene, key: str, numbers: Mapping[str, int]) -> None:
    practice, person = scene.practice, scene.secretary
    version = review.take(practice, person, key, over=True)
    opened = review.show(practice, person, key)
    heard = [index for index, place in enumerate(opened.places) if place]
    version = review.save(practice, person, key, version=version, text=opened.review.text, heard=heard)
    patient = _patient(scene, numbers[opened.recording["sha256"]])
    version = review.choose_patient(practice, person, key, version=version, patient=patient)
    review.finish(practice, person, key, version=version, submit=scene.engine.submit)


def _patient(scene: Scene, number: int) -> str:
    """The patient of that dictation in the register, added when first met."""
    who = dictated.person(number)
    with scene.practice.begin() as connection:
        for known in patients.same_person(connection, who.family_name, who.given_name, who.birth_date):
            if known.exact:
                return known.patient.id
    return register.add_patient(
        scene.practice, scene.secretary, family_name=who.family_name, given_name=who.given_name,
        birth_date=who.birth_date,
    ).id  # fmt: skip
