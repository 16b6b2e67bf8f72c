"""Restores: their effect on the target, their failures, and that only one of several starts."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

from ddmkit.simulator import Simulator


def test_a_finished_restore_gives_the_target_the_content_of_the_backup(caller: Any) -> None:
    job = caller.finish(caller.restore().json()["job_id"])
    assert (job["status"], job["process"]) == ("Completed", "")
    target, nodes = f"/instances/{caller.facts.target}", set(caller.facts.data_nodes)
    schemas = caller.rows(caller.v1 + target + "/databases", "databases")
    assert [schema["name"] for schema in schemas] == ["billing", "customers", "orders", "reference_data"]
    for schema in schemas:
        shards = caller.get(f"{caller.v3}{target}/databases/{schema['name']}").json()["shards"]
        assert len(shards) == schema["shard_number"]
        assert {shard["data_node_id"] for shard in shards} <= nodes
    users = caller.rows(caller.v3 + target + "/users", "users")
    assert [user["name"] for user in users] == ["reporting", "shop_ro", "shop_rw"]
    assert caller.get(caller.v1 + target).json()["status"] == "RUNNING"


def test_shards_go_to_the_node_with_their_data(caller: Any) -> None:
    caller.finish(caller.restore(data_nodes=list(caller.facts.data_nodes[::-1])).json()["job_id"])
    before = caller.get(f"{caller.v3}/instances/{caller.facts.source}/databases/billing").json()["shards"]
    after = caller.get(f"{caller.v3}/instances/{caller.facts.target}/databases/billing").json()["shards"]
    moved = dict(zip([s["data_node_id"] for s in before], [s["data_node_id"] for s in after], strict=True))
    assert tuple(moved.values()) == caller.facts.data_nodes
    assert [s["physical_db_name"] for s in before] == [s["physical_db_name"] for s in after]


def test_after_the_restore_the_nodes_belong_to_the_target_and_it_is_no_target_any_more(caller: Any) -> None:
    caller.finish(caller.restore().json()["job_id"])
    targets = {row["instance_id"]: row for row in caller.rows(f"{caller.source}/backups/restorable-instances", "instances")}
    assert not targets[caller.facts.target]["available"]
    again = caller.restore()
    assert (again.status_code, again.json()["error_code"]) == (400, "DBS.300372")
    assert len(caller.simulator.effective_restores()) == 1


def test_while_it_runs_target_and_nodes_are_in_use(caller: Any) -> None:
    world = caller.simulator.world
    assert caller.restore().status_code == 202
    assert caller.get(f"{caller.v1}/instances/{caller.facts.target}").json()["status"] == "RESTORE"
    assert caller.restore().json()["error_code"] == "DBS.200019"
    elsewhere = caller.restore(target=world.add_instance("second-target"))
    assert elsewhere.json()["error_code"] == "DBS.300110"


def test_nodes_recovered_to_another_instant_pass_with_other_contents(caller: Any) -> None:
    world, facts = caller.simulator.world, caller.facts
    nodes = {row["instance_name"]: row["instance_id"] for row in _candidates(caller)}
    chosen = [nodes["rds-orders-1-recovered-too-early"], facts.data_nodes[1]]
    assert caller.finish(caller.restore(data_nodes=chosen).json()["job_id"])["status"] == "Completed"
    early, right = (caller.simulator.contents(node) for node in (chosen[0], facts.data_nodes[0]))
    assert set(early) == set(right)
    assert all(early[name].rows < right[name].rows for name in right)
    assert world.effective_restores()[0]["body"]["target"]["data_nodes"] == chosen


def test_nodes_recovered_to_before_a_schema_existed_make_the_job_fail(caller: Any) -> None:
    world = caller.simulator.world
    node = world.recover_node(
        _candidate_source(caller), caller.facts.restore_time - timedelta(days=60), "rds-orders-1-recovered-much-too-early"
    )
    chosen = [node, caller.facts.data_nodes[1]]
    job = caller.finish(caller.restore(data_nodes=chosen).json()["job_id"])
    assert job["status"] == "Failed"
    reason = caller.tasks().json()["jobs"][0]["fail_reason"]
    assert "Physical databases not found: billing_0000" in reason
    assert "rds-orders-1-recovered-much-too-early" in reason
    assert caller.rows(f"{caller.v1}/instances/{caller.facts.target}/databases", "databases") == []
    assert caller.get(f"{caller.v1}/instances/{caller.facts.target}").json()["status"] == "RUNNING"
    assert world.effective_restores()[0]["job_id"] == job["id"]


def test_nodes_that_were_never_recovered_make_the_job_fail(caller: Any) -> None:
    empty = [caller.simulator.world.add_data_node() for _ in range(2)]
    assert caller.finish(caller.restore(data_nodes=empty).json()["job_id"])["status"] == "Failed"


def test_a_point_in_time_takes_the_newest_usable_backup_before_it(caller: Any) -> None:
    world, point = caller.simulator.world, caller.point_ms()
    nearer = world.add_backup(caller.facts.source, created=point - 1_000)
    world.add_backup(caller.facts.source, created=point - 500, status="creating")
    world.add_backup(caller.facts.source, created=point + 500)
    assert caller.restore(restore_time=point).status_code == 202
    assert caller.simulator.effective_restores()[0]["backup_id"] == nearer


def test_after_a_failed_restore_the_same_target_can_be_used_again(caller: Any) -> None:
    caller.simulator.inject("job-fails")
    assert caller.finish(caller.restore().json()["job_id"])["status"] == "Failed"
    assert "DBS.300322" in caller.tasks().json()["jobs"][0]["fail_reason"]
    assert caller.finish(caller.restore().json()["job_id"])["status"] == "Completed"


def test_of_simultaneous_requests_to_two_servers_one_is_accepted(caller: Any, call: Any) -> None:
    with Simulator(world=caller.simulator.world_path) as second:
        callers = [caller, call(second)] * 4
        codes: list[int] = []
        threads = [threading.Thread(target=lambda one=one: codes.append(one.restore().status_code)) for one in callers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(codes) == [202] + [409] * 7
        assert len(second.effective_restores()) == 1


def test_on_a_running_clock_a_restore_takes_seconds_of_the_world(call: Any) -> None:
    with Simulator(speed=2.0) as simulator:
        caller = call(simulator)
        job_id = caller.restore().json()["job_id"]
        assert caller.job(job_id)["status"] == "Running"
        simulator.advance(timedelta(seconds=4))
        assert caller.job(job_id)["status"] == "Completed"


def test_a_restored_instance_can_be_restored_from_in_turn(caller: Any) -> None:
    caller.finish(caller.restore().json()["job_id"])
    world = caller.simulator.world
    caller.simulator.advance(timedelta(hours=1))
    backup_id = world.drop_schema(caller.facts.target, "orders")
    moment = world.clock.now_ms()
    nodes = [world.recover_node(node, moment - 1_000) for node in caller.facts.data_nodes]
    answer = caller.restore(caller.facts.target, backup_id=backup_id, target=world.add_instance("third"), data_nodes=nodes)
    assert caller.finish(answer.json()["job_id"])["status"] == "Completed"


def _candidate_source(caller: Any) -> str:
    path, point = f"{caller.source}/backups/related-dn", caller.point_ms()
    return str(caller.rows(path, "related_data_nodes", restore_time=point)[0]["instance_id"])


def _candidates(caller: Any) -> list[dict[str, Any]]:
    path = f"{caller.source}/backups"
    point, source_node = caller.point_ms(), _candidate_source(caller)
    query = {"restore_time": point, "target_instance_id": caller.facts.target, "source_dn_instance_id": source_node}
    return caller.rows(f"{path}/restorable-data-node", "target_data_nodes", **query)
