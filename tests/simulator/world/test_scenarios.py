"""The scenarios: the facts of each lead to a restore."""

from __future__ import annotations

import json
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ddmkit.simulator import SCENARIOS, Simulator, World
from ddmkit.simulator.storage.clock import from_ms
from ddmkit.simulator.storage.schema import DataNode
from tests.simulator.recovery import Hosts

NOW = from_ms(1_779_269_400_000)
UNPREPARED = {"whole-incident", "half-recovered"}
PREPARED = [name for name in SCENARIOS if name not in UNPREPARED]


@pytest.mark.parametrize("name", PREPARED)
def test_the_named_backup_leads_to_a_complete_restore(name: str, call: Any) -> None:
    with Simulator(scenario=name, now=NOW) as simulator:
        caller = call(simulator)
        job = caller.finish(caller.restore().json()["job_id"])
        assert job["status"] == "Completed", caller.tasks().json()["jobs"][0]["fail_reason"]
        path = f"{caller.v1}/instances/{caller.facts.target}/databases"
        wanted = {"events", "metrics"} if name == "many-nodes" else {"orders", "customers", "billing", "reference_data"}
        assert {row["name"] for row in caller.rows(path, "databases")} == wanted


@pytest.mark.parametrize("name", PREPARED)
def test_the_named_time_goes_with_the_same_nodes_where_ranges_reach_it(name: str, call: Any) -> None:
    with Simulator(scenario=name, now=NOW) as simulator:
        caller = call(simulator)
        answer = caller.restore(restore_time=caller.point_ms())
        if name == "old-backup":
            assert answer.json()["error_code"] == "DBS.280001"
            return
        assert caller.finish(answer.json()["job_id"])["status"] == "Completed"
        assert simulator.effective_restores()[0]["backup_id"] == caller.facts.backup_id


@pytest.mark.parametrize("name", PREPARED)
def test_the_target_is_offered(name: str, call: Any) -> None:
    with Simulator(scenario=name, now=NOW) as simulator:
        caller = call(simulator)
        rows = caller.rows(f"{caller.source}/backups/restorable-instances", "instances")
        assert {row["instance_id"]: row["available"] for row in rows}[caller.facts.target]
        reasons = {row["unavailable_reason"] for row in rows if not row["available"]}
        assert len(reasons) >= 4, f"{reasons}: does the source have an account of the target ddm-rehearsal (see _targets)?"
        assert caller.facts.source not in {row["instance_id"] for row in rows}


def test_the_largest_opens_in_under_two_seconds_and_pages_at_once(call: Any) -> None:
    began = time.process_time()  # what it costs, however loaded the machine is; the simulator runs in this process
    with Simulator(scenario="busy-region") as simulator:
        caller = call(simulator)
        page = caller.get(f"{caller.v3}/backups", limit=128, offset=4_900).json()
        assert time.process_time() - began < 2
        assert (page["total"], len(page["backups"])) == (5_000, 100)
        assert caller.get(f"{caller.v3}/instances").json()["total"] == 500
        began = time.process_time()
        for offset in range(0, 2_560, 128):
            caller.get(f"{caller.v3}/backups", limit=128, offset=offset)
        assert (time.process_time() - began) / 20 < 0.05


def test_the_busy_region_has_names_that_break_careless_displays(call: Any) -> None:
    with Simulator(scenario="busy-region", now=NOW) as simulator:
        caller = call(simulator)
        names = {row["name"] for row in caller.rows(f"{caller.v1}/instances", "instances")}
        assert len(names) == 500
        assert any("<b>" in name and "\N{DOLPHIN}" in name for name in names)


def test_many_nodes_needs_more_than_one_page_of_nodes(call: Any) -> None:
    with Simulator(scenario="many-nodes", now=NOW) as simulator:
        caller = call(simulator)
        path = f"{caller.source}/backups/related-dn"
        assert caller.get(path, restore_time=caller.point_ms(), limit=128).json()["total"] == 129
        assert len(caller.rows(path, "related_data_nodes", restore_time=caller.point_ms())) == 129


def test_the_lost_node_is_abnormal(call: Any) -> None:
    with Simulator(scenario="lost-data-node", now=NOW) as simulator:
        caller = call(simulator)
        nodes = caller.rows(f"{caller.source}/backups/related-dn", "related_data_nodes", restore_time=caller.point_ms())
        assert {row["instance_name"]: row["instance_status"] for row in nodes}["rds-orders-2"] == "abnormal"


def test_a_deleted_instance_is_gone_but_for_its_backups_and_targets(call: Any) -> None:
    with Simulator(scenario="deleted-instance", now=NOW) as simulator:
        caller = call(simulator)
        point = caller.point_ms()
        gone = (
            caller.get(f"{caller.v1}/instances/{caller.facts.source}"),
            caller.get(f"{caller.source}/backups/restorable-time-interval"),
            caller.get(f"{caller.source}/backups/related-dn", restore_time=point),
            caller.get(f"{caller.source}/backups/{caller.facts.backup_id}"),
        )
        assert [answer.status_code for answer in gone] == [404] * 4
        assert [answer.json().get("error_code", "DBS.200002") for answer in gone] == ["DBS.200002"] * 4
        backups = caller.rows(f"{caller.v3}/backups", "backups", instance_id=caller.facts.source)
        assert backups[0]["id"] == caller.facts.backup_id
        assert backups[0]["instance_status"] == "deleted"


