"""The pages in a real browser: what a secretary and a doctor do with mouse and keyboard, and what the marks do."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette

from pipeline import review
from pipeline.practice import Practice
from tests.fakes import CODE, People
from tests.web.browsing import chromium, has_chromium, logged_in, served, write
from tests.web.scene import DONE, OPEN, Scene, furnish

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not has_chromium(), reason="Chromium is not installed"),
]
expect.set_options(timeout=20_000)
PICTURES = Path(__file__).parent.parent / "pictures"
MARKED = """(name) => [...(CSS.highlights.get(name) ?? [])].map((range) => range.toString())"""
NOW = "() => document.getElementById('audio').currentTime"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def scene(practice: Practice, people: People) -> Scene:
    return furnish(practice, people)


@pytest.fixture
def address(app: Starlette, scene: Scene) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Claire at the review page, the document in her hands; any error of a script fails the test."""
    page = logged_in(browser, address, "claire", viewport={"width": 1280, "height": 800})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda told: problems.append(told.text) if "Content Security" in told.text else None)
    page.goto(f"{address}/documents/{OPEN}")
    page.get_by_role("button", name="Prendre").click()
    expect(page.locator("#left")).to_have_text("4 passages à vérifier")
    page.wait_for_function("() => document.getElementById('audio').readyState > 0")
    yield page
    page.context.close()
    assert problems == []


def marked(page: Page, name: str) -> list[str]:
    found: list[str] = page.evaluate(MARKED, name)
    return found


def text(page: Page) -> str:
    return page.locator("#text").inner_text()


def put_caret(page: Page, word: str, *, after: bool = False) -> None:
    """Click on a word, where it is on the screen."""
    box = page.evaluate(
        """(word) => { const node = document.getElementById('text').firstChild, at = node.data.indexOf(word),
        range = document.createRange(); range.setStart(node, at); range.setEnd(node, at + word.length);
        const box = range.getBoundingClientRect(); return [box.left, box.right, box.top + box.height / 2]; }""",
        word,
    )
    page.mouse.click(box[1] - 1 if after else box[0] + 2, box[2])


def selected(page: Page) -> str:
    chosen: str = page.evaluate("() => getSelection().toString()")
    return chosen


def arrives(page: Page, at: float) -> None:
    """The player comes to rest at that second."""
    page.wait_for_function(
        "(at) => { const audio = document.getElementById('audio');"
        " return !audio.seeking && Math.abs(audio.currentTime - at) < 0.05; }",
        arg=at,
    )


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_text("Enregistré")


def test_the_list_leads_to_the_document_and_taking_it_opens_it(browser: Browser, address: str) -> None:
    page = logged_in(browser, address, "claire")
    page.get_by_role("link", name="Ouvrir").click()
    expect(page.locator("#saved")).to_have_text("Lecture seule")
    assert not page.locator("#text").evaluate("(text) => text.isContentEditable")
    page.get_by_role("button", name="Prendre").click()
    expect(page.locator("#saved")).to_have_text("Enregistré")
    assert page.locator("#text").evaluate("(text) => text.isContentEditable")
    page.context.close()


def test_marks_are_painted_and_the_page_holds_nothing_but_text(page: Page) -> None:
    assert marked(page, "block") == ["apixabon", "10 mg"]
    assert marked(page, "look") == ["145/85", "ortique"]
    assert marked(page, "hint") == ["HTA"]
    assert page.locator("#text > *").count() == 0
    assert page.locator("#flags li").count() == 4
    expect(page.locator("#flags li").first).to_contain_text("Médicament inconnu")
    expect(page.locator("#flags li").first).to_contain_text(re.compile(r"à 0:\d\d"))
    expect(page.locator("#flags li").first).to_contain_text("à régler avant de terminer")


