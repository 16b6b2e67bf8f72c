"""The benchmarks are fair: both sides read the same pages, and the tables name a missed goal."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from dataclasses import fields

import pytest

from ddmkit.simulator import Simulator
from tests.benchmarks import ours
from tests.benchmarks.official import Script
from tests.benchmarks.table import Row, show_json, show_table
from tests.benchmarks.worlds import Service, shape_incident

CLOCK = {"start_time", "end_time"}


def pages(requests):
    """Count DDM's reads of each page, ignoring times, which each side takes from its own clock.

    The script reads no proofs: neither what the other services tell nor the newer detail of the target, which shows its network.
    """
    reads = [one for one in requests if one.path != "/" and one.service == "ddm" and one.operation != "ShowDdmDetail"]
    return Counter(
        (request.path, frozenset((name, value) for name, value in request.query.items() if name not in CLOCK))
        for request in reads
    )


@pytest.mark.parametrize("nodes", [3, 64])
def test_both_sides_read_the_same_pages_for_a_plan(nodes, official, tmp_path):
    incident = shape_incident(tmp_path / "world.sqlite", nodes)
    with Simulator(world=tmp_path / "world.sqlite") as simulator:
        service = Service(**{one.name: getattr(simulator.facts, one.name) for one in fields(Service)})
        with ours.connect(service, tmp_path / "records.sqlite") as kit:
            assert ours.plan(kit, incident).ready
        mine = pages(simulator.requests)
        before = len(simulator.requests)
        with closing(Script(service)) as script:
            script.read_for_plan(incident)
        other = pages(simulator.requests[before:])
    # A page that may be full (64 or 128 rows) is followed by one more request, whatever the service counts.
    behind_full_pages = mine - other
    assert {dict(query)["offset"] for _, query in behind_full_pages} <= {"64", "128"}
    assert mine - behind_full_pages == other
    assert other.total() == 11 + nodes


@pytest.mark.parametrize(("jobs", "requests"), [(1, 2), (128, 2), (129, 3), (500, 5)])
def test_a_round_may_take_the_pages_of_the_list_and_one_request(jobs, requests):
    assert ours.rounds_allowed(jobs) == requests


def test_a_missed_goal_is_in_the_table_and_in_the_json():
    rows = [
        Row("fast", "s", 0.5, 4.0, ">= 4x", met=True),
        Row("slow", "s", 2.0, 4.0, ">= 4x", met=False),
        Row("no goal", "MB", 1.0, None),
    ]
    table = show_table(rows).splitlines()
    assert ["8.0x" in table[1], "MISSED" in table[1], "2.0x" in table[2], "MISSED" in table[2]] == [True, False, True, True]
    assert json.loads(show_json(rows))["missed"] == ["slow"]
