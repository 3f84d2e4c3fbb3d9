"""The dictations that wait, as the work list shows them: in order, with a time, and only to those who reach them."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from pipeline import accounts, presence, store, tables
from pipeline.practice import Practice
from pipeline.web import queue
from tests.fakes import People
from tests.pipeline.test_status import add, learn, watch
from tests.web.conftest import Visitor


@pytest.fixture(autouse=True)
def just_looked() -> Iterator[None]:
    """Who is at work is remembered for some seconds: not from one test to the next."""
    queue._at_work.cache_clear()
    yield
    queue._at_work.cache_clear()


def plain(page: str) -> str:
    """What a page says, in one line with plain spaces."""
    text = re.sub(r"<script.*?</script>|<[^>]*>", " ", page, flags=re.S).replace("’", "'")
    return re.sub(r"[\s\u00a0\u202f]+", " ", text)


def listed(browser: TestClient) -> str:
    answer = browser.get("/")
    assert answer.status_code == 200
    return plain(answer.text)


def dictate(practice: Practice, name: str, **values: Any) -> str:
    return add(practice, name=name, **values)


def test_the_queue_is_shown_in_its_order_with_what_is_known_of_each(
    visitor: Visitor, practice: Practice, people: People
):
    learn(practice)
    moment, whose = store.now(), people.lambert.doctor
    dictate(practice, "ordinaire.wav", doctor=whose, seconds=125.0)
    dictate(practice, "pressée.wav", doctor=None, seconds=45.0, urgent=True, due=moment + timedelta(minutes=5))
    begun = {"state": "transcribing", "since": moment, "due": moment + timedelta(days=2)}
    said = moment.replace(month=11, day=20, hour=17, minute=2)
    dictate(practice, "DS330098.DS2", doctor=whose, recorded=said, job=98, **begun)
    with presence.present(practice, "work"):
        page = listed(visitor("claire"))
    assert page.index("DS330098.DS2") < page.index("pressée.wav") < page.index("ordinaire.wav")
    assert "Dictées à transcrire 3" in page
    assert "le 20 novembre à 18 h 02, n° 98 En cours d'écoute prête" in page
    assert re.search(r"pressée\.wav Urgent Médecin à préciser 45 s Attend son tour prête", page)
    assert re.search(r"ordinaire\.wav Hélène Lambert 2 min 05 Attend son tour prête( demain)? vers \d+ h", page)
    assert page.count("Urgent") == 1


def test_the_whole_queue_counts_but_only_one_s_own_is_shown(visitor: Visitor, practice: Practice, people: People):
    learn(practice)
    dictate(practice, "a.wav", doctor=people.lambert.doctor, seconds=4 * 3600.0)
    dictate(practice, "b.wav", doctor=people.garnier.doctor, due=store.now() + timedelta(hours=9))
    with presence.present(practice, "work"):
        page = listed(visitor("garnier"))
        alone = queue.shown(practice, people.garnier)
    assert "Dictées à transcrire 1" in page
    assert "a.wav" not in page
    assert "b.wav" in page
    assert "dans un instant" not in alone.lines[0].ready  # two hours of another's sound come first


def test_no_time_is_promised_while_nothing_transcribes_and_it_is_said(
    visitor: Visitor, practice: Practice, people: People
):
    dictate(practice, "a.wav", doctor=people.lambert.doctor)
    with presence.present(practice, "serve"):
        page = listed(visitor("claire"))
    assert "prête" not in page
    assert "1 dictée attend, et aucune machine ne transcrit" in page


def test_a_dock_of_dictaphones_emptied_at_once_is_counted(
    visitor: Visitor, practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queue, "LONGEST", 2)
    for n in range(5):
        dictate(practice, f"file{n}.wav", doctor=people.lambert.doctor, due=store.now() + timedelta(hours=n))
    with presence.present(practice, "work"):
        page = listed(visitor("claire"))
    assert "Dictées à transcrire 5" in page
    assert ("file1.wav" in page, "file2.wav" in page) == (True, False)
    assert re.search(r"Et 3 autres, la dernière prête( demain)? vers", page)


def test_nothing_waits_and_nothing_is_said_of_it(visitor: Visitor, practice: Practice):
    page = listed(visitor("claire"))
    assert "Rien n'attend" in page
    assert "Dictées à transcrire" not in page
    assert "À savoir" not in visitor("claire").get("/").text


def test_what_keeps_work_from_going_on_is_said_on_the_page(visitor: Visitor, practice: Practice, people: People):
    watch(practice, problem="E176", since=store.now())
    with practice.begin() as connection:
        accounts.add_scope(connection, "claire", doctor=people.lambert.doctor)
    assert "« /srv/dictees » (ACCUEIL)" in listed(visitor("claire"))
    assert "ne tape pour Dr Paul Garnier" not in listed(visitor("claire"))
    assert "ne tape pour Dr Paul Garnier" in listed(visitor("garnier"))


@pytest.mark.parametrize(
    ("login", "links"),
    [("claire", ["/deposer", "/absences"]), ("lambert", ["/deposer", "/absences", "/remplacements", "/acces"])],
)
def test_the_other_pages_are_one_click_away(visitor: Visitor, practice: Practice, login: str, links: list[str]):
    page = visitor(login).get("/").text
    nav = re.search(r"<nav.*?</nav>", page, re.S)
    assert nav
    assert re.findall(r'href="([^"]*)"', nav[0]) == links


def test_the_review_page_says_how_it_was_recorded(visitor: Visitor, practice: Practice, scene):
    from tests.web.scene import OPEN

    browser = visitor("claire")
    assert "La dictée" not in plain(browser.get(f"/documents/{OPEN}").text)
    said = store.now().replace(month=11, day=20, hour=17, minute=2)
    values = {"recorded": said, "job": 98, "comment": "Dossier <b>bleu</b>", "remarks": '["noisy", "of-tomorrow"]'}
    with practice.begin() as connection:
        connection.execute(tables.dictation.update().where(tables.dictation.c.id == "D0PSTE0000").values(**values))
    page = browser.get(f"/documents/{OPEN}").text
    assert "La dictée Dictée le 20 novembre à 18 h 02, n° 98 Commentaire du dictaphone : " in plain(page)
    assert "Dossier &lt;b&gt;bleu&lt;/b&gt;" in page
    assert "Le bruit de fond couvre la voix : dictez dans un endroit plus calme." in plain(page)
