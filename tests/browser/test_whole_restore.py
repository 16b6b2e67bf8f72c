"""A whole restore, as a person does it on a page: by mouse, by keyboard, in each front end."""

import pytest
from playwright.sync_api import expect

from ddmkit.records import open_record_file, verify_file
from tests.browser.keyboard import Keyboard


def restore_by_mouse(opened):
    form = opened.form.reach("confirm")
    form.submit()
    form.expect_step("results")
    form.expect_state("watch", "done")
    assert (len(opened.effective_restores()), opened.posts()) == (1, 1)
    assert [one["state"] for one in opened.records()] == ["completed"]


def test_a_restore_by_mouse_alone_in_jupyterlab(open_form):
    restore_by_mouse(open_form())


def download_the_record(opened):
    """The link below the button saves the file under its name, with a click."""
    opened.form.press("save-record")
    link = opened.form.place("download").get_by_role("link")
    with opened.page.expect_download() as started:
        link.click()
    kept = opened.home / started.value.suggested_filename
    started.value.save_as(kept)
    assert kept.name == f"{opened.records()[0]['id']}.ddmrecord.json"
    assert verify_file(open_record_file(kept).file) == []


@pytest.mark.parametrize("front_end", ["notebook_server", "voila"])
def test_a_restore_by_mouse_alone_in_notebook_7_and_in_voila(front_end, set_stage, request):
    opened = set_stage(request.getfixturevalue(front_end)).open_form()
    restore_by_mouse(opened)
    # The summary for the saved notebook follows the form, hidden while the form is there; in an app, which cannot have it
    # follow, there is none.
    download_the_record(opened)
    below = opened.page.get_by_text("Steps of this restore")
    expect(below).to_have_count(0 if front_end == "voila" else 1)
    expect(below).to_be_hidden()


def test_a_restore_by_keyboard_alone_in_jupyterlab(open_form):
    opened = open_form()
    form, keys = opened.form, Keyboard(opened.form)
    keys.press("Escape", "ArrowUp")  # from the last cell to the one with the form

    keys.tab_to("source input")
    keys.type("orders-prod")
    form.expect_count("source", "1 of 7 match")
    keys.tab_to_rows("source")
    keys.press("Space")
    form.expect_state("source", "done")
    keys.go_on("point")

    keys.tab_to("incident")
    keys.type("2026-05-20 10:48")
    keys.press("Enter")
    form.expect_words("suggestions", "before the incident")
    keys.tab_to("suggestion")
    keys.press("Enter")
    form.expect_state("point", "done")
    keys.go_on("target")

    keys.tab_to_rows("target")
    keys.press("Space")
    form.expect_words("target-verdict", "ddm-restore-target can be restored to")
    expect(form.button("take-suggestions")).to_be_visible()
    keys.tab_to("take-suggestions")
    keys.press("Space")
    form.expect_words("nodes-count", "2 of 2 data nodes matched")
    keys.tab_to_rows("candidates")
    keys.press("Space")
    form.expect_words("nodes-count", "1 of 2 data nodes matched")
    keys.press("Space")
    form.expect_state("target", "done")
    keys.go_on("check")

    for _ in form.warnings():
        keys.tab_to("accept")
        keys.press("Space")
    form.expect_state("check", "done")
    keys.go_on("review")
    keys.go_on("confirm")

    keys.tab_to("ticket")
    keys.type("INC-7")
    keys.tab_to("confirm")
    keys.type("ddm-restore-target")
    form.expect_state("confirm", "ready")
    expect(form.button("submit")).to_be_enabled()
    keys.tab_to("submit")
    keys.press("Enter")
    form.expect_step("results")
    keys.tab_to("save-record")

    assert [one["state"] for one in opened.records()] == ["completed"]
    assert len(opened.effective_restores()) == 1
    assert keys.jumps == []
