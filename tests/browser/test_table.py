"""The table as a person meets it in JupyterLab: by keyboard, by mouse, with none, one and 5,000 rows on one page."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.form_page import FormPage
from tests.browser.keyboard import Keyboard
from tests.browser.notebooks import write_notebook
from tests.browser.test_accessible import SEVERE
from tests.browser.test_looks import in_both_themes

HOSTILE = "<img src=x onerror=alert(1)> $x^2$ and-a-name-that-goes-on-" + "and-on-" * 20
MAKE = f"""
from ddmkit.display.table import CellKind
from ddmkit.forms.logic.table_rows import TableColumn, instant_cell, make_row
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.keyboard import KeyboardGuard
from ddmkit.forms.widgets.table import Table
from datetime import datetime, timedelta, timezone

columns = [TableColumn("Name"), TableColumn("Size", CellKind.NUMBER), TableColumn("Made", CellKind.TIME), TableColumn("Id", CellKind.ID)]
begun = datetime(2026, 5, 20, tzinfo=timezone.utc)

def make(number):
    name = {HOSTILE!r} if number == 2 else f"backup-{{number}}"
    why = "The backup is being deleted; it cannot be restored any more." if number % 10 == 4 else ""
    made = instant_cell(begun - timedelta(hours=number))
    return make_row(f"{{number:032x}}br09", name, f"{{(number * 7919) % 5000:,}} MB", made, f"{{number:032x}}br09", reason=why)

said = []
tables = {{
    "many": Table("Backups", columns, "ddmkit-many", on_choose=said.append),
    "one": Table("Targets", columns, "ddmkit-one", on_choose_many=said.append),
    "none": Table("Records", columns, "ddmkit-none", on_choose=said.append, empty="no records yet"),
    "folded": Table("Data nodes", columns, "ddmkit-folded", fold="129 data nodes: backup-0, and 128 more"),
}}
"""
FILL = """
for name, count in (("many", 5000), ("one", 1), ("none", 0), ("folded", 129)):
    tables[name].set_rows(make(number) for number in range(count))
