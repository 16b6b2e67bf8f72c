"""The form that looks through records, on a page, by keyboard alone: filter, open, compare, export."""

import pytest
from playwright.sync_api import expect

import ddmkit
from tests.browser.form_page import FormPage
from tests.browser.keyboard import Keyboard
from tests.browser.notebooks import write_notebook

# One restore that was carried out, and five that nobody confirmed: a shorter table needs no search.
SIX_RECORDS = """
import ddmkit
from ddmkit.forms import RecordForm

kit = ddmkit.demo(world={world!r}, records={records!r}, operator="mel", now="2026-05-20T12:00:00+00:00")
case = kit.scenario
chosen = dict(source=case.source, target=case.target, data_nodes=case.data_nodes, backup_id=case.backup_id)
for _ in range(5):
    try:
        kit.submit(kit.plan(**chosen))
    except ddmkit.NotConfirmedError:
        pass
plan = kit.plan(**chosen)
done = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings, ticket="INC-7").wait(poll_s=0).record
"""


class RecordPage(FormPage):
    def __init__(self, page):
        super().__init__(page)
        self.root = page.locator(".ddmkit-browser")


@pytest.fixture
def opened(lab_stage, lab, shared_kernel, tmp_path):
    """A notebook of two cells: six submits, and the form over their records."""
    name = f"records-{tmp_path.name}.ipynb"
    places = {part: str(tmp_path / f"{part}.sqlite") for part in ("world", "records")}
    write_notebook(lab.folder / name, SIX_RECORDS.format(**places), "RecordForm(kit)")
    made = lab_stage.open_notebook(name, kernel_id=shared_kernel)
    made.run_all()
    RecordPage(made.page).root.wait_for()
    yield made
    for path in lab.folder.glob("r-*"):
        path.unlink()


def test_records_are_filtered_opened_exported_and_compared_by_keyboard_alone(opened):
    form = RecordPage(opened.page)
    keys = Keyboard(form)
    keys.press("Escape")
    keys.tab_to("records input")
    keys.type("inc-7")
    form.expect_count("records", "1 of 6 match")
    keys.tab_to_rows("records")
    keys.press("Space")
    form.expect_words("record", "Completed; the target holds what was expected.")

    keys.tab_to("save-record")
    keys.press("Enter")
    form.expect_words("saved", "Written to")
    done = opened.kernel.ask("done.id")
    assert ddmkit.read_record(opened.server.folder / f"{done}.ddmrecord.json").verify() == []

    expect(opened.page.get_by_role("grid", name="Compare with another record")).to_be_visible()
    keys.tab_to_rows("compare")
    keys.press("Enter")
    for words in (f"First:  record {done} (completed)", "(refused)", "Durations"):
        form.expect_words("compared", words)
    assert form.place("compared").evaluate("one => one.scrollWidth <= one.clientWidth + 1"), "it is wider than its place"
    assert (opened.watched.elsewhere, opened.posts()) == ([], 1)
