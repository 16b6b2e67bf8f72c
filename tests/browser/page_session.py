"""A notebook with the form, opened in a page of a browser: what a test gets in its hands."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from ddmkit.simulator import World
from tests.browser.form_page import FormPage
from tests.browser.kernels import Kernel
from tests.browser.notebooks import write_form_notebook, write_guided_notebook, write_notebook
from tests.browser.recovery_page import RecoveryPage
from tests.browser.servers import NotebookServer, until
from tests.chromium import WatchedPage

__all__ = ["OpenedForm", "Stage"]

# Cells are run by the page's own command, as soon as the page takes it for a notebook with a kernel.
_RUN_ALL = """async () => {
  const panel = globalThis.jupyterapp?.shell?.currentWidget;
  if (!panel?.sessionContext) return false;
  await panel.revealed;
  await panel.sessionContext.ready;
  const kernel = panel.sessionContext.session?.kernel;
  const command = 'notebook:run-all-cells';
  if (kernel?.connectionStatus !== 'connected' || !panel.content.widgets.length) return false;
  if (!jupyterapp.commands.isEnabled(command)) return false;
  void jupyterapp.commands.execute(command);
  return true;
}"""
_COMMAND = """async ([name, options]) => {
  await globalThis.jupyterapp.commands.execute(name, options);
}"""
_CLOSE_ALL = """() => {
  for (const shown of [...globalThis.jupyterapp.shell.widgets('main')]) shown.dispose();
}"""
_RUN_CELL = """async (number) => {
  const panel = globalThis.jupyterapp.shell.currentWidget;
  panel.content.activeCellIndex = number - 1;
  void globalThis.jupyterapp.commands.execute('notebook:run-cell');
}"""
_EMPTY = "about:blank"
FORM_SETTINGS = {"poll_s": 0.2}


@dataclass
class OpenedForm:
    """A form on a page, the kernel behind it, and the simulator's world that both talk about."""

    server: NotebookServer
    watched: WatchedPage
    kernel_id: str
    kernel: Kernel
    home: Path
    name: str
    form_after_s: float = 0.0
    """Seconds until the form could be used: from Run All on a kernel that was up, in Voila from the request."""

    @property
    def page(self) -> Page:
        """The page."""
        return self.watched.page

    @property
    def form(self) -> FormPage:
        """The form of the page."""
        return FormPage(self.page)

    @property
    def recovery(self) -> RecoveryPage:
        """The form for a whole recovery on the page."""
        return RecoveryPage(self.page)

    def effective_restores(self) -> list[dict[str, Any]]:
        """Return the restores that were really started in the world."""
        world = World(self.home / "world.sqlite")
        try:
            return world.effective_restores()
        finally:
            world.close()

    def posts(self) -> int:
        """Return how many restore requests the simulator of this kernel has seen."""
        return int(self.kernel.ask("len([one for one in kit.simulator.requests if one.method == 'POST'])"))

    def records(self) -> list[dict[str, str]]:
        """Return the records of the store, newest first."""
        said = "[{'id': one.id, 'state': one.state, 'job_id': one.job_id} for one in kit.records.list()]"
        return list(self.kernel.ask(said))

    def run_all(self) -> None:
        """Run all cells by the page's own command."""
        until(lambda: self.page.evaluate(_RUN_ALL), f"{self.name} on the page, with its kernel")

    def run_cell(self, number: int) -> None:
        """Run one cell, by its place, by the page's own command."""
        self.page.evaluate(_RUN_CELL, number)

    def command(self, name: str, **options: Any) -> None:
        """Have the page carry out one of its commands, and wait for that."""
        self.page.evaluate(_COMMAND, [name, options])

    def wait_until_idle(self) -> None:
        """Wait until no cell runs or waits to be run."""
        expect(self.page.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(0)

    def reload(self) -> None:
        """Save the notebook and load its page anew; JupyterLab keeps the kernel, and shows the form that it holds."""
        self.command("docmanager:save")
        self.page.reload()
        self.form.root.wait_for()

    def restart_kernel(self) -> None:
        """Restart the kernel as its button does, and run all cells again."""
        self.server.restart_kernel(self.kernel_id)
        self.kernel.close()
        self.kernel = self.server.talk_to(self.kernel_id)
        self.run_all()


class Stage:
    """Opens forms on one server, in one browser; ends with the test.

    Each form has a page of its own, except with a ``page`` of JupyterLab: that is used again, and stays open.
    """

    def __init__(self, server: NotebookServer, context: BrowserContext, home: Path, page: Page | None = None) -> None:
        self.server, self.context, self.home, self._page = server, context, home, page
        self._opened: list[OpenedForm] = []
        self._kernels: list[str] = []

    def open_form(
        self,
        *,
        kernel_id: str = "",
        demo: Mapping[str, Any] | None = None,
        home: Path | None = None,
        form: str = "RestoreForm",
        ready: str = "step-source",
        **values: Any,
    ) -> OpenedForm:
        """Open a small notebook with the form, and wait until the button ``ready`` is on the page.

        ``demo`` goes to ``ddmkit.demo``, the rest to the ``form``.
        """
        place = home or self._new_home()
        name = self._new_name()
        settings = {**FORM_SETTINGS, **values}
        write_form_notebook(self.server.folder / name, _demo_at(place) | dict(demo or {}), settings, form=form)
        return self._open(name, kernel_id, place, ready)

    def open_guided(self, *, kernel_id: str = "", **parameters: Any) -> OpenedForm:
        """Open the guided notebook."""
        place, name = self._new_home(), self._new_name()
        write_guided_notebook(self.server.folder / name, {"world": str(place / "world.sqlite"), **parameters})
        return self._open(name, kernel_id, place)

    def open_cells(self, *cells: str) -> OpenedForm:
        """Open a notebook of these cells, which show the button ``step-source``."""
        place, name = self._new_home(), self._new_name()
        write_notebook(self.server.folder / name, *cells)
        return self._open(name, "", place)

    def open_notebook(self, name: str, *, kernel_id: str = "", home: Path | None = None) -> OpenedForm:
        """Open a notebook of the server's folder, on a new kernel if none is named; nothing is run yet."""
        page = self._page or self.context.new_page()
        watched = WatchedPage(page)
        if self.server.kind == "voila":
            page.goto(self.server.address(name))
            kernel_id = self.server.newest_kernel()
        else:
            if not kernel_id:
                kernel_id = self.server.start_kernel()
                self._kernels.append(kernel_id)
            self.server.attach(name, kernel_id)
            if page.url == _EMPTY:
                page.goto(self.server.address(name))
            else:
                page.evaluate(_COMMAND, ["docmanager:open", {"path": name}])
        opened = OpenedForm(self.server, watched, kernel_id, self.server.talk_to(kernel_id), home or self.home, name)
        self._opened.append(opened)
        return opened

    def close(self) -> None:
        """Close pages, forms and kernels that the test alone used."""
        for one in self._opened:
            if one.page is not self._page:
                one.page.close()
            elif not one.page.is_closed():
                one.page.evaluate(_CLOSE_ALL)
            if one.kernel_id not in self._kernels:
                one.kernel.run(_TIDY)
            one.kernel.close()
        for kernel_id in self._kernels:
            self.server.end_kernel(kernel_id)

    def _open(self, name: str, kernel_id: str, home: Path, ready: str = "step-source") -> OpenedForm:
        begun = time.perf_counter()
        opened = self.open_notebook(name, kernel_id=kernel_id, home=home)
        if self.server.kind != "voila":
            opened.run_all()
            begun = time.perf_counter()
        opened.form.button(ready).wait_for()
        opened.form_after_s = time.perf_counter() - begun
        return opened

    def _new_home(self) -> Path:
        place = self.home / f"world-{len(self._opened) + 1}"
        place.mkdir()
        return place

    def _new_name(self) -> str:
        names = (f"restore-{number}.ipynb" for number in range(1, 1_000))
        return next(name for name in names if not (self.server.folder / name).exists())


# The kernel is shared: nothing of one test may go on in the next.
_TIDY = """
from contextlib import suppress as _suppress
with _suppress(NameError):
    kit, form = guide.kit, guide.opened
with _suppress(NameError):
    form.close()
with _suppress(NameError):
    form.wait(20)
with _suppress(NameError):
    kit.close()
for _name in ("form", "kit", "guide"):
    globals().pop(_name, None)
from ipywidgets import Widget as _Widget
_Widget.close_all()  # the next page of this kernel would be sent what is left
"""


def _demo_at(place: Path) -> dict[str, Any]:
    """The clock stands, and each look at a job moves it: a restore then ends within a second."""
    return {
        "world": str(place / "world.sqlite"),
        "records": str(place / "records.sqlite"),
        "operator": "mel",
        "now": "2026-05-20T12:00:00+00:00",
    }


def until_ended(opened: OpenedForm) -> None:
    """Wait until the record of the only restore has ended."""
    until(lambda: opened.records()[0]["state"] in {"completed", "failed"}, "the end of the restore")
