"""A restore that outlives its page and its kernel, and a kernel that stays free meanwhile."""

import re
import statistics

import pytest
from playwright.sync_api import expect

from tests.browser.form_page import FormPage

# As the page's own button does; asked from elsewhere, a restart reaches the page only as a kernel that starts.
RESTART = "() => globalThis.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
NO_LOOK_SUCCEEDS = "server-error@ShowDdmJobResult*"


@pytest.fixture
def start_job():
    """Submit on a form, and come back in the middle of the job: it ends when ``let_go`` is called."""

    def begin(opened):
        form = opened.form.reach("confirm")
        opened.kernel.run(f"kit.simulator.inject({NO_LOOK_SUCCEEDS!r})")
        form.submit()
        form.expect_step("watch")
        form.expect_words("watch", re.compile("status checks? failed"))
        (record,) = opened.records()
        assert record["state"] == "running"
        return record["job_id"]

    return begin


def let_go(opened):
    opened.kernel.run("kit.simulator.clear_faults()")


def expect_the_same_job_to_end(opened, job_id):
    opened.form.expect_step("results")
    opened.form.expect_words("results", "Completed")
    assert [(one["state"], one["job_id"]) for one in opened.records()] == [("completed", job_id)]
    assert [one["job_id"] for one in opened.effective_restores()] == [job_id]


def test_a_page_loaded_again_in_the_middle_of_a_job_shows_the_form_where_it_was(open_form, start_job):
    opened = open_form()
    job_id = start_job(opened)
    opened.reload()
    opened.form.expect_step("watch")
    opened.form.expect_words("watch", job_id)
    let_go(opened)
    expect_the_same_job_to_end(opened, job_id)


def test_a_form_run_again_in_the_middle_of_a_job_goes_on_with_it(open_form, start_job):
    opened = open_form()
    job_id = start_job(opened)
    opened.kernel.run("before = form")
    opened.run_cell(2)
    opened.form.expect_step("source")
    opened.form.press("continue")
    opened.form.expect_step("watch")
    let_go(opened)
    expect_the_same_job_to_end(opened, job_id)
    opened.kernel.run("assert before.wait(60); before.close(); del before")


def test_a_kernel_restarted_in_the_middle_of_a_job_goes_on_with_it(lab_stage, start_job):
    opened = lab_stage.open_form()
    job_id = start_job(opened)
    opened.restart_kernel()
    opened.form.press("continue")
    expect_the_same_job_to_end(opened, job_id)
    assert opened.posts() == 0  # of the new kernel


def test_another_cell_is_answered_within_200_ms_while_a_job_is_watched(open_form, start_job):
    opened = open_form()
    start_job(opened)
    took = statistics.median(opened.kernel.time("6 * 7") for _ in range(25))
    print(f"another cell was answered in {took * 1_000:.1f} ms")
    expect(opened.form.step_button("watch")).to_contain_text(": working")
    let_go(opened)
    opened.form.expect_step("results")
    assert took < 0.2


def test_two_pages_of_one_form_show_the_same_and_then_keep_quiet(open_form):
    opened = open_form()
    opened.form.reach("point")
    opened.command("docmanager:save")
    said = []
    other = opened.page.context.new_page()
    other.on("websocket", lambda socket: socket.on("framesent", lambda frame: said.append(frame)))
    other.goto(opened.server.address(opened.name))
    second = FormPage(other)
    for page in (opened.form, second):
        expect(page.place("timeline")).to_be_visible()
    for words in ("2026-05-20T10:46:00Z", "2026-05-19T10:46:00Z"):
        second.type("point", words)
        for page in (opened.form, second):
            page.expect_state("point", "done")
            expect(page.field("point")).to_have_value(words)
    opened.form.choose_point()
    expect(second.button("suggestion").first).to_contain_text("chosen")
    said.clear()
    other.wait_for_timeout(2_000)
    assert len(said) < 10  # they would answer each other for ever
    other.close()


def test_a_form_without_its_kernel_says_so_and_one_button_brings_a_new_one(lab_stage):
    opened = lab_stage.open_form()
    expect(opened.form.place("dead")).to_be_hidden()
    opened.page.evaluate(RESTART)
    expect(opened.form.place("dead")).to_contain_text("This form is dead")
    opened.form.place("dead").get_by_role("button", name="Run all cells again").click()
    expect(opened.form.place("dead")).to_be_hidden()
    opened.form.expect_step("source")
    opened.form.choose_source()
    opened.form.expect_state("source", "done")


def test_a_saved_page_without_a_kernel_shows_how_it_stood_and_one_button_brings_the_form(lab_stage):
    opened = lab_stage.open_form()
    opened.form.reach("point")
    below = opened.page.get_by_text("Steps of this restore")
    expect(below).to_be_hidden()  # told once while the form is there
    opened.command("docmanager:save")
    opened.page.evaluate(RESTART)
    opened.page.reload()
    expect(below).to_be_visible()
    expect(opened.page.get_by_text("this is not a live form")).to_be_visible()
    opened.page.get_by_role("button", name="Run all cells", exact=True).click()
    opened.form.expect_step("source")
    expect(below).to_be_hidden()
