"""Reading the facts of a plan from the services: what is taken is proved, what is missing is recovered, reads are few."""

from __future__ import annotations

import threading

import pytest

import ddmkit
from tests.recovery.run.conftest import NOW


@pytest.fixture(scope="module")
def half(tmp_path_factory):
    folder = tmp_path_factory.mktemp("half")
    with ddmkit.demo(scenario="half-recovered", now=NOW, world=folder / "w.sqlite", records=folder / "r.sqlite") as kit:
        facts = kit.scenario
        yield kit, [one.instance_id for one in kit.related_nodes(facts.source, facts.restore_time)]


def plan(half, nodes, **changes):
    kit, sources = half
    facts = kit.scenario
    chosen = {sources[index]: facts.data_nodes[node] for index, node in nodes.items()}
    return kit.plan_recovery(source=facts.source, restore_time=facts.restore_time, nodes=chosen, **changes)


def status_of(made, half):
    return [next(one.status for one in made.checks if one.id == f"nodes-recovered:{source}") for source in half[1]]


def test_the_right_node_is_taken_with_its_proof_and_the_missing_one_is_recovered(half):
    made = plan(half, {0: 0})
    assert made.ready
    assert made.warnings == ()
    assert status_of(made, half) == ["pass", "skip", "skip"]
    assert [node.action for node in made.nodes] == ["take", "recover", "recover"]


def test_the_node_with_the_wrong_second_fails_and_is_named(half):
    made = plan(half, {0: 0, 1: 1})
    assert made.failed == (f"nodes-recovered:{half[1][1]}",)
    assert "1 s after" in next(one.detail for one in made.checks if one.id == made.failed[0])


def test_a_node_that_was_recovered_from_another_one_fails(half):
    assert f"nodes-recovered:{half[1][2]}" in plan(half, {2: 0}).failed


def test_nodes_of_another_point_are_the_callers_error(half):
    with pytest.raises(ddmkit.InputError, match="was no data node of the source"):
        kit = half[0]
        facts = kit.scenario
        kit.plan_recovery(source=facts.source, restore_time=facts.restore_time, nodes={"f" * 32 + "in01": "e" * 32 + "in01"})


def test_an_existing_target_is_taken_with_the_checks_of_a_target(half):
    made = plan(half, {0: 0}, target=half[0].scenario.target)
    assert made.ready
    assert made.new_instances == 2
    assert {"target-empty", "target-available"} <= {one.id for one in made.checks}


def test_a_plan_from_a_backup_recovers_the_nodes_to_the_second_after_it(half):
    kit = half[0]
    made = kit.plan_recovery(source=kit.scenario.source, backup_id=kit.scenario.backup_id)
    assert made.backup_id == kit.scenario.backup_id
    assert made.instant.ms >= made.backup_ms
    assert made.step("restore").call["body"]["source"] == {"backup_id": made.backup_id}
    with pytest.raises(ddmkit.InputError, match="is no backup"):
        kit.plan_recovery(source=kit.scenario.source, backup_id="0" * 32 + "br09")


def test_a_plan_needs_few_reads(half):
    kit = half[0]
    before = len(kit.simulator.requests)
    made = plan(half, {})
    reads = kit.simulator.requests[before:]
    wanted = {"RDS.ListRestoreTimes", "RDS.ShowBackupPolicy", "RDS.ListBackups"}
    per_node = [one for one in reads if one.operation in wanted]
    assert len(per_node) == 3 * len(made.nodes)
    assert len(reads) - len(per_node) <= 20
    assert {one.method for one in reads} <= {"GET", "POST"}
    assert [one.operation for one in reads if one.method == "POST"] == ["RDS.ListSimplifiedInstances"]


def test_the_reads_of_single_nodes_do_not_wait_for_what_they_do_not_need(half, monkeypatch):
    ddm, rds, begun, waited = half[0]._cloud.ddm, half[0]._cloud.rds, threading.Event(), []
    list_schemas, list_times = ddm.list_schemas, rds.list_restore_times

    def list_late(*given):
        waited.append(begun.wait(60))
        return list_schemas(*given)

    def list_and_tell(*given):
        begun.set()
        return list_times(*given)

    monkeypatch.setattr(ddm, "list_schemas", list_late)
    monkeypatch.setattr(rds, "list_restore_times", list_and_tell)
    assert plan(half, {}).ready
    assert waited == [True]


def test_the_reads_of_a_plan_are_noted_once(half):
    reads = [one for read in plan(half, {0: 0}).facts.source_side.reads for one in read.request_ids]
    assert len(reads) == len(set(reads)) > 10


@pytest.mark.parametrize(("fault", "warned"), [("vpc-denied", {"same-network"}), ("cts-denied", set())])
def test_a_missing_permission_lowers_a_proof_at_most_to_a_warning(half, fault, warned):
    kit = half[0]
    kit.simulator.inject(fault)
    try:
        made = plan(half, {0: 0})
    finally:
        kit.simulator.clear_faults()
    assert made.ready
    assert warned <= {one.partition(":")[0] for one in made.warnings}
    assert status_of(made, half)[0] == "pass"  # without the audit trail the task list still proves it
