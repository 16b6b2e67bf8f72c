"""The timeline on the page: what a click or a key chooses was shown before, at every zoom, by mouse and by keyboard."""

from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.keyboard import Keyboard
from tests.browser.servers import until
from tests.browser.timeline_page import TimelinePage


def test_by_mouse_a_click_chooses_what_was_shown_at_every_zoom(open_form):
    opened = open_form(incident="2026-05-20 10:47:51")
    opened.form.reach("point")
    line = TimelinePage(opened)
    choose_at_every_zoom(opened, line)
    zoom_and_drag(opened, line)
    meet_gap_and_backup(opened, line)
    assert opened.watched.errors == []


def choose_at_every_zoom(opened, line):
    expect(line.button("around the incident")).to_have_attribute("aria-pressed", "true")
    expect(line.root.get_by_text("incident 10:47:51")).to_be_visible()
    for preset, hours in (("all", 600), ("7 d", 150), ("24 h", 23), ("6 h", 5.9), ("1 h", 0.9)):
        line.button(preset).click()
        line.expect_hours(hours, hours * 1.3)
        shown = line.point_at(0.9)
        expect(line.facts).to_contain_text("Can be restored to")
        expect(line.facts).to_contain_text("Backup that the service is expected to use")
        opened.page.mouse.down()
        opened.page.mouse.up()
        line.expect_chosen(shown)
    expect(line.when).to_contain_text("Chosen")


def zoom_and_drag(opened, line):
    # The wheel alone scrolls the page, although the timeline has the focus. With Ctrl it zooms where the pointer is.
    whole = line.window()
    for _ in range(2):
        opened.page.mouse.wheel(0, -300)
    assert line.window() == whole
    line.move_to(0.9)  # the page may have scrolled away from under the pointer
    opened.page.keyboard.down("Control")
    for _ in range(6):
        opened.page.mouse.wheel(0, -300)
    opened.page.keyboard.up("Control")
    line.expect_hours(0, 0.1)
    shown = line.point_at(0.63)
    assert shown.second or line.point_at(0.64).second
    # Dragging moves the visible part and chooses nothing; the choice outside becomes an arrow that leads back.
    before, chosen = line.window(), line.chosen()
    line.move_to(0.2)
    opened.page.mouse.down()
    line.move_to(0.9)
    opened.page.mouse.up()
    until(lambda: line.window()[1] < before[1], "an earlier part")
    for _ in range(2):
        line.button("\N{MINUS SIGN}1 h").click()
    arrow = line.root.locator(".ddmkit-timeline-away")
    expect(arrow).to_be_visible()
    assert line.chosen() == chosen
    arrow.click()
    expect(arrow).to_have_count(0)


def meet_gap_and_backup(opened, line):
    chosen = line.chosen()
    # A gap is shown with its reason, and a click on it chooses nothing.
    line.button("7 d").click()
    line.expect_hours(150, 200)
    gap = line.root.locator(".ddmkit-timeline-gap").first
    gap.hover()
    expect(line.facts).to_contain_text("data nodes cannot be recovered")
    gap.click()
    expect(line.button("Choose this point")).to_be_disabled()
    assert line.chosen() == chosen

    before_operation = opened.kernel.ask("kit.scenario.backup_id")
    line.button("24 h").click()
    line.expect_hours(23, 30)
    number = opened.kernel.ask(f"[one.id for one in form.point.timeline._drawn].index({before_operation!r})")
    mark = line.root.locator(f"[data-mark='{number}']")
    mark.hover()
    expect(line.facts).to_contain_text("before an operation (metadata)")
    mark.click()
    expect(opened.form.field("point")).to_have_value(before_operation)
    assert line.chosen() == before_operation


def test_by_keyboard_the_cursor_shows_and_enter_chooses(open_form):
    opened = open_form()
    form = opened.form.reach("point")
    line, keys = TimelinePage(opened), Keyboard(form)
    keys.tab_to("timeline")
    expect(line.plot).to_be_focused()
    cells = opened.page.locator(".jp-Notebook .jp-Cell").count()
    keys.press("d", "d", "x", "a")  # commands of JupyterLab, which would delete or add a cell
    keys.press("End")
    latest = line.read_shown()
    assert str(latest) == "2026-05-20 11:58:00+00:00"
    expect(line.plot).to_have_attribute("aria-valuetext", "2026-05-20 11:58:00 UTC, 2 min ago Can be restored to: it lies in "
                                        "the range from 2026-05-17 10:40:01 UTC to 2026-05-20 11:58:00 UTC. "
                                        + line.facts.locator("div").nth(1).inner_text())  # fmt: skip
    for key, step in (
        ("ArrowLeft", timedelta(minutes=1)),
        ("Shift+ArrowLeft", timedelta(hours=1)),
        ("Alt+ArrowLeft", timedelta(seconds=1)),
    ):
        before = line.read_shown()
        keys.press(key)
        until(lambda moved=before - step: line.read_shown() == moved, key)
    assert opened.kernel.ask("form.point.value is None")
    shown = line.read_shown()
    keys.press("Enter")
    line.expect_chosen(shown)
    form.expect_state("point", "done")

    keys.press("4")
    line.expect_hours(150, 200)
    keys.press("+", "+")
    line.expect_hours(30, 60)
    keys.press("-")
    line.expect_hours(60, 100)
    keys.press("PageDown")
    expect(line.facts).to_contain_text("Backup Backup-")
    keys.press("PageDown", "Space")
    until(lambda: opened.kernel.ask("form.point.backup_id != ''"), "a backup")
    expect(line.when).to_contain_text("Chosen")
    keys.press("Shift+Tab")
    assert keys.where().name != "ddmkit-timeline"
    assert opened.page.locator(".jp-Notebook .jp-Cell").count() == cells
    assert opened.watched.errors == []


