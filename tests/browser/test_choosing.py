"""Choosing on the page: by a click on the timeline, and among thousands of backups."""

import re

from playwright.sync_api import expect

BACKUPS = 5_000
MANY = f"""
from datetime import timedelta
for _day in range(50):
    kit.simulator.world.add_backups({BACKUPS} // 50, kit.scenario.source, created=kit.now() - timedelta(hours=12 * _day + 6))
"""


def test_a_click_on_the_timeline_chooses_that_backup(open_form):
    opened = open_form()
    form = opened.form.reach("point")
    chosen = opened.kernel.ask("kit.scenario.backup_id")
    name = opened.kernel.ask(f"next(one.name for one in kit.backups(kit.scenario.source) if one.id == {chosen!r})")
    form.click_on_mark(form.place("timeline"), chosen, name)
    expect(form.field("point")).to_have_value(chosen)
    form.expect_state("point", "done")
    assert opened.kernel.ask("form.point.backup_id") == chosen
    expect(form.field("points").locator("option:checked")).to_contain_text(name)


def test_a_key_pressed_in_the_search_among_5000_backups_sends_little_to_the_page(open_form):
    opened = open_form()
    opened.kernel.run(MANY)
    form = opened.form.reach("point")
    form.expect_words("points-count", "200 of 5,0")
    form.field("points-search").fill("2026-05-1")
    form.expect_words("points-count", re.compile(r"; [12],\d{3} match"))
    before = opened.watched.received
    seconds = form.time_key("points-search", "7", "points-count")
    expect(form.field("points").locator("option")).to_have_count(201)
    sent = opened.watched.received - before
    print(f"{sent / 1_000:.1f} kB were sent to the page, which was drawn again in {seconds * 1_000:.0f} ms")
    assert 0 < sent < 100_000
