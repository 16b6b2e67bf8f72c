"""The timeline, without a page: what it sends, and what it accepts from a page."""

import json
from datetime import timedelta

import pytest

from ddmkit.forms.logic.point_options import ChosenPoint, PointOptions
from ddmkit.forms.logic.timeline_data import GRAINS_MS
from ddmkit.forms.widgets.timeline import Timeline
from ddmkit.models import Backup, RestorableRange
from ddmkit.times import from_ms, to_ms

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def chosen():
    return []


@pytest.fixture
def options(now):
    ranges = (
        RestorableRange(start_time=now - 9 * DAY, end_time=now - 5 * HOUR),
        RestorableRange(start_time=now - 2 * HOUR, end_time=now - timedelta(minutes=2)),
    )
    backups = (
        Backup(id="new", name="n", created=now - HOUR, backup_type="metadata", status="normal"),
        Backup(id="bad", name="b", created=now - 3 * HOUR, backup_type="auto_metadata", status="deleting"),
    )
    return PointOptions(backups, ranges)


@pytest.fixture
def line(chosen, options, now):
    made = Timeline(chosen.append, lambda: now)
    made.described = []
    made.send = made.described.append
    made.draw(options, source_id="s", zone="UTC")
    return made


def say(line, **said):
    line._on_message(line, said, [])


def test_a_place_is_told_with_what_lies_there_and_chooses_nothing(line, chosen, now):
    at = to_ms(now - HOUR)
    say(line, kind="look", at=at, grain=60_000)
    described = line.described[0]
    assert (described["at"], described["grain"], described["can"]) == (at, 60_000, True)
    assert described["when"] == "2026-05-20 11:00:00 UTC, 1 h ago"
    assert "expected to use: n, before an operation (metadata), made 0 s before" in described["facts"][1]
    assert chosen == []


def test_what_was_shown_is_chosen_an_instant_or_a_backup(line, chosen, now):
    at = to_ms(now - 90 * timedelta(minutes=1))
    for said in ({"at": at, "grain": 60_000}, {"mark": 1}):
        say(line, kind="look", **said)
        say(line, kind="choose", **said)
    assert chosen == [from_ms(at), "new"]


@pytest.mark.parametrize("seen", [None, {"mark": 1}, {"at": 60_000, "grain": 60_000}, {"minutes": 61, "grain": 60_000}])
def test_what_was_not_shown_last_is_shown_and_not_chosen(line, chosen, now, seen):
    at = to_ms(now - 90 * timedelta(minutes=1))
    if seen:
        minutes = seen.pop("minutes", 0)
        say(line, kind="look", **(seen | ({"at": to_ms(now) - minutes * 60_000} if minutes else {})))
    say(line, kind="choose", at=at, grain=60_000)
    assert chosen == []
    assert line.described[-1]["at"] == at
    say(line, kind="choose", at=at, grain=60_000)  # now it was shown
    assert chosen == [from_ms(at)]


@pytest.mark.parametrize("minutes", [180, -1, 60 * 24 * 9 + 1])
def test_a_gap_the_future_and_the_time_before_all_ranges_cannot_be_chosen_and_say_why(line, chosen, now, minutes):
    at = to_ms(now) - minutes * 60_000
    say(line, kind="look", at=at, grain=1)
    say(line, kind="choose", at=at, grain=1)
    described = line.described[0]
    assert not described["can"]
    assert any(
        word in " ".join(described["facts"]) for word in ("data nodes cannot be recovered", "future", "no restorable range")
    )
    assert chosen == []


def test_a_backup_that_cannot_be_used_says_why_and_is_not_chosen(line, chosen):
    for kind in ("look", "choose"):
        say(line, kind=kind, mark=0)
    assert "deleting, not normal" in line.described[0]["facts"][1]
    assert chosen == []


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"at": 1.5, "grain": 1},
        {"at": True, "grain": 1},
        {"at": 10**15, "grain": 1},
        {"at": "1779273900000", "grain": 1},
        {"mark": 2},
        {"mark": -1},
        {"grain": 1},
    ],
)
def test_messages_that_name_no_place_of_this_timeline_are_dropped(line, chosen, said):
    for kind in ("look", "choose"):
        say(line, kind=kind, **said)
    assert line.described == chosen == []


@pytest.mark.parametrize("grain", GRAINS_MS)
def test_an_instant_that_the_shown_grain_does_not_have_is_dropped(line, now, grain):
    say(line, kind="look", at=to_ms(now - DAY) + 1, grain=grain)
    assert line.described == []
    say(line, kind="look", at=to_ms(now - DAY), grain=grain)
    assert len(line.described) == 1


def test_before_anything_was_drawn_messages_are_dropped(chosen, now):
    line = Timeline(chosen.append, lambda: now)
    line.send = lambda _said: pytest.fail("there is nothing to tell")
    say(line, kind="look", at=1, grain=1)


def test_the_choice_is_marked_as_an_instant_a_mark_or_a_backup_that_is_not_drawn(line, options, now):
    line.mark(ChosenPoint(now - HOUR))
    assert line.chosen == [to_ms(now - HOUR), None]
    line.mark(ChosenPoint(now - HOUR, options.backups[0]))
    assert line.chosen == [to_ms(now - HOUR), 1]
    line.mark(ChosenPoint(now - HOUR, Backup(id="elsewhere", created=now)))
    assert line.chosen == [to_ms(now - HOUR), -1]
    line.mark(None)
    assert line.chosen == [None, None]


def test_another_source_or_incident_moves_the_visible_part_and_nothing_else_does(line, options, now):
    opened = line.window
    line.window = [to_ms(now - HOUR), to_ms(now)]
    line.draw(options, source_id="s", zone="Europe/Berlin")
    assert line.window == [to_ms(now - HOUR), to_ms(now)]
    assert line.zone == "Europe/Berlin"
    line.draw(options, source_id="s", zone="UTC", incident=now - 5 * DAY)
    first, last = line.window
    assert first < to_ms(now - 5 * DAY) < last < opened[0]
    line.draw(options, source_id="other", zone="UTC")
    assert line.window == opened


def test_the_same_stands_there_in_words(line):
    assert "gap of 3 h, cannot be restored to" in line.words


def test_600_backups_take_about_ten_kilobytes_and_5000_fit_too(chosen, now):
    line = Timeline(chosen.append, lambda: now)
    for count, most in ((600, 10_000), (5_000, 60_000)):
        many = [
            Backup(id=f"b{n}", created=now - n * timedelta(hours=1, seconds=7), backup_type="metadata", status="normal")
            for n in range(count)
        ]
        line.draw(PointOptions(tuple(many)), source_id=str(count), zone="UTC")
        sent = {name: value for name, value in line.get_state().items() if not name.startswith("_")}
        assert len(json.dumps(sent, default=str)) < most
        assert len(line.marks["usable"]) == count
    assert line.note == ""


def test_of_more_backups_the_newest_are_drawn_and_it_says_so(chosen, now):
    line = Timeline(chosen.append, lambda: now)
    many = tuple(Backup(id=f"b{n}", created=now - n * timedelta(minutes=5)) for n in range(5_003))
    line.draw(PointOptions(many), source_id="s", zone="UTC")
    assert line.note == "5,000 of 5,003 backups are drawn; the table has all."
    assert line._drawn[-1].id == "b0"


def test_it_loads_nothing_from_another_host_and_writes_texts_as_texts():
    assert "innerHTML" not in Timeline._esm
    assert "import(" not in Timeline._esm
    assert not any(f"{scheme}://" in Timeline._esm.replace("http://www.w3.org/2000/svg", "") for scheme in ("http", "https"))
