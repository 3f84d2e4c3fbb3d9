"""The page of absences: written and ended there by whoever is away; what a cover sees on the other pages."""

import re
from datetime import date, timedelta

import pytest
from starlette.testclient import TestClient

from pipeline import store, trace
from pipeline.people import absences, members, pools
from pipeline.practice import Practice
from tests.fakes import People
from tests.pipeline.cast import join, lines, now
from tests.web.conftest import Visitor
from tests.web.scene import DONE, OPEN, Scene
from tests.web.test_pages import AVOID

CANARY = "DUPONT"


@pytest.fixture
def today(practice: Practice) -> date:
    return store.now().astimezone(practice.settings.zone).date()


@pytest.fixture(autouse=True)
def karim(practice: Practice, people: People, scene: Scene) -> None:
    """Claire works for Lambert, Karim for nobody."""
    members.change_scope(practice, people.archives, "claire", everyone=False, of=["lambert"])
    join(practice, "karim", "secretary", everyone=False)


def send(browser: TestClient, practice: Practice, begins: date, until: date, cover: str = "", **more: str) -> int:
    whose = now(practice, cover).id if cover else ""
    days = {"begins": begins.isoformat(), "until": until.isoformat()}
    return browser.post("/absences", data={"cover": whose, **days, **more}).status_code


def only(practice: Practice) -> dict:
    (one,) = absences.listing(practice, now(practice, "archives"))
    return one


def test_a_secretary_writes_her_absence_and_ends_it_there(visitor: Visitor, practice: Practice, today: date):
    browser = visitor("claire")
    assert f'value="{today.isoformat()}"' in browser.get("/absences").text
    assert send(browser, practice, today, today + timedelta(days=3), "karim") == 303
    one = only(practice)
    assert (one["login"], one["cover"], one["running"]) == ("claire", "karim", True)
    page = browser.get("/absences").text
    assert "Mettre fin" in page
    assert f"du {today:%d/%m/%Y} au {today + timedelta(days=3):%d/%m/%Y}" in page
    assert "par Karim" in page
    assert "Mettre fin" not in visitor("karim").get("/absences").text
    assert visitor("karim").post(f"/absences/{one['id']}/finir", data={}).status_code == 403
    assert browser.post(f"/absences/{one['id']}/finir", data={}).status_code == 303
    assert "Aucune absence en cours ni à venir" in browser.get("/absences").text


def test_nobody_writes_the_absence_of_a_colleague_by_changing_the_form(
    visitor: Visitor, practice: Practice, people: People, today: date
):
    browser = visitor("karim")
    assert send(browser, practice, today, today, "karim", user=people.claire.id) == 403
    assert absences.listing(practice, people.archives) == []
    assert send(visitor("lambert"), practice, today, today, "karim", user=people.claire.id) == 403
    assert send(visitor("archives"), practice, today, today, "karim", user=people.claire.id) == 303
    assert only(practice)["login"] == "claire"


def test_a_cover_sees_the_work_on_the_days_of_the_absence_only(visitor: Visitor, practice: Practice, today: date):
    browser, paths = visitor("karim"), (f"/documents/{OPEN}", f"/documents/{OPEN}/son", f"/documents/{DONE}/pdf")
    reached = lambda: {browser.get(path).status_code for path in paths} | {CANARY in browser.get("/").text}  # noqa: E731
    assert reached() == {404, False}
    send(visitor("claire"), practice, today + timedelta(days=1), today + timedelta(days=2), "karim")
    assert reached() == {404, False}
    absences.end(practice, now(practice, "archives"), only(practice)["id"])
    send(visitor("claire"), practice, today, today, "karim")
    assert reached() == {200, True}
    running = next(one for one in absences.listing(practice, now(practice, "archives")) if one["running"])
    visitor("claire").post(f"/absences/{running['id']}/finir", data={})
    assert reached() == {404, False}


def test_what_a_cover_reads_bears_their_own_name_in_the_log(
    visitor: Visitor, practice: Practice, people: People, today: date
):
    send(visitor("claire"), practice, today, today, "karim")
    visitor("karim").get(f"/documents/{DONE}/pdf")
    found = {line[0] for line in lines(practice, subject=DONE)}
    assert found == {now(practice, "karim").id}
    assert trace.log(practice, people.archives, account="karim", document=DONE)


@pytest.mark.parametrize(
    ("begins", "until", "told"),
    [("2020-01-01", "2020-01-02", "déjà finie"), ("", "2999-01-01", "comme 14/12/2026"), ("x", "y", "comme 14/12")],
)
def test_a_refusal_is_told_on_the_form_which_keeps_what_was_typed(
    visitor: Visitor, practice: Practice, begins: str, until: str, told: str
):
    karim = now(practice, "karim").id
    sent = visitor("claire").post("/absences", data={"begins": begins, "until": until, "cover": karim})
    assert (sent.status_code, told in sent.text) == (422, True)
    assert f'value="{until}"' in sent.text
    assert f'<option value="{karim}" selected>' in sent.text


def test_a_day_typed_the_french_way_is_read(visitor: Visitor, practice: Practice, today: date):
    days = {"begins": f"{today:%d/%m/%Y}", "until": f" {today:%d/%m/%Y} "}
    assert visitor("claire").post("/absences", data=days).status_code == 303
    assert only(practice)["until"] == today.isoformat()


def test_what_is_sent_is_shown_as_text(visitor: Visitor):
    sent = visitor("claire").post("/absences", data={"begins": '"><img src=x>', "until": "<b>", "cover": "<i>"})
    assert "<img" not in sent.text
    assert "<b>" not in sent.text


def test_the_page_says_who_types_for_whom_today_and_who_has_nobody(
    visitor: Visitor, practice: Practice, people: People, today: date
):
    pools.add(practice, people.archives, name="Pool")
    pools.assign(practice, people.archives, "Pool", of=["garnier"], to=["karim"])
    page = " ".join(visitor("lambert").get("/absences").text.split())
    assert 'Dr Paul Garnier</th><td>Karim <span class="soft">(pool)</span></td>' in page
    assert "Noter" not in page
    send(visitor("claire"), practice, today, today)
    page = " ".join(visitor("technique").get("/absences").text.split())
    assert 'Dr Hélène Lambert</th><td><span class="late">Personne</span></td>' in page
    assert "personne de désigné" in page
    assert f"le {today:%d/%m/%Y}" in page


def test_the_page_uses_no_word_to_avoid(visitor: Visitor, practice: Practice, today: date):
    send(visitor("claire"), practice, today, today, "karim")
    page = visitor("archives").get("/absences").text.lower()
    assert [word for word in AVOID if re.search(rf"\b{word}", re.sub(r"<[^>]*>", " ", page))] == []


def test_the_archivist_chooses_who_and_a_secretary_does_not(visitor: Visitor):
    assert "Noter une absence" in (page := visitor("archives").get("/absences").text)
    assert 'name="user"' in page
    assert "Travail</a>" not in page  # a page that they may not open
    assert "Noter mon absence" in (page := visitor("claire").get("/absences").text)
    assert 'name="user"' not in page
    assert "Travail</a>" in page
