"""Every address has its right; whoever lacks it gets a page that says so; someone else's document does not exist."""

from datetime import timedelta
from functools import cache
from itertools import product

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route

from archive.ids import new_id
from pipeline import accounts, glass, restriction, store, tables, trace
from pipeline.access import RULES, may
from pipeline.people import deputies
from pipeline.practice import Practice
from pipeline.web.app import PAGES
from tests.fakes import People
from tests.pipeline.cast import join, lines, now, row
from tests.web.conftest import Visitor
from tests.web.scene import DONE, OPEN, SIGNED, Scene

WITHOUT_SESSION = {("/connexion", "GET"), ("/connexion", "POST"), ("/deconnexion", "POST"), ("/static", "")}
BODIES = {
    "/texte": {"text": "x", "heard": []},
    "/patient": {"patient": "0"},
    "/patients": {"family_name": "x"},
    "/patients/recherche": {"words": "dupont"},
}
FORMS = {
    "signer": {"version": "1", "code": "x"},
    "a-mon-nom": {"version": "1"},
    "acces": {"patient": "ZZZZZZZZZZ", "reason": "Motif assez long."},
}
ROLES = ("claire", "lambert", "garnier", "archives", "technique", "anne", "remi", "ines")
"""Every role: anne is a secretary whose scope is another doctor, remi a locum and ines an intern of nobody."""
CANARY = "DUPONT"
DOCUMENT_PAGES = [page for page in PAGES if page.path.startswith("/documents/{id}")]


@pytest.fixture
def everyone(practice: Practice, people: People, scene: Scene) -> Scene:
    join(practice, "remi", "locum")
    join(practice, "ines", "intern")
    join(practice, "anne", "secretary")
    with practice.begin() as connection:
        accounts.add_scope(connection, "anne", doctor=people.garnier.doctor)
    return scene


@pytest.fixture
def visitor(visitor: Visitor) -> Visitor:
    """Someone logs in once a test."""
    return cache(visitor)


def ask(visitor: Visitor, login: str, page, key: str = OPEN) -> Response:
    """The answer of a page to someone, with a body of the right shape."""
    path = page.path.replace("{id}", key)
    body = next((body for end, body in BODIES.items() if path.endswith(end)), None)
    form = FORMS.get(path.rsplit("/", 1)[1], {"words": "dupont"})
    sent = {"json": body} if body else {"data": form}
    return visitor(login).request(
        page.method, path, headers={"If-Match": "1"}, **({} if page.method == "GET" else sent)
    )


def state(practice: Practice) -> list[object]:
    """Everything in the work tables but the access log and sessions: what a refusal must leave as it was."""
    left = []
    with practice.look() as connection:
        for table in tables.metadata.sorted_tables:
            if table.name not in ("access_log", "session"):
                left += [tuple(one) for one in connection.execute(sa.select(table)).all()]
    return sorted(left, key=repr)


def named(page) -> str:
    return f"{page.method} {page.path}"


def test_every_route_names_an_action_of_the_policy(app: Starlette):
    found = set()
    for route in app.routes:
        assert isinstance(route, Route | Mount)
        action = getattr(getattr(route, "endpoint", None), "action", None)
        methods = (getattr(route, "methods", None) or {""}) - {"HEAD"}
        found |= {(route.path, method) for method in methods if action is None}
        assert action is None or action in RULES, route.path
    assert found == WITHOUT_SESSION


def test_a_role_without_the_right_is_refused_and_nothing_changes(visitor: Visitor, practice: Practice, everyone: Scene):
    before = state(practice)
    for login, page in product(ROLES, PAGES):
        if not may(now(practice, login), page.action):
            answer = ask(visitor, login, page)
            assert answer.status_code == 403, (login, named(page))
            assert "Vous n’avez pas le droit" in answer.text
            assert CANARY not in answer.text
    assert state(practice) == before


