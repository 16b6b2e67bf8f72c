"""Gathering the facts: what is asked of the service, and what becomes of answers that do not come."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from ddmkit.errors import AuthError, NotFoundError, ServiceError
from ddmkit.inputs import PlanInputs
from ddmkit.restore.inventory import (
    Fact,
    gather_inventory,
    known_nodes,
    look_at_target,
    refresh_inventory,
)
from tests.restore.builders import (
    NEW_NODES,
    NOW,
    SOURCE,
    TARGET,
    backup_detail,
    candidate,
    candidates,
    inventory,
    job,
    read,
    related,
    unread,
)
from tests.restore.steps import choices


def request_of(kit, **changes):
    return PlanInputs(**choices(kit, **changes)).request()


def gather(kit, **changes):
    return gather_inventory(kit._client, request_of(kit, **changes), now=kit.now())


def asked(kit):
    return Counter(request.operation for request in kit.simulator.requests)


def test_every_fact_of_a_restore_from_a_backup_is_read(kit):
    facts = gather(kit)
    unread_facts = [name for name, value in facts if isinstance(value, Fact) and not value.is_read]
    assert unread_facts == []
    assert facts.chosen_backup.id == kit.scenario.backup_id
    assert facts.point == facts.chosen_backup.created
    assert facts.taken_at == kit.now()
    assert facts.clock_skew is not None


def test_a_restore_from_a_backup_costs_fourteen_requests_for_two_nodes(kit):
    gather(kit)
    assert asked(kit) == {
        "ListBackups": 1,
        "ShowBackup": 1,
        "ShowRelatedDns": 1,
        "ShowInstance": 2,
        "ListDatabases": 2,
        "ListDdmUsers": 2,
        "ShowAvalibleTime": 1,
        "ShowAvalibleDdms": 1,
        "ListTasks": 1,
        "ShowAvalibleRds": 2,
    }


def test_the_inventory_counts_the_pages_of_its_own_reads_and_of_no_others(kit):
    kit.backups()
    facts = gather(kit)
    kit.backups()
    assert Counter(one.operation for one in facts.reads) == asked(kit) - Counter({"ListBackups": 2})
    assert {one.pages for one in facts.reads} == {1}
    traces = {one.operation: one.audit_trace for one in facts.reads}
    assert (traces["ShowAvalibleRds"], traces["ListBackups"]) == ("queryRds4Restore", "listBackups")
    refreshed = refresh_inventory(kit._client, request_of(kit), facts, now=kit.now())
    assert [one.operation for one in refreshed.reads].count("ShowAvalibleRds") == 2
    assert "ListBackups" not in {one.operation for one in refreshed.reads}
    assert look_at_target(kit._client, request_of(kit), now=kit.now()).reads


def test_a_restore_to_a_time_reads_the_same_but_for_the_backup_itself(kit):
    facts = gather(kit, restore_time=kit.scenario.restore_time)
    assert facts.point == kit.scenario.restore_time
    assert facts.chosen_backup is None
    assert facts.backups.is_read
    assert asked(kit)["ShowBackup"] == 0
    assert sum(asked(kit).values()) == 13


def test_source_nodes_with_the_very_same_candidates_share_one_list(kit):
    shared = gather(kit).candidates
    assert len(shared) == 1
    assert len(shared[0].source_node_ids) == 2
    assert shared[0].listed == len(shared[0].nodes.value)
    assert 2 <= shared[0].available < shared[0].listed


def test_source_nodes_with_different_candidates_keep_lists_of_their_own(kit, world):
    first = gather(kit).source_nodes[0]
    world.set_data_node(first.instance_id, version="8.0.99")
    lists = gather(kit).candidates
    assert [one.source_node_ids for one in lists] == [(node.instance_id,) for node in gather(kit).source_nodes]
    assert lists[0].available < lists[1].available


def test_candidates_of_129_nodes_are_one_list(open_kit):
    facts = gather(open_kit(scenario="many-nodes"))
    assert len(facts.source_nodes) == 129
    assert [len(one.source_node_ids) for one in facts.candidates] == [129]
    assert facts.candidates[0].available >= 129


def test_a_backup_of_another_instance_is_found_and_told_apart(kit, world):
    other = world.add_instance("ddm-other")
    stranger = world.add_backup(other)
    facts = gather(kit, backup_id=stranger)
    assert facts.chosen_backup.instance_id == other
    assert asked(kit)["ListBackups"] == 2


def test_a_backup_nobody_knows_leaves_the_point_open(kit):
    facts = gather(kit, backup_id="0" * 32 + "br09")
    assert facts.chosen_backup is None
    assert facts.point is None
    assert facts.backup_detail.problem
    assert facts.candidates == ()


def test_a_deleted_source_is_a_missing_fact_beside_its_backups(open_kit):
    facts = gather(open_kit(scenario="deleted-instance"))
    assert facts.source.missing
    assert "DBS.200002" in facts.source.problem
    assert facts.chosen_backup is not None
    assert facts.source_nodes is None
    assert facts.candidates == ()


def test_the_nodes_of_an_old_backup_come_from_the_backup(open_kit):
    facts = gather(open_kit(scenario="old-backup"))
    assert "DBS.280001" in facts.related.problem
    assert len(facts.source_nodes) == 2
    assert all(not one.nodes.is_read for one in facts.candidates)


@pytest.mark.parametrize(
    ("operation", "names"),
    [
        ("ListTasks", {"jobs"}),
        ("ShowAvalibleTime", {"ranges"}),
        ("ShowAvalibleDdms", {"targets"}),
        ("ListDatabases", {"source_schemas", "target_schemas"}),
        ("ListDdmUsers", {"source_accounts", "target_accounts"}),
        ("ShowRelatedDns", {"related"}),
        ("ShowBackup", {"backup_detail"}),
    ],
)
def test_what_cannot_be_read_is_a_fact_with_its_problem_and_the_rest_is_read(kit, operation, names):
    kit.simulator.inject(f"refused-busy@{operation}*")
    facts = gather(kit)
    read_not = {name for name, value in facts if isinstance(value, Fact) and not value.is_read}
    assert read_not == names
    assert all("DBS.200019" in getattr(facts, name).problem for name in names)
    assert not any(getattr(facts, name).missing for name in names)


def test_rejected_credentials_end_the_gathering_instead_of_becoming_facts(kit):
    kit.simulator.inject("token-expires")
    with pytest.raises(AuthError):
        gather(kit)
    assert len(kit.simulator.requests) == 1


def test_a_second_look_asks_only_for_what_can_have_changed(kit):
    before = gather(kit)
    seen = len(kit.simulator.requests)
    refresh_inventory(kit._client, request_of(kit), before, now=kit.now())
    again = Counter(request.operation for request in kit.simulator.requests[seen:])
    assert again == {
        "ShowAvalibleDdms": 1,
        "ShowInstance": 1,
        "ListDatabases": 1,
        "ListDdmUsers": 1,
        "ListTasks": 1,
        "ShowAvalibleRds": 2,
    }


def test_a_second_look_brings_the_new_facts_and_keeps_the_history(kit, world):
    before = gather(kit)
    world.add_account(kit.scenario.target, "intruder")
    world.set_data_node(kit.scenario.data_nodes[0], status="abnormal")
    job_id = world.add_job(kit.scenario.target)
    kit.simulator.advance(timedelta(seconds=1))
    after = refresh_inventory(kit._client, request_of(kit), before, now=kit.now())
    assert [account.name for account in after.target_accounts.value] == ["intruder"]
    assert [one.id for one in after.running_jobs([kit.scenario.target])] == [job_id]
    assert not after.candidate_rows()[kit.scenario.data_nodes[0]].available
    assert after.taken_at == before.taken_at + timedelta(seconds=1)
    assert (after.source, after.backups, after.ranges, after.related) == (
        before.source,
        before.backups,
        before.ranges,
        before.related,
    )


def test_a_look_at_the_target_asks_for_five_things(kit):
    facts = look_at_target(kit._client, request_of(kit), now=kit.now())
    assert asked(kit) - Counter(["ListApiVersion"]) == {
        "ShowAvalibleDdms": 1,
        "ShowInstance": 1,
        "ListDatabases": 1,
        "ListDdmUsers": 1,
        "ListTasks": 1,
    }
    assert facts.target.value.id == kit.scenario.target
    assert not facts.source.is_read


def test_errors_of_ours_become_problems_and_mistakes_are_raised():
    assert Fact.of(ServiceError("HTTP 500")) == Fact(problem="HTTP 500")
    assert Fact.of(NotFoundError("HTTP 404")) == Fact(problem="HTTP 404", missing=True)
    with pytest.raises(ZeroDivisionError):
        Fact.of(ZeroDivisionError())


def test_an_empty_list_is_read():
    assert Fact.of(()).is_read
    assert not Fact(problem="not asked for").is_read


def test_the_services_own_look_back_counts_before_what_the_backup_names():
    assert [node.instance_id for node in known_nodes(related(), backup_detail("x"))] == ["old-a", "old-b"]
    assert [node.instance_id for node in known_nodes(unread(), backup_detail("x", "y"))] == ["x", "y"]
    assert known_nodes(unread(), unread()) is None


def test_a_candidate_that_is_available_in_one_list_is_shown_as_available():
    refused = candidates(*(candidate(one, available=False) for one in NEW_NODES), sources=("old-a",))
    offered = candidates(sources=("old-b",))
    for lists in (refused + offered, offered + refused):
        assert inventory(candidates=lists).candidate_rows()["new-a"].available


def test_running_jobs_are_those_of_the_instances_asked_for_that_have_not_ended():
    jobs = (job("1", SOURCE), job("2", TARGET, status="Completed"), job("3", "another"), job("4", TARGET))
    running = inventory(jobs=read(jobs)).running_jobs([SOURCE, TARGET])
    assert [one.id for one in running] == ["1", "4"]
    assert inventory(jobs=unread()).running_jobs([SOURCE]) == ()


def test_the_inventory_says_when_it_was_taken():
    assert inventory().taken_at == NOW
