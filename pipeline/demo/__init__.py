"""`copiste demo`: two bundled dictations travel the whole way, with the real model, and a third waits to be proofread.

Nobody is asked anything: a recorded person stands for the secretary (she types a text written beforehand, and says
of the places left unchanged that they were heard and right), and the doctors' codes are known. All the rest is the
product itself, doing what it does every day.
"""

import os
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from archive.records import Sex
from pipeline import accounts, opening, register, review, running, shelves, store
from pipeline.access import Actor
from pipeline.demo.screen import Screen
from pipeline.engine import Engine, open_engine
from pipeline.errors import CopisteError, advice
from pipeline.people import doctors, members
from pipeline.practice import Practice
from pipeline.running import logs
from pipeline.signature import with_code
from pipeline.states import label

PATIENCE_SECONDS = 900
_SOUNDS = resources.files("pipeline.demo") / "sounds"
SETTINGS = """
[practice]
name = "Cabinet de démonstration"
address = ["12, rue des Tilleuls", "75012 Paris"]
city = "Paris"
phone = "01 23 45 67 89"

[intake]
stable_seconds = 1.0
patience_seconds = 5.0
rescan_seconds = 1.0
"""


class DemoStopped(CopisteError):
    """The demonstration did not reach its end."""

    code = "E015"
    exit_code = 15
    advice = "La démonstration n'est pas allée au bout."


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A dictation of the demonstration, and what the recorded person decides about it."""

    sound: str
    doctor: str
    family_name: str
    given_name: str
    birth_date: date
    sex: Sex


PLAYED = (
    Recorded(
        sound="consultation",
        doctor="lambert",
        family_name="Dupont",
        given_name="Jean",
        birth_date=date(1954, 3, 12),
        sex="M",
    ),
    Recorded(
        sound="operatoire",
        doctor="garnier",
        family_name="Lefèvre",
        given_name="Martine",
        birth_date=date(1968, 7, 22),
        sex="F",
    ),
)
LEFT_TO_REVIEW = ("note", "lambert")
DOCTORS = (("lambert", "Hélène Lambert", "Cardiologie"), ("garnier", "Paul Garnier", "Chirurgie viscérale"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who plays: accounts with their passwords, doctors with their signing codes."""

    actors: dict[str, Actor]
    passwords: dict[str, str]
    codes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The practice of the demonstration, its engine and its people."""

    practice: Practice
    engine: Engine
    cast: Cast


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is worth telling of one dictation's road."""

    document: str
    stops: tuple[str, ...]
    changed: int
    """Stops that the recorded person changed; the others she heard and found right."""


def play(home: Path) -> None:
    """Play the demonstration in a new folder; DemoStopped says where it stopped."""
    screen = Screen()
    screen.title("Copiste, démonstration : du son à l'archive")
    stage = set_up(home)
    logs.to_files(stage.practice, name="demo")
    told = travel(stage, PLAYED, screen=screen, then=LEFT_TO_REVIEW)
    with stage.practice.begin() as connection:
        accounts.close(connection, "demo")  # the recorded person has played their part
    for one, story in zip(PLAYED, told, strict=True):
        _tell(stage, screen, one, story)
    _farewell(stage, screen, home)


def set_up(home: Path) -> Stage:
    """A practice made for this, with a secretary, an archivist, a technical account and two doctors."""
    practice = opening.new_practice(home, name="Cabinet de démonstration", settings_text=SETTINGS)
    return Stage(practice=practice, engine=open_engine(practice, poll_seconds=0.2), cast=_cast(practice))


def travel(
    stage: Stage, played: Sequence[Recorded], *, screen: Screen | None = None, then: tuple[str, str] | None = None
) -> list[Told]:
    """Drop these dictations and follow each to the archive, playing the people it meets; `then` stays to review."""
    for one in played:
        _drop(stage.practice, one.sound, one.doctor)
    with running.working(stage.practice, stage.engine), running.watching(stage.practice, stage.engine):
        with screen.road([f"{one.sound}.flac" for one in played]) if screen else nullcontext():
            told = [_follow(stage, screen, one) for one in played]
        if then:
            _drop(stage.practice, *then)
            _wait(stage.practice, then[0], "to-review")
    return told


def _cast(practice: Practice) -> Cast:
    """A secretary, an archivist, a technical account, and two doctors with a signing key each."""
    first = {one.login: one.password for one in opening.first_accounts(practice)}
    codes = {login: accounts.new_password() for login, _, _ in DOCTORS}
    passwords = first | {login: accounts.new_password() for login, _, _ in DOCTORS}
    for login, name, specialty in DOCTORS:
        key = doctors.add(
            practice, members.stand_in("technical"), name=name, folder=login, code=codes[login], specialty=specialty
        ).id
        with practice.begin() as connection:
            accounts.add(
                connection, login=login, name=f"Dr {name}", role="doctor", password=passwords[login], doctor=key
            )
    with practice.begin() as connection:
        accounts.add(
            connection, login="demo", name="Relecture enregistrée", role="secretary", password=accounts.new_password()
        )
        logins, rules = ("demo", *passwords), practice.settings
        actors = {login: accounts.actor(connection, login, settings=rules) for login in logins}
    return Cast(actors=actors, passwords=passwords, codes=codes)


