"""Stand-ins for what is slow: a recogniser that recites, an engine that runs on the spot."""

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipeline import store, tables
from pipeline.access import Actor
from pipeline.practice import Practice
from pipeline.types import Job, Model, Stretch, Transcript, Word

PASSWORD = "mot-de-passe-d'essai"
CODE = "code de signature 2026"
SPOKEN = (
    "Compte rendu de consultation patient Martin Paul né le 4 mai 1960 point à la ligne "
    "Cher confrère virgule à la ligne HTA équilibrée virgule ramipril 5 mg le matin point à la ligne "
    "Bien confraternellement point"
)


@dataclass(frozen=True)
class People:
    claire: Actor
    lambert: Actor
    garnier: Actor
    archives: Actor
    technique: Actor


def recited(text: str, *, probability: float = 0.97) -> Transcript:
    """A transcript in which each word takes a third of a second."""
    words = tuple(
        Word(text=f" {word}", start=i / 3, end=(i + 1) / 3, probability=probability)
        for i, word in enumerate(text.split())
    )
    end = words[-1].end if words else 0.0
    return Transcript(
        raw_text=text, words=words, speech=((0.0, end),) if words else (), audio_seconds=end, decode_seconds=0.1,
        model=Model(name="recital", sha256="0" * 64),
    )  # fmt: skip


@dataclass
class Reciter:
    """A transcriber that hears what it was told to hear."""

    text: str = SPOKEN
    error: Exception | None = None
    again: str = ""
    """What is heard when the sound is played again, if it is short enough for one stretch; nothing: no second ear."""

    def transcribe(self, path: Path, *, context: Sequence[str] = ()) -> Transcript:
        if self.error:
            raise self.error
        return recited(self.text)

    def hear_again(self, path: Path, stretches: Sequence[Stretch], *, pace: float) -> tuple[str, ...]:
        return tuple(self.again for _ in stretches) if self.again else ()

    def close(self) -> None:
        pass


@dataclass
class OnTheSpot:
    """An engine that remembers jobs and runs them when told, in order of their due time."""

    practice: Practice
    jobs: list[Job] = field(default_factory=list)

    def submit(self, connection: sa.Connection, job: Job) -> None:
        if job.key not in {known.key for known in self.jobs}:
            self.jobs.append(job)

    @contextmanager
    def work(self, means: object):
        yield

    def run(self, transcriber: Any | None = None) -> None:
        from pipeline import story

        means = story.Means(practice=self.practice, transcriber=transcriber or Reciter())
        while self.jobs:
            job = self.jobs.pop(0)
            getattr(story, job.stretch)(job.subject, means, self)

    def step(self, name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)

    def commit(self, name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        with self.practice.begin() as connection:
            return function(connection, *arguments)


def received(practice: Practice, engine: OnTheSpot, sound: bytes, *, doctor: str | None, name: str = "x.flac") -> str:
    """A dictation as the inbox leaves it: row and job."""
    from archive.ids import new_id

    key = new_id()
    audio = practice.objects.put(sound)
    now = datetime.now(UTC)
    with practice.begin() as connection:
        store.insert_once(
            connection, tables.dictation, id=key, sha256=audio, audio=audio, name=name, doctor=doctor, received=now,
            due=now, state="received", since=now,
        )  # fmt: skip
        engine.submit(connection, Job(stretch="draft", subject=key, due=now))
    return key