@pytest.mark.parametrize("key", [OPEN, DONE, SIGNED])
def test_a_document_out_of_reach_answers_as_one_that_does_not_exist(
    visitor: Visitor, practice: Practice, everyone: Scene, key: str
):
    asked, before = 0, state(practice)
    for login, page in product(("garnier", "anne", "remi", "ines"), DOCUMENT_PAGES):
        if may(now(practice, login), page.action):
            answer, unknown = ask(visitor, login, page, key), ask(visitor, login, page, "ZZZZZZZZZZ")
            assert (answer.status_code, answer.text) == (404, unknown.text), (login, named(page))
            asked += 1
    assert asked > 40
    assert state(practice) == before


def test_a_restricted_document_is_out_of_reach_of_all_but_its_doctor(
    visitor: Visitor, practice: Practice, people: People, everyone: Scene
):
    restriction.restrict(practice, people.lambert, DONE)
    before = state(practice)
    for login, page in product(ROLES, DOCUMENT_PAGES):
        if login != "lambert" and may(now(practice, login), page.action) and page.action != "access.log":
            assert ask(visitor, login, page, DONE).status_code == 404, (login, named(page))
    assert state(practice) == before
    for path in ("", "/son", "/pdf"):
        assert visitor("lambert").get(f"/documents/{DONE}{path}").status_code == 200
    for login in ("claire", "garnier"):
        assert DONE not in visitor(login).get("/").text


def test_someone_named_reads_a_restricted_document(
    visitor: Visitor, practice: Practice, people: People, everyone: Scene
):
    browser = visitor("lambert")
    sent = browser.post(f"/documents/{DONE}/restreindre", data={"reader": ["garnier"]})
    assert sent.status_code == 303
    other = visitor("garnier")
    assert f"/documents/{DONE}" in other.get("/").text
    assert "Accès restreint" in other.get(f"/documents/{DONE}").text
    assert other.get(f"/documents/{DONE}/pdf").status_code == 200
    assert visitor("claire").get(f"/documents/{DONE}").status_code == 404
    assert 'value="garnier" checked' in browser.get(f"/documents/{DONE}").text
    assert browser.post(f"/documents/{DONE}/ouvrir", data={}).status_code == 303
    assert visitor("claire").get(f"/documents/{DONE}").status_code == 200


@pytest.mark.parametrize(("begins", "until", "reached"), [(1, 9, False), (-9, -1, False), (0, 0, True), (-3, 3, True)])
def test_a_deputy_reaches_the_principal_s_work_on_the_days_of_the_delegation_only(
    visitor: Visitor, practice: Practice, people: People, everyone: Scene, begins: int, until: int, reached: bool
):
    today, locum = store.now().astimezone(practice.settings.zone).date(), now(practice, "remi")
    with practice.begin() as connection:
        values = {"deputy": locum.doctor, "principal": people.lambert.doctor, "by": "test", "signs": True}
        days = {"begins": today + timedelta(days=begins), "until": today + timedelta(days=until)}
        connection.execute(tables.delegation.insert().values(id=new_id(), **values, **days))
    browser = visitor("remi")
    for path in (f"/documents/{OPEN}", f"/documents/{OPEN}/son", f"/documents/{DONE}", f"/documents/{DONE}/pdf"):
        assert browser.get(path).status_code == (200 if reached else 404), path
    assert (CANARY in browser.get("/").text) == reached
    signing = browser.get(f"/documents/{DONE}").text
    assert ("Préparer à mon nom" in signing) == reached


def test_a_deputy_has_the_page_prepared_in_their_name_before_signing(
    visitor: Visitor, practice: Practice, people: People, everyone: Scene, queue
):
    today, locum = store.now().astimezone(practice.settings.zone).date(), now(practice, "remi")
    deputies.add(
        practice, people.lambert, deputy=str(locum.doctor), principal=str(people.lambert.doctor), begins=today,
        until=today, signs=True,
    )  # fmt: skip
    browser = visitor("remi")
    page = browser.get(f"/documents/{DONE}").text
    assert "La page annonce la signature de Dr Hélène Lambert" in page
    assert "Code de signature" not in page
    refused = browser.post(f"/documents/{DONE}/signer", data={"version": "1", "code": "x"})
    assert refused.status_code == 409
    assert "Faites d’abord préparer le document à votre nom" in refused.text
    assert browser.post(f"/documents/{DONE}/a-mon-nom", data={"version": "1"}).status_code == 303
    assert [job.stretch for job in queue.jobs] == ["prepare"]
    found = row(practice, DONE)
    assert (found["state"], found["signatory"]) == ("preparing", locum.doctor)


