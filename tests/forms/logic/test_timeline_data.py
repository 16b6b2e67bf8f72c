"""What is sent to a page to draw, and what a message may name."""

from datetime import timedelta

import pytest

from ddmkit.display.timeline.facts import read_facts
from ddmkit.forms.logic.timeline_data import GRAINS_MS, Look, columns_of, drawn_backups, read_look, timeline_values
from ddmkit.models import Backup, RestorableRange
from ddmkit.times import to_ms

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def read_back(columns):
    """Return the times in milliseconds, as the page reads them."""
    times = [columns["first"]] if columns["kinds"] else []
    for step in columns["steps"]:
        times.append(times[-1] + step)
    return [one * columns["unit"] for one in times]


@pytest.mark.parametrize("fraction", [timedelta(0), timedelta(milliseconds=250)])
def test_columns_hold_every_time_exactly(now, fraction):
    backups = [Backup(id=str(n), created=now + n * HOUR + fraction) for n in range(5)]
    assert read_back(columns_of(backups)) == [to_ms(one.created) for one in backups]


def test_columns_tell_type_and_use(now):
    backups = [
        Backup(id="a", created=now - DAY, backup_type="auto_metadata", status="normal"),
        Backup(id="b", created=now, backup_type="metadata", status="deleting"),
    ]
    columns = columns_of(backups)
    assert (columns["kinds"], columns["usable"], columns["names"]) == ("01", "10", ["daily", "before an operation"])
    assert columns_of([])["kinds"] == ""


def test_more_types_than_there_are_letters_share_the_last_row(now):
    backups = [Backup(id=str(n), created=now, backup_type=f"type{n:03d}") for n in range(50)]
    columns = columns_of(backups)
    assert len(columns["names"]) == 36
    assert columns["names"][-1] == "other types"
    assert columns["kinds"][-1] == "z"


def test_presets_and_offsets_and_moments_are_ready_to_draw(now):
    ranges = [RestorableRange(start_time=now - 90 * DAY, end_time=now - HOUR)]
    facts = read_facts(ranges, (), now, incident=now - 3 * HOUR)
    values = timeline_values(facts, "Europe/Berlin")
    names = [name for name, *_ in values["presets"]]
    assert names == ["1 h", "6 h", "24 h", "7 d", "all", "around the incident"]
    assert values["window"] == values["presets"][-1][1:]
    assert [minutes for _, minutes in values["offsets"]] == [60, 120]
    assert [kind for kind, *_ in values["moments"]] == ["incident", "latest", "now"]
    assert "around the incident" not in [name for name, *_ in timeline_values(read_facts(ranges, (), now), "UTC")["presets"]]


def test_backups_outside_the_period_are_not_drawn_and_counted(now):
    old = Backup(id="old", created=now - 900 * DAY)
    facts = read_facts((), [old, Backup(id="new", created=now)], now)
    assert [one.id for one in drawn_backups(facts)] == ["new"]
    assert timeline_values(facts, "UTC")["note"].startswith("1 of 2 backups are drawn")


def test_a_look_is_a_mark_or_an_instant_of_the_period():
    assert read_look({"mark": 0}, [0, 10_000], 1) == Look(mark=0)
    assert read_look({"at": 3_000, "grain": 1_000}, [0, 10_000], 1) == Look(3_000, 1_000)
    assert read_look({"at": 3_001, "grain": 1}, [0, 10_000], 1) == Look(3_001, 1)
    for said in ({"at": 3_001, "grain": 1_000}, {"at": 3_000, "grain": 2}, {"at": 10_001, "grain": 1}, {"mark": 1}):
        assert read_look(said, [0, 10_000], 1) is None


def test_each_grain_is_a_multiple_of_a_smaller_one_so_that_round_times_stay_round():
    assert all(GRAINS_MS[-1] % grain == 0 for grain in GRAINS_MS)
    assert (15 * 60_000) % GRAINS_MS[-1] == 0  # every offset from UTC is a multiple of 15 minutes
