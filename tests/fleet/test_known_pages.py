"""Of the candidates for a source the pages with the fleet's own rows are read, and the whole list when they have moved."""

from __future__ import annotations

import pytest

import ddmkit
from ddmkit.fleet.known_pages import KnownPages
from ddmkit.fleet.shared import Remembered, share_reads
from ddmkit.fleet.table import read_table
from ddmkit.times import from_ms

SIZE = 45  # more than a page of instances, and of data nodes


@pytest.fixture(scope="module")
def kit():
    with ddmkit.demo(scenario="fleet", size=SIZE, now="2026-05-20T10:00:00Z") as opened:
        yield opened


@pytest.fixture
def client(kit):
    made = share_reads(kit._context, Remembered(600)).client
    for row in read_table(list(kit.scenario.rows)):
        made.pages.want(row)
    yield made
    made.close()


def requests(kit, act):
    before = len(kit.simulator.requests)
    found = act()
    return found, [one.operation for one in kit.simulator.requests[before:]]


def list_nodes(client, row):
    time = from_ms(row["restore_time"])
    node = client.show_related_nodes(row["source"], time).related_data_nodes[0]
    return lambda: client.list_target_nodes(row["source"], row["target"], node.instance_id, time)


def test_the_first_list_is_read_whole_and_then_the_page_with_the_target(kit, client):
    first, last = kit.scenario.rows[0], kit.scenario.rows[-1]
    whole, _ = requests(kit, lambda: client.list_target_instances(first["source"]))
    assert first["target"] in {row.instance_id for row in whole}
    some, asked = requests(kit, lambda: client.list_target_instances(last["source"]))
    assert asked == ["ShowAvalibleDdms"]
    assert last["target"] in {row.instance_id for row in some}
    assert client.reads[-1].remark == "only the pages with the rows of the fleet were read"


def test_data_nodes_are_read_by_their_page_and_whole_when_they_have_moved(kit, client):
    first, last = kit.scenario.rows[0], kit.scenario.rows[-1]
    read_first, read_last = list_nodes(client, first), list_nodes(client, last)
    whole, asked = requests(kit, read_first)
    assert len(asked) > 1
    some, asked = requests(kit, read_last)
    assert asked == ["ShowAvalibleRds"]
    assert len(some) < len(whole)
    assert set(last["data_nodes"]) <= {row.instance_id for row in some}
    moved = [row.instance_id for row in whole if row.instance_id not in last["data_nodes"]]
    client.pages.learn([*last["data_nodes"], *moved])
    again, asked = requests(kit, read_last)
    assert len(asked) > 2
    assert {row.instance_id for row in again} == {row.instance_id for row in whole}


def test_a_source_that_is_not_of_the_fleet_is_listed_whole(kit, client):
    client.pages = KnownPages()
    listed, asked = requests(kit, list_nodes(client, kit.scenario.rows[0]))
    assert len(asked) > 1
    assert len(listed) > 128


def test_rows_on_many_pages_are_read_by_the_whole_list():
    pages = KnownPages()
    pages.learn(f"n{number}" for number in range(700))
    assert pages.offsets(["n0", "n130", "n131"]) == (0, 128)
    assert pages.offsets(["n0", "n130", "n260", "n390"]) == ()
    assert pages.offsets(["n0", "unseen"]) == ()
    assert pages.offsets([]) == ()
