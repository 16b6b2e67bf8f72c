"""A whole recovery, as a person does it on a page, by mouse and by keyboard: from choosing to handing over."""

from playwright.sync_api import expect

from tests.browser.keyboard import Keyboard
from tests.browser.recovery_page import PASSWORD


def test_a_recovery_by_mouse_alone_in_jupyterlab(open_form):
    opened = open_form(form="RecoveryForm", demo={"scenario": "whole-incident"})
    form = opened.recovery
    form.reach("confirm")
    form.submit()
    form.expect_step("results")
    form.expect_words("results", "applications connect to")
    form.button("step-watch").click()
    form.expect_count("run-steps", "rows 1 to 8 of 8")
    assert form.rows("run-steps", "completed").count() == 8
    form.button("step-results").click()

    form.place("offer-name").last.locator("input").fill("ddm-orders-prod")
    form.press("offer-source-read-only")
    expect(form.button("offer-lift-read-only")).to_be_visible()
    assert [one["state"] for one in opened.records()] == ["completed"]
    opened.command("docmanager:save")
    saved = (opened.server.folder / opened.name).read_text("utf-8")
    assert PASSWORD not in saved
    assert PASSWORD not in opened.page.content()


def test_a_recovery_by_keyboard_alone_in_jupyterlab(open_form):
    opened = open_form(form="RecoveryForm", demo={"scenario": "whole-incident"})
    form, keys = opened.recovery, Keyboard(opened.recovery)
    keys.press("Escape", "ArrowUp")  # from the last cell to the one with the form
    keys.tab_to("source input")
    keys.type("orders-prod")
    form.expect_count("source", "1 of ")
    keys.tab_to_rows("source")
    keys.press("Space")
    form.expect_state("source", "done")
    keys.go_on("point")
    expect(form.button("suggestion").first).to_be_visible()  # before the points are read there is nothing to tab to
    keys.tab_to("suggestion")
    keys.press("Enter")
    form.expect_state("point", "done")
    expect(form.button("next")).to_be_enabled()
    keys.go_on("target")
    form.expect_state("target", "done")
    expect(form.button("next")).to_be_enabled()
    keys.go_on("check")
    form.expect_state("check", "done")
    expect(form.button("next")).to_be_enabled()
    keys.go_on("review")
    keys.go_on("confirm")
    for name, text in form.words().items():
        keys.tab_to(name)
        keys.type(text)
    expect(form.button("submit")).to_be_enabled()
    keys.tab_to("submit")
    keys.press("Enter")
    form.expect_completed()
    form.expect_step("results")
    expect(form.step_button("results")).to_be_focused()  # the focus went with the form from Watch to here
    assert [one["state"] for one in opened.records()] == ["completed"]
    assert keys.jumps == []
