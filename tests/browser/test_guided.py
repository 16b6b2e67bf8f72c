"""The guided notebook as it is delivered, opened in each front end."""

import re

from playwright.sync_api import expect

from tests.browser.keyboard import Keyboard

GUIDE_POSTS = "len([one for one in guide.kit.simulator.requests if one.method == 'POST'])"


def test_running_all_cells_of_the_guided_notebook_shows_the_form_and_submits_nothing(lab_stage):
    opened = lab_stage.open_guided()
    opened.form.expect_step("source")
    opened.wait_until_idle()
    assert opened.kernel.ask(GUIDE_POSTS) == 0
    assert opened.effective_restores() == []
    assert opened.kernel.ask("len(guide.kit.records.list())") == 0
    form = opened.form
    form.field("fault").select_option("server-error")
    form.expect_words("new-world-message", "server-error, once")
    form.press("clear-faults")
    form.expect_words("new-world-message", "Nothing fails any more")
    form.reach("target")
    form.choose_target()
    form.expect_state("target", "done")
    form.press("nodes-clear")
    form.expect_words("nodes-count", "0 of 2 data nodes matched")
    expect(form.button("next")).to_be_disabled()
    form.press("take-suggestions")
    form.go_on("check")
    form.reach("confirm")
    form.submit()
    form.expect_step("results")
    assert len(opened.effective_restores()) == 1


def test_what_is_typed_wrong_by_keyboard_is_explained_beside_its_field_and_kept(lab_stage):
    opened = lab_stage.open_guided()
    opened.wait_until_idle()
    form, keys = opened.form, Keyboard(opened.form)

    def type_wrong(field, text, beside, words, leave="Tab"):
        keys.tab_to(field)
        keys.press("Control+a")
        keys.type(text)
        keys.press(leave)
        form.expect_words(beside, words)
        assert form.field(field).input_value() == text

    keys.press("Escape", *["ArrowUp"] * 6)  # from the last cell to the one with the form
    count = "source .ddmkit-table-count"
    type_wrong("source", "nothing like it", count, "0 of 7 match; clear the search", leave="Shift")
    keys.press("Control+a", "Delete")
    form.expect_words(count, "rows 1 to 7 of 7")
    keys.tab_to_rows("source")
    keys.press("Space")
    keys.go_on("point")
    type_wrong("zone", "Mars/Olympus", "zone-message", "no time zone that this machine knows")
    type_wrong("incident", "yesterday noonish", "incident-message", "not a date with a time of day")
    type_wrong("point", "2026-05-20 25:61", "point-message", "there is no such day or time of day")
    form.expect_state("point", "blocked")
    form.type("incident", "")
    form.choose_point()
    form.go_on("target")
    form.reach("confirm")
    type_wrong("confirm", "DDM-RESTORE-TARGET", "confirm-message", "upper and lower case differ", leave="Enter")
    assert form.button("submit").is_disabled()
    assert opened.kernel.ask(GUIDE_POSTS) == 0


ELSEWHERE = """() => {
  const field = document.body.appendChild(document.createElement('textarea'));
  field.className = 'elsewhere';
  field.focus();
}"""


def test_a_form_that_goes_on_by_itself_leaves_the_focus_with_a_person_who_works_elsewhere(open_form):
    opened = open_form()
    form, elsewhere = opened.form, opened.page.locator(".elsewhere")
    form.choose_source()
    form.expect_state("source", "done")
    opened.page.evaluate(ELSEWHERE)
    opened.kernel.run("form.go_to('Point in time')")
    form.expect_step("point")
    opened.page.keyboard.type("still here")
    expect(elsewhere).to_be_focused()
    expect(elsewhere).to_have_value("still here")
    elsewhere.evaluate("field => field.blur()")
    opened.kernel.run("form.go_to('Source')")
    expect(form.step_button("source")).to_be_focused()


def test_voila_shows_the_guided_notebook_without_asking_another_host(set_stage, voila):
    opened = set_stage(voila).open_guided()
    opened.form.reach("point")
    opened.page.wait_for_load_state("networkidle")
    assert opened.watched.elsewhere == []
    assert any(re.search(r"/voila/", one.url) for one in opened.watched.asked)
    assert opened.kernel.ask(GUIDE_POSTS) == 0
