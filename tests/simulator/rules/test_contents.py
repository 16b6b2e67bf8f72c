"""What data nodes hold at an instant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ddmkit.simulator import Simulator, World
from tests.simulator.recovery import NOW, Hosts


def test_two_instants_a_minute_apart_hold_other_rows_in_the_same_databases(hosts: Hosts) -> None:
    point, simulator = hosts.facts.restore_time, hosts.simulator
    for node in hosts.sources():
        now, later = (simulator.contents(node, at) for at in (point - timedelta(minutes=1), point))
        assert set(now) == set(later)
        assert all(now[name].rows < later[name].rows for name in now)
        assert all(now[name].digest != later[name].digest for name in now)


def test_a_recovered_node_holds_what_its_source_held(hosts: Hosts) -> None:
    source, point = hosts.sources()[0], hosts.facts.restore_time
    node = hosts.recover(source)
    assert hosts.simulator.contents(node) == hosts.simulator.contents(source, point)
    assert hosts.simulator.contents(node) != hosts.simulator.contents(source)


def test_the_incident_drops_a_schema_and_deletes_rows(hosts: Hosts) -> None:
    node, incident = hosts.sources()[0], hosts.facts.incident
    before, after = (hosts.simulator.contents(node, incident + timedelta(seconds=s)) for s in (-1, 50))
    assert {name.rpartition("_")[0] for name in set(before) - set(after)} == {"orders"}
    assert after["customers_0000"].rows < before["customers_0000"].rows
    assert after["billing_0000"].rows >= before["billing_0000"].rows


def test_a_node_recovered_from_a_recovered_one_holds_the_first_content(world: World) -> None:
    first = world.outline.data_nodes[0]
    second = world.recover_node(first, NOW)
    assert world.contents(second) == world.contents(first)
    assert world.contents(second) != {}


def test_nodes_a_minute_apart_complete_in_ddm_and_hold_other_contents(hosts: Hosts) -> None:
    world, (first, second) = hosts.simulator.world, hosts.sources()
    minute = timedelta(minutes=1)
    point = hosts.facts.restore_time
    nodes = [world.recover_node(first, point), world.recover_node(second, point - minute)]
    target = world.add_instance("ddm-target")
    job_id = hosts.restore(target, nodes).json()["job_id"]
    hosts.simulator.advance(timedelta(minutes=10))
    assert hosts.ddm.get(f"{hosts.v3}/jobs/{job_id}").json()["job"]["status"] == "Completed"
    assert hosts.simulator.contents(nodes[0]) == hosts.simulator.contents(first, point)
    assert hosts.simulator.contents(nodes[1]) != hosts.simulator.contents(second, point)


def test_an_empty_node_holds_nothing(world: World) -> None:
    assert world.contents(world.add_data_node("fresh")) == {}


def test_contents_are_the_same_in_every_world(tmp_path: Any) -> None:
    found = []
    for number in range(2):
        with Simulator(tmp_path / f"{number}.sqlite", now=NOW) as simulator:
            found.append(simulator.contents(simulator.facts.data_nodes[0]))
    assert found[0] == found[1] != {}
