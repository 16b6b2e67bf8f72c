"""A field for a time: what is typed is passed on, what is not clear is asked."""

from datetime import UTC, datetime

import pytest

from ddmkit.errors import InputError
from ddmkit.forms.widgets.instants.entry import TimeEntry
from ddmkit.typed_times import parse_point_in_time


@pytest.fixture
def heard():
    return []


@pytest.fixture
def entry(heard):
    return TimeEntry("When", "When it was", "ddmkit-when", placeholder="", on_change=heard.append, on_pick=heard.append)


def test_typed_text_is_passed_on(entry, heard):
    entry.field.input.value = "10:05"
    assert heard == ["10:05"]


def test_a_refusal_with_instants_becomes_buttons_and_another_one_a_sentence(entry, heard):
    with pytest.raises(InputError) as twice:
        parse_point_in_time("2026-10-25 02:30", "Europe/Berlin")
    entry.refuse(twice.value, "Europe/Berlin")
    assert "happened twice" in entry.field.message.text
    entry.readings.widget.children[0].click()
    assert heard == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]
    entry.clear()
    assert entry.field.message.text == ""
    entry.refuse(InputError("is empty.", fix="Write a time."), "UTC")
    assert entry.field.message.text == "is empty. Write a time."
    assert entry.readings.widget.children == ()


def test_a_time_outside_every_range_is_refused_with_the_nearest_ones_as_buttons(entry, heard):
    nearest = [datetime(2026, 5, 17, 12, tzinfo=UTC), datetime(2026, 5, 18, 12, tzinfo=UTC)]
    entry.refuse(InputError("lies in no restorable range.", fix="Nearest: two.", instants=nearest), "Europe/Berlin")
    assert entry.field.message.text == "lies in no restorable range. Nearest: two."
    presses = entry.readings.widget.children
    assert [one.description for one in presses] == [
        "nearest restorable: 2026-05-17 14:00:00 Europe/Berlin (+0200)",
        "nearest restorable: 2026-05-18 14:00:00 Europe/Berlin (+0200)",
    ]
    presses[1].click()
    assert heard == [nearest[1]]


def test_a_text_that_is_no_time_is_refused_with_the_short_forms_too(entry):
    with pytest.raises(InputError) as unreadable:
        parse_point_in_time("some time ago", "UTC")
    entry.refuse(unreadable.value, "UTC")
    assert entry.field.message.text.endswith("Short forms work too: 18:05, yesterday 18:05, 2 h ago.")
