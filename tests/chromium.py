"""The browser that the tests look through: Chromium, from Playwright or the system; without one they say how to get it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

__all__ = ["HOW_TO_INSTALL", "LOCAL", "WatchedPage", "find_chromium", "open_chromium", "open_page", "require_chromium"]

HOW_TO_INSTALL = "There is no Chromium here; this installs one: python -m playwright install chromium"
LOCAL = frozenset({"127.0.0.1", "localhost"})
_OF_A_WIDGET = re.compile(rb'"msg_type":\s*"comm_')
_INSIDE = frozenset({"data", "blob", "about"})
# Debian's browser without windows needs a third less of the processor than the one with; it is the same engine.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def find_chromium() -> str:
    """Return the path of a Chromium, or nothing."""
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    return next((found for name in _NAMES if (found := shutil.which(name))), "")


def require_chromium() -> str:
    """Return the path of a Chromium; without one the test is skipped, or fails on the machine that checks everything."""
    found = find_chromium()
    if not found:
        is_required = os.environ.get("DDMKIT_REQUIRE_BROWSER", "") not in {"", "0"}
        (pytest.fail if is_required else pytest.skip)(HOW_TO_INSTALL)
    return found


@contextmanager
def open_chromium(executable: str) -> Iterator[Browser]:
    """Run a browser until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_OPTIONS))
        try:
            yield browser
        finally:
            browser.close()


class WatchedPage:
    """A page, what it asked of which hosts, the errors that it wrote, and the bytes that its widgets were sent."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[Request] = []
        self.errors: list[str] = []
        self.received = 0
        page.on("request", lambda request: self.asked.append(request))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("websocket", lambda opened: opened.on("framereceived", self._count))

    @property
    def elsewhere(self) -> list[str]:
        """The addresses on other hosts that were asked for."""
        return [one.url for one in self.asked if not _is_here(one.url)]

    def _count(self, frame: str | bytes) -> None:
        sent = frame.encode() if isinstance(frame, str) else frame
        # Not JupyterLab's own talk with the kernel, about its debugger and its state: it is not the form's, and varies.
        self.received += len(sent) if _OF_A_WIDGET.search(sent) else 0


@contextmanager
def open_page(executable: str) -> Iterator[WatchedPage]:
    """Open an empty page in a browser of its own until the block ends."""
    with open_chromium(executable) as browser:
        page = browser.new_page(viewport={"width": 1300, "height": 1600})
        page.set_default_timeout(60_000)
        yield WatchedPage(page)


def _is_here(address: str) -> bool:
    place = urlsplit(address)
    return place.scheme in _INSIDE or place.hostname in LOCAL
