"""Choosing on the page: by a click on the timeline, and among thousands of backups."""

from playwright.sync_api import expect

from tests.browser.large_lists import press_key_in_search, search_among_backups


def test_a_click_on_the_timeline_chooses_that_backup(open_form):
    opened = open_form()
    form = opened.form.reach("point")
    chosen = opened.kernel.ask("kit.scenario.backup_id")
    name = opened.kernel.ask(f"next(one.name for one in kit.backups(kit.scenario.source) if one.id == {chosen!r})")
    form.click_on_mark(form.place("timeline"), chosen, name)
    expect(form.field("point")).to_have_value(chosen)
    form.expect_state("point", "done")
    assert opened.kernel.ask("form.point.backup_id") == chosen
    expect(form.chosen("points")).to_contain_text(name)


def test_a_key_pressed_in_the_search_among_5000_backups_sends_little_to_the_page(open_form):
    opened = open_form()
    form = search_among_backups(opened)
    before = opened.watched.received
    seconds = press_key_in_search(form, "7")
    sent = opened.watched.received - before
    print(f"{sent / 1_000:.1f} kB were sent to the page, which was drawn again in {seconds * 1_000:.0f} ms")
    assert 0 < sent < 100_000
