"""Dropping and dictating in a real browser: what was said is on the device until the practice has the same bytes."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, Route, expect
from starlette.applications import Starlette

from pipeline import tables
from pipeline.practice import Practice
from pipeline.sound import audio
from tests.fakes import People
from tests.pipeline.sounds import wav
from tests.web.browsing import CHROMIUM, FLAGS, chromium, has_chromium, log_in, logged_in, served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not has_chromium(), reason="Chromium is not installed"),
]
expect.set_options(timeout=20_000)
PIECES = """() => new Promise((settle) => { const open = indexedDB.open('copiste-dictees', 1);
  open.onsuccess = () => { const asked = open.result.transaction('pieces').objectStore('pieces').getAll();
    asked.onsuccess = () => { open.result.close(); settle(asked.result.map((one) => one.bytes.byteLength)); }; }; })"""
BYTES = """() => new Promise((settle) => { const open = indexedDB.open('copiste-dictees', 1);
  open.onsuccess = () => { const asked = open.result.transaction('pieces').objectStore('pieces').getAll();
    asked.onsuccess = () => { open.result.close();
      settle(asked.result.flatMap((one) => [...new Uint8Array(one.bytes)])); }; }; })"""


@pytest.fixture(scope="module")
def tone(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the microphone hears."""
    heard = tmp_path_factory.mktemp("micro") / "tone.wav"
    heard.write_bytes(wav(5.0))
    return str(heard)


@pytest.fixture(scope="module")
def browser(tone: str) -> Iterator[Browser]:
    with chromium(*microphone(tone)) as browser:
        yield browser


def microphone(tone: str) -> tuple[str, ...]:
    """What makes a browser hear this file, asking nobody."""
    asked = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    return (*asked, f"--use-file-for-fake-audio-capture={tone}")


