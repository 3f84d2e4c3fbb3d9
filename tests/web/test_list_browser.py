"""The work list in a real browser: it stays fresh by itself and takes nothing from under a person's hands."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette

from pipeline import presence
from pipeline.practice import Practice
from pipeline.web import queue
from tests.fakes import People
from tests.pipeline.test_status import add, learn
from tests.web.browsing import chromium, has_chromium, logged_in, served
from tests.web.test_troubles import drop_again

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not has_chromium(), reason="Chromium is not installed"),
]
expect.set_options(timeout=20_000)
REFRESH = "() => document.dispatchEvent(new Event('visibilitychange'))"
LOCKED, SILENT = "L0CKED0001", "S11ENT0001"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, app: Starlette, practice: Practice, people: People) -> Iterator[Page]:
    """Claire at her list: a protected recording, one in which nothing is heard."""
    whose = people.lambert.doctor
    add(practice, id=LOCKED, state="refused-file", reason="E024", doctor=whose, name="DS330100.DS2")
    add(practice, id=SILENT, state="refused-file", reason="E028", doctor=whose, name="muet.wav")
    with served(app) as address:
        page = logged_in(browser, address, "claire", viewport={"width": 1280, "height": 900})
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda told: problems.append(told.text) if "Content Security" in told.text else None)
        yield page
        page.context.close()
    assert problems == []


def focused(page: Page) -> str:
    where: str = page.evaluate("() => document.activeElement.id || document.activeElement.textContent.trim()")
    return where


def refreshed(page: Page) -> None:
    """Ask for a refresh that should not be, and leave it the time of two that are."""
    page.evaluate(REFRESH)
    for _ in range(2):
        page.evaluate("() => fetch('/').then((answer) => answer.text())")


def test_a_dictation_that_arrives_is_shown_without_a_reload(page: Page, practice: Practice, people: People):
    expect(page.get_by_role("heading", name="Dictées à transcrire")).to_have_count(0)
    add(practice, name="nouvelle.wav", doctor=people.lambert.doctor)
    page.evaluate(REFRESH)
    expect(page.get_by_role("row", name="nouvelle.wav")).to_contain_text("Attend son tour")


def test_a_password_being_typed_is_not_taken_away(page: Page, practice: Practice, people: People):
    field = page.get_by_label("Mot de passe du dictaphone")
    field.fill("12")
    add(practice, name="nouvelle.wav", doctor=people.lambert.doctor)
    refreshed(page)
    expect(field).to_have_value("12")
    field.fill("")
    page.evaluate(REFRESH)
    expect(page.get_by_text("nouvelle.wav")).to_be_visible()


def test_what_is_open_or_has_the_focus_stays_so(page: Page, practice: Practice, people: People):
    page.locator(f"#d{SILENT} summary").click()
    expect(page.get_by_text("Cet enregistrement ne sera pas transcrit.").nth(1)).to_be_visible()
    for number, target in enumerate((f"#d{SILENT} summary", f"#d{SILENT} button", f"#p{LOCKED}")):
        page.locator(target).focus()
        held = focused(page)
        add(practice, name=f"nouvelle{number}.wav", doctor=people.lambert.doctor)
        page.evaluate(REFRESH)
        expect(page.get_by_text(f"nouvelle{number}.wav")).to_be_visible()
        assert focused(page) == held
        expect(page.locator(f"#d{SILENT}")).to_have_attribute("open", "")


def test_a_password_is_given_with_the_keyboard_alone(page: Page, monkeypatch: pytest.MonkeyPatch):
    from pipeline.errors import WrongPassword
    from pipeline.people import dictaphones

    def unlock(*_: object) -> int:
        raise WrongPassword("no", advice="Ce mot de passe n'ouvre pas cet enregistrement.")

    monkeypatch.setattr(dictaphones, "unlock", unlock)
    page.get_by_role("link", name="2 fichiers à vérifier").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'troubles'")
    page.keyboard.press("Tab")
    assert focused(page) == f"p{LOCKED}"
    page.keyboard.type("1111")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Ce mot de passe n’ouvre pas cet enregistrement.")
    expect(page.locator(f"#p{LOCKED}")).to_be_focused()  # the browser puts it there once the page has been drawn
    refreshed(page)
    expect(page.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 680, 400, 320])
def test_the_list_fits_any_screen(page: Page, practice: Practice, people: People, width: int):
    learn(practice)
    name = "Dictée_de_Madame_Martin-Lefebvre_consultation_de_cardiologie_du_service.m4a"
    first = add(practice, name=name, doctor=people.lambert.doctor, urgent=True, job=98)
    drop_again(practice, first, doctor=people.garnier.doctor, name=name)
    queue._at_work.cache_clear()
    page.set_viewport_size({"width": width, "height": 900})
    with presence.present(practice, "work"):
        page.reload()
    expect(page.get_by_role("row", name="Martin-Lefebvre")).to_contain_text("prête")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    cells = "[...document.querySelectorAll('td, th, li')]"
    assert page.evaluate(f"() => {cells}.filter((one) => one.scrollWidth > one.clientWidth + 1).length") == 0
