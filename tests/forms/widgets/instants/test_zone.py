"""The field for the time zone."""

import pytest

from ddmkit.errors import InputError
from ddmkit.forms.widgets.instants.zone import ZoneField


def test_case_does_not_matter_and_a_part_of_a_name_offers_names_and_changes_nothing():
    heard = []
    field = ZoneField("UTC", heard.append)
    field.field.input.value = "asia/shanghai"
    assert (field.zone, field.field.value, heard) == ("Asia/Shanghai", "Asia/Shanghai", ["Asia/Shanghai"])
    field.field.input.value = "new york"
    assert field.zone == "Asia/Shanghai"
    assert "Until then, times are read in Asia/Shanghai" in field.field.message.text
    assert [one.description for one in field.similar.widget.children] == ["America/New_York"]
    field.similar.widget.children[0].click()
    assert (field.zone, field.field.value) == ("America/New_York", "America/New_York")
    assert "America/New_York" in field.field.message.text


def test_the_zone_of_the_browser_is_the_first_one_offered_and_is_applied_by_a_click_alone():
    heard = []
    field = ZoneField("UTC", heard.append)
    field.offer_browsers("Europe/Berlin")
    assert (field.zone, field.field.value, heard) == ("UTC", "UTC", [])
    assert field.field.input.options[:2] == ("Europe/Berlin", "UTC")
    (button,) = field.similar.widget.children
    assert button.description == "your browser: Europe/Berlin"
    button.click()
    assert (field.zone, field.field.value, heard) == ("Europe/Berlin", "Europe/Berlin", ["Europe/Berlin"])
    assert field.similar.widget.children == ()
    field.take("dubai")  # the browser's stays one click away, and the first
    assert [one.description for one in field.similar.widget.children] == ["Asia/Dubai"]
    field.take("Asia/Dubai")
    field.take("new york")
    assert [one.description for one in field.similar.widget.children] == ["your browser: Europe/Berlin", "America/New_York"]


@pytest.mark.parametrize("name", ["UTC", "", "Etc/Nowhere", "<b>Berlin</b>"])
def test_a_browser_without_a_zone_of_its_own_offers_none(name):
    field = ZoneField("UTC", lambda _zone: pytest.fail("it did not change"))
    field.offer_browsers(name)
    assert field.similar.widget.children == ()


def test_a_name_that_is_like_no_other_says_how_names_are_written():
    field = ZoneField("UTC", lambda _zone: pytest.fail("it did not change"))
    field.field.input.value = "zzzzzz"
    assert "Use an IANA name" in field.field.message.text
    assert field.similar.widget.children == ()


def test_a_field_begins_with_a_zone_that_exists():
    with pytest.raises(InputError):
        ZoneField("Mars/Olympus", print)