def test_a_broken_glass_opens_reading_and_no_change(
    visitor: Visitor, practice: Practice, people: People, everyone: Scene
):
    restriction.restrict(practice, people.lambert, DONE)
    browser = visitor("garnier")
    found = browser.post("/acces/recherche", data={"words": "dupont 12/03/1954"}).text
    assert f'value="{everyone.jean}"' in found
    refused = browser.post("/acces", data={"patient": everyone.jean, "reason": "urgence"})
    assert (refused.status_code, "en 10 caractères au moins" in refused.text) == (422, True)
    assert browser.get(f"/documents/{DONE}").status_code == 404
    opened = browser.post("/acces", data={"patient": everyone.jean, "reason": "Reçu en urgence cette nuit."})
    assert (opened.status_code, opened.headers["location"]) == (303, "/acces")
    page = browser.get("/acces").text
    assert "DUPONT Jean" in page
    assert f"/documents/{DONE}" in page
    assert browser.get(f"/documents/{DONE}").status_code == 200
    assert browser.get(f"/documents/{DONE}/pdf").status_code == 200
    assert "Code de signature" not in browser.get(f"/documents/{DONE}").text
    assert "Préparer à mon nom" not in browser.get(f"/documents/{DONE}").text
    assert CANARY not in browser.get("/").text
    before = state(practice)
    for page in DOCUMENT_PAGES:
        if page.method != "GET":
            assert ask(visitor, "garnier", page, DONE).status_code in (403, 404), page.path
    assert state(practice) == before
    assert browser.get(f"/documents/{DONE}/consultations").status_code == 404
    told = visitor("lambert").get("/").text
    assert "Accès exceptionnel" in told
    assert "Reçu en urgence cette nuit." in told
    assert "Reçu en urgence" not in visitor("claire").get("/").text


def test_a_doctor_is_told_who_read_their_document(visitor: Visitor, everyone: Scene):
    visitor("claire").get(f"/documents/{DONE}/pdf")
    page = visitor("lambert").get(f"/documents/{DONE}/consultations").text
    assert "Claire" in page
    assert "PDF lu" in page
    assert CANARY not in page
    assert visitor("garnier").get(f"/documents/{DONE}/consultations").status_code == 404
    assert visitor("archives").get(f"/documents/{DONE}/consultations").status_code == 200


def test_a_doctor_is_replaced_from_the_page_and_ends_it_there(visitor: Visitor, practice: Practice, everyone: Scene):
    browser, locum = visitor("lambert"), now(practice, "remi")
    days = {"begins": "2020-01-01", "until": "2020-01-02"}
    late = browser.post("/remplacements", data={"deputy": str(locum.doctor), **days})
    assert (late.status_code, "déjà fini" in late.text) == (422, True)
    days = {"begins": f"{store.now():%Y-%m-%d}", "until": "2999-01-01"}
    assert browser.post("/remplacements", data={"deputy": str(locum.doctor), "signs": "1", **days}).status_code == 303
    assert "Mettre fin" in browser.get("/remplacements").text
    assert "Mettre fin" not in visitor("garnier").get("/remplacements").text
    (one,) = deputies.listing(practice, now(practice, "claire"))
    assert (one["running"], one["signs"]) == (True, True)
    assert visitor("garnier").post(f"/remplacements/{one['id']}/finir", data={}).status_code == 403
    assert browser.post(f"/remplacements/{one['id']}/finir", data={}).status_code == 303
    assert "Mettre fin" not in browser.get("/remplacements").text


UNTRACED = {
    "GET /remplacements": "who stands in for whom: nothing of a patient",
    "GET /absences": "who is away and who types for whom: nothing of a patient",
    "GET /deposer": "whose dictation one may drop: nothing of a patient",
    "GET /acces": "a line for each patient it shows (test_glass); none before something is opened",
}


