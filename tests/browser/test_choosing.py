"""Choosing on the page: by a click on the timeline, and among thousands of backups."""

from playwright.sync_api import expect

from tests.browser.servers import until

BACKUPS = 5_000
MANY = f"""
from datetime import timedelta
for _day in range(50):
    kit.simulator.world.add_backups({BACKUPS} // 50, kit.scenario.source, created=kit.now() - timedelta(hours=12 * _day + 6))
"""


def test_a_click_on_the_timeline_chooses_that_backup(open_form):
    opened = open_form()
    form = opened.form.reach("point")
    name = opened.kernel.ask(
        "next(one.name for one in kit.backups(kit.scenario.source) if one.id == kit.scenario.backup_id)"
    )
    chart = form.place("timeline")
    expect(chart.locator("canvas").first).to_be_visible()
    form.hover_until(chart, name)
    opened.page.mouse.down()
    opened.page.mouse.up()
    expect(form.field("point")).to_have_value(opened.kernel.ask("kit.scenario.backup_id"))
    form.expect_state("point", "done")
    assert opened.kernel.ask("form.point.backup_id == kit.scenario.backup_id")
    expect(form.option("points", name)).to_have_count(1)
    assert form.field("points").locator("option:checked").inner_text() == form.option("points", name).inner_text()


def test_a_key_pressed_in_the_search_among_5000_backups_sends_little_to_the_page(open_form):
    opened = open_form()
    opened.kernel.run(MANY)
    form = opened.form.reach("point")
    form.expect_words("points-count", "200 of 5,0")
    before = opened.watched.received
    seconds = form.time_key("points-search", "9", "points-count")
    until(lambda: opened.watched.received > before, "an answer of the kernel")
    sent = opened.watched.received - before
    print(f"{sent / 1_000:.1f} kB were sent to the page, which was drawn again in {seconds * 1_000:.0f} ms")
    assert 0 < sent < 100_000
