"""Every step of the form in both themes and on pages of three widths: ``python -m tests.pictures steps FOLDER``."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import expect

from tests.browser.form_page import STEPS, FormPage
from tests.browser.page_session import OpenedForm, Stage
from tests.browser.servers import serve_notebooks
from tests.chromium import HOW_TO_INSTALL, find_chromium, open_chromium

__all__ = ["SCENARIOS", "THEMES", "WIDTHS", "photograph_steps"]

SCENARIOS = {"RestoreForm": {}, "RecoveryForm": {"scenario": "whole-incident"}}

WIDTHS = (420, 1000, 1600)
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
_HEIGHT = 3600  # more than the longest step: what does not fit into the window is cut off
_WHOLE_WIDTH = "body { --jp-notebook-max-width: 100% !important; }"
_CHANGE_THEME = "theme => globalThis.jupyterapp.commands.execute('apputils:change-theme', { theme })"


def photograph_steps(to: Path, form: str = "RestoreForm") -> Iterator[Path]:
    """Carry a restore or a recovery through in Notebook, whose page has nothing beside the notebook; return each picture as it is drawn."""
    executable = find_chromium()
    if not executable:
        raise SystemExit(HOW_TO_INSTALL)
    expect.set_options(timeout=60_000)
    to.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, open_chromium(executable) as browser:
        home = Path(folder)
        with serve_notebooks("notebook", home / "notebook") as server:
            context = browser.new_context(viewport={"width": WIDTHS[-1], "height": _HEIGHT})
            context.set_default_timeout(60_000)
            stage = Stage(server, context, home)
            try:
                demo = {"records": "sqlite:///records.sqlite"}  # no folder of this machine
                opened = stage.open_form(form=form, demo=demo | SCENARIOS[form])
                opened.page.add_style_tag(content=_WHOLE_WIDTH)
                shown = opened.recovery if form == "RecoveryForm" else opened.form
                for step in STEPS:
                    _reach(shown, step)
                    yield from _photograph(opened, step, to)
            finally:
                stage.close()
                context.close()


def _reach(form: FormPage, step: str) -> None:
    if step == "watch":
        form.submit()
        form.expect_step("results")
        form.step_button("watch").click()
        form.expect_step("watch")
    elif step == "results":
        form.step_button("results").click()
        form.expect_step("results")
    else:
        form.reach(step)


def _photograph(opened: OpenedForm, step: str, to: Path) -> Iterator[Path]:
    page = opened.page
    for theme, name in THEMES.items():
        page.evaluate(_CHANGE_THEME, name)
        page.locator(f"body[data-jp-theme-name='{name}']").wait_for(state="attached")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": _HEIGHT})
            # Two frames: in the first the browser lays the page out again, in the second it has drawn it.
            page.evaluate("() => new Promise(tell => requestAnimationFrame(() => requestAnimationFrame(tell)))")
            place = to / f"{STEPS.index(step) + 1}-{step}-{theme}-{width}.png"
            opened.form.root.screenshot(path=place)
            yield place
