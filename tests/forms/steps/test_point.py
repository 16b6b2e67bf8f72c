"""Choosing the point: typed text, list and chart say the same."""

import json
import sys
from datetime import UTC, datetime, timedelta

import pytest

from ddmkit.forms import PointForm
from ddmkit.forms.logic.wizard_state import RESTORE_WORDS, Step, StepState
from ddmkit.times import to_ms


@pytest.fixture
def form(kit):
    return PointForm(kit, source=kit.scenario.source)


def test_a_row_of_the_list_writes_the_text_and_marks_it_on_the_timeline(form, kit):
    form.list.press(kit.scenario.backup_id)
    assert form.text_field.value == kit.scenario.backup_id
    assert form.backup_id == kit.scenario.backup_id
    at, mark = form.timeline.chosen
    assert at == to_ms(form.value.instant)
    assert form.timeline._drawn[mark].id == kit.scenario.backup_id


def test_typed_text_chooses_the_row_and_typing_bad_text_unchooses_it(form, kit):
    form.text_field.input.value = kit.scenario.backup_id
    assert form.list.chosen == kit.scenario.backup_id
    form.text_field.input.value = "yesterday-ish"
    assert form.value is None
    assert form.list.chosen == ""
    assert form.timeline.chosen == [None, None]


@pytest.mark.parametrize("text", ["2026-05-17 09:00", "2026-05-32", "half past ten", "1779264000", "2027-01-01 00:00"])
def test_bad_text_is_explained_beside_the_field_and_stays(form, text):
    form.text_field.input.value = text
    assert form.value is None
    assert "not possible" in form.text_field.message.widget.value
    assert form.problem
    assert form.text_field.value == text


def test_a_time_is_said_in_four_notations_with_the_backup_expected(kit):
    form = PointForm(kit, source=kit.scenario.source, time_zone="Europe/Berlin")
    form.text_field.input.value = "2026-05-20 12:45"
    for said in ("2026-05-20 10:45:00 UTC", "12:45:00 Europe/Berlin (+0200)", "1779273900000 ms", "1 h 15 min ago"):
        assert said in form.details.value
    assert "expected to take this one, made 8 h 9 min before" in form.details.value


def test_another_zone_reads_the_same_text_again(form):
    form.text_field.input.value = "2026-05-20 10:45"
    form.zone_field.field.input.value = "Europe/Berlin"
    assert form.value.instant == datetime(2026, 5, 20, 8, 45, tzinfo=UTC)
    assert "read in Europe/Berlin" in form.zone_field.field.message.text
    form.zone_field.field.input.value = "Mars/Olympus"
    assert "Mars/Olympus" in form.zone_field.field.message.text
    assert form.time_zone == "Europe/Berlin"


def test_the_zone_is_the_kits_unless_said_otherwise(open_kit):
    assert PointForm(open_kit(time_zone="Asia/Shanghai")).time_zone == "Asia/Shanghai"


def test_the_line_of_next_names_the_fields_for_times_as_they_are_labelled(form):
    words = RESTORE_WORDS.still_to_do[Step.POINT, StepState.BLOCKED]
    assert f"“{form.incident_field.input.description}”" in words
    assert f"“{form.text_field.input.description}”" in words


def test_a_time_in_a_gap_is_refused_and_one_click_takes_the_nearest_that_can_be_restored_to(form):
    form.text_field.input.value = "2026-05-17 09:00"
    assert "lies in no restorable range" in form.problem
    presses = form.text_entry.readings.widget.children
    assert [one.description for one in presses] == [
        "nearest restorable: 2026-05-17 07:59:59 UTC",
        "nearest restorable: 2026-05-17 10:40:01 UTC",
    ]
    presses[0].click()
    assert form.restore_time == datetime(2026, 5, 17, 7, 59, 59, tzinfo=UTC)
    assert form.problem == ""
    assert form.text_entry.readings.widget.children == ()


def test_an_hour_that_the_clocks_skip_is_refused_with_both_readings(kit):
    form = PointForm(kit, source=kit.scenario.source, time_zone="Europe/Berlin")
    form.text_field.input.value = "2026-03-29 02:30"
    assert "never happened" in form.problem


def test_when_it_happened_gives_suggestions_to_press(form, kit):
    form.incident_field.input.value = "2026-05-20 10:47:51"
    buttons = form.suggestions.rows.children[::2]
    assert buttons[0].description == "1. The backup made before the last operation"
    buttons[0].click()
    assert form.backup_id == kit.scenario.backup_id


def test_the_suggestion_that_is_the_choice_says_so_until_another_point_is_chosen(form, kit):
    form.incident_field.input.value = "2026-05-20 10:47:51"
    press = form.suggestions.rows.children[0]
    form.backup_id = kit.scenario.backup_id
    assert press.description == "✓ 1. The backup made before the last operation: chosen"
    form.restore_time = kit.scenario.restore_time
    assert press.description == "1. The backup made before the last operation"