def _drop(practice: Practice, sound: str, folder: str) -> None:
    """What the doctor does: a file in a folder."""
    data = (_SOUNDS / f"{sound}.flac").read_bytes()
    (practice.place("inbox") / folder / f"{sound}.flac").write_bytes(data)


def _follow(stage: Stage, screen: Screen | None, one: Recorded) -> Told:
    """Follow one dictation to the archive."""
    practice, cast = stage.practice, stage.cast
    row = _wait(practice, one.sound, "to-review", screen=screen)
    told = _proofread(stage, one, row["id"])
    _wait(practice, one.sound, "to-sign", screen=screen)
    signature = with_code(practice, cast.codes[one.doctor])
    review.sign(practice, cast.actors[one.doctor], row["id"], signature=signature, submit=stage.engine.submit)
    _wait(practice, one.sound, "filed", screen=screen)
    return told


def _proofread(stage: Stage, one: Recorded, document: str) -> Told:
    """What the recorded person does: choose the patient, type the text she heard, say of the rest that it is right."""
    practice, person = stage.practice, stage.cast.actors["demo"]
    patient = register.add_patient(
        practice,
        person,
        family_name=one.family_name,
        given_name=one.given_name,
        birth_date=one.birth_date,
        sex=one.sex,
    )
    version = review.take(practice, person, document)
    before = review.show(practice, person, document)
    text = (_SOUNDS / f"{one.sound}.txt").read_text(encoding="utf-8").strip()
    version = review.save(practice, person, document, version=version, text=text)
    after = review.show(practice, person, document)
    heard = [index for index, place in enumerate(after.places) if place]
    version = review.save(practice, person, document, version=version, text=text, heard=heard)
    version = review.choose_patient(practice, person, document, version=version, patient=patient.id)
    review.finish(practice, person, document, version=version, submit=stage.engine.submit)
    flags = before.review.checked.flags
    stops = tuple(f"« {flags[index].text} » : {flags[index].reason}" for index in before.stops)
    return Told(document=document, stops=stops, changed=len(before.stops) - len(after.stops))


def _wait(practice: Practice, sound: str, state: str, *, screen: Screen | None = None) -> Any:
    """The document of this dictation once it is in that state; DemoStopped when it stops elsewhere."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        dictation, document = _rows(practice, sound)
        here = (document or dictation or {"state": "waiting"})["state"]
        if screen is not None:
            screen.reached(f"{sound}.flac", here, label=label(here))
        if here == state:
            return document
        stuck = document or dictation
        if stuck and stuck["reason"]:
            raise DemoStopped(f"{sound} stopped with {stuck['reason']}", advice=advice(stuck["reason"]))
        time.sleep(0.1)
    raise DemoStopped(f"{sound} did not reach {state} in {PATIENCE_SECONDS} s")


def _rows(practice: Practice, sound: str) -> tuple[Any, Any]:
    with practice.begin() as connection:
        everything = store.dictations(connection, states=(*store.WORKING, "drafted"))
        dictation = next((row for row in everything if row["name"] == f"{sound}.flac"), None)
        documents = store.documents(connection, dictation_id=dictation["id"]) if dictation else []
    return dictation, documents[0] if documents else None


def _tell(stage: Stage, screen: Screen, one: Recorded, told: Told) -> None:
    practice, archivist = stage.practice, stage.cast.actors["archives"]
    record = shelves.show(practice, archivist, told.document)
    files = shelves.export(practice, archivist, told.document)
    screen.title(record["title"])
    screen.say(f"Passages à vérifier : {len(told.stops)}, dont {told.changed} corrigés par la relecture enregistrée.")
    for stop in told.stops:
        screen.say(f"  · {stop}")
    for path in files:
        screen.say(f"{'Word' if path.suffix == '.docx' else 'PDF signé'} : {path}")
    screen.say(f"Notice : {record['id']} · {record['patient']} · {record['author']} · {record['date']}")
    screen.say(f"À conserver jusqu'au {record['retention']['until']} : {record['retention']['rule']}")
    screen.say(f"Pour le retrouver : {_program()} archive find {one.family_name} --home {practice.home}")


def _program() -> str:
    """The command as this person can type it from here."""
    typed = Path(sys.argv[0])
    if typed.name != "copiste":
        return "copiste"
    return "copiste" if shutil.which("copiste") == str(typed.absolute()) else os.path.relpath(typed)


def _farewell(stage: Stage, screen: Screen, home: Path) -> None:
    practice, cast = stage.practice, stage.cast
    verified = shelves.verify(practice, cast.actors["archives"])
    whole = "tout est intact" if verified["ok"] else "ATTEINTE"
    screen.title(f"Archive vérifiée : {verified['objects']} objets relus, {whole}")
    screen.say("Une troisième dictée (note.flac) attend d'être relue. Pour ouvrir la page de relecture :")
    screen.say(f"  {_program()} run --home {home}")
    screen.say(f"puis, dans un navigateur : http://{practice.settings.web.host}:{practice.settings.web.port}/")
    screen.title("Comptes de la démonstration (fictifs, tirés au hasard)")
    for login, password in cast.passwords.items():
        code = f", code de signature {cast.codes[login]}" if login in cast.codes else ""
        screen.say(f"  {login:<12} mot de passe {password}{code}")
