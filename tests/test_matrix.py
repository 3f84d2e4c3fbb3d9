"""Every command, for everyone who may type it, on their own work and on someone else's: exactly what access.py says.

A command, or an action, that has no row here fails; what is refused shows nothing and changes nothing, and what one
may not see answers as what is not there.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from argon2 import PasswordHasher
from click.testing import CliRunner
from typer.main import get_command

from pipeline import store, tables
from pipeline.access import RULES, Actor, may
from pipeline.cli import app
from pipeline.cli.policy import COMMANDS, MACHINE
from pipeline.errors import known
from pipeline.practice import Practice, open_practice
from pipeline.types import SignedDocument
from pipeline.web.app import PAGES
from tests import matrix
from tests.fakes import CODE, OnTheSpot
from tests.matrix import (
    ABSENCE,
    CLOSED,
    CORRESPONDENT,
    DICTAPHONE,
    DICTAPHONE_THEIRS,
    FILED,
    FILED_SECRET,
    FILED_THEIRS,
    HOLD,
    LOGINS,
    MINE,
    NOBODYS,
    NOTHING,
    PATIENTS,
    POOL,
    SECOND,
    SECRET,
    SET_ASIDE,
    SET_ASIDE_NOBODYS,
    SET_ASIDE_THEIRS,
    SITE,
    THEIRS,
    WHOSE,
    Scene,
)  # fmt: skip

COMMAND = get_command(app)
"""Made once: to make it takes longer than to run it."""
DOCUMENTS, RECORDS = (MINE, THEIRS, SECRET, NOBODYS), (FILED, FILED_THEIRS, FILED_SECRET)
DICTATIONS = (SET_ASIDE, SET_ASIDE_THEIRS, SET_ASIDE_NOBODYS)
TOMORROW = "31/12/2099"
SOON = f"{date.today() + timedelta(days=30):%d/%m/%Y}"
"""An absence is for a year at most."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """How a command is typed, what it is about, and the state that this must be in for it to be done."""

    words: str
    about: Sequence[str] = ("",)
    table: Any = None
    seen: Callable[[Actor, Mapping[str, Any]], bool] | None = None
    """Whether what it is about exists for someone; what they do not see is not there."""
    role_first: bool = False
    """Whoever lacks the role is told so before anything is looked for."""
    state: str = ""
    held: bool = False
    """By whoever types."""
    signed_by_self: bool = False
    """The page says that whoever types signs."""
    dictation: str = ""
    """The recording it is a part of."""
    shows: bool = False
    """Prints whatever this person may see: the canaries of the rest must be absent."""


def on_document(words: str, **rest: Any) -> Case:
    return Case(words=words, **{"about": DOCUMENTS, "table": tables.document, "seen": seen_as("review.show"), **rest})


def on_record(words: str, action: str, **rest: Any) -> Case:
    return Case(words=words, about=RECORDS, table=tables.document, seen=seen_as(action), role_first=True, **rest)


def on_dictation(words: str) -> Case:
    return Case(
        words=words, about=DICTATIONS, table=tables.dictation, seen=seen_as("review.list"), state="refused-file"
    )


def seen_as(action: str) -> Callable[[Actor, Mapping[str, Any]], bool]:
    return lambda actor, row: may(actor, action, row)


def works_for(actor: Actor, row: Mapping[str, Any]) -> bool:
    return actor.doctors is None or row["id"] in actor.doctors


def on_account(words: str) -> Case:
    return Case(words=words, about=("claire", "technique", "archives"), table=tables.user)


CASES: Mapping[str, Case] = {
    "status": Case(words="status"),
    "sign": on_document("sign {id}", state="to-sign", signed_by_self=True),
    "review list": Case(words="review list", shows=True),
    "review show": on_document("review show {id}", shows=True),
    "review take": on_document("review take {id}"),
    "review finish": on_document("review finish {id}", about=(MINE, THEIRS, SECRET), state="in-review", held=True),
    "review return": on_document("review return {id}", state="in-review", held=True),
    "review cut": on_document("review cut {id} --at 60", state="in-review", held=True),
    "review join": on_document(
        f"review join {{id}} {SECOND}", about=(MINE,), state="in-review", held=True, dictation="D1CTEE0007"
    ),
    "review resume": on_dictation("review resume {id}"),
    "review dismiss": on_dictation("review dismiss {id}"),
    "archive find": Case(words="archive find ZCANARI", shows=True),
    "archive show": on_record("archive show {id}", "archive.show", shows=True),
    "archive verify": Case(words="archive verify"),
    "archive export": on_record("archive export {id}", "archive.export"),
    "archive hold": Case(words=f"archive hold {FILED} --reason procès"),
    "archive release": Case(words=f"archive release {HOLD}"),
    "patients add": Case(words="patients add Roy Luc"),
    "patients find": Case(words="patients find personne"),
    "patients import": Case(words="patients import {file}"),
    "agenda import": Case(
        words="agenda import {agenda} --doctor {id}",
        about=("lambert", "garnier"),
        table=tables.doctor,
        seen=works_for,
        role_first=True,
    ),
    "agenda show": Case(words="agenda show"),
    "correspondents add": Case(words="correspondents add Roy"),
    "correspondents change": Case(words=f"correspondents change {CORRESPONDENT} --phone 01"),
    "correspondents import": Case(words="correspondents import {file}"),
    "correspondents list": Case(words="correspondents list"),
    "correspondents find": Case(words="correspondents find Petit"),
    "correspondents remove": Case(words=f"correspondents remove {CORRESPONDENT}"),
    "doctors add": Case(words="doctors add Nouveau --folder nouveau"),
    "doctors list": Case(words="doctors list"),
    "doctors change": Case(words="doctors change lambert --specialty Asthme"),
    "doctors code": Case(words="doctors code {id} --new-key", about=("lambert", "garnier"), table=tables.doctor),
    "doctors leave": Case(words="doctors leave lambert"),
    "doctors export": Case(words="doctors export {id}", about=("lambert", "garnier"), table=tables.doctor),
    "sites add": Case(words="sites add Clinique"),
    "sites list": Case(words="sites list"),
    "sites assign": Case(words=f"sites assign lambert {SITE}"),
    "users add": Case(words="users add nouveau Nouveau --role secretary", about=("claire",), table=tables.user),
    "users list": Case(words="users list"),
    "users close": on_account("users close {id}"),
    "users open": on_account("users open {id}"),
    "users password": on_account("users password {id}"),
    "users role": Case(words="users role {id} secretary", about=("claire",), table=tables.user),
    "users scope": Case(words="users scope {id} --everyone", about=("claire",), table=tables.user),
    "pools add": Case(words="pools add Urgences"),
    "pools assign": Case(words=f"pools assign {POOL} --doctor lambert --secretary berthe"),
    "pools list": Case(words="pools list"),
    "pools remove": Case(words=f"pools remove {POOL} --yes"),
    "pools who": Case(words="pools who"),
    "absences add": Case(words=f"absences add {{id}} --until {SOON}", about=("claire", "anne"), table=tables.user),
    "absences list": Case(words="absences list"),
    "absences end": Case(words="absences end {id}", about=(ABSENCE,), table=tables.absence),
    "dictaphones add": Case(
        words="dictaphones add {id} --author DR-NEUF", about=("lambert", "garnier"), table=tables.doctor
    ),
    "dictaphones list": Case(words="dictaphones list"),
    "dictaphones remove": Case(
        words="dictaphones remove {id}", about=(DICTAPHONE, DICTAPHONE_THEIRS), table=tables.dictaphone
    ),
    "deputies add": Case(words=f"deputies add ines --for lambert --until {TOMORROW}", about=("lambert",)),
    "deputies list": Case(words="deputies list"),
    "deputies end": Case(words="deputies end {id}", about=("DE1000remi",), table=tables.delegation),
    "access restrict": on_document("access restrict {id}"),
    "access readers": on_document("access readers {id}"),
    "access break": Case(words="access break {patient} --reason urgence-vitale-nocturne"),
    "access log": Case(words="access log"),
}
"""One row for each command that asks for a right."""


def commands(top: typer.Typer = app) -> set[str]:
    found = set[str]()
    for name, command in get_command(top).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found |= {f"{name} {one}" for one in inner} if inner else {name}
    return found


def without_policy(top: typer.Typer = app, pages: Sequence[Any] = PAGES) -> set[str]:
    """Commands and pages for which nobody said who may."""
    loose = {f"{page.method} {page.path}" for page in pages if page.action not in RULES}
    return (commands(top) - COMMANDS.keys()) | loose


def test_every_command_and_page_has_its_right_and_every_right_its_use():
    assert without_policy() == set()
    assert COMMANDS.keys() - commands() == set()
    used = set(COMMANDS.values()) | {page.action for page in PAGES}
    assert used - {MACHINE} == RULES.keys()
    assert CASES.keys() == {path for path, action in COMMANDS.items() if action != MACHINE}


def test_a_new_command_or_page_without_a_row_is_seen(monkeypatch: pytest.MonkeyPatch):
    top, group = typer.Typer(), typer.Typer()
    top.command("init")(lambda: None)
    group.command("find")(lambda: None)
    group.command("peek")(lambda: None)
    top.add_typer(group, name="archive")
    page = type("Page", (), {"method": "GET", "path": "/tout", "action": "see.all"})
    assert without_policy(top, [page]) == {"archive peek", "GET /tout"}


def test_a_command_of_the_machine_takes_no_account_and_the_others_do():
    for path in sorted(commands()):
        asks = any(parameter.envvar == "COPISTE_USER" for parameter in _command(path).params)
        assert asks == (COMMANDS[path] != MACHINE), path


def _command(path: str) -> Any:
    found: Any = COMMAND
    for name in path.split():
        found = found.commands[name]
    return found


@pytest.fixture(scope="module")
def furnished(seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = tmp_path_factory.mktemp("matrix")
    shutil.copytree(seed, home / "cabinet")
    (home / "copy").mkdir()
    practice = open_practice(home / "cabinet")
    yield matrix.furnish(practice, home / "copy")
    practice.close()


@pytest.fixture
def scene(furnished: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    def signature(practice: Practice, code: str) -> Callable[..., SignedDocument]:
        return lambda pdf, doctor: SignedDocument(pdf=pdf + b"%", signer="X", signed_at=store.now())

    monkeypatch.setattr("pipeline.practice.open_practice", lambda home: furnished.practice)
    monkeypatch.setattr("pipeline.engine.open_engine", OnTheSpot)
    monkeypatch.setattr("pipeline.signature.with_code", signature)
    monkeypatch.setattr("pipeline.safekeeping.departure._write_folder", lambda folder, *rest: folder.mkdir())
    monkeypatch.setattr("pipeline.sign._stretched", lambda code, salt: salt)
    monkeypatch.setattr("pipeline.accounts._hasher", lambda: PasswordHasher(time_cost=1, memory_cost=64))
    for name in ("COPISTE_CODE", "COPISTE_NEW_CODE", "COPISTE_PASSWORD"):
        monkeypatch.setenv(name, CODE)
    yield furnished
    if furnished.digest() != furnished.kept:
        furnished.come_back()


def said(scene: Scene, case: Case, login: str, about: str) -> tuple[int, str, str]:
    """What a command answers: its exit code, what `main` would print, and the English of its error."""
    done = CliRunner().invoke(COMMAND, _typed(scene, case, login, about))
    ours = known(done.exception) if done.exception else None
    if done.exception and ours is None and not isinstance(done.exception, SystemExit):
        raise done.exception
    if ours is None:
        return done.exit_code, done.output, ""
    return ours.exit_code, f"{done.output}{ours.advice}", str(ours)


def _typed(scene: Scene, case: Case, login: str, about: str) -> list[str]:
    home = scene.practice.home.parent
    (home / "gens.csv").write_text("nom;prénom\nRoy;Luc\n", encoding="utf-8")
    (home / "agenda.csv").write_text("date;nom\n21/11/2026;Roy\n", encoding="utf-8")
    words = case.words.format(
        id=about, file=home / "gens.csv", agenda=home / "agenda.csv", patient=scene.patients["MINE"]
    )
    return [*words.split(), "--home", str(scene.practice.home), *(("--as", login) if login else ())]


def row_of(scene: Scene, case: Case, about: str) -> Mapping[str, Any] | None:
    """What the policy looks at: the row itself; that of an account or a doctor by its login or folder."""
    column = {tables.user: tables.user.c.login, tables.doctor: tables.doctor.c.folder}.get(case.table)
    if column is None:
        return scene.row(case.table, about) if case.table is not None else None
    with scene.practice.look() as connection:
        found = connection.execute(case.table.select().where(column == about)).mappings().one()
    return dict(found)


def verdict(scene: Scene, path: str, login: str, about: str) -> str:
    """What access.py says: « done », « refused », or « absent » when they may not even know of it."""
    case, action, actor = CASES[path], COMMANDS[path], scene.actor(login)
    row = row_of(scene, case, about)
    if path == "deputies add":
        row = {"principal": scene.doctors["lambert"]}
    if path == "absences add" and row:
        row = {"user": row["id"]}
    if path == "dictaphones add" and row:
        row = {"doctor": row["id"]}
    if path == "users add":
        row = {"id": None, "role": "secretary"}
    if case.role_first and not may(actor, action):
        return "refused"
    if case.seen and row is not None and not case.seen(actor, row):
        return "absent"
    return "done" if may(actor, action, None if case.role_first else row) else "refused"


def prepare(scene: Scene, case: Case, login: str, about: str) -> None:
    """Put the document in the state that the command asks for."""
    if not case.state:
        return
    actor, values = scene.actor(login), dict[str, Any](state=case.state)
    if case.held:
        values |= {"held_by": actor.id, "held_until": store.now().replace(year=2099)}
    if case.signed_by_self and actor.doctor:
        values |= {"signatory": actor.doctor}
    if case.dictation:
        values |= {"dictation": case.dictation, "position": 1}
    scene.write(case.table, about, **values)


@pytest.mark.parametrize("path", sorted(CASES))
def test_a_command_does_what_the_policy_says_and_no_more(scene: Scene, path: str):
    case = CASES[path]
    for login in LOGINS:
        if login and login != CLOSED:
            nothing = said(scene, case, login, NOTHING)[:2] if case.seen else (0, "")
            for about in case.about:
                prepare(scene, case, login, about)
                _check(scene, path, login, about, nothing)


@pytest.mark.parametrize("path", sorted(CASES))
def test_a_closed_account_does_nothing_and_learns_nothing(scene: Scene, path: str):
    case = CASES[path]
    code, told, english = said(scene, case, CLOSED, case.about[0])
    assert (code, told) == (61, "Ce compte n'existe pas ou n'est plus actif.")
    assert not any(name in told + english for name in PATIENTS.values())
    assert scene.digest() == scene.kept


SAID_ALREADY = {"sign", "doctors code"}
"""What is named belongs to one doctor, and the act is that doctor's: their only account need not be said."""