def test_only_the_old_backup_lists_the_administrator_on_its_target(call: Any) -> None:
    listed: dict[str, list[str]] = {}
    for name in PREPARED:
        with Simulator(scenario=name, now=NOW) as simulator:
            caller = call(simulator)
            users = caller.rows(f"{caller.v3}/instances/{caller.facts.target}/users", "users")
            listed[name] = [user["name"] for user in users]
    assert listed.pop("old-backup") == ["ddmadmin"]
    assert not any(listed.values())


def test_daily_backups_are_made_between_two_and_three_utc(call: Any) -> None:
    with Simulator(now=NOW) as simulator:
        caller = call(simulator)
        backups = caller.rows(f"{caller.v3}/backups", "backups", instance_id=caller.facts.source)
        daily = [row for row in backups if row["backup_type"] == "auto_metadata"]
        assert len(daily) == 28
        assert {row["created"][11:13] for row in daily} == {"02"}
        assert [row["created"] for row in backups] == sorted((row["created"] for row in backups), reverse=True)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_instant_of_a_scenario_is_a_whole_second(name: str, tmp_path: Path) -> None:
    now = NOW + timedelta(milliseconds=123)
    with closing(World(tmp_path / "world.sqlite", name, now)) as world:
        outline = world.outline
        assert outline.incident is not None
        assert (outline.incident % 1000, outline.restore_time % 1000) == (0, 0)
        assert outline.restore_time < outline.incident
        recovered = world.storage.every(DataNode, "recovered_at IS NOT NULL")
        assert {node.recovered_at % 1000 for node in recovered if node.recovered_at} <= {0}


@pytest.mark.parametrize("name", PREPARED)
def test_the_recovered_nodes_of_a_prepared_scenario_have_traces_where_they_are_young_enough(name: str, call: Any) -> None:
    with Simulator(scenario=name, now=NOW) as simulator:
        hosts = Hosts(simulator)
        begin = int((NOW - timedelta(days=30)).timestamp() * 1000)
        found = {row["resource_id"]: row for row in hosts.traces(**{"from": begin, "service_type": "RDS"})}
        hosts.close()
        if name == "old-backup":  # recovered 20 days ago: a person has to vouch
            assert found == {}
            return
        assert {
            json.loads(found[node]["request"])["restore_point"]["restore_time"] for node in hosts.facts.data_nodes[:50]
        } == {hosts.point}


def test_in_a_whole_incident_nothing_is_prepared(hosts: Hosts) -> None:
    facts = hosts.facts
    assert (facts.target, facts.data_nodes) == ("", ())
    nodes = hosts.rds.get(f"{hosts.v3}/instances").json()["instances"]
    assert not any("recovered" in row["name"] for row in nodes)
    assert hosts.traces(service_type="RDS") == []
    assert [hosts.node(node)["type"] for node in hosts.sources()] == ["Ha", "Single"]
    targets = hosts.ddm.get(
        f"{hosts.v3}/instances/{facts.source}/backups/restorable-instances", params={"limit": 128}
    ).json()["instances"]
    assert targets
    assert all(row["unavailable_reason"] or "old-engine" in row["instance_name"] for row in targets)


def test_a_whole_incident_can_be_recovered_by_the_named_backup_as_well(hosts: Hosts) -> None:
    nodes = [hosts.recover(source) for source in hosts.sources()]
    target = hosts.create_target().json()["id"]
    hosts.simulator.advance(timedelta(minutes=5))
    body = {"source": {"backup_id": hosts.facts.backup_id}, "target": {"instance_id": target, "data_nodes": nodes}}
    path = f"{hosts.v3}/instances/{hosts.facts.source}/backups/metadata-recovery"
    job_id = hosts.ddm.post(path, json=body).json()["job_id"]
    hosts.simulator.advance(timedelta(minutes=5))
    assert hosts.ddm.get(f"{hosts.v3}/jobs/{job_id}").json()["job"]["status"] == "Completed"
    names = {row["name"] for row in hosts.ddm.get(f"{hosts.v1}/instances/{target}/databases").json()["databases"]}
    assert names == {"orders", "customers", "billing", "reference_data"}


def test_half_of_the_nodes_are_recovered_and_one_to_the_wrong_second() -> None:
    with Simulator(scenario="half-recovered", now=NOW) as simulator:
        hosts = Hosts(simulator)
        right, wrong = hosts.facts.data_nodes
        points = {}
        for node in (right, wrong):
            (trace,) = hosts.traces(resource_id=node)
            point = json.loads(trace["request"])["restore_point"]
            points[point["instance_id"]] = point["restore_time"] - hosts.point
        first, second, third = hosts.sources()
        assert points == {first: 0, second: 1_000}
        assert third not in points
        assert simulator.contents(right) == simulator.contents(first, hosts.facts.restore_time)
        assert simulator.contents(wrong) != simulator.contents(second, hosts.facts.restore_time)
        assert hosts.facts.target
        hosts.close()