def test_a_click_on_a_word_goes_to_its_sound_and_a_double_click_plays(page: Page) -> None:
    put_caret(page, "Souffle")
    word = page.evaluate("() => JSON.parse(document.getElementById('dictation').textContent)")
    at = word["before"].index("Souffle")
    said = next(span["seconds"][0] for span in word["spans"] if span["start"] == at)
    arrives(page, said)
    assert page.evaluate("() => document.getElementById('audio').paused")
    page.locator("#text").press("F4")
    page.wait_for_function("() => CSS.highlights.get('heard')?.size === 1")
    assert marked(page, "heard") == ["Souffle"]


def test_pausing_steps_back_and_keys_move_and_change_the_speed(page: Page) -> None:
    put_caret(page, "permanente")
    before = page.evaluate(NOW)
    page.keyboard.press("F7")
    arrives(page, before - 3)
    page.keyboard.press("F8")
    page.keyboard.press("F8")
    page.keyboard.press("F7")
    arrives(page, before)
    page.keyboard.press("F3")
    page.keyboard.press("F3")
    expect(page.locator("#rateout")).to_have_text("×1,2")
    page.evaluate(
        """() => { const audio = document.getElementById('audio'); window.furthest = 0;
        const look = () => { window.furthest = Math.max(window.furthest, audio.currentTime);
        requestAnimationFrame(look); }; look(); }"""
    )
    page.keyboard.press("F4")
    page.wait_for_function("(since) => window.furthest > since + 0.2", arg=before)
    page.keyboard.press("F4")
    page.wait_for_function("() => document.getElementById('audio').currentTime < window.furthest - 1")
    assert page.evaluate("() => document.getElementById('audio').paused")


def test_a_pedal_plays_while_it_is_held(page: Page) -> None:
    page.evaluate(
        """() => { window.pad = {buttons: [0, 1, 2].map(() => ({pressed: false}))};
        navigator.getGamepads = () => [window.pad]; dispatchEvent(new Event('gamepadconnected'));
        window.pad.buttons[1].pressed = true; }"""
    )
    page.wait_for_function("() => !document.getElementById('audio').paused")
    page.evaluate("() => { window.pad.buttons[1].pressed = false; }")
    page.wait_for_function("() => document.getElementById('audio').paused")


def test_tab_goes_from_stop_to_stop_and_leaves_after_the_last(page: Page) -> None:
    page.locator("#text").focus()
    visited = []
    for _ in range(4):
        page.keyboard.press("Tab")
        visited.append(selected(page))
    assert visited == ["apixabon", "10 mg", "145/85", "ortique"]
    expect(page.locator("#say")).to_contain_text("4 sur 4")
    page.keyboard.press("Shift+Tab")
    assert selected(page) == "145/85"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.id") != "text"


def test_a_suggestion_replaces_and_undo_brings_text_and_mark_back(page: Page) -> None:
    page.locator("#text").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Alt+1")
    assert "apixaban 5 mg" in text(page)
    assert marked(page, "block") == ["10 mg"]
    expect(page.locator("#left")).to_have_text("3 passages à vérifier")
    page.keyboard.press("Control+z")
    assert "apixabon 5 mg" in text(page)
    assert marked(page, "block") == ["apixabon", "10 mg"]
    expect(page.locator("#left")).to_have_text("4 passages à vérifier")
    page.keyboard.press("Control+Shift+z")
    assert marked(page, "block") == ["10 mg"]
    page.locator("#flags li", has_text="ortique").get_by_role("button", name="Remplacer par aortique").click()
    assert "foyer aortique" in text(page)


def test_typing_is_undone_by_words_and_correcting_by_hand_closes_the_place(page: Page) -> None:
    before = text(page)
    put_caret(page, "apixabon", after=True)
    page.keyboard.type("e depuis quatre ans", delay=10)
    assert marked(page, "block") == ["10 mg"]
    undone = 0
    while text(page) != before:
        page.keyboard.press("Control+z")
        undone += 1
        assert undone <= 4, "each key became a step of its own"
    assert marked(page, "block") == ["apixabon", "10 mg"]