@pytest.fixture
def address(app: Starlette) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Lambert with a phone, on the page; any error of a script fails the test."""
    page = logged_in(
        browser, address, "lambert", viewport={"width": 400, "height": 800}, permissions=["microphone"]
    )  # fmt: skip
    problems: list[str] = []
    page.context.on("weberror", lambda error: problems.append(str(error.error)))
    page.context.on("console", lambda told: problems.append(told.text) if "Content Security" in told.text else None)
    page.goto(f"{address}/deposer")
    expect(page.get_by_role("button", name="Commencer")).to_be_visible()
    yield page
    page.context.close()
    assert problems == []


def dictations(practice: Practice) -> list[dict[str, Any]]:
    with practice.look() as connection:
        return [dict(row) for row in connection.execute(sa.select(tables.dictation)).mappings()]


def dictate(page: Page, *, pieces: int = 2) -> None:
    """Speak until so many pieces are on the device."""
    page.get_by_role("button", name="Commencer").click()
    expect(page.locator("#mode")).to_have_text("enregistrement en cours")
    while len(page.evaluate(PIECES)) < pieces:
        page.wait_for_timeout(100)


def finish(page: Page) -> None:
    page.get_by_role("button", name="Terminer").click()
    expect(unsent(page)).to_have_count(1)


def kept(page: Page) -> bytes:
    return bytes(page.evaluate(BYTES))


def unsent(page: Page) -> Any:
    return page.locator("#recordings li")


# --- dictating --------------------------------------------------------------------------------------------------------


def test_a_dictation_leaves_the_device_once_the_practice_has_the_same_bytes(
    page: Page, practice: Practice, people: People, tmp_path: Path
) -> None:
    dictate(page)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#mode")).to_have_text("en pause")
    page.get_by_role("button", name="Reprendre").click()
    finish(page)
    expect(unsent(page).get_by_role("button", name="Envoyer")).to_be_focused()
    said = kept(page)
    unsent(page).get_by_role("button", name="Envoyer").click()
    expect(page.locator("#gone li")).to_contain_text("Reçue")
    expect(unsent(page)).to_have_count(0)
    assert page.evaluate(PIECES) == []
    (row,) = dictations(practice)
    assert row["sha256"] == hashlib.sha256(said).hexdigest()
    assert (row["doctor"], row["state"]) == (people.lambert.doctor, "received")
    assert practice.objects.get(row["audio"]) == said
    assert re.fullmatch(r"Dictée \d{4}-\d\d-\d\d \d\dh\d\d\.webm", row["name"])
    (path := tmp_path / "x.webm").write_bytes(said)
    assert audio.decode(path).shape[0] > audio.RATE
    assert row["seconds"] > 1


def test_it_can_be_heard_before_it_is_sent(page: Page) -> None:
    dictate(page)
    finish(page)
    page.get_by_role("button", name="Écouter").click()
    page.wait_for_function("() => document.querySelector('#recordings audio')?.currentTime > 0.2")


def test_a_page_that_closes_in_the_middle_loses_nothing(
    page: Page, address: str, practice: Practice, tmp_path: Path
) -> None:
    dictate(page, pieces=3)
    before = kept(page)
    page.close(run_before_unload=False)
    again = page.context.new_page()
    again.goto(f"{address}/deposer")
    expect(unsent(again)).to_contain_text("Interrompue avant la fin")
    assert kept(again).startswith(before)
    unsent(again).get_by_role("button", name="Envoyer").click()
    expect(again.locator("#gone li")).to_contain_text("Reçue")
    (row,) = dictations(practice)
    assert practice.objects.get(row["audio"]).startswith(before)
    assert row["seconds"] > 1


def test_a_device_that_dies_in_the_middle_loses_a_second_at_most(
    browser: Browser, address: str, practice: Practice, tmp_path: Path, tone: str
) -> None:
    """The browser is killed, not closed; the same device comes back."""

    def device() -> Page:
        context = browser.browser_type.launch_persistent_context(
            tmp_path / "device", executable_path=CHROMIUM, args=[*FLAGS, *microphone(tone)], locale="fr-FR"
        )
        log_in(context.pages[0], address, "lambert")
        context.pages[0].goto(f"{address}/deposer")
        return context.pages[0]

    page = device()
    dictate(page, pieces=4)
    before = kept(page)
    kill(tmp_path / "device")
    again = device()
    expect(unsent(again)).to_contain_text("Interrompue avant la fin")
    assert kept(again).startswith(before)
    unsent(again).get_by_role("button", name="Envoyer").click()
    expect(again.locator("#gone li")).to_contain_text("Reçue")
    again.context.close()
    (row,) = dictations(practice)
    assert practice.objects.get(row["audio"]).startswith(before)
    assert row["seconds"] > 3


def kill(profile: Path) -> None:
    """The power goes: every process of the browser that this test started."""
    ours = psutil.Process().children(recursive=True)
    main = [one for one in ours if any(str(profile) in part for part in one.cmdline())]
    assert main
    for one in [*main, *(child for parent in main for child in parent.children(recursive=True))]:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(main)


def test_a_recording_under_way_is_not_sent_by_another_page(page: Page, address: str, practice: Practice) -> None:
    dictate(page)
    other = page.context.new_page()
    other.goto(f"{address}/deposer")
    expect(other.get_by_role("button", name="Commencer")).to_be_visible()
    expect(unsent(other)).to_have_count(0)
    assert dictations(practice) == []
    other.close()


def test_without_a_network_it_waits_and_leaves_by_itself(page: Page, address: str, practice: Practice) -> None:
    dictate(page)
    page.context.set_offline(True)
    finish(page)
    unsent(page).get_by_role("button", name="Envoyer").click()
    expect(unsent(page)).to_contain_text("La connexion est coupée")
    assert dictations(practice) == []
    page.context.set_offline(False)
    expect(page.locator("#gone li")).to_contain_text("Reçue")
    expect(unsent(page)).to_have_count(0)
    assert len(dictations(practice)) == 1


def test_it_waits_for_the_next_visit_too(page: Page, address: str, practice: Practice) -> None:
    dictate(page)
    page.context.route(
        "**/deposer", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    finish(page)
    unsent(page).get_by_role("button", name="Envoyer").click()
    expect(unsent(page)).to_contain_text("La connexion est coupée")
    page.close()
    page.context.unroute("**/deposer")
    again = page.context.new_page()
    again.goto(f"{address}/deposer")
    expect(again.locator("#gone li")).to_contain_text("Reçue")
    assert len(dictations(practice)) == 1


LIES = (
    {"status": 200, "json": {"files": [{"name": "x", "state": "received", "sentence": "1", "sha256": "0" * 64}]}},
    {"status": 200, "json": {"files": [{"name": "x", "state": "received", "sentence": "2"}]}},
    {"status": 200, "body": "<html>proxy</html>"},
    {"status": 502, "body": ""},
    {"status": 401, "json": {"code": "E067", "advice": "Votre connexion a expiré."}},
    {"status": 413, "json": {"code": "E066", "advice": "Trop volumineux."}},
    {"status": 200, "json": {"files": [{"name": "x", "state": "refused", "sentence": "Non.", "sha256": ""}]}},
)
SAYS = ("pas reçu exactement", "pas reçu exactement", "pas répondu", "pas répondu", "expiré", "Trop volumineux", "Non.")


def test_nothing_else_than_the_same_sha256_erases_it(page: Page) -> None:
    dictate(page)
    finish(page)
    said, lies = kept(page), iter(LIES)

    def lie(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(**next(lies))
        else:
            route.continue_()

    page.route("**/deposer", lie)
    for sentence in SAYS:
        unsent(page).locator(".send").click()
        expect(unsent(page).locator(".told")).to_contain_text(sentence)
        assert kept(page) == said
        expect(page.locator("#gone li")).to_have_count(0)
    assert list(lies) == []


def test_someone_else_s_recordings_are_not_shown(page: Page, browser: Browser, address: str) -> None:
    dictate(page)
    finish(page)
    page.goto(f"{address}/")
    page.get_by_role("button", name="Se déconnecter").click()
    page.get_by_label("Identifiant").fill("garnier")
    page.get_by_label("Mot de passe").fill("mot-de-passe-d'essai")
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/deposer")
    expect(page.locator("#others")).to_contain_text("1 dictée d’une autre personne attend aussi")
    expect(unsent(page)).to_have_count(0)


def test_other_pages_say_that_something_has_not_left_this_device(page: Page, address: str) -> None:
    dictate(page)
    finish(page)
    page.goto(f"{address}/")
    if not page.locator("script[src$='unsent.js']").count():
        page.add_script_tag(url="/static/unsent.js", type="module")
    notice = page.get_by_role("link", name="Une dictée faite sur cet appareil n’a pas été envoyée")
    notice.click()
    expect(unsent(page)).to_have_count(1)


def test_what_another_page_has_sent_is_not_sent_from_here(page: Page, address: str, practice: Practice) -> None:
    """A page shows what waited a few seconds ago: nothing comes back as « not sent », nothing empty is sent."""
    dictate(page)
    finish(page)
    other = page.context.new_page()
    other.goto(f"{address}/deposer")
    expect(unsent(other)).to_have_count(1)
    unsent(page).get_by_role("button", name="Envoyer").click()
    expect(page.locator("#gone li")).to_contain_text("Reçue")
    unsent(other).get_by_role("button", name="Envoyer").click()
    expect(other.locator("#gone li")).to_contain_text("depuis une autre page")
    expect(unsent(other)).to_have_count(0)
    assert [row["state"] for row in dictations(practice)] == ["received"]


def test_erasing_by_hand_asks_first(page: Page) -> None:
    dictate(page)
    finish(page)
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Effacer").click()
    expect(unsent(page)).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Effacer").click()
    expect(unsent(page)).to_have_count(0)
    assert page.evaluate(PIECES) == []


def test_a_device_without_room_stops_and_keeps_what_it_has_in_the_page(page: Page, practice: Practice) -> None:
    dictate(page)
    page.evaluate(
        """() => { const put = IDBObjectStore.prototype.put; IDBObjectStore.prototype.put = function (value) {
        if (value.bytes) throw new DOMException('full', 'QuotaExceededError'); return put.call(this, value); }; }"""
    )
    expect(page.locator("#heard")).to_contain_text("n’a plus de place")
    stored = kept(page)
    unsent(page).get_by_role("button", name="Envoyer").click()
    expect(page.locator("#gone li")).to_contain_text("Reçue")
    (row,) = dictations(practice)
    assert len(practice.objects.get(row["audio"])) > len(stored)
    assert practice.objects.get(row["audio"]).startswith(stored)


def test_a_store_that_the_system_closes_is_opened_again(page: Page, practice: Practice) -> None:
    """Telephones do that to a page they put to sleep: what is said afterwards is kept as before."""
    dictate(page)
    page.evaluate(
        """() => { const real = IDBDatabase.prototype.transaction;
        IDBDatabase.prototype.transaction = function (...how) { window.dead ??= this;
        if (window.dead === this) throw new DOMException('lost', 'InvalidStateError');
        return real.apply(this, how); }; }"""
    )
    page.wait_for_function("() => window.dead")
    before = len(page.evaluate(PIECES))
    while len(page.evaluate(PIECES)) < before + 2 and page.locator("#heard").is_hidden():
        page.wait_for_timeout(100)
    expect(page.locator("#mode")).to_have_text("enregistrement en cours")
    finish(page)
    unsent(page).get_by_role("button", name="Envoyer").click()
    expect(page.locator("#gone li")).to_contain_text("Reçue")
    expect(unsent(page)).to_have_count(0)
    assert len(dictations(practice)) == 1


def test_a_microphone_that_is_refused_is_said(page: Page) -> None:
    page.evaluate("() => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no'); }; }")
    page.get_by_role("button", name="Commencer").click()
    expect(page.locator("#heard")).to_contain_text("Le micro n’a pas pu s’ouvrir")
    expect(page.get_by_role("button", name="Commencer")).to_be_enabled()


def test_silence_is_said_while_one_speaks(browser: Browser, address: str) -> None:
    page = logged_in(browser, address, "lambert", permissions=["microphone"])
    page.goto(f"{address}/deposer")
    page.evaluate(
        """() => { navigator.mediaDevices.getUserMedia = async () =>
        new AudioContext().createMediaStreamDestination().stream; }"""
    )
    page.get_by_role("button", name="Commencer").click()
    expect(page.locator("#heard")).to_contain_text("On n’entend rien")
    page.context.close()


# --- files ------------------------------------------------------------------------------------------------------------


def test_files_are_sent_one_by_one_with_their_answers(browser: Browser, address: str, practice: Practice) -> None:
    page = logged_in(browser, address, "claire")
    page.goto(f"{address}/deposer")
    page.get_by_label("Fichiers du dictaphone").set_input_files(
        [
            {"name": "a.wav", "mimeType": "audio/wav", "buffer": wav(2.0)},
            {"name": "b.wav", "mimeType": "audio/wav", "buffer": wav(2.0, seed=1)},
            {"name": "c.wav", "mimeType": "audio/wav", "buffer": wav(2.0)},
            {"name": "vide.wav", "mimeType": "audio/wav", "buffer": b""},
        ]
    )
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("#sent li")).to_have_count(0)  # no doctor yet: the browser asks for one
    page.get_by_label("Médecin qui a dicté").select_option(label="Dr Hélène Lambert")
    page.get_by_role("button", name="Envoyer").click()
    lines = page.locator("#sent li")
    expect(lines.nth(0)).to_contain_text("Reçue")
    expect(lines.nth(1)).to_contain_text("Reçue")
    expect(lines.nth(2)).to_contain_text("Déjà reçue le")
    expect(lines.nth(3)).to_contain_text("vide")
    assert len(dictations(practice)) == 2
    page.context.close()


def test_a_file_too_large_is_said_before_it_leaves(browser: Browser, address: str, practice: Practice) -> None:
    limited = practice.settings.intake.model_copy(update={"max_megabytes": 1})
    object.__setattr__(practice, "settings", practice.settings.model_copy(update={"intake": limited}))
    page = logged_in(browser, address, "lambert")
    page.goto(f"{address}/deposer")
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.method) if request.method == "POST" else None)
    page.get_by_label("Fichiers du dictaphone").set_input_files(
        {"name": "a.wav", "mimeType": "audio/wav", "buffer": b"x" * 1_100_000}
    )
    page.locator("#send").click()
    expect(page.locator("#sent li")).to_contain_text("dépasse 1 Mo")
    assert posted == []
    page.context.close()


def test_files_can_be_dragged_on_the_page(page: Page, practice: Practice) -> None:
    page.evaluate(
        """(bytes) => { const carried = new DataTransfer();
        carried.items.add(new File([new Uint8Array(bytes)], 'tiré.wav'));
        const drop = new DragEvent('drop', { dataTransfer: carried, bubbles: true, cancelable: true });
        document.getElementById('zone').dispatchEvent(drop); }""",
        list(wav(1.5)),
    )
    expect(page.locator("#sent li")).to_contain_text("Reçue")
    assert [row["name"] for row in dictations(practice)] == ["tiré.wav"]


def test_a_file_is_sent_again_when_the_network_is_back(page: Page, practice: Practice) -> None:
    page.context.set_offline(True)
    page.get_by_label("Fichiers du dictaphone").set_input_files(
        {"name": "a.wav", "mimeType": "audio/wav", "buffer": wav(2.0)}
    )
    page.locator("#send").click()
    expect(page.locator("#sent li")).to_contain_text("La connexion est coupée")
    page.context.set_offline(False)
    expect(page.locator("#sent li")).to_contain_text("Reçue")
    assert len(dictations(practice)) == 1


def test_a_dictaphone_unplugged_in_the_middle_is_said(
    browser: Browser, address: str, practice: Practice, tmp_path: Path
) -> None:
    """Not « the connection is down », for ever: nothing leaves by itself until the dictaphone is plugged in again."""
    page = logged_in(browser, address, "lambert")
    page.goto(f"{address}/deposer")
    for seed, name in enumerate(("DS1.wav", "DS2.wav")):
        (tmp_path / name).write_bytes(wav(2.0, seed=seed))

    def unplug(route: Route) -> None:
        (tmp_path / "DS2.wav").unlink(missing_ok=True)
        route.continue_()

    page.route("**/deposer", lambda route: unplug(route) if route.request.method == "POST" else route.continue_())
    page.get_by_label("Fichiers du dictaphone").set_input_files([tmp_path / "DS1.wav", tmp_path / "DS2.wav"])
    page.locator("#send").click()
    lines = page.locator("#sent li")
    expect(lines.nth(0)).to_contain_text("Reçue")
    expect(lines.nth(1)).to_contain_text("n’est plus lisible")
    expect(lines.nth(1)).to_have_class("refused")
    assert len(dictations(practice)) == 1
    page.context.close()


def test_a_sending_that_hangs_is_given_up_and_tried_again(browser: Browser, address: str, practice: Practice) -> None:
    """A phone that leaves a network keeps a dead line for as long as nobody cuts it."""
    page = logged_in(browser, address, "lambert")
    page.clock.install()
    page.goto(f"{address}/deposer")
    posted: list[Route] = []

    def hang(route: Route) -> None:
        posted.append(route)
        if len(posted) > 1:
            route.continue_()

    page.route("**/deposer", lambda route: hang(route) if route.request.method == "POST" else route.continue_())
    page.get_by_label("Fichiers du dictaphone").set_input_files(
        {"name": "a.wav", "mimeType": "audio/wav", "buffer": wav(2.0)}
    )
    page.locator("#send").click()
    expect(page.locator("#sent li")).to_contain_text("Envoi")
    page.clock.fast_forward("10:00")
    expect(page.locator("#sent li")).to_contain_text("La connexion est coupée")
    page.clock.run_for(15_000)
    expect(page.locator("#sent li")).to_contain_text("Reçue")
    assert len(dictations(practice)) == 1
    page.context.close()


def test_the_page_works_without_scripts(browser: Browser, address: str, practice: Practice) -> None:
    page = logged_in(browser, address, "claire", java_script_enabled=False)
    page.goto(f"{address}/deposer")
    expect(page.get_by_role("button", name="Commencer")).to_be_hidden()
    page.get_by_label("Médecin qui a dicté").select_option(label="Médecin à préciser")
    page.get_by_label("Fichiers du dictaphone").set_input_files(
        {"name": "a.wav", "mimeType": "audio/wav", "buffer": wav(2.0)}
    )
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("#sent li")).to_contain_text("Reçue")
    assert [row["doctor"] for row in dictations(practice)] == [None]
    page.context.close()


@pytest.mark.parametrize("width", [360, 400, 680, 1280])
def test_the_page_fits_its_width(browser: Browser, address: str, width: int) -> None:
    page = logged_in(
        browser, address, "claire", viewport={"width": width, "height": 800}, permissions=["microphone"]
    )  # fmt: skip
    page.goto(f"{address}/deposer")
    page.get_by_label("Médecin qui a dicté").select_option(index=1)
    dictate(page)
    finish(page)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.context.close()
