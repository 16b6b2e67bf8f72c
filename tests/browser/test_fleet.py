"""A fleet, as a person does it on a page with the keyboard alone: from the table to the end of every row."""

from playwright.sync_api import expect

from tests.browser.keyboard import Keyboard
from tests.browser.test_accessible import find_faults
from tests.browser.test_looks import find_ugly, in_both_themes

WIDTHS = (420, 1000, 1600)


def back_to(keys: Keyboard, name: str) -> None:
    """Press Shift and Tab until the focus is on a control."""
    for _ in range(30):
        if keys.where().name == f"ddmkit-{name}":
            return
        keys.press("Shift+Tab")
    raise AssertionError(f"{name} is not reached; the focus is on {keys.where()}")


def ugly(opened) -> list[object]:
    """Return what stands out, is faint, or is a fault of accessibility, in both themes and at each width."""
    found: list[object] = []
    for theme in in_both_themes(opened.page):
        for width in WIDTHS:
            opened.page.set_viewport_size({"width": width, "height": 1000})
            found += [(theme, width, one) for one in find_ugly(opened.page)]
        found += [(theme, one) for one in find_faults(opened.page)]
    opened.page.set_viewport_size({"width": 1280, "height": 1000})
    return found


def test_a_fleet_by_keyboard_alone_in_jupyterlab(open_form):
    demo = {"scenario": "fleet", "size": 3}
    opened = open_form(form="FleetForm", demo=demo, ready="fleet-check", waves=[1, "rest"])
    form, keys = opened.form, Keyboard(opened.form)
    looks = {"table": ugly(opened)}
    keys.press("Escape", "ArrowUp")  # from the last cell to the one with the form
    keys.tab_to("fleet-example")
    keys.press("Enter")
    keys.tab_to("fleet-waves input")
    keys.press("Control+a")
    keys.type("1, many")
    keys.tab_to("fleet-check")
    keys.press("Enter")
    form.expect_words("fleet-load-message", "'many' is no size of a wave. Give whole numbers from 1")
    assert keys.where().name == "ddmkit-fleet-check", "the focus is lost, and with it the place"
    back_to(keys, "fleet-waves")
    keys.press("Control+a")
    keys.type("1, rest")
    keys.tab_to("fleet-check")
    keys.press("Enter")
    form.expect_count("fleet-planned", "rows 1 to 3 of 3")
    looks["checks"] = ugly(opened)
    keys.tab_to("fleet-count input")
    keys.type("restore 3")
    expect(form.button("fleet-submit")).to_be_enabled()
    keys.tab_to("fleet-submit")
    keys.press("Enter")
    expect(form.place("fleet-watch").locator(".ddmkit-heading")).to_be_focused()  # the place of a person goes on with it
    form.expect_words("fleet-state", "wave 2 waits for its gate")
    assert form.rows("fleet-rows", "completed").count() == 1
    looks["watch"] = ugly(opened)

    keys.tab_to_rows("fleet-rows")
    keys.press("ArrowDown", "ArrowDown", "Space")
    expect(form.chosen("fleet-rows")).to_contain_text("shop-003")
    keys.tab_to("fleet-reason input")
    keys.type("its owner asked")
    keys.tab_to("fleet-hold")
    keys.press("Enter")
    expect(form.rows("fleet-rows", "its owner asked (mel)")).to_have_count(1)
    back_to(keys, "fleet-go-on")
    keys.press("Enter")
    form.expect_words("fleet-state", "2 completed")
    keys.tab_to("fleet-another")
    keys.press("Enter")
    expect(form.place("fleet-load").locator(".ddmkit-heading")).to_be_focused()
    assert len(opened.effective_restores()) == 2
    assert opened.records()[-1]["state"] == "stopped"  # a row is held
    assert not any(looks.values()), looks
    assert keys.jumps == []
    assert opened.kernel.ask("6 * 7") == 42


def test_a_fleet_that_runs_keeps_the_kernel_free_and_the_page_gets_only_what_changed(open_form):
    demo = {"scenario": "fleet", "size": 3}
    opened = open_form(form="FleetForm", demo=demo, ready="fleet-check", waves=[1, "rest"])
    form = opened.form
    form.press("fleet-example")
    form.press("fleet-check")
    form.type("fleet-count", "restore 3")
    form.press("fleet-submit")
    form.expect_words("fleet-state", "wave 2 waits for its gate")
    held = "shown = document.querySelectorAll('.ddmkit-fleet-rows tbody')[0]; globalThis.kept = shown; 1"
    opened.page.evaluate(held)
    form.press("fleet-go-on")
    expect(form.rows("fleet-rows", "completed")).to_have_count(3)
    same = "globalThis.kept === document.querySelectorAll('.ddmkit-fleet-rows tbody')[0]"
    assert opened.page.evaluate(same), "the rows were drawn anew, not changed in their places"
    assert opened.kernel.time("6 * 7") < 5
    assert len(opened.effective_restores()) == 3