# Three backups a minute apart, and two in one second; the clock of these forms stands.
CLOSE = """
from datetime import timedelta
for minutes in (180, 181, 182, 1800, 1800):
    kit.simulator.world.add_backups(1, kit.scenario.source, created=kit.now() - timedelta(minutes=minutes))
"""


def test_a_click_on_backups_that_share_a_mark_zooms_or_refuses_and_never_chooses_one_of_them(open_form):
    opened = open_form()
    opened.kernel.run(CLOSE)
    opened.form.reach("point")
    line = TimelinePage(opened)
    line.button("7 d").click()
    line.expect_hours(150, 200)
    pair, three = line.root.locator("[data-marks='2']"), line.root.locator("[data-marks='3']")
    pair.hover()
    expect(line.facts).to_contain_text("2 backups were made at this time: choose one in the list below")
    pair.click()
    expect(line.button("Choose this point")).to_be_disabled()
    assert line.hours_shown() > 150

    three.hover()
    expect(line.when).to_contain_text("3 backups lie close together here")
    expect(line.facts).to_contain_text("Click to zoom in")
    three.click()
    line.expect_hours(0, 0.2)
    expect(line.root.locator("[data-mark]")).to_have_count(3)
    assert opened.kernel.ask("form.point.value is None")
    line.root.locator("[data-mark]").nth(1).hover()
    expect(line.when).to_contain_text("2026-05-20 08:59:00 UTC")
    line.root.locator("[data-mark]").nth(1).click()
    until(lambda: opened.kernel.ask("str(form.point.value.instant)") == "2026-05-20 08:59:00+00:00", "the middle one")
    assert opened.watched.errors == []


def test_by_touch_a_tap_shows_a_second_one_chooses_and_two_fingers_zoom(set_stage, lab, shared_kernel):
    opened = set_stage(lab, has_touch=True).open_form(kernel_id=shared_kernel)
    opened.form.reach("point")
    line = TimelinePage(opened)
    line.button("24 h").tap()
    line.expect_hours(23, 30)
    opened.page.touchscreen.tap(*line.place(0.5))
    shown = line.read_shown()
    assert opened.kernel.ask("form.point.value is None")
    opened.page.touchscreen.tap(*line.place(0.5))
    line.expect_chosen(shown)

    hours, touch = line.hours_shown(), opened.page.context.new_cdp_session(opened.page)

    def put_fingers(kind, *shares):
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(map(line.place, shares))]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    put_fingers("touchStart", 0.45)
    put_fingers("touchStart", 0.45, 0.55)
    put_fingers("touchMove", 0.35, 0.65)
    put_fingers("touchMove", 0.25, 0.75)
    put_fingers("touchEnd")
    line.expect_hours(hours / 6, hours / 4)
    first, _ = line.window()
    put_fingers("touchStart", 0.3)
    put_fingers("touchMove", 0.5)
    put_fingers("touchMove", 0.7)
    put_fingers("touchEnd")
    until(lambda: line.window()[0] < first, "an earlier part")
    assert line.chosen() == str(shown)
    assert opened.watched.errors == []


def test_on_paper_the_timeline_is_a_picture_and_words_without_buttons(open_form):
    opened = open_form()
    opened.form.reach("point")
    line = TimelinePage(opened)
    words = line.root.locator(".ddmkit-timeline-words")
    expect(words).to_contain_text("Restorable ranges: 2")
    assert words.bounding_box()["height"] <= 1
    opened.page.emulate_media(media="print")
    assert words.bounding_box()["height"] > 50
    expect(line.plot.locator("svg")).to_be_visible()
    expect(line.button("24 h")).to_be_hidden()
    expect(line.button("Choose this point")).to_be_hidden()
