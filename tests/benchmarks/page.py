"""What a person feels on the page, measured in a real browser: the time to the form, and a key pressed in a long list."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.large_lists import press_key_in_search, search_among_backups
from tests.browser.page_session import OpenedForm, Stage
from tests.browser.servers import NotebookServer, serve_notebooks
from tests.chromium import open_chromium

__all__ = ["measure_key", "measure_opening", "measure_start"]

_WARM_UP = 2
# The least that a page with a form on the simulator can do: import the libraries that both are made of, and show a button.
_BARE = (
    "import anywidget, fastapi, httpx, ipywidgets, pydantic, sqlalchemy, uvicorn",
    "button = ipywidgets.Button(description='ready')\nbutton.add_class('ddmkit-step-source')",
    "box = ipywidgets.VBox([button])\nbox.add_class('ddmkit-restore')\nbox",
)
# From the click to the frame in which the timeline and the rows of the step are on the page.
_WATCH_OPENING = """() => {
  let pressed = 0;
  document.addEventListener('click', () => { pressed = performance.now(); }, {capture: true, once: true});
  globalThis.ddmkitOpened = new Promise((tell, fail) => {
    setTimeout(() => fail(new Error('the step was not opened within 60 s')), 60_000);
    const parts = ['.ddmkit-timeline-range', '.ddmkit-points summary'];
    const look = () => {
      const isThere = parts.every((one) => document.querySelector(one)?.getClientRects().length);
      requestAnimationFrame(pressed && isThere ? () => tell(performance.now() - pressed) : look);
    };
    look();
  });
}"""


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


def measure_opening(executable: str, home: Path, runs: int) -> tuple[float, float]:
    """Return the median of the seconds from *Next* to the opened step Point in time, and the kilobytes that came for it."""
    expect.set_options(timeout=60_000)
    seconds, sent = [], []
    with open_chromium(executable) as browser, serve_notebooks("lab", home / "lab") as server:
        for number in range(runs + 1):
            # A second page in one context would be sent on to a workspace of its own.
            context = browser.new_context(viewport={"width": 1280, "height": 1000})
            place = home / f"opening-{number}"
            place.mkdir()
            stage = Stage(server, context, place)
            try:
                opened = stage.open_form()
                opened.form.choose_source()
                opened.form.expect_state("source", "done")
                opened.page.evaluate(_WATCH_OPENING)
                before = opened.watched.received
                opened.form.press("next")
                seconds.append(float(opened.page.evaluate("globalThis.ddmkitOpened")) / 1_000)
                sent.append((opened.watched.received - before) / 1_000)
            finally:
                stage.close()
                context.close()
    return statistics.median(seconds[1:]), statistics.median(sent[1:])


def measure_start(executable: str, home: Path, kind: str, runs: int) -> tuple[float, float, float]:
    """Return medians: the seconds to the form of the guided notebook, the kilobytes for it, the seconds to the bare button.

    ``kind`` is ``lab``: from Run All, on a kernel that is up and has loaded nothing; or ``voila``: from the request. Both
    pages take turns.
    """
    expect.set_options(timeout=60_000)
    options = ("--template=ddmkit",) if kind == "voila" else ()
    seconds, sent, bare = [], [], []
    with open_chromium(executable) as browser, serve_notebooks(kind, home / f"{kind}-server", *options) as server:
        for number in range(runs + 1):
            opened = _open_once(browser, server, home / f"{kind}-{number}", lambda stage: stage.open_guided())
            seconds.append(opened.form_after_s)
            sent.append(opened.watched.received / 1_000)
            button = _open_once(browser, server, home / f"{kind}-bare-{number}", lambda stage: stage.open_cells(*_BARE))
            bare.append(button.form_after_s)
    return statistics.median(seconds[1:]), statistics.median(sent[1:]), statistics.median(bare[1:])


def _open_once(browser: Browser, server: NotebookServer, home: Path, act: Callable[[Stage], OpenedForm]) -> OpenedForm:
    home.mkdir()
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    stage = Stage(server, context, home)
    try:
        return act(stage)
    finally:
        stage.close()
        context.close()
