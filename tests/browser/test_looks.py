"""How the form looks where it is hard: on a narrow page, in both themes, with long names, at every step."""

import pytest
from playwright.sync_api import expect

from ddmkit.simulator import World
from tests.browser.form_page import STEPS

NARROW = {"width": 800, "height": 1000}
HARD = '<b>bold</b> & "quoted" \N{DOLPHIN} ' + "a-name-that-goes-on-and-on-" * 2 + "without_any_place_to_break_the_line"
THEMES = ("JupyterLab Light", "JupyterLab Dark")

# What stands out to the right of the form, unless it lies in a part that scrolls by itself.
STANDING_OUT = """() => {
  const form = document.querySelector('.ddmkit-restore');
  const edge = form.getBoundingClientRect().right + 1;
  const scrolls = one => one.parentElement.closest(
    '.ddmkit-restore, [role=region], .ddmkit-table-scroll, .ddmkit-timeline-plot') !== form;
  const page = document.scrollingElement;
  return [
    ...[form, page].filter(one => one.scrollWidth > one.clientWidth).map(one => one.tagName + ' scrolls sideways'),
    ...[...form.querySelectorAll('*')]
      .filter(one => one.getClientRects().length && !scrolls(one) && one.getBoundingClientRect().right > edge)
      .map(one => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`),
  ];
}"""

# Words whose colour is too near to that behind them (WCAG AA, 4.5 to 1); what is disabled is left out.
FAINT = """() => {
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(one => one / 255)
    .map(one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = one => {
    for (let at = one; at; at = at.parentElement) {
      const [r, g, b, alpha = 1] = parts(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('.ddmkit-restore *')]
    .filter(one => one.getClientRects().length && !one.closest('svg, canvas, option, [disabled]'))
    .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
    .map(one => [one, ...[parts(getComputedStyle(one).color), behind(one)].map(light).sort((a, b) => b - a)])
    .filter(([, brighter, darker]) => (brighter + 0.05) / (darker + 0.05) < 4.5)
    .map(([one]) => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`);
}"""


# The tops of the steps' buttons, how far the last one stands out of the form, and the names that are shown in part only.
STEP_LINE = """() => {
  const form = document.querySelector('.ddmkit-restore').getBoundingClientRect();
  const boxes = [...document.querySelectorAll('.ddmkit-step')].map(one => one.getBoundingClientRect());
  const middles = new Set(boxes.map(one => Math.round((one.top + one.bottom) / 2)));
  const names = [...document.querySelectorAll('.ddmkit-step-name')].filter(one => one.clientWidth > 1);
  const cut = names.filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent);
  return {lines: middles.size, count: boxes.length, over: Math.max(...boxes.map(one => one.right)) - form.right, cut};
}"""


def change_theme(page, theme):
    page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    page.locator(f"body[data-jp-theme-name='{theme}']").wait_for(state="attached")


def in_both_themes(page):
    """Put the page into one theme after the other, first into that which it has: a change takes long."""
    shown = page.evaluate("document.body.dataset.jpThemeName")
    for theme in sorted(THEMES, key=lambda one: one != shown):
        change_theme(page, theme)
        yield theme


def find_ugly(page):
    """Return what stands out or is faint on the page, as it is shown now."""
    return page.evaluate(STANDING_OUT) + page.evaluate(FAINT)


def look_at(opened):
    """Return what is ugly on the page, in both themes, as the page stands."""
    return [(theme, one) for theme in in_both_themes(opened.page) for one in find_ugly(opened.page)]


@pytest.fixture
def open_narrow(open_form):
    def make(**values):
        opened = open_form(**values)
        opened.page.set_viewport_size(NARROW)
        return opened

    return make


def test_every_step_fits_a_narrow_page_and_reads_in_both_themes(open_narrow):
    opened = open_narrow()
    form = opened.form
    ugly = {}
    for step in STEPS[: STEPS.index("confirm") + 1]:
        form.reach(step)
        ugly[step] = look_at(opened)
    form.submit()
    form.expect_step("results")
    form.expect_state("watch", "done")
    ugly["results"] = look_at(opened)
    form.step_button("watch").click()
    form.expect_step("watch")
    ugly["watch"] = look_at(opened)
    assert set(ugly) == set(STEPS)
    assert not any(ugly.values()), ugly


def test_what_stands_out_or_is_faint_is_found(open_narrow):
    opened = open_narrow()
    added = opened.page.add_style_tag(
        content=".ddmkit-route { min-width: 900px !important } .ddmkit-route * { color: #777777 !important }"
    )
    found = look_at(opened)
    assert {theme for theme, _ in found} == set(THEMES)
    assert any("scrolls sideways" in one for _, one in found), found
    assert any("SOURCE not chosen" in one for _, one in found)
    added.evaluate("style => style.remove()")  # the page is used by other tests


def test_long_names_with_marks_and_pictures_fit_and_are_shown_as_written(open_narrow):
    opened = open_narrow()
    form = opened.form
    facts = opened.kernel.ask("[kit.scenario.source, kit.scenario.target, *kit.scenario.data_nodes]")
    world = World(opened.home / "world.sqlite")
    try:
        for instance_id, end in zip(facts[:2], ("source", "target"), strict=True):
            world.set_instance(instance_id, name=f"{HARD}-{end}")
        for number, node_id in enumerate(facts[2:], 1):
            world.set_data_node(node_id, name=f"rds-orders-{number}-{HARD}")
        # A shorter name would be suggested first, and this node was recovered to another instant.
        for row in world.storage.select("SELECT id FROM data_nodes WHERE name LIKE '%too-early'"):
            world.set_data_node(row["id"], name=f"other-{HARD}")
    finally:
        world.close()
    form.press("source-again")
    form.choose_source(f"{HARD}-source")
    form.expect_words("route", f"SOURCE {HARD}-source")
    form.go_on("point")
    form.reach("target")
    form.choose_target(f"{HARD}-target")
    form.expect_state("target", "done")
    ugly = {"target": look_at(opened)}
    form.go_on("check")
    for step in ("check", "review", "confirm"):
        form.reach(step)
        ugly[step] = look_at(opened)
    form.confirm(f"{HARD}-target")
    assert form.root.locator("b", has_text="bold").count() == 0
    assert not any(ugly.values()), ugly


def test_the_steps_are_one_line_of_whole_names_at_any_width_and_say_their_state_to_readers(open_form):
    opened = open_form()
    opened.page.set_viewport_size({"width": 2000, "height": 1000})
    opened.form.choose_source()
    opened.form.expect_state("source", "done")
    assert opened.form.step_button("source").get_attribute("title") == "Source: done"
    assert opened.form.step_button("source").get_attribute("aria-current") == "step"
    expect(opened.form.root.get_by_role("button", name="Point in time: ready")).to_be_enabled()
    opened.form.go_on("point")  # the longest name
    for width in (340, 420, 700, 870, 920, 1000, 1090, 1600):
        opened.form.root.evaluate("(form, width) => { form.style.setProperty('width', `${width}px`, 'important'); }", width)
        line = opened.page.evaluate(STEP_LINE)
        assert (line["lines"], line["count"], line["cut"]) == (1, len(STEPS), []), width
        assert line["over"] <= 1, width
