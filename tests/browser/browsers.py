"""The browser that the tests look through: Chromium, from the system or from Playwright; without one they say how to get it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

__all__ = ["HOW_TO_INSTALL", "find_browser", "open_browser"]

HOW_TO_INSTALL = "There is no Chromium for this test; this installs one: python -m playwright install chromium"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def find_browser() -> str:
    """Give the path of a Chromium, or nothing."""
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    return next((found for name in _NAMES if (found := shutil.which(name))), "")


def is_required() -> bool:
    """Whether a missing browser is a failure, as on the machine that checks everything."""
    return os.environ.get("DDMKIT_REQUIRE_BROWSER", "") not in {"", "0"}


@contextmanager
def open_browser(executable: str) -> Iterator[Browser]:
    """Run a browser until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_OPTIONS))
        try:
            yield browser
        finally:
            browser.close()
