"""The clickable timeline, without a page."""

import json
from datetime import timedelta

import pytest

from ddmkit.display.altair_charts import render_svg
from ddmkit.forms.logic.point_options import PointOptions
from ddmkit.forms.widgets.timeline import Timeline, slots_of, thin_backups
from ddmkit.models import Backup
from ddmkit.times import Span, from_ms, is_within


@pytest.fixture
def reported():
    return []


@pytest.fixture
def drawn(kit, reported, now):
    source = kit.scenario.source
    made = Timeline(reported.append)
    offer = PointOptions(tuple(kit.backups(source)), tuple(kit.restorable_ranges(source)))
    made.draw(offer, now, zone="UTC", incident=None, chosen=None)
    return made


def click(drawn, name, **row):
    selections = dict(drawn.widget._vl_selections)
    picked = {field: [value] for field, value in row.items()}
    selections[name] = {
        "value": {**picked, "vlPoint": {"or": [row]}},
        "store": [{"fields": [], "values": list(row.values())}],
    }
    drawn.widget._vl_selections = selections


def test_a_click_on_a_mark_tells_the_backup_and_on_a_range_the_instant(drawn, reported, now):
    click(drawn, "backup", id="b-1")
    click(drawn, "instant", instant=1779273900000)
    assert reported == ["b-1", from_ms(1779273900000)]


def test_clicks_are_heard_after_drawing_anew(drawn, reported, now):
    drawn.draw(PointOptions(), now, zone="UTC", incident=now - timedelta(hours=1), chosen=now)
    drawn.widget._vl_selections = {**drawn.widget._vl_selections, "instant": {"value": None, "store": []}}
    assert reported == []
    assert drawn.widget.params.chosen == now.timestamp() * 1000


def test_the_choice_moves_without_drawing_anew(drawn, now):
    spec = drawn.widget.spec
    drawn.mark(now)
    assert drawn.widget.params.chosen == now.timestamp() * 1000
    assert drawn.widget.spec is spec


def test_it_loads_nothing_from_another_host(drawn):
    assert "esm.sh" not in drawn.widget._esm
    assert '"url"' not in json.dumps(drawn.widget.spec)


def test_it_can_be_drawn(drawn):
    assert render_svg(drawn.widget.chart).startswith("<svg")


def test_every_place_to_click_is_an_instant_of_its_range(now):
    spans = [Span(now - timedelta(days=9, seconds=7), now - timedelta(days=6)), Span(now - timedelta(hours=2), now)]
    slots = slots_of(spans, spans[0].start, now)
    assert all(is_within(from_ms(slot["instant"]), spans) for slot in slots)
    assert slots[-1]["instant"] == now.timestamp() * 1000
    assert len(slots) < 300


def test_thinned_backups_keep_those_made_before_an_operation(now):
    many = [
        Backup(id=f"b{n}", created=now - timedelta(hours=n), backup_type="metadata" if n % 100 == 0 else "auto_metadata")
        for n in range(1_000)
    ]
    kept = thin_backups(many, 60)
    assert len(kept) == 60
    assert sum(one.backup_type == "metadata" for one in kept) == 10
