"""Choosing the point: typed text, list and chart say the same."""

import json
import threading
from datetime import UTC, datetime

import pytest

from ddmkit.forms import PointForm
from ddmkit.forms.widgets.timeline import Timeline


@pytest.fixture
def form(kit):
    return PointForm(kit, source=kit.scenario.source)


def test_a_row_of_the_list_writes_the_text_and_moves_the_line_of_the_chart(form, kit):
    form.list.press(kit.scenario.backup_id)
    assert form.text_field.value == kit.scenario.backup_id
    assert form.backup_id == kit.scenario.backup_id
    assert form._timeline.widget.params.chosen == form.value.instant.timestamp() * 1000


def test_typed_text_chooses_the_row_and_typing_bad_text_unchooses_it(form, kit):
    form.text_field.input.value = kit.scenario.backup_id
    assert form.list.chosen == kit.scenario.backup_id
    form.text_field.input.value = "yesterday-ish"
    assert form.value is None
    assert form.list.chosen == ""
    assert form._timeline.widget.params.chosen == 0


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
    form.zone_field.input.value = "Europe/Berlin"
    assert form.value.instant == datetime(2026, 5, 20, 8, 45, tzinfo=UTC)
    assert "read in Europe/Berlin" in form.zone_field.message.text
    form.zone_field.input.value = "Mars/Olympus"
    assert "Mars/Olympus" in form.zone_field.message.text
    assert form.time_zone == "Europe/Berlin"


def test_the_zone_is_the_kits_unless_said_otherwise(open_kit):
    assert PointForm(open_kit(time_zone="Asia/Shanghai")).time_zone == "Asia/Shanghai"


def test_an_hour_that_the_clocks_skip_is_refused_with_both_readings(kit):
    form = PointForm(kit, source=kit.scenario.source, time_zone="Europe/Berlin")
    form.text_field.input.value = "2026-03-29 02:30"
    assert "never happened" in form.problem


def test_when_it_happened_gives_suggestions_to_press(form, kit):
    form.incident_field.input.value = "2026-05-20 10:47:51"
    buttons = [row.children[0] for row in form.suggestions.children]
    assert buttons[0].description == "1. The backup made just before an operation"
    buttons[0].click()
    assert form.backup_id == kit.scenario.backup_id


def test_the_suggestion_that_is_the_choice_says_so_until_another_point_is_chosen(form, kit):
    form.incident_field.input.value = "2026-05-20 10:47:51"
    press = form.suggestions.children[0].children[0]
    form.backup_id = kit.scenario.backup_id
    assert press.description == "✓ 1. The backup made just before an operation: chosen"
    form.restore_time = kit.scenario.restore_time
    assert press.description == "1. The backup made just before an operation"


def test_a_suggestion_that_stays_keeps_its_button_and_takes_its_new_reason(form, kit):
    press, reason = form.suggestions.children[0].children
    before = reason.value
    form.incident_field.input.value = "2026-05-20 10:47:51"
    assert form.suggestions.children[0].children == (press, reason)
    assert reason.value != before
    press.click()
    assert form.backup_id == kit.scenario.backup_id


def test_an_incident_typed_while_the_chart_is_drawn_does_not_wait_and_is_on_the_chart(form, monkeypatch):
    draw, begun, goes_on, drawn = Timeline.draw, threading.Event(), threading.Event(), []

    def draw_slowly(timeline, *given, **named):
        begun.set()
        assert goes_on.wait(30)
        drawn.append(named["incident"])
        draw(timeline, *given, **named)

    monkeypatch.setattr(Timeline, "draw", draw_slowly)
    reading = threading.Thread(target=form.refresh)
    reading.start()
    assert begun.wait(30)
    form.incident = "2026-05-20 10:47:51"  # would wait for ever if it drew
    goes_on.set()
    reading.join(30)
    assert drawn == [None, form.incident]


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
    assert "600 of 5,0" in json.dumps(form._timeline.widget.spec)


def test_without_the_script_of_charts_the_words_stand_there(kit, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ddmkit.forms.widgets.timeline", None)
    form = PointForm(kit, source=kit.scenario.source)
    assert "Restorable ranges: 2" in form.chart.children[0].value


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
    form.zone_field.input.value = "europe/berlin"
    assert form.time_zone == "Europe/Berlin"
    form.zone_field.input.value = "Europe/Berln"
    assert "Similar names: Europe/Berlin" in form.zone_field.message.text
