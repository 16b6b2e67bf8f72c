"""What a person feels on the page, measured in a real browser: a key pressed in a long list, until it is drawn anew."""

from __future__ import annotations

import statistics
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.large_lists import press_key_in_search, search_among_backups
from tests.browser.page_session import Stage
from tests.browser.servers import serve_notebooks
from tests.chromium import open_chromium

__all__ = ["measure_key"]

_WARM_UP = 2


def measure_key(executable: str, home: Path, runs: int) -> tuple[float, float]:
    """Return the median of the seconds from a key to the redrawn list, and the most kilobytes that one sent to the page."""
    expect.set_options(timeout=60_000)
    with open_chromium(executable) as browser, serve_notebooks("lab", home / "lab") as server:
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        stage = Stage(server, context, home)
        try:
            opened = stage.open_form()
            form = search_among_backups(opened)
            seconds, sent = [], []
            for _ in range(runs + _WARM_UP):
                for key in ("7", "Backspace"):
                    before = opened.watched.received
                    seconds.append(press_key_in_search(form, key))
                    sent.append((opened.watched.received - before) / 1_000)
        finally:
            stage.close()
            context.close()
    return statistics.median(seconds[2 * _WARM_UP :]), max(sent)