@pytest.mark.parametrize("path", sorted(CASES.keys() - SAID_ALREADY))
def test_whoever_names_no_account_looks_and_never_chooses_whose_act_it_is(scene: Scene, path: str):
    case = CASES[path]
    prepare(scene, case, "claire", case.about[0]) if case.state else None
    before = scene.digest()
    code, told, english = said(scene, case, "", case.about[0])
    if "operator" in RULES[COMMANDS[path]]:
        assert code == 0, told + english
        return
    assert code == 61, told + english
    assert "--as COMPTE" in told
    assert not any(name in told + english for name in PATIENTS.values())
    assert scene.digest() == before


def _check(scene: Scene, path: str, login: str, about: str, nothing: tuple[int, str]) -> None:
    """`nothing` is what is answered for an id that nobody has."""
    case, expected, before = CASES[path], verdict(scene, path, login, about), scene.digest()
    code, told, english = said(scene, case, login, about)
    where = f"{path} {about} by {login}, {expected}: {code} {told} ({english})"
    if expected == "done":
        assert code == 0, where
        _shows_only_what_may_be_seen(scene, login, told, where) if case.shows else None
        if scene.digest() != before:
            scene.come_back()
        return
    assert code == 60 if expected == "refused" else (code, told) == (nothing[0], nothing[1].replace(NOTHING, about)), (
        where
    )
    assert not any(name in told + english for name in PATIENTS.values()), where
    assert scene.digest() == before, where


def _shows_only_what_may_be_seen(scene: Scene, login: str, told: str, where: str) -> None:
    actor = scene.actor(login)
    for key, whose in WHOSE.items():
        action = "archive.show" if key in RECORDS else "review.show"
        others = [key2 for key2, whose2 in WHOSE.items() if whose2 == whose]
        visible = any(
            may(actor, "archive.show" if one in RECORDS else "review.show", scene.row(tables.document, one))
            for one in others
        )
        assert visible or PATIENTS[whose] not in told, where
        assert may(actor, action, scene.row(tables.document, key)) or key not in told, where
