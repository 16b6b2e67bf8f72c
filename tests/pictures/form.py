"""The form as a person sees it, photographed in a real browser on a world whose clock stands."""

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Locator, expect

from tests.browser.form_page import FormPage
from tests.browser.page_session import Stage
from tests.browser.servers import serve_notebooks
from tests.chromium import HOW_TO_INSTALL, find_chromium, open_chromium

__all__ = ["photograph_form"]

# Taller than any step: what does not fit into the window is cut off.
_WINDOW = {"width": 1280, "height": 2400}


def photograph_form(to: Path) -> list[Path]:
    """Carry a restore through in JupyterLab; give the pictures of choosing the point, and of the results."""
    executable = find_chromium()
    if not executable:
        raise SystemExit(HOW_TO_INSTALL)
    expect.set_options(timeout=30_000)
    with TemporaryDirectory() as folder, open_chromium(executable) as browser:
        home = Path(folder)
        with serve_notebooks("lab", home / "lab") as server:
            context = browser.new_context(viewport=_WINDOW)
            stage = Stage(server, context, home)
            try:
                form = stage.open_form(demo={"records": "sqlite:///records.sqlite"}).form  # no folder of this machine
                return [_choose(form, to / "form-choose.png"), _restore(form, to / "form-results.png")]
            finally:
                stage.close()
                context.close()


def _choose(form: FormPage, place: Path) -> Path:
    form.reach("point")
    form.type("incident", "2026-05-20 10:48")
    form.expect_words("suggestions", "before the incident")
    form.choose_point()
    form.expect_state("point", "done")
    expect(form.place("timeline").locator("canvas, svg").first).to_be_visible()
    return _photograph(form.root, place)


def _restore(form: FormPage, place: Path) -> Path:
    form.reach("confirm")
    form.submit()
    form.expect_step("results")
    form.expect_state("watch", "done")
    return _photograph(form.root, place)


def _photograph(part: Locator, place: Path) -> Path:
    part.page.evaluate("() => document.activeElement?.blur()")  # no frame around what was clicked last
    part.screenshot(path=place)
    return place
