"""The scenarios: the facts of each lead to a restore."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ddmkit.simulator import SCENARIOS, Simulator
from ddmkit.simulator.storage.clock import from_ms

NOW = from_ms(1_779_269_400_000)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_named_backup_leads_to_a_complete_restore(name: str, call: Any) -> None:
    with Simulator(scenario=name, now=NOW) as simulator:
        caller = call(simulator)
        job = caller.finish(caller.restore().json()["job_id"])
        assert job["status"] == "Completed", caller.tasks().json()["jobs"][0]["fail_reason"]
        path = f"{caller.v1}/instances/{caller.facts.target}/databases"
        wanted = {"events", "metrics"} if name == "many-nodes" else {"orders", "customers", "billing", "reference_data"}
        assert {row["name"] for row in caller.rows(path, "databases")} == wanted


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_named_time_goes_with_the_same_nodes_where_ranges_reach_it(name: str, call: Any) -> None:
    with Simulator(scenario=name, now=NOW) as simulator:
        caller = call(simulator)
        answer = caller.restore(restore_time=caller.point_ms())
        if name == "old-backup":
            assert answer.json()["error_code"] == "DBS.280001"
            return
        assert caller.finish(answer.json()["job_id"])["status"] == "Completed"
        assert simulator.effective_restores()[0]["backup_id"] == caller.facts.backup_id


@pytest.mark.parametrize("name", SCENARIOS)
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
    for name in SCENARIOS:
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