def test_a_suggestion_that_stays_keeps_its_button_and_takes_its_new_reason(form, kit):
    press, reason = form.suggestions.rows.children[:2]
    before = reason.value
    form.incident_field.input.value = "2026-05-20 10:47:51"
    assert form.suggestions.rows.children[:2] == (press, reason)
    assert reason.value != before
    press.click()
    assert form.backup_id == kit.scenario.backup_id


def test_a_bad_incident_is_explained_and_stays(form):
    form.incident_field.input.value = "this morning"
    assert "not possible" in form.incident_field.message.widget.value
    assert form.incident_field.value == "this morning"


def test_gaps_are_told_below_the_chart(form):
    assert "Gap: 2026-05-17 07:59:59 UTC to 2026-05-17 10:40:01 UTC" in form.gaps.value


def test_from_python_ids_datetimes_and_milliseconds_are_taken(form, kit):
    form.backup_id = kit.scenario.backup_id
    assert form.value.arguments() == {"backup_id": kit.scenario.backup_id}
    form.restore_time = kit.scenario.restore_time
    assert form.restore_time == kit.scenario.restore_time
    assert form.backup_id == ""
    form.restore_time = 1779273900000
    assert form.restore_time == datetime(2026, 5, 20, 10, 45, tzinfo=UTC)


def test_another_source_keeps_the_text_and_checks_it_again(form, kit):
    form.backup_id = kit.scenario.backup_id
    form.source = next(one.id for one in kit.instances() if one.name == "ddm-analytics-prod")
    assert form.value is None
    form.read_if_needed()
    assert form.text_field.value == kit.scenario.backup_id
    assert "neither a backup of this source nor a time" in form.problem


def test_a_deleted_source_has_backups_but_no_ranges(open_kit):
    kit = open_kit("deleted-instance")
    form = PointForm(kit, source=kit.scenario.source)
    assert "not known: the source is deleted." in form.gaps.value
    form.backup_id = kit.scenario.backup_id
    assert form.value is not None


def test_with_5000_backups_a_key_press_sends_less_than_100_kb(kit):
    kit.simulator.world.add_backups(4_971, kit.scenario.source)
    form = PointForm(kit, source=kit.scenario.source)
    assert "rows 1 to 25 of 5,0" in form.list.said
    form.list.ask("daily 2026")
    assert "match; rows 1 to 25 shown" in form.list.said
    assert len(json.dumps(form.list.view)) < 10_000
    assert len(form.timeline.marks["usable"]) == len(kit.backups(kit.scenario.source)) >= 5_000


def test_an_incident_in_the_future_or_with_two_readings_is_refused_beside_its_field(form, kit):
    form.backup_id = kit.scenario.backup_id
    for text, said in (("2030-05-20 10:47", "in the future"), ("2026-05-20 10.47", "fraction of an hour")):
        form.incident_field.input.value = text
        assert form.incident is None
        assert said in form.incident_field.message.text
        assert said in form.problem
    form.incident_field.input.value = ""
    assert form.problem == ""


def test_a_zone_may_be_typed_in_lower_case(form):
    form.zone_field.field.input.value = "europe/berlin"
    assert form.time_zone == "Europe/Berlin"
    form.zone_field.field.input.value = "Europe/Berln"
    assert "Similar names are below" in form.zone_field.field.message.text
    form.zone_field.similar.widget.children[0].click()
    assert form.time_zone == "Europe/Berlin"
    assert form.zone_field.similar.widget.children == ()


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("10:05", "2026-05-20 10:05:00+00:00"),
        ("yesterday 18:05", "2026-05-19 18:05:00+00:00"),
        ("1 h ago", "2026-05-20 11:00:00+00:00"),
        ("2026-05-20 12:45:00 Europe/Berlin (+0200)", "2026-05-20 10:45:00+00:00"),
    ],
)
def test_a_time_as_people_write_it_becomes_an_absolute_instant_that_is_shown(form, text, instant):
    form.text_field.input.value = text
    assert form.text_field.value == instant
    assert f"“{text}” was read as" in form.text_field.message.text
    assert str(form.value.arguments()["restore_time"]) == instant
    form.refresh()
    assert (form.text_field.value, str(form.restore_time)) == (instant, instant)


def test_a_time_of_day_after_now_is_not_guessed_and_a_click_settles_it(form):
    form.text_field.input.value = "18:05"
    assert form.value is None
    assert "lies in the future" in form.problem
    (press,) = form.text_entry.readings.widget.children
    assert press.description == "yesterday: 2026-05-19 18:05:00 UTC"
    press.click()
    assert str(form.restore_time) == "2026-05-19 18:05:00+00:00"
    assert form.text_entry.readings.widget.children == ()


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("2025-10-26 02:30", ["2025-10-26 02:30:00 Europe/Berlin (+0200)", "2025-10-26 02:30:00 Europe/Berlin (+0100)"]),
        ("2026-03-29 02:30", ["2026-03-29 01:59:59 Europe/Berlin (+0100)", "2026-03-29 03:00:00 Europe/Berlin (+0200)"]),
    ],
)
def test_a_local_time_that_exists_twice_or_never_is_settled_by_a_click(kit, text, offered):
    form = PointForm(kit, source=kit.scenario.source, time_zone="Europe/Berlin")
    for entry in (form.text_entry, form.incident_entry):
        entry.field.input.value = text
        buttons = entry.readings.widget.children
        assert [one.description.partition(": ")[2] for one in buttons] == offered
    form.incident_entry.readings.widget.children[1].click()
    assert form.incident_field.message.text.startswith(f"{form.incident:%Y-%m-%d %H:%M:%S} UTC")
    assert form.incident_entry.readings.widget.children == ()


