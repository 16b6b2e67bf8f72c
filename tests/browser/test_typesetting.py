"""A name that holds mathematics is shown as it is written: JupyterLab typesets it nowhere in what ddmkit shows."""

from playwright.sync_api import expect

from tests.browser.notebooks import write_notebook
from tests.browser.servers import until

NAME = r"x$\llap{\text{ddm-restore-target}}y$ and \(z\)"
# Each output holds the name once; the first is not ours, and shows that the page has its typesetter.
CELL = f"""
from IPython.display import HTML, Markdown, display
import ipywidgets
from ddmkit.display.table import Cell, build_table
from ddmkit.display.html import Fragment, tag
from ddmkit.display.record_markdown import escape
from ddmkit.forms.widgets.fields import tick
name = {NAME!r}
display(HTML("<p class='foreign'>$x^2$</p>"))
display(build_table("Targets", ["name"], [[Cell(name)]]))
display(Fragment(tag("p", name), name))
display(Markdown(escape(name)))
display(ipywidgets.HTML(tag("p", name)))
display(tick(name, "", "ours", lambda: None))
"""


def test_a_name_that_holds_mathematics_is_shown_as_it_is_written(lab_stage, shared_kernel, tmp_path):
    file = f"typesetting-{tmp_path.name}.ipynb"
    write_notebook(lab_stage.server.folder / file, CELL)
    opened = lab_stage.open_notebook(file, kernel_id=shared_kernel)
    opened.run_all()
    page = opened.page
    expect(page.locator(".foreign mjx-container")).to_have_count(1)
    outputs = page.locator(".jp-OutputArea-output")
    until(lambda: "ddm-restore-target" in outputs.last.inner_text(), "the last output")
    expect(page.locator("mjx-container")).to_have_count(1)
    for shown in outputs.all()[1:]:
        assert NAME in shown.inner_text()