def test_pasted_text_arrives_plain(page: Page) -> None:
    put_caret(page, "Bien confraternellement")
    page.evaluate(
        """() => { const data = new DataTransfer(); data.setData('text/html', '<b onclick="x()">gras</b><img src=x>');
        data.setData('text/plain', 'gras'); const event = new ClipboardEvent('paste', {clipboardData: data,
        bubbles: true, cancelable: true}); document.getElementById('text').dispatchEvent(event);
        if (!event.defaultPrevented) document.execCommand('insertText', false, 'gras'); }"""
    )
    assert page.locator("#text b, #text img").count() == 0


def test_heard_right_goes_on_to_the_next_and_can_be_taken_back(page: Page) -> None:
    page.locator("#text").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Control+Enter")
    assert marked(page, "block") == ["10 mg"]
    assert selected(page) == "10 mg"
    page.get_by_text("Entendus (1)").click()
    page.get_by_role("button", name="Remettre à vérifier").click()
    assert marked(page, "block") == ["apixabon", "10 mg"]
    put_caret(page, "Bien confraternellement")
    page.keyboard.press("Control+Enter")
    assert len(marked(page, "block")) == 2


def test_what_is_typed_is_kept_and_there_again_after_a_reload(page: Page, practice: Practice, people: People) -> None:
    page.locator("#text").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Control+Enter")
    put_caret(page, "Bien confraternellement")
    page.keyboard.type("𝄞 Merci. ", delay=15)
    expect(page.locator("#saved")).not_to_have_text("Enregistré")
    saved(page)
    opened = review.show(practice, people.claire, OPEN)
    assert "𝄞 Merci. Bien confraternellement" in opened.review.text
    assert [one.flag for one in opened.review.settled if one.how == "heard"] == [1]
    page.reload()
    expect(page.locator("#left")).to_have_text("3 passages à vérifier")
    assert "𝄞 Merci. Bien" in text(page)
    assert marked(page, "look") == ["145/85", "ortique"]


def test_a_conflict_is_told_and_never_overwrites(page: Page, practice: Practice, people: People) -> None:
    version = review.show(practice, people.claire, OPEN).row["version"]
    review.save(practice, people.claire, OPEN, version=version, text="Tapé ailleurs.")
    put_caret(page, "Bien confraternellement")
    page.keyboard.type("x")
    expect(page.locator("#alert")).to_contain_text("modifié entre-temps")
    expect(page.locator("#saved")).to_have_text("Non enregistré")
    assert review.show(practice, people.claire, OPEN).review.text == "Tapé ailleurs."
    assert "xBien" in text(page)


def test_a_cut_network_keeps_the_text_and_saves_when_it_is_back(page: Page, practice: Practice, people: People) -> None:
    page.context.set_offline(True)
    put_caret(page, "Bien confraternellement")
    page.keyboard.type("x")
    expect(page.locator("#alert")).to_contain_text("La connexion est coupée")
    page.context.set_offline(False)
    saved(page)
    expect(page.locator("#alert")).to_be_hidden()
    assert "xBien" in review.show(practice, people.claire, OPEN).review.text


def test_the_patient_is_chosen_among_namesakes_and_a_wrong_one_is_told(page: Page) -> None:
    people = page.locator(".people").first.get_by_role("button")
    assert people.count() == 2
    people.filter(has_text="02/07/1961").click()
    expect(page.locator("#patient")).to_contain_text("La date de naissance écrite dans le texte n’est pas celle")
    page.get_by_role("button", name="Changer").click()
    page.locator(".people").first.get_by_role("button").filter(has_text="12/03/1954").click()
    expect(page.locator("#patient .chosen")).to_contain_text("12/03/1954")
    expect(page.locator("#patient .notice")).to_be_hidden()


