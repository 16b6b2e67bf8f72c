"""Choosing on the page: by text, by the picker, and among thousands of backups."""

from playwright.sync_api import expect

from tests.browser.large_lists import press_key_in_search, search_among_backups
from tests.browser.servers import until


def test_a_time_is_typed_as_people_write_it_picked_in_a_zone_and_settled_by_a_click(open_form):
    opened = open_form()
    form = opened.form.reach("point")

    def is_chosen(instant):
        until(lambda: opened.kernel.ask("str(form.point.restore_time)") == instant, f"{instant} chosen", 15)

    form.type("point", "1 h ago")
    expect(form.field("point")).to_have_value("2026-05-20 11:00:00+00:00")
    form.expect_words("point-message", "“1 h ago” was read as 2026-05-20 11:00:00 UTC")
    is_chosen("2026-05-20 11:00:00+00:00")
    form.type("point", "18:05")  # not yet today
    form.expect_words("point-message", "lies in the future")
    is_chosen("None")
    reading = form.button("reading")
    expect(reading).to_have_text("yesterday: 2026-05-19 18:05:00 UTC")
    reading.focus()
    opened.page.keyboard.press("Enter")
    is_chosen("2026-05-19 18:05:00+00:00")
    expect(reading).to_have_count(0)
    expect(form.field("point")).to_be_focused()  # else a person at the keyboard is back at the top of the page
    form.type("point", "2026-05-17 09:00")  # in a gap
    expect(reading).to_have_text(
        ["nearest restorable: 2026-05-17 07:59:59 UTC", "nearest restorable: 2026-05-17 10:40:01 UTC"]
    )
    reading.first.focus()
    opened.page.keyboard.press("Enter")
    is_chosen("2026-05-17 07:59:59+00:00")
    expect(form.field("point")).to_be_focused()

    form.type("zone", "bErLiN")
    form.button("similar-zone").first.focus()
    opened.page.keyboard.press("Enter")
    expect(form.field("zone")).to_have_value("Europe/Berlin")
    expect(form.field("zone")).to_be_focused()
    expect(form.button("latest")).to_have_text("Latest restorable: 2026-05-20 13:58:00 Europe/Berlin (+0200)")
    form.unfold("picker").root.locator("input.ddmkit-picker-when").fill("2026-05-20T12:30:15")
    form.root.locator("button.ddmkit-picker-use").click()
    is_chosen("2026-05-20 10:30:15+00:00")
    form.press("latest")
    is_chosen("2026-05-20 11:58:00+00:00")
    form.expect_state("point", "done")
    assert opened.watched.errors == []


def test_a_key_pressed_in_the_search_among_5000_backups_sends_little_to_the_page(open_form):
    opened = open_form()
    form = search_among_backups(opened)
    before = opened.watched.received
    seconds = press_key_in_search(form, "7")
    sent = opened.watched.received - before
    print(f"{sent / 1_000:.1f} kB were sent to the page, which was drawn again in {seconds * 1_000:.0f} ms")
    assert 0 < sent < 100_000
