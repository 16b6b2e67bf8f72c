"""The audit trail: its delay, its boundaries, its pages and its seven days."""

from __future__ import annotations

from datetime import timedelta

from ddmkit.simulator import Simulator
from tests.simulator.recovery import Hosts


def test_a_trace_appears_some_time_after_the_call(hosts: Hosts) -> None:
    hosts.create(hosts.body(hosts.sources()[0]))
    looks = [len(hosts.traces(service_type="RDS")) for _ in range(3)]
    assert looks == [0, 1, 1]


def test_the_boundaries_are_exclusive_and_come_together(hosts: Hosts) -> None:
    hosts.recover(hosts.sources()[0])
    (trace,) = hosts.traces(service_type="RDS")
    at = trace["time"]
    assert hosts.traces(**{"from": at - 1, "to": at + 1, "service_type": "RDS"}) == [trace]
    assert hosts.traces(**{"from": at, "to": at + 1, "service_type": "RDS"}) == []
    assert hosts.traces(**{"from": at - 1, "to": at, "service_type": "RDS"}) == []
    answer = hosts.cts.get(f"{hosts.v3}/traces", params={"from": at})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "CTS.0003")


def test_without_a_span_the_last_hour_is_listed(hosts: Hosts) -> None:
    hosts.recover(hosts.sources()[0])
    assert len(hosts.cts.get(f"{hosts.v3}/traces").json()["traces"]) == 1
    hosts.simulator.advance(timedelta(hours=2))
    assert hosts.cts.get(f"{hosts.v3}/traces").json()["traces"] == []


def test_pages_follow_the_marker_towards_older_traces(simulator: Simulator) -> None:
    hosts = Hosts(simulator)
    for _ in range(23):
        simulator.world.add_trace(time=simulator.now() - timedelta(minutes=5))
    whole = hosts.traces(trace_name="createInstance")
    assert len(whole) > 23
    found, marker = [], ""
    while True:
        end = int(simulator.now().timestamp() * 1000)
        query = {"limit": 7, "next": marker, "from": end - 86_400_000, "to": end + 86_400_000, "service_type": "RDS"}
        page = hosts.cts.get(f"{hosts.v3}/traces", params=query).json()
        found += page["traces"]
        assert page["meta_data"]["count"] == len(page["traces"])
        marker = page["meta_data"]["marker"]
        if not marker:
            break
    assert found == [trace for trace in whole if trace["service_type"] == "RDS"]
    hosts.close()


def test_an_id_overrides_the_other_filters(hosts: Hosts) -> None:
    hosts.recover(hosts.sources()[0])
    (trace,) = hosts.traces(service_type="RDS")
    assert hosts.traces(trace_id=trace["trace_id"], service_type="VPC") == [trace]


def test_after_seven_days_a_trace_is_gone(hosts: Hosts) -> None:
    hosts.recover(hosts.sources()[0])
    week = {"from": hosts.point, "to": hosts.point + 30 * 86_400_000, "service_type": "RDS"}
    assert len(hosts.traces(**week)) == 1
    hosts.simulator.advance(timedelta(days=7))
    assert hosts.traces(**week) == []


def test_data_traces_and_limits(hosts: Hosts) -> None:
    hosts.recover(hosts.sources()[0])
    assert hosts.traces(trace_type="data") == []
    assert hosts.cts.get(f"{hosts.v3}/traces", params={"limit": 201}).status_code == 400


def test_names_of_operations_and_the_tracker(hosts: Hosts) -> None:
    query = {"service_type": "RDS", "resource_type": "instance"}
    (row,) = hosts.cts.get(f"{hosts.v3}/operations", params=query).json()["operations"]
    assert {"createInstance", "deleteInstance", "instanceRestore"} <= set(row["operation_list"])
    (tracker,) = hosts.cts.get(f"{hosts.v3}/trackers").json()["trackers"]
    assert tracker["status"] == "enabled"
    assert hosts.cts.get(f"{hosts.v3}/trackers", params={"tracker_name": "other"}).json()["trackers"] == []


def test_the_recovered_nodes_of_a_prepared_scenario_have_traces(simulator: Simulator) -> None:
    hosts = Hosts(simulator)
    for node in hosts.facts.data_nodes:
        (trace,) = hosts.traces(resource_id=node)
        assert f'"restore_time": {hosts.point}' in trace["request"]
        assert trace["trace_type"] == "ConsoleAction"
    hosts.close()