def test_a_patient_is_searched_and_a_new_one_added(page: Page) -> None:
    page.get_by_text("Chercher ou ajouter un patient").click()
    page.get_by_label("Chercher dans le fichier").fill("dupond")
    expect(page.locator(".people").nth(1).get_by_role("button")).to_have_count(2)
    page.get_by_text("Nouveau patient").click()
    page.get_by_label("Date de naissance").fill("12/03/1954")
    page.get_by_role("button", name="Ajouter et choisir").click()
    expect(page.locator("#patient .notice")).to_contain_text("même nom est déjà dans le fichier")
    page.get_by_role("button", name="Non, c’est une autre personne").click()
    expect(page.locator("#patient .chosen")).to_contain_text("DUPONT Jean")
    saved(page)


def test_finishing_waits_for_every_reason_and_then_leads_to_the_list(
    page: Page, practice: Practice, people: People
) -> None:
    finish = page.get_by_role("button", name="Relecture terminée")
    expect(finish).to_be_disabled()
    expect(page.locator("#why")).to_have_text("Il reste 2 passages à régler avant de terminer.")
    page.locator("#text").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Alt+1")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#why")).to_have_text("Choisissez d’abord le patient.")
    page.locator(".people").first.get_by_role("button").filter(has_text="12/03/1954").click()
    expect(page.locator("#why")).to_have_text("2 passages signalés sans réponse.")
    finish.click()
    expect(page.locator("#done")).to_contain_text("Relecture terminée")
    opened = review.show(practice, people.claire, OPEN)
    assert (opened.row["state"], "apixaban" in opened.review.text) == ("preparing", True)


def test_someone_else_s_document_is_read_only_and_can_be_taken_over(page: Page, browser: Browser, address: str) -> None:
    doctor = logged_in(browser, address, "lambert")
    doctor.goto(f"{address}/documents/{OPEN}")
    expect(doctor.locator(".take")).to_contain_text("Claire relit ce document")
    doctor.get_by_role("button", name="Prendre la suite de Claire").click()
    expect(doctor.locator("#saved")).to_have_text("Enregistré")
    put_caret(page, "Bien confraternellement")
    page.keyboard.type("x")
    expect(page.locator("#alert")).to_contain_text("Une autre personne relit ce document")
    doctor.context.close()


def test_the_doctor_signs_or_sends_back(browser: Browser, address: str, practice: Practice, people: People) -> None:
    page = logged_in(browser, address, "lambert")
    page.get_by_role("link", name="Signer").click()
    expect(page.locator(".identity")).to_contain_text("né(e) le 12/03/1954")
    assert page.locator("object").get_attribute("data").startswith(f"/documents/{DONE}/pdf#")
    write(page.get_by_label("Code de signature"), "faux")
    page.get_by_role("button", name="Signer").click()
    expect(page.get_by_role("alert")).to_contain_text("Vérifiez le code")
    write(page.get_by_label("Code de signature"), CODE)
    page.get_by_role("button", name="Signer").click()
    page.wait_for_url(f"{address}/")
    assert review.show(practice, people.lambert, DONE).row["state"] == "signed"
    page.context.close()


@pytest.mark.parametrize("width", [1280, 680, 320])
def test_nothing_overflows_sideways(browser: Browser, address: str, width: int) -> None:
    document = (f"/documents/{OPEN}", f"/documents/{DONE}")
    of_a_doctor = ("/acces", "/remplacements", f"/documents/{DONE}/consultations")
    for login, paths in (("claire", ("/", *document)), ("lambert", (*document, *of_a_doctor))):
        page = logged_in(browser, address, login, viewport={"width": width, "height": 700})
        for path in paths:
            page.goto(address + path)
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width, path
        page.context.close()


def test_the_picture_of_the_readme(page: Page) -> None:
    page.locator(".people").first.get_by_role("button").filter(has_text="12/03/1954").click()
    page.locator("#text").focus()
    page.keyboard.press("Tab")
    saved(page)
    PICTURES.mkdir(exist_ok=True)
    page.wait_for_timeout(300)
    page.screenshot(path=PICTURES / "review.png", animations="disabled", caret="hide")
    assert (PICTURES / "review.png").stat().st_size > 20_000