def test_from_python_a_time_has_to_be_whole(form):
    for text in ("10:05", "1 h ago", "yesterday 18:05"):
        form.restore_time = text
        assert form.value is None
        form.incident = text
        assert form.incident is None
        assert "not possible" in form.incident_field.message.widget.value


def test_an_incident_may_be_written_as_people_do(form):
    form.incident_field.input.value = "2 h ago"
    assert form.incident == datetime(2026, 5, 20, 10, 0, tzinfo=UTC)
    assert form.incident_field.value == "2026-05-20 10:00:00+00:00"
    assert form.timeline.presets[-1][0] == "around the incident"
    form.incident_field.input.value = "18:05"
    assert form.incident is None
    form.incident_entry.readings.widget.children[0].click()
    assert str(form.incident) == "2026-05-19 18:05:00+00:00"


def test_the_name_of_a_backup_has_priority_over_a_reading(form, kit, monkeypatch):
    backup = kit.backups(kit.scenario.source)[0].model_copy(update={"name": "1 h ago"})
    monkeypatch.setattr(form, "_options", type(form._options)((backup,), form._options.ranges))
    form.text_field.input.value = "1 h ago"
    assert form.backup_id == backup.id


def test_one_click_chooses_the_latest_restorable_instant_that_the_button_names(form):
    assert form.latest.description == "Latest restorable: 2026-05-20 11:58:00 UTC"
    form.latest.click()
    assert str(form.restore_time) == "2026-05-20 11:58:00+00:00"
    form.zone_field.take("Asia/Shanghai")
    assert form.latest.description == "Latest restorable: 2026-05-20 19:58:00 Asia/Shanghai (+0800)"


def test_a_picked_time_has_the_zone_that_was_picked_with_it(form):
    form.zone_field.take("Europe/Berlin")
    assert form.picker.zones == ["Europe/Berlin", "UTC"]
    for zone, hour in (("Europe/Berlin", 8), ("UTC", 10)):
        form.picker._on_message(None, {"kind": "use", "when": "2026-05-20T10:30", "zone": zone}, [])
        assert form.restore_time == datetime(2026, 5, 20, hour, 30, tzinfo=UTC)


def test_a_place_of_the_timeline_that_was_shown_is_chosen(form, kit):
    said = {"at": 1779273900000, "grain": 60_000}
    form.timeline._on_message(None, {"kind": "look", **said}, [])
    assert form.value is None
    form.timeline._on_message(None, {"kind": "choose", **said}, [])
    assert form.text_field.value == "2026-05-20 10:45:00+00:00"
    assert form.restore_time == datetime(2026, 5, 20, 10, 45, tzinfo=UTC)


def test_the_timeline_of_another_source_is_hidden_until_it_was_read(form, kit):
    form.source = next(one.id for one in kit.instances() if one.name == "ddm-analytics-prod")
    assert form.timeline.layout.display == "none"
    assert form.picture().html == ""
    form.read_if_needed()
    assert form.timeline.layout.display is None


def test_a_saved_page_shows_the_timeline_as_a_picture_and_no_chart_library_is_loaded(form):
    form.restore_time = "2026-05-20T10:45:00Z"
    assert '<img src="data:image/svg+xml,' in form.summary().html
    assert "Chosen point: 2026-05-20 10:45:00 UTC" in form.picture().text
    assert form.picture() is form.picture()
    assert "altair" not in sys.modules["ddmkit.forms.steps.point"].__dict__


def test_reading_again_moves_the_latest_restorable_instant_and_says_when_the_points_were_read(form, kit):
    form.backup_id = kit.scenario.backup_id
    latest, read = form.latest.description, form.gaps.value
    assert "Read at 2026-05-20 12:00:00 UTC; ages count from then." in read
    kit.simulator.advance(timedelta(hours=1))
    form.text_field.input.value = kit.scenario.backup_id
    assert (form.latest.description, form.gaps.value) == (latest, read)
    assert "1 h 13 min ago" in form.details.value
    assert "1 h 13 min ago" in form.suggestions.rows.children[1].value
    form.incident_field.input.value = "2026-05-20 10:48"
    assert "1 h 12 min ago" in form.incident_field.message.text
    form.again.click()
    assert "2 h 12 min ago" in form.incident_field.message.text
    assert form.latest.description > latest
    assert "Read at 2026-05-20 13:00:00 UTC" in form.gaps.value
    assert "2 h 13 min ago" in form.details.value
    assert "2 h 13 min ago" in form.suggestions.rows.children[1].value
    assert form.backup_id == kit.scenario.backup_id
