"""The static timeline: whole, escaped, without a library, and told in words too."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import pytest

from ddmkit.display.timeline.facts import read_facts
from ddmkit.display.timeline.svg import draw_timeline, timeline_picture
from ddmkit.models import Backup, RestorableRange

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RANGES = (
    RestorableRange(start_time=NOW - 9 * DAY, end_time=NOW - 5 * HOUR),
    RestorableRange(start_time=NOW - 2 * HOUR, end_time=NOW - timedelta(minutes=2)),
)
BACKUPS = (
    Backup(id="a", created=NOW - 2 * HOUR, backup_type="metadata", status="normal"),
    Backup(id="b", created=NOW - 3 * HOUR, backup_type="auto_metadata", status="deleting"),
    Backup(id="c", created=NOW - 3 * HOUR, backup_type="auto_metadata", status="normal"),
)
EVIL = '</text><script>alert("$x$")</script>\u202e' + "x" * 300


def texts(svg):
    return [one.text for one in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314  # made here


def test_ranges_gaps_backups_and_moments_are_drawn():
    svg = draw_timeline(read_facts(RANGES, BACKUPS, NOW, incident=NOW - HOUR, point=NOW - 3 * HOUR), zone="Europe/Berlin")
    said = texts(svg)
    expected = (
        "gap 3 h",
        "daily",
        "before an operation",
        "2",
        "incident 13:00:00",
        "now 14:00:00",
        "latest restorable 13:58:00",
        "chosen 11:00:00",
    )
    assert [one for one in expected if one not in said] == []
    assert "2026-05-20 10:00 to 2026-05-20 14:01 " in said[0]
    assert "(Europe/Berlin)" in said[0]
    assert (
        svg.count('class="range"') == 3
    )  # both ranges in the overview, below only the second: the first ended an hour before
    assert svg.count('class="mark hollow"') == 1


def test_the_chosen_point_is_on_the_picture_wherever_it_lies():
    facts = read_facts(RANGES, BACKUPS, NOW, incident=NOW - HOUR, point=NOW - 6 * DAY)
    assert "chosen 12:00:00" in texts(draw_timeline(facts))


def test_without_facts_the_picture_says_so():
    said = texts(draw_timeline(read_facts((), (), NOW)))
    assert "no restorable range is known" in said
    assert "No backups are known." in said


def test_backups_outside_the_period_are_counted():
    old = Backup(id="old", created=NOW - 500 * DAY)
    assert "1 of 4 backups are older than this period." in texts(draw_timeline(read_facts(RANGES, [*BACKUPS, old], NOW)))[-1]


def test_hostile_texts_stay_texts_and_a_short_row_name():
    hostile = Backup(id="e", created=NOW - HOUR, backup_type=EVIL, status=EVIL, name=EVIL)
    svg = draw_timeline(read_facts(RANGES, [hostile], NOW), title=EVIL)
    assert "<script" not in svg
    assert "\u202e" not in svg
    assert not re.search(r"(href|src)=", svg)
    assert texts(svg)


def test_the_picture_says_the_same_in_words():
    shown = timeline_picture(read_facts(RANGES, BACKUPS, NOW, incident=NOW - HOUR))
    assert "gap of 3 h, cannot be restored to" in shown.text
    assert shown.html.startswith('<figure><img src="data:image/svg+xml,')
    assert "gap of 3 h" in shown.html


@pytest.mark.parametrize("count", [0, 1, 5_000])
def test_a_picture_of_any_size_is_small(count):
    many = [Backup(id=str(n), created=NOW - n * timedelta(minutes=8), backup_type="metadata") for n in range(count)]
    assert len(draw_timeline(read_facts(RANGES, many, NOW))) < 20_000


def test_drawing_loads_no_chart_library():
    code = "import ddmkit.display.timeline.svg, sys; sys.exit('altair' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