"""
SHOW = """
shown = style.column(style.style_sheet(), *tables.values(), KeyboardGuard(), css="ddmkit-form ddmkit-tables")
shown
"""
TELL = "[tables[name].selected for name in ('many', 'one')]"


class TablePage(FormPage):
    def __init__(self, page):
        super().__init__(page)
        self.root = page.locator(".ddmkit-tables")

    def focused(self):
        return self.page.evaluate("document.activeElement.closest('td, th, button, input')?.textContent")

    def notice(self, name):
        return self.place(name).locator(".ddmkit-table-notice")


@pytest.fixture
def opened(lab_stage, lab, shared_kernel, tmp_path):
    lab_stage.context.grant_permissions(["clipboard-read", "clipboard-write"])
    name = f"tables-{tmp_path.name}.ipynb"
    write_notebook(lab.folder / name, MAKE, SHOW)
    made = lab_stage.open_notebook(name, kernel_id=shared_kernel)
    page = made.page
    before = made.watched.received
    made.run_all()
    TablePage(page).expect_count("none", "no records yet")
    made.wait_until_idle()
    made.kernel.run(FILL)
    expect(TablePage(page).rows("many")).to_have_count(25)
    expect(TablePage(page).rows("folded")).to_have_count(25)
    made.at_first = made.watched.received - before
    yield made
    made.kernel.run("style.discard(shown)")  # the kernel is shared: the next page would ask it for these tables too


def copied(page):
    return page.evaluate("navigator.clipboard.readText()")


def test_a_walk_by_keyboard_alone_over_5000_rows_one_row_and_none(opened):
    page, form = opened.page, TablePage(opened.page)
    keys = Keyboard(form)
    keys.press("Escape")
    search_by_keyboard(opened, form, keys)
    choose_and_copy_by_keyboard(page, form, keys)
    turn_and_sort_by_keyboard(form, keys)

    keys.press("d", "d", "x", "ArrowDown")  # in command mode these delete, cut and leave a cell
    assert page.locator(".jp-Cell").count() == 2
    keys.tab_to_rows("one")
    keys.press("Space")
    expect(form.chosen("one")).to_have_count(1)
    keys.press("Space")
    expect(form.chosen("one")).to_have_count(0)
    keys.tab_to("none table")
    keys.press("ArrowDown", "Space", "PageDown")
    form.expect_count("none", "no records yet")
    assert opened.kernel.ask(TELL) == [[f"{1:032x}br09"], []]


def search_by_keyboard(opened, form, keys):
    """A key in the search sends little and is drawn soon."""
    print(f"{opened.at_first / 1_000:.1f} kB came through the web socket to show 5,000 rows in one table and 130 in others")
    assert opened.at_first < 100_000
    keys.tab_to("many")
    before = opened.watched.received
    seconds = form.time_key("many", "4")
    form.expect_count("many", "match; rows 1 to 25 shown")
    sent = opened.watched.received - before
    print(f"a key sent {sent / 1_000:.1f} kB and was drawn after {seconds * 1_000:.0f} ms")
    assert 0 < sent < 100_000
    keys.type("999")
    form.expect_count("many", "1 of 5,000 match; row 1 shown")
    keys.press("Control+a", "Delete")
    form.expect_count("many", "rows 1 to 25 of 5,000")


def choose_and_copy_by_keyboard(page, form, keys):
    """The grid is one stop; Space chooses, Enter on an id copies it, also where a page has no clipboard of its own."""
    keys.press("ArrowDown", "ArrowDown", "Space")
    expect(form.chosen("many")).to_contain_text("backup-1")
    keys.press("Tab")
    assert form.focused() == "Next rows"
    keys.press("Shift+Tab", "End")
    assert form.focused() == f"{1:032x}br09"
    keys.press("Enter")
    expect(form.notice("many")).to_have_text(f"Copied {1:032x}br09")
    assert copied(page) == f"{1:032x}br09"
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})")
    keys.press("ArrowUp", "Enter")
    expect(form.notice("many")).to_have_text(f"Copied {0:032x}br09")
    assert form.focused() == f"{0:032x}br09"
    page.evaluate("delete navigator.clipboard")
    assert copied(page) == f"{0:032x}br09"


def turn_and_sort_by_keyboard(form, keys):
    """An unavailable row is refused with its reason, a choice outlives the turn of a page, a title sorts."""
    keys.press("Home", *["ArrowDown"] * 4, "Space")
    expect(form.notice("many")).to_contain_text("Cannot be chosen: The backup is being deleted")
    expect(form.chosen("many")).to_contain_text("backup-1")
    keys.press("PageDown")
    form.expect_count("many", "rows 26 to 50 of 5,000; your choice is not among these rows")
    assert form.focused() == "backup-25"
    keys.press("ArrowUp")
    form.expect_count("many", "rows 1 to 25 of 5,000")
    keys.press("Control+Home", "ArrowRight", "Enter")
    expect(form.table("many").locator("th[aria-sort=ascending]")).to_contain_text("Size")
    expect(form.rows("many").first).to_contain_text("0 MB")
    keys.press("Space")
    expect(form.rows("many").first).to_contain_text("4,999 MB")


def test_a_walk_by_mouse_over_5000_rows_one_row_and_many_folded(opened):
    page, form = opened.page, TablePage(opened.page)
    form.choose("many", "backup-1")
    expect(form.chosen("many")).to_contain_text("backup-1")
    form.rows("many", "backup-5").first.locator("td").first.dblclick()
    expect(form.chosen("many")).to_contain_text("backup-5")
    form.rows("many", "backup-4").locator("td").first.click()
    expect(form.notice("many")).to_contain_text("Cannot be chosen: The backup is being deleted")
    expect(form.chosen("many")).to_contain_text("backup-5")
    form.rows("many", "backup-4").get_by_role("button", name="Copy").click()
    assert copied(page) == f"{4:032x}br09"
    expect(form.chosen("many")).to_contain_text("backup-5")
    assert HOSTILE in form.rows("many").nth(2).inner_text()
    assert form.root.locator("img, mjx-container").count() == 0

    size = form.table("many").get_by_role("button", name="Size")
    for direction, first in (("ascending", "0 MB"), ("descending", "4,999 MB"), ("none", "backup-0")):
        size.click()
        expect(form.table("many").locator("th").nth(1)).to_have_attribute("aria-sort", direction)
        expect(form.rows("many").first).to_contain_text(first)
    form.place("many").get_by_role("button", name="Next rows").click()
    form.expect_count("many", "rows 26 to 50 of 5,000; your choice is not among these rows")
    form.search("many", f"{77:032x}br09")
    expect(form.chosen("many")).to_contain_text("backup-77")

    expect(form.rows("folded").first).to_be_hidden()
    form.place("folded").locator("summary").click()
    form.search("folded", "backup-128")
    form.expect_count("folded", "1 of 129 match; row 1 shown")
    form.choose("one", "backup-0")
    form.expect_count("one", "row 1 of 1; 1 chosen")
    assert opened.kernel.ask(TELL) == [[f"{77:032x}br09"], [f"{0:032x}br09"]]

    form.field("many").fill("")
    for _ in in_both_themes(page):
        answer = Axe().run(page, context=".ddmkit-tables", options={"resultTypes": ["violations"]}).response
        assert "aria-required-children" in {one["id"] for one in answer["passes"]}
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in answer["violations"] if one["impact"] in SEVERE] == []
