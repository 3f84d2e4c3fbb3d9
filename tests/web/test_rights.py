"""Every address has its right; whoever lacks it gets a page that says so; someone else's document does not exist."""

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from pipeline.access import RULES
from pipeline.web.app import PAGES
from tests.web.conftest import Visitor
from tests.web.scene import DONE, OPEN, Scene

WITHOUT_SESSION = {("/connexion", "GET"), ("/connexion", "POST"), ("/deconnexion", "POST"), ("/static", "")}
BODIES = {"texte": {"text": "x", "heard": []}, "patient": {"patient": "0"}, "recherche": {"words": "x"}}


def test_every_route_names_an_action_of_the_policy(app: Starlette):
    found = set()
    for route in app.routes:
        assert isinstance(route, Route | Mount)
        action = getattr(getattr(route, "endpoint", None), "action", None)
        methods = (getattr(route, "methods", None) or {""}) - {"HEAD"}
        found |= {(route.path, method) for method in methods if action is None}
        assert action is None or action in RULES, route.path
    assert found == WITHOUT_SESSION


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.method} {page.path}")
@pytest.mark.parametrize("login", ["archives", "technique", "claire", "lambert"])
def test_a_role_without_the_right_is_refused_everywhere(visitor: Visitor, scene: Scene, page, login: str):
    role = {"archives": "archivist", "technique": "technical", "claire": "secretary", "lambert": "doctor"}[login]
    path = page.path.replace("{id}", OPEN)
    body = BODIES.get(path.rsplit("/", 1)[1], {})
    browser = visitor(login)
    answer = browser.request(page.method, path, json=body if page.method != "GET" else None)
    assert (answer.status_code == 403) == (role not in RULES[page.action])
    if answer.status_code == 403:
        assert "Vous n’avez pas le droit" in answer.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/son"),
        ("GET", "/pdf"),
        ("POST", "/prendre"),
        ("POST", "/rendre"),
        ("POST", "/signer"),
        ("PUT", "/texte"),
        ("POST", "/patient"),
        ("POST", "/terminer"),
    ],
)
def test_another_doctor_s_document_does_not_exist(visitor: Visitor, scene: Scene, method: str, path: str):
    browser = visitor("garnier", json=True)
    form = {"data": {"version": "1", "code": "x"}} if path in ("/signer", "/rendre", "/prendre") else {}
    body = {"json": BODIES.get(path[1:], {})} if method != "GET" and not form else {}
    for key in (DONE, "ZZZZZZZZZZ"):
        answer = browser.request(method, f"/documents/{key}{path}", headers={"If-Match": "1"}, **form, **body)
        assert answer.status_code == 404


def test_the_list_of_a_doctor_has_their_own_work_only(visitor: Visitor, scene: Scene):
    assert "DUPONT" in visitor("lambert").get("/").text
    other = visitor("garnier").get("/").text
    assert "DUPONT" not in other
    assert "Rien n’attend" in other
