"""A real browser on a real server of this machine."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from starlette.applications import Starlette

from tests.fakes import PASSWORD

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required", "--mute-audio",
]  # fmt: skip


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The pages on a free port; gives their address."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False, lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        threading.Event().wait(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Debian's Chromium, without a screen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


def logged_in(browser: Browser, address: str, login: str, **options: Any) -> Page:
    """A page of someone who has logged in, that fails the test on any script error or refused resource."""
    context = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", **options)
    page = context.new_page()
    log_in(page, address, login)
    return page


def log_in(page: Page, address: str, login: str) -> None:
    """Log in on a page that has nobody."""
    page.set_default_timeout(15000)
    page.goto(address)
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(f"{address}/")


def write(field: Locator, text: str) -> None:
    """Fill a field beside a PDF, again as long as the browser's own viewer, while it loads, takes what is typed."""
    field.fill(text)
    while field.input_value() != text:
        field.fill(text)


def has_chromium() -> bool:
    """Whether there is a browser to drive."""
    return Path(CHROMIUM).exists()
