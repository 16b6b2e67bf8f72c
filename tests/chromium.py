"""A real browser that notes which hosts a page calls and what it complains of; skipped only where there is none."""

import os
import shutil
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
LOCAL = {"127.0.0.1", "localhost"}
INSIDE = {"data", "blob", "about"}


def find_chromium():
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


needs_chromium = pytest.mark.skipif(
    not find_chromium() and os.environ.get("DDMKIT_REQUIRE_BROWSER") != "1", reason="no Chromium on this machine"
)


class Watched:
    """A page, the hosts elsewhere that it called, and the errors that it wrote."""

    def __init__(self, page):
        self.page, self.elsewhere, self.errors = page, [], []
        page.on("request", self._note)
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note(self, request):
        place = urlsplit(request.url)
        if place.scheme not in INSIDE and place.hostname not in LOCAL:
            self.elsewhere.append(request.url)


@contextmanager
def open_page():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        try:
            page = browser.new_page(viewport={"width": 1300, "height": 1600})
            page.set_default_timeout(60_000)
            yield Watched(page)
        finally:
            browser.close()
