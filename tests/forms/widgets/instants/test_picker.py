"""The date and time picker: text as the person sees it, with the zone."""

import pytest

from ddmkit.forms.widgets.instants.picker import Picker


@pytest.fixture
def heard():
    return []


@pytest.fixture
def picker(heard):
    made = Picker(heard.append, lambda zone: heard.append(f"zone: {zone}"))
    made.zones = ["Europe/Berlin", "UTC"]
    return made


@pytest.mark.parametrize(
    ("when", "text"),
    [
        ("2026-05-20T10:45", "2026-05-20 10:45 Europe/Berlin"),
        ("2026-03-29T02:30:15", "2026-03-29 02:30:15 Europe/Berlin"),  # never happened: refused by whoever reads it
        ("2026-05-20T10:45:00.000", "2026-05-20 10:45:00 Europe/Berlin"),
    ],
)
def test_date_time_and_zone_are_passed_on_as_text(picker, heard, when, text):
    picker._on_message(picker, {"kind": "use", "when": when, "zone": "Europe/Berlin"}, [])
    assert heard == [text]


def test_the_zone_of_the_browser_is_passed_on_as_text(picker, heard):
    picker._on_message(picker, {"kind": "zone", "zone": "Europe/Berlin"}, [])
    assert heard == ["zone: Europe/Berlin"]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"when": ""},
        {"kind": "zone"},
        {"kind": "zone", "zone": ["UTC"]},
        {"when": "20.5.2026"},
        {"when": "2026-05-20T10:45", "zone": "Asia/Tokyo"},
        {"when": "2026-05-20T10:45"},
    ],
)
def test_anything_else_is_dropped(picker, heard, said):
    picker._on_message(picker, said, [])
    assert heard == []
