"""What a person needs next is in sight: Back and Next in a long step, and the data nodes after a target was chosen."""

import pytest
from playwright.sync_api import expect

from tests.nightly import without

SMALL = {"width": 1000, "height": 700}

# How far a part stands out of the window, above or below; and whether something else covers it.
_OUT_OF_SIGHT = """(part) => {
  const box = part.getBoundingClientRect();
  const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return {above: Math.max(0, -box.top), below: Math.max(0, box.bottom - innerHeight), isCovered: !part.contains(at)};
}"""
IN_SIGHT = {"above": 0, "below": 0, "isCovered": False}
# Notebook 7 marks the cell of a long output so as soon as the output changes.
_MARK_AS_LONG = """form => {
  const cell = form.closest('.jp-CodeCell');
  cell?.classList.add('jp-mod-outputsScrolled');
  return cell?.querySelector('.jp-Cell-outputArea').clientHeight ?? Infinity;
}"""
_TALLER = "form => form.getBoundingClientRect().height > 1.5 * innerHeight"


def test_back_and_next_stay_in_sight_in_a_step_that_is_longer_than_the_page_of_jupyterlab(open_form):
    opened = open_form()
    opened.page.set_viewport_size(SMALL)
    expect_back_and_next_in_sight(opened)


@pytest.mark.parametrize("front_end", without(["notebook_server", "voila"], "notebook_server"))
def test_back_and_next_stay_in_sight_in_a_step_that_is_longer_than_the_page(front_end, set_stage, request):
    expect_back_and_next_in_sight(set_stage(request.getfixturevalue(front_end), viewport=SMALL).open_form())


def expect_back_and_next_in_sight(opened):
    form = opened.form.reach("point")
    form.button("suggestion").first.wait_for()
    form.step_button("point").focus()
    assert form.root.evaluate(_TALLER)
    assert form.root.evaluate(_MARK_AS_LONG) > 1.5 * SMALL["height"]
    for name in ("back", "next"):
        assert form.button(name).evaluate(_OUT_OF_SIGHT) == IN_SIGHT, name
    form.choose_point()
    form.go_on("target")
    form.choose("target", "ddm-restore-target")
    expect(form.button("take-suggestions")).to_be_in_viewport()
    assert form.button("take-suggestions").evaluate(_OUT_OF_SIGHT) == IN_SIGHT
    form.press("take-suggestions")
    form.expect_state("target", "done")
    assert form.button("next").evaluate(_OUT_OF_SIGHT) == IN_SIGHT
    form.field("nodes-pasted").focus()
    assert form.field("nodes-pasted").evaluate(_OUT_OF_SIGHT) == IN_SIGHT


def test_nothing_covers_the_button_that_sends_and_another_restore_begins_at_the_top(open_form):
    opened = open_form()
    opened.page.set_viewport_size(SMALL)
    form = opened.form.reach("confirm")
    form.type("confirm", "ddm-restore-target")
    form.button("submit").focus()
    assert form.button("submit").evaluate(_OUT_OF_SIGHT) == IN_SIGHT
    moves = form.root.locator(".ddmkit-moves")
    assert moves.evaluate("moves => getComputedStyle(moves).position") == "static"
    form.press("submit")
    form.expect_state("results", "ready")
    assert moves.evaluate("moves => getComputedStyle(moves).position") == "sticky"
    form.press("another")
    expect(form.step_button("source")).to_be_focused()
    assert form.step_button("source").evaluate(_OUT_OF_SIGHT) == IN_SIGHT
