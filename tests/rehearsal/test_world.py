"""A world is rebuilt from what a record says, which may be what a stranger wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ddmkit.errors import RecordError
from ddmkit.records import read_record_file
from ddmkit.rehearsal.world import rebuild_record

SAMPLE = Path(__file__).parent.parent / "samples" / "record-v1.ddmrecord.json"


def with_plan(change):
    """Read the sample's run with something changed in its plan, as a forger would write it."""
    run = read_record_file(SAMPLE)
    events = []
    for event in run.events:
        data = json.loads(json.dumps(event.data))
        if event.kind == "planned":
            change(data)
        events.append(event.model_copy(update={"data": data}))
    return run.model_copy(update={"events": tuple(events)})


def test_a_record_that_asks_for_millions_of_shards_is_refused_and_leaves_nothing(tmp_path):
    def many_schemas(plan):
        schemas = plan["inventory"]["source_schemas"]
        known = (schemas["value"] or [{"name": "x"}])[0]
        schemas.update(value=[{**known, "name": f"s{n}", "shard_number": 2**40} for n in range(50)], problem="")

    with pytest.raises(RecordError, match="its schemas have more than 200,000 shards"):
        rebuild_record(with_plan(many_schemas), tmp_path / "world.sqlite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("instant", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
@pytest.mark.parametrize("name", ["taken_at", "point"])
def test_a_time_off_the_calendar_is_refused_and_leaves_nothing(tmp_path, name, instant):
    run = with_plan(lambda plan: plan["inventory"].update({name: instant}))
    with pytest.raises(RecordError, match="The plan on the record cannot be read"):
        rebuild_record(run, tmp_path / "world.sqlite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("instant", ["8999-12-31T23:59:59Z", "1970-01-01T00:00:00Z"])
def test_a_time_at_the_edge_of_the_calendar_breaks_nothing(tmp_path, instant):
    run = with_plan(lambda plan: plan["inventory"].update(taken_at=instant, point=instant))
    rebuild_record(run, tmp_path / "world.sqlite")
