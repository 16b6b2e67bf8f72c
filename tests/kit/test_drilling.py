"""What ``kit.drill`` refuses before it reads anything."""

from __future__ import annotations

import pytest

import ddmkit


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    with ddmkit.demo(world=tmp_path_factory.mktemp("drilling") / "world.sqlite") as opened:
        yield opened


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"on": "moon"}, "on: 'moon' is no place"),
        ({"fault": "earthquake"}, "fault: 'earthquake' is no fault"),
        ({"fault": "job-fails", "on": "cloud"}, "a fault is for the simulator"),
        ({"rto": "soon"}, "rto: 'soon' is no duration"),
        ({"rpo": "0h"}, "rpo: is not above zero"),
        ({"every": "-1d"}, "every: '-1d' is no duration"),
        ({"approver": 7}, "approver"),
        ({"restore_time": "2026-05-20T09:00:00Z", "backup_id": "b"}, "restore_time, backup_id: both were given"),
    ],
)
def test_a_wrong_argument_is_named(kit, given, told):
    before = len(kit.simulator.requests)
    with pytest.raises(ddmkit.InputError) as caught:
        kit.drill(kit.scenario.source, **given)
    assert told in str(caught.value)
    assert len(kit.simulator.requests) == before
