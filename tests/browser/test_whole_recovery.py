"""A whole recovery, as a person does it on a page, by mouse: from choosing to handing over."""

from playwright.sync_api import expect

from tests.browser.recovery_page import PASSWORD


def test_a_recovery_by_mouse_alone_in_jupyterlab(open_form):
    opened = open_form(form="RecoveryForm", demo={"scenario": "whole-incident"})
    form = opened.recovery
    form.reach("confirm")
    form.submit()
    expect(form.place("run-state")).to_contain_text("completed", timeout=90_000)
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
