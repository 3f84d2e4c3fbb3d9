"""Logging in, being recognised, logging out; what every answer carries; what comes from elsewhere is refused."""

import logging
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from archive.errors import StoreAway
from pipeline import store, tables
from pipeline.practice import Practice
from pipeline.web import protection
from pipeline.web.session import COOKIE
from tests.fakes import PASSWORD
from tests.web.conftest import ORIGIN, Visitor
from tests.web.scene import OPEN, Scene


def log_in(client: TestClient, **values: str):
    return client.post("/connexion", data={"login": "claire", "password": PASSWORD, **values})


def test_without_a_session_every_page_leads_to_the_login_and_back(visitor: Visitor, scene: Scene):
    browser = visitor()
    away = browser.get(f"/documents/{OPEN}")
    assert (away.status_code, away.headers["location"]) == (303, f"/connexion?suite=/documents/{OPEN}")
    assert f'value="/documents/{OPEN}"' in browser.get(away.headers["location"]).text
    assert log_in(browser, suite=f"/documents/{OPEN}").headers["location"] == f"/documents/{OPEN}"
    assert log_in(browser, suite="/deposer").headers["location"] == "/deposer"  # a phone's bookmark
    assert browser.get(f"/documents/{OPEN}").status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://example.org", "//example.org", "/documents/../x", "/\\example.org"])
def test_the_login_never_leads_to_another_site(visitor: Visitor, elsewhere: str):
    assert log_in(visitor(), suite=elsewhere).headers["location"] == "/"


def test_a_wrong_password_says_nothing_of_what_was_wrong(visitor: Visitor):
    browser = visitor()
    wrong, unknown = log_in(browser, password="autre-chose"), log_in(browser, login="personne")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert "Identifiant ou mot de passe incorrect" in wrong.text
    assert wrong.text.replace("claire", "personne") == unknown.text
    assert COOKIE not in browser.cookies


def test_five_failures_make_the_account_wait(visitor: Visitor, practice: Practice):
    browser = visitor()
    for _ in range(5):
        log_in(browser, password="autre-chose")
    assert log_in(browser).status_code == 401
    with practice.begin() as connection:
        past = store.now() - timedelta(seconds=1)
        connection.execute(tables.user.update().values(locked_until=past))
    assert log_in(browser).status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(app: Starlette):
    plain = log_in(TestClient(app, base_url=ORIGIN, follow_redirects=False, headers={"Origin": ORIGIN}))
    cookie = plain.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    origin = "https://localhost"
    safe = log_in(TestClient(app, base_url=origin, follow_redirects=False, headers={"Origin": origin}))
    assert "secure" in safe.headers["set-cookie"].lower()


def test_logging_out_ends_the_session_on_the_server_too(visitor: Visitor, scene: Scene):
    browser = visitor("claire")
    token = browser.cookies[COOKIE]
    assert browser.get("/").status_code == 200
    browser.post("/deconnexion", data={})
    browser.cookies.set(COOKIE, token)
    assert browser.get("/").status_code == 303


def test_an_expired_session_is_told_in_french_to_a_script(visitor: Visitor, practice: Practice, scene: Scene):
    browser = visitor("claire", json=True)
    with practice.begin() as connection:
        connection.execute(tables.session.update().values(expires=store.now() - timedelta(seconds=1)))
    answer = browser.put(f"/documents/{OPEN}/texte", json={"text": "x", "heard": []}, headers={"If-Match": "1"})
    assert answer.status_code == 401
    assert "expiré" in answer.json()["advice"]


@pytest.mark.parametrize("path", ["/", "/connexion", "/static/pages.css", f"/documents/{OPEN}", "/nulle-part"])
def test_every_answer_carries_the_protections(visitor: Visitor, scene: Scene, path: str):
    headers = visitor("claire").get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.org"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_change_asked_from_another_site_is_refused(visitor: Visitor, scene: Scene, headers: dict[str, str]):
    browser = visitor("claire")
    answer = browser.post(f"/documents/{OPEN}/prendre", data={}, headers=headers)
    assert answer.status_code == 403
    assert "ne vient pas d’une page de Copiste" in answer.text
    assert browser.get(f"/documents/{OPEN}", headers=headers).status_code == 200


def test_a_change_without_an_origin_is_refused(visitor: Visitor, scene: Scene):
    browser = visitor("claire")
    del browser.headers["Origin"]
    assert browser.post(f"/documents/{OPEN}/prendre", data={}).status_code == 403


@pytest.mark.parametrize("host", ["example.org", "localhost.example.org", "127.0.0.1.nip.io", ""])
def test_a_name_that_is_not_this_machine_s_is_refused(visitor: Visitor, host: str):
    assert visitor().get("/connexion", headers={"Host": host}).status_code == 400


def test_names_of_the_settings_are_answered(practice: Practice):
    web = practice.settings.web.model_copy(update={"names": ("Cabinet.lan",)})
    assert {"cabinet.lan", "localhost", "127.0.0.1", "[::1]"} <= protection.allowed_names(web)


def test_too_much_at_once_is_refused(visitor: Visitor, scene: Scene):
    browser = visitor("claire", json=True)
    body = b"x" * (protection.MOST_BYTES + 1)
    assert browser.put(f"/documents/{OPEN}/texte", content=body, headers={"If-Match": "1"}).status_code == 413


def test_a_store_that_is_away_is_said_to_be_for_a_time(visitor: Visitor, scene: Scene, monkeypatch: pytest.MonkeyPatch):
    def away(*_: object, **__: object):
        raise StoreAway("no answer")

    browser = visitor("claire")
    monkeypatch.setattr("pipeline.review.show", away)
    answer = browser.get(f"/documents/{OPEN}")
    assert (answer.status_code, "StoreAway" in answer.text) == (503, False)


def test_an_unforeseen_error_shows_and_logs_no_word_of_a_patient(
    visitor: Visitor, scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def broken(*_: object, **__: object):
        raise RuntimeError("INSERT INTO patient VALUES ('DUPONT', 'Jean')")

    browser = visitor("claire")
    monkeypatch.setattr("pipeline.review.show", broken)
    with caplog.at_level(logging.DEBUG):
        answer = browser.get(f"/documents/{OPEN}")
    assert answer.status_code == 500
    assert "Une erreur inattendue" in answer.text
    for told in (answer.text, caplog.text):
        assert "DUPONT" not in told
        assert "INSERT" not in told
    assert "RuntimeError" in caplog.text