def test_each_page_that_shows_a_patient_leaves_a_line_or_shows_nothing(
    visitor: Visitor, practice: Practice, people: People, everyone: Scene
):
    reading = [one for one in PAGES if one.method == "GET" or one.path.endswith("recherche")]
    for page in reading:
        full(practice, is_full=False)
        if named(page) in UNTRACED:
            assert CANARY not in ask(visitor, "lambert", page, DONE).text
            continue
        assert ask(visitor, "lambert", page, DONE).status_code == 200
        assert {line[0] for line in lines(practice)} == {people.lambert.id}, named(page)
        full(practice, is_full=True)
        refused = ask(visitor, "lambert", page, DONE)
        assert refused.status_code == 500, named(page)
        assert CANARY not in refused.text
        assert trace.NotTraced.code in refused.text


def full(practice: Practice, *, is_full: bool) -> None:
    """An empty log, that can be written or not."""
    with practice.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER IF EXISTS full"))
        connection.execute(tables.access_log.delete())
        if is_full:
            stop = "CREATE TRIGGER full BEFORE INSERT ON access_log BEGIN SELECT RAISE(ABORT, 'full'); END"
            connection.execute(sa.text(stop))


def test_what_the_glass_shows_on_its_own_page_is_noted_too(
    visitor: Visitor, practice: Practice, people: People, everyone: Scene
):
    glass.open_for(practice, people.garnier, everyone.jean, reason="Reçu en urgence cette nuit.")
    assert CANARY in visitor("garnier").get("/acces").text
    assert (people.garnier.id, "access.break", "", everyone.jean) in lines(practice)


@pytest.mark.parametrize(
    "narrowed",
    [
        lambda connection: accounts.close(connection, "claire"),
        lambda connection: accounts.change_password(connection, "claire", "un autre mot de passe"),
        lambda connection: accounts.change_role(connection, "claire", "technical"),
    ],
    ids=["closed", "password", "role"],
)
def test_an_account_that_is_narrowed_is_logged_out_at_once(
    visitor: Visitor, practice: Practice, scene: Scene, narrowed
):
    browser = visitor("claire")
    assert browser.get("/").status_code == 200
    with practice.begin() as connection:
        narrowed(connection)
    assert browser.get("/").status_code == 303


def test_a_scope_that_is_taken_away_is_felt_at_the_next_page(
    visitor: Visitor, practice: Practice, people: People, scene: Scene
):
    with practice.begin() as connection:
        accounts.add_scope(connection, "claire", doctor=people.lambert.doctor)
    assert CANARY in visitor("claire").get("/").text
    with practice.begin() as connection:
        accounts.remove_scope(connection, "claire", doctor=people.lambert.doctor)
    visitor.cache_clear()  # type: ignore[attr-defined]
    page = visitor("claire").get("/").text
    assert CANARY not in page
    assert "img src" not in page  # nor the name of a file that waits


def test_the_list_of_a_doctor_has_their_own_work_only(visitor: Visitor, scene: Scene):
    assert CANARY in visitor("lambert").get("/").text
    other = visitor("garnier").get("/").text
    assert CANARY not in other
    assert "Rien n’attend" in other


def test_a_file_to_check_of_another_doctor_does_not_exist(visitor: Visitor, practice: Practice, everyone: Scene):
    before = state(practice)
    acts = ("reprendre", "retirer", "mot-de-passe")
    for login, act in product(("garnier", "anne", "remi", "ines"), acts):
        sent = {"password": "1234"} if act == "mot-de-passe" else {}
        assert visitor(login).post(f"/dictees/D0PSTE0001/{act}", data=sent).status_code == 404
    assert state(practice) == before


def test_a_recording_dropped_again_for_others_does_not_exist(visitor: Visitor, practice: Practice, everyone: Scene):
    row = {"dictation": "D0PSTE0001", "source": "s", "at": store.now(), "name": "copie.wav"}
    with practice.begin() as connection:
        connection.execute(tables.duplicate.insert().values(id="DUP0000001", **row))
    before = state(practice)
    for login in ("garnier", "anne", "remi", "ines"):
        assert "copie.wav" not in visitor(login).get("/").text
        for key in ("DUP0000001", "ZZZZZZZZZZ"):
            assert visitor(login).post(f"/doublons/{key}/vu", data={}).status_code == 404
    assert state(practice) == before
